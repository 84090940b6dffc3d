//! Draws help and the palette.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Menu;
use super::update::rows;
use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, tail, width};
use crate::tui::theme::Theme;
use crate::tui::widgets::{ListRow, dialog, legend, position};

impl Draw for Menu {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let rows = rows(state, self);
        let (whole, height) = state.size;
        let wanted = u16::try_from(rows.len())
            .unwrap_or(height)
            .saturating_add(4)
            .saturating_add(self.legend_rows(state));
        let title = if self.is_help { "Help" } else { "Actions" };
        let inner = dialog(
            title,
            whole.min(64),
            wanted.clamp(8, height.saturating_sub(1).max(8)),
            theme,
            frame,
        );
        let typed = self.query.text();
        let (shown, hidden) = tail(&typed, usize::from(inner.width).saturating_sub(3));
        let query = Line::from(vec![
            Span::styled(format!("{} ", theme.glyphs.prompt), theme.accent),
            if self.query.is_empty() {
                Span::styled("type to search", theme.dim)
            } else {
                Span::styled(shown, theme.strong)
            },
        ]);
        frame.render_widget(query, Rect { height: 1, ..inner });
        let cursor = self.query.cursor().saturating_sub(hidden) + 2;
        let cursor = u16::try_from(cursor).unwrap_or(0);
        frame.set_cursor_position(Position {
            x: inner.x + cursor.min(inner.width),
            y: inner.y,
        });
        let legend_rows = self.legend_rows(state);
        let list = Rect {
            y: inner.y + 1,
            height: inner.height.saturating_sub(1 + legend_rows),
            ..inner
        };
        if legend_rows > 0 {
            let place = Rect {
                y: list.bottom() + 1,
                height: legend_rows - 1,
                ..inner
            };
            let lines = legend(theme, usize::from(inner.width));
            frame.render_widget(Paragraph::new(lines), place);
        }
        if rows.is_empty() {
            frame.render_widget(Paragraph::new(line("nothing matches", theme.dim)), list);
            return;
        }
        let shown = usize::from(list.height);
        let offset = ListCursor {
            count: rows.len(),
            page: shown,
        }
        .scrolled(0, self.selected);
        let keys = rows
            .iter()
            .map(|row| width(&row.keys))
            .max()
            .unwrap_or(0)
            .min(24)
            .min(usize::from(list.width) / 3);
        let columns = usize::from(list.width);
        let lines: Vec<Line<'_>> = rows
            .iter()
            .enumerate()
            .skip(offset)
            .take(shown)
            .map(|(at, row)| {
                let mut line = ListRow::new(at == self.selected, theme);
                line.push(fit(&row.keys, keys, theme.glyphs.ellipsis), theme.strong);
                line.pad_to(keys + 3);
                let room = columns.saturating_sub(keys + 3);
                line.push(fit(&row.label, room, theme.glyphs.ellipsis), Style::new());
                line.line(columns)
            })
            .collect();
        frame.render_widget(Paragraph::new(lines), list);
        position(
            inner,
            list,
            (offset, self.selected, rows.len()),
            theme,
            frame,
        );
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        vec![(Action::Accept, "run"), (Action::Back, "back")]
    }
}
