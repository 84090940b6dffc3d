//! Draws the settings: one a row, with its value.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::SettingsScreen;
use crate::domain::setting::{SettingRow, Shape};
use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, tail, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{ListRow, dialog, position, set_cursor};

/// Columns of the labels.
const LABEL: usize = 38;

impl Draw for SettingsScreen {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let (width, height) = state.size;
        let columns = width.min(76);
        let room = usize::from(columns).saturating_sub(4);
        let words: Vec<Line<'static>> = match &self.problem {
            Some(problem) => wrap(&problem.to_string(), room)
                .into_iter()
                .map(|text| line(text, theme.bad))
                .collect(),
            None => wrap(
                "Changes are saved to config.toml. Some take effect at the next start.",
                room,
            )
            .into_iter()
            .map(|text| line(text, theme.dim))
            .collect(),
        };
        let rows = self.rows.len() + words.len() + 1;
        let rows = u16::try_from(rows).unwrap_or(height).saturating_add(2);
        let inner = dialog("Settings", columns, rows, theme, frame);
        let list = usize::from(inner.height)
            .saturating_sub(words.len() + 1)
            .max(1);
        let first = ListCursor {
            count: self.rows.len(),
            page: list,
        }
        .scrolled(0, self.selected);
        let label = LABEL.min(room * 3 / 5);
        let mut cursor = None;
        let mut lines = Vec::new();
        for (at, row) in self.rows.iter().enumerate().skip(first).take(list) {
            let selected = at == self.selected;
            let value_room = room.saturating_sub(label + 4);
            let mut value = fit(value_text(row), value_room, theme.glyphs.ellipsis);
            if selected && let Some(input) = &self.editing {
                let text = input.text();
                let (shown, hidden) = tail(&text, value_room);
                let column = label + 3 + input.cursor().saturating_sub(hidden);
                cursor = Some((column, lines.len()));
                shown.clone_into(&mut value);
            }
            let name = fit(row.setting.label, label, theme.glyphs.ellipsis);
            let is_default = row.value.is_none();
            let mut row = ListRow::new(selected, theme);
            row.push(format!(" {name}"), theme.dim);
            row.pad_to(label + 3);
            row.push(value, if is_default { theme.dim } else { Style::new() });
            lines.push(row.line(room));
        }
        lines.push(Line::default());
        lines.extend(words);
        frame.render_widget(Paragraph::new(lines), inner);
        let place = Rect {
            height: u16::try_from(list).unwrap_or(u16::MAX).min(inner.height),
            ..inner
        };
        let shown = (first, self.selected, self.rows.len());
        position(inner, place, shown, theme, frame);
        if let Some(cursor) = cursor {
            set_cursor(frame, inner, cursor);
        }
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        if self.editing.is_some() {
            return vec![(Action::Accept, "save"), (Action::Back, "cancel")];
        }
        vec![
            (Action::Accept, "change"),
            (Action::DeleteForward, "default"),
            (Action::Back, "back"),
        ]
    }
}

/// The text of a value: switches are on or off; the file has true or false.
fn value_text(row: &SettingRow) -> &str {
    match (row.setting.shape, row.shown()) {
        (Shape::Flag(_), "true") => "on",
        (Shape::Flag(_), "false") => "off",
        (_, value) => value,
    }
}
