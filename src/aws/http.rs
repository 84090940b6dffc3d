//! The one HTTP connector: TLS roots, proxies and timeouts, and the configuration that all SDK clients share.
//!
//! Built by hand because the SDK's default neither takes our environment snapshot nor
//! `AWS_CA_BUNDLE`. The TLS side (which loads the system's certificates) is built at the first
//! `https` request only: a local endpoint override never pays for it.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_sdk_sso::config::{AppName, BehaviorVersion, RuntimeComponents};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::timeout::TimeoutConfig;
use http_body_util::Limited;
use jiff::Timestamp;
use tokio::time::Instant;

use super::ca_bundle;
use super::error::Error;
use super::proxy::Proxies;
use super::unreachable::{Page, Reach, Unreachable};
use crate::config::{Dirs, Env, Owners};
use crate::domain::locked::locked;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum length of an answer: the largest, a page of a hundred accounts, has some twenty kilobytes.
const MAX_BYTES: usize = 4 << 20;

/// The HTTP client of the program: proxies, roots and timeouts in one value. Cheap to clone.
#[derive(Clone)]
pub struct Http(Arc<Inner>);

struct Inner {
    proxies: Proxies,
    roots: Vec<Vec<u8>>,
    secure: OnceLock<SharedHttpConnector>,
    plain: OnceLock<SharedHttpConnector>,
    /// The last `Date` a server sent, and when it came.
    date: Mutex<Option<(Timestamp, Instant)>>,
}

/// The service that a client talks to, for error messages.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) proxy: Option<String>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

/// The users whose files an environment trusts; without a home these are the user and root.
fn owners(env: &Env) -> Owners {
    Dirs::from_env(env).map_or_else(
        |_| Owners::new(Path::new("/")),
        |dirs| dirs.owners().clone(),
    )
}

impl Http {
    /// A client for one environment. `ca_bundle` is the `ca_bundle` of the AWS config; the
    /// variable `AWS_CA_BUNDLE` comes before it.
    ///
    /// # Errors
    /// A CA bundle without a usable certificate, or of another user; a proxy variable that is no URL.
    pub fn new(env: &Env, ca_bundle: Option<&Path>) -> Result<Self, Error> {
        let bundle = env.get_os("AWS_CA_BUNDLE").map(Path::new).or(ca_bundle);
        Ok(Self(Arc::new(Inner {
            proxies: Proxies::from_env(env)?,
            roots: bundle
                .map(|bundle| ca_bundle::read(&owners(env), bundle))
                .transpose()?
                .unwrap_or_default(),
            secure: OnceLock::new(),
            plain: OnceLock::new(),
            date: Mutex::new(None),
        })))
    }

    /// The time according to the last server that answered. It reveals a wrong local clock.
    #[must_use]
    pub fn server_time(&self) -> Option<Timestamp> {
        let (date, came) = (*locked(&self.0.date))?;
        date.checked_add(came.elapsed()).ok()
    }

    /// The proxy for requests to `url`, without its credentials.
    #[must_use]
    pub fn proxy_before(&self, url: &str) -> Option<String> {
        self.0.proxies.before(url)
    }

    pub(super) fn target(&self, endpoint: &str) -> Target {
        let host = url::Url::parse(endpoint)
            .ok()
            .and_then(|url| {
                let host = url.host_str()?;
                Some(
                    url.port()
                        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
                )
            })
            // Never the text itself: a query may hold keys.
            .unwrap_or_else(|| "the endpoint".to_owned());
        Target {
            host,
            proxy: self.proxy_before(endpoint),
        }
    }

    /// One request outside the SDK clients; redirects are not followed.
    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let target = self.target(request.uri());
        let (method, uri) = (request.method().to_owned(), request.uri().to_owned());
        let answer = self.connector(&request).call(request).await;
        log(&method, &uri, answer.as_ref().ok());
        if let Ok(response) = &answer {
            self.note_date(response);
        }
        answer.map_err(|error| {
            Unreachable::from_cause(&error, error.is_timeout(), &target.host, target.proxy)
        })
    }

    fn connector(&self, request: &HttpRequest) -> &SharedHttpConnector {
        if request.uri().starts_with("http://") {
            self.0.plain.get_or_init(|| self.0.build_plain())
        } else {
            self.0.secure.get_or_init(|| self.0.build_secure())
        }
    }

    fn note_date(&self, response: &HttpResponse) {
        let date = response.headers().get("date").and_then(|date| {
            jiff::fmt::rfc2822::DateTimeParser::new()
                .parse_timestamp(date)
                .ok()
        });
        if let Some(date) = date {
            *locked(&self.0.date) = Some((date, Instant::now()));
        }
    }
}

/// Reads the whole body of a response.
///
/// # Errors
/// A connection that ends before the body does, and a body that is longer than any answer.
pub(super) async fn read_body(
    response: &mut HttpResponse,
    target: &Target,
) -> Result<Vec<u8>, Unreachable> {
    let broken = |reach, detail: String| Unreachable {
        reach,
        host: target.host.clone(),
        proxy: target.proxy.clone(),
        detail,
    };
    let mut stream = ByteStream::new(response.take_body());
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| broken(Reach::Dropped, error.to_string()))?;
        if bytes.len() + chunk.len() > MAX_BYTES {
            let detail = format!("it has more than {} MiB", MAX_BYTES >> 20);
            return Err(broken(Reach::TooLong, detail));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

impl Inner {
    fn build_secure(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(
            Connector::builder()
                .connector_settings(settings())
                .sleep_impl(TokioSleep::new())
                .proxy_config(self.proxies.for_https())
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(self.tls())
                .build(),
        )
    }

    fn build_plain(&self) -> SharedHttpConnector {
        let builder = Connector::builder()
            .connector_settings(settings())
            .sleep_impl(TokioSleep::new())
            .proxy_config(self.proxies.for_http());
        SharedHttpConnector::new(if self.proxies.http_needs_tls() {
            builder
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(self.tls())
                .build()
        } else {
            builder.build_http()
        })
    }

    fn tls(&self) -> TlsContext {
        let store = self
            .roots
            .iter()
            .fold(TrustStore::default(), |store, root| {
                store.with_pem_certificate(root.clone())
            });
        TlsContext::builder()
            .with_trust_store(store)
            .build()
            .unwrap_or_default()
    }
}

/// Logs method, host and path of a request and the status of its answer. Never a query, a header or a body: they
/// contain secrets (docs/requirements.md#redaction).
fn log(method: &str, uri: &str, answer: Option<&HttpResponse>) {
    let Ok(url) = url::Url::parse(uri) else {
        return;
    };
    let (host, path) = (url.host_str().unwrap_or_default(), url.path());
    match answer.map(|answer| answer.status().as_u16()) {
        Some(status) => tracing::info!(method, host, path, status, "a request"),
        None => tracing::info!(method, host, path, "request failed without an answer"),
    }
}

fn settings() -> HttpConnectorSettings {
    HttpConnectorSettings::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .build()
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = self.clone();
        let (method, uri) = (request.method().to_owned(), request.uri().to_owned());
        let answer = self.connector(&request).call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            log(&method, &uri, answer.as_ref().ok());
            let response = answer?;
            // The SDKs do not read the answer of a call that returns nothing.
            if response.status().is_success()
                && let Some(page) = Page::of(&response)
            {
                return Err(ConnectorError::other(page.into(), None));
            }
            http.note_date(&response);
            // The SDKs read to the end, and the server decides where that is.
            Ok(response.map(|body| SdkBody::from_body_1_x(Limited::new(body, MAX_BYTES))))
        })
    }
}

impl HttpClient for Http {
    // Timeouts are the same for every client, so there is one connector and one pool.
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// The configuration that the three SDK clients share; a macro because their builders share no trait.
macro_rules! sdk_config {
    ($service:ident, $http:expr, $endpoint:expr, $region:expr) => {{
        let mut builder = $service::Config::builder()
            .behavior_version($crate::aws::http::behavior())
            .http_client($crate::aws::http::client($http))
            .region($service::config::Region::new($region.to_owned()))
            .endpoint_url($endpoint)
            .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
            .time_source(aws_smithy_async::time::SystemTimeSource::new())
            .timeout_config($crate::aws::http::timeouts())
            // Retrying is ours: the SDK knows neither the portal's bucket nor its real errors.
            .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
            .stalled_stream_protection($service::config::StalledStreamProtectionConfig::disabled());
        builder.set_app_name($crate::aws::http::app_name());
        builder
    }};
}
pub(super) use sdk_config;

pub(super) fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

pub(super) fn client(http: &Http) -> SharedHttpClient {
    SharedHttpClient::new(http.clone())
}

/// The name in the user agent.
pub(super) fn app_name() -> Option<AppName> {
    AppName::new(concat!("roledex-", env!("CARGO_PKG_VERSION"))).ok()
}

pub(super) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .operation_timeout(READ_TIMEOUT + CONNECT_TIMEOUT)
        .build()
}
