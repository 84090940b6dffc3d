//! Reading other tools' files, to import what they know. They are never written.

use std::io;
use std::path::Path;

use ini::{Ini, ParseOption};

use super::{Error, read_if_there};

/// One account of saml2aws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlAccount {
    /// The section's name.
    pub name: String,
    /// The kind of identity provider.
    pub provider: String,
    /// Its page.
    pub url: String,
    /// The application's id, where the provider needs one.
    pub app_id: Option<String>,
    /// `aws_urn`.
    pub relying_party: Option<String>,
    /// `aws_session_duration` (seconds).
    pub session_seconds: Option<u32>,
}

/// The accounts in saml2aws's configuration, in the order of the file.
///
/// # Errors
/// A file that is not there, cannot be read, or is no INI file.
pub fn saml2aws(path: &Path) -> Result<Vec<SamlAccount>, Error> {
    let bytes = read_if_there(path)?
        .ok_or_else(|| Error::io("read", path)(io::ErrorKind::NotFound.into()))?;
    let invalid = |error: &dyn std::fmt::Display| {
        Error::io("read", path)(io::Error::new(
            io::ErrorKind::InvalidData,
            error.to_string(),
        ))
    };
    let text = String::from_utf8(bytes).map_err(|error| invalid(&error))?;
    let options = ParseOption {
        enabled_escape: false,
        enabled_quote: false,
        ..ParseOption::default()
    };
    let file = Ini::load_from_str_opt(&text, options).map_err(|error| invalid(&error))?;
    let accounts = file.iter().filter_map(|(section, values)| {
        let get = |key: &str| {
            values
                .get(key)
                .map(str::trim)
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        Some(SamlAccount {
            name: section?.trim().to_owned(),
            provider: get("provider").unwrap_or_default(),
            url: get("url").unwrap_or_default(),
            app_id: get("app_id"),
            relying_party: get("aws_urn"),
            session_seconds: get("aws_session_duration").and_then(|text| text.parse().ok()),
        })
    });
    Ok(accounts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_accounts() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("saml2aws");
        assert!(saml2aws(&path).is_err(), "not there");
        let text = "[default]\nname = default\napp_id =\nurl = https://d-1.awsapps.com/start/#/saml/default/X/ins-0123456789abcdef\nusername = jo\nprovider = Browser\naws_urn = urn:amazon:webservices\naws_session_duration = 3600\n\n[other]\nprovider = Okta\n";
        super::super::atomic::write_private(&path, text.as_bytes()).unwrap();
        let accounts = saml2aws(&path).unwrap();
        assert_eq!(accounts.len(), 2);
        assert!(
            accounts[0].url.contains("#/saml/default/X/ins-"),
            "a # is no comment here"
        );
        assert_eq!(accounts[0].session_seconds, Some(3_600));
        assert_eq!(accounts[1].url, "");
    }
}
