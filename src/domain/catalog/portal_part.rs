//! The part of the catalog that one portal gives: its accounts and their roles, and how a refresh changes
//! them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::entry::{Entry, Gap, GapReason, Item, Mark};
use crate::domain::id::{AccountId, EntryId, Kind};
use crate::domain::items::{AccountRoles, Block, Items};
use crate::domain::ordered;
use crate::domain::problem::Problem;
use crate::domain::shared_text::SharedText;
use crate::domain::text::natural_key;

/// One account of one portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: AccountId,
    /// As the service gave it; may be empty.
    pub name: SharedText,
    /// As the service gave it; may be empty.
    pub email: SharedText,
}

/// The known roles of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPart {
    /// Name and e-mail address.
    pub account: Account,
    /// The roles, sorted by name; `None` while they were never listed.
    /// Shared by the accounts of a cached catalog that have the same ones.
    pub roles: Option<Arc<[Arc<str>]>>,
    /// The failure of the last listing of the roles, if it failed. Older roles are kept with it. Boxed: it is
    /// large, there are thousands of accounts, and nearly none has one.
    pub problem: Option<Box<Problem>>,
}

/// The known accounts of one portal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortalPart {
    /// The end of the last complete refresh (UTC); `None` before the first.
    pub fetched_at: Option<Timestamp>,
    /// The accounts by id.
    pub accounts: BTreeMap<AccountId, AccountPart>,
    /// The failure of the last refresh, if it failed.
    pub problem: Option<Problem>,
    /// The place in the list of each account, in the order of the ids; empty while that is not known.
    ranks: Vec<u32>,
    /// Accounts whose roles a refresh has changed, the latest change first.
    changed: Vec<AccountId>,
    /// The number of accounts with a problem, which each frame shows.
    failed: usize,
    refresh: Option<Refresh>,
    marks: BTreeMap<(AccountId, Arc<str>), Mark>,
    /// Accounts that the last refresh lost, for the names of their rows.
    lost_accounts: BTreeMap<AccountId, Account>,
}

/// A refresh under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Refresh {
    seen: BTreeSet<AccountId>,
    /// Accounts whose roles were answered, well or badly.
    listed: usize,
    /// The roles of each account before the refresh.
    before: BTreeMap<AccountId, Arc<[Arc<str>]>>,
    /// `true` if there was a complete catalog to compare with.
    comparable: bool,
}

/// The number of changed accounts that are remembered: what a portal answers within a minute.
const MAX_CHANGED: usize = 1_000;

/// The changes of a complete refresh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Entries that were not there before.
    pub gained: Vec<EntryId>,
    /// Entries that are no longer there.
    pub lost: Vec<EntryId>,
}

impl Difference {
    /// `true` if nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty()
    }
}

/// The parts of one instance as one: what any of them has.
pub(super) fn joined<'a>(mut parts: impl Iterator<Item = &'a PortalPart>) -> PortalPart {
    let mut all = parts.next().cloned().unwrap_or_default();
    for part in parts {
        all.join(part);
    }
    all
}

impl AccountPart {
    fn join(&mut self, other: &Self) {
        if self.account.name.is_empty() {
            self.account = other.account.clone();
        }
        self.roles = match (self.roles.take(), &other.roles) {
            (Some(roles), Some(others)) if roles != *others => {
                let mut all = roles.iter().chain(others.iter()).cloned().collect();
                sort_roles(&mut all);
                Some(all.into())
            }
            (roles, others) => roles.or_else(|| others.clone()),
        };
        // Another portal has listed them.
        if other.problem.is_none() && other.roles.is_some() {
            self.problem = None;
        }
    }
}

fn sort_roles(roles: &mut Vec<Arc<str>>) {
    roles.sort_by_cached_key(|role| (natural_key(role), Arc::clone(role)));
    roles.dedup();
}

/// The roles that the others lack, sorted. Nearly all accounts have the same ones.
fn missing(
    roles: &BTreeMap<AccountId, Arc<[Arc<str>]>>,
    others: &BTreeMap<AccountId, Arc<[Arc<str>]>>,
) -> Vec<(AccountId, Arc<str>)> {
    let mut missing = Vec::new();
    for (account, roles) in roles {
        let others = others.get(account);
        if others.is_some_and(|others| others == roles) {
            continue;
        }
        let others = others.map_or(&[][..], |others| others);
        let roles = roles.iter().filter(|role| !others.contains(role));
        missing.extend(roles.map(|role| (*account, Arc::clone(role))));
    }
    missing.sort();
    missing
}

impl PortalPart {
    /// True if the account has the role.
    pub(super) fn has(&self, account: AccountId, role: &Arc<str>) -> bool {
        let account = self.accounts.get(&account);
        account
            .and_then(|account| account.roles.as_ref())
            .is_some_and(|roles| roles.contains(role))
    }

    /// The place in the list of each account, in the order of the ids. To sort thousands of names takes longer
    /// than all else that the first frame needs.
    pub(crate) fn ranks(&self) -> Cow<'_, [u32]> {
        if self.ranks.len() == self.accounts.len() {
            return Cow::Borrowed(&self.ranks);
        }
        let accounts: Vec<&Account> = self.accounts.values().map(|part| &part.account).collect();
        let mut places: Vec<usize> = (0..accounts.len()).collect();
        places.sort_by_cached_key(|at| {
            let account = accounts.get(*at);
            account.map(|account| (natural_key(&account.name), account.id))
        });
        let mut ranks = vec![0; accounts.len()];
        for (rank, at) in (0..).zip(places) {
            ranks[at] = rank;
        }
        Cow::Owned(ranks)
    }

    /// Takes in what [`PortalPart::ranks`] returned for the same accounts; `false` if it cannot be that.
    #[must_use]
    pub(crate) fn set_ranks(&mut self, ranks: Vec<u32>) -> bool {
        let mut is_taken = vec![false; self.accounts.len()];
        let takes_one = |rank: &u32| {
            let place = is_taken.get_mut(*rank as usize);
            place.is_some_and(|is_taken| !std::mem::replace(is_taken, true))
        };
        let is_order = ranks.len() == self.accounts.len() && ranks.iter().all(takes_one);
        if is_order {
            self.ranks = ranks;
        }
        is_order
    }

    /// Accounts whose roles a refresh has changed, the latest change first.
    #[must_use]
    pub fn changed(&self) -> &[AccountId] {
        &self.changed
    }

    /// Takes in accounts with changes that are later than those that are known. Accounts that are not there are left
    /// out, and the earliest changes if there are very many.
    pub(crate) fn add_changed(&mut self, accounts: impl IntoIterator<Item = AccountId>) {
        let before = std::mem::take(&mut self.changed);
        let mut seen = BTreeSet::new();
        let mut all: Vec<AccountId> = accounts.into_iter().chain(before).collect();
        all.retain(|account| self.accounts.contains_key(account) && seen.insert(*account));
        all.truncate(MAX_CHANGED);
        self.changed = all;
    }

    /// The accounts in the order of the list.
    fn in_order(&self) -> impl Iterator<Item = &AccountPart> {
        let mut parts = vec![None; self.accounts.len()];
        for (part, rank) in self.accounts.values().zip(&*self.ranks()) {
            parts[*rank as usize] = Some(part);
        }
        parts.into_iter().flatten()
    }

    fn join(&mut self, other: &Self) {
        self.ranks.clear();
        let is_old = |part: &Self, (account, role): &(AccountId, Arc<str>)| {
            part.has(*account, role) && !part.marks.contains_key(&(*account, Arc::clone(role)))
        };
        let mut marks = self.marks.clone();
        marks.extend(other.marks.clone());
        marks.retain(|pair, mark| match mark {
            Mark::Lost => !self.has(pair.0, &pair.1) && !other.has(pair.0, &pair.1),
            _ => !is_old(self, pair) && !is_old(other, pair),
        });
        self.marks = marks;
        for (id, account) in &other.accounts {
            match self.accounts.get_mut(id) {
                Some(known) => known.join(account),
                None => {
                    self.accounts.insert(*id, account.clone());
                }
            }
        }
        self.failed = self.count_failed();
        self.lost_accounts.extend(other.lost_accounts.clone());
        if self.refresh.is_none() {
            self.refresh.clone_from(&other.refresh);
        }
    }

    /// `true` if a refresh has reached every account and every role, and no refresh is running or has
    /// failed since.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.fetched_at.is_some()
            && self.refresh.is_none()
            && self.problem.is_none()
            && self
                .accounts
                .values()
                .all(|part| part.roles.is_some() && part.problem.is_none())
    }

    /// Accounts whose roles the running refresh has listed, and accounts it has seen; `None` when
    /// no refresh is running.
    #[must_use]
    pub fn progress(&self) -> Option<(usize, usize)> {
        self.refresh
            .as_ref()
            .map(|refresh| (refresh.listed, refresh.seen.len()))
    }

    /// The number of accounts whose roles could not be listed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.failed
    }

    fn count_failed(&self) -> usize {
        let accounts = self.accounts.values();
        accounts.filter(|part| part.problem.is_some()).count()
    }

    /// The roles of each account, as far as they are known.
    fn roles_by_account(&self) -> BTreeMap<AccountId, Arc<[Arc<str>]>> {
        let roles = |(id, part): (&AccountId, &AccountPart)| Some((*id, part.roles.clone()?));
        self.accounts.iter().filter_map(roles).collect()
    }

    pub(super) fn start(&mut self) {
        self.problem = None;
        self.marks.clear();
        self.lost_accounts.clear();
        self.refresh = Some(Refresh {
            before: self.roles_by_account(),
            comparable: self.fetched_at.is_some(),
            ..Refresh::default()
        });
    }

    pub(super) fn add(&mut self, accounts: Vec<Account>) {
        for account in accounts {
            let known = self.accounts.get(&account.id);
            if known.is_none_or(|known| known.account.name != account.name) {
                self.ranks.clear();
            }
            if let Some(refresh) = &mut self.refresh {
                refresh.seen.insert(account.id);
            }
            if let Some(part) = self.accounts.get_mut(&account.id) {
                part.account = account;
            } else {
                let part = AccountPart {
                    account,
                    roles: None,
                    problem: None,
                };
                self.accounts.insert(part.account.id, part);
            }
        }
    }

    pub(super) fn roles(&mut self, account: AccountId, roles: Result<Vec<Arc<str>>, Problem>) {
        if let Some(refresh) = &mut self.refresh {
            refresh.listed += 1;
        }
        let Some(part) = self.accounts.get_mut(&account) else {
            return;
        };
        self.failed -= usize::from(part.problem.is_some());
        self.failed += usize::from(roles.is_err());
        match roles {
            Ok(mut roles) => {
                sort_roles(&mut roles);
                part.roles = Some(roles.into());
                part.problem = None;
            }
            Err(problem) => part.problem = Some(Box::new(problem)),
        }
    }

    /// Ends a refresh early; what was known stays.
    pub(super) fn fail(&mut self, problem: Problem) {
        self.refresh = None;
        self.problem = Some(problem);
    }

    /// Ends a refresh that nobody continues; `true` if one was running. What it listed stays.
    pub(crate) fn stop(&mut self) -> bool {
        self.refresh.take().is_some()
    }

    pub(super) fn finish(&mut self, portal: &Arc<str>, at: Timestamp) -> Difference {
        let Some(refresh) = self.refresh.take() else {
            return Difference::default();
        };
        self.fetched_at = Some(at);
        self.problem = None;
        let (kept, lost) = std::mem::take(&mut self.accounts)
            .into_iter()
            .partition(|(id, _)| refresh.seen.contains(id));
        self.accounts = kept;
        self.failed = self.count_failed();
        self.ranks.clear();
        self.ranks = self.ranks().into_owned();
        let lost: BTreeMap<AccountId, AccountPart> = lost;
        self.lost_accounts = ordered::map(lost.into_iter().map(|(id, part)| (id, part.account)));
        if !refresh.comparable {
            return Difference::default();
        }
        let after = self.roles_by_account();
        let mut mark = |mark, pairs: Vec<(AccountId, Arc<str>)>| -> Vec<EntryId> {
            let marked = pairs.iter().map(|pair| (pair.clone(), mark));
            self.marks.extend(marked);
            let pairs = pairs.into_iter();
            let id = |(account, role)| EntryId::org(Arc::clone(portal), account, role);
            pairs.map(id).collect()
        };
        let difference = Difference {
            gained: mark(Mark::New, missing(&after, &refresh.before)),
            lost: mark(Mark::Lost, missing(&refresh.before, &after)),
        };
        let changed = difference.gained.iter().chain(&difference.lost);
        self.add_changed(changed.map(|id| id.account));
        difference
    }

    pub(super) fn items(&self, portal: &Arc<str>, items: &mut Items) {
        for part in self.in_order() {
            let account = &part.account;
            if let Some(roles) = &part.roles {
                let block = AccountRoles {
                    portal: Arc::clone(portal),
                    account: account.id,
                    name: account.name.clone(),
                    email: account.email.clone(),
                    label: None,
                    roles: Arc::clone(roles),
                };
                self.with_marks(block, items);
            }
            let reason = match (&part.problem, &part.roles) {
                (Some(problem), _) => GapReason::Failed(problem.clone()),
                (None, None) if self.refresh.is_some() => GapReason::Loading,
                (None, None) => GapReason::Unknown,
                (None, Some(roles)) if roles.is_empty() => GapReason::NoRoles,
                (None, Some(_)) => continue,
            };
            items.push(Block::Item(Item::Gap(Gap {
                kind: Kind::Org,
                source: Arc::clone(portal),
                account: Some(account.id),
                name: account.name.clone(),
                email: account.email.clone(),
                reason,
            })));
        }
        for ((account, role), mark) in &self.marks {
            if *mark == Mark::Lost {
                let known = self.accounts.get(account).map(|part| &part.account);
                let known = known.or_else(|| self.lost_accounts.get(account));
                items.push(Block::Item(Item::Entry(Entry {
                    id: EntryId::org(Arc::clone(portal), *account, Arc::clone(role)),
                    account_name: known.map_or_else(SharedText::default, |a| a.name.clone()),
                    email: known.map_or_else(SharedText::default, |a| a.email.clone()),
                    mark: Mark::Lost,
                    label: None,
                    own: None,
                })));
            }
        }
    }

    /// Adds the roles of an account: as one block, or as a row each if one of them has a mark.
    fn with_marks(&self, roles: AccountRoles, items: &mut Items) {
        let mark = |role: &Arc<str>| self.marks.get(&(roles.account, Arc::clone(role))).copied();
        // Most often there is none, and there are a hundred thousand roles.
        if self.marks.is_empty() || roles.roles.iter().all(|role| mark(role).is_none()) {
            return items.push(Block::Roles(roles));
        }
        for (row, role) in roles.roles.iter().enumerate() {
            if let Some(entry) = roles.entry(row) {
                let mark = mark(role).unwrap_or_default();
                items.push(Block::Item(Item::Entry(Entry { mark, ..entry })));
            }
        }
    }
}
