//! The list of entries: its state.

pub(crate) mod entry;
pub(crate) mod list;
pub(crate) mod portals;
#[cfg(test)]
mod tests;
pub(crate) mod update;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use foldhash::HashSet;
use jiff::Timestamp;

use crate::domain::portal::PortalSession;
use crate::domain::profile::ManagedProfile;
use crate::domain::rank::Look;
use crate::domain::search::{Hit, Index, Query};
use crate::domain::{AccountId, EntryId, Item, Problem};
use crate::tui::input::Input;
use crate::tui::msg::Ticket;

/// The view: a part of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum View {
    /// All.
    #[default]
    All,
    /// Accounts of organizations.
    Organizations,
    /// External accounts.
    External,
    /// The user's own profiles.
    Profiles,
    /// Entries with a profile and credentials, the soonest end first.
    Active,
    /// Pinned entries.
    Pinned,
}

impl View {
    /// Every view, in the order of Tab.
    pub(crate) const ALL: [Self; 6] = [
        Self::All,
        Self::Organizations,
        Self::External,
        Self::Active,
        Self::Pinned,
        Self::Profiles,
    ];

    /// Its name.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Organizations => "Org",
            Self::External => "External",
            Self::Profiles => "Profiles",
            Self::Active => "Active",
            Self::Pinned => "Pinned",
        }
    }
}

/// The list of entries.
#[derive(Debug, Default)]
pub(crate) struct Picker {
    /// The look of the list, which is remembered.
    pub look: Look,
    /// `true` if the rows are in groups now.
    pub in_groups: bool,
    /// The view: a part of the rows.
    pub view: View,
    /// The query.
    pub query: Input,
    /// The parsed query.
    pub parsed: Query,
    /// Every item of the catalog.
    pub items: Vec<Item>,
    /// The heads of the groups, while the rows are in groups.
    pub heads: Vec<Head>,
    /// The portals of the active view, below its entries.
    pub sessions: Vec<PortalSession>,
    /// The number of items that each view has, by the view's number.
    pub counts: [usize; View::ALL.len()],
    /// Accounts with the name of another account: only their ids tell them apart.
    pub namesakes: HashSet<AccountId>,
    /// The number of items that the view has.
    pub in_view: usize,
    /// The rows of the view in their order, by their index in `items` and, after those, in `heads` and `sessions`.
    pub rows: Vec<u32>,
    /// The search index of the items, built after the first frame that shows them.
    pub index: Option<Index>,
    /// The rows that match, by their index in `rows`.
    pub hits: Vec<Hit>,
    /// The results of shorter queries that `parsed` narrows, the last one at the end.
    pub wider: Vec<(Query, Vec<Hit>)>,
    /// The index of the selected row in `hits`.
    pub selected: usize,
    /// `true` if the user moved the selection since the last search.
    pub moved: bool,
    /// The index of the first row on screen in `hits`.
    pub offset: usize,
    /// Entries that are being used or refreshed, with their open questions.
    pub busy: BTreeMap<EntryId, Ticket>,
    /// Those of them that are being refreshed.
    pub refreshed: BTreeSet<EntryId>,
    /// Entries that failed last time, with the problem.
    pub failed: BTreeMap<EntryId, Problem>,
    /// The accounts on screen whose roles were asked for first.
    pub preferred: Vec<AccountId>,
    /// The lifetime of the credentials of an entry, as far as it is known (seconds), and their
    /// end (UTC).
    pub granted: BTreeMap<EntryId, (Timestamp, i64)>,
    /// The same for the sign-ins to portals, by name.
    pub granted_sessions: BTreeMap<Arc<str>, (Timestamp, i64)>,
    /// Profiles by entry; the soonest expiry counts.
    pub profiles: BTreeMap<EntryId, ManagedProfile>,
}

impl Picker {
    /// The row of a hit.
    #[must_use]
    pub(crate) fn row(&self, hit: Hit) -> Option<Row<'_>> {
        let place = *self.rows.get(hit.row as usize)? as usize;
        let Some(place) = place.checked_sub(self.items.len()) else {
            return self.items.get(place).map(Row::Item);
        };
        match place.checked_sub(self.heads.len()) {
            None => self.heads.get(place).map(Row::Head),
            Some(place) => self.sessions.get(place).map(Row::Session),
        }
    }
}

/// The identity of a group. Its text is what is kept of a folded one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct HeadKey {
    /// The account, in groups by account.
    pub account: Option<AccountId>,
    /// The portal, or the source of the rows if none leads to them.
    pub source: Arc<str>,
    /// The name of the rows, in groups by account without one.
    pub name: Option<Arc<str>>,
}

impl fmt::Display for HeadKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(account) = self.account {
            write!(formatter, "{account} ")?;
        }
        write!(formatter, "{}", self.source)?;
        match self.name.as_deref() {
            None | Some("") => Ok(()),
            Some(name) => write!(formatter, " {name}"),
        }
    }
}

/// The head of a group of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The key of the group.
    pub key: HeadKey,
    /// The name of the account or the portal.
    pub name: Arc<str>,
    /// The account, in groups by account.
    pub account: Option<AccountId>,
    /// The account's e-mail address, in groups by account. May be empty.
    pub email: Option<Arc<str>>,
    /// The portal, if one leads to the group.
    pub portal: Option<Arc<str>>,
    /// The number of rows in the group.
    pub count: usize,
    /// `true` if they are hidden.
    pub folded: bool,
}

/// One row of the list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Row<'a> {
    /// An item of the catalog.
    Item(&'a Item),
    /// The head of a group.
    Head(&'a Head),
    /// The sign-in to a portal.
    Session(&'a PortalSession),
}

impl<'a> Row<'a> {
    /// The entry's id, if it is an entry.
    pub(crate) fn id(self) -> Option<&'a EntryId> {
        match self {
            Self::Item(item) => item.id(),
            Self::Head(_) | Self::Session(_) => None,
        }
    }

    /// The portal's, the app's, the chain's or the profile's name; none for a group without a portal.
    pub(crate) fn source(self) -> Option<&'a Arc<str>> {
        match self {
            Self::Item(item) => Some(item.source()),
            Self::Head(head) => head.portal.as_ref(),
            Self::Session(session) => Some(&session.portal.name),
        }
    }

    /// The account, if it is known.
    pub(crate) fn account(self) -> Option<AccountId> {
        match self {
            Self::Item(item) => item.account(),
            Self::Head(head) => head.account,
            Self::Session(_) => None,
        }
    }

    /// The name of the account, the app, the profile or the group.
    pub(crate) fn name(self) -> &'a Arc<str> {
        match self {
            Self::Item(item) => item.name(),
            Self::Head(head) => &head.name,
            Self::Session(session) => &session.portal.name,
        }
    }

    /// The row's identity.
    pub(crate) fn key(self) -> RowKey {
        match self {
            Self::Item(Item::Entry(entry)) => RowKey::Entry(entry.id.clone()),
            Self::Item(Item::Gap(gap)) => RowKey::Gap(Arc::clone(&gap.source), gap.account),
            Self::Head(head) => RowKey::Head(head.key.clone()),
            Self::Session(session) => RowKey::Session(Arc::clone(&session.portal.name)),
        }
    }
}

/// The identity of a row, by which it is found again when the list changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowKey {
    /// An entry.
    Entry(EntryId),
    /// An account or an app without known roles.
    Gap(Arc<str>, Option<AccountId>),
    /// The head of a group.
    Head(HeadKey),
    /// The sign-in to a portal.
    Session(Arc<str>),
}

impl RowKey {
    /// `true` if it is this row's.
    #[must_use]
    pub(crate) fn belongs_to(&self, row: Row<'_>) -> bool {
        match (self, row) {
            (Self::Entry(id), Row::Item(Item::Entry(entry))) => {
                // Numbers first: few rows have the same.
                entry.id.account == id.account && entry.id == *id
            }
            (Self::Gap(source, account), Row::Item(Item::Gap(gap))) => {
                gap.account == *account && gap.source == *source
            }
            (Self::Head(key), Row::Head(head)) => head.key == *key,
            (Self::Session(name), Row::Session(session)) => session.portal.name == *name,
            _ => false,
        }
    }
}
