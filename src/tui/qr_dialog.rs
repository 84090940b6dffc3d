//! A dialog with a QR code beside its text, where there is room for both.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::frame::Frame;
use super::layout::{dialog_rows, toast_lines};
use super::state::{State, Toast};
use super::text::fit;
use super::theme::Theme;
use super::widgets::{Picture, dialog, tone};

/// The most columns of the dialog without a code.
const COLUMNS: u16 = 84;

/// The rows of the dialog that a message must not take: those of the code, where there is room for it.
pub(crate) fn qr_rows(state: &State, address: Option<&str>) -> u16 {
    let (columns, height) = state.size;
    let picture = address.and_then(|address| Picture::new(address, &Theme::plain()));
    let picture = picture.filter(|it| it.fits(columns, height.saturating_sub(1)));
    let rows = picture.map_or(0, |picture| picture.rows() + 2);
    u16::try_from(rows).unwrap_or(height)
}

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
    if let Some(toast) = state
        .toasts
        .last()
        .filter(|_| toast_lines(state).is_empty())
    {
        message(toast, inner, theme, frame);
    }
}

/// Draws the newest message on the border, where it has no row of its own.
fn message(toast: &Toast, inner: Rect, theme: &Theme, frame: &mut Frame<'_>) {
    let (mark, style) = tone(toast.tone, theme);
    let room = usize::from(inner.width).saturating_sub(4);
    let text = fit(&toast.text, room, theme.glyphs.ellipsis);
    let place = Rect {
        y: inner.bottom(),
        height: 1,
        ..inner
    };
    let spans = vec![
        Span::styled(format!(" {mark} "), style),
        Span::raw(format!("{text} ")),
    ];
    frame.line(spans, place);
}
