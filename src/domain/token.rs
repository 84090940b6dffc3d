//! Identity Center's tokens: what the AWS CLI keeps in `~/.aws/sso/cache` (WIRE.md §3).

use jiff::Timestamp;

use super::secret::Secret;

/// A client registered with SSO OIDC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The client's id.
    pub client_id: String,
    /// The client's secret, a JWT of about 1.8 kB.
    pub client_secret: Secret,
    /// When it ends (UTC); about 90 days after it was made.
    pub expires_at: Timestamp,
}

/// The access token of one portal, with what it takes to refresh it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The bearer token.
    pub access_token: Secret,
    /// When it ends (UTC). A 401 before that is the truth (L11).
    pub expires_at: Timestamp,
    /// Only where the client was registered with scopes (L6).
    pub refresh_token: Option<Secret>,
    /// The client it was given to; without it no tool can refresh it (C4).
    pub registration: Option<Registration>,
}
