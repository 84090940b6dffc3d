//! Help and palette: a searchable list of actions.

pub(crate) mod update;
mod view;

use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::state::State;

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

impl Menu {
    /// The rows of the legend below the list, with the blank one before it: in help, where there is room.
    fn legend_rows(&self, state: &State) -> u16 {
        let (width, height) = state.size;
        if self.is_help && width >= 64 && height >= 20 {
            4
        } else {
            0
        }
    }
}
