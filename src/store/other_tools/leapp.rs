//! Leapp's workspace, `~/.Leapp/Leapp-lock.json`.
//!
//! It is JSON, encrypted with the id of the machine as `CryptoJS.AES.encrypt` does with a passphrase: base64 of
//! `Salted__`, eight bytes of salt, and AES-256-CBC. Key and initialization vector are made of the SHA-256 of the
//! id and the salt, by MD5, as OpenSSL's `EVP_BytesToKey` does. So it can be read on its own machine only.

use std::collections::BTreeMap;
use std::path::Path;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::Value;
use sha2::Sha256;

use super::{KnownPortal, invalid, text};
use crate::config::Owners;
use crate::store::Error;

/// The first bytes of what `CryptoJS` and OpenSSL encrypt with a passphrase.
const SALTED: &[u8] = b"Salted__";

/// The contents of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Workspace {
    /// The portals, by their ids.
    pub portals: Vec<(String, KnownPortal)>,
    /// The start pages of identity providers, by their ids.
    pub pages: BTreeMap<String, String>,
    /// The sessions, in the order of the file.
    pub sessions: Vec<Session>,
    /// The region of new sessions.
    pub default_region: Option<String>,
}

/// One session: an account and role that Leapp can start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Session {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `awsSsoRole`, `awsIamUser`, `awsIamRoleChained`, `awsIamRoleFederated`, or another cloud's.
    pub kind: String,
    /// Its region.
    pub region: Option<String>,
    /// `arn:aws:iam::ACCOUNT/ROLE` behind a portal, else the ARN of its role.
    pub role_arn: Option<String>,
    /// The id of its portal.
    pub portal: Option<String>,
    /// The id of its identity provider's page.
    pub page: Option<String>,
    /// The id of the session that it is assumed from.
    pub parent: Option<String>,
    /// Its profile, where it is not `default`.
    pub profile: Option<String>,
}

/// The reason why a workspace is not read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// The file cannot be read, or is no workspace.
    File(Error),
    /// It was not encrypted with the id of this machine.
    Encrypted,
}

/// A workspace, decrypted with the id of the machine; one in plain JSON is read as it is. It is
/// empty if there is no file.
pub(crate) fn workspace(
    owners: &Owners,
    path: &Path,
    machine: &str,
) -> Result<Workspace, Unreadable> {
    let Some(text) = text(owners, path).map_err(Unreadable::File)? else {
        return Ok(Workspace::default());
    };
    let text = text.trim();
    let decrypted;
    let json = if text.starts_with('{') {
        text
    } else {
        decrypted = decrypt(text, machine).ok_or(Unreadable::Encrypted)?;
        &decrypted
    };
    let value: Value =
        serde_json::from_str(json).map_err(|error| Unreadable::File(invalid(path, &error)))?;
    Ok(of_json(&value))
}

/// The text that was encrypted, if this is the machine.
fn decrypt(text: &str, machine: &str) -> Option<String> {
    let bytes = STANDARD.decode(text).ok()?;
    let (salt, sealed) = bytes.strip_prefix(SALTED)?.split_at_checked(8)?;
    let id = Sha256::digest(machine.as_bytes());
    let passphrase = crate::store::json::hex(&id);
    let mut derived = Vec::with_capacity(48);
    let mut last = Vec::new();
    while derived.len() < 48 {
        let mut hash = Md5::new();
        hash.update(&last);
        hash.update(passphrase.as_bytes());
        hash.update(salt);
        last = hash.finalize().to_vec();
        derived.extend_from_slice(&last);
    }
    let (key, rest) = derived.split_at_checked(32)?;
    let cipher = cbc::Decryptor::<aes::Aes256>::new_from_slices(key, rest).ok()?;
    let plain = cipher.decrypt_padded_vec::<Pkcs7>(sealed).ok()?;
    String::from_utf8(plain).ok()
}

fn of_json(value: &Value) -> Workspace {
    let list = |key: &str| {
        value
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let string = |value: &Value, key: &str| {
        let text = value.get(key)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let profiles: BTreeMap<String, String> = list("_profiles")
        .filter_map(|profile| Some((string(profile, "id")?, string(profile, "name")?)))
        .filter(|(_, name)| name != "default")
        .collect();
    Workspace {
        portals: list("_awsSsoIntegrations")
            .filter_map(|portal| {
                let known = KnownPortal {
                    name: string(portal, "alias")?,
                    start_url: string(portal, "portalUrl"),
                    region: string(portal, "region"),
                    default_region: None,
                };
                Some((string(portal, "id").unwrap_or_default(), known))
            })
            .collect(),
        pages: list("_idpUrls")
            .filter_map(|page| Some((string(page, "id")?, string(page, "url")?)))
            .collect(),
        sessions: list("_sessions")
            .filter_map(|session| {
                let profile = string(session, "profileId");
                Some(Session {
                    id: string(session, "sessionId").unwrap_or_default(),
                    name: string(session, "sessionName")?,
                    kind: string(session, "type").unwrap_or_default(),
                    region: string(session, "region"),
                    role_arn: string(session, "roleArn"),
                    portal: string(session, "awsSsoConfigurationId"),
                    page: string(session, "idpUrlId"),
                    parent: string(session, "parentSessionId"),
                    profile: profile.and_then(|id| profiles.get(&id).cloned()),
                })
            })
            .collect(),
        default_region: string(value, "_defaultRegion"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encrypted by `openssl enc -aes-256-cbc -md md5 -a -A -pass pass:SHA256("abc")`, which is what
    /// `CryptoJS` does.
    const SEALED: &str = "U2FsdGVkX1+EC6qx/kV9P6srO4JKnLTiCl7ewNnq2isAUboBm0H+D/wesK701M0M";

    #[test]
    fn only_the_machine_that_encrypted_it_reads_it() {
        assert_eq!(
            decrypt(SEALED, "abc").as_deref(),
            Some("{\"_sessions\":[]}")
        );
        for (text, machine) in [
            (SEALED, "abd"),
            ("", "abc"),
            ("U2FsdGVkX18=", "abc"),
            ("U2FsdGVkX18AAAAAAAAAAA==", "abc"),
            ("not base64!", "abc"),
        ] {
            assert_eq!(decrypt(text, machine), None, "{text}");
        }
    }

    #[test]
    fn anything_may_be_missing() {
        for text in [
            "{}",
            "[]",
            "3",
            r#"{"_sessions":{},"_awsSsoIntegrations":[3,{}],"_idpUrls":[null],"_profiles":"x"}"#,
            r#"{"_sessions":[{"sessionName":3},{"sessionName":" "}]}"#,
        ] {
            let value = serde_json::from_str(text).unwrap();
            assert_eq!(of_json(&value), Workspace::default(), "{text}");
        }
    }
}
