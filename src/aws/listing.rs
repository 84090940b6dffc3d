//! Listing a portal: every account and every role, as fast as the portal lets us and no faster.
//!
//! One loop, one future: all requests under way are polled here and nothing is spawned, so that
//! dropping the listing stops it. A request is sent when the bucket has a token and the
//! concurrency allows; only then is it decided which, so that the accounts on screen come first ([`Queue`]).
//!
//! ```text
//! page of accounts ─▶ queue ─▶ roles ─▶ more pages of roles ─▶ event
//!        ▲              ▲        │ throttled, passing failure: rest, then back to the front
//!        └── next page  └────────┤ refused token: one renewal for all, then back to the front
//!                                └ anything else: the account's own failure (docs/requirements.md#errors-per-account)
//! ```

mod outage;
mod session;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep, sleep_until};

use self::outage::Outage;
use self::session::{Refused, Session};
use super::concurrency::Concurrency;
use super::portal::{
    Failed, MAX_ACCOUNT_PAGES, MAX_ACCOUNTS, MAX_ATTEMPTS, MAX_IDLE_PAGES, MAX_ROLE_PAGES,
    MAX_ROLES, Page, PortalClient, PortalError,
};
pub use super::priority::{Priority, Queue};
use super::unreachable::Reach;
use crate::config::Clock;
use crate::domain::catalog::Account;
use crate::domain::{AccountId, CatalogEvent, Problem, ProblemKind, Secret};

/// Tokens that may be refused to one request while others are served with them.
const REFUSALS: u32 = 3;

/// Lists a portal; what it finds goes to `sink` while it goes on. `renew` is asked for a new token
/// once per refused one; where it has none, or the new one is refused at once, the listing ends.
///
/// # Errors
/// The failure that ends the whole listing; it is also sent as [`CatalogEvent::Failed`]. The failure of one
/// account does not end it.
pub async fn list(
    client: &PortalClient,
    portal: &Arc<str>,
    token: Secret,
    clock: &Clock,
    queue: Queue,
    renew: impl AsyncFn(Secret) -> Result<Secret, Problem>,
    sink: impl Fn(CatalogEvent),
) -> Result<(), Problem> {
    let portal = Arc::clone(portal);
    sink(CatalogEvent::Started {
        portal: Arc::clone(&portal),
    });
    let listing = Listing {
        client,
        portal: &portal,
        sink: &sink,
        session: Session::new(token),
        pages: Pages::default(),
        queue,
        tasks: HashMap::new(),
        seen: HashSet::new(),
        flights: FuturesUnordered::new(),
        flying: 0,
        concurrency: Concurrency::new(),
        outage: Outage::default(),
    };
    let result = listing.run(&renew).await;
    sink(match &result {
        Ok(()) => CatalogEvent::Finished {
            portal,
            at: clock.now(),
        },
        Err(problem) => CatalogEvent::Failed {
            portal,
            problem: problem.clone(),
        },
    });
    result
}

/// One thing to ask.
#[derive(Clone, Copy, Debug)]
enum Job {
    Accounts,
    Roles(AccountId),
}

/// The result of a request, or the end of a pause.
enum Landed {
    Accounts(Flight, Result<Page<Account>, Failed>),
    Roles(Flight, AccountId, Result<Page<Arc<str>>, Failed>),
    Rested(Job),
    /// The result of a probe: does anything answer at all?
    Probed(Flight, Result<(), Failed>),
}

/// The time at which a request was sent, and its token.
#[derive(Clone, Copy)]
struct Flight {
    sent: Instant,
    generation: u32,
}

/// Progress through the pages of accounts.
#[derive(Default)]
struct Pages {
    next: Option<String>,
    state: PageState,
    count: usize,
    /// The number of consecutive pages without a new account.
    idle: usize,
    tries: Tries,
    /// Pages and roles take turns, so that neither waits for the other.
    had_last_turn: bool,
}

#[derive(Default, PartialEq, Eq)]
enum PageState {
    #[default]
    Wanted,
    Asked,
    Done,
}

/// The failed attempts of one job.
#[derive(Default)]
struct Tries {
    failures: u32,
    throttled: u32,
    refusals: u32,
}

/// An account whose roles are being listed.
#[derive(Default)]
struct Task {
    roles: Vec<Arc<str>>,
    next: Option<String>,
    pages: usize,
    tries: Tries,
}

struct Listing<'a, S> {
    client: &'a PortalClient,
    portal: &'a Arc<str>,
    sink: &'a S,
    session: Session<'a>,
    pages: Pages,
    queue: Queue,
    tasks: HashMap<AccountId, Task>,
    seen: HashSet<AccountId>,
    flights: FuturesUnordered<LocalBoxFuture<'a, Landed>>,
    flying: usize,
    concurrency: Concurrency,
    outage: Outage,
}

/// The reaction to a failed request.
enum Verdict {
    Again,
    Rest(tokio::time::Duration),
    GiveUp(Problem),
}

impl<'a, S: Fn(CatalogEvent)> Listing<'a, S> {
    async fn run(
        mut self,
        renew: &'a impl AsyncFn(Secret) -> Result<Secret, Problem>,
    ) -> Result<(), Problem> {
        loop {
            let work = self.pages.state == PageState::Wanted || !self.queue.is_empty();
            if !work && self.flights.is_empty() {
                return Ok(());
            }
            let limit = self.outage.limit(self.concurrency.limit());
            let want = work && self.flying < limit && !self.session.is_renewing();
            let pause = self.outage.pause_until().filter(|_| want);
            tokio::select! {
                biased;
                Some(landed) = self.flights.next() => self.landed(landed, renew)?,
                renewed = self.session.renewed() => {
                    renewed.map_err(|why| self.end(why))?;
                }
                () = sleep_until(pause.unwrap_or_else(Instant::now)), if pause.is_some() => {
                    self.outage.paused();
                }
                () = self.client.take_turn(), if want && pause.is_none() => self.send(),
            }
        }
    }

    /// Sends what is wanted most; a token of the bucket has been taken for it.
    fn send(&mut self) {
        if self.outage.is_total() {
            self.probe();
            return;
        }
        let pages_turn = self.pages.state == PageState::Wanted
            && (self.queue.is_empty() || !self.pages.had_last_turn);
        self.pages.had_last_turn = pages_turn;
        let (client, token, flight) = (self.client, self.session.token(), self.flight());
        if pages_turn {
            self.pages.state = PageState::Asked;
            let next = self.pages.next.clone();
            self.flights.push(Box::pin(async move {
                Landed::Accounts(flight, client.try_accounts(&token, next).await)
            }));
        } else if let Some(account) = self.queue.pop() {
            let next = self.tasks.entry(account).or_default().next.clone();
            self.flights.push(Box::pin(async move {
                Landed::Roles(
                    flight,
                    account,
                    client.try_roles(&token, account, next).await,
                )
            }));
        } else {
            return;
        }
        self.flying += 1;
    }

    /// Asks for what the portal has answered before: only that tells whether nothing gets through
    /// or a few accounts break every connection.
    fn probe(&mut self) {
        let (client, token, flight) = (self.client, self.session.token(), self.flight());
        self.flights.push(Box::pin(async move {
            let answer = client.try_accounts(&token, None).await;
            Landed::Probed(flight, answer.map(|_| ()))
        }));
        self.flying += 1;
    }

    fn flight(&self) -> Flight {
        Flight {
            sent: Instant::now(),
            generation: self.session.generation(),
        }
    }

    fn landed(
        &mut self,
        landed: Landed,
        renew: &'a impl AsyncFn(Secret) -> Result<Secret, Problem>,
    ) -> Result<(), Problem> {
        match landed {
            Landed::Rested(job) => {
                self.put_back(job);
                Ok(())
            }
            Landed::Probed(flight, answer) => {
                self.flying -= 1;
                match answer {
                    Err(failed) if matches!(failed.error, PortalError::Offline(_)) => {
                        if self.outage.failed(flight.sent) {
                            return Err(failed.error.problem(self.portal));
                        }
                    }
                    // A refusal is an answer too.
                    _ => self.outage.over(),
                }
                Ok(())
            }
            Landed::Accounts(flight, Ok((accounts, more))) => {
                self.served(flight);
                self.accounts(accounts, more)
            }
            Landed::Roles(flight, account, Ok((roles, more))) => {
                self.served(flight);
                self.roles(account, roles, more);
                Ok(())
            }
            Landed::Accounts(flight, Err(failed)) => {
                match self.failed(flight, None, &failed, renew)? {
                    Verdict::Again => self.put_back(Job::Accounts),
                    Verdict::Rest(span) => self.rest(Job::Accounts, span),
                    Verdict::GiveUp(problem) => return Err(problem),
                }
                Ok(())
            }
            Landed::Roles(flight, account, Err(failed)) => {
                match self.failed(flight, Some(account), &failed, renew)? {
                    Verdict::Again => self.put_back(Job::Roles(account)),
                    Verdict::Rest(span) => self.rest(Job::Roles(account), span),
                    Verdict::GiveUp(problem) => self.tell(account, Err(problem)),
                }
                Ok(())
            }
        }
    }

    fn served(&mut self, flight: Flight) {
        self.flying -= 1;
        self.outage.over();
        self.session.served(flight.generation);
        self.concurrency.answered(flight.sent.elapsed());
    }

    /// An error: the list never ends.
    fn accounts(
        &mut self,
        mut accounts: Vec<Account>,
        more: Option<String>,
    ) -> Result<(), Problem> {
        self.pages.tries = Tries::default();
        self.pages.state = if more.is_some() {
            PageState::Wanted
        } else {
            PageState::Done
        };
        self.pages.next = more;
        self.pages.count += 1;
        if self.pages.count > MAX_ACCOUNT_PAGES || self.seen.len() + accounts.len() > MAX_ACCOUNTS {
            let failed = Failed::malformed("the list of accounts does not end");
            return Err(failed.error.problem(self.portal));
        }
        accounts.retain(|account| self.seen.insert(account.id));
        for account in &accounts {
            self.queue.push(account.id);
        }
        if accounts.is_empty() {
            self.pages.idle += 1;
            if self.pages.idle > MAX_IDLE_PAGES && self.pages.next.is_some() {
                let failed = Failed::malformed("the list of accounts does not end");
                return Err(failed.error.problem(self.portal));
            }
        } else {
            self.pages.idle = 0;
            self.client.waiting().progress();
            (self.sink)(CatalogEvent::Accounts {
                portal: Arc::clone(self.portal),
                accounts,
            });
        }
        Ok(())
    }

    fn roles(&mut self, account: AccountId, mut roles: Vec<Arc<str>>, more: Option<String>) {
        let task = self.tasks.entry(account).or_default();
        task.roles.append(&mut roles);
        task.next = more;
        task.pages += 1;
        task.tries = Tries::default();
        let is_endless = task.next.is_some() && task.pages >= MAX_ROLE_PAGES;
        if is_endless || task.roles.len() > MAX_ROLES {
            let failed = Failed::malformed("the list of roles does not end");
            self.tell(account, Err(failed.error.problem(self.portal)));
        } else if task.next.is_some() {
            self.queue.push_front(account);
        } else {
            let roles = std::mem::take(&mut task.roles);
            self.tell(account, Ok(roles));
        }
    }

    fn tell(&mut self, account: AccountId, roles: Result<Vec<Arc<str>>, Problem>) {
        self.tasks.remove(&account);
        if roles.is_ok() {
            self.client.waiting().progress();
        }
        (self.sink)(CatalogEvent::Roles {
            portal: Arc::clone(self.portal),
            account,
            roles,
        });
    }

    /// Weighs a failure. An error ends the whole listing.
    fn failed(
        &mut self,
        flight: Flight,
        account: Option<AccountId>,
        failed: &Failed,
        renew: &'a impl AsyncFn(Secret) -> Result<Secret, Problem>,
    ) -> Result<Verdict, Problem> {
        self.flying -= 1;
        let tries = match account {
            Some(account) => &mut self.tasks.entry(account).or_default().tries,
            None => &mut self.pages.tries,
        };
        let problem = || failed.error.clone().problem(self.portal);
        self.client.waiting().trouble(problem());
        match &failed.error {
            PortalError::Throttled => {
                // However often: an account is never given up for it (docs/requirements.md#portal-quota).
                tries.throttled += 1;
                self.client.throttled(flight.sent);
                self.concurrency.refused(flight.sent, Instant::now());
                Ok(Verdict::Rest(failed.wait(tries.throttled)))
            }
            PortalError::Unauthorized => {
                let refused = self.session.refused(flight.generation, renew);
                if refused == Refused::AtOnce {
                    return Err(problem());
                }
                tries.refusals += 1;
                if tries.refusals < REFUSALS || refused == Refused::Known {
                    return Ok(Verdict::Again);
                }
                Ok(Verdict::GiveUp(match account {
                    Some(_) => Problem::new(
                        ProblemKind::AccessDenied,
                        "the portal refuses the sign-in for this account only",
                    ),
                    None => problem(),
                }))
            }
            PortalError::Offline(unreachable) => {
                let is_long = self.outage.failed(flight.sent);
                // A proxy rarely changes its mind.
                let is_refused = unreachable.reach == Reach::ProxyRefused && self.outage.is_total();
                if !unreachable.is_transient() || is_long || is_refused {
                    return Err(problem());
                }
                // While nothing at all gets through it is not this account's fault.
                if !self.outage.is_total() {
                    tries.failures += 1;
                    if tries.failures >= MAX_ATTEMPTS {
                        return Ok(Verdict::GiveUp(problem()));
                    }
                }
                Ok(Verdict::Rest(failed.wait(tries.failures.max(1))))
            }
            error => {
                tries.failures += 1;
                if !error.is_transient() || tries.failures >= MAX_ATTEMPTS {
                    return Ok(Verdict::GiveUp(problem()));
                }
                self.concurrency.refused(flight.sent, Instant::now());
                Ok(Verdict::Rest(failed.wait(tries.failures)))
            }
        }
    }

    /// A request that waits before it is sent again takes no place of the others.
    fn rest(&self, job: Job, span: tokio::time::Duration) {
        self.flights.push(Box::pin(async move {
            sleep(span).await;
            Landed::Rested(job)
        }));
    }

    fn put_back(&mut self, job: Job) {
        match job {
            Job::Accounts => self.pages.state = PageState::Wanted,
            Job::Roles(account) => self.queue.push_front(account),
        }
    }

    fn end(&self, why: Option<Problem>) -> Problem {
        why.unwrap_or_else(|| Problem::sign_in_needed(self.portal))
    }
}
