//! Limit on a listing's concurrent requests: it grows while the portal keeps up and shrinks when it
//! does not.

use std::time::Duration;

use tokio::time::Instant;

const START: f64 = 8.0;
const MAX_LIMIT: f64 = 32.0;
/// Latency above this multiple of the best one seen means that requests queue up over there.
const QUEUEING: f64 = 4.0;
/// Below this, latency is noise.
const NOISE: Duration = Duration::from_millis(20);

/// The limit of one listing.
#[derive(Debug)]
pub(super) struct Concurrency {
    limit: f64,
    /// Doubling each round until the first sign of trouble.
    young: bool,
    best: Option<Duration>,
    cut: Option<Instant>,
}

impl Concurrency {
    pub(super) fn new() -> Self {
        Self {
            limit: START,
            young: true,
            best: None,
            cut: None,
        }
    }

    /// The number of requests that may be in flight.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 32 by construction"
    )]
    pub(super) fn limit(&self) -> usize {
        self.limit as usize
    }

    /// A request was answered after `latency`.
    pub(super) fn answered(&mut self, latency: Duration) {
        let best = self.best.map_or(latency, |best| best.min(latency));
        self.best = Some(best);
        if latency > best.max(NOISE).mul_f64(QUEUEING) {
            self.young = false;
            return;
        }
        let step = if self.young { 1.0 } else { 1.0 / self.limit };
        self.limit = (self.limit + step).min(MAX_LIMIT);
    }

    /// A request sent at `sent` was refused for throttling, or met a failing service.
    pub(super) fn refused(&mut self, sent: Instant, now: Instant) {
        self.young = false;
        // Once a round: the others of the same round were sent under the old limit.
        if self.cut.is_none_or(|cut| sent > cut) {
            self.limit = (self.limit * 0.7).max(1.0);
            self.cut = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_fast_gives_way_once_a_round_and_comes_back() {
        let mut concurrency = Concurrency::new();
        for _ in 0..24 {
            concurrency.answered(Duration::from_millis(50));
        }
        assert_eq!(concurrency.limit(), 32);
        let now = Instant::now();
        for _ in 0..32 {
            concurrency.refused(now, now);
        }
        assert_eq!(concurrency.limit(), 22);
        for _ in 0..1000 {
            concurrency.answered(Duration::from_millis(50));
        }
        assert_eq!(concurrency.limit(), 32);
        for round in 1..40 {
            let now = now + Duration::from_secs(round);
            concurrency.refused(now, now);
        }
        assert_eq!(concurrency.limit(), 1);
    }

    #[test]
    fn a_portal_that_queues_is_not_pushed() {
        let mut concurrency = Concurrency::new();
        concurrency.answered(Duration::from_millis(40));
        let before = concurrency.limit();
        for _ in 0..100 {
            concurrency.answered(Duration::from_millis(400));
        }
        assert_eq!(concurrency.limit(), before);
    }
}
