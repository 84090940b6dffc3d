//! SSO OIDC: registering, the device flow, refreshing (L1–L7; WIRE.md §1).
//!
//! One poller, inside the future of [`Oidc::poll`]: dropping it stops it (L2).

use std::time::Duration;

use aws_sdk_ssooidc::Client;
use aws_sdk_ssooidc::config::{BehaviorVersion, Config, Region};
use jiff::Timestamp;

use super::failure::Failure;
use super::http::Http;
use crate::config::Clock;
use crate::domain::time::seconds_left;
use crate::domain::{AccessToken, Problem, ProblemKind, Registration, Secret};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const REFRESH_TOKEN: &str = "refresh_token";

/// Where the answer names no interval (RFC 8628 §3.5).
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// What every `slow_down` adds (RFC 8628 §3.5, L1).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// SSO OIDC of one region.
#[derive(Clone, Debug)]
pub struct Oidc {
    client: Client,
    region: String,
    proxy: Option<String>,
}

/// A sign-in that waits for a person.
#[derive(Clone, Debug)]
pub struct DeviceAuthorization {
    /// What the person compares: `ABCD-EFGH`.
    pub user_code: String,
    /// The page that asks for the code.
    pub verification_uri: String,
    /// The page with the code filled in.
    pub verification_uri_complete: String,
    /// When the code ends (UTC).
    pub expires_at: Timestamp,
    /// The pause between two polls.
    pub interval: Duration,
    device_code: Secret,
}

/// Why a sign-in or a refresh failed: the interface reacts to each differently (L3).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// The person, or their administrator, said no.
    #[error("the sign-in was denied")]
    Denied,
    /// Nobody allowed the code in time; or the access token has expired.
    #[error("the code has expired")]
    CodeExpired,
    /// The registered client is not known any more.
    #[error("the registered client is not known any more")]
    InvalidClient {
        /// The service's words.
        message: String,
    },
    /// The code or refresh token is used up, revoked, or another region's.
    #[error("the grant is not valid")]
    InvalidGrant {
        /// The service's words.
        message: String,
    },
    /// The portal is not in this region.
    #[error("the portal is not in {region}")]
    WrongRegion {
        /// The region that was asked.
        region: String,
        /// The service's words.
        message: String,
    },
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Failure),
}

impl Oidc {
    /// A client of an endpoint.
    #[must_use]
    pub fn new(http: &Http, endpoint: String, region: &str) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .endpoint_url(endpoint)
            .http_client(http.client())
            .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
            .stalled_stream_protection(
                aws_sdk_ssooidc::config::StalledStreamProtectionConfig::disabled(),
            )
            .build();
        Self {
            client: Client::from_conf(config),
            region: region.to_owned(),
            proxy: http.proxy().map(str::to_owned),
        }
    }

    /// Registers a public client for the device flow. One grant family a registration (L5); the
    /// scopes decide whether there will be a refresh token (L6).
    ///
    /// # Errors
    /// Those of the service and the network.
    pub async fn register(&self, name: &str, scopes: &[String]) -> Result<Registration, OidcError> {
        let answer = self
            .client
            .register_client()
            .client_name(name)
            .client_type("public")
            .set_scopes((!scopes.is_empty()).then(|| scopes.to_vec()))
            .send()
            .await
            .map_err(|error| self.error(Failure::of(&error, self.proxy.as_deref())))?;
        match (
            answer.client_id,
            answer.client_secret,
            answer.client_secret_expires_at,
        ) {
            (Some(client_id), Some(client_secret), expires_at) => Ok(Registration {
                client_id,
                client_secret: Secret::new(client_secret),
                expires_at: Timestamp::from_second(expires_at).unwrap_or(Timestamp::MAX),
            }),
            _ => Err(malformed("a registration without id or secret")),
        }
    }

    /// Starts the device flow.
    ///
    /// # Errors
    /// Those of the service and the network.
    pub async fn start(
        &self,
        registration: &Registration,
        start_url: &str,
        clock: &Clock,
    ) -> Result<DeviceAuthorization, OidcError> {
        let answer = self
            .client
            .start_device_authorization()
            .client_id(&registration.client_id)
            .client_secret(registration.client_secret.expose())
            .start_url(start_url)
            .send()
            .await
            .map_err(|error| self.error(Failure::of(&error, self.proxy.as_deref())))?;
        let (Some(device_code), Some(user_code), Some(verification_uri)) = (
            answer.device_code,
            answer.user_code,
            answer.verification_uri,
        ) else {
            return Err(malformed("a device authorization without code or address"));
        };
        Ok(DeviceAuthorization {
            user_code,
            verification_uri_complete: answer
                .verification_uri_complete
                .unwrap_or_else(|| verification_uri.clone()),
            verification_uri,
            expires_at: after(clock.now(), i64::from(answer.expires_in)),
            interval: u64::try_from(answer.interval)
                .ok()
                .filter(|seconds| *seconds > 0)
                .map_or(DEFAULT_INTERVAL, Duration::from_secs),
            device_code: Secret::new(device_code),
        })
    }

    /// Waits until the person has decided: polls at the interval, slower when told to (L1), through
    /// passing trouble of the network, until the code ends.
    ///
    /// # Errors
    /// Denied, expired, and what cannot pass.
    pub async fn poll(
        &self,
        registration: &Registration,
        device: &DeviceAuthorization,
        clock: &Clock,
    ) -> Result<AccessToken, OidcError> {
        let mut interval = device.interval;
        let mut trouble = None;
        loop {
            tokio::time::sleep(interval).await;
            if seconds_left(clock.now(), device.expires_at) <= 0 {
                // A network that was away all the time is the reason, not the person.
                return Err(trouble.unwrap_or(OidcError::CodeExpired));
            }
            let request = self
                .client
                .create_token()
                .client_id(&registration.client_id)
                .client_secret(registration.client_secret.expose())
                .grant_type(DEVICE_CODE)
                .device_code(device.device_code.expose());
            let failure = match request.send().await {
                Ok(answer) => return Self::token(answer, registration, None, clock),
                Err(error) => Failure::of(&error, self.proxy.as_deref()),
            };
            trouble = None;
            match code_of(&failure) {
                "AuthorizationPendingException" | "authorization_pending" => {}
                "SlowDownException" | "slow_down" => interval += SLOW_DOWN,
                _ if failure.is_throttling() => interval += SLOW_DOWN,
                _ if failure.is_transient() => {
                    tracing::info!(%failure, "a poll failed; the next one may not");
                    trouble = Some(OidcError::Other(failure));
                }
                _ => return Err(self.error(failure)),
            }
        }
    }

    /// Exchanges a refresh token. The old one is kept where the answer has none (L7).
    ///
    /// # Errors
    /// [`OidcError::InvalidGrant`] when it is used up or revoked; those of service and network.
    pub async fn refresh(
        &self,
        registration: &Registration,
        refresh_token: &Secret,
        clock: &Clock,
    ) -> Result<AccessToken, OidcError> {
        let request = self
            .client
            .create_token()
            .client_id(&registration.client_id)
            .client_secret(registration.client_secret.expose())
            .grant_type(REFRESH_TOKEN)
            .refresh_token(refresh_token.expose());
        match request.send().await {
            Ok(answer) => Self::token(answer, registration, Some(refresh_token), clock),
            Err(error) => Err(self.error(Failure::of(&error, self.proxy.as_deref()))),
        }
    }

    fn token(
        answer: aws_sdk_ssooidc::operation::create_token::CreateTokenOutput,
        registration: &Registration,
        old_refresh_token: Option<&Secret>,
        clock: &Clock,
    ) -> Result<AccessToken, OidcError> {
        let Some(access_token) = answer.access_token else {
            return Err(malformed("a token answer without a token"));
        };
        Ok(AccessToken {
            access_token: Secret::new(access_token),
            expires_at: after(clock.now(), i64::from(answer.expires_in)),
            refresh_token: answer
                .refresh_token
                .map(Secret::new)
                .or_else(|| old_refresh_token.cloned()),
            registration: Some(registration.clone()),
        })
    }

    fn error(&self, failure: Failure) -> OidcError {
        let message = match &failure {
            Failure::Answer { message, .. } => message.clone(),
            _ => String::new(),
        };
        let region = || self.region.clone();
        match code_of(&failure) {
            "AccessDeniedException" | "access_denied" => OidcError::Denied,
            "ExpiredTokenException" | "expired_token" => OidcError::CodeExpired,
            "InvalidClientException" | "invalid_client" => OidcError::InvalidClient { message },
            "InvalidGrantException" | "invalid_grant" => OidcError::InvalidGrant { message },
            "InvalidRequestRegionException" => OidcError::WrongRegion {
                region: region(),
                message,
            },
            // What a start URL of another region looks like at StartDeviceAuthorization.
            "InvalidRequestException" | "invalid_request" => OidcError::WrongRegion {
                region: region(),
                message,
            },
            _ => OidcError::Other(failure),
        }
    }
}

fn code_of(failure: &Failure) -> &str {
    match failure {
        Failure::Answer { code, .. } => code,
        _ => "",
    }
}

fn malformed(what: &str) -> OidcError {
    OidcError::Other(Failure::Malformed {
        detail: what.to_owned(),
    })
}

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(now.as_second().saturating_add(seconds)).unwrap_or(Timestamp::MAX)
}

impl From<OidcError> for Problem {
    fn from(error: OidcError) -> Self {
        match error {
            OidcError::Denied => Self::new(ProblemKind::AccessDenied, "the sign-in was denied")
                .hint("try again and allow it, or ask who administers the portal whether you may"),
            OidcError::CodeExpired => Self::new(ProblemKind::Failed, "the code has expired")
                .detail("nobody allowed it in time")
                .hint("sign in again for a new code"),
            OidcError::InvalidClient { message } => Self::new(
                ProblemKind::Failed,
                "the portal does not know this client any more",
            )
            .detail(message)
            .hint("sign in again"),
            OidcError::InvalidGrant { message } => {
                Self::new(ProblemKind::Failed, "the portal does not take the code")
                    .detail(message)
                    .hint("sign in again; if it stays so, check the portal's region")
            }
            OidcError::WrongRegion { region, message } => Self::new(
                ProblemKind::Failed,
                format!("the portal was not found in {region}"),
            )
            .detail(message)
            .hint(format!(
                "check the start URL, and whether {region} is the portal's region"
            )),
            OidcError::Other(failure) => failure.into(),
        }
    }
}
