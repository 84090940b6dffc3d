//! The order in which a listing asks about accounts: those on screen first.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::AccountId;

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
        let mut wishes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wishes.version += 1;
        wishes.accounts = accounts.into();
    }

    /// The wishes, if they changed since `version`.
    fn since(&self, version: u64) -> Option<(u64, Arc<[AccountId]>)> {
        let wishes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (wishes.version != version).then(|| (wishes.version, Arc::clone(&wishes.accounts)))
    }
}

/// The accounts of one listing that wait for their turn.
#[derive(Debug, Default)]
pub(super) struct Queue {
    order: VecDeque<AccountId>,
    waiting: HashSet<AccountId>,
    version: u64,
    wished: Arc<[AccountId]>,
}

impl Queue {
    pub(super) fn push(&mut self, account: AccountId) {
        if self.waiting.insert(account) {
            self.order.push_back(account);
        }
    }

    /// Puts back an account that was refused for a passing reason: it is next.
    pub(super) fn push_front(&mut self, account: AccountId) {
        if self.waiting.insert(account) {
            self.order.push_front(account);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn pop(&mut self, priority: &Priority) -> Option<AccountId> {
        if let Some((version, accounts)) = priority.since(self.version) {
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
        // What was taken by a wish is still in the order; it is skipped here.
        std::iter::from_fn(|| self.order.pop_front()).find(|account| self.waiting.remove(account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u64) -> AccountId {
        format!("{n:012}").parse().unwrap()
    }

    fn drain(queue: &mut Queue, priority: &Priority) -> Vec<AccountId> {
        std::iter::from_fn(|| queue.pop(priority)).collect()
    }

    #[test]
    fn the_wished_come_first_and_nobody_twice() {
        let priority = Priority::default();
        let mut queue = Queue::default();
        for n in [1, 2, 3, 4, 2] {
            queue.push(id(n));
        }
        priority.prefer(vec![id(3), id(9), id(2)]);
        assert_eq!(queue.pop(&priority), Some(id(3)));
        priority.prefer(vec![id(4)]);
        assert_eq!(drain(&mut queue, &priority), [id(4), id(1), id(2)]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_wish_may_come_before_the_account() {
        let priority = Priority::default();
        priority.prefer(vec![id(2)]);
        let mut queue = Queue::default();
        queue.push(id(1));
        queue.push(id(3));
        assert_eq!(queue.pop(&priority), Some(id(1)));
        queue.push(id(2));
        assert_eq!(drain(&mut queue, &priority), [id(2), id(3)]);
    }

    #[test]
    fn put_back_is_next() {
        let priority = Priority::default();
        let mut queue = Queue::default();
        queue.push(id(1));
        queue.push(id(2));
        let first = queue.pop(&priority).unwrap();
        queue.push_front(first);
        assert_eq!(drain(&mut queue, &priority), [id(1), id(2)]);
    }
}
