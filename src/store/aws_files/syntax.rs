//! The syntax of one line of an AWS file: its break, headers, keys, values and comments
//! (docs/protocols.md#aws-config-files).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The name in a header.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Name {
    /// `[default]`, `[profile NAME]`; in the credentials file any section.
    Profile(String),
    /// `[sso-session NAME]`.
    Session(String),
    /// `[services NAME]`.
    Services(String),
    /// Anything else, as it is written; also a header that cannot be understood.
    Other(Vec<u8>),
}

impl Name {
    /// True for `[DEFAULT]`, which seeds the other sections of its file for the AWS CLI.
    pub(super) fn is_seed(&self) -> bool {
        matches!(self, Self::Other(text) if text.starts_with(b"[DEFAULT]"))
    }
}

/// As written in the config file.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::Session(name) => write!(f, "sso-session {name}"),
            Self::Services(name) => write!(f, "services {name}"),
            Self::Other(bytes) => f.write_str(&lossy(bytes)),
        }
    }
}

/// One of the two files; they name profiles differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FileKind {
    /// `~/.aws/config`.
    Config,
    /// `~/.aws/credentials`.
    Credentials,
}

pub(super) fn without_break(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The lines of a text with their breaks: LF, CRLF or CR, as the AWS CLI reads them.
pub(super) fn split_lines(mut text: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let at = text.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let end = match at {
            Some(at) if text[at..].starts_with(b"\r\n") => at + 2,
            Some(at) => at + 1,
            None => text.len(),
        };
        let (line, rest) = text.split_at(end);
        text = rest;
        (!line.is_empty()).then_some(line)
    })
}

/// A comment may be indented, as for the AWS CLI and the SDKs.
pub(super) fn is_blank_or_comment(text: &[u8]) -> bool {
    matches!(text.get(indent(text).len()), None | Some(b'#' | b';'))
}

pub(super) fn is_blank(text: &[u8]) -> bool {
    indent(text).len() == text.len()
}

/// The whitespace in front, as Python and so the AWS CLI knows it.
pub(super) fn indent(text: &[u8]) -> &str {
    if text.first().is_none_or(u8::is_ascii_graphic) {
        return "";
    }
    let valid = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let rest = valid.trim_start_matches(is_space);
    valid.get(..valid.len() - rest.len()).unwrap_or_default()
}

/// Whitespace for Python.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

pub(super) fn lossy(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}

/// The place of the `=` between a key and its value. The AWS CLI takes `:` as well, and a key that it knows must
/// not be written again.
pub(super) fn separator(text: &[u8]) -> Option<usize> {
    text.iter().position(|byte| matches!(byte, b'=' | b':'))
}

pub(super) fn parse_key(text: &[u8]) -> Option<String> {
    let at = separator(text)?;
    Some(lossy(text.get(..at)?).trim_matches(is_space).to_owned())
}

pub(super) fn value_of(text: &[u8]) -> String {
    value_and_comment(text).0
}

/// The comment behind a value, with its mark.
pub(super) fn comment_of(text: &[u8]) -> Option<String> {
    // Almost no line has one, and there may be many lines.
    let has_mark = text.iter().any(|byte| matches!(byte, b'#' | b';'));
    has_mark.then(|| value_and_comment(text).1).flatten()
}

fn value_and_comment(text: &[u8]) -> (String, Option<String>) {
    let at = separator(text).map_or(text.len(), |at| at + 1);
    let value = lossy(text.get(at..).unwrap_or_default());
    let comment =
        value
            .char_indices()
            .zip(value.chars().skip(1))
            .find_map(|((at, before), mark)| {
                (before.is_ascii_whitespace() && matches!(mark, '#' | ';')).then_some(at)
            });
    let part = |text: &str| text.trim_matches(is_space).to_owned();
    match comment.and_then(|at| value.split_at_checked(at)) {
        Some((value, comment)) => (part(value), Some(part(comment))),
        None => (part(&value), None),
    }
}

/// Parses the text between the brackets. The text after them is a comment.
pub(super) fn parse_header(kind: FileKind, text: &[u8]) -> Name {
    let text = text.get(indent(text).len()..).unwrap_or_default();
    let other = || Name::Other(text.to_vec());
    let Some(inner) = text.strip_prefix(b"[") else {
        return other();
    };
    let Some(end) = inner.iter().position(|byte| *byte == b']') else {
        return other();
    };
    let Ok(inner) = std::str::from_utf8(&inner[..end]) else {
        return other();
    };
    let inner = inner.trim();
    if inner.is_empty() {
        return other();
    }
    // It seeds the sections of its file, and is none itself.
    if kind == FileKind::Credentials && text.starts_with(b"[DEFAULT]") {
        return other();
    }
    if kind == FileKind::Credentials || inner == "default" {
        return Name::Profile(unquote(inner).to_owned());
    }
    let Some((word, name)) = inner.split_once([' ', '\t']) else {
        return other();
    };
    let name = unquote(name.trim()).to_owned();
    match word {
        _ if name.is_empty() => other(),
        "profile" => Name::Profile(name),
        "sso-session" => Name::Session(name),
        "services" => Name::Services(name),
        _ => other(),
    }
}

/// Without the quotes of one kind around it.
fn unquote(name: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| name.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(name)
}
