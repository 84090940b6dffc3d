//! Settings that tools use instead of a profile.

use std::fmt;

use super::ENTRY;
use super::clean::KEYS;
use crate::domain::own::provider::File;
use crate::domain::profile::Mode;

/// Keys that give a profile credentials from another source than a console session.
pub(super) const OTHER_SOURCES: [&str; 10] = [
    ENTRY,
    "role_arn",
    "credential_source",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "credential_process",
    "aws_access_key_id",
    "aws_secret_access_key",
];

/// Settings of a profile's own section that take its place (docs/requirements.md#shadowed-profiles).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shadow {
    /// The profile.
    pub profile: String,
    /// The file of the section.
    pub file: File,
    /// Their keys.
    pub keys: Vec<&'static str>,
}

/// `true` if a section is ours, and its keys that lead to credentials, of any source.
pub(super) fn owner_and_keys(has: impl Fn(&str) -> bool) -> (bool, Vec<&'static str>) {
    // Some SDKs use a source without a role, or refuse it.
    let sources =
        OTHER_SOURCES
            .into_iter()
            .chain(["source_profile", "sso_region", "login_session"]);
    (
        has(ENTRY),
        sources.filter(|key| *key != ENTRY && has(key)).collect(),
    )
}

impl Shadow {
    /// Those keys of a section that do not belong to a managed profile of this type.
    pub(super) fn of(
        profile: &str,
        file: File,
        mode: Mode,
        ours: bool,
        keys: Vec<&'static str>,
    ) -> Option<Self> {
        let own: &[&str] = match (file, mode) {
            (File::Config, Mode::Sso) => &["sso_session", "sso_account_id"],
            (File::Config, Mode::Process) => &["credential_process"],
            (File::Credentials, Mode::Static) if ours => &KEYS,
            _ => &[],
        };
        let keys: Vec<_> = keys.into_iter().filter(|key| !own.contains(key)).collect();
        (!keys.is_empty()).then(|| Self {
            profile: profile.to_owned(),
            file,
            keys,
        })
    }
}

impl fmt::Display for Shadow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (header, file) = match self.file {
            File::Config => ("profile ", "config"),
            File::Credentials => ("", "credentials"),
        };
        write!(
            f,
            "[{header}{}] in the {file} file has {}, which tools use instead",
            self.profile,
            self.keys.join(", ")
        )
    }
}
