//! Text that fits: cleaned (S2), and cut by what a terminal shows.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::search::{Query, highlights};
use crate::domain::text::clean;

/// Remote text, cleaned and cut in its middle to so many columns, where both ends say something.
#[must_use]
pub fn fit(text: &str, columns: usize, ellipsis: &str) -> String {
    let text = clean(text);
    if text.width() <= columns {
        return text.into_owned();
    }
    let room = columns.saturating_sub(ellipsis.width());
    let (head, tail) = (room.div_ceil(2), room / 2);
    let mut start = String::new();
    for cluster in text.graphemes(true) {
        if start.width() + cluster.width() > head {
            break;
        }
        start.push_str(cluster);
    }
    let mut end: Vec<&str> = Vec::new();
    let mut columns_of_end = 0;
    for cluster in text.graphemes(true).rev() {
        if columns_of_end + cluster.width() > tail {
            break;
        }
        columns_of_end += cluster.width();
        end.push(cluster);
    }
    end.reverse();
    if columns < ellipsis.width() {
        return String::new();
    }
    format!("{start}{ellipsis}{}", end.concat())
}

/// The end of a text that is too long for so many columns, and how many columns are left out: where
/// something is typed, the cursor most likely is at the end.
#[must_use]
pub fn tail(text: &str, columns: usize) -> (&str, usize) {
    let start = text
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| text.get(*at..).is_none_or(|rest| rest.width() <= columns));
    let shown = start.and_then(|at| text.get(at..)).unwrap_or_default();
    (shown, text.width() - shown.width())
}

/// Text in so many columns exactly.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(blanks))
}

/// Text with the characters that the query matches in another style.
pub fn highlighted(text: &str, query: &Query, style: Style, matched: Style) -> Vec<Span<'static>> {
    let found = if query.is_empty() {
        Vec::new()
    } else {
        highlights(query, text)
    };
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut run = String::new();
    let mut run_matches = false;
    for (at, c) in text.chars().enumerate() {
        let matches = found.binary_search(&at).is_ok();
        if matches != run_matches && !run.is_empty() {
            let style = if run_matches {
                style.patch(matched)
            } else {
                style
            };
            spans.push(Span::styled(std::mem::take(&mut run), style));
        }
        run_matches = matches;
        run.push(c);
    }
    if !run.is_empty() {
        spans.push(Span::styled(
            run,
            if run_matches {
                style.patch(matched)
            } else {
                style
            },
        ));
    }
    spans
}

/// Words in lines of at most so many columns; longer words are broken.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    for word in clean(text).split(' ') {
        let mut word = word.to_owned();
        while let Some(line) = lines.last_mut() {
            let gap = usize::from(!line.is_empty());
            if line.width() + gap + word.width() <= columns {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(&word);
                break;
            }
            if gap == 0 {
                // A word that is longer than a line.
                let mut rest = String::new();
                for cluster in word.graphemes(true) {
                    if rest.is_empty() && line.width() + cluster.width() <= columns {
                        line.push_str(cluster);
                    } else {
                        rest.push_str(cluster);
                    }
                }
                if rest.is_empty() || rest.len() == word.len() {
                    break;
                }
                word = rest;
            }
            lines.push(String::new());
        }
    }
    lines
}

/// A line of one style.
pub fn line(text: impl Into<String>, style: Style) -> Line<'static> {
    Line::from(Span::styled(text.into(), style))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cut_in_the_middle() {
        assert_eq!(fit("Payments Production", 11, "…"), "Payme…ction");
        assert_eq!(fit("東京リージョン", 7, "…"), "東…ン");
        assert_eq!(fit("ab\u{1b}c", 3, "…"), "abc");
        assert_eq!(fit("abc", 0, "…"), "");
    }

    #[test]
    fn wrapped() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
    }

    proptest! {
        #[test]
        fn never_wider_than_asked(text in "\\PC{0,40}", columns in 0_usize..30) {
            prop_assert!(fit(&text, columns, "…").width() <= columns);
            for line in wrap(&text, columns.max(2)) {
                prop_assert!(line.width() <= columns.max(2));
            }
        }
    }
}
