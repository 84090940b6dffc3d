//! Ranking of entries: pins first, then entries that were used often, recently, and in this directory.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::EntryId;
use super::ordered;
use super::time::seconds_left;

/// The maximum number of uses of an entry that count.
pub(crate) const MAX_USES: usize = 10;

/// One use of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The time (UTC).
    pub at: Timestamp,
    /// The directory, as a fingerprint that can only be compared.
    pub place: String,
}

/// The grouping of the rows while there is no query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grouping {
    /// Not at all.
    #[default]
    None,
    /// By account.
    Account,
    /// By portal, or app.
    Portal,
}

/// The view state of the list, kept for the next start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// `true` if the detail pane is hidden.
    pub hide_details: bool,
    /// The grouping of the rows.
    pub grouping: Grouping,
    /// The groups whose rows are hidden.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub folded: BTreeSet<String>,
}

/// Pins and uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Entries that a user pinned.
    pub pins: BTreeSet<EntryId>,
    /// The last uses of entries, oldest first.
    pub uses: BTreeMap<EntryId, Vec<Use>>,
    /// The directory that the switcher was opened in.
    pub here: String,
    /// The view state of the list.
    pub look: Look,
    /// The regions that the user chose last, newest first.
    pub regions: Vec<String>,
}

impl History {
    /// The history with other ids for its entries. Entries that get the same id share their uses.
    #[must_use]
    pub(crate) fn under(self, listed: impl Fn(EntryId) -> EntryId) -> Self {
        let mut uses: BTreeMap<EntryId, Vec<Use>> = BTreeMap::new();
        for (id, of_id) in self.uses {
            let all = uses.entry(listed(id)).or_default();
            all.extend(of_id);
            all.sort_by_key(|one| one.at);
        }
        Self {
            pins: ordered::set(self.pins.into_iter().map(&listed)),
            uses,
            ..self
        }
    }

    /// The score of each entry; a higher score means more likely wanted. Entries that were never used are absent.
    #[must_use]
    pub fn scores(&self, now: Timestamp) -> BTreeMap<EntryId, u32> {
        let score = |(id, uses): (&EntryId, &Vec<Use>)| (id.clone(), self.score(uses, now));
        ordered::map(self.uses.iter().map(score))
    }

    /// Every use counts by its age, and twice from the same directory.
    fn score(&self, uses: &[Use], now: Timestamp) -> u32 {
        let weigh = |one: &Use| {
            let weight = match seconds_left(one.at, now) {
                ..=3_600 => 100,
                3_601..=86_400 => 80,
                86_401..=604_800 => 50,
                604_801..=2_592_000 => 20,
                _ => 5,
            };
            if one.place == self.here {
                weight * 2
            } else {
                weight
            }
        };
        uses.iter().rev().take(MAX_USES).map(weigh).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lately_often_and_from_here() {
        let now = Timestamp::from_second(10_000_000).unwrap();
        let used = |seconds: i64, place: &str| Use {
            at: Timestamp::from_second(10_000_000 - seconds).unwrap(),
            place: place.to_owned(),
        };
        let id = |role: &str| {
            format!("org:p/111111111111/{role}")
                .parse::<EntryId>()
                .unwrap()
        };
        let history = History {
            uses: [
                (id("often"), vec![used(90_000, "x"); 3]),
                (id("lately"), vec![used(10, "x")]),
                (id("here"), vec![used(10, "h")]),
                (id("once"), vec![used(9_000_000, "x")]),
                (id("many"), vec![used(9_000_000, "x"); 50]),
            ]
            .into_iter()
            .collect(),
            here: "h".to_owned(),
            ..History::default()
        };
        let scores = history.scores(now);
        let mut ids: Vec<_> = scores.keys().collect();
        ids.sort_by_key(|id| std::cmp::Reverse(scores[*id]));
        let roles: Vec<&str> = ids.iter().map(|id| &*id.role).collect();
        assert_eq!(roles, ["here", "often", "lately", "many", "once"]);
    }
}
