//! Settings that tools use instead of a profile.

use std::fmt;

use super::ENTRY;
use super::clean::KEYS;
use crate::domain::own::provider::{File, LOGIN_SESSION, SOURCES};
use crate::domain::profile::Mode;

/// Keys that give a profile credentials from another source than a console session.
pub(super) fn other_sources() -> impl Iterator<Item = &'static str> {
    let others = SOURCES.into_iter().filter(|key| *key != LOGIN_SESSION);
    std::iter::once(ENTRY).chain(others)
}

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
    let keys = SOURCES.into_iter().chain(["source_profile", "sso_region"]);
    (has(ENTRY), keys.filter(|key| has(key)).collect())
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
            (File::Config, Mode::Sso) => &["sso_session", "sso_account_id", "sso_role_name"],
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
