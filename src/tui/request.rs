//! An action on entries that may have to wait for a confirmation, a sign-in or a capture.

use crate::domain::{App, EntryId};

/// An action on entries; screens that come in between keep it and start it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Use an entry.
    Use(EntryId),
    /// Get new credentials.
    Refresh(EntryId),
    /// Open a subshell.
    Subshell(EntryId),
    /// Open the web console.
    Console(EntryId),
    /// Copy the command for an entry.
    Copy(EntryId),
    /// Leave the switcher with an entry for a command.
    Pick(EntryId),
    /// Leave the switcher with an entry for export lines.
    Export(EntryId),
    /// Get new credentials for several entries.
    RefreshAll(Vec<EntryId>),
    /// Capture a response of an app.
    Capture(App),
}

impl Request {
    /// The entries whose credentials are used.
    #[must_use]
    pub(crate) fn entries(&self) -> &[EntryId] {
        match self {
            Self::Use(id)
            | Self::Refresh(id)
            | Self::Subshell(id)
            | Self::Console(id)
            | Self::Copy(id)
            | Self::Pick(id)
            | Self::Export(id) => std::slice::from_ref(id),
            Self::RefreshAll(ids) => ids,
            // Its roles are not chosen yet.
            Self::Capture(_) => &[],
        }
    }
}
