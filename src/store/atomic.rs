//! The atomic writer: a temporary file in the same directory, fsync, rename, fsync of the directory.
//!
//! A reader sees the old file or the new one, never half of one (docs/requirements.md#atomic-write, docs/requirements.md#readers-see-whole-files). Symbolic links are written
//! through, to their target. An existing file keeps its mode, its attributes and, where we may, its owner.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Error;
use super::disk::Disk;
use super::mount::write_error;
use crate::config::Owners;
use crate::config::file::not_a_file;
use crate::config::owners::AsOwner;

/// The most links a path may go through, as on Linux.
const MAX_LINKS: usize = 40;

/// The prefix of the names of our temporary files.
pub(super) const PREFIX: &str = ".roledex-";

/// The permissions of a written file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permissions {
    /// 0600, whatever it was.
    Private,
    /// As it was; 0600 when it is new.
    Keep,
}

/// A file's new version, whole and on the disk, but not yet in its place. Dropping it leaves all as
/// it was.
pub(super) struct Prepared<'a> {
    disk: &'a dyn Disk,
    temporary: NamedTempFile,
    target: PathBuf,
}

/// Writes a file's new version beside it. What can fail for want of room or of rights fails here. The caller is
/// [`AsOwner`] of the path until the new version is in its place.
pub(super) fn prepare<'a>(
    disk: &'a dyn Disk,
    owners: &Owners,
    path: &Path,
    bytes: &[u8],
    permissions: Permissions,
    prefix: &str,
) -> Result<Prepared<'a>, Error> {
    let target = target(owners, path)?;
    let directory = parent(&target);
    create_private_dir(owners, directory)?;
    let mut temporary = disk
        .create(directory, prefix)
        .map_err(Error::io("write in", directory))?;
    disk.write(&mut temporary, bytes)
        .map_err(Error::io("write", &target))?;
    if permissions == Permissions::Keep {
        disk.keep_permissions(&mut temporary, &target)
            .map_err(Error::io("write", &target))?;
    }
    disk.sync(&mut temporary)
        .map_err(Error::io("write", &target))?;
    Ok(Prepared {
        disk,
        temporary,
        target,
    })
}

impl Prepared<'_> {
    /// Puts the new version in its place.
    pub(super) fn commit(self) -> Result<(), Error> {
        self.disk
            .rename(self.temporary, &self.target)
            .map_err(write_error(&self.target))?;
        settle(self.disk, parent(&self.target));
        Ok(())
    }

    /// Puts the new version in its place, where there is no file. `false`: there is one by now.
    pub(super) fn commit_new(self) -> Result<bool, Error> {
        match self.disk.rename_new(self.temporary, &self.target) {
            Ok(()) => {
                settle(self.disk, parent(&self.target));
                Ok(true)
            }
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(Error::io("write", &self.target)(error.error)),
        }
    }

    /// The temporary file, and the file whose place it is meant for.
    pub(super) fn into_parts(self) -> (NamedTempFile, PathBuf) {
        (self.temporary, self.target)
    }
}

/// Removes the temporary files of killed writers beside a file. Only for prefixes that no other process uses now.
pub(super) fn sweep(disk: &dyn Disk, owners: &Owners, path: &Path, prefix: &str) {
    let _as_owner = AsOwner::of(owners, path);
    let Ok(target) = follow_links(path) else {
        return;
    };
    let Ok(entries) = fs::read_dir(parent(&target)) else {
        return;
    };
    for entry in entries.flatten() {
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(prefix.as_bytes())
            && let Err(error) = disk.remove(&entry.path())
        {
            tracing::info!(%error, "cannot remove a leftover temporary file");
        }
    }
}

/// Waits until a directory is on the disk. The rename has happened: to report a failure now would be
/// to say that nothing was written. Some network file systems cannot wait at all.
pub(super) fn settle(disk: &dyn Disk, directory: &Path) {
    if let Err(error) = disk.sync_directory(directory) {
        tracing::info!(%error, "cannot sync a directory");
    }
}

/// The file that a path names in the end, if it may be written: no other user decides on it.
pub(super) fn target(owners: &Owners, path: &Path) -> Result<PathBuf, Error> {
    let target = follow_links(path)?;
    refuse_special(&target)?;
    owners.check(path)?;
    // The directory of a file that is not there yet, too.
    owners.check(&target)?;
    Ok(target)
}

/// A rename would put a file in the place of a device: `/dev/null`, which people name to have no such
/// file, would be missing for the whole machine.
pub(super) fn refuse_special(target: &Path) -> Result<(), Error> {
    match fs::symlink_metadata(target) {
        Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => {
            Err(Error::io("write", target)(not_a_file()))
        }
        _ => Ok(()),
    }
}

pub(super) fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or_else(|| Path::new("/"))
}

/// Makes a directory, and its parents, 0700. One that exists keeps its permissions.
///
/// # Errors
/// A directory of another user, and errors of the operating system.
pub(crate) fn create_private_dir(owners: &Owners, path: &Path) -> Result<(), Error> {
    owners.check_directories(&path.join("file"))?;
    let _as_owner = AsOwner::of(owners, path);
    let is_missing = |directory: &&Path| !directory.as_os_str().is_empty() && !directory.is_dir();
    let missing = path.ancestors().take_while(is_missing);
    let missing: Vec<&Path> = missing.collect();
    let created = missing.into_iter().rev().try_for_each(create_one);
    created.map_err(Error::io("create the directory", path))
}

fn create_one(directory: &Path) -> io::Result<()> {
    match create_private(directory) {
        // Another process was faster.
        Err(_) if directory.is_dir() => Ok(()),
        created => created,
    }
}

#[cfg(unix)]
fn create_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    fs::DirBuilder::new().mode(0o700).create(directory)?;
    // The umask may take the owner's own permissions away.
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn create_private(directory: &Path) -> io::Result<()> {
    fs::DirBuilder::new().create(directory)
}

/// The file that a path names in the end; a dangling link's target is where the file will be.
pub(super) fn follow_links(path: &Path) -> Result<PathBuf, Error> {
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_symlink() => {}
            Ok(_) => return Ok(target),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(target),
            Err(error) => return Err(Error::io("read", &target)(error)),
        }
        match fs::read_link(&target) {
            Ok(next) if next.is_absolute() => target = next,
            Ok(next) => target = parent(&target).join(next),
            // Another program has just replaced or removed the link.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::NotFound
                ) => {}
            Err(error) => return Err(Error::io("read", &target)(error)),
        }
    }
    Err(Error::io("write", path)(io::Error::other(
        "too many levels of symbolic links",
    )))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::super::disk::Machine;
    use super::super::private_file;
    use super::*;

    fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
        private_file::write(&owners(), path, bytes)
    }

    fn owners() -> Owners {
        Owners::new(Path::new("/"))
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn private_from_the_directory_on() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b/file");
        write_private(&path, b"x").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"x");
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn a_kept_file_keeps_its_mode_and_a_private_one_does_not() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        fs::File::create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let new = prepare(&Machine, &owners(), &path, b"x", Permissions::Keep, PREFIX).unwrap();
        new.commit().unwrap();
        assert_eq!(mode(&path), 0o644);
        write_private(&path, b"y").unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn links_stay_links() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("real")).unwrap();
        symlink("real/file", home.path().join("second")).unwrap();
        symlink(home.path().join("second"), home.path().join("first")).unwrap();
        for text in ["dangling", "again"] {
            write_private(&home.path().join("first"), text.as_bytes()).unwrap();
            assert_eq!(
                fs::read_to_string(home.path().join("real/file")).unwrap(),
                text
            );
        }
        assert!(
            fs::symlink_metadata(home.path().join("first"))
                .unwrap()
                .is_symlink()
        );
        assert!(
            fs::symlink_metadata(home.path().join("second"))
                .unwrap()
                .is_symlink()
        );
    }

    #[test]
    fn a_pipe_or_device_is_not_replaced() {
        use std::os::unix::fs::FileTypeExt as _;
        let home = tempfile::tempdir().unwrap();
        let pipe = home.path().join("pipe");
        let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, mode, 0).unwrap();
        symlink(&pipe, home.path().join("link")).unwrap();
        for name in ["pipe", "link"] {
            let path = home.path().join(name);
            assert!(write_private(&path, b"x").is_err(), "{name}");
        }
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_loop_of_links_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        symlink("b", home.path().join("a")).unwrap();
        symlink("a", home.path().join("b")).unwrap();
        assert!(write_private(&home.path().join("a"), b"x").is_err());
    }

    #[test]
    fn not_committed_changes_nothing_and_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        write_private(&path, b"old").unwrap();
        drop(
            prepare(
                &Machine,
                &owners(),
                &path,
                b"new",
                Permissions::Keep,
                PREFIX,
            )
            .unwrap(),
        );
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn nobody_else_may_read_a_new_version() {
        use super::super::attributes::ACL;
        use super::super::attributes::tests::{acl_for_a_user, attribute, with_attribute};
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        let write = |mode| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let new = prepare(&Machine, &owners(), &path, b"x", Permissions::Keep, PREFIX).unwrap();
            new.commit().unwrap();
        };
        fs::File::create(&path).unwrap();
        // A list for new files of the directory is none of the old file's.
        let default = "system.posix_acl_default";
        if with_attribute(home.path(), default, &acl_for_a_user()).is_none() {
            return;
        }
        write(0o640);
        assert_eq!((attribute(&path, ACL), mode(&path)), (None, 0o640));
        with_attribute(&path, ACL, &acl_for_a_user()).unwrap();
        write(0o640);
        assert_eq!(attribute(&path, ACL), Some(acl_for_a_user()));
        assert_eq!(mode(&path), 0o640);
    }

    #[test]
    fn errors_do_not_name_the_temporary_file() {
        let home = tempfile::tempdir().unwrap();
        let missing = home.path().join("missing");
        let error = Machine.create(&missing, PREFIX).unwrap_err();
        assert!(error.raw_os_error().is_some(), "{error:?}");
        assert!(!error.to_string().contains(PREFIX), "{error}");
    }
}
