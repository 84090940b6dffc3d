//! The terminal device: set up, drawn on, and restored on every way out.
//!
//! The switcher uses the alternate screen, or a [`region`] below the prompt. No other code writes to it.

mod cursor;
mod hangup;
mod pending_input;
mod reader;
mod region;
mod replies;
mod sequences;
mod surface;
mod woken;

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, Once};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crossterm::cursor::{MoveTo, MoveToPreviousLine, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture, Event,
};
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EnableLineWrap, EndSynchronizedUpdate,
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};

pub(super) use self::hangup::hangup;
pub(super) use self::reader::{Reader, read_together};
use self::region::{Move, Region, Size, Way};
pub(super) use self::replies::Replies;
use self::surface::{Device, Surface, clear_rows};
pub(super) use self::woken::Woken;
use super::canvas::Canvas;
use super::state::State;
use super::theme::Theme;
use super::view::draw;
use crate::config::tty::{self, Tty};
use crate::domain::locked::locked;
use crate::domain::text::is_unsafe;
use crate::domain::{Height, Secret};

/// `true` if there is a terminal to draw on.
#[must_use]
pub(crate) fn terminal_exists() -> bool {
    tty::open().is_ok()
}

/// The terminal while the switcher uses it: the whole screen, or a region of it.
pub(super) struct TerminalGuard {
    surface: Surface,
    canvas: Canvas,
    mouse: bool,
    height: Height,
    /// `true` if the terminal answered the first time it was asked for its cursor; `None`: it was not asked yet.
    answers: Option<bool>,
    /// The window's title; empty if it was not set.
    title: String,
}

/// The modes that were set, to be reset at the end.
#[derive(Clone, Copy)]
enum Taken {
    Whole,
    Region(Region),
}

/// The part of the screen in use. It is released once: leaving the alternate screen a second time
/// moves the cursor back over text written since. Static, because one process has one terminal and the
/// panic hook cannot reach a [`TerminalGuard`].
static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

/// Locked only to copy the value, so that a panic hook never waits for it.
fn taken() -> MutexGuard<'static, Option<Taken>> {
    locked(&TAKEN)
}

impl TerminalGuard {
    /// Takes the screen, or as much of it as is wanted; with it come the keys that were typed before.
    pub(super) fn open(mouse: bool, height: Height) -> io::Result<(Self, Vec<Event>)> {
        // NO_COLOR is the theme's business: crossterm would leave bare resets behind (docs/architecture.md#view-reads-state).
        crossterm::style::force_color_output(true);
        restore_on_panic();
        let mut screen = Self {
            surface: Surface::new(tty::open()?)?,
            canvas: Canvas::default(),
            mouse,
            height,
            answers: None,
            title: String::new(),
        };
        let typed = screen.enter()?;
        Ok((screen, typed))
    }

    /// Takes the screen, at first and again, and returns the keys that were typed before. No [`Reader`] may be there.
    pub(super) fn enter(&mut self) -> io::Result<Vec<Event>> {
        // crossterm sets no mode that it has set before, although a shell may have changed it.
        disable_raw_mode()?;
        enable_raw_mode()?;
        let size = self.surface.screen_size()?;
        let typed = match self.height.rows(size.1) {
            None => {
                *taken() = Some(Taken::Whole);
                execute!(self.device(), EnterAlternateScreen)?;
                pending_input::decode(&cursor::waiting()?, true)
            }
            Some(_) => {
                let (asked, size) = self.ask()?;
                self.take(Region::below(asked.cursor, self.rows(size), size))?;
                pending_input::decode(&asked.typed, true)
            }
        };
        let mouse = self.mouse;
        let out = self.device();
        execute!(out, EnableBracketedPaste, EnableFocusChange)?;
        // The title that was there is kept by the terminal, on its stack.
        write!(out, "\x1b[22;0t")?;
        if mouse {
            execute!(out, EnableMouseCapture)?;
        }
        self.title.clear();
        self.forget_drawn()?;
        Ok(typed)
    }

    /// Finds the region again after the terminal was resized, and returns the keys that were typed
    /// meanwhile. No [`Reader`] may be there.
    pub(super) fn find_again(&mut self) -> io::Result<Vec<Event>> {
        let Some(region) = self.region() else {
            return Ok(Vec::new());
        };
        let mut typed = read_together()?;
        // Which is what we are here for.
        typed.retain(|event| !matches!(event, Event::Resize(..)));
        let (asked, size) = self.ask()?;
        let cursor = self.surface.cursor();
        self.take(region.moved(cursor, asked.cursor, self.rows(size), size))?;
        self.forget_drawn()?;
        typed.extend(pending_input::decode(&asked.typed, false));
        Ok(typed)
    }

    /// `true` if [`TerminalGuard::find_again`] is due: only a region gets lost.
    pub(super) fn is_lost(&self) -> io::Result<bool> {
        self.surface.is_lost()
    }

    /// `true` if it is a region of the screen.
    pub(super) fn is_inline(&self) -> bool {
        self.region().is_some()
    }

    /// The row of ours that a row of the terminal is.
    pub(super) fn row(&self, of_terminal: u16) -> Option<u16> {
        match self.region() {
            Some(region) => region.row(of_terminal),
            None => Some(of_terminal),
        }
    }

    fn region(&self) -> Option<Region> {
        self.surface.region()
    }

    fn device(&mut self) -> &mut Device {
        self.surface.device()
    }

    /// The rows of a region in a terminal of a size.
    fn rows(&self, (_, height): Size) -> u16 {
        self.height.rows(height).unwrap_or(height)
    }

    /// The position of the cursor, and the size of the terminal for which that is true: where a user drags the border of
    /// the window, it is asked again.
    fn ask(&mut self) -> io::Result<(cursor::Asked, Size)> {
        /// If the size changes even more often, the region is found again later.
        const TIMES: usize = 8;

        let mut typed = Vec::new();
        let mut left = TIMES;
        loop {
            left -= 1;
            let size = self.surface.screen_size()?;
            let asked = self.ask_once()?;
            typed.extend(asked.typed);
            if left == 0 || self.surface.screen_size()? == size {
                let cursor = asked.cursor;
                return Ok((cursor::Asked { cursor, typed }, size));
            }
        }
    }

    /// A terminal that did not answer the first time is not waited for again. One that did is waited for longer: without
    /// its answer, the region would be drawn over other lines.
    fn ask_once(&mut self) -> io::Result<cursor::Asked> {
        /// The queries to a terminal that may not know them, and to one that does.
        const FIRST: usize = 2;
        const AGAIN: usize = 6;

        let times = match self.answers {
            None => FIRST,
            Some(true) => AGAIN,
            Some(false) => return Ok(cursor::Asked::default()),
        };
        let asked = cursor::ask(times)?;
        let answered = asked.cursor.is_some();
        self.answers.get_or_insert(answered);
        Ok(asked)
    }

    /// Makes room for a region. What scrolls out goes where everything goes that scrolls out: nothing
    /// of what was there before is lost.
    fn take(&mut self, to: Move) -> io::Result<()> {
        let out = self.device();
        // Until the next frame is drawn.
        queue!(out, BeginSynchronizedUpdate)?;
        match to.way {
            Way::Up(0) => out.write_all(b"\r")?,
            Way::Up(rows) => queue!(out, MoveToPreviousLine(rows))?,
            Way::Next => out.write_all(b"\r\n")?,
            // No terminal has as many rows.
            Way::Bottom => {
                queue!(out, MoveTo(0, 9_998))?;
                out.write_all(b"\n")?;
            }
        }
        queue!(out, Clear(ClearType::FromCursorDown))?;
        let below = to.region.rows.saturating_sub(1);
        write!(out, "{}", "\n".repeat(usize::from(below)))?;
        // Back to its first row, where a resize leaves the cursor alone: in rows that a smaller terminal no longer has, it
        // would be moved, and the region with it.
        if below > 0 {
            queue!(out, MoveToPreviousLine(below))?;
        }
        out.flush()?;
        self.surface.set_region(to.region);
        *taken() = Some(Taken::Region(to.region));
        Ok(())
    }

    /// Begins with an empty screen.
    fn forget_drawn(&mut self) -> io::Result<()> {
        self.surface.clear()?;
        self.canvas.clear(self.surface.size()?);
        Ok(())
    }

    /// Gives it back.
    pub(super) fn leave(&mut self) {
        // What is still to be written belongs before that; it fails where the terminal is gone.
        let _ = self.device().flush();
        restore();
    }

    /// Draws a frame, in one piece where the terminal can.
    pub(super) fn draw(&mut self, state: &State, theme: &Theme) -> io::Result<()> {
        self.surface.begin_frame()?;
        if self.surface.size()? != self.canvas.size() {
            self.forget_drawn()?;
        }
        let mut frame = self.canvas.frame(theme.base);
        draw(state, theme, &mut frame);
        let cursor = frame.cursor();
        self.canvas.show(|cells| self.surface.draw(cells))?;
        self.surface.set_cursor(cursor)?;
        self.surface.end_frame()
    }

    /// Sets the window's title, if it changed.
    pub(super) fn set_title(&mut self, title: &str) -> io::Result<()> {
        if self.title == title {
            return Ok(());
        }
        title.clone_into(&mut self.title);
        let out = self.device();
        // Whatever could end the sequence has no place in a title.
        let safe: String = title.chars().filter(|c| !is_unsafe(*c)).collect();
        write!(out, "\x1b]2;{safe}\x07")?;
        out.flush()
    }

    /// Rings the bell.
    pub(super) fn bell(&mut self) -> io::Result<()> {
        let out = self.device();
        write!(out, "\x07")?;
        out.flush()
    }

    /// Asks the terminal for a notification (OSC 9).
    pub(super) fn notify(&mut self, notice: &str) -> io::Result<()> {
        let safe: String = notice.chars().filter(|c| !is_unsafe(*c)).collect();
        let out = self.device();
        write!(out, "\x1b]9;{safe}\x07")?;
        out.flush()
    }

    /// Sends the query for the background color; the reply comes among the keys ([`Replies`]).
    pub(super) fn ask_background(&mut self) -> io::Result<()> {
        let out = self.device();
        write!(out, "{}", replies::QUERY)?;
        out.flush()
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        self.surface.size()
    }

    /// Puts text on the user's clipboard (OSC 52), through tmux where it is in between (docs/requirements.md#without-a-browser).
    pub(super) fn copy(&mut self, text: &Secret, in_tmux: bool) -> io::Result<()> {
        let out = self.device();
        let osc = format!("\x1b]52;c;{}\x07", STANDARD.encode(text.expose()));
        if in_tmux {
            write!(out, "\x1bPtmux;{}\x1b\\", osc.replace('\x1b', "\x1b\x1b"))?;
        } else {
            write!(out, "{osc}")?;
        }
        out.flush()
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Gives the terminal back: also from a panic, where nothing else of ours may still be sound.
fn restore() {
    // What fails here fails because the terminal is gone.
    if let Some(what) = taken().take()
        && let Ok(mut tty) = tty::open()
    {
        let _ = execute!(
            tty,
            DisableMouseCapture,
            DisableFocusChange,
            DisableBracketedPaste,
            EnableLineWrap,
            EndSynchronizedUpdate
        );
        let _ = match what {
            // A terminal without an alternate screen keeps what was drawn.
            Taken::Whole => execute!(
                tty,
                SetAttribute(Attribute::Reset),
                Clear(ClearType::All),
                MoveTo(0, 0),
                LeaveAlternateScreen
            ),
            Taken::Region(region) => give_back(&mut tty, region),
        };
        let _ = execute!(tty, Show);
        let _ = write!(tty, "\x1b[23;0t");
    }
    let _ = disable_raw_mode();
}

/// Nothing of the region stays, and the shell's prompt goes on where it was.
fn give_back(tty: &mut Tty, region: Region) -> io::Result<()> {
    let (column, row) = region.home();
    // In one write, so that it does not disappear row by row.
    let mut out = Vec::new();
    queue!(out, SetAttribute(Attribute::Reset))?;
    clear_rows(&mut out, region)?;
    queue!(out, MoveTo(column, row))?;
    tty.write_all(&out)
}

/// A panic's message belongs on the ordinary screen. Release builds abort, but the hook still runs.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore();
            default(info);
        }));
    });
}

/// A line on the ordinary screen, before a subshell takes it.
pub(super) fn say(text: &str) {
    if let Ok(mut tty) = tty::open() {
        let _ = writeln!(tty, "{}", crate::domain::text::clean(text));
    }
}
