//! Checks of the shell's environment variables.

use super::failed;
use crate::domain::health::{COMPETING, Check, EnvironmentFact, check_environment};
use crate::flow::Flow;
use crate::store::aws_files::Snapshot;

impl Flow {
    pub(super) fn environment_checks(&self, snapshot: Option<&Snapshot>) -> Vec<Check> {
        let env = &self.ctx().env;
        let profile = env
            .get("AWS_PROFILE")
            .or_else(|| env.get("AWS_DEFAULT_PROFILE"));
        let fact = EnvironmentFact {
            competing: COMPETING
                .into_iter()
                .filter(|name| env.get_os(name).is_some())
                .collect(),
            profile: profile.map(|name| {
                let exists = snapshot.is_none_or(|snapshot| snapshot.profile(name).is_some());
                (name.to_owned(), exists || name == "default")
            }),
            expires_at: env
                .get("AWS_CREDENTIAL_EXPIRATION")
                .and_then(|text| text.parse().ok()),
            entry: env.get("ROLEDEX_ENTRY").map(str::to_owned),
        };
        let mut checks = check_environment(&fact, self.ctx().clock.now());
        let region = self.ctx().region(|_| true).map(drop);
        let requests = self.ctx().requests_per_second().map(drop);
        let problems = [region, requests].into_iter().filter_map(Result::err);
        checks.extend(problems.map(|problem| failed("environment", &problem)));
        checks
    }
}
