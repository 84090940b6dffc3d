//! Retries of failed calls, after delays that are jittered, exponential and bounded.

use std::time::Duration;

use crate::config::random;

use crate::domain::Problem;
use crate::domain::waiting::Waiting;

/// Attempts of a call that a user waits for.
pub(super) const MAX_ATTEMPTS: u32 = 3;

/// The next attempt of a call that failed.
pub(super) struct Retry {
    /// The time until then.
    pub(super) pause: Duration,
    /// The failure, for the user who waits.
    pub(super) problem: Problem,
}

impl Retry {
    /// The next attempt after this many failures in a row.
    pub(super) fn after(failures: u32, error: impl Into<Problem>) -> Self {
        Self {
            pause: backoff(failures),
            problem: error.into(),
        }
    }
}

/// Repeats a call until it succeeds, or until `retry` says of a failure that it is final. `retry` gets
/// the failure and the number of failures so far.
pub(super) async fn with_retries<T, E>(
    waiting: &Waiting,
    attempt: impl AsyncFn() -> Result<T, E>,
    mut retry: impl FnMut(&E, u32) -> Option<Retry>,
) -> Result<T, E> {
    let mut failures = 0;
    loop {
        let error = match attempt().await {
            Ok(value) => {
                waiting.progress();
                return Ok(value);
            }
            Err(error) => error,
        };
        failures += 1;
        let Some(next) = retry(&error, failures) else {
            return Err(error);
        };
        tracing::info!(error = %next.problem, failures, "retrying");
        waiting.trouble(next.problem);
        tokio::time::sleep(next.pause).await;
    }
}

/// The wait after the `failures`th failure in a row (counted from one): 0.2 s doubling up to 5 s,
/// of which between a half and all is taken, so that many waiters do not come back together.
pub(super) fn backoff(failures: u32) -> Duration {
    let whole = Duration::from_millis(200)
        .saturating_mul(1 << failures.saturating_sub(1).min(8))
        .min(Duration::from_secs(5));
    whole.mul_f64(0.5 + random::ratio() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_and_is_bounded() {
        for _ in 0..50 {
            assert!(
                (Duration::from_millis(100)..=Duration::from_millis(200)).contains(&backoff(1))
            );
            assert!(
                (Duration::from_millis(400)..=Duration::from_millis(800)).contains(&backoff(3))
            );
            assert!(backoff(u32::MAX) <= Duration::from_secs(5));
        }
    }
}
