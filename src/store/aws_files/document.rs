//! One AWS file as lines of bytes: what is not changed is not even decoded (docs/requirements.md#every-other-byte).
//!
//! It knows the shape of the files (docs/protocols.md#aws-config-files) and nothing of profiles. Any bytes are a document;
//! joined again they are the same bytes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use crate::store::json::hex;

/// The three bytes that some editors put in front.
const BOM: &[u8] = b"\xEF\xBB\xBF";

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// The name in its header.
    pub name: Name,
    /// The header's line.
    pub header: usize,
    /// The line after the last one that belongs to it. Blank lines and comments before the next
    /// header do not.
    pub end: usize,
}

/// The bytes of some lines; those of the credentials file are secrets.
pub(super) type Text = Zeroizing<Vec<u8>>;

/// A line with its line break.
#[derive(Clone, Debug)]
enum Line {
    /// Its range in the bytes that were read.
    Read(Range<usize>),
    /// It came since.
    New(Text),
}

/// A file's lines. Ten thousand profiles are a common size, so what was read is neither copied nor
/// looked at twice.
#[derive(Clone, Debug)]
pub(super) struct Document {
    kind: FileKind,
    bom: &'static [u8],
    read: Rc<Text>,
    lines: Vec<Line>,
    /// The line break that most lines had.
    eol: &'static [u8],
    /// Kept up to date with the lines.
    sections: Vec<Section>,
    /// The place of each name's first section, and true if there is another one. Only where many are
    /// looked up; kept up to date with the sections.
    index: Option<HashMap<Name, (usize, bool)>>,
}

/// The same file, whoever wrote which line.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        let same_line = |(a, b): (&Line, &Line)| match (a, b) {
            (Line::Read(a), Line::Read(b)) if a == b && Rc::ptr_eq(&self.read, &other.read) => true,
            _ => self.bytes_of(a) == other.bytes_of(b),
        };
        self.bom == other.bom
            && self.lines.len() == other.lines.len()
            && self.lines.iter().zip(&other.lines).all(same_line)
    }
}

/// A hash that identifies a section's text without revealing it, so that records hold no secrets. The
/// line break at the end does not count, because it depends on the text that follows.
pub(super) fn fingerprint(text: &[u8]) -> String {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    hex(&Sha1::digest(text))
}

impl Document {
    /// Splits a file into lines; any bytes will do.
    pub(super) fn parse(kind: FileKind, bytes: &[u8]) -> Self {
        let (bom, bytes) = bytes
            .strip_prefix(BOM)
            .map_or((&[][..], bytes), |rest| (BOM, rest));
        let mut at = 0;
        let lines: Vec<Line> = bytes
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| {
                let from = at;
                at += line.len();
                Line::Read(from..at)
            })
            .collect();
        let mut document = Self {
            kind,
            bom,
            read: Rc::new(Zeroizing::new(bytes.to_vec())),
            lines,
            eol: b"\n",
            sections: Vec::new(),
            index: None,
        };
        let lines = 0..document.lines.len();
        let dos = lines.filter(|at| document.line(*at).ends_with(b"\r\n"));
        if dos.count() * 2 > document.lines.len() {
            document.eol = b"\r\n";
        }
        document.find_sections();
        document
    }

    /// The file it was read from: config or credentials.
    pub(super) fn kind(&self) -> FileKind {
        self.kind
    }

    /// The file again.
    pub(super) fn bytes(&self) -> Text {
        // Large enough from the start: a buffer that grows leaves copies in memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.size()));
        bytes.extend_from_slice(self.bom);
        self.copy(0, self.lines.len(), &mut bytes);
        bytes
    }

    fn size(&self) -> usize {
        let lines = self.lines.iter().map(|line| self.bytes_of(line).len());
        self.bom.len() + lines.sum::<usize>()
    }

    /// The sections in their order, duplicates and all.
    pub(super) fn sections(&self) -> &[Section] {
        &self.sections
    }

    fn find_sections(&mut self) {
        let mut sections: Vec<Section> = Vec::new();
        for at in 0..self.lines.len() {
            let text = self.text(at);
            if text.first() == Some(&b'[') {
                sections.push(Section {
                    name: parse_header(self.kind, text),
                    header: at,
                    end: at + 1,
                });
            } else if let Some(section) = sections.last_mut()
                && !is_blank_or_comment(text)
            {
                section.end = at + 1;
            }
        }
        self.sections = sections;
        self.index_again();
    }

    /// Makes looking for sections by name cheap, for as long as the document lives.
    pub(super) fn index(&mut self) {
        self.index.get_or_insert_default();
        self.index_again();
    }

    fn index_again(&mut self) {
        let Some(index) = &mut self.index else { return };
        index.clear();
        for (at, section) in self.sections.iter().enumerate() {
            index
                .entry(section.name.clone())
                .and_modify(|(_, again)| *again = true)
                .or_insert((at, false));
        }
    }

    /// The sections of a name.
    pub(super) fn named(&self, name: &Name) -> Vec<Section> {
        let all = |from: usize| {
            let rest = self.sections.get(from..).unwrap_or_default();
            rest.iter().filter(|section| section.name == *name).cloned()
        };
        match &self.index {
            None => all(0).collect(),
            Some(index) => match index.get(name) {
                None => Vec::new(),
                Some((at, true)) => all(*at).collect(),
                Some((at, false)) => self.sections.get(*at).cloned().into_iter().collect(),
            },
        }
    }

    /// A section's properties in their order, duplicates and all.
    pub(super) fn properties(&self, section: &Section) -> Vec<Property> {
        let mut properties: Vec<Property> = Vec::new();
        for at in section.header + 1..section.end {
            let text = self.text(at);
            if is_blank_or_comment(text) {
                continue;
            }
            if matches!(text.first(), Some(b' ' | b'\t')) {
                if let Some(property) = properties.last_mut() {
                    property.end = at + 1;
                }
            } else if let Some(key) = parse_key(text) {
                properties.push(Property {
                    key,
                    line: at,
                    end: at + 1,
                });
            }
        }
        properties
    }

    /// The value of a property as the SDKs read it: comments after a blank are cut, and an indented
    /// line continues it.
    pub(super) fn value(&self, property: &Property) -> String {
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
    pub(super) fn get(&self, section: &Section, key: &str) -> Option<String> {
        let properties = self.properties(section);
        let mut from_last = properties.iter().rev();
        let property = from_last.find(|property| property.key.eq_ignore_ascii_case(key))?;
        Some(self.value(property))
    }

    /// Sets the keys of a section that have a value, and removes those that have none. A value that
    /// is there already keeps its line as it is; a new key goes after the one that is before it in
    /// `keys`, so that a section that changes its kind looks like a new one of that kind.
    pub(super) fn put(&mut self, section: &Section, keys: &[(&str, Option<String>)]) {
        let properties = self.properties(section);
        let mut cut: Vec<(usize, usize)> = Vec::new();
        let mut added: Vec<(usize, Line)> = Vec::new();
        let mut place = self.first_place(section, &properties);
        let before = self.lines.len();
        for (key, value) in keys {
            let mut known = properties
                .iter()
                .filter(|property| property.key.eq_ignore_ascii_case(key));
            if let Some(value) = value {
                match known.next_back() {
                    Some(property) => {
                        place = property.end;
                        if self.value(property) != *value {
                            self.lines[property.line] = self.setting(key, value);
                            cut.push((property.line + 1, property.end));
                        }
                    }
                    None => added.push((place, self.setting(key, value))),
                }
            }
            // What is left of the key would be a duplicate, which the AWS CLI cannot read.
            cut.extend(known.map(|property| (property.line, property.end)));
        }
        if added.is_empty() && cut.iter().all(|(from, to)| from == to) {
            return;
        }
        for (place, _) in &added {
            self.close_line(*place);
        }
        // From the last to the first, so that earlier lines keep their place. Where lines are removed and
        // inserted at one place, they are removed first.
        cut.sort_unstable();
        added.sort_by_key(|(place, _)| *place);
        while !added.is_empty() || !cut.is_empty() {
            let place = added.last().map(|(place, _)| *place);
            if let Some((from, to)) = cut.pop_if(|(from, _)| place.is_none_or(|at| at <= *from)) {
                self.lines.drain(from..to);
            } else if let Some((place, line)) = added.pop() {
                self.lines.insert(place, line);
            }
        }
        self.shift(section.header, before);
    }

    /// The first position for a key in its section: under the header, unless an indented line there would
    /// then continue it.
    fn first_place(&self, section: &Section, properties: &[Property]) -> usize {
        let under = section.header + 1;
        let first = properties.first().map_or(under, |property| property.line);
        let is_free = |at| {
            let text = self.text(at);
            is_blank(text) || text.starts_with(b"#") || text.starts_with(b";")
        };
        if properties.is_empty() || !(under..first).all(is_free) {
            section.end
        } else {
            under
        }
    }

    /// Adds a section at the end, after a blank line.
    pub(super) fn append(&mut self, header: &str, keys: &[(&str, Option<String>)]) {
        self.close_line(self.lines.len());
        if !self.lines.is_empty() && !is_blank(self.text(self.lines.len() - 1)) {
            self.lines.push(self.new_line(""));
        }
        let at = self.lines.len();
        let header = format!("[{header}]");
        self.lines.push(self.new_line(&header));
        for (key, value) in keys {
            if let Some(value) = value {
                self.lines.push(self.setting(key, value));
            }
        }
        let section = Section {
            name: parse_header(self.kind, header.as_bytes()),
            header: at,
            end: self.lines.len(),
        };
        if let Some(index) = &mut self.index {
            index
                .entry(section.name.clone())
                .and_modify(|(_, again)| *again = true)
                .or_insert((self.sections.len(), false));
        }
        self.sections.push(section);
    }

    /// Removes a section: its header, its properties and the comments between them.
    pub(super) fn remove(&mut self, section: &Section) {
        let before = self.lines.len();
        self.lines.drain(section.header..section.end);
        self.sections.retain(|known| known.header != section.header);
        self.shift(section.header, before);
        self.index_again();
    }

    /// Removes many sections at once.
    pub(super) fn remove_all(&mut self, sections: &[Section]) {
        let stretches = sections
            .iter()
            .map(|section| (section.header, section.end, Vec::new()));
        self.splice(stretches.collect());
    }

    /// Finds the sections again after lines of one came or went: it begins at a line, and there were
    /// so many lines before.
    fn shift(&mut self, changed: usize, before: usize) {
        let now = self.lines.len();
        let first = self
            .sections
            .partition_point(|known| known.header < changed);
        let moved = if now == before {
            first
        } else {
            self.sections.len()
        };
        for at in first..moved {
            let section = &mut self.sections[at];
            if section.header > changed {
                section.header = section.header + now - before;
                section.end = section.end + now - before;
            }
        }
        let found = self
            .sections
            .binary_search_by_key(&changed, |known| known.header);
        let Ok(at) = found else { return };
        let to = self.sections.get(at + 1).map_or(now, |next| next.header);
        let last = (changed + 1..to)
            .rev()
            .find(|at| !is_blank_or_comment(self.text(*at)));
        self.sections[at].end = last.unwrap_or(changed) + 1;
    }

    fn setting(&self, key: &str, value: &str) -> Line {
        self.new_line(&Zeroizing::new(format!("{key} = {value}")))
    }

    fn new_line(&self, text: &str) -> Line {
        Line::New(Zeroizing::new([text.as_bytes(), self.eol].concat()))
    }

    /// The lines outside of some sections: what an edit of those must leave alone.
    pub(super) fn outside(&self, ours: &[Name]) -> Text {
        let ours: HashSet<&Name> = ours.iter().collect();
        let mut out = Zeroizing::new(Vec::with_capacity(self.size()));
        out.extend_from_slice(self.bom);
        let mut at = 0;
        for section in self
            .sections
            .iter()
            .filter(|section| ours.contains(&section.name))
        {
            self.copy(at, section.header, &mut out);
            at = section.end;
        }
        self.copy(at, self.lines.len(), &mut out);
        out
    }

    /// The fingerprints of those of some sections that are there.
    pub(super) fn fingerprints(&self, ours: &[Name]) -> BTreeMap<Name, String> {
        let ours: HashSet<&Name> = ours.iter().collect();
        let mut fingerprints = BTreeMap::new();
        for section in &self.sections {
            if ours.contains(&section.name) {
                let mut text = Zeroizing::new(Vec::new());
                self.copy(section.header, section.end, &mut text);
                fingerprints.insert(section.name.clone(), fingerprint(&text));
            }
        }
        fingerprints
    }

    /// The part of two files in which they differ, with the whole sections around it and one more on
    /// either side: what a parser may read differently in the one and in the other.
    pub(super) fn difference(&self, other: &Self) -> [Text; 2] {
        let same = |(a, b): (&Line, &Line)| self.bytes_of(a) == other.bytes_of(b);
        let head = self
            .lines
            .iter()
            .zip(&other.lines)
            .take_while(|pair| same(*pair))
            .count();
        let rest = self.lines.len().min(other.lines.len()) - head;
        let tails = self.lines.iter().rev().zip(other.lines.iter().rev());
        let tail = tails.take(rest).take_while(|pair| same(*pair)).count();
        let is_header = |at: &usize| self.line(*at).starts_with(b"[");
        let from = (0..head).rev().filter(is_header).nth(1).unwrap_or(0);
        let end = self.lines.len() - tail;
        let to = (end..self.lines.len()).filter(is_header).nth(1);
        let kept = self.lines.len() - to.unwrap_or(self.lines.len());
        [self, other].map(|document| {
            let mut text = Zeroizing::new(Vec::new());
            document.copy(from, document.lines.len() - kept, &mut text);
            text
        })
    }

    /// Some lines, with their breaks.
    pub(super) fn lines(&self, from: usize, to: usize) -> Vec<&[u8]> {
        let lines = self.lines.get(from..to).unwrap_or_default();
        lines.iter().map(|line| self.bytes_of(line)).collect()
    }

    /// The number of lines.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// True if the line exists and is blank.
    pub(super) fn is_blank_line(&self, at: usize) -> bool {
        self.lines
            .get(at)
            .is_some_and(|line| is_blank(self.bytes_of(line)))
    }

    /// Replaces stretches of lines by others, all at once; they must not overlap. Those at the same
    /// place keep their order.
    pub(super) fn splice(&mut self, mut stretches: Vec<(usize, usize, Vec<Text>)>) {
        stretches.sort_by_key(|(from, ..)| *from);
        let mut old = std::mem::take(&mut self.lines)
            .into_iter()
            .enumerate()
            .peekable();
        for (from, to, new) in stretches {
            while let Some((_, line)) = old.next_if(|(at, _)| *at < from) {
                self.lines.push(line);
            }
            while old.next_if(|(at, _)| *at < to).is_some() {}
            self.lines.extend(new.into_iter().map(Line::New));
        }
        self.lines.extend(old.map(|(_, line)| line));
        // The former last line may have had no break and need one now.
        for at in 1..self.lines.len() {
            self.close_line(at);
        }
        self.find_sections();
    }

    /// A line without its break.
    fn text(&self, at: usize) -> &[u8] {
        let line = self.line(at);
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// A line with its break.
    fn line(&self, at: usize) -> &[u8] {
        self.lines.get(at).map_or(b"", |line| self.bytes_of(line))
    }

    fn bytes_of<'a>(&'a self, line: &'a Line) -> &'a [u8] {
        match line {
            Line::Read(range) => self.read.get(range.clone()).unwrap_or_default(),
            Line::New(text) => text,
        }
    }

    /// Appends some lines to a buffer.
    fn copy(&self, from: usize, to: usize, out: &mut Text) {
        for line in self.lines.get(from..to).unwrap_or_default() {
            out.extend_from_slice(self.bytes_of(line));
        }
    }

    /// Gives the line before `at` a break, so that something can follow it.
    fn close_line(&mut self, at: usize) {
        let Some(before) = at
            .checked_sub(1)
            .filter(|before| *before < self.lines.len())
        else {
            return;
        };
        if !self.line(before).ends_with(b"\n") {
            let closed = [self.line(before), self.eol].concat();
            self.lines[before] = Line::New(Zeroizing::new(closed));
        }
    }
}

fn is_blank_or_comment(text: &[u8]) -> bool {
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

/// Parses the text between the brackets. The text after them is a comment.
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
            .iter()
            .find(|section| section.name == name)
            .unwrap()
            .clone()
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
    fn a_new_key_goes_where_its_neighbours_in_the_list_are() {
        let some = |text: &str| Some(text.to_owned());
        let kinds = [
            ("sso", None),
            ("process", some("p")),
            ("region", some("r")),
            ("id", some("i")),
        ];
        for (before, after) in [
            (
                "[x]\nsso = s\nregion = r\nid = i\n",
                "[x]\nprocess = p\nregion = r\nid = i\n",
            ),
            (
                "[x]\n# mine\nregion = q\ns3 =\n  a = b",
                "[x]\nprocess = p\n# mine\nregion = r\nid = i\ns3 =\n  a = b",
            ),
            (
                "[x]\n  odd\nregion = r\n",
                "[x]\n  odd\nregion = r\nprocess = p\nid = i\n",
            ),
            ("[x]\n", "[x]\nprocess = p\nregion = r\nid = i\n"),
            ("[x]", "[x]\nprocess = p\nregion = r\nid = i\n"),
            (
                "[x]\nid = h\n  h\nregion = r",
                "[x]\nprocess = p\nid = i\nregion = r",
            ),
        ] {
            let mut document = Document::parse(FileKind::Credentials, before.as_bytes());
            let x = section(&document, "x");
            document.put(&x, &kinds);
            assert_eq!(text(&document), after, "{before:?}");
        }
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
            document.append("n", &[("k", Some("v".to_owned())), ("removed", None)]);
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

    #[test]
    fn the_part_that_differs_has_a_section_more_on_either_side() {
        let before = config("[a]\nx=1\n[b]\nx=1\n[c]\nx=1\n[d]\nx=1\n[e]\nx=1\n[f]\nx=1\n");
        let mut after = before.clone();
        let [a, b] = before.difference(&after).map(|text| text.to_vec());
        assert_eq!(a, b);
        let c = before.sections()[2].clone();
        after.put(&c, &[("x", Some("2".to_owned()))]);
        let [a, b] = before.difference(&after).map(|text| text.to_vec());
        assert_eq!(a, b"[b]\nx=1\n[c]\nx=1\n[d]\nx=1\n");
        assert_eq!(b, b"[b]\nx=1\n[c]\nx = 2\n[d]\nx=1\n");
    }

    /// Lines that begin, end and continue sections.
    const LINES: &[&str] = &[
        "[profile a]",
        "[profile b]",
        "[b",
        "k = v",
        "k : w # c",
        "  more = 1",
        "\tx",
        "# c",
        "; c",
        "",
        " ",
        "junk",
    ];

    proptest! {
        #[test]
        fn the_sections_are_those_of_the_file_after_any_change(
            lines in proptest::collection::vec(proptest::sample::select(LINES), 0..14),
            breaks in proptest::sample::select(&["\n", "\r\n"][..]),
            ends: bool,
            changes in proptest::collection::vec((0..4_u8, any::<proptest::sample::Index>()), 1..6),
        ) {
            let text = lines.join(breaks) + if ends { breaks } else { "" };
            let mut document = config(&text);
            for (change, which) in changes {
                let sections = document.sections().to_vec();
                if change == 0 || sections.is_empty() {
                    document.append("profile new", &[("k", Some("v".to_owned()))]);
                    continue;
                }
                let section = which.get(&sections);
                match change {
                    1 => document.remove(section),
                    2 => document.put(section, &[("k", None), ("more", Some("x".to_owned()))]),
                    _ => document.put(section, &[("k", Some("new".to_owned())), ("z", Some("y".to_owned()))]),
                }
                let again = Document::parse(FileKind::Config, &document.bytes());
                prop_assert_eq!(document.sections(), again.sections());
                prop_assert!(document == again);
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_survive(bytes: Vec<u8>) {
            let document = Document::parse(FileKind::Config, &bytes);
            prop_assert_eq!(document.bytes().to_vec(), bytes);
        }
    }
}
