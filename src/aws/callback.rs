//! Where the browser comes back to after a sign-in: one path on loopback, until one answer came (L9).
//!
//! It listens before the browser is opened. What is not an answer (a favicon, another tab, a port
//! scan) is answered and ignored; an answer to another question ends the sign-in, because something
//! is wrong then. Who connects and says nothing gives way to whoever comes after. Dropping the future
//! closes the port.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{AbortHandle, AbortRegistration, Abortable};
use futures_util::stream::FuturesUnordered;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue,
    REFERRER_POLICY,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use subtle::ConstantTimeEq as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::failure::{Failure, Refusal};
use super::oidc_error::OidcError;
use crate::domain::Secret;

/// The path that the AWS CLI uses, and that administrators may have allowed.
const PATH: &str = "/oauth/callback";
/// The redirect address as it is registered: without the port, which is another one every time.
pub(super) const REGISTERED: &str = "http://127.0.0.1/oauth/callback";
/// Connections at once; browsers open a few to have them.
const MOST_CONNECTIONS: usize = 32;
/// How long a connection may take to say what it wants.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// The pause after a connection that could not be accepted.
const BREATH: Duration = Duration::from_millis(100);

const PAGE: &str = include_str!("../../assets/pages/sign_in.html");

/// A listening redirect address.
#[derive(Debug)]
pub struct Callback {
    listener: TcpListener,
    host: String,
}

/// What a browser brought back.
type Outcome = Result<Secret, OidcError>;

impl Callback {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// There is none.
    pub async fn bind() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let host = listener.local_addr()?.to_string();
        Ok(Self { listener, host })
    }

    /// The address that the browser is to come back to.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        format!("http://{}{PATH}", self.host)
    }

    /// Waits for the browser: the authorization code, or why there is none. `state` proves that the
    /// answer is to our question.
    ///
    /// # Errors
    /// [`OidcError::Denied`], [`OidcError::WrongState`], and the service's other words; never a
    /// time-out, which is the caller's.
    pub async fn code(&self, state: &Secret, region: &str) -> Outcome {
        let question = Question {
            host: &self.host,
            state,
            region,
        };
        let mut connections = FuturesUnordered::new();
        let mut guests: Vec<Guest> = Vec::new();
        let mut last = 0;
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        make_room(&mut guests);
                        last += 1;
                        let (guest, registration) = Guest::new(last);
                        let serving = question.serve(stream, last, Arc::clone(&guest.outcome));
                        connections.push(Abortable::new(serving, registration));
                        guests.push(guest);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a browser's connection was not accepted");
                        sleep(BREATH).await;
                    }
                },
                // Whatever comes is taken: a pattern that does not match would end the waiting here.
                Some(ended) = connections.next(), if !connections.is_empty() => {
                    let Ok((number, outcome)) = ended else {
                        continue;
                    };
                    guests.retain(|guest| guest.number != number);
                    if let Some(outcome) = outcome {
                        return outcome;
                    }
                }
            }
        }
    }
}

/// A connection that is being served.
struct Guest {
    number: u64,
    handle: AbortHandle,
    outcome: Found,
}

/// What a connection has brought.
type Found = Arc<Mutex<Option<Outcome>>>;

impl Guest {
    fn new(number: u64) -> (Self, AbortRegistration) {
        let (handle, registration) = AbortHandle::new_pair();
        let outcome = Arc::default();
        (
            Self {
                number,
                handle,
                outcome,
            },
            registration,
        )
    }

    fn has_answered(&self) -> bool {
        let outcome = self.outcome.lock();
        outcome.unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

/// Where there are too many, the one that has been silent for the longest goes: otherwise any program
/// on this machine could keep the browser out.
fn make_room(guests: &mut Vec<Guest>) {
    if guests.len() < MOST_CONNECTIONS {
        return;
    }
    if let Some(at) = guests.iter().position(|guest| !guest.has_answered()) {
        guests.remove(at).handle.abort();
    }
}

/// What was asked, and where.
#[derive(Clone, Copy)]
struct Question<'a> {
    host: &'a str,
    state: &'a Secret,
    region: &'a str,
}

impl Question<'_> {
    /// One connection, to its end, so that the person sees the page; then what it brought.
    async fn serve(self, stream: TcpStream, number: u64, outcome: Found) -> (u64, Option<Outcome>) {
        let service = service_fn(|request: Request<Incoming>| {
            let outcome = Arc::clone(&outcome);
            async move {
                let (reply, found) = self.answer(&request);
                if found.is_some() {
                    *outcome.lock().unwrap_or_else(PoisonError::into_inner) = found;
                }
                Ok::<_, Infallible>(reply)
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIME)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service);
        // A browser that went away has said what it had to say, or nothing.
        let _ = timeout(HEADER_TIME * 2, connection).await;
        let found = outcome
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        (number, found)
    }

    fn answer<B>(self, request: &Request<B>) -> (Response<Full<Bytes>>, Option<Outcome>) {
        let host = request.headers().get(HOST).map(HeaderValue::as_bytes);
        if host != Some(self.host.as_bytes())
            || request.method() != Method::GET
            || request.uri().path() != PATH
            || !is_navigation(request)
        {
            let page = page(
                StatusCode::NOT_FOUND,
                "Nothing here",
                "This is where a sign-in of roledex comes back to.",
            );
            return (page, None);
        }
        let query = request.uri().query().unwrap_or_default();
        let param = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.into_owned())
                .filter(|value| !value.is_empty())
        };
        let (code, error, state) = (param("code"), param("error"), param("state"));
        let known = state.as_ref().map(|state| {
            state
                .as_bytes()
                .ct_eq(self.state.expose().as_bytes())
                .into()
        });
        match (known, code, error) {
            // Somebody opened the address by hand.
            (_, None, None) => (
                page(
                    StatusCode::BAD_REQUEST,
                    "Not yet",
                    "Allow the sign-in on the page of the portal; it leads back here.",
                ),
                None,
            ),
            (Some(false), _, _) | (None, Some(_), None) => (
                page(
                    StatusCode::BAD_REQUEST,
                    "Not the sign-in that was asked for",
                    "This answer belongs to another sign-in and was not used. Sign in again from the terminal.",
                ),
                Some(Err(OidcError::WrongState)),
            ),
            (_, _, Some(error)) => (
                page(
                    StatusCode::OK,
                    "Not signed in",
                    "The portal said no. The terminal says more; you can close this page.",
                ),
                // Without our state it may be anybody's: not in their words.
                Some(Err(self.refusal(
                    error,
                    param("error_description").filter(|_| known == Some(true)),
                ))),
            ),
            (_, Some(code), None) => (
                page(
                    StatusCode::OK,
                    "Allowed",
                    "You can close this page and go back to the terminal.",
                ),
                Some(Ok(Secret::new(code))),
            ),
        }
    }

    /// `error` is one of OAuth's words, or nothing that is repeated.
    fn refusal(self, error: String, description: Option<String>) -> OidcError {
        let is_word = |c: char| c.is_ascii_lowercase() || c == '_';
        let error = Some(error).filter(|error| error.len() <= 40 && error.chars().all(is_word));
        let refusal = Refusal {
            oauth: error.clone(),
            message: description.or(error),
            ..Refusal::default()
        };
        OidcError::of(Failure::Refused(refusal), self.region)
    }
}

/// Whether the browser shows what it asks for here: a page of somebody else's that only asks, to end
/// the sign-in, is a stray. Who sends no such header is no browser, or an old one.
fn is_navigation<B>(request: &Request<B>) -> bool {
    let mode = request.headers().get("sec-fetch-mode");
    mode.is_none_or(|mode| mode.as_bytes() == b"navigate")
}

fn page(status: StatusCode, title: &str, text: &str) -> Response<Full<Bytes>> {
    let html = PAGE.replace("{{title}}", title).replace("{{text}}", text);
    let mut response = Response::new(Full::new(Bytes::from(html)));
    *response.status_mut() = status;
    let headers: [(HeaderName, &'static str); 4] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
    ];
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Sends requests one after the other; what the callback made of them, and the pages.
    fn outcome(requests: &[&str]) -> (Outcome, Vec<String>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let callback = Callback::bind().await.unwrap();
            let uri = callback.redirect_uri();
            assert!(uri.starts_with("http://127.0.0.1:") && uri.ends_with("/oauth/callback"));
            let mut pages = Vec::new();
            let browser = async {
                for request in requests {
                    let (path, host) = request.split_once(' ').unwrap_or((request, &callback.host));
                    let mut stream = TcpStream::connect(&callback.host).await.unwrap();
                    let text = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
                    stream.write_all(text.as_bytes()).await.unwrap();
                    let mut page = String::new();
                    stream.read_to_string(&mut page).await.unwrap();
                    pages.push(page);
                }
            };
            let state = Secret::from("state");
            let (outcome, ()) = tokio::join!(callback.code(&state, "eu-west-1"), browser);
            (outcome, pages)
        })
    }

    #[test]
    fn strays_are_ignored_and_the_code_is_taken() {
        let (outcome, pages) = outcome(&[
            "/favicon.ico",
            "/oauth/callback",
            "/oauth/callback?code=evil&state=state evil.example",
            "/oauth/callback?code=a%2Bb&state=state",
        ]);
        assert_eq!(outcome, Ok("a+b".into()));
        let statuses: Vec<_> = pages.iter().filter_map(|page| page.get(..12)).collect();
        assert_eq!(
            statuses,
            [
                "HTTP/1.1 404",
                "HTTP/1.1 400",
                "HTTP/1.1 404",
                "HTTP/1.1 200"
            ]
        );
        assert!(pages[3].contains("<h1>Allowed</h1>"));
    }

    #[test]
    fn an_answer_to_another_question_ends_it() {
        for query in [
            "code=x&state=other",
            "code=x&state=statf",
            "code=x",
            "error=access_denied&state=other",
        ] {
            let (outcome, _) = outcome(&[&format!("/oauth/callback?{query}")]);
            assert_eq!(outcome, Err(OidcError::WrongState), "{query}");
        }
    }

    #[test]
    fn the_services_no_is_told() {
        let (denied, pages) = outcome(&[
            "/oauth/callback?error=access_denied&error_description=You+may+%3Cb%3Enot&state=state",
        ]);
        assert_eq!(
            denied,
            Err(OidcError::Denied {
                detail: Some("You may <b>not".to_owned())
            })
        );
        assert!(!pages[0].contains("<b>"), "remote text is not in the page");
        let (other, _) = outcome(&["/oauth/callback?error=server_error"]);
        assert!(matches!(other, Err(OidcError::Service { .. })), "{other:?}");
    }

    #[test]
    fn a_strangers_no_is_not_told_in_their_words() {
        for query in [
            "error=access_denied&error_description=Run+this",
            "error=Run+this",
        ] {
            let (denied, _) = outcome(&[&format!("/oauth/callback?{query}")]);
            assert!(!format!("{denied:?}").contains("Run"), "{denied:?}");
        }
    }

    #[test]
    fn what_another_page_asks_in_the_background_ends_nothing() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let callback = Callback::bind().await.unwrap();
            let ask = async |query: &str, mode: &str| {
                let mut stream = TcpStream::connect(&callback.host).await.unwrap();
                let text = format!(
                    "GET {PATH}?{query} HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Mode: {mode}\r\n\r\n",
                    callback.host
                );
                stream.write_all(text.as_bytes()).await.unwrap();
                let mut page = String::new();
                stream.read_to_string(&mut page).await.unwrap();
                page
            };
            let asking = async {
                assert!(ask("code=x&state=y", "no-cors").await.contains("404"));
                assert!(ask("error=access_denied", "cors").await.contains("404"));
                assert!(ask("code=x&state=state", "navigate").await.contains("200"));
            };
            let state = Secret::from("state");
            let (outcome, ()) = tokio::join!(callback.code(&state, "eu-west-1"), asking);
            assert_eq!(outcome, Ok("x".into()));
        });
    }

    #[test]
    fn connections_that_say_nothing_keep_nobody_out() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let callback = Callback::bind().await.unwrap();
            let stray = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", callback.host);
            let answer = format!(
                "GET {PATH}?code=x&state=state HTTP/1.1\r\nHost: {}\r\n\r\n",
                callback.host
            );
            let asking = async {
                let mut silent = Vec::new();
                for _ in 0..MOST_CONNECTIONS {
                    silent.push(TcpStream::connect(&callback.host).await.unwrap());
                }
                // One of them ends while every place is taken.
                let mut page = String::new();
                let ends = silent.last_mut().unwrap();
                ends.write_all(stray.as_bytes()).await.unwrap();
                ends.read_to_string(&mut page).await.unwrap();
                assert!(page.contains("404"), "{page}");
                for _ in 0..4 {
                    silent.push(TcpStream::connect(&callback.host).await.unwrap());
                }
                // Those that came last are still there, with their time not over.
                let last = silent.last_mut().unwrap();
                last.write_all(answer.as_bytes()).await.unwrap();
                let mut page = String::new();
                last.read_to_string(&mut page).await.unwrap();
                assert!(page.contains("Allowed"), "{page}");
                let mut nothing = String::new();
                silent[0].read_to_string(&mut nothing).await.unwrap();
                assert_eq!(nothing, "", "the first gave way");
            };
            let state = Secret::from("state");
            let (outcome, ()) = tokio::join!(callback.code(&state, "eu-west-1"), asking);
            assert_eq!(outcome, Ok("x".into()));
        });
    }
}
