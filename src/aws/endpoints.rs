//! Service endpoints: the overrides that the SDKs know (docs/protocols.md#endpoints), else the partition's hosts.

use std::collections::BTreeMap;

use super::error::Error;
use super::start_url::{self, is_dual_stack, shown};
use crate::config::Env;
use crate::domain::ordered;
use crate::domain::partition::{Partition, is_host_label, of_region};

/// One of the services: its id in variables and in the AWS config.
const SERVICES: [&str; 4] = ["sso_oidc", "sso", "sts", "signin"];

/// The endpoints of one environment and profile: the overrides, and the variants of AWS's own hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    overrides: BTreeMap<&'static str, String>,
    dual_stack: bool,
    fips: bool,
}

impl Endpoints {
    /// Reads the overrides: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, then what `configured` says
    /// for a service id (`sso_oidc`, `sso`, `sts`, `signin`). Reads the variants:
    /// `AWS_USE_DUALSTACK_ENDPOINT` and `AWS_USE_FIPS_ENDPOINT`, then what `value` says for the key of the
    /// profile. `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`, read in the same way, turns off all overrides.
    ///
    /// # Errors
    /// An override that is not an http or https URL.
    pub fn new(
        env: &Env,
        configured: impl Fn(&str) -> Option<String>,
        value: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        // As botocore reads it: anything but true is false.
        let is_true = |value: &str| value.eq_ignore_ascii_case("true");
        let is_used = |key: &str| {
            let variable = format!("AWS_{}", key.to_ascii_uppercase());
            let set = env.get(&variable).map(str::to_owned);
            set.or_else(|| value(key))
                .is_some_and(|value| is_true(&value))
        };
        let plain = Self {
            overrides: BTreeMap::new(),
            dual_stack: is_used("use_dualstack_endpoint"),
            fips: is_used("use_fips_endpoint"),
        };
        if is_used("ignore_configured_endpoint_urls") {
            return Ok(plain);
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
        let services = SERVICES.into_iter();
        let overrides =
            ordered::map(services.filter_map(|service| Some((service, find(service)?))));
        match overrides.iter().find(|(_, url)| !is_endpoint(url)) {
            Some((service, url)) => Err(Error::Endpoint {
                service,
                url: shown(url),
            }),
            None => Ok(Self { overrides, ..plain }),
        }
    }

    /// The overrides that are plain http and not on this machine, by service id. The network in between can
    /// read the tokens, SAML responses and credentials that go there. The URLs are without user names,
    /// passwords and queries.
    #[must_use]
    pub fn unencrypted(&self) -> Vec<(&'static str, String)> {
        let is_unencrypted = |text: &str| {
            url::Url::parse(text).is_ok_and(|url| url.scheme() == "http" && !is_this_machine(&url))
        };
        self.overrides
            .iter()
            .filter(|(_, url)| is_unencrypted(url))
            .map(|(service, url)| (*service, shown(url)))
            .collect()
    }

    /// `true` if an override replaces AWS's own hosts of STS.
    #[must_use]
    pub fn overrides_sts(&self) -> bool {
        self.overrides.contains_key("sts")
    }

    /// SSO OIDC. A dual-stack portal needs the dual-stack endpoint (docs/requirements.md#dual-stack-portals).
    ///
    /// # Errors
    /// [`Error::NoVariant`] and [`Error::Region`], as of every service here; a start URL that cannot be one.
    pub fn oidc(&self, region: &str, start_url: &str) -> Result<String, Error> {
        start_url::check(start_url)?;
        self.resolve("sso_oidc", "oidc", region, is_dual_stack(start_url))
    }

    /// The portal's API.
    ///
    /// # Errors
    /// As [`Endpoints::oidc`].
    pub fn portal(&self, region: &str, start_url: &str) -> Result<String, Error> {
        start_url::check(start_url)?;
        self.resolve("sso", "portal.sso", region, is_dual_stack(start_url))
    }

    /// STS.
    ///
    /// # Errors
    /// [`Error::NoVariant`] and [`Error::Region`].
    pub fn sts(&self, region: &str) -> Result<String, Error> {
        self.resolve("sts", "sts", region, false)
    }

    /// Signing in to the console in a browser (docs/requirements.md#console-per-partition): a web page, of
    /// which there are no variants.
    #[must_use]
    pub fn sign_in(&self, partition: &Partition) -> String {
        self.overrides
            .get("signin")
            .cloned()
            .unwrap_or_else(|| format!("https://{}", partition.federation_host))
    }

    /// Console sessions for command line tools: each region has a host of its own.
    ///
    /// # Errors
    /// [`Error::NoVariant`] and [`Error::Region`].
    pub fn console_sessions(&self, region: &str) -> Result<String, Error> {
        self.resolve("signin", "signin", region, false)
    }

    fn resolve(
        &self,
        service: &'static str,
        label: &str,
        region: &str,
        dual_stack: bool,
    ) -> Result<String, Error> {
        // It comes from a file that people share, and tokens go to that host: with a dot, a slash or an at sign it
        // would be another party's.
        if !is_host_label(region) {
            return Err(Error::Region {
                region: region.to_owned(),
            });
        }
        if let Some(url) = self.overrides.get(service) {
            return Ok(url.clone());
        }
        let dual_stack = dual_stack || self.dual_stack;
        let partition = of_region(region);
        let host = host(service, label, region, &partition, (dual_stack, self.fips));
        match host {
            Some(host) => Ok(format!("https://{host}")),
            None => Err(Error::NoVariant {
                service,
                region: region.to_owned(),
            }),
        }
    }
}

/// The host of a service with the variants (dual-stack, FIPS), by the endpoint rules of botocore; `None`
/// where there is none.
fn host(
    service: &str,
    label: &str,
    region: &str,
    partition: &Partition,
    variants: (bool, bool),
) -> Option<String> {
    let suffix = partition.dns_suffix;
    let is_gov = partition.name == "aws-us-gov";
    Some(match (variants, service) {
        ((true, fips), _) => {
            let fips = if fips { "-fips" } else { "" };
            format!("{label}{fips}.{region}.{}", partition.dual_stack_suffix?)
        }
        ((false, false), "signin") => format!("{region}.{}", partition.signin_host),
        // The hosts of GovCloud are FIPS endpoints, except those of the sign-in.
        ((false, true), "signin") if is_gov && region == partition.sts_region => {
            "signin-fips.amazonaws-us-gov.com".to_owned()
        }
        ((false, true), "signin") if is_gov => {
            format!("{region}.signin-fips.amazonaws-us-gov.com")
        }
        ((false, true), _) if !is_gov => format!("{label}-fips.{region}.{suffix}"),
        ((false, _), _) => format!("{label}.{region}.{suffix}"),
    })
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
        Endpoints::new(&variables.iter().copied().collect(), |_| None, |_| None).unwrap()
    }

    #[test]
    fn the_services_own_hosts() {
        let endpoints = endpoints(&[]);
        assert_eq!(
            endpoints.oidc("eu-west-1", START).unwrap(),
            "https://oidc.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            endpoints.portal("cn-north-1", START).unwrap(),
            "https://portal.sso.cn-north-1.amazonaws.com.cn"
        );
        assert_eq!(
            endpoints.sts("eusc-de-east-1").unwrap(),
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
        ] {
            assert_eq!(endpoints.console_sessions(region).unwrap(), url);
        }
        let dual = "https://ssoins-1.portal.us-east-1.app.aws";
        assert_eq!(
            endpoints.oidc("us-east-1", dual).unwrap(),
            "https://oidc.us-east-1.api.aws"
        );
        assert_eq!(
            endpoints.portal("us-east-1", dual).unwrap(),
            "https://portal.sso.us-east-1.api.aws"
        );
    }

    #[test]
    fn nothing_but_a_region_becomes_a_part_of_a_host() {
        let overridden = endpoints(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:2")]);
        for endpoints in [endpoints(&[]), overridden] {
            for text in ["x.y", "evil.example/", "a@b#\n:443", "../../x", "", " "] {
                let error = Err(Error::Region {
                    region: text.to_owned(),
                });
                assert_eq!(endpoints.oidc(text, START), error);
                assert_eq!(endpoints.portal(text, START), error);
                assert_eq!(endpoints.sts(text), error);
                assert_eq!(endpoints.console_sessions(text), error);
            }
            for url in [
                "file:///etc/passwd",
                "http://a.example/start",
                "a.example",
                "",
            ] {
                assert!(endpoints.oidc("xx-new-9", url).is_err(), "{url}");
                assert!(endpoints.portal("xx-new-9", url).is_err(), "{url}");
            }
            assert!(endpoints.oidc("xx-new-9", "http://127.0.0.1:1/x").is_ok());
        }
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
        let endpoints = Endpoints::new(&env, configured, |_| None).unwrap();
        assert_eq!(
            endpoints.oidc("x", START).unwrap(),
            "http://127.0.0.1:1/oidc"
        );
        assert_eq!(endpoints.portal("x", START).unwrap(), "http://127.0.0.1:2");
        assert_eq!(endpoints.sts("x").unwrap(), "http://127.0.0.1:2");
        let endpoints =
            Endpoints::new(&env.without("AWS_ENDPOINT_URL"), configured, |_| None).unwrap();
        assert_eq!(endpoints.sts("x").unwrap(), "http://c/sts");
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
                vec![("sso", url.to_owned())]
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
            let error = Endpoints::new(&env, |_| None, |_| None).unwrap_err();
            assert!(error.to_string().contains("sts"), "{url}: {error}");
        }
    }

    #[test]
    fn no_password_or_query_is_shown() {
        for url in [
            "http://u:HIDDEN@proxy.example:1/x?key=HIDDEN#HIDDEN",
            "http://HIDDEN@proxy.example:1/x",
        ] {
            let shown = endpoints(&[("AWS_ENDPOINT_URL_SSO", url)]).unencrypted();
            assert_eq!(shown, [("sso", "http://proxy.example:1/x".to_owned())]);
        }
        for url in [
            "ftp://u:HIDDEN@x?HIDDEN",
            "http://u:HIDDEN?@x",
            "http://u:HIDDEN@x:99999/?HIDDEN",
            "u:HIDDEN@proxy.example",
            "proxy.example?key=HIDDEN",
        ] {
            let env: Env = [("AWS_ENDPOINT_URL_STS", url)].into_iter().collect();
            let error = Endpoints::new(&env, |_| None, |_| None).unwrap_err();
            assert!(!error.to_string().contains("HIDDEN"), "{url}: {error}");
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

    #[test]
    fn variants_come_from_the_environment_then_from_the_profile() {
        let configured = |key: &str| Some((key == "use_fips_endpoint").to_string());
        let sts = |variables: &[(&str, &str)]| {
            let env = variables.iter().copied().collect();
            let endpoints = Endpoints::new(&env, |_| None, configured).unwrap();
            endpoints.sts("eu-west-1").unwrap()
        };
        let fips = "https://sts-fips.eu-west-1.amazonaws.com";
        assert_eq!(sts(&[]), fips);
        assert_eq!(
            sts(&[("AWS_USE_FIPS_ENDPOINT", "no")]),
            "https://sts.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            sts(&[("AWS_USE_DUALSTACK_ENDPOINT", "True")]),
            "https://sts-fips.eu-west-1.api.aws"
        );
        let local = "http://127.0.0.1:1";
        assert_eq!(sts(&[("AWS_ENDPOINT_URL_STS", local)]), local);
        let ignored = [
            ("AWS_ENDPOINT_URL_STS", local),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        ];
        assert_eq!(sts(&ignored), fips);
    }

    #[test]
    fn a_profile_turns_the_overrides_off_unless_the_environment_says_otherwise() {
        let local = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        let is_overridden = |variables: &[(&str, &str)], value: &str| {
            let env = variables.iter().copied().collect();
            let configured =
                |key: &str| (key == "ignore_configured_endpoint_urls").then(|| value.to_owned());
            let section = |_: &str| Some("http://127.0.0.1:2".to_owned());
            let endpoints = Endpoints::new(&env, section, configured).unwrap();
            endpoints.overrides_sts()
        };
        assert!(!is_overridden(&[local], "true"));
        assert!(!is_overridden(&[], "True"));
        assert!(is_overridden(&[], "false"));
        let variable = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false");
        assert!(is_overridden(&[local, variable], "true"));
    }

    #[test]
    fn a_service_without_the_variant_is_named_with_the_region() {
        let endpoints = endpoints(&[("AWS_USE_DUALSTACK_ENDPOINT", "true")]);
        let error = endpoints.sts("eu-isoe-west-1").unwrap_err().to_string();
        assert_eq!(error, "sts has no dual-stack endpoint in eu-isoe-west-1");
    }
}
