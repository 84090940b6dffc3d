//! The sign-in service: a session of the AWS console becomes credentials for command line tools.
//!
//! As the AWS CLI's `aws login` does it (docs/protocols.md#console-sessions): the authorization code with
//! PKCE in a browser, and a refresh token that is bound to a key (`DPoP`). The one call that roledex makes is
//! a plain `POST`, so it uses the existing HTTP client.

mod dpop;
mod error;

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::callback::Callback;
use super::failure::Failure;
use super::http::{Http, read_body};
use super::pkce::random;
use super::retry::{MAX_ATTEMPTS, Retry, with_retries};
use super::unreachable::{Page, Unreachable};
use crate::config::Clock;
use crate::domain::waiting::Waiting;
use crate::domain::{Credentials, Secret, secret};
pub(crate) use dpop::DpopKey;
pub(crate) use error::SignInError;

/// The client for a browser on this machine. It needs no registration.
const HERE: &str = "arn:aws:signin:::devtools/same-device";
/// The client for a browser on another device.
const ELSEWHERE: &str = "arn:aws:signin:::devtools/cross-device";
/// The longest life of credentials that makes sense (seconds); the service gives fifteen minutes.
const MAX_LIFE: i64 = 12 * 3600;
/// The longest wait for the answer to one request.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The sign-in service of one region.
#[derive(Clone, Debug)]
pub(crate) struct SignIn {
    http: Http,
    base: String,
    clock: Clock,
    waiting: Waiting,
}

/// A sign-in that waits for its code.
#[derive(Debug)]
pub(crate) struct Authorization {
    /// The address to open. It has the `state` in it, with which another user of this machine could finish
    /// the sign-in: show it to the user, but put it into no argument list.
    pub url: String,
    redirect_uri: String,
    client_id: &'static str,
    state: Secret,
    verifier: Secret,
    /// `None`: the user brings the code.
    callback: Option<Callback>,
}

/// A request for tokens: with a code, or with a refresh token.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenRequest<'a> {
    client_id: &'a str,
    grant_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_verifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

impl TokenRequest<'_> {
    fn body(&self) -> Result<Zeroizing<Vec<u8>>, SignInError> {
        let mut body = secret::buffer();
        serde_json::to_writer(&mut *body, self).map_err(|error| SignInError::Refused {
            detail: error.to_string(),
        })?;
        Ok(body)
    }
}

/// The answer to a code or to a refresh token.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Credentials of fifteen minutes at most.
    pub credentials: Credentials,
    /// The next refresh token; the one before does not work any more.
    pub refresh_token: Secret,
    /// Only for a code: the token that names the identity.
    pub id_token: Option<Secret>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    access_token: Keys,
    expires_in: i64,
    refresh_token: Option<Secret>,
    id_token: Option<Secret>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    access_key_id: String,
    secret_access_key: Secret,
    session_token: Secret,
}

/// The most words that are taken together as the wrapped lines of a code.
const MAX_WRAPPED: usize = 100;

impl Authorization {
    /// The fixed client of this sign-in, which its refresh tokens are for.
    pub(crate) fn client_id(&self) -> &'static str {
        self.client_id
    }

    /// Waits for the browser to come back with the code.
    ///
    /// # Errors
    /// [`SignInError::NoAnswer`] after `limit`, and the service's refusal.
    pub(crate) async fn code(&self, limit: Duration) -> Result<Secret, SignInError> {
        let Some(callback) = &self.callback else {
            return Err(SignInError::NoAnswer);
        };
        timeout(limit, callback.code(&self.state))
            .await
            .map_err(|_late| SignInError::NoAnswer)?
            .map_err(SignInError::from_denial)
    }

    /// The code in the text that the page on another device shows: `state=…&code=…` in base64, alone or among the words
    /// of that page. The address of a page with both in its query counts, too.
    ///
    /// # Errors
    /// The text lacks one of them, or belongs to another sign-in.
    pub(crate) fn code_in(&self, pasted: &Secret) -> Result<Secret, SignInError> {
        let words: Vec<&str> = pasted.expose().split_whitespace().collect();
        // Lines that were wrapped on screen are several words: the text may be all of them, or the last ones of the page.
        let first = words.len().saturating_sub(MAX_WRAPPED);
        let ends = (first..words.len()).map(|at| &words[at..]);
        let parts = std::iter::once(&words[..])
            .chain(words.chunks(1))
            .chain(ends);
        let mut refusal = SignInError::BadPaste;
        for part in parts {
            let Some((state, code)) = state_and_code(part) else {
                continue;
            };
            let (ours, theirs) = (self.state.expose(), state.expose());
            if bool::from(theirs.as_bytes().ct_eq(ours.as_bytes())) {
                return Ok(code);
            }
            refusal = SignInError::OtherSignIn;
        }
        Err(refusal)
    }
}

/// The state and the code in a text that was cut into words.
fn state_and_code(words: &[&str]) -> Option<(Secret, Secret)> {
    let text = Zeroizing::new(words.concat());
    let decoded = decode(&text);
    let query = match decoded.as_deref() {
        Some(query) => query.as_str(),
        None => text.split_once('?')?.1,
    };
    let find = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| Secret::new(value.into_owned()))
    };
    Some((find("state")?, find("code")?))
}

/// The text that a base64 text holds, in either alphabet, with or without padding.
fn decode(text: &str) -> Option<Zeroizing<String>> {
    let text = text.trim_end_matches('=');
    let bytes = STANDARD_NO_PAD
        .decode(text)
        .or_else(|_other_alphabet| URL_SAFE_NO_PAD.decode(text))
        .ok()?;
    String::from_utf8(bytes).ok().map(Zeroizing::new)
}

impl SignIn {
    /// The service behind `endpoint`.
    pub(crate) fn new(http: &Http, endpoint: &str, clock: Clock, waiting: Waiting) -> Self {
        Self {
            http: http.clone(),
            base: endpoint.trim_end_matches('/').to_owned(),
            clock,
            waiting,
        }
    }

    /// The host that the user signs in at.
    pub(crate) fn host(&self) -> String {
        self.http.target(&self.base).host
    }

    /// A sign-in in a browser of this machine; `callback` listens already.
    pub(crate) fn authorize(&self, callback: Callback) -> Authorization {
        self.authorization(HERE, callback.redirect_uri(), Some(callback))
    }

    /// A sign-in in a browser of another device, whose last page shows a text to paste.
    pub(crate) fn authorize_elsewhere(&self) -> Authorization {
        let page = format!("{}/v1/sessions/confirmation", self.base);
        self.authorization(ELSEWHERE, page, None)
    }

    fn authorization(
        &self,
        client_id: &'static str,
        redirect_uri: String,
        callback: Option<Callback>,
    ) -> Authorization {
        // The service wants 64 characters of a verifier.
        let (state, verifier) = (random::<32>(), random::<48>());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("state", state.expose())
            // Not OAuth's S256.
            .append_pair("code_challenge_method", "SHA-256")
            .append_pair("scope", "openid")
            .append_pair("redirect_uri", &redirect_uri)
            .append_pair("code_challenge", &challenge)
            .finish();
        Authorization {
            url: format!("{}/v1/authorize?{query}", self.base),
            redirect_uri,
            client_id,
            state,
            verifier,
            callback,
        }
    }

    /// Exchanges the code of a sign-in for credentials that are bound to `key`.
    ///
    /// # Errors
    /// [`SignInError::CodeExpired`], [`SignInError::NotAllowed`], and what stays after retrying.
    pub(crate) async fn redeem(
        &self,
        authorization: &Authorization,
        code: &Secret,
        key: &DpopKey,
    ) -> Result<Tokens, SignInError> {
        let request = TokenRequest {
            client_id: authorization.client_id,
            grant_type: "authorization_code",
            code: Some(code.expose()),
            code_verifier: Some(authorization.verifier.expose()),
            redirect_uri: Some(&authorization.redirect_uri),
            ..TokenRequest::default()
        };
        self.token(&request.body()?, key).await
    }

    /// Exchanges a refresh token for new credentials.
    ///
    /// # Errors
    /// [`SignInError::SessionExpired`] when a user has to sign in, and what stays after retrying.
    pub(crate) async fn refresh(
        &self,
        client_id: &str,
        refresh_token: &Secret,
        key: &DpopKey,
    ) -> Result<Tokens, SignInError> {
        let request = TokenRequest {
            client_id,
            grant_type: "refresh_token",
            refresh_token: Some(refresh_token.expose()),
            ..TokenRequest::default()
        };
        self.token(&request.body()?, key).await
    }

    async fn token(&self, body: &[u8], key: &DpopKey) -> Result<Tokens, SignInError> {
        let attempt = async || self.ask(body, key).await;
        with_retries(&self.waiting, attempt, |error, failures| {
            (failures < MAX_ATTEMPTS && error.is_surely_unused())
                .then(|| Retry::after(failures, error.clone()))
        })
        .await
    }

    async fn ask(&self, body: &[u8], key: &DpopKey) -> Result<Tokens, SignInError> {
        let url = format!("{}/v1/token", self.base);
        let proof = key.proof(&url, self.clock.now(), &dpop::request_id());
        let request = Self::request(&url, proof, body);
        let request = request.map_err(|detail| SignInError::Refused { detail })?;
        let target = self.http.target(&self.base);
        let answer = timeout(ANSWER_TIMEOUT, async {
            let mut response = self.http.send(request).await?;
            let body = read_body(&mut response, &target).await?;
            Ok::<_, Unreachable>((response, Zeroizing::new(body)))
        });
        let (response, body) = match answer.await {
            Ok(answer) => answer?,
            Err(late) => {
                return Err(
                    Unreachable::from_cause(&late, true, &target.host, target.proxy).into(),
                );
            }
        };
        if !response.status().is_success() || Page::of(&response).is_some() {
            return Err(SignInError::from_failure(Failure::from_response(
                &response, &body, &target,
            )));
        }
        let answer: Answer =
            serde_json::from_slice(&body).map_err(|_would_quote_keys| SignInError::Malformed {
                detail: "the answer has no credentials".to_owned(),
            })?;
        self.tokens(answer)
    }

    fn request(url: &str, proof: String, body: &[u8]) -> Result<HttpRequest, String> {
        let mut request = HttpRequest::new(SdkBody::from(body.to_vec()));
        request
            .set_method("POST")
            .map_err(|error| error.to_string())?;
        request.set_uri(url).map_err(|error| error.to_string())?;
        for (name, value) in [
            ("content-type", "application/json".to_owned()),
            ("dpop", proof),
        ] {
            let added = request.headers_mut().try_insert(name, value);
            added.map_err(|error| error.to_string())?;
        }
        Ok(request)
    }

    fn tokens(&self, answer: Answer) -> Result<Tokens, SignInError> {
        let missing = |what: &str| SignInError::Malformed {
            detail: format!("{what} is missing"),
        };
        let keys = answer.access_token;
        let now = self.clock.now();
        if answer.expires_in <= 0 {
            return Err(missing("the life of the credentials"));
        }
        let life = SignedDuration::from_secs(answer.expires_in.min(MAX_LIFE));
        Ok(Tokens {
            credentials: Credentials {
                access_key_id: keys.access_key_id,
                secret_access_key: keys.secret_access_key,
                session_token: keys.session_token,
                expires_at: now.saturating_add(life).unwrap_or(now),
                obtained_at: Some(now),
            },
            refresh_token: answer
                .refresh_token
                .filter(|token| !token.is_empty())
                .ok_or_else(|| missing("the refresh token"))?,
            id_token: answer.id_token,
        })
    }
}

/// The subject of an id token: the ARN of the identity. The token came from the service itself over TLS, so
/// its signature says nothing new.
#[must_use]
pub(crate) fn subject(id_token: &Secret) -> Option<String> {
    #[derive(Deserialize)]
    struct Payload {
        sub: String,
    }
    let payload = id_token.expose().split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let payload: Payload = serde_json::from_slice(&bytes).ok()?;
    Some(payload.sub)
}

#[cfg(test)]
mod tests;
