//! Adding an external account by the link of its tile.

pub(crate) mod update;
mod view;

use crate::domain::Problem;
use crate::tui::input::Input;
use crate::tui::msg::Ticket;

/// Adding an external account by the link of its tile.
#[derive(Debug, Default)]
pub(crate) struct AddApp {
    /// The link, the name.
    pub fields: [Input; 2],
    /// The field with the cursor.
    pub at: usize,
    /// The open question.
    pub waiting: Option<Ticket>,
    /// The problem with the last input.
    pub problem: Option<Problem>,
}
