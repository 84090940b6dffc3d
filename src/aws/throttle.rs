//! One token bucket per portal: never above the quota that a whole organization shares (P2).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// We stay this much below the quota: requests that leave evenly do not arrive evenly.
const MARGIN: f64 = 1.01;

/// What a request too many takes from the rate, and a good answer gives back.
const BACK_OFF: f64 = 0.8;
const RECOVER: f64 = 0.01;
const SLOWEST: f64 = 0.2;

/// A token bucket; clones share it. It is filled at a steady rate and holds one second's worth.
#[derive(Clone, Debug)]
pub struct Bucket {
    state: Option<Arc<Mutex<State>>>,
}

#[derive(Debug)]
struct State {
    /// Time between two requests at full rate.
    interval: Duration,
    /// How many may go at once after a rest.
    burst: u32,
    /// When the next request would leave if all left evenly: the "theoretical arrival time" of the
    /// generic cell rate algorithm.
    due: Option<Instant>,
    /// The share of the rate that is used; below one after requests too many.
    share: f64,
}

impl Bucket {
    /// A bucket of so many requests a second; `0` is no limit.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        let state = (per_second > 0).then(|| {
            Arc::new(Mutex::new(State {
                interval: Duration::from_secs_f64(MARGIN / f64::from(per_second)),
                burst: per_second.saturating_sub(1).max(1),
                due: None,
                share: 1.0,
            }))
        });
        Self { state }
    }

    /// Waits for a turn. Turns are given in the order of asking.
    pub async fn take(&self) {
        if let Some(at) = self.reserve(Instant::now()) {
            sleep_until(at).await;
        }
    }

    /// When the next request may leave; `None` is now.
    fn reserve(&self, now: Instant) -> Option<Instant> {
        let mut state = self
            .state
            .as_ref()?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let interval = state.interval.div_f64(state.share);
        let due = state.due.map_or(now, |due| due.max(now));
        state.due = Some(due + interval);
        // After a back-off nothing goes at once.
        let burst = if state.share < 1.0 { 1 } else { state.burst };
        let allowed = due.checked_sub(interval * (burst - 1)).unwrap_or(now);
        (allowed > now).then_some(allowed)
    }

    /// The service had one request too many: everybody who shares the bucket goes slower for a while.
    pub fn slow_down(&self) {
        self.with(|state| state.share = (state.share * BACK_OFF).max(SLOWEST));
    }

    /// The service was content.
    pub fn went_well(&self) {
        self.with(|state| state.share = (state.share + RECOVER).min(1.0));
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        if let Some(state) = &self.state {
            change(&mut state.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times (milliseconds after the first) at which `count` requests leave that ask at once.
    fn departures(bucket: &Bucket, start: Instant, count: usize) -> Vec<u128> {
        (0..count)
            .map(|_| {
                bucket
                    .reserve(start)
                    .map_or(0, |at| (at - start).as_millis())
            })
            .collect()
    }

    #[test]
    fn a_burst_and_then_evenly_below_the_quota() {
        let bucket = Bucket::new(20);
        let times = departures(&bucket, Instant::now(), 220);
        assert!(times[..19].iter().all(|at| *at == 0));
        for (first, window) in times.windows(21).enumerate().skip(19) {
            assert!(
                window[20] - window[0] >= 1_000,
                "21 requests within a second from {first}"
            );
        }
        // 201 requests after the burst take ten seconds and the margin.
        assert!((10_000..10_400).contains(&times[219]), "{}", times[219]);
    }

    #[test]
    fn no_limit_never_waits() {
        assert!(
            departures(&Bucket::new(0), Instant::now(), 1_000)
                .iter()
                .all(|at| *at == 0)
        );
    }

    #[test]
    fn slower_after_a_request_too_many_and_back_again() {
        let bucket = Bucket::new(20);
        let start = Instant::now();
        departures(&bucket, start, 40);
        bucket.slow_down();
        let times = departures(&bucket, start, 2);
        assert!(times[1] - times[0] > 60, "{times:?}");
        (0..30).for_each(|_| bucket.went_well());
        let times = departures(&bucket, start, 2);
        assert!(times[1] - times[0] < 52, "{times:?}");
    }
}
