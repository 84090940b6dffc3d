//! One token bucket per portal: every request to it takes a token first, retries included (docs/requirements.md#portal-quota).
//!
//! The quota belongs to the whole organization, so the rate also gives way: a refusal for
//! throttling empties the bucket, and repeated ones lower the rate, which recovers gradually.

use std::sync::{Arc, Mutex};

use tokio::time::{Duration, Instant};

use crate::domain::locked::locked;

/// The published quota, which also holds where the user wants no limit but the service does.
const PUBLISHED: f64 = 20.0;
/// A refusal this soon after the last one means that others use the quota too.
const AGAIN_WITHIN: Duration = Duration::from_secs(2);
/// The lowest factor to which the rate falls.
const MIN_FACTOR: f64 = 0.05;
/// The share of the rate that is restored per second without a refusal.
const RECOVERY: f64 = 0.05;

/// The bucket of one portal; clones share it.
#[derive(Clone, Debug)]
pub struct Bucket(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Waiters queue here in order; a dropped one leaves the queue.
    line: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

impl Bucket {
    /// A full bucket: `per_second` at once, then `per_second` each second; `0` is no limit.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        Self(Arc::new(Shared {
            line: tokio::sync::Mutex::new(()),
            state: Mutex::new(State::new(f64::from(per_second), Instant::now())),
        }))
    }

    /// Waits for a token and takes it.
    pub async fn take(&self) {
        let _turn = self.0.line.lock().await;
        loop {
            let wait = self.state(|state| state.take(Instant::now()));
            match wait {
                None => return,
                // The state is looked at again: a refusal may have come meanwhile.
                Some(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// The service refused a request that was sent at `sent` for throttling.
    pub(super) fn refused(&self, sent: Instant) {
        self.state(|state| state.refused(sent, Instant::now()));
    }

    fn state<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut locked(&self.0.state))
    }
}

#[derive(Debug)]
struct State {
    /// Tokens per second while no request is throttled; 0 is no limit.
    rate: f64,
    /// The part of the rate that is used now.
    factor: f64,
    tokens: f64,
    /// The time at which `tokens` and `factor` were computed.
    at: Instant,
    taken: Option<Instant>,
    refused: Option<Instant>,
}

impl State {
    fn new(rate: f64, now: Instant) -> Self {
        Self {
            rate,
            factor: 1.0,
            tokens: rate,
            at: now,
            taken: None,
            refused: None,
        }
    }

    /// Takes a token, or says how long to wait before trying again.
    fn take(&mut self, now: Instant) -> Option<Duration> {
        if self.rate <= 0.0 {
            return None;
        }
        self.fill(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            self.taken = Some(now);
            return None;
        }
        let seconds = (1.0 - self.tokens) / (self.rate * self.factor);
        // A hair more, so that rounding does not wake us just before the token is there.
        Some(Duration::from_secs_f64(seconds) + Duration::from_micros(50))
    }

    /// The whole burst is there at the start and after a second without a request. While requests
    /// flow, only a little is saved up for a late timer, so that the rate is never exceeded.
    fn fill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        if self.refused.is_some() {
            self.factor = (self.factor + RECOVERY * elapsed).min(1.0);
        }
        let idle = self
            .taken
            .is_none_or(|taken| now.saturating_duration_since(taken) >= Duration::from_secs(1));
        let most = if idle && self.factor >= 1.0 {
            self.rate
        } else {
            (self.rate / 10.0).max(1.0)
        };
        if self.tokens < most {
            self.tokens = (self.tokens + elapsed * self.rate * self.factor).min(most);
        }
    }

    fn refused(&mut self, sent: Instant, now: Instant) {
        // Requests that were under way when the last refusal came say nothing new.
        if self.refused.is_some_and(|last| sent <= last) {
            return;
        }
        if self.rate <= 0.0 {
            self.rate = PUBLISHED;
            self.at = now;
        }
        self.fill(now);
        if self
            .refused
            .is_some_and(|last| now.saturating_duration_since(last) < AGAIN_WITHIN)
        {
            self.factor = (self.factor * 0.7).max(MIN_FACTOR);
        }
        // Below zero: the service's bucket gets a lead over ours, which absorbs the network's jitter.
        self.tokens = self.tokens.min(-1.0);
        self.taken = Some(now);
        self.refused = Some(now);
        tracing::info!(
            factor = self.factor,
            "the portal is throttling; slowing down"
        );
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// The times at which permanently wanted requests go out, in milliseconds.
    fn run(state: &mut State, start: Instant, from: u64, until: u64) -> Vec<u64> {
        let mut sent = Vec::new();
        let mut at = start + Duration::from_millis(from);
        let end = start + Duration::from_millis(until);
        while at < end {
            match state.take(at) {
                None => sent.push(u64::try_from((at - start).as_millis()).unwrap()),
                Some(wait) => at += wait,
            }
        }
        sent
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        let start = Instant::now();
        let mut state = State::new(20.0, start);
        let sent = run(&mut state, start, 0, 10_000);
        assert_eq!(sent.iter().filter(|at| **at == 0).count(), 20);
        assert!((218..=220).contains(&sent.len()), "{}", sent.len());
        // After the burst no second has more than the rate.
        for (index, at) in sent.iter().enumerate().skip(20) {
            let window = sent[index..].iter().take_while(|t| **t < at + 1000).count();
            assert!(window <= 20, "{window} from {at}");
        }
    }

    #[test]
    fn a_late_timer_is_made_up_for_but_a_pause_is_no_new_burst() {
        let start = Instant::now();
        let mut state = State::new(20.0, start);
        run(&mut state, start, 0, 1_000);
        let sent = run(&mut state, start, 1_900, 2_000);
        assert!(sent.len() <= 4, "{sent:?}");
        // A second of rest is.
        let sent = run(&mut state, start, 4_000, 4_001);
        assert_eq!(sent.len(), 20);
    }

    #[test]
    fn one_refusal_costs_a_moment_many_lower_the_rate_which_recovers() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut state = State::new(20.0, start);
        run(&mut state, start, 0, 1_000);
        state.refused(at(1_000), at(1_000));
        // The same round again: nothing more.
        state.refused(at(990), at(1_001));
        assert!((state.factor - 1.0).abs() < f64::EPSILON);
        let sent = run(&mut state, start, 1_001, 2_001);
        assert!((17..=19).contains(&sent.len()), "{}", sent.len());
        for second in 2..12 {
            state.refused(at(second * 1000), at(second * 1000));
        }
        let slow = run(&mut state, start, 12_000, 13_000).len();
        assert!(slow <= 8, "{slow}");
        let again = run(&mut state, start, 40_000, 41_000).len();
        assert!(again >= 18, "{again}");
    }

    #[test]
    fn no_limit_until_the_service_says_otherwise() {
        let start = Instant::now();
        let mut state = State::new(0.0, start);
        assert!((0..10_000).all(|_| state.take(start).is_none()));
        state.refused(start, start);
        let sent = run(&mut state, start, 0, 1_000);
        assert!((15..=20).contains(&sent.len()), "{}", sent.len());
    }

    #[test]
    fn the_line_is_kept_and_can_be_left() {
        super::super::testing::block_on(async {
            let bucket = Bucket::new(5);
            let begin = Instant::now();
            for _ in 0..5 {
                bucket.take().await;
            }
            // A waiter that gives up takes nothing with it.
            let _ = bucket.take().now_or_never();
            bucket.take().await;
            bucket.take().await;
            let took = begin.elapsed();
            assert!(took >= Duration::from_millis(390), "{took:?}");
        });
    }
}
