//! The listener on 127.0.0.1 that local programs connect to, and the checks that every request passes.
//!
//! Its callers give a request its meaning: `aws` (a sign-in returns), `saml` (a response is posted),
//! `serve` (an address is handed over, credentials are served). It knows none of them. [`Listener::first`]
//! accepts connections within [`Limits`]; [`Listener::admit`] compares the owner of a connection with ours.
//! Dropping the listener closes the port; dropping the future of [`Listener::first`] ends every connection.

mod connections;
pub(crate) mod owner;

use std::net::{Ipv4Addr, SocketAddr};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue,
    REFERRER_POLICY,
};
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpListener;

pub(crate) use connections::{Limits, Visitor};
use owner::{ConnectionOwners, Owner, Peers};

const PAGE: &str = include_str!("../../assets/pages/page.html");

/// An HTTP response.
pub(crate) type Reply = Response<Full<Bytes>>;

/// A connection that was not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It belongs to this user, who is not one of the allowed peers.
    User(u32),
    /// The system shows no owner for it: it is closed already, or comes from outside of this kernel.
    NoOwner,
}

/// A listening port. No connection is accepted before [`Listener::first`].
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    host: String,
    owners: ConnectionOwners,
    peers: Peers,
}

impl Listener {
    /// Listens on loopback; `0` takes a free port. `peers` are the users whose connections
    /// [`Listener::admit`] lets in.
    ///
    /// # Errors
    /// The port is taken, or no port is left.
    pub(crate) async fn bind(port: u16, peers: Peers) -> std::io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = socket.local_addr()?;
        Ok(Self {
            socket,
            address,
            host: address.to_string(),
            owners: ConnectionOwners::of_listener(address).await,
            peers,
        })
    }

    /// `127.0.0.1:PORT`, as our own addresses name it.
    #[must_use]
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The port that it listens on.
    #[must_use]
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// `true` if the `Host` of a request is our own address. Any other name that resolves to this machine
    /// may be an attacker's (DNS rebinding).
    #[must_use]
    pub(crate) fn is_named_by<B>(&self, request: &Request<B>) -> bool {
        named_host(request) == Some(self.host.as_bytes())
    }

    /// [`Listener::is_named_by`], or `localhost:PORT`: for addresses that a user has configured elsewhere.
    #[must_use]
    pub(crate) fn is_named_locally_by<B>(&self, request: &Request<B>) -> bool {
        let localhost = format!("localhost:{}", self.port());
        self.is_named_by(request) || named_host(request) == Some(localhost.as_bytes())
    }

    /// Checks the owner of the connection at `from`. It reads tables of the kernel, so ask it last.
    ///
    /// # Errors
    /// The owner is not one of the peers that this listener was bound for.
    pub(crate) async fn admit(&self, from: SocketAddr) -> Result<(), Refused> {
        let owner = self.owners.of_connection(from).await;
        if self.peers.include(owner) {
            return Ok(());
        }
        let refused = match owner {
            Owner::Other(uid) => Refused::User(uid),
            _ => Refused::NoOwner,
        };
        tracing::warn!(?refused, "refused a connection to a loopback port");
        Err(refused)
    }
}

fn named_host<B>(request: &Request<B>) -> Option<&[u8]> {
    request.headers().get(HOST).map(HeaderValue::as_bytes)
}

/// `true` if a browser loads this request as a page, not in the background of another page. A client that
/// sends no such header is not a browser, or an old one.
#[must_use]
pub(crate) fn is_navigation<B>(request: &Request<B>) -> bool {
    let mode = request.headers().get("sec-fetch-mode");
    mode.is_none_or(|mode| mode.as_bytes() == b"navigate")
}

/// [`is_navigation`], and not in a frame of another page.
#[must_use]
pub(crate) fn is_top_level_navigation<B>(request: &Request<B>) -> bool {
    let destination = request.headers().get("sec-fetch-dest");
    is_navigation(request) && destination.is_none_or(|name| name.as_bytes() == b"document")
}

/// The HTML of a page of ours. `title` and `text` are HTML.
#[must_use]
pub(crate) fn page_text(title: &str, text: &str) -> String {
    PAGE.replace("{{title}}", title).replace("{{text}}", text)
}

/// A page of ours: not cached, and without anything that leads elsewhere. `title` and `text` are HTML.
#[must_use]
pub(crate) fn page(status: StatusCode, title: &str, text: &str) -> Reply {
    let mut response = Response::new(Full::new(Bytes::from(page_text(title, text))));
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
