//! Credentials of console sessions, from the AWS CLI's cache, and renewed there without a browser.
//!
//! The refresh token works once. So one process renews a session, under a lock, and writes the next refresh
//! token before the keys that came with it are used (docs/requirements.md#rotating-refresh-token).

use std::sync::Arc;

use super::super::tokens::blocking;
use super::super::{Flow, LOCK_WAIT};
use crate::aws::signin::{DpopKey, SignIn, SignInError};
use crate::domain::console_session::ConsoleSession;
use crate::domain::credentials::Validity;
use crate::domain::own::provider::{self, Provider};
use crate::domain::partition;
use crate::domain::text::word;
use crate::domain::time::seconds_left;
use crate::domain::{Credentials, EntryId, Problem, ProblemKind};
use crate::store::aws_files::Snapshot;
use crate::store::lock::Lock;

/// The time before the end at which the AWS CLI and the SDKs renew a session, and so does roledex (seconds).
const RENEWAL_SECONDS: i64 = 5 * 60;

/// Keys that have this much left (seconds) were made a moment ago: a refresh need not make them again.
const JUST_MADE_SECONDS: i64 = 14 * 60;

impl Flow {
    /// Credentials of a profile's console session: those of the cache until five minutes before their end, or
    /// with `renew` until they are not new any more; else new ones. Keys that still live are returned where no
    /// new ones can be had. Never asks the user.
    pub(in super::super) async fn login_credentials(
        &self,
        name: &str,
        renew: bool,
    ) -> Result<Credentials, Problem> {
        let arn = self.login_session_of(name)?;
        let limit = if renew {
            JUST_MADE_SECONDS
        } else {
            RENEWAL_SECONDS
        };
        let now = || self.ctx().clock.now();
        let is_good =
            |held: &ConsoleSession| seconds_left(now(), held.credentials.expires_at) > limit;
        let before = match self.inner.logins.session(&arn)? {
            Some(held) if is_good(&held) => return Ok(held.credentials),
            Some(held) => held.credentials,
            None => return Err(sign_in_needed(name, "is not signed in", "")),
        };
        let _wait = self
            .waiting
            .start(format!("new credentials of the profile {name}"));
        let _turn = self.turn(&arn).await;
        let _lock = match self.console_lock(&arn).await {
            Ok(lock) => lock,
            Err(_) if before.is_alive(now()) => return Ok(before),
            Err(problem) => return Err(problem),
        };
        let Some(held) = self.inner.logins.session(&arn)? else {
            return Err(sign_in_needed(name, "is not signed in", ""));
        };
        if is_good(&held) {
            return Ok(held.credentials);
        }
        let problem = match self.renew_console(name, held).await {
            Ok(renewed) => return Ok(renewed.credentials),
            Err(problem) => problem,
        };
        // Another program may have used the refresh token first; it has no lock of ours.
        match self.inner.logins.session(&arn)? {
            Some(held)
                if held.credentials.is_alive(now()) && problem.kind.leaves_live_credentials() =>
            {
                tracing::info!(%problem, name, "using the console session's keys while they are valid");
                Ok(held.credentials)
            }
            _ => Err(problem),
        }
    }

    /// Exchanges the refresh token, and saves the session before it is used.
    async fn renew_console(
        &self,
        name: &str,
        held: ConsoleSession,
    ) -> Result<ConsoleSession, Problem> {
        let logins = &self.inner.logins;
        logins.check_writable()?;
        let key = DpopKey::from_pem(&held.key).ok_or_else(|| {
            sign_in_needed(
                name,
                "has a console session that cannot be renewed",
                "its key is damaged",
            )
        })?;
        let service = self.sign_in_service(Some(name), &self.region_of_session(name, &held)?)?;
        let answer = service
            .refresh(&held.client_id, &held.refresh_token, &key)
            .await;
        let tokens = answer.map_err(|error| explain(name, error))?;
        let renewed = ConsoleSession {
            credentials: tokens.credentials,
            refresh_token: tokens.refresh_token,
            ..held
        };
        logins.save(&renewed)?;
        Ok(renewed)
    }

    /// The region of a session's sign-in: the only one in which its refresh token works. Where another program
    /// wrote the cache, it is the profile's.
    fn region_of_session(&self, name: &str, held: &ConsoleSession) -> Result<String, Problem> {
        if let Some(region) = &held.region {
            return Ok(region.clone());
        }
        let region = self.working_region(&EntryId::profile(name), None)?;
        Ok(region.map_or_else(
            || partition_of_arn(&held.arn).sts_region.to_owned(),
            |region| region.name,
        ))
    }

    /// The sign-in service of a region, for a profile.
    pub(in super::super) fn sign_in_service(
        &self,
        profile: Option<&str>,
        region: &str,
    ) -> Result<SignIn, Problem> {
        let endpoint = self
            .endpoints_of(&self.snapshot()?, profile)?
            .console_sessions(region)?;
        let ctx = self.ctx();
        Ok(SignIn::new(
            self.http()?,
            &endpoint,
            ctx.clock.clone(),
            self.waiting.clone(),
        ))
    }

    /// Holds off every other roledex that would change a session.
    pub(in super::super) async fn console_lock(&self, arn: &str) -> Result<Lock, Problem> {
        let _wait = self
            .waiting
            .start(format!("another process that changes the session of {arn}"));
        let (inner, arn) = (Arc::clone(&self.inner), arn.to_owned());
        blocking(move || inner.logins.lock(&arn, LOCK_WAIT)).await
    }

    /// The ARN in `login_session` of a profile.
    fn login_session_of(&self, name: &str) -> Result<String, Problem> {
        let files = self.snapshot()?;
        session_of(&files, name)
            .map(str::to_owned)
            .ok_or_else(|| super::no_such_profile(name))
    }

    /// The validity of the credentials in a profile's console session. A cache that cannot be read counts as
    /// none; `doctor` reports it.
    pub(in super::super) fn console_session_validity(
        &self,
        files: &Snapshot,
        name: &str,
    ) -> Option<Validity> {
        let arn = session_of(files, name)?;
        match self.inner.logins.expires_at(arn) {
            Ok(end) => end.map(|expires_at| Validity {
                expires_at,
                obtained_at: None,
            }),
            Err(error) => {
                tracing::warn!(%error, name, "cannot read a console session");
                None
            }
        }
    }
}

/// The console session of a profile that gets its credentials from one.
pub(in super::super) fn session_of<'a>(files: &'a Snapshot, name: &str) -> Option<&'a str> {
    match provider::as_source(files, name)? {
        Provider::Login(arn) => Some(arn),
        _ => None,
    }
}

/// The partition in an ARN.
fn partition_of_arn(arn: &str) -> partition::Partition {
    partition::named(arn.split(':').nth(1).unwrap_or_default())
}

/// A console session is needed, and only a user can start one.
fn sign_in_needed(name: &str, state: &str, detail: &str) -> Problem {
    let kind = ProblemKind::ConsoleSignInNeeded {
        profile: name.into(),
    };
    Problem::new(kind, format!("the profile {name} {state}"))
        .detail(detail)
        .hint(format!("run: roledex login --console {}", word(name)))
}

fn explain(name: &str, error: SignInError) -> Problem {
    if matches!(error, SignInError::CredentialsChanged) {
        let detail = "the password or the permissions of its user were changed";
        return sign_in_needed(name, "is signed out of the console", detail);
    }
    if error.ends_the_session() {
        return sign_in_needed(name, "has a console session that has expired", "");
    }
    Problem::from(error).causing(format!(
        "cannot renew the console session of the profile {name}"
    ))
}
