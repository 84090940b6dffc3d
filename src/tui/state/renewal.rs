//! When static profiles are renewed: nothing but an open switcher does that.

use jiff::Timestamp;

use crate::domain::profile::{ManagedProfile, Mode};

/// Static keys are renewed when no more than this time is left (seconds).
const RENEW_SECONDS: i64 = 600;
/// The time between two tries to renew a profile (seconds).
const RENEW_AGAIN_SECONDS: i64 = 240;

/// The last try to renew a static profile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Renewal {
    /// Its time (UTC).
    pub(crate) tried_at: Timestamp,
    /// The user knows that it failed.
    pub(crate) told: bool,
}

/// The time at which a profile is renewed (UTC), if it is static: before it expires, or a while after a try that failed.
/// A time in the future is none of a try: the clock was set back.
pub(super) fn due(
    profile: &ManagedProfile,
    tried: Option<&Renewal>,
    now: Timestamp,
) -> Option<Timestamp> {
    let expires_at = profile
        .expires_at
        .filter(|_| profile.mode == Mode::Static)?;
    let after = |at: Timestamp, seconds| Timestamp::from_second(at.as_second() + seconds).ok();
    let due = after(expires_at, -RENEW_SECONDS)?;
    match tried.filter(|renewal| renewal.tried_at <= now) {
        Some(tried) => Some(due.max(after(tried.tried_at, RENEW_AGAIN_SECONDS)?)),
        None => Some(due),
    }
}
