//! Help: a searchable list of everything that can be done now, with the keys for it.

#[cfg(test)]
mod tests;
pub(crate) mod update;
mod view;

use crate::tui::input::Input;
use crate::tui::keymap::Context;

/// Help.
#[derive(Debug)]
pub(crate) struct Help {
    /// The query.
    pub query: Input,
    /// The index of the selected row.
    pub selected: usize,
    /// The first line of the list on screen.
    pub first: usize,
    /// The contexts of the screen below, whose keys are shown.
    pub contexts: Vec<Context>,
}
