//! STS: credentials for a SAML response.

mod roles;

use std::error::Error as StdError;

use aws_sdk_sts::Client;
use aws_sdk_sts::config::{Credentials as SdkCredentials, IdentityCache};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::error::{Error, REGION_DISABLED_HINT};
use super::failure::Failure;
use super::http::{Http, Target, sdk_config};
use super::retry::{MAX_ATTEMPTS, Retry, with_retries};
use crate::domain::waiting::Waiting;
use crate::domain::{Credentials, Problem, ProblemKind, SamlRole, Secret};

const SERVICE: &str = "AWS STS";

/// The client of STS in one region.
#[derive(Clone, Debug)]
pub(crate) struct Sts {
    http: Http,
    endpoint: String,
    region: String,
    target: Target,
    waiting: Waiting,
}

/// The reason why STS refuses a SAML response (docs/protocols.md#sts).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SamlError {
    /// It is too old, by the clock of STS (docs/requirements.md#response-lifetime).
    #[error("the SAML response is too old")]
    Expired {
        /// The service's words.
        detail: String,
    },
    /// The role allows no session of this length.
    #[error("the role does not allow a session that long")]
    Duration {
        /// The service's words.
        detail: String,
    },
    /// The role does not trust this response, or does not exist.
    #[error("the role's trust policy does not allow this sign-in")]
    NotAuthorized {
        /// The service's words.
        detail: String,
    },
    /// The account has no such identity provider.
    #[error("the identity provider does not exist in the account")]
    UnknownProvider {
        /// The service's words.
        detail: String,
    },
    /// Its signature or its form is wrong.
    #[error("AWS rejected the SAML response")]
    Invalid {
        /// The service's words.
        detail: String,
    },
    /// STS is switched off in this region.
    #[error("STS is not activated in this region")]
    RegionDisabled {
        /// The service's words.
        detail: String,
    },
    /// Everything that is not the response's fault.
    #[error(transparent)]
    Other(#[from] Error),
}

impl SamlError {
    fn from_failure(failure: Failure) -> Self {
        let Failure::Refused(refusal) = &failure else {
            return Self::Other(error(failure));
        };
        if refusal.is_server_side() || refusal.is_throttling() {
            return Self::Other(error(failure));
        }
        let detail = refusal.words();
        let message = refusal.message.as_deref().unwrap_or_default();
        let says = |word: &str| message.to_lowercase().contains(word);
        match refusal.code.as_deref() {
            Some("ExpiredTokenException" | "ExpiredToken") => Self::Expired { detail },
            Some("ValidationError" | "ValidationException") if says("durationseconds") => {
                Self::Duration { detail }
            }
            Some("InvalidIdentityToken" | "InvalidIdentityTokenException")
                if says("provider") && (says("exist") || says("found")) =>
            {
                Self::UnknownProvider { detail }
            }
            Some("InvalidIdentityToken" | "InvalidIdentityTokenException") if says("expired") => {
                Self::Expired { detail }
            }
            Some("RegionDisabledException" | "RegionDisabled") => Self::RegionDisabled { detail },
            Some("AccessDenied" | "AccessDeniedException") => Self::NotAuthorized { detail },
            Some(
                "InvalidIdentityToken"
                | "InvalidIdentityTokenException"
                | "IDPRejectedClaim"
                | "IDPRejectedClaimException"
                | "ValidationError"
                | "ValidationException",
            ) => Self::Invalid { detail },
            _ => Self::Other(error(failure)),
        }
    }

    /// In the words of a user who asked for `role`; `recipient` is the response's own (docs/requirements.md#recipient).
    #[must_use]
    pub(crate) fn problem(self, role: &SamlRole, recipient: Option<&str>) -> Problem {
        let title = format!(
            "no credentials for {} in {}: {self}",
            role.role, role.account
        );
        let denied =
            |detail: String| Problem::new(ProblemKind::AccessDenied, &title).detail(detail);
        match self {
            Self::Expired { detail } => {
                denied(detail).hint("AWS accepts a SAML response for five minutes; capture a new one")
            }
            Self::Duration { detail } => denied(detail)
                .hint("set duration_seconds of this app to what the role allows; 3600 always works"),
            Self::NotAuthorized { detail } => denied(format!(
                "{detail}; the response was issued for {}",
                recipient.unwrap_or("an unknown recipient")
            ))
            .hint(format!(
                "ask your administrator: the trust policy of {} must name {} and, in SAML:aud, that recipient",
                role.role_arn, role.provider_arn
            )),
            Self::UnknownProvider { detail } => denied(detail).hint(format!(
                "ask the account's administrator to create {}",
                role.provider_arn
            )),
            Self::Invalid { detail } => denied(detail)
                .hint("ask the account's administrator; the provider's metadata may be out of date"),
            Self::RegionDisabled { detail } => {
                denied(detail).hint(REGION_DISABLED_HINT)
            }
            Self::Other(error) => Problem::from(error).causing(format!(
                "no credentials for {} in {}",
                role.role, role.account
            )),
        }
    }
}

impl Sts {
    /// A client of the STS behind `endpoint`.
    #[must_use]
    pub(crate) fn new(http: &Http, endpoint: String, region: &str) -> Self {
        Self {
            target: http.target(&endpoint),
            http: http.clone(),
            endpoint,
            region: region.to_owned(),
            waiting: Waiting::default(),
        }
    }

    /// Reports progress and failures there.
    #[must_use]
    pub(crate) fn reporting(mut self, waiting: Waiting) -> Self {
        self.waiting = waiting;
        self
    }

    /// Turns a SAML response into credentials of one of its roles. Not signed: the response is the
    /// proof (docs/requirements.md#partition-from-the-role).
    ///
    /// # Errors
    /// Each refusal is a separate error; also a service that does not answer.
    pub(crate) async fn assume_role_with_saml(
        &self,
        role: &SamlRole,
        response: &Secret,
        seconds: u32,
    ) -> Result<Credentials, SamlError> {
        let config = sdk_config!(aws_sdk_sts, &self.http, &self.endpoint, &self.region)
            .identity_cache(IdentityCache::no_cache())
            .build();
        let client = Client::from_conf(config);
        let ask = async || {
            client
                .assume_role_with_saml()
                .role_arn(&role.role_arn)
                .principal_arn(&role.provider_arn)
                .saml_assertion(response.expose())
                .duration_seconds(i32::try_from(seconds).unwrap_or(i32::MAX))
                .send()
                .await
        };
        let answer = self
            .with_retries(ask)
            .await
            .map_err(SamlError::from_failure)?;
        Ok(keys(answer.credentials)?)
    }

    /// Retries a few times after temporary failures.
    async fn with_retries<T, E>(
        &self,
        ask: impl AsyncFn() -> Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<T, Failure>
    where
        E: StdError + ProvideErrorMetadata + 'static,
    {
        let attempt = async || self.once(&ask).await;
        with_retries(&self.waiting, attempt, |failure, failures| {
            (failures < MAX_ATTEMPTS && is_transient(failure))
                .then(|| Retry::after(failures, error(failure.clone())))
        })
        .await
    }

    /// Makes one request.
    async fn once<T, E>(
        &self,
        ask: impl AsyncFn() -> Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<T, Failure>
    where
        E: StdError + ProvideErrorMetadata + 'static,
    {
        ask()
            .await
            .map_err(|error| Failure::from_sdk(&error, &self.target))
    }

    /// The SDK binds credentials to a client; nothing of them is kept between calls.
    fn client(&self, credentials: &Credentials) -> Client {
        let config = sdk_config!(aws_sdk_sts, &self.http, &self.endpoint, &self.region)
            .identity_cache(IdentityCache::no_cache())
            .credentials_provider(SdkCredentials::new(
                &credentials.access_key_id,
                credentials.secret_access_key.expose(),
                (!credentials.is_long_term())
                    .then(|| credentials.session_token.expose().to_owned()),
                None,
                "roledex",
            ))
            .build();
        Client::from_conf(config)
    }
}

/// The credentials in an answer.
fn keys(keys: Option<aws_sdk_sts::types::Credentials>) -> Result<Credentials, Error> {
    keys.and_then(|keys| {
        Some(Credentials {
            access_key_id: Some(keys.access_key_id).filter(|id| !id.is_empty())?,
            secret_access_key: Secret::new(keys.secret_access_key),
            session_token: Secret::new(keys.session_token),
            expires_at: jiff::Timestamp::from_second(keys.expiration.secs()).ok()?,
            obtained_at: None,
        })
    })
    .filter(Credentials::are_plain_text)
    .ok_or_else(|| Error::Service {
        service: SERVICE,
        detail: "the answer has no usable credentials".to_owned(),
    })
}

fn is_transient(failure: &Failure) -> bool {
    match failure {
        Failure::Refused(refusal) => refusal.is_throttling() || refusal.is_server_side(),
        Failure::Unreachable(unreachable) => unreachable.is_transient(),
        Failure::Garbled(_) | Failure::NotSent(_) => false,
    }
}

fn error(failure: Failure) -> Error {
    failure.into_error(SERVICE)
}

#[cfg(test)]
mod tests {
    use super::super::failure::Refusal;
    use super::*;

    fn refusal(code: &str, message: &str) -> SamlError {
        SamlError::from_failure(Failure::Refused(Refusal {
            status: 400,
            code: Some(code.to_owned()),
            message: Some(message.to_owned()),
            ..Refusal::default()
        }))
    }

    #[test]
    fn each_refusal_of_a_response_has_its_meaning() {
        let expired = "Token must be redeemed within 5 minutes of issuance";
        assert!(matches!(
            refusal("ExpiredTokenException", expired),
            SamlError::Expired { .. }
        ));
        let long =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        assert!(matches!(
            refusal("ValidationError", long),
            SamlError::Duration { .. }
        ));
        let at = "1 validation error detected: Value '1' at 'durationSeconds' failed to satisfy constraint";
        assert!(matches!(
            refusal("ValidationError", at),
            SamlError::Duration { .. }
        ));
        let provider = "Specified provider doesn't exist";
        assert!(matches!(
            refusal("InvalidIdentityToken", provider),
            SamlError::UnknownProvider { .. }
        ));
        assert!(matches!(
            refusal("InvalidIdentityToken", "Response signature invalid"),
            SamlError::Invalid { .. }
        ));
        assert!(matches!(
            refusal("IDPRejectedClaim", ""),
            SamlError::Invalid { .. }
        ));
        assert!(matches!(
            refusal("RegionDisabledException", ""),
            SamlError::RegionDisabled { .. }
        ));
        assert!(matches!(refusal("Strange", ""), SamlError::Other(_)));
        let role = SamlRole {
            partition: "aws".to_owned(),
            account: "210987654321".parse().unwrap(),
            role: "Ops".into(),
            role_arn: "arn:aws:iam::210987654321:role/Ops".to_owned(),
            provider_arn: "arn:aws:iam::210987654321:saml-provider/p".to_owned(),
        };
        let denied = refusal(
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithSAML",
        );
        let problem = denied.problem(&role, Some("http://127.0.0.1:9/saml/acs"));
        assert_eq!(problem.kind.exit_code(), 5);
        assert!(
            problem
                .detail
                .unwrap()
                .contains("http://127.0.0.1:9/saml/acs"),
            "E12"
        );
        assert!(problem.hint.unwrap().contains("saml-provider/p"));
    }
}
