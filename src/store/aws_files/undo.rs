//! Undoes the last change: applies its inverse, section by section, to the files as they are
//! now. What others changed in other sections stays; what they changed in ours is not thrown away
//! without a word.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::backup::{FileRecord, Reason};
use super::change::{Change, SectionRecord, changed};
use super::document::{Document, Section, Text, fingerprint};
use super::settle::Settled;
use super::syntax::{FileKind, Name, is_blank};
use super::{AwsFiles, Bytes, File, Pair, check, diff};
use crate::domain::undo::{FileDiff, UndoResult};
use crate::store::Error;
use crate::store::disk::{Disk, Machine};

/// Lines that take the place of others.
type Stretch = (usize, usize, Vec<Text>);

/// The steps that undo a change now.
struct Plan {
    number: u32,
    changes: Vec<Change>,
    undone: UndoResult,
}

impl AwsFiles {
    /// Undoes the last change that roledex made and that is still there. `None`: there is none.
    ///
    /// # Errors
    /// [`Error::ChangedSince`] if another program changed the same section since, unless `force`; and
    /// those of [`AwsFiles::edit`].
    pub fn undo(&self, force: bool) -> Result<Option<UndoResult>, Error> {
        self.undo_on(&Machine, force)
    }

    /// The result that [`AwsFiles::undo`] would have.
    ///
    /// # Errors
    /// As there.
    pub fn undo_plan(&self, force: bool) -> Result<Option<UndoResult>, Error> {
        let plan = self.plan(
            &Machine,
            &self.load(&Machine, Settled::WhenUnchanged)?,
            force,
        )?;
        Ok(plan.map(|plan| plan.undone))
    }

    pub(super) fn undo_on(
        &self,
        disk: &dyn Disk,
        force: bool,
    ) -> Result<Option<UndoResult>, Error> {
        if self.backups.edits()?.is_empty() {
            return Ok(None);
        }
        let (_, told) = self.change(disk, Reason::Undo, |now| {
            Ok(match self.plan(disk, now, force)? {
                Some(plan) => (plan.changes, Some((plan.number, plan.undone))),
                None => (Vec::new(), None),
            })
        })?;
        Ok(told.map(|(number, undone)| {
            // The old version is in its place. If the record is not removed, the next undo finds nothing
            // of the change left and skips it.
            self.backups.discard(disk, number);
            undone
        }))
    }

    /// The newest change of which something is left. One that never arrived, because the machine was
    /// switched off before its rename, or that was undone by hand, is skipped.
    fn plan(&self, disk: &dyn Disk, now: &Pair<File>, force: bool) -> Result<Option<Plan>, Error> {
        for record in self.backups.edits()? {
            if !record.files.iter().all(|file| self.is_about(file)) {
                continue;
            }
            let Some(versions) = self.backups.before(disk, &record)? else {
                continue;
            };
            let (mut changes, mut files) = (Vec::new(), Vec::new());
            // What was written last goes first.
            for (file, old) in record.files.iter().zip(versions).rev() {
                let (path, now) = self.file_of_kind(file.kind, now);
                if let Some((change, diff)) = take_back(path, now, file, old, force)? {
                    changes.push(change);
                    files.push(diff);
                }
            }
            if !changes.is_empty() {
                let made_at = record.at;
                return Ok(Some(Plan {
                    number: record.number,
                    changes,
                    undone: UndoResult { made_at, files },
                }));
            }
        }
        Ok(None)
    }

    fn file_of_kind<'a>(&'a self, kind: FileKind, now: &'a Pair<File>) -> (&'a PathBuf, &'a File) {
        match kind {
            FileKind::Config => (&self.config, &now.config),
            FileKind::Credentials => (&self.credentials, &now.credentials),
        }
    }

    /// True if a record is about our files: another credentials file may have been used with this config.
    fn is_about(&self, file: &FileRecord) -> bool {
        let path = match file.kind {
            FileKind::Config => &self.config,
            FileKind::Credentials => &self.credentials,
        };
        path.to_string_lossy() == file.path.as_str()
    }
}

/// Undoes a change in one file; `None`: nothing of the change is left in it.
fn take_back(
    path: &Path,
    now: &File,
    record: &FileRecord,
    old: Option<Bytes>,
    force: bool,
) -> Result<Option<(Change, FileDiff)>, Error> {
    let names: Vec<Name> = record.sections.iter().map(|s| s.name.clone()).collect();
    let before = Document::parse(record.kind, old.as_ref().map_or(&[], |bytes| bytes));
    let left = left_of(path, &now.document, record, &names, force)?;
    if left.is_empty() {
        return Ok(None);
    }
    let untouched = now.bytes.as_ref().map(|bytes| fingerprint(bytes)) == record.after;
    // A version that lacks lines of others was read while they were saving, and is none.
    let is_whole =
        || check::verify_all_but_blank_lines(path, &now.document, &before, &names).is_ok();
    let (after, bytes) = if untouched && is_whole() {
        // No other program changed the file: the old file, to the byte.
        (before.clone(), old)
    } else {
        let mut after = now.document.clone();
        after.splice(inverse(&now.document, &before, &left));
        check::verify_all_but_blank_lines(path, &now.document, &after, &names)?;
        let bytes = after.bytes();
        (after, Some(bytes))
    };
    let diff = FileDiff {
        path: path.to_owned(),
        sections: {
            let (old, new) = (index(&now.document), index(&after));
            left.iter()
                .map(|section| {
                    let before = lines_of(&now.document, old.get(&section.name));
                    let after = lines_of(&after, new.get(&section.name));
                    diff::diff(record.kind, &before, &after)
                })
                .collect()
        },
    };
    let change = Change {
        kind: record.kind,
        path: path.to_owned(),
        sections: changed(&now.document, &after, &names),
        before: now.bytes.clone(),
        after: bytes,
    };
    Ok(Some((change, diff)))
}

/// The sections in which something of a change is left. One that is neither as we left it nor as it
/// was before is somebody else's by now.
fn left_of<'a>(
    path: &Path,
    now: &Document,
    record: &'a FileRecord,
    names: &[Name],
    force: bool,
) -> Result<Vec<&'a SectionRecord>, Error> {
    let fingerprints = now.fingerprints(names);
    let (mut left, mut foreign) = (Vec::new(), Vec::new());
    for section in &record.sections {
        let is = fingerprints.get(&section.name);
        if is == section.before.as_ref() {
            continue;
        }
        if is == section.after.as_ref() || force {
            left.push(section);
        } else {
            foreign.push(section.name.to_string());
        }
    }
    refuse_duplicates(path, now, &left)?;
    if foreign.is_empty() {
        Ok(left)
    } else {
        Err(Error::ChangedSince {
            path: path.to_owned(),
            sections: foreign,
        })
    }
}

/// Refuses duplicate sections: nothing tells which of them is ours.
fn refuse_duplicates(path: &Path, now: &Document, left: &[&SectionRecord]) -> Result<(), Error> {
    let left: HashSet<&Name> = left.iter().map(|section| &section.name).collect();
    let mut seen: HashMap<Name, Vec<usize>> = HashMap::new();
    for section in now.sections() {
        if left.contains(&section.name) {
            let lines = seen.entry(section.name.clone()).or_default();
            lines.push(section.header + 1);
        }
    }
    match seen.into_iter().find(|(_, lines)| lines.len() > 1) {
        Some((name, lines)) => Err(Error::Duplicate {
            path: path.to_owned(),
            section: name.to_string(),
            lines,
        }),
        None => Ok(()),
    }
}

/// The lines that go and come so that some sections are again as they were in `before`.
fn inverse(now: &Document, before: &Document, left: &[&SectionRecord]) -> Vec<Stretch> {
    let (now_index, old_index) = (index(now), index(before));
    let left: HashSet<&Name> = left.iter().map(|section| &section.name).collect();
    let mut stretches = Vec::new();
    let gone: Vec<Section> = before
        .sections()
        .iter()
        .filter(|section| left.contains(&section.name) && !now_index.contains_key(&section.name))
        .cloned()
        .collect();
    // All at once, as they were removed: one that is by itself would take other blank lines with it.
    let mut gone = before.stretches(&gone).into_iter().peekable();
    // A removed section returns after the last earlier section that still exists, and after the lines
    // that were between the two.
    let (mut base, mut gap_from) = (Some(0), 0);
    let mut gap: Vec<&[u8]> = Vec::new();
    for old in before.sections() {
        gap.extend(before.lines(gap_from, old.header));
        gap_from = gap_from.max(old.end);
        match now_index.get(&old.name) {
            Some((header, end)) => {
                if left.contains(&old.name) {
                    stretches.push((*header, *end, texts(before.lines(old.header, old.end))));
                }
                base = Some(*end);
                gap.clear();
            }
            None if left.contains(&old.name) => {
                // With the blank line that was removed with it, and the sections right behind it.
                if let Some((from, to)) = gone.next_if(|(from, _)| *from <= old.header) {
                    gap.truncate(gap.len() - (old.header - from));
                    gap_from = to;
                    stretches.push(place(now, base, &gap, before.lines(from, to)));
                }
            }
            // It was removed, so the place of the sections after it is no longer known.
            None => base = None,
        }
    }
    let added: Vec<Section> = now
        .sections()
        .iter()
        .filter(|section| left.contains(&section.name) && !old_index.contains_key(&section.name))
        .cloned()
        .collect();
    let removed = now.stretches(&added).into_iter();
    stretches.extend(removed.map(|(from, to)| (from, to, Vec::new())));
    stretches
}

/// Puts lines after a gap if it is unchanged, else at its beginning.
fn place(now: &Document, base: Option<usize>, gap: &[&[u8]], lines: Vec<&[u8]>) -> Stretch {
    let base = base.unwrap_or_else(|| now.len());
    let at = base + gap.len();
    if now.lines(base, at) == gap {
        return (at, at, texts(lines));
    }
    let mut lines = texts(lines);
    if !lines.first().is_some_and(|line| is_blank(line)) {
        lines.insert(0, b"\n".to_vec().into());
    }
    (base, base, lines)
}

fn texts(lines: Vec<&[u8]>) -> Vec<Text> {
    let lines = lines.into_iter();
    lines.map(|line| line.to_vec().into()).collect()
}

/// The range of each section; the first one, if several have the same name.
type Index = HashMap<Name, (usize, usize)>;

fn index(document: &Document) -> Index {
    let mut index = Index::new();
    for section in document.sections() {
        index
            .entry(section.name.clone())
            .or_insert((section.header, section.end));
    }
    index
}

fn lines_of<'a>(document: &'a Document, place: Option<&(usize, usize)>) -> Vec<&'a [u8]> {
    place.map_or_else(Vec::new, |(header, end)| document.lines(*header, *end))
}

#[cfg(test)]
mod tests;
