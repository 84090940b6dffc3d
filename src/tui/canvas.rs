//! The cells of the frame that is on screen, and of the next one; what changes is what is written.
//!
//! Most keys change a few rows, so that rows are compared first, and ratatui compares the cells of those that
//! differ: it knows what wide characters leave behind.

use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::frame::Frame;
use super::sheet::{Sheet, places, union};
use crate::domain::text::cluster_width;

/// More rows than these are compared where they are: to move them would cost more.
const FEW: usize = 8;

/// The cells on screen and the next ones.
#[derive(Default)]
pub struct Canvas {
    shown: Sheet,
    next: Sheet,
    /// The places of the rows that differ, and their cells while these are compared.
    rows: Vec<u16>,
    before: Buffer,
    after: Buffer,
}

impl Canvas {
    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        let area = self.shown.area();
        (area.width, area.height)
    }

    /// Begins anew on a screen that is empty.
    pub fn clear(&mut self, size: (u16, u16)) {
        self.shown = Sheet::new(size);
        self.next = Sheet::new(size);
    }

    /// The next frame, to be drawn. What has no colors of its own gets those of `style`.
    pub fn frame(&mut self, style: Style) -> Frame<'_> {
        self.next.wipe(style);
        Frame::new(&mut self.next)
    }

    /// Takes the next frame for shown, and writes the cells that it changes: column, row, and cell.
    pub fn show<R>(
        &mut self,
        write: impl FnOnce(&mut dyn Iterator<Item = (u16, u16, &Cell)>) -> R,
    ) -> R {
        self.next.finish();
        self.find_rows();
        let is_moved = self.rows.len() <= FEW;
        if is_moved {
            self.swap_rows();
        }
        let (before, after) = if is_moved {
            (&self.before, &mut self.after)
        } else {
            (self.shown.buffer(), self.next.buffer_mut())
        };
        let is_mistrusted = mistrust(&before.content, &mut after.content);
        let rows = &self.rows;
        let changes = before.diff_iter(after);
        let mut changes = changes.filter_map(|(x, row, cell)| {
            let row = if is_moved {
                *rows.get(usize::from(row))?
            } else {
                row
            };
            Some((x, row, cell))
        });
        let written = write(&mut changes);
        if is_mistrusted {
            trust(&mut after.content);
        }
        if is_moved {
            self.swap_rows();
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        written
    }

    /// Finds the rows that differ.
    fn find_rows(&mut self) {
        let rows = self.shown.rows().zip(self.next.rows()).zip(0_u16..);
        let differing = rows.filter(|(((before, shown), (after, next)), _)| {
            let columns = places(&union(before, after));
            !same(&shown[columns.clone()], &next[columns])
        });
        self.rows.clear();
        self.rows.extend(differing.map(|(_, row)| row));
    }

    /// Moves the cells of the rows that differ to where they are compared, or back.
    fn swap_rows(&mut self) {
        let width = self.shown.area().width;
        let height = u16::try_from(self.rows.len()).unwrap_or(u16::MAX);
        let area = Rect::new(0, 0, width, height);
        let width = usize::from(width).max(1);
        for (whole, part) in [
            (&mut self.shown, &mut self.before),
            (&mut self.next, &mut self.after),
        ] {
            part.resize(area);
            for (row, part) in self.rows.iter().zip(part.content.chunks_mut(width)) {
                let first = usize::from(*row) * width;
                if let Some(whole) = whole.buffer_mut().content.get_mut(first..first + width) {
                    whole.swap_with_slice(part);
                }
            }
        }
    }
}

/// Marks the cells to be written that a cluster of several characters may cover; `true`: there are some. Terminals do not
/// agree on its columns: some draw a flag as two letters, and a hand beside its skin tone.
fn mistrust(shown: &[Cell], next: &mut [Cell]) -> bool {
    let mut are_some = false;
    for at in 0..next.len() {
        let columns = spread(&shown[at]).max(spread(&next[at]));
        for covered in next.iter_mut().skip(at + 1).take(columns.saturating_sub(1)) {
            if covered.diff_option == CellDiffOption::None {
                covered.diff_option = CellDiffOption::AlwaysUpdate;
                are_some = true;
            }
        }
    }
    are_some
}

/// Takes these marks away.
fn trust(next: &mut [Cell]) {
    for cell in next {
        if cell.diff_option == CellDiffOption::AlwaysUpdate {
            cell.diff_option = CellDiffOption::None;
        }
    }
}

/// The most columns that a terminal gives to the characters of a cluster; 0 if only one of them has any.
fn spread(cell: &Cell) -> usize {
    let symbol = cell.symbol();
    if symbol.len() < 3 {
        return 0;
    }
    let has_columns = |c: &char| cluster_width(c.encode_utf8(&mut [0; 4])) > 0;
    match symbol.chars().filter(has_columns).count() {
        0 | 1 => 0,
        more => 2 * more,
    }
}

/// True if two rows look the same.
fn same(shown: &[Cell], next: &[Cell]) -> bool {
    let same = |(shown, next): (&Cell, &Cell)| {
        // Nearly all are of one byte, for which comparing slices costs a call.
        let symbol = match (shown.symbol().as_bytes(), next.symbol().as_bytes()) {
            ([shown], [next]) => shown == next,
            (shown, next) => shown == next,
        };
        symbol && shown.style() == next.style() && shown.diff_option == next.diff_option
    };
    shown.iter().zip(next).all(same)
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Position;
    use ratatui::style::Color;
    use ratatui::text::{Line, Span};
    use ratatui::widgets::Widget as _;

    use super::*;

    const SIZE: (u16, u16) = (12, 40);

    const WHOLE: Rect = Rect::new(0, 0, SIZE.0, SIZE.1);

    /// Numbers that look random, and are the same in each run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: u16) -> u16 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            u16::try_from((self.0 >> 33) % u64::from(end)).unwrap()
        }

        /// A text somewhere, perhaps wide or of some color.
        fn text(&mut self) -> (Span<'static>, Rect) {
            const TEXTS: [&str; 7] = ["a", " ", "prod", "東京", "é", "x", "ö東"];
            let (x, y) = (self.below(SIZE.0), self.below(SIZE.1));
            let style = match self.below(3) {
                0 => Style::new().bg(Color::Blue),
                _ => Style::new(),
            };
            let text = TEXTS[usize::from(self.below(7))];
            (Span::styled(text, style), Rect::new(x, y, SIZE.0 - x, 1))
        }
    }

    /// The cells that ratatui would have, in the colors of a theme.
    fn cells(texts: &[(Span<'static>, Rect)], theme: Style) -> Buffer {
        let mut cells = Buffer::empty(WHOLE);
        for (text, area) in texts {
            text.render(*area, &mut cells);
        }
        for cell in &mut cells.content {
            let own = cell.style();
            let is_own = |color: &Color| *color != Color::Reset;
            cell.set_style(Style {
                fg: own.fg.filter(is_own).or(theme.fg),
                bg: own.bg.filter(is_own).or(theme.bg),
                ..Style::new()
            });
        }
        cells
    }

    #[test]
    fn what_is_written_is_what_ratatui_would_write() {
        let mut numbers = Numbers(7);
        let mut canvas = Canvas::default();
        canvas.clear(SIZE);
        let (mut texts, mut theme) = (Vec::new(), Style::new());
        let mut shown = Buffer::empty(WHOLE);
        // Few texts change a few rows, and many change most.
        for more in [0, 1, 2, 4, 90, 90, 3, 2, 200, 1, 0].repeat(20) {
            // Most of a frame stays, as a rule.
            match numbers.below(12) {
                0..3 => texts.clear(),
                3 => theme = Style::new().fg(Color::Gray).bg(Color::Black),
                4 => theme = Style::new().fg(Color::Black),
                5 => theme = Style::new(),
                _ => {}
            }
            texts.extend((0..more).map(|_| numbers.text()));
            let mut frame = canvas.frame(theme);
            for (text, area) in &texts {
                frame.line(text.clone(), *area);
            }
            let next = cells(&texts, theme);
            let expected = shown.diff(&next);
            canvas.show(|cells| assert_eq!(cells.collect::<Vec<_>>(), expected));
            shown = next;
        }
    }

    #[test]
    fn what_a_cluster_may_cover_is_written() {
        let places = |canvas: &mut Canvas, rows: &[&str]| {
            let mut frame = canvas.frame(Style::new());
            let area = frame.area();
            frame.lines(rows.iter().map(|row| Line::raw(*row)), area);
            canvas.show(|cells| cells.map(|(x, ..)| x).collect::<Vec<_>>())
        };
        let mut canvas = Canvas::default();
        for size in [(12, 1), (12, 40)] {
            for (before, after, wanted) in [
                // The letters of a flag may be two columns each.
                ("\u{1f1e9}\u{1f1ea}", "", vec![0, 1, 2, 3]),
                ("\u{1f1e9}\u{1f1ea}", "ab", vec![0, 1, 2, 3]),
                ("", "\u{1f44d}\u{1f3fd}", vec![0, 2, 3]),
                // A letter with its accent covers nothing else.
                ("e\u{301}", "", vec![0]),
                ("東", "", vec![0]),
            ] {
                canvas.clear(size);
                places(&mut canvas, &[before]);
                let rows = if size.1 > 1 {
                    vec![after, "x"]
                } else {
                    vec![after]
                };
                let drawn = places(&mut canvas, &rows);
                let of_row = &drawn[..drawn.len() - usize::from(size.1 > 1)];
                assert_eq!(of_row, wanted, "{before:?} {after:?}");
                // What stays is not written again.
                assert!(
                    places(&mut canvas, &rows).is_empty(),
                    "{before:?} {after:?}"
                );
            }
        }
    }

    #[test]
    fn nothing_of_an_earlier_frame_is_in_the_next() {
        let mut canvas = Canvas::default();
        canvas.clear(SIZE);
        for text in ["one", "two"] {
            let mut frame = canvas.frame(Style::new());
            assert_eq!(frame.buffer_in(Rect::ZERO), &Buffer::empty(WHOLE));
            frame.line(text, Rect::new(0, 1, 5, 1));
            frame.set_cursor_position(Position::new(3, 1));
            assert_eq!(frame.cursor(), Some(Position::new(3, 1)));
            canvas.show(|cells| assert_eq!(cells.count(), 3));
        }
    }

    #[test]
    fn an_empty_screen_is_drawn_whole() {
        let mut canvas = Canvas::default();
        for size in [SIZE, (4, 2), (0, 0), SIZE] {
            canvas.clear(size);
            assert_eq!(canvas.size(), size);
            let mut frame = canvas.frame(Style::new());
            let area = frame.area();
            let row = "x".repeat(usize::from(size.0));
            frame.lines((0..size.1).map(|_| Line::raw(&row)), area);
            let drawn = canvas.show(|cells| cells.count());
            assert_eq!(drawn, usize::from(size.0) * usize::from(size.1));
        }
        canvas.clear(SIZE);
        canvas.frame(Style::new().bg(Color::Black));
        let drawn = canvas.show(|cells| cells.count());
        assert_eq!(drawn, usize::from(SIZE.0) * usize::from(SIZE.1));
    }

    #[test]
    #[should_panic(expected = "a cell was drawn unnoticed")]
    fn a_cell_that_is_drawn_unnoticed_is_a_defect() {
        let mut canvas = Canvas::default();
        canvas.clear(SIZE);
        let mut frame = canvas.frame(Style::new());
        frame.buffer_in(Rect::ZERO)[(3, 3)].set_symbol("x");
        canvas.show(|cells| cells.count());
    }
}
