//! The users whose files are read and written: the user's own and root's.
//!
//! The owner of a file, or of its directory, decides what is in it. A token, a start URL or
//! a command of another user must not run as the user's own, and no key goes into a directory
//! that is not theirs. ssh refuses such files in the same way.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

#[cfg(unix)]
use super::links;
use crate::domain::text::word;
use crate::domain::{Problem, ProblemKind};

/// The users whose files one home trusts.
///
/// These are root and the user themselves. Root also trusts the owner of the home directory: `sudo`
/// keeps `HOME` on many systems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owners {
    home: PathBuf,
    /// The directories in which all is roledex's own.
    own: Vec<PathBuf>,
}

/// A file, directory or link that belongs to another user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The file, directory or link.
    pub path: PathBuf,
    /// Its kind.
    pub kind: ForeignKind,
    /// The user id of its owner.
    pub owner: u32,
    /// Our own user id.
    pub user: u32,
}

/// The kind of what belongs to another user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignKind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A link, wherever it leads.
    Link,
    /// A link that would lead root to a file or directory of root.
    LinkToRoot,
}

impl Owners {
    /// The users whose files a home trusts.
    #[must_use]
    pub fn new(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
            own: Vec::new(),
        }
    }

    /// The same with directories in which all is roledex's own. They may lie where every user can
    /// make directories.
    #[must_use]
    pub(super) fn with_own(self, own: Vec<PathBuf>) -> Self {
        Self { own, ..self }
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

    /// Checks the directory of a file, the links on the way, and the directory that they lead to; below a directory of
    /// roledex all directories from there on.
    ///
    /// # Errors
    /// The first that belongs to another user; for root in the home of a user, a link of theirs to what
    /// root owns.
    pub fn check_directories(&self, path: &Path) -> Result<(), Foreign> {
        self.check_links(path)?;
        let real = fs::canonicalize(path).ok();
        if real.as_deref() != Some(path) {
            self.check_links_of_others(path)?;
        }
        for own in self.own.iter().filter(|own| path.starts_with(own)) {
            // Who owns the directory around it can put another one in its place.
            let around = own.parent().filter(|_| !own.starts_with(&self.home));
            let directories = path.ancestors().skip(1);
            for directory in directories.take_while(|it| it.starts_with(own) || Some(*it) == around)
            {
                let Ok(metadata) = fs::symlink_metadata(directory) else {
                    continue;
                };
                self.check_metadata(directory, &metadata)?;
                if metadata.is_symlink()
                    && let Ok(target) = fs::metadata(directory)
                {
                    self.check_metadata(directory, &target)?;
                }
            }
        }
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
        let of_home = || self.other_user().is_some_and(|(home, _)| home == owner);
        if owner == user || owner == 0 || of_home() {
            return Ok(());
        }
        Err(Foreign {
            path: path.to_owned(),
            kind: match metadata {
                link if link.is_symlink() => ForeignKind::Link,
                directory if directory.is_dir() => ForeignKind::Directory,
                _ => ForeignKind::File,
            },
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

    /// The user and the group of the home, if this is root in the home of another user.
    #[cfg(unix)]
    fn other_user(&self) -> Option<(u32, u32)> {
        use std::os::unix::fs::MetadataExt as _;
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let home = fs::metadata(&self.home).ok()?;
        (home.uid() != 0).then(|| (home.uid(), home.gid()))
    }

    /// Refuses, for root in the home of another user, what would be done there as root: `what`, as in *root cannot …
    /// of another user*.
    ///
    /// # Errors
    /// This is root, and the home is of another user.
    #[cfg(unix)]
    pub(crate) fn refuse_root(&self, what: &str) -> Result<(), Problem> {
        let Some((owner, _)) = self.other_user() else {
            return Ok(());
        };
        let name = name_of(owner).unwrap_or_else(|| format!("#{owner}"));
        let title = format!("root cannot {what} of another user");
        Err(Problem::new(ProblemKind::Failed, title)
            .detail("the home directory belongs to another user than root")
            .hint(format!(
                "run roledex as that user: sudo -u {} roledex …; or set HOME to the home directory of root",
                word(&name)
            )))
    }

    /// This system has no such user.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "it is used, and fails, on other systems"
    )]
    pub(crate) fn refuse_root(&self, _: &str) -> Result<(), Problem> {
        Ok(())
    }

    /// Checks that no link leads root to what its owner may not use.
    ///
    /// # Errors
    /// For root in the home of a user, a link of theirs to a file or directory of root.
    #[cfg(unix)]
    pub(super) fn check_links(&self, path: &Path) -> Result<(), Foreign> {
        use std::os::unix::fs::MetadataExt as _;
        let Some((owner, _)) = self.other_user() else {
            return Ok(());
        };
        let way = Way::along(path, owner);
        let is_root = |end: &Metadata| end.uid() == 0 && (end.is_file() || end.is_dir());
        match way.link {
            Some(path) if way.end.as_ref().is_some_and(is_root) => Err(Foreign {
                path,
                kind: ForeignKind::LinkToRoot,
                owner,
                user: 0,
            }),
            _ => Ok(()),
        }
    }

    /// Checks that every link on the way along a path belongs to the users of the home.
    #[cfg(unix)]
    fn check_links_of_others(&self, path: &Path) -> Result<(), Foreign> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut found = Ok(());
        // A path that ends early has what there is of it.
        let _ = links::follow(&path, |at, metadata| {
            if found.is_ok() && metadata.is_symlink() {
                found = self.check_metadata(at, metadata);
            }
        });
        found
    }

    #[cfg(not(unix))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "it is used, and fails, on other systems"
    )]
    fn check_links_of_others(&self, _: &Path) -> Result<(), Foreign> {
        Ok(())
    }

    #[cfg(not(unix))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "it is used, and fails, on other systems"
    )]
    pub(super) fn check_links(&self, _: &Path) -> Result<(), Foreign> {
        Ok(())
    }
}

/// The way along a path, through all links, and what a user can change on it.
#[cfg(unix)]
#[derive(Default)]
struct Way {
    /// `true` if a file, directory or link on it is theirs.
    is_theirs: bool,
    /// Their first link.
    link: Option<PathBuf>,
    /// The last that is there and no link.
    end: Option<Metadata>,
}

#[cfg(unix)]
impl Way {
    fn along(path: &Path, user: u32) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let mut way = Self::default();
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        // A path that ends early has what there is of it.
        let _ = links::follow(&path, |at, metadata| {
            let is_theirs = metadata.uid() == user;
            way.is_theirs |= is_theirs;
            if !metadata.is_symlink() {
                way.end = Some(metadata.clone());
            } else if is_theirs && way.link.is_none() {
                way.link = Some(at.to_owned());
            }
        });
        way
    }
}

/// While it lives, this thread reads and writes files as the owner of the home: for root in the home of another
/// user (docs/requirements.md#root-in-the-home-of-a-user).
///
/// It begins before the links of a path are followed. They can be changed at any time, and lead nowhere that
/// their owner may not go. One inside of another changes nothing.
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
    /// Begins, if this is root and the owner of the home can change where a path leads.
    pub(crate) fn of(owners: &Owners, path: &Path) -> Self {
        #[cfg(not(target_os = "linux"))]
        let _ = (owners, path);
        Self {
            #[cfg(target_os = "linux")]
            root: owners
                .other_user()
                .filter(|(user, _)| Way::along(path, *user).is_theirs)
                .and_then(|(user, group)| linux::Root::become_user(user, group)),
            _thread: std::marker::PhantomData,
        }
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
    use rustix::process::{Gid, Uid, getegid, getgroups};
    use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

    /// The groups that root has.
    #[derive(Debug)]
    pub(super) struct Root {
        group: Gid,
        groups: Vec<Gid>,
    }

    impl Root {
        /// Becomes a user. `None`: root may not.
        pub(super) fn become_user(user: u32, group: u32) -> Option<Self> {
            let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
            let root = Self {
                group: getegid(),
                groups: getgroups().ok()?,
            };
            // The user comes last: who is not root may change no group.
            let changed = set_thread_groups(&[group])
                .and_then(|()| set_thread_res_gid(None, group, None))
                .and_then(|()| set_thread_res_uid(None, user, None));
            match changed {
                Ok(()) => Some(root),
                Err(error) => {
                    tracing::info!(%error, "cannot use files as the owner of the home");
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
        let link = match self.kind {
            ForeignKind::Link | ForeignKind::LinkToRoot => "-h ",
            ForeignKind::File | ForeignKind::Directory => "",
        };
        let path = word(&self.path.to_string_lossy()).into_owned();
        format!("{sudo}chown {link}{} {path}", self.user)
    }
}

impl std::fmt::Display for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, target) = match self.kind {
            ForeignKind::File => ("", ""),
            ForeignKind::Directory => ("the directory ", ""),
            ForeignKind::Link => ("the link ", ""),
            ForeignKind::LinkToRoot => ("the link ", ", which leads to what root owns,"),
        };
        let path = self.path.display();
        write!(f, "{kind}{path}{target} {}", self.reason())
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
            assert_eq!(foreign.kind, ForeignKind::File);
        }
        fs::remove_file(&path).unwrap();
        give(&directory);
        fs::File::create(&path).unwrap();
        for path in [&path, &link] {
            let foreign = owners.check(path).unwrap_err();
            assert_eq!(foreign.owner, NOBODY);
            assert_eq!(foreign.kind, ForeignKind::Directory);
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

    #[test]
    fn a_link_that_is_changed_after_the_check_leads_root_nowhere() {
        let home = tempfile::tempdir().unwrap();
        let of_root = tempfile::tempdir().unwrap();
        let (file, link) = (of_root.path().join("file"), home.path().join("link"));
        fs::File::create(&file).unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(of_root.path(), private).unwrap();
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        if !give(home.path()) || !give(&link) {
            eprintln!("only root can give files away; the rest is skipped");
            return;
        }
        let owners = Owners::new(home.path());
        assert_eq!(owners.check(&link), Ok(()), "a device has no content");
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        give(&link);
        let foreign = owners.check(&link).unwrap_err();
        assert_eq!(
            (foreign.kind, &foreign.path),
            (ForeignKind::LinkToRoot, &link)
        );
        if cfg!(target_os = "linux") {
            let as_owner = AsOwner::of(&owners, &link);
            assert!(fs::read(&link).is_err());
            drop(as_owner);
        }
        assert!(fs::read(&link).is_ok(), "root again");
        // A path of root's own is root's.
        let _as_owner = AsOwner::of(&owners, &file);
        assert!(fs::read(&file).is_ok());
    }
}
