//! Short-term AWS credentials and how fresh they are.

use jiff::Timestamp;

use super::secret::Secret;
use super::time::seconds_left;

/// Below this many seconds the SDKs refresh, and so do we (docs/requirements.md#complete-token-files, docs/protocols.md#credential-process).
pub(crate) const SOON_SECONDS: i64 = 15 * 60;

/// The end of credentials that have none: a user's own keys, and what a process gives without one.
pub(crate) const NEVER: Timestamp = Timestamp::MAX;

/// One set of credentials, short-term but for a user's own keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// `ASIA…`; an identifier, not a secret, yet never shown.
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: Secret,
    /// The session token; empty for a user's own keys.
    pub session_token: Secret,
    /// Their expiry (UTC); [`NEVER`] if they have none, or it is unknown.
    pub expires_at: Timestamp,
    /// The time they were obtained (UTC, by the clock of this machine), where that is known.
    pub obtained_at: Option<Timestamp>,
}

/// The time for which credentials were granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Their expiry (UTC).
    pub expires_at: Timestamp,
    /// The time they were obtained (UTC), where that is known.
    pub obtained_at: Option<Timestamp>,
}

impl Credentials {
    /// Seconds before their end from which on they are renewed: fifteen minutes, as the SDKs have it,
    /// but a quarter of their life at most, so that those of fifteen minutes or less do not need
    /// renewing from their first second on.
    ///
    /// botocore does run a `credential_process` again for every request while fifteen minutes or less
    /// are left; it then gets the stored ones.
    #[must_use]
    pub fn renewal_window(&self) -> i64 {
        let life = self
            .obtained_at
            .map(|at| seconds_left(at, self.expires_at).max(0));
        life.map_or(SOON_SECONDS, |life| SOON_SECONDS.min(life / 4))
    }

    /// `true` until their renewal window begins.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        seconds_left(now, self.expires_at) > self.renewal_window()
    }

    /// True while at least a second is left.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        seconds_left(now, self.expires_at) > 0
    }
}

impl Credentials {
    /// The time for which they were granted.
    #[must_use]
    pub fn validity(&self) -> Validity {
        Validity {
            expires_at: self.expires_at,
            obtained_at: self.obtained_at,
        }
    }

    /// Their expiry (UTC), if they have one.
    #[must_use]
    pub fn ends(&self) -> Option<Timestamp> {
        (self.expires_at != NEVER).then_some(self.expires_at)
    }

    /// `true` if they can be written anywhere: into a header, a variable or a file.
    #[must_use]
    pub(crate) fn are_plain_text(&self) -> bool {
        self.access_key_id.chars().all(|c| c.is_ascii_graphic())
            && self.secret_access_key.is_ascii_graphic()
            && self.session_token.is_ascii_graphic()
    }

    /// `true` for an IAM user's access keys, which have no session.
    #[must_use]
    pub fn is_long_term(&self) -> bool {
        self.session_token.is_empty()
    }
}

/// The state of credentials by remaining lifetime: the `state` of `--json`, and a row's glyph and style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Freshness {
    /// No credentials were obtained yet.
    None,
    /// More than fifteen minutes are left.
    Fresh,
    /// Fifteen minutes or less are left.
    Soon,
    /// Expired.
    Expired,
}

impl Freshness {
    /// The freshness of something that ends at `expires_at`, seen at `now`.
    ///
    /// Credentials that never lived longer than the window (a simulator's, a chained role's) are
    /// `Soon` from the start: other tools treat them so too.
    #[must_use]
    pub(crate) fn at(expires_at: Option<Timestamp>, now: Timestamp) -> Self {
        match expires_at.map(|at| seconds_left(now, at)) {
            None => Self::None,
            Some(..=0) => Self::Expired,
            Some(1..=SOON_SECONDS) => Self::Soon,
            Some(_) => Self::Fresh,
        }
    }

    /// The word of `--json`.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
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
        assert_eq!(Freshness::at(None, now), Freshness::None);
        assert_eq!(Freshness::at(at(901), now), Freshness::Fresh);
        assert_eq!(Freshness::at(at(900), now), Freshness::Soon);
        assert_eq!(Freshness::at(at(1), now), Freshness::Soon);
        assert_eq!(Freshness::at(at(0), now), Freshness::Expired);
    }

    #[test]
    fn the_renewal_window_is_a_quarter_of_a_short_life() {
        let at = |second: i64| Timestamp::from_second(1_000_000 + second).unwrap();
        let of = |life: i64, is_known: bool| Credentials {
            access_key_id: String::new(),
            secret_access_key: Secret::from(""),
            session_token: Secret::from(""),
            expires_at: at(life),
            obtained_at: is_known.then(|| at(0)),
        };
        for (life, window) in [(43_200, 900), (3_600, 900), (900, 225), (60, 15), (-60, 0)] {
            assert_eq!(of(life, true).renewal_window(), window, "{life}");
        }
        assert_eq!(of(900, false).renewal_window(), 900);
        let short = of(900, true);
        assert!(short.is_fresh(at(0)) && short.is_fresh(at(674)) && !short.is_fresh(at(675)));
        assert!(short.is_alive(at(899)) && !short.is_alive(at(900)));
    }
}
