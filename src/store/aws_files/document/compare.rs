//! Comparing documents: equality, the lines outside of some sections, and the part that differs.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use zeroize::Zeroizing;

use super::{Document, Line, Name, Text, fingerprint};

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

impl Document {
    /// The lines outside of some sections: what an edit of those must leave alone.
    pub(in crate::store::aws_files) fn outside(&self, ours: &[Name]) -> Text {
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
    pub(in crate::store::aws_files) fn fingerprints(
        &self,
        ours: &[Name],
    ) -> BTreeMap<Name, String> {
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
    pub(in crate::store::aws_files) fn difference(&self, other: &Self) -> [Text; 2] {
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
        let before = self
            .sections
            .partition_point(|section| section.header < head);
        let from = before
            .checked_sub(2)
            .map_or(0, |at| self.sections[at].header);
        let end = self.lines.len() - tail;
        let after = self
            .sections
            .partition_point(|section| section.header < end);
        let to = self.sections.get(after + 1).map(|section| section.header);
        let kept = self.lines.len() - to.unwrap_or(self.lines.len());
        [self, other].map(|document| {
            let mut text = Zeroizing::new(Vec::new());
            document.copy(from, document.lines.len() - kept, &mut text);
            text
        })
    }
}
