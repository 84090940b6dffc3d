//! The meaning of `ENTRY` on the command line.

use super::id::EntryId;

/// An entry, and the managed profile of it that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The entry.
    pub id: EntryId,
    /// The managed profile; `None`: the entry was named by its id or in words, so that its main one is meant.
    pub profile: Option<String>,
}

impl From<EntryId> for Target {
    fn from(id: EntryId) -> Self {
        Self { id, profile: None }
    }
}
