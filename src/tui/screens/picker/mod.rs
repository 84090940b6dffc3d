//! The list of entries: its state.

pub(crate) mod entry;
pub(crate) mod list;
pub(crate) mod portals;
pub(crate) mod update;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
            Self::All => "all",
            Self::Organizations => "org",
            Self::External => "external",
            Self::Profiles => "profiles",
            Self::Active => "active",
            Self::Pinned => "pinned",
        }
    }
}

/// The list of entries.
#[derive(Debug, Default)]
pub(crate) struct Picker {
    /// The look of the list, which is remembered.
    pub look: Look,
    /// The groups whose rows are hidden.
    pub folded: BTreeSet<String>,
    /// `true` if the rows are in groups now.
    pub in_groups: bool,
    /// The view: a part of the rows.
    pub view: View,
    /// The query.
    pub query: Input,
    /// The parsed query.
    pub parsed: Query,
    /// Every row of the catalog; behind them the heads of the groups, while there are some.
    pub items: Vec<Item>,
    /// How many of them are the catalog's.
    pub listed: usize,
    /// The number of items that the view has.
    pub in_view: usize,
    /// The rows of the view in their order, by their places in `items`.
    pub rows: Vec<u32>,
    /// The search index of the items, built by the first search.
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
    /// Profiles by entry; the soonest expiry counts.
    pub profiles: BTreeMap<EntryId, ManagedProfile>,
}

impl Picker {
    /// The row of a hit.
    #[must_use]
    pub(crate) fn item(&self, hit: Hit) -> Option<&Item> {
        let row = self.rows.get(hit.row as usize)?;
        self.items.get(*row as usize)
    }
}

/// What identifies a row when the list changes around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowKey {
    /// An entry.
    Entry(EntryId),
    /// An account without known roles.
    Gap(Arc<str>, Option<AccountId>),
}

impl RowKey {
    /// Whether it is this row's.
    #[must_use]
    pub(crate) fn belongs_to(&self, item: &Item) -> bool {
        match (self, item) {
            (Self::Entry(id), Item::Entry(entry)) => {
                // Numbers first: few rows have the same.
                entry.id.account == id.account && entry.id == *id
            }
            (Self::Gap(source, account), Item::Gap(gap)) => {
                gap.account == *account && gap.source == *source
            }
            _ => false,
        }
    }
}

/// What identifies a row.
#[must_use]
pub(crate) fn row_key(item: &Item) -> RowKey {
    match item {
        Item::Entry(entry) => RowKey::Entry(entry.id.clone()),
        Item::Gap(gap) => RowKey::Gap(Arc::clone(&gap.source), gap.account),
    }
}
