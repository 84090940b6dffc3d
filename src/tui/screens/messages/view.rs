//! Draws the last messages, the newest first; the selected one in full, with its hint.

use ratatui::style::Style;
use ratatui::text::Line;

use super::{Messages, NONE};
use crate::domain::time::{age, seconds_left};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::{
    Area, dialog_box, list_at_top, message_lines, message_rows, messages_columns, row_areas,
};
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line};
use crate::tui::theme::Theme;
use crate::tui::widgets::{ListRow, dialog, position, rect, tone};

impl Draw for Messages {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let selected = self.selected;
        let (columns, rows) = size(state);
        let room = usize::from(columns).saturating_sub(4);
        let full = self.full(state, room, theme);
        let inner = dialog(state, "Messages", columns, rows, theme, frame);
        let (place, first) = self.list(state);
        let newest_first = state.message_log.iter().rev().enumerate();
        let mut lines: Vec<Line<'_>> = newest_first
            .skip(first)
            .take(usize::from(place.height))
            .map(|(at, (when, toast))| {
                let (mark, style) = tone(toast.tone, theme);
                let age = age(seconds_left(*when, state.now));
                let text = room.saturating_sub(4 + 12);
                let mut row = ListRow::new(at == selected, theme);
                row.push(format!("{mark} "), style);
                row.push(format!("{age:<12}"), theme.dim);
                row.push(fit(&toast.text, text, theme.glyphs.ellipsis), Style::new());
                row.line(room)
            })
            .collect();
        if lines.is_empty() {
            lines.push(line(NONE, theme.dim));
        }
        lines.push(Line::default());
        lines.extend(full);
        frame.lines(lines, inner);
        let shown = (first, selected, state.message_log.len());
        position(inner, rect(place), shown, theme, frame);
    }

    fn first(&self, state: &State) -> usize {
        self.list(state).1
    }

    fn row_areas(&self, state: &State) -> Vec<(Area, usize)> {
        let (list, first) = self.list(state);
        row_areas(list, (first..state.message_log.len()).map(Some))
    }

    fn hints(&self, state: &State) -> Vec<(Action, &'static str)> {
        let copy = (!state.message_log.is_empty()).then_some((Action::Copy, "copy"));
        let toast = state.message_log.iter().rev().nth(self.selected);
        let is_long = toast.is_some_and(|(_, toast)| {
            let (text, hint) = message_lines(state, toast);
            text.len() + hint.len() > message_rows(state)
        });
        let scroll = is_long.then_some((Action::PageDown, "scroll"));
        let back = [(Action::Back, "back")];
        copy.into_iter().chain(scroll).chain(back).collect()
    }
}

/// The columns and rows of the dialog.
fn size(state: &State) -> (u16, u16) {
    let height = state.size.1;
    let rows = state.message_log.len() + message_rows(state) + 3;
    (
        messages_columns(state),
        u16::try_from(rows).unwrap_or(height),
    )
}

impl Messages {
    /// The area of the list, and its first row on screen.
    fn list(&self, state: &State) -> (Area, usize) {
        let (columns, rows) = size(state);
        let dialog = dialog_box(state, columns, rows);
        let below = message_rows(state) + 1;
        list_at_top(
            dialog,
            below,
            state.message_log.len(),
            (self.first, self.selected),
        )
    }

    /// The lines of the selected message in full. What does not fit is scrolled to.
    fn full(&self, state: &State, room: usize, theme: &Theme) -> Vec<Line<'static>> {
        let Some((_, toast)) = state.message_log.iter().rev().nth(self.selected) else {
            return Vec::new();
        };
        let rows = message_rows(state);
        let (text, hint) = message_lines(state, toast);
        let said = text.into_iter().map(|text| (text, theme.strong));
        let all: Vec<_> = said
            .chain(hint.into_iter().map(|text| (text, theme.dim)))
            .skip(self.scrolled)
            .collect();
        let is_cut = all.len() > rows;
        let lines = all.into_iter().take(rows).enumerate();
        let lines = lines.map(|(at, (text, style))| {
            if is_cut && at + 1 == rows {
                let ellipsis = theme.glyphs.ellipsis;
                let text = fit(&text, room.saturating_sub(2), ellipsis);
                return line(format!("{text} {ellipsis}"), style);
            }
            line(text, style)
        });
        let rest = std::iter::repeat_with(Line::default);
        lines.chain(rest).take(rows).collect()
    }
}
