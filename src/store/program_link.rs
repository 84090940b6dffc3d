//! A symbolic link to this program, at a path that needs no quotes in a `credential_process` line.

use std::path::{Path, PathBuf};

use super::Error;
use crate::config::Owners;
use crate::config::owners::AsOwner;

/// `true` if every user of this system can make links.
pub(crate) const CAN_BE_MADE: bool = cfg!(unix);

/// The path of the link in the state directory.
#[must_use]
pub(crate) fn path(state: &Path) -> PathBuf {
    state.join("bin").join("roledex")
}

/// `true` if the link leads to a program.
#[must_use]
pub(crate) fn leads_to(link: &Path, program: &Path) -> bool {
    std::fs::read_link(link).is_ok_and(|target| target == program)
}

/// Makes the link lead to a program, in one step. Returns whether it had to be written.
///
/// # Errors
/// A directory of another user, and errors of the operating system; the link is then as it was.
pub(crate) fn put(owners: &Owners, link: &Path, program: &Path) -> Result<bool, Error> {
    let directory = link.parent().unwrap_or(link);
    super::atomic::create_private_dir(owners, directory)?;
    if leads_to(link, program) {
        return Ok(false);
    }
    let _as_owner = AsOwner::of(owners, directory);
    tempfile::Builder::new()
        .prefix(super::atomic::PREFIX)
        .make_in(directory, |path| symlink(program, path))
        .and_then(|temporary| {
            let temporary = temporary.into_temp_path();
            temporary.persist(link).map_err(|error| error.error)
        })
        .map_err(Error::io("write", link))?;
    Ok(true)
}

#[cfg(unix)]
fn symlink(program: &Path, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(program, path)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn it_follows_the_program() {
        let state = tempfile::tempdir().unwrap();
        let (link, owners) = (path(state.path()), Owners::new(state.path()));
        for program in ["/a b/roledex", "/c d/roledex"] {
            assert!(!leads_to(&link, Path::new(program)));
            assert!(put(&owners, &link, Path::new(program)).unwrap());
            assert!(!put(&owners, &link, Path::new(program)).unwrap());
            assert!(leads_to(&link, Path::new(program)));
        }
        let left: Vec<_> = std::fs::read_dir(link.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "no temporary link is left");
    }
}
