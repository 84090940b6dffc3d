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

use zeroize::Zeroizing;

use super::outline::{Outline, Role};
use super::syntax::{
    FileKind, Name, comment_of, indent, is_blank, is_blank_or_comment, lossy, parse_header,
    parse_key, separator, split_lines, value_of, without_break,
};
use crate::domain::Secret;
use crate::store::json::sha1;

/// The three bytes that some editors put in front.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A property: its line, and those that continue its value.
#[derive(Clone, Debug)]
pub(super) struct Property {
    /// As it is written, without the blanks around it.
    pub key: String,
    /// The line.
    pub line: usize,
    /// The lines that continue it. There may be comments and blank lines between them.
    pub more: Vec<usize>,
}

impl Property {
    /// The line after the last of its value.
    pub(super) fn end(&self) -> usize {
        self.more.last().unwrap_or(&self.line) + 1
    }
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

/// A value that is to be written; it may be a secret.
pub(super) type Value = Zeroizing<String>;

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
    /// True if a header is indented, so that the lines above it decide that it is one.
    has_indented_header: bool,
    /// The place of each name's first section, and true if there is another one. Only where many are
    /// looked up; kept up to date with the sections.
    index: Option<HashMap<Name, (usize, bool)>>,
}

/// A hash that identifies a section's text without revealing it, so that records hold no secrets. The
/// line break at the end does not count, because it depends on the text that follows.
pub(super) fn fingerprint(text: &[u8]) -> String {
    sha1(without_break(text))
}

impl Document {
    /// Splits a file into lines; any bytes will do.
    pub(super) fn parse(kind: FileKind, bytes: &[u8]) -> Self {
        let (bom, bytes) = bytes
            .strip_prefix(BOM)
            .map_or((&[][..], bytes), |rest| (BOM, rest));
        let mut at = 0;
        let lines: Vec<Line> = split_lines(bytes)
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
            has_indented_header: false,
            index: None,
        };
        // The last line may have none.
        let has_break =
            |at: &usize| document.line(*at).ends_with(b"\n") || document.line(*at).ends_with(b"\r");
        let breaks = (0..document.lines.len()).filter(has_break).count();
        for eol in [&b"\r\n"[..], b"\r"] {
            let lines = 0..document.lines.len();
            let alike = lines.filter(|at| document.line(*at).ends_with(eol));
            if alike.count() * 2 > breaks {
                document.eol = eol;
            }
        }
        document.find_sections();
        document
    }

    /// The file it was read from: config or credentials.
    pub(super) fn kind(&self) -> FileKind {
        self.kind
    }

    /// True if the file begins with a byte order mark.
    pub(super) fn has_mark(&self) -> bool {
        !self.bom.is_empty()
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

    /// True if the AWS CLI reads this section instead of an earlier one of the same name: their headers differ. Two headers
    /// that are equal make it refuse the file, and others read them as one.
    pub(super) fn takes_over(&self, at: usize) -> bool {
        let Some((section, earlier)) = self.sections.get(..=at).and_then(<[_]>::split_last) else {
            return false;
        };
        let last = earlier.iter().rfind(|known| known.name == section.name);
        last.is_some_and(|last| {
            self.text(last.header).trim_ascii() != self.text(section.header).trim_ascii()
        })
    }

    fn find_sections(&mut self) {
        let mut sections: Vec<Section> = Vec::new();
        let mut outline = Outline::default();
        for at in 0..self.lines.len() {
            let text = self.text(at);
            match (outline.next(text), sections.last_mut()) {
                (Role::Header, _) => sections.push(Section {
                    name: parse_header(self.kind, text),
                    header: at,
                    end: at + 1,
                }),
                (Role::Filler, _) | (_, None) => {}
                (_, Some(section)) => section.end = at + 1,
            }
        }
        self.has_indented_header = sections
            .iter()
            .any(|section| !self.indent(section.header).is_empty());
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
        let mut outline = Outline::default();
        for at in section.header + 1..section.end {
            let text = self.text(at);
            match outline.next(text) {
                Role::Property => properties.extend(parse_key(text).map(|key| Property {
                    key,
                    line: at,
                    more: Vec::new(),
                })),
                Role::Continuation => {
                    if let Some(property) = properties.last_mut() {
                        property.more.push(at);
                    }
                }
                Role::Filler | Role::Header | Role::Junk => {}
            }
        }
        properties
    }

    /// The value of a property. As in the SDKs, a comment after a blank is cut from its line; as in the AWS
    /// CLI, the lines that continue it are kept whole.
    pub(super) fn value(&self, property: &Property) -> String {
        let mut value = value_of(self.text(property.line));
        for at in &property.more {
            value.push('\n');
            value.push_str(lossy(self.text(*at)).trim());
        }
        value
    }

    /// The comment that is cut from the line of a property.
    pub(super) fn comment(&self, property: &Property) -> Option<String> {
        comment_of(self.text(property.line))
    }

    /// The value of a property, wiped when it is dropped.
    pub(super) fn secret(&self, property: &Property) -> Secret {
        Secret::new(self.value(property))
    }

    /// The value of a key of a section. The last of several counts, as in the SDKs.
    pub(super) fn get(&self, section: &Section, key: &str) -> Option<String> {
        let properties = self.properties(section);
        let mut from_last = properties.iter().rev();
        let property = from_last.find(|property| property.key.eq_ignore_ascii_case(key))?;
        Some(self.value(property))
    }

    /// True if a section has a key. Its value, which may be a secret, is not looked at.
    pub(super) fn has(&self, section: &Section, key: &str) -> bool {
        let properties = self.properties(section);
        let mut keys = properties.iter().map(|property| &property.key);
        keys.any(|known| known.eq_ignore_ascii_case(key))
    }

    /// Sets the keys of a section that have a value, and removes those that have none. A value that
    /// is there already keeps its line as it is, but for a comment behind it, which the AWS CLI takes for a part
    /// of the value: that gets a line of its own. A new key goes after the one that is before it in
    /// `keys`, so that a section that changes its kind looks like a new one of that kind. Keys are indented
    /// like those around them, and comments stay.
    pub(super) fn put(&mut self, section: &Section, keys: &[(&str, Option<Value>)]) {
        let properties = self.properties(section);
        let mut cut: Vec<usize> = Vec::new();
        let mut added: Vec<(usize, Line)> = Vec::new();
        let mut place = self.first_place(section, &properties);
        let beside = match properties.as_slice() {
            [first, ..] if place < section.end => first.line,
            [_, ..] => self.last_beside(section),
            [] => section.header,
        };
        // A key that is indented deeper than the one above it would continue its value.
        let mut indent = self.indent(beside).to_owned();
        let before = self.lines.len();
        for (key, value) in keys {
            let mut known = properties
                .iter()
                .filter(|property| property.key.eq_ignore_ascii_case(key));
            if let Some(value) = value {
                match known.next_back() {
                    Some(property) => {
                        place = property.end();
                        self.indent(property.line).clone_into(&mut indent);
                        let comment = self.comment(property);
                        let is_same = Zeroizing::new(self.value(property)) == *value;
                        if let Some(comment) = comment.as_deref().filter(|_| is_same) {
                            let line = self.new_line(&format!("{indent}{comment}"));
                            added.push((property.line, line));
                        }
                        if !is_same || comment.is_some() {
                            self.lines[property.line] = self.setting(&indent, key, value);
                            cut.extend(&property.more);
                        }
                    }
                    None => added.push((place, self.setting(&indent, key, value))),
                }
            }
            // What is left of the key would be a duplicate, which the AWS CLI cannot read.
            for property in known {
                cut.push(property.line);
                cut.extend(&property.more);
            }
        }
        if added.is_empty() && cut.is_empty() {
            return;
        }
        for (place, _) in &added {
            self.close_line(*place);
        }
        // From the last to the first, so that earlier lines keep their place. Where lines are removed and
        // inserted at one place, they are removed first.
        cut.sort_unstable();
        cut.dedup();
        added.sort_by_key(|(place, _)| *place);
        while !added.is_empty() || !cut.is_empty() {
            let place = added.last().map(|(place, _)| *place);
            if let Some(line) = cut.pop_if(|line| place.is_none_or(|at| at <= *line)) {
                self.lines.remove(line);
            } else if let Some((place, line)) = added.pop() {
                self.lines.insert(place, line);
            }
        }
        self.shift(section.header, before);
        self.keep_inside(section, section.end + self.lines.len() - before);
    }

    /// Gives a section another header of the same name. What is behind it stays, as a comment. A file with indented
    /// headers is left: without the indent, lines could mean something else.
    pub(super) fn set_header(&mut self, section: &Section, header: &str) {
        if self.has_indented_header {
            return;
        }
        let text = lossy(self.text(section.header)).into_owned();
        let behind = text.split_once(']').map_or("", |(_, behind)| behind.trim());
        let line = match behind {
            "" => header.to_owned(),
            comment if comment.starts_with(['#', ';']) => format!("{header} {comment}"),
            other => format!("{header} # {other}"),
        };
        self.replace_text(section.header, line.as_bytes());
    }

    /// The key of a property and what is around it, up to the value, and how every tool reads it, if it is written in
    /// another way: some SDKs want lower case, no blank in front, and `=`.
    pub(super) fn misspelled(&self, property: &Property) -> Option<(String, String)> {
        let text = self.text(property.line);
        let at = separator(text)?;
        let key = property.key.to_ascii_lowercase();
        let is_plain = key == property.key && text.starts_with(key.as_bytes()) && text[at] == b'=';
        (!is_plain).then(|| (lossy(&text[..=at]).into_owned(), format!("{key} =")))
    }

    /// Writes keys of a section in lower case and with `=`. Indented ones stay so: the user's comments are, too.
    pub(super) fn respell(&mut self, section: &Section, is_ours: impl Fn(&str) -> bool) {
        for property in self.properties(section) {
            let text = self.text(property.line);
            let key = property.key.to_ascii_lowercase();
            let Some(at) = separator(text).filter(|_| is_ours(&key)) else {
                continue;
            };
            if key == property.key && text[at] == b'=' {
                continue;
            }
            let indent = text.get(..self.indent(property.line).len());
            let value = text[at + 1..].trim_ascii_start();
            let new = [indent.unwrap_or_default(), key.as_bytes(), b" = ", value].concat();
            self.replace_text(property.line, &Zeroizing::new(new));
        }
    }

    /// Gives a line another text. It keeps its break.
    fn replace_text(&mut self, at: usize, text: &[u8]) {
        let line = self.line(at);
        let end = &line[without_break(line).len()..];
        self.lines[at] = Line::New(Zeroizing::new([text, end].concat()));
    }

    /// Moves comments that have lost the last line of a section below them in front of the line that is the last
    /// one now: below it, they would be in front of the next section. `end`: the former end of the section.
    fn keep_inside(&mut self, section: &Section, end: usize) {
        let found = self
            .sections
            .iter()
            .find(|known| known.header == section.header);
        let Some(now) = found.cloned() else { return };
        if (now.end..end).all(|at| self.is_blank_line(at)) {
            return;
        }
        if let Some(last) = self.properties(&now).last() {
            let before = self.lines.len();
            self.lines[last.line..end].rotate_left(now.end - last.line);
            self.shift(section.header, before);
        }
    }

    /// The first position for a key in its section: under the header, unless a line there that is no key would
    /// then continue it.
    fn first_place(&self, section: &Section, properties: &[Property]) -> usize {
        let under = section.header + 1;
        let first = properties.first().map_or(under, |property| property.line);
        let is_free = |at| is_blank_or_comment(self.text(at));
        if properties.is_empty() || !(under..first).all(is_free) {
            section.end
        } else {
            under
        }
    }

    /// The last line of a section that decides whether a line below it continues a value: no comment, and no continuation
    /// itself.
    fn last_beside(&self, section: &Section) -> usize {
        let mut outline = Outline::default();
        let mut last = section.header;
        for at in section.header + 1..section.end {
            if !matches!(
                outline.next(self.text(at)),
                Role::Filler | Role::Continuation
            ) {
                last = at;
            }
        }
        last
    }

    /// Adds a section at the end, after a blank line. A file that ends with a blank line ends with one again,
    /// so that [`Document::remove`] knows which lines came with the section.
    pub(super) fn append(&mut self, header: &str, keys: &[(&str, Option<Value>)]) {
        self.close_line(self.lines.len());
        let ends_blank = self
            .lines
            .last()
            .is_some_and(|last| is_blank(self.bytes_of(last)));
        if !self.lines.is_empty() && !ends_blank {
            self.lines.push(self.new_line(""));
        }
        let at = self.lines.len();
        let header = format!("[{header}]");
        self.lines.push(self.new_line(&header));
        for (key, value) in keys {
            if let Some(value) = value {
                self.lines.push(self.setting("", key, value));
            }
        }
        let end = self.lines.len();
        if ends_blank {
            self.lines.push(self.new_line(""));
        }
        let section = Section {
            name: parse_header(self.kind, header.as_bytes()),
            header: at,
            end,
        };
        if let Some(index) = &mut self.index {
            index
                .entry(section.name.clone())
                .and_modify(|(_, again)| *again = true)
                .or_insert((self.sections.len(), false));
        }
        self.sections.push(section);
    }

    /// Removes a section: its header, its properties, the comments between them, and a blank line.
    pub(super) fn remove(&mut self, section: &Section) {
        let before = self.lines.len();
        for (from, to) in self.stretches(std::slice::from_ref(section)) {
            self.lines.drain(from..to);
        }
        self.sections.retain(|known| known.header != section.header);
        self.shift(section.header, before);
        self.index_again();
    }

    /// Removes many sections at once.
    pub(super) fn remove_all(&mut self, sections: &[Section]) {
        let stretches = self.stretches(sections).into_iter();
        self.splice(stretches.map(|(from, to)| (from, to, Vec::new())).collect());
    }

    /// The lines to remove with some sections, which are in the order of the file: the sections, and the blank
    /// line in front of each that would otherwise be left beside another one or at the end. At the beginning
    /// of the file it is the one behind.
    pub(super) fn stretches(&self, sections: &[Section]) -> Vec<(usize, usize)> {
        let mut stretches: Vec<(usize, usize)> = Vec::new();
        for section in sections {
            match stretches.last_mut() {
                Some((_, to)) if *to == section.header => *to = section.end,
                _ => stretches.push((section.header, section.end)),
            }
        }
        let is_break = |at| without_break(self.line(at)).is_empty() && at < self.lines.len();
        // All lines before this one are removed.
        let mut gone = 0;
        for (from, to) in &mut stretches {
            let is_room = *to == self.lines.len() || self.is_blank_line(*to);
            if *from == gone {
                *to += usize::from(is_break(*to));
                gone = *to;
            } else if is_room && is_break(*from - 1) {
                *from -= 1;
            }
        }
        stretches
    }

    /// Finds the sections again after lines of one came or went: it begins at a line, and there were
    /// so many lines before.
    fn shift(&mut self, changed: usize, before: usize) {
        if self.has_indented_header {
            self.find_sections();
            return;
        }
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

    fn setting(&self, indent: &str, key: &str, value: &str) -> Line {
        self.new_line(&Zeroizing::new(format!("{indent}{key} = {value}")))
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
        without_break(self.line(at))
    }

    /// The blanks in front of a line.
    fn indent(&self, at: usize) -> &str {
        indent(self.text(at))
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
        // A lone CR would be one break with the LF of a blank line.
        let joins = at == self.lines.len() && self.eol == b"\n";
        let is_open = match self.line(before).last() {
            Some(b'\n') => false,
            Some(b'\r') => joins,
            _ => true,
        };
        if is_open {
            let closed = [self.line(before), self.eol].concat();
            self.lines[before] = Line::New(Zeroizing::new(closed));
        }
    }
}
