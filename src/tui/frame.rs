//! The frame that the view draws on: a sheet of cells, and the place of the cursor.
//!
//! ratatui's own frame comes from its terminal only, which compares all cells of each frame one by one, as text,
//! and measures each: a third of what a key costs that changes one row ([`Canvas`](super::canvas::Canvas)).

use std::sync::LazyLock;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::sheet::Sheet;

/// A frame while it is drawn.
pub struct Frame<'a> {
    sheet: &'a mut Sheet,
    cursor: Option<Position>,
}

impl<'a> Frame<'a> {
    /// A frame on blank cells.
    #[must_use]
    pub fn new(sheet: &'a mut Sheet) -> Self {
        Self {
            sheet,
            cursor: None,
        }
    }

    /// All cells.
    #[must_use]
    pub(crate) fn area(&self) -> Rect {
        self.sheet.area()
    }

    /// The cells, for drawing in an area of them.
    pub(crate) fn buffer_in(&mut self, area: Rect) -> &mut Buffer {
        self.sheet.buffer_in(area)
    }

    /// Draws lines from the top of an area on, cut at its end.
    pub(crate) fn lines<'l>(&mut self, lines: impl IntoIterator<Item = Line<'l>>, area: Rect) {
        let area = area.intersection(self.area());
        for (line, row) in lines.into_iter().zip(area.rows()) {
            self.row(&line, row);
        }
    }

    /// Draws one line.
    pub(crate) fn line<'l>(&mut self, line: impl Into<Line<'l>>, area: Rect) {
        self.lines([line.into()], area);
    }

    fn row(&mut self, line: &Line<'_>, mut row: Rect) {
        for span in &line.spans {
            if row.is_empty() {
                return;
            }
            let columns = draw_span(span, line.style, row, self);
            row.x += columns;
            row.width -= columns;
        }
    }

    /// Draws a rule of one character, in as many rows and columns as its area has.
    pub(crate) fn rule(&mut self, symbol: &str, style: Style, area: Rect) {
        let area = area.intersection(self.area());
        let mut cell = Cell::EMPTY;
        cell.set_symbol(symbol).set_style(style);
        let buffer = self.buffer_in(area);
        for place in area.positions() {
            buffer[place].clone_from(&cell);
        }
    }

    /// Draws a widget.
    pub(crate) fn render_widget(&mut self, widget: impl Widget, area: Rect) {
        widget.render(area, self.buffer_in(area));
    }

    /// Shows the cursor after the frame is drawn; without it, it is hidden.
    pub(crate) fn set_cursor_position(&mut self, position: impl Into<Position>) {
        self.cursor = Some(position.into());
    }

    /// The cursor; `None`: it is hidden.
    pub(crate) fn cursor(&self) -> Option<Position> {
        self.cursor
    }
}

/// The cells of `' '..='~'`: to copy one costs less than to make it.
static ASCII_CELLS: LazyLock<Vec<Cell>> = LazyLock::new(|| {
    let cell = |byte| {
        let mut cell = Cell::EMPTY;
        cell.set_char(char::from(byte));
        cell
    };
    (b' '..=b'~').map(cell).collect()
});

/// Draws a part of a line, and returns its columns. Most of a frame is ASCII, whose characters are a cell each: it is drawn
/// without a search for clusters.
fn draw_span(span: &Span<'_>, base: Style, row: Rect, frame: &mut Frame<'_>) -> u16 {
    let text = &*span.content;
    let style = base.patch(span.style);
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        // No character is wider; the width of a text is less than that of its clusters where they join.
        let width = u16::try_from(text.chars().count() * 2).unwrap_or(u16::MAX);
        let width = width.min(row.width);
        let buffer = frame.buffer_in(Rect { width, ..row });
        Span::styled(text, style).render(row, buffer);
        let columns = u16::try_from(span.width()).unwrap_or(u16::MAX);
        return columns.min(row.width);
    }
    let columns = u16::try_from(text.len()).unwrap_or(u16::MAX);
    let width = columns.min(row.width);
    let buffer = frame.buffer_in(Rect { width, ..row });
    let first = buffer.index_of(row.x, row.y);
    let cells = buffer
        .content
        .iter_mut()
        .skip(first)
        .take(usize::from(width));
    for (cell, byte) in cells.zip(text.bytes()) {
        let style = cell.style().patch(style);
        cell.clone_from(&ASCII_CELLS[usize::from(byte - b' ')]);
        cell.set_style(style);
    }
    width
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::Stylize as _;

    use super::*;

    proptest! {
        #[test]
        fn lines_are_drawn_as_their_spans_are(
            parts in prop::collection::vec(("[ -~]{0,6}|\\PC{0,4}|[東e\u{301}👍]{0,3}", any::<bool>()), 0..5),
            width in 0_u16..12,
            height in 0_u16..3,
        ) {
            let spans = parts.iter().map(|(text, is_bold)| {
                if *is_bold { text.clone().bold() } else { Span::raw(text.clone()) }
            });
            let line = Line::from(spans.collect::<Vec<_>>()).dim();
            let area = Rect::new(1, 1, width, height);
            let mut sheet = Sheet::new((14, 3));
            let mut frame = Frame::new(&mut sheet);
            let below = Line::raw("x".repeat(14));
            frame.lines(vec![below.clone(); 3], frame.area());
            let mut expected = frame.buffer_in(area).clone();
            frame.lines([line.clone(), line.clone()], area);
            for (line, mut row) in [&line, &line].into_iter().zip(area.rows()) {
                for span in &line.spans {
                    Span::styled(span.content.clone(), line.style.patch(span.style)).render(row, &mut expected);
                    let columns = u16::try_from(span.width()).unwrap().min(row.width);
                    row.x += columns;
                    row.width -= columns;
                }
            }
            prop_assert_eq!(sheet.buffer(), &expected);
        }
    }
}
