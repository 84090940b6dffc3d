//! Regions: the scopes that one can be set for, and those that a user can choose.

use std::fmt;
use std::sync::Arc;

use super::id::{AccountId, EntryId};
use super::partition::{Partition, looks_like_region, of_region};
use super::problem::{InputField, Problem, ProblemKind};
use super::search;
use super::text::nearest;

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

/// The regions of AWS and their long names, by name.
const REGIONS: [(&str, &str); 46] = [
    ("af-south-1", "Africa (Cape Town)"),
    ("ap-east-1", "Asia Pacific (Hong Kong)"),
    ("ap-east-2", "Asia Pacific (Taipei)"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)"),
    ("ap-northeast-2", "Asia Pacific (Seoul)"),
    ("ap-northeast-3", "Asia Pacific (Osaka)"),
    ("ap-south-1", "Asia Pacific (Mumbai)"),
    ("ap-south-2", "Asia Pacific (Hyderabad)"),
    ("ap-southeast-1", "Asia Pacific (Singapore)"),
    ("ap-southeast-2", "Asia Pacific (Sydney)"),
    ("ap-southeast-3", "Asia Pacific (Jakarta)"),
    ("ap-southeast-4", "Asia Pacific (Melbourne)"),
    ("ap-southeast-5", "Asia Pacific (Malaysia)"),
    ("ap-southeast-6", "Asia Pacific (New Zealand)"),
    ("ap-southeast-7", "Asia Pacific (Thailand)"),
    ("ca-central-1", "Canada (Central)"),
    ("ca-west-1", "Canada West (Calgary)"),
    ("cn-north-1", "China (Beijing)"),
    ("cn-northwest-1", "China (Ningxia)"),
    ("eu-central-1", "Europe (Frankfurt)"),
    ("eu-central-2", "Europe (Zurich)"),
    ("eu-isoe-west-1", "EU ISOE West"),
    ("eu-north-1", "Europe (Stockholm)"),
    ("eu-south-1", "Europe (Milan)"),
    ("eu-south-2", "Europe (Spain)"),
    ("eu-west-1", "Europe (Ireland)"),
    ("eu-west-2", "Europe (London)"),
    ("eu-west-3", "Europe (Paris)"),
    ("eusc-de-east-1", "European Sovereign Cloud (Brandenburg)"),
    ("il-central-1", "Israel (Tel Aviv)"),
    ("me-central-1", "Middle East (UAE)"),
    ("me-south-1", "Middle East (Bahrain)"),
    ("mx-central-1", "Mexico (Central)"),
    ("sa-east-1", "South America (São Paulo)"),
    ("us-east-1", "US East (N. Virginia)"),
    ("us-east-2", "US East (Ohio)"),
    ("us-gov-east-1", "AWS GovCloud (US-East)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)"),
    ("us-iso-east-1", "US ISO East"),
    ("us-iso-west-1", "US ISO West"),
    ("us-isob-east-1", "US ISOB East (Ohio)"),
    ("us-isob-west-1", "US ISOB West"),
    ("us-isof-east-1", "US ISOF East"),
    ("us-isof-south-1", "US ISOF South"),
    ("us-west-1", "US West (N. California)"),
    ("us-west-2", "US West (Oregon)"),
];

/// The part of an entry that a region is set for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// The entry alone.
    #[default]
    Entry,
    /// Every role of its account.
    Account,
    /// Every role that its portal leads to.
    Portal,
}

/// A lookup of the region of an entry.
type Lookup = dyn Fn(&EntryId) -> Option<Region> + Send + Sync;

/// The region of each entry, as the files and settings were when the facts were read. `Default` knows none.
#[derive(Clone, Default)]
pub struct Regions(Option<Arc<Lookup>>);

impl Regions {
    /// Regions that a function looks up.
    pub(crate) fn new(of: impl Fn(&EntryId) -> Option<Region> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(of)))
    }

    /// The region that an entry works in, where one is known.
    #[must_use]
    pub fn region(&self, id: &EntryId) -> Option<Region> {
        self.0.as_ref()?(id)
    }
}

impl fmt::Debug for Regions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Regions")
            .field(&self.0.is_some())
            .finish()
    }
}

/// Equal are those of one reading.
impl PartialEq for Regions {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs),
            (ours, theirs) => ours.is_none() && theirs.is_none(),
        }
    }
}

impl Eq for Regions {}

/// A region, and how certain it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its name, such as `eu-west-1`.
    pub name: String,
    /// True where nothing sets a region, so that it is the portal's. The resources may be elsewhere.
    pub is_assumed: bool,
}

impl Region {
    /// A region that a setting, a file or a flag names.
    pub(crate) fn set(name: String) -> Self {
        Self {
            name,
            is_assumed: false,
        }
    }
}

/// One region to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionChoice {
    /// Its name, such as `eu-west-1`.
    pub name: String,
    /// Its long name, such as `Europe (Ireland)`, where it is known.
    pub long_name: Option<&'static str>,
    /// True if it was used recently.
    pub is_recent: bool,
}

/// The long name of a region; `None` for one that is not known here.
#[must_use]
pub(crate) fn long_name(region: &str) -> Option<&'static str> {
    let known = REGIONS.iter().find(|(name, _)| *name == region)?;
    Some(known.1)
}

/// The regions to choose from: the recently used ones, newest first, then the others by name, those of isolated
/// partitions last. Only those of the partition, where that is known.
#[must_use]
pub(crate) fn choices(recent: &[String], partition: Option<Partition>) -> Vec<RegionChoice> {
    let fits = |region: &str| partition.is_none_or(|partition| of_region(region) == partition);
    let mut choices: Vec<RegionChoice> = Vec::new();
    let recent = recent.iter().map(|name| (name.as_str(), true));
    let all = REGIONS.iter().map(|(name, _)| *name);
    let (isolated, others): (Vec<_>, Vec<_>) = all.partition(|name| of_region(name).is_isolated());
    let others = others.into_iter().chain(isolated).map(|name| (name, false));
    for (name, is_recent) in recent.chain(others) {
        if fits(name) && !choices.iter().any(|known| known.name == name) {
            choices.push(RegionChoice {
                name: name.to_owned(),
                long_name: long_name(name),
                is_recent,
            });
        }
    }
    choices
}

/// The choices that a query matches, by name or long name: the best first, equals in their order.
#[must_use]
pub(crate) fn find<'a>(choices: &'a [RegionChoice], query: &str) -> Vec<&'a RegionChoice> {
    let words = |choice: &RegionChoice| match choice.long_name {
        Some(long_name) => format!("{} {long_name}", choice.name),
        None => choice.name.clone(),
    };
    search::rank(choices.iter().map(words), query)
        .into_iter()
        .filter_map(|at| choices.get(at))
        .collect()
}

/// Checks that a text can be a region: `true` for a known one, `false` for one that has the form of a region and may
/// be newer than this program.
///
/// # Errors
/// [`not_a_region`].
pub(crate) fn is_known(text: &str) -> Result<bool, Problem> {
    match long_name(text) {
        Some(_) => Ok(true),
        None if looks_like_region(text) => Ok(false),
        None => Err(not_a_region(text)),
    }
}

/// The refusal of a text, with the regions that it could have meant.
pub(crate) fn not_a_region(text: &str) -> Problem {
    let hint = did_you_mean(text).unwrap_or_else(|| "a region looks like eu-west-1".to_owned());
    Problem::new(ProblemKind::Usage, format!("{text:?} is not a region"))
        .hint(hint)
        .of_field(InputField::Region)
}

/// The question after the regions that a text could have meant.
pub(crate) fn did_you_mean(text: &str) -> Option<String> {
    let similar = similar(text);
    (!similar.is_empty()).then(|| format!("did you mean {}?", similar.join(", ")))
}

/// The known regions that a text could have meant: those whose place it names, else those with similar names.
#[must_use]
fn similar(text: &str) -> Vec<&'static str> {
    const MIN_LETTERS: usize = 3;
    let text = text.trim().to_lowercase();
    let of_place = REGIONS.iter().filter(|(_, long_name)| {
        text.len() >= MIN_LETTERS && long_name.to_lowercase().contains(&text)
    });
    let names: Vec<&str> = of_place.map(|(name, _)| *name).collect();
    if names.is_empty() {
        nearest(&text, REGIONS.iter().map(|(name, _)| *name))
    } else {
        names
    }
}

#[cfg(test)]
mod tests {
    use super::super::partition::named;
    use super::*;

    fn names(choices: &[RegionChoice]) -> Vec<&str> {
        choices.iter().map(|choice| choice.name.as_str()).collect()
    }

    #[test]
    fn recent_ones_come_first_and_other_partitions_do_not_come() {
        let recent = ["us-west-2", "cn-north-1", "xx-new-9"].map(str::to_owned);
        let found = choices(&recent, Some(named("aws")));
        assert_eq!(names(&found)[..3], ["us-west-2", "xx-new-9", "af-south-1"]);
        assert!(found[1].is_recent && !found[2].is_recent);
        assert_eq!(found[0].long_name, Some("US West (Oregon)"));
        assert_eq!(found[1].long_name, None);
        assert!(!names(&found)[3..].contains(&"us-west-2"));
        let china = choices(&recent, Some(named("aws-cn")));
        assert_eq!(names(&china), ["cn-north-1", "cn-northwest-1"]);
        assert_eq!(choices(&[], None).len(), REGIONS.len());
    }

    #[test]
    fn a_query_finds_names_and_places() {
        let all = choices(&["eu-west-2".to_owned()], Some(named("aws")));
        for (query, first) in [
            ("", "eu-west-2"),
            ("irel", "eu-west-1"),
            ("euw3", "eu-west-3"),
            ("tokyo", "ap-northeast-1"),
            ("asia sing", "ap-southeast-1"),
            ("virgin", "us-east-1"),
        ] {
            let found = find(&all, query);
            assert_eq!(
                found.first().map(|choice| &*choice.name),
                Some(first),
                "{query}"
            );
        }
        assert_eq!(find(&all, "").len(), all.len());
        assert!(find(&all, "beijing").is_empty());
        let european = find(&all, "europe !spain");
        assert!(!european.is_empty() && european.iter().all(|it| it.name.starts_with("eu-")));
        assert!(!european.iter().any(|it| it.name == "eu-south-2"));
    }

    #[test]
    fn a_mistyped_name_or_a_place_leads_to_the_region() {
        for (typed, first) in [
            ("us-eats-1", "us-east-1"),
            ("eu-wset-1", "eu-west-1"),
            ("us-east1", "us-east-1"),
            ("EU-WEST-1", "eu-west-1"),
            ("frankfurt", "eu-central-1"),
            ("Ireland", "eu-west-1"),
        ] {
            assert_eq!(similar(typed).first(), Some(&first), "{typed}");
        }
        assert!(similar("xyz").is_empty());
        assert!(similar("").is_empty());
    }

    #[test]
    fn every_known_region_looks_like_one_and_is_there_once() {
        assert!(REGIONS.iter().all(|(name, _)| looks_like_region(name)));
        assert!(REGIONS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(long_name("eu-west-1"), Some("Europe (Ireland)"));
    }
}
