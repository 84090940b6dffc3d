//! A query as the user types it: words, the operators of fzf, and fields.
//!
//! A row has to match every word; `a | b` is either. A plain word matches fuzzily, `'x` anywhere, `'x'` as
//! whole words, `^x` at the start, `x$` at the end, `^x$` the whole field. `!x` excludes what has `x`
//! anywhere, and takes the other operators too (`!'x` excludes fuzzy matches). `\ ` is a blank within a word.
//! A word without a capital letter matches both cases, and one without an accent matches letters with accents.
//!
//! Two things are not fzf's: a word of digits matches anywhere, not fuzzily, because account numbers are
//! pasted; and a field in front of a word (`role:^Admin`, `!role:^Admin`) limits it to that field. `account:` with
//! twelve digits is the account's id, not its name.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Matcher, Utf32Str};

use super::Field;
use super::letters::Letters;
use super::literal::{Anchor, Literal};
use crate::domain::id::AccountId;

/// The names of fields in a query.
const NAMES: [(&str, Field); 8] = [
    ("account:", Field::Account),
    ("role:", Field::Role),
    ("id:", Field::Id),
    ("portal:", Field::Portal),
    ("app:", Field::Source),
    ("mail:", Field::Mail),
    ("alias:", Field::Words),
    ("tag:", Field::Words),
];

/// A parsed query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Every group has to match; one term of a group is enough.
    pub(super) groups: Vec<Vec<Term>>,
}

/// One word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pattern: Pattern,
    /// The rows that match are excluded.
    pub(super) not: bool,
    /// The only field that it looks at.
    pub(super) field: Option<Field>,
    /// A field that it does not look at.
    except: Option<Field>,
    /// The letters without which a text does not match.
    letters: Letters,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Fuzzy(Atom),
    Literal(Literal),
}

impl Query {
    /// Parses a query. Every text is one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut groups: Vec<Vec<Term>> = Vec::new();
        let (mut after_bar, mut is_alternative) = (false, false);
        for word in words(text) {
            if word == "|" && !groups.is_empty() && !after_bar {
                (after_bar, is_alternative) = (true, true);
                continue;
            }
            after_bar = false;
            let Some(term) = Term::parse(&word) else {
                continue;
            };
            match groups.last_mut().filter(|_| is_alternative) {
                Some(group) => group.push(term),
                None => groups.push(vec![term]),
            }
            is_alternative = false;
        }
        Self { groups }
    }

    /// The same for a command that acts on what it finds: an e-mail address has to have a word, not only its letters.
    /// Most addresses have the letters of most short words, and nobody would see that it was another account. For the
    /// same reason, twelve digits are the id of an account, and nothing else.
    #[must_use]
    pub(super) fn strict(mut self) -> Self {
        for group in &mut self.groups {
            for term in group.iter_mut().filter(|term| term.is_account_id()) {
                term.field = Some(Field::Id);
            }
            let scattered = group.iter_mut().filter(|term| term.is_scattered());
            let words: Vec<Term> = scattered.filter_map(Term::split_mail).collect();
            group.extend(words);
        }
        self
    }

    /// True if it matches everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// True if everything that it matches was certainly matched by the earlier query, for example after a
    /// letter was typed.
    #[must_use]
    pub fn narrows(&self, before: &Self) -> bool {
        let mut both = self.groups.iter().zip(&before.groups);
        self.groups.len() >= before.groups.len()
            && both.all(|(group, before)| match (&group[..], &before[..]) {
                ([term], [before]) => term.narrows(before),
                _ => group == before,
            })
    }

    pub(super) fn terms(&self) -> impl Iterator<Item = &Term> {
        self.groups.iter().flatten()
    }
}

/// The words of a text, with `\ ` as a blank within a word.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' && chars.next_if_eq(&' ').is_some() {
            words.last_mut().unwrap_or(&mut String::new()).push(' ');
        } else if c.is_whitespace() {
            words.push(String::new());
        } else {
            words.last_mut().unwrap_or(&mut String::new()).push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

impl Term {
    /// Reads the operators in fzf's order. `None`: nothing is left to look for.
    fn parse(word: &str) -> Option<Self> {
        let (not, word) = stripped(word, '!');
        let (field, word) = NAMES
            .iter()
            .find_map(|(name, field)| Some((Some(*field), word.strip_prefix(name)?)))
            .unwrap_or((None, word));
        let (is_end, word) = match word.strip_suffix('$') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, word),
        };
        let anchored = if is_end { Anchor::End } else { Anchor::None };
        let (anchor, word) = if let Some(word) = quoted(word) {
            (Some(Anchor::Words), word)
        } else if let Some(word) = word.strip_prefix('\'') {
            // The quote turns what would be fuzzy into exact, and the exclusion into a fuzzy one.
            ((!not).then_some(Anchor::None), word)
        } else if let Some(word) = word.strip_prefix('^') {
            let anchor = if is_end { Anchor::Whole } else { Anchor::Start };
            (Some(anchor), word)
        } else if not || is_end {
            (Some(anchored), word)
        } else {
            let is_number = word.bytes().all(|b| b.is_ascii_digit());
            (is_number.then_some(Anchor::None), word)
        };
        if word.is_empty() {
            return None;
        }
        // Others name the accounts: one could be called by the id of another.
        let field = match field {
            Some(Field::Account) if is_account_id(word) => Some(Field::Id),
            field => field,
        };
        let pattern = match anchor {
            Some(anchor) => Pattern::Literal(Literal::new(word, anchor)),
            None => Pattern::Fuzzy(Atom::new(
                word,
                CaseMatching::Smart,
                Normalization::Smart,
                AtomKind::Fuzzy,
                false,
            )),
        };
        let letters = match &pattern {
            Pattern::Fuzzy(atom) => Letters::of_word(atom.needle_text().chars()),
            Pattern::Literal(literal) => Letters::of_word(literal.chars()),
        };
        Some(Self {
            pattern,
            not,
            field,
            except: None,
            letters,
        })
    }

    /// True for an account id in any field.
    fn is_account_id(&self) -> bool {
        let is_id = |literal: &Literal| is_account_id(&literal.chars().collect::<String>());
        !self.not
            && self.field.is_none()
            && matches!(&self.pattern, Pattern::Literal(literal) if is_id(literal))
    }

    /// True if its letters may be anywhere in an e-mail address.
    fn is_scattered(&self) -> bool {
        matches!(self.pattern, Pattern::Fuzzy(_)) && self.field.is_none()
    }

    /// Looks no longer at e-mail addresses; the term that does so for the whole word.
    fn split_mail(&mut self) -> Option<Self> {
        let Pattern::Fuzzy(atom) = &self.pattern else {
            return None;
        };
        let word = atom.needle_text().to_string();
        self.except = Some(Field::Mail);
        Some(Self {
            pattern: Pattern::Literal(Literal::new(&word, Anchor::None)),
            field: Some(Field::Mail),
            except: None,
            ..self.clone()
        })
    }

    /// The letters without which a text does not match.
    pub(super) fn letters(&self) -> Letters {
        self.letters
    }

    /// True if the term is compared with a field.
    pub(super) fn looks_at(&self, field: Field) -> bool {
        match self.field {
            Some(only) => only == field,
            None => field != Field::Portal && self.except != Some(field),
        }
    }

    /// The score of a text; `None` if it does not match.
    pub(super) fn score(&self, text: Utf32Str<'_>, matcher: &mut Matcher) -> Option<u16> {
        match &self.pattern {
            Pattern::Fuzzy(atom) => atom.score(text, matcher),
            Pattern::Literal(literal) => literal.find(text).map(|found| found.score),
        }
    }

    /// The score of the first match of a text instead of its best one, which takes a fraction of the time; `None` if
    /// it does not match.
    pub(super) fn first_score(&self, text: Utf32Str<'_>, matcher: &mut Matcher) -> Option<u16> {
        let Pattern::Fuzzy(atom) = &self.pattern else {
            return self.score(text, matcher);
        };
        let Utf32Str::Ascii(needle) = atom.needle_text() else {
            return self.score(text, matcher);
        };
        // `Atom::score` sets these in the same way.
        matcher.config.ignore_case = !needle.iter().any(u8::is_ascii_uppercase);
        matcher.config.normalize = true;
        matcher.fuzzy_match_greedy(text, atom.needle_text())
    }

    /// True if the term is a number that a text has. Needs no matcher.
    pub(super) fn has_number(&self, text: &str) -> bool {
        let mut chars = Vec::new();
        match &self.pattern {
            Pattern::Literal(literal) if literal.is_number() => {
                literal.find(Utf32Str::new(text, &mut chars)).is_some()
            }
            _ => false,
        }
    }

    /// Adds the places of a text that match, counted in grapheme clusters.
    pub(super) fn places(&self, text: Utf32Str<'_>, matcher: &mut Matcher, places: &mut Vec<u32>) {
        match &self.pattern {
            Pattern::Fuzzy(atom) => {
                let _ = atom.indices(text, matcher, places);
            }
            Pattern::Literal(literal) => {
                places.extend(
                    literal
                        .find(text)
                        .into_iter()
                        .flat_map(|found| found.places),
                );
            }
        }
    }

    /// Letters that follow make no more rows match, unless they are excluded, or are the end of the field.
    /// Beyond ASCII they can change the letters before them.
    fn narrows(&self, before: &Self) -> bool {
        self == before
            || (!self.not && !before.not && self.field == before.field)
                && match (&self.pattern, &before.pattern) {
                    (Pattern::Fuzzy(this), Pattern::Fuzzy(before)) => {
                        let (needle, start) = (this.needle_text(), before.needle_text());
                        needle.is_ascii() && needle.slice(..start.len().min(needle.len())) == start
                    }
                    (Pattern::Literal(this), Pattern::Literal(before)) => this.narrows(before),
                    _ => false,
                }
    }
}

fn stripped(word: &str, mark: char) -> (bool, &str) {
    word.strip_prefix(mark)
        .map_or((false, word), |rest| (true, rest))
}

fn is_account_id(word: &str) -> bool {
    word.parse::<AccountId>().is_ok()
}

/// The text between two quotes.
fn quoted(word: &str) -> Option<&str> {
    let inner = word.strip_prefix('\'')?.strip_suffix('\'')?;
    (!inner.is_empty()).then_some(inner)
}
