//! Owners and permissions of files: checked, and corrected.

use std::path::Path;
use std::{fs, io};

use super::Error;
use crate::config::Owners;
#[cfg(unix)]
use crate::config::owners::AsOwner;
use crate::domain::health::{FileFact, FileRole, ForeignOwner};

/// The depth to which a directory of ours is searched.
const MAX_DEPTH: usize = 4;

/// A file or directory; `None`: it is not there, or the system knows no such permissions.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn look(
    owners: &Owners,
    path: &Path,
    role: FileRole,
) -> Result<Option<FileFact>, Error> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("look at", path)(error)),
    };
    Ok(fact(owners, path, &metadata, role))
}

fn fact(owners: &Owners, path: &Path, metadata: &fs::Metadata, role: FileRole) -> Option<FileFact> {
    let foreign = owners.check_metadata(path, metadata).err();
    Some(FileFact {
        path: path.to_owned(),
        mode: mode(metadata)?,
        is_directory: metadata.is_dir(),
        role,
        foreign: foreign.map(|foreign| ForeignOwner {
            reason: foreign.reason(),
            fix: foreign.fix(),
        }),
    })
}

/// A directory and all that is in it; links are not followed.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn look_through(
    owners: &Owners,
    path: &Path,
    role: FileRole,
) -> Result<Vec<FileFact>, Error> {
    let mut facts = Vec::new();
    walk(owners, path, role, MAX_DEPTH, &mut facts)?;
    Ok(facts)
}

fn walk(
    owners: &Owners,
    path: &Path,
    role: FileRole,
    depth: usize,
    facts: &mut Vec<FileFact>,
) -> Result<(), Error> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_symlink() => metadata,
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("look at", path)(error)),
    };
    facts.extend(fact(owners, path, &metadata, role));
    if metadata.is_dir() && depth > 0 {
        for entry in fs::read_dir(path).map_err(Error::io("look into", path))? {
            let entry = entry.map_err(Error::io("look into", path))?;
            walk(owners, &entry.path(), role, depth - 1, facts)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "not every system has modes, see below"
)]
fn mode(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(metadata.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> Option<u32> {
    None
}

/// `true` if files of this system have modes.
pub(crate) const HAS_MODES: bool = cfg!(unix);

/// Sets the mode of a file.
///
/// # Errors
/// Errors of the operating system.
#[cfg(unix)]
pub(crate) fn set(owners: &Owners, path: &Path, mode: u32) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;
    // A link that took the file's place leads to what its owner may change anyway.
    let _as_owner = AsOwner::of(owners, path);
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(Error::io("change the mode of", path))
}

/// Sets the mode of a file, where the system knows modes.
///
/// # Errors
/// None.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it fails on other systems")]
pub(crate) fn set(_: &Owners, _: &Path, _: u32) -> Result<(), Error> {
    Ok(())
}
