//! SSO OIDC: client registration, the device flow, refresh (docs/requirements.md#sign-in). The authorization code with PKCE
//! is in `pkce`.
//!
//! [`Oidc::poll`] is the one poller of a sign-in: it sleeps, honors the interval, `slow_down` and
//! the code's expiry, and stops when it is dropped. It opens neither browsers nor files.

#[cfg(test)]
mod tests;

use aws_sdk_ssooidc::Client;
use aws_sdk_ssooidc::error::SdkError;
use aws_sdk_ssooidc::operation::create_token::CreateTokenOutput;
use aws_sdk_ssooidc::operation::create_token::builders::CreateTokenFluentBuilder;
use aws_sdk_ssooidc::operation::register_client::builders::RegisterClientFluentBuilder;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Duration, Instant, sleep};

use super::failure::Failure;
use super::http::{Http, Target, sdk_config};
pub use super::oidc_error::OidcError;
use super::retry::{MAX_ATTEMPTS, Retry, backoff, with_retries};
use super::start_url::web_page;
use crate::config::Clock;
use crate::domain::text::clean;
use crate::domain::waiting::Waiting;
use crate::domain::{AccessToken, Registration, Secret};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const REFRESH_TOKEN: &str = "refresh_token";
/// The interval where the service names none (RFC 8628, L2), and what `slow_down` adds (docs/requirements.md#slow-down).
const FIVE_SECONDS: Duration = Duration::from_secs(5);
/// The life of a code where the service does not say.
const CODE_LIFE: i32 = 600;
/// Longest user code: a user has to compare it.
const MAX_CODE: usize = 64;
/// The last poll comes so long before the code ends.
const LAST_POLL: Duration = Duration::from_secs(1);
/// The longest wait for a user, even if the service allows more.
const MAX_CODE_SECONDS: i32 = 3600;
/// A registration lives about so long, where the service does not say.
const REGISTRATION_LIFE: i64 = 90 * 24 * 3600;

/// The client of SSO OIDC in one region.
#[derive(Clone, Debug)]
pub struct Oidc {
    client: Client,
    target: Target,
    endpoint: String,
    region: String,
    waiting: Waiting,
}

/// A device authorization under way: what the user must see, and what the poller needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAuthorization {
    /// The code that the page shows too: `ABCD-EFGH`.
    pub user_code: String,
    /// The page without the code.
    pub verification_uri: String,
    /// The page with the code filled in.
    pub verification_uri_complete: String,
    /// The expiry of the code (UTC).
    pub expires_at: Timestamp,
    /// The time between two polls.
    pub interval: Duration,
    device_code: Secret,
}

impl Oidc {
    /// A client of the service behind `endpoint`.
    #[must_use]
    pub fn new(http: &Http, endpoint: String, region: &str) -> Self {
        let target = http.target(&endpoint);
        let config = sdk_config!(aws_sdk_ssooidc, http, endpoint.clone(), region).build();
        Self {
            client: Client::from_conf(config),
            target,
            endpoint,
            region: region.to_owned(),
            waiting: Waiting::default(),
        }
    }

    /// Reports progress and failures there.
    #[must_use]
    pub fn reporting(mut self, waiting: Waiting) -> Self {
        self.waiting = waiting;
        self
    }

    /// Registers a client for the device flow only: one grant family per registration (docs/requirements.md#one-grant-per-registration).
    ///
    /// # Errors
    /// The last failure, after retries.
    pub async fn register(
        &self,
        client_name: &str,
        scopes: &[String],
    ) -> Result<Registration, OidcError> {
        self.send_registration(|request| {
            request
                .client_name(client_name)
                // Scopes make the service hand out refresh tokens (docs/requirements.md#refresh-tokens-need-a-scope); none stay out of the request.
                .set_scopes((!scopes.is_empty()).then(|| scopes.to_vec()))
        })
        .await
    }

    pub(super) async fn send_registration(
        &self,
        complete: impl Fn(RegisterClientFluentBuilder) -> RegisterClientFluentBuilder,
    ) -> Result<Registration, OidcError> {
        let answer = self
            .with_retries(OidcError::is_transient, async || {
                complete(self.client.register_client().client_type("public"))
                    .send()
                    .await
                    .map_err(|error| self.error(&error))
            })
            .await?;
        let ends = match answer.client_secret_expires_at {
            0 => answer.client_id_issued_at.saturating_add(REGISTRATION_LIFE),
            ends => ends,
        };
        Ok(Registration {
            client_id: required(answer.client_id, "a client id")?,
            client_secret: Secret::new(required(answer.client_secret, "a client secret")?),
            expires_at: Timestamp::from_second(ends).map_err(|error| OidcError::Malformed {
                detail: error.to_string(),
            })?,
        })
    }

    /// Starts a device authorization for the portal with this start URL.
    ///
    /// # Errors
    /// The last failure, after retries; [`OidcError::InvalidClient`] asks for a new registration (docs/requirements.md#registrations-expire).
    pub async fn start(
        &self,
        registration: &Registration,
        start_url: &str,
        clock: &Clock,
    ) -> Result<DeviceAuthorization, OidcError> {
        let answer = self
            .with_retries(OidcError::is_transient, async || {
                self.client
                    .start_device_authorization()
                    .client_id(&registration.client_id)
                    .client_secret(registration.client_secret.expose())
                    .start_url(start_url)
                    .send()
                    .await
                    .map_err(|error| self.error(&error))
            })
            .await?;
        let verification_uri = page(required(answer.verification_uri, "an address")?)?;
        let life = match answer.expires_in {
            ..=0 => CODE_LIFE,
            life => life.min(MAX_CODE_SECONDS),
        };
        Ok(DeviceAuthorization {
            user_code: required(
                answer
                    .user_code
                    .filter(|code| code.len() <= MAX_CODE && !clean(code).is_empty()),
                "a user code",
            )?,
            verification_uri_complete: answer
                .verification_uri_complete
                .filter(|uri| !uri.is_empty())
                .map_or_else(|| Ok(verification_uri.clone()), page)?,
            verification_uri,
            expires_at: later(clock, life)?,
            interval: u64::try_from(answer.interval)
                .ok()
                .filter(|seconds| *seconds > 0)
                .map_or(FIVE_SECONDS, Duration::from_secs),
            device_code: Secret::new(required(answer.device_code, "a device code")?),
        })
    }

    /// Waits until the user has answered: a token, or why there is none. An unreachable or
    /// failing service is tolerated for as long as the code lives; also an obstacle that does not pass by itself,
    /// such as a page of a proxy, once the service has answered. The first such obstacle is: the service has just
    /// answered the request for the code.
    ///
    /// # Errors
    /// [`OidcError::Denied`], [`OidcError::CodeExpired`], or what the service says otherwise; never
    /// [`OidcError::Pending`].
    pub async fn poll(
        &self,
        registration: &Registration,
        device: &DeviceAuthorization,
        clock: &Clock,
    ) -> Result<AccessToken, OidcError> {
        // Both clocks: the machine's may be set, and the monotonic one stops while it sleeps.
        let life =
            Duration::try_from(device.expires_at.duration_since(clock.now())).unwrap_or_default();
        let end = Instant::now() + life;
        let mut interval = device.interval;
        let mut troubles = 0;
        let mut last = OidcError::CodeExpired;
        let mut is_answer_lost = false;
        let mut has_answered = false;
        // The user may have approved it already: the first poll comes at once, as the AWS CLI's does
        // (docs/protocols.md#oidc), and every other one after the interval.
        let mut first = true;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || clock.now() >= device.expires_at {
                return Err(last);
            }
            let pause = match troubles {
                _ if std::mem::take(&mut first) => Duration::ZERO,
                0 => interval,
                troubles => interval.max(backoff(troubles)),
            };
            // However long the interval is, the last poll comes while the code lives.
            let before_end = left.saturating_sub(LAST_POLL);
            let is_last = pause >= left && !before_end.is_zero();
            sleep(if is_last { before_end } else { pause.min(left) }).await;
            match self.try_token(registration, device).await {
                Err(OidcError::Pending) => {
                    self.waiting.progress();
                    troubles = 0;
                    has_answered = true;
                    last = OidcError::CodeExpired;
                }
                Err(OidcError::Throttled) => {
                    interval += FIVE_SECONDS;
                    last = OidcError::CodeExpired;
                }
                Err(error)
                    if error.is_transient()
                        || (has_answered || troubles == 0)
                            && matches!(error, OidcError::Offline(_)) =>
                {
                    tracing::info!(%error, "a poll of the sign-in failed");
                    troubles += 1;
                    is_answer_lost |= !error.is_surely_unused();
                    self.waiting.trouble(error.clone().into());
                    last = error;
                }
                Err(OidcError::InvalidGrant { .. }) if is_answer_lost => {
                    return Err(OidcError::AnswerLost);
                }
                Err(error) => return Err(error),
                // The code is used up, whatever the answer is.
                Ok(answer) => return token(answer, registration, clock),
            }
        }
    }

    /// A new access token for a refresh token. The old refresh token is kept where the answer has
    /// none (docs/requirements.md#keep-the-refresh-token).
    ///
    /// # Errors
    /// [`OidcError::InvalidGrant`] when the session is over.
    pub async fn refresh(
        &self,
        registration: &Registration,
        refresh_token: &Secret,
        clock: &Clock,
    ) -> Result<AccessToken, OidcError> {
        let answer = self
            .with_retries(OidcError::is_surely_unused, async || {
                self.create_token(registration)
                    .grant_type(REFRESH_TOKEN)
                    .refresh_token(refresh_token.expose())
                    .send()
                    .await
                    .map_err(|error| self.error(&error))
            })
            .await?;
        let mut token = token(answer, registration, clock)?;
        token
            .refresh_token
            .get_or_insert_with(|| refresh_token.clone());
        Ok(token)
    }

    /// An answer with an access token.
    async fn try_token(
        &self,
        registration: &Registration,
        device: &DeviceAuthorization,
    ) -> Result<CreateTokenOutput, OidcError> {
        let answer = self
            .create_token(registration)
            .grant_type(DEVICE_CODE)
            .device_code(device.device_code.expose())
            .send()
            .await
            .map_err(|error| self.error(&error))?;
        required(answer.access_token.as_deref(), "an access token")?;
        Ok(answer)
    }

    pub(super) fn create_token(&self, registration: &Registration) -> CreateTokenFluentBuilder {
        self.client
            .create_token()
            .client_id(&registration.client_id)
            .client_secret(registration.client_secret.expose())
    }

    /// The service's URL, without a trailing slash.
    pub(super) fn endpoint(&self) -> &str {
        self.endpoint.trim_end_matches('/')
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    pub(super) async fn with_retries<T>(
        &self,
        may_repeat: impl Fn(&OidcError) -> bool,
        attempt: impl AsyncFn() -> Result<T, OidcError>,
    ) -> Result<T, OidcError> {
        with_retries(&self.waiting, attempt, |error, failures| {
            (failures < MAX_ATTEMPTS && may_repeat(error))
                .then(|| Retry::after(failures, error.clone()))
        })
        .await
    }

    pub(super) fn error<E>(&self, error: &SdkError<E, HttpResponse>) -> OidcError
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        OidcError::from_failure(Failure::from_sdk(error, &self.target), &self.region)
    }
}

pub(super) fn token(
    answer: CreateTokenOutput,
    registration: &Registration,
    clock: &Clock,
) -> Result<AccessToken, OidcError> {
    let malformed = |detail: &str| OidcError::Malformed {
        detail: detail.to_owned(),
    };
    let access_token = required(answer.access_token, "an access token")?;
    // It becomes a header of requests.
    if !access_token.chars().all(|c| c.is_ascii_graphic()) {
        return Err(malformed(
            "the access token contains blanks or control characters",
        ));
    }
    if answer.expires_in <= 0 {
        return Err(malformed("the life of the access token is missing"));
    }
    Ok(AccessToken {
        access_token: Secret::new(access_token),
        expires_at: later(clock, answer.expires_in)?,
        refresh_token: answer
            .refresh_token
            .filter(|token| !token.is_empty())
            .map(Secret::new),
        registration: Some(registration.clone()),
    })
}

fn required<T: AsRef<str>>(field: Option<T>, what: &str) -> Result<T, OidcError> {
    field
        .filter(|text| !text.as_ref().is_empty())
        .ok_or_else(|| OidcError::Malformed {
            detail: format!("{what} is missing"),
        })
}

/// An address that a user is told to open, or a picture leads to: a page of the web, and no more.
fn page(address: impl AsRef<str>) -> Result<String, OidcError> {
    web_page(address.as_ref()).ok_or_else(|| OidcError::Malformed {
        detail: "the sign-in address is not a web page".to_owned(),
    })
}

fn later(clock: &Clock, seconds: i32) -> Result<Timestamp, OidcError> {
    clock
        .now()
        .checked_add(SignedDuration::from_secs(seconds.into()))
        .map_err(|error| OidcError::Malformed {
            detail: error.to_string(),
        })
}
