//! A customer-managed SAML app whose ACS is on this machine: `http://127.0.0.1:PORT/saml/acs`. One
//! POST is taken, on loopback only; the person's own browser does the rest.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{CaptureError, DONE};
use crate::domain::Secret;
use crate::saml::assertion::{AssertionError, parse_secret};

/// The port of an app that names none.
pub const DEFAULT_PORT: u16 = 35_077;

/// The path of the ACS.
const PATH: &str = "/saml/acs";

/// No body is longer; STS itself takes much less.
const MOST_BYTES: usize = 2 << 20;

/// Connections at once; the oldest gives way to whoever comes after.
const MOST_CONNECTIONS: usize = 32;

/// How long a connection may take to say what it wants, and to send all of it.
const HEADER_TIME: Duration = Duration::from_secs(10);
const BODY_TIME: Duration = Duration::from_secs(30);

/// The pause after a connection that could not be accepted: there may be no descriptor left.
const BREATH: Duration = Duration::from_millis(100);

/// How long the closing page may take to be sent.
const FAREWELL: Duration = Duration::from_secs(1);

/// A listener that waits for one response.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    port: u16,
}

impl Listener {
    /// Listens on loopback. `0` takes a free port.
    ///
    /// # Errors
    /// [`CaptureError::PortTaken`].
    pub async fn bind(port: u16) -> Result<Self, CaptureError> {
        let taken = |error: std::io::Error| CaptureError::PortTaken {
            port,
            detail: error.to_string(),
        };
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port)))
            .await
            .map_err(taken)?;
        let port = listener.local_addr().map_err(taken)?.port();
        Ok(Self { listener, port })
    }

    /// The address that the app must post to.
    #[must_use]
    pub fn acs(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits for the response: the value of `SAMLResponse`.
    ///
    /// # Errors
    /// [`CaptureError::TimedOut`].
    pub async fn response(self, patience: Duration) -> Result<Secret, CaptureError> {
        let (sender, mut receiver) = oneshot::channel();
        let waiting = Arc::new(Mutex::new(Some(sender)));
        let mut connections = JoinSet::new();
        let mut guests: VecDeque<AbortHandle> = VecDeque::new();
        let until = Instant::now() + patience;
        let found = loop {
            tokio::select! {
                found = &mut receiver => break found.ok(),
                () = sleep_until(until) => break None,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                accepted = self.listener.accept() => {
                    let Ok((stream, _)) = accepted else {
                        sleep(BREATH).await;
                        continue;
                    };
                    guests.retain(|guest| !guest.is_finished());
                    if guests.len() >= MOST_CONNECTIONS && let Some(oldest) = guests.pop_front() {
                        oldest.abort();
                    }
                    let (waiting, port) = (Arc::clone(&waiting), self.port);
                    guests.push_back(connections.spawn(async move {
                        let service = service_fn(move |request| serve(request, port, Arc::clone(&waiting)));
                        let connection = hyper::server::conn::http1::Builder::new()
                            .timer(TokioTimer::new())
                            .header_read_timeout(HEADER_TIME)
                            .keep_alive(false)
                            .serve_connection(TokioIo::new(stream), service);
                        // A browser that goes away has said what it had to say.
                        let _ = timeout(BODY_TIME, connection).await;
                    }));
                },
            }
        };
        // The person's last page is on its way.
        let _ = timeout(FAREWELL, async {
            while connections.join_next().await.is_some() {}
        })
        .await;
        found.ok_or(CaptureError::TimedOut {
            seconds: patience.as_secs(),
        })
    }
}

type Waiting = Arc<Mutex<Option<oneshot::Sender<Secret>>>>;

async fn serve(
    request: Request<Incoming>,
    port: u16,
    waiting: Waiting,
) -> Result<Response<Full<Bytes>>, Infallible> {
    // A name that resolves to this machine is not this machine's name: no DNS rebinding.
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let ours = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    if !host.is_some_and(|host| ours.iter().any(|own| own == host)) {
        return Ok(page(StatusCode::MISDIRECTED_REQUEST, "Not here."));
    }
    if request.uri().path() != PATH {
        return Ok(page(StatusCode::NOT_FOUND, "Nothing is here."));
    }
    if request.method() != Method::POST {
        return Ok(page(
            StatusCode::METHOD_NOT_ALLOWED,
            "A SAML response is posted here.",
        ));
    }
    // A page of somebody else's may post here, too; in the background it may not.
    let mode = request.headers().get("sec-fetch-mode");
    if mode.is_some_and(|mode| mode.as_bytes() != b"navigate") {
        return Ok(page(StatusCode::FORBIDDEN, "Not in the background."));
    }
    let Ok(body) = Limited::new(request.into_body(), MOST_BYTES)
        .collect()
        .await
    else {
        return Ok(page(StatusCode::PAYLOAD_TOO_LARGE, "That is too long."));
    };
    let body = zeroize::Zeroizing::new(body.to_bytes().to_vec());
    let value = url::form_urlencoded::parse(&body)
        .find(|(name, _)| name == "SAMLResponse")
        .map(|(_, value)| Secret::new(value.into_owned()))
        .filter(|value| !value.is_empty());
    let Some(value) = value else {
        return Ok(page(
            StatusCode::BAD_REQUEST,
            "There is no SAMLResponse in it.",
        ));
    };
    if !is_response(&value) {
        return Ok(page(StatusCode::BAD_REQUEST, "That is no SAML response."));
    }
    let sender = waiting.lock().ok().and_then(|mut sender| sender.take());
    Ok(match sender.map(|sender| sender.send(value)) {
        Some(Ok(())) => page(StatusCode::OK, DONE),
        // One response is taken, the first.
        _ => page(StatusCode::CONFLICT, "A response was taken already."),
    })
}

/// Whether it is one at all, be it a refusal: anything else must not take the place of the one that is
/// waited for.
fn is_response(value: &Secret) -> bool {
    use AssertionError::{Empty, NotAResponse, NotBase64, NotXml, TooLong};
    !matches!(
        parse_secret(value),
        Err(Empty | TooLong | NotBase64 | NotXml { .. } | NotAResponse { .. })
    )
}

fn page(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    headers.insert("connection", HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    async fn say(port: u16, text: String) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    fn post(port: u16, host: &str, path: &str, body: &str) -> String {
        let host = host.replace("PORT", &port.to_string());
        format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
            body.len()
        )
    }

    #[test]
    fn one_post_to_the_right_place_and_nothing_else() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = Listener::bind(0).await.unwrap();
            let port = listener.port;
            assert_eq!(listener.acs(), format!("http://127.0.0.1:{port}/saml/acs"));
            assert!(matches!(
                Listener::bind(port).await,
                Err(CaptureError::PortTaken { .. })
            ));
            let asking = async {
                let good = "SAMLResponse=PFJlc3BvbnNlLz4%3D&RelayState=";
                for (host, path, body, status) in [
                    ("evil.example:PORT", "/saml/acs", good, "421"),
                    ("127.0.0.1:PORT", "/", good, "404"),
                    ("127.0.0.1:PORT", "/saml/acs", "x=1", "400"),
                    ("127.0.0.1:PORT", "/saml/acs", "SAMLResponse=", "400"),
                    ("127.0.0.1:PORT", "/saml/acs", "SAMLResponse=PHg%2B", "400"),
                ] {
                    let answer = say(port, post(port, host, path, body)).await;
                    assert!(
                        answer.starts_with(&format!("HTTP/1.1 {status}")),
                        "{answer}"
                    );
                }
                let get = format!(
                    "GET /saml/acs?SAMLResponse=x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
                );
                assert!(say(port, get).await.starts_with("HTTP/1.1 405"));
                let here = |port| post(port, "127.0.0.1:PORT", "/saml/acs", good);
                let quietly = here(port).replace("Host:", "Sec-Fetch-Mode: no-cors\r\nHost:");
                assert!(say(port, quietly).await.starts_with("HTTP/1.1 403"));
                let mut silent = Vec::new();
                for _ in 0..=MOST_CONNECTIONS {
                    silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
                }
                let mut nothing = String::new();
                silent[0].read_to_string(&mut nothing).await.unwrap();
                assert_eq!(nothing, "", "the first gave way");
                let answer = say(port, here(port)).await;
                assert!(answer.contains("You can close this window"), "{answer}");
            };
            let (response, ()) = tokio::join!(listener.response(Duration::from_secs(20)), asking);
            assert_eq!(response.unwrap().expose(), "PFJlc3BvbnNlLz4=");
            let listener = Listener::bind(0).await.unwrap();
            let late = listener.response(Duration::from_millis(1)).await;
            assert!(matches!(late, Err(CaptureError::TimedOut { .. })));
        });
    }
}
