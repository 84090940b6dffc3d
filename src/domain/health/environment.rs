//! Credentials in the environment variables of the shell.

use jiff::Timestamp;

use super::check::{Check, Status};

/// Variables that override every profile.
pub(crate) const COMPETING: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// A fact about credentials in the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EnvironmentFact {
    /// The variables of [`COMPETING`] that are set.
    pub competing: Vec<&'static str>,
    /// `AWS_PROFILE` or `AWS_DEFAULT_PROFILE`, and whether there is such a profile.
    pub profile: Option<(String, bool)>,
    /// `AWS_CREDENTIAL_EXPIRATION`.
    pub expires_at: Option<Timestamp>,
    /// `ROLEDEX_ENTRY`: roledex made this environment.
    pub entry: Option<String>,
}

/// Checks the environment (docs/requirements.md#one-family-of-variables).
#[must_use]
pub(crate) fn check_environment(fact: &EnvironmentFact, now: Timestamp) -> Vec<Check> {
    let id = "environment";
    let mut checks = Vec::new();
    let names = fact.competing.join(", ");
    if !fact.competing.is_empty() && fact.expires_at.is_some_and(|at| at <= now) {
        checks.push(
            Check::new(
                id,
                Status::Warning,
                format!("{names} is set, but the credentials have expired"),
            )
            .all_public()
            .hint("remove them with eval \"$(roledex env --unset)\", or leave this shell"),
        );
    } else if !fact.competing.is_empty() && fact.entry.is_none() {
        checks.push(
            Check::new(
                id,
                Status::Warning,
                format!("{names} is set; tools use it instead of any profile"),
            )
            .all_public()
            .hint("if that is not intended, run: eval \"$(roledex env --unset)\""),
        );
    }
    if let Some((name, exists)) = &fact.profile {
        if !fact.competing.is_empty() {
            checks.push(
                Check::new(
                    id,
                    Status::Warning,
                    format!("AWS_PROFILE is {name}, and {names} is set too; tools disagree on which one to use"),
                )
                .public(format!("AWS_PROFILE and {names} are set"))
                .hint("unset one of the two"),
            );
        }
        if !exists {
            checks.push(
                Check::new(
                    id,
                    Status::Error,
                    format!("AWS_PROFILE is {name}, but that profile does not exist"),
                )
                .public("the profile of AWS_PROFILE does not exist")
                .hint("unset AWS_PROFILE, or create the profile: roledex use"),
            );
        }
    }
    if checks.is_empty() {
        checks.push(match &fact.entry {
            Some(entry) => Check::new(id, Status::Ok, format!("this shell has {entry}"))
                .public("this shell has a role"),
            None => Check::new(id, Status::Ok, "no AWS variables override the profiles"),
        });
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn environments() {
        let states = |fact: &EnvironmentFact| -> Vec<Status> {
            let checks = check_environment(fact, at(1_000));
            checks.into_iter().map(|check| check.state).collect()
        };
        let clean = EnvironmentFact::default();
        assert_eq!(states(&clean), [Status::Ok]);
        let keys = EnvironmentFact {
            competing: vec!["AWS_ACCESS_KEY_ID"],
            ..clean.clone()
        };
        assert_eq!(states(&keys), [Status::Warning]);
        let ours = EnvironmentFact {
            entry: Some("e".to_owned()),
            expires_at: Some(at(2_000)),
            ..keys.clone()
        };
        assert_eq!(states(&ours), [Status::Ok]);
        let over = EnvironmentFact {
            expires_at: Some(at(999)),
            ..ours
        };
        assert_eq!(states(&over), [Status::Warning]);
        let both = EnvironmentFact {
            profile: Some(("p".to_owned(), false)),
            ..keys
        };
        assert_eq!(
            states(&both),
            [Status::Warning, Status::Warning, Status::Error]
        );
    }
}
