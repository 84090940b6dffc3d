//! Draws the choice of a role.

use ratatui::style::Style;
use ratatui::text::Line;

use super::Roles;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::{Area, dialog_box, list_between, row_areas};
use crate::tui::state::{Draw, State};
use crate::tui::text::fit;
use crate::tui::theme::Theme;
use crate::tui::widgets::{ListRow, dialog, position};

impl Draw for Roles {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let (columns, rows) = self.size(state);
        let room = usize::from(columns).saturating_sub(4);
        let title = format!("{}: which role?", self.app);
        let title = fit(&title, room.saturating_sub(4), theme.glyphs.ellipsis);
        let inner = dialog(state, &title, columns, rows, theme, frame);
        let height = usize::from(inner.height);
        let first = self.first(state);
        let lines: Vec<Line<'_>> = self
            .entries
            .iter()
            .enumerate()
            .skip(first)
            .take(height)
            .map(|(at, entry)| {
                let mut line = ListRow::new(at == self.selected, theme);
                line.push(format!(" {}  ", entry.account), theme.dim);
                let role = fit(&entry.role, room.saturating_sub(17), theme.glyphs.ellipsis);
                line.push(role, Style::new());
                line.line(room)
            })
            .collect();
        frame.lines(lines, inner);
        let shown = (first, self.selected, self.entries.len());
        position(inner, inner, shown, theme, frame);
    }

    fn first(&self, state: &State) -> usize {
        self.list(state).1
    }

    fn row_areas(&self, state: &State) -> Vec<(Area, usize)> {
        let (list, first) = self.list(state);
        row_areas(list, (first..self.entries.len()).map(Some))
    }

    fn hints(&self, state: &State) -> Vec<(Action, &'static str)> {
        let word = match self.action {
            Action::Refresh => "refresh",
            Action::Subshell => "shell",
            Action::Console => "console",
            Action::Copy => "copy",
            Action::Export => "export",
            _ if state.pick_only => state.choice,
            _ => "use",
        };
        vec![(Action::Accept, word), (Action::Back, "back")]
    }
}

impl Roles {
    /// The columns and rows of the dialog.
    fn size(&self, state: &State) -> (u16, u16) {
        let rows = u16::try_from(self.entries.len()).unwrap_or(u16::MAX);
        (state.size.0.min(64), rows.saturating_add(2))
    }

    /// The area of the list, and its first row on screen.
    fn list(&self, state: &State) -> (Area, usize) {
        let (columns, rows) = self.size(state);
        let dialog = dialog_box(state, columns, rows);
        let scroll = (self.first, self.selected);
        list_between(dialog, (0, 0), self.entries.len(), scroll)
    }
}
