//! Runs a command and watches it: prints on stderr what it waits for, and ends it after too long without
//! progress, on Ctrl-C, and on SIGTERM. A canceled command ends the programs that it runs.
//!
//! The command runs on a thread of its own. One that is blocked by a lock or a disk can so be left
//! behind: the process ends with this thread.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
#[cfg(unix)]
use tokio::signal::unix::SignalKind;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::output::{Output, is_in_foreground, stderr_is_terminal};
use super::with_runtime;
use crate::config::Ctx;
#[cfg(unix)]
use crate::config::process;
use crate::domain::time::{seconds_left, span};
use crate::domain::waiting::{Look, ProgressTimeout};
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;

/// The command's stack (bytes): as large as that of a main thread.
const STACK: usize = 8 << 20;
/// The time between two looks at the command.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The time in which a canceled command may close what it has open.
const END_TIMEOUT: Duration = Duration::from_millis(600);
/// The time beyond its parts' timeouts in which a command may make no progress.
const GRACE: Duration = Duration::from_secs(1);
/// The time before the first progress message on a terminal.
const QUIET_TIME: Duration = Duration::from_secs(2);
/// Elsewhere: the time before the first line, and between two lines.
const FIRST_LINE: Duration = Duration::from_secs(5);
const NEXT_LINE: Duration = Duration::from_secs(30);

/// The result of the command, once it has ended; `None` if it was canceled before.
type Answer = oneshot::Receiver<Result<Option<u8>, Problem>>;

/// Runs a command to its end.
///
/// # Errors
/// The command's own; a transient one when it made no progress for too long; `Cancelled` on Ctrl-C.
pub(super) fn run(
    ctx: Arc<Ctx>,
    output: &Output,
    command: impl AsyncFnOnce(&Flow, &Output) -> Result<u8, Problem> + Send + 'static,
) -> Result<u8, Problem> {
    let flow = Flow::new(ctx);
    let (cancel, mut canceled) = oneshot::channel::<()>();
    let (done, answer) = oneshot::channel();
    let (of_command, its_output) = (flow.clone(), output.clone());
    thread::Builder::new()
        .name("roledex-command".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let result = with_runtime(async move {
                tokio::select! {
                    biased;
                    _ = &mut canceled => Ok(None),
                    result = command(&of_command, &its_output) => result.map(Some),
                }
            });
            // Nobody listens after Ctrl-C.
            let _ = done.send(result);
        })
        .map_err(|error| {
            Problem::new(ProblemKind::Failed, "the command could not be started")
                .detail(error.to_string())
        })?;
    let result = with_runtime(watch(&flow, output, cancel, answer));
    output.clear_status();
    result
}

async fn watch(
    flow: &Flow,
    output: &Output,
    cancel: oneshot::Sender<()>,
    answer: Answer,
) -> Result<u8, Problem> {
    let mut answer = pin!(answer);
    let mut interrupted = Box::pin(interruption());
    let mut terminated = Box::pin(termination());
    // A part that ends itself comes first, so that the other parts go on.
    let mut progress = ProgressTimeout::new(flow.progress_timeout() + GRACE, Instant::now());
    let mut voice = Voice::new(flow);
    let why = loop {
        tokio::select! {
            biased;
            result = &mut answer => {
                let result = result.unwrap_or_else(|_closed| Err(panicked()));
                return result.transpose().unwrap_or_else(|| Err(stopped()));
            }
            () = &mut interrupted => {
                // The switcher and a program that has the terminal handle it themselves.
                if !output.is_lent() {
                    break stopped();
                }
                interrupted = Box::pin(interruption());
            }
            code = &mut terminated => {
                if !output.is_lent() {
                    // The switcher handled the same signal, and was faster.
                    return end(cancel, answer).await.unwrap_or(Ok(code));
                }
                terminated = Box::pin(termination());
            }
            was_busy = next_look(output) => {
                let now = Instant::now();
                if was_busy {
                    progress.restart(now);
                    voice.restart(now);
                    continue;
                }
                let look = flow.waiting().look();
                if let Some(problem) = progress.check(&look, now) {
                    break problem;
                }
                voice.tell(&look, now, flow.ctx().clock.now(), output);
            }
        }
    };
    end(cancel, answer).await.unwrap_or(Err(why))
}

/// Waits until the command is to be looked at. While the terminal is in use by others, nothing wakes the process
/// (docs/architecture.md#budgets). Returns `true` if it was in use.
async fn next_look(output: &Output) -> bool {
    let was_busy = output.is_busy();
    output.free().await;
    sleep(LOOK_EVERY).await;
    was_busy || output.is_busy()
}

/// Cancels the command, and waits for its end. Returns its result if it had ended before. One that is blocked is left
/// as it is.
async fn end(cancel: oneshot::Sender<()>, answer: Pin<&mut Answer>) -> Option<Result<u8, Problem>> {
    drop(cancel);
    timeout(END_TIMEOUT, answer).await.ok()?.ok()?.transpose()
}

/// Waits for Ctrl-C.
async fn interruption() {
    #[cfg(unix)]
    match process::listen(SignalKind::interrupt()) {
        Some(mut signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}

/// Waits for SIGTERM, and returns the exit code that shells report for it.
async fn termination() -> u8 {
    #[cfg(unix)]
    if let Some(mut signal) = process::listen(SignalKind::terminate()) {
        signal.recv().await;
        return 128 + 15;
    }
    std::future::pending().await
}

fn stopped() -> Problem {
    Problem::new(ProblemKind::Cancelled, "stopped")
}

fn panicked() -> Problem {
    Problem::new(ProblemKind::Failed, "an internal error occurred").hint("please report it")
}

/// The words about a wait.
struct Voice {
    /// On a terminal that can erase a line: one line, updated in place.
    in_place: bool,
    since: Instant,
    next_line: Duration,
}

impl Voice {
    fn new(flow: &Flow) -> Self {
        Self {
            in_place: stderr_is_terminal() && flow.ctx().env.get("TERM") != Some("dumb"),
            since: Instant::now(),
            next_line: FIRST_LINE,
        }
    }

    fn restart(&mut self, now: Instant) {
        self.since = now;
        self.next_line = FIRST_LINE;
    }

    fn tell(&mut self, look: &Look, now: Instant, clock: Timestamp, output: &Output) {
        let waited = now.saturating_duration_since(self.since);
        if self.in_place && is_in_foreground() {
            if waited >= QUIET_TIME {
                output.status(&words(look, waited, clock, ", Ctrl-C stops"));
            }
        } else if waited >= self.next_line {
            self.next_line += NEXT_LINE;
            output.note(&words(look, waited, clock, ""));
        }
    }
}

fn words(look: &Look, waited: Duration, clock: Timestamp, help: &str) -> String {
    let mut words = match &look.reason {
        Some(reason) => format!("waiting for {reason} ("),
        None => "still working (".to_owned(),
    };
    if let Some((number, all)) = look.count {
        words += &format!("{number} of {all}, ");
    }
    words += &format!("{} s", waited.as_secs());
    if let Some(until) = look.until {
        words += &format!(", {} left", span(seconds_left(clock, until)));
    }
    words += help;
    words.push(')');
    if let Some(trouble) = &look.trouble {
        words += &format!("; retrying: {}", trouble.title);
    }
    words
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;
    use crate::domain::waiting::Waiting;

    #[test]
    fn nothing_wakes_it_while_the_terminal_is_lent() {
        let output = Output::new(false);
        let lent = output.lend();
        let question = output.question();
        let mut look = pin!(next_look(&output));
        // There is no runtime here: a timer would panic.
        let mut context = Context::from_waker(Waker::noop());
        assert!(look.as_mut().poll(&mut context).is_pending());
        drop(question);
        assert!(look.as_mut().poll(&mut context).is_pending());
        drop(lent);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        assert!(runtime.block_on(look), "it was in use");
        assert!(!runtime.block_on(next_look(&output)));
    }

    #[test]
    fn the_words_have_reason_time_and_trouble() {
        let clock: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let waiting = Waiting::default();
        let waited = Duration::from_secs(7);
        assert_eq!(
            words(&waiting.look(), waited, clock, ""),
            "still working (7 s)"
        );
        let until = "2026-01-01T00:09:00Z".parse().unwrap();
        let _wait = waiting.for_user("the sign-in to acme", Some(until));
        waiting.begin(2, 3);
        waiting.trouble(Problem::new(ProblemKind::Service, "the portal failed"));
        assert_eq!(
            words(&waiting.look(), waited, clock, ", Ctrl-C stops"),
            "waiting for the sign-in to acme (2 of 3, 7 s, 9 min left, Ctrl-C stops); retrying: the portal failed"
        );
    }
}
