//! The terminal device: taken, drawn on, and given back as it was, whatever ends us.

use std::io::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::screen::draw;
use super::state::State;
use super::theme::Theme;
use crate::config::tty::{self, Tty};
use crate::domain::text::is_unsafe;

/// Whether there is a terminal to draw on.
#[must_use]
pub fn terminal_exists() -> bool {
    tty::open().is_ok()
}

/// The whole screen, while it is ours.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<io::BufWriter<Tty>>>,
    mouse: bool,
    /// What the window's title says; empty: it was left alone.
    title: String,
}

/// Whether the screen is taken. It is given back once: leaving the alternate screen a second time
/// moves the cursor back over what was written since. One process has one terminal, and the panic
/// hook cannot reach a [`Screen`].
static TAKEN: AtomicBool = AtomicBool::new(false);

impl Screen {
    /// Takes the screen.
    pub(super) fn open(mouse: bool) -> io::Result<Self> {
        // NO_COLOR is the theme's business: crossterm would leave bare resets behind (STYLE §4.2).
        crossterm::style::force_color_output(true);
        restore_on_panic();
        let terminal = Terminal::new(CrosstermBackend::new(io::BufWriter::new(tty::open()?)))?;
        let mut screen = Self {
            terminal,
            mouse,
            title: String::new(),
        };
        screen.enter()?;
        Ok(screen)
    }

    /// Takes the screen (again).
    pub(super) fn enter(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let out = self.terminal.backend_mut();
        execute!(out, EnterAlternateScreen, EnableBracketedPaste)?;
        // The title that was there is kept by the terminal, on its stack.
        write!(out, "\x1b[22;0t")?;
        self.title.clear();
        if self.mouse {
            execute!(out, EnableMouseCapture)?;
        }
        // Not `clear`, which asks the terminal for its cursor and waits for an answer that some never
        // give: a resize forgets what was drawn, too.
        let size = self.terminal.size()?;
        self.terminal
            .resize(ratatui::layout::Rect::new(0, 0, size.width, size.height))
    }

    /// Gives it back.
    #[expect(
        clippy::unused_self,
        reason = "only who has the screen can give it back"
    )]
    pub(super) fn leave(&mut self) {
        restore();
    }

    /// Draws a frame, in one piece where the terminal can.
    pub(super) fn draw(&mut self, state: &State, theme: &Theme) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| {
            draw(state, theme, frame);
            theme.paint(frame.buffer_mut());
        })?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Says what the window is about, where that changed.
    pub(super) fn set_title(&mut self, title: &str) -> io::Result<()> {
        if self.title == title {
            return Ok(());
        }
        title.clone_into(&mut self.title);
        let out = self.terminal.backend_mut();
        // Whatever could end the sequence has no place in a title.
        let safe: String = title.chars().filter(|c| !is_unsafe(*c)).collect();
        write!(out, "\x1b]2;{safe}\x07")?;
        out.flush()
    }

    /// Rings the bell, and asks the terminal for a notification (OSC 9), as far as wanted.
    pub(super) fn notify(&mut self, bell: bool, notice: Option<&str>) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        if bell {
            write!(out, "\x07")?;
        }
        if let Some(notice) = notice {
            let safe: String = notice.chars().filter(|c| !is_unsafe(*c)).collect();
            write!(out, "\x1b]9;{safe}\x07")?;
        }
        out.flush()
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Puts text on the person's clipboard (OSC 52), through tmux where it is in between (B3).
    pub(super) fn copy(&mut self, text: &str, in_tmux: bool) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        let osc = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
        if in_tmux {
            write!(out, "\x1bPtmux;{}\x1b\\", osc.replace('\x1b', "\x1b\x1b"))?;
        } else {
            write!(out, "{osc}")?;
        }
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Gives the terminal back: also from a panic, where nothing else of ours may still be sound.
fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // What fails here fails because the terminal is gone.
    if let Ok(mut tty) = tty::open() {
        let _ = execute!(
            tty,
            DisableMouseCapture,
            DisableBracketedPaste,
            EndSynchronizedUpdate,
            LeaveAlternateScreen,
            cursor::Show
        );
        let _ = write!(tty, "\x1b[23;0t");
    }
    let _ = disable_raw_mode();
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
