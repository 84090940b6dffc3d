//! A portal: one `[sso-session NAME]` of the AWS config file.

use std::sync::Arc;

use jiff::Timestamp;

use super::Problem;

/// The scope that makes Identity Center hand out a refresh token (docs/requirements.md#refresh-tokens-need-a-scope).
pub(crate) const ACCOUNT_ACCESS_SCOPE: &str = "sso:account:access";

/// `true` if a text has the form of a scope: words with colons between them.
#[must_use]
pub(crate) fn is_scope(text: &str) -> bool {
    let is_word = |word: &str| {
        let mut letters = word.bytes();
        !word.is_empty() && letters.all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
    };
    text.contains(':') && text.split(':').all(is_word)
}

/// The scopes of a text that has commas between them, as `sso_registration_scopes`.
#[must_use]
pub(crate) fn scopes(text: &str) -> Vec<String> {
    let scopes = text.split(',').map(str::trim);
    scopes
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect()
}

/// One IAM Identity Center access portal, as the AWS config file describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portal {
    /// The name of the `sso-session` section.
    pub name: Arc<str>,
    /// `sso_start_url` as it is written: it is part of cache keys (docs/protocols.md#token-cache).
    pub start_url: String,
    /// `sso_region`: where Identity Center runs, never the region to work in.
    pub region: String,
    /// `sso_registration_scopes`; empty where the section has none.
    pub scopes: Vec<String>,
}

impl Portal {
    /// The host of the start URL, shown so that a user can tell a phishing page (docs/requirements.md#no-surprise-browser).
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self
            .start_url
            .split_once("://")
            .map_or(self.start_url.as_str(), |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or(rest)
    }
}

/// A portal and its sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalSession {
    /// The portal.
    pub portal: Portal,
    /// `true` if calls can be made now, or after a refresh without user interaction.
    pub signed_in: bool,
    /// The expiry of the access token (UTC); `None` if there is none.
    pub expires_at: Option<Timestamp>,
    /// The end of the sign-in (UTC): from then on, a call needs the user.
    pub ends_at: Option<Timestamp>,
    /// The time at which its file was saved (UTC), which is the token's start: the file has no other.
    pub saved_at: Option<Timestamp>,
    /// The number of the sign-in among those that this process has seen; zero without one. A refreshed token belongs to
    /// the same sign-in. Another number may be another user's.
    pub sign_in: u32,
}

/// The portal that a start URL leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartUrlFound {
    /// The URL to save.
    pub url: String,
    /// The portal's region, where the URL or the portal's page tells it.
    pub region: Option<String>,
    /// The reason why the portal's page was not read.
    pub problem: Option<Problem>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host() {
        let portal = |url: &str| Portal {
            name: "x".into(),
            start_url: url.to_owned(),
            region: String::new(),
            scopes: Vec::new(),
        };
        assert_eq!(
            portal("https://d-1.awsapps.com/start#/").host(),
            "d-1.awsapps.com"
        );
        assert_eq!(portal("nonsense").host(), "nonsense");
    }
}
