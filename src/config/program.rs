//! The path of this program that stays when it is upgraded (docs/requirements.md#path-of-the-program).
//!
//! Package managers that keep versions beside one another, such as Homebrew, put a link to the present one into a
//! directory of `PATH`. The path that the link leads to is gone after an upgrade.

#[cfg(unix)]
use std::collections::BTreeSet;
#[cfg(unix)]
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Env;
#[cfg(unix)]
use super::links;

/// The path of this program for lines that outlive it: a link to it, by which it was called or which is in `PATH`, else
/// its own path. A link that somebody else could lead elsewhere is not taken.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn lasting_path(env: &Env) -> io::Result<PathBuf> {
    let program = Env::current_exe()?;
    let link = link_to(&program, Env::called_as(), env);
    Ok(link.unwrap_or(program))
}

/// A link that leads to a program, and that only those can change who can change the program.
fn link_to(program: &Path, called_as: Option<PathBuf>, env: &Env) -> Option<PathBuf> {
    let in_path = || env.find_program(program.file_name()?);
    let called_as = called_as.filter(|path| path.is_absolute());
    let is_link = |path: &PathBuf| path.is_symlink() && is_as_safe(path, program);
    called_as
        .filter(is_link)
        .or_else(|| in_path().filter(is_link))
}

/// True if a link leads to a program, and nobody but root and us may change its way who may not change the program.
#[cfg(unix)]
fn is_as_safe(link: &Path, program: &Path) -> bool {
    let (Ok(link), Ok(program)) = (Way::of(link), Way::of(program)) else {
        return false;
    };
    let us = [0, rustix::process::geteuid().as_raw()].map(Writer::User);
    let may_write = |writer: &Writer| us.contains(writer) || program.writers.contains(writer);
    link.end == program.end && link.writers.iter().all(may_write)
}

/// This system has no owners of that kind.
#[cfg(not(unix))]
fn is_as_safe(_: &Path, _: &Path) -> bool {
    false
}

/// Somebody who may change a file or a directory.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Writer {
    User(u32),
    Group(u32),
    Everyone,
}

/// The way from the root to a file: its end, and those who may change where it leads.
#[cfg(unix)]
#[derive(Debug)]
struct Way {
    end: PathBuf,
    writers: BTreeSet<Writer>,
}

#[cfg(unix)]
impl Way {
    /// Goes along an absolute path, and through every link on it.
    fn of(path: &Path) -> io::Result<Self> {
        let mut writers = BTreeSet::new();
        let end = links::follow(path, |_, metadata| add(&mut writers, metadata))?;
        Ok(Self { end, writers })
    }
}

/// Adds those who may change a file, or the names in a directory. In one like `/tmp`, only the owner of a name may.
#[cfg(unix)]
fn add(writers: &mut BTreeSet<Writer>, metadata: &fs::Metadata) {
    use std::os::unix::fs::MetadataExt as _;
    writers.insert(Writer::User(metadata.uid()));
    let mode = metadata.mode();
    if metadata.is_symlink() || (metadata.is_dir() && mode & 0o1000 != 0) {
        return;
    }
    if mode & 0o020 != 0 {
        writers.insert(Writer::Group(metadata.gid()));
    }
    if mode & 0o002 != 0 {
        writers.insert(Writer::Everyone);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn make(directory: &Path, mode: u32) {
        fs::create_dir_all(directory).unwrap();
        set(directory, mode);
    }

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_link_in_the_path_stays_and_one_that_others_can_change_is_not_taken() {
        let root = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(root.path()).unwrap();
        let at = |name: &str| root.join(name);
        make(&at("Cellar/1.0/bin"), 0o755);
        let program = at("Cellar/1.0/bin/roledex");
        drop(fs::File::create(&program).unwrap());
        set(&program, 0o755);
        make(&at("bin"), 0o755);
        let link = at("bin/roledex");
        symlink("../Cellar/1.0/bin/roledex", &link).unwrap();
        let env: Env = [("PATH", at("bin"))].into_iter().collect();
        let find = |called_as: Option<&Path>, env: &Env| {
            link_to(&program, called_as.map(Path::to_owned), env)
        };
        assert_eq!(find(None, &env), Some(link.clone()));
        assert_eq!(find(Some(&link), &Env::default()), Some(link.clone()));
        assert_eq!(find(Some(Path::new("roledex")), &Env::default()), None);
        assert_eq!(find(Some(&program), &Env::default()), None);

        // Others can change the link, its directory, or a directory on the way.
        for (directory, mode) in [("bin", 0o757), ("bin", 0o775)] {
            set(&at(directory), mode);
            assert_eq!(find(None, &env), None, "{mode:o}");
            set(&at(directory), 0o755);
        }
        make(&at("open"), 0o777);
        fs::remove_file(&link).unwrap();
        symlink(&program, at("open/roledex")).unwrap();
        symlink(at("open/roledex"), &link).unwrap();
        assert_eq!(find(None, &env), None);
        set(&at("open"), 0o755);
        assert_eq!(find(None, &env), Some(link.clone()));
        // They can change the program itself, as in Homebrew's directories of a group.
        set(&at("bin"), 0o775);
        set(&at("Cellar"), 0o775);
        assert_eq!(find(None, &env), Some(link.clone()));
        set(&at("bin"), 0o755);

        // It leads to another program, or is none.
        fs::remove_file(&link).unwrap();
        drop(fs::File::create(at("other")).unwrap());
        set(&at("other"), 0o755);
        symlink(at("other"), &link).unwrap();
        assert_eq!(find(None, &env), None);
        let env: Env = [("PATH", at("Cellar/1.0/bin"))].into_iter().collect();
        assert_eq!(find(None, &env), None);
    }
}
