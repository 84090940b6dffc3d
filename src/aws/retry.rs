//! Retry delays: jittered, exponential, bounded.

use std::time::Duration;

use rand::Rng as _;

/// Attempts of one call before a failure that is not throttling is final.
pub(super) const ATTEMPTS: u32 = 6;

/// The wait after the `failures`th failure in a row (counted from one): 0.2 s doubling up to 5 s,
/// of which between a half and all is taken, so that many waiters do not come back together.
pub(super) fn backoff(failures: u32) -> Duration {
    let whole = Duration::from_millis(200)
        .saturating_mul(1 << failures.saturating_sub(1).min(8))
        .min(Duration::from_secs(5));
    whole.mul_f64(rand::rng().random_range(0.5..=1.0))
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
