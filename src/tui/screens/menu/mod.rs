//! Help and palette: a searchable list of actions.

pub(crate) mod update;
mod view;

use crate::tui::input::Input;
use crate::tui::keymap::Context;

/// A searchable list of actions.
#[derive(Debug)]
pub(crate) struct Menu {
    /// Help shows every key; the palette only what can be chosen.
    pub is_help: bool,
    /// The query.
    pub query: Input,
    /// The selected row.
    pub selected: usize,
    /// The contexts whose keys are shown.
    pub contexts: Vec<Context>,
}
