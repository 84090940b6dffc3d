//! The redirect address of a browser sign-in: one path on loopback, until its answer has come.
//!
//! It listens before the browser is opened. Only a request with our `state`, from a connection of this user,
//! is an answer, be it a code or an error. Everything else (a favicon, another tab, a port scan, another
//! user's program, an answer to another sign-in) gets a page and is ignored: otherwise any web page or local
//! program could end the sign-in, or finish it with an account of its own. Dropping the future closes the
//! port.

use hyper::{Method, Request, StatusCode};
use subtle::ConstantTimeEq as _;

use crate::domain::Secret;
use crate::loopback::owner::Peers;
use crate::loopback::{Limits, Listener, Reply, Visitor, is_navigation, page};

/// The path that the AWS CLI uses, and that administrators may have allowed.
const PATH: &str = "/oauth/callback";
/// The redirect address as it is registered: without the port, which differs each time.
pub(super) const REGISTERED: &str = "http://127.0.0.1/oauth/callback";

/// A listening redirect address.
#[derive(Debug)]
pub struct Callback {
    listener: Listener,
}

/// The service's refusal, as the browser returned it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Denial {
    /// OAuth's code, such as `access_denied`; `None` where the text does not look like one.
    pub error: Option<String>,
    /// The service's words.
    pub description: Option<String>,
}

impl Denial {
    /// `error` is kept only if it looks like one of OAuth's codes.
    fn new(error: String, description: Option<String>) -> Self {
        let is_word = |c: char| c.is_ascii_lowercase() || c == '_';
        let error = Some(error).filter(|error| error.len() <= 40 && error.chars().all(is_word));
        Self { error, description }
    }
}

/// The authorization code that a browser brought back, or the refusal.
type Outcome = Result<Secret, Denial>;

impl Callback {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// There is none.
    pub async fn bind(peers: Peers) -> std::io::Result<Self> {
        let listener = Listener::bind(0, peers).await?;
        Ok(Self { listener })
    }

    /// The address that the browser returns to.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        format!("http://{}{PATH}", self.listener.host())
    }

    /// Waits for the browser: the authorization code, or why there is none. `state` proves that the
    /// answer is to our question.
    ///
    /// # Errors
    /// The service's refusal. It waits without end: the timeout is the caller's.
    pub async fn code(&self, state: &Secret) -> Outcome {
        let question = Question {
            listener: &self.listener,
            state,
        };
        self.listener
            .first(Limits::BROWSER, async |request, visitor| {
                question.answer(&request, visitor).await
            })
            .await
    }
}

/// A pending authorization: where the answer arrives, and the state that it must carry.
#[derive(Clone, Copy)]
struct Question<'a> {
    listener: &'a Listener,
    state: &'a Secret,
}

impl Question<'_> {
    async fn answer<B>(self, request: &Request<B>, visitor: &Visitor) -> (Reply, Option<Outcome>) {
        if !self.listener.is_named_by(request)
            || request.method() != Method::GET
            || request.uri().path() != PATH
            || !is_navigation(request)
        {
            let page = page(
                StatusCode::NOT_FOUND,
                "Not found",
                "roledex receives the answer to a sign-in here.",
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
        let state = param("state").unwrap_or_default();
        let is_ours: bool = state
            .as_bytes()
            .ct_eq(self.state.expose().as_bytes())
            .into();
        if !is_ours || self.listener.admit(visitor.from()).await.is_err() {
            let page = page(
                StatusCode::BAD_REQUEST,
                "This is another sign-in",
                "This answer was not used, and roledex keeps waiting. Approve the sign-in on its page. It brings you back here.",
            );
            return (page, None);
        }
        match (param("code"), param("error")) {
            (_, Some(error)) => (
                page(
                    StatusCode::OK,
                    "Not signed in",
                    "The sign-in was refused. See the terminal for details. You can close this page.",
                ),
                Some(Err(Denial::new(error, param("error_description")))),
            ),
            (Some(code), None) => (
                page(
                    StatusCode::OK,
                    "Allowed",
                    "You can close this page and return to the terminal.",
                ),
                Some(Ok(Secret::new(code))),
            ),
            (None, None) => (
                page(
                    StatusCode::BAD_REQUEST,
                    "Not signed in yet",
                    "Approve the sign-in on its page. It brings you back here.",
                ),
                None,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    /// Sends requests one after the other; what the callback made of them, and the pages.
    fn outcome(requests: &[&str]) -> (Outcome, Vec<String>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let callback = Callback::bind(Peers::User).await.unwrap();
            let uri = callback.redirect_uri();
            assert!(uri.starts_with("http://127.0.0.1:") && uri.ends_with("/oauth/callback"));
            let mut pages = Vec::new();
            let browser = async {
                for request in requests {
                    let (path, host) = request
                        .split_once(' ')
                        .unwrap_or_else(|| (request, callback.listener.host()));
                    let mut stream = TcpStream::connect(callback.listener.host()).await.unwrap();
                    let text = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
                    stream.write_all(text.as_bytes()).await.unwrap();
                    let mut page = String::new();
                    stream.read_to_string(&mut page).await.unwrap();
                    pages.push(page);
                }
            };
            let state = Secret::from("state");
            let (outcome, ()) = tokio::join!(callback.code(&state), browser);
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
    fn what_lacks_our_state_ends_nothing() {
        let strays = [
            "/oauth/callback?code=x&state=other",
            "/oauth/callback?code=x&state=statf",
            "/oauth/callback?code=x",
            "/oauth/callback?code=x&state=",
            "/oauth/callback?error=access_denied",
            "/oauth/callback?error=access_denied&state=other",
            "/oauth/callback?error=access_denied&state=other&state=state",
        ];
        let requests = [&strays[..], &["/oauth/callback?code=y&state=state"]].concat();
        let (outcome, pages) = outcome(&requests);
        assert_eq!(outcome, Ok("y".into()));
        for (request, page) in strays.iter().zip(&pages) {
            assert!(page.starts_with("HTTP/1.1 400 "), "{request}: {page}");
        }
    }

    #[test]
    fn the_services_no_is_told() {
        let (denied, pages) = outcome(&[
            "/oauth/callback?error=access_denied&error_description=You+may+%3Cb%3Enot&state=state",
        ]);
        assert_eq!(
            denied,
            Err(Denial {
                error: Some("access_denied".to_owned()),
                description: Some("You may <b>not".to_owned())
            })
        );
        assert!(!pages[0].contains("<b>"), "remote text is not in the page");
        let (other, _) = outcome(&["/oauth/callback?error=server_error&state=state"]);
        assert_eq!(other.unwrap_err().error.as_deref(), Some("server_error"));
        let (odd, _) = outcome(&["/oauth/callback?error=Run+this&state=state"]);
        assert!(!format!("{odd:?}").contains("Run"), "{odd:?}");
    }

    #[test]
    fn what_another_page_asks_in_the_background_ends_nothing() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let callback = Callback::bind(Peers::User).await.unwrap();
            let ask = async |query: &str, mode: &str| {
                let mut stream = TcpStream::connect(callback.listener.host()).await.unwrap();
                let text = format!(
                    "GET {PATH}?{query} HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Mode: {mode}\r\n\r\n",
                    callback.listener.host()
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
            let (outcome, ()) = tokio::join!(callback.code(&state), asking);
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
            let callback = Callback::bind(Peers::User).await.unwrap();
            let stray = format!(
                "GET / HTTP/1.1\r\nHost: {}\r\n\r\n",
                callback.listener.host()
            );
            let answer = format!(
                "GET {PATH}?code=x&state=state HTTP/1.1\r\nHost: {}\r\n\r\n",
                callback.listener.host()
            );
            let asking = async {
                let mut silent = Vec::new();
                for _ in 0..Limits::BROWSER.connections {
                    silent.push(TcpStream::connect(callback.listener.host()).await.unwrap());
                }
                // One of them ends while every place is taken.
                let mut page = String::new();
                let ends = silent.last_mut().unwrap();
                ends.write_all(stray.as_bytes()).await.unwrap();
                ends.read_to_string(&mut page).await.unwrap();
                assert!(page.contains("404"), "{page}");
                for _ in 0..4 {
                    silent.push(TcpStream::connect(callback.listener.host()).await.unwrap());
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
            let (outcome, ()) = tokio::join!(callback.code(&state), asking);
            assert_eq!(outcome, Ok("x".into()));
        });
    }
}
