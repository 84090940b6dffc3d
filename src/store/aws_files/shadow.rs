//! Settings that tools use instead of a profile.

use std::fmt;

/// Something that takes a profile's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shadow {
    /// Keys in the credentials file win over `credential_process`, and in many SDKs over SSO (docs/requirements.md#shadowed-profiles).
    Keys {
        /// The section of the credentials file.
        section: String,
    },
}

impl fmt::Display for Shadow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys { section } => write!(
                f,
                "[{section}] in the credentials file has its own keys, which tools use instead of this profile; remove that section"
            ),
        }
    }
}
