//! Text that a field has letter by letter: anywhere, as words, at its start, at its end, or in whole.
//!
//! The fuzzy matcher has functions for these, too, but it compares the whole field with a word that has a
//! capital letter, and misses some words that begin with digits or end with the field.

use std::ops::Range;

use nucleo_matcher::{Utf32Str, chars};

/// The scale of the fuzzy matcher, so that both kinds of terms rank rows together.
const MATCH: u16 = 16;
const CONSECUTIVE: u16 = 4;
const START: u16 = 8;

/// The place in a field where a text has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    None,
    /// Neither end is within a word.
    Words,
    Start,
    End,
    Whole,
}

/// A text to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// Folded in the same way as the fields.
    needle: Vec<char>,
    anchor: Anchor,
    ignore_case: bool,
    ignore_accents: bool,
}

/// A place that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// In grapheme clusters.
    pub places: Range<u32>,
    /// The higher the better.
    pub score: u16,
}

impl Literal {
    /// Case matters if the word has a capital letter, accents if it has one.
    pub(super) fn new(word: &str, anchor: Anchor) -> Self {
        let mut needle: Vec<char> = chars::graphemes(word).collect();
        let ignore_case = !needle.iter().any(|c| chars::is_upper_case(*c));
        let ignore_accents = needle.iter().all(|c| chars::normalize(*c) == *c);
        if ignore_case {
            for c in &mut needle {
                *c = chars::to_lower_case(*c);
            }
        }
        Self {
            needle,
            anchor,
            ignore_case,
            ignore_accents,
        }
    }

    /// The characters to find.
    pub(super) fn chars(&self) -> impl Iterator<Item = char> {
        self.needle.iter().copied()
    }

    pub(super) fn is_number(&self) -> bool {
        self.needle.iter().all(char::is_ascii_digit)
    }

    /// The best place in a text.
    pub(super) fn find(&self, text: Utf32Str<'_>) -> Option<Found> {
        match text {
            Utf32Str::Ascii(text) => self.find_in(text),
            Utf32Str::Unicode(text) => self.find_in(text),
        }
    }

    /// True if every text that has this has the earlier one.
    pub(super) fn narrows(&self, before: &Self) -> bool {
        self.anchor == before.anchor
            && matches!(self.anchor, Anchor::None | Anchor::Start)
            && self.needle.iter().all(char::is_ascii)
            && self.needle.starts_with(&before.needle)
    }

    fn find_in<T: Letter>(&self, text: &[T]) -> Option<Found> {
        let length = self.needle.len();
        let blanks = |letters: &mut dyn Iterator<Item = &T>| {
            letters.take_while(|c| c.plain().is_whitespace()).count()
        };
        let start = match self.needle.first() {
            Some(first) if first.is_whitespace() => 0,
            _ => blanks(&mut text.iter()),
        };
        let end = match self.needle.last() {
            Some(last) if last.is_whitespace() => text.len(),
            _ => text.len() - blanks(&mut text.iter().rev()),
        };
        let at = match self.anchor {
            Anchor::None | Anchor::Words => return self.best(text),
            Anchor::Start => start,
            Anchor::End => end.checked_sub(length)?,
            Anchor::Whole if end.checked_sub(start)? == length => start,
            Anchor::Whole => return None,
        };
        let window = text.get(at..at.checked_add(length)?)?;
        self.is(window).then(|| self.found(text, at))
    }

    /// The place with the best score, the first of equals.
    fn best<T: Letter>(&self, text: &[T]) -> Option<Found> {
        let mut best: Option<Found> = None;
        for (at, window) in text.windows(self.needle.len()).enumerate() {
            if !self.is(window) || (self.anchor == Anchor::Words && !self.are_words(text, at)) {
                continue;
            }
            let found = self.found(text, at);
            if best.as_ref().is_none_or(|best| found.score > best.score) {
                best = Some(found);
            }
        }
        best
    }

    fn is<T: Letter>(&self, window: &[T]) -> bool {
        let mut both = window.iter().zip(&self.needle);
        both.all(|(c, wanted)| c.folded(self.ignore_case, self.ignore_accents) == *wanted)
    }

    fn are_words<T: Letter>(&self, text: &[T], at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        let after = text.get(at + self.needle.len());
        let within = |c: Option<&T>| c.is_some_and(|c| c.plain().is_alphanumeric());
        !within(before) && !within(after)
    }

    /// As the fuzzy matcher scores letters in a row: more at the start of a word, most at that of the field.
    fn found<T: Letter>(&self, text: &[T], at: usize) -> Found {
        let count = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        let letter = |at: usize| text.get(at).map(Letter::plain);
        let bonus = match (at.checked_sub(1).and_then(letter), letter(at)) {
            (None, _) => START + 2,
            (Some(before), _) if before.is_whitespace() => START + 2,
            (Some('/' | ',' | ':' | ';' | '|'), _) => START + 1,
            (Some(before), _) if !before.is_alphanumeric() => START,
            (Some(before), Some(this)) if before.is_lowercase() && this.is_uppercase() => 5,
            (Some(before), Some(this)) if !before.is_numeric() && this.is_numeric() => 5,
            _ => 0,
        };
        let more = count(self.needle.len().saturating_sub(1));
        let rest = more.saturating_mul(MATCH + bonus.max(CONSECUTIVE));
        let early = START.saturating_sub(count(at).min(START));
        let end = at + self.needle.len();
        let place = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Found {
            places: place(at)..place(end),
            score: (MATCH + 2 * bonus + early).saturating_add(rest),
        }
    }
}

/// A letter of a text: a byte of ASCII, or a character.
trait Letter {
    fn plain(&self) -> char;
    fn folded(&self, ignore_case: bool, ignore_accents: bool) -> char;
}

impl Letter for u8 {
    fn plain(&self) -> char {
        char::from(*self)
    }

    fn folded(&self, ignore_case: bool, _: bool) -> char {
        let letter = if ignore_case {
            self.to_ascii_lowercase()
        } else {
            *self
        };
        char::from(letter)
    }
}

impl Letter for char {
    fn plain(&self) -> char {
        *self
    }

    fn folded(&self, ignore_case: bool, ignore_accents: bool) -> char {
        let letter = if ignore_accents {
            chars::normalize(*self)
        } else {
            *self
        };
        if ignore_case {
            chars::to_lower_case(letter)
        } else {
            letter
        }
    }
}
