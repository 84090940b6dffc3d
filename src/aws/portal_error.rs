//! The meaning of a portal's refusal (docs/requirements.md#unmodelled-forbidden), and its message for the user.

use std::sync::Arc;

use super::failure::{Failure, Refusal};
use super::unreachable::{Reach, Unreachable};
use crate::domain::{Problem, ProblemKind};

/// The failure of a call to the portal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortalError {
    /// The access token is no longer accepted, even if its date says so (docs/requirements.md#sessions-end-early).
    #[error("the portal does not accept the sign-in")]
    Unauthorized,
    /// The account or role is not assigned to this user: the unmodelled 403, or 404.
    #[error("the portal refuses access")]
    NotAssigned {
        /// The service's words.
        detail: String,
    },
    /// A proxy or gateway answered in the portal's place. It may do so for one request alone.
    #[error(transparent)]
    Blocked(Unreachable),
    /// The portal kept asking to slow down.
    #[error("the portal is throttling requests")]
    Throttled,
    /// There was no answer.
    #[error(transparent)]
    Offline(#[from] Unreachable),
    /// The service failed.
    #[error("the portal failed")]
    Service {
        /// The HTTP status, where there was one.
        status: Option<u16>,
        /// The service's words.
        detail: String,
    },
    /// The portal rejects the request: often an account id that does not exist.
    #[error("the portal rejects the request")]
    Invalid {
        /// The service's words.
        detail: String,
    },
    /// The answer reports success but is incomplete.
    #[error("the portal sent an incomplete answer")]
    Malformed {
        /// The missing or malformed part.
        detail: String,
    },
}

impl PortalError {
    pub(super) fn from_failure(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::from_refusal(&refusal),
            Failure::Unreachable(unreachable) if unreachable.reach == Reach::Gateway => {
                Self::Blocked(unreachable)
            }
            Failure::Unreachable(unreachable) => Self::Offline(unreachable),
            Failure::Garbled(detail) => Self::Malformed { detail },
            Failure::NotSent(detail) => Self::Invalid { detail },
        }
    }

    fn from_refusal(refusal: &Refusal) -> Self {
        let detail = refusal.words();
        if refusal.is_throttling() {
            return Self::Throttled;
        }
        if refusal.is_server_side() {
            return Self::Service {
                status: Some(refusal.status),
                detail,
            };
        }
        match (refusal.status, refusal.code.as_deref()) {
            (_, Some("UnauthorizedException")) | (401, _) => Self::Unauthorized,
            (
                _,
                Some("ForbiddenException" | "ResourceNotFoundException" | "AccessDeniedException"),
            ) => Self::NotAssigned { detail },
            (_, Some("InvalidRequestException")) | (400, _) => Self::Invalid { detail },
            (403 | 404, _) => Self::NotAssigned { detail },
            (status, _) => Self::Service {
                status: Some(status),
                detail,
            },
        }
    }

    /// The same for a user, where the portal's name is known.
    #[must_use]
    pub fn problem(self, portal: &Arc<str>) -> Problem {
        match self {
            Self::Unauthorized => Problem::sign_in_needed(portal),
            other => other.into(),
        }
    }

    /// `true` if the same request may succeed a little later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Throttled | Self::Malformed { .. } => true,
            Self::Service { status, .. } => {
                status.is_none_or(|status| status >= 500 || status == 408)
            }
            Self::Offline(unreachable) => unreachable.is_transient(),
            Self::Unauthorized
            | Self::NotAssigned { .. }
            | Self::Blocked(_)
            | Self::Invalid { .. } => false,
        }
    }
}

impl From<PortalError> for Problem {
    fn from(error: PortalError) -> Self {
        let title = error.to_string();
        match error {
            // The portal's name is known to the caller, who says it better.
            PortalError::Unauthorized => Self::new(
                ProblemKind::SignInNeeded { portal: "".into() },
                "the sign-in is no longer valid",
            )
            .hint("sign in again: roledex login"),
            PortalError::NotAssigned { detail } => Self::new(ProblemKind::AccessDenied, title)
                .detail(detail)
                .hint("ask your administrator to assign the permission set to you in this account; a new assignment takes a few minutes"),
            PortalError::Throttled => Self::new(ProblemKind::Throttled, title)
                .hint("wait a minute; the whole organization shares the request quota"),
            PortalError::Offline(unreachable) | PortalError::Blocked(unreachable) => {
                unreachable.into()
            }
            PortalError::Service { detail, .. } => Self::new(ProblemKind::Service, title)
                .detail(detail)
                .hint("try again in a moment"),
            PortalError::Invalid { detail } => Self::new(ProblemKind::Failed, title)
                .detail(detail)
                .hint("check the portal's region, and that the account exists"),
            PortalError::Malformed { detail } => Self::new(ProblemKind::Service, title)
                .detail(detail)
                .hint("try again; if it keeps failing, check that the role is still assigned to you"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: Option<&str>, message: Option<&str>) -> PortalError {
        PortalError::from_failure(Failure::Refused(Refusal {
            status,
            code: code.map(str::to_owned),
            message: message.map(str::to_owned),
            ..Refusal::default()
        }))
    }

    #[test]
    fn each_refusal_has_its_meaning() {
        assert_eq!(refusal(401, None, None), PortalError::Unauthorized);
        assert!(matches!(
            refusal(403, Some("ForbiddenException"), Some("No access")),
            PortalError::NotAssigned { .. }
        ));
        assert!(matches!(
            refusal(404, Some("ResourceNotFoundException"), None),
            PortalError::NotAssigned { .. }
        ));
        assert!(matches!(
            refusal(403, None, Some("No access")),
            PortalError::NotAssigned { .. }
        ));
        assert_eq!(refusal(429, None, None), PortalError::Throttled);
        assert_eq!(
            refusal(400, Some("TooManyRequestsException"), None),
            PortalError::Throttled
        );
        assert!(matches!(
            refusal(503, None, None),
            PortalError::Service {
                status: Some(503),
                ..
            }
        ));
        assert!(matches!(
            refusal(400, Some("InvalidRequestException"), None),
            PortalError::Invalid { .. }
        ));
        assert!(matches!(
            refusal(405, Some("MethodNotAllowedException"), None),
            PortalError::Service { .. }
        ));
    }

    #[test]
    fn what_may_pass() {
        assert!(PortalError::Throttled.is_transient());
        assert!(refusal(500, None, None).is_transient());
        assert!(!refusal(405, None, None).is_transient());
        assert!(!PortalError::Unauthorized.is_transient());
    }
}
