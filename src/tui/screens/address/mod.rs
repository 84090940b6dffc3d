//! The address of a web console, where no browser could be opened.

#[cfg(test)]
mod tests;
pub(crate) mod update;
mod view;

use crate::domain::{EntryId, Kind, Problem, Secret};
use crate::tui::msg::Ticket;

/// The address of the console of an entry.
#[derive(Debug)]
pub(crate) struct Address {
    /// The entry.
    pub id: EntryId,
    /// The reason why no browser shows it.
    pub reason: String,
    /// Its stage.
    pub stage: AddressStage,
}

/// The stage of the address.
#[derive(Debug)]
pub(crate) enum AddressStage {
    /// It waits for the user's key: the address signs in whoever opens it.
    Hidden,
    /// It is asked for.
    Asking(Ticket),
    /// It is on screen. It is gone when the screen is closed.
    Shown(Secret),
    /// There is none.
    Failed(Problem),
}

impl Address {
    /// `true` if the address can sign in by itself. A portal's shortcut cannot: the portal asks for a sign-in.
    pub(crate) fn is_secret(&self) -> bool {
        self.id.kind != Kind::Org
    }
}
