//! Fuzzy search over the rows of the list, with the operators of fzf.
//!
//! Words are `ANDed`, and each is found within one field, so that what matched can always be seen. A
//! plain word matches fuzzily; `'x` exactly, `^x` at the start and `x$` at the end of a field; `!x`
//! excludes. Digits match as they stand, because account numbers are pasted, not guessed. Lower case
//! matches both cases. `portal:x` looks at the portal alone; the fields are those of [`NAMES`].

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::entry::{Entry, Item};
use super::text::clean;

/// Account name, role, id, portal or app, e-mail address, the person's own words.
const FIELDS: usize = 6;

/// A searchable part of a row, in the order of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The account's name.
    Account,
    /// The role's name.
    Role,
    /// The account's number.
    Id,
    /// The portal or app.
    Source,
    /// The account's e-mail address.
    Mail,
    /// The person's own words: alias and tags.
    Words,
}

/// What a word can be tied to: `role:admin` is found in roles only.
const NAMES: [(&str, Field); 8] = [
    ("account:", Field::Account),
    ("role:", Field::Role),
    ("id:", Field::Id),
    ("portal:", Field::Source),
    ("app:", Field::Source),
    ("mail:", Field::Mail),
    ("alias:", Field::Words),
    ("tag:", Field::Words),
];

/// Between the fields of a row; [`clean`] leaves none in a field.
const BORDER: char = '\n';

/// The searchable text of rows, in one piece.
#[derive(Debug, Default)]
pub struct Index {
    text: String,
    ends: Vec<u32>,
}

/// One row that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The row's place in the items that the index was made of.
    pub row: u32,
    /// The higher the better; comparable within one search.
    pub score: u32,
}

/// What a person typed.
#[derive(Clone, Debug, Default)]
pub struct Query {
    terms: Vec<Term>,
}

#[derive(Clone, Debug)]
struct Term {
    atom: Atom,
    not: bool,
    /// The one field that it looks at.
    field: Option<Field>,
}

impl Query {
    /// Reads a query; anything is one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self {
            terms: text.split_whitespace().filter_map(Term::parse).collect(),
        }
    }

    /// Whether it matches everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

impl Term {
    fn parse(word: &str) -> Option<Self> {
        let (not, word) = word
            .strip_prefix('!')
            .map_or((false, word), |word| (true, word));
        let (field, word) = NAMES
            .iter()
            .find_map(|(name, field)| Some((Some(*field), word.strip_prefix(name)?)))
            .unwrap_or((None, word));
        let (exact, word) = word
            .strip_prefix('\'')
            .map_or((false, word), |word| (true, word));
        let (start, word) = word
            .strip_prefix('^')
            .map_or((false, word), |word| (true, word));
        let (end, word) = match word.strip_suffix('$') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, word),
        };
        if word.is_empty() {
            return None;
        }
        let digits = word.bytes().all(|b| b.is_ascii_digit());
        let kind = match (start, end) {
            (false, false) if !(not || exact || digits) => AtomKind::Fuzzy,
            (false, false) => AtomKind::Substring,
            (true, false) => AtomKind::Prefix,
            (false, true) => AtomKind::Postfix,
            (true, true) => AtomKind::Exact,
        };
        let atom = Atom::new(word, CaseMatching::Smart, Normalization::Smart, kind, false);
        Some(Self { atom, not, field })
    }

    /// The score of a row; `None` when it does not match.
    fn score<'a>(&self, row: &'a str, memo: &mut Memo<'a>, scratch: &mut Scratch) -> Option<u32> {
        let fields = row.split(BORDER).zip(&mut memo.0).enumerate();
        let found = fields
            .filter(|(at, _)| self.field.is_none_or(|field| field as usize == *at))
            .filter_map(|(_, (field, known))| known.score(field, &self.atom, scratch))
            .max();
        match (found, self.not) {
            (Some(_), true) | (None, false) => None,
            (None, true) => Some(0),
            (Some(score), false) => Some(u32::from(score)),
        }
    }
}

/// What one term scored in the texts that were there before, by field: the rows of an account share
/// its name, id and address, and all rows share a few roles and portals.
#[derive(Default)]
struct Memo<'a>([Known<'a>; FIELDS]);

#[derive(Default)]
struct Known<'a> {
    known: Vec<(&'a str, Option<u16>)>,
    next: usize,
}

/// Texts that a field remembers.
const REMEMBERED: usize = 4;

impl<'a> Known<'a> {
    fn score(&mut self, text: &'a str, atom: &Atom, scratch: &mut Scratch) -> Option<u16> {
        if let Some((_, score)) = self.known.iter().find(|(known, _)| *known == text) {
            return *score;
        }
        let score = scratch.score(atom, text);
        if self.known.len() < REMEMBERED {
            self.known.push((text, score));
        } else if let Some(oldest) = self.known.get_mut(self.next) {
            *oldest = (text, score);
            self.next = (self.next + 1) % REMEMBERED;
        }
        score
    }
}

/// The matcher's memory, made once per search.
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

    fn score(&mut self, atom: &Atom, text: &str) -> Option<u16> {
        atom.score(Utf32Str::new(text, &mut self.chars), &mut self.matcher)
    }
}

impl Index {
    /// The index of some rows: account name, role, id, portal or app, e-mail address.
    #[must_use]
    pub fn new(items: &[Item]) -> Self {
        let mut index = Self::default();
        // The rows of an account follow one another: its texts are cleaned once.
        let mut last: Option<(&Item, Cow<'_, str>, Cow<'_, str>)> = None;
        for item in items {
            let same = |known: &&Item| {
                Arc::ptr_eq(known.name(), item.name()) && Arc::ptr_eq(known.email(), item.email())
            };
            let (name, email) = match &last {
                Some((known, name, email)) if same(known) => (name.clone(), email.clone()),
                _ => (clean(item.name()), clean(item.email())),
            };
            index.text.push_str(&name);
            index.text.push(BORDER);
            if let Some(role) = item.role() {
                index.text.push_str(&clean(role));
            }
            index.text.push(BORDER);
            if let Some(account) = item.account() {
                // Writing into a string cannot fail.
                let _ = write!(index.text, "{account}");
            }
            index.text.push(BORDER);
            index.text.push_str(&clean(item.source()));
            index.text.push(BORDER);
            index.text.push_str(&email);
            index.text.push(BORDER);
            if let Some(label) = item.label() {
                index.text.push_str(&clean(&label.words()));
            }
            last = Some((item, name, email));
            // Four gigabytes of names are not in anybody's organization.
            index
                .ends
                .push(u32::try_from(index.text.len()).unwrap_or(u32::MAX));
        }
        index
    }

    /// The rows that match, best first, equals in their own order. An empty query matches all.
    #[must_use]
    pub fn search(&self, query: &Query) -> Vec<Hit> {
        let mut scratch = Scratch::new();
        let mut memos: Vec<Memo<'_>> = query.terms.iter().map(|_| Memo::default()).collect();
        let mut hits = Vec::new();
        let mut start = 0;
        for (row, end) in self.ends.iter().enumerate() {
            let end = *end as usize;
            let text = self.text.get(start..end).unwrap_or_default();
            start = end;
            let score = query
                .terms
                .iter()
                .zip(&mut memos)
                .try_fold(0_u32, |sum, (term, memo)| {
                    term.score(text, memo, &mut scratch)
                        .map(|score| sum.saturating_add(score))
                });
            if let (Some(score), Ok(row)) = (score, u32::try_from(row)) {
                hits.push(Hit { row, score });
            }
        }
        if !query.is_empty() {
            hits.sort_by_key(|hit| std::cmp::Reverse(hit.score));
        }
        hits
    }
}

/// The characters of a drawn text that the query matches, as ascending character positions; `fields`
/// are what the text shows.
#[must_use]
pub fn highlights(query: &Query, fields: &[Field], drawn: &str) -> Vec<usize> {
    let mut scratch = Scratch::new();
    let mut found = Vec::new();
    let here = |term: &&Term| !term.not && term.field.is_none_or(|field| fields.contains(&field));
    for term in query.terms.iter().filter(here) {
        let text = Utf32Str::new(drawn, &mut scratch.chars);
        let _ = term.atom.indices(text, &mut scratch.matcher, &mut found);
    }
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

/// The entries that a query matches, the best first.
#[must_use]
pub fn find<'a>(entries: &'a [Entry], query: &str) -> Vec<&'a Entry> {
    let items: Vec<Item> = entries.iter().cloned().map(Item::Entry).collect();
    Index::new(&items)
        .search(&Query::parse(query))
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
        })
    }

    fn found(items: &[Item], query: &str) -> Vec<u32> {
        Index::new(items)
            .search(&Query::parse(query))
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
    fn smart_case() {
        assert_eq!(found(&sample(), "LAKE"), [0_u32; 0]);
        assert_eq!(found(&sample(), "lake"), [2]);
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

    proptest! {
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
