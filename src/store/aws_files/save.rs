//! Saving one or both AWS files: what was read is replaced, and nothing else.
//!
//! Both new versions are whole and on the disk before the first one takes its place. A file that
//! somebody saved since it was read stops everything, and what was already replaced is put back.

use std::path::PathBuf;

use super::backup::SectionRecord;
use super::document::FileKind;
use super::{Bytes, read_file};
use crate::store::Error;
use crate::store::atomic::{self, Permissions, Prepared};
use crate::store::disk::Disk;

/// What becomes of one file.
pub(super) struct Change {
    pub kind: FileKind,
    pub path: PathBuf,
    /// What was read; `None`: there was no file.
    pub before: Option<Bytes>,
    /// What comes; `None`: the file goes.
    pub after: Option<Bytes>,
    /// What is different between the two.
    pub sections: Vec<SectionRecord>,
}

/// Saves some files. `false`: somebody else saved one of them since it was read, and none is changed.
pub(super) fn save(disk: &dyn Disk, changes: &[Change], prefix: &str) -> Result<bool, Error> {
    let prepared: Vec<Option<Prepared<'_>>> = changes
        .iter()
        .map(|change| prepare(disk, change, prefix))
        .collect::<Result<_, _>>()?;
    for (at, (change, prepared)) in changes.iter().zip(prepared).enumerate() {
        let result = put(disk, change, prepared);
        if !matches!(result, Ok(true)) {
            for done in changes.iter().take(at) {
                put_back(disk, done, prefix);
            }
            return result;
        }
    }
    Ok(true)
}

fn prepare<'a>(
    disk: &'a dyn Disk,
    change: &Change,
    prefix: &str,
) -> Result<Option<Prepared<'a>>, Error> {
    change
        .after
        .as_ref()
        .map(|bytes| atomic::prepare(disk, &change.path, bytes, Permissions::Keep, prefix))
        .transpose()
}

/// Puts one new version in its place, unless the old one is not what was read any more. Between that
/// look and the rename lie microseconds; no system call does both.
fn put(disk: &dyn Disk, change: &Change, prepared: Option<Prepared<'_>>) -> Result<bool, Error> {
    if read_file(disk, &change.path)? != change.before {
        return Ok(false);
    }
    match prepared {
        Some(prepared) => prepared.commit()?,
        None => atomic::remove(disk, &change.path)?,
    }
    Ok(true)
}

/// Takes a replaced file back because another one could not be replaced. Whoever saved it in the
/// meantime keeps what they saved.
fn put_back(disk: &dyn Disk, change: &Change, prefix: &str) {
    let back = Change {
        kind: change.kind,
        sections: Vec::new(),
        path: change.path.clone(),
        before: change.after.clone(),
        after: change.before.clone(),
    };
    match prepare(disk, &back, prefix).and_then(|prepared| put(disk, &back, prepared)) {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!(path = %back.path.display(), "a file changed before it could be put back");
        }
        Err(error) => tracing::warn!(%error, "a file could not be put back"),
    }
}
