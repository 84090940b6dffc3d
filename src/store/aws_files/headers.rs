//! Headers that name something here, and something else or nothing for the AWS CLI or an SDK; and keys that some SDKs
//! do not read.

use std::path::{Path, PathBuf};

use super::document::{Document, Section};
use super::syntax::{FileKind, Name, lossy, without_break};
use super::{AwsFiles, ENTRY};
use crate::domain::process_line;
use crate::store::Error;

/// A header or a key that some tools do not read as roledex does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddLine {
    /// Its file.
    pub path: PathBuf,
    /// Its line, from 1.
    pub line: usize,
    /// As it is written; of a key, without its value.
    pub text: String,
    /// As every tool reads it.
    pub better: String,
    /// True if the AWS CLI is one of these tools.
    pub is_odd_for_cli: bool,
}

impl AwsFiles {
    /// The headers of both files, and the keys of managed profiles and portals, that some tools read differently.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn odd_lines(&self) -> Result<Vec<OddLine>, Error> {
        self.find_in_both(odd_lines_in)
    }
}

fn odd_lines_in(document: &Document, path: &Path) -> Vec<OddLine> {
    let odd = |at, text, better, is_odd_for_cli| OddLine {
        path: path.to_owned(),
        line: at + 1,
        text,
        better,
        is_odd_for_cli,
    };
    let mut found = Vec::new();
    for section in document.sections() {
        let at = section.header;
        if is_odd(document, section) {
            let better = better(document.kind(), &section.name);
            found.push(odd(at, text(document, section), better, true));
        } else if let Some(better) = plain(document, section) {
            found.push(odd(at, text(document, section), better, false));
        }
        if matches!(section.name, Name::Session(_)) || document.has(section, ENTRY) {
            let properties = document.properties(section).into_iter();
            found.extend(properties.filter_map(|property| {
                let (text, better) = document.misspelled(&property)?;
                let quoted = |text| format!("{text:?}");
                Some(odd(property.line, quoted(text), quoted(better), false))
            }));
        }
    }
    found
}

/// The header that every tool reads, where it needs no quotes and the section has another one. Some SDKs take quotes, more
/// blanks than one, and what follows the bracket at once for a part of the name, or refuse them.
pub(super) fn plain(document: &Document, section: &Section) -> Option<String> {
    let (Name::Profile(name) | Name::Session(name) | Name::Services(name)) = &section.name else {
        return None;
    };
    let better = better(document.kind(), &section.name);
    let line = line(document, section);
    let is_plain = |header: &str| is_header_line(&line, header);
    let is_fine = name.contains([' ', '\t', '"', '\'', '\\'])
        || is_plain(&better)
        || (name == "default" && is_plain("[profile default]"));
    (!is_fine).then_some(better)
}

/// True if a line is this header for every tool: behind it is at most a comment, after a blank.
fn is_header_line(line: &str, header: &str) -> bool {
    line.strip_prefix(header).is_some_and(|behind| {
        let text = behind.trim();
        text.is_empty() || (behind.starts_with([' ', '\t']) && text.starts_with(['#', ';']))
    })
}

fn line(document: &Document, section: &Section) -> String {
    let lines = document.lines(section.header, section.header + 1);
    lossy(without_break(lines.first().copied().unwrap_or_default())).into_owned()
}

fn text(document: &Document, section: &Section) -> String {
    line(document, section).trim().to_owned()
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
