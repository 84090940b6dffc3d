//! The single steps of a write on the disk, in one place: the seam at which a test makes each of
//! them fail, or stops there as a crash would.
//!
//! Knows no more of files than their names, and works as the user that its caller is; [`super::atomic`] puts the
//! steps in their order.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use tempfile::{NamedTempFile, PersistError};
use zeroize::Zeroizing;

use super::held;
use super::stat::Stat;
use super::writers::{self, Writer};
use crate::config::Clock;

/// A file as it was found at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub bytes: Zeroizing<Vec<u8>>,
    pub stat: Stat,
    /// True if the file did not change while it was read.
    pub steady: bool,
}

/// The disk operations of a write. The default methods are the real ones; tests replace them.
pub(super) trait Disk {
    /// Makes a temporary file, 0600, with an unpredictable name.
    fn create(&self, directory: &Path, prefix: &str) -> io::Result<NamedTempFile> {
        tempfile::Builder::new()
            .prefix(prefix)
            .make_in(directory, create_new)
    }

    /// Fills it.
    fn write(&self, temporary: &mut NamedTempFile, bytes: &[u8]) -> io::Result<()> {
        temporary.as_file_mut().write_all(bytes)
    }

    /// Gives it the mode, the attributes and, where we may, the owner of the file whose place it will
    /// take. Nobody else may read it who could not read that file.
    fn keep_permissions(&self, temporary: &mut NamedTempFile, target: &Path) -> io::Result<()> {
        keep_permissions(target, temporary.as_file())
    }

    /// Waits until it is on the disk.
    fn sync(&self, temporary: &mut NamedTempFile) -> io::Result<()> {
        temporary.as_file().sync_all()
    }

    /// Reads a file, and its facts before and after.
    fn read(&self, path: &Path) -> io::Result<Look> {
        let before = Stat::read(path)?;
        let bytes = Zeroizing::new(crate::config::file::read(path)?);
        let stat = Stat::read(path)?;
        Ok(Look {
            steady: stat == before && (!stat.is_file || stat.length == bytes.len() as u64),
            bytes,
            stat,
        })
    }

    /// The time, as the file system would write it.
    fn now(&self) -> SystemTime {
        SystemTime::from(Clock::System.now())
    }

    /// Waits.
    fn pause(&self, time: Duration) {
        thread::sleep(time);
    }

    /// A process that has a file open for writing, where the system tells. `names` are the names that
    /// the file had lately.
    fn writer(&self, path: &Path, names: &[&Path]) -> Option<Writer> {
        writers::find(path, names)
    }

    /// Puts it in its place.
    fn rename(&self, temporary: NamedTempFile, target: &Path) -> io::Result<()> {
        held::persist(temporary, target)
    }

    /// Puts it in its place, where there is no file yet.
    fn rename_new(&self, temporary: NamedTempFile, target: &Path) -> Result<(), PersistError> {
        temporary.persist_noclobber(target).map(|_| ())
    }

    /// Exchanges it with a file, in one step: the file then has the temporary name.
    ///
    /// # Errors
    /// `Unsupported` where the system or the file system cannot.
    fn exchange(&self, temporary: &Path, target: &Path) -> io::Result<()> {
        exchange(temporary, target)
    }

    /// Gives a file another name, in the place of the file that has it.
    fn take_away(&self, target: &Path, name: &Path) -> io::Result<()> {
        held::until_free(
            || fs::rename(target, name),
            held::is_held,
            |time| self.pause(time),
        )
    }

    /// Waits until the rename is on the disk.
    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        sync_directory(directory)
    }

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// Makes a file, 0600. Unlike that of the library, its errors do not name the temporary file.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The machine's own disk.
pub(super) struct Machine;

impl Disk for Machine {}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(temporary: &Path, target: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    renameat_with(CWD, temporary, CWD, target, RenameFlags::EXCHANGE).map_err(|error| match error {
        // An old kernel, and a file system that knows no exchange.
        Errno::NOSYS | Errno::INVAL | Errno::OPNOTSUPP => io::ErrorKind::Unsupported.into(),
        error => error.into(),
    })
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn keep_permissions(target: &Path, temporary: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt as _, PermissionsExt as _};
    let old = match fs::metadata(target) {
        Ok(old) => old,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let new = temporary.metadata()?;
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        // Only root may give files away; for other users the file becomes theirs, as with an editor.
        let owner = rustix::fs::Uid::from_raw(old.uid());
        let group = Some(rustix::fs::Gid::from_raw(old.gid()));
        if let Err(error) = rustix::fs::fchown(temporary, Some(owner), group)
            .or_else(|_| rustix::fs::fchown(temporary, None, group))
        {
            tracing::info!(%error, "cannot keep the owner of the file");
        }
    }
    let mut options = File::options();
    options.custom_flags(crate::config::file::non_blocking());
    let mut mode = old.permissions().mode();
    // Before the mode, which a list of the file's own and one from the directory would widen.
    let opened = options.read(true).open(target);
    if !opened.is_ok_and(|old| super::attributes::copy(&old, temporary)) {
        mode &= !0o077;
    }
    if temporary.metadata()?.gid() != old.gid() {
        // The group's rights are not for another group.
        mode &= !0o070;
    }
    temporary.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it fails on other systems")]
fn keep_permissions(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it fails on other systems")]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
