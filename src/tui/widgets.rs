//! Parts of screens that several of them draw.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding};

use super::form::Form;
use super::layout::Area;
use super::state::{State, Tone};
use super::text;
use super::theme::Theme;

/// Columns of the labels of fields.
pub(crate) const LABEL: usize = 10;

pub(crate) fn rect(area: Area) -> Rect {
    Rect {
        x: area.x,
        y: area.y,
        width: area.width,
        height: area.height,
    }
}

/// Draws a box in the middle of the screen; returns the area inside of it.
pub(crate) fn dialog(
    title: &str,
    columns: u16,
    rows: u16,
    theme: &Theme,
    frame: &mut Frame<'_>,
) -> Rect {
    let whole = frame.area();
    // The footer stays in sight.
    let (width, height) = (
        columns.min(whole.width),
        rows.min(whole.height.saturating_sub(1)),
    );
    let area = Rect {
        x: (whole.width - width) / 2,
        y: (whole.height.saturating_sub(1 + height)) / 2,
        width,
        height,
    };
    let block = Block::bordered()
        .title(Span::styled(format!(" {title} "), theme.accent))
        .border_set(theme.glyphs.border)
        .border_style(theme.dim)
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    uncover_edge(frame, area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    inner
}

/// The current frame of the spinner.
pub(crate) fn spinner(state: &State, theme: &Theme) -> &'static str {
    let frames = &theme.glyphs.spinner;
    let at = if state.reduced_motion {
        0
    } else {
        state.now.as_second().rem_euclid(4)
    };
    usize::try_from(at)
        .ok()
        .and_then(|at| frames.get(at).copied())
        .unwrap_or(frames[0])
}

/// The glyph of a message, and its style.
pub(crate) fn tone(tone: Tone, theme: &Theme) -> (&'static str, Style) {
    match tone {
        Tone::Good => (theme.glyphs.fresh, theme.good),
        Tone::Note => (theme.glyphs.prompt, theme.accent),
        Tone::Bad => (theme.glyphs.failed, theme.bad),
    }
}

/// Clears wide characters that a box half covers: with the edge of the box as their other half, neither
/// would be visible.
fn uncover_edge(frame: &mut Frame<'_>, area: Rect) {
    let Some(before) = area.x.checked_sub(1) else {
        return;
    };
    for y in area.top()..area.bottom() {
        if let Some(cell) = frame.buffer_mut().cell_mut((before, y))
            && text::width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}

/// A field with its label; the one with the cursor shows it.
pub(crate) fn field(label: &str, value: &str, style: Style, theme: &Theme) -> Line<'static> {
    Line::from(vec![
        Span::styled(text::pad(label, LABEL), theme.dim),
        Span::styled(value.to_owned(), style),
    ])
}

/// Adds the fields of a form to the lines of a dialog; returns the cursor's column and row, if it is shown.
pub(crate) fn form<const N: usize>(
    form: &Form<N>,
    labels: [&str; N],
    room: usize,
    theme: &Theme,
    lines: &mut Vec<Line<'static>>,
) -> Option<(usize, usize)> {
    let mut cursor = None;
    for (at, label) in labels.iter().enumerate().take(form.shown) {
        let input = &form.fields[at];
        let active = at == form.focus && form.waiting.is_none();
        let text = input.text();
        let (shown, hidden) = text::tail(&text, room.saturating_sub(LABEL + 1));
        if active {
            let column = LABEL + input.cursor().saturating_sub(hidden);
            cursor = Some((column, lines.len()));
        }
        let style = if active { theme.strong } else { theme.dim };
        lines.push(field(label, shown, style, theme));
    }
    cursor
}

/// Puts the cursor at a column and row of a dialog.
pub(crate) fn set_cursor(frame: &mut Frame<'_>, inside: Rect, (column, row): (usize, usize)) {
    let x = inside.x.saturating_add(u16::try_from(column).unwrap_or(0));
    let y = inside.y.saturating_add(u16::try_from(row).unwrap_or(0));
    frame.set_cursor_position(Position { x, y });
}
