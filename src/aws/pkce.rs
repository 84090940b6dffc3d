//! SSO OIDC's authorization code with PKCE: the browser on this machine comes back by itself (docs/requirements.md#pkce-callback).
//!
//! As the AWS CLI does it (docs/protocols.md#oidc): a registration of its own (docs/requirements.md#one-grant-per-registration), `scopes` instead of OAuth's
//! `scope`, and no client secret in the address.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::callback::{Callback, REGISTERED};
use super::oidc::{Oidc, token};
use super::oidc_error::OidcError;
use crate::config::{self, Clock};
use crate::domain::{AccessToken, Registration, Secret};

const AUTHORIZATION_CODE: &str = "authorization_code";
const GRANTS: [&str; 2] = [AUTHORIZATION_CODE, "refresh_token"];

/// A sign-in that waits in the browser.
#[derive(Debug)]
pub struct Authorization {
    /// The address to open. It has the `state` in it, with which another user of this machine could finish
    /// the sign-in: show it to the user, but put it into no argument list.
    pub url: String,
    callback: Callback,
    state: Secret,
    verifier: Secret,
}

impl Oidc {
    /// Registers a client for the authorization code only: one grant family per registration (docs/requirements.md#one-grant-per-registration).
    ///
    /// # Errors
    /// The last failure, after retries.
    pub async fn register_for_browser(
        &self,
        client_name: &str,
        scopes: &[String],
        start_url: &str,
    ) -> Result<Registration, OidcError> {
        self.send_registration(|request| {
            request
                .client_name(client_name)
                .set_scopes(Some(scopes.to_vec()))
                .set_grant_types(Some(GRANTS.map(str::to_owned).to_vec()))
                .redirect_uris(REGISTERED)
                .issuer_url(start_url)
        })
        .await
    }

    /// The question for the browser; `callback` listens already.
    #[must_use]
    pub fn authorize(
        &self,
        registration: &Registration,
        scopes: &[String],
        callback: Callback,
    ) -> Authorization {
        let (state, verifier) = (random::<32>(), random::<32>());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &registration.client_id)
            .append_pair("redirect_uri", &callback.redirect_uri())
            .append_pair("state", state.expose())
            .append_pair("code_challenge_method", "S256")
            .append_pair("scopes", &scopes.join(" "))
            .append_pair("code_challenge", &challenge)
            .finish();
        Authorization {
            url: format!("{}/authorize?{query}", self.endpoint()),
            callback,
            state,
            verifier,
        }
    }

    /// Waits for the browser to come back, and takes the token.
    ///
    /// # Errors
    /// [`OidcError::NoAnswer`] after `limit`, [`OidcError::Denied`], or what the service says
    /// otherwise.
    pub async fn redeem(
        &self,
        registration: &Registration,
        authorization: &Authorization,
        limit: Duration,
        clock: &Clock,
    ) -> Result<AccessToken, OidcError> {
        let callback = &authorization.callback;
        let code = timeout(limit, callback.code(&authorization.state))
            .await
            .map_err(|_late| OidcError::NoAnswer)?
            .map_err(|denial| OidcError::from_denial(denial, self.region()))?;
        let answer = self
            .with_retries(OidcError::is_surely_unused, async || {
                self.create_token(registration)
                    .grant_type(AUTHORIZATION_CODE)
                    .code(code.expose())
                    .redirect_uri(callback.redirect_uri())
                    .code_verifier(authorization.verifier.expose())
                    .send()
                    .await
                    .map_err(|error| self.error(&error))
            })
            .await?;
        token(answer, registration, clock)
    }
}

/// Random bytes as letters, digits, `-` and `_`, four for three bytes. RFC 7636 wants 32 bytes of a verifier at
/// least.
pub(super) fn random<const BYTES: usize>() -> Secret {
    let mut bytes = [0; BYTES];
    config::random::fill(&mut bytes);
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}
