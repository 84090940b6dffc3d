//! The order in which a listing asks about accounts: those on screen first, then what is new or has changed.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use crate::domain::AccountId;
use crate::domain::catalog::PortalPart;
use crate::domain::locked::locked;

/// The accounts on screen, which are listed first; clones share them, and several listings can follow them.
#[derive(Clone, Debug, Default)]
pub struct Priority(Arc<Mutex<Wishes>>);

#[derive(Debug, Default)]
struct Wishes {
    version: u64,
    accounts: Arc<[AccountId]>,
}

impl Priority {
    /// Moves these accounts, first one first, to the front of the queue; earlier wishes are over.
    pub fn prefer(&self, accounts: Vec<AccountId>) {
        let mut wishes = locked(&self.0);
        wishes.version += 1;
        wishes.accounts = accounts.into();
    }

    /// The wishes, if they changed since `version`.
    fn since(&self, version: u64) -> Option<(u64, Arc<[AccountId]>)> {
        let wishes = locked(&self.0);
        (wishes.version != version).then(|| (wishes.version, Arc::clone(&wishes.accounts)))
    }
}

/// The accounts of one listing that wait for their turn: those on screen, then those whose roles are not known, then
/// those whose roles changed, the latest change first, then all others in the portal's order.
#[derive(Debug, Default)]
pub struct Queue {
    priority: Priority,
    /// Accounts whose roles are known from an earlier listing.
    known: HashSet<AccountId>,
    /// The places of those that changed, the latest change at 0.
    changes: HashMap<AccountId, usize>,
    /// Accounts that are put back, and those whose roles are not known.
    next: VecDeque<AccountId>,
    /// Those that changed, by their places in `changes`.
    changed: BTreeMap<usize, AccountId>,
    rest: VecDeque<AccountId>,
    waiting: HashSet<AccountId>,
    version: u64,
    wished: Arc<[AccountId]>,
}

impl Queue {
    /// An empty queue. `before` is what an earlier listing of the portal told.
    #[must_use]
    pub fn new(priority: Priority, before: Option<&PortalPart>) -> Self {
        let accounts = before.into_iter().flat_map(|before| &before.accounts);
        let known = accounts.filter(|(_, part)| part.roles.is_some());
        let changes = before.map_or(&[][..], PortalPart::changed);
        Self {
            priority,
            known: known.map(|(account, _)| *account).collect(),
            changes: changes.iter().copied().zip(0..).collect(),
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, account: AccountId) {
        if !self.waiting.insert(account) {
            return;
        }
        if !self.known.contains(&account) {
            self.next.push_back(account);
        } else if let Some(place) = self.changes.get(&account) {
            self.changed.insert(*place, account);
        } else {
            self.rest.push_back(account);
        }
    }

    /// Puts back an account that was refused for a passing reason: it is next.
    pub(super) fn push_front(&mut self, account: AccountId) {
        if self.waiting.insert(account) {
            self.next.push_front(account);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn pop(&mut self) -> Option<AccountId> {
        if let Some((version, accounts)) = self.priority.since(self.version) {
            self.version = version;
            self.wished = accounts;
        }
        // The wishes are as many as a screen has rows; they stay, for accounts yet to come.
        let wished = self
            .wished
            .iter()
            .copied()
            .find(|account| self.waiting.contains(account));
        if let Some(account) = wished {
            self.waiting.remove(&account);
            return Some(account);
        }
        let in_order = || {
            let changed = || self.changed.pop_first().map(|(_, account)| account);
            let next = self.next.pop_front().or_else(changed);
            next.or_else(|| self.rest.pop_front())
        };
        // What was taken by a wish is still in the order; it is skipped here.
        std::iter::from_fn(in_order).find(|account| self.waiting.remove(account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::listed;

    fn id(n: u64) -> AccountId {
        format!("{n:012}").parse().unwrap()
    }

    fn drain(queue: &mut Queue) -> Vec<AccountId> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn the_wished_come_first_and_nobody_twice() {
        let priority = Priority::default();
        let mut queue = Queue::new(priority.clone(), None);
        for n in [1, 2, 3, 4, 2] {
            queue.push(id(n));
        }
        priority.prefer(vec![id(3), id(9), id(2)]);
        assert_eq!(queue.pop(), Some(id(3)));
        priority.prefer(vec![id(4)]);
        assert_eq!(drain(&mut queue), [id(4), id(1), id(2)]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_wish_may_come_before_the_account() {
        let priority = Priority::default();
        priority.prefer(vec![id(2)]);
        let mut queue = Queue::new(priority, None);
        queue.push(id(1));
        queue.push(id(3));
        assert_eq!(queue.pop(), Some(id(1)));
        queue.push(id(2));
        assert_eq!(drain(&mut queue), [id(2), id(3)]);
    }

    #[test]
    fn put_back_is_next() {
        let mut queue = Queue::default();
        queue.push(id(1));
        queue.push(id(2));
        let first = queue.pop().unwrap();
        queue.push_front(first);
        assert_eq!(drain(&mut queue), [id(1), id(2)]);
    }

    #[test]
    fn unknown_and_changed_accounts_come_before_the_others() {
        let mut before = listed((1..=6).map(id));
        before.accounts.get_mut(&id(4)).unwrap().roles = None;
        before.add_changed([id(2)]);
        before.add_changed([id(5), id(3)]);
        let priority = Priority::default();
        let mut queue = Queue::new(priority.clone(), Some(&before));
        // The seventh is new, and the roles of the fourth were never listed.
        for n in 1..=7 {
            queue.push(id(n));
        }
        priority.prefer(vec![id(6), id(3)]);
        assert_eq!(drain(&mut queue), [6, 3, 4, 7, 5, 2, 1].map(id));
    }
}
