//! Waits of the use cases: where they are reported, and how long they may go on without progress.

use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;

use super::Flow;
use crate::domain::waiting::{ProgressTimeout, Waiting};
use crate::domain::{Problem, ProblemKind};

/// Default timeout without progress (seconds).
const DEFAULT_PROGRESS_SECONDS: u32 = 120;

/// The time between two checks.
const CHECK_EVERY: Duration = Duration::from_millis(500);

impl Flow {
    /// The waits of everything that this value runs.
    #[must_use]
    pub fn waiting(&self) -> &Waiting {
        &self.waiting
    }

    /// The same use cases, with waits of their own: for one of several pieces of work at once.
    #[must_use]
    pub fn with_own_waits(&self) -> Self {
        Self {
            waiting: Waiting::default(),
            ..self.clone()
        }
    }

    /// The timeout without progress: the setting `patience_seconds`.
    #[must_use]
    pub fn progress_timeout(&self) -> Duration {
        let seconds = self.settings().patience_seconds;
        Duration::from_secs(u64::from(
            seconds.unwrap_or(DEFAULT_PROGRESS_SECONDS).max(1),
        ))
    }

    /// The timeout of a part whose failure must not end the rest: `most`, or less where the work ends earlier.
    pub(super) fn part_timeout(&self, most: Duration) -> Duration {
        most.min(self.progress_timeout() / 2)
    }

    /// Runs the part of some work that asks a service, for `most` at most: there is something else to do then.
    ///
    /// # Errors
    /// Those of the part; a transient problem when it was ended.
    pub(super) async fn ask<T>(
        &self,
        whom: &str,
        most: Duration,
        part: LocalBoxFuture<'_, Result<T, Problem>>,
    ) -> Result<T, Problem> {
        match tokio::time::timeout(most, part).await {
            Ok(result) => result,
            Err(_) => {
                let title = format!("{whom} did not answer in time");
                Err(Problem::new(ProblemKind::Offline, title))
            }
        }
    }

    /// Runs work, and ends it when it makes no progress for too long.
    ///
    /// # Errors
    /// Those of the work; a transient problem when it was ended.
    pub async fn bounded<T>(
        &self,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let mut work = std::pin::pin!(work);
        let mut progress = ProgressTimeout::new(self.progress_timeout(), Instant::now());
        loop {
            tokio::select! {
                biased;
                result = &mut work => return result,
                () = tokio::time::sleep(CHECK_EVERY) => {
                    if let Some(problem) = progress.check(&self.waiting.look(), Instant::now()) {
                        return Err(problem);
                    }
                }
            }
        }
    }
}
