//! The accept loop of a loopback listener, with limits on the number and the age of its connections.
//!
//! Any local program can open connections and send nothing. So when all places are taken, the oldest
//! connection that is not trusted yet is closed for the new one.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::FuturesUnordered;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::{Listener, Reply};

/// The pause after a failed accept: no file descriptor may be left.
const ACCEPT_RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Limits on the connections of a listener.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Time until a request's headers are complete.
    pub header_timeout: Duration,
    /// The longest life of a connection.
    pub connection_timeout: Duration,
    /// `true` if a connection may carry more than one request.
    pub keep_alive: bool,
}

impl Limits {
    /// For a browser that loads one page. Browsers open a few connections in advance.
    pub(crate) const BROWSER: Self = Self {
        connections: 32,
        header_timeout: Duration::from_secs(10),
        connection_timeout: Duration::from_secs(30),
        keep_alive: false,
    };
}

/// The client of one connection.
#[derive(Debug)]
pub(crate) struct Visitor {
    from: SocketAddr,
    trusted: Cell<bool>,
}

impl Visitor {
    /// The address of the other end.
    #[must_use]
    pub(crate) fn from(&self) -> SocketAddr {
        self.from
    }

    /// Keeps the connection when all places are taken.
    pub(crate) fn trust(&self) {
        self.trusted.set(true);
    }
}

struct Place {
    visitor: Rc<Visitor>,
    handle: AbortHandle,
}

impl Listener {
    /// Accepts connections and answers their requests, until an answer comes with a value. Its client has
    /// received the answer then.
    pub(crate) async fn first<T>(
        &self,
        limits: Limits,
        answer: impl AsyncFn(Request<Incoming>, &Visitor) -> (Reply, Option<T>),
    ) -> T {
        let mut connections = FuturesUnordered::new();
        let mut places: Vec<Place> = Vec::new();
        loop {
            let has_room = places.len() < limits.connections
                || places.iter().any(|place| !place.visitor.trusted.get());
            tokio::select! {
                accepted = self.socket.accept(), if has_room => match accepted {
                    Ok((stream, from)) => {
                        if places.len() >= limits.connections {
                            close_oldest_untrusted(&mut places);
                        }
                        let visitor = Rc::new(Visitor { from, trusted: Cell::new(false) });
                        let (handle, registration) = AbortHandle::new_pair();
                        let serving = serve(stream, limits, &answer, Rc::clone(&visitor));
                        connections.push(Abortable::new(serving, registration));
                        places.push(Place { visitor, handle });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        sleep(ACCEPT_RETRY_PAUSE).await;
                    }
                },
                // Every result is matched: a pattern that fails would disable this branch.
                Some(ended) = connections.next(), if !connections.is_empty() => {
                    // An aborted connection has lost its place already.
                    let Ok((visitor, found)) = ended else {
                        continue;
                    };
                    places.retain(|place| !Rc::ptr_eq(&place.visitor, &visitor));
                    if let Some(found) = found {
                        return found;
                    }
                }
            }
        }
    }
}

fn close_oldest_untrusted(places: &mut Vec<Place>) {
    if let Some(at) = places.iter().position(|place| !place.visitor.trusted.get()) {
        places.remove(at).handle.abort();
    }
}

/// Serves one connection to its end, so that the client receives the answer; then returns the value.
async fn serve<T>(
    stream: TcpStream,
    limits: Limits,
    answer: &impl AsyncFn(Request<Incoming>, &Visitor) -> (Reply, Option<T>),
    visitor: Rc<Visitor>,
) -> (Rc<Visitor>, Option<T>) {
    let found = RefCell::new(None);
    let service = service_fn(|request| {
        let (found, visitor) = (&found, &*visitor);
        async move {
            let (reply, value) = answer(request, visitor).await;
            if value.is_some() {
                visitor.trust();
                found.replace(value);
            }
            Ok::<_, Infallible>(reply)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .keep_alive(limits.keep_alive)
        .serve_connection(TokioIo::new(stream), service);
    // An error is a client that went away; what it sent before counts.
    let _ = timeout(limits.connection_timeout, connection).await;
    (visitor, found.into_inner())
}
