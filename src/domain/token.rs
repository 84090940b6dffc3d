//! Identity Center's tokens: what the AWS CLI keeps in `~/.aws/sso/cache` (docs/protocols.md#token-cache).

use jiff::Timestamp;

use super::secret::Secret;

/// A client registered with SSO OIDC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The client's id.
    pub client_id: String,
    /// The client's secret, a JWT of about 1.8 kB.
    pub client_secret: Secret,
    /// Its expiry (UTC); about 90 days after it was made.
    pub expires_at: Timestamp,
}

/// The access token of one portal, with what it takes to refresh it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The bearer token.
    pub access_token: Secret,
    /// Its expiry (UTC). A 401 before that is the truth (docs/requirements.md#sessions-end-early).
    pub expires_at: Timestamp,
    /// Only where the client was registered with scopes (docs/requirements.md#refresh-tokens-need-a-scope).
    pub refresh_token: Option<Secret>,
    /// The client it was given to; without it no tool can refresh it (docs/requirements.md#complete-token-files).
    pub registration: Option<Registration>,
}
