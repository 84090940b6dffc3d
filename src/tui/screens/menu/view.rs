//! Draws help and the palette.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Menu;
use super::update::rows;
use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, pad, tail, width};
use crate::tui::theme::Theme;
use crate::tui::widgets::dialog;

impl Draw for Menu {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let rows = rows(state, self);
        let (whole, height) = state.size;
        let wanted = u16::try_from(rows.len())
            .unwrap_or(height)
            .saturating_add(4);
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
                let selected = at == self.selected;
                let base = if selected {
                    theme.selected
                } else {
                    ratatui::style::Style::new()
                };
                let mark = if selected { theme.glyphs.selected } else { " " };
                let label = fit(
                    &row.label,
                    columns.saturating_sub(keys + 4),
                    theme.glyphs.ellipsis,
                );
                Line::from(vec![
                    Span::styled(mark, theme.accent),
                    Span::styled(
                        pad(&fit(&row.keys, keys, theme.glyphs.ellipsis), keys + 2),
                        base.patch(theme.strong),
                    ),
                    Span::styled(pad(&label, columns.saturating_sub(keys + 3)), base),
                ])
            })
            .collect();
        frame.render_widget(Paragraph::new(lines), list);
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        vec![(Action::Accept, "run"), (Action::Back, "back")]
    }
}
