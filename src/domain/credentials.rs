//! Short-term AWS credentials and how fresh they are.

use jiff::Timestamp;

use super::secret::Secret;
use super::time::seconds_left;

/// Below this many seconds the SDKs refresh, and so do we (C4, WIRE.md §7).
pub const SOON_SECONDS: i64 = 15 * 60;

/// One set of short-term credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// `ASIA…`; an identifier, not a secret, yet never shown.
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: Secret,
    /// The session token.
    pub session_token: Secret,
    /// When they end (UTC).
    pub expires_at: Timestamp,
}

/// How much is left of credentials: the `state` of `--json`, and a row's glyph and style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// No credentials were obtained yet.
    None,
    /// More than fifteen minutes are left.
    Fresh,
    /// Fifteen minutes or less are left.
    Soon,
    /// Over.
    Expired,
}

impl Freshness {
    /// The freshness of something that ends at `expires_at`, seen at `now`.
    ///
    /// Credentials that never lived longer than the window (a simulator's, a chained role's) are
    /// `Soon` from the start: other tools treat them so too.
    #[must_use]
    pub fn of(expires_at: Option<Timestamp>, now: Timestamp) -> Self {
        match expires_at.map(|at| seconds_left(now, at)) {
            None => Self::None,
            Some(..=0) => Self::Expired,
            Some(1..=SOON_SECONDS) => Self::Soon,
            Some(_) => Self::Fresh,
        }
    }

    /// The word of `--json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Fresh => "fresh",
            Self::Soon => "soon",
            Self::Expired => "expired",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_borders() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let at = |seconds: i64| Some(Timestamp::from_second(1_000_000 + seconds).unwrap());
        assert_eq!(Freshness::of(None, now), Freshness::None);
        assert_eq!(Freshness::of(at(901), now), Freshness::Fresh);
        assert_eq!(Freshness::of(at(900), now), Freshness::Soon);
        assert_eq!(Freshness::of(at(1), now), Freshness::Soon);
        assert_eq!(Freshness::of(at(0), now), Freshness::Expired);
    }
}
