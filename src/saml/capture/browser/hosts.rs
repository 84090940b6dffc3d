//! The requests that carry a SAML response: a POST to an AWS sign-in host's `/saml`, by the parsed URL (docs/requirements.md#sign-in-hosts), and
//! the answers of a portal that say whether there is anything to wait for (docs/requirements.md#capture-failures).

use url::Url;

use crate::domain::partition;

/// Requests to pause, as `DevTools` patterns; each paused request is checked again in [`is_sign_in`].
pub(super) fn sign_in_patterns() -> Vec<String> {
    partition::all()
        .flat_map(|partition| {
            let host = partition.signin_host;
            [
                format!("https://{host}/saml*"),
                format!("https://*.{host}/saml*"),
            ]
        })
        .collect()
}

/// Responses to inspect, as `DevTools` patterns.
pub(super) const ANSWER_PATTERNS: [&str; 2] = ["*/instance/appinstance*", "*/saml/assertion*"];

/// `true` if a request carries a SAML response to AWS.
pub(super) fn is_sign_in(method: &str, url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let host = url.host_str().unwrap_or_default();
    // Each alone, and with a region before it.
    let known = partition::all().any(|partition| {
        host.strip_suffix(partition.signin_host)
            .is_some_and(|region| {
                region.is_empty() || region.strip_suffix('.').is_some_and(is_label)
            })
    });
    method == "POST"
        && url.scheme() == "https"
        && url.port().is_none()
        && known
        && url.path() == "/saml"
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The service behind the portals, `portal.sso.REGION.…`, of any partition.
fn is_service(host: &str) -> bool {
    let Some(rest) = host.strip_prefix("portal.sso.") else {
        return false;
    };
    partition::all().any(|partition| {
        std::iter::once(partition.dns_suffix)
            .chain(partition.dual_stack_suffix)
            .any(|suffix| {
                let region = rest.strip_suffix(suffix);
                region
                    .and_then(|region| region.strip_suffix('.'))
                    .is_some_and(is_label)
            })
    })
}

/// The subject of an answer of the portal's web interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The list of tiles.
    Listing,
    /// One app.
    App,
}

/// Recognizes an answer of the portal: from the page's own host, or from its service.
pub(super) fn answer(url: &str, portal_host: &str) -> Option<Answer> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    let with_port = url
        .port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    if with_port != portal_host && !is_service(host) {
        return None;
    }
    let path = url.path();
    if path.ends_with("/instance/appinstances") {
        Some(Answer::Listing)
    } else if path.contains("/instance/appinstance/") || path.contains("/saml/assertion/") {
        Some(Answer::App)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_aws_hosts_only_saml_only_post() {
        for url in [
            "https://signin.aws.amazon.com/saml",
            "https://eu-west-1.signin.aws.amazon.com/saml",
            "https://us-gov-west-1.signin.amazonaws-us-gov.com/saml",
            "https://signin.amazonaws.cn/saml?x=1",
            "https://signin.amazonaws-eusc.eu/saml",
            "https://eusc-de-east-1.signin.amazonaws-eusc.eu/saml",
            "https://signin.csphome.hci.ic.gov/saml",
        ] {
            assert!(is_sign_in("POST", url), "{url}");
            assert!(!is_sign_in("GET", url), "{url}");
        }
        for url in [
            "http://signin.aws.amazon.com/saml",
            "https://signin.aws.amazon.com:444/saml",
            "https://signin.aws.amazon.com/saml/x",
            "https://signin.aws.amazon.com/samlx",
            "https://signin.aws.amazon.com.evil.example/saml",
            "https://evilsignin.aws.amazon.com/saml",
            "https://a.b.signin.aws.amazon.com/saml",
            "https://.signin.aws.amazon.com/saml",
            "https://evil.example/https://signin.aws.amazon.com/saml",
            "https://signin.aws.amazon.com@evil.example/saml",
            "nonsense",
        ] {
            assert!(!is_sign_in("POST", url), "{url}");
        }
    }

    #[test]
    fn answers_of_the_portal() {
        let of = |url: &str| answer(url, "d-1.awsapps.com");
        assert_eq!(
            of("https://portal.sso.eu-west-1.amazonaws.com/instance/appinstances?x=1"),
            Some(Answer::Listing)
        );
        assert_eq!(
            of("https://d-1.awsapps.com/api/portal/instance/appinstances"),
            Some(Answer::Listing)
        );
        assert_eq!(
            of("https://portal.sso.eu-west-1.amazonaws.com/instance/appinstance/ins-1/profiles"),
            Some(Answer::App)
        );
        assert_eq!(
            of("https://portal.sso.eu-west-1.api.aws/saml/assertion/idp/x"),
            Some(Answer::App)
        );
        assert_eq!(of("https://evil.example/instance/appinstances"), None);
        for host in [
            "portal.sso.evil.example",
            "portal.sso.a.b.amazonaws.com",
            "portal.sso..amazonaws.com",
        ] {
            assert_eq!(of(&format!("https://{host}/instance/appinstances")), None);
        }
        assert_eq!(of("https://d-1.awsapps.com/start"), None);
    }
}
