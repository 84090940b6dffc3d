//! A line of text with a cursor, edited by grapheme clusters.

use unicode_segmentation::UnicodeSegmentation;

use zeroize::Zeroizing;

use super::action::Action;
use super::text::around;
use crate::domain::Secret;
use crate::domain::text::{cluster_width, is_unsafe, width};

/// A pasted secret: never shown, only counted.
#[derive(Clone, Default)]
pub(crate) struct Pasted(Zeroizing<String>);

impl std::fmt::Debug for Pasted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pasted(…)")
    }
}

impl Pasted {
    /// The size limit (bytes); no response is longer.
    const MAX_BYTES: usize = 4 << 20;

    /// Adds text, as far as there is room.
    pub(crate) fn insert(&mut self, text: &str) {
        if self.0.len() + text.len() <= Self::MAX_BYTES {
            self.0.push_str(text);
        }
    }

    /// The number of characters that are not blank.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.0.chars().filter(|c| !c.is_whitespace()).count()
    }

    /// `true` if there is nothing but blanks.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Returns the secret and empties the field.
    #[must_use]
    pub(crate) fn take(&mut self) -> Secret {
        Secret::new(std::mem::take(&mut *self.0))
    }
}

/// A line of text that is being edited. Control characters never get into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Input {
    before: String,
    after: String,
}

impl Input {
    /// A line with the cursor at its end.
    #[must_use]
    pub(crate) fn new(text: &str) -> Self {
        let mut input = Self::default();
        input.insert(text);
        input
    }

    /// The text.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    /// `true` if it is empty.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// `true` if the cursor is at the end.
    #[must_use]
    pub(crate) fn is_at_end(&self) -> bool {
        self.after.is_empty()
    }

    /// Columns before the cursor.
    #[must_use]
    pub(crate) fn cursor(&self) -> usize {
        width(&self.before)
    }

    /// Moves the cursor to the character in a column of the part that is on screen, in a field of so many columns.
    pub(crate) fn click(&mut self, column: usize, columns: usize) {
        let text = self.text();
        let (_, shown) = around(&text, self.cursor(), columns);
        let wanted = self.cursor() - shown + column;
        let (mut at, mut end) = (0, 0);
        for cluster in text.graphemes(true) {
            end += cluster_width(cluster);
            if end > wanted {
                break;
            }
            at += cluster.len();
        }
        let (before, after) = text.split_at(at);
        *self = Self {
            before: before.to_owned(),
            after: after.to_owned(),
        };
    }

    /// Types some text; line breaks of a paste are dropped.
    pub(crate) fn insert(&mut self, text: &str) {
        self.before.extend(text.chars().filter(|c| !is_unsafe(*c)));
    }

    /// Edits; `false`: the action is no edit.
    pub(crate) fn edit(&mut self, action: Action) -> bool {
        match action {
            Action::DeleteBack => {
                pop(&mut self.before);
            }
            Action::DeleteForward => {
                take(&mut self.after);
            }
            Action::DeleteWord => {
                self.before.truncate(self.blank_before());
            }
            Action::DeleteWordPart => {
                self.before.truncate(self.word_start());
            }
            Action::DeleteWordForward => {
                self.after = self.after.split_off(self.word_end());
            }
            Action::DeleteLine => self.before.clear(),
            Action::DeleteToEnd => self.after.clear(),
            Action::CursorLeft => {
                if let Some(cluster) = pop(&mut self.before) {
                    self.after.insert_str(0, &cluster);
                }
            }
            Action::CursorRight => {
                if let Some(cluster) = take(&mut self.after) {
                    self.before.push_str(&cluster);
                }
            }
            Action::WordLeft => {
                let word = self.before.split_off(self.word_start());
                self.after.insert_str(0, &word);
            }
            Action::WordRight => {
                let rest = self.after.split_off(self.word_end());
                self.before
                    .push_str(&std::mem::replace(&mut self.after, rest));
            }
            // Where a list has no use for its keys, they are those of the line.
            Action::LineStart | Action::First => {
                self.after.insert_str(0, &std::mem::take(&mut self.before));
            }
            Action::LineEnd | Action::Last => {
                self.before.push_str(&std::mem::take(&mut self.after));
            }
            _ => return false,
        }
        true
    }

    /// The end of the word after the cursor, as readline has it: letters and digits.
    fn word_end(&self) -> usize {
        word_length(self.after.graphemes(true))
    }

    /// The start of the word before the cursor, as readline has it.
    fn word_start(&self) -> usize {
        self.before.len() - word_length(self.before.graphemes(true).rev())
    }

    /// The place after the last blank before the word before the cursor.
    fn blank_before(&self) -> usize {
        let word = self.before.trim_end();
        let mut blanks = word.char_indices().rev().filter(|(_, c)| c.is_whitespace());
        blanks.next().map_or(0, |(at, blank)| at + blank.len_utf8())
    }
}

/// The bytes of what precedes the first word, and of that word.
fn word_length<'a>(clusters: impl Iterator<Item = &'a str>) -> usize {
    let mut length = 0;
    let mut is_inside = false;
    for cluster in clusters {
        let is_of_word = cluster.chars().next().is_some_and(char::is_alphanumeric);
        if is_inside && !is_of_word {
            break;
        }
        is_inside |= is_of_word;
        length += cluster.len();
    }
    length
}

fn pop(text: &mut String) -> Option<String> {
    let cluster = text.graphemes(true).next_back()?.to_owned();
    text.truncate(text.len() - cluster.len());
    Some(cluster)
}

fn take(text: &mut String) -> Option<String> {
    let cluster = text.graphemes(true).next()?.to_owned();
    text.drain(..cluster.len());
    Some(cluster)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing() {
        let mut input = Input::new("ab\u{1b} cde\u{301}");
        assert_eq!(input.text(), "ab cde\u{301}");
        input.edit(Action::DeleteBack);
        assert_eq!(input.text(), "ab cd");
        input.edit(Action::CursorLeft);
        input.edit(Action::DeleteWord);
        assert_eq!((input.text().as_str(), input.cursor()), ("ab d", 3));
        input.edit(Action::LineStart);
        input.edit(Action::DeleteForward);
        assert_eq!(input.text(), "b d");
        input.edit(Action::CursorRight);
        input.edit(Action::DeleteLine);
        assert_eq!(input.text(), " d");
        assert!(!input.edit(Action::Use));
    }

    #[test]
    fn a_click_moves_the_cursor_to_the_character_there() {
        let clicked = |text: &str, column, columns| {
            let mut input = Input::new(text);
            input.click(column, columns);
            assert_eq!(input.text(), text);
            input.after
        };
        assert_eq!(clicked("abcdef", 0, 9), "abcdef");
        assert_eq!(clicked("abcdef", 2, 9), "cdef");
        assert_eq!(clicked("abcdef", 6, 9), "");
        assert_eq!(clicked("abcdef", 8, 9), "");
        assert_eq!(clicked("", 3, 9), "");
        // Both halves of a wide character, and what is beside it.
        assert_eq!(clicked("a\u{6771}e\u{301}b", 1, 9), "\u{6771}e\u{301}b");
        assert_eq!(clicked("a\u{6771}e\u{301}b", 2, 9), "\u{6771}e\u{301}b");
        assert_eq!(clicked("a\u{6771}e\u{301}b", 3, 9), "e\u{301}b");
        // The end of a long one is on screen.
        assert_eq!(clicked("abcdef", 1, 4), "def");
    }

    #[test]
    fn moving_by_words_and_to_the_ends() {
        let mut input = Input::new("one  two\u{3000}three");
        let mut moves = |action| {
            assert!(input.edit(action));
            input.cursor()
        };
        assert_eq!(moves(Action::WordLeft), 10);
        assert_eq!(moves(Action::WordLeft), 5);
        assert_eq!(moves(Action::WordRight), 8);
        assert_eq!(moves(Action::WordRight), 15);
        assert_eq!(moves(Action::WordRight), 15);
        assert_eq!(moves(Action::LineStart), 0);
        assert_eq!(moves(Action::WordLeft), 0);
        assert_eq!(moves(Action::WordRight), 3);
        assert_eq!(moves(Action::LineEnd), 15);
        assert_eq!(moves(Action::First), 0);
        assert_eq!(moves(Action::Last), 15);
        assert_eq!(input.text(), "one  two\u{3000}three");
        input.edit(Action::WordLeft);
        input.edit(Action::DeleteWord);
        assert_eq!(input.text(), "one  three");
        input.edit(Action::LineStart);
        input.edit(Action::DeleteWordForward);
        assert_eq!(input.text(), "  three");
        input.edit(Action::DeleteWordForward);
        assert!(input.is_empty());
    }

    #[test]
    fn words_end_at_punctuation_as_in_readline() {
        let mut input = Input::new("https://d-12e\u{301}f.awsapps.com");
        let mut moves = |action| {
            assert!(input.edit(action));
            input.after.clone()
        };
        assert_eq!(moves(Action::WordLeft), "com");
        assert_eq!(moves(Action::WordLeft), "awsapps.com");
        assert_eq!(moves(Action::WordLeft), "12e\u{301}f.awsapps.com");
        assert_eq!(moves(Action::WordRight), ".awsapps.com");
        assert_eq!(moves(Action::DeleteWordForward), ".com");
        assert!(!input.is_at_end());
        input.edit(Action::DeleteWordPart);
        assert_eq!(input.text(), "https://d-.com");
        input.edit(Action::DeleteToEnd);
        assert_eq!(input.text(), "https://d-");
        assert!(input.is_at_end());
        input.edit(Action::DeleteWord);
        assert!(input.is_empty(), "a word of Ctrl-W ends at blanks");
    }
}
