//! A question with a yes and a no; the default answer is no.

pub(crate) mod update;
mod view;

use crate::domain::{EntryId, Portal};
use crate::tui::request::Request;

/// A question; the default answer is no.
#[derive(Debug)]
pub(crate) struct Confirm {
    /// What it is about.
    pub title: String,
    /// What a yes does.
    pub detail: String,
    /// What a yes sets off.
    pub yes: Yes,
}

/// What a yes sets off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Yes {
    /// Overwrite a profile that is not ours.
    Overwrite(EntryId),
    /// Sign out.
    SignOut(Portal),
    /// Remove a managed profile.
    Forget(String),
    /// Take a response that was posted to this machine.
    TakeResponse,
    /// Go on with guarded entries.
    Guarded(Request),
}
