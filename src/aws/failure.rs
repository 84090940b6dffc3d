//! The failure of one call, before it is interpreted for a sign-in or a portal.
//!
//! The services do not keep to their models (docs/requirements.md#unmodelled-forbidden): the code may be in a header, in the body's
//! `__type` after a `#`, in OAuth's `error`, or nowhere, and a proxy may answer in HTML. So the raw
//! response is read here once, for all clients.

use std::error::Error as StdError;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value;

use super::error::Error;
use super::http::Target;
use super::unreachable::{Page, Reach, Unreachable};
use crate::domain::partition::looks_like_region;

/// One failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// There was an answer, and it is a refusal.
    Refused(Refusal),
    /// There was no answer.
    Unreachable(Unreachable),
    /// The answer says success and makes no sense.
    Garbled(String),
    /// The request could not be made.
    NotSent(String),
}

/// A refusal, as it was worded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: u16,
    /// The exception's bare name, such as `ForbiddenException`.
    pub(super) code: Option<String>,
    /// OAuth's word, such as `authorization_pending`.
    pub(super) oauth: Option<String>,
    /// The service's message.
    pub(super) message: Option<String>,
    /// The region that the service points to (`InvalidRequestRegionException`).
    pub(super) region: Option<String>,
    /// The wait that the service asks for.
    pub(super) retry_after: Option<Duration>,
    /// The host that a redirect leads to.
    pub(super) redirect: Option<String>,
    /// `true` if the body is not empty and not JSON.
    pub(super) is_page: bool,
}

impl Failure {
    pub(super) fn from_sdk<E>(error: &SdkError<E, HttpResponse>, target: &Target) -> Self
    where
        E: StdError + ProvideErrorMetadata + 'static,
    {
        let unreachable = |timed_out| {
            Self::Unreachable(Unreachable::from_cause(
                error,
                timed_out,
                &target.host,
                target.proxy.clone(),
            ))
        };
        match error {
            SdkError::TimeoutError(_) => unreachable(true),
            SdkError::DispatchFailure(failure) => unreachable(failure.is_timeout()),
            SdkError::ConstructionFailure(_) => {
                Self::NotSent(StdError::source(error).map_or_else(String::new, ToString::to_string))
            }
            SdkError::ServiceError(failure) if failure.raw().status().is_success() => {
                Self::Garbled("the answer could not be read".to_owned())
            }
            SdkError::ServiceError(failure) => {
                let body = failure.raw().body().bytes().unwrap_or_default();
                let mut refusal = Refusal::read(failure.raw(), body);
                // XML (STS) is left to the client library.
                if refusal.code.is_none() {
                    refusal.code = failure.err().code().map(str::to_owned);
                    refusal.message = failure
                        .err()
                        .message()
                        .map(str::to_owned)
                        .or(refusal.message);
                }
                Self::from_refusal(refusal, target)
            }
            // The body broke off; the status does not matter.
            _ => match unreachable(false) {
                Self::Unreachable(broken) if broken.reach != Reach::TooLong => {
                    Self::Unreachable(Unreachable {
                        reach: Reach::Dropped,
                        ..broken
                    })
                }
                other => other,
            },
        }
    }
}

impl Failure {
    /// The refusal in a response that no client library has read.
    pub(super) fn from_response(response: &HttpResponse, body: &[u8], target: &Target) -> Self {
        Self::from_refusal(Refusal::read(response, body), target)
    }

    fn from_refusal(refusal: Refusal, target: &Target) -> Self {
        if refusal.is_foreign() {
            return Self::Unreachable(refusal.of_gateway(target));
        }
        Self::Refused(refusal)
    }

    /// In the general terms of [`Error`], for a service without errors of its own.
    pub(super) fn into_error(self, service: &'static str) -> Error {
        match self {
            Self::Refused(refusal) if refusal.is_server_side() || refusal.is_throttling() => {
                Error::Service {
                    service,
                    detail: refusal.words(),
                }
            }
            Self::Refused(refusal) => Error::Refused {
                service,
                detail: refusal.words(),
                code: refusal.code,
            },
            Self::Unreachable(unreachable) => unreachable.into(),
            Self::Garbled(detail) | Self::NotSent(detail) => Error::Service { service, detail },
        }
    }

    /// The wait that the service asks for before the next request.
    pub(super) fn asked_wait(&self) -> Duration {
        match self {
            Self::Refused(refusal) => refusal.retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }
}

/// The gateway that has answered in a service's place; `None` where the answer is the service's. Of a status that often
/// passes, the answer has to be the service's, too.
pub(super) fn gateway(
    response: &HttpResponse,
    body: &[u8],
    target: &Target,
) -> Option<Unreachable> {
    let refusal = Refusal::read(response, body);
    let is_xml = || String::from_utf8_lossy(body).contains("<ErrorResponse");
    let is_of_service = if response.status().is_success() {
        Page::of(response).is_none()
    } else {
        let has_id = response.headers().contains_key("x-amzn-requestid");
        (has_id || refusal.is_named() || is_xml())
            && !matches!(refusal.status, 300..=399 | 407 | 511)
    };
    (!is_of_service).then(|| Unreachable {
        detail: Page::of(response).map_or_else(|| refusal.words(), |page| page.to_string()),
        ..refusal.of_gateway(target)
    })
}

impl Refusal {
    fn of_gateway(&self, target: &Target) -> Unreachable {
        Unreachable {
            reach: Reach::Gateway,
            host: target.host.clone(),
            proxy: target.proxy.clone(),
            detail: self.words(),
        }
    }

    fn is_named(&self) -> bool {
        self.code.is_some() || self.oauth.is_some() || self.message.is_some()
    }

    fn read(response: &HttpResponse, body: &[u8]) -> Self {
        let headers = response.headers();
        let mut refusal = Self::parse(
            response.status().as_u16(),
            headers.get("x-amzn-errortype"),
            headers.get("retry-after"),
            body,
        );
        refusal.redirect = headers
            .get("location")
            .and_then(|to| Some(url::Url::parse(to).ok()?.host_str()?.to_owned()));
        refusal
    }

    fn parse(
        status: u16,
        error_type: Option<&str>,
        retry_after: Option<&str>,
        body: &[u8],
    ) -> Self {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let is_page = json.is_none() && !body.trim_ascii().is_empty();
        let json = json.unwrap_or(Value::Null);
        let text = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| json.get(name)?.as_str())
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let code = error_type
            .map(str::to_owned)
            .or_else(|| text(&["__type", "code"]))
            .map(|code| bare(&code).to_owned())
            .filter(|code| !code.is_empty());
        Self {
            status,
            code,
            oauth: text(&["error"]),
            message: text(&["error_description", "message", "Message", "errorMessage"]),
            // It is offered as a setting, and becomes a part of host names.
            region: text(&["region"]).filter(|region| looks_like_region(region)),
            retry_after: retry_after
                .and_then(|seconds| seconds.trim().parse().ok())
                .map(|seconds: u64| Duration::from_secs(seconds.min(30))),
            redirect: None,
            is_page,
        }
    }

    /// `true` if something other than the service answered: the services neither redirect nor ask for a
    /// proxy's password, and they always name the reason for a refusal.
    fn is_foreign(&self) -> bool {
        if self.is_throttling() || self.is_server_side() && self.status != 511 {
            return false;
        }
        match self.status {
            300..=399 | 407 | 511 => true,
            // The portal has answered so to a dead token.
            401 => !self.is_named() && self.is_page,
            _ => !self.is_named(),
        }
    }

    /// `true` if the service, or something in front of it, throttles us.
    pub(super) fn is_throttling(&self) -> bool {
        self.status == 429
            || self.code.as_deref().is_some_and(|code| {
                matches!(
                    code,
                    "TooManyRequestsException"
                        | "TooManyRequestsError"
                        | "ThrottlingException"
                        | "Throttling"
                        | "ThrottledException"
                        | "RequestThrottled"
                        | "RequestThrottledException"
                        | "RequestLimitExceeded"
                )
            })
    }

    /// `true` if the failure is on the server's side and may be temporary.
    pub(super) fn is_server_side(&self) -> bool {
        self.status >= 500 || self.status == 408
    }

    /// The service's words, or the little that is known.
    pub(super) fn words(&self) -> String {
        match (&self.code, &self.message) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => format!("{code} (HTTP {})", self.status),
            // The browser brought it, in an address.
            (None, Some(message)) if self.status == 0 => message.clone(),
            (None, Some(message)) => format!("{message} (HTTP {})", self.status),
            (None, None) => match &self.redirect {
                Some(host) => format!("HTTP {}, a redirect to {host}", self.status),
                None => format!("HTTP {} without an explanation", self.status),
            },
        }
    }
}

/// The exception's own name: before a `:`, after a `#`.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_wherever_it_is() {
        let body = br#"{"message":"Session token not found or invalid","__type":"com.amazonaws.switchboard.portal#UnauthorizedException"}"#;
        let refusal = Refusal::parse(401, None, None, body);
        assert_eq!(refusal.code.as_deref(), Some("UnauthorizedException"));
        assert_eq!(
            refusal.words(),
            "UnauthorizedException: Session token not found or invalid"
        );
        let header = "AuthorizationPendingException:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/";
        let body =
            br#"{"error":"authorization_pending","error_description":"Authorization is still pending"}"#;
        let refusal = Refusal::parse(400, Some(header), None, body);
        assert_eq!(
            refusal.code.as_deref(),
            Some("AuthorizationPendingException")
        );
        assert_eq!(refusal.oauth.as_deref(), Some("authorization_pending"));
        assert_eq!(
            refusal.message.as_deref(),
            Some("Authorization is still pending")
        );
    }

    #[test]
    fn a_proxys_page_has_no_code() {
        let refusal = Refusal::parse(403, None, None, b"<html><h1>Blocked</h1></html>");
        assert_eq!(refusal.code, None);
        assert_eq!(refusal.words(), "HTTP 403 without an explanation");
        assert!(refusal.is_foreign());
        assert!(!refusal.is_throttling());
        assert!(Refusal::parse(429, None, None, b"<html>").is_throttling());
        assert!(Refusal::parse(502, None, None, b"").is_server_side());
    }

    #[test]
    fn only_the_services_name_the_reason_of_a_refusal() {
        let is_foreign = |status, code, body: &str| {
            Refusal::parse(status, code, None, body.as_bytes()).is_foreign()
        };
        let page = "<html>Sign in to the network</html>";
        for status in [301, 302, 307, 400, 401, 403, 404, 405, 407, 511] {
            assert!(is_foreign(status, None, page), "{status}");
        }
        assert!(is_foreign(
            407,
            None,
            r#"{"message":"Proxy authentication"}"#
        ));
        for status in [400, 401, 403, 404] {
            assert!(
                !is_foreign(status, Some("ForbiddenException"), ""),
                "{status}"
            );
            assert!(
                !is_foreign(status, None, r#"{"message":"No access"}"#),
                "{status}"
            );
        }
        assert!(!is_foreign(400, None, r#"{"error":"invalid_grant"}"#));
        assert!(!is_foreign(401, None, ""));
        // These pass, and are asked again.
        for status in [408, 429, 500, 502, 503] {
            assert!(!is_foreign(status, None, page), "{status}");
        }
    }

    #[test]
    fn a_region_is_only_taken_from_an_answer_if_it_is_one() {
        let of = |text: &str| Refusal::parse(400, None, None, text.as_bytes()).region;
        assert_eq!(
            of(r#"{"region":"eu-west-1"}"#).as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(of(r#"{"region":"evil.example/"}"#), None);
    }

    #[test]
    fn waiting_is_bounded() {
        let refusal = Refusal::parse(429, None, Some("86400"), b"{}");
        assert_eq!(refusal.retry_after, Some(Duration::from_secs(30)));
        assert_eq!(
            Refusal::parse(429, None, Some("soon"), b"").retry_after,
            None
        );
    }
}
