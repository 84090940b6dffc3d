//! A customer-managed SAML app whose ACS is on this machine: `http://127.0.0.1:PORT/saml/acs`. The user's
//! own browser posts the response here; so can every web page in it, and every program on this machine.
//!
//! Read are only posts of this user's programs that the browser loads as a page of its own. Which of them is
//! taken is the caller's decision, which gets the `Origin`. A post that is not taken gets a page and ends
//! nothing.

use std::cell::Cell;
use std::io;
use std::net::Ipv6Addr;
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderValue, ORIGIN};
use hyper::{Method, Request, StatusCode};
use tokio::net::TcpSocket;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::{CaptureError, NOT_TAKEN, TO_CONFIRM, Verdict, posting_page, response_in};
use crate::domain::Secret;
use crate::loopback::owner::Peers;
use crate::loopback::{self, Limits, Reply, Visitor, is_top_level_navigation, page};

/// The port of an app that names none.
pub(crate) const DEFAULT_PORT: u16 = 35_077;

/// The path of the ACS.
const PATH: &str = "/saml/acs";

/// The maximum length of a body; STS accepts much less.
const MAX_BYTES: usize = 2 << 20;

/// Questions to the user that wait at once; more are refused.
const MAX_QUESTIONS: usize = 8;

/// A listener that waits for one response.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: loopback::Listener,
    /// The same port of `::1`, which a browser may try first where the app's address says `localhost`. It is held,
    /// so that no other program gets the response there, and does not listen: the browser goes on to 127.0.0.1.
    _held: Option<TcpSocket>,
}

impl Listener {
    /// Listens on loopback. `0` takes a free port.
    ///
    /// # Errors
    /// [`CaptureError::PortTaken`].
    pub(crate) async fn bind(port: u16, peers: Peers) -> Result<Self, CaptureError> {
        let taken = |error: io::Error| CaptureError::PortTaken {
            port,
            detail: error.to_string(),
        };
        let listener = loopback::Listener::bind(port, peers).await.map_err(taken)?;
        let socket = TcpSocket::new_v6();
        let held = socket.and_then(|socket| {
            let port = listener.port();
            socket.bind((Ipv6Addr::LOCALHOST, port).into())?;
            Ok(socket)
        });
        Ok(Self {
            listener,
            _held: match held {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(taken(error)),
                // Any other error: there is no such address here.
                held => held.ok(),
            },
        })
    }

    /// The address that the app must post to.
    #[must_use]
    pub(crate) fn acs(&self) -> String {
        format!("http://{}{PATH}", self.listener.host())
    }

    /// Waits for the response. `check` gets the value of `SAMLResponse` and the origin of the page that
    /// posted it, where the browser tells; `ask` asks the user, while other posts are still answered.
    ///
    /// # Errors
    /// [`CaptureError::TimedOut`]. A question that is open by then still counts.
    pub(crate) async fn response<T>(
        &self,
        limit: Duration,
        check: impl Fn(Secret, Option<String>) -> Verdict<T>,
        ask: impl AsyncFn(&T) -> bool,
    ) -> Result<T, CaptureError> {
        let deadline = Instant::now() + limit;
        let taken = Cell::new(false);
        let (questions, mut asked) = mpsc::channel(MAX_QUESTIONS);
        let serving = self
            .listener
            .first(Limits::BROWSER, async |request, visitor| {
                let (response, origin) = match self.read(request, visitor).await {
                    Ok(read) => read,
                    Err(refusal) => return (*refusal, None),
                };
                match check(response, origin) {
                    Verdict::Take(found) if !taken.replace(true) => (done(), Some(found)),
                    Verdict::Ask(found) => match questions.try_send(found) {
                        Ok(()) => (to_confirm(), None),
                        Err(_) => (not_taken(), None),
                    },
                    _ => (not_taken(), None),
                }
            });
        let asking = async {
            while let Ok(Some(found)) = timeout_at(deadline, asked.recv()).await {
                if ask(&found).await {
                    return Some(found);
                }
            }
            None
        };
        tokio::pin!(serving);
        let found = tokio::select! {
            found = &mut serving => Some(found),
            found = asking => found,
        };
        match found {
            Some(found) => Ok(found),
            // Its page is on the way to the browser.
            None if taken.get() => Ok(serving.await),
            None => Err(CaptureError::TimedOut {
                seconds: limit.as_secs(),
            }),
        }
    }

    /// The response that a request brings, and the origin of its page.
    async fn read(
        &self,
        request: Request<Incoming>,
        visitor: &Visitor,
    ) -> Result<(Secret, Option<String>), Box<Reply>> {
        let refused = |status, text| Err(Box::new(page(status, "Not found", text)));
        if !self.listener.is_named_locally_by(&request) {
            return refused(StatusCode::MISDIRECTED_REQUEST, "This is another host.");
        }
        if request.uri().path() != PATH {
            return refused(StatusCode::NOT_FOUND, "Not found.");
        }
        if request.method() != Method::POST {
            let text = "This page accepts a SAML response as a POST.";
            return refused(StatusCode::METHOD_NOT_ALLOWED, text);
        }
        if !is_top_level_navigation(&request) {
            let text = "Background requests and frames are refused.";
            return refused(StatusCode::FORBIDDEN, text);
        }
        let header = request.headers().get(ORIGIN).map(HeaderValue::to_str);
        let Ok(origin) = header.transpose().map_err(drop).and_then(posting_page) else {
            return refused(StatusCode::BAD_REQUEST, "The Origin cannot be read.");
        };
        if self.listener.admit(visitor.from()).await.is_err() {
            return refused(StatusCode::FORBIDDEN, "This port belongs to another user.");
        }
        let Ok(body) = Limited::new(request.into_body(), MAX_BYTES).collect().await else {
            return refused(StatusCode::PAYLOAD_TOO_LARGE, "The request is too long.");
        };
        let body = zeroize::Zeroizing::new(body.to_bytes().to_vec());
        match response_in(&body) {
            Some(value) => Ok((value, origin)),
            None => refused(StatusCode::BAD_REQUEST, "The request has no SAMLResponse."),
        }
    }
}

fn done() -> Reply {
    let text = "Done. You can close this page and return to the terminal.";
    page(StatusCode::OK, "Done", text)
}

fn to_confirm() -> Reply {
    page(StatusCode::OK, TO_CONFIRM.0, TO_CONFIRM.1)
}

fn not_taken() -> Reply {
    page(StatusCode::FORBIDDEN, NOT_TAKEN.0, NOT_TAKEN.1)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    async fn send(port: u16, text: String) -> String {
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

    #[tokio::test]
    async fn no_other_program_has_the_port_of_localhost() {
        let Ok(other) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
            return;
        };
        let port = other.local_addr().unwrap().port();
        let taken = Listener::bind(port, Peers::User).await.unwrap_err();
        assert!(matches!(taken, CaptureError::PortTaken { .. }), "{taken}");
        drop(other);
        let _listener = Listener::bind(port, Peers::User).await.unwrap();
        TcpListener::bind((Ipv6Addr::LOCALHOST, port)).unwrap_err();
        // A browser that tries it goes on to 127.0.0.1.
        let refused = TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await;
        assert_eq!(
            refused.unwrap_err().kind(),
            io::ErrorKind::ConnectionRefused
        );
    }

    #[test]
    fn one_post_to_the_right_place_and_nothing_else() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = Listener::bind(0, Peers::User).await.unwrap();
            let port = listener.listener.port();
            assert_eq!(listener.acs(), format!("http://127.0.0.1:{port}/saml/acs"));
            assert!(matches!(
                Listener::bind(port, Peers::User).await,
                Err(CaptureError::PortTaken { .. })
            ));
            let asking = async {
                let good = "SAMLResponse=PFJlc3BvbnNlLz4%3D&RelayState=";
                for (host, path, body, status) in [
                    ("evil.example:PORT", "/saml/acs", good, "421"),
                    ("127.0.0.1:PORT", "/", good, "404"),
                    ("127.0.0.1:PORT", "/saml/acs", "x=1", "400"),
                    ("127.0.0.1:PORT", "/saml/acs", "SAMLResponse=", "400"),
                    ("127.0.0.1:PORT", "/saml/acs", "SAMLResponse=no", "403"),
                ] {
                    let answer = send(port, post(port, host, path, body)).await;
                    assert!(
                        answer.starts_with(&format!("HTTP/1.1 {status}")),
                        "{answer}"
                    );
                }
                let get = format!(
                    "GET /saml/acs?SAMLResponse=x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
                );
                assert!(send(port, get).await.starts_with("HTTP/1.1 405"));
                let here = |port| post(port, "127.0.0.1:PORT", "/saml/acs", good);
                let quietly = here(port).replace("Host:", "Sec-Fetch-Mode: no-cors\r\nHost:");
                assert!(send(port, quietly).await.starts_with("HTTP/1.1 403"));
                for header in [
                    "Sec-Fetch-Dest: iframe",
                    "Origin: https://a.example/path",
                    "Origin: nonsense",
                ] {
                    let odd = here(port).replace("Host:", &format!("{header}\r\nHost:"));
                    let answer = send(port, odd).await;
                    assert!(answer.starts_with("HTTP/1.1 40"), "{header}: {answer}");
                }
                let mut silent = Vec::new();
                for _ in 0..=Limits::BROWSER.connections {
                    silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
                }
                let mut nothing = String::new();
                silent[0].read_to_string(&mut nothing).await.unwrap();
                assert_eq!(nothing, "", "the first gave way");
                let answer = send(port, here(port)).await;
                assert!(answer.contains("You can close this page"), "{answer}");
            };
            let check = |response: Secret, origin: Option<String>| match response.expose() {
                "no" => Verdict::Refuse,
                _ => {
                    assert_eq!(origin, None);
                    Verdict::Take(response)
                }
            };
            let (response, ()) = tokio::join!(
                listener.response(Duration::from_secs(20), check, async |_| false),
                asking
            );
            assert_eq!(response.unwrap().expose(), "PFJlc3BvbnNlLz4=");
            let listener = Listener::bind(0, Peers::User).await.unwrap();
            let late = listener
                .response(Duration::from_millis(1), check, async |_| false)
                .await;
            assert!(matches!(late, Err(CaptureError::TimedOut { .. })));
        });
    }
}
