//! A question with a no for its default.

use ratatui::Frame;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::dialog;
use super::text::{line, wrap};
use crate::tui::state::Confirm;
use crate::tui::theme::Theme;

/// Draws the question.
pub(super) fn draw(screen: &Confirm, theme: &Theme, frame: &mut Frame<'_>) {
    let columns = frame.area().width.min(64);
    let room = usize::from(columns).saturating_sub(4);
    let mut lines: Vec<Line<'_>> = wrap(&screen.title, room)
        .into_iter()
        .map(|text| line(text, theme.strong))
        .collect();
    lines.extend(
        wrap(&screen.detail, room)
            .into_iter()
            .map(|text| line(text, theme.dim)),
    );
    let rows = u16::try_from(lines.len()).unwrap_or(4).saturating_add(2);
    let inner = dialog("Are you sure?", columns, rows, theme, frame);
    frame.render_widget(Paragraph::new(lines), inner);
}
