//! The users whose files are read and written: the user's own and root's.
//!
//! The owner of a file, or of its directory, decides what is in it. A token, a start URL or
//! a command of another user must not run as the user's own, and no key goes into a directory
//! that is not theirs. ssh refuses such files in the same way.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use crate::domain::text::word;
use crate::domain::{Problem, ProblemKind};

/// The users whose files one home trusts.
///
/// These are root and the user themselves. Root also trusts the owner of the home directory: `sudo`
/// keeps `HOME` on many systems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owners {
    home: PathBuf,
}

/// A file or directory that belongs to another user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The file or directory.
    pub path: PathBuf,
    /// `true` for a directory.
    pub is_directory: bool,
    /// The user id of its owner.
    pub owner: u32,
    /// Our own user id.
    pub user: u32,
}

impl Owners {
    /// The users whose files a home trusts.
    #[must_use]
    pub fn new(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
        }
    }

    /// Checks a file and its directory, and where it is a link those that it leads to. What is not
    /// there has no owner.
    ///
    /// # Errors
    /// The first that belongs to another user.
    pub fn check(&self, path: &Path) -> Result<(), Foreign> {
        if let Ok(metadata) = fs::metadata(path) {
            self.check_metadata(path, &metadata)?;
        }
        self.check_directories(path)
    }

    /// Checks the directory of a file, and the one that it leads to as a link.
    ///
    /// # Errors
    /// The first that belongs to another user.
    pub fn check_directories(&self, path: &Path) -> Result<(), Foreign> {
        let real = fs::canonicalize(path).ok();
        for file in [Some(path), real.as_deref()].into_iter().flatten() {
            let directory = match file.parent() {
                Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
                Some(parent) => parent,
                None => continue,
            };
            if let Ok(metadata) = fs::metadata(directory) {
                self.check_metadata(directory, &metadata)?;
            }
        }
        Ok(())
    }

    /// Checks the owner of one file or directory, whose metadata is known already.
    ///
    /// # Errors
    /// It belongs to another user.
    #[cfg(unix)]
    pub fn check_metadata(&self, path: &Path, metadata: &Metadata) -> Result<(), Foreign> {
        use std::os::unix::fs::MetadataExt as _;
        let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
        let of_home = || fs::metadata(&self.home).is_ok_and(|home| home.uid() == owner);
        if owner == user || owner == 0 || (user == 0 && of_home()) {
            return Ok(());
        }
        Err(Foreign {
            path: path.to_owned(),
            is_directory: metadata.is_dir(),
            owner,
            user,
        })
    }

    /// This system knows owners of another kind, and keeps other users out of a home by itself.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "it is used, and fails, on other systems"
    )]
    pub fn check_metadata(&self, _: &Path, _: &Metadata) -> Result<(), Foreign> {
        Ok(())
    }
}

/// While it lives, this thread changes files as the owner of a directory: for root in the home of another user
/// (docs/requirements.md#root-in-the-home-of-a-user).
///
/// Only Linux knows users of single threads. On other systems it does nothing, and new files are root's.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub(crate) struct AsOwner {
    #[cfg(target_os = "linux")]
    root: Option<linux::Root>,
    /// It must end on the thread on which it began.
    _thread: std::marker::PhantomData<*const ()>,
}

impl AsOwner {
    /// Begins, if this is root and the directory belongs to another user.
    pub(crate) fn of(directory: &Path) -> Self {
        #[cfg(not(target_os = "linux"))]
        let _ = directory;
        Self {
            #[cfg(target_os = "linux")]
            root: linux::Root::become_owner(directory),
            _thread: std::marker::PhantomData,
        }
    }

    /// The same with the directory of a file.
    pub(crate) fn beside(file: &Path) -> Self {
        Self::of(file.parent().unwrap_or_else(|| Path::new("/")))
    }
}

#[cfg(target_os = "linux")]
impl Drop for AsOwner {
    fn drop(&mut self) {
        if let Some(root) = self.root.take() {
            root.restore();
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;

    use rustix::process::{Gid, Uid, getegid, geteuid, getgroups};
    use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

    /// The groups that root has.
    #[derive(Debug)]
    pub(super) struct Root {
        group: Gid,
        groups: Vec<Gid>,
    }

    impl Root {
        /// Becomes the owner of a directory, if that is another user. `None`: this is not root, or may not.
        pub(super) fn become_owner(directory: &Path) -> Option<Self> {
            if !geteuid().is_root() {
                return None;
            }
            let metadata = std::fs::metadata(directory).ok()?;
            let (owner, group) = (Uid::from_raw(metadata.uid()), Gid::from_raw(metadata.gid()));
            if owner.is_root() {
                return None;
            }
            let root = Self {
                group: getegid(),
                groups: getgroups().ok()?,
            };
            // The user comes last: who is not root may change no group.
            let changed = set_thread_groups(&[group])
                .and_then(|()| set_thread_res_gid(None, group, None))
                .and_then(|()| set_thread_res_uid(None, owner, None));
            match changed {
                Ok(()) => Some(root),
                Err(error) => {
                    tracing::info!(%error, "cannot make files as the owner of the directory");
                    root.restore();
                    None
                }
            }
        }

        /// Becomes root again.
        pub(super) fn restore(self) {
            let restored = set_thread_res_uid(None, Uid::ROOT, None)
                .and_then(|()| set_thread_res_gid(None, self.group, None))
                .and_then(|()| set_thread_groups(&self.groups));
            if let Err(error) = restored {
                tracing::warn!(%error, "cannot become root again");
            }
        }
    }
}

impl Foreign {
    /// The reason, as the end of a sentence about the path.
    #[must_use]
    pub fn reason(&self) -> String {
        let owner = match name_of(self.owner) {
            Some(name) => format!("{name} (uid {})", self.owner),
            None => format!("uid {}", self.owner),
        };
        format!("is owned by {owner}, not by you (uid {})", self.user)
    }

    /// The command that makes it the user's own.
    #[must_use]
    pub fn fix(&self) -> String {
        let sudo = if self.user == 0 { "" } else { "sudo " };
        let path = word(&self.path.to_string_lossy()).into_owned();
        format!("{sudo}chown {} {path}", self.user)
    }
}

impl std::fmt::Display for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.is_directory {
            "the directory "
        } else {
            ""
        };
        write!(f, "{kind}{} {}", self.path.display(), self.reason())
    }
}

impl std::error::Error for Foreign {}

impl From<Foreign> for Problem {
    fn from(foreign: Foreign) -> Self {
        Self::new(ProblemKind::File, foreign.to_string())
            .detail("roledex uses only files and directories that you or root own")
            .hint(format!(
                "move it away, or make it yours if you trust it: {}",
                foreign.fix()
            ))
    }
}

/// The name of a user, where the local list of users has one.
fn name_of(uid: u32) -> Option<String> {
    let bytes = fs::read("/etc/passwd").ok()?;
    let text = String::from_utf8_lossy(&bytes);
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// The user `nobody`, whom files can be given to by root alone.
    const NOBODY: u32 = 65_534;

    fn give(path: &Path) -> bool {
        std::os::unix::fs::lchown(path, Some(NOBODY), None).is_ok()
    }

    #[test]
    fn files_of_others_and_files_in_their_directories_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let owners = Owners::new(home.path());
        let directory = home.path().join("d");
        fs::create_dir(&directory).unwrap();
        let path = directory.join("file");
        assert_eq!(owners.check(&path), Ok(()), "not there");
        fs::File::create(&path).unwrap();
        let link = home.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(owners.check(&link), Ok(()));
        assert_eq!(owners.check(Path::new("/dev/null")), Ok(()));
        assert_eq!(owners.check(Path::new("/etc/passwd")), Ok(()));
        if !give(&path) {
            eprintln!("only root can give files away; the rest is skipped");
            return;
        }
        for path in [&path, &link] {
            let foreign = owners.check(path).unwrap_err();
            assert_eq!((foreign.owner, &foreign.path), (NOBODY, path));
            assert!(!foreign.is_directory);
        }
        fs::remove_file(&path).unwrap();
        give(&directory);
        fs::File::create(&path).unwrap();
        for path in [&path, &link] {
            let foreign = owners.check(path).unwrap_err();
            assert_eq!((foreign.owner, foreign.is_directory), (NOBODY, true));
            assert!(
                foreign
                    .to_string()
                    .contains("d is owned by nobody (uid 65534), not by you"),
                "{foreign}"
            );
        }
        // As with sudo, which keeps the home of the user who runs it.
        give(home.path());
        assert_eq!(owners.check(&path), Ok(()));
    }
}
