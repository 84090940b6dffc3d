//! A dialog with a QR code beside its text, where there is room for both.

use ratatui::text::Line;

use super::frame::Frame;
use super::layout::dialog_rows;
use super::state::State;
use super::theme::Theme;
use super::widgets::{Picture, dialog};

/// The most columns of the dialog without a code.
const COLUMNS: u16 = 84;

/// Draws the dialog. `address` is for a phone to open; `lines` makes the text for a number of columns.
pub(crate) fn qr_dialog(
    state: &State,
    title: &str,
    address: Option<&str>,
    lines: impl FnOnce(usize) -> Vec<Line<'static>>,
    theme: &Theme,
    frame: &mut Frame<'_>,
) {
    let (all, height) = (state.size.0, dialog_rows(state));
    let picture = address
        .and_then(|address| Picture::new(address, theme))
        .filter(|picture| picture.fits(all, height));
    let columns = match &picture {
        Some(picture) => u16::try_from(picture.columns_with_text())
            .map_or(all, |needed| all.min(Picture::WITH_TEXT.max(needed))),
        None => all.min(COLUMNS),
    };
    let beside = picture.as_ref().map_or(0, Picture::columns);
    let lines = lines(usize::from(columns).saturating_sub(4 + beside));
    let rows = lines.len().max(picture.as_ref().map_or(0, Picture::rows));
    let rows = u16::try_from(rows).unwrap_or(height).saturating_add(2);
    let inner = dialog(state, title, columns, rows, theme, frame);
    frame.lines(lines, inner);
    if let Some(picture) = picture {
        picture.draw(inner, theme, frame);
    }
}
