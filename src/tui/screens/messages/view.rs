//! Draws the last messages, the newest first; the selected one in full, with its hint.

use ratatui::style::Style;
use ratatui::text::Line;

use super::{Messages, NONE};
use crate::domain::time::{age, seconds_left};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::{Area, dialog_box, list_at_top, message_rows, row_areas};
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{ListRow, dialog, position, rect, tone};

impl Draw for Messages {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let selected = self.selected;
        let (columns, rows) = size(state);
        let room = usize::from(columns).saturating_sub(4);
        let full = full(state, selected, room, theme);
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
        copy.into_iter().chain([(Action::Back, "back")]).collect()
    }
}

/// The columns and rows of the dialog.
fn size(state: &State) -> (u16, u16) {
    let (width, height) = state.size;
    let rows = state.message_log.len() + message_rows(state) + 3;
    (width.min(76), u16::try_from(rows).unwrap_or(height))
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
}

/// The lines of the selected message in full.
fn full(state: &State, selected: usize, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let Some((_, toast)) = state.message_log.iter().rev().nth(selected) else {
        return Vec::new();
    };
    let said = wrap(&toast.text, room)
        .into_iter()
        .map(|text| line(text, theme.strong));
    let hint = toast.hint.as_deref().unwrap_or_default();
    let hint = wrap(hint, room)
        .into_iter()
        .map(|text| line(text, theme.dim));
    let hint = hint.filter(|_| toast.hint.is_some());
    // Always as many lines: the list does not move while one goes through it.
    let rest = std::iter::repeat_with(Line::default);
    said.chain(hint)
        .chain(rest)
        .take(message_rows(state))
        .collect()
}
