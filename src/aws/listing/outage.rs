//! Distinguishes an outage from a single failed request: an outage is a failure of the listing, a
//! failed request one of its account.

use tokio::time::{Duration, Instant};

use crate::aws::retry::backoff;

/// The number of requests in a row without an answer that count as an outage.
const ROW: u32 = 3;
/// The longest outage that a listing waits for.
const OUTAGE_TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug, Default)]
pub(super) struct Outage {
    row: u32,
    since: Option<Instant>,
    pause: Option<Instant>,
}

impl Outage {
    /// A request sent at `sent` got no answer. True: that has been so for long enough.
    pub(super) fn failed(&mut self, sent: Instant) -> bool {
        self.row += 1;
        let since = *self.since.get_or_insert(sent);
        let now = Instant::now();
        if self.is_total() {
            self.pause = Some(now + backoff(self.row - ROW + 1));
        }
        self.is_total() && now.saturating_duration_since(since) >= OUTAGE_TIMEOUT
    }

    /// Records an answer.
    pub(super) fn over(&mut self) {
        *self = Self::default();
    }

    pub(super) fn is_total(&self) -> bool {
        self.row >= ROW
    }

    /// During an outage one request at a time finds out whether it is over.
    pub(super) fn limit(&self, limit: usize) -> usize {
        if self.is_total() { 1 } else { limit }
    }

    pub(super) fn pause_until(&self) -> Option<Instant> {
        self.pause
    }

    pub(super) fn paused(&mut self) {
        self.pause = None;
    }
}
