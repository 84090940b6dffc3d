//! The settings.

#[cfg(test)]
mod tests;
pub(crate) mod update;
mod view;

use crate::domain::Problem;
use crate::domain::setting::SettingRow;
use crate::tui::input::Input;

/// The settings.
#[derive(Debug, Default)]
pub(crate) struct SettingsScreen {
    /// All of them; none before they are read.
    pub rows: Vec<SettingRow>,
    /// The selected one.
    pub selected: usize,
    /// The first line of the list on screen.
    pub first: usize,
    /// The new value while it is edited.
    pub editing: Option<Input>,
    /// The problem with the last input.
    pub problem: Option<Problem>,
}
