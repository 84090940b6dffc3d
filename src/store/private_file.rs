//! Files that only their user may read: tokens, keys and what roledex remembers.
//!
//! The new content is written to a file without a name, which the system removes with the process that
//! has it open. It gets a name only when it is complete: that of the file itself, or a temporary one
//! for the moment before the rename. Where the system has no files without names, the temporary name
//! is there from the start. A process that is killed can leave such a name, so every write
//! sweeps its directory.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use super::Error;
use super::atomic::{self, PREFIX, create_private_dir, follow_links, parent};
use super::disk::{Disk as _, Machine};
use super::held;
use super::lock::Lock;
use super::mount::write_error;
use crate::config::Owners;
use crate::config::owners::AsOwner;

/// A temporary file may be in use for this long. A write takes milliseconds.
const MAX_AGE: Duration = Duration::from_mins(1);

/// The ways to write, in their order. The named one is tried again because `logout` may have swept
/// its file.
const ATTEMPTS: &[Method] = if cfg!(target_os = "linux") {
    &[Method::Unnamed, Method::Named, Method::Named]
} else {
    &[Method::Named, Method::Named]
};

/// The room that a check needs, in bytes: more than any of these files has.
const TRIAL_BYTES: usize = 16 << 10;

/// The kind of temporary file that holds a new version until it is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Unnamed,
    Named,
}

/// A new version that is not in its place yet.
enum Temporary {
    Unnamed(File),
    Named(NamedTempFile),
}

/// Writes a file that only the user may read: 0600, in a directory 0700 when it must be made. Readers
/// see the old version or the new one, never a part. Symbolic links are written through.
///
/// # Errors
/// A file or directory of another user, and those of the operating system; the file is then as it was.
pub(crate) fn write(owners: &Owners, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    owners.check(path)?;
    let _as_owner = AsOwner::of(owners, path);
    let target = atomic::target(owners, path)?;
    let directory = parent(&target);
    let mut result = Ok(());
    for method in ATTEMPTS {
        create_private_dir(owners, directory)?;
        result = attempt(*method, directory, &target, bytes);
        match &result {
            Ok(()) => {
                sweep_old(directory, fs::metadata(&target));
                return Ok(());
            }
            Err(error) if *method == Method::Named && error.kind() != io::ErrorKind::NotFound => {
                break;
            }
            Err(error) => tracing::info!(%error, ?method, "writing a private file in another way"),
        }
    }
    result.map_err(write_error(&target))
}

/// Checks that a file could be written now: owners, directory, rights and room for a new file. What is
/// there stays as it is.
///
/// # Errors
/// As [`write()`].
pub(crate) fn check_writable(owners: &Owners, path: &Path) -> Result<(), Error> {
    owners.check(path)?;
    let _as_owner = AsOwner::of(owners, path);
    let target = atomic::target(owners, path)?;
    if target.is_dir() {
        return Err(Error::io("write", &target)(
            io::ErrorKind::IsADirectory.into(),
        ));
    }
    let directory = parent(&target);
    create_private_dir(owners, directory)?;
    try_to_write(directory).map_err(Error::io("write in", directory))
}

/// The path that the links in the place of a file lead to.
pub(crate) fn target_of(path: &Path) -> PathBuf {
    follow_links(path).unwrap_or_else(|_| path.to_owned())
}

/// Checks that files could be written in a directory, or that it could be made. Makes nothing.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn check_directory(owners: &Owners, directory: &Path) -> Result<(), Error> {
    let _as_owner = AsOwner::of(owners, directory);
    let mut there = directory.ancestors().filter(|it| it.is_dir());
    try_to_write(there.next().unwrap_or(directory)).map_err(Error::io("write in", directory))
}

fn try_to_write(directory: &Path) -> io::Result<()> {
    let trial = vec![0; TRIAL_BYTES];
    complete(Method::Unnamed, directory, &trial)
        .or_else(|_| complete(Method::Named, directory, &trial))
        .map(drop)
}

/// Removes every temporary file of ours from a directory, also those of a write that is under way,
/// which then writes again. For `logout`, after which no copy of a secret may be left.
pub(crate) fn sweep_all(directory: &Path) {
    sweep_before(directory, None);
}

/// Removes temporary files of ours that a process which was killed left in a directory more than a
/// minute ago.
pub(crate) fn sweep(directory: &Path) {
    // The file system's own clock: that of a network server may be another one. A directory in which
    // no file can be made is one from which none can be removed.
    let probe = tempfile::tempfile_in(directory).and_then(|probe| probe.metadata());
    sweep_old(directory, probe);
}

/// Removes what is old beside a file that was written just now, unless somebody writes an AWS file there:
/// what looks old may be theirs if they were stopped meanwhile.
fn sweep_old(directory: &Path, new: io::Result<fs::Metadata>) {
    let Ok(_lock) = Lock::of_directory(directory, Duration::ZERO) else {
        return;
    };
    if let Ok(now) = new.and_then(|new| new.modified()) {
        let before = now.checked_sub(MAX_AGE).unwrap_or(SystemTime::UNIX_EPOCH);
        sweep_before(directory, Some(before));
    }
}

/// Removes temporary files of ours; `before`: only those that were not changed since then.
fn sweep_before(directory: &Path, before: Option<SystemTime>) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        // Of the entry itself, not of what a link leads to.
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let is_old = |before| touched(&metadata).is_ok_and(|touched| touched < before);
        if metadata.is_file()
            && is_ours(&metadata)
            && before.is_none_or(is_old)
            && let Err(error) = fs::remove_file(entry.path())
        {
            tracing::info!(%error, "cannot remove a temporary file");
        }
    }
}

/// The time of the last write or rename. While two files are exchanged, the old one has a temporary
/// name and may have been written long ago, but it was renamed just now.
#[cfg(unix)]
fn touched(metadata: &fs::Metadata) -> io::Result<SystemTime> {
    use std::os::unix::fs::MetadataExt as _;
    let since_epoch = |seconds: i64, nanos: i64| {
        let (seconds, nanos) = (u64::try_from(seconds).ok()?, u32::try_from(nanos).ok()?);
        SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanos))
    };
    let changed = since_epoch(metadata.ctime(), metadata.ctime_nsec());
    let written = metadata.modified()?;
    Ok(changed.map_or(written, |changed| changed.max(written)))
}

/// The time of the last write; this system does not record renames.
#[cfg(not(unix))]
fn touched(metadata: &fs::Metadata) -> io::Result<SystemTime> {
    metadata.modified()
}

#[cfg(unix)]
fn is_ours(metadata: &fs::Metadata) -> bool {
    // Root makes files as the owner of the home.
    let us = [rustix::process::geteuid(), rustix::process::getuid()];
    us.contains(&rustix::fs::Uid::from_raw(
        std::os::unix::fs::MetadataExt::uid(metadata),
    ))
}

#[cfg(not(unix))]
fn is_ours(_: &fs::Metadata) -> bool {
    true
}

/// Writes a new version that is complete and on the disk.
fn complete(method: Method, directory: &Path, bytes: &[u8]) -> io::Result<Temporary> {
    let mut temporary = match method {
        Method::Unnamed => Temporary::Unnamed(unnamed(directory)?),
        Method::Named => Temporary::Named(named(directory)?),
    };
    let file = match &mut temporary {
        Temporary::Unnamed(file) => file,
        Temporary::Named(file) => file.as_file_mut(),
    };
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(temporary)
}

/// Writes a new version and puts it in its place.
fn attempt(method: Method, directory: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    match complete(method, directory, bytes)? {
        Temporary::Unnamed(file) => put(&file, directory, target)?,
        Temporary::Named(file) => held::persist(file, target)?,
    }
    if let Err(error) = Machine.sync_directory(directory) {
        // The file is in its place: an error would say that nothing was written.
        tracing::info!(%error, "cannot sync a directory");
    }
    Ok(())
}

fn named(directory: &Path) -> io::Result<NamedTempFile> {
    Machine.create(directory, PREFIX)
}

/// Makes a file without a name, 0600.
#[cfg(target_os = "linux")]
fn unnamed(directory: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = rustix::fs::open(directory, flags, Mode::RUSR | Mode::WUSR)?;
    Ok(file.into())
}

/// Gives a file without a name the place of another one. A link replaces nothing, so that a name is
/// needed for the moment until the rename.
#[cfg(target_os = "linux")]
fn put(file: &File, directory: &Path, target: &Path) -> io::Result<()> {
    match link(file, target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let named = tempfile::Builder::new()
                .prefix(PREFIX)
                .make_in(directory, |path| link(file, path))?;
            Ok(named.into_temp_path().persist(target)?)
        }
        result => result,
    }
}

#[cfg(target_os = "linux")]
fn link(file: &File, path: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;
    // Only root may link an open file directly; every user may link it by its name in /proc.
    let open = format!("/proc/self/fd/{}", file.as_raw_fd());
    let follow = rustix::fs::AtFlags::SYMLINK_FOLLOW;
    let here = rustix::fs::CWD;
    Ok(rustix::fs::linkat(here, open, here, path, follow)?)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
fn put(_: &File, _: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn owners(home: &Path) -> Owners {
        Owners::new(home)
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A file that was last written so many seconds before or after now. Its rename time is now.
    fn leave(path: &Path, seconds: i64) {
        let file = File::create(path).unwrap();
        let now = file.metadata().unwrap().modified().unwrap();
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let written = if seconds < 0 {
            now - distance
        } else {
            now + distance
        };
        file.set_modified(written).unwrap();
    }

    /// Sweeps as a process would whose clock is so many seconds ahead.
    fn sweep_later(directory: &Path, seconds: u64) {
        let probe = tempfile::tempfile_in(directory).unwrap();
        let now = probe.metadata().unwrap().modified().unwrap();
        probe
            .set_modified(now + Duration::from_secs(seconds))
            .unwrap();
        sweep_old(directory, probe.metadata());
    }

    #[test]
    fn every_way_writes_the_same_file() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        for method in [Method::Unnamed, Method::Named] {
            for text in ["new", "again"] {
                if cfg!(not(target_os = "linux")) && method == Method::Unnamed {
                    continue;
                }
                attempt(method, home.path(), &path, text.as_bytes()).unwrap();
                assert_eq!(fs::read_to_string(&path).unwrap(), text, "{method:?}");
                let mode = fs::metadata(&path).unwrap().permissions().mode();
                assert_eq!(mode & 0o7777, 0o600, "{method:?}");
                assert_eq!(names(home.path()), ["file"], "{method:?}");
            }
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_new_version_has_no_name_until_it_is_complete() {
        let home = tempfile::tempdir().unwrap();
        let Ok(temporary) = complete(Method::Unnamed, home.path(), b"secret") else {
            eprintln!("this file system has no files without names; skipped");
            return;
        };
        assert_eq!(names(home.path()), [""; 0]);
        drop(temporary);
    }

    #[test]
    fn only_old_temporary_files_of_ours_are_swept() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        leave(&at(".roledex-oldone"), -3_600);
        leave(&at(".roledex-newone"), 30);
        leave(&at("roledex-notours"), -3_600);
        fs::create_dir(at(".roledex-folder")).unwrap();
        leave(&at("target"), -3_600);
        symlink(at("target"), at(".roledex-linked")).unwrap();
        let stay = [
            ".roledex-folder",
            ".roledex-linked",
            ".roledex-newone",
            "roledex-notours",
            "target",
        ];
        sweep_later(home.path(), 70);
        assert_eq!(names(home.path()), stay);
        let foreign = at(".roledex-theirs");
        leave(&foreign, -3_600);
        if std::os::unix::fs::lchown(&foreign, Some(65_534), None).is_ok() {
            sweep_all(home.path());
            assert!(foreign.exists());
        }
        sweep_all(home.path());
        assert!(!at(".roledex-newone").exists());
        assert!(at(".roledex-linked").is_symlink() && at("target").exists());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_in_exchange_is_not_swept() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        leave(&at("config"), -3_600);
        leave(&at(".roledex-new"), 0);
        Machine
            .exchange(&at(".roledex-new"), &at("config"))
            .unwrap();
        write(&owners(home.path()), &at("other"), b"x").unwrap();
        sweep(home.path());
        assert_eq!(names(home.path()), [".roledex-new", "config", "other"]);
        sweep_later(home.path(), 70);
        assert_eq!(names(home.path()), ["config", "other"]);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_known_before() {
        let home = tempfile::tempdir().unwrap();
        let owners = owners(home.path());
        let path = home.path().join("a/b/file");
        check_writable(&owners, &path).unwrap();
        assert_eq!(names(path.parent().unwrap()), [""; 0]);
        fs::create_dir(&path).unwrap();
        check_writable(&owners, &path).unwrap_err();
        File::create(home.path().join("no-directory")).unwrap();
        check_writable(&owners, &home.path().join("no-directory/file")).unwrap_err();
    }
}
