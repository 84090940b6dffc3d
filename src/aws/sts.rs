//! STS: whose credentials these are.

use aws_sdk_sts::Client;
use aws_sdk_sts::config::{Credentials as SdkCredentials, IdentityCache};

use super::error::Error;
use super::failure::Failure;
use super::http::{Http, Target, sdk_config};
use super::retry::backoff;
use crate::domain::{AccountId, Credentials};

const SERVICE: &str = "AWS STS";
const ATTEMPTS: u32 = 3;

/// The client of STS in one region.
#[derive(Clone, Debug)]
pub struct Sts {
    http: Http,
    endpoint: String,
    region: String,
    target: Target,
}

/// Whose credentials they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// The ARN of the role's session.
    pub arn: String,
    /// The unique id of the role and the session's name.
    pub user_id: String,
}

impl Sts {
    /// A client of the STS behind `endpoint`.
    #[must_use]
    pub fn new(http: &Http, endpoint: String, region: &str) -> Self {
        Self {
            target: http.target(&endpoint),
            http: http.clone(),
            endpoint,
            region: region.to_owned(),
        }
    }

    /// Asks whose credentials these are; a role needs no permission for it.
    ///
    /// # Errors
    /// Credentials that are not valid (any more), and a service that does not answer.
    pub async fn caller_identity(&self, credentials: &Credentials) -> Result<Identity, Error> {
        let client = self.client(credentials);
        let mut failures = 0;
        let answer = loop {
            let failure = match client.get_caller_identity().send().await {
                Ok(answer) => break answer,
                Err(error) => Failure::of(&error, &self.target),
            };
            failures += 1;
            if failures == ATTEMPTS || !is_transient(&failure) {
                return Err(error(failure));
            }
            tokio::time::sleep(backoff(failures)).await;
        };
        let garbled = |what: &str| Error::Service {
            service: SERVICE,
            detail: format!("the answer lacks {what}"),
        };
        Ok(Identity {
            account: answer
                .account
                .and_then(|id| id.parse().ok())
                .ok_or_else(|| garbled("the account"))?,
            arn: answer.arn.ok_or_else(|| garbled("the ARN"))?,
            user_id: answer.user_id.unwrap_or_default(),
        })
    }

    /// The SDK binds credentials to a client; nothing of them is kept between calls.
    fn client(&self, credentials: &Credentials) -> Client {
        let config = sdk_config!(aws_sdk_sts, &self.http, &self.endpoint, &self.region)
            .identity_cache(IdentityCache::no_cache())
            .credentials_provider(SdkCredentials::new(
                &credentials.access_key_id,
                credentials.secret_access_key.expose(),
                Some(credentials.session_token.expose().to_owned()),
                None,
                "roledex",
            ))
            .build();
        Client::from_conf(config)
    }
}

fn is_transient(failure: &Failure) -> bool {
    match failure {
        Failure::Refused(refusal) => refusal.is_throttling() || refusal.is_server_side(),
        Failure::Unreachable(unreachable) => unreachable.is_transient(),
        Failure::Garbled(_) | Failure::NotSent(_) => false,
    }
}

fn error(failure: Failure) -> Error {
    match failure {
        Failure::Refused(refusal) if refusal.is_server_side() || refusal.is_throttling() => {
            Error::Service {
                service: SERVICE,
                detail: refusal.words(),
            }
        }
        Failure::Refused(refusal) => Error::Refused {
            service: SERVICE,
            detail: refusal.words(),
            code: refusal.code,
        },
        Failure::Unreachable(unreachable) => unreachable.into(),
        Failure::Garbled(detail) | Failure::NotSent(detail) => Error::Service {
            service: SERVICE,
            detail,
        },
    }
}
