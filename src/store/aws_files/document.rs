//! One AWS file as lines of bytes: what is not changed is not even decoded (docs/requirements.md#every-other-byte).
//!
//! It knows the shape of the files (docs/protocols.md#aws-config-files) and nothing of profiles. Any bytes are a document;
//! joined again they are the same bytes.

mod compare;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::syntax::{
    FileKind, Name, is_blank, is_blank_or_comment, lossy, parse_header, parse_key, value_of,
};
use crate::store::json::hex;

/// The three bytes that some editors put in front.
const BOM: &[u8] = b"\xEF\xBB\xBF";

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
