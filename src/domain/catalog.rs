//! The catalog: everything a user can reach, by portal, with the age of each part.
//!
//! It starts as the cached copy and changes by [`CatalogEvent`]s that stream in from a refresh, page
//! by page and account by account; what the refresh has not reached yet stays as it was (docs/requirements.md#errors-per-account). When
//! the refresh of a portal ends, the difference is marked and returned.

mod portal_part;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::app::{App, AppRole};
use super::chain::Chain;
use super::entry::{Entry, Gap, GapReason, Item, Mark};
use super::id::{AccountId, EntryId, Kind};
use super::instance::Instances;
use super::items::{Block, Items};
use super::label::Label;
use super::ordered;
use super::own::Own;
use super::problem::Problem;
use super::shared_text::SharedText;

pub use self::portal_part::Account;
use self::portal_part::joined;
pub(crate) use self::portal_part::{AccountPart, Difference, PortalPart};

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
    /// The portals that are the same instance of Identity Center: what they list is listed once.
    pub instances: Instances,
}

impl CatalogEvent {
    /// The portal that it is about.
    pub(crate) fn portal(&self) -> Option<&Arc<str>> {
        match self {
            Self::Started { portal }
            | Self::Accounts { portal, .. }
            | Self::Roles { portal, .. }
            | Self::Finished { portal, .. }
            | Self::Failed { portal, .. } => Some(portal),
            Self::App { .. } => None,
        }
    }
}

impl Catalog {
    /// The number of accounts whose roles the running refreshes listed, and of those that they know.
    #[must_use]
    pub(crate) fn progress(&self) -> (usize, usize) {
        let parts = self.portals.values().filter_map(PortalPart::progress);
        parts.fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
    }

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
                let difference = part.finish(&portal, at);
                return self.of_instance(&portal, difference);
            }
            CatalogEvent::App { app, roles, at } => {
                let part = self.apps.entry(app).or_default();
                part.roles = Some(roles);
                part.captured_at = Some(at);
            }
            CatalogEvent::Failed { portal, problem } => {
                self.portals.entry(portal).or_default().fail(problem);
            }
        }
        Difference::default()
    }

    /// Takes in what the files and settings of `other` say beside the lists: own profiles, chains, the user's words for
    /// accounts, and the portals that are one instance; `true` if that changed anything.
    pub(crate) fn set_configured(&mut self, other: Self) -> bool {
        let Self {
            labels,
            chains,
            own,
            instances,
            ..
        } = other;
        let changed = self.labels != labels
            || self.chains != chains
            || self.own != own
            || self.instances != instances;
        self.labels = labels;
        self.chains = chains;
        self.own = own;
        self.instances = instances;
        changed
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
        let chains = chains.iter();
        self.chains = ordered::map(chains.map(|chain| (chain.entry(), chain.source.clone())));
    }

    /// Takes in which own profiles there are.
    pub fn set_own(&mut self, own: Vec<Own>) {
        let own = own.into_iter();
        self.own = ordered::map(own.map(|own| (Arc::clone(&own.name), Arc::new(own))));
    }

    /// `true` if an own profile leads to an entry that is already listed.
    fn is_listed(&self, own: &Own) -> bool {
        own.leads_to.as_ref().is_some_and(|id| self.has_org(id))
    }

    fn has_org(&self, id: &EntryId) -> bool {
        self.parts(&id.source)
            .any(|part| part.has(id.account, &id.role))
    }

    /// The parts of all portals that are the same instance as this one.
    fn parts<'a, 'b>(
        &'a self,
        portal: &'b str,
    ) -> impl Iterator<Item = &'a PortalPart> + use<'a, 'b> {
        let portals = self.portals.iter();
        portals
            .filter(move |(name, _)| self.instances.are_same(name, portal))
            .map(|(_, part)| part)
    }

    /// The last complete listing of a portal, by itself or as another portal of its instance (UTC).
    #[must_use]
    pub fn fetched_at(&self, portal: &Arc<str>) -> Option<Timestamp> {
        self.parts(portal).filter_map(|part| part.fetched_at).max()
    }

    /// The change of one portal's refresh, without what another portal of the instance lists as well.
    fn of_instance(&self, portal: &Arc<str>, difference: Difference) -> Difference {
        let names = self.instances.names(portal);
        if names.len() == 1 {
            return difference;
        }
        let others = || names.iter().filter(|name| *name != portal);
        let is_elsewhere = |id: &EntryId| {
            let mut parts = others().filter_map(|name| self.portals.get(name));
            parts.any(|part| part.has(id.account, &id.role))
        };
        let own = |ids: Vec<EntryId>| {
            let ids = ids.into_iter().filter(|id| !is_elsewhere(id));
            ids.map(|id| self.instances.listed(id)).collect()
        };
        Difference {
            gained: own(difference.gained),
            lost: own(difference.lost),
        }
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
    fn own_items(&self, items: &mut Items) {
        for own in self.own.values().filter(|own| !self.is_listed(own)) {
            items.push(Block::Item(Item::Entry(Entry {
                id: own.entry(),
                account_name: Arc::clone(&own.name).into(),
                email: SharedText::default(),
                mark: Mark::Known,
                label: None,
                own: Some(Arc::clone(own)),
            })));
        }
    }

    /// Every row: first the portals', sorted by portal, account name and role, then the apps', the
    /// chains and the own profiles. Names
    /// are as the service gave them.
    #[must_use]
    pub fn items(&self) -> Items {
        let accounts = self.portals.values().map(|part| part.accounts.len());
        let others = self.chains.len() + self.own.len();
        let mut items = Items::with_capacity(accounts.sum::<usize>() + others);
        for (name, part) in &self.portals {
            match self.instances.names(name) {
                [_] => part.items(name, &mut items),
                // The first that is here stands for all of the instance.
                names if names.iter().find(|it| self.portals.contains_key(*it)) == Some(name) => {
                    let listed = names.first().unwrap_or(name);
                    joined(self.parts(name)).items(listed, &mut items);
                }
                _ => {}
            }
        }
        for (name, part) in &self.apps {
            part.items(name, &mut items);
        }
        for id in self.chains.keys() {
            items.push(Block::Item(Item::Entry(Entry {
                id: id.clone(),
                account_name: Arc::clone(&id.source).into(),
                email: SharedText::default(),
                mark: Mark::Known,
                label: None,
                own: None,
            })));
        }
        self.own_items(&mut items);
        if !self.labels.is_empty() {
            for block in items.blocks_mut() {
                block.set_label(
                    block
                        .account()
                        .and_then(|account| self.labels.get(&account)),
                );
            }
        }
        items
    }

    /// The entries that can be used, in the order of [`Catalog::items`]; `portal` narrows them.
    #[must_use]
    pub fn usable(&self, portal: Option<&str>) -> Vec<Entry> {
        let entries = self.entries().into_iter();
        entries
            .filter(|entry| entry.mark != Mark::Lost)
            .filter(|entry| self.belongs_to(entry.id.kind, &entry.id.source, portal))
            .collect()
    }

    /// Every row that can be chosen, in the order of [`Catalog::items`].
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let items = self.items();
        let entries = items.iter().filter_map(|item| match item {
            Item::Entry(entry) => Some(entry),
            Item::Gap(_) => None,
        });
        entries.collect()
    }

    /// The accounts whose roles were not listed, or not well; `portal` narrows them.
    #[must_use]
    pub(crate) fn unlisted_accounts(&self, portal: Option<&str>) -> Vec<Gap> {
        let items = self.items();
        let gaps = items.iter().filter_map(|item| match item {
            Item::Gap(gap) if gap.kind == Kind::Org => Some(gap),
            _ => None,
        });
        gaps.filter(|gap| matches!(gap.reason, GapReason::Unknown | GapReason::Failed(_)))
            .filter(|gap| self.belongs_to(gap.kind, &gap.source, portal))
            .collect()
    }

    /// `true` if a row belongs to the portal, or if `portal` is `None`.
    #[must_use]
    pub fn belongs_to(&self, kind: Kind, source: &Arc<str>, portal: Option<&str>) -> bool {
        portal.is_none_or(|portal| {
            self.portal_of(kind, source)
                .is_some_and(|of| self.instances.are_same(of, portal))
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

    /// The row of an id, whether it is listed or not: with the names that are known.
    #[must_use]
    pub fn entry(&self, id: &EntryId) -> Entry {
        let account = self.account(id);
        Entry {
            id: id.clone(),
            account_name: match id.kind {
                Kind::Org => {
                    account.map_or_else(SharedText::default, |account| account.name.clone())
                }
                // The user's own label is the best name there is (docs/requirements.md#no-scraping).
                Kind::External | Kind::Chain | Kind::Profile => Arc::clone(&id.source).into(),
            },
            email: account.map_or_else(SharedText::default, |account| account.email.clone()),
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
    pub fn is_lost(&self, id: &EntryId) -> bool {
        match id.kind {
            Kind::Org => {
                let mut parts = self.parts(&id.source).peekable();
                parts.peek().is_some()
                    && parts.all(|part| part.is_complete() && !part.has(id.account, &id.role))
            }
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
    pub fn account_name_of(&self, account: AccountId) -> Option<SharedText> {
        let alias = self
            .labels
            .get(&account)
            .and_then(|label| label.alias.clone());
        alias.map(SharedText::from).or_else(|| {
            self.portals
                .values()
                .find_map(|part| part.accounts.get(&account))
                .map(|part| part.account.name.clone())
        })
    }

    /// The account behind an entry of the organization, where it is known.
    #[must_use]
    pub fn account(&self, id: &EntryId) -> Option<&Account> {
        (id.kind == Kind::Org)
            .then(|| {
                self.parts(&id.source)
                    .find_map(|part| part.accounts.get(&id.account))
            })
            .flatten()
            .map(|part| &part.account)
    }
}

impl AppPart {
    fn items(&self, app: &Arc<str>, items: &mut Items) {
        let Some(roles) = &self.roles else {
            return items.push(Block::Item(Item::Gap(Gap {
                kind: Kind::External,
                source: Arc::clone(app),
                account: None,
                name: Arc::clone(app).into(),
                email: SharedText::default(),
                reason: GapReason::Unknown,
            })));
        };
        for role in roles {
            items.push(Block::Item(Item::Entry(Entry {
                id: role.entry(app),
                // The user's own label is the best name there is (docs/requirements.md#no-scraping).
                account_name: Arc::clone(app).into(),
                email: SharedText::default(),
                mark: Mark::Known,
                label: None,
                own: None,
            })));
        }
    }
}
