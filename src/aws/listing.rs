//! Listing everything behind a portal: pages and roles at once, streamed as they come (P2, P3).
//!
//! One future, no spawned task: dropping it cancels everything.

use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::portal::{PortalClient, PortalError};
use crate::config::Clock;
use crate::domain::catalog::Account;
use crate::domain::{AccountId, CatalogEvent, Problem, Secret};

/// Requests under way at the start, and at the most. Against the quota the bucket is what limits;
/// without one, this is.
const FIRST_CONCURRENCY: usize = 8;
const MOST_CONCURRENCY: usize = 32;

/// Accounts whose roles somebody wants to see first: those on screen. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Priority {
    preferred: Arc<Mutex<Vec<AccountId>>>,
}

impl Priority {
    /// Prefers these accounts from now on; the earlier wish is forgotten.
    pub fn prefer(&self, accounts: Vec<AccountId>) {
        *self
            .preferred
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = accounts;
    }

    /// The first preferred account that still waits.
    fn next(&self, waiting: &HashSet<AccountId>) -> Option<AccountId> {
        let mut preferred = self
            .preferred
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let at = preferred
            .iter()
            .position(|account| waiting.contains(account));
        let found = at.and_then(|at| preferred.get(at).copied());
        // What is before it was listed already.
        let listed = at.map_or(preferred.len(), |at| at + 1);
        preferred.drain(..listed);
        found
    }
}

/// An answer, with the token that was used for it.
enum Answer {
    Page {
        next: Option<String>,
        token: Secret,
        result: Result<(Vec<Account>, Option<String>), PortalError>,
    },
    Roles {
        account: AccountId,
        token: Secret,
        result: Result<Vec<Arc<str>>, PortalError>,
    },
}

type Call<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// The accounts that wait for their roles: in the order of the service, but for the preferred.
#[derive(Default)]
struct Queue {
    order: VecDeque<AccountId>,
    waiting: HashSet<AccountId>,
}

impl Queue {
    fn push(&mut self, account: AccountId) {
        if self.waiting.insert(account) {
            self.order.push_back(account);
        }
    }

    fn pop(&mut self, priority: &Priority) -> Option<AccountId> {
        if let Some(account) = priority.next(&self.waiting) {
            self.waiting.remove(&account);
            return Some(account);
        }
        while let Some(account) = self.order.pop_front() {
            if self.waiting.remove(&account) {
                return Some(account);
            }
        }
        None
    }
}

/// Lists all accounts and their roles. The roles of the first page are asked for while the next
/// pages come. One account's failure is that account's event; a refused token is renewed once for
/// all and the listing goes on (L11).
///
/// # Errors
/// What stopped the listing of the accounts, or the renewal; it is also the last event.
pub async fn list(
    client: &PortalClient,
    portal: &Arc<str>,
    token: Secret,
    clock: &Clock,
    priority: &Priority,
    renew: impl AsyncFn(Secret) -> Result<Secret, Problem>,
    sink: impl Fn(CatalogEvent),
) -> Result<(), Problem> {
    sink(CatalogEvent::Started {
        portal: Arc::clone(portal),
    });
    let result = run(client, portal, token, priority, renew, &sink).await;
    sink(match &result {
        Ok(()) => CatalogEvent::Finished {
            portal: Arc::clone(portal),
            at: clock.now(),
        },
        Err(problem) => CatalogEvent::Failed {
            portal: Arc::clone(portal),
            problem: problem.clone(),
        },
    });
    result
}

async fn run(
    client: &PortalClient,
    portal: &Arc<str>,
    mut token: Secret,
    priority: &Priority,
    renew: impl AsyncFn(Secret) -> Result<Secret, Problem>,
    sink: &impl Fn(CatalogEvent),
) -> Result<(), Problem> {
    let mut calls: FuturesUnordered<Call<'_>> = FuturesUnordered::new();
    let mut queue = Queue::default();
    let mut concurrency = FIRST_CONCURRENCY;
    // A token that was just renewed and is refused again is no case for another renewal.
    let mut renewed_in_vain = false;
    calls.push(page(client, token.clone(), None));
    loop {
        while calls.len() < concurrency {
            let Some(account) = queue.pop(priority) else {
                break;
            };
            calls.push(roles(client, token.clone(), account));
        }
        let Some(answer) = calls.next().await else {
            return Ok(());
        };
        let refused = match &answer {
            Answer::Page {
                token,
                result: Err(PortalError::Unauthorized),
                ..
            }
            | Answer::Roles {
                token,
                result: Err(PortalError::Unauthorized),
                ..
            } => Some(token.clone()),
            _ => None,
        };
        match &refused {
            // Others were under way with the old token: they are just asked again.
            Some(refused) if *refused == token => {
                if renewed_in_vain {
                    return Err(Problem::sign_in_needed(portal));
                }
                token = renew(refused.clone()).await?;
                renewed_in_vain = true;
            }
            Some(_) => {}
            None => {
                renewed_in_vain = false;
                concurrency = (concurrency + 1).min(MOST_CONCURRENCY);
            }
        }
        match answer {
            Answer::Page { next, .. } if refused.is_some() => {
                calls.push(page(client, token.clone(), next));
            }
            Answer::Roles { account, .. } if refused.is_some() => queue.push(account),
            Answer::Page { result, .. } => {
                let (accounts, next) = result?;
                for account in &accounts {
                    queue.push(account.id);
                }
                sink(CatalogEvent::Accounts {
                    portal: Arc::clone(portal),
                    accounts,
                });
                if next.is_some() {
                    calls.push(page(client, token.clone(), next));
                }
            }
            Answer::Roles {
                account, result, ..
            } => sink(CatalogEvent::Roles {
                portal: Arc::clone(portal),
                account,
                roles: result.map_err(Problem::from),
            }),
        }
    }
}

fn page(client: &PortalClient, token: Secret, next: Option<String>) -> Call<'_> {
    Box::pin(async move {
        let result = client.accounts_page(&token, next.clone()).await;
        Answer::Page {
            next,
            token,
            result,
        }
    })
}

fn roles(client: &PortalClient, token: Secret, account: AccountId) -> Call<'_> {
    Box::pin(async move {
        let result = client.roles(&token, account).await;
        Answer::Roles {
            account,
            token,
            result,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_come_first_and_nobody_twice() {
        let id = |n: u64| format!("{n:012}").parse::<AccountId>().unwrap();
        let mut queue = Queue::default();
        (1..=5).for_each(|n| queue.push(id(n)));
        queue.push(id(2));
        let priority = Priority::default();
        priority.prefer(vec![id(9), id(4), id(1)]);
        let order: Vec<_> = std::iter::from_fn(|| queue.pop(&priority)).collect();
        assert_eq!(order, [id(4), id(1), id(2), id(3), id(5)]);
    }
}
