//! The plan of a sync, to choose what is written.

#[cfg(test)]
mod tests;
pub(crate) mod update;
mod view;

use crate::domain::sync::{SyncChange, SyncRow};
use crate::tui::msg::Ticket;

/// The plan of a sync.
#[derive(Debug)]
pub(crate) struct SyncScreen {
    /// The question that the plan answers.
    pub ticket: Ticket,
    /// The progress.
    pub stage: SyncStage,
    /// The profiles that come, change or go.
    pub rows: Vec<SyncRow>,
    /// The rows that are written, by their index.
    pub ticked: Vec<bool>,
    /// The number of profiles that stay as they are.
    pub unchanged: usize,
    /// The number of profiles whose names other profiles have.
    pub skipped: usize,
    /// The index of the selected row.
    pub selected: usize,
    /// The first line of the list on screen.
    pub first: usize,
}

/// The progress of a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyncStage {
    /// The plan is made.
    Planning,
    /// The user ticks rows.
    Choosing,
    /// The ticked rows are written.
    Writing,
}

impl SyncScreen {
    /// The ticked rows.
    fn chosen(&self) -> impl Iterator<Item = &SyncRow> {
        let rows = self.rows.iter().zip(&self.ticked);
        rows.filter(|(_, ticked)| **ticked).map(|(row, _)| row)
    }

    /// The number of ticked rows that are written, and of those that are removed.
    fn counts(&self) -> (usize, usize) {
        let removed = self
            .chosen()
            .filter(|row| row.change == SyncChange::Removed)
            .count();
        (self.chosen().count() - removed, removed)
    }
}
