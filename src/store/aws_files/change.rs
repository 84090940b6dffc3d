//! A change of one AWS file: its old and its new version, and the sections that differ.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Bytes;
use super::document::Document;
use super::syntax::{FileKind, Name};

/// The old and the new version of one file.
pub(super) struct Change {
    pub kind: FileKind,
    pub path: PathBuf,
    /// The bytes that were read; `None`: there was no file.
    pub before: Option<Bytes>,
    /// The bytes to write; `None`: the file is removed.
    pub after: Option<Bytes>,
    /// The sections that differ between the two.
    pub sections: Vec<SectionRecord>,
}

/// The fingerprints of one section before and after a change; `None` where there was no section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SectionRecord {
    pub name: Name,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The sections among `ours` that differ between two versions of a file.
pub(super) fn changed(before: &Document, after: &Document, ours: &[Name]) -> Vec<SectionRecord> {
    let (before, after) = (before.fingerprints(ours), after.fingerprints(ours));
    let mut names: Vec<&Name> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| SectionRecord {
            name: name.clone(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        })
        .filter(|section| section.before != section.after)
        .collect()
}
