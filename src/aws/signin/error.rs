//! The errors of the sign-in service. Each outcome has its own words, because each needs another action.

use super::super::callback::Denial;
use super::super::failure::{Failure, Refusal};
use super::super::unreachable::Unreachable;
use crate::domain::{Problem, ProblemKind};

/// The managed policy that allows a console session for command line tools.
const POLICY: &str = "SignInLocalDevelopmentAccess";
/// The actions in it.
const ACTIONS: &str = "signin:AuthorizeOAuth2Access and signin:CreateOAuth2Token";

/// The error of a call to the sign-in service, or of the browser that comes back from it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignInError {
    /// The twelve hours are over, or the clock of this machine is wrong.
    #[error("the console session has expired")]
    SessionExpired,
    /// The authorization code came too late.
    #[error("the sign-in took too long")]
    CodeExpired,
    /// The password or the permissions of the identity were changed.
    #[error("the credentials of the signed-in user were changed")]
    CredentialsChanged,
    /// The identity must not get credentials for command line tools.
    #[error("this identity is not allowed to sign in for command line tools")]
    NotAllowed {
        /// The service's words.
        detail: String,
    },
    /// The user, or the service, refused in the browser.
    #[error("the sign-in was denied")]
    Denied {
        /// The reason, where one was given.
        detail: Option<String>,
    },
    /// The browser did not come back in time.
    #[error("the sign-in in the browser timed out")]
    NoAnswer,
    /// The pasted text is not what the page shows.
    #[error("the pasted text is not a sign-in code")]
    BadPaste,
    /// The pasted text, or the address, belongs to another sign-in.
    #[error("the pasted text belongs to another sign-in")]
    OtherSignIn,
    /// The service asks for fewer requests.
    #[error("the sign-in service is throttling requests")]
    Throttled,
    /// There was no answer.
    #[error(transparent)]
    Offline(#[from] Unreachable),
    /// The request was refused for another reason.
    #[error("the sign-in service refused the request")]
    Refused {
        /// The service's words.
        detail: String,
    },
    /// The service failed.
    #[error("the sign-in service failed")]
    Service {
        /// The HTTP status.
        status: u16,
        /// The service's words.
        detail: String,
    },
    /// The answer is incomplete, or makes no sense.
    #[error("the sign-in service sent an incomplete answer")]
    Malformed {
        /// The defect.
        detail: String,
    },
}

impl SignInError {
    pub(super) fn from_failure(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::from_refusal(&refusal),
            Failure::Unreachable(unreachable) => Self::Offline(unreachable),
            Failure::Garbled(detail) => Self::Malformed { detail },
            Failure::NotSent(detail) => Self::Refused { detail },
        }
    }

    fn from_refusal(refusal: &Refusal) -> Self {
        let detail = refusal.words();
        match refusal.oauth.as_deref() {
            Some("TOKEN_EXPIRED") => Self::SessionExpired,
            Some("AUTHCODE_EXPIRED") => Self::CodeExpired,
            Some("USER_CREDENTIALS_CHANGED") => Self::CredentialsChanged,
            Some("INSUFFICIENT_PERMISSIONS") => Self::NotAllowed { detail },
            _ if refusal.is_throttling() => Self::Throttled,
            _ if refusal.is_server_side() => Self::Service {
                status: refusal.status,
                detail,
            },
            _ => Self::Refused { detail },
        }
    }

    /// The refusal that the browser returned.
    pub(super) fn from_denial(denial: Denial) -> Self {
        match denial.error.as_deref() {
            None | Some("access_denied") => Self::Denied {
                detail: denial.description,
            },
            Some(error) => Self::Refused {
                detail: denial.description.unwrap_or_else(|| error.to_owned()),
            },
        }
    }

    /// True if sending the request again is harmless though its answer is lost: a code or a refresh token
    /// works only once.
    pub(super) fn is_surely_unused(&self) -> bool {
        match self {
            Self::Throttled => true,
            Self::Offline(unreachable) => unreachable.never_sent(),
            Self::Service { status, .. } => *status == 503,
            _ => false,
        }
    }

    /// True if only a new sign-in helps.
    pub(crate) fn ends_the_session(&self) -> bool {
        matches!(
            self,
            Self::SessionExpired | Self::CodeExpired | Self::CredentialsChanged
        )
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let title = error.to_string();
        let new = |kind| Self::new(kind, &title);
        match error {
            SignInError::SessionExpired | SignInError::CredentialsChanged => {
                new(ProblemKind::Failed).hint("sign in again")
            }
            SignInError::CodeExpired => new(ProblemKind::Failed)
                .hint("sign in again, and finish within a few minutes"),
            SignInError::NotAllowed { detail } => new(ProblemKind::AccessDenied)
                .detail(detail)
                .hint(format!(
                    "ask an administrator to attach the managed policy {POLICY}, which allows {ACTIONS}"
                )),
            SignInError::Denied { detail } => new(ProblemKind::AccessDenied)
                .detail(detail.unwrap_or_default())
                .hint("if you started this sign-in, sign in again and approve it"),
            SignInError::NoAnswer => new(ProblemKind::Failed)
                .detail("it was not approved, or its last page could not reach this machine")
                .hint("sign in again; for a browser on another device, add --remote"),
            SignInError::BadPaste => new(ProblemKind::Usage)
                .hint("copy the whole text that the last page of the sign-in shows"),
            SignInError::OtherSignIn => new(ProblemKind::AccessDenied)
                .hint("open the address of this sign-in, and paste the text of its last page"),
            SignInError::Throttled => {
                new(ProblemKind::Throttled).hint("wait a minute, then try again")
            }
            SignInError::Offline(unreachable) => unreachable.into(),
            SignInError::Refused { detail } => new(ProblemKind::AccessDenied)
                .detail(detail)
                .hint("sign in again; if it keeps failing, check the region with --region"),
            SignInError::Service { detail, .. } | SignInError::Malformed { detail } => {
                new(ProblemKind::Service)
                    .detail(detail)
                    .hint("try again in a moment")
            }
        }
    }
}
