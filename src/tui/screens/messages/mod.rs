//! The last messages.

#[cfg(test)]
mod tests;
pub(crate) mod update;
mod view;

/// The words for a list without messages.
const NONE: &str = "no messages yet";

/// The list of messages.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    /// The selected one, counted from the newest.
    pub selected: usize,
    /// The first line of the list on screen.
    pub first: usize,
    /// The lines of its text that are scrolled away.
    pub scrolled: usize,
}
