//! The portal: accounts, roles, credentials, sign-out (P1–P5; WIRE.md §5).

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sso::Client;
use aws_sdk_sso::config::{BehaviorVersion, Config, Region};
use jiff::Timestamp;
use rand::Rng;

use super::failure::Failure;
use super::http::Http;
use super::throttle::Bucket;
use crate::domain::catalog::Account;
use crate::domain::{AccountId, Credentials, Problem, ProblemKind, Secret};

/// The largest page the service gives.
const PAGE: i32 = 100;

/// Attempts at a call whose trouble may pass; throttling is not counted (P2).
const MOST_ATTEMPTS: u32 = 5;

/// The first pause after trouble; it doubles, with jitter, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// A person waits for the credentials of one role; throttling is endured this often.
const MOST_THROTTLED: u32 = 12;

/// The service of one portal.
#[derive(Clone, Debug)]
pub struct PortalClient {
    client: Client,
    bucket: Bucket,
    proxy: Option<String>,
}

/// Why a call to the portal failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortalError {
    /// 401: the access token is over, whatever its date says (L11).
    #[error("the access token is not accepted")]
    Unauthorized,
    /// 403, which the SDK does not model, or 404: not assigned, removed, or mistyped (P4).
    #[error("no access")]
    NotAssigned {
        /// The service's words.
        message: String,
    },
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Failure),
}

/// How patient a call is with throttling.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// Nobody waits for this one answer: a listing never gives up on an account (P2).
    Endless,
    /// A person waits.
    Bounded,
}

impl PortalClient {
    /// A client of an endpoint; every attempt of every call takes from the bucket.
    #[must_use]
    pub fn new(http: &Http, endpoint: String, region: &str, bucket: Bucket) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .endpoint_url(endpoint)
            .http_client(http.client())
            .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
            .stalled_stream_protection(
                aws_sdk_sso::config::StalledStreamProtectionConfig::disabled(),
            )
            .build();
        Self {
            client: Client::from_conf(config),
            bucket,
            proxy: http.proxy().map(str::to_owned),
        }
    }

    /// One page of accounts, and the token of the next one. Ids that are none are left out (P7).
    ///
    /// # Errors
    /// Those of the service and the network, after retries.
    pub async fn accounts_page(
        &self,
        token: &Secret,
        next: Option<String>,
    ) -> Result<(Vec<Account>, Option<String>), PortalError> {
        let answer = self
            .retry(Patience::Endless, async || {
                let request = self
                    .client
                    .list_accounts()
                    .access_token(token.expose())
                    .max_results(PAGE)
                    .set_next_token(next.clone());
                request
                    .send()
                    .await
                    .map_err(|error| Failure::of(&error, self.proxy.as_deref()))
            })
            .await?;
        let accounts = answer
            .account_list
            .unwrap_or_default()
            .into_iter()
            .filter_map(|account| {
                let id = account.account_id.unwrap_or_default();
                let Ok(id) = id.parse() else {
                    tracing::warn!(%id, "an account without a proper id is left out");
                    return None;
                };
                let text = |text: Option<String>| Arc::from(text.unwrap_or_default());
                Some(Account {
                    id,
                    name: text(account.account_name),
                    email: text(account.email_address),
                })
            });
        Ok((
            accounts.collect(),
            answer.next_token.filter(|token| !token.is_empty()),
        ))
    }

    /// All roles of one account.
    ///
    /// # Errors
    /// Those of the service and the network, after retries.
    pub async fn roles(
        &self,
        token: &Secret,
        account: AccountId,
    ) -> Result<Vec<Arc<str>>, PortalError> {
        let mut roles = Vec::new();
        let mut next = None;
        loop {
            let answer = self
                .retry(Patience::Endless, async || {
                    let request = self
                        .client
                        .list_account_roles()
                        .access_token(token.expose())
                        .account_id(account.to_string())
                        .max_results(PAGE)
                        .set_next_token(next.clone());
                    request
                        .send()
                        .await
                        .map_err(|error| Failure::of(&error, self.proxy.as_deref()))
                })
                .await?;
            let names = answer
                .role_list
                .unwrap_or_default()
                .into_iter()
                .filter_map(|role| role.role_name);
            roles.extend(names.filter(|name| !name.is_empty()).map(Arc::from));
            next = answer.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(roles);
            }
        }
    }

    /// Credentials of one role.
    ///
    /// # Errors
    /// [`PortalError::NotAssigned`] for the 403 that the SDK does not model, and for a 200 without
    /// credentials (P4); those of the service and the network.
    pub async fn role_credentials(
        &self,
        token: &Secret,
        account: AccountId,
        role: &str,
    ) -> Result<Credentials, PortalError> {
        let answer = self
            .retry(Patience::Bounded, async || {
                let request = self
                    .client
                    .get_role_credentials()
                    .access_token(token.expose())
                    .account_id(account.to_string())
                    .role_name(role);
                request
                    .send()
                    .await
                    .map_err(|error| Failure::of(&error, self.proxy.as_deref()))
            })
            .await?;
        let credentials = answer.role_credentials.and_then(|keys| {
            Some(Credentials {
                access_key_id: keys.access_key_id?,
                secret_access_key: Secret::new(keys.secret_access_key?),
                session_token: Secret::new(keys.session_token?),
                // Milliseconds, unlike everything else (C7).
                expires_at: Timestamp::from_millisecond(keys.expiration).ok()?,
            })
        });
        credentials.ok_or_else(|| {
            PortalError::Other(Failure::Malformed {
                detail: "it answered without credentials".to_owned(),
            })
        })
    }

    /// Ends the access token and what can be refreshed from it; credentials that were handed out
    /// live on.
    ///
    /// # Errors
    /// Those of the service and the network.
    pub async fn logout(&self, token: &Secret) -> Result<(), PortalError> {
        self.retry(Patience::Bounded, async || {
            let request = self.client.logout().access_token(token.expose());
            request
                .send()
                .await
                .map_err(|error| Failure::of(&error, self.proxy.as_deref()))
        })
        .await
        .map(|_| ())
    }

    /// Calls until it goes well or cannot: throttling slows everybody on the bucket down, trouble
    /// that may pass is tried again after a jittered pause.
    async fn retry<T>(
        &self,
        patience: Patience,
        call: impl AsyncFn() -> Result<T, Failure>,
    ) -> Result<T, PortalError> {
        let (mut attempts, mut throttled) = (0, 0);
        loop {
            self.bucket.take().await;
            let failure = match call().await {
                Ok(answer) => {
                    self.bucket.went_well();
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            if failure.is_throttling() {
                self.bucket.slow_down();
                throttled += 1;
                if patience == Patience::Bounded && throttled >= MOST_THROTTLED {
                    return Err(failure.into());
                }
            } else {
                attempts += 1;
                if !failure.is_transient() || attempts >= MOST_ATTEMPTS {
                    return Err(explain(failure));
                }
            }
            tracing::debug!(%failure, "a call to the portal is tried again");
            tokio::time::sleep(pause(attempts.max(throttled))).await;
        }
    }
}

/// A random pause below a bound that doubles.
fn pause(trouble: u32) -> Duration {
    let bound = FIRST_PAUSE
        .saturating_mul(1 << trouble.min(8))
        .min(LONGEST_PAUSE);
    bound.mul_f64(rand::rng().random_range(0.5..1.0))
}

fn explain(failure: Failure) -> PortalError {
    match failure {
        Failure::Answer { status: 401, .. } => PortalError::Unauthorized,
        Failure::Answer {
            status: 403 | 404,
            message,
            ..
        } => PortalError::NotAssigned { message },
        failure => PortalError::Other(failure),
    }
}

impl From<PortalError> for Problem {
    fn from(error: PortalError) -> Self {
        match error {
            PortalError::Unauthorized => Self::new(
                ProblemKind::Failed,
                "the portal does not accept the access token",
            )
            .hint("sign in again"),
            PortalError::NotAssigned { message } => Self::new(
                ProblemKind::AccessDenied,
                "the portal gives no access to it",
            )
            .detail(message)
            .hint("it may have been taken from you: roledex list --refresh shows what is left"),
            PortalError::Other(failure) => failure.into(),
        }
    }
}
