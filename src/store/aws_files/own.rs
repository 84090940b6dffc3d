//! The AWS files as own profiles are looked up in them.

use super::read::Snapshot;
use crate::domain::credentials::NEVER;
use crate::domain::own::Sections;
use crate::domain::own::provider::{self, File};
use crate::domain::{Credentials, Secret};
use crate::store::json::time;

impl Sections for Snapshot {
    fn in_config(&self, profile: &str, key: &str) -> Option<&str> {
        self.text(File::Config, profile, key)
    }

    fn in_credentials(&self, profile: &str, key: &str) -> Option<&str> {
        self.text(File::Credentials, profile, key)
    }

    fn has_profile(&self, profile: &str) -> bool {
        self.knows(profile)
    }

    fn in_session(&self, session: &str, key: &str) -> Option<&str> {
        self.session(session)?
            .get(key)
            .map(Secret::expose)
            .filter(|value| !value.is_empty())
    }

    fn has_session(&self, session: &str) -> bool {
        self.session(session).is_some()
    }
}

impl Snapshot {
    /// The names of the profiles that carry no `roledex_entry`, in the order of the files.
    pub fn own_names(&self) -> impl Iterator<Item = &str> {
        self.names()
            .filter(|name| self.value_of(name, super::ENTRY).is_none())
    }

    /// True if there is such a profile and it carries no `roledex_entry`.
    #[must_use]
    pub fn is_own(&self, name: &str) -> bool {
        self.knows(name) && self.value_of(name, super::ENTRY).is_none()
    }

    /// True if it is an own profile with a source of credentials.
    #[must_use]
    pub fn is_usable_own(&self, name: &str) -> bool {
        self.is_own(name) && provider::direct(self, name).is_some()
    }

    /// The key by which a profile gets credentials from another source than a console session.
    #[must_use]
    pub fn other_source(&self, name: &str) -> Option<&'static str> {
        super::shadow::other_sources().find(|key| self.value_of(name, key).is_some())
    }

    /// The access keys of a profile, as one file has them. `None` if they were wiped.
    #[must_use]
    pub fn keys(&self, profile: &str, file: File) -> Option<Credentials> {
        if self.is_wiped() {
            return None;
        }
        let get = |key| self.text(file, profile, key);
        let token = get("aws_session_token").or_else(|| get("aws_security_token"));
        Some(Credentials {
            access_key_id: get("aws_access_key_id")?.to_owned(),
            // Its other half may be in the other file, as for botocore.
            secret_access_key: get("aws_secret_access_key")
                .or_else(|| self.value_of(profile, "aws_secret_access_key"))
                .map(Secret::from)?,
            session_token: token.map(Secret::from).unwrap_or_default(),
            expires_at: get("x_security_token_expires")
                .and_then(time)
                .unwrap_or(NEVER),
            obtained_at: None,
        })
    }

    fn value_of(&self, profile: &str, key: &str) -> Option<&str> {
        Sections::either(self, profile, key)
    }
}
