//! Locks between processes: on files of our own and on directories, never on the AWS files themselves
//! (docs/requirements.md#atomic-write).
//!
//! The operating system drops the lock of a process that dies, so a dead owner never blocks.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use sha1::{Digest, Sha1};

use super::Error;
use super::atomic::{create_private_dir, follow_links};
use super::json::hex;
use crate::config::owners::AsOwner;
use crate::config::{Dirs, Owners};

/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// A held lock; dropping it releases it.
#[derive(Debug)]
pub struct Lock {
    file: Option<File>,
}

impl Lock {
    /// True if it keeps others out; false where the file system has no locks.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.file.is_some()
    }

    /// Takes the lock of `path`, waiting at most so long. Blocks the thread.
    ///
    /// # Errors
    /// [`Error::Busy`] after the wait, a directory of another user, and those of the operating system.
    pub fn acquire(owners: &Owners, path: &Path, wait: Duration) -> Result<Self, Error> {
        Self::acquire_by(File::try_lock, owners, path, wait)
    }

    /// The same with any way to lock a file: the seam for file systems that tests do not have.
    fn acquire_by(
        try_lock: impl Fn(&File) -> Result<(), TryLockError>,
        owners: &Owners,
        path: &Path,
        wait: Duration,
    ) -> Result<Self, Error> {
        let directory = path.parent().unwrap_or_else(|| Path::new("/"));
        create_private_dir(owners, directory)?;
        let mut options = OpenOptions::new();
        // Windows locks only what may be read or written, and appending is neither.
        options.read(true).append(true);
        #[cfg(unix)]
        {
            use rustix::fs::OFlags;
            use std::os::unix::fs::OpenOptionsExt as _;
            // A pipe in its place must not keep us waiting, and a link must not lead root elsewhere.
            let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW;
            options.mode(0o600).custom_flags(flags.bits().cast_signed());
        }
        let as_owner = AsOwner::of(owners, path);
        let made = options.clone().create_new(true).open(path);
        drop(as_owner);
        let file = match made {
            // Root opens a file that is there as root.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path),
            made => made,
        }
        .map_err(Error::io("lock", path))?;
        until_locked(|| try_lock(&file), path, wait).map(|is_held| Self {
            file: is_held.then_some(file),
        })
    }

    /// Takes the lock of a directory, waiting at most so long. It keeps out those who share the directory
    /// but not the files of locks, as in a container, and leaves nothing behind.
    ///
    /// # Errors
    /// As [`Lock::acquire()`]. Whoever may read the directory can hold it: nobody may depend on getting it.
    #[cfg(unix)]
    pub(super) fn of_directory(directory: &Path, wait: Duration) -> Result<Self, Error> {
        let file = File::open(directory).map_err(Error::io("lock", directory))?;
        until_locked(|| file.try_lock(), directory, wait).map(|is_held| Self {
            file: is_held.then_some(file),
        })
    }

    /// Windows locks no directories. A file that only one may have open, and that goes with its owner,
    /// takes the place of the lock.
    #[cfg(windows)]
    pub(super) fn of_directory(directory: &Path, wait: Duration) -> Result<Self, Error> {
        use std::os::windows::fs::OpenOptionsExt as _;
        const DELETE_ON_CLOSE: u32 = 0x0400_0000;
        let path = directory.join(format!("{}lock", super::atomic::PREFIX));
        let mut options = OpenOptions::new();
        options.create(true).read(true).write(true);
        options.share_mode(0).custom_flags(DELETE_ON_CLOSE);
        let mut file = None;
        let mut open = || match options.open(&path) {
            Ok(opened) => {
                file = Some(opened);
                Ok(())
            }
            Err(error) if super::held::is_held(&error) => Err(TryLockError::WouldBlock),
            Err(error) => Err(TryLockError::Error(error)),
        };
        until_locked(&mut open, directory, wait)?;
        Ok(Self { file })
    }
}

/// Tries to lock until it works. `false`: the file system has no locks.
fn until_locked(
    mut try_lock: impl FnMut() -> Result<(), TryLockError>,
    path: &Path,
    wait: Duration,
) -> Result<bool, Error> {
    let tries = wait.as_millis().div_ceil(PAUSE.as_millis());
    for last in (0..=tries).rev() {
        match try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if last == 0 => {}
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            // Some network file systems know no locks: the check before the rename is left.
            Err(TryLockError::Error(error)) if has_no_locks(&error) => {
                tracing::warn!(path = %path.display(), "this file system has no locks");
                return Ok(false);
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
        }
    }
    Err(Error::Busy {
        path: path.to_owned(),
        waited: wait,
    })
}

/// The locks of some directories, each once, always in the same order.
///
/// # Errors
/// As [`Lock::of_directory()`].
pub(super) fn of_directories(directories: &[&Path], wait: Duration) -> Result<Vec<Lock>, Error> {
    let mut known: Vec<(Option<Vec<u8>>, &Path)> = directories
        .iter()
        .map(|directory| (identity(directory), *directory))
        .collect();
    known.sort_unstable();
    known.dedup_by(|one, other| one.0 == other.0);
    known
        .into_iter()
        .map(|(_, directory)| Lock::of_directory(directory, wait))
        .collect()
}

/// True if an error means that the file system has no locks. NFS without a lock service reports that
/// in its own way.
fn has_no_locks(error: &io::Error) -> bool {
    #[cfg(unix)]
    let no_service = error.raw_os_error() == Some(rustix::io::Errno::NOLCK.raw_os_error());
    #[cfg(not(unix))]
    let no_service = false;
    no_service || error.kind() == io::ErrorKind::Unsupported
}

/// The lock file of some thing, named by a path or an id.
pub(super) fn lock_file(dirs: &Dirs, thing: &[u8]) -> PathBuf {
    dirs.state.join("locks").join(hex(&digest(thing)))
}

/// The lock file of a file that may be named by several paths. It is keyed by the identity of the
/// directory and by the file's name, both after following links, so that all paths to one file lead to
/// one lock.
pub(super) fn lock_of(dirs: &Dirs, path: &Path) -> PathBuf {
    let target = follow_links(path).unwrap_or_else(|_| path.to_owned());
    let thing = beside_existing(&target, identity)
        .map(|(id, name)| [&id, name.as_os_str().as_encoded_bytes()].join(&b'\0'));
    let path = || target.as_os_str().as_encoded_bytes().to_vec();
    lock_file(dirs, &thing.unwrap_or_else(path))
}

/// The one path that all paths to a file have in common, also after a restart of the machine.
pub(super) fn real_path(path: &Path) -> PathBuf {
    let target = follow_links(path).unwrap_or_else(|_| path.to_owned());
    let canonical = |directory: &Path| std::fs::canonicalize(directory).ok();
    match beside_existing(&target, canonical) {
        Some((directory, name)) => directory.join(name),
        None => target,
    }
}

/// A fact about the innermost directory of a path that exists, and the rest of the path.
fn beside_existing<T>(target: &Path, fact: impl Fn(&Path) -> Option<T>) -> Option<(T, &Path)> {
    target.ancestors().skip(1).find_map(|ancestor| {
        let directory = if ancestor.as_os_str().is_empty() {
            Path::new(".")
        } else {
            ancestor
        };
        Some((fact(directory)?, target.strip_prefix(ancestor).ok()?))
    })
}

/// A directory's identity, which is the same for every path to it.
#[cfg(unix)]
fn identity(directory: &Path) -> Option<Vec<u8>> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(directory).ok()?;
    Some(format!("{}:{}", metadata.dev(), metadata.ino()).into_bytes())
}

#[cfg(not(unix))]
fn identity(directory: &Path) -> Option<Vec<u8>> {
    let directory = std::fs::canonicalize(directory).ok()?;
    Some(directory.into_os_string().into_encoded_bytes())
}

/// The digest that stands for a path or an id in names of files and of keyring items.
pub(super) fn digest(thing: &[u8]) -> [u8; 20] {
    Sha1::digest(thing).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(home: &tempfile::TempDir) -> Owners {
        Owners::new(home.path())
    }

    #[test]
    fn one_at_a_time_and_bounded() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x/lock");
        let held = Lock::acquire(&owners(&home), &path, Duration::ZERO).unwrap();
        let error = Lock::acquire(&owners(&home), &path, Duration::from_millis(50)).unwrap_err();
        assert!(matches!(error, Error::Busy { .. }), "{error}");
        drop(held);
        Lock::acquire(&owners(&home), &path, Duration::ZERO).unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn every_path_to_a_file_leads_to_one_lock() {
        use std::os::unix::fs::symlink;
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().join(path);
        let env = [("HOME", home.path())].into_iter().collect();
        let dirs = Dirs::from_env(&env).unwrap();
        std::fs::create_dir(at("real")).unwrap();
        symlink("real", at("link")).unwrap();
        symlink("../real/file", at("real/second")).unwrap();
        let paths = ["real/file", "link/file", "real/../link/file", "real/second"];
        let locks = paths.map(|path| lock_of(&dirs, &at(path)));
        assert!(locks.iter().all(|lock| *lock == locks[0]), "{locks:?}");
        assert_ne!(lock_of(&dirs, &at("real/other")), locks[0]);
        // Also before the directory is made.
        let locks = ["real/new/file", "link/new/file"].map(|path| lock_of(&dirs, &at(path)));
        assert_eq!(locks[0], locks[1]);
    }

    #[test]
    fn a_file_that_a_dead_process_left_does_not_block() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        File::create(&path).unwrap();
        assert!(
            Lock::acquire(&owners(&home), &path, Duration::ZERO)
                .unwrap()
                .is_held()
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_link_in_the_place_of_a_lock_leads_nowhere() {
        let home = tempfile::tempdir().unwrap();
        let (path, target) = (home.path().join("lock"), home.path().join("target"));
        std::os::unix::fs::symlink(&target, &path).unwrap();
        assert!(Lock::acquire(&owners(&home), &path, Duration::ZERO).is_err());
        assert!(!target.exists());
        File::create(&target).unwrap();
        assert!(Lock::acquire(&owners(&home), &path, Duration::ZERO).is_err());
    }

    #[test]
    #[cfg(unix)]
    fn without_locks_we_go_on_and_say_so() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        for errno in [
            rustix::io::Errno::NOLCK,
            rustix::io::Errno::NOSYS,
            rustix::io::Errno::OPNOTSUPP,
        ] {
            let error = || TryLockError::Error(io::Error::from_raw_os_error(errno.raw_os_error()));
            let lock =
                Lock::acquire_by(|_| Err(error()), &owners(&home), &path, Duration::ZERO).unwrap();
            assert!(!lock.is_held(), "{errno}");
        }
        let denied = |_: &File| {
            let error = io::Error::from(io::ErrorKind::PermissionDenied);
            Err(TryLockError::Error(error))
        };
        assert!(Lock::acquire_by(denied, &owners(&home), &path, Duration::ZERO).is_err());
    }
}
