//! Text for the screen: cleaned (docs/requirements.md#remote-text), and cut by what a terminal shows.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use crate::domain::search::{Field, Query, highlights};
use crate::domain::text::{clean, cluster_width};

pub(crate) use crate::domain::text::width;

/// The columns that a line takes on screen.
#[must_use]
pub(crate) fn line_width(line: &Line<'_>) -> usize {
    line.spans.iter().map(|span| width(&span.content)).sum()
}

/// Remote text, cleaned and cut in its middle to so many columns: both ends matter.
#[must_use]
pub(crate) fn fit(text: &str, columns: usize, ellipsis: &str) -> String {
    let text = clean(text);
    if width(&text) <= columns {
        return text.into_owned();
    }
    if columns < width(ellipsis) {
        return String::new();
    }
    let room = columns - width(ellipsis);
    let start = take(text.graphemes(true), room.div_ceil(2));
    let mut end = take(text.graphemes(true).rev(), room / 2);
    end.reverse();
    // Two clusters that meet may be one, of another width.
    let cut = format!("{}{ellipsis}{}", start.concat(), end.concat());
    if width(&cut) > columns {
        return ellipsis.to_owned();
    }
    cut
}

/// The text in so many columns, cut at its end.
#[must_use]
pub(crate) fn fit_start(text: &str, columns: usize, ellipsis: &str) -> String {
    let text = clean(text);
    if width(&text) <= columns {
        return text.into_owned();
    }
    let Some(room) = columns.checked_sub(width(ellipsis)) else {
        return String::new();
    };
    let start = take(text.graphemes(true), room).concat();
    format!("{}{ellipsis}", start.trim_end())
}

/// As many clusters as there are columns for.
fn take<'a>(clusters: impl Iterator<Item = &'a str>, columns: usize) -> Vec<&'a str> {
    let mut used = 0;
    clusters
        .take_while(|cluster| {
            used += cluster_width(cluster);
            used <= columns
        })
        .collect()
}

/// The part of a text that is shown in so many columns where its cursor is in this column, and the cursor's column in
/// that part: the end while one types there, else as much before the cursor as after it.
#[must_use]
pub(crate) fn around(text: &str, cursor: usize, columns: usize) -> (&str, usize) {
    let surplus = width(text).saturating_sub(columns);
    let before = surplus.min(cursor.saturating_sub(columns / 2));
    let (mut start, mut hidden) = (0, 0);
    let mut clusters = text.graphemes(true);
    while hidden < before
        && let Some(cluster) = clusters.next()
    {
        start += cluster.len();
        hidden += cluster_width(cluster);
    }
    let end = start + take(clusters, columns).concat().len();
    let shown = text.get(start..end).unwrap_or_default();
    (shown, cursor.saturating_sub(hidden))
}

/// A number with its thousands apart: `1,200`.
#[must_use]
pub(crate) fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Text in so many columns exactly.
#[must_use]
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(blanks))
}

/// Text that shows these fields, with the characters that the query matches in another style.
pub(crate) fn highlighted(
    text: &str,
    fields: &[Field],
    query: &Query,
    style: Style,
    matched: Style,
) -> Vec<Span<'static>> {
    let found = if query.is_empty() {
        Vec::new()
    } else {
        highlights(query, fields, text)
    };
    if found.is_empty() && !text.is_empty() {
        return vec![Span::styled(text.to_owned(), style)];
    }
    // The bytes that a run begins and ends with, and whether the query matches it.
    let mut runs: Vec<(usize, usize, bool)> = Vec::new();
    let mut at = 0;
    let mut add = |start: usize, end: usize, chars: usize| {
        let clusters = at..at + chars;
        at = clusters.end;
        let matches = clusters
            .into_iter()
            .any(|at| found.binary_search(&at).is_ok());
        match runs.last_mut() {
            Some(run) if run.2 == matches => run.1 = end,
            _ => runs.push((start, end, matches)),
        }
    };
    if text.is_ascii() {
        (0..text.len()).for_each(|at| add(at, at + 1, 1));
    } else {
        // A cluster is one thing: its marks stay with its letter, whichever of them matched.
        for (start, cluster) in text.grapheme_indices(true) {
            add(start, start + cluster.len(), cluster.chars().count());
        }
    }
    let span = |(start, end, matches)| {
        let style = if matches { style.patch(matched) } else { style };
        let run = text.get(start..end).unwrap_or_default();
        Span::styled(run.to_owned(), style)
    };
    runs.into_iter().map(span).collect()
}

/// Words in lines of at most so many columns; longer words are broken.
#[must_use]
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    for mut word in words(&clean(text)) {
        while let Some(line) = lines.last_mut() {
            let gap = usize::from(!line.is_empty());
            if width(line) + gap + width(&word) <= columns {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(&word);
                break;
            }
            if gap == 0 {
                // A word that is longer than a line.
                let end = take(word.graphemes(true), columns).concat().len();
                let rest = word.split_off(break_of(&word, end));
                line.push_str(&word);
                if rest.is_empty() || word.is_empty() {
                    break;
                }
                word = rest;
            }
            lines.push(String::new());
        }
    }
    lines
}

/// The words of a text. A number and its unit are one: no line ends between them.
fn words(text: &str) -> Vec<String> {
    const UNITS: [&str; 5] = ["s", "min", "h", "day", "days"];

    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let is_unit = UNITS.contains(&word.trim_end_matches(|c: char| c.is_ascii_punctuation()));
        match words.last_mut() {
            Some(number) if is_unit && number.ends_with(|c: char| c.is_ascii_digit()) => {
                number.push(' ');
                number.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// The place to break a word of which so many bytes fit: behind a mark in it, or before a word in it, unless that is
/// near its start. An address is copied, not read: it fills its lines.
fn break_of(word: &str, end: usize) -> usize {
    if word.contains("://") {
        return end;
    }
    let pairs = || word.char_indices().zip(word.chars().skip(1));
    let last = |is_place: fn(char, char) -> bool| {
        let places = pairs().filter(|((_, before), after)| is_place(*before, *after));
        let places = places.map(|((at, before), _)| at + before.len_utf8());
        places.filter(|at| (end / 3..=end).contains(at)).last()
    };
    last(|before, _| matches!(before, '@' | '-' | '.' | '/' | '_' | ','))
        .or_else(|| last(|before, after| before.is_lowercase() && after.is_uppercase()))
        .unwrap_or(end)
}

/// A line of one style.
pub(crate) fn line(text: impl Into<String>, style: Style) -> Line<'static> {
    Line::from(Span::styled(text.into(), style))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tui::frame::Frame;
    use crate::tui::sheet::Sheet;

    #[test]
    fn cut_in_the_middle() {
        assert_eq!(fit("Payments Production", 11, "…"), "Payme…ction");
        assert_eq!(fit("東京リージョン", 7, "…"), "東…ン");
        assert_eq!(fit("ab\u{1b}c", 3, "…"), "abc");
        assert_eq!(fit("abc", 0, "…"), "");
    }

    #[test]
    fn what_is_typed_is_shown_around_the_cursor() {
        let end = |text, columns| around(text, width(text), columns);
        assert_eq!(end("abcdef", 6), ("abcdef", 6));
        assert_eq!(end("abcdef", 4), ("cdef", 4));
        assert_eq!(end("東京都", 3), ("都", 2));
        assert_eq!(end("ae\u{301}b", 2), ("e\u{301}b", 2));
        assert_eq!(end("👨\u{200d}👩\u{200d}👧x", 2), ("x", 1));
        assert_eq!(end("abc", 0), ("", 0));
        assert_eq!(around("abcdef", 2, 6), ("abcdef", 2));
        assert_eq!(around("abcdefghij", 0, 4), ("abcd", 0));
        assert_eq!(around("abcdefghij", 2, 4), ("abcd", 2));
        assert_eq!(around("abcdefghij", 5, 4), ("defg", 2));
        assert_eq!(around("abcdefghij", 9, 4), ("ghij", 3));
        assert_eq!(around("東京都東京", 4, 5), ("京都", 2));
    }

    #[test]
    fn wrapped() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("valid for 1 h", 11), ["valid for", "1 h"]);
        assert_eq!(wrap("5 min. left", 6), ["5 min.", "left"]);
        let parts = ["aws+payments-prod@", "example.com"];
        assert_eq!(wrap(&parts.concat(), 22), parts);
        let parts = ["PowerUserAccess-", "107777777784"];
        assert_eq!(wrap(&parts.concat(), 24), parts);
        let parts = ["Administrator", "Access"];
        assert_eq!(wrap(&parts.concat(), 18), parts);
        let parts = ["https://acme.awsap", "ps.com"];
        assert_eq!(wrap(&parts.concat(), 18), parts);
        assert_eq!(wrap("e\u{301}-東京東京", 4), ["e\u{301}-", "東京", "東京"]);
    }

    /// Columns that are drawn.
    fn drawn(line: &Line<'_>) -> usize {
        const END: &str = "\u{e000}";
        let mut line = line.clone();
        line.push_span(END);
        let mut sheet = Sheet::new((1_000, 1));
        let mut frame = Frame::new(&mut sheet);
        frame.line(line, frame.area());
        let cells = &sheet.buffer().content;
        cells.iter().rposition(|cell| cell.symbol() == END).unwrap()
    }

    #[test]
    fn scripts_and_emoji_take_what_is_drawn() {
        for (text, columns) in [
            ("Zażółć", 6),
            ("e\u{301}cole", 5),
            ("東京", 4),
            ("한국 한국", 9),
            ("ｶﾀｶﾅ", 4),
            ("العربية", 7),
            ("سلام لا", 7),
            ("עברית", 5),
            ("हिन्दी", 5),
            ("ไทย น้ำ", 6),
            ("👍🏽", 2),
            ("🇯🇵🇩🇪", 4),
        ] {
            assert_eq!(drawn(&Line::raw(text)), width(text), "{text}");
            assert!(
                width(text).abs_diff(columns) <= 1,
                "{text}: {}",
                width(text)
            );
        }
    }

    #[test]
    fn a_match_leaves_letters_and_their_marks_together() {
        let query = Query::parse("cafe");
        let spans = highlighted(
            "cafe\u{301} 1",
            &[],
            &query,
            Style::new(),
            Style::new().bold(),
        );
        let texts: Vec<_> = spans.iter().map(|span| span.content.as_ref()).collect();
        assert_eq!(texts, ["cafe\u{301}", " 1"]);
    }

    /// Text of every kind, with more of what joins, doubles and reorders than chance would bring.
    fn text() -> impl Strategy<Value = String> {
        let hard = "[a-z \u{301}\u{644}\u{627}\u{5d0}\u{5dc}\u{1100}\u{1161}\u{11a8}東👍\u{1f3fd}\u{1f1e9}\u{1f1ea}\u{915}\u{94d}\u{200d}\u{202e}\u{fe0f}\u{e33}\u{ff76}\u{ff9e}\u{ff9f}]{0,20}";
        prop_oneof!["\\PC{0,40}", hard, any::<String>()]
    }

    proptest! {
        #[test]
        fn never_wider_than_asked(text in text(), columns in 0_usize..30) {
            let fitted = fit(&text, columns, "…");
            prop_assert!(drawn(&Line::raw(&fitted)) <= columns, "{fitted:?}");
            for line in wrap(&text, columns.max(2)) {
                prop_assert!(drawn(&Line::raw(&line)) <= columns.max(2), "{line:?}");
            }
        }

        #[test]
        fn what_is_measured_is_what_is_drawn(text in text(), query in "[a-z東\u{644}👍]{0,3}", columns in 0_usize..60) {
            let text = fit(&text, 400, "…");
            prop_assert_eq!(drawn(&Line::raw(&text)), width(&text));
            let padded = pad(&text, columns);
            prop_assert_eq!(drawn(&Line::raw(&padded)), width(&text).max(columns));
            let line = Line::from(highlighted(&text, &[], &Query::parse(&query), Style::new(), Style::new().bold()));
            prop_assert_eq!(drawn(&line), width(&text));
        }
    }
}
