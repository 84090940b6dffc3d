//! The syntax of one line of an AWS file: headers, keys, values and comments
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

pub(super) fn is_blank_or_comment(text: &[u8]) -> bool {
    is_blank(text) || matches!(text.first(), Some(b'#' | b';'))
}

pub(super) fn is_blank(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_whitespace)
}

pub(super) fn lossy(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}

/// `=` is the separator; the AWS CLI takes `:` as well, and a key that it knows must not be written
/// again.
pub(super) fn parse_key(text: &[u8]) -> Option<String> {
    let at = text.iter().position(|byte| matches!(byte, b'=' | b':'))?;
    Some(lossy(text.get(..at)?).trim().to_owned())
}

pub(super) fn value_of(text: &[u8]) -> String {
    let at = text
        .iter()
        .position(|byte| matches!(byte, b'=' | b':'))
        .map_or(text.len(), |at| at + 1);
    let value = lossy(text.get(at..).unwrap_or_default());
    let comment =
        value
            .char_indices()
            .zip(value.chars().skip(1))
            .find_map(|((at, before), mark)| {
                (before.is_ascii_whitespace() && matches!(mark, '#' | ';')).then_some(at)
            });
    comment
        .and_then(|at| value.get(..at))
        .unwrap_or(&value)
        .trim()
        .to_owned()
}

/// Parses the text between the brackets. The text after them is a comment.
pub(super) fn parse_header(kind: FileKind, text: &[u8]) -> Name {
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
