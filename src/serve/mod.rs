//! The container-credentials endpoint of `--live` (docs/protocols.md#container-credentials): one path on loopback that hands the
//! credentials of one entry to clients that know the token, for as long as the child lives.
//!
//! It knows neither files nor AWS: new credentials come from a function that `flow` gives. They are
//! asked for when a request finds the held ones near their end, never on a timer, so an idle shell
//! costs nothing. One renewal is under way at a time, and it goes on when a client gives up waiting:
//! the SDKs' second try finds it done.
//!
//! Beside the token, the connection must be this user's or root's, where the system tells: a child may run
//! under `sudo`, and root could read the token anyway. A child under any third user id, be it by `sudo -u`
//! or in a container with the host's network, is refused by name; it needs keys in its environment instead.
//!
//! [`handover`] is the other thing that is served: one address, to one browser.

mod answer;
pub(crate) mod handover;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::config::{Clock, random};
use crate::domain::credentials::SOON_SECONDS;
use crate::domain::{AccountId, Credentials, Problem, ProblemKind, Secret};
pub(crate) use crate::loopback::owner::Peers;
use crate::loopback::{Limits, Listener};

/// The one path.
const PATH: &str = "/credentials";
/// A connection that has shown the token keeps its place; when all have, more wait in the listener's queue.
const LIMITS: Limits = Limits {
    connections: 64,
    header_timeout: Duration::from_secs(5),
    // Longer than any SDK waits for credentials.
    connection_timeout: Duration::from_mins(1),
    keep_alive: true,
};
/// Timeout of a request for new credentials while the held ones are still valid, or where others could not be had a
/// moment ago: less than botocore's two seconds.
const GRACE: Duration = Duration::from_secs(1);
/// Held credentials are good enough to be handed out while this much is left of them.
const GOOD_ENOUGH_MS: i64 = 5_000;
/// Time after a failed renewal without another one, while the held credentials are good.
const PAUSE_MS: i64 = 30_000;
/// The life that is given to credentials without an expiry: twice the window in which SDKs renew.
const NO_EXPIRY_LIFETIME: Duration = Duration::from_mins(30);
/// Timeout of a request when there are no valid credentials, and no failure to tell.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(20);

/// A listening endpoint that does not answer yet.
#[derive(Debug)]
pub(crate) struct Server {
    listener: Listener,
    token: Secret,
}

/// Errors of the endpoint.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no port to be had on loopback.
    #[error("cannot open a port on 127.0.0.1 for --live")]
    Listen(#[source] std::io::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let title = error.to_string();
        let Error::Listen(source) = error;
        Self::new(ProblemKind::Failed, title)
            .detail(source.to_string())
            .hint("remove --live to put the keys into the environment")
    }
}

impl Server {
    /// Listens on a free port of 127.0.0.1, with a token of its own.
    ///
    /// # Errors
    /// No port.
    pub(crate) async fn bind(peers: Peers) -> Result<Self, Error> {
        let listener = Listener::bind(0, peers).await.map_err(Error::Listen)?;
        let mut bytes = [0; 32];
        random::fill(&mut bytes);
        Ok(Self {
            listener,
            token: Secret::new(URL_SAFE_NO_PAD.encode(bytes)),
        })
    }

    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    #[must_use]
    pub(crate) fn uri(&self) -> String {
        format!("http://{}{PATH}", self.listener.host())
    }

    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
    #[must_use]
    pub(crate) fn token(&self) -> &Secret {
        &self.token
    }

    /// Answers until it is dropped, beginning with credentials that are good already; `source` gives
    /// others when those near their end.
    pub(crate) async fn run(
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
        let desk = Desk {
            keeper,
            account,
            listener: self.listener,
            token: self.token,
        };
        let serving = desk.listener.first(LIMITS, async |request, visitor| {
            (desk.answer(&request, visitor).await, None)
        });
        tokio::select! {
            never = desk.keeper.renew_when_wanted(source) => never,
            never = serving => never,
        }
    }
}

/// The state that all connections share.
struct Desk {
    keeper: Keeper,
    account: AccountId,
    listener: Listener,
    token: Secret,
}

/// Credentials in hand, and why there are no newer ones.
#[derive(Clone, Debug)]
struct Held {
    credentials: Credentials,
    since: Timestamp,
    failure: Option<Failure>,
}

/// A renewal that failed, and when.
#[derive(Clone, Debug)]
struct Failure {
    at: Timestamp,
    problem: Problem,
}

impl Held {
    /// Credentials without an expiry get one: SDKs require it, and then ask again, so that keys which the
    /// user replaces are replaced in the program, too.
    fn new(mut credentials: Credentials, since: Timestamp) -> Self {
        if credentials.ends().is_none() {
            let end = since.checked_add(NO_EXPIRY_LIFETIME);
            credentials.expires_at = end.unwrap_or(since);
        }
        Self {
            credentials,
            since,
            failure: None,
        }
    }

    fn left_ms(&self, now: Timestamp) -> i64 {
        self.credentials.expires_at.as_millisecond() - now.as_millisecond()
    }

    /// `true` if the credentials should be renewed: in the SDKs' own window of fifteen minutes, or, if they
    /// never live that long, in the second half of their lifetime.
    fn is_due(&self, now: Timestamp) -> bool {
        let half = self.left_ms(self.since) / 2;
        self.left_ms(now) <= half.min(SOON_SECONDS * 1_000)
    }

    fn has_just_failed(&self, now: Timestamp) -> bool {
        self.failure.as_ref().is_some_and(|failure| {
            let ago = now.as_millisecond() - failure.at.as_millisecond();
            (0..PAUSE_MS).contains(&ago)
        })
    }

    /// `true` if a request should ask for newer credentials: where that has just failed, only when it cannot do
    /// without.
    fn is_wanted(&self, now: Timestamp) -> bool {
        self.is_due(now) && !(self.has_just_failed(now) && self.left_ms(now) > GOOD_ENOUGH_MS)
    }

    /// The time that a request waits for newer credentials. With a fresh failure to tell, a client gets that before it
    /// gives up waiting.
    fn wait(&self, now: Timestamp) -> Duration {
        if self.left_ms(now) > GOOD_ENOUGH_MS || self.has_just_failed(now) {
            GRACE
        } else {
            RENEWAL_TIMEOUT
        }
    }
}

/// Holds the credentials, and renews them ahead of their end.
struct Keeper {
    held: watch::Sender<Held>,
    wanted: Notify,
    clock: Clock,
}

impl Keeper {
    /// One renewal at a time; its result serves every request that waits.
    async fn renew_when_wanted(
        &self,
        source: impl AsyncFn() -> Result<Credentials, Problem>,
    ) -> Infallible {
        loop {
            self.wanted.notified().await;
            if !self.held.borrow().is_wanted(self.clock.now()) {
                continue;
            }
            match source().await {
                Ok(credentials) => {
                    let held = Held::new(credentials, self.clock.now());
                    self.held.send_replace(held);
                }
                Err(problem) => {
                    tracing::info!(%problem, "cannot renew the live credentials");
                    let at = self.clock.now();
                    let failure = Some(Failure { at, problem });
                    self.held.send_modify(|held| held.failure = failure);
                }
            }
        }
    }

    /// Credentials that are good now.
    async fn credentials(&self) -> Result<Credentials, Problem> {
        let mut news = self.held.subscribe();
        let wait = {
            let (held, now) = (self.held.borrow(), self.clock.now());
            if !held.is_wanted(now) {
                return Ok(held.credentials.clone());
            }
            held.wait(now)
        };
        self.wanted.notify_one();
        // News or none in time: what is held then decides.
        let _ = timeout(wait, news.changed()).await;
        let held = self.held.borrow();
        if held.left_ms(self.clock.now()) > 0 {
            return Ok(held.credentials.clone());
        }
        let problem = held.failure.as_ref().map(|failure| &failure.problem);
        Err(problem.cloned().unwrap_or_else(|| {
            Problem::new(
                ProblemKind::Service,
                "AWS did not send new credentials in time",
            )
            .hint("try again in a moment")
        }))
    }
}
