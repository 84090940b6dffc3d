//! A customer-managed SAML app whose ACS is on this machine: `http://127.0.0.1:PORT/saml/acs`. One
//! POST is taken, on loopback only; the person's own browser does the rest.

use std::cell::Cell;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::time::timeout;

use super::{CaptureError, DONE};
use crate::domain::Secret;
use crate::loopback::owner::Peers;
use crate::loopback::{self, Limits, Reply, is_navigation};
use crate::saml::assertion::{AssertionError, parse_secret};

/// The port of an app that names none.
pub const DEFAULT_PORT: u16 = 35_077;

/// The path of the ACS.
const PATH: &str = "/saml/acs";

/// No body is longer; STS itself takes much less.
const MOST_BYTES: usize = 2 << 20;

/// A listener that waits for one response.
#[derive(Debug)]
pub struct Listener {
    listener: loopback::Listener,
}

impl Listener {
    /// Listens on loopback. `0` takes a free port.
    ///
    /// # Errors
    /// [`CaptureError::PortTaken`].
    pub async fn bind(port: u16) -> Result<Self, CaptureError> {
        let listener = loopback::Listener::bind(port, Peers::User)
            .await
            .map_err(|error| CaptureError::PortTaken {
                port,
                detail: error.to_string(),
            })?;
        Ok(Self { listener })
    }

    fn port(&self) -> u16 {
        self.listener.address().port()
    }

    /// The address that the app must post to.
    #[must_use]
    pub fn acs(&self) -> String {
        format!("http://{}{PATH}", self.listener.host())
    }

    /// Waits for the response: the value of `SAMLResponse`.
    ///
    /// # Errors
    /// [`CaptureError::TimedOut`].
    pub async fn response(self, patience: Duration) -> Result<Secret, CaptureError> {
        let (taken, port) = (Cell::new(false), self.port());
        let response = self.listener.first(Limits::BROWSER, async |request, _| {
            serve(request, port, &taken).await
        });
        timeout(patience, response)
            .await
            .map_err(|_late| CaptureError::TimedOut {
                seconds: patience.as_secs(),
            })
    }
}

/// The answer to a request, and the response that it brought; one is taken, the first.
async fn serve(
    request: Request<Incoming>,
    port: u16,
    taken: &Cell<bool>,
) -> (Reply, Option<Secret>) {
    match response_in(request, port).await {
        Err(refusal) => (*refusal, None),
        Ok(_) if taken.replace(true) => (
            page(StatusCode::CONFLICT, "A response was taken already."),
            None,
        ),
        Ok(value) => (page(StatusCode::OK, DONE), Some(value)),
    }
}

/// The response that a request brings, if it may.
async fn response_in(request: Request<Incoming>, port: u16) -> Result<Secret, Box<Reply>> {
    let refused = |status, text| Err(Box::new(page(status, text)));
    // A name that resolves to this machine is not this machine's name: no DNS rebinding.
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let ours = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    if !host.is_some_and(|host| ours.iter().any(|own| own == host)) {
        return refused(StatusCode::MISDIRECTED_REQUEST, "Not here.");
    }
    if request.uri().path() != PATH {
        return refused(StatusCode::NOT_FOUND, "Nothing is here.");
    }
    if request.method() != Method::POST {
        return refused(
            StatusCode::METHOD_NOT_ALLOWED,
            "A SAML response is posted here.",
        );
    }
    // A page of somebody else's may post here, too; in the background it may not.
    if !is_navigation(&request) {
        return refused(StatusCode::FORBIDDEN, "Not in the background.");
    }
    let Ok(body) = Limited::new(request.into_body(), MOST_BYTES)
        .collect()
        .await
    else {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "That is too long.");
    };
    let body = zeroize::Zeroizing::new(body.to_bytes().to_vec());
    let value = url::form_urlencoded::parse(&body)
        .find(|(name, _)| name == "SAMLResponse")
        .map(|(_, value)| Secret::new(value.into_owned()))
        .filter(|value| !value.is_empty());
    let Some(value) = value else {
        return refused(StatusCode::BAD_REQUEST, "There is no SAMLResponse in it.");
    };
    if !is_response(&value) {
        return refused(StatusCode::BAD_REQUEST, "That is no SAML response.");
    }
    Ok(value)
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

fn page(status: StatusCode, text: &'static str) -> Reply {
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
            let port = listener.port();
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
                for _ in 0..=Limits::BROWSER.connections {
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
