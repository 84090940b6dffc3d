//! The only place that prints: data on stdout, words for people on stderr (docs/architecture.md#output).

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use serde::Serialize;
use tokio::sync::Notify;

use super::lines::Lines;
use super::table::Table;
use crate::config::tty;
use crate::domain::locked::locked;
use crate::domain::text::{clean, is_unsafe, width};
use crate::domain::{Candidate, Problem, ProblemKind, Secret};
use crate::flow::Confirmation;

/// Prints the output of the commands. Clones share the terminal.
#[derive(Clone, Debug)]
pub struct Output {
    quiet: bool,
    terminal: Arc<Mutex<Terminal>>,
    /// Signals that the terminal was returned.
    given_back: Arc<Notify>,
    lines: Lines,
}

/// The use of the terminal.
#[derive(Debug, Default)]
struct Terminal {
    /// A status line is on it.
    has_status: bool,
    /// The number of times it is lent to the switcher or another program.
    lent: usize,
    /// The number of questions that wait for an answer.
    questions: usize,
}

/// Lends the terminal until it is dropped.
#[derive(Debug)]
pub struct Lent {
    terminal: Arc<Mutex<Terminal>>,
    given_back: Arc<Notify>,
    is_question: bool,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut terminal = locked(&self.terminal);
        if self.is_question {
            terminal.questions -= 1;
        } else {
            terminal.lent -= 1;
        }
        self.given_back.notify_one();
    }
}

impl Output {
    /// An output; a quiet one prints data and errors only.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        Self {
            quiet,
            terminal: Arc::default(),
            given_back: Arc::default(),
            lines: Lines::default(),
        }
    }

    /// Lends the terminal to the switcher or a program: until the guard is dropped there is no status
    /// line, and signals of the terminal are theirs.
    #[must_use]
    pub fn lend(&self) -> Lent {
        self.give(false)
    }

    /// True while the terminal is lent.
    #[must_use]
    pub fn is_lent(&self) -> bool {
        self.terminal().lent > 0
    }

    /// True while the terminal is lent or a question waits for its answer.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let terminal = self.terminal();
        terminal.lent + terminal.questions > 0
    }

    /// Waits until the terminal is neither lent nor asked for an answer. One task at a time may wait.
    pub async fn free(&self) {
        while self.is_busy() {
            self.given_back.notified().await;
        }
    }

    /// Until the guard is dropped, the user is asked something: there is no status line, and the time
    /// counts as theirs.
    #[must_use]
    pub fn question(&self) -> Lent {
        self.give(true)
    }

    fn give(&self, is_question: bool) -> Lent {
        let mut terminal = self.terminal();
        erase(&mut terminal);
        if is_question {
            terminal.questions += 1;
        } else {
            terminal.lent += 1;
        }
        Lent {
            terminal: Arc::clone(&self.terminal),
            given_back: Arc::clone(&self.given_back),
            is_question,
        }
    }

    /// One line that replaces the one before, on a terminal; not when quiet. It is cut to the width.
    pub fn status(&self, text: &str) {
        let mut terminal = self.terminal();
        if self.quiet || terminal.lent + terminal.questions > 0 {
            return;
        }
        let columns = columns().saturating_sub(1);
        let text = clean(text);
        let mut line = String::new();
        for c in text.chars() {
            line.push(c);
            if width(&line) > columns {
                line.pop();
                break;
            }
        }
        // Windows' old console obeys no escapes unless it is asked to.
        #[cfg(windows)]
        if !crossterm::ansi_support::supports_ansi() {
            return;
        }
        terminal.has_status = true;
        let _ = io::stderr()
            .lock()
            // The cursor waits at the start, so that the echo of Ctrl-C does not wrap the line.
            .write_all(format!("\r{line}\x1b[K\r").as_bytes());
    }

    /// Erases the status line, if there is one.
    pub fn clear_status(&self) {
        erase(&mut self.terminal());
    }

    fn terminal(&self) -> MutexGuard<'_, Terminal> {
        locked(&self.terminal)
    }

    /// Writes to stderr; no terminal escape passes, whatever the text. An error is dropped: there
    /// is nowhere left to report it.
    fn write_stderr(&self, text: &str) {
        let mut terminal = self.terminal();
        erase(&mut terminal);
        let _ = io::stderr().lock().write_all(printable(text).as_bytes());
    }

    /// Data. A reader that went away (`| head`) is no error.
    pub fn data(&self, text: &str) -> Result<(), Problem> {
        self.clear_status();
        let mut out = io::stdout().lock();
        written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// Data that is secret; the caller made it for exactly this place.
    pub fn secret_data(&self, text: &Secret) -> Result<(), Problem> {
        self.data(text.expose())
    }

    /// A line of data; remote text in it is cleaned (docs/requirements.md#remote-text).
    pub fn line(&self, text: &str) -> Result<(), Problem> {
        self.data(&format!("{}\n", clean(text)))
    }

    /// JSON, indented, with every character that a terminal could act on escaped.
    pub fn json(&self, value: &impl Serialize) -> Result<(), Problem> {
        let text = serde_json::to_string_pretty(value).map_err(|error| {
            Problem::new(ProblemKind::Failed, "cannot create the JSON").detail(error.to_string())
        })?;
        self.data(&(escape(&text) + "\n"))
    }

    /// One line of JSON.
    pub fn json_line(&self, value: &impl Serialize) -> Result<(), Problem> {
        let text = serde_json::to_string(value).map_err(|error| {
            Problem::new(ProblemKind::Failed, "cannot create the JSON").detail(error.to_string())
        })?;
        self.data(&(escape(&text) + "\n"))
    }

    /// A line for the user; not printed when quiet.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.write_stderr(&format!("{}\n", clean(text)));
        }
    }

    /// Lines for the user with a layout of their own (a table, a QR code), without remote text.
    pub fn block(&self, text: &str) {
        if !self.quiet {
            self.write_stderr(text);
        }
    }

    /// Something the user must see even when quiet: the code of a sign-in. Blanks stay as they are.
    pub fn must_see(&self, text: &str) {
        self.write_stderr(&format!("{}\n", text.replace('\n', "")));
    }

    /// True if a user can answer a question.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        !self.quiet && stdin_is_terminal() && stderr_is_terminal()
    }

    /// Asks on the terminal device before something guarded is done, even when quiet or with stdin and
    /// stdout redirected. The caller cleans remote text.
    #[must_use]
    pub fn confirm(&self, question: &str) -> Confirmation {
        let safe: String = question
            .chars()
            .filter(|c| *c == '\n' || !is_unsafe(*c))
            .collect();
        let _question = self.question();
        match tty::confirm(&safe) {
            Some(true) => Confirmation::Yes,
            Some(false) => Confirmation::No,
            None => Confirmation::Nobody,
        }
    }

    /// A yes-or-no question; the answer is no if no user can answer. Dropping the future takes it back.
    pub fn ask(&self, question: &str) -> impl Future<Output = bool> + 'static {
        let can_ask = self.can_ask();
        let asking = can_ask.then(|| self.question());
        if can_ask {
            self.write_stderr(&format!("{} [y/N] ", clean(question)));
        }
        let lines = self.lines.clone();
        async move {
            if asking.is_none() {
                return false;
            }
            let answer = lines.next().await;
            answer.is_some_and(|line| {
                matches!(line.expose().trim().to_lowercase().as_str(), "y" | "yes")
            })
        }
    }

    /// A line of standard input: what the user was told to paste; empty if there is none.
    pub async fn pasted_line(&self) -> Option<Secret> {
        let _question = self.question();
        self.lines.next().await
    }

    /// Tells why no browser shows the page of a sign-in.
    pub fn not_opened(&self, why: &str) {
        self.note(&format!("No browser was opened: {why}."));
    }

    /// A warning.
    pub fn warning(&self, text: &str) {
        self.note(&format!("warning: {text}"));
    }

    /// Prints a mistake in the arguments in clap's words: `error: …` first, and our hint last.
    pub fn mistake(&self, text: &str, hint: &str) {
        let said = match text.rfind("For more information, try") {
            Some(at) => text.split_at(at).0,
            None => text,
        };
        self.write_stderr(&format!("{}\nhint: {hint}\n", said.trim_end()));
    }

    /// `error: …`, the cause, `hint: …`, and the candidates where several things matched.
    pub fn problem(&self, problem: &Problem) {
        if !problem.is_shown() {
            return;
        }
        let mut text = format!("error: {}\n", problem.title);
        if let Some(detail) = &problem.detail {
            text += &format!("  {detail}\n");
        }
        if let ProblemKind::NoSingleMatch { candidates } = &problem.kind {
            const MAX_CANDIDATES: usize = 20;
            let mut table = Table::without_heading();
            for candidate in candidates.iter().take(MAX_CANDIDATES) {
                let Candidate {
                    name,
                    account_name,
                    account_id,
                } = candidate;
                table.row([name, account_name, account_id]);
            }
            for line in table.to_string().lines() {
                text += &format!("  {line}\n");
            }
            if let Some(more) = candidates
                .len()
                .checked_sub(MAX_CANDIDATES)
                .filter(|more| *more > 0)
            {
                text += &format!("  … and {more} more\n");
            }
        }
        if let Some(hint) = &problem.hint {
            text += &format!("hint: {hint}\n");
        }
        self.write_stderr(&text);
    }
}

/// The result of writing to stdout. A reader that closed the pipe is no error.
pub(crate) fn written(result: io::Result<()>) -> Result<(), Problem> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Problem::new(ProblemKind::File, "cannot write to stdout")
                .detail(error.to_string())
                .hint("check that there is space left and that stdout is open"))
        }
        _ => Ok(()),
    }
}

/// Erases a status line.
fn erase(terminal: &mut Terminal) {
    if std::mem::take(&mut terminal.has_status) {
        let _ = io::stderr().lock().write_all(b"\r\x1b[K");
    }
}

/// The width of the terminal of stderr.
fn columns() -> usize {
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(io::stderr())
        && size.ws_col > 0
    {
        return size.ws_col.into();
    }
    #[cfg(not(unix))]
    if let Ok((columns, _)) = crossterm::terminal::size() {
        return columns.into();
    }
    80
}

/// `text` without anything a terminal could act on; line breaks stay.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| *c == '\n' || !is_unsafe(*c))
        .collect()
}

/// True if stdout is a terminal.
#[must_use]
pub(crate) fn stdout_is_terminal() -> bool {
    tty::is_output()
}

/// True if another program reads stdout; Node.js reads it from a socket.
#[must_use]
#[cfg(unix)]
pub(crate) fn stdout_is_pipe() -> bool {
    use rustix::fs::FileType;
    rustix::fs::fstat(io::stdout()).is_ok_and(|stat| {
        matches!(
            FileType::from_raw_mode(stat.st_mode),
            FileType::Fifo | FileType::Socket
        )
    })
}

/// True if another program may read stdout.
#[must_use]
#[cfg(not(unix))]
pub(crate) fn stdout_is_pipe() -> bool {
    !stdout_is_terminal()
}

/// True if stdin is a terminal.
#[must_use]
pub(crate) fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// True if stderr is a terminal.
#[must_use]
pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// True unless another job has the terminal of stderr, as the prompt after `roledex … &` has.
#[must_use]
pub(crate) fn is_in_foreground() -> bool {
    #[cfg(unix)]
    if let Ok(group) = rustix::termios::tcgetpgrp(io::stderr()) {
        return group == rustix::process::getpgrp();
    }
    true
}

/// JSON text with [`is_unsafe`] characters as `\uXXXX`: serde escapes C0 only. Line breaks between
/// the tokens are the printer's own and stay.
fn escape(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unsafe(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out += &format!("\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_escapes_what_a_terminal_would_act_on() {
        let hostile = "a\u{1b}[31m\u{9b}\u{202e}\u{7f}\n\u{e0041}é";
        let text = escape(&serde_json::to_string(hostile).unwrap());
        assert!(!text.chars().any(is_unsafe), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), hostile);
    }
}
