//! Saving one or both AWS files: what was read is replaced, and nothing else.
//!
//! Both new versions are whole and on the disk before the first one takes its place. A file that
//! somebody saved since it was read stops everything, and what was already replaced is put back.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};

use super::change::Change;
use super::settle::look;
use super::syntax::FileKind;
use crate::store::Error;
use crate::store::atomic::{self, Permissions, Prepared};
use crate::store::disk::Disk;
use crate::store::stat::Stat;

/// Saves some files. `false`: another program saved one of them since it was read, and none is changed.
/// Each prefix is that of the temporary files beside a file.
pub(super) fn save(
    disk: &dyn Disk,
    changes: &[Change],
    prefix: &dyn Fn(FileKind) -> String,
) -> Result<bool, Error> {
    let prepared: Vec<Prepared<'_>> = changes
        .iter()
        .map(|change| prepare(disk, change, &prefix(change.kind)))
        .collect::<Result<_, _>>()?;
    for (at, (change, prepared)) in changes.iter().zip(prepared).enumerate() {
        let result = put(disk, change, prepared);
        if !matches!(result, Ok(true)) {
            for done in changes.iter().take(at) {
                put_back(disk, done, &prefix(done.kind));
            }
            return result;
        }
    }
    Ok(true)
}

/// A file's new version; an empty one where the file goes, whose name the old version takes.
fn prepare<'a>(disk: &'a dyn Disk, change: &Change, prefix: &str) -> Result<Prepared<'a>, Error> {
    let bytes = change.after.as_ref().map_or(&[][..], |bytes| bytes);
    atomic::prepare(disk, &change.path, bytes, Permissions::Keep, prefix)
}

/// Puts one new version in its place, unless the old one has changed since it was read.
fn put(disk: &dyn Disk, change: &Change, prepared: Prepared<'_>) -> Result<bool, Error> {
    let now = look(disk, &change.path)?;
    if now.as_ref().map(|look| &look.bytes) != change.before.as_ref() {
        return Ok(false);
    }
    match (now, &change.after) {
        (None, None) => Ok(true),
        (None, Some(_)) => prepared.commit_new(),
        (Some(now), _) => replace(disk, change, prepared, &now.stat),
    }
}

/// Puts a new version in the place of a file, in one step, and looks at what was really replaced. If
/// that is not what was read, or a program is still writing it, everything is put back.
fn replace(
    disk: &dyn Disk,
    change: &Change,
    prepared: Prepared<'_>,
    before: &Stat,
) -> Result<bool, Error> {
    let (temporary, target) = prepared.into_parts();
    let put = match change.after {
        Some(_) => disk.exchange(temporary.path(), &target),
        None => disk.take_away(&target, temporary.path()),
    };
    match put {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            return replace_unseen(disk, temporary, &target);
        }
        Err(error) => return Err(Error::io("write", &target)(error)),
    }
    let replaced = Replaced {
        disk,
        change,
        temporary,
        target,
    };
    // Twice: a program that opened the file before the exchange may write into it after the first
    // look. The wait for the disk lies between the two, so that they cost no time of their own. A
    // program that takes longer is seen to have the file open, where the system tells.
    let is_untouched = replaced.is_untouched(before).and_then(|is_untouched| {
        if !is_untouched || replaced.has_writer() {
            return Ok(false);
        }
        atomic::settle(disk, atomic::parent(&replaced.target));
        replaced.is_untouched(before)
    });
    if matches!(is_untouched, Ok(true)) {
        return Ok(true);
    }
    replaced.put_back()?;
    is_untouched
}

/// Renames a new version over a file, where the two cannot be exchanged: a program that saves between
/// the last look and the rename is not noticed there.
fn replace_unseen(disk: &dyn Disk, temporary: NamedTempFile, target: &Path) -> Result<bool, Error> {
    if disk.writer(target, &[target]).is_some() {
        return Ok(false);
    }
    disk.rename(temporary, target)
        .map_err(Error::io("write", target))?;
    atomic::settle(disk, atomic::parent(target));
    Ok(true)
}

/// A file whose place is taken; it has the temporary name now, and goes when this is dropped.
struct Replaced<'a> {
    disk: &'a dyn Disk,
    change: &'a Change,
    temporary: NamedTempFile,
    target: PathBuf,
}

impl Replaced<'_> {
    /// True if the old version is still what was read.
    fn is_untouched(&self, before: &Stat) -> Result<bool, Error> {
        let old = look(self.disk, self.temporary.path())?;
        Ok(old.is_some_and(|old| {
            // Only its time tells that an empty file was truncated.
            Some(&old.bytes) == self.change.before.as_ref()
                && (!old.bytes.is_empty() || old.stat.modified == before.modified)
        }))
    }

    fn has_writer(&self) -> bool {
        let path = self.temporary.path();
        let writer = self.disk.writer(path, &[path, &self.target]);
        if let Some(writer) = &writer {
            tracing::info!(%writer, "another program has the file open");
        }
        writer.is_some()
    }

    /// Puts the old version back in its place.
    fn put_back(self) -> Result<(), Error> {
        let Some(after) = &self.change.after else {
            return match self.disk.rename_new(self.temporary, &self.target) {
                Ok(()) => Ok(()),
                // Another program made a new file meanwhile.
                Err(PersistError { file, .. }) => Err(keep_aside(self.disk, file, &self.target)),
            };
        };
        let exchange = || self.disk.exchange(self.temporary.path(), &self.target);
        if exchange().is_ok() {
            let ours = look(self.disk, self.temporary.path())?;
            if ours.is_some_and(|ours| ours.bytes == *after) {
                return Ok(());
            }
            // Another program saved over our version meanwhile, and its version is the newest.
            let _ = exchange();
        }
        Err(keep_aside(self.disk, self.temporary, &self.target))
    }
}

/// Keeps another program's version of a file beside it, because a still newer one has its place.
fn keep_aside(disk: &dyn Disk, version: NamedTempFile, target: &Path) -> Error {
    let random = version.path().file_name().unwrap_or_default();
    let random = random.to_string_lossy();
    let random = random.rsplit('-').next().unwrap_or_default();
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".conflict-{random}"));
    let aside = target.with_file_name(name);
    let kept = match disk.rename_new(version, &aside) {
        Ok(()) => aside,
        Err(PersistError { file, .. }) => match file.keep() {
            Ok((_, path)) => path,
            Err(PersistError { file, .. }) => file.path().to_owned(),
        },
    };
    Error::Conflict {
        path: target.to_owned(),
        kept,
    }
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
            tracing::warn!(path = %back.path.display(), "a file changed before it could be restored");
        }
        Err(error) => tracing::warn!(%error, "cannot restore a file"),
    }
}
