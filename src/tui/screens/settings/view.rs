//! Draws the settings: one a row, with its value.

use ratatui::style::Style;
use ratatui::text::Line;

use super::SettingsScreen;
use crate::domain::setting::{SettingRow, Shape};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::{Area, FieldArea, dialog_box, list_at_top, row_areas};
use crate::tui::state::{Draw, State};
use crate::tui::text::{around, fit, line, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{ListRow, dialog, position, rect, set_cursor};

/// The most columns of the dialog.
const WIDEST: u16 = 76;

/// The most columns of the labels.
const LABEL: usize = 38;

impl Draw for SettingsScreen {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let columns = state.size.0.min(WIDEST);
        let room = usize::from(columns).saturating_sub(4);
        let style = if self.problem.is_some() {
            theme.bad
        } else {
            theme.dim
        };
        let words = self.words(room);
        let inner = dialog(
            state,
            "Settings",
            columns,
            self.height(&words),
            theme,
            frame,
        );
        let (place, first) = self.list(state);
        let label = label_columns(room);
        let mut cursor = None;
        let mut lines = Vec::new();
        for (at, row) in self
            .rows
            .iter()
            .enumerate()
            .skip(first)
            .take(usize::from(place.height))
        {
            let selected = at == self.selected;
            let value_room = value_columns(room);
            let mut value = fit(value_text(row), value_room, theme.glyphs.ellipsis);
            if selected && let Some(input) = &self.editing {
                let text = input.text();
                let (shown, column) = around(&text, input.cursor(), value_room);
                cursor = Some((label + 3 + column, lines.len()));
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
        lines.extend(words.into_iter().map(|text| line(text, style)));
        frame.lines(lines, inner);
        let shown = (first, self.selected, self.rows.len());
        position(inner, rect(place), shown, theme, frame);
        if let Some(cursor) = cursor {
            set_cursor(frame, inner, cursor);
        }
    }

    fn first(&self, state: &State) -> usize {
        self.list(state).1
    }

    /// The value that is edited.
    fn field_areas(&self, state: &State) -> Vec<FieldArea> {
        let (list, first) = self.list(state);
        let at = self.selected.saturating_sub(first);
        let y = u16::try_from(at).unwrap_or(0).saturating_add(list.y);
        let room = usize::from(list.width);
        let label = u16::try_from(label_columns(room) + 3).unwrap_or(0);
        let area = FieldArea {
            field: 0,
            row: Area {
                y,
                height: 1,
                ..list
            },
            x: list.x + label,
            columns: value_columns(room),
        };
        self.editing.iter().map(|_| area).collect()
    }

    fn row_areas(&self, state: &State) -> Vec<(Area, usize)> {
        // While a value is edited, the selection does not move.
        if self.editing.is_some() {
            return Vec::new();
        }
        let (list, first) = self.list(state);
        row_areas(list, (first..self.rows.len()).map(Some))
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

/// The columns of the labels.
fn label_columns(room: usize) -> usize {
    LABEL.min(room * 3 / 5)
}

/// The columns of the values.
fn value_columns(room: usize) -> usize {
    room.saturating_sub(label_columns(room) + 4)
}

impl SettingsScreen {
    /// The lines below the list: a problem, else what becomes of changes.
    fn words(&self, room: usize) -> Vec<String> {
        match &self.problem {
            Some(problem) => match &problem.hint {
                Some(hint) => wrap(&format!("{problem}: {hint}"), room),
                None => wrap(&problem.to_string(), room),
            },
            None => wrap(
                "Saved to config.toml. Height, mouse, store, requests: at the next start.",
                room,
            ),
        }
    }

    /// The rows of the dialog.
    fn height(&self, words: &[String]) -> u16 {
        let rows = self.rows.len() + words.len() + 1;
        u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2)
    }

    /// The area of the list, and its first row on screen.
    fn list(&self, state: &State) -> (Area, usize) {
        let columns = state.size.0.min(WIDEST);
        let words = self.words(usize::from(columns).saturating_sub(4));
        let dialog = dialog_box(state, columns, self.height(&words));
        list_at_top(
            dialog,
            words.len() + 1,
            self.rows.len(),
            (self.first, self.selected),
        )
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
