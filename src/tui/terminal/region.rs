//! Position of the switcher's part of the screen: pure arithmetic of rows, counted from the top of the
//! terminal.
//!
//! ```text
//! $ ls                       kept
//! $ roledex --height 40%     kept; the cursor goes back to the row below it
//! ❯ query                    ┐
//! …                          │ the region
//! Enter use                  ┘
//! ```

/// Columns and rows of a terminal.
pub(super) type Size = (u16, u16);

/// A column and a row.
pub(super) type Place = (u16, u16);

/// Rows of the terminal, in all its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    /// The first row.
    pub top: u16,
    /// The number of rows.
    pub rows: u16,
    /// The terminal's columns and rows when the region was found.
    pub found_at: Size,
    /// The column of the cursor in the row above, unless it was at the start of a row.
    after: Option<u16>,
}

/// A region, and how to get to its first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// The region.
    pub region: Region,
    /// The way there.
    pub way: Way,
}

/// The way from the cursor to the first row of a region. It is relative, because a terminal that is being
/// resized moves the cursor with its text: absolute rows may be out of date when they arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The rows to go up; usually none.
    Up(u16),
    /// To the next row.
    Next,
    /// To a new row below all others.
    Bottom,
}

impl Region {
    /// A region below the cursor. If the position of the cursor is unknown, the region is at the bottom and the
    /// text on screen scrolls up, so that none is overwritten.
    pub(super) fn below(cursor: Option<Place>, rows: u16, (columns, height): Size) -> Move {
        let rows = rows.min(height);
        let Some((column, row)) = cursor else {
            let region = Self {
                top: height - rows,
                rows,
                found_at: (columns, height),
                after: None,
            };
            let way = Way::Bottom;
            return Move { region, way };
        };
        let (first, way, after) = if column > 0 {
            (row.saturating_add(1), Way::Next, Some(column))
        } else {
            (row, Way::Up(0), None)
        };
        let region = Self::at(first, rows, (columns, height), after);
        Move { region, way }
    }

    /// The region after the terminal was resized. Terminals move the text on screen, each in its own way, and
    /// the cursor with it. The old position in the region (`cursor`) and the new position on screen give
    /// the new place of the region. Without an answer the region has not moved.
    pub(super) fn moved(
        self,
        cursor: Place,
        answer: Option<Place>,
        rows: u16,
        (columns, height): Size,
    ) -> Move {
        let was = (cursor.0, self.top.saturating_add(cursor.1));
        let (column, row) = answer.unwrap_or(was);
        // Most terminals wrap a row that is now too long. The row of the cursor shows it.
        let broken = match cursor.0.checked_div(columns) {
            Some(times) if column == cursor.0 % columns && column + 1 < columns => times,
            _ => 0,
        };
        let up = cursor.1.saturating_add(broken);
        let first = row.min(height.saturating_sub(1)).saturating_sub(up);
        Move {
            region: Self::at(first, rows.min(height), (columns, height), self.after),
            way: Way::Up(up),
        }
    }

    /// A region from a row on. The terminal scrolls if there are too few rows below it.
    fn at(first: u16, rows: u16, found_at: Size, after: Option<u16>) -> Self {
        Self {
            top: first.min(found_at.1.saturating_sub(rows)),
            rows,
            found_at,
            after,
        }
    }

    /// Cursor position to restore when the region is released.
    pub(super) fn home(self) -> Place {
        match (self.after, self.top.checked_sub(1)) {
            (Some(column), Some(above)) => (column.min(self.found_at.0.saturating_sub(1)), above),
            _ => (0, self.top),
        }
    }

    /// Converts a row of the terminal to a row of the region.
    pub(super) fn row(self, of_terminal: u16) -> Option<u16> {
        of_terminal
            .checked_sub(self.top)
            .filter(|row| *row < self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = (80, 30);

    fn below(cursor: Place) -> Move {
        Region::below(Some(cursor), 12, SIZE)
    }

    #[test]
    fn below_the_prompt_and_scrolled_where_there_is_too_little_room() {
        let of = |it: Move| (it.region.top, it.region.rows, it.way);
        assert_eq!(of(below((0, 3))), (3, 12, Way::Up(0)));
        assert_eq!(of(below((0, 18))), (18, 12, Way::Up(0)));
        assert_eq!(of(below((0, 29))), (18, 12, Way::Up(0)));
        // The row of the cursor has text already.
        assert_eq!(of(below((5, 3))), (4, 12, Way::Next));
        assert_eq!(of(below((5, 29))), (18, 12, Way::Next));
        assert_eq!(below((5, 3)).region.home(), (5, 3));
        assert_eq!(below((5, 29)).region.home(), (5, 17));
        assert_eq!(below((0, 29)).region.home(), (0, 18));
        // The region is the whole terminal: there is no row above it.
        let whole = Region::below(Some((5, 7)), 12, (80, 9));
        assert_eq!(of(whole), (0, 9, Way::Next));
        assert_eq!(whole.region.home(), (0, 0));
    }

    #[test]
    fn at_the_bottom_where_the_cursor_is_unknown() {
        let it = Region::below(None, 12, SIZE);
        assert_eq!((it.region.top, it.way), (18, Way::Bottom));
        assert_eq!(it.region.home(), (0, 18));
        assert_eq!(Region::below(None, 12, (0, 0)).region.rows, 0);
    }

    #[test]
    fn a_resize_moves_it_with_the_cursor() {
        let region = below((0, 29)).region;
        let moved = |cursor, answer, rows, size| {
            let it = region.moved(cursor, answer, rows, size);
            (it.region.top, it.way)
        };
        let up = Way::Up;
        // Taller: rows may have come back from the scrollback.
        assert_eq!(moved((7, 0), Some((7, 28)), 16, (80, 40)), (24, up(0)));
        assert_eq!(moved((7, 0), Some((7, 18)), 16, (80, 40)), (18, up(0)));
        // Shorter: first the rows below the cursor disappear, then those at the top.
        assert_eq!(moved((7, 0), Some((7, 11)), 10, (80, 12)), (2, up(0)));
        assert_eq!(moved((7, 2), Some((7, 9)), 10, (80, 20)), (7, up(2)));
        // Shorter than the region.
        assert_eq!(moved((7, 0), Some((7, 5)), 6, (80, 6)), (0, up(0)));
        // Narrower: the row of the cursor was wrapped, or cut.
        assert_eq!(moved((50, 0), Some((10, 19)), 12, (40, 30)), (18, up(1)));
        assert_eq!(moved((50, 0), Some((39, 18)), 12, (40, 30)), (18, up(0)));
        // Unknown: it stays.
        assert_eq!(moved((7, 0), None, 12, (60, 30)), (18, up(0)));
        assert_eq!(moved((7, 0), None, 10, (80, 12)), (2, up(0)));
        assert_eq!(moved((7, 0), Some((0, 0)), 0, (0, 0)), (0, up(0)));
    }

    #[test]
    fn it_always_fits() {
        for height in 0..40 {
            for rows in 0..45 {
                for row in 0..height.max(1) {
                    for cursor in [None, Some((0, row)), Some((3, row))] {
                        let it = Region::below(cursor, rows, (80, height)).region;
                        assert!(it.top + it.rows <= height, "{it:?}");
                        let it = it.moved((3, 1), cursor, rows, (50, 17)).region;
                        assert!(it.top + it.rows <= 17, "{it:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_clicked_outside_is_not_ours() {
        let region = below((0, 3)).region;
        assert_eq!(region.row(2), None);
        assert_eq!(region.row(3), Some(0));
        assert_eq!(region.row(14), Some(11));
        assert_eq!(region.row(15), None);
    }
}
