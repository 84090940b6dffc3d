//! The surface that ratatui draws on: the whole screen, or a region of it.
//!
//! ratatui sees the region as a whole screen that starts at row 0; this surface adds the offset. So screens,
//! layout and clicks use one kind of coordinates. ratatui's own viewports do not fit: `Viewport::Inline` asks
//! for the cursor through stdout, which may be the pipe of `$(…)`, at each resize, too, and moves the
//! region by itself; `Viewport::Fixed` starts at a row that the whole layout would have to add.

use std::io::{self, BufWriter, Write};

use crossterm::terminal::{Clear, ClearType as Erase};
use crossterm::{cursor, queue};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::region::Region;
use crate::config::tty::Tty;

/// The device.
pub(super) type Device = CrosstermBackend<BufWriter<Tty>>;

/// The whole screen, or a region of it.
pub(super) struct Surface {
    device: Device,
    /// `None`: the whole screen.
    region: Option<Region>,
    /// `true` if it is empty.
    is_clear: bool,
    /// Last position of the cursor, within the region.
    cursor: Position,
}

impl Surface {
    /// The whole screen of a device.
    pub(super) fn new(tty: Tty) -> Self {
        Self {
            device: CrosstermBackend::new(BufWriter::new(tty)),
            region: None,
            is_clear: false,
            cursor: Position::ORIGIN,
        }
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
        self.device.hide_cursor()?;
        if self.region.is_some() {
            // Moved back from the last cell drawn: the position is the reference for a resize.
            self.set_cursor_position(Position::ORIGIN)?;
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.device.show_cursor()
    }

    /// Known without a query.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        let Position { x, y } = self.cursor;
        let y = y.saturating_add(self.top());
        self.device.set_cursor_position(Position { x, y })
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        match (self.region, clear_type) {
            (Some(_), ClearType::All) if self.is_clear => Ok(()),
            (Some(region), ClearType::All) => {
                clear_rows(&mut self.device, region)?;
                Backend::flush(&mut self.device)
            }
            (_, clear_type) => self.device.clear_region(clear_type),
        }
    }

    fn size(&self) -> io::Result<Size> {
        match self.region {
            Some(region) => Ok(Size::new(region.columns, region.rows)),
            None => self.device.size(),
        }
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.device.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.device)
    }
}
