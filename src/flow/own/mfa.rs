//! MFA: one session of a user's own keys, confirmed once, serves every role behind the same device.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::{Flow, JUST_NOW_SECONDS};
use crate::domain::assume::is_mfa_code;
use crate::domain::locked::locked;
use crate::domain::own::{self, Sections as _};
use crate::domain::partition;
use crate::domain::time::seconds_left;
use crate::domain::{Credentials, EntryId, Problem, ProblemKind, Secret};
use crate::shell::process;
use crate::store::aws_files::Snapshot;

/// The length of an MFA session where the profile says nothing else: the service's own default (seconds).
const SESSION_SECONDS: u32 = 43_200;

/// The memory of this process about MFA devices.
#[derive(Debug, Default)]
pub(crate) struct Mfa {
    /// A code that the user gave and that is not used yet.
    code: Option<Secret>,
    /// The sessions that this process made, and when (UTC).
    made: BTreeMap<EntryId, Timestamp>,
}

/// An MFA device, and the keys that it confirms.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    /// Its ARN or serial number.
    pub serial: String,
    profile: String,
    /// `mfa_process`: a program that prints a code.
    process: Option<String>,
    keys: Credentials,
    seconds: u32,
    partition: &'static str,
}

impl Device {
    /// The device that a profile names.
    pub(crate) fn from_profile(
        files: &Snapshot,
        profile: &str,
        keys: Credentials,
    ) -> Result<Self, Problem> {
        let get = |key| files.either(profile, key).map(str::to_owned);
        let serial = get("mfa_serial").ok_or_else(|| super::no_such_profile(profile))?;
        let is_role = get("role_arn").is_some();
        let seconds = get("duration_seconds").and_then(|seconds| seconds.parse().ok());
        let partition = match serial.split(':').nth(1) {
            Some(name) => partition::named(name),
            None => partition::of_region(get("region").as_deref().unwrap_or_default()),
        };
        Ok(Self {
            profile: profile.to_owned(),
            process: get("mfa_process"),
            seconds: seconds.filter(|_| !is_role).unwrap_or(SESSION_SECONDS),
            partition: partition.name,
            serial,
            keys,
        })
    }

    pub(in super::super) fn session(&self) -> EntryId {
        own::session_id(&self.keys.access_key_id, &self.serial)
    }

    fn needed(&self, refused: Option<String>) -> Problem {
        let title = match &refused {
            None => format!(
                "the profile {} needs a code of its MFA device",
                self.profile
            ),
            Some(_) => format!("AWS refused the code of the MFA device {}", self.serial),
        };
        let hint = match &refused {
            None => format!(
                "run in a terminal: roledex refresh {}; or add --mfa-code CODE",
                EntryId::profile(self.profile.as_str())
            ),
            Some(_) => "wait for the next code; each code works once".to_owned(),
        };
        let kind = ProblemKind::MfaNeeded {
            profile: Arc::from(self.profile.as_str()),
            device: Arc::from(self.serial.as_str()),
            refused: refused.is_some(),
        };
        Problem::new(kind, title)
            .detail(refused.unwrap_or_else(|| self.serial.clone()))
            .hint(hint)
    }
}

impl Flow {
    /// Takes a code of an MFA device, for the next request that needs one.
    ///
    /// # Errors
    /// Text that is no code.
    pub fn give_mfa_code(&self, code: &str) -> Result<(), Problem> {
        let code = code.trim();
        if !is_mfa_code(code) {
            return Err(
                Problem::new(ProblemKind::Usage, "that is not a code of an MFA device")
                    .hint("enter six digits"),
            );
        }
        self.take_mfa_code(Secret::from(code));
        Ok(())
    }

    /// [`Flow::give_mfa_code`] with a code that was checked.
    pub fn take_mfa_code(&self, code: Secret) {
        self.mfa_state().code = Some(code);
    }

    /// The session that a device confirmed: the stored one while it is good, else, or for `renew`, a new
    /// one, requested in the region of the entry. Never asks the user.
    pub(in super::super) async fn mfa_session(
        &self,
        entry: &EntryId,
        device: &Device,
        renew: bool,
    ) -> Result<Credentials, Problem> {
        let id = device.session();
        // A lock and a program that gives the code may take minutes.
        let now = || self.ctx().clock.now();
        let just_made = self
            .mfa_state()
            .made
            .get(&id)
            .is_some_and(|at| seconds_left(*at, now()) < JUST_NOW_SECONDS);
        let good = |held: &Credentials| (!renew || just_made) && held.is_fresh(now());
        let usable = |held: &Credentials| !renew && held.is_alive(now());
        let before = self.held(&id, true).await?;
        if let Some(held) = before.clone().filter(good) {
            return Ok(held);
        }
        let _lock = match self.credential_lock(&id).await {
            Ok(lock) => lock,
            Err(problem) => return before.filter(usable).ok_or(problem),
        };
        let origin = self.origin(&id).await?;
        let held = self.held(&id, false).await?;
        if let Some(held) = held.clone().filter(good) {
            return Ok(held);
        }
        match self.confirm(entry, device).await {
            Ok(session) => {
                let mut session = self.ending_here(session);
                session.obtained_at = Some(now());
                self.keep(&id, &session, &origin).await;
                self.mfa_state().made.insert(id, now());
                Ok(session)
            }
            Err(problem) if problem.kind.leaves_live_credentials() => {
                held.filter(usable).ok_or(problem)
            }
            Err(problem) => Err(problem),
        }
    }

    async fn confirm(&self, entry: &EntryId, device: &Device) -> Result<Credentials, Problem> {
        let code = self.mfa_code(device).await?;
        let sts = self.sts_for(entry, device.partition)?;
        let answer = sts.session_token(&device.keys, &device.serial, &code, device.seconds);
        answer.await.map_err(|error| {
            let problem = Problem::from(error);
            let cause = problem.to_string();
            if cause.contains("MultiFactorAuthentication") {
                return device.needed(Some(cause));
            }
            let title = format!("no MFA session for the profile {}", device.profile);
            Problem::new(problem.kind, title).detail(cause)
        })
    }

    /// A code of a device: the one that the user gave, else what `mfa_process` prints.
    pub(super) async fn mfa_code(&self, device: &Device) -> Result<Secret, Problem> {
        let given = self.mfa_state().code.take();
        if let Some(code) = given {
            return Ok(code);
        }
        match &device.process {
            Some(command) => {
                process::mfa_code(self.around_programs(), &device.profile, command).await
            }
            None => Err(device.needed(None)),
        }
    }

    fn mfa_state(&self) -> std::sync::MutexGuard<'_, Mfa> {
        locked(&self.inner.mfa)
    }
}
