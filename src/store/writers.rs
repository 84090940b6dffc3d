//! Finds processes that have a file open for writing.
//!
//! Only Linux tells, only for processes of the same user, and not across containers. It is evidence of a
//! save in flight; its absence proves nothing.

use std::fmt;
use std::path::Path;

/// A process that has a file open for writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Writer {
    /// The process's id.
    pub pid: u32,
    /// The process's name, without control characters.
    pub name: String,
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", self.name, self.pid)
    }
}

/// Finds a process that has the file at `path` open for writing. `names` are paths that the file may
/// have had when it was opened.
#[cfg(target_os = "linux")]
pub(super) fn find(path: &Path, names: &[&Path]) -> Option<Writer> {
    use std::ffi::OsStr;
    use std::fs;

    use super::stat::Stat;

    let id = Stat::read(path).ok()?.id;
    let names: Vec<&OsStr> = names.iter().filter_map(|name| name.file_name()).collect();
    for process in fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|id| id.parse().ok()) else {
            continue;
        };
        // Other users' processes are not ours to look into.
        let Ok(files) = fs::read_dir(process.path().join("fd")) else {
            continue;
        };
        for file in files.flatten() {
            // The name first: to ask a dead network file system for an inode could block forever.
            let has_name = fs::read_link(file.path())
                .is_ok_and(|link| link.file_name().is_some_and(|name| names.contains(&name)));
            if has_name
                && Stat::read(&file.path()).is_ok_and(|stat| stat.id == id)
                && is_for_writing(&process.path().join("fdinfo").join(file.file_name()))
            {
                let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
                let name = name.trim().replace(char::is_control, "");
                return Some(Writer { pid, name });
            }
        }
    }
    None
}

#[cfg(not(target_os = "linux"))]
pub(super) fn find(_: &Path, _: &[&Path]) -> Option<Writer> {
    None
}

/// True if an open file's flags, which `fdinfo` shows in octal, allow writing.
#[cfg(target_os = "linux")]
fn is_for_writing(info: &Path) -> bool {
    const ACCESS_MODE: u32 = 0o3;
    let flags = std::fs::read_to_string(info).ok().and_then(|text| {
        let flags = text.lines().find_map(|line| line.strip_prefix("flags:"))?;
        u32::from_str_radix(flags.trim(), 8).ok()
    });
    flags.is_some_and(|flags| flags & ACCESS_MODE != 0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn a_writer_is_found_and_a_reader_is_not() {
        let home = tempfile::tempdir().unwrap();
        let (path, moved) = (home.path().join("file"), home.path().join("moved"));
        File::create(&path).unwrap();
        let reader = File::open(&path).unwrap();
        assert_eq!(find(&path, &[&path]), None);
        let writer = File::options().append(true).open(&path).unwrap();
        let found = find(&path, &[&path]).unwrap();
        assert_eq!(found.pid, std::process::id());
        assert!(!found.name.is_empty());
        fs::rename(&path, &moved).unwrap();
        assert!(find(&moved, &[&path, &moved]).is_some(), "by its new name");
        drop((reader, writer));
        assert_eq!(find(&moved, &[&path, &moved]), None);
    }
}
