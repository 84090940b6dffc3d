//! The clock: one of the two seams of the program (the other is the endpoint URLs, docs/architecture.md#two-seams).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// The current time, in UTC.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that a test sets: milliseconds since the epoch.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stays at `at` until it is moved.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.as_millisecond())))
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place that reads the clock (docs/architecture.md#ambient-state)"
            )]
            Self::System => Timestamp::now(),
            Self::Manual(millis) => Timestamp::from_millisecond(millis.load(Ordering::SeqCst))
                .unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }

    /// Moves a manual clock by so many seconds; the machine's clock is not ours to move.
    pub fn advance(&self, seconds: i64) {
        if let Self::Manual(millis) = self {
            millis.fetch_add(seconds * 1000, Ordering::SeqCst);
        }
    }
}
