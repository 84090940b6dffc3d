//! One AWS file as lines of bytes: what is not changed is not even decoded (W3).
//!
//! It knows the shape of the files (WIRE.md §10) and nothing of profiles. Any bytes are a document;
//! joined again they are the same bytes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::backup::fingerprint;

/// The three bytes that some editors put in front.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// What a header names.
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

/// As it stands in the config file.
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

/// Which of the two files: they name profiles differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FileKind {
    /// `~/.aws/config`.
    Config,
    /// `~/.aws/credentials`.
    Credentials,
}

/// A property: its line and the indented ones that belong to it.
#[derive(Clone, Debug)]
pub(super) struct Property {
    /// As it is written, without the blanks around it.
    pub key: String,
    /// The line.
    pub line: usize,
    /// The line after its last continuation.
    pub end: usize,
}

/// A section: from its header up to the next one.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// What the header names.
    pub name: Name,
    /// The header's line.
    pub header: usize,
    /// The line after the last one that belongs to it. Blank lines and comments before the next
    /// header do not.
    pub end: usize,
    /// In their order.
    pub properties: Vec<Property>,
}

/// A file's lines, each with its line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
    kind: FileKind,
    bom: &'static [u8],
    lines: Vec<Vec<u8>>,
}

impl Document {
    /// Splits a file into lines; any bytes will do.
    pub fn parse(kind: FileKind, bytes: &[u8]) -> Self {
        let (bom, bytes) = bytes
            .strip_prefix(BOM)
            .map_or((&[][..], bytes), |rest| (BOM, rest));
        Self {
            kind,
            bom,
            lines: split(bytes),
        }
    }

    /// Which of the two files it is.
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// The file again.
    pub fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let length = self.bom.len() + self.lines.iter().map(Vec::len).sum::<usize>();
        // Large enough from the start: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        bytes.extend_from_slice(self.bom);
        self.lines.iter().for_each(|line| bytes.extend(line));
        bytes
    }

    /// The sections in their order, duplicates and all.
    pub fn sections(&self) -> Vec<Section> {
        let mut sections: Vec<Section> = Vec::new();
        for at in 0..self.lines.len() {
            let text = self.text(at);
            if text.first() == Some(&b'[') {
                let name = parse_header(self.kind, text);
                sections.push(Section {
                    name,
                    header: at,
                    end: at + 1,
                    properties: Vec::new(),
                });
                continue;
            }
            let Some(section) = sections.last_mut() else {
                continue;
            };
            if is_blank(text) || matches!(text.first(), Some(b'#' | b';')) {
                continue;
            }
            section.end = at + 1;
            if matches!(text.first(), Some(b' ' | b'\t')) {
                if let Some(property) = section.properties.last_mut() {
                    property.end = at + 1;
                }
            } else if let Some(key) = parse_key(text) {
                section.properties.push(Property {
                    key,
                    line: at,
                    end: at + 1,
                });
            }
        }
        sections
    }

    /// The value of a property as the SDKs read it: comments after a blank are cut, and an indented
    /// line continues it.
    pub fn value(&self, property: &Property) -> String {
        let mut value = value_of(self.text(property.line));
        for at in property.line + 1..property.end {
            let text = self.text(at);
            if !is_blank(text) {
                value.push('\n');
                value.push_str(lossy(text).trim());
            }
        }
        value
    }

    /// The value of a key of a section. The last of several counts, as in the SDKs.
    pub fn get(&self, section: &Section, key: &str) -> Option<String> {
        let property = section
            .properties
            .iter()
            .rev()
            .find(|property| property.key.eq_ignore_ascii_case(key))?;
        Some(self.value(property))
    }

    /// Sets the keys of a section that have a value, and removes those that have none. A value that
    /// is there already keeps its line as it is; a new key goes behind the last one.
    pub fn put(&mut self, section: &Section, keys: &[(&str, Option<String>)]) {
        let mut cut: Vec<(usize, usize)> = Vec::new();
        let mut set: Vec<(usize, Vec<u8>)> = Vec::new();
        let mut added: Vec<u8> = Vec::new();
        let eol = self.eol();
        for (key, value) in keys {
            let mut known = section
                .properties
                .iter()
                .filter(|property| property.key.eq_ignore_ascii_case(key));
            if let Some(value) = value {
                let line = [format!("{key} = {value}").as_bytes(), eol].concat();
                match known.next_back() {
                    Some(property) if self.value(property) == *value => {}
                    Some(property) => {
                        set.push((property.line, line));
                        cut.push((property.line + 1, property.end));
                    }
                    None => added.extend_from_slice(&line),
                }
            }
            // What is left of the key would be a duplicate, which the AWS CLI cannot read.
            cut.extend(known.map(|property| (property.line, property.end)));
        }
        for (at, line) in set {
            if let Some(old) = self.lines.get_mut(at) {
                old.zeroize();
                *old = line;
            }
        }
        if !added.is_empty() {
            self.close_line(section.end);
            self.lines.splice(section.end..section.end, split(&added));
        }
        cut.sort_unstable();
        for (from, to) in cut.into_iter().rev() {
            self.cut(from, to);
        }
    }

    /// Adds a section at the end, behind a blank line.
    pub fn append(&mut self, header: &str, keys: &[(&str, Option<String>)]) {
        let eol = self.eol().to_vec();
        self.close_line(self.lines.len());
        if !self.lines.is_empty() && !is_blank(self.text(self.lines.len() - 1)) {
            self.lines.push(eol.clone());
        }
        let mut text = [b"[", header.as_bytes(), b"]", &eol].concat();
        for (key, value) in keys {
            if let Some(value) = value {
                text.extend_from_slice(format!("{key} = {value}").as_bytes());
                text.extend_from_slice(&eol);
            }
        }
        self.lines.extend(split(&text));
    }

    /// Removes a section: its header, its properties and the comments between them.
    pub fn remove(&mut self, section: &Section) {
        self.cut(section.header, section.end);
    }

    fn cut(&mut self, from: usize, to: usize) {
        for mut line in self.lines.drain(from..to) {
            line.zeroize();
        }
    }

    /// The lines outside of some sections: what an edit of those must leave alone.
    pub fn outside(&self, ours: &[Name]) -> Zeroizing<Vec<u8>> {
        let ours: HashSet<&Name> = ours.iter().collect();
        let sections = self.sections();
        let length = self.bom.len() + self.lines.iter().map(Vec::len).sum::<usize>();
        let mut out = Zeroizing::new(Vec::with_capacity(length));
        out.extend_from_slice(self.bom);
        let mut at = 0;
        for section in sections
            .iter()
            .filter(|section| ours.contains(&section.name))
        {
            out.extend(self.lines[at..section.header].iter().flatten());
            at = section.end;
        }
        out.extend(self.lines[at..].iter().flatten());
        out
    }

    /// The fingerprints of those of some sections that are there.
    pub fn fingerprints(&self, ours: &[Name]) -> BTreeMap<Name, String> {
        let ours: HashSet<&Name> = ours.iter().collect();
        self.sections()
            .into_iter()
            .filter(|section| ours.contains(&section.name))
            .map(|section| {
                let text = Zeroizing::new(self.lines(section.header, section.end).concat());
                (section.name, fingerprint(&text))
            })
            .collect()
    }

    /// Some lines, with their breaks.
    pub fn lines(&self, from: usize, to: usize) -> &[Vec<u8>] {
        self.lines.get(from..to).unwrap_or_default()
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is such a line, and nothing on it.
    pub fn is_blank_line(&self, at: usize) -> bool {
        self.lines.get(at).is_some_and(|line| is_blank(line))
    }

    /// Replaces stretches of lines by others, all at once; they must not overlap. Those at the same
    /// place keep their order.
    pub fn splice(&mut self, mut stretches: Vec<(usize, usize, Vec<Vec<u8>>)>) {
        stretches.sort_by_key(|(from, ..)| *from);
        let eol = self.eol();
        let mut old = std::mem::take(&mut self.lines)
            .into_iter()
            .enumerate()
            .peekable();
        for (from, to, new) in stretches {
            while let Some((_, line)) = old.next_if(|(at, _)| *at < from) {
                self.lines.push(line);
            }
            while let Some((_, mut line)) = old.next_if(|(at, _)| *at < to) {
                line.zeroize();
            }
            self.lines.extend(new);
        }
        self.lines.extend(old.map(|(_, line)| line));
        // A last line may have had no break, and be the last no more.
        let last = self.lines.len().saturating_sub(1);
        for line in self.lines.iter_mut().take(last) {
            if !line.ends_with(b"\n") {
                line.extend_from_slice(eol);
            }
        }
    }

    /// A line without its break.
    fn text(&self, at: usize) -> &[u8] {
        let Some(line) = self.lines.get(at) else {
            return b"";
        };
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// The line break that most lines have.
    fn eol(&self) -> &'static [u8] {
        let dos = self
            .lines
            .iter()
            .filter(|line| line.ends_with(b"\r\n"))
            .count();
        if dos * 2 > self.lines.len() {
            b"\r\n"
        } else {
            b"\n"
        }
    }

    /// Gives the line before `at` a break, so that something can follow it.
    fn close_line(&mut self, at: usize) {
        let eol = self.eol();
        if let Some(line) = at.checked_sub(1).and_then(|at| self.lines.get_mut(at))
            && !line.ends_with(b"\n")
        {
            line.extend_from_slice(eol);
        }
    }
}

/// The lines of the credentials file are secrets.
impl Drop for Document {
    fn drop(&mut self) {
        if self.kind == FileKind::Credentials {
            self.lines.iter_mut().for_each(Zeroize::zeroize);
        }
    }
}

fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
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

fn value_of(text: &[u8]) -> String {
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

/// What stands between the brackets; what follows them is a comment.
fn parse_header(kind: FileKind, text: &[u8]) -> Name {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn config(text: &str) -> Document {
        Document::parse(FileKind::Config, text.as_bytes())
    }

    fn text(document: &Document) -> String {
        String::from_utf8(document.bytes().to_vec()).unwrap()
    }

    fn section(document: &Document, name: &str) -> Section {
        let name = Name::Profile(name.to_owned());
        document
            .sections()
            .into_iter()
            .find(|section| section.name == name)
            .unwrap()
    }

    #[test]
    fn headers() {
        for (header, name) in [
            ("[default]", Name::Profile("default".to_owned())),
            ("[profile x] # why", Name::Profile("x".to_owned())),
            ("[ profile\t\"a b\" ]", Name::Profile("a b".to_owned())),
            ("[profile 'a b']", Name::Profile("a b".to_owned())),
            ("[sso-session s]", Name::Session("s".to_owned())),
            ("[services v]", Name::Services("v".to_owned())),
            ("[profile]", Name::Other(b"[profile]".to_vec())),
            ("[x", Name::Other(b"[x".to_vec())),
        ] {
            assert_eq!(config(header).sections()[0].name, name, "{header}");
        }
        let credentials = Document::parse(FileKind::Credentials, b"[profile x]");
        assert_eq!(
            credentials.sections()[0].name,
            Name::Profile("profile x".to_owned())
        );
    }

    #[test]
    fn values_as_the_sdks_read_them() {
        let document = config(
            "[profile x]\nUrl=https://a/start#/ # note\n s3 = \nregion : a ; b\ns3 =\n  max = 1\n\n  # c\n  min = 2\nempty=\n",
        );
        let x = section(&document, "x");
        assert_eq!(document.get(&x, "url").unwrap(), "https://a/start#/\ns3 =");
        assert_eq!(document.get(&x, "region").unwrap(), "a");
        assert_eq!(document.get(&x, "s3").unwrap(), "\nmax = 1\n# c\nmin = 2");
        assert_eq!(document.get(&x, "empty").unwrap(), "");
        assert_eq!(document.get(&x, "none"), None);
    }

    #[test]
    fn put_changes_its_lines_only() {
        let mut document = config(
            "[profile x]\r\n# keep\r\na = 1\r\nB = 2 ; same\r\n  more\r\nb: 3\r\n\r\n# next\r\n[profile y]\r\nq=1",
        );
        let x = section(&document, "x");
        document.put(
            &x,
            &[
                ("a", Some("1".to_owned())),
                ("b", Some("4".to_owned())),
                ("c", Some("5".to_owned())),
                ("z", None),
            ],
        );
        assert_eq!(
            text(&document),
            "[profile x]\r\n# keep\r\na = 1\r\nb = 4\r\nc = 5\r\n\r\n# next\r\n[profile y]\r\nq=1"
        );
        let y = section(&document, "y");
        document.put(&y, &[("q", None), ("r", Some("2".to_owned()))]);
        assert!(text(&document).ends_with("[profile y]\r\nr = 2\r\n"));
    }

    #[test]
    fn append_makes_room() {
        for (before, after) in [
            ("", "[n]\nk = v\n"),
            ("a", "a\n\n[n]\nk = v\n"),
            ("a\n\n", "a\n\n[n]\nk = v\n"),
            ("[a]\r\nb=c\r\n", "[a]\r\nb=c\r\n\r\n[n]\r\nk = v\r\n"),
        ] {
            let mut document = config(before);
            document.append("n", &[("k", Some("v".to_owned())), ("gone", None)]);
            assert_eq!(text(&document), after);
        }
        let mut document = Document::parse(FileKind::Config, BOM);
        document.append("default", &[]);
        assert_eq!(document.sections().len(), 1);
    }

    #[test]
    fn remove_leaves_the_next_sections_comments() {
        let mut document = config("# top\n[profile x]\na=1\n\n# of y\n[profile y]\n");
        let x = section(&document, "x");
        document.remove(&x);
        assert_eq!(text(&document), "# top\n\n# of y\n[profile y]\n");
    }

    proptest! {
        #[test]
        fn any_bytes_survive(bytes: Vec<u8>) {
            let document = Document::parse(FileKind::Config, &bytes);
            let _ = document.sections();
            prop_assert_eq!(document.bytes().to_vec(), bytes);
        }
    }
}
