//! Asks the terminal for the position of its cursor.
//!
//! The query goes to the terminal device and waits for a bounded time. crossterm's own query goes to
//! stdout, which may be the pipe of `$(…)`, and hangs for two seconds without an answer. Keys typed
//! before the answer are returned with it.

use std::io;

use super::region::Place;

/// The terminal's answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Position of the cursor; `None`: the terminal did not answer.
    pub cursor: Option<Place>,
    /// Input that was typed meanwhile.
    pub typed: Vec<u8>,
}

/// Input that waits to be read. The terminal must be in raw mode and have no other reader.
#[cfg(unix)]
pub(super) fn waiting() -> io::Result<Vec<u8>> {
    use std::io::Read as _;

    /// Bounds the read while input keeps coming.
    const MAX_BYTES: usize = 64 * 1024;

    let mut tty = crate::config::tty::open()?;
    let mut typed = Vec::new();
    let mut buffer = [0; 1024];
    while typed.len() < MAX_BYTES && rustix::io::ioctl_fionread(&tty)? > 0 {
        let count = tty.read(&mut buffer)?;
        typed.extend(buffer.iter().take(count));
    }
    Ok(typed)
}

/// The Windows console keeps keys, not what they were in another mode.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it fails on other systems")]
pub(super) fn waiting() -> io::Result<Vec<u8>> {
    Ok(Vec::new())
}

/// Sends the query, at most so many times. The terminal must be in raw mode and have no other reader.
#[cfg(unix)]
pub(super) fn ask(times: usize) -> io::Result<Asked> {
    use rustix::termios::{OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};

    /// The time limit of one read (tenths of a second).
    const SILENCE: u8 = 3;

    let mut tty = crate::config::tty::open()?;
    let before = tcgetattr(&tty)?;
    let mut timed = before.clone();
    // The terminal driver limits the read: `poll` does not support terminal devices on every system.
    timed.special_codes[SpecialCodeIndex::VMIN] = 0;
    timed.special_codes[SpecialCodeIndex::VTIME] = SILENCE;
    tcsetattr(&tty, OptionalActions::Now, &timed)?;
    let asked = exchange(&mut tty, times);
    tcsetattr(&tty, OptionalActions::Now, &before)?;
    asked
}

/// The Windows console API returns the position without a query.
#[cfg(not(unix))]
pub(super) fn ask(_: usize) -> io::Result<Asked> {
    Ok(Asked {
        cursor: Some(crossterm::cursor::position()?),
        typed: Vec::new(),
    })
}

/// Sends the query more than once: an ending reader may take the first answer, or it may be late.
/// crossterm recognizes an even later answer and drops it.
#[cfg(unix)]
fn exchange(terminal: &mut (impl io::Read + io::Write), times: usize) -> io::Result<Asked> {
    /// Bounds the read while the user types.
    const MAX_READS: usize = 64;

    let mut asked = Asked::default();
    let mut buffer = [0; 1024];
    let mut answers = 0;
    for asked_times in 1..=times {
        terminal.write_all(b"\x1b[6n")?;
        terminal.flush()?;
        for _ in 0..MAX_READS {
            match terminal.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => asked.typed.extend(buffer.iter().take(count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            while let Some(cursor) = take_answer(&mut asked.typed) {
                asked.cursor = Some(cursor);
                answers += 1;
            }
            // An answer that is still to come would be taken for that to the next query. The next reader would misread half
            // a character or half a paste.
            if answers >= asked_times && super::pending_input::is_whole(&asked.typed) {
                return Ok(asked);
            }
        }
        if asked.cursor.is_some() {
            break;
        }
    }
    Ok(asked)
}

/// Removes `ESC [ row ; column R` from the input and returns its position.
#[cfg(unix)]
fn take_answer(bytes: &mut Vec<u8>) -> Option<Place> {
    let mut at = 0;
    while let Some(found) = bytes.get(at..)?.windows(2).position(|two| two == b"\x1b[") {
        let start = at + found;
        let rest = bytes.get(start + 2..)?;
        let length = rest
            .iter()
            .position(|byte| !byte.is_ascii_digit() && *byte != b';')?;
        if rest.get(length) == Some(&b'R')
            && let Some(place) = place(rest.get(..length)?)
        {
            bytes.drain(start..=start + 2 + length);
            return Some(place);
        }
        at = start + 2;
    }
    None
}

/// `row;column`, counted from one.
#[cfg(unix)]
fn place(digits: &[u8]) -> Option<Place> {
    let (row, column) = std::str::from_utf8(digits).ok()?.split_once(';')?;
    let number = |text: &str| text.parse::<u16>().ok()?.checked_sub(1);
    Some((number(column)?, number(row)?))
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{self, Read, Write};

    use super::*;

    /// A terminal that says this, a piece for each read.
    struct Said(Vec<&'static [u8]>, Vec<u8>);

    impl Read for Said {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            if piece == b"!" {
                return Err(io::ErrorKind::Interrupted.into());
            }
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    impl Write for Said {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn said(pieces: &[&'static [u8]]) -> (Option<Place>, Vec<u8>, usize) {
        said_to(2, pieces)
    }

    fn said_to(times: usize, pieces: &[&'static [u8]]) -> (Option<Place>, Vec<u8>, usize) {
        let mut terminal = Said(pieces.to_vec(), Vec::new());
        let asked = exchange(&mut terminal, times).unwrap();
        (asked.cursor, asked.typed, terminal.1.len() / 4)
    }

    #[test]
    fn the_answer_is_found_and_what_was_typed_stays() {
        assert_eq!(said(&[b"\x1b[12;34R"]), (Some((33, 11)), vec![], 1));
        assert_eq!(
            said(&[b"pa\x1b[A", b"!", b"y\x1b[1", b";1Rprod"]),
            (Some((0, 0)), b"pa\x1b[Ayprod".to_vec(), 1)
        );
        assert_eq!(
            said(&[b"\xe6\x9d", b"\x1b[3;1R"]).0,
            Some((0, 2)),
            "broken text does not hide it"
        );
        // Where it was asked twice, the second answer is the newer one.
        assert_eq!(
            said(&[b"", b"\x1b[3;1R", b"\x1b[4;1R", b"x"]),
            (Some((0, 3)), vec![], 2)
        );
        // A partial answer is awaited.
        assert_eq!(
            said(&[b"\x1b[3;1R\xe6", b"\x9d\xb1"]),
            (Some((0, 2)), "東".into(), 1)
        );
    }

    #[test]
    fn silence_ends_and_a_late_answer_is_taken() {
        assert_eq!(said(&[]), (None, vec![], 2));
        assert_eq!(said(&[b"abc"]), (None, b"abc".to_vec(), 2));
        assert_eq!(
            said(&[b"a", b"", b"\x1b[2;2R"]),
            (Some((1, 1)), vec![b'a'], 2)
        );
        assert_eq!(
            said_to(6, &[b"", b"", b"", b"\x1b[2;2R"]),
            (Some((1, 1)), vec![], 4)
        );
        assert_eq!(said(&[b"\x1b[0;0R", b"\x1b[99999;1R"]).0, None);
        let flood = vec![&b"x"[..]; 300];
        assert_eq!(said(&flood).1.len(), 128);
    }
}
