//! Service endpoints, with the overrides that the SDKs honour, in their order (WIRE.md §9).

use super::partition::of_region;
use crate::config::Env;

/// Overrides of the endpoints; without one they follow from the region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    oidc: Option<String>,
    sso: Option<String>,
}

impl Endpoints {
    /// The overrides of the environment, before those of the AWS config, which `configured` tells by
    /// service id (`sso_oidc`, `sso`).
    pub fn new(env: &Env, configured: impl Fn(&str) -> Option<String>) -> Self {
        if env
            .get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|v| v.eq_ignore_ascii_case("true"))
        {
            return Self::default();
        }
        let find = |service: &str| {
            env.get(&format!(
                "AWS_ENDPOINT_URL_{}",
                service.to_ascii_uppercase()
            ))
            .or_else(|| env.get("AWS_ENDPOINT_URL"))
            .map(str::to_owned)
            .or_else(|| configured(service))
            .map(|url| url.trim_end_matches('/').to_owned())
        };
        Self {
            oidc: find("sso_oidc"),
            sso: find("sso"),
        }
    }

    /// SSO OIDC. Dual-stack portals (`….app.aws`) need its dual-stack endpoint (L13).
    #[must_use]
    pub fn oidc(&self, region: &str, start_url: &str) -> String {
        let partition = of_region(region);
        let host = start_url
            .split_once("://")
            .map_or(start_url, |(_, rest)| rest);
        let host = host.split(['/', '?', '#']).next().unwrap_or(host);
        let suffix = if host.ends_with(".app.aws") || host.contains(".app.amazonwebservices.") {
            partition.dual_stack_suffix
        } else {
            partition.dns_suffix
        };
        self.oidc
            .clone()
            .unwrap_or_else(|| format!("https://oidc.{region}.{suffix}"))
    }

    /// The portal's service.
    #[must_use]
    pub fn portal(&self, region: &str) -> String {
        let suffix = of_region(region).dns_suffix;
        self.sso
            .clone()
            .unwrap_or_else(|| format!("https://portal.sso.{region}.{suffix}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_region() {
        let endpoints = Endpoints::new(&Env::default(), |_| None);
        let url = "https://d-1.awsapps.com/start";
        assert_eq!(
            endpoints.oidc("eu-west-1", url),
            "https://oidc.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            endpoints.oidc("us-east-1", "https://ssoins-1.portal.us-east-1.app.aws"),
            "https://oidc.us-east-1.api.aws"
        );
        assert_eq!(
            endpoints.portal("cn-north-1"),
            "https://portal.sso.cn-north-1.amazonaws.com.cn"
        );
    }

    #[test]
    fn overrides_in_their_order() {
        let env: Env = [
            ("AWS_ENDPOINT_URL_SSO", "http://a/"),
            ("AWS_ENDPOINT_URL", "http://b"),
        ]
        .into_iter()
        .collect();
        let configured = |service: &str| Some(format!("http://config/{service}"));
        let endpoints = Endpoints::new(&env, configured);
        assert_eq!(endpoints.portal("x"), "http://a");
        assert_eq!(endpoints.oidc("x", ""), "http://b");
        let endpoints = Endpoints::new(&Env::default(), configured);
        assert_eq!(endpoints.oidc("x", ""), "http://config/sso_oidc");
        let env = env.with("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE");
        assert_eq!(Endpoints::new(&env, configured), Endpoints::default());
    }
}
