//! What experience taught, so that the next attempt is one call: the session length that a role
//! allowed (E10), portals whose own interface refuses us, hosts that the capture browser was signed
//! in to. No secrets. A file that cannot be understood is as good as none.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lock::{Lock, lock_file};
use super::{Error, private_file, read_if_there};
use crate::config::Dirs;
use crate::domain::EntryId;
use crate::domain::time::seconds_left;

const LOCK_WAIT: Duration = Duration::from_secs(5);

/// A portal's refusals are forgotten after this time (seconds).
const REFUSAL_SECONDS: i64 = 86_400;

/// Refusals in a row before a portal's own interface is no longer asked.
const MIN_REFUSALS: u32 = 3;

/// Refusals of a portal's own interface, without a success in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Refusals {
    count: u32,
    /// The last one (UTC).
    at: Timestamp,
}

impl Refusals {
    fn are_recent(&self, now: Timestamp) -> bool {
        (0..REFUSAL_SECONDS).contains(&seconds_left(self.at, now))
    }
}

/// Everything learnt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Learnt {
    /// Seconds that a role allowed, by entry id.
    durations: BTreeMap<String, u32>,
    /// Refusals of a portal's own interface, by the portal's name.
    refusals: BTreeMap<String, Refusals>,
    /// Hosts at which a capture in the browser's window succeeded.
    signed_in: BTreeMap<String, Timestamp>,
}

impl Learnt {
    /// What is known.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn load(dirs: &Dirs) -> Result<Self, Error> {
        let bytes = read_if_there(&dirs.owners(), &path(dirs))?;
        Ok(bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    /// Changes what is known, with nobody in between.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn change(dirs: &Dirs, change: impl FnOnce(&mut Self)) -> Result<(), Error> {
        let _lock = Lock::acquire(&lock_file(dirs, b"learnt"), LOCK_WAIT)?;
        let before = Self::load(dirs)?;
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(());
        }
        let path = path(dirs);
        let bytes = serde_json::to_vec(&after)
            .map_err(|error| Error::io("write", &path)(io::Error::other(error)))?;
        private_file::write(&dirs.owners(), &path, &bytes)
    }

    /// The session length that worked for a role (seconds).
    #[must_use]
    pub fn duration(&self, id: &EntryId) -> Option<u32> {
        self.durations.get(&id.to_string()).copied()
    }

    /// Remembers the session length that worked.
    pub fn set_duration(&mut self, id: &EntryId, seconds: u32) {
        self.durations.insert(id.to_string(), seconds);
    }

    /// True when a portal's own interface has refused clearly and repeatedly within the last day:
    /// asking it again would only cost time.
    #[must_use]
    pub fn is_refused(&self, portal: &str, now: Timestamp) -> bool {
        let refusals = self.refusals.get(portal);
        refusals.is_some_and(|it| it.count >= MIN_REFUSALS && it.are_recent(now))
    }

    /// Counts a clear refusal of a portal's own interface.
    pub fn add_refusal(&mut self, portal: &str, now: Timestamp) {
        let known = self.refusals.get(portal).filter(|it| it.are_recent(now));
        let count = known.map_or(0, |it| it.count).saturating_add(1);
        let refusals = Refusals { count, at: now };
        self.refusals.insert(portal.to_owned(), refusals);
    }

    /// Forgets the refusals of a portal.
    pub fn forget_refusals(&mut self, portal: &str) {
        self.refusals.remove(portal);
    }

    /// Forgets the refusals of every portal. Returns false when there were none.
    pub fn forget_all_refusals(&mut self) -> bool {
        !std::mem::take(&mut self.refusals).is_empty()
    }

    /// Whether the capture browser was signed in to a host once.
    #[must_use]
    pub fn was_signed_in(&self, host: &str) -> bool {
        self.signed_in.contains_key(host)
    }

    /// Remembers a capture in a window, or that the browser's sign-ins are gone.
    pub fn set_signed_in(&mut self, host: &str, at: Option<Timestamp>) {
        match at {
            Some(at) => self.signed_in.insert(host.to_owned(), at),
            None => self.signed_in.remove(host),
        };
    }

    /// Forgets every sign-in of the capture browser.
    pub fn forget_sign_ins(&mut self) {
        self.signed_in.clear();
    }
}

fn path(dirs: &Dirs) -> PathBuf {
    dirs.state.join("learnt.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_learnt_stays() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        let id: EntryId = "ext:a/111111111111/R".parse().unwrap();
        let now = Timestamp::from_second(1_000_000_000).unwrap();
        Learnt::change(&dirs, |learnt| {
            learnt.set_duration(&id, 7_200);
            learnt.set_signed_in("x.y", Some(now));
        })
        .unwrap();
        let learnt = Learnt::load(&dirs).unwrap();
        assert_eq!(learnt.duration(&id), Some(7_200));
        assert!(learnt.was_signed_in("x.y"));
        private_file::write(&dirs.owners(), &path(&dirs), b"{").unwrap();
        assert_eq!(Learnt::load(&dirs).unwrap(), Learnt::default());
    }

    #[test]
    fn only_repeated_refusals_count_and_only_for_a_day() {
        let at = |second: i64| Timestamp::from_second(1_000_000_000 + second).unwrap();
        let mut learnt = Learnt::default();
        for second in 0..2 {
            learnt.add_refusal("acme", at(second));
            assert!(!learnt.is_refused("acme", at(second)));
        }
        learnt.add_refusal("acme", at(2));
        assert!(learnt.is_refused("acme", at(2)) && !learnt.is_refused("other", at(2)));
        assert!(learnt.is_refused("acme", at(86_401)));
        assert!(!learnt.is_refused("acme", at(86_402)));
        assert!(!learnt.is_refused("acme", at(-5)), "the clock was set back");
        learnt.add_refusal("acme", at(90_000));
        assert!(
            !learnt.is_refused("acme", at(90_000)),
            "the count starts again"
        );
        learnt.add_refusal("acme", at(90_001));
        learnt.forget_refusals("acme");
        learnt.add_refusal("acme", at(90_002));
        assert!(!learnt.is_refused("acme", at(90_002)));
    }
}
