//! Access tokens: the cached one, refreshed in time, and renewed once when the service refuses it.

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;

use super::{Flow, LOCK_WAIT};
use crate::aws::oidc::{Oidc, OidcError};
use crate::domain::credentials::SOON_SECONDS;
use crate::domain::locked::locked;
use crate::domain::text::{with_tilde, word};
use crate::domain::time::seconds_left;
use crate::domain::{AccessToken, Portal, Problem, ProblemKind, Secret};
use crate::store::remembered::Remembered;

/// After a refused refresh, the looks for the token that another program got, and the time between two.
const OTHERS_LOOKS: u32 = 21;
const OTHERS_PAUSE: Duration = Duration::from_millis(100);

/// The longest wait for a new access token while the old one is good.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(15);

/// A new access token that could not be saved. This process uses it.
#[derive(Debug)]
pub(super) struct Unsaved {
    token: AccessToken,
    /// The token that it replaces, which the cache still has.
    replaces: Secret,
}

/// A sign-in to a portal, as its token tells.
#[derive(Debug)]
pub(super) struct SignIn {
    number: u32,
    access_token: Secret,
    refresh_token: Option<Secret>,
}

impl SignIn {
    /// `true` if a token is of this sign-in: a refresh usually keeps the refresh token.
    fn has(&self, token: &AccessToken) -> bool {
        let is_refreshed =
            self.refresh_token.is_some() && self.refresh_token == token.refresh_token;
        is_refreshed || self.access_token == token.access_token
    }
}

/// The time until which a token can be refreshed without the user (docs/requirements.md#complete-token-files).
fn refreshed_until(token: &AccessToken) -> Option<Timestamp> {
    token.refresh_token.as_ref()?;
    let registration = token.registration.as_ref()?;
    Some(registration.expires_at)
}

fn can_refresh(token: &AccessToken, now: Timestamp) -> bool {
    refreshed_until(token).is_some_and(|end| end > now)
}

/// The end of a sign-in: until then, its token is valid or can be refreshed.
pub(super) fn end(token: &AccessToken) -> Timestamp {
    let refreshed_until = refreshed_until(token);
    refreshed_until.map_or(token.expires_at, |end| end.max(token.expires_at))
}

impl Flow {
    /// An access token that is good now: the cached one, or a refreshed one when fifteen minutes or
    /// less are left (docs/requirements.md#complete-token-files). Never asks a user.
    pub(super) async fn access_token(&self, portal: &Portal) -> Result<AccessToken, Problem> {
        let Some(token) = self.token_of(portal)? else {
            return Err(Problem::sign_in_needed(&portal.name));
        };
        let now = self.ctx().clock.now();
        if seconds_left(now, token.expires_at) > SOON_SECONDS {
            return Ok(token);
        }
        let alive = token.expires_at > now && !self.is_refused(portal);
        let exchange = Box::pin(self.exchange(portal, &token));
        let result = if alive {
            let most = self.part_timeout(RENEWAL_TIMEOUT);
            self.ask(&portal.name, most, exchange).await
        } else {
            exchange.await
        };
        match result {
            Ok(token) => Ok(token),
            Err(problem) if alive => {
                tracing::info!(%problem, portal = %portal.name, "cannot refresh the access token; it is still valid");
                Ok(token)
            }
            Err(problem) => {
                if can_refresh(&token, now) {
                    self.note_end(portal, &token.access_token, &problem).await;
                }
                Err(problem)
            }
        }
    }

    /// A portal's access token, expired or not: that of the cache, unless this process has a newer one that could
    /// not be saved.
    pub(super) fn token_of(&self, portal: &Portal) -> Result<Option<AccessToken>, Problem> {
        let cached = self.inner.tokens.token(portal)?;
        let unsaved = self.unsaved();
        Ok(match unsaved.get(&portal.name) {
            Some(newer)
                if cached
                    .as_ref()
                    .is_none_or(|cached| cached.access_token == newer.replaces) =>
            {
                Some(newer.token.clone())
            }
            _ => cached,
        })
    }

    /// The newer tokens that could not be saved.
    pub(super) fn unsaved(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Unsaved>> {
        locked(&self.inner.unsaved)
    }

    /// The number of the sign-in that gave a portal's token, of those that this process has seen.
    pub(super) fn sign_in_number(&self, portal: &Portal, token: &AccessToken) -> u32 {
        self.note_sign_in(portal, token, |known| known.has(token))
    }

    /// Notes a portal's token, which is of the sign-in before if `is_same` says so.
    fn note_sign_in(
        &self,
        portal: &Portal,
        token: &AccessToken,
        is_same: impl FnOnce(&SignIn) -> bool,
    ) -> u32 {
        let mut sign_ins = locked(&self.inner.sign_ins);
        let number = match sign_ins.get(&portal.name) {
            None => 1,
            Some(known) if is_same(known) => known.number,
            Some(known) => {
                // What was refused was of the sign-in before.
                self.set_refused(portal, false);
                known.number + 1
            }
        };
        let sign_in = SignIn {
            number,
            access_token: token.access_token.clone(),
            refresh_token: token.refresh_token.clone(),
        };
        sign_ins.insert(Arc::clone(&portal.name), sign_in);
        number
    }

    /// Forgets a portal's access token, here and in the cache.
    pub(super) async fn forget_token(&self, portal: &Portal) -> Result<(), Problem> {
        let lock = self.token_lock(portal).await;
        // After the lock: a refresh that held it may have kept a token that it could not save.
        self.unsaved().remove(&portal.name);
        // Without the lock, a process that renews the token now may save it once more. This one goes all the same.
        self.inner.tokens.forget_token(portal)?;
        lock.map(drop)
    }

    /// Another access token after the service refused `refused` with a 401 (docs/requirements.md#sessions-end-early): one that another
    /// process got meanwhile, or a refreshed one. `SignInNeeded` when neither can be had.
    pub(super) async fn renew(
        &self,
        portal: &Portal,
        refused: Secret,
    ) -> Result<AccessToken, Problem> {
        let result = self.replace(portal, &refused).await;
        if let Err(problem) = &result {
            self.set_refused(portal, true);
            self.note_end(portal, &refused, problem).await;
        }
        result
    }

    async fn replace(&self, portal: &Portal, refused: &Secret) -> Result<AccessToken, Problem> {
        let Some(token) = self.token_of(portal)? else {
            return Err(Problem::sign_in_needed(&portal.name));
        };
        if token.access_token != *refused && token.expires_at > self.ctx().clock.now() {
            return Ok(token);
        }
        self.exchange(portal, &token).await
    }

    /// [`Flow::renew`] for what is not the sign-in's own business: a token that one interface refuses
    /// may be good everywhere else, and stays.
    pub(super) async fn renew_quietly(
        &self,
        portal: &Portal,
        refused: Secret,
    ) -> Result<Secret, Problem> {
        Ok(self.replace(portal, &refused).await?.access_token)
    }

    /// Exchanges the refresh token of `stale`, under the locks of this process and of the machine,
    /// with a re-read inside (docs/requirements.md#one-refresh-for-many-processes): twenty processes make one call.
    pub(super) async fn exchange(
        &self,
        portal: &Portal,
        stale: &AccessToken,
    ) -> Result<AccessToken, Problem> {
        let clock = &self.ctx().clock;
        let _wait = self
            .waiting
            .start(format!("a new access token of {}", portal.name));
        let _turn = self.turn(&portal.name).await;
        let _lock = self.token_lock(portal).await?;
        let now = clock.now();
        let token = self.token_of(portal)?.unwrap_or_else(|| stale.clone());
        if token.access_token != stale.access_token && token.expires_at > now {
            return Ok(token);
        }
        let (Some(refresh_token), Some(registration)) = (&token.refresh_token, &token.registration)
        else {
            return Err(Problem::sign_in_needed(&portal.name));
        };
        // Another process, or an earlier one, was told so.
        if registration.expires_at <= now || self.has_ended(portal, &token.access_token) {
            return Err(Problem::sign_in_needed(&portal.name));
        }
        let oidc = self.oidc(portal)?;
        // The refresh token may work only once: what it gives has to have a place.
        self.inner.tokens.check_writable(portal)?;
        match oidc.refresh(registration, refresh_token, clock).await {
            Ok(fresh) => {
                self.note_sign_in(portal, &fresh, |known| known.has(&token));
                self.keep_token(portal, &token, &fresh);
                self.set_refused(portal, false);
                Ok(fresh)
            }
            Err(OidcError::InvalidGrant { .. }) => {
                match self.of_another_program(portal, &token).await? {
                    Some(other) => Ok(other),
                    None => Err(Problem::sign_in_needed(&portal.name)),
                }
            }
            // The client is gone, or the service says no: a user must act.
            Err(OidcError::InvalidClient | OidcError::CodeExpired | OidcError::Denied { .. }) => {
                Err(Problem::sign_in_needed(&portal.name))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The token that another program got with the refresh token which is used up now. The AWS CLI takes no lock, and may
    /// still be waiting for the answer that it will save; nobody renews a token that has not expired.
    async fn of_another_program(
        &self,
        portal: &Portal,
        old: &AccessToken,
    ) -> Result<Option<AccessToken>, Problem> {
        let now = self.ctx().clock.now();
        let looks = if old.expires_at <= now {
            OTHERS_LOOKS
        } else {
            1
        };
        for look in 0..looks {
            if look > 0 {
                tokio::time::sleep(OTHERS_PAUSE).await;
            }
            let token = self.inner.tokens.token(portal)?;
            let is_new = |token: &AccessToken| {
                token.access_token != old.access_token && token.expires_at > now
            };
            if let Some(token) = token.filter(is_new) {
                return Ok(Some(token));
            }
        }
        Ok(None)
    }

    /// Waits for the other tasks of this process that renew the same sign-in: that of a portal, by its name, or a
    /// console session, by its ARN.
    pub(super) async fn turn(&self, of: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = locked(&self.inner.turns);
            Arc::clone(turns.entry(of.to_owned()).or_default())
        };
        turn.lock_owned().await
    }

    /// Saves a new access token. One that cannot be saved is good until this process ends.
    fn keep_token(&self, portal: &Portal, old: &AccessToken, fresh: &AccessToken) {
        let Err(error) = self.inner.tokens.save_token(portal, fresh) else {
            self.unsaved().remove(&portal.name);
            return;
        };
        let unsaved = Unsaved {
            token: fresh.clone(),
            replaces: old.access_token.clone(),
        };
        self.unsaved().insert(Arc::clone(&portal.name), unsaved);
        let text = format!(
            "the renewed sign-in to {} is used now, but cannot be saved ({}); next time, sign in again: roledex login {}",
            portal.name,
            Problem::from(error),
            word(&portal.name)
        );
        self.warn(&with_tilde(&text, &self.ctx().dirs.home));
    }

    /// Remembers a sign-in that ended before its date, for the processes that come after this one.
    pub(super) async fn note_end(&self, portal: &Portal, token: &Secret, problem: &Problem) {
        if !matches!(problem.kind, ProblemKind::SignInNeeded { .. }) {
            return;
        }
        let (portal, token) = (Arc::clone(&portal.name), token.clone());
        let noted = self.remember(move |remembered| remembered.set_ended(&portal, &token));
        if let Err(error) = noted.await {
            tracing::info!(%error, "cannot remember that a sign-in has ended");
        }
    }

    /// Changes the remembered facts.
    pub(super) async fn remember(
        &self,
        change: impl FnOnce(&mut Remembered) + Send + 'static,
    ) -> Result<(), Problem> {
        self.apart(move |flow| Ok(Remembered::change(&flow.ctx().dirs, change)?))
            .await
    }

    /// `true` if the sign-in with this access token is known to have ended.
    pub(super) fn has_ended(&self, portal: &Portal, token: &Secret) -> bool {
        let remembered = Remembered::load(&self.ctx().dirs);
        remembered.is_ok_and(|it| it.is_ended(&portal.name, token))
    }

    pub(super) fn oidc(&self, portal: &Portal) -> Result<Oidc, Problem> {
        let endpoint = self
            .endpoints(&self.snapshot()?)?
            .oidc(&portal.region, &portal.start_url)?;
        Ok(Oidc::new(self.http()?, endpoint, &portal.region).reporting(self.waiting.clone()))
    }

    /// The lock file is waited for off the runtime's thread: its holder may be a task of ours.
    pub(super) async fn token_lock(
        &self,
        portal: &Portal,
    ) -> Result<crate::store::lock::Lock, Problem> {
        let _wait = self.waiting.start(format!(
            "another process that changes the sign-in to {}",
            portal.name
        ));
        let (inner, portal) = (Arc::clone(&self.inner), portal.clone());
        let wait = self.part_timeout(LOCK_WAIT);
        blocking(move || inner.tokens.lock(&portal, wait)).await
    }

    pub(super) fn is_refused(&self, portal: &Portal) -> bool {
        locked(&self.inner.refused).contains(&portal.name)
    }

    pub(super) fn set_refused(&self, portal: &Portal, refused: bool) {
        let mut set = locked(&self.inner.refused);
        if refused {
            set.insert(Arc::clone(&portal.name));
        } else {
            set.remove(&portal.name);
        }
    }
}

/// Runs something that may wait for a file lock off the runtime's thread.
pub(super) async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Into::into),
        Err(error) => Err(Problem::new(
            crate::domain::ProblemKind::Failed,
            "a background task stopped unexpectedly",
        )
        .detail(error.to_string())),
    }
}
