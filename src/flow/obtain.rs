//! Credentials of an entry: the stored ones while they are valid, else new ones.

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;

use super::console_capture::capture_needed;
use super::origin::Source;
use super::own::Route;
use super::tokens::blocking;
use super::{Flow, JUST_NOW_SECONDS, LOCK_WAIT, Permit, renewal};
use crate::aws::portal::PortalError;
use crate::config::settings::StorePolicy;
use crate::config::{Clock, Dirs};
use crate::domain::items::count;
use crate::domain::locked::locked;
use crate::domain::own;
use crate::domain::text::{with_tilde, word};
use crate::domain::time::seconds_left;
use crate::domain::{AccessToken, Credentials, EntryId, Kind, Portal, Problem, ProblemKind};
use crate::shell::process;
use crate::store::credential_store::{CredentialStore, Origin};

/// The session of a role lasts twelve hours at most; the clock of this machine may be a day behind.
const LONGEST_SECONDS: i64 = 36 * 3_600;

/// The most requests for credentials while the sign-in changes.
const MAX_REQUESTS: usize = 3;

/// The longest wait for a service while there is something else: stored credentials, or another portal. One attempt of
/// a request takes as long.
const ASK_TIMEOUT: Duration = Duration::from_secs(30);

/// The end of a sign-in while it gave credentials.
enum Ended {
    /// It, or what it gave, was removed.
    Removed(Problem),
    /// There is another one, or another process has refreshed it and got another refresh token, which looks the same.
    Replaced,
}

/// Credentials that are not stored, and when they were given (UTC): those without an end, which one command needs more
/// than once, and those for which there was no place.
pub(super) type Unstored = (Credentials, Timestamp);

/// Stored credentials that can be used without a request: the hot path of `roledex credentials`. No
/// network, no runtime, no settings, no AWS files; what cannot be read, or may be another portal's by now, counts as none here,
/// and is told on the long way. The renewal of those that end soon is started.
#[must_use]
pub(crate) fn stored(dirs: &Dirs, clock: &Clock, id: &EntryId) -> Option<Credentials> {
    let now = clock.now();
    // The place where new ones would go does not matter to what is there already.
    let store = CredentialStore::new(dirs, StorePolicy::default(), clock.clone());
    let is_usable =
        |found: &Credentials| found.is_fresh(now) || renewal::is_used_at_once(id, found, now);
    let found = store.find(id, is_usable)?;
    if !found.is_fresh(now) {
        renewal::start(dirs, id, &found, now);
    }
    Some(found)
}

/// A console session that has ended is captured again where it is an external entry's.
fn of_entry(id: &EntryId, problem: Problem) -> Problem {
    match id.kind {
        Kind::External => capture_needed(id, problem),
        _ => problem,
    }
}

impl Flow {
    /// Valid credentials, for the user.
    ///
    /// # Errors
    /// As [`Flow::process_credentials`].
    pub async fn credentials(&self, permit: &Permit) -> Result<Credentials, Problem> {
        self.obtain(permit.id()).await
    }

    /// New credentials now, for the user.
    ///
    /// # Errors
    /// As [`Flow::process_credentials`].
    pub async fn new_credentials(&self, permit: &Permit) -> Result<Credentials, Problem> {
        self.obtain_new(permit.id()).await
    }

    /// Valid credentials, for a program that runs `roledex credentials`. The guard does not ask
    /// here: the profile that names the command was confirmed when it was written.
    ///
    /// # Errors
    /// `SignInNeeded`, `CaptureNeeded`, `AccessDenied`, and trouble with the network or files, where no
    /// stored credentials live.
    pub async fn process_credentials(&self, id: &EntryId) -> Result<Credentials, Problem> {
        self.obtain(id).await
    }

    /// Valid credentials: stored ones until their renewal window begins (fifteen minutes
    /// before their end, later for short ones), else new ones; concurrent callers, in this process and
    /// others, share one request. Those of an external entry are used for as long as they live, while
    /// a process in the background renews them. Never asks a user.
    ///
    /// # Errors
    /// `SignInNeeded`, `CaptureNeeded`, `AccessDenied`, and the trouble of network and files. While
    /// stored credentials still live, neither trouble that passes is an error, nor that a user would
    /// have to help, nor that another process renews them for long.
    pub(super) async fn obtain(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let credentials = self.by_route(id, false).await?;
        self.warn_of_clock();
        Ok(credentials)
    }

    /// New credentials now, even if the stored ones are still fresh.
    ///
    /// # Errors
    /// As [`Flow::obtain`].
    pub(super) async fn obtain_new(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let credentials = self.by_route(id, true).await?;
        self.warn_of_clock();
        Ok(credentials)
    }

    async fn by_route(&self, id: &EntryId, renew: bool) -> Result<Credentials, Problem> {
        match self.route(id)? {
            Route::Files(keys) => Ok(keys),
            Route::Entry(entry) => Box::pin(self.by_route(&entry, renew)).await,
            Route::Mfa(device) => self.mfa_session(id, &device, renew).await,
            Route::Console(name) => {
                let credentials = self.login_credentials(&name, renew).await;
                credentials.map_err(|problem| of_entry(id, problem))
            }
            Route::Process(id) if renew => self.new_of_process(&id).await,
            Route::Process(id) => self.of_process(&id).await,
            Route::Stored(id) if renew => {
                let _lock = self.credential_lock(&id).await?;
                self.request(&id).await
            }
            Route::Stored(id) => self.stored_or_new(&id).await,
        }
    }

    async fn stored_or_new(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let now = || self.ctx().clock.now();
        let before = self.held(id, true).await?;
        if let Some(stored) = &before {
            if stored.is_fresh(now()) {
                return Ok(stored.clone());
            }
            // A response that is at hand makes new ones at once.
            if renewal::is_used_at_once(id, stored, now()) && !self.has_assertion(&id.source) {
                self.start_renewal(id, stored).await?;
                return Ok(stored.clone());
            }
        }
        let alive = |stored: &Credentials| stored.is_alive(now());
        let _lock = match self.credential_lock(id).await {
            Ok(lock) => lock,
            // Its holder may take long to renew them.
            Err(problem) => return before.filter(alive).ok_or(problem),
        };
        let stored = self.held(id, false).await?.filter(alive);
        if let Some(stored) = &stored
            && before.as_ref() != Some(stored)
        {
            // The process that held the lock before us renewed them.
            return Ok(stored.clone());
        }
        let request = Box::pin(self.request(id));
        let result = match &stored {
            Some(_) if self.is_asked_of_services(id) => {
                let most = self.part_timeout(ASK_TIMEOUT);
                self.ask("the service", most, request).await
            }
            _ => request.await,
        };
        match result {
            Err(problem) if problem.kind.leaves_live_credentials() => match stored.filter(alive) {
                Some(stored) => {
                    tracing::info!(%problem, entry = %id, "using stored credentials while they are valid");
                    Ok(stored)
                }
                None => Err(problem),
            },
            result => result,
        }
    }

    /// `true` if new credentials take requests alone, and never a browser or a program that a user has to help.
    fn is_asked_of_services(&self, id: &EntryId) -> bool {
        match id.kind {
            Kind::Org => true,
            Kind::Chain => self
                .chain(id)
                .is_ok_and(|chain| chain.source.kind == Kind::Org),
            Kind::External | Kind::Profile => false,
        }
    }

    /// Starting a process may take a moment, and a lock be held: not on the thread that draws.
    async fn start_renewal(&self, id: &EntryId, held: &Credentials) -> Result<(), Problem> {
        let (inner, id, held) = (Arc::clone(&self.inner), id.clone(), held.clone());
        blocking(move || {
            renewal::start(&inner.ctx.dirs, &id, &held, inner.ctx.clock.now());
            Ok::<_, Problem>(())
        })
        .await
    }

    /// The stored credentials, fresh or not, or those that could not be stored; first moved to where they belong,
    /// if `settle`. A keyring may be
    /// slow or prompt the user: never call this on the drawing thread (docs/requirements.md#keyring-calls-can-hang).
    pub(super) async fn held(
        &self,
        id: &EntryId,
        settle: bool,
    ) -> Result<Option<Credentials>, Problem> {
        if let Some(given) = self.given(id)? {
            return Ok(Some(given));
        }
        let origin = self.origin(id).await?;
        let (inner, id) = (Arc::clone(&self.inner), id.clone());
        blocking(move || {
            if settle {
                inner.credentials.settle();
            }
            inner.credentials.get(&id, &origin)
        })
        .await
    }

    /// Credentials that this process was given and that are not stored: those without an end for a moment, others
    /// while they are fresh. Another process may have signed out meanwhile.
    pub(super) fn given(&self, id: &EntryId) -> Result<Option<Credentials>, Problem> {
        let now = self.ctx().clock.now();
        let Some((credentials, at)) = self.unstored().get(id).cloned() else {
            return Ok(None);
        };
        let is_good = match credentials.ends() {
            None => seconds_left(at, now) < JUST_NOW_SECONDS,
            Some(_) => credentials.is_fresh(now) && self.has_sign_in(id)?,
        };
        Ok(is_good.then_some(credentials))
    }

    /// `true` unless a portal leads to an entry, and there is no sign-in to its instance.
    fn has_sign_in(&self, id: &EntryId) -> Result<bool, Problem> {
        let origins = self.origins()?;
        let portal = origins.sign_in_portal(id);
        let Some(portal) = portal.and_then(|name| origins.files.portal(&name)) else {
            return Ok(true);
        };
        for portal in self.portals_of_instance(&portal)? {
            if self.token_of(&portal)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Stores credentials. Those without an end are only remembered for a moment: what lives in a file of
    /// the user's stays there alone. Those for which there is no place are good in this process.
    pub(super) async fn keep(&self, of: &EntryId, credentials: &Credentials, origin: &Origin) {
        if credentials.ends().is_some() {
            let (inner, id) = (Arc::clone(&self.inner), of.clone());
            let (new, origin) = (credentials.clone(), origin.clone());
            let stored = blocking(move || inner.credentials.put(&id, &new, &origin)).await;
            let Err(problem) = stored else {
                self.unstored().remove(of);
                return;
            };
            let text = format!(
                "the new credentials of {} are used now, but cannot be stored ({problem}); every command asks for new ones",
                shown(of)
            );
            self.warn(&with_tilde(&text, &self.ctx().dirs.home));
        }
        let given = (credentials.clone(), self.ctx().clock.now());
        self.unstored().insert(of.clone(), given);
    }

    pub(super) fn unstored(&self) -> MutexGuard<'_, BTreeMap<EntryId, Unstored>> {
        locked(&self.inner.unstored)
    }

    /// The portal, or the key that a process of the user's prints, that credentials of an entry come from now, also
    /// those that were stored earlier.
    pub(super) async fn origin(&self, id: &EntryId) -> Result<Origin, Problem> {
        let mut process = None;
        let origin = self.inner.credentials.origin(|| {
            if id.kind == Kind::Org {
                return Ok(self.snapshot()?.portal(&id.source));
            }
            let origins = self.origins()?;
            Ok::<_, Problem>(match origins.source(id) {
                Some(Source::Portal(name)) => origins.files.portal(&name),
                Some(Source::Process(name)) => {
                    process = Some(self.stored_as(&origins.files, &name));
                    None
                }
                None => None,
            })
        })?;
        // The process itself has no other source.
        Ok(match process.filter(|process| process != id) {
            Some(process) => Origin::of_key(&self.of_process(&process).await?.access_key_id),
            None => origin,
        })
    }

    pub(super) async fn credential_lock(
        &self,
        id: &EntryId,
    ) -> Result<crate::store::lock::Lock, Problem> {
        self.holds_nothing_up(id)?;
        let _wait = self.waiting.start(format!(
            "another process that gets credentials of {}",
            shown(id)
        ));
        let (inner, id) = (Arc::clone(&self.inner), id.clone());
        blocking(move || inner.credentials.lock(&id, LOCK_WAIT)).await
    }

    /// Refuses what a process that this one runs in waits for, with the lock held: its profile, or one that has
    /// that as its source.
    pub(super) fn holds_nothing_up(&self, id: &EntryId) -> Result<(), Problem> {
        let mut running = process::running(&self.ctx().env).peekable();
        let Some(name) = own::name_of_stored(id).filter(|_| running.peek().is_some()) else {
            return Ok(());
        };
        let files = self.snapshot()?;
        let path = own::check::path(&files, name);
        match running.find(|running| path.contains(running)) {
            Some(running) => Err(process::calls_itself(running)),
            None => Ok(()),
        }
    }

    pub(super) async fn request(&self, id: &EntryId) -> Result<Credentials, Problem> {
        for _ in 0..MAX_REQUESTS {
            if let Some(credentials) = self.request_once(id).await? {
                return Ok(credentials);
            }
        }
        let title = format!("the sign-in of {} kept changing", shown(id));
        Err(Problem::new(ProblemKind::Failed, title).hint("try again"))
    }

    /// `None`: they are of a sign-in in whose place there is another one now.
    async fn request_once(&self, id: &EntryId) -> Result<Option<Credentials>, Problem> {
        let _wait = self.waiting.start(format!("credentials of {}", shown(id)));
        let origin = self.origin(id).await?;
        let mut sign_in = None;
        // The portal of an organization's role tells by its token.
        let had_sign_in = id.kind != Kind::Org && self.has_sign_in(id)?;
        let mut credentials = match id.kind {
            Kind::Org => {
                let (credentials, of) = self.request_org(id).await?;
                sign_in = Some(of);
                credentials
            }
            Kind::External => self.request_external(id).await?,
            Kind::Chain => self.request_chain(id).await?,
            Kind::Profile => self.request_own(id).await?,
        };
        credentials = self.ending_here(credentials);
        let now = self.ctx().clock.now();
        if !credentials.is_alive(now) {
            return Err(self.over_already(id));
        }
        if id.kind != Kind::Profile && seconds_left(now, credentials.expires_at) > LONGEST_SECONDS {
            return Err(self.without_end(id));
        }
        credentials.obtained_at = Some(now);
        self.keep(id, &credentials, &origin).await;
        // Looked at after they are stored: a sign-out forgets the token first, and then what is stored.
        let ended = match sign_in {
            Some((portal, number)) => self.sign_in_ended(&portal, number)?,
            None => {
                let is_over = (had_sign_in && !self.has_sign_in(id)?)
                    || (id.kind == Kind::Chain && !self.is_still_there(&self.chain(id)?.source)?);
                is_over.then(|| Ended::Removed(removed_meanwhile(id)))
            }
        };
        let Some(ended) = ended else {
            return Ok(Some(credentials));
        };
        let id = id.clone();
        self.apart(move |flow| flow.forget_one(&id)).await?;
        match ended {
            Ended::Removed(problem) => Err(problem),
            Ended::Replaced => Ok(None),
        }
    }

    /// The end of the sign-in that gave credentials, if it is over.
    fn sign_in_ended(&self, portal: &Portal, number: u32) -> Result<Option<Ended>, Problem> {
        Ok(match self.token_of(portal)? {
            None => Some(Ended::Removed(signed_out_meanwhile(portal))),
            Some(token) if self.sign_in_number(portal, &token) != number => Some(Ended::Replaced),
            Some(_) => None,
        })
    }

    /// `true` unless the credentials of an entry were removed, as a sign-out does.
    pub(super) fn is_still_there(&self, id: &EntryId) -> Result<bool, Problem> {
        let is_stored = |id: &EntryId| {
            let is_unstored = self.unstored().contains_key(id);
            Ok(is_unstored || self.inner.credentials.validity(id)?.is_some())
        };
        match self.route(id)? {
            Route::Files(_) => Ok(true),
            Route::Entry(entry) => self.is_still_there(&entry),
            Route::Mfa(device) => is_stored(&device.session()),
            Route::Console(name) => {
                let files = self.snapshot()?;
                Ok(self.console_session_validity(&files, &name).is_some())
            }
            Route::Process(id) | Route::Stored(id) => is_stored(&id),
        }
    }

    /// The answer names an end that no session of AWS has. The keys would be used, and not renewed, for years.
    fn without_end(&self, id: &EntryId) -> Problem {
        let title = format!("the new credentials for {} have no valid end", shown(id));
        let problem = Problem::new(ProblemKind::Service, title)
            .detail("a session lasts twelve hours at most");
        match self.clock_warning() {
            Some(warning) => problem.hint(warning),
            None => problem.hint("try again in a moment"),
        }
    }

    /// AWS gave credentials that are already expired by this machine's clock, which every SDK uses.
    fn over_already(&self, id: &EntryId) -> Problem {
        let title = format!("the new credentials for {} have expired already", shown(id));
        match self.clock_warning() {
            Some(warning) => Problem::new(ProblemKind::Failed, title).hint(warning),
            None => Problem::new(ProblemKind::Service, title).hint("try again in a moment"),
        }
    }

    /// New credentials through the first portal of the instance that gives them; that portal, and the number of
    /// the sign-in.
    async fn request_org(&self, id: &EntryId) -> Result<(Credentials, (Portal, u32)), Problem> {
        let mut first = None;
        let named = self.portal(&id.source)?;
        let portals = self.portals_in_use(&self.snapshot()?, &named)?;
        let mut left = count(portals.len());
        // One that does not answer keeps none of the others from being asked.
        let most = ASK_TIMEOUT.min(self.progress_timeout() / left.max(1));
        for portal in portals {
            let request = Box::pin(self.request_of_portal(&portal, id));
            left -= 1;
            let result = match left {
                0 => request.await,
                _ => self.ask(&portal.name, most, request).await,
            };
            match result {
                Ok((credentials, sign_in)) => {
                    self.set_used(&portal);
                    return Ok((credentials, (portal, sign_in)));
                }
                Err(problem) => {
                    tracing::info!(%problem, portal = %portal.name, entry = %id, "no credentials from this portal");
                    // A portal may have gone meanwhile, but one is always tried.
                    first.get_or_insert(problem);
                }
            }
        }
        Err(first.unwrap_or_else(|| Problem::sign_in_needed(&id.source)))
    }

    /// New credentials of an account and role behind a portal, and the number of the sign-in that gave them.
    pub(super) async fn request_of_portal(
        &self,
        portal: &Portal,
        id: &EntryId,
    ) -> Result<(Credentials, u32), Problem> {
        let client = self.portal_client(portal)?;
        let ask = async |token: &AccessToken| {
            let sign_in = self.sign_in_number(portal, token);
            let token = &token.access_token;
            let given = client.role_credentials(token, id.account, &id.role).await;
            given.map(|credentials| (credentials, sign_in))
        };
        let token = self.access_token(portal).await?;
        let result = match ask(&token).await {
            Err(PortalError::Unauthorized) => {
                let token = self.renew(portal, token.access_token).await?;
                ask(&token).await
            }
            other => other,
        };
        result.map_err(|error| self.explain(id, portal, error))
    }

    /// A portal's error, in terms of the entry.
    fn explain(&self, id: &EntryId, portal: &Portal, error: PortalError) -> Problem {
        match error {
            PortalError::Unauthorized => {
                self.set_refused(portal, true);
                Problem::sign_in_needed(&portal.name)
            }
            error => Problem::from(error)
                .causing(format!("no credentials for {} in {}", id.role, id.account)),
        }
    }
}

/// Another process has ended the sign-in while the credentials were asked for. Stored ones do not take their place.
fn signed_out_meanwhile(portal: &Portal) -> Problem {
    let title = format!("signed out of {} meanwhile", portal.name);
    Problem::new(ProblemKind::Failed, title).hint(format!(
        "to sign in again, run: roledex login {}",
        word(&portal.name)
    ))
}

/// Credentials, or their source, are gone since: a sign-out or `forget` removed them.
pub(super) fn removed_meanwhile(id: &EntryId) -> Problem {
    let title = format!(
        "the credentials of {} were removed meanwhile, for example by a sign-out",
        shown(id)
    );
    Problem::new(ProblemKind::Failed, title).hint("to get new ones, try again")
}

/// An entry in words; that of stored credentials without what tells them apart.
fn shown(id: &EntryId) -> String {
    match own::name_of_stored(id) {
        Some(name) => EntryId::profile(name).words(),
        None if own::is_session(id) => "an MFA device".to_owned(),
        None => id.words(),
    }
}
