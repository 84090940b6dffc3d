//! A tiny HTTP server for unit tests: one function answers every request, and all are remembered.
//!
//! The simulator is a whole Identity Center; this is for answers that no sane service gives. [`listed`] is what an
//! earlier listing of a portal left.

use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::domain::AccountId;
use crate::domain::catalog::{Account, AccountPart, PortalPart};

/// One request, as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) at: Instant,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) token: Option<String>,
    pub(super) body: String,
    pub(super) host: Option<String>,
    pub(super) proxy_auth: Option<String>,
}

impl Asked {
    /// A parameter of the query.
    pub(super) fn param(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// One canned answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    /// Milliseconds before the answer.
    delay: u64,
    /// End the connection instead.
    drop: bool,
}

impl Reply {
    pub(super) fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            delay: 0,
            drop: false,
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn after(mut self, millis: u64) -> Self {
        self.delay = millis;
        self
    }

    pub(super) fn dropped() -> Self {
        Self {
            drop: true,
            ..Self::new(200, "")
        }
    }

    /// A portal's refusal.
    pub(super) fn portal_error(status: u16, name: &str) -> Self {
        Self::new(
            status,
            format!(r#"{{"message":"No","__type":"com.amazonaws.switchboard.portal#{name}"}}"#),
        )
    }

    /// An OIDC refusal.
    pub(super) fn oauth_error(status: u16, name: &str, word: &str) -> Self {
        Self::new(
            status,
            format!(r#"{{"error":"{word}","error_description":"described"}}"#),
        )
        .header("x-amzn-ErrorType", &format!("{name}:http://x/"))
    }
}

/// A running server; it stops with the runtime.
pub(super) struct Server {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(super) async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        serve(request, Arc::clone(&log), Arc::clone(&answer))
                    });
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service);
                    // A connection that the test drops on purpose ends in an error.
                    connection.await.ok();
                });
            }
        });
        Self { url, asked }
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    request: hyper::Request<Incoming>,
    log: Arc<Mutex<Vec<Asked>>>,
    answer: Arc<impl Fn(&Asked) -> Reply>,
) -> Result<hyper::Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let header = |name: &str| {
        let value = parts.headers.get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let asked = Asked {
        at: Instant::now(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        token: header("x-amz-sso_bearer_token"),
        body: String::from_utf8_lossy(&body).into_owned(),
        host: header("host"),
        proxy_auth: header("proxy-authorization"),
    };
    let reply = answer(&asked);
    log.lock().unwrap().push(asked);
    tokio::time::sleep(tokio::time::Duration::from_millis(reply.delay)).await;
    if reply.drop {
        return Err("dropped on purpose".into());
    }
    let mut response = hyper::Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    Ok::<_, Infallible>(response.body(Full::from(reply.body)).unwrap()).map_err(Into::into)
}

/// The address of a server whose answers break off after their first byte.
pub(super) async fn half_answers() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // A request is shorter than this.
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
            let _ = stream.write_all(half).await;
        }
    });
    url
}

/// Runs a future as the program does: on a runtime of one thread.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// A portal whose accounts were listed before, each with one role.
pub(super) fn listed(accounts: impl IntoIterator<Item = AccountId>) -> PortalPart {
    let mut part = PortalPart::default();
    for id in accounts {
        let account = Account {
            id,
            name: "a".into(),
            email: "".into(),
        };
        let known = AccountPart {
            account,
            roles: Some(["r".into()].into()),
            problem: None,
        };
        part.accounts.insert(id, known);
    }
    part
}
