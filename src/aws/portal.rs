//! The portal's API: accounts, roles, credentials, sign-out (docs/requirements.md#portal-api).
//!
//! Every request takes a token of the portal's bucket first. The public calls retry by themselves;
//! [`super::listing`] retries its own way, on the single attempts that are here too.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use aws_sdk_sso::Client;
use aws_sdk_sso::error::SdkError;
use aws_sdk_sso::types::RoleCredentials;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;
use tokio::time::{Duration, Instant};

use super::failure::Failure;
use super::http::{Http, Target, sdk_config};
pub use super::portal_error::PortalError;
use super::retry::{MAX_ATTEMPTS as FEW_ATTEMPTS, Retry, backoff, with_retries};
use super::throttle::Bucket;
use super::unreachable::Reach;
use crate::domain::catalog::Account;
use crate::domain::shared_text::SharedText;
use crate::domain::text::clip;
use crate::domain::waiting::Waiting;
use crate::domain::{AccountId, Credentials, Secret};

/// Attempts of one call before a failure that is not throttling is final.
pub(super) const MAX_ATTEMPTS: u32 = 6;
/// The largest page there is (docs/requirements.md#portal-calls).
const PAGE: i32 = 100;
/// More pages of roles than any account has: an answer that goes in circles ends here.
pub(super) const MAX_ROLE_PAGES: usize = 100;
/// More accounts and more pages of them than any organization has (AWS allows 10,000 accounts).
pub(super) const MAX_ACCOUNTS: usize = 200_000;
pub(super) const MAX_ACCOUNT_PAGES: usize = 10_000;
/// More roles than any account offers one user.
pub(super) const MAX_ROLES: usize = 10_000;
/// Pages of accounts in a row without a new one: such a list never ends.
pub(super) const MAX_IDLE_PAGES: usize = 50;
/// Names that are shown are no longer; Organizations allows 50 characters, and 64 in an address.
const MAX_NAME_CHARS: usize = 256;

/// A failed attempt: what it means, and how it came about.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: PortalError,
    /// The wait that the service asks for.
    asked: Duration,
}

impl Failed {
    /// Returns the wait after this many consecutive failures.
    pub(super) fn wait(&self, failures: u32) -> Duration {
        backoff(failures).max(self.asked)
    }

    pub(super) fn malformed(detail: &str) -> Self {
        Self {
            error: PortalError::Malformed {
                detail: detail.to_owned(),
            },
            asked: Duration::ZERO,
        }
    }
}

/// A page of something, and where the next one begins.
pub(super) type Page<T> = (Vec<T>, Option<String>);

/// The client of one portal.
#[derive(Clone, Debug)]
pub struct PortalClient {
    client: Client,
    target: Target,
    bucket: Bucket,
    waiting: Waiting,
}

impl PortalClient {
    /// A client of the portal behind `endpoint`, which asks as fast as `bucket` allows.
    #[must_use]
    pub fn new(http: &Http, endpoint: String, region: &str, bucket: Bucket) -> Self {
        let target = http.target(&endpoint);
        let config = sdk_config!(aws_sdk_sso, http, endpoint, region).build();
        Self {
            client: Client::from_conf(config),
            target,
            bucket,
            waiting: Waiting::default(),
        }
    }

    /// Reports progress and failures there.
    #[must_use]
    pub fn reporting(mut self, waiting: Waiting) -> Self {
        self.waiting = waiting;
        self
    }

    /// The place where progress and failures are reported.
    pub(super) fn waiting(&self) -> &Waiting {
        &self.waiting
    }

    /// Credentials of a role.
    ///
    /// # Errors
    /// The last failure, after retries; [`PortalError::NotAssigned`] if the role is not available to the user.
    pub async fn role_credentials(
        &self,
        token: &Secret,
        account: AccountId,
        role: &str,
    ) -> Result<Credentials, PortalError> {
        self.with_retries(async || self.try_credentials(token, account, role).await)
            .await
    }

    /// Ends the access token and its refresh token. One that is dead already is no error.
    ///
    /// # Errors
    /// The last failure, after retries.
    pub async fn logout(&self, token: &Secret) -> Result<(), PortalError> {
        let done = self
            .with_retries(async || {
                let call = self.client.logout().access_token(token.expose());
                call.send().await.map_err(|error| self.failed(&error))
            })
            .await;
        match done {
            Ok(_) | Err(PortalError::Unauthorized) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes a token of the portal's bucket.
    pub(super) async fn take_turn(&self) {
        self.bucket.take().await;
    }

    /// Tells the bucket that a request sent at `sent` was refused for throttling.
    pub(super) fn throttled(&self, sent: Instant) {
        self.bucket.refused(sent);
    }

    async fn with_retries<T>(
        &self,
        attempt: impl AsyncFn() -> Result<T, Failed>,
    ) -> Result<T, PortalError> {
        let attempt = async || {
            self.bucket.take().await;
            let sent = Instant::now();
            let result = attempt().await;
            if matches!(&result, Err(failed) if failed.error == PortalError::Throttled) {
                self.bucket.refused(sent);
            }
            result
        };
        // The portal sometimes refuses once what it grants a moment later (docs/requirements.md#unmodelled-forbidden).
        let mut refused = false;
        with_retries(&self.waiting, attempt, |failed, failures| {
            let second_chance = matches!(failed.error, PortalError::NotAssigned { .. })
                && !std::mem::replace(&mut refused, true);
            let most = match &failed.error {
                // A proxy rarely changes its mind.
                PortalError::Offline(unreachable) if unreachable.reach == Reach::ProxyRefused => {
                    FEW_ATTEMPTS
                }
                _ => MAX_ATTEMPTS,
            };
            let again = (failed.error.is_transient() && failures < most) || second_chance;
            again.then(|| Retry {
                pause: failed.wait(failures),
                problem: failed.error.clone().into(),
            })
        })
        .await
        .map_err(|failed| failed.error)
    }

    pub(super) async fn try_accounts(
        &self,
        token: &Secret,
        next: Option<String>,
    ) -> Result<Page<Account>, Failed> {
        let page = self
            .client
            .list_accounts()
            .access_token(token.expose())
            .max_results(PAGE)
            .set_next_token(next.clone())
            .send()
            .await
            .map_err(|error| self.failed(&error))?;
        let more = forward(next.as_deref(), page.next_token)?;
        // An empty list is sent too: without it, lost roles would not be noticed.
        let accounts = page
            .account_list
            .ok_or_else(|| Failed::malformed("the answer has no list of accounts"))?;
        Ok((accounts.into_iter().filter_map(account).collect(), more))
    }

    pub(super) async fn try_roles(
        &self,
        token: &Secret,
        account: AccountId,
        next: Option<String>,
    ) -> Result<Page<Arc<str>>, Failed> {
        let page = self
            .client
            .list_account_roles()
            .access_token(token.expose())
            .account_id(account.to_string())
            .max_results(PAGE)
            .set_next_token(next.clone())
            .send()
            .await
            .map_err(|error| self.failed(&error))?;
        let more = forward(next.as_deref(), page.next_token)?;
        let roles = page
            .role_list
            .ok_or_else(|| Failed::malformed("the answer has no list of roles"))?;
        let names = roles
            .into_iter()
            .filter_map(|role| role.role_name)
            // Cut short it would be another role; none is nearly as long.
            .filter(|name| (1..=MAX_NAME_CHARS).contains(&name.len()))
            .map(Arc::from)
            .collect();
        Ok((names, more))
    }

    async fn try_credentials(
        &self,
        token: &Secret,
        account: AccountId,
        role: &str,
    ) -> Result<Credentials, Failed> {
        self.client
            .get_role_credentials()
            .access_token(token.expose())
            .account_id(account.to_string())
            .role_name(role)
            .send()
            .await
            .map_err(|error| self.failed(&error))?
            .role_credentials
            .and_then(credentials)
            .filter(Credentials::are_plain_text)
            .ok_or_else(|| Failed::malformed("the answer has no usable credentials"))
    }

    fn failed<E>(&self, error: &SdkError<E, HttpResponse>) -> Failed
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let failure = Failure::from_sdk(error, &self.target);
        Failed {
            asked: failure.asked_wait(),
            error: PortalError::from_failure(failure),
        }
    }
}

/// The beginning of the next page; a page that points to itself would never end.
fn forward(this: Option<&str>, next: Option<String>) -> Result<Option<String>, Failed> {
    let next = next.filter(|next| !next.is_empty());
    if next.is_some() && next.as_deref() == this {
        return Err(Failed::malformed("the next page is the same page again"));
    }
    Ok(next)
}

fn account(info: aws_sdk_sso::types::AccountInfo) -> Option<Account> {
    let id = info.account_id.unwrap_or_default();
    match id.parse() {
        Ok(id) => Some(Account {
            id,
            name: bounded(info.account_name),
            email: bounded(info.email_address),
        }),
        Err(error) => {
            tracing::warn!(%error, "skipped an account of the portal");
            None
        }
    }
}

/// A text for people, of bounded length.
fn bounded(text: Option<String>) -> SharedText {
    clip(&text.unwrap_or_default(), MAX_NAME_CHARS).into()
}

fn credentials(answer: RoleCredentials) -> Option<Credentials> {
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    Some(Credentials {
        access_key_id: some(answer.access_key_id)?,
        secret_access_key: Secret::new(some(answer.secret_access_key)?),
        session_token: Secret::new(some(answer.session_token)?),
        // Milliseconds (docs/requirements.md#units-of-expiry); zero means that the field was missing.
        expires_at: Timestamp::from_millisecond(answer.expiration)
            .ok()
            .filter(|_| answer.expiration > 0)?,
        obtained_at: None,
    })
}
