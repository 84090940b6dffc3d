//! The single steps of a write on the disk, in one place: the seam at which a test makes each of
//! them fail, or stops there as a crash would.
//!
//! Knows no more of files than their names; [`super::atomic`] puts the steps in their order.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// What a write asks of the disk. The methods' own bodies are the real ones.
pub(super) trait Disk {
    /// Makes a temporary file, 0600, with a name that nobody can foresee.
    fn create(&self, directory: &Path, prefix: &str) -> io::Result<NamedTempFile> {
        tempfile::Builder::new()
            .prefix(prefix)
            .tempfile_in(directory)
    }

    /// Fills it.
    fn write(&self, temporary: &mut NamedTempFile, bytes: &[u8]) -> io::Result<()> {
        temporary.write_all(bytes)
    }

    /// Gives it the mode and, where we may, the owner of the file whose place it will take.
    fn keep_permissions(&self, temporary: &mut NamedTempFile, target: &Path) -> io::Result<()> {
        keep_permissions(target, temporary.as_file())
    }

    /// Waits until it is on the disk.
    fn sync(&self, temporary: &mut NamedTempFile) -> io::Result<()> {
        temporary.as_file().sync_all()
    }

    /// Reads a file again, to compare it.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        crate::config::file::read(path)
    }

    /// Puts it in its place.
    fn rename(&self, temporary: NamedTempFile, target: &Path) -> io::Result<()> {
        match temporary.persist(target) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.error),
        }
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

/// The machine's own disk.
pub(super) struct Machine;

impl Disk for Machine {}

#[cfg(unix)]
fn keep_permissions(target: &Path, temporary: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let old = match fs::metadata(target) {
        Ok(old) => old,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let new = temporary.metadata()?;
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        // Only root may give files away; for anybody else the file becomes theirs, as with an editor.
        let owner = rustix::fs::Uid::from_raw(old.uid());
        let group = rustix::fs::Gid::from_raw(old.gid());
        if let Err(error) = rustix::fs::fchown(temporary, Some(owner), Some(group)) {
            tracing::info!(%error, "the owner of the file could not be kept");
        }
    }
    temporary.set_permissions(old.permissions())
}

#[cfg(not(unix))]
fn keep_permissions(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
