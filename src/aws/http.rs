//! The HTTP client of all services: proxies, CA bundle and time-outs as the environment says.

use std::path::Path;
use std::time::Duration;

use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::failure::Failure;
use crate::config::Env;
use crate::domain::{Problem, ProblemKind};

/// A connection that takes longer is not going to happen.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(6);

/// The services answer within a second; a proxy may think longer.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A page of more bytes than this is no portal's front page.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// One connection pool, shared by its clones.
#[derive(Clone, Debug)]
pub struct Http {
    connector: SharedHttpConnector,
    proxy: Option<String>,
}

/// An answer to a plain GET or HEAD.
#[derive(Debug)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// Where it points to, if it does.
    pub location: Option<String>,
    /// The body, as text.
    pub text: String,
}

impl Http {
    /// The client that an environment asks for. `ca_bundle` is the AWS config's; `AWS_CA_BUNDLE` is
    /// stronger.
    ///
    /// # Errors
    /// A proxy's address or a CA bundle that cannot be used.
    pub fn new(env: &Env, ca_bundle: Option<&Path>) -> Result<Self, Problem> {
        let ca_bundle = env.get_os("AWS_CA_BUNDLE").map(Path::new).or(ca_bundle);
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .build();
        let (proxy, name) = proxy(env)?;
        let connector = Connector::builder()
            .connector_settings(settings)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .proxy_config(proxy)
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls(ca_bundle)?)
            .build();
        Ok(Self {
            connector: SharedHttpConnector::new(connector),
            proxy: name,
        })
    }

    /// For the SDKs' clients.
    pub(super) fn client(&self) -> SharedHttpClient {
        let connector = self.connector.clone();
        http_client_fn(move |_, _| connector.clone())
    }

    /// The proxy in between, for the words of an error; without its password.
    pub(super) fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// One request without credentials; redirects are the caller's to follow.
    ///
    /// # Errors
    /// No answer, or one that is too long.
    pub async fn fetch(&self, method: &str, url: &str) -> Result<Page, Failure> {
        let other = |detail: String| Failure::Malformed { detail };
        let mut request = HttpRequest::new(SdkBody::empty());
        request
            .set_uri(url)
            .map_err(|error| other(error.to_string()))?;
        request
            .set_method(method)
            .map_err(|error| other(error.to_string()))?;
        let response: HttpResponse = self
            .connector
            .call(request)
            .await
            .map_err(|error| Failure::of_connector(&error, self.proxy()))?;
        let status = response.status().as_u16();
        let location = response.headers().get("location").map(str::to_owned);
        let mut body = ByteStream::new(response.into_body());
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| other(error.to_string()))?;
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST_BYTES {
                return Err(other(format!("{url} answered with too many bytes")));
            }
        }
        Ok(Page {
            status,
            location,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }
}

fn tls(ca_bundle: Option<&Path>) -> Result<TlsContext, Problem> {
    let problem = |path: &Path, detail: String| {
        Problem::new(
            ProblemKind::File,
            format!("the CA bundle {} cannot be used", path.display()),
        )
        .detail(detail)
        .hint("check AWS_CA_BUNDLE, or ca_bundle in the AWS config: a file of PEM certificates")
    };
    let mut store = TrustStore::default();
    if let Some(path) = ca_bundle {
        let pem = crate::config::env::read_ca_bundle(path)
            .map_err(|error| problem(path, error.to_string()))?;
        if !pem
            .windows(27)
            .any(|window| window == b"-----BEGIN CERTIFICATE-----")
        {
            return Err(problem(path, "it has no certificate".to_owned()));
        }
        store.add_pem_certificate(pem);
    }
    TlsContext::builder()
        .with_trust_store(store)
        .build()
        .map_err(|error| {
            problem(
                ca_bundle.unwrap_or_else(|| Path::new("of the system")),
                error.to_string(),
            )
        })
}

/// The proxy for the services' `https`, as curl and the AWS CLI find it; lower case first.
fn proxy(env: &Env) -> Result<(ProxyConfig, Option<String>), Problem> {
    let get = |name: &str| {
        env.get(&name.to_ascii_lowercase())
            .or_else(|| env.get(name))
    };
    let https = get("HTTPS_PROXY").or_else(|| get("ALL_PROXY"));
    let Some((text, is_https)) = https
        .map(|p| (p, true))
        .or_else(|| get("HTTP_PROXY").map(|p| (p, false)))
    else {
        return Ok((ProxyConfig::disabled(), None));
    };
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let name = without_password(&text);
    let config = if is_https {
        ProxyConfig::https(text)
    } else {
        ProxyConfig::http(text)
    };
    let config = config.map_err(|_password_in_it| {
        Problem::new(
            ProblemKind::Usage,
            format!("the proxy {name} is not an address"),
        )
        .hint("check HTTPS_PROXY; it looks like http://proxy.example.com:3128")
    })?;
    let config = match get("NO_PROXY") {
        Some(rules) => config.no_proxy(rules),
        None => config,
    };
    // A proxy for plain http alone is not in the way of the services.
    Ok((config, is_https.then_some(name)))
}

fn without_password(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
            format!("{scheme}://{host}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies() {
        let name = |pairs: &[(&str, &str)]| proxy(&pairs.iter().copied().collect()).unwrap().1;
        assert_eq!(name(&[]), None);
        assert_eq!(name(&[("HTTP_PROXY", "http://p:1")]), None);
        assert_eq!(
            name(&[("HTTPS_PROXY", "u:secret@p:1")]).as_deref(),
            Some("http://p:1")
        );
        assert_eq!(
            name(&[("HTTPS_PROXY", "http://a:1"), ("https_proxy", "b:2")]).as_deref(),
            Some("http://b:2")
        );
        let problem = proxy(
            &[("HTTPS_PROXY", "http://u:secret@ bad")]
                .into_iter()
                .collect(),
        )
        .unwrap_err();
        assert!(!format!("{problem:?}").contains("secret"));
    }

    #[test]
    fn a_ca_bundle_without_certificates_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let problem = Http::new(&Env::default(), Some(file.path())).unwrap_err();
        assert!(problem.to_string().contains("CA bundle"), "{problem}");
    }
}
