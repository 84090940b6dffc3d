//! Regions: the scopes that one can be set for, and those that a user can choose.

use std::sync::Arc;

use super::id::{AccountId, EntryId};
use super::partition::{Partition, of_region};

/// The most regions that are kept as recently used.
pub(crate) const MAX_RECENT: usize = 10;

/// The entries that a region of the settings is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegionScope {
    /// One entry: `[entries."ID"]`.
    Entry(EntryId),
    /// Every role of an account: `[accounts."ID"]`.
    Account(AccountId),
    /// Every role that a portal leads to: `[portals.NAME]`.
    Portal(Arc<str>),
}

/// The regions of AWS and their places, by name.
const REGIONS: [(&str, &str); 40] = [
    ("af-south-1", "Cape Town"),
    ("ap-east-1", "Hong Kong"),
    ("ap-east-2", "Taipei"),
    ("ap-northeast-1", "Tokyo"),
    ("ap-northeast-2", "Seoul"),
    ("ap-northeast-3", "Osaka"),
    ("ap-south-1", "Mumbai"),
    ("ap-south-2", "Hyderabad"),
    ("ap-southeast-1", "Singapore"),
    ("ap-southeast-2", "Sydney"),
    ("ap-southeast-3", "Jakarta"),
    ("ap-southeast-4", "Melbourne"),
    ("ap-southeast-5", "Malaysia"),
    ("ap-southeast-6", "New Zealand"),
    ("ap-southeast-7", "Thailand"),
    ("ca-central-1", "Canada"),
    ("ca-west-1", "Calgary"),
    ("cn-north-1", "Beijing"),
    ("cn-northwest-1", "Ningxia"),
    ("eu-central-1", "Frankfurt"),
    ("eu-central-2", "Zurich"),
    ("eu-north-1", "Stockholm"),
    ("eu-south-1", "Milan"),
    ("eu-south-2", "Spain"),
    ("eu-west-1", "Ireland"),
    ("eu-west-2", "London"),
    ("eu-west-3", "Paris"),
    ("eusc-de-east-1", "Brandenburg"),
    ("il-central-1", "Tel Aviv"),
    ("me-central-1", "UAE"),
    ("me-south-1", "Bahrain"),
    ("mx-central-1", "Mexico"),
    ("sa-east-1", "São Paulo"),
    ("us-east-1", "N. Virginia"),
    ("us-east-2", "Ohio"),
    ("us-gov-east-1", "GovCloud East"),
    ("us-gov-west-1", "GovCloud West"),
    ("us-iso-east-1", "ISO East"),
    ("us-west-1", "N. California"),
    ("us-west-2", "Oregon"),
];

/// The place of a region; `None` for one that is not known here.
#[must_use]
pub(crate) fn place(region: &str) -> Option<&'static str> {
    let known = REGIONS.iter().find(|(name, _)| *name == region)?;
    Some(known.1)
}

/// The regions to choose from: the recently used ones, newest first, then the others by name. Only those of
/// the partition, where that is known.
#[must_use]
pub(crate) fn choices(recent: &[String], partition: Option<Partition>) -> Vec<String> {
    let fits = |region: &&str| partition.is_none_or(|partition| of_region(region) == partition);
    let recent = recent.iter().map(String::as_str);
    let mut choices: Vec<String> = Vec::new();
    for region in recent.chain(REGIONS.iter().map(|(name, _)| *name)) {
        if fits(&region) && !choices.iter().any(|known| known == region) {
            choices.push(region.to_owned());
        }
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::super::partition::{looks_like_region, named};
    use super::*;

    #[test]
    fn recent_ones_come_first_and_other_partitions_do_not_come() {
        let recent = ["us-west-2", "cn-north-1", "xx-new-9"].map(str::to_owned);
        let found = choices(&recent, Some(named("aws")));
        assert_eq!(found[..3], ["us-west-2", "xx-new-9", "af-south-1"]);
        assert!(!found[3..].contains(&"us-west-2".to_owned()));
        assert_eq!(
            choices(&recent, Some(named("aws-cn"))),
            ["cn-north-1", "cn-northwest-1"]
        );
        assert_eq!(choices(&[], None).len(), REGIONS.len());
    }

    #[test]
    fn every_known_region_looks_like_one_and_is_there_once() {
        assert!(REGIONS.iter().all(|(name, _)| looks_like_region(name)));
        assert!(REGIONS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(place("eu-west-1"), Some("Ireland"));
    }
}
