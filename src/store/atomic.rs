//! The atomic writer: a temporary file in the same directory, fsync, rename, fsync of the directory.
//!
//! A reader sees the old file or the new one, never half of one (W1, W9). Symbolic links are written
//! through, to their target. An existing file keeps its mode and, where we may, its owner.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Error;

/// How many links a path may go through; as many as Linux allows.
const MOST_LINKS: usize = 40;

/// Writes a file that is only ours: 0600, in a directory 0700 when it must be made.
///
/// # Errors
/// Those of the operating system; the file is then as it was.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, bytes, Permissions::Private, || Ok(true)).map(|_| ())
}

/// What a written file's permissions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permissions {
    /// 0600, whatever it was.
    Private,
    /// As it was; 0600 when it is new.
    Keep,
}

/// Replaces a file if `still_wanted` says so at the last moment before the rename. `false`: it did
/// not, and nothing was changed.
pub(super) fn replace(
    path: &Path,
    bytes: &[u8],
    permissions: Permissions,
    still_wanted: impl FnOnce() -> Result<bool, Error>,
) -> Result<bool, Error> {
    let target = follow_links(path)?;
    let directory = target.parent().unwrap_or_else(|| Path::new("/"));
    create_private_dir(directory)?;
    let mut temporary = tempfile::Builder::new()
        .prefix(".roledex-")
        .tempfile_in(directory)
        .map_err(Error::io("write in", directory))?;
    temporary
        .write_all(bytes)
        .map_err(Error::io("write", temporary.path()))?;
    if permissions == Permissions::Keep {
        keep_permissions(&target, temporary.as_file())?;
    }
    temporary
        .as_file()
        .sync_all()
        .map_err(Error::io("write", temporary.path()))?;
    if !still_wanted()? {
        return Ok(false);
    }
    temporary
        .persist(&target)
        .map_err(|error| Error::io("write", &target)(error.error))?;
    sync_directory(directory)?;
    Ok(true)
}

/// Makes a directory, and its parents, 0700. One that exists keeps its permissions.
///
/// # Errors
/// Those of the operating system.
pub fn create_private_dir(path: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(Error::io("make the directory", path))
}

/// The file that a path names in the end; a dangling link's target is where the file will be.
fn follow_links(path: &Path) -> Result<PathBuf, Error> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&target) {
            Ok(next) if next.is_absolute() => target = next,
            Ok(next) => target = target.parent().unwrap_or_else(|| Path::new("/")).join(next),
            // Not a link, or not there.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::NotFound
                ) =>
            {
                return Ok(target);
            }
            Err(error) => return Err(Error::io("read", &target)(error)),
        }
    }
    Err(Error::io("write", path)(io::Error::other(
        "too many levels of symbolic links",
    )))
}

#[cfg(unix)]
fn keep_permissions(target: &Path, temporary: &File) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;
    let old = match fs::metadata(target) {
        Ok(old) => old,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read", target)(error)),
    };
    let new = temporary.metadata().map_err(Error::io("read", target))?;
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        // Only root may give files away; for anybody else the file becomes theirs, as with an editor.
        let owner = rustix::fs::Uid::from_raw(old.uid());
        let group = rustix::fs::Gid::from_raw(old.gid());
        if let Err(error) = rustix::fs::fchown(temporary, Some(owner), Some(group)) {
            tracing::info!(%error, "the owner of the file could not be kept");
        }
    }
    temporary
        .set_permissions(old.permissions())
        .map_err(Error::io("write", target))
}

#[cfg(not(unix))]
fn keep_permissions(_: &Path, _: &File) -> Result<(), Error> {
    Ok(())
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> Result<(), Error> {
    match File::open(directory).and_then(|handle| handle.sync_all()) {
        // Some network file systems cannot; the rename has happened all the same.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result.map_err(Error::io("write", directory)),
    }
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> Result<(), Error> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

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
        replace(&path, b"x", Permissions::Keep, || Ok(true)).unwrap();
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
    fn a_loop_of_links_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        symlink("b", home.path().join("a")).unwrap();
        symlink("a", home.path().join("b")).unwrap();
        assert!(write_private(&home.path().join("a"), b"x").is_err());
    }

    #[test]
    fn not_wanted_any_more_changes_nothing_and_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        write_private(&path, b"old").unwrap();
        assert!(!replace(&path, b"new", Permissions::Keep, || Ok(false)).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
