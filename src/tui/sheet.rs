//! The cells of a frame, and which of them may not be blank.
//!
//! Most of a frame is blank or as it was, and a key changes a few rows. To empty, color and compare all cells each
//! time was a third of such a key; so a sheet knows where it was drawn on.

use std::ops::Range;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

/// The cells of a frame.
#[derive(Default)]
pub struct Sheet {
    buffer: Buffer,
    /// A cell on which nothing is drawn: it has the colors of the theme.
    blank: Cell,
    /// The columns of each row that may not be blank.
    drawn: Vec<Range<u16>>,
}

impl Sheet {
    /// Blank cells, as of a terminal that was cleared: columns and rows.
    #[must_use]
    pub fn new((width, height): (u16, u16)) -> Self {
        let area = Rect::new(0, 0, width, height);
        Self {
            buffer: Buffer::empty(area),
            blank: Cell::EMPTY,
            drawn: vec![0..0; usize::from(height)],
        }
    }

    /// All cells.
    #[must_use]
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// All of its area.
    pub(super) fn area(&self) -> Rect {
        self.buffer.area
    }

    /// The cells, for drawing in an area of them.
    pub(super) fn buffer_in(&mut self, area: Rect) -> &mut Buffer {
        self.mark(area);
        &mut self.buffer
    }

    /// All cells, to be moved away and back, or marked.
    pub(super) fn buffer_mut(&mut self) -> &mut Buffer {
        &mut self.buffer
    }

    /// The columns and the cells of each row that may not be blank.
    pub(super) fn rows(&self) -> impl Iterator<Item = (Range<u16>, &[Cell])> {
        let width = usize::from(self.buffer.area.width).max(1);
        let rows = self.buffer.content.chunks(width);
        self.drawn.iter().cloned().zip(rows)
    }

    /// Makes all cells blank, with a style.
    pub(super) fn wipe(&mut self, style: Style) {
        let mut blank = Cell::EMPTY;
        blank.set_style(style);
        if blank == self.blank {
            for (drawn, row) in rows_mut(&mut self.buffer, &self.drawn) {
                row[drawn].fill(blank.clone());
            }
            self.drawn.fill(0..0);
        } else {
            // No cell is what a blank one was.
            self.buffer.content.fill(blank.clone());
            self.drawn.fill(0..self.buffer.area.width);
            self.blank = blank;
        }
    }

    /// Gives the colors of the theme to all that has none of its own.
    pub(super) fn finish(&mut self) {
        let (text, background) = (self.blank.fg, self.blank.bg);
        for (drawn, row) in rows_mut(&mut self.buffer, &self.drawn) {
            for cell in &mut row[drawn] {
                if cell.fg == Color::Reset {
                    cell.fg = text;
                }
                if cell.bg == Color::Reset {
                    cell.bg = background;
                }
            }
        }
        debug_assert!(self.is_blank_elsewhere(), "a cell was drawn unnoticed");
    }

    fn is_blank_elsewhere(&self) -> bool {
        self.rows().all(|(drawn, row)| {
            let cells = (0..).zip(row);
            let mut others = cells.filter(|(column, _)| !drawn.contains(column));
            others.all(|(_, cell)| *cell == self.blank)
        })
    }

    /// Takes cells for drawn.
    fn mark(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        if area.is_empty() {
            return;
        }
        let (top, bottom) = (usize::from(area.top()), usize::from(area.bottom()));
        for drawn in self.drawn.get_mut(top..bottom).unwrap_or_default() {
            *drawn = union(drawn, &(area.left()..area.right()));
        }
    }
}

/// The rows, each with its columns that may not be blank.
fn rows_mut<'a>(
    buffer: &'a mut Buffer,
    drawn: &'a [Range<u16>],
) -> impl Iterator<Item = (Range<usize>, &'a mut [Cell])> {
    let width = usize::from(buffer.area.width).max(1);
    let columns = drawn.iter().map(places);
    columns.zip(buffer.content.chunks_mut(width))
}

/// Columns as places in a row.
pub(super) fn places(columns: &Range<u16>) -> Range<usize> {
    usize::from(columns.start)..usize::from(columns.end)
}

/// The columns from the first of both to the last of both.
pub(super) fn union(some: &Range<u16>, others: &Range<u16>) -> Range<u16> {
    match (some.is_empty(), others.is_empty()) {
        (true, _) => others.clone(),
        (_, true) => some.clone(),
        _ => some.start.min(others.start)..some.end.max(others.end),
    }
}
