//! Service endpoints: the overrides that the SDKs know (docs/protocols.md#endpoints), else the partition's hosts.

use std::collections::BTreeMap;

use super::error::Error;
use super::start_url::is_dual_stack;
use crate::config::Env;
use crate::domain::partition::{Partition, of_region};

/// One of the services: its id in variables and in the AWS config.
const SERVICES: [&str; 4] = ["sso_oidc", "sso", "sts", "signin"];

/// The endpoint overrides of one environment and profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    overrides: BTreeMap<&'static str, String>,
}

impl Endpoints {
    /// Reads the overrides: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, then what
    /// `configured` says for a service id (`sso_oidc`, `sso`, `sts`).
    ///
    /// # Errors
    /// One that is no address of a web server.
    pub fn new(env: &Env, configured: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let ignored = env
            .get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if ignored {
            return Ok(Self::default());
        }
        let find = |service: &str| {
            let own = format!("AWS_ENDPOINT_URL_{}", service.to_ascii_uppercase());
            env.get(&own)
                .or_else(|| env.get("AWS_ENDPOINT_URL"))
                .map(str::to_owned)
                .or_else(|| configured(service))
                .map(|url| url.trim_end_matches('/').to_owned())
                .filter(|url| !url.is_empty())
        };
        let overrides: BTreeMap<_, _> = SERVICES
            .into_iter()
            .filter_map(|service| Some((service, find(service)?)))
            .collect();
        match overrides.iter().find(|(_, url)| !is_endpoint(url)) {
            Some((service, url)) => Err(Error::Endpoint {
                service,
                url: url.clone(),
            }),
            None => Ok(Self { overrides }),
        }
    }

    /// The overrides that are plain http and not on this machine, by service id. Whoever is on the way reads
    /// the tokens, SAML responses and credentials that go there.
    #[must_use]
    pub fn unencrypted(&self) -> Vec<(&'static str, &str)> {
        let is_unencrypted = |text: &str| {
            url::Url::parse(text).is_ok_and(|url| url.scheme() == "http" && !is_this_machine(&url))
        };
        self.overrides
            .iter()
            .filter(|(_, url)| is_unencrypted(url))
            .map(|(service, url)| (*service, url.as_str()))
            .collect()
    }

    /// SSO OIDC. A dual-stack portal needs the dual-stack endpoint (docs/requirements.md#dual-stack-portals).
    #[must_use]
    pub fn oidc(&self, region: &str, start_url: &str) -> String {
        self.resolve("sso_oidc", "oidc", region, is_dual_stack(start_url))
    }

    /// The portal's API.
    #[must_use]
    pub fn portal(&self, region: &str, start_url: &str) -> String {
        self.resolve("sso", "portal.sso", region, is_dual_stack(start_url))
    }

    /// STS.
    #[must_use]
    pub fn sts(&self, region: &str) -> String {
        self.resolve("sts", "sts", region, false)
    }

    /// Signing in to the console (docs/requirements.md#console-per-partition).
    #[must_use]
    pub fn sign_in(&self, partition: &Partition) -> String {
        self.overrides
            .get("signin")
            .cloned()
            .unwrap_or_else(|| format!("https://{}", partition.federation_host))
    }

    /// Console sessions for command line tools: each region has a host of its own.
    #[must_use]
    pub fn console_sessions(&self, region: &str) -> String {
        self.overrides.get("signin").cloned().unwrap_or_else(|| {
            let region = host_label(region);
            format!("https://{region}.{}", of_region(&region).signin_host)
        })
    }

    fn resolve(&self, service: &str, label: &str, region: &str, dual_stack: bool) -> String {
        self.overrides.get(service).cloned().unwrap_or_else(|| {
            let region = host_label(region);
            let region = region.as_str();
            let partition = of_region(region);
            let suffix = if dual_stack {
                partition.dual_stack_suffix
            } else {
                partition.dns_suffix
            };
            format!("https://{label}.{region}.{suffix}")
        })
    }
}

/// A region as a part of a host's name. It comes from a file that people share, and tokens go to that
/// host: with a dot, a slash or an at sign it would be another party's host. What is left of such a region
/// is no region, and its host has no address.
fn host_label(region: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    region.chars().filter(plain).take(63).collect()
}

fn is_this_machine(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

fn is_endpoint(text: &str) -> bool {
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "https://d-1234567890.awsapps.com/start";

    fn endpoints(variables: &[(&str, &str)]) -> Endpoints {
        Endpoints::new(&variables.iter().copied().collect(), |_| None).unwrap()
    }

    #[test]
    fn the_services_own_hosts() {
        let endpoints = endpoints(&[]);
        assert_eq!(
            endpoints.oidc("eu-west-1", START),
            "https://oidc.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            endpoints.portal("cn-north-1", START),
            "https://portal.sso.cn-north-1.amazonaws.com.cn"
        );
        assert_eq!(
            endpoints.sts("eusc-de-east-1"),
            "https://sts.eusc-de-east-1.amazonaws.eu"
        );
        for (region, url) in [
            ("eu-west-1", "https://eu-west-1.signin.aws.amazon.com"),
            ("cn-north-1", "https://cn-north-1.signin.amazonaws.cn"),
            (
                "us-gov-west-1",
                "https://us-gov-west-1.signin.amazonaws-us-gov.com",
            ),
            (
                "eusc-de-east-1",
                "https://eusc-de-east-1.signin.amazonaws-eusc.eu",
            ),
            ("x.evil/", "https://xevil.signin.aws.amazon.com"),
        ] {
            assert_eq!(endpoints.console_sessions(region), url);
        }
        for (region, url) in [
            (
                "evil.example/",
                "https://portal.sso.evilexample.amazonaws.com",
            ),
            ("a@b#\n:443", "https://portal.sso.ab443.amazonaws.com"),
        ] {
            assert_eq!(endpoints.portal(region, START), url);
        }
        let dual = "https://ssoins-1.portal.us-east-1.app.aws";
        assert_eq!(
            endpoints.oidc("us-east-1", dual),
            "https://oidc.us-east-1.api.aws"
        );
        assert_eq!(
            endpoints.portal("us-east-1", dual),
            "https://portal.sso.us-east-1.api.aws"
        );
    }

    #[test]
    fn overrides_in_their_order() {
        let configured = |service: &str| (service == "sts").then(|| "http://c/sts".to_owned());
        let env: Env = [
            ("AWS_ENDPOINT_URL_SSO_OIDC", "http://127.0.0.1:1/oidc/"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:2"),
        ]
        .into_iter()
        .collect();
        let endpoints = Endpoints::new(&env, configured).unwrap();
        assert_eq!(endpoints.oidc("x", START), "http://127.0.0.1:1/oidc");
        assert_eq!(endpoints.portal("x", START), "http://127.0.0.1:2");
        assert_eq!(endpoints.sts("x"), "http://127.0.0.1:2");
        let endpoints = Endpoints::new(&env.without("AWS_ENDPOINT_URL"), configured).unwrap();
        assert_eq!(endpoints.sts("x"), "http://c/sts");
    }

    #[test]
    fn plain_http_to_another_machine_is_found() {
        for (url, found) in [
            ("http://proxy.example", true),
            ("http://10.0.0.1:4566", true),
            ("http://localhost.example", true),
            ("http://[2001:db8::1]", true),
            ("https://proxy.example", false),
            ("http://127.0.0.1:4566", false),
            ("http://127.9.9.9", false),
            ("http://[::1]:80", false),
            ("http://localhost:4566", false),
            ("http://sso.localhost", false),
        ] {
            let endpoints = endpoints(&[("AWS_ENDPOINT_URL_SSO", url)]);
            let expected = if found {
                vec![("sso", url)]
            } else {
                Vec::new()
            };
            assert_eq!(endpoints.unencrypted(), expected);
        }
    }

    #[test]
    fn what_is_no_address_is_named() {
        for url in ["nonsense", "http://", "ftp://x", "http://127.0.0.1:99999"] {
            let env: Env = [("AWS_ENDPOINT_URL_STS", url)].into_iter().collect();
            let error = Endpoints::new(&env, |_| None).unwrap_err();
            assert!(error.to_string().contains("sts"), "{url}: {error}");
        }
    }

    #[test]
    fn all_are_ignored_on_request() {
        let endpoints = endpoints(&[
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:2"),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE"),
        ]);
        assert_eq!(endpoints, Endpoints::default());
    }
}
