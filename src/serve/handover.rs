//! A page on loopback that redirects the user's browser to one address, once: the secret in the address
//! (a sign-in to the console, good for fifteen minutes; the `state` of a sign-in to a portal) is then in no
//! program's argument list, where every user of the machine could read it.
//!
//! The browser's argument list has the page's own address instead, and that is worth nothing to anybody
//! else: it is good for one request of this user's, until the browser came. Every other client gets
//! the page that a wrong token gets, and the address stays for the browser. Refused are another
//! `Host` (DNS rebinding), anything but `GET`, what a web page asks in the background, and, where the
//! system tells whose connection it is ([`Peers::User`]), every other user, root among them:
//! a proxy of root's would ask for anybody. A proxy of the user's own is the user's program: where one that listens
//! on loopback asks for whoever connects to it, another user who has the token gets the address through it. Where the system does not tell (not Linux, or no `/proc`),
//! only the token protects it: a user who reads the argument list and is faster than the browser gets it.
//!
//! Under WSL the browser may be Windows' own, whose connections come through a relay of root's, or, with
//! mirrored networking, from no socket of this kernel: both are let in there ([`Peers::UserOrRelay`]).

use std::cell::Cell;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::{HeaderValue, LOCATION};
use hyper::{Method, Request, StatusCode};
use subtle::ConstantTimeEq as _;
use tokio::time::timeout;

use crate::config::random;
use crate::domain::Secret;
use crate::loopback::owner::Peers;
use crate::loopback::{Limits, Listener, Refused, Reply, Visitor, is_navigation, page};

/// The reason why the browser did not get the address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No port could be opened on loopback.
    #[error("cannot open a port on 127.0.0.1 for the browser")]
    Listen(#[source] std::io::Error),
    /// The target is not a web address.
    #[error("cannot send the address to the browser")]
    NotAnAddress,
    /// No browser requested the page in time.
    #[error("no browser opened the page within {seconds} s")]
    NobodyCame {
        /// The timeout (seconds).
        seconds: u64,
        /// The user who was refused last.
        refused: Option<u32>,
    },
}

/// A page that listens and does not answer yet.
#[derive(Debug)]
pub(crate) struct Handover {
    listener: Listener,
    /// `/` and the token.
    path: Secret,
}

impl Handover {
    /// Listens on a free port of 127.0.0.1, with a token of its own.
    ///
    /// # Errors
    /// [`Error::Listen`].
    pub(crate) async fn bind(peers: Peers) -> Result<Self, Error> {
        let listener = Listener::bind(0, peers).await.map_err(Error::Listen)?;
        let mut bytes = [0; 32];
        random::fill(&mut bytes);
        Ok(Self {
            listener,
            path: Secret::new(format!("/{}", URL_SAFE_NO_PAD.encode(bytes))),
        })
    }

    /// The page's address: for the browser's argument list.
    #[must_use]
    pub(crate) fn address(&self) -> Secret {
        Secret::new(format!(
            "http://{}{}",
            self.listener.host(),
            self.path.expose()
        ))
    }

    /// Waits for the browser, and leads it to `url`; the port is closed after that.
    ///
    /// # Errors
    /// [`Error::NobodyCame`], and [`Error::NotAnAddress`].
    pub(crate) async fn give(self, url: Secret, limit: Duration) -> Result<(), Error> {
        let mut location =
            HeaderValue::from_str(url.expose()).map_err(|_would_quote_it| Error::NotAnAddress)?;
        location.set_sensitive(true);
        let desk = Desk {
            page: &self,
            location,
            given: Cell::new(false),
            refused: Cell::new(None),
        };
        let given = self
            .listener
            .first(Limits::BROWSER, async |request, visitor| {
                desk.answer(&request, visitor).await
            });
        match timeout(limit, given).await {
            Ok(()) => Ok(()),
            // The answer was under way when the time was over.
            Err(_) if desk.given.get() => Ok(()),
            Err(_) => Err(Error::NobodyCame {
                seconds: limit.as_secs(),
                refused: desk.refused.get(),
            }),
        }
    }
}

/// The address to hand over, and whether it has been taken.
struct Desk<'a> {
    page: &'a Handover,
    location: HeaderValue,
    given: Cell<bool>,
    refused: Cell<Option<u32>>,
}

impl Desk<'_> {
    async fn answer<B>(&self, request: &Request<B>, visitor: &Visitor) -> (Reply, Option<()>) {
        if !self.is_asked_for(request) || !self.is_for(visitor).await {
            return (nothing(), None);
        }
        // Another one was looked up at the same time, and was faster.
        if self.given.replace(true) {
            return (nothing(), None);
        }
        let mut reply = page(StatusCode::FOUND, "Please wait", "Opening the page.");
        reply.headers_mut().insert(LOCATION, self.location.clone());
        (reply, Some(()))
    }

    /// `true` if a request is the expected one, as far as its method, host, path and headers tell.
    fn is_asked_for<B>(&self, request: &Request<B>) -> bool {
        let path = request.uri().path().as_bytes();
        let known: bool = path.ct_eq(self.page.path.expose().as_bytes()).into();
        known
            && self.page.listener.is_named_by(request)
            && request.method() == Method::GET
            && is_navigation(request)
    }

    /// Looked up only for those who know the token: it costs more than everything else here.
    async fn is_for(&self, visitor: &Visitor) -> bool {
        let admitted = self.page.listener.admit(visitor.from()).await;
        if let Err(Refused::User(uid)) = admitted {
            self.refused.set(Some(uid));
        }
        admitted.is_ok()
    }
}

/// One page for every refusal, which does not tell the reason.
fn nothing() -> Reply {
    page(
        StatusCode::NOT_FOUND,
        "Not found",
        "This page works once. Start again from the terminal.",
    )
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    const URL: &str = "https://signin.example/federation?SigninToken=x";

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(future)
    }

    async fn send(host: &str, text: String) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(host).await?;
        stream.write_all(text.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    #[test]
    fn one_request_of_the_right_kind_is_led_on() {
        block_on(async {
            let page = Handover::bind(Peers::User).await.unwrap();
            let host = page.listener.host().to_owned();
            let path = page.path.expose().to_owned();
            assert_eq!(page.address().expose(), format!("http://{host}{path}"));
            let good = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let browser = async {
                let port = host.strip_prefix("127.0.0.1").unwrap();
                let mode = |mode: &str| {
                    good.replace("\r\n\r\n", &format!("\r\nSec-Fetch-Mode: {mode}\r\n\r\n"))
                };
                for bad in [
                    good.replace(&host, "evil.example"),
                    good.replace(&host, &format!("evil.example{port}")),
                    good.replace(&host, &format!("localhost{port}")),
                    good.replace(&format!("Host: {host}\r\n"), "X: y\r\n"),
                    good.replace(&path, "/"),
                    good.replace(&path, "/favicon.ico"),
                    good.replace(&path, path.split_at(20).0),
                    good.replace(&path, &format!("{path}A")),
                    good.replace(&path, &path.to_ascii_lowercase()),
                    good.replace("GET", "POST"),
                    good.replace("GET", "HEAD"),
                    good.replace("GET", "OPTIONS"),
                    mode("no-cors"),
                    mode("cors"),
                    mode("same-origin"),
                ] {
                    let answer = send(&host, bad.clone()).await.unwrap();
                    assert!(answer.starts_with("HTTP/1.1 404 "), "{bad}{answer}");
                    assert!(!answer.contains("Signin"), "{bad}{answer}");
                }
                let answer = send(&host, mode("navigate")).await.unwrap();
                assert!(answer.starts_with("HTTP/1.1 302 "), "{answer}");
                for header in [
                    &format!("location: {URL}"),
                    "referrer-policy: no-referrer",
                    "cache-control: no-store",
                ] {
                    assert!(answer.contains(&format!("\r\n{header}\r\n")), "{answer}");
                }
            };
            let url = Secret::from(URL);
            let giving = page.give(url.clone(), Duration::from_secs(20));
            let (given, ()) = tokio::join!(giving, browser);
            given.unwrap();
            assert!(send(&host, good).await.is_err(), "the port is closed");
        });
    }

    #[test]
    fn two_at_once_are_not_both_led_on() {
        block_on(async {
            let page = Handover::bind(Peers::User).await.unwrap();
            let host = page.listener.host().to_owned();
            let path = page.path.expose().to_owned();
            let good = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let url = Secret::from(URL);
            let giving = page.give(url.clone(), Duration::from_secs(20));
            let (given, one, other) =
                tokio::join!(giving, send(&host, good.clone()), send(&host, good.clone()));
            given.unwrap();
            let answers = [one, other].map(Result::unwrap_or_default);
            let led = answers.iter().filter(|answer| answer.contains(URL));
            assert_eq!(led.count(), 1, "{answers:?}");
        });
    }

    #[test]
    fn nobody_came() {
        block_on(async {
            let page = Handover::bind(Peers::User).await.unwrap();
            let host = page.listener.host().to_owned();
            let url = Secret::from(URL);
            let late = page.give(url.clone(), Duration::from_millis(1)).await;
            assert!(matches!(late, Err(Error::NobodyCame { .. })), "{late:?}");
            assert!(TcpStream::connect(&host).await.is_err());
            let page = Handover::bind(Peers::User).await.unwrap();
            let no_address = Secret::from("a\nb");
            let wrong = page.give(no_address, Duration::from_secs(20)).await;
            assert!(matches!(wrong, Err(Error::NotAnAddress)), "{wrong:?}");
        });
    }
}
