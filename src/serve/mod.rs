//! The container-credentials endpoint of `--live` (WIRE.md §8): one path on loopback that hands the
//! credentials of one entry to whoever knows the token, for as long as the child lives.
//!
//! It knows neither files nor AWS: new credentials come from a function that `flow` gives. They are
//! asked for when a request finds the held ones near their end, never on a timer, so an idle shell
//! costs nothing. One renewal is under way at a time, and it goes on when a client gives up waiting:
//! the SDKs' second try finds it done.
//!
//! [`handover`] is the other thing that is served: one address, to one browser.

mod answer;
pub mod handover;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use rand::RngCore as _;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::config::Clock;
use crate::domain::credentials::SOON_SECONDS;
use crate::domain::{AccountId, Credentials, Problem, ProblemKind, Secret};

/// The one path.
const PATH: &str = "/credentials";
/// Connections at once. Who has not shown the token gives way to whoever comes after; where all have,
/// more wait in the listener's queue.
const MOST_CONNECTIONS: usize = 64;
/// How long a client may take to say what it wants.
const HEADER_TIME: Duration = Duration::from_secs(5);
/// The longest life of a connection: longer than any SDK waits for credentials.
const CONNECTION_TIME: Duration = Duration::from_mins(1);
/// How long a request waits for new credentials while the held ones are still good: less than
/// botocore's two seconds.
const GRACE: Duration = Duration::from_secs(1);
/// Held credentials are good enough to be handed out while this much is left of them.
const GOOD_ENOUGH_MS: i64 = 5_000;
/// How long a request waits where there is nothing else to hand out.
const PATIENCE: Duration = Duration::from_secs(20);
/// The pause after a connection that could not be accepted: there may be no descriptor left.
const BREATH: Duration = Duration::from_millis(100);

/// A listening endpoint that does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    host: String,
    token: Secret,
}

/// What can go wrong with the endpoint.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no port to be had on loopback.
    #[error("no port on 127.0.0.1 could be opened for --live")]
    Listen(#[source] std::io::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let title = error.to_string();
        let Error::Listen(source) = error;
        Self::new(ProblemKind::Failed, title)
            .detail(source.to_string())
            .hint("leave out --live to put the keys themselves into the environment")
    }
}

impl Server {
    /// Listens on a free port of 127.0.0.1, with a token of its own.
    ///
    /// # Errors
    /// No port.
    pub async fn bind() -> Result<Self, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(Error::Listen)?;
        let host = listener.local_addr().map_err(Error::Listen)?.to_string();
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes);
        Ok(Self {
            listener,
            host,
            token: Secret::new(URL_SAFE_NO_PAD.encode(bytes)),
        })
    }

    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("http://{}{PATH}", self.host)
    }

    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
    #[must_use]
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// Answers until it is dropped, beginning with credentials that are good already; `source` gives
    /// others when those near their end. Needs a [`tokio::task::LocalSet`].
    pub async fn run(
        self,
        account: AccountId,
        clock: Clock,
        first: Credentials,
        source: impl AsyncFn() -> Result<Credentials, Problem>,
    ) -> Infallible {
        let keeper = Keeper {
            held: watch::Sender::new(Held::new(first, clock.now())),
            wanted: Notify::new(),
            clock,
        };
        let desk = Rc::new(Desk {
            keeper,
            account,
            host: self.host,
            token: self.token,
        });
        tokio::select! {
            never = desk.keeper.renew_when_wanted(source) => never,
            never = accept(self.listener, Rc::clone(&desk)) => never,
        }
    }
}

/// What every connection needs.
struct Desk {
    keeper: Keeper,
    account: AccountId,
    host: String,
    token: Secret,
}

/// Serves every connection; all of them end when this is dropped.
async fn accept(listener: TcpListener, desk: Rc<Desk>) -> Infallible {
    let mut connections = JoinSet::new();
    let mut strangers: VecDeque<(AbortHandle, Rc<Cell<bool>>)> = VecDeque::new();
    loop {
        while connections.try_join_next().is_some() {}
        strangers.retain(|(handle, known)| !handle.is_finished() && !known.get());
        if connections.len() >= MOST_CONNECTIONS {
            // Otherwise any program on this machine could keep the one with the token out.
            if let Some((oldest, _)) = strangers.pop_front() {
                oldest.abort();
            }
            connections.join_next().await;
            continue;
        }
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection to the credentials endpoint was not accepted");
                sleep(BREATH).await;
                continue;
            }
        };
        let desk = Rc::clone(&desk);
        let known = Rc::new(Cell::new(false));
        let knows = Rc::clone(&known);
        let handle = connections.spawn_local(async move {
            let service = service_fn(|request| {
                let (desk, knows) = (Rc::clone(&desk), Rc::clone(&knows));
                async move { Ok::<_, Infallible>(desk.answer(&request, &knows).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIME)
                .serve_connection(TokioIo::new(stream), service);
            // An error is a client that went away.
            let _ = timeout(CONNECTION_TIME, connection).await;
        });
        strangers.push_back((handle, known));
    }
}

/// Credentials in hand, and why there are no newer ones.
#[derive(Clone, Debug)]
struct Held {
    credentials: Credentials,
    since: Timestamp,
    failure: Option<Problem>,
}

impl Held {
    fn new(credentials: Credentials, since: Timestamp) -> Self {
        Self {
            credentials,
            since,
            failure: None,
        }
    }

    fn left_ms(&self, now: Timestamp) -> i64 {
        self.credentials.expires_at.as_millisecond() - now.as_millisecond()
    }

    /// Whether it is time for new ones: in the SDKs' own window of fifteen minutes, or, for those
    /// that never live that long, in the second half of their life.
    fn is_due(&self, now: Timestamp) -> bool {
        let half = self.left_ms(self.since) / 2;
        self.left_ms(now) <= half.min(SOON_SECONDS * 1_000)
    }
}

/// Holds the credentials, and renews them ahead of their end.
struct Keeper {
    held: watch::Sender<Held>,
    wanted: Notify,
    clock: Clock,
}

impl Keeper {
    /// One renewal at a time, for whoever asked meanwhile.
    async fn renew_when_wanted(
        &self,
        source: impl AsyncFn() -> Result<Credentials, Problem>,
    ) -> Infallible {
        loop {
            self.wanted.notified().await;
            if !self.held.borrow().is_due(self.clock.now()) {
                continue;
            }
            match source().await {
                Ok(credentials) => {
                    let held = Held::new(credentials, self.clock.now());
                    self.held.send_replace(held);
                }
                Err(problem) => {
                    tracing::info!(%problem, "the live credentials were not renewed");
                    self.held.send_modify(|held| held.failure = Some(problem));
                }
            }
        }
    }

    /// Credentials that are good now.
    async fn credentials(&self) -> Result<Credentials, Problem> {
        let mut news = self.held.subscribe();
        let left = {
            let (held, now) = (self.held.borrow(), self.clock.now());
            if !held.is_due(now) {
                return Ok(held.credentials.clone());
            }
            held.left_ms(now)
        };
        self.wanted.notify_one();
        let wait = if left > GOOD_ENOUGH_MS {
            GRACE
        } else {
            PATIENCE
        };
        // News or none in time: what is held then decides.
        let _ = timeout(wait, news.changed()).await;
        let held = self.held.borrow();
        if held.left_ms(self.clock.now()) > 0 {
            return Ok(held.credentials.clone());
        }
        Err(held.failure.clone().unwrap_or_else(|| {
            Problem::new(ProblemKind::Service, "AWS gives no new credentials in time")
                .hint("try again in a moment")
        }))
    }
}
