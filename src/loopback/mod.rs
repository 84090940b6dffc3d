//! The listener on 127.0.0.1 that a person's browser comes to: the port, how many may be in the house
//! at once and for how long, and whose request is looked at.
//!
//! What a request means is for those who listen: `aws` (a sign-in comes back), `saml` (a response is
//! posted), `serve` (an address is handed over). It knows none of them. Who connects and says nothing
//! gives way to whoever comes after. Dropping the listener closes the port, dropping the future of
//! [`Listener::first`] ends every connection.

pub mod owner;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
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
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// Connections at once; browsers open a few to have them.
pub const MOST_CONNECTIONS: usize = 32;

/// How long a connection may take to say what it wants, and to live at all.
const HEADER_TIME: Duration = Duration::from_secs(10);
const CONNECTION_TIME: Duration = Duration::from_secs(30);

/// The pause after a connection that could not be accepted: there may be no descriptor left.
const BREATH: Duration = Duration::from_millis(100);

const PAGE: &str = include_str!("../../assets/pages/sign_in.html");

/// What a browser is answered.
pub type Reply = Response<Full<Bytes>>;

/// A port that listens; nobody is answered before [`Listener::first`].
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    host: String,
}

impl Listener {
    /// Listens on loopback. `0` takes a free port.
    ///
    /// # Errors
    /// The port is taken, or there is none.
    pub async fn bind(port: u16) -> std::io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = socket.local_addr()?;
        Ok(Self {
            socket,
            address,
            host: address.to_string(),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `127.0.0.1:PORT`, as a browser's `Host` says it.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether a request names this machine as our own addresses do: a name that only leads here is
    /// somebody else's (DNS rebinding).
    #[must_use]
    pub fn is_named_by<B>(&self, request: &Request<B>) -> bool {
        let host = request.headers().get(HOST).map(HeaderValue::as_bytes);
        host == Some(self.host.as_bytes())
    }

    /// Answers requests, each with where it comes from, until one has brought something; who brought it
    /// has been answered then.
    pub async fn first<T>(
        &self,
        answer: impl AsyncFn(Request<Incoming>, SocketAddr) -> (Reply, Option<T>),
    ) -> T {
        let mut connections = FuturesUnordered::new();
        let mut guests: Vec<Guest<T>> = Vec::new();
        let mut last = 0;
        loop {
            tokio::select! {
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, from)) => {
                        make_room(&mut guests);
                        last += 1;
                        let (guest, registration) = Guest::new(last);
                        let serving = serve(stream, from, &answer, Arc::clone(&guest.found), last);
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
                    let Ok((number, found)) = ended else {
                        continue;
                    };
                    guests.retain(|guest| guest.number != number);
                    if let Some(found) = found {
                        return found;
                    }
                }
            }
        }
    }
}

/// A connection that is being served.
struct Guest<T> {
    number: u64,
    handle: AbortHandle,
    found: Found<T>,
}

/// What a connection has brought.
type Found<T> = Arc<Mutex<Option<T>>>;

impl<T> Guest<T> {
    fn new(number: u64) -> (Self, AbortRegistration) {
        let (handle, registration) = AbortHandle::new_pair();
        let found = Arc::new(Mutex::new(None));
        (
            Self {
                number,
                handle,
                found,
            },
            registration,
        )
    }

    fn has_brought(&self) -> bool {
        let found = self.found.lock();
        found.unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

/// Where there are too many, the one that has been silent for the longest goes: otherwise any program
/// on this machine could keep the browser out.
fn make_room<T>(guests: &mut Vec<Guest<T>>) {
    if guests.len() < MOST_CONNECTIONS {
        return;
    }
    if let Some(at) = guests.iter().position(|guest| !guest.has_brought()) {
        guests.remove(at).handle.abort();
    }
}

/// One connection, to its end, so that the person sees the page; then what it brought.
async fn serve<T>(
    stream: TcpStream,
    from: SocketAddr,
    answer: &impl AsyncFn(Request<Incoming>, SocketAddr) -> (Reply, Option<T>),
    found: Found<T>,
    number: u64,
) -> (u64, Option<T>) {
    let service = service_fn(|request| {
        let found = &found;
        async move {
            let (reply, brought) = answer(request, from).await;
            if brought.is_some() {
                *found.lock().unwrap_or_else(PoisonError::into_inner) = brought;
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
    let _ = timeout(CONNECTION_TIME, connection).await;
    let brought = found.lock().unwrap_or_else(PoisonError::into_inner).take();
    (number, brought)
}

/// Whether the browser shows what it asks for here: what a page of somebody else's only asks for, in
/// the background, is a stray. Who sends no such header is no browser, or an old one.
#[must_use]
pub fn is_navigation<B>(request: &Request<B>) -> bool {
    let mode = request.headers().get("sec-fetch-mode");
    mode.is_none_or(|mode| mode.as_bytes() == b"navigate")
}

/// A page in our own words, which nobody keeps and which leads nowhere.
#[must_use]
pub fn page(status: StatusCode, title: &str, text: &str) -> Reply {
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
