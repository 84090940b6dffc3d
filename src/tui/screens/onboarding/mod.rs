//! Adding a portal, also in the first run.

pub(crate) mod update;
mod view;

use crate::domain::Problem;
use crate::tui::input::Input;
use crate::tui::msg::Ticket;

/// Adding a portal.
#[derive(Debug, Default)]
pub(crate) struct Onboarding {
    /// The start URL, the region, the name.
    pub fields: [Input; 3],
    /// The field with the cursor.
    pub at: usize,
    /// How many fields there are yet: the URL alone, then all.
    pub shown: usize,
    /// The open question.
    pub waiting: Option<Ticket>,
    /// The problem with the last input.
    pub problem: Option<Problem>,
    /// Whether the region was found, or has to be typed.
    pub region_found: bool,
    /// Whether it is the first run: there is nothing to go back to.
    pub first_run: bool,
    /// The link of a tile that was pasted instead of the portal's address: its app is added, too.
    pub tile: Option<String>,
}
