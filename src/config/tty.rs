//! The terminal device, which is there even when stdin and stdout are pipes (docs/architecture.md#output).

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read as _, Write as _};
#[cfg(unix)]
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

/// The maximum length of an answer to a question (bytes).
const MAX_LINE: u64 = 1024;

/// The open terminal device.
pub(crate) type Tty = File;

/// Asks a question on the terminal, and returns the line that is typed, without blanks around it.
///
/// # Errors
/// There is no terminal, or it went away.
pub(crate) fn ask(question: &str) -> io::Result<String> {
    let mut terminal = open()?;
    terminal.write_all(question.as_bytes())?;
    terminal.flush()?;
    let mut line = String::new();
    BufReader::new(open_input()?)
        .take(MAX_LINE)
        .read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Opens the terminal of this process for reading and writing.
///
/// # Errors
/// There is none.
pub(crate) fn open() -> io::Result<Tty> {
    let path = if cfg!(windows) { "CONOUT$" } else { "/dev/tty" };
    OpenOptions::new().read(true).write(true).open(path)
}

/// Opens the terminal of this process for reading.
fn open_input() -> io::Result<Tty> {
    if cfg!(windows) {
        File::open("CONIN$")
    } else {
        open()
    }
}

/// `true` if our output is a terminal.
#[must_use]
pub(crate) fn is_output() -> bool {
    io::stdout().is_terminal()
}

/// The terminal in place of each of our input, output and error output that is none.
///
/// # Errors
/// There is no terminal.
pub(crate) fn in_place_of_others() -> io::Result<[Option<Tty>; 3]> {
    let unless =
        |is_terminal: bool, open: fn() -> io::Result<Tty>| (!is_terminal).then(open).transpose();
    Ok([
        unless(io::stdin().is_terminal(), open_input)?,
        unless(io::stdout().is_terminal(), open)?,
        unless(io::stderr().is_terminal(), open)?,
    ])
}

/// The columns and rows of an open terminal.
///
/// # Errors
/// The terminal does not tell them.
#[cfg(unix)]
pub(crate) fn size(terminal: &Tty) -> io::Result<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(terminal)?;
    Ok((size.ws_col, size.ws_row))
}

/// The columns and rows of an open terminal.
///
/// # Errors
/// The terminal does not tell them.
#[cfg(not(unix))]
pub(crate) fn size(_: &Tty) -> io::Result<(u16, u16)> {
    crossterm::terminal::size()
}

/// Asks a yes-or-no question on the terminal device; anything but a yes is a no. `None`: there is no
/// terminal, or another program has it and we would be stopped.
#[must_use]
pub(crate) fn confirm(question: &str) -> Option<bool> {
    let terminal = open().ok()?;
    if !is_foreground(&terminal) {
        return None;
    }
    forget_typed(&terminal);
    let answer = ask(&format!("{question} [y/N] ")).ok()?;
    Some(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

/// `true` if our process group has the terminal.
#[cfg(unix)]
pub(crate) fn is_foreground(terminal: &Tty) -> bool {
    rustix::termios::tcgetpgrp(terminal).is_ok_and(|group| group == rustix::process::getpgrp())
}

#[cfg(not(unix))]
fn is_foreground(_: &Tty) -> bool {
    true
}

/// While it lives, standard input, a terminal, shows nothing of what is typed and hands it over at once: its driver
/// would cut a line after 4 KB.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub(crate) struct Unseen {
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

impl Unseen {
    /// # Errors
    /// Standard input is no terminal.
    #[cfg(unix)]
    pub(crate) fn begin() -> io::Result<Self> {
        use rustix::termios::{
            LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr,
        };
        let before = tcgetattr(io::stdin())?;
        let mut unseen = before.clone();
        unseen.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
        unseen.special_codes[SpecialCodeIndex::VMIN] = 0;
        unseen.special_codes[SpecialCodeIndex::VTIME] = SILENCE;
        tcsetattr(io::stdin(), OptionalActions::Now, &unseen)?;
        Ok(Self { before })
    }

    /// The console of Windows has no such limit, and shows what is pasted.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it fails on other systems")]
    pub(crate) fn begin() -> io::Result<Self> {
        Ok(Self {})
    }
}

#[cfg(unix)]
impl Drop for Unseen {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, &self.before) {
            tracing::warn!(%error, "the modes of the terminal cannot be restored");
        }
    }
}

/// The time without input after which a paste is whole (tenths of a second).
#[cfg(unix)]
const SILENCE: u8 = 3;

/// Reads a paste of at most so many bytes from an [`Unseen`] terminal. It ends with Ctrl-D, or with Enter after which
/// nothing more comes: what is left unread would be the shell's next command.
///
/// # Errors
/// Those of the terminal.
#[cfg(unix)]
pub(crate) fn read_paste(most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    const CTRL_D: u8 = 4;
    // A buffer that grows leaves copies in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    let mut buffer = Zeroizing::new([0; 4096]);
    while bytes.len() < most {
        let started = Instant::now();
        match io::stdin().lock().read(&mut buffer[..]) {
            Ok(0) if bytes.ends_with(b"\n") => break,
            // A terminal that has gone away does not wait.
            Ok(0) if started.elapsed() < Duration::from_millis(50) => break,
            Ok(0) => {}
            Ok(count) => {
                let read = buffer.get(..count).unwrap_or_default();
                let text = read.split(|byte| *byte == CTRL_D).next();
                let text = text.unwrap_or_default();
                bytes.extend_from_slice(text);
                if text.len() < count {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

/// Reads a paste of at most so many bytes, up to the end of the input (Ctrl-Z and Enter).
///
/// # Errors
/// Those of the console.
#[cfg(not(unix))]
pub(crate) fn read_paste(most: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(most));
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A `y` that was typed before the question is no answer to it.
#[cfg(unix)]
fn forget_typed(terminal: &Tty) {
    let flushed = rustix::termios::tcflush(terminal, rustix::termios::QueueSelector::IFlush);
    if let Err(error) = flushed {
        tracing::info!(%error, "what was typed before a question could not be dropped");
    }
}

#[cfg(not(unix))]
fn forget_typed(_: &Tty) {
    use crossterm::event::{poll, read};
    while matches!(poll(std::time::Duration::ZERO), Ok(true)) && read().is_ok() {}
}
