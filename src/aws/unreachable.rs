//! Requests without an answer: the reason, the host, the proxy in between, and a hint.

use std::error::Error as StdError;
use std::io;
use std::iter::successors;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use http_body_util::LengthLimitError;
use rustls::CertificateError;

use crate::domain::{Problem, ProblemKind};

/// The obstacle on the way to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The host's name has no address.
    Name,
    /// No connection.
    Connection,
    /// The connection ended before the answer was complete.
    Dropped,
    /// No service of AWS sends an answer of this length; the rest was not read.
    TooLong,
    /// No answer in time.
    Timeout,
    /// The server's certificate is not trusted.
    Certificate,
    /// The server's certificate is not valid now: often the clock of this machine.
    CertificateDate,
    /// The server's certificate is that of another host.
    CertificateName,
    /// TLS failed for another reason.
    Tls,
    /// The proxy could not be used.
    Proxy,
    /// The proxy does not connect to this host.
    ProxyRefused,
    /// The proxy wants a user and a password, or others than those that it got.
    ProxyPassword,
    /// A proxy, a gateway or a sign-in page of the network answered in the service's place.
    Gateway,
}

/// The cause in words, where a CA's certificate is a host's.
const CA_AS_HOST: &str = "the certificate is that of a CA";

/// A request that got no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.title())]
pub struct Unreachable {
    /// The obstacle.
    pub reach: Reach,
    /// The host that was asked for.
    pub host: String,
    /// The proxy in between, without its credentials.
    pub proxy: Option<String>,
    /// The innermost cause, in the words of the library or system.
    pub detail: String,
}

/// A web page where the services answer in JSON or XML: a block page of a gateway, or the sign-in page of a network.
#[derive(Debug, thiserror::Error)]
#[error("HTTP {status} with a web page")]
pub(super) struct Page {
    status: u16,
}

impl Page {
    /// The web page that an answer is.
    pub(super) fn of(response: &HttpResponse) -> Option<Self> {
        let kind = response.headers().get("content-type")?.trim_start();
        let is_page = kind
            .get(..9)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"));
        is_page.then(|| Self {
            status: response.status().as_u16(),
        })
    }
}

impl Unreachable {
    /// Reads the cause out of the chain of a client library's error.
    pub(super) fn from_cause(
        error: &(dyn StdError + 'static),
        timed_out: bool,
        host: &str,
        proxy: Option<String>,
    ) -> Self {
        let causes = causes(error);
        let reach = if timed_out {
            Reach::Timeout
        } else {
            classify(&causes)
        };
        Self {
            reach,
            host: host.to_owned(),
            proxy,
            detail: detail(reach, &causes),
        }
    }

    /// `true` if the request certainly never reached the service, so that repeating it is safe.
    pub(super) fn never_sent(&self) -> bool {
        matches!(
            self.reach,
            Reach::Name | Reach::Connection | Reach::Proxy | Reach::ProxyRefused
        )
    }

    /// `true` if a retry could help.
    pub(super) fn is_transient(&self) -> bool {
        !matches!(
            self.reach,
            Reach::Certificate
                | Reach::CertificateDate
                | Reach::CertificateName
                | Reach::Tls
                | Reach::ProxyPassword
                | Reach::Gateway
                | Reach::TooLong
        )
    }

    fn title(&self) -> String {
        let Self { host, .. } = self;
        let through = self
            .proxy
            .as_ref()
            .map(|proxy| format!(" through the proxy {proxy}"))
            .unwrap_or_default();
        match self.reach {
            Reach::Timeout => format!("{host} timed out{through}"),
            Reach::TooLong => format!("the answer of {host}{through} is too long"),
            Reach::Dropped => format!("{host} closed the connection{through}"),
            Reach::Certificate | Reach::CertificateDate | Reach::CertificateName | Reach::Tls => {
                format!("cannot connect securely to {host}{through}")
            }
            Reach::Proxy | Reach::ProxyRefused => format!(
                "the proxy {} refused the connection to {host}",
                self.proxy.as_deref().unwrap_or("in between")
            ),
            Reach::ProxyPassword => format!(
                "the proxy {} requires a valid user and password",
                self.proxy.as_deref().unwrap_or("in between")
            ),
            Reach::Gateway => format!("a proxy or gateway answered instead of {host}{through}"),
            Reach::Name | Reach::Connection => format!("cannot reach {host}{through}"),
        }
    }

    fn hint(&self) -> &'static str {
        match (self.reach, &self.proxy) {
            (Reach::Certificate, _) if self.detail == CA_AS_HOST => {
                "the host has the certificate of a CA as its own, which is not accepted; it needs one that the CA signed"
            }
            (Reach::Certificate, _) => {
                "behind a proxy that inspects TLS, set AWS_CA_BUNDLE to its certificate in PEM (REQUESTS_CA_BUNDLE is not read); a system without any certificates needs its package ca-certificates"
            }
            (Reach::CertificateDate, _) => {
                "check this machine's clock; behind a proxy that inspects TLS, set AWS_CA_BUNDLE"
            }
            (Reach::CertificateName, _) => {
                "another server answered, as the sign-in page of a network does: open a web page in a browser first; or check AWS_ENDPOINT_URL"
            }
            (Reach::ProxyRefused, _) => {
                "the proxy may not allow this host: ask those who run it, or add the host to NO_PROXY if it can be reached without the proxy"
            }
            (Reach::Gateway, _) => {
                "check HTTPS_PROXY and NO_PROXY, and that your network allows this host"
            }
            (Reach::TooLong, _) => {
                "it cannot be from AWS; check AWS_ENDPOINT_URL and what is between this machine and the host"
            }
            (Reach::ProxyPassword, _) => {
                "check the user and the password in HTTPS_PROXY, http://USER:PASSWORD@HOST:PORT; write special characters percent-encoded, such as %40 for @"
            }
            (Reach::Tls, _) => "check HTTPS_PROXY and AWS_CA_BUNDLE",
            (Reach::Name, None) => "check the network and the spelling of the portal's region",
            (_, Some(_)) => "check HTTPS_PROXY and NO_PROXY, and that the proxy is running",
            (_, None) => "check the network; behind a proxy, set HTTPS_PROXY",
        }
    }
}

impl From<Unreachable> for Problem {
    fn from(unreachable: Unreachable) -> Self {
        let kind = match unreachable.reach {
            Reach::TooLong => ProblemKind::Service,
            _ => ProblemKind::Offline,
        };
        Self::new(kind, unreachable.title())
            .detail(&unreachable.detail)
            .hint(unreachable.hint())
    }
}

/// An error and its causes, outermost first. Those of the system hide theirs from `source`.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    successors(Some(error), |error| {
        let error: &'a (dyn StdError + 'static) = *error;
        match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
    .collect()
}

/// The obstacle that an error stands for: by the types of its causes, and by their words where the library has no
/// public types for them.
fn classify(causes: &[&(dyn StdError + 'static)]) -> Reach {
    if let Some(reach) = causes.iter().find_map(|cause| by_type(*cause)) {
        return reach;
    }
    let words: Vec<_> = causes.iter().map(ToString::to_string).collect();
    let words = words.join(": ").to_lowercase();
    let has = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    if has(&["proxy authorization required"]) {
        Reach::ProxyPassword
    } else if has(&["tunnel error: unsuccessful"]) {
        Reach::ProxyRefused
    } else if has(&["tunnel error"]) {
        Reach::Proxy
    } else if has(&["dns error", "lookup address", "name or service"]) {
        Reach::Name
    } else if has(&["(connect)"]) {
        Reach::Connection
    } else {
        Reach::Dropped
    }
}

fn by_type(cause: &(dyn StdError + 'static)) -> Option<Reach> {
    if cause.is::<LengthLimitError>() {
        return Some(Reach::TooLong);
    }
    if cause.is::<Page>() {
        return Some(Reach::Gateway);
    }
    Some(match cause.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => Reach::CertificateDate,
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Reach::CertificateName,
        rustls::Error::InvalidCertificate(_) => Reach::Certificate,
        _ => Reach::Tls,
    })
}

/// The innermost cause in its own words, unless they say no more than that the connection has ended.
fn detail(reach: Reach, causes: &[&(dyn StdError + 'static)]) -> String {
    let has_ended = causes.iter().any(|cause| {
        let error = cause.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof)
    });
    match reach {
        Reach::ProxyPassword => "HTTP 407".to_owned(),
        Reach::Dropped if has_ended => "its answer is not complete".to_owned(),
        _ if has_ended => "the connection was closed".to_owned(),
        _ => match causes.last().map(ToString::to_string) {
            // The library has no words for it.
            Some(words) if words.contains("CaUsedAsEndEntity") => CA_AS_HOST.to_owned(),
            words => words.unwrap_or_default(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreachable(reach: Reach, proxy: Option<&str>) -> Unreachable {
        Unreachable {
            reach,
            host: "oidc.us-east-1.amazonaws.com".to_owned(),
            proxy: proxy.map(str::to_owned),
            detail: "cause".to_owned(),
        }
    }

    /// An error as client libraries nest them.
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Outer(&'static str, #[source] Box<dyn StdError>);

    fn nested(outer: &'static str, cause: impl Into<Box<dyn StdError>>) -> Unreachable {
        let error = Outer("dispatch failure", Outer(outer, cause.into()).into());
        Unreachable::from_cause(&error, false, "h.test", None)
    }

    const CONNECT: &str = "client error (Connect)";
    const SEND: &str = "client error (SendRequest)";

    #[test]
    fn where_there_is_no_type_the_words_decide() {
        for (outer, words, reach) in [
            (
                CONNECT,
                "dns error: failed to lookup address information",
                Reach::Name,
            ),
            (
                CONNECT,
                "tcp connect error: Connection refused",
                Reach::Connection,
            ),
            (
                CONNECT,
                "tunnel error: proxy authorization required",
                Reach::ProxyPassword,
            ),
            (CONNECT, "tunnel error: unsuccessful", Reach::ProxyRefused),
            (
                CONNECT,
                "tunnel error: unexpected end of file",
                Reach::Proxy,
            ),
            (
                SEND,
                "connection closed before message completed",
                Reach::Dropped,
            ),
            (SEND, "Connection reset by peer", Reach::Dropped),
        ] {
            assert_eq!(nested(outer, words).reach, reach, "{words}");
        }
    }

    #[test]
    fn errors_of_tls_are_told_by_their_types() {
        use rustls::{AlertDescription, Error};
        for (error, reach) in [
            (
                Error::InvalidCertificate(CertificateError::UnknownIssuer),
                Reach::Certificate,
            ),
            (
                Error::InvalidCertificate(CertificateError::Expired),
                Reach::CertificateDate,
            ),
            (
                Error::InvalidCertificate(CertificateError::NotValidForName),
                Reach::CertificateName,
            ),
            (
                Error::AlertReceived(AlertDescription::ProtocolVersion),
                Reach::Tls,
            ),
        ] {
            let error = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, error));
            let found = nested(CONNECT, error);
            assert_eq!(found.reach, reach);
            assert!(!found.is_transient());
        }
    }

    #[test]
    fn a_connection_that_ends_without_a_word_is_dropped() {
        let words = "peer closed connection without sending TLS close_notify: \
                     https://docs.rs/rustls/latest/rustls/manual/_03_howto/index.html#unexpected-eof";
        let eof = |words: &str| io::Error::new(io::ErrorKind::UnexpectedEof, words.to_owned());
        let found = nested(SEND, eof(words));
        assert_eq!(found.reach, Reach::Dropped);
        assert!(found.is_transient() && !found.never_sent());
        let problem = Problem::from(found).to_string();
        assert_eq!(
            problem,
            "h.test closed the connection: its answer is not complete"
        );
        // In the handshake: nothing was sent, and it can be repeated whatever it is.
        let found = nested(CONNECT, io::Error::other(eof("tls handshake eof")));
        assert!(found.is_transient() && found.never_sent());
        assert_eq!(
            Problem::from(found).to_string(),
            "cannot reach h.test: the connection was closed"
        );
    }

    #[test]
    fn a_refused_password_is_final() {
        let mut found = nested(CONNECT, "tunnel error: proxy authorization required");
        assert!(!found.is_transient() && !found.never_sent());
        found.proxy = Some("proxy.test:3128".to_owned());
        let problem = Problem::from(found);
        assert_eq!(
            problem.to_string(),
            "the proxy proxy.test:3128 requires a valid user and password: HTTP 407"
        );
        assert!(
            problem
                .hint
                .unwrap()
                .contains("the password in HTTPS_PROXY")
        );
    }

    #[test]
    fn the_proxy_is_named_and_the_hint_fits() {
        let problem = Problem::from(unreachable(Reach::Connection, Some("proxy.test:3128")));
        assert_eq!(problem.kind, ProblemKind::Offline);
        assert!(problem.title.contains("proxy.test:3128"), "{problem}");
        assert!(problem.hint.unwrap().contains("HTTPS_PROXY"));
        let problem = Problem::from(unreachable(Reach::Certificate, None));
        assert!(problem.hint.unwrap().contains("AWS_CA_BUNDLE"));
        let of_ca = nested(
            CONNECT,
            "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
        );
        let of_ca = Unreachable {
            reach: Reach::Certificate,
            ..of_ca
        };
        assert!(!of_ca.detail.contains("EndEntity"), "{of_ca:?}");
        assert!(of_ca.hint().contains("certificate of a CA"));
        let problem = Problem::from(unreachable(Reach::CertificateDate, None));
        assert!(problem.hint.unwrap().contains("clock"));
    }
}
