//! What a failed call looked like on the wire, before it means anything: status, code, message.
//!
//! The services put their codes into a header, behind a `#` in the body, or nowhere; proxies answer
//! in HTML (WIRE.md §1, §5). Everything is read here, once.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use serde_json::Value;

use crate::domain::{Problem, ProblemKind};

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The service, or something in between, answered with an error.
    #[error("HTTP {status} {code}")]
    Answer {
        /// The HTTP status.
        status: u16,
        /// The exception's name without namespace, e.g. `ForbiddenException`; the OAuth error where
        /// there is no name; empty where there is neither.
        code: String,
        /// The message; may be empty.
        message: String,
    },
    /// No answer: no connection, or none in time.
    #[error("no answer: {detail}")]
    Offline {
        /// Why, with the proxy in between where there is one.
        detail: String,
    },
    /// An answer that makes no sense.
    #[error("the answer makes no sense: {detail}")]
    Malformed {
        /// What is wrong with it.
        detail: String,
    },
}

impl Failure {
    /// Reads an SDK's error.
    pub(super) fn of<E>(error: &SdkError<E, HttpResponse>, proxy: Option<&str>) -> Self
    where
        E: std::error::Error + 'static,
    {
        if let Some(response) = error.raw_response()
            && response.status().as_u16() >= 300
        {
            return Self::of_response(response);
        }
        match error {
            SdkError::TimeoutError(_) => Self::Offline {
                detail: "no answer in time".to_owned(),
            },
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(error) => Self::of_connector(error, proxy),
                None => Self::Offline {
                    detail: chain(error),
                },
            },
            _ => Self::Malformed {
                detail: chain(error),
            },
        }
    }

    pub(super) fn of_connector(error: &ConnectorError, proxy: Option<&str>) -> Self {
        let mut detail = chain(error);
        if let Some(proxy) = proxy {
            detail = format!("{detail} (through the proxy {proxy})");
        }
        Self::Offline { detail }
    }

    fn of_response(response: &HttpResponse) -> Self {
        let body = response.body().bytes().unwrap_or_default();
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |names: [&str; 3]| {
            names
                .into_iter()
                .find_map(|name| json.get(name)?.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        let header = response
            .headers()
            .get("x-amzn-errortype")
            .unwrap_or_default();
        let code = [header.to_owned(), text(["__type", "code", "error"])]
            .into_iter()
            .find(|code| !code.is_empty())
            .unwrap_or_default();
        Self::Answer {
            status: response.status().as_u16(),
            code: bare(&code).to_owned(),
            message: text(["message", "Message", "error_description"]),
        }
    }

    /// Whether it was a request too many.
    pub(super) fn is_throttling(&self) -> bool {
        matches!(self, Self::Answer { status: 429, .. })
            || matches!(self, Self::Answer { code, .. } if code.contains("TooManyRequests") || code.contains("Throttl"))
    }

    /// Whether the same call may succeed a moment later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Answer { status, .. } => *status >= 500 || *status == 408 || self.is_throttling(),
            Self::Offline { .. } => true,
            Self::Malformed { .. } => false,
        }
    }
}

/// `com.amazonaws.switchboard.portal#UnauthorizedException`, `AccessDeniedException:http://…`.
fn bare(code: &str) -> &str {
    let code = code.rsplit_once('#').map_or(code, |(_, name)| name);
    code.split(':').next().unwrap_or(code)
}

/// An error with its causes, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Offline { detail } => {
                let hint = if detail.contains("certificate") || detail.contains("Certificate") {
                    "if a proxy inspects TLS here, set AWS_CA_BUNDLE to its CA certificate"
                } else {
                    "check the network, the VPN, and HTTPS_PROXY"
                };
                Self::new(ProblemKind::Offline, "AWS could not be reached")
                    .detail(detail)
                    .hint(hint)
            }
            Failure::Malformed { detail } => Self::new(
                ProblemKind::Service,
                "AWS gave an answer that makes no sense",
            )
            .detail(detail)
            .hint("try again; a proxy in between may have changed it"),
            ref failure @ Failure::Answer {
                status,
                ref code,
                ref message,
            } => {
                let (kind, title, hint) = if failure.is_throttling() {
                    (
                        ProblemKind::Throttled,
                        "AWS asks to slow down",
                        "wait a little; the quota is shared with everybody in your organization",
                    )
                } else if status >= 500 {
                    (
                        ProblemKind::Service,
                        "AWS had trouble with the request",
                        "try again in a little while",
                    )
                } else {
                    (
                        ProblemKind::Failed,
                        "AWS refused the request",
                        "check the portal's start URL and region",
                    )
                };
                let named = if code.is_empty() {
                    format!("HTTP {status}")
                } else {
                    code.clone()
                };
                let detail = if message.is_empty() {
                    named
                } else {
                    format!("{named}: {message}")
                };
                Self::new(kind, title).detail(detail).hint(hint)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn read(status: u16, header: Option<&'static str>, body: &'static str) -> Failure {
        let mut response =
            HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
        if let Some(header) = header {
            response.headers_mut().insert("x-amzn-ErrorType", header);
        }
        Failure::of_response(&response)
    }

    fn answer(status: u16, code: &str, message: &str) -> Failure {
        Failure::Answer {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn every_place_of_the_code() {
        assert_eq!(
            read(
                400,
                Some("SlowDownException:http://internal.amazon.com/"),
                r#"{"error":"slow_down","error_description":"x"}"#
            ),
            answer(400, "SlowDownException", "x")
        );
        assert_eq!(
            read(
                403,
                None,
                r#"{"message":"No access","__type":"com.amazonaws.switchboard.portal#ForbiddenException"}"#
            ),
            answer(403, "ForbiddenException", "No access")
        );
        assert_eq!(
            read(401, None, r#"{"error":"invalid_client"}"#),
            answer(401, "invalid_client", "")
        );
        assert_eq!(read(407, None, "<html>"), answer(407, "", ""));
        assert_eq!(read(502, None, "[1]"), answer(502, "", ""));
    }

    #[test]
    fn what_may_pass() {
        assert!(answer(429, "", "").is_throttling());
        assert!(answer(400, "ThrottlingException", "").is_throttling());
        assert!(answer(503, "", "").is_transient());
        assert!(!answer(403, "ForbiddenException", "").is_transient());
    }
}
