//! Draws a question.

use ratatui::text::Line;

use super::Confirm;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::state::{Draw, State};
use crate::tui::text::{line, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::dialog;

impl Draw for Confirm {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let columns = frame.area().width.min(64);
        let room = usize::from(columns).saturating_sub(4);
        let mut lines: Vec<Line<'_>> = wrap(&self.title, room)
            .into_iter()
            .map(|text| line(text, theme.strong))
            .collect();
        lines.extend(
            wrap(&self.detail, room)
                .into_iter()
                .map(|text| line(text, theme.dim)),
        );
        let rows = u16::try_from(lines.len()).unwrap_or(4).saturating_add(2);
        let inner = dialog(state, "Are you sure?", columns, rows, theme, frame);
        frame.lines(lines, inner);
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        vec![(Action::Yes, "yes"), (Action::Back, "no")]
    }
}
