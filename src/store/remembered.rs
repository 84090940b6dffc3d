//! Remembered results that save later requests: session durations that STS refused, portals whose own
//! interface refuses us, hosts that the capture browser was signed in to. No secrets. A file that
//! cannot be understood is as good as none.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::json::hex;
use super::lock::{Lock, lock_file};
use super::{Error, private_file, read_if_there};
use crate::config::Dirs;
use crate::domain::time::seconds_left;
use crate::domain::{EntryId, Kind, Secret};

const LOCK_WAIT: Duration = Duration::from_secs(5);

/// A session length that STS refused is asked for again after this time (seconds): the role may
/// allow more by then.
const TOO_LONG_SECONDS: i64 = 7 * 86_400;

/// A portal's refusals are forgotten after this time (seconds).
const REFUSAL_SECONDS: i64 = 86_400;

/// Refusals in a row before a portal's own interface is no longer asked.
const MIN_REFUSALS: u32 = 3;

/// A session length that STS refused for a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct TooLong {
    /// The shortest that was refused.
    seconds: u32,
    /// The time (UTC).
    at: Timestamp,
}

/// The one renewal in the background of credentials that end soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Renewal {
    /// The expiry of the credentials that were to be renewed (UTC): each set is tried once.
    expires_at: Timestamp,
    /// The cause, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

/// Refusals of a portal's own interface, without a success in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Refusals {
    count: u32,
    /// The last one (UTC).
    at: Timestamp,
}

impl Refusals {
    fn are_recent(&self, now: Timestamp) -> bool {
        is_within(REFUSAL_SECONDS, self.at, now)
    }
}

/// False as well for a time ahead of `now`: the clock was set back.
fn is_within(seconds: i64, at: Timestamp, now: Timestamp) -> bool {
    (0..seconds).contains(&seconds_left(at, now))
}

/// All remembered facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Remembered {
    /// Session lengths that STS refused, by entry id.
    too_long: BTreeMap<String, TooLong>,
    /// Refusals of a portal's own interface, by the portal's name.
    refusals: BTreeMap<String, Refusals>,
    /// Renewals in the background, by entry id.
    renewals: BTreeMap<String, Renewal>,
    /// Hosts at which a capture in the browser's window succeeded.
    signed_in: BTreeMap<String, Timestamp>,
    /// Sign-ins that have ended before their date: the SHA-256 of the access token, by the portal's name.
    ended: BTreeMap<String, String>,
}

impl Remembered {
    /// The remembered facts.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub(crate) fn load(dirs: &Dirs) -> Result<Self, Error> {
        let bytes = read_if_there(dirs.owners(), &path(dirs))?;
        Ok(bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    /// Changes the remembered facts, under a lock.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub(crate) fn change(dirs: &Dirs, change: impl FnOnce(&mut Self)) -> Result<(), Error> {
        let _lock = Lock::acquire(dirs.owners(), &lock_file(dirs, b"remembered"), LOCK_WAIT)?;
        let before = Self::load(dirs)?;
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(());
        }
        let path = path(dirs);
        let bytes = serde_json::to_vec(&after)
            .map_err(|error| Error::io("write", &path)(io::Error::other(error)))?;
        private_file::write(dirs.owners(), &path, &bytes)
    }

    /// The shortest session (seconds) that STS refused for a role within the last week.
    #[must_use]
    pub(crate) fn too_long(&self, id: &EntryId, now: Timestamp) -> Option<u32> {
        let known = self.too_long.get(&id.to_string())?;
        is_within(TOO_LONG_SECONDS, known.at, now).then_some(known.seconds)
    }

    /// Remembers a session length (seconds) that STS refused for a role.
    pub(crate) fn add_too_long(&mut self, id: &EntryId, seconds: u32, now: Timestamp) {
        let known = self.too_long(id, now).unwrap_or(u32::MAX);
        let seconds = seconds.min(known);
        self.too_long
            .insert(id.to_string(), TooLong { seconds, at: now });
    }

    /// Forgets the refused session lengths of an app's roles.
    pub(crate) fn forget_too_long(&mut self, app: &str) {
        self.too_long.retain(|id, _| {
            id.parse()
                .is_ok_and(|id: EntryId| id.kind != Kind::External || *id.source != *app)
        });
    }

    /// True when these credentials of an entry were to be renewed in the background already.
    #[must_use]
    pub(crate) fn is_renewal_claimed(&self, id: &EntryId, expires_at: Timestamp) -> bool {
        let known = self.renewals.get(&id.to_string());
        known.is_some_and(|it| it.expires_at == expires_at)
    }

    /// Claims the one renewal in the background of an entry's credentials that end at `expires_at`.
    /// Returns false if another process has claimed it before.
    pub(crate) fn claim_renewal(
        &mut self,
        id: &EntryId,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> bool {
        if self.is_renewal_claimed(id, expires_at) {
            return false;
        }
        self.renewals.retain(|_, it| it.expires_at > now);
        let failure = None;
        let renewal = Renewal {
            expires_at,
            failure,
        };
        self.renewals.insert(id.to_string(), renewal);
        true
    }

    /// Remembers why a renewal in the background failed.
    pub(crate) fn set_renewal_failure(&mut self, id: &EntryId, failure: &str) {
        if let Some(renewal) = self.renewals.get_mut(&id.to_string()) {
            renewal.failure = Some(failure.to_owned());
        }
    }

    /// The cause for which the last renewal in the background failed.
    #[must_use]
    pub(crate) fn renewal_failure(&self, id: &EntryId) -> Option<&str> {
        self.renewals.get(&id.to_string())?.failure.as_deref()
    }

    /// Forgets all renewals in the background: a sign-in may let them succeed.
    pub(crate) fn forget_renewals(&mut self) {
        self.renewals.clear();
    }

    /// True when a portal's own interface has refused clearly and repeatedly within the last day:
    /// asking it again would only cost time.
    #[must_use]
    pub(crate) fn is_refused(&self, portal: &str, now: Timestamp) -> bool {
        let refusals = self.refusals.get(portal);
        refusals.is_some_and(|it| it.count >= MIN_REFUSALS && it.are_recent(now))
    }

    /// Counts a clear refusal of a portal's own interface.
    pub(crate) fn add_refusal(&mut self, portal: &str, now: Timestamp) {
        let known = self.refusals.get(portal).filter(|it| it.are_recent(now));
        let count = known.map_or(0, |it| it.count).saturating_add(1);
        let refusals = Refusals { count, at: now };
        self.refusals.insert(portal.to_owned(), refusals);
    }

    /// Forgets the refusals of a portal.
    pub(crate) fn forget_refusals(&mut self, portal: &str) {
        self.refusals.remove(portal);
    }

    /// Forgets the refusals of every portal. Returns false when there were none.
    pub(crate) fn forget_all_refusals(&mut self) -> bool {
        !std::mem::take(&mut self.refusals).is_empty()
    }

    /// True if the sign-in with this access token is known to have ended.
    #[must_use]
    pub(crate) fn is_ended(&self, portal: &str, token: &Secret) -> bool {
        self.ended
            .get(portal)
            .is_some_and(|it| *it == digest(token))
    }

    /// Remembers that the sign-in with this access token has ended. A new one has another token.
    pub(crate) fn set_ended(&mut self, portal: &str, token: &Secret) {
        self.ended.insert(portal.to_owned(), digest(token));
    }

    /// True if the capture browser has been signed in to a host.
    #[must_use]
    pub(crate) fn was_signed_in(&self, host: &str) -> bool {
        self.signed_in.contains_key(host)
    }

    /// Remembers a capture in a window.
    pub(crate) fn set_signed_in(&mut self, host: &str, at: Timestamp) {
        self.signed_in.insert(host.to_owned(), at);
    }

    /// Forgets every sign-in of the capture browser.
    pub(crate) fn forget_sign_ins(&mut self) {
        self.signed_in.clear();
    }
}

fn digest(token: &Secret) -> String {
    hex(&Sha256::digest(token.expose()))
}

/// The file has the name that earlier versions gave it.
fn path(dirs: &Dirs) -> PathBuf {
    dirs.state.join("learnt.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_stays() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        let id: EntryId = "ext:a/111111111111/R".parse().unwrap();
        let now = Timestamp::from_second(1_000_000_000).unwrap();
        Remembered::change(&dirs, |remembered| {
            remembered.add_too_long(&id, 7_200, now);
            remembered.set_signed_in("x.y", now);
        })
        .unwrap();
        let remembered = Remembered::load(&dirs).unwrap();
        assert_eq!(remembered.too_long(&id, now), Some(7_200));
        assert!(remembered.was_signed_in("x.y"));
        private_file::write(dirs.owners(), &path(&dirs), b"{").unwrap();
        assert_eq!(Remembered::load(&dirs).unwrap(), Remembered::default());
    }

    #[test]
    fn only_repeated_refusals_count_and_only_for_a_day() {
        let at = |second: i64| Timestamp::from_second(1_000_000_000 + second).unwrap();
        let mut remembered = Remembered::default();
        for second in 0..2 {
            remembered.add_refusal("acme", at(second));
            assert!(!remembered.is_refused("acme", at(second)));
        }
        remembered.add_refusal("acme", at(2));
        assert!(remembered.is_refused("acme", at(2)) && !remembered.is_refused("other", at(2)));
        assert!(remembered.is_refused("acme", at(86_401)));
        assert!(!remembered.is_refused("acme", at(86_402)));
        assert!(
            !remembered.is_refused("acme", at(-5)),
            "the clock was set back"
        );
        remembered.add_refusal("acme", at(90_000));
        assert!(
            !remembered.is_refused("acme", at(90_000)),
            "the count starts again"
        );
        remembered.add_refusal("acme", at(90_001));
        remembered.forget_refusals("acme");
        remembered.add_refusal("acme", at(90_002));
        assert!(!remembered.is_refused("acme", at(90_002)));
    }

    #[test]
    fn a_refused_length_is_asked_for_again_after_a_week() {
        let at = |second: i64| Timestamp::from_second(1_000_000_000 + second).unwrap();
        let id: EntryId = "ext:a/111111111111/R".parse().unwrap();
        let mut remembered = Remembered::default();
        remembered.add_too_long(&id, 7_200, at(0));
        remembered.add_too_long(&id, 14_400, at(1));
        assert_eq!(remembered.too_long(&id, at(1)), Some(7_200), "the shortest");
        assert_eq!(remembered.too_long(&id, at(7 * 86_400)), Some(7_200));
        assert_eq!(remembered.too_long(&id, at(7 * 86_400 + 1)), None);
        remembered.add_too_long(&id, 14_400, at(8 * 86_400));
        assert_eq!(remembered.too_long(&id, at(8 * 86_400)), Some(14_400));
        remembered.forget_too_long("b");
        assert_eq!(remembered.too_long(&id, at(8 * 86_400)), Some(14_400));
        remembered.forget_too_long("a");
        assert_eq!(remembered.too_long(&id, at(8 * 86_400)), None);
    }

    #[test]
    fn the_end_of_a_sign_in_is_that_of_one_token() {
        let mut remembered = Remembered::default();
        let token = |text: &str| Secret::from(text);
        remembered.set_ended("acme", &token("hunter2"));
        assert!(remembered.is_ended("acme", &token("hunter2")));
        assert!(!remembered.is_ended("acme", &token("hunter3")));
        assert!(!remembered.is_ended("other", &token("hunter2")));
        let saved = serde_json::to_string(&remembered).unwrap();
        assert!(!saved.contains("hunter2"), "{saved}");
    }

    #[test]
    fn a_set_of_credentials_is_renewed_once() {
        let at = |second: i64| Timestamp::from_second(1_000_000_000 + second).unwrap();
        let id: EntryId = "ext:a/111111111111/R".parse().unwrap();
        let mut remembered = Remembered::default();
        assert!(remembered.claim_renewal(&id, at(900), at(0)));
        assert!(!remembered.claim_renewal(&id, at(900), at(1)));
        remembered.set_renewal_failure(&id, "no");
        assert_eq!(remembered.renewal_failure(&id), Some("no"));
        assert!(
            remembered.claim_renewal(&id, at(4_500), at(1_000)),
            "the next set"
        );
        assert_eq!(remembered.renewal_failure(&id), None);
        remembered.forget_renewals();
        assert!(remembered.claim_renewal(&id, at(4_500), at(1_000)));
    }
}
