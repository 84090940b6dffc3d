//! Headers that name something here, and something else or nothing for the AWS CLI.

use std::path::{Path, PathBuf};

use super::AwsFiles;
use super::document::{Document, Section};
use super::syntax::{FileKind, Name, lossy, without_break};
use crate::domain::process_line;
use crate::store::Error;

/// A header that the AWS CLI reads differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddHeader {
    /// Its file.
    pub path: PathBuf,
    /// Its line, from 1.
    pub line: usize,
    /// As it is written.
    pub text: String,
    /// As every tool reads it.
    pub better: String,
}

impl AwsFiles {
    /// The headers of both files that the AWS CLI reads differently.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn odd_headers(&self) -> Result<Vec<OddHeader>, Error> {
        self.find_in_both(odd_headers_in)
    }
}

fn odd_headers_in(document: &Document, path: &Path) -> Vec<OddHeader> {
    let sections = document.sections().iter();
    let odd = sections.filter(|it| is_odd(document, it));
    odd.map(|section| OddHeader {
        path: path.to_owned(),
        line: section.header + 1,
        text: text(document, section),
        better: better(document.kind(), &section.name),
    })
    .collect()
}

fn text(document: &Document, section: &Section) -> String {
    let lines = document.lines(section.header, section.header + 1);
    let line = without_break(lines.first().copied().unwrap_or_default());
    lossy(line).trim().to_owned()
}

/// The header of a new profile. The AWS CLI reads a name with blanks only in quotes, and finds it again to
/// write to it only in double ones.
pub(super) fn profile_header(name: &str) -> String {
    if name == "default" {
        "default".to_owned()
    } else if name.contains([' ', '\t']) {
        format!("profile \"{name}\"")
    } else {
        format!("profile {name}")
    }
}

/// The header of a name.
pub(super) fn better(kind: FileKind, name: &Name) -> String {
    match (kind, name) {
        (FileKind::Credentials, Name::Profile(name)) => format!("[{name}]"),
        (_, Name::Profile(name)) => format!("[{}]", profile_header(name)),
        (_, Name::Session(name)) if name.contains([' ', '\t']) => {
            format!("[sso-session \"{name}\"]")
        }
        (_, name) => format!("[{name}]"),
    }
}

/// True if the AWS CLI reads another name than ours, or none. It takes all up to the last bracket of the line, blanks
/// included; in the config file it splits that like a shell, into two words.
pub(super) fn is_odd(document: &Document, section: &Section) -> bool {
    let text = text(document, section);
    let Some((inner, _)) = text
        .strip_prefix('[')
        .and_then(|text| text.rsplit_once(']'))
    else {
        return false;
    };
    let (word, name) = match &section.name {
        Name::Other(_) => return false,
        Name::Profile(name) if document.kind() == FileKind::Credentials || inner == "default" => {
            return inner != name;
        }
        Name::Profile(name) => ("profile", name),
        Name::Session(name) => ("sso-session", name),
        Name::Services(name) => ("services", name),
    };
    // Other blanks are letters of a name to it.
    let is_plain = |c: char| matches!(c, ' ' | '\t') || !c.is_whitespace();
    let words = process_line::split_on_unix(inner).unwrap_or_default();
    !inner.starts_with(word) || !inner.chars().all(is_plain) || words != [word, name.as_str()]
}
