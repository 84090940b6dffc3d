//! The roles of an app, to choose one.

pub(crate) mod update;
mod view;

use std::sync::Arc;

use crate::domain::EntryId;
use crate::tui::action::Action;

/// The roles of an app.
#[derive(Debug)]
pub(crate) struct Roles {
    /// The app's name.
    pub app: Arc<str>,
    /// Its entries.
    pub entries: Vec<EntryId>,
    /// The action on the one that is chosen.
    pub action: Action,
    /// The selected one.
    pub selected: usize,
    /// The first line of the list on screen.
    pub first: usize,
}
