//! Sign-in errors: every outcome is a variant of its own (docs/requirements.md#distinct-outcomes), with its own message.

use super::callback::Denial;
use super::failure::{Failure, Refusal};
use super::unreachable::Unreachable;
use crate::domain::{Problem, ProblemKind};

/// The failure of a call to SSO OIDC.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// Not yet: the user has not answered. [`Oidc::poll`](super::oidc::Oidc::poll) waits and never returns it.
    #[error("the sign-in is not approved in the browser yet")]
    Pending,
    /// The user, or the service on their behalf, said no.
    #[error("the sign-in was denied")]
    Denied {
        /// The service's reason, where it gave one.
        detail: Option<String>,
    },
    /// The code expired before the user answered.
    #[error("the code has expired")]
    CodeExpired,
    /// The browser did not come back in time.
    #[error("the sign-in in the browser timed out")]
    NoAnswer,
    /// The client registration is no longer valid, even if its date says so (docs/requirements.md#registrations-expire): register again, once.
    #[error("the client registration is no longer valid")]
    InvalidClient,
    /// The device code or refresh token is not accepted; also what a wrong region looks like (docs/requirements.md#distinct-outcomes).
    #[error("the sign-in is not accepted in {region}")]
    InvalidGrant {
        /// The region that was asked.
        region: String,
        /// The service's words.
        detail: String,
    },
    /// The token was given out, and its answer did not arrive.
    #[error("the answer with the access token was lost")]
    AnswerLost,
    /// The portal is in another region.
    #[error("the portal is not in {asked}")]
    WrongRegion {
        /// The region that was asked.
        asked: String,
        /// The region that the service points to.
        hint: Option<String>,
    },
    /// The request is not valid: often a start URL that this region does not know.
    #[error("the portal is not known in {region}")]
    InvalidRequest {
        /// The region that was asked.
        region: String,
        /// The service's words.
        detail: String,
    },
    /// A scope that the service does not know.
    #[error("the registration scopes are invalid")]
    InvalidScope {
        /// The service's words.
        detail: String,
    },
    /// The service asks for fewer requests.
    #[error("the sign-in service is throttling requests")]
    Throttled,
    /// There was no answer.
    #[error(transparent)]
    Offline(#[from] Unreachable),
    /// The service failed, or refused in a way that is not known.
    #[error("the sign-in service failed")]
    Service {
        /// The HTTP status, where there was one.
        status: Option<u16>,
        /// The service's words.
        detail: String,
    },
    /// The answer reports success but is incomplete.
    #[error("the sign-in service sent an incomplete answer")]
    Malformed {
        /// The missing or malformed part.
        detail: String,
    },
}

impl OidcError {
    pub(super) fn from_failure(failure: Failure, region: &str) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::from_refusal(&refusal, region),
            Failure::Unreachable(unreachable) => Self::Offline(unreachable),
            Failure::Garbled(detail) => Self::Malformed { detail },
            Failure::NotSent(detail) => Self::InvalidRequest {
                region: region.to_owned(),
                detail,
            },
        }
    }

    /// The refusal that the browser returned.
    pub(super) fn from_denial(denial: Denial, region: &str) -> Self {
        let refusal = Refusal {
            oauth: denial.error.clone(),
            message: denial.description.or(denial.error),
            ..Refusal::default()
        };
        Self::from_refusal(&refusal, region)
    }

    fn from_refusal(refusal: &Refusal, region: &str) -> Self {
        let detail = refusal.words();
        let region = region.to_owned();
        if refusal.code.as_deref() == Some("InvalidRequestRegionException") {
            return Self::WrongRegion {
                asked: region,
                hint: refusal.region.clone(),
            };
        }
        // OAuth's word and the exception's name say the same; either may be missing.
        let word = refusal
            .oauth
            .as_deref()
            .or_else(|| refusal.code.as_deref().and_then(oauth_word));
        match word {
            Some("authorization_pending") => Self::Pending,
            Some("slow_down") => Self::Throttled,
            Some("expired_token") => Self::CodeExpired,
            Some("access_denied") => Self::Denied {
                detail: refusal.message.clone(),
            },
            Some("invalid_client" | "unauthorized_client") => Self::InvalidClient,
            Some("invalid_grant") => Self::InvalidGrant { region, detail },
            Some("invalid_scope") => Self::InvalidScope { detail },
            Some("invalid_request") => Self::InvalidRequest { region, detail },
            _ if refusal.is_throttling() => Self::Throttled,
            _ => Self::Service {
                status: Some(refusal.status),
                detail,
            },
        }
    }

    /// `true` if the same request may succeed a little later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Throttled | Self::Malformed { .. } => true,
            Self::Offline(unreachable) => unreachable.is_transient(),
            Self::Service { status, .. } => {
                status.is_none_or(|status| status >= 500 || status == 408)
            }
            _ => false,
        }
    }

    /// `true` if the service certainly did not process the request, so that repeating it is safe: a refresh
    /// token may be accepted only once.
    pub(super) fn is_surely_unused(&self) -> bool {
        match self {
            Self::Throttled => true,
            Self::Offline(unreachable) => unreachable.never_sent(),
            Self::Service { status, .. } => *status == Some(503),
            _ => false,
        }
    }
}

fn oauth_word(exception: &str) -> Option<&'static str> {
    Some(match exception {
        "AuthorizationPendingException" => "authorization_pending",
        "SlowDownException" => "slow_down",
        "ExpiredTokenException" => "expired_token",
        "AccessDeniedException" => "access_denied",
        "InvalidClientException" => "invalid_client",
        "UnauthorizedClientException" => "unauthorized_client",
        "InvalidGrantException" => "invalid_grant",
        "InvalidScopeException" => "invalid_scope",
        "InvalidRequestException" => "invalid_request",
        _ => return None,
    })
}

impl From<OidcError> for Problem {
    fn from(error: OidcError) -> Self {
        let title = error.to_string();
        let new = |kind| Self::new(kind, &title);
        match error {
            OidcError::Pending => {
                new(ProblemKind::Failed).hint("approve the sign-in in the browser")
            }
            OidcError::Denied { detail } => new(ProblemKind::AccessDenied)
                .detail(detail.unwrap_or_default())
                .hint("if you started this sign-in, sign in again and approve it"),
            OidcError::CodeExpired => {
                new(ProblemKind::Failed).hint("sign in again to get a new code")
            }
            OidcError::NoAnswer => new(ProblemKind::Failed)
                .detail("it was not approved, or its last page could not reach this machine")
                .hint("sign in again; if it keeps failing, use a device code"),
            OidcError::InvalidClient => new(ProblemKind::Failed).hint("sign in again"),
            OidcError::InvalidGrant { region, detail } => {
                new(ProblemKind::Failed).detail(detail).hint(format!(
                    "sign in again; if it keeps failing, check that {region} is the portal's region"
                ))
            }
            OidcError::AnswerLost => new(ProblemKind::Failed)
                .detail("the code was used, and works once")
                .hint("sign in again"),
            OidcError::WrongRegion { asked, hint } => {
                new(ProblemKind::Usage).hint(hint.map_or_else(
                    || format!("check that {asked} is the portal's region, and correct sso_region"),
                    |region| {
                        format!("to correct it, run: roledex portal edit NAME --region {region}")
                    },
                ))
            }
            OidcError::InvalidRequest { region, detail } => {
                new(ProblemKind::Failed).detail(detail).hint(format!(
                    "check the start URL, and that {region} is the portal's region"
                ))
            }
            OidcError::InvalidScope { detail } => new(ProblemKind::Usage)
                .detail(detail)
                .hint("set sso_registration_scopes to sso:account:access"),
            OidcError::Throttled => {
                new(ProblemKind::Throttled).hint("wait a minute, then try again")
            }
            OidcError::Offline(unreachable) => unreachable.into(),
            OidcError::Service { detail, .. } | OidcError::Malformed { detail } => {
                new(ProblemKind::Service)
                    .detail(detail)
                    .hint("try again in a moment")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: Option<&str>, oauth: Option<&str>) -> OidcError {
        OidcError::from_failure(
            Failure::Refused(Refusal {
                status,
                code: code.map(str::to_owned),
                oauth: oauth.map(str::to_owned),
                region: Some("eu-west-1".to_owned()),
                ..Refusal::default()
            }),
            "us-east-1",
        )
    }

    #[test]
    fn by_word_by_name_or_by_both() {
        for (name, word) in [
            ("AuthorizationPendingException", "authorization_pending"),
            ("SlowDownException", "slow_down"),
            ("ExpiredTokenException", "expired_token"),
            ("AccessDeniedException", "access_denied"),
            ("InvalidClientException", "invalid_client"),
            ("InvalidGrantException", "invalid_grant"),
            ("InvalidScopeException", "invalid_scope"),
            ("InvalidRequestException", "invalid_request"),
        ] {
            let by_word = refusal(400, None, Some(word));
            let by_name = refusal(400, Some(name), None);
            assert_eq!(
                std::mem::discriminant(&by_word),
                std::mem::discriminant(&by_name),
                "{name}"
            );
            assert!(!matches!(by_word, OidcError::Service { .. }), "{name}");
        }
        assert!(matches!(
            refusal(502, None, None),
            OidcError::Service { .. }
        ));
        assert_eq!(refusal(429, None, None), OidcError::Throttled);
    }

    #[test]
    fn a_refusal_in_the_browser_has_no_status() {
        let denial = Denial {
            error: Some("server_error".to_owned()),
            description: None,
        };
        let problem = Problem::from(OidcError::from_denial(denial, "us-east-1"));
        assert_eq!(problem.detail.as_deref(), Some("server_error"));
    }

    #[test]
    fn a_wrong_region_is_told_with_the_right_one() {
        let error = refusal(
            400,
            Some("InvalidRequestRegionException"),
            Some("invalid_request"),
        );
        let problem = Problem::from(error);
        assert!(problem.title.contains("us-east-1"));
        assert!(problem.hint.unwrap().contains("eu-west-1"));
        let problem = Problem::from(refusal(400, None, Some("invalid_grant")));
        assert!(
            problem
                .hint
                .unwrap()
                .contains("us-east-1 is the portal's region")
        );
    }
}
