//! Checks of the profiles with console sessions.

use super::super::Flow;
use super::super::own::session_of;
use crate::domain::health::{Check, Status};
use crate::domain::text::word;
use crate::domain::time::{seconds_left, span};
use crate::store::aws_files::Snapshot;

/// The longest life of a console session (seconds).
const MAX_LIFE: i64 = 12 * 3600;

impl Flow {
    /// One check for each profile with a console session: a session that is missing,
    /// or surely over.
    pub(super) fn console_session_checks(&self, snapshot: &Snapshot) -> Vec<Check> {
        let names = snapshot.own_names();
        let sessions = names.filter_map(|name| Some((name, session_of(snapshot, name)?)));
        sessions
            .map(|(name, arn)| self.console_session_check(name, arn))
            .collect()
    }

    fn console_session_check(&self, name: &str, arn: &str) -> Check {
        let id = "console-sessions";
        let sign_in = format!("run: roledex login --console {}", word(name));
        let ends = match self.inner.logins.expires_at(arn) {
            Err(error) => return super::failed(id, &error.into()),
            Ok(ends) => ends,
        };
        let Some(ends) = ends else {
            let what = format!("the profile {name} is not signed in to the console");
            return Check::new(id, Status::Skipped, what)
                .public("a profile is not signed in to the console")
                .hint(sign_in);
        };
        let left = seconds_left(self.ctx().clock.now(), ends);
        if left < -MAX_LIFE {
            let what = format!("the console session of the profile {name} has expired");
            return Check::new(id, Status::Skipped, what)
                .public("a console session has expired")
                .hint(sign_in);
        }
        let what = if left > 0 {
            format!(
                "the profile {name} has a console session, with credentials for {}",
                span(left)
            )
        } else {
            format!("the profile {name} has a console session, which is renewed when it is used")
        };
        Check::new(id, Status::Ok, what).public("a profile has a console session")
    }
}
