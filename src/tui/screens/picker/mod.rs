//! The list of entries: its state.

pub(crate) mod columns;
pub(crate) mod entry;
pub(crate) mod fold;
mod groups;
mod head;
pub(crate) mod list;
pub(crate) mod portals;
#[cfg(test)]
mod tests;
pub(crate) mod update;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::HashSet;
use jiff::Timestamp;

use crate::domain::portal::PortalSession;
use crate::domain::profile::ManagedProfile;
use crate::domain::rank::Look;
use crate::domain::search::{Hit, Hits, Index, Query};
use crate::domain::{AccountId, Catalog, EntryId, Item, Items, Problem};
use crate::tui::input::Input;
use crate::tui::msg::Ticket;
use crate::tui::text::number;
use columns::Widths;
pub(crate) use groups::Grouped;
pub(crate) use head::{Head, HeadKey, RowGroup};

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
    pub items: Items,
    /// The groups, while the rows are in groups.
    pub groups: Vec<RowGroup>,
    /// The group of each block of the items, once the list was in groups.
    pub grouped: Option<Grouped>,
    /// The portals of the active view, below its entries.
    pub sessions: Vec<PortalSession>,
    /// The number of items that each view has, by the view's number.
    pub counts: [usize; View::ALL.len()],
    /// Accounts with the name of another account: only their ids tell them apart.
    pub namesakes: HashSet<AccountId>,
    /// The number of items that the view has.
    pub in_view: usize,
    /// The rows of the view in their order, by their place in `items` and, after those, in `groups` and `sessions`.
    pub rows: Vec<u32>,
    /// The search index of the items, built after the first frame that shows them.
    pub index: Option<Index>,
    /// The rows that match, by their index in `rows`.
    pub hits: Hits,
    /// The number of rows that match in the view of all rows, where none do in this one and that is quickly known.
    pub elsewhere: usize,
    /// The results of shorter queries that `parsed` narrows, the last one at the end.
    pub wider: Vec<(Query, Vec<Hit>)>,
    /// The index of the selected row in `hits`.
    pub selected: usize,
    /// The widest texts of these rows, and of all rows of the view.
    pub widths: Widths,
    pub widest: Widths,
    /// `true` if the user moved the selection since the last search.
    pub moved: bool,
    /// The index of the first row on screen in `hits`.
    pub offset: usize,
    /// Entries that are being used or refreshed, with their open questions.
    pub busy: BTreeMap<EntryId, Ticket>,
    /// Those of them that are being refreshed.
    pub refreshed: BTreeSet<EntryId>,
    /// The refresh of several entries that is running.
    pub refreshing: RefreshAll,
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

/// A refresh of several entries: one message counts them, and one tells the result.
#[derive(Debug, Default)]
pub(crate) struct RefreshAll {
    /// Those without an answer.
    pub open: BTreeSet<EntryId>,
    /// The number of all.
    pub all: usize,
    /// The number of those that are fresh.
    pub fresh: usize,
}

impl RefreshAll {
    /// The message that counts them.
    #[must_use]
    pub(crate) fn progress(&self) -> String {
        let done = number(self.all - self.open.len());
        format!("refreshing profiles: {done} of {}", number(self.all))
    }
}

impl Picker {
    /// The row of a hit.
    #[must_use]
    pub(crate) fn row(&self, catalog: &Catalog, hit: Hit) -> Option<Row<'_>> {
        let place = *self.rows.get(hit.row as usize)?;
        let Some(place) = (place as usize).checked_sub(self.items.len()) else {
            return self.items.get(place).map(Row::Item);
        };
        let Some(place) = place.checked_sub(self.groups.len()) else {
            let group = *self.groups.get(place)?;
            let grouping = self.look.grouping;
            let head = match group.first {
                Some(first) => Head::new(group, self.items.block(first)?.1, grouping, catalog),
                None => Head::sessions(group),
            };
            return Some(Row::Head(head));
        };
        self.sessions.get(place).map(Row::Session)
    }
}

/// One row of the list.
#[derive(Clone, Debug)]
pub(crate) enum Row<'a> {
    /// An item of the catalog.
    Item(Item),
    /// The head of a group.
    Head(Head),
    /// The sign-in to a portal.
    Session(&'a PortalSession),
}

impl Row<'_> {
    /// The entry's id, if it is an entry.
    pub(crate) fn id(&self) -> Option<&EntryId> {
        match self {
            Self::Item(item) => item.id(),
            Self::Head(_) | Self::Session(_) => None,
        }
    }

    /// The portal's, the app's, the chain's or the profile's name; none for a group without a portal.
    pub(crate) fn source(&self) -> Option<&Arc<str>> {
        match self {
            Self::Item(item) => Some(item.source()),
            Self::Head(head) => head.portal.as_ref(),
            Self::Session(session) => Some(&session.portal.name),
        }
    }

    /// The account, if it is known.
    pub(crate) fn account(&self) -> Option<AccountId> {
        match self {
            Self::Item(item) => item.account(),
            Self::Head(head) => head.account,
            Self::Session(_) => None,
        }
    }

    /// The name of the account, the app, the profile or the group.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Item(item) => item.name(),
            Self::Head(head) => &head.name,
            Self::Session(session) => &session.portal.name,
        }
    }

    /// The row's identity.
    pub(crate) fn key(&self) -> RowKey {
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
