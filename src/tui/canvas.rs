//! The cells of the frame that is on screen, and of the next one; what changes is what is written.
//!
//! Most keys change a few rows, so that rows are compared first, and ratatui compares the cells of those that
//! differ: it knows what wide characters leave behind.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

use super::frame::Frame;

/// More rows than these are compared where they are: to move them would cost more.
const FEW: usize = 8;

/// The cells on screen and the next ones.
#[derive(Default)]
pub struct Canvas {
    shown: Buffer,
    next: Buffer,
    /// The places of the rows that differ, and their cells while these are compared.
    rows: Vec<u16>,
    before: Buffer,
    after: Buffer,
}

impl Canvas {
    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        (self.shown.area.width, self.shown.area.height)
    }

    /// Begins anew on a screen that is empty.
    pub fn clear(&mut self, (width, height): (u16, u16)) {
        for buffer in [&mut self.shown, &mut self.next] {
            buffer.resize(Rect::new(0, 0, width, height));
            buffer.reset();
        }
    }

    /// The next frame, to be drawn.
    pub fn frame(&mut self) -> Frame<'_> {
        Frame::new(&mut self.next)
    }

    /// Takes the next frame for shown, and writes the cells that it changes: column, row, and cell.
    pub fn show<R>(
        &mut self,
        write: impl FnOnce(&mut dyn Iterator<Item = (u16, u16, &Cell)>) -> R,
    ) -> R {
        self.find_rows();
        let written = if self.rows.len() <= FEW {
            self.swap_rows();
            let rows = &self.rows;
            let changes = self.before.diff_iter(&self.after);
            let mut changes =
                changes.filter_map(|(x, row, cell)| Some((x, *rows.get(usize::from(row))?, cell)));
            let written = write(&mut changes);
            self.swap_rows();
            written
        } else {
            write(&mut self.shown.diff_iter(&self.next))
        };
        std::mem::swap(&mut self.shown, &mut self.next);
        self.next.reset();
        written
    }

    /// Finds the rows that differ.
    fn find_rows(&mut self) {
        let width = usize::from(self.shown.area.width).max(1);
        let shown = self.shown.content.chunks(width);
        let next = self.next.content.chunks(width);
        let rows = shown.zip(next).zip(0_u16..);
        let differing = rows.filter(|((shown, next), _)| !same(shown, next));
        self.rows.clear();
        self.rows.extend(differing.map(|(_, row)| row));
    }

    /// Moves the cells of the rows that differ to where they are compared, or back.
    fn swap_rows(&mut self) {
        let width = self.shown.area.width;
        let area = Rect::new(
            0,
            0,
            width,
            u16::try_from(self.rows.len()).unwrap_or(u16::MAX),
        );
        let width = usize::from(width).max(1);
        for (whole, part) in [
            (&mut self.shown, &mut self.before),
            (&mut self.next, &mut self.after),
        ] {
            part.resize(area);
            for (row, part) in self.rows.iter().zip(part.content.chunks_mut(width)) {
                let first = usize::from(*row) * width;
                if let Some(whole) = whole.content.get_mut(first..first + width) {
                    whole.swap_with_slice(part);
                }
            }
        }
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
    use ratatui::style::{Color, Style};

    use super::*;

    const SIZE: (u16, u16) = (12, 40);

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

        /// A frame: so many texts somewhere, some of them wide or of some color.
        fn draw(&mut self, texts: u16, buffer: &mut Buffer) {
            const TEXTS: [&str; 7] = ["a", " ", "prod", "東京", "é", "❤️x", "\u{ff76}\u{ff9e}"];
            for _ in 0..texts {
                let position = (self.below(SIZE.0), self.below(SIZE.1));
                let text = TEXTS[usize::from(self.below(7))];
                let style = match self.below(3) {
                    0 => Style::new().bg(Color::Blue),
                    _ => Style::new(),
                };
                buffer.set_stringn(
                    position.0,
                    position.1,
                    text,
                    usize::from(SIZE.0 - position.0),
                    style,
                );
            }
        }
    }

    #[test]
    fn what_is_written_is_what_ratatui_would_write() {
        let mut numbers = Numbers(7);
        let mut canvas = Canvas::default();
        canvas.clear(SIZE);
        let mut shown = Buffer::empty(canvas.frame().area());
        // Few texts change a few rows, and many change most.
        for texts in [0, 1, 2, 4, 90, 90, 3, 2, 200, 1, 0].repeat(20) {
            // Most of a frame stays, as a rule.
            let mut next = match numbers.below(4) {
                0 => Buffer::empty(shown.area),
                _ => shown.clone(),
            };
            numbers.draw(texts, &mut next);
            canvas.frame().buffer_mut().clone_from(&next);
            let expected = shown.diff(&next);
            canvas.show(|cells| assert_eq!(cells.collect::<Vec<_>>(), expected));
            shown = next;
        }
    }

    #[test]
    fn nothing_of_an_earlier_frame_is_in_the_next() {
        let mut canvas = Canvas::default();
        canvas.clear(SIZE);
        for text in ["one", "two"] {
            let mut frame = canvas.frame();
            let empty = Buffer::empty(frame.area());
            assert_eq!(frame.buffer_mut(), &empty);
            frame.buffer_mut().set_string(0, 1, text, Style::new());
            frame.set_cursor_position(Position::new(3, 1));
            assert_eq!(frame.cursor(), Some(Position::new(3, 1)));
            canvas.show(|cells| assert_eq!(cells.count(), 3));
        }
    }

    #[test]
    fn an_empty_screen_is_drawn_whole() {
        let mut canvas = Canvas::default();
        canvas.clear(SIZE);
        for size in [SIZE, (4, 2), (0, 0), SIZE] {
            canvas.clear(size);
            assert_eq!(canvas.size(), size);
            let area = canvas.frame().area();
            for position in area.positions() {
                canvas.frame().buffer_mut()[position].set_symbol("x");
            }
            let drawn = canvas.show(|cells| cells.count());
            assert_eq!(drawn, usize::from(size.0) * usize::from(size.1));
        }
    }
}
