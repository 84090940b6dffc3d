//! Requests without an answer: the reason, the host, the proxy in between, and a hint.

use std::error::Error as StdError;

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
    /// TLS failed for another reason.
    Tls,
    /// The proxy refused.
    Proxy,
    /// A proxy, a gateway or a sign-in page of the network answered in the service's place.
    Gateway,
}

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

impl Unreachable {
    /// Reads the cause out of the chain of a client library's error.
    pub(super) fn from_cause(
        error: &(dyn StdError + 'static),
        timed_out: bool,
        host: &str,
        proxy: Option<String>,
    ) -> Self {
        let words = chain(error);
        let reach = if timed_out {
            Reach::Timeout
        } else {
            classify(&words.join(": ").to_lowercase())
        };
        let detail = words.into_iter().next_back().unwrap_or_default();
        Self {
            reach,
            host: host.to_owned(),
            proxy,
            detail,
        }
    }

    /// `true` if the request certainly never reached the service, so that repeating it is safe.
    pub(super) fn never_sent(&self) -> bool {
        matches!(self.reach, Reach::Name | Reach::Connection | Reach::Proxy)
    }

    /// `true` if a retry could help.
    pub(super) fn is_transient(&self) -> bool {
        !matches!(
            self.reach,
            Reach::Certificate
                | Reach::CertificateDate
                | Reach::Tls
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
            Reach::Certificate | Reach::CertificateDate | Reach::Tls => {
                format!("cannot connect securely to {host}{through}")
            }
            Reach::Proxy => format!(
                "the proxy {} refused the connection to {host}",
                self.proxy.as_deref().unwrap_or("in between")
            ),
            Reach::Gateway => format!("a proxy or gateway answered instead of {host}{through}"),
            Reach::Name | Reach::Connection => format!("cannot reach {host}{through}"),
        }
    }

    fn hint(&self) -> &'static str {
        match (self.reach, &self.proxy) {
            (Reach::Certificate, _) => {
                "behind a proxy that inspects TLS, set AWS_CA_BUNDLE to its certificate in PEM; a system without any certificates needs its package ca-certificates"
            }
            (Reach::CertificateDate, _) => {
                "check this machine's clock; behind a proxy that inspects TLS, set AWS_CA_BUNDLE"
            }
            (Reach::Gateway, _) => {
                "check HTTPS_PROXY and NO_PROXY, and that your network allows this host"
            }
            (Reach::TooLong, _) => {
                "it cannot be from AWS; check AWS_ENDPOINT_URL and what is between this machine and the host"
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

/// The words of an error and its causes, outermost first, without repetition.
fn chain(error: &(dyn StdError + 'static)) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if words.last().is_none_or(|last| *last != text) {
            words.push(text);
        }
        next = error.source();
    }
    words
}

/// The library has no public types for these; its words are what there is to go by.
fn classify(words: &str) -> Reach {
    let has = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    if has(&["length limit exceeded"]) {
        Reach::TooLong
    } else if has(&["certificate"]) && has(&["expired", "not valid yet", "notvalidyet"]) {
        Reach::CertificateDate
    } else if has(&["certificate", "unknownissuer"]) {
        Reach::Certificate
    } else if has(&["tunnel", "proxy"]) {
        Reach::Proxy
    } else if has(&["handshake", "tls", "corrupt message", "alert"]) {
        Reach::Tls
    } else if has(&["dns error", "lookup address", "name or service"]) {
        Reach::Name
    } else if has(&["connect"]) && !has(&["closed", "reset", "incomplete"]) {
        Reach::Connection
    } else {
        Reach::Dropped
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

    #[test]
    fn the_words_decide() {
        for (words, reach) in [
            (
                "client error (connect): dns error: failed to lookup address information",
                Reach::Name,
            ),
            (
                "client error (connect): tcp connect error: connection refused",
                Reach::Connection,
            ),
            (
                "client error (connect): invalid peer certificate: unknownissuer",
                Reach::Certificate,
            ),
            (
                "invalid peer certificate: certificate expired: verification time 1",
                Reach::CertificateDate,
            ),
            (
                "client error (connect): tunnel error: proxy authorization required",
                Reach::Proxy,
            ),
            (
                "client error (sendrequest): connection closed before message completed",
                Reach::Dropped,
            ),
            (
                "client error (sendrequest): connection reset by peer",
                Reach::Dropped,
            ),
        ] {
            assert_eq!(classify(words), reach, "{words}");
        }
    }

    #[test]
    fn the_proxy_is_named_and_the_hint_fits() {
        let problem = Problem::from(unreachable(Reach::Connection, Some("proxy.test:3128")));
        assert_eq!(problem.kind, ProblemKind::Offline);
        assert!(problem.title.contains("proxy.test:3128"), "{problem}");
        assert!(problem.hint.unwrap().contains("HTTPS_PROXY"));
        let problem = Problem::from(unreachable(Reach::Certificate, None));
        assert!(problem.hint.unwrap().contains("AWS_CA_BUNDLE"));
        let problem = Problem::from(unreachable(Reach::CertificateDate, None));
        assert!(problem.hint.unwrap().contains("clock"));
    }
}
