//! A question with a yes and a no; the default answer is no.

pub(crate) mod update;
mod view;

use std::sync::Arc;

use crate::domain::{EntryId, Portal};
use crate::tui::request::Request;

/// A question; the default answer is no.
#[derive(Debug)]
pub(crate) struct Confirm {
    /// The question.
    pub title: String,
    /// The consequence of a yes.
    pub detail: String,
    /// The action that a yes confirms.
    pub yes: Yes,
}

/// The action that a yes confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Yes {
    /// Overwrite a profile that is not ours.
    Overwrite(EntryId),
    /// Sign out.
    SignOut(Portal),
    /// Remove a portal.
    RemovePortal(Arc<str>),
    /// Remove an app.
    RemoveApp(Arc<str>),
    /// Sign out of the console session of a profile.
    SignOutOfConsole(Arc<str>),
    /// Remove a managed profile.
    Forget(String),
    /// Write the ticked rows of the plan.
    Sync,
    /// Go on with the work that asked.
    GoOn,
    /// Run a request for guarded entries.
    Guarded(Request),
}
