//! The details of the selected row: beside the list, or over it where there is no room for that.

#[cfg(test)]
mod tests;
mod update;
mod view;

pub(crate) use view::{is_cut_beside, pane};

/// The details over the list.
#[derive(Debug, Default)]
pub(crate) struct Details {
    /// The first line on screen.
    pub first: usize,
}
