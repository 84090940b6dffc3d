//! Lines of standard input, for the questions of the commands.

use std::fmt;
use std::io::{self, BufRead as _, Read as _};
use std::sync::{Arc, Mutex};
use std::thread;

use tokio::sync::oneshot;

use crate::domain::Secret;
use crate::domain::locked::locked;

/// The maximum length of a line (bytes): a page with a sign-in code may be pasted.
const MAX_LINE: u64 = 64 << 10;

/// Reads one line.
type Source = Arc<dyn Fn() -> io::Result<Secret> + Send + Sync>;

/// Reads lines for whoever asked last. A question may be given up before the user has answered it, but its read goes
/// on: the line that ends it is the answer to the next question.
#[derive(Clone)]
pub(super) struct Lines {
    source: Source,
    reading: Arc<Mutex<Reading>>,
}

#[derive(Default)]
struct Reading {
    /// A thread waits for a line.
    is_running: bool,
    asking: Option<oneshot::Sender<Secret>>,
}

impl Default for Lines {
    fn default() -> Self {
        Self::from_source(|| {
            let mut line = String::new();
            io::stdin().lock().take(MAX_LINE).read_line(&mut line)?;
            Ok(Secret::new(line))
        })
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lines")
    }
}

impl Lines {
    fn from_source(source: impl Fn() -> io::Result<Secret> + Send + Sync + 'static) -> Self {
        Self {
            source: Arc::new(source),
            reading: Arc::default(),
        }
    }

    /// The next line, with its end; empty at the end of the input. `None` if none can be read, or another question
    /// was asked meanwhile.
    pub(super) async fn next(&self) -> Option<Secret> {
        self.ask().await.ok()
    }

    fn ask(&self) -> oneshot::Receiver<Secret> {
        let (asking, line) = oneshot::channel();
        let mut reading = locked(&self.reading);
        reading.asking = Some(asking);
        if reading.is_running {
            return line;
        }
        let Self {
            source,
            reading: shared,
        } = self.clone();
        let read = move || {
            let line = source();
            let mut reading = locked(&shared);
            reading.is_running = false;
            if let (Some(asking), Ok(line)) = (reading.asking.take(), line) {
                // The question may have been given up.
                let _ = asking.send(line);
            }
        };
        let thread = thread::Builder::new().name("roledex-stdin".to_owned());
        match thread.spawn(read) {
            Ok(_) => reading.is_running = true,
            Err(_) => reading.asking = None,
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn the_line_after_a_question_that_was_given_up_answers_the_next_one() {
        let (type_line, typed) = mpsc::channel::<Secret>();
        let typed = Mutex::new(typed);
        let lines = Lines::from_source(move || {
            let typed = typed.lock().unwrap();
            typed.recv().map_err(io::Error::other)
        });
        drop(lines.ask());
        let (before, second) = (lines.ask(), lines.ask());
        type_line.send(Secret::from("y\n")).unwrap();
        assert_eq!(second.blocking_recv().unwrap(), Secret::from("y\n"));
        assert!(before.blocking_recv().is_err());
        let third = lines.ask();
        type_line.send(Secret::from("n\n")).unwrap();
        assert_eq!(third.blocking_recv().unwrap(), Secret::from("n\n"));
        let fourth = lines.ask();
        drop(type_line);
        assert!(fourth.blocking_recv().is_err());
    }
}
