//! `roledex doctor`: gathers the facts, checks them, and fixes what roledex wrote.

mod console_sessions;
mod environment;
mod files;
mod fix;
mod names;
mod network;
mod portals;
mod profiles;
mod programs;
mod regions;
mod report;

use std::path::Path;

use super::Flow;
use crate::config::Settings;
use crate::domain::Problem;
use crate::domain::health::{Check, Status, TerminalFact, check_terminal, shown};
use crate::domain::text::with_tilde;

impl Flow {
    /// Runs all checks. Uses the network only with `online`. A failure is reported as a check.
    pub async fn check(&self, online: bool, terminal: &TerminalFact) -> Vec<Check> {
        let mut checks = vec![self.settings_check()];
        let snapshot = self.files_checks(&mut checks);
        checks.extend(self.permission_checks());
        checks.extend(self.directory_checks());
        if let Some(snapshot) = &snapshot {
            self.profile_checks(snapshot, &mut checks);
            checks.extend(self.console_session_checks(snapshot));
            checks.extend(self.endpoint_checks(snapshot));
        }
        checks.extend(self.environment_checks(snapshot.as_ref()));
        let http = self.network_checks(snapshot.as_ref(), &mut checks);
        self.clock_checks(online, http.as_ref(), snapshot.as_ref(), &mut checks)
            .await;
        checks.extend(self.capture_checks());
        checks.push(self.keyring_check());
        checks.push(self.aws_cli_check().await);
        checks.push(check_terminal(terminal));
        let short = |text: &str| with_tilde(text, &self.ctx().dirs.home);
        for check in &mut checks {
            check.what = short(&check.what);
            check.hint = check.hint.as_deref().map(short);
        }
        checks
    }

    fn settings_check(&self) -> Check {
        let path = self.ctx().dirs.settings_file();
        match Settings::load(&self.ctx().dirs) {
            Ok(_) if !path.exists() => Check::new(
                "settings",
                Status::Ok,
                "there is no settings file; the defaults apply",
            )
            .all_public(),
            Ok(_) => Check::new(
                "settings",
                Status::Ok,
                format!("the settings in {} are valid", self.shown(&path)),
            )
            .public("the settings are valid"),
            Err(problem) => failed("settings", &problem),
        }
    }

    fn shown(&self, path: &Path) -> String {
        shown(path, &self.ctx().dirs.home)
    }
}

/// A problem as a check that failed.
pub(super) fn failed(id: &'static str, problem: &Problem) -> Check {
    let check = Check::new(id, Status::Error, problem.to_string()).public(format!(
        "failed, as with exit code {}",
        problem.kind.exit_code()
    ));
    match &problem.hint {
        Some(hint) => check.hint(&**hint),
        None => check,
    }
}
