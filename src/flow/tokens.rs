//! Access tokens: the cached one, refreshed in time, and renewed once when the service refuses it.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;

use super::{Flow, LOCK_WAIT};
use crate::aws::oidc::{Oidc, OidcError};
use crate::domain::credentials::SOON_SECONDS;
use crate::domain::time::seconds_left;
use crate::domain::{AccessToken, Portal, Problem, Secret};

/// `true` if a token can be refreshed without the user (docs/requirements.md#complete-token-files).
pub(super) fn can_refresh(token: &AccessToken, now: Timestamp) -> bool {
    token.refresh_token.is_some()
        && token
            .registration
            .as_ref()
            .is_some_and(|registration| registration.expires_at > now)
}

impl Flow {
    /// An access token that is good now: the cached one, or a refreshed one when fifteen minutes or
    /// less are left (docs/requirements.md#complete-token-files). Never asks a user.
    pub(super) async fn access_token(&self, portal: &Portal) -> Result<Secret, Problem> {
        let Some(token) = self.inner.tokens.token(portal)? else {
            return Err(Problem::sign_in_needed(&portal.name));
        };
        let now = self.ctx().clock.now();
        if seconds_left(now, token.expires_at) > SOON_SECONDS {
            return Ok(token.access_token);
        }
        let alive = token.expires_at > now && !self.is_refused(portal);
        match self.exchange(portal, &token).await {
            Ok(token) => Ok(token.access_token),
            Err(problem) if alive => {
                tracing::info!(%problem, portal = %portal.name, "cannot refresh the access token; it is still valid");
                Ok(token.access_token)
            }
            Err(problem) => Err(problem),
        }
    }

    /// Another access token after the service refused `refused` with a 401 (docs/requirements.md#sessions-end-early): one that another
    /// process got meanwhile, or a refreshed one. `SignInNeeded` when neither can be had.
    pub(super) async fn renew(&self, portal: &Portal, refused: Secret) -> Result<Secret, Problem> {
        let Some(token) = self.inner.tokens.token(portal)? else {
            return Err(Problem::sign_in_needed(&portal.name));
        };
        if token.access_token != refused && token.expires_at > self.ctx().clock.now() {
            return Ok(token.access_token);
        }
        match self.exchange(portal, &token).await {
            Ok(token) => Ok(token.access_token),
            Err(problem) => {
                self.set_refused(portal, true);
                Err(problem)
            }
        }
    }

    /// [`Flow::renew`] for what is not the sign-in's own business: a token that one interface refuses
    /// may be good everywhere else, and stays.
    pub(super) async fn renew_quietly(
        &self,
        portal: &Portal,
        refused: Secret,
    ) -> Result<Secret, Problem> {
        let was_refused = self.is_refused(portal);
        let result = self.renew(portal, refused).await;
        self.set_refused(portal, was_refused);
        result
    }

    /// Exchanges the refresh token of `stale`, under the locks of this process and of the machine,
    /// with a re-read inside (docs/requirements.md#one-refresh-for-many-processes): twenty processes make one call.
    async fn exchange(&self, portal: &Portal, stale: &AccessToken) -> Result<AccessToken, Problem> {
        let clock = &self.ctx().clock;
        let _wait = self
            .waiting
            .start(format!("a new access token of {}", portal.name));
        let _turn = self.inner.refreshing.lock().await;
        let _lock = self.token_lock(portal).await?;
        let now = clock.now();
        let token = self
            .inner
            .tokens
            .token(portal)?
            .unwrap_or_else(|| stale.clone());
        if token.access_token != stale.access_token && token.expires_at > now {
            return Ok(token);
        }
        let (Some(refresh_token), Some(registration)) = (&token.refresh_token, &token.registration)
        else {
            return Err(Problem::sign_in_needed(&portal.name));
        };
        if registration.expires_at <= now {
            return Err(Problem::sign_in_needed(&portal.name));
        }
        let oidc = self.oidc(portal)?;
        match oidc.refresh(registration, refresh_token, clock).await {
            Ok(fresh) => {
                self.inner.tokens.save_token(portal, &fresh)?;
                self.set_refused(portal, false);
                Ok(fresh)
            }
            // The refresh token is used up or revoked, or the client is gone: a user must act.
            Err(
                OidcError::InvalidGrant { .. } | OidcError::InvalidClient | OidcError::CodeExpired,
            ) => Err(Problem::sign_in_needed(&portal.name)),
            Err(error) => Err(error.into()),
        }
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
        let (inner, portal) = (Arc::clone(&self.inner), portal.clone());
        blocking(move || inner.tokens.lock(&portal, LOCK_WAIT)).await
    }

    pub(super) fn is_refused(&self, portal: &Portal) -> bool {
        self.inner
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&portal.name)
    }

    pub(super) fn set_refused(&self, portal: &Portal, refused: bool) {
        let mut set = self
            .inner
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
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
