//! The surface that is drawn on: the whole screen, or a region of it.
//!
//! A region is drawn as a whole screen that starts at row 0; this surface adds the offset. So screens,
//! layout and clicks use one kind of coordinates. ratatui's own viewports do not fit: `Viewport::Inline` asks
//! for the cursor through stdout, which may be the pipe of `$(…)`, at each resize, too, and moves the
//! region by itself; `Viewport::Fixed` starts at a row that the whole layout would have to add.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap,
    EndSynchronizedUpdate,
};
use crossterm::{cursor, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Cell;
use ratatui::layout::Position;

use super::region::Region;
use crate::config::tty::{self, Tty};

/// The device.
pub(super) type Device = CrosstermBackend<Output>;

/// The output: written in one piece at each flush.
pub(super) struct Output {
    tty: Tty,
    pending: Rc<RefCell<Vec<u8>>>,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut pending = self.pending.borrow_mut();
        // Cells come one by one, and most are a byte, for which copying costs a call.
        match bytes {
            [byte] => pending.push(*byte),
            bytes => pending.extend_from_slice(bytes),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut pending = self.pending.borrow_mut();
        let written = self.tty.write_all(&pending);
        pending.clear();
        written
    }
}

/// The whole screen, or a region of it.
pub(super) struct Surface {
    device: Device,
    /// Output that is not written yet.
    pending: Rc<RefCell<Vec<u8>>>,
    /// The same terminal, to ask for its size.
    tty: Tty,
    /// The cursor before the frame that is being drawn, which is written in one piece at its end.
    in_frame: Option<Position>,
    /// `None`: the whole screen.
    region: Option<Region>,
    /// `true` if it is empty.
    is_clear: bool,
    /// Last position of the cursor, within the region.
    cursor: Position,
    /// The cursor as it was shown last; `None`: hidden.
    shown: Option<Position>,
    /// `true` if the frame that is being drawn changes what is on screen.
    changes: bool,
}

impl Surface {
    /// The whole screen of a device.
    pub(super) fn new(tty: Tty) -> io::Result<Self> {
        let pending = Rc::default();
        let output = Output {
            tty: tty.try_clone()?,
            pending: Rc::clone(&pending),
        };
        Ok(Self {
            device: CrosstermBackend::new(output),
            pending,
            tty,
            in_frame: None,
            region: None,
            is_clear: false,
            cursor: Position::ORIGIN,
            shown: None,
            changes: false,
        })
    }

    /// Begins a frame. No line of it wraps: in a terminal that has just become smaller, or that draws a character wider
    /// than we do, it would scroll the user's lines away.
    pub(super) fn begin_frame(&mut self) -> io::Result<()> {
        self.in_frame = Some(self.cursor);
        self.changes = false;
        queue!(self.device, BeginSynchronizedUpdate, DisableLineWrap)
    }

    /// Writes the frame, if it changes anything, and unless the terminal was resized while it was drawn: it may have moved
    /// the region, and the frame would be drawn over the user's lines. The region is found again then.
    pub(super) fn end_frame(&mut self) -> io::Result<()> {
        let before = self.in_frame.take();
        queue!(self.device, EnableLineWrap, EndSynchronizedUpdate)?;
        let is_lost = self.is_lost()?;
        if is_lost {
            self.cursor = before.unwrap_or(self.cursor);
        }
        if is_lost || !self.changes {
            self.pending.borrow_mut().clear();
        }
        self.flush()
    }

    /// `true` if the terminal was resized since the region was found.
    pub(super) fn is_lost(&self) -> io::Result<bool> {
        match self.region {
            Some(region) => Ok(self.screen_size()? != region.found_at),
            None => Ok(false),
        }
    }

    /// The columns and rows of the whole screen.
    pub(super) fn screen_size(&self) -> io::Result<(u16, u16)> {
        tty::size(&self.tty)
    }

    /// The region; `None`: the whole screen.
    pub(super) fn region(&self) -> Option<Region> {
        self.region
    }

    /// Moves to another, empty region, where the cursor is at the start.
    pub(super) fn set_region(&mut self, region: Region) {
        self.region = Some(region);
        self.is_clear = true;
        self.cursor = Position::ORIGIN;
    }

    /// Last position of the cursor, within the region.
    pub(super) fn cursor(&self) -> (u16, u16) {
        (self.cursor.x, self.cursor.y)
    }

    /// The device, for output that is not drawing.
    pub(super) fn device(&mut self) -> &mut Device {
        &mut self.device
    }

    /// Columns and rows to draw on.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        match self.region {
            Some(region) => Ok((region.found_at.0, region.rows)),
            None => self.screen_size(),
        }
    }

    /// Draws cells: column, row, and cell.
    pub(super) fn draw<'a>(
        &mut self,
        cells: impl Iterator<Item = (u16, u16, &'a Cell)>,
    ) -> io::Result<()> {
        let top = self.top();
        self.is_clear = false;
        let changes = &mut self.changes;
        self.device.draw(cells.map(|(x, y, cell)| {
            *changes = true;
            (x, y.saturating_add(top), cell)
        }))
    }

    /// Shows the cursor at a position; `None`: hides it.
    pub(super) fn set_cursor(&mut self, position: Option<Position>) -> io::Result<()> {
        self.changes |= position != self.shown;
        self.shown = position;
        match position {
            Some(_) => queue!(self.device, cursor::Show)?,
            None => queue!(self.device, cursor::Hide)?,
        }
        // It is moved back from the last cell drawn, too: its position is the reference for a resize.
        if position.is_some() || self.region.is_some() {
            self.cursor = position.unwrap_or(Position::ORIGIN);
            let Position { x, y } = self.cursor;
            let y = y.saturating_add(self.top());
            queue!(self.device, cursor::MoveTo(x, y))?;
        }
        self.flush()
    }

    /// Clears it.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.changes = true;
        match self.region {
            Some(_) if self.is_clear => {}
            Some(region) => clear_rows(&mut self.device, region)?,
            None => queue!(self.device, Clear(ClearType::All))?,
        }
        self.flush()
    }

    fn top(&self) -> u16 {
        self.region.map_or(0, |region| region.top)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.in_frame.is_some() {
            return Ok(());
        }
        Backend::flush(&mut self.device)
    }
}

/// Clears the rows of a region only.
pub(super) fn clear_rows(out: &mut impl Write, region: Region) -> io::Result<()> {
    for row in region.top..region.top.saturating_add(region.rows) {
        queue!(out, cursor::MoveTo(0, row), Clear(ClearType::CurrentLine))?;
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Read as _;

    use portable_pty::{MasterPty, PtySize, native_pty_system};

    use super::*;

    fn size(rows: u16) -> PtySize {
        PtySize {
            rows,
            cols: 80,
            ..PtySize::default()
        }
    }

    /// A region of a terminal of 24 rows.
    fn surface(master: &dyn MasterPty) -> Surface {
        let path = master.tty_name().unwrap();
        let tty = OpenOptions::new().read(true).write(true).open(path);
        let mut surface = Surface::new(tty.unwrap()).unwrap();
        let found = Region::below(Some((0, 4)), 10, (80, 24));
        surface.set_region(found.region);
        surface
    }

    fn draw(surface: &mut Surface, symbol: &'static str) {
        surface.begin_frame().unwrap();
        let cell = Cell::new(symbol);
        surface.draw(std::iter::once((0, 0, &cell))).unwrap();
        surface.set_cursor(Some(Position::new(3, 2))).unwrap();
        surface.end_frame().unwrap();
    }

    /// The output up to a character.
    fn written_until(master: &dyn MasterPty, last: char) -> String {
        let mut reader = master.try_clone_reader().unwrap();
        let mut read = String::new();
        while !read.contains(last) {
            let mut bytes = [0; 1024];
            let count = reader.read(&mut bytes).unwrap();
            read.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
        read
    }

    #[test]
    fn a_frame_is_dropped_if_the_terminal_was_resized_while_it_was_drawn() {
        let pair = native_pty_system().openpty(size(24)).unwrap();
        let mut surface = surface(&*pair.master);
        draw(&mut surface, "a");
        assert_eq!(surface.cursor(), (3, 2));
        surface.begin_frame().unwrap();
        surface.set_cursor(Some(Position::new(7, 2))).unwrap();
        pair.master.resize(size(50)).unwrap();
        surface.end_frame().unwrap();
        assert!(surface.is_lost().unwrap());
        assert_eq!(surface.cursor(), (3, 2), "the cursor is where it was");
        let found = Region::below(Some((0, 30)), 10, (80, 50));
        surface.set_region(found.region);
        surface.begin_frame().unwrap();
        surface.set_cursor(Some(Position::new(7, 2))).unwrap();
        pair.master.resize(size(40)).unwrap();
        surface.end_frame().unwrap();
        assert_eq!(
            surface.cursor(),
            (0, 0),
            "no frame was drawn in this region"
        );
        pair.master.resize(size(50)).unwrap();
        draw(&mut surface, "z");
        let read = written_until(&*pair.master, 'z');
        // The cursor of the dropped frame would have been at row 7, column 8.
        assert!(read.contains("\x1b[7;4H"), "{read:?}");
        assert!(!read.contains("\x1b[7;8H"), "{read:?}");
    }

    #[test]
    fn a_frame_that_changes_nothing_is_not_written() {
        let pair = native_pty_system().openpty(size(24)).unwrap();
        let mut surface = surface(&*pair.master);
        draw(&mut surface, "a");
        surface.begin_frame().unwrap();
        surface.draw(std::iter::empty()).unwrap();
        surface.set_cursor(Some(Position::new(3, 2))).unwrap();
        surface.end_frame().unwrap();
        // A cursor that moves is a change.
        surface.begin_frame().unwrap();
        surface.set_cursor(Some(Position::new(4, 2))).unwrap();
        surface.end_frame().unwrap();
        draw(&mut surface, "z");
        let read = written_until(&*pair.master, 'z');
        assert_eq!(read.matches("\x1b[?2026h").count(), 3, "{read:?}");
    }
}
