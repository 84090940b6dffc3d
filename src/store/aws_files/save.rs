//! Saving one or both AWS files: what was read is replaced, and nothing else.
//!
//! Both new versions are whole and on the disk before the first one takes its place. A file that
//! somebody saved since it was read stops everything, and what was already replaced is put back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};

use super::change::Change;
use super::settle::look;
use super::syntax::FileKind;
use crate::config::Owners;
use crate::config::owners::AsOwner;
use crate::store::Error;
use crate::store::atomic::{self, Permissions, Prepared};
use crate::store::disk::Disk;
use crate::store::mount::write_error;
use crate::store::stat::Stat;

/// Saves some files. `false`: another program saved one of them since it was read, and none is changed.
/// Each prefix is that of the temporary files beside a file. `partly` becomes a file that was written and
/// could not be put back; if somebody saved it again, it has the change as far as they saw it.
pub(super) fn save(
    disk: &dyn Disk,
    owners: &Owners,
    changes: &[Change],
    prefix: &dyn Fn(FileKind) -> String,
    partly: &mut Option<PathBuf>,
) -> Result<bool, Error> {
    let prepared: Vec<Prepared<'_>> = changes
        .iter()
        .map(|change| prepare(disk, owners, change, &prefix(change.kind)))
        .collect::<Result<_, _>>()?;
    for (at, (change, prepared)) in changes.iter().zip(prepared).enumerate() {
        let result = put(disk, owners, change, prepared);
        if !matches!(result, Ok(true)) {
            for done in changes.iter().take(at) {
                let restored = put_back(disk, owners, done, &prefix(done.kind));
                if !matches!(restored, Ok(true)) {
                    *partly = Some(done.path.clone());
                }
                if result.is_ok() {
                    restored?;
                }
            }
            return result;
        }
    }
    Ok(true)
}

/// A file's new version; an empty one where the file goes, whose name the old version takes.
fn prepare<'a>(
    disk: &'a dyn Disk,
    owners: &Owners,
    change: &Change,
    prefix: &str,
) -> Result<Prepared<'a>, Error> {
    let _as_owner = AsOwner::of(owners, &change.path);
    let bytes = change.after.as_ref().map_or(&[][..], |bytes| bytes);
    atomic::prepare(disk, owners, &change.path, bytes, Permissions::Keep, prefix)
}

/// Puts one new version in its place, unless the old one has changed since it was read.
fn put(
    disk: &dyn Disk,
    owners: &Owners,
    change: &Change,
    prepared: Prepared<'_>,
) -> Result<bool, Error> {
    let _as_owner = AsOwner::of(owners, &change.path);
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
        Err(error) => return Err(write_error(&target)(error)),
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
        .map_err(write_error(target))?;
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

    /// Puts the old version back in its place. If that fails, no version of another program is lost.
    fn put_back(self) -> Result<(), Error> {
        let Self {
            disk,
            change,
            temporary,
            target,
        } = self;
        let Some(after) = &change.after else {
            return match disk.rename_new(temporary, &target) {
                Ok(()) => Ok(()),
                Err(PersistError { file, error }) => Err(keep(disk, file, target, Some(error))),
            };
        };
        let exchange = || disk.exchange(temporary.path(), &target);
        let ours = exchange().and_then(|()| disk.read(temporary.path()));
        match ours {
            Ok(ours) if ours.bytes == *after => Ok(()),
            // Another program saved over our version meanwhile, and its version is the newest.
            Ok(_) => {
                let _ = exchange();
                Err(keep(disk, temporary, target, None))
            }
            Err(error) => Err(keep(disk, temporary, target, Some(error))),
        }
    }
}

/// Keeps another program's version of a file beside it. `failed`: the step by which it did not get its
/// place back; else a still newer version has it.
fn keep(
    disk: &dyn Disk,
    version: NamedTempFile,
    path: PathBuf,
    failed: Option<io::Error>,
) -> Error {
    let kept = keep_aside(disk, version, &path);
    match failed {
        Some(source) if source.kind() != io::ErrorKind::AlreadyExists => {
            Error::NotRestored { path, kept, source }
        }
        _ => Error::Conflict { path, kept },
    }
}

/// Renames a version of a file so that it is kept: leftovers are removed by the beginning of their names. `None` if the
/// version does not exist any more.
fn keep_aside(disk: &dyn Disk, version: NamedTempFile, target: &Path) -> Option<PathBuf> {
    let random = version.path().file_name().unwrap_or_default();
    let random = random.to_string_lossy();
    let random = random.rsplit('-').next().unwrap_or_default();
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".conflict-{random}"));
    let aside = target.with_file_name(name);
    let PersistError { mut file, .. } = match disk.rename_new(version, &aside) {
        Ok(()) => return Some(aside),
        Err(error) => error,
    };
    file.disable_cleanup(true);
    // The file system may not know how to give a name only if it is free. This one is random.
    if !aside.exists() && disk.take_away(file.path(), &aside).is_ok() {
        return Some(aside);
    }
    fs::symlink_metadata(file.path())
        .is_ok()
        .then(|| file.path().to_owned())
}

/// Takes a replaced file back because another one could not be replaced. `false`: somebody saved it in
/// the meantime, and keeps what they saved.
fn put_back(
    disk: &dyn Disk,
    owners: &Owners,
    change: &Change,
    prefix: &str,
) -> Result<bool, Error> {
    let back = Change {
        kind: change.kind,
        sections: Vec::new(),
        path: change.path.clone(),
        before: change.after.clone(),
        after: change.before.clone(),
    };
    let prepared = prepare(disk, owners, &back, prefix)?;
    put(disk, owners, &back, prepared)
}
