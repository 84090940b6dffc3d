//! A dialog with a QR code beside its text, where there is room for both.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::state::State;
use super::text::{line, width};
use super::theme::Theme;
use super::widgets::dialog;
use crate::domain::qr::half_blocks;

/// Columns between the text and the QR code.
const GAP: usize = 3;

/// The least width of the text beside it.
const MIN_TEXT_COLUMNS: usize = 34;

/// Columns of the dialog without a code, and with one that leaves room.
const COLUMNS: (u16, u16) = (84, 100);

/// Draws the dialog. `address` is what a phone is to open; `lines` makes the text for a number of columns.
pub(crate) fn qr_dialog(
    state: &State,
    title: &str,
    address: Option<&str>,
    lines: impl FnOnce(usize) -> Vec<Line<'static>>,
    theme: &Theme,
    frame: &mut Frame<'_>,
) {
    let (all, height) = state.size;
    let needed = |picture: &[String]| picture_width(picture) + GAP + MIN_TEXT_COLUMNS + 4;
    let picture = address
        .filter(|_| theme.glyphs.boxes)
        .and_then(half_blocks)
        .map(|picture| picture.lines().map(str::to_owned).collect::<Vec<_>>())
        // The footer and the frame take three rows, the text needs as much room as the code.
        .filter(|picture| {
            picture.len() + 3 <= usize::from(height) && usize::from(all) >= needed(picture)
        });
    let (columns, beside) = match &picture {
        Some(picture) => (
            u16::try_from(needed(picture)).map_or(all, |needed| all.min(COLUMNS.1.max(needed))),
            picture_width(picture) + GAP,
        ),
        None => (all.min(COLUMNS.0), 0),
    };
    let lines = lines(usize::from(columns).saturating_sub(4 + beside));
    let rows = lines.len().max(picture.as_ref().map_or(0, Vec::len));
    let rows = u16::try_from(rows).unwrap_or(height).saturating_add(2);
    let inner = dialog(title, columns, rows, theme, frame);
    frame.render_widget(Paragraph::new(lines), inner);
    let Some(picture) = picture else {
        return;
    };
    let columns = u16::try_from(picture_width(&picture)).unwrap_or(inner.width);
    let place = Rect {
        x: inner.x + inner.width.saturating_sub(columns),
        width: columns.min(inner.width),
        ..inner
    };
    // Light on dark in every theme: QR readers need it.
    let style = match theme.accent.fg {
        Some(Color::Rgb(..)) => Style::new()
            .fg(Color::Rgb(255, 255, 255))
            .bg(Color::Rgb(0, 0, 0)),
        Some(Color::Indexed(_)) => Style::new().fg(Color::Indexed(231)).bg(Color::Indexed(16)),
        Some(_) => Style::new().fg(Color::White).bg(Color::Black),
        None => Style::new(),
    };
    let lines: Vec<Line<'_>> = picture.into_iter().map(|row| line(row, style)).collect();
    frame.render_widget(Paragraph::new(lines), place);
}

fn picture_width(picture: &[String]) -> usize {
    picture.first().map_or(0, |row| width(row))
}
