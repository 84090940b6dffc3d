//! The frame that the view draws on: ratatui's cells, and the place of the cursor.
//!
//! ratatui's own frame comes from its terminal only, which compares all cells of each frame one by one, as text,
//! and measures each: a third of what a key costs that changes one row ([`Canvas`](super::canvas::Canvas)).

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;

/// A frame while it is drawn.
pub struct Frame<'a> {
    buffer: &'a mut Buffer,
    cursor: Option<Position>,
}

impl<'a> Frame<'a> {
    /// A frame on empty cells.
    #[must_use]
    pub fn new(buffer: &'a mut Buffer) -> Self {
        Self {
            buffer,
            cursor: None,
        }
    }

    /// All cells.
    #[must_use]
    pub(crate) fn area(&self) -> Rect {
        self.buffer.area
    }

    /// The cells.
    pub(crate) fn buffer_mut(&mut self) -> &mut Buffer {
        self.buffer
    }

    /// Draws a widget.
    pub(crate) fn render_widget(&mut self, widget: impl Widget, area: Rect) {
        widget.render(area, self.buffer);
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
