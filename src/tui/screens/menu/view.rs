//! Draws the menu.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Menu;
use super::update::{Row, all_rows, rows};
use crate::tui::action::{Action, Group};
use crate::tui::cursor::ListCursor;
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, tail, width};
use crate::tui::theme::Theme;
use crate::tui::widgets::{ListRow, dialog, legend, scrollbar};

/// The most columns of the menu.
const WIDEST: u16 = 78;

/// The most columns of the keys.
const KEYS: usize = 22;

impl Draw for Menu {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let rows = rows(state, self);
        let columns = state.size.0.min(WIDEST);
        let room = usize::from(columns).saturating_sub(4);
        let (lines, selected) = lines(&rows, self, room, theme);
        // Of the same height while one types: the list does not move.
        let most = all_rows(state, self).len() + Group::ALL.len() + 6;
        let height = u16::try_from(most).unwrap_or(u16::MAX).saturating_add(3);
        let inner = dialog("Menu", columns, height, theme, frame);
        let count = format!("{}/{}", rows.len(), all_rows(state, self).len());
        self.draw_query(&count, inner, theme, frame);
        let list = Rect {
            y: inner.y + 1,
            height: inner.height.saturating_sub(1),
            ..inner
        };
        if rows.is_empty() {
            frame.render_widget(Paragraph::new(line("nothing matches", theme.dim)), list);
            return;
        }
        let shown = usize::from(list.height);
        let cursor = ListCursor {
            count: lines.len(),
            page: shown,
        };
        // The end of the list is the legend, which cannot be selected.
        let is_last = self.selected + 1 == rows.len();
        let seen = if is_last { lines.len() - 1 } else { selected };
        let offset = cursor.scrolled(0, seen).min(selected);
        let total = lines.len();
        let place = format!("{}/{}", self.selected + 1, rows.len());
        let lines: Vec<Line<'_>> = lines.into_iter().skip(offset).take(shown).collect();
        frame.render_widget(Paragraph::new(lines), list);
        scrollbar(inner, list, (offset, total), &place, theme, frame);
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        vec![(Action::Accept, "run"), (Action::Back, "back")]
    }
}

impl Menu {
    /// Draws what is typed, and the number of rows that match.
    fn draw_query(&self, count: &str, inner: Rect, theme: &Theme, frame: &mut Frame<'_>) {
        let row = Rect { height: 1, ..inner };
        let typed = self.query.text();
        let room = usize::from(inner.width).saturating_sub(width(count) + 4);
        let (shown, hidden) = tail(&typed, room);
        let query = Line::from(vec![
            Span::styled(format!("{} ", theme.glyphs.prompt), theme.accent),
            if self.query.is_empty() {
                Span::styled(
                    fit("type to search", room, theme.glyphs.ellipsis),
                    theme.dim,
                )
            } else {
                Span::styled(shown.to_owned(), theme.strong)
            },
        ]);
        frame.render_widget(query, row);
        let columns = u16::try_from(width(count)).unwrap_or(0).min(inner.width);
        let place = Rect {
            x: inner.right() - columns,
            width: columns,
            ..row
        };
        frame.render_widget(Span::styled(count.to_owned(), theme.dim), place);
        let cursor = self.query.cursor().saturating_sub(hidden) + 2;
        let cursor = u16::try_from(cursor).unwrap_or(0);
        frame.set_cursor_position(Position {
            x: inner.x + cursor.min(inner.width),
            y: inner.y,
        });
    }
}

/// The rows with the heads of their sections and, while nothing is searched, the legend; and the place of the
/// selected row among them.
fn lines(rows: &[Row], menu: &Menu, room: usize, theme: &Theme) -> (Vec<Line<'static>>, usize) {
    let keys = rows.iter().map(|row| width(&row.keys)).max().unwrap_or(0);
    let keys = keys.min(KEYS).min(room / 3);
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut selected = 0;
    let mut section = None;
    for (at, row) in rows.iter().enumerate() {
        if section != Some(row.group) {
            section = Some(row.group);
            lines.push(line(format!(" {}", row.group.title()), theme.strong));
        }
        if at == menu.selected {
            selected = lines.len();
        }
        lines.push(row_line(row, at == menu.selected, keys, room, theme));
    }
    if menu.query.is_empty() {
        lines.push(line(" legend", theme.strong));
        lines.extend(
            legend(theme, room.saturating_sub(2))
                .into_iter()
                .map(|mut line| {
                    line.spans.insert(0, Span::raw("  "));
                    line
                }),
        );
    }
    (lines, selected)
}

/// A row: its keys, its label, and at the right the reason why it cannot be run.
fn row_line(row: &Row, selected: bool, keys: usize, room: usize, theme: &Theme) -> Line<'static> {
    let (key, label) = match row.unavailable {
        Some(_) => (theme.dim, theme.dim),
        None => (theme.strong, Style::new()),
    };
    let mut line = ListRow::new(selected, theme);
    line.push(" ", Style::new());
    line.push(fit(&row.keys, keys, theme.glyphs.ellipsis), key);
    line.pad_to(keys + 4);
    let free = room.saturating_sub(keys + 4);
    let reason = row.unavailable.unwrap_or_default();
    let reason_room = free.saturating_sub(width(&row.label) + 2);
    // Where both do not fit, the label is what matters.
    let reason = if width(reason) <= reason_room {
        reason
    } else {
        ""
    };
    line.push(fit(&row.label, free, theme.glyphs.ellipsis), label);
    line.pad_to(room.saturating_sub(width(reason)));
    line.push(reason, theme.dim);
    line.line(room)
}
