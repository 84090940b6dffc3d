//! The plan of a sync: the profiles that come, change and go.

use std::collections::BTreeSet;
use std::fmt;

use super::id::{EntryId, Kind};

/// The entries that a sync is about: those that fulfil every condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncScope {
    /// They match this query.
    pub query: Option<String>,
    /// They are behind this portal.
    pub portal: Option<String>,
    /// They are of this kind.
    pub kind: Option<Kind>,
    /// They are among these.
    pub entries: Option<BTreeSet<EntryId>>,
}

/// A plan, as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncPreview {
    /// Every profile that it is about, sorted by name.
    pub rows: Vec<SyncRow>,
    /// Warnings for the user.
    pub warnings: Vec<String>,
}

/// One profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncRow {
    /// Its name.
    pub name: String,
    /// Its entry.
    pub entry: EntryId,
    /// The change.
    pub change: SyncChange,
    /// The values that become others, of a profile that is there.
    pub differences: Vec<Difference>,
}

/// The change that a sync makes to a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncChange {
    /// It comes.
    New,
    /// It exists and is rewritten.
    Changed,
    /// It is there, as it should be; or holds keys, which a sync leaves alone.
    Unchanged,
    /// It goes: its role no longer exists.
    Removed,
    /// A profile of that name is not ours.
    Skipped,
}

impl SyncChange {
    /// `true` if the files change.
    #[must_use]
    pub(crate) fn is_written(self) -> bool {
        matches!(self, Self::New | Self::Changed | Self::Removed)
    }
}

/// A value of a profile that becomes another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its key.
    pub key: &'static str,
    /// The value now.
    pub before: Option<String>,
    /// The value then.
    pub after: Option<String>,
}

/// `region: eu-west-1 to eu-central-1`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key;
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, "{key}: {before} to {after}"),
            (None, Some(after)) => write!(f, "{key}: {after} added"),
            (Some(before), None) => write!(f, "{key}: {before} removed"),
            (None, None) => f.write_str(key),
        }
    }
}
