//! Credentials of an external entry: a SAML response, turned into a session by STS (docs/requirements.md#external-accounts-saml).

use super::Flow;
use super::own::used::own_name;
use crate::aws::sts::{SamlError, Sts};
use crate::domain::partition;
use crate::domain::time::{seconds_left, span};
use crate::domain::{
    App, AppRole, Assertion, Credentials, EntryId, Problem, ProblemKind, SamlRole,
};
use crate::store::remembered::Remembered;

/// From this difference on (seconds) a user is told that the clock is wrong.
const SKEW_SECONDS: i64 = 60;

impl Flow {
    /// New credentials of an external entry, from a response that is there, or one that can be had
    /// without a user.
    pub(super) async fn request_external(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let app = self.app(&id.source)?;
        if let Some(kept) = self.remembered(&app)
            && let Some(role) = kept.assertion.role(id.account, &id.role)
        {
            let sts = self.sts_for(id, &role.partition)?;
            match self.assume(&sts, &app, id, &kept.assertion, role).await {
                Err(error @ SamlError::Expired { .. }) => {
                    self.forget_assertion(&app);
                    if kept.is_given {
                        // Another response might be another user's.
                        let problem = self.explain_saml(error, role, &kept.assertion);
                        return Err(problem.hint(match self.clock_warning() {
                            Some(warning) => format!("{warning}; then copy a new response"),
                            None => {
                                "the response is older than five minutes; copy a new one".to_owned()
                            }
                        }));
                    }
                }
                Err(error) => return Err(self.explain_saml(error, role, &kept.assertion)),
                Ok(credentials) => return Ok(credentials),
            }
        }
        let assertion = match self.capture_headless(&app, id).await {
            Err(problem)
                if matches!(problem.kind, ProblemKind::CaptureNeeded { .. })
                    && problem.hint.is_none() =>
            {
                return Err(problem.hint(format!("run in a terminal: roledex refresh {id}")));
            }
            result => result?,
        };
        let role = assertion
            .role(id.account, &id.role)
            .ok_or_else(|| not_in_it(id, &app, &assertion))?;
        let sts = self.sts_for(id, &role.partition)?;
        self.assume(&sts, &app, id, &assertion, role)
            .await
            .map_err(|error| self.explain_saml(error, role, &assertion))
    }

    /// Credentials of a role. A response may name it with several providers, and at several paths: the first that its
    /// account trusts counts.
    async fn assume(
        &self,
        sts: &Sts,
        app: &App,
        id: &EntryId,
        assertion: &Assertion,
        role: &SamlRole,
    ) -> Result<Credentials, SamlError> {
        let is_other_asked = |result: &Result<_, SamlError>| {
            matches!(
                result,
                Err(SamlError::NotAuthorized { .. } | SamlError::UnknownProvider { .. })
            )
        };
        let first = self.assume_as(sts, app, id, assertion, role).await;
        if is_other_asked(&first) {
            let same = |other: &&SamlRole| {
                *other != role && other.account == role.account && other.role == role.role
            };
            for other in assertion.roles.iter().filter(same) {
                let result = self.assume_as(sts, app, id, assertion, other).await;
                if !is_other_asked(&result) {
                    return result;
                }
            }
        }
        first
    }

    /// Asks STS for the longest session that the role allows. Lengths that STS refuses are remembered
    /// for a while; how long a session became is not, as that also depends on the identity provider's
    /// own session.
    async fn assume_as(
        &self,
        sts: &Sts,
        app: &App,
        id: &EntryId,
        assertion: &Assertion,
        role: &SamlRole,
    ) -> Result<Credentials, SamlError> {
        let dirs = &self.ctx().dirs;
        let now = self.ctx().clock.now();
        // It is only remembered: without it there is one more call.
        let too_long = Remembered::load(dirs).unwrap_or_default().too_long(id, now);
        let mut refused = None;
        let mut result = Err(SamlError::Duration {
            detail: String::new(),
        });
        for seconds in assertion.durations(app.duration_seconds, too_long, self.aws_time()) {
            result = sts
                .assume_role_with_saml(role, &assertion.response, seconds)
                .await;
            if !matches!(result, Err(SamlError::Duration { .. })) {
                break;
            }
            tracing::info!(seconds, entry = %id, "the role does not allow a session that long");
            refused = Some(seconds);
        }
        if let (Some(seconds), Ok(_)) = (refused, &result) {
            let id = id.clone();
            let remembered = self.remember(move |it| it.add_too_long(&id, seconds, now));
            let _ = remembered.await;
        }
        result
    }

    /// STS in the role's partition (docs/requirements.md#partition-from-the-role): in the region that is set for
    /// the entry where that belongs to it, with the entry's endpoint settings. A region that is only assumed is not
    /// asked: the account may not have it.
    pub(super) fn sts_for(&self, id: &EntryId, partition: &str) -> Result<Sts, Problem> {
        let partition = partition::named(partition);
        let set = self.working_region(id, None)?;
        let region = set
            .filter(|region| !region.is_assumed)
            .map(|region| region.name)
            .filter(|region| partition::of_region(region) == partition)
            .unwrap_or_else(|| partition.sts_region.to_owned());
        let endpoints = self.endpoints_of(&self.snapshot()?, own_name(id))?;
        let endpoint = endpoints.sts(&region)?;
        Ok(Sts::new(self.http()?, endpoint, &region).reporting(self.waiting.clone()))
    }

    fn explain_saml(&self, error: SamlError, role: &SamlRole, assertion: &Assertion) -> Problem {
        let expired = matches!(error, SamlError::Expired { .. });
        let problem = error.problem(role, assertion.recipient.as_deref());
        match self.clock_warning() {
            Some(warning) if expired => problem.hint(warning),
            _ => problem,
        }
    }

    /// AWS's time, if a server has reported it; else this machine's clock (docs/requirements.md#response-lifetime).
    pub(super) fn aws_time(&self) -> jiff::Timestamp {
        self.inner
            .http
            .get()
            .and_then(crate::aws::Http::server_time)
            .unwrap_or_else(|| self.ctx().clock.now())
    }

    /// New credentials with their end by this machine's clock, where that is behind AWS's: SDKs and the store compare the
    /// end with it, and would use them for as long again as it is behind.
    pub(super) fn ending_here(&self, mut credentials: Credentials) -> Credentials {
        let behind = self.aws_time().duration_since(self.ctx().clock.now());
        if credentials.ends().is_some() && behind.as_secs() >= SKEW_SECONDS {
            let end = credentials.expires_at.checked_sub(behind);
            credentials.expires_at = end.unwrap_or(credentials.expires_at);
        }
        credentials
    }

    /// Reports that this machine's clock is wrong, if AWS's answers show it.
    pub(super) fn clock_warning(&self) -> Option<String> {
        skew(self.aws_time(), self.ctx().clock.now())
    }
}

fn skew(aws: jiff::Timestamp, here: jiff::Timestamp) -> Option<String> {
    let ahead = seconds_left(aws, here);
    let (by, which) = if ahead > 0 {
        (ahead, "ahead of")
    } else {
        (-ahead, "behind")
    };
    (by >= SKEW_SECONDS).then(|| {
        format!(
            "this machine's clock is {} {which} AWS; correct it",
            span(by)
        )
    })
}

/// Checks that a response that the user gave has the role that they named.
///
/// # Errors
/// `AccessDenied` with the roles that it has.
pub(crate) fn check_role(id: &EntryId, roles: &[AppRole]) -> Result<(), Problem> {
    if roles.iter().any(|role| role.entry(&id.source) == *id) {
        return Ok(());
    }
    Err(Problem::new(
        ProblemKind::AccessDenied,
        format!(
            "the SAML response has no role {} in {}",
            id.role, id.account
        ),
    )
    .detail(format!("it has {}", listed(roles)))
    .hint("use one of these, or copy the response of the app that has the role"))
}

pub(super) fn not_in_it(id: &EntryId, app: &App, assertion: &Assertion) -> Problem {
    Problem::new(
        ProblemKind::AccessDenied,
        format!(
            "{} does not give you the role {} in {}",
            app.name, id.role, id.account
        ),
    )
    .detail(format!("it gives you {}", listed(&assertion.app_roles())))
    .hint("ask your administrator to map that role for you")
}

/// The first few roles, in words.
fn listed(roles: &[AppRole]) -> String {
    const MAX_LISTED: usize = 10;
    let mut words: Vec<String> = roles
        .iter()
        .take(MAX_LISTED)
        .map(|role| format!("{} in {}", role.role, role.account))
        .collect();
    if let Some(more) = roles.len().checked_sub(MAX_LISTED).filter(|more| *more > 0) {
        words.push(format!("and {more} more"));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_told_by_the_servers_date() {
        let at = |second| jiff::Timestamp::from_second(second).unwrap();
        assert_eq!(skew(at(1_000), at(1_059)), None);
        assert!(
            skew(at(1_000), at(1_420))
                .unwrap()
                .contains("7 min ahead of")
        );
        assert!(skew(at(10_000), at(2_800)).unwrap().contains("2 h behind"));
    }
}
