//! Making remote text harmless before a terminal sees it (docs/requirements.md#remote-text).
//!
//! Account names, role names, e-mail addresses and service messages are written by strangers. They
//! are kept as they came; [`clean`] is applied where they are drawn or printed.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::path::Path;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// `true` if a terminal could act on `c`, or `c` could reorder or hide its neighbors.
///
/// C0, DEL and C1 controls; bidirectional controls; zero-width and other format characters
/// (general category Cf); line and paragraph separators; tag characters.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}'
                | '\u{034F}'
                | '\u{0600}'..='\u{0605}'
                | '\u{061C}'
                | '\u{06DD}'
                | '\u{070F}'
                | '\u{0890}'
                | '\u{0891}'
                | '\u{08E2}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{17B4}'
                | '\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFB}'
                | '\u{110BD}'
                | '\u{110CD}'
                | '\u{13430}'..='\u{1343F}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// `text` without anything [`is_unsafe`]; runs of white space (tabs and line breaks included)
/// become one blank, and the ends are trimmed, so that the result is one line.
#[must_use]
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if is_tidy_ascii(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let tidy = !text.chars().any(is_unsafe)
        && !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
        && !text
            .chars()
            .zip(text.chars().skip(1))
            .any(|(a, b)| a.is_whitespace() && b.is_whitespace())
        && !text.chars().any(|c| c.is_whitespace() && c != ' ');
    if tidy {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !is_unsafe(c) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    Cow::Owned(out)
}

/// The maximum number of characters of a [`CleanText`]; longer messages of a service are cut.
const MAX_CLEAN_CHARS: usize = 2_000;

/// One line of bounded length that is safe to print. The only constructor cleans the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CleanText(String);

impl CleanText {
    /// Cleans `text` and cuts it to 2,000 characters.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(clip(&clean(text.as_ref()), MAX_CLEAN_CHARS).into_owned())
    }
}

impl Deref for CleanText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for CleanText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CleanText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<CleanText> for String {
    fn from(text: CleanText) -> Self {
        text.0
    }
}

/// `text` as one word of a command that a user is told to run: names are other people's text, and
/// what is copied into a shell must not run them (docs/requirements.md#quoting). Quotes only where there is a need for them.
#[must_use]
pub fn word(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._@+=,:/%-".contains(c);
    let text = clean(text);
    // Zsh looks for the program `x` where a word is `=x`; PowerShell and fish read the others.
    if text.chars().all(plain) && !text.is_empty() && !text.starts_with(['=', '%', '@']) {
        text
    } else if text.contains(['$', '`', '\\', '"', '!']) {
        Cow::Owned(quoted(&text))
    } else {
        Cow::Owned(format!("\"{text}\""))
    }
}

/// A single-quoted string that POSIX shells, fish and Elvish read in the same way. Within single quotes, a
/// backslash is literal in POSIX shells and begins an escape in fish; outside of them, it is literal in
/// Elvish. So a quote or a backslash is written within double quotes, where all read it as itself.
#[must_use]
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => out.push_str(r#"'"'"'"#),
            '\\' => out.push_str(r#"'"\\"'"#),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// A text in which paths below the home directory begin with `~`. A path in quotes stays: there, shells do not expand it.
#[must_use]
pub(crate) fn with_tilde(text: &str, home: &Path) -> String {
    let home = match home.to_str() {
        Some(home) if home.len() > 1 => home.trim_end_matches('/'),
        _ => return text.to_owned(),
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(home) {
        out += before;
        let begins = out
            .chars()
            .last()
            .is_none_or(|c| c.is_whitespace() || c == '(');
        out += if begins && after.starts_with(['/', '\\']) {
            "~"
        } else {
            home
        };
        rest = after;
    }
    out + rest
}

/// A number of things, as in `1 profile` and `2 profiles`.
#[must_use]
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {}", plural(count, noun))
}

/// The form of a noun after a number.
#[must_use]
pub(crate) fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{noun}{ending}")
}

/// The beginning of a text that may be of any length, for a sentence.
#[must_use]
pub(crate) fn brief(text: &str) -> Cow<'_, str> {
    clip(text, 80)
}

/// The beginning of a text of any length, for use within a sentence.
#[must_use]
pub(crate) fn clip(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

/// `true` if the text needs no cleaning. This fast path holds for nearly all names: a hundred thousand of them
/// are checked before the first frame.
fn is_tidy_ascii(text: &[u8]) -> bool {
    let mut before = b' ';
    for byte in text {
        if !matches!(byte, b' '..=b'~') || (*byte == b' ' && before == b' ') {
            return false;
        }
        before = *byte;
    }
    text.is_empty() || before != b' '
}

/// The columns of a text on screen: the sum of its clusters, as they are drawn. The width of the whole
/// may be smaller, where a font could join letters that a terminal does not.
#[must_use]
pub(crate) fn width(text: &str) -> usize {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.len();
    }
    text.graphemes(true).map(cluster_width).sum()
}

/// The columns of one grapheme cluster. Control characters are not drawn at all.
#[must_use]
pub(crate) fn cluster_width(cluster: &str) -> usize {
    if cluster.contains(char::is_control) {
        return 0;
    }
    cluster.width()
}

/// The names that a mistyped one could have meant: the most similar ones, best first.
#[must_use]
pub(crate) fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    const MIN_LIKENESS: f64 = 0.75;
    const MAX_NAMES: usize = 4;
    let mut near: Vec<(f64, &str)> = names
        .map(|name| (strsim::jaro_winkler(name, typed), name))
        .filter(|(likeness, _)| *likeness >= MIN_LIKENESS)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.dedup();
    near.into_iter()
        .take(MAX_NAMES)
        .map(|(_, name)| name)
        .collect()
}

/// A key that sorts texts without regard to case, and numbers in them by their value: "team 2" comes before
/// "team 10".
#[must_use]
pub(crate) fn natural_key(text: &str) -> String {
    // Every account has a key: it is made in one pass.
    let mut key = String::with_capacity(text.len() + 4);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit());
            let (number, more) = rest.split_at(end.unwrap_or(rest.len()));
            let value = number.trim_start_matches('0');
            let length = u32::try_from(value.len()).ok().and_then(char::from_u32);
            // The length comes first, after a digit that keeps numbers where digits are.
            key.push('0');
            key.push(length.unwrap_or(char::MAX));
            key.push_str(value);
            rest = more;
        } else if first.is_ascii() {
            let end = rest.find(|c: char| c.is_ascii_digit() || !c.is_ascii());
            let (letters, more) = rest.split_at(end.unwrap_or(rest.len()));
            key.extend(letters.chars().map(|letter| letter.to_ascii_lowercase()));
            rest = more;
        } else {
            key.extend(first.to_lowercase());
            (_, rest) = rest.split_at(first.len_utf8());
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_their_value() {
        let sorted = [
            "Analytics",
            "analytics 2",
            "Analytics 10",
            "analytics 10b",
            "ANALYTICS 10C é9",
            "analytics 10c É10",
            "Analytics 0100",
            "Analytics x",
            "b",
        ];
        let mut texts = sorted;
        texts.reverse();
        texts.sort_by_key(|text| natural_key(text));
        assert_eq!(texts, sorted);
    }

    #[test]
    fn columns_are_those_of_clusters() {
        for (text, columns) in [
            ("", 0),
            ("abc", 3),
            ("a\tb", 2),
            ("e\u{301}", 1),
            ("東京", 4),
            ("👨\u{200d}👩\u{200d}👧", 2),
            ("🇯🇵", 2),
            ("👍🏽", 2),
        ] {
            assert_eq!(width(text), columns, "{text:?}");
        }
    }

    #[test]
    fn controls_and_bidi_go() {
        assert_eq!(clean("a\u{1b}[31mb\u{9b}0m"), "a[31mb0m");
        assert_eq!(clean("prod\u{202e}gnp.exe"), "prodgnp.exe");
        assert_eq!(clean("a\u{200b}\u{2066}b\u{7f}"), "ab");
    }

    #[test]
    fn paths_below_the_home_directory_begin_with_a_tilde() {
        for (text, expected) in [
            ("cannot read /h/me/.aws/config", "cannot read ~/.aws/config"),
            ("/h/me/a and (/h/me/b)", "~/a and (~/b)"),
            ("'/h/me/a b'", "'/h/me/a b'"),
            ("/x/h/me/a /h/mere/a /h/me", "/x/h/me/a /h/mere/a /h/me"),
        ] {
            assert_eq!(with_tilde(text, Path::new("/h/me")), expected);
        }
        assert_eq!(with_tilde("/a/b", Path::new("/")), "/a/b");
    }

    #[test]
    fn a_word_of_a_command_runs_nothing() {
        assert_eq!(word("Partner-1"), "Partner-1");
        assert_eq!(word("Partner (prod)"), "\"Partner (prod)\"");
        assert_eq!(word("it's; x"), "\"it's; x\"");
        for text in ["$(id)", "`id`", "a\"; id; \"", "!!"] {
            assert_eq!(word(text), format!("'{text}'"));
        }
        assert_eq!(word("it's $x"), r#"'it'"'"'s $x'"#);
        assert_eq!(word(r"a\"), r#"'a'"\\"''"#);
        assert_eq!(word("=ls"), "\"=ls\"");
        assert_eq!(word(""), "\"\"");
    }

    #[test]
    fn what_is_long_is_cut_between_characters() {
        assert_eq!(clip("äöü", 3), "äöü");
        assert_eq!(clip("äöü", 2), "äö…");
    }

    #[test]
    fn white_space_is_one_blank() {
        assert_eq!(clean("  a\r\n\t b \u{2028}c\n"), "a b c");
        assert_eq!(clean("\u{1b}\n"), "");
    }

    #[test]
    fn the_short_way_is_the_long_way() {
        for text in ["", "a", " a", "a ", "a b", "a  b", "a\tb", "a\u{7f}b", " "] {
            let tidy = is_tidy_ascii(text.as_bytes());
            assert_eq!(tidy, clean(text) == text, "{text:?}");
        }
    }

    #[test]
    fn ordinary_text_is_not_copied() {
        assert!(matches!(clean("Acme Prod — 東京 🚀"), Cow::Borrowed(_)));
    }
}
