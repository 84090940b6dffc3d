//! The catalog: everything a user can reach, by portal, with the age of each part.
//!
//! It starts as the cached copy and changes by [`CatalogEvent`]s that stream in from a refresh, page
//! by page and account by account; what the refresh has not reached yet stays as it was (docs/requirements.md#errors-per-account). When
//! the refresh of a portal ends, the difference is marked and returned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::app::{App, AppRole};
use super::chain::Chain;
use super::entry::{Entry, Gap, GapReason, Item, Mark};
use super::id::{AccountId, EntryId, Kind};
use super::label::Label;
use super::own::Own;
use super::problem::Problem;
use super::text::natural_key;

/// One account of one portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: AccountId,
    /// As the service gave it; may be empty.
    pub name: Arc<str>,
    /// As the service gave it; may be empty.
    pub email: Arc<str>,
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
    refresh: Option<Refresh>,
    marks: BTreeMap<(AccountId, Arc<str>), Mark>,
    /// Accounts that the last refresh lost, for the names of their rows.
    lost_accounts: BTreeMap<AccountId, Account>,
}

/// The known roles of one app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppPart {
    /// The portal that it belongs to.
    pub portal: Option<Arc<str>>,
    /// The roles that its last response carried, sorted; `None` before the first.
    pub roles: Option<Vec<AppRole>>,
    /// The time of that response (UTC).
    pub captured_at: Option<Timestamp>,
}

/// A refresh under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Refresh {
    seen: BTreeSet<AccountId>,
    /// Accounts whose roles were answered, well or badly.
    listed: usize,
    /// The entries before the refresh.
    before: BTreeSet<(AccountId, Arc<str>)>,
    /// `true` if there was a complete catalog to compare with.
    comparable: bool,
}

/// An event of one portal's refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogEvent {
    /// It begins.
    Started {
        /// The portal's name.
        portal: Arc<str>,
    },
    /// A page of accounts.
    Accounts {
        /// The portal's name.
        portal: Arc<str>,
        /// The page.
        accounts: Vec<Account>,
    },
    /// The roles of one account, or why they could not be listed.
    Roles {
        /// The portal's name.
        portal: Arc<str>,
        /// The account.
        account: AccountId,
        /// Role names in any order.
        roles: Result<Vec<Arc<str>>, Problem>,
    },
    /// It ended: all pages and all roles were asked for.
    Finished {
        /// The portal's name.
        portal: Arc<str>,
        /// The time (UTC).
        at: Timestamp,
    },
    /// A response of an app was captured.
    App {
        /// The app's name.
        app: Arc<str>,
        /// The roles that it carries.
        roles: Vec<AppRole>,
        /// The time (UTC).
        at: Timestamp,
    },
    /// It ended early; what was known stays.
    Failed {
        /// The portal's name.
        portal: Arc<str>,
        /// The reason.
        problem: Problem,
    },
}

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

/// All portals' and apps' parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// By the portal's name.
    pub portals: BTreeMap<Arc<str>, PortalPart>,
    /// By the app's name.
    pub apps: BTreeMap<Arc<str>, AppPart>,
    /// The user's own words for accounts.
    pub labels: BTreeMap<AccountId, Arc<Label>>,
    /// Chained roles, and the entries whose credentials assume them.
    pub chains: BTreeMap<EntryId, EntryId>,
    /// Own profiles by name.
    pub own: BTreeMap<Arc<str>, Arc<Own>>,
}

impl Catalog {
    /// Takes in one event. The end of a complete refresh returns what it changed.
    pub fn apply(&mut self, event: CatalogEvent) -> Difference {
        match event {
            CatalogEvent::Started { portal } => self.portals.entry(portal).or_default().start(),
            CatalogEvent::Accounts { portal, accounts } => {
                self.portals.entry(portal).or_default().add(accounts);
            }
            CatalogEvent::Roles {
                portal,
                account,
                roles,
            } => {
                self.portals
                    .entry(portal)
                    .or_default()
                    .roles(account, roles);
            }
            CatalogEvent::Finished { portal, at } => {
                let part = self.portals.entry(Arc::clone(&portal)).or_default();
                return part.finish(&portal, at);
            }
            CatalogEvent::App { app, roles, at } => {
                let part = self.apps.entry(app).or_default();
                part.roles = Some(roles);
                part.captured_at = Some(at);
            }
            CatalogEvent::Failed { portal, problem } => {
                let part = self.portals.entry(portal).or_default();
                part.refresh = None;
                part.problem = Some(problem);
            }
        }
        Difference::default()
    }

    /// Takes in which apps there are: the settings know that, the cache only what they gave.
    pub fn set_apps(&mut self, apps: &[App]) {
        self.apps
            .retain(|name, _| apps.iter().any(|app| app.name == *name));
        for app in apps {
            let part = self.apps.entry(Arc::clone(&app.name)).or_default();
            part.portal.clone_from(&app.portal);
        }
    }

    /// Takes in which chained roles there are.
    pub fn set_chains(&mut self, chains: &[Chain]) {
        self.chains = chains
            .iter()
            .map(|chain| (chain.entry(), chain.source.clone()))
            .collect();
    }

    /// Takes in which own profiles there are.
    pub fn set_own(&mut self, own: Vec<Own>) {
        self.own = own
            .into_iter()
            .map(|own| (Arc::clone(&own.name), Arc::new(own)))
            .collect();
    }

    /// `true` if an own profile leads to an entry that is already listed.
    fn is_listed(&self, own: &Own) -> bool {
        own.leads_to.as_ref().is_some_and(|id| self.has_org(id))
    }

    fn has_org(&self, id: &EntryId) -> bool {
        self.portals
            .get(&id.source)
            .and_then(|part| part.accounts.get(&id.account))
            .and_then(|account| account.roles.as_ref())
            .is_some_and(|roles| roles.contains(&id.role))
    }

    /// The entries of the organization that an own profile leads to, with the profile's name; the
    /// first one by name counts.
    #[must_use]
    pub fn own_profiles(&self) -> BTreeMap<EntryId, Arc<str>> {
        let mut profiles = BTreeMap::new();
        for own in self.own.values() {
            if let Some(id) = &own.leads_to {
                let name = || Arc::clone(&own.name);
                profiles.entry(id.clone()).or_insert_with(name);
            }
        }
        profiles
    }

    /// The name of the own profile that an entry is used by: itself, or one that leads to it.
    #[must_use]
    pub fn own_profile_of(&self, id: &EntryId) -> Option<&Arc<str>> {
        if id.kind == Kind::Profile {
            return self.own.get_key_value(&id.source).map(|(name, _)| name);
        }
        let mut own = self.own.values();
        let own = own.find(|own| own.leads_to.as_ref() == Some(id))?;
        Some(&own.name)
    }

    /// The own profiles that are rows.
    fn own_items(&self, items: &mut Vec<Item>) {
        let rows = self.own.values().filter(|own| !self.is_listed(own));
        items.extend(rows.map(|own| {
            Item::Entry(Entry {
                id: own.entry(),
                account_name: Arc::clone(&own.name),
                email: Arc::from(""),
                mark: Mark::Known,
                label: None,
                own: Some(Arc::clone(own)),
            })
        }));
    }

    /// Every row: first the portals', sorted by portal, account name and role, then the apps', the
    /// chains and the own profiles. Names
    /// are as the service gave them.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        // Its exact size: growing by doubling would take half as much again.
        let known = self
            .portals
            .values()
            .flat_map(|part| part.accounts.values());
        let rows = known.map(|part| part.roles.as_ref().map_or(1, |roles| roles.len()).max(1));
        let others = self.chains.len() + self.own.len();
        let mut items = Vec::with_capacity(rows.sum::<usize>() + others);
        for (name, part) in &self.portals {
            part.items(name, &mut items);
        }
        for (name, part) in &self.apps {
            part.items(name, &mut items);
        }
        items.extend(self.chains.keys().map(|id| {
            Item::Entry(Entry {
                id: id.clone(),
                account_name: Arc::clone(&id.source),
                email: Arc::from(""),
                mark: Mark::Known,
                label: None,
                own: None,
            })
        }));
        self.own_items(&mut items);
        if !self.labels.is_empty() {
            for item in &mut items {
                if let Item::Entry(entry) = item {
                    entry.label = entry
                        .account()
                        .and_then(|account| self.labels.get(&account).cloned());
                }
            }
        }
        items
    }

    /// The entries that can be used, in the order of [`Catalog::items`]; `portal` narrows them.
    #[must_use]
    pub fn usable(&self, portal: Option<&str>) -> Vec<Entry> {
        self.entries()
            .filter(|entry| entry.mark != Mark::Lost)
            .filter(|entry| self.belongs_to(entry.id.kind, &entry.id.source, portal))
            .collect()
    }

    /// `true` if a row belongs to the portal, or if `portal` is `None`.
    #[must_use]
    pub fn belongs_to(&self, kind: Kind, source: &Arc<str>, portal: Option<&str>) -> bool {
        portal.is_none_or(|portal| {
            self.portal_of(kind, source)
                .is_some_and(|of| **of == *portal)
        })
    }

    /// The portal that a source of entries belongs to, as far as the catalog knows.
    #[must_use]
    pub fn portal_of<'a>(&'a self, kind: Kind, source: &'a Arc<str>) -> Option<&'a Arc<str>> {
        match kind {
            Kind::Org => Some(source),
            Kind::External => self.apps.get(source)?.portal.as_ref(),
            Kind::Chain => {
                let (_, source) = self.chains.iter().find(|(id, _)| id.source == *source)?;
                // The settings refuse loops.
                self.portal_of(source.kind, &source.source)
            }
            Kind::Profile => Some(&self.own.get(source)?.leads_to.as_ref()?.source),
        }
    }

    /// Every row that can be chosen, in the order of [`Catalog::items`].
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        self.items().into_iter().filter_map(|item| match item {
            Item::Entry(entry) => Some(entry),
            Item::Gap(_) => None,
        })
    }

    /// The row of an id, whether it is listed or not: with the names that are known.
    #[must_use]
    pub fn entry(&self, id: &EntryId) -> Entry {
        let account = self.account(id);
        let nothing = || Arc::from("");
        Entry {
            id: id.clone(),
            account_name: match id.kind {
                Kind::Org => account.map_or_else(nothing, |account| Arc::clone(&account.name)),
                // The user's own label is the best name there is (docs/requirements.md#no-scraping).
                Kind::External | Kind::Chain | Kind::Profile => Arc::clone(&id.source),
            },
            email: account.map_or_else(nothing, |account| Arc::clone(&account.email)),
            mark: Mark::Known,
            label: self.labels.get(&id.account).cloned(),
            own: (id.kind == Kind::Profile)
                .then(|| self.own.get(&id.source).cloned())
                .flatten(),
        }
    }

    /// `true` if an entry certainly no longer exists: its portal, or its app's response, was listed
    /// completely, and the entry is not there.
    #[must_use]
    pub fn is_gone(&self, id: &EntryId) -> bool {
        match id.kind {
            Kind::Org => self.portals.get(&id.source).is_some_and(|part| {
                part.is_complete()
                    && !part
                        .accounts
                        .get(&id.account)
                        .and_then(|account| account.roles.as_ref())
                        .is_some_and(|roles| roles.contains(&id.role))
            }),
            Kind::External => self
                .apps
                .get(&id.source)
                .and_then(|part| part.roles.as_ref())
                .is_some_and(|roles| !roles.iter().any(|role| role.entry(&id.source) == *id)),
            // The settings are complete by themselves.
            Kind::Chain => !self.chains.contains_key(id),
            // So are the AWS files.
            Kind::Profile => !self.own.contains_key(&id.source),
        }
    }

    /// The name of an account, as the user or a portal calls it.
    #[must_use]
    pub fn account_name_of(&self, account: AccountId) -> Option<Arc<str>> {
        let alias = self
            .labels
            .get(&account)
            .and_then(|label| label.alias.clone());
        alias.or_else(|| {
            self.portals
                .values()
                .find_map(|part| part.accounts.get(&account))
                .map(|part| Arc::clone(&part.account.name))
        })
    }

    /// The account behind an entry of the organization, where it is known.
    #[must_use]
    pub fn account(&self, id: &EntryId) -> Option<&Account> {
        (id.kind == Kind::Org)
            .then(|| self.portals.get(&id.source)?.accounts.get(&id.account))
            .flatten()
            .map(|part| &part.account)
    }
}

impl AppPart {
    fn items(&self, app: &Arc<str>, items: &mut Vec<Item>) {
        let Some(roles) = &self.roles else {
            items.push(Item::Gap(Gap {
                kind: Kind::External,
                source: Arc::clone(app),
                account: None,
                name: Arc::clone(app),
                email: Arc::from(""),
                reason: GapReason::Unknown,
            }));
            return;
        };
        items.extend(roles.iter().map(|role| {
            Item::Entry(Entry {
                id: role.entry(app),
                // The user's own label is the best name there is (docs/requirements.md#no-scraping).
                account_name: Arc::clone(app),
                email: Arc::from(""),
                mark: Mark::Known,
                label: None,
                own: None,
            })
        }));
    }
}

impl PortalPart {
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

    fn pairs(&self) -> impl Iterator<Item = (AccountId, Arc<str>)> {
        self.accounts.iter().flat_map(|(id, part)| {
            let roles = part.roles.as_deref().unwrap_or_default();
            roles.iter().map(|role| (*id, Arc::clone(role)))
        })
    }

    fn start(&mut self) {
        self.problem = None;
        self.marks.clear();
        self.lost_accounts.clear();
        self.refresh = Some(Refresh {
            before: self.pairs().collect(),
            comparable: self.fetched_at.is_some(),
            ..Refresh::default()
        });
    }

    fn add(&mut self, accounts: Vec<Account>) {
        for account in accounts {
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

    fn roles(&mut self, account: AccountId, roles: Result<Vec<Arc<str>>, Problem>) {
        if let Some(refresh) = &mut self.refresh {
            refresh.listed += 1;
        }
        let Some(part) = self.accounts.get_mut(&account) else {
            return;
        };
        match roles {
            Ok(mut roles) => {
                roles.sort_by_cached_key(|role| (natural_key(role), Arc::clone(role)));
                roles.dedup();
                part.roles = Some(roles.into());
                part.problem = None;
            }
            Err(problem) => part.problem = Some(Box::new(problem)),
        }
    }

    fn finish(&mut self, portal: &Arc<str>, at: Timestamp) -> Difference {
        let Some(refresh) = self.refresh.take() else {
            return Difference::default();
        };
        self.fetched_at = Some(at);
        self.problem = None;
        let (kept, lost) = std::mem::take(&mut self.accounts)
            .into_iter()
            .partition(|(id, _)| refresh.seen.contains(id));
        self.accounts = kept;
        let lost: BTreeMap<AccountId, AccountPart> = lost;
        self.lost_accounts = lost
            .into_iter()
            .map(|(id, part)| (id, part.account))
            .collect();
        if !refresh.comparable {
            return Difference::default();
        }
        let after: BTreeSet<_> = self.pairs().collect();
        let id = |(account, role): &(AccountId, Arc<str>)| {
            EntryId::org(Arc::clone(portal), *account, Arc::clone(role))
        };
        let mut difference = Difference::default();
        for pair in after.difference(&refresh.before) {
            difference.gained.push(id(pair));
            self.marks.insert(pair.clone(), Mark::New);
        }
        for pair in refresh.before.difference(&after) {
            difference.lost.push(id(pair));
            self.marks.insert(pair.clone(), Mark::Lost);
        }
        difference
    }

    fn items(&self, portal: &Arc<str>, items: &mut Vec<Item>) {
        let mut parts: Vec<&AccountPart> = self.accounts.values().collect();
        parts.sort_by_cached_key(|part| (natural_key(&part.account.name), part.account.id));
        for part in parts {
            let account = &part.account;
            for role in part.roles.as_deref().unwrap_or_default() {
                let marked = || self.marks.get(&(account.id, Arc::clone(role))).copied();
                // Most often there is none, and there are a hundred thousand roles.
                let mark = (!self.marks.is_empty()).then(marked).flatten();
                items.push(Item::Entry(Entry {
                    id: EntryId::org(Arc::clone(portal), account.id, Arc::clone(role)),
                    account_name: Arc::clone(&account.name),
                    email: Arc::clone(&account.email),
                    mark: mark.unwrap_or_default(),
                    label: None,
                    own: None,
                }));
            }
            let reason = match (&part.problem, &part.roles) {
                (Some(problem), _) => GapReason::Failed(problem.clone()),
                (None, None) if self.refresh.is_some() => GapReason::Loading,
                (None, None) => GapReason::Unknown,
                (None, Some(roles)) if roles.is_empty() => GapReason::NoRoles,
                (None, Some(_)) => continue,
            };
            items.push(Item::Gap(Gap {
                kind: Kind::Org,
                source: Arc::clone(portal),
                account: Some(account.id),
                name: Arc::clone(&account.name),
                email: Arc::clone(&account.email),
                reason,
            }));
        }
        for ((account, role), mark) in &self.marks {
            if *mark == Mark::Lost {
                let known = self.accounts.get(account).map(|part| &part.account);
                let known = known.or_else(|| self.lost_accounts.get(account));
                items.push(Item::Entry(Entry {
                    id: EntryId::org(Arc::clone(portal), *account, Arc::clone(role)),
                    account_name: known.map_or_else(|| Arc::from(""), |a| Arc::clone(&a.name)),
                    email: known.map_or_else(|| Arc::from(""), |a| Arc::clone(&a.email)),
                    mark: Mark::Lost,
                    label: None,
                    own: None,
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::problem::ProblemKind;

    fn portal() -> Arc<str> {
        "acme".into()
    }

    fn account(id: &str, name: &str) -> Account {
        Account {
            id: id.parse().unwrap(),
            name: name.into(),
            email: "".into(),
        }
    }

    fn roles(id: &str, roles: &[&str]) -> CatalogEvent {
        CatalogEvent::Roles {
            portal: portal(),
            account: id.parse().unwrap(),
            roles: Ok(roles.iter().map(|role| Arc::from(*role)).collect()),
        }
    }

    fn refresh(catalog: &mut Catalog, listing: &[(&str, &str, &[&str])]) -> Difference {
        catalog.apply(CatalogEvent::Started { portal: portal() });
        for (id, name, names) in listing {
            catalog.apply(CatalogEvent::Accounts {
                portal: portal(),
                accounts: vec![account(id, name)],
            });
            catalog.apply(roles(id, names));
        }
        catalog.apply(CatalogEvent::Finished {
            portal: portal(),
            at: Timestamp::UNIX_EPOCH,
        })
    }

    fn shown(catalog: &Catalog) -> Vec<String> {
        catalog
            .items()
            .iter()
            .map(|item| match item {
                Item::Entry(entry) => format!("{} {:?}", entry.id, entry.mark),
                Item::Gap(gap) => format!("{} {:?}", gap.name, gap.reason),
            })
            .collect()
    }

    #[test]
    fn the_first_refresh_marks_nothing_the_second_marks_the_difference() {
        let mut catalog = Catalog::default();
        let first: &[(&str, &str, &[&str])] = &[
            ("000000000001", "b", &["Admin", "View"]),
            ("000000000002", "A", &["View"]),
        ];
        assert!(refresh(&mut catalog, first).is_empty());
        assert_eq!(
            shown(&catalog),
            [
                "org:acme/000000000002/View Known",
                "org:acme/000000000001/Admin Known",
                "org:acme/000000000001/View Known",
            ]
        );
        let difference = refresh(&mut catalog, &[("000000000001", "b", &["View", "Audit"])]);
        assert_eq!(difference.gained.len(), 1);
        assert_eq!(difference.lost.len(), 2);
        assert_eq!(
            shown(&catalog),
            [
                "org:acme/000000000001/Audit New",
                "org:acme/000000000001/View Known",
                "org:acme/000000000001/Admin Lost",
                "org:acme/000000000002/View Lost",
            ]
        );
    }

    #[test]
    fn while_a_refresh_runs_the_old_roles_stay() {
        let mut catalog = Catalog::default();
        refresh(&mut catalog, &[("000000000001", "a", &["Admin"])]);
        catalog.apply(CatalogEvent::Started { portal: portal() });
        catalog.apply(CatalogEvent::Accounts {
            portal: portal(),
            accounts: vec![account("000000000001", "a"), account("000000000009", "z")],
        });
        assert_eq!(
            shown(&catalog),
            ["org:acme/000000000001/Admin Known", "z Loading"]
        );
        assert_eq!(catalog.portals[&portal()].progress(), Some((0, 2)));
    }

    #[test]
    fn an_accounts_failure_stays_its_own_and_loses_nothing() {
        let mut catalog = Catalog::default();
        refresh(
            &mut catalog,
            &[
                ("000000000001", "a", &["Admin"]),
                ("000000000002", "b", &["View"]),
            ],
        );
        catalog.apply(CatalogEvent::Started { portal: portal() });
        catalog.apply(CatalogEvent::Accounts {
            portal: portal(),
            accounts: vec![account("000000000001", "a"), account("000000000002", "b")],
        });
        catalog.apply(CatalogEvent::Roles {
            portal: portal(),
            account: "000000000001".parse().unwrap(),
            roles: Err(Problem::new(ProblemKind::Service, "boom")),
        });
        catalog.apply(roles("000000000002", &["View"]));
        let difference = catalog.apply(CatalogEvent::Finished {
            portal: portal(),
            at: Timestamp::UNIX_EPOCH,
        });
        assert!(difference.is_empty());
        let shown = shown(&catalog);
        assert_eq!(shown[0], "org:acme/000000000001/Admin Known");
        assert!(shown[1].starts_with("a Failed"), "{shown:?}");
        assert_eq!(shown[2], "org:acme/000000000002/View Known");
    }

    #[test]
    fn apps_are_one_row_until_a_response_names_their_roles() {
        let mut catalog = Catalog::default();
        let app = App {
            name: "Partner".into(),
            url: "https://x.y/".to_owned(),
            portal: Some(portal()),
            method: super::super::app::Method::Auto,
            duration_seconds: None,
            port: None,
        };
        catalog.set_apps(std::slice::from_ref(&app));
        assert_eq!(shown(&catalog), ["Partner Unknown"]);
        let role = AppRole {
            account: "000000000009".parse().unwrap(),
            role: "Ops".into(),
        };
        catalog.apply(CatalogEvent::App {
            app: "Partner".into(),
            roles: vec![role],
            at: Timestamp::UNIX_EPOCH,
        });
        catalog.set_apps(&[app]);
        assert_eq!(shown(&catalog), ["ext:Partner/000000000009/Ops Known"]);
        let id: EntryId = "ext:Partner/000000000009/Ops".parse().unwrap();
        assert_eq!(catalog.portal_of(id.kind, &id.source), Some(&portal()));
        catalog.set_apps(&[]);
        assert!(catalog.items().is_empty());
    }

    #[test]
    fn a_failed_refresh_keeps_everything() {
        let mut catalog = Catalog::default();
        refresh(&mut catalog, &[("000000000001", "a", &["Admin"])]);
        let before = catalog.items();
        catalog.apply(CatalogEvent::Started { portal: portal() });
        catalog.apply(CatalogEvent::Failed {
            portal: portal(),
            problem: Problem::new(ProblemKind::Offline, "offline"),
        });
        assert_eq!(catalog.items(), before);
        assert!(catalog.portals[&portal()].problem.is_some());
    }
}
