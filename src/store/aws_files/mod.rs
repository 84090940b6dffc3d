//! The AWS files: read as the SDKs read them, edited without touching a byte that is not ours.
//!
//! Only sections with `roledex_entry` are changed unasked (docs/requirements.md#only-our-own-profiles). Every write goes: lock, wait for other
//! programs' saves, read, edit, check with an independent parser, keep the old version, temporary file,
//! fsync, exchange, look at what was replaced (docs/requirements.md#atomic-write). The last change can be taken back (docs/requirements.md#read-errors-are-errors).

mod backup;
pub(crate) mod boto;
mod change;
mod check;
mod clean;
mod diff;
mod document;
mod duplicates;
mod edit;
mod encoding;
mod headers;
mod outline;
mod own;
mod read;
mod save;
mod seal;
mod settle;
mod shadow;
mod syntax;
mod undo;
mod unreadable;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use backup::{Backups, Reason};
use change::Change;
use document::Document;
pub use edit::{Body, Edit, Written};
pub(crate) use headers::OddLine;
pub(crate) use read::{Profile, Snapshot};
use settle::Settled;
use syntax::FileKind;
use zeroize::Zeroizing;

use super::disk::{Disk, Machine};
use super::lock::{Lock, lock_of, of_directories, real_path};
use super::stat::Stat;
use super::{Error, atomic};
use crate::config::Dirs;
use crate::config::owners::AsOwner;
use crate::domain::{EntryId, Problem};

/// The key that makes a section ours; its value is the entry's id.
const ENTRY: &str = "roledex_entry";

/// The longest wait for another roledex that is writing; a write takes milliseconds.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// The most attempts at an edit that another program interrupts with a save.
const MAX_TRIES: usize = 5;

/// Refuses an edit, or does not.
pub(crate) type Allows<'a> = &'a dyn Fn(Snapshot) -> Result<(), Problem>;

/// A file's content; the credentials file's is secret.
type Bytes = Zeroizing<Vec<u8>>;

/// Both AWS files of a user.
#[derive(Clone, Debug)]
pub struct AwsFiles {
    config: PathBuf,
    credentials: PathBuf,
    dirs: Dirs,
    lock_wait: Duration,
    backups: Backups,
    /// The lengths of both files when they were last read, plus one; zero: not read yet.
    seen: Arc<[AtomicU64; 2]>,
}

/// The locks of both files.
struct Locks {
    config: PathBuf,
    credentials: PathBuf,
}

/// The locks of both files or of their directories, held; one lock if both have the same.
struct Held(Vec<Lock>);

impl Held {
    fn is_held(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(Lock::is_held)
    }
}

/// One value for each of the two files.
struct Pair<T> {
    config: T,
    credentials: T,
}

/// A file as it was read; `None`: there is none (docs/requirements.md#empty-machine).
struct File {
    bytes: Option<Bytes>,
    document: Document,
}

impl AwsFiles {
    /// The AWS files of a user.
    #[must_use]
    pub fn new(dirs: &Dirs) -> Self {
        Self {
            config: dirs.aws_config.clone(),
            credentials: dirs.aws_credentials.clone(),
            backups: Backups::new(dirs),
            dirs: dirs.clone(),
            lock_wait: LOCK_WAIT,
            seen: Arc::default(),
        }
    }

    /// Both files as they are now; a missing file is an empty one (docs/requirements.md#empty-machine). Waits while another program is
    /// saving one of them.
    ///
    /// # Errors
    /// [`Error::InFlight`] when such a save does not end, and a file that is there and cannot be read
    /// (docs/requirements.md#read-errors-are-errors).
    pub fn read(&self) -> Result<Snapshot, Error> {
        self.read_on(&Machine)
    }

    fn read_on(&self, disk: &dyn Disk) -> Result<Snapshot, Error> {
        let now = self.load(disk, Settled::WhenUnchanged)?;
        Ok(Snapshot::new(
            &now.config.document,
            &now.credentials.document,
        ))
    }

    /// Makes some changes at once. All of them, or none: every refusal comes before the first write.
    ///
    /// # Errors
    /// A profile that is not ours, a duplicate section, a value that cannot be written, and
    /// those of the operating system.
    pub fn edit(&self, edits: &[Edit]) -> Result<Written, Error> {
        self.edit_on(&Machine, edits)
    }

    /// The same if that is allowed by a look at the files, under their locks.
    ///
    /// # Errors
    /// As [`AwsFiles::edit`], and [`Error::Refused`].
    pub fn edit_if(&self, edits: &[Edit], allows: Allows<'_>) -> Result<Written, Error> {
        self.edit_allowed(&Machine, edits, Some(allows))
    }

    /// Forgets the keys of some entries in the old versions that are kept for `undo`. The files
    /// themselves are not looked at.
    ///
    /// # Errors
    /// Errors of the operating system; keys may then be left.
    pub fn forget_old_keys(&self, is_meant: impl Fn(&EntryId) -> bool) -> Result<(), Error> {
        let _held = self.hold(&self.locks())?;
        self.backups.forget_sections(&Machine, |document, section| {
            clean::entry_of(document, section).is_some_and(|id| is_meant(&id))
        })
    }

    /// Forgets all old versions that are kept for `undo`, with the keys that other programs' sections had
    /// in them. Nothing can be undone after it.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub fn forget_versions(&self) -> Result<(), Error> {
        let _held = self.hold(&self.locks())?;
        self.backups.forget_all(&Machine)
    }

    fn edit_on(&self, disk: &dyn Disk, edits: &[Edit]) -> Result<Written, Error> {
        self.edit_allowed(disk, edits, None)
    }

    fn edit_allowed(
        &self,
        disk: &dyn Disk,
        edits: &[Edit],
        allows: Option<Allows<'_>>,
    ) -> Result<Written, Error> {
        let (ours_config, ours_credentials) = edit::names(edits);
        let (changed, warnings) = self.change(disk, Reason::Edit, |now| {
            if let Some(allows) = allows {
                let files = Snapshot::new(&now.config.document, &now.credentials.document);
                allows(files).map_err(|problem| Error::Refused(Box::new(problem)))?;
            }
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
                    check::verify_only_ours_changed(path, &now.document, &after, ours)?;
                    changes.push(Change {
                        kind: after.kind(),
                        sections: change::changed(&now.document, &after, ours),
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

    /// Under the lock: reads both files, computes their new content, and saves it; starts over if another
    /// program saved meanwhile. Returns `true` if anything changed.
    fn change<T>(
        &self,
        disk: &dyn Disk,
        why: Reason,
        make: impl FnMut(&Pair<File>) -> Result<(Vec<Change>, T), Error>,
    ) -> Result<(bool, T), Error> {
        let owners = self.dirs.owners();
        for path in [&self.config, &self.credentials] {
            // The locks are keyed by the directory's identity.
            owners.check(path)?;
            let _as_owner = AsOwner::of(owners, path);
            let target = atomic::follow_links(path)?;
            atomic::create_private_dir(owners, atomic::parent(&target))?;
        }
        let locks = self.locks();
        let held = self.hold(&locks)?;
        if held.is_held() {
            self.backups.sweep(disk);
        }
        let beside = self.hold_directories()?;
        if beside.is_held() {
            // No other process has temporary files of this name now.
            for (path, kind) in [
                (&self.config, FileKind::Config),
                (&self.credentials, FileKind::Credentials),
            ] {
                atomic::sweep(disk, owners, path, &locks.prefix(kind));
            }
        }
        self.backups.remove_plain(disk)?;
        let mut partly = None;
        self.try_change(disk, why, make, &locks, &mut partly)
            .map_err(|cause| match partly {
                Some(written) => Error::Partly {
                    written,
                    cause: Box::new(cause),
                },
                None => cause,
            })
    }

    /// The same with the locks held. `partly`: as of [`save::save()`].
    fn try_change<T>(
        &self,
        disk: &dyn Disk,
        why: Reason,
        mut make: impl FnMut(&Pair<File>) -> Result<(Vec<Change>, T), Error>,
        locks: &Locks,
        partly: &mut Option<PathBuf>,
    ) -> Result<(bool, T), Error> {
        let mut settled = Settled::WhenUnchanged;
        for _ in 0..MAX_TRIES {
            let (changes, value) = make(&self.load(disk, settled)?)?;
            settled = Settled::WhenClosed;
            if changes.is_empty() {
                return Ok((false, value));
            }
            if changes.len() > 1 && self.is_one_file() {
                return Err(Error::OneFile {
                    config: self.config.clone(),
                    credentials: self.credentials.clone(),
                });
            }
            let number = self.backups.keep(disk, &changes, why)?;
            let prefix = |kind| locks.prefix(kind);
            let saved = save::save(disk, self.dirs.owners(), &changes, &prefix, partly);
            if matches!(saved, Ok(true)) {
                for change in &changes {
                    self.remember(change.kind, change.after.as_ref());
                }
                self.backups.prune(disk);
                return Ok((true, value));
            }
            if partly.is_none() && !matches!(saved, Err(Error::NotRestored { .. })) {
                // Nothing was changed, so there is nothing to take back.
                self.backups.discard(disk, number);
            }
            saved?;
            tracing::info!("another program saved an AWS file; applying the edit again");
        }
        Err(Error::Racing {
            path: self.config.clone(),
        })
    }

    fn load(&self, disk: &dyn Disk, settled: Settled) -> Result<Pair<File>, Error> {
        let owners = self.dirs.owners();
        let load = |path, kind| {
            owners.check(path)?;
            let _as_owner = AsOwner::of(owners, path);
            let look = settle::read(disk, path, &|| self.expected_length(kind), settled)?;
            let bytes = look.map(|look| look.bytes);
            encoding::check(path, bytes.as_ref().map_or(&[], |bytes| bytes))?;
            self.remember(kind, bytes.as_ref());
            let document = Document::parse(kind, bytes.as_ref().map_or(&[], |bytes| bytes));
            Ok::<_, Error>(File { bytes, document })
        };
        Ok(Pair {
            config: load(&self.config, FileKind::Config)?,
            credentials: load(&self.credentials, FileKind::Credentials)?,
        })
    }

    /// A file's length in bytes when it was last read here, or else when a roledex last wrote it.
    fn expected_length(&self, kind: FileKind) -> Option<u64> {
        let seen = self.seen[kind as usize].load(Ordering::Relaxed);
        seen.checked_sub(1)
            .or_else(|| self.backups.last_length(kind))
    }

    fn remember(&self, kind: FileKind, bytes: Option<&Bytes>) {
        let length = bytes.map_or(0, |bytes| bytes.len() as u64);
        self.seen[kind as usize].store(length + 1, Ordering::Relaxed);
    }

    /// True if both paths lead to one file, by links of any kind.
    fn is_one_file(&self) -> bool {
        let id = |path| Stat::read(path).ok().map(|stat| stat.id);
        real_path(&self.config) == real_path(&self.credentials)
            || id(&self.config)
                .is_some_and(|config| config != (0, 0) && Some(config) == id(&self.credentials))
    }

    fn locks(&self) -> Locks {
        Locks {
            config: lock_of(&self.dirs, &self.config),
            credentials: lock_of(&self.dirs, &self.credentials),
        }
    }

    /// The findings in both files, those in the config file first.
    fn find_in_both<T>(&self, find: impl Fn(&Document, &Path) -> Vec<T>) -> Result<Vec<T>, Error> {
        let now = self.load(&Machine, Settled::WhenUnchanged)?;
        let mut found = find(&now.config.document, &self.config);
        found.extend(find(&now.credentials.document, &self.credentials));
        Ok(found)
    }

    /// Takes both locks, always in the same order, so that two processes cannot wait for each other.
    fn hold(&self, locks: &Locks) -> Result<Held, Error> {
        let mut paths = [&locks.config, &locks.credentials];
        paths.sort_unstable();
        let owners = self.dirs.owners();
        let mut held = vec![Lock::acquire(owners, paths[0], self.lock_wait)?];
        if paths[0] != paths[1] {
            held.push(Lock::acquire(owners, paths[1], self.lock_wait)?);
        }
        Ok(Held(held))
    }

    /// Keeps out those who share the files but not the locks, as in a container. Whoever holds the
    /// directories for longer is no roledex at work: another user, or a process that was stopped. Then
    /// the comparison after the exchange is left, and nobody's temporary files are touched.
    fn hold_directories(&self) -> Result<Held, Error> {
        let targets = [
            atomic::follow_links(&self.config)?,
            atomic::follow_links(&self.credentials)?,
        ];
        let directories = targets.each_ref().map(|target| atomic::parent(target));
        Ok(of_directories(&directories, self.lock_wait).map_or_else(
            |error| {
                tracing::warn!(%error, "writing without the lock of the directory");
                Held(Vec::new())
            },
            Held,
        ))
    }
}

impl Locks {
    /// The beginning of the names of temporary files that only the holder of a file's lock may have.
    fn prefix(&self, kind: FileKind) -> String {
        let lock = match kind {
            FileKind::Config => &self.config,
            FileKind::Credentials => &self.credentials,
        };
        let name = lock.file_name().unwrap_or_default().to_string_lossy();
        format!("{}{name}-", atomic::PREFIX)
    }
}

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
