//! The frame that the view draws on: a sheet of cells, and the place of the cursor.
//!
//! ratatui's own frame comes from its terminal only, which compares all cells of each frame one by one, as text,
//! and measures each: a third of what a key costs that changes one row ([`Canvas`](super::canvas::Canvas)).

use std::num::NonZeroU16;
use std::sync::LazyLock;

use ratatui::buffer::{Buffer, Cell, CellDiffOption, CellWidth as _};
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use unicode_segmentation::UnicodeSegmentation as _;

use super::sheet::Sheet;
use crate::domain::text::cluster_width;

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
        return draw_clusters(text, style, row, frame);
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

/// Draws text that is not all ASCII, and returns its columns. ratatui would give some clusters more columns than terminals
/// and [`cluster_width`] do.
fn draw_clusters(text: &str, style: Style, row: Rect, frame: &mut Frame<'_>) -> u16 {
    let clusters = || {
        text.graphemes(true)
            .filter(|part| !part.contains(char::is_control))
    };
    let columns_of = |cluster| u16::try_from(cluster_width(cluster)).unwrap_or(u16::MAX);
    let (mut columns, mut is_cut) = (0, false);
    for cluster in clusters() {
        let next = columns_of(cluster).saturating_add(columns);
        is_cut = next > row.width;
        if is_cut {
            break;
        }
        columns = next;
    }
    // What has no width is in a cell, too.
    let width = columns.max(1).min(row.width);
    let buffer = frame.buffer_in(Rect { width, ..row });
    let mut x = row.x;
    for (at, cluster) in clusters().enumerate() {
        let next = x.saturating_add(columns_of(cluster));
        if next > row.x + columns {
            break;
        }
        // What has no width belongs to the cluster before it, and the first one with a width to what is before that.
        let cell = if at > 0 && (x == row.x || x == next) {
            let cell = &mut buffer[(x.saturating_sub(1).max(row.x), row.y)];
            let symbol = format!("{}{cluster}", cell.symbol());
            cell.set_symbol(&symbol);
            if x == next {
                continue;
            }
            cell
        } else {
            buffer[(x, row.y)].set_symbol(cluster).set_style(style)
        };
        cell.diff_option = match NonZeroU16::new(next - x) {
            Some(columns) if cell.symbol().cell_width() != columns.get() => {
                CellDiffOption::ForcedWidth(columns)
            }
            _ => CellDiffOption::None,
        };
        for hidden in x + 1..next {
            buffer[(hidden, row.y)].reset();
        }
        x = next;
    }
    // Nothing follows in the column that a wide one has no room in.
    if is_cut { row.width } else { columns }
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
            // ratatui gives these marks a column too many.
            prop_assume!(parts.iter().all(|(text, _)| !text.contains(['\u{ff9e}', '\u{ff9f}'])));
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

    #[test]
    fn a_mark_has_the_column_that_terminals_give_it() {
        let mut sheet = Sheet::new((8, 1));
        let mut frame = Frame::new(&mut sheet);
        frame.line("\u{ff76}\u{ff9e}x", frame.area());
        let cells = &sheet.buffer().content;
        assert_eq!(cells[0].symbol(), "\u{ff76}\u{ff9e}");
        assert_eq!(cells[2].symbol(), "x");
        // ratatui passes over the columns that it thinks are covered.
        let drawn: Vec<u16> = Buffer::empty(sheet.area())
            .diff_iter(sheet.buffer())
            .map(|(x, ..)| x)
            .collect();
        assert_eq!(drawn, [0, 2]);
    }
}
