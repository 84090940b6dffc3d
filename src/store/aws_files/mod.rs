//! The AWS files: read as the SDKs read them, edited without touching a byte that is not ours.
//!
//! Only sections with `roledex_entry` are changed unasked (W5). Every write goes: lock, read again,
//! edit, check with an independent parser, keep the old version, temporary file, fsync, compare, rename
//! (W1). The last change can be taken back (W2).

mod backup;
mod check;
mod clean;
mod diff;
mod document;
mod duplicates;
mod edit;
mod read;
mod save;
mod undo;

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use backup::{Backups, Why};
use document::{Document, FileKind};
pub use edit::{Body, Edit, Written};
pub use read::{Profile, Shadow, Snapshot};
use save::Change;
use zeroize::Zeroizing;

use super::disk::{Disk, Machine};
use super::lock::{Lock, lock_file};
use super::{Error, atomic};
use crate::config::Dirs;
use crate::domain::EntryId;

/// The key that makes a section ours; its value is the entry's id.
const ENTRY: &str = "roledex_entry";

/// How long we wait for another roledex that is writing; a write takes milliseconds.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// How often an edit is done again because somebody saved in between.
const MOST_TRIES: usize = 5;

/// A file's content; the credentials file's is secret.
type Bytes = Zeroizing<Vec<u8>>;

/// Both AWS files of a person.
#[derive(Clone, Debug)]
pub struct AwsFiles {
    config: PathBuf,
    credentials: PathBuf,
    lock: PathBuf,
    lock_wait: Duration,
    backups: Backups,
}

/// Something of each of the two files.
struct Pair<T> {
    config: T,
    credentials: T,
}

/// A file as it was read; `None`: there is none (W11).
struct File {
    bytes: Option<Bytes>,
    document: Document,
}

impl AwsFiles {
    /// The AWS files of a person.
    #[must_use]
    pub fn new(dirs: &Dirs) -> Self {
        let lock = lock_file(dirs, dirs.aws_config.as_os_str().as_encoded_bytes());
        Self {
            config: dirs.aws_config.clone(),
            credentials: dirs.aws_credentials.clone(),
            // Whoever names the same config file by another path meets the comparison before the rename.
            backups: Backups::new(dirs.state.join("backups").join(&*lock_name(&lock))),
            lock,
            lock_wait: LOCK_WAIT,
        }
    }

    /// Both files as they are now; a missing file is an empty one (W11).
    ///
    /// # Errors
    /// A file that is there and cannot be read (W2).
    pub fn read(&self) -> Result<Snapshot, Error> {
        let now = self.load(&Machine)?;
        Ok(Snapshot::new(
            &now.config.document,
            &now.credentials.document,
        ))
    }

    /// Makes some changes at once. All of them, or none: every refusal comes before the first write.
    ///
    /// # Errors
    /// A profile that is not ours, a section that stands twice, a value that cannot be written, and
    /// those of the operating system.
    pub fn edit(&self, edits: &[Edit]) -> Result<Written, Error> {
        self.edit_on(&Machine, edits)
    }

    /// Forgets the keys of some entries in the old versions that are kept for `undo`. The files
    /// themselves are not looked at.
    ///
    /// # Errors
    /// Those of the operating system; keys may then be left.
    pub fn forget_old_keys(&self, is_meant: impl Fn(&EntryId) -> bool) -> Result<(), Error> {
        let _lock = Lock::acquire(&self.lock, self.lock_wait)?;
        self.backups.forget_sections(&Machine, |document, section| {
            clean::entry_of(document, section).is_some_and(|id| is_meant(&id))
        })
    }

    fn edit_on(&self, disk: &dyn Disk, edits: &[Edit]) -> Result<Written, Error> {
        let (ours_config, ours_credentials) = edit::names(edits);
        let (changed, warnings) = self.change(disk, Why::Edit, |now| {
            let mut after = Pair {
                config: now.config.document.clone(),
                credentials: now.credentials.document.clone(),
            };
            let warnings = edit::apply(&mut after, edits, &self.config, &self.credentials)?;
            let mut changes = Vec::new();
            // The credentials first: a profile that names keys must not be there before the keys are.
            for (path, now, after, ours) in [
                (
                    &self.credentials,
                    &now.credentials,
                    after.credentials,
                    &ours_credentials,
                ),
                (&self.config, &now.config, after.config, &ours_config),
            ] {
                if after != now.document {
                    check::unharmed(path, &now.document, &after, ours)?;
                    changes.push(Change {
                        kind: after.kind(),
                        sections: backup::changed(&now.document, &after, ours),
                        path: path.clone(),
                        before: now.bytes.clone(),
                        after: Some(after.bytes()),
                    });
                }
            }
            Ok((changes, warnings))
        })?;
        Ok(Written { changed, warnings })
    }

    /// Under the lock: reads both files, asks what is to become of them, and saves it; again from the
    /// start when somebody else saved meanwhile. Whether anything changed.
    fn change<T>(
        &self,
        disk: &dyn Disk,
        why: Why,
        mut make: impl FnMut(&Pair<File>) -> Result<(Vec<Change>, T), Error>,
    ) -> Result<(bool, T), Error> {
        let lock = Lock::acquire(&self.lock, self.lock_wait)?;
        let prefix = self.temporary_prefix();
        if lock.is_held() {
            // Nobody else has temporary files of this name now.
            atomic::sweep(disk, &self.config, &prefix);
            atomic::sweep(disk, &self.credentials, &prefix);
            self.backups.sweep(disk);
        }
        for _ in 0..MOST_TRIES {
            let (changes, value) = make(&self.load(disk)?)?;
            if changes.is_empty() {
                return Ok((false, value));
            }
            let number = self.backups.keep(disk, &changes, why)?;
            let saved = save::save(disk, &changes, &prefix);
            if matches!(saved, Ok(true)) {
                self.backups.prune(disk);
                return Ok((true, value));
            }
            // Nothing was changed, so there is nothing to take back.
            self.backups.discard(disk, number);
            saved?;
            tracing::info!(
                "an AWS file was saved by somebody else meanwhile; the edit is done again"
            );
        }
        Err(Error::Racing {
            path: self.config.clone(),
        })
    }

    fn load(&self, disk: &dyn Disk) -> Result<Pair<File>, Error> {
        let load = |path, kind| {
            let bytes = read_file(disk, path)?;
            let document = Document::parse(kind, bytes.as_ref().map_or(&[], |bytes| bytes));
            Ok::<_, Error>(File { bytes, document })
        };
        Ok(Pair {
            config: load(&self.config, FileKind::Config)?,
            credentials: load(&self.credentials, FileKind::Credentials)?,
        })
    }

    /// Temporary files that only the holder of our lock may have.
    fn temporary_prefix(&self) -> String {
        format!("{}{}-", atomic::PREFIX, lock_name(&self.lock))
    }
}

/// The lock's name tells one pair of AWS files from another.
fn lock_name(lock: &Path) -> Cow<'_, str> {
    lock.file_name().unwrap_or_default().to_string_lossy()
}

/// `None`: there is no such file. Everything else that keeps us from reading is an error (W2).
fn read_file(disk: &dyn Disk, path: &Path) -> Result<Option<Bytes>, Error> {
    match disk.read(path) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
