//! Fuzzy search over the rows of the list, with the operators of fzf (see [`Query`]).
//!
//! Each word is found within one field of a row, so that what matched can be seen. `portal:x` looks at the
//! portal alone, which for an external account is the portal of its app.

mod hits;
mod letters;
mod literal;
mod query;

use std::cell::RefCell;
use std::sync::OnceLock;

use foldhash::HashMap;
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::catalog::Catalog;
use super::entry::{Entry, Item};
use super::items::{Block, Items};
use super::text::clean;

pub(crate) use hits::{Hit, Hits};
use letters::Letters;
pub use query::Query;
use query::Term;

/// Lists are searched by several threads, in parts of at least so many rows.
const PART: usize = 16_384;
/// The number of parts, where there are as many cores.
const MAX_PARTS: usize = 4;
/// Fewer hits are sorted by comparing them.
const FEW: usize = 1_024;
/// The highest score by which hits are counted, as they are in a search for some words.
const MAX_COUNTED: u32 = 65_535;

/// The fields of an account, in the order of the index.
const FIELDS: [Field; 6] = [
    Field::Account,
    Field::Id,
    Field::Source,
    Field::Mail,
    Field::Words,
    Field::Portal,
];

/// A searchable part of a row; all but the role are its account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// The account's name.
    Account,
    /// The account's number.
    Id,
    /// The portal or app.
    Source,
    /// The account's e-mail address.
    Mail,
    /// The user's own words: alias and tags.
    Words,
    /// The portal that leads to the account. Only words that name this field look at it.
    Portal,
    /// The role's name.
    Role,
}

/// The searchable text of rows. The rows of an account share its fields, and all rows share a few roles:
/// each is kept, and scored, once.
#[derive(Debug, Default)]
pub struct Index {
    texts: Texts,
    /// The texts of each account, in the order of [`FIELDS`].
    accounts: Vec<[u32; FIELDS.len()]>,
    /// The text of each role.
    roles: Vec<u32>,
    rows: Vec<Row>,
}

/// A row: the account and the role, by their places in the index.
#[derive(Clone, Copy, Debug)]
struct Row {
    account: u32,
    role: u32,
}

/// Texts in one piece, in the order they came.
#[derive(Debug, Default)]
struct Texts {
    text: String,
    ends: Vec<u32>,
    letters: Vec<Letters>,
}

impl Texts {
    /// Adds a text, and returns its place.
    fn push(&mut self, text: &str) -> u32 {
        self.text.push_str(text);
        self.ends.push(count(self.text.len()));
        self.letters.push(Letters::of_text(text));
        count(self.ends.len() - 1)
    }

    fn get(&self, at: u32) -> &str {
        let at = at as usize;
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.map_or(0, |end| *end as usize);
        let end = self.ends.get(at).map_or(start, |end| *end as usize);
        self.text.get(start..end).unwrap_or_default()
    }

    /// True if a text may match the term.
    fn may_match(&self, at: u32, term: &Term) -> bool {
        let letters = self.letters.get(at as usize);
        letters.is_some_and(|letters| letters.contain(term.letters()))
    }
}

/// No organization has four gigabytes of names.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A score that may have been computed.
#[derive(Clone, Copy, Debug, Default)]
enum Known {
    /// Nothing yet.
    #[default]
    Nothing,
    Score(Option<u16>),
}

/// The scores of one term in one search.
struct Scores<'a> {
    term: &'a Term,
    /// That of the account at hand: the rows of an account follow one another in nearly every list.
    account: Known,
    roles: Vec<Known>,
    /// The last text of each field, and its score: accounts in a row share a portal.
    last: [Option<(u32, Option<u16>)>; FIELDS.len()],
}

impl<'a> Scores<'a> {
    fn new(term: &'a Term, index: &Index) -> Self {
        Self {
            term,
            account: Known::Nothing,
            roles: vec![Known::Nothing; index.roles.len()],
            last: [None; FIELDS.len()],
        }
    }

    /// The score of a row; `None` when it does not match.
    #[expect(
        clippy::inline_always,
        reason = "it runs for each row, and a build for size would call it"
    )]
    #[inline(always)]
    fn score(&mut self, row: Row, index: &Index, scratch: &mut Scratch) -> Option<u32> {
        let account = match self.account {
            Known::Score(score) => score,
            Known::Nothing => {
                let score = self.of_account(row.account, index, scratch);
                self.account = Known::Score(score);
                score
            }
        };
        let known = self.roles.get(row.role as usize).copied();
        let role = match known.unwrap_or_default() {
            Known::Score(score) => score,
            Known::Nothing => self.of_role(row.role, index, scratch),
        };
        counted(account.max(role), self.term.not)
    }

    /// The best score of the texts of an account.
    fn of_account(&mut self, account: u32, index: &Index, scratch: &mut Scratch) -> Option<u16> {
        let texts = index.accounts.get(account as usize)?;
        let mut best = None;
        for (at, field) in FIELDS.iter().enumerate() {
            let text = texts[at];
            if !self.term.looks_at(*field) || !index.texts.may_match(text, self.term) {
                continue;
            }
            // Most addresses repeat the name, and to score them all takes as long as to score the names.
            if *field == Field::Mail && best.is_some() {
                continue;
            }
            let score = match self.last[at] {
                Some((before, score)) if before == text => score,
                // Only accounts whose name does not match are ranked by it: its first match is good enough.
                _ if *field == Field::Mail => scratch.first_score(self.term, index.texts.get(text)),
                _ => scratch.score(self.term, index.texts.get(text)),
            };
            self.last[at] = Some((text, score));
            // A number that an account is called by comes before one within its id.
            let score = if *field == Field::Id {
                score.map(|score| score / 2)
            } else {
                score
            };
            best = best.max(score);
        }
        best
    }

    /// The score of a role, which is kept.
    fn of_role(&mut self, role: u32, index: &Index, scratch: &mut Scratch) -> Option<u16> {
        let text = *index.roles.get(role as usize)?;
        let looked_at = self.term.looks_at(Field::Role) && index.texts.may_match(text, self.term);
        let score = if looked_at {
            scratch.score(self.term, index.texts.get(text))
        } else {
            None
        };
        if let Some(known) = self.roles.get_mut(role as usize) {
            *known = Known::Score(score);
        }
        score
    }
}

/// The score that a term adds; `None` when it excludes the row.
fn counted(score: Option<u16>, not: bool) -> Option<u32> {
    match (score, not) {
        (Some(_), true) | (None, false) => None,
        (None, true) => Some(0),
        (Some(score), false) => Some(u32::from(score)),
    }
}

thread_local! {
    // The memory of the thread that draws: each row asks which of its characters match.
    static OF_DRAWING: RefCell<Scratch> = RefCell::new(Scratch::new());
}

/// The matcher's memory, made once per search: it is large.
struct Scratch {
    matcher: Matcher,
    chars: Vec<char>,
}

impl Scratch {
    fn new() -> Self {
        let mut config = Config::DEFAULT;
        config.prefer_prefix = true;
        Self {
            matcher: Matcher::new(config),
            chars: Vec::new(),
        }
    }

    fn score(&mut self, term: &Term, text: &str) -> Option<u16> {
        term.score(Utf32Str::new(text, &mut self.chars), &mut self.matcher)
    }

    fn first_score(&mut self, term: &Term, text: &str) -> Option<u16> {
        term.first_score(Utf32Str::new(text, &mut self.chars), &mut self.matcher)
    }
}

impl Index {
    /// The index of some rows of a catalog.
    #[must_use]
    pub fn new(items: &Items, catalog: &Catalog) -> Self {
        let mut index = Self::default();
        index.rows.reserve_exact(items.len());
        let mut roles: HashMap<&str, u32> = HashMap::default();
        let mut last: Option<&Block> = None;
        for (_, block) in items.blocks() {
            // The rows of an account follow one another.
            if !last.is_some_and(|last| are_of_one_account(last, block)) {
                index.account(block, catalog);
            }
            last = Some(block);
            let account = count(index.accounts.len() - 1);
            for row in 0..block.rows() {
                let name = block.role(row).map_or("", |role| &**role);
                let role = *roles.entry(name).or_insert_with(|| {
                    index.roles.push(index.texts.push(&clean(name)));
                    count(index.roles.len() - 1)
                });
                index.rows.push(Row { account, role });
            }
        }
        index
    }

    fn account(&mut self, block: &Block, catalog: &Catalog) {
        let id = block.account().map(|account| account.to_string());
        let own = block.label().map(super::label::Label::words);
        let portal = catalog.portal_of(block.kind(), block.source());
        let last = self.accounts.last().copied();
        let texts: [&str; FIELDS.len()] = [
            block.name(),
            &id.unwrap_or_default(),
            block.source(),
            block.email(),
            &own.unwrap_or_default(),
            portal.map_or("", |portal| portal),
        ];
        let mut account = [0; FIELDS.len()];
        for (at, (text, place)) in texts.into_iter().zip(&mut account).enumerate() {
            let text = clean(text);
            let last = last.and_then(|last| last.get(at).copied());
            let same = last.filter(|last| self.texts.get(*last) == text);
            *place = same.unwrap_or_else(|| self.texts.push(&text));
        }
        self.accounts.push(account);
    }

    /// The rows of a list that match, best first, equals in the list's order. The list tells rows by their
    /// places in the items that the index was made of. An empty query matches all.
    #[must_use]
    pub fn search(&self, query: &Query, list: &[u32]) -> Vec<Hit> {
        self.search_places(query, list, |_| true)
    }

    /// [`Index::search`] for a query that narrows an earlier one, of which the hits are known.
    #[must_use]
    pub fn narrow(&self, query: &Query, list: &[u32], hits: &[Hit]) -> Vec<Hit> {
        if hits.len() == list.len() {
            return self.search(query, list);
        }
        if hits.len() < PART {
            let mut places: Vec<u32> = hits.iter().map(|hit| hit.row).collect();
            places.sort_unstable();
            let rows = places
                .into_iter()
                .filter_map(|place| Some((*list.get(place as usize)?, place)));
            return sorted(&[self.matching(query, rows)]);
        }
        // The list's order, without sorting.
        let mut known = vec![false; list.len()];
        for hit in hits {
            if let Some(known) = known.get_mut(hit.row as usize) {
                *known = true;
            }
        }
        let is_known = |place: u32| known.get(place as usize).is_some_and(|known| *known);
        self.search_places(query, list, is_known)
    }

    fn search_places(
        &self,
        query: &Query,
        list: &[u32],
        is_wanted: impl Fn(u32) -> bool + Sync,
    ) -> Vec<Hit> {
        let part = list.len().div_ceil(parts()).max(PART);
        let (parts, is_wanted) = (list.chunks(part).zip((0..).step_by(part)), &is_wanted);
        let parts = parts.map(|(rows, first)| {
            move || {
                let rows = rows.iter().copied().zip(count(first)..);
                self.matching(query, rows.filter(|(_, place)| is_wanted(*place)))
            }
        });
        sorted(&in_parallel(parts))
    }

    /// The rows that match, in their order. Rows come with their places in the list.
    fn matching(&self, query: &Query, rows: impl Iterator<Item = (u32, u32)>) -> Vec<Hit> {
        let mut scratch = Scratch::new();
        let mut groups: Vec<Vec<Scores<'_>>> = query
            .groups
            .iter()
            .map(|group| group.iter().map(|term| Scores::new(term, self)).collect())
            .collect();
        let mut hits = Vec::new();
        let mut account = None;
        for (row, place) in rows {
            let Some(row) = self.rows.get(row as usize) else {
                continue;
            };
            if account != Some(row.account) {
                account = Some(row.account);
                for term in groups.iter_mut().flatten() {
                    term.account = Known::Nothing;
                }
            }
            // The first term of a group that matches counts.
            let score = groups.iter_mut().try_fold(0_u32, |sum, group| {
                let mut scores = group
                    .iter_mut()
                    .map(|term| term.score(*row, self, &mut scratch));
                scores
                    .find_map(|score| score)
                    .map(|score| sum.saturating_add(score))
            });
            if let Some(score) = score {
                hits.push(Hit { row: place, score });
            }
        }
        hits
    }
}

/// The number of parts that long work is divided into: more than there are cores only cost threads.
fn parts() -> usize {
    static PARTS: OnceLock<usize> = OnceLock::new();
    *PARTS.get_or_init(|| {
        let cores = std::thread::available_parallelism();
        cores.map_or(1, |cores| cores.get().min(MAX_PARTS))
    })
}

/// Runs the parts of one piece of work beside one another, and returns what they return, in their order.
fn in_parallel<T: Send>(parts: impl Iterator<Item = impl FnOnce() -> T + Clone + Send>) -> Vec<T> {
    let mut parts: Vec<_> = parts.collect();
    let last = parts.pop();
    std::thread::scope(|scope| {
        let started: Vec<_> = parts
            .into_iter()
            .map(|part| {
                let spawned = std::thread::Builder::new().spawn_scoped(scope, part.clone());
                spawned.map_err(|_no_thread| part)
            })
            .collect();
        let last = last.map(|part| part());
        let done = started.into_iter().map(|started| match started {
            Ok(thread) => match thread.join() {
                Ok(value) => value,
                Err(panic) => std::panic::resume_unwind(panic),
            },
            // The system has no thread for it.
            Err(part) => part(),
        });
        done.chain(last).collect()
    })
}

/// The hits of all parts, best first, equals in the list's order, in which they come.
fn sorted(parts: &[Vec<Hit>]) -> Vec<Hit> {
    let hits = || parts.iter().flatten().copied();
    let total = parts.iter().map(Vec::len).sum();
    let best = hits().map(|hit| hit.score).max().unwrap_or_default();
    if total < FEW || best > MAX_COUNTED {
        let mut hits: Vec<Hit> = hits().collect();
        hits.sort_unstable_by_key(|hit| (std::cmp::Reverse(hit.score), hit.row));
        return hits;
    }
    // The place of the next hit of each score, counted from the best.
    let mut next = vec![0_usize; best as usize + 2];
    for hit in hits() {
        next[(best - hit.score) as usize + 1] += 1;
    }
    for at in 1..next.len() {
        next[at] += next[at - 1];
    }
    let mut sorted = vec![Hit { row: 0, score: 0 }; total];
    for hit in hits() {
        let place = &mut next[(best - hit.score) as usize];
        sorted[*place] = hit;
        *place += 1;
    }
    sorted
}

fn are_of_one_account(a: &Block, b: &Block) -> bool {
    let label = |block: &Block| block.label().map(std::ptr::from_ref);
    a.account() == b.account()
        && a.name().is_same(b.name())
        && a.email().is_same(b.email())
        && a.source() == b.source()
        && label(a) == label(b)
}

/// Every place of a list of so many rows, in its order.
#[must_use]
pub fn all(rows: usize) -> Vec<u32> {
    (0..count(rows)).collect()
}

/// The characters of a drawn text that the query matches, as ascending character positions; `fields`
/// are what the text shows.
#[must_use]
pub(crate) fn highlights(query: &Query, fields: &[Field], drawn: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let is_here =
        |term: &&Term| !term.not && term.field.is_none_or(|field| fields.contains(&field));
    OF_DRAWING.with_borrow_mut(|scratch| {
        for term in query.terms().filter(is_here) {
            let text = Utf32Str::new(drawn, &mut scratch.chars);
            term.places(text, &mut scratch.matcher, &mut found);
        }
    });
    let mut found: Vec<usize> = found.into_iter().map(|index| index as usize).collect();
    found.sort_unstable();
    found.dedup();
    graphemes_to_chars(drawn, found)
}

/// The matcher counts grapheme clusters; drawing counts characters. A cluster is highlighted by its
/// first character.
fn graphemes_to_chars(field: &str, clusters: Vec<usize>) -> Vec<usize> {
    use unicode_segmentation::UnicodeSegmentation;
    if field.is_ascii() {
        return clusters;
    }
    let mut starts = Vec::new();
    let mut chars = 0;
    for cluster in field.graphemes(true) {
        starts.push(chars);
        chars += cluster.chars().count();
    }
    clusters
        .into_iter()
        .filter_map(|index| starts.get(index).copied())
        .collect()
}

/// True if a word of digits finds an account by its number and not by its name.
#[must_use]
pub(crate) fn is_found_by_number(query: &Query, name: &str, number: &str) -> bool {
    let mut terms = query
        .terms()
        .filter(|term| !term.not && term.looks_at(Field::Id));
    terms.any(|term| {
        term.has_number(number) && !(term.looks_at(Field::Account) && term.has_number(name))
    })
}

/// The places of the texts that a query matches, the best first, equals in their order. Fields do not count
/// here: a text has none.
#[must_use]
pub(crate) fn rank(texts: impl Iterator<Item = String>, query: &str) -> Vec<usize> {
    let query = Query::parse(query);
    let mut scratch = Scratch::new();
    let mut found = Vec::new();
    for (at, text) in texts.enumerate() {
        let score = query.groups.iter().try_fold(0_u32, |sum, group| {
            let mut scores = group
                .iter()
                .map(|term| counted(scratch.score(term, &text), term.not));
            scores
                .find_map(|score| score)
                .map(|score| sum.saturating_add(score))
        });
        found.extend(score.map(|score| (std::cmp::Reverse(score), at)));
    }
    found.sort_unstable();
    found.into_iter().map(|(_, at)| at).collect()
}

/// The entries of a catalog that a query matches, the best first.
#[must_use]
pub(crate) fn find<'a>(catalog: &Catalog, entries: &'a [Entry], query: &str) -> Vec<&'a Entry> {
    let items: Items = entries.iter().cloned().map(Item::Entry).collect();
    Index::new(&items, catalog)
        .search(&Query::parse(query), &all(items.len()))
        .into_iter()
        .filter_map(|hit| entries.get(hit.row as usize))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::entry::{Entry, Mark};
    use crate::domain::id::EntryId;

    const ACCOUNT: &[Field] = &[Field::Account];

    fn item(name: &str, account: &str, role: &str, email: &str) -> Item {
        Item::Entry(Entry {
            id: EntryId::org("acme", account.parse().unwrap(), role),
            account_name: name.into(),
            email: email.into(),
            mark: Mark::Known,
            label: None,
            own: None,
        })
    }

    fn found(items: &[Item], query: &str) -> Vec<u32> {
        let items: Items = items.iter().cloned().collect();
        Index::new(&items, &Catalog::default())
            .search(&Query::parse(query), &all(items.len()))
            .iter()
            .map(|hit| hit.row)
            .collect()
    }

    fn sample() -> Vec<Item> {
        vec![
            item(
                "Payments Prod",
                "111111111111",
                "AdministratorAccess",
                "pay@example.com",
            ),
            item(
                "Payments Dev",
                "222222222222",
                "ReadOnly",
                "pay+dev@example.com",
            ),
            item(
                "Data Lake Prod",
                "133333333333",
                "ReadOnly",
                "xpxrxoxd@example.com",
            ),
        ]
    }

    #[test]
    fn operators() {
        let items = sample();
        assert_eq!(found(&items, ""), [0, 1, 2]);
        assert_eq!(found(&items, "pay read"), [1]);
        assert_eq!(found(&items, "'prod !lake"), [0]);
        assert_eq!(found(&items, "^data"), [2]);
        assert_eq!(found(&items, "prod$ ^payments"), [0]);
        assert_eq!(found(&items, "^readonly$ dev"), [1]);
        assert_eq!(found(&items, "!readonly"), [0]);
    }

    #[test]
    fn a_word_can_be_tied_to_a_field() {
        let items = sample();
        assert_eq!(found(&items, "role:read"), [1, 2]);
        assert_eq!(found(&items, "account:'prod !role:^admin"), [2]);
        assert_eq!(found(&items, "portal:acme id:3333"), [2]);
        assert_eq!(found(&items, "portal:pay"), [0_u32; 0]);
        assert_eq!(found(&items, "mail:+dev"), [1]);
        // Nothing is looked for yet.
        assert_eq!(found(&items, "role:"), [0, 1, 2]);
    }

    #[test]
    fn digits_are_a_substring() {
        assert_eq!(found(&sample(), "3333"), [2]);
        assert_eq!(found(&sample(), "1212"), [0_u32; 0]);
    }

    #[test]
    fn a_number_in_a_name_comes_before_one_in_an_id() {
        let items = [
            item("Website 7 Dev", "411112222333", "R", "e"),
            item("Website 41 Dev", "999988887777", "R", "e"),
        ];
        assert_eq!(found(&items, "website 41"), [1, 0]);
    }

    #[test]
    fn smart_case() {
        assert_eq!(found(&sample(), "LAKE"), [0_u32; 0]);
        assert_eq!(found(&sample(), "lake"), [2]);
        for (query, rows) in [
            ("^Pay", &[0, 1][..]),
            ("Prod$", &[0, 2]),
            ("^payments", &[0, 1]),
            ("^PAY", &[]),
            ("!^Pay", &[2]),
            ("role:^Admin", &[0]),
            ("!role:^Admin", &[1, 2]),
            ("!role:^admin", &[1, 2]),
            ("'Prod", &[0, 2]),
            ("^ReadOnly$", &[1, 2]),
        ] {
            let mut hits = found(&sample(), query);
            hits.sort_unstable();
            assert_eq!(hits, rows, "{query}");
        }
    }

    #[test]
    fn alternatives() {
        assert_eq!(found(&sample(), "dev | lake").len(), 2);
        assert_eq!(found(&sample(), "readonly dev$ | lake").len(), 2);
        assert_eq!(found(&sample(), "role:admin | role:^Read !lake").len(), 2);
        assert_eq!(found(&sample(), "dev |").len(), 1);
    }

    #[test]
    fn words_that_begin_with_digits_or_end_a_field() {
        let items = [item("10-Prod-12AB", "111111111111", "R", "café é")];
        for query in [
            "'10-prod",
            "'12ab",
            "!'x",
            "'é",
            "mail:'é",
            "prod\\-12 | 'prod-12",
        ] {
            assert_eq!(found(&items, query), [0], "{query}");
        }
    }

    #[test]
    fn a_portal_includes_its_external_accounts() {
        let mut catalog = Catalog::default();
        catalog.set_apps(&[crate::domain::App {
            name: "Partner".into(),
            url: String::new(),
            portal: Some("acme".into()),
            method: crate::domain::Method::Auto,
            duration_seconds: None,
            port: None,
        }]);
        let items = [
            item("Payments", "111111111111", "R", "e"),
            Item::Entry(Entry {
                id: "ext:Partner/222222222222/Operator".parse().unwrap(),
                account_name: "Partner".into(),
                email: "".into(),
                mark: Mark::Known,
                label: None,
                own: None,
            }),
        ];
        let index = Index::new(&items.into_iter().collect(), &catalog);
        let found = |query: &str| index.search(&Query::parse(query), &all(2)).len();
        assert_eq!(found("portal:acme"), 2);
        assert_eq!(found("portal:partner"), 0);
        assert_eq!(found("app:partner"), 1);
        assert_eq!(found("acme"), 1);
    }

    #[test]
    fn words_of_the_name_beat_scattered_letters() {
        assert_eq!(found(&sample(), "pprod")[0], 0);
    }

    #[test]
    fn highlighted_characters() {
        assert_eq!(
            highlights(&Query::parse("pd"), ACCOUNT, "Payments Dev"),
            [0, 9]
        );
        assert_eq!(highlights(&Query::parse("'東"), ACCOUNT, "é東京"), [1]);
        assert_eq!(
            highlights(&Query::parse("!x"), ACCOUNT, "xyz"),
            [0_usize; 0]
        );
        assert_eq!(
            highlights(&Query::parse("role:x"), ACCOUNT, "xyz"),
            [0_usize; 0]
        );
        assert_eq!(
            highlights(&Query::parse("role:x"), &[Field::Role], "xyz"),
            [0]
        );
    }

    #[test]
    fn what_narrows() {
        for (before, after, expected) in [
            ("a |", "a | b", false),
            ("a | b", "a | b c", true),
            ("a | b", "a | bc", false),
            ("^A", "^Ab", true),
            ("'a", "'a'", false),
            ("", "a", true),
            ("a", "ab", true),
            ("a", "a b", true),
            ("a", "A", false),
            ("a", "aB", true),
            ("ab", "a", false),
            ("12", "123", true),
            ("12", "12a", false),
            ("!a", "!ab", false),
            ("!a", "!a b", true),
            ("a$", "ba$", false),
            ("'a", "'ab", true),
            ("e", "e\u{301}", false),
        ] {
            let (before, after) = (Query::parse(before), Query::parse(after));
            assert_eq!(after.narrows(&before), expected, "{before:?} {after:?}");
        }
    }

    proptest! {
        #[test]
        fn to_narrow_is_to_search(
            names in proptest::collection::vec("[a-cA-C1é ]{0,8}", 1..8),
            before in "[a-cA-C1é!'^$| ]{0,4}",
            more in "[a-cA-C1é!'^$| ]{0,3}",
        ) {
            let items: Items = names.iter().map(|name| item(name, "111111111111", "R", "e")).collect();
            let list: Vec<u32> = all(items.len()).into_iter().rev().collect();
            let (index, after) = (Index::new(&items, &Catalog::default()), format!("{before}{more}"));
            let (before, after) = (Query::parse(&before), Query::parse(&after));
            if after.narrows(&before) {
                let hits = index.search(&before, &list);
                prop_assert_eq!(index.narrow(&after, &list, &hits), index.search(&after, &list));
            }
        }

        #[test]
        fn never_panics_and_negation_is_the_complement(
            names in proptest::collection::vec("\\PC{0,20}", 1..8),
            query in "\\PC{0,20}",
            word in "[a-z0-9]{1,4}",
        ) {
            let items: Vec<Item> = names.iter().map(|name| item(name, "111111111111", "R", "e")).collect();
            let _ = found(&items, &query);
            for name in &names {
                let length = name.chars().count();
                prop_assert!(highlights(&Query::parse(&query), ACCOUNT, name).iter().all(|at| *at < length));
            }
            let mut both = found(&items, &format!("'{word}"));
            both.extend(found(&items, &format!("!{word}")));
            both.sort_unstable();
            prop_assert_eq!(both, (0..u32::try_from(items.len()).unwrap()).collect::<Vec<_>>());
        }
    }
}
