//! The surface that ratatui draws on: the whole screen, or a region of it.
//!
//! ratatui sees the region as a whole screen that starts at row 0; this surface adds the offset. So screens,
//! layout and clicks use one kind of coordinates. ratatui's own viewports do not fit: `Viewport::Inline` asks
//! for the cursor through stdout, which may be the pipe of `$(…)`, at each resize, too, and moves the
//! region by itself; `Viewport::Fixed` starts at a row that the whole layout would have to add.

use std::io::{self, BufWriter, Write};

use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType as Erase, EndSynchronizedUpdate,
};
use crossterm::{cursor, queue};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::region::Region;
use crate::config::tty::{self, Tty};

/// The largest part of a frame that is written at once (bytes).
const BUFFER: usize = 64 * 1024;

/// The device.
pub(super) type Device = CrosstermBackend<BufWriter<Tty>>;

/// The whole screen, or a region of it.
pub(super) struct Surface {
    device: Device,
    /// The same terminal, for what is no output.
    tty: Tty,
    /// `true` while a frame is drawn: it is written in one piece, at its end.
    in_frame: bool,
    /// `None`: the whole screen.
    region: Option<Region>,
    /// `true` if it is empty.
    is_clear: bool,
    /// Last position of the cursor, within the region.
    cursor: Position,
}

impl Surface {
    /// The whole screen of a device.
    pub(super) fn new(tty: Tty) -> io::Result<Self> {
        let output = BufWriter::with_capacity(BUFFER, tty.try_clone()?);
        Ok(Self {
            device: CrosstermBackend::new(output),
            tty,
            in_frame: false,
            region: None,
            is_clear: false,
            cursor: Position::ORIGIN,
        })
    }

    /// Begins a frame.
    pub(super) fn begin_frame(&mut self) -> io::Result<()> {
        self.in_frame = true;
        queue!(self.device, BeginSynchronizedUpdate)
    }

    /// Writes the frame.
    pub(super) fn end_frame(&mut self) -> io::Result<()> {
        self.in_frame = false;
        queue!(self.device, EndSynchronizedUpdate)?;
        self.flush()
    }

    /// The columns and rows of the whole screen.
    pub(super) fn screen_size(&self) -> io::Result<(u16, u16)> {
        tty::size(&self.tty)
    }

    /// The region; `None`: the whole screen.
    pub(super) fn region(&self) -> Option<Region> {
        self.region
    }

    /// Moves to another, empty region.
    pub(super) fn set_region(&mut self, region: Region) {
        self.region = Some(region);
        self.is_clear = true;
    }

    /// Last position of the cursor, within the region.
    pub(super) fn cursor(&self) -> (u16, u16) {
        (self.cursor.x, self.cursor.y)
    }

    /// The device, for output that is not drawing.
    pub(super) fn device(&mut self) -> &mut Device {
        &mut self.device
    }

    fn top(&self) -> u16 {
        self.region.map_or(0, |region| region.top)
    }
}

/// Clears the rows of a region only.
pub(super) fn clear_rows(out: &mut impl Write, region: Region) -> io::Result<()> {
    for row in region.top..region.top.saturating_add(region.rows) {
        queue!(out, cursor::MoveTo(0, row), Clear(Erase::CurrentLine))?;
    }
    Ok(())
}

impl Backend for Surface {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let top = self.top();
        self.is_clear = false;
        self.device
            .draw(content.map(|(x, y, cell)| (x, y.saturating_add(top), cell)))
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        queue!(self.device, cursor::Hide)?;
        if self.region.is_some() {
            // Moved back from the last cell drawn: the position is the reference for a resize.
            self.set_cursor_position(Position::ORIGIN)?;
        }
        self.flush()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        queue!(self.device, cursor::Show)?;
        self.flush()
    }

    /// Known without a query.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        let Position { x, y } = self.cursor;
        let y = y.saturating_add(self.top());
        queue!(self.device, cursor::MoveTo(x, y))?;
        self.flush()
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        match (self.region, clear_type) {
            (Some(_), ClearType::All) if self.is_clear => Ok(()),
            (Some(region), ClearType::All) => {
                clear_rows(&mut self.device, region)?;
                self.flush()
            }
            (_, clear_type) => self.device.clear_region(clear_type),
        }
    }

    fn size(&self) -> io::Result<Size> {
        match self.region {
            Some(region) => Ok(Size::new(region.columns, region.rows)),
            None => self.screen_size().map(Size::from),
        }
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.device.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.in_frame {
            return Ok(());
        }
        Backend::flush(&mut self.device)
    }
}
