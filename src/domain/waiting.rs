//! Waits: their reason, their progress, and the last failure in their way.
//!
//! `flow` and `aws` report into one [`Waiting`]; the caller that runs the work reads it with
//! [`Waiting::look`], shows it, and ends the work when [`ProgressTimeout`] is over. Nothing here knows a
//! clock or a terminal.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::locked::locked;
use super::text::CleanText;
use super::time::span;
use super::{Problem, ProblemKind};

/// The waits of one piece of work; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Waiting(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    progress: u64,
    last_id: u64,
    reasons: Vec<(u64, Reason)>,
    trouble: Option<Problem>,
    count: Option<(usize, usize)>,
}

/// The reason of one wait.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reason {
    text: CleanText,
    for_user: bool,
    until: Option<Timestamp>,
}

/// The waits at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Grows with each step forward.
    pub progress: u64,
    /// The reason of the newest wait, such as `the roles of acme: 3 of 120 accounts`.
    pub reason: Option<CleanText>,
    /// The newest wait is for the user, who may take as long as it has an end of its own.
    pub for_user: bool,
    /// The time at which the newest wait ends by itself (UTC).
    pub until: Option<Timestamp>,
    /// The last failure since the last step forward.
    pub trouble: Option<Problem>,
    /// Of several pieces of work, the number of the one under way (from 1), and how many there are.
    pub count: Option<(usize, usize)>,
}

impl Waiting {
    /// Starts a wait for a service or another process; it ends when the guard is dropped.
    #[must_use]
    pub fn start(&self, reason: impl AsRef<str>) -> Wait {
        self.add(Reason {
            text: CleanText::new(reason),
            for_user: false,
            until: None,
        })
    }

    /// Starts a wait for the user that ends by itself at `until` (UTC), where that is known.
    #[must_use]
    pub fn for_user(&self, reason: impl AsRef<str>, until: Option<Timestamp>) -> Wait {
        self.add(Reason {
            text: CleanText::new(reason),
            for_user: true,
            until,
        })
    }

    /// Reports a step forward.
    pub fn progress(&self) {
        let mut state = self.state();
        state.progress += 1;
        state.trouble = None;
    }

    /// Reports that piece `number` (from 1) of `all` begins.
    pub fn begin(&self, number: usize, all: usize) {
        self.state().count = Some((number, all));
    }

    /// Reports a failure that is retried.
    pub fn trouble(&self, problem: Problem) {
        self.state().trouble = Some(problem);
    }

    /// The waits as they are now.
    #[must_use]
    pub fn look(&self) -> Look {
        let state = self.state();
        let newest = state.reasons.last().map(|(_, reason)| reason.clone());
        Look {
            progress: state.progress,
            for_user: newest.as_ref().is_some_and(|reason| reason.for_user),
            until: newest.as_ref().and_then(|reason| reason.until),
            reason: newest.map(|reason| reason.text),
            trouble: state.trouble.clone(),
            count: state.count,
        }
    }

    fn add(&self, reason: Reason) -> Wait {
        let mut state = self.state();
        state.last_id += 1;
        let id = state.last_id;
        state.reasons.push((id, reason));
        Wait {
            waiting: self.clone(),
            id,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.0)
    }
}

/// A wait under way.
#[derive(Debug)]
pub struct Wait {
    waiting: Waiting,
    id: u64,
}

impl Wait {
    /// Rewords the reason, for example with other counts.
    pub fn update(&self, reason: impl AsRef<str>) {
        let mut state = self.waiting.state();
        if let Some((_, known)) = state.reasons.iter_mut().find(|(id, _)| *id == self.id) {
            known.text = CleanText::new(reason);
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut state = self.waiting.state();
        state.reasons.retain(|(id, _)| *id != self.id);
        // What was waited for is here, or is not wanted any more: a step forward either way.
        state.progress += 1;
    }
}

/// A timeout for work without progress.
#[derive(Debug)]
pub(crate) struct ProgressTimeout {
    limit: Duration,
    progress: u64,
    since: Instant,
}

impl ProgressTimeout {
    /// Starts counting at `now`.
    #[must_use]
    pub(crate) fn new(limit: Duration, now: Instant) -> Self {
        Self {
            limit,
            progress: 0,
            since: now,
        }
    }

    /// Starts counting again.
    pub(crate) fn restart(&mut self, now: Instant) {
        self.since = now;
    }

    /// The problem to end the work with, once it has made no step forward for too long. Time that a
    /// user takes does not count while everything works.
    pub(crate) fn check(&mut self, look: &Look, now: Instant) -> Option<Problem> {
        if look.progress != self.progress || (look.for_user && look.trouble.is_none()) {
            self.progress = look.progress;
            self.since = now;
        }
        let waited = now.saturating_duration_since(self.since);
        (waited >= self.limit).then(|| given_up(look, self.limit))
    }
}

fn given_up(look: &Look, limit: Duration) -> Problem {
    let seconds = i64::try_from(limit.as_secs()).unwrap_or(i64::MAX);
    let reason = look.reason.as_deref().unwrap_or("an answer");
    let title = format!(
        "timed out waiting for {reason}: no progress in {}",
        span(seconds)
    );
    let problem = match &look.trouble {
        Some(trouble) if trouble.kind.is_transient() => trouble.clone().causing(title),
        Some(trouble) => Problem::new(ProblemKind::Service, title).detail(trouble.to_string()),
        None => Problem::new(ProblemKind::Service, title),
    };
    match problem.hint {
        Some(_) => problem,
        None => problem.hint("try again later; patience_seconds in the settings gives more time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_mins(2);

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn steps_forward_start_the_count_again() {
        let (waiting, start) = (Waiting::default(), Instant::now());
        let mut progress = ProgressTimeout::new(LIMIT, start);
        let wait = waiting.start("the roles of acme");
        assert_eq!(progress.check(&waiting.look(), at(start, 119)), None);
        waiting.progress();
        assert_eq!(progress.check(&waiting.look(), at(start, 121)), None);
        waiting.trouble(Problem::new(ProblemKind::Throttled, "too many requests"));
        assert_eq!(progress.check(&waiting.look(), at(start, 240)), None);
        let problem = progress.check(&waiting.look(), at(start, 241)).unwrap();
        assert_eq!(problem.kind.exit_code(), 6);
        assert!(problem.title.contains("the roles of acme"), "{problem}");
        assert_eq!(problem.detail.as_deref(), Some("too many requests"));
        drop(wait);
        assert_eq!(waiting.look().reason, None);
    }

    #[test]
    fn a_user_may_take_their_time_while_the_service_is_well() {
        let (waiting, start) = (Waiting::default(), Instant::now());
        let mut progress = ProgressTimeout::new(LIMIT, start);
        let _wait = waiting.for_user("the sign-in", None);
        assert_eq!(progress.check(&waiting.look(), at(start, 500)), None);
        waiting.trouble(Problem::new(ProblemKind::Service, "HTTP 500"));
        assert_eq!(progress.check(&waiting.look(), at(start, 619)), None);
        assert!(progress.check(&waiting.look(), at(start, 620)).is_some());
    }

    #[test]
    fn the_newest_wait_is_told_and_can_be_reworded() {
        let waiting = Waiting::default();
        let outer = waiting.start("a");
        let inner = waiting.start("b");
        inner.update("b\u{1b}[31m: 2 of 3");
        assert_eq!(waiting.look().reason.as_deref(), Some("b[31m: 2 of 3"));
        drop(outer);
        assert_eq!(waiting.look().reason.as_deref(), Some("b[31m: 2 of 3"));
    }
}
