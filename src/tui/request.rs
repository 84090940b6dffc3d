//! An action on entries that may have to wait for a confirmation, a sign-in or a capture.

use std::sync::Arc;

use super::action::Action;
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
    /// Capture a response of an app, then go on.
    Capture(App, Box<Request>),
    /// Run an action on a role of an app: the only one, or the one that the user chooses.
    Role(Arc<str>, Action),
}

impl Request {
    /// The request of an action on an entry; `None`: the action needs no credentials.
    #[must_use]
    pub(crate) fn new(action: Action, id: EntryId) -> Option<Self> {
        Some(Self::of(action)?(id))
    }

    /// `true` if an action goes on with a role that is found first.
    #[must_use]
    pub(crate) fn goes_on(action: Action) -> bool {
        Self::of(action).is_some()
    }

    fn of(action: Action) -> Option<fn(EntryId) -> Self> {
        Some(match action {
            Action::Use => Self::Use,
            Action::Refresh => Self::Refresh,
            Action::Subshell => Self::Subshell,
            Action::Console => Self::Console,
            Action::Copy => Self::Copy,
            Action::Export => Self::Export,
            _ => return None,
        })
    }

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
            Self::Capture(_, then) => then.entries(),
            // It is not chosen yet.
            Self::Role(..) => &[],
        }
    }
}
