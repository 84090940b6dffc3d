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

/// Which rows are shown.
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

    /// What it is called.
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
    /// How the list looks.
    pub look: Look,
    /// The groups whose rows are hidden.
    pub folded: BTreeSet<String>,
    /// Whether the rows are in groups now.
    pub in_groups: bool,
    /// Which rows are shown.
    pub view: View,
    /// What is typed.
    pub query: Input,
    /// The query, read.
    pub parsed: Query,
    /// Every row of the catalog; behind them the heads of the groups, while there are some.
    pub items: Vec<Item>,
    /// How many of them are the catalog's.
    pub listed: usize,
    /// How many of those the view has.
    pub in_view: usize,
    /// The rows of the view in their order, by their places in `items`.
    pub rows: Vec<u32>,
    /// The catalog's searchable text, once something was searched for.
    pub index: Option<Index>,
    /// The rows that match, by their places in `rows`.
    pub hits: Vec<Hit>,
    /// What matched shorter queries that `parsed` narrows, the last one behind.
    pub wider: Vec<(Query, Vec<Hit>)>,
    /// The selected place in `hits`.
    pub selected: usize,
    /// Whether the person moved the selection since the last search.
    pub moved: bool,
    /// The first place in `hits` that is drawn.
    pub offset: usize,
    /// Entries that are being used or refreshed, and the question that is open.
    pub busy: BTreeMap<EntryId, Ticket>,
    /// Those of them that are being refreshed.
    pub refreshed: BTreeSet<EntryId>,
    /// Entries that failed last time, and why.
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
