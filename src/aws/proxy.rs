//! Proxies, from our snapshot of the environment rather than the process's own (docs/architecture.md#ambient-state).
//!
//! `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`; the lower-case name wins, as in curl and the AWS CLI.

use aws_smithy_http_client::proxy::ProxyConfig;
use hyper_util::client::proxy::matcher::Matcher;

use super::error::Error;
use crate::config::Env;

/// The proxies of one environment.
#[derive(Debug)]
pub(super) struct Proxies {
    https: Option<String>,
    http: Option<String>,
    no_proxy: String,
    matcher: Matcher,
}

impl Proxies {
    pub(super) fn from_env(env: &Env) -> Result<Self, Error> {
        let https = url(env, "https_proxy", "HTTPS_PROXY")?;
        let http = url(env, "http_proxy", "HTTP_PROXY")?;
        let no_proxy = env
            .get("no_proxy")
            .or_else(|| env.get("NO_PROXY"))
            .unwrap_or_default();
        let hosts: Vec<_> = no_proxy.split(',').map(host).collect();
        let no_proxy = hosts.join(",");
        // The matchers take `*` for names only, not for addresses.
        let none = hosts.contains(&"*");
        let (https, http) = if none { (None, None) } else { (https, http) };
        let matcher = Matcher::builder()
            .https(https.clone().unwrap_or_default())
            .http(http.clone().unwrap_or_default())
            .no(no_proxy.clone())
            .build();
        Ok(Self {
            https,
            http,
            no_proxy,
            matcher,
        })
    }

    /// The proxy configuration of the connector for `https://` targets.
    pub(super) fn for_https(&self) -> ProxyConfig {
        self.https
            .as_deref()
            .and_then(|url| ProxyConfig::https(url).ok())
            .map_or_else(ProxyConfig::disabled, |config| {
                config.no_proxy(&self.no_proxy)
            })
    }

    /// The proxy configuration of the connector for `http://` targets.
    pub(super) fn for_http(&self) -> ProxyConfig {
        self.http
            .as_deref()
            .and_then(|url| ProxyConfig::http(url).ok())
            .map_or_else(ProxyConfig::disabled, |config| {
                config.no_proxy(&self.no_proxy)
            })
    }

    /// `true` if the connection to the proxy for `http://` targets needs TLS.
    pub(super) fn http_needs_tls(&self) -> bool {
        self.http
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
    }

    /// The proxy that is used for `url`, without its credentials.
    pub(super) fn before(&self, url: &str) -> Option<String> {
        let target: hyper::Uri = url.parse().ok()?;
        let proxy = self.matcher.intercept(&target)?;
        proxy.uri().authority().map(ToString::to_string)
    }
}

/// The host of an entry of `NO_PROXY`. The matchers know neither ports nor the brackets around an address.
fn host(entry: &str) -> &str {
    let entry = entry.trim();
    if let Some((address, _)) = entry.strip_prefix('[').and_then(|it| it.split_once(']')) {
        return address;
    }
    match entry.split_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => entry,
    }
}

/// `true` if a proxy has a port that no host has, which the library would drop.
fn has_bad_port(url: &str) -> bool {
    let Ok(uri) = url.parse::<hyper::Uri>() else {
        return false;
    };
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let host = authority.rsplit(['@', ']']).next().unwrap_or_default();
    host.contains(':') && uri.port_u16().is_none_or(|port| port == 0)
}

fn url(env: &Env, lower: &'static str, upper: &'static str) -> Result<Option<String>, Error> {
    let Some((variable, value)) = env
        .get(lower)
        .map(|value| (lower, value))
        .or_else(|| env.get(upper).map(|value| (upper, value)))
    else {
        return Ok(None);
    };
    let value = if value.contains("://") {
        value.to_owned()
    } else {
        format!("http://{value}")
    };
    if has_raw_separator(&value) {
        return Err(Error::Proxy {
            variable,
            detail: "its user or password has a character that must be percent-encoded".to_owned(),
        });
    }
    if has_bad_port(&value) {
        return Err(Error::Proxy {
            variable,
            detail: "its port is not a number from 1 to 65535".to_owned(),
        });
    }
    match ProxyConfig::all(value.as_str()) {
        Ok(_) => Ok(Some(value)),
        Err(error) => Err(Error::Proxy {
            variable,
            // The library's message never repeats the URL; a password could be in it.
            detail: error.to_string(),
        }),
    }
}

/// `true` if a user name or password has one of the characters that end it in a URL. The rest of it would be taken for
/// a host, which is shown, and looked up.
fn has_raw_separator(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    match rest.split_once('@') {
        Some((user, host)) => user.contains(['/', '?', '#', '\\']) || host.contains('@'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Problem;

    fn proxies(variables: &[(&str, &str)]) -> Result<Proxies, Error> {
        Proxies::from_env(&variables.iter().copied().collect())
    }

    #[test]
    fn which_proxy_stands_before_what() {
        let proxies = proxies(&[
            ("HTTPS_PROXY", "http://user:p%40ss@proxy.test:3128"),
            ("http_proxy", "plain.test:8080"),
            ("NO_PROXY", "127.0.0.1, .internal"),
        ])
        .unwrap();
        assert_eq!(
            proxies.before("https://oidc.us-east-1.amazonaws.com/token"),
            Some("proxy.test:3128".to_owned())
        );
        assert_eq!(
            proxies.before("http://example.test/"),
            Some("plain.test:8080".to_owned())
        );
        assert_eq!(proxies.before("http://127.0.0.1:4000/"), None);
        assert_eq!(proxies.before("https://a.internal/"), None);
    }

    #[test]
    fn an_asterisk_is_every_host_and_every_address() {
        let proxies = proxies(&[("HTTP_PROXY", "http://a:1"), ("NO_PROXY", "x.test, *")]).unwrap();
        for url in ["http://127.0.0.1:4000/", "http://y.test/"] {
            assert_eq!(proxies.before(url), None);
        }
    }

    #[test]
    fn hosts_without_a_proxy_may_have_ports_and_brackets() {
        let hosts = "a.test:443, 10.0.0.1:80,[::1],[fd00::1]:443,fd00::2,.b.test:8080,10.1.0.0/16";
        let proxies = proxies(&[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", hosts)]).unwrap();
        for host in [
            "a.test",
            "10.0.0.1",
            "[::1]",
            "[fd00::1]",
            "[fd00::2]",
            "x.b.test",
            "10.1.2.3",
        ] {
            assert_eq!(proxies.before(&format!("https://{host}/")), None, "{host}");
        }
        for host in ["other.test", "[::2]"] {
            assert!(proxies.before(&format!("https://{host}/")).is_some());
        }
    }

    #[test]
    fn a_port_that_no_host_has_is_refused() {
        for (url, is_refused) in [
            ("http://127.0.0.1:99999", true),
            ("127.0.0.1:99999", true),
            ("http://user:pass@proxy.test:0", true),
            ("http://[::1]:99999", true),
            ("http://[::1]", false),
            ("http://user:pass@proxy.test", false),
            ("http://proxy.test:65535/", false),
        ] {
            let refused = proxies(&[("HTTP_PROXY", url)]).is_err();
            assert_eq!(refused, is_refused, "{url}");
        }
    }

    #[test]
    fn lower_case_wins() {
        let proxies = proxies(&[("HTTPS_PROXY", "http://a:1"), ("https_proxy", "http://b:2")]);
        assert_eq!(
            proxies.unwrap().before("https://x.test"),
            Some("b:2".to_owned())
        );
    }

    #[test]
    fn a_password_that_is_not_encoded_is_refused_and_no_part_of_it_is_shown() {
        for url in [
            "http://bob:1234#abc@127.0.0.1:9",
            "http://bob:1234/abc@127.0.0.1:9",
            "http://bob:1234?abc@127.0.0.1:9",
            "http://bob:1234\\abc@127.0.0.1:9",
            "bob:1234#abc@127.0.0.1:9",
            "http://bob:1234@w#abc@127.0.0.1:9",
            "http://bob:12@34@127.0.0.1:9",
            "http://bob#1234:abc@127.0.0.1:9",
        ] {
            let error = proxies(&[("HTTPS_PROXY", url)]).unwrap_err();
            let problem = Problem::from(error);
            let text = format!("{problem:?}");
            assert!(text.contains("percent-encoded"), "{url}: {text}");
            for part in ["bob", "1234", "abc", "34"] {
                assert!(!text.contains(part), "{url}: {text}");
            }
        }
        for url in ["http://proxy.test:1/", "http://bob:%23%2F%40@proxy.test:1"] {
            let proxies = proxies(&[("HTTPS_PROXY", url)]).unwrap();
            assert_eq!(
                proxies.before("https://x.test").as_deref(),
                Some("proxy.test:1")
            );
        }
    }

    #[test]
    fn a_bad_one_is_named_without_its_value() {
        let error = proxies(&[("HTTPS_PROXY", "socks5://user:hunter2@h:1")]).unwrap_err();
        assert!(matches!(
            error,
            Error::Proxy {
                variable: "HTTPS_PROXY",
                ..
            }
        ));
        assert!(!format!("{error:?}").contains("hunter2"));
        let error = proxies(&[("HTTPS_PROXY", "http://user:hun ter2@h:1")]).unwrap_err();
        assert!(!format!("{error:?}").contains("hun ter2"));
    }
}
