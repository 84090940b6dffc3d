//! Fuzzy search over the rows of the list, with the operators of fzf (see [`Query`]).
//!
//! Each word is found within one field of a row, so that what matched can be seen. `portal:x` looks at the
//! portal alone, which for an external account is the portal of its app.

mod hits;
mod letters;
mod literal;
mod query;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::HashMap;
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::catalog::Catalog;
use super::entry::{Entry, Item};
use super::items::{Block, Items, count};
use super::text::clean;

pub(crate) use hits::{Hit, Hits};
use letters::Letters;
pub use query::Query;
use query::Term;

/// The number of rows that a thread searches before it takes more.
const PART: usize = 8_192;
/// The number of parts for which a thread is worth starting.
const PARTS_OF_THREAD: usize = 2;
/// The number of threads that search, where there are as many cores.
const MAX_THREADS: usize = 4;
/// Fewer hits are sorted by comparing them.
const FEW: usize = 1_024;
/// The highest score for which a counting sort is used. Searches for a few words stay below it.
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
        self.text.get(self.range(at)).unwrap_or_default()
    }

    /// The bytes of a text of ASCII alone: control characters, which the matcher takes in pairs, are no part of it
    /// ([`clean`]).
    fn ascii(&self, at: u32) -> Option<&[u8]> {
        let letters = self.letters.get(at as usize)?;
        let bytes = self.text.as_bytes().get(self.range(at));
        bytes.filter(|_| letters.are_ascii())
    }

    fn range(&self, at: u32) -> Range<usize> {
        let at = at as usize;
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.map_or(0, |end| *end as usize);
        let end = self.ends.get(at).map_or(start, |end| *end as usize);
        start..end
    }

    /// True if a text may match the term.
    fn may_match(&self, at: u32, term: &Term) -> bool {
        let letters = self.letters.get(at as usize);
        letters.is_some_and(|letters| letters.contain(term.letters()))
    }
}

/// A score, or none: a number, because the best of two is then found without a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score(u32);

impl Score {
    /// The score of what does not match, which is below all others.
    const NONE: Self = Self(0);
    /// Stands for a score that was not computed.
    const UNKNOWN: Self = Self(u32::MAX);

    fn new(score: Option<u16>) -> Self {
        score.map_or(Self::NONE, |score| Self(u32::from(score) + 1))
    }

    fn get(self) -> Option<u32> {
        self.0.checked_sub(1)
    }
}

/// The scores of one term in one search.
struct Scores<'a> {
    term: &'a Term,
    /// The fields that it looks at, by their places in [`FIELDS`].
    fields: Vec<usize>,
    /// The last account and its score: the rows of an account follow one another in nearly every list.
    account: (u32, Score),
    /// The score of each role.
    roles: Vec<Score>,
    /// The last text of each field, and its score: accounts in a row share a portal.
    last: [Option<(u32, Score)>; FIELDS.len()],
}

impl<'a> Scores<'a> {
    fn new(term: &'a Term, index: &Index) -> Self {
        let is_looked_at = |at: &usize| term.looks_at(FIELDS[*at]);
        Self {
            term,
            fields: (0..FIELDS.len()).filter(is_looked_at).collect(),
            account: (u32::MAX, Score::NONE),
            roles: vec![Score::UNKNOWN; index.roles.len()],
            last: [None; FIELDS.len()],
        }
    }

    /// The score of a row: `NONE` when it does not match, or the term excludes it.
    #[expect(
        clippy::inline_always,
        reason = "it runs for each row, and a build for size would call it"
    )]
    #[inline(always)]
    fn score(&mut self, row: Row, index: &Index, scratch: &mut Scratch) -> Score {
        if self.account.0 != row.account {
            self.account = (row.account, self.of_account(row.account, index, scratch));
        }
        let mut role = self.roles[row.role as usize];
        if role == Score::UNKNOWN {
            role = self.of_role(row.role, index, scratch);
        }
        counted(self.account.1.max(role), self.term.not)
    }

    /// The best score of the texts of an account.
    fn of_account(&mut self, account: u32, index: &Index, scratch: &mut Scratch) -> Score {
        let texts = index.accounts[account as usize];
        let mut best = Score::NONE;
        for at in &self.fields {
            let (field, text) = (FIELDS[*at], texts[*at]);
            if !index.texts.may_match(text, self.term) {
                continue;
            }
            // Most addresses repeat the name, and to score them all takes as long as to score the names.
            if field == Field::Mail && best != Score::NONE {
                continue;
            }
            let score = match self.last[*at] {
                Some((before, score)) if before == text => score,
                _ => {
                    let (text, matcher) = scratch.text(&index.texts, text);
                    let score = if field == Field::Mail {
                        // Only accounts whose name does not match are ranked by it: its first match is good enough.
                        self.term.first_score(text, matcher)
                    } else {
                        self.term.score(text, matcher)
                    };
                    // A number that an account is called by comes before one within its id.
                    let part = if field == Field::Id { 2 } else { 1 };
                    Score::new(score.map(|score| score / part))
                }
            };
            self.last[*at] = Some((text, score));
            best = best.max(score);
        }
        best
    }

    /// The score of a role, which is kept.
    #[cold]
    fn of_role(&mut self, role: u32, index: &Index, scratch: &mut Scratch) -> Score {
        let text = index.roles[role as usize];
        let looked_at = self.term.looks_at(Field::Role) && index.texts.may_match(text, self.term);
        let score = looked_at.then(|| {
            let (text, matcher) = scratch.text(&index.texts, text);
            self.term.score(text, matcher)
        });
        let score = Score::new(score.flatten());
        self.roles[role as usize] = score;
        score
    }
}

/// The score that a term adds; none when the term excludes what matches.
fn counted(score: Score, not: bool) -> Score {
    if not {
        Score(u32::from(score == Score::NONE))
    } else {
        score
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

    fn score(&mut self, term: &Term, text: &str) -> Score {
        let score = term.score(Utf32Str::new(text, &mut self.chars), &mut self.matcher);
        counted(Score::new(score), term.not)
    }

    /// A text of the index as the matcher takes it.
    #[expect(
        clippy::inline_always,
        reason = "a call would pass the text through memory"
    )]
    #[inline(always)]
    fn text<'a>(&'a mut self, texts: &'a Texts, at: u32) -> (Utf32Str<'a>, &'a mut Matcher) {
        let text = match texts.ascii(at) {
            Some(text) => Utf32Str::Ascii(text),
            None => Utf32Str::new(texts.get(at), &mut self.chars),
        };
        (text, &mut self.matcher)
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
        if hits.is_empty() {
            return Vec::new();
        }
        if hits.len() == list.len() {
            return self.search(query, list);
        }
        if hits.len() < PART * PARTS_OF_THREAD {
            let mut places: Vec<u32> = hits.iter().map(|hit| hit.row).collect();
            places.sort_unstable();
            let mut search = Search::new(self, query);
            for place in places {
                if let Some(row) = list.get(place as usize) {
                    search.look_at(*row, place);
                }
            }
            return sorted(vec![search.found]);
        }
        // The list's order, without sorting.
        let mut known = vec![false; list.len()];
        for hit in hits {
            if let Some(known) = known.get_mut(hit.row as usize) {
                *known = true;
            }
        }
        self.search_places(query, list, |place| known[place])
    }

    fn search_places(
        &self,
        query: &Query,
        list: &[u32],
        is_wanted: impl Fn(usize) -> bool + Sync,
    ) -> Vec<Hit> {
        let parts = list.len().div_ceil(PART);
        let search = |search: &mut Search, part: usize| {
            let first = part * PART;
            let rows = &list[first..list.len().min(first + PART)];
            search.found.hits.reserve_exact(rows.len());
            for (at, row) in rows.iter().enumerate() {
                if is_wanted(first + at) {
                    search.look_at(*row, count(first + at));
                }
            }
            std::mem::take(&mut search.found)
        };
        sorted(in_parallel(parts, || Search::new(self, query), search))
    }
}

/// A search for a query in a part of a list.
struct Search<'a> {
    index: &'a Index,
    terms: Terms<'a>,
    scratch: Scratch,
    found: Found,
}

/// The terms of a query, in groups of alternatives.
enum Terms<'a> {
    /// One word, as in most searches.
    One(Scores<'a>),
    Groups(Vec<Vec<Scores<'a>>>),
}

impl<'a> Search<'a> {
    fn new(index: &'a Index, query: &'a Query) -> Self {
        let scores = |term| Scores::new(term, index);
        let terms = match &query.groups[..] {
            [group] if group.len() == 1 => Terms::One(scores(&group[0])),
            groups => {
                let groups = groups
                    .iter()
                    .map(|group| group.iter().map(scores).collect());
                Terms::Groups(groups.collect())
            }
        };
        Self {
            index,
            terms,
            scratch: Scratch::new(),
            found: Found::default(),
        }
    }

    /// Takes a row into the hits if it matches. Rows come in the list's order, each with its place there.
    #[expect(
        clippy::inline_always,
        reason = "it runs for each row, and a build for size would call it"
    )]
    #[inline(always)]
    fn look_at(&mut self, row: u32, place: u32) {
        let Some(row) = self.index.rows.get(row as usize) else {
            return;
        };
        let score = match &mut self.terms {
            Terms::One(term) => term.score(*row, self.index, &mut self.scratch).get(),
            Terms::Groups(groups) => groups.iter_mut().try_fold(0_u32, |sum, group| {
                let scores = group
                    .iter_mut()
                    .map(|term| term.score(*row, self.index, &mut self.scratch));
                added(sum, scores)
            }),
        };
        if let Some(score) = score {
            self.found.push(Hit { row: place, score });
        }
    }
}

/// The sum with the score of the first term of a group that matches; `None` if none does.
fn added(sum: u32, mut scores: impl Iterator<Item = Score>) -> Option<u32> {
    let score = scores.find_map(Score::get)?;
    Some(sum.saturating_add(score))
}

/// The hits in a part of a list, in the list's order.
#[derive(Default)]
struct Found {
    hits: Vec<Hit>,
    /// The number of hits with each score up to [`MAX_COUNTED`].
    counts: Vec<u32>,
    /// The number of those with a higher one.
    uncounted: u32,
}

impl Found {
    #[expect(
        clippy::inline_always,
        reason = "it runs for each hit, and a build for size would call it"
    )]
    #[inline(always)]
    fn push(&mut self, hit: Hit) {
        self.hits.push(hit);
        match self.counts.get_mut(hit.score as usize) {
            Some(count) => *count += 1,
            None => self.count_anew(hit.score),
        }
    }

    /// Counts a hit with a score that none had.
    #[cold]
    fn count_anew(&mut self, score: u32) {
        if score > MAX_COUNTED {
            self.uncounted += 1;
        } else {
            self.counts.resize(score as usize + 1, 0);
            self.counts[score as usize] += 1;
        }
    }
}

/// The number of threads that divide long work among them: more than there are cores only cost time.
fn threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| {
        let cores = std::thread::available_parallelism();
        cores.map_or(1, |cores| cores.get().min(MAX_THREADS))
    })
}

/// The results of the parts of one piece of work, in their order. Each thread makes a state of its own, and takes the next
/// part when it has done one: a thread that the system starts late does less, and nobody waits for it.
fn in_parallel<S, T: Send>(
    parts: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let run = || {
        let mut state = state();
        let parts = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed))
            .take_while(|part| *part < parts);
        let done: Vec<_> = parts.map(|part| (part, work(&mut state, part))).collect();
        done
    };
    let mut done = std::thread::scope(|scope| {
        let others = 1..threads().min(parts.div_ceil(PARTS_OF_THREAD));
        // If the system has no thread, the others do its parts.
        let others: Vec<_> = others
            .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, run).ok())
            .collect();
        let mut done = run();
        for other in others {
            match other.join() {
                Ok(parts) => done.extend(parts),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(part, _)| *part);
    done.into_iter().map(|(_, done)| done).collect()
}

/// The hits of all parts, best first, equals in the list's order, in which they come.
fn sorted(mut parts: Vec<Found>) -> Vec<Hit> {
    let total = parts.iter().map(|part| part.hits.len()).sum();
    if total < FEW || parts.iter().any(|part| part.uncounted > 0) {
        let mut hits: Vec<Hit> = parts.into_iter().flat_map(|part| part.hits).collect();
        hits.sort_unstable_by_key(|hit| (std::cmp::Reverse(hit.score), hit.row));
        return hits;
    }
    // The place of the next hit of each part with each score: the best first, and of those the first part's.
    let scores = parts.iter().map(|part| part.counts.len()).max();
    let mut next = 0;
    for score in (0..scores.unwrap_or(0)).rev() {
        for part in &mut parts {
            if let Some(count) = part.counts.get_mut(score) {
                next += std::mem::replace(count, next);
            }
        }
    }
    let mut sorted = vec![Hit { row: 0, score: 0 }; total];
    for part in &mut parts {
        for hit in &part.hits {
            let place = &mut part.counts[hit.score as usize];
            sorted[*place as usize] = *hit;
            *place += 1;
        }
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
            added(sum, group.iter().map(|term| scratch.score(term, &text)))
        });
        found.extend(score.map(|score| (std::cmp::Reverse(score), at)));
    }
    found.sort_unstable();
    found.into_iter().map(|(_, at)| at).collect()
}

/// The entries of a catalog that a query matches, the best first.
#[must_use]
pub(crate) fn find<'a>(catalog: &Catalog, entries: &'a [Entry], query: &str) -> Vec<&'a Entry> {
    matches(catalog, entries, &Query::parse(query))
}

/// The same for a command that acts on the only match (docs/reference.md#entries).
#[must_use]
pub(crate) fn find_strictly<'a>(
    catalog: &Catalog,
    entries: &'a [Entry],
    query: &str,
) -> Vec<&'a Entry> {
    matches(catalog, entries, &Query::parse(query).strict())
}

fn matches<'a>(catalog: &Catalog, entries: &'a [Entry], query: &Query) -> Vec<&'a Entry> {
    let items: Items = entries.iter().cloned().map(Item::Entry).collect();
    Index::new(&items, catalog)
        .search(query, &all(items.len()))
        .into_iter()
        .filter_map(|hit| entries.get(hit.row as usize))
        .collect()
}
