//! Modes and owners of files, and what tools cannot read in the AWS files.

use std::path::{Path, PathBuf};

use super::check::{Check, Status};

/// A file or directory, its mode and its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileFact {
    /// Its path.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// `true` for a directory.
    pub is_directory: bool,
    /// Its use.
    pub role: FileRole,
    /// Its owner, if that is neither this user nor root.
    pub foreign: Option<ForeignOwner>,
}

/// The owner of a file that must not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignOwner {
    /// The end of a sentence about the file: who owns it.
    pub reason: String,
    /// The command that makes the file the user's own.
    pub fix: String,
}

/// The use of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileRole {
    /// A directory that roledex does not own, and that must belong to a trusted user.
    Surroundings,
    /// A file that other tools use too, without secrets.
    Shared,
    /// A file that other tools use too, with secrets.
    SharedSecret,
    /// A file that only roledex uses.
    Ours,
}

/// The mode that a file should have, and how serious the difference is; `None` if the mode is fine.
#[must_use]
pub(crate) fn check_mode(fact: &FileFact) -> Option<(Status, u32)> {
    let wanted = if fact.is_directory { 0o700 } else { 0o600 };
    let others = fact.mode & 0o077;
    let writable = others & 0o022 != 0;
    match fact.role {
        _ if others == 0 => None,
        // In a sticky directory such as /tmp, users can replace only their own files.
        FileRole::Surroundings if !writable || fact.mode & 0o1000 != 0 => None,
        FileRole::Surroundings => Some((Status::Error, fact.mode & 0o7755)),
        _ if writable => Some((Status::Error, wanted)),
        FileRole::SharedSecret | FileRole::Ours if !fact.is_directory => {
            Some((Status::Error, wanted))
        }
        _ => Some((Status::Warning, wanted)),
    }
}

/// A duplicate section or key in the AWS files, which keeps tools from reading them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The file.
    pub path: PathBuf,
    /// The section, as its header has it.
    pub section: String,
    /// The key that is there again; `None`: the section itself.
    pub key: Option<String>,
    /// The lines, counted from one.
    pub lines: Vec<usize>,
    /// `true` if the AWS CLI refuses the whole file; else it merges the two.
    pub fatal: bool,
}

impl Duplicate {
    /// The check of it.
    #[must_use]
    pub fn check(&self) -> Check {
        let lines: Vec<String> = self.lines.iter().map(usize::to_string).collect();
        let what = match &self.key {
            Some(key) => format!("{key} of [{}]", self.section),
            None => format!("[{}]", self.section),
        };
        let state = if self.fatal {
            Status::Error
        } else {
            Status::Warning
        };
        let check = Check::new(
            "duplicates",
            state,
            format!(
                "{what} appears more than once in {}, at lines {}",
                self.path.display(),
                lines.join(" and ")
            ),
        );
        let of = if self.key.is_some() {
            "a key"
        } else {
            "a section"
        };
        let check = check.public(format!("{of} of the AWS files appears more than once"));
        check.hint(if self.fatal {
            "merge them: the AWS CLI cannot read a file with duplicates"
        } else {
            "merge them: some tools read the first, some the last, and some both"
        })
    }
}

/// The kinds of text in an AWS file that the AWS CLI cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The file begins with a byte order mark.
    ByteOrderMark,
    /// Bytes that are no UTF-8.
    NotUtf8,
    /// Something before the first header.
    NoSection,
    /// A line that is neither a header nor a key with its value.
    NoSetting,
    /// A header without its end.
    HalfHeader,
    /// A comment behind a value, which becomes a part of it.
    Comment,
}

/// A fault of one AWS file, and the lines that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The file.
    pub path: PathBuf,
    /// The kind of the fault.
    pub fault: Fault,
    /// The lines, counted from one.
    pub lines: Vec<usize>,
}

impl Unreadable {
    /// The check of it.
    #[must_use]
    pub fn check(&self) -> Check {
        /// The most lines that are named.
        const NAMED: usize = 5;
        let (wrong, hint) = match self.fault {
            Fault::ByteOrderMark => (
                "a byte order mark",
                "save it as UTF-8 without a byte order mark",
            ),
            Fault::NotUtf8 => ("bytes that are not UTF-8", "save it as UTF-8"),
            Fault::NoSection => (
                "text before the first header",
                "move it below a header, or remove it",
            ),
            Fault::NoSetting => (
                "neither a header nor a key with its value",
                "make it a comment with # in front, or remove it",
            ),
            Fault::HalfHeader => ("a header without its end", "end it with ]"),
            Fault::Comment => (
                "takes a comment behind a value for a part of the value",
                "move it to a line of its own",
            ),
        };
        let lines: Vec<String> = self.lines.iter().map(usize::to_string).collect();
        let lines = match lines.as_slice() {
            [line] => format!("line {line}"),
            lines if lines.len() > NAMED => {
                let more = lines.len() - NAMED;
                let named: Vec<&str> = lines.iter().take(NAMED).map(String::as_str).collect();
                format!("lines {} and {more} more", named.join(", "))
            }
            lines => format!("lines {}", lines.join(" and ")),
        };
        let path = self.path.display();
        let check = if self.fault == Fault::Comment {
            let what = format!("the AWS CLI {wrong}: {lines} of {path}");
            Check::new("files", Status::Warning, what).public(format!("the AWS CLI {wrong}"))
        } else {
            let what = format!("the AWS CLI cannot read {path}: {wrong}, at {lines}");
            Check::new("files", Status::Error, what)
                .public(format!("the AWS CLI cannot read an AWS file: {wrong}"))
        };
        check.hint(hint)
    }
}

/// A path as the user sees it.
#[must_use]
pub(crate) fn shown(path: &Path, home: &Path) -> String {
    path.strip_prefix(home).map_or_else(
        |_| path.display().to_string(),
        |rest| format!("~/{}", rest.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        let check = |mode, is_directory, role| {
            check_mode(&FileFact {
                path: PathBuf::new(),
                mode,
                is_directory,
                role,
                foreign: None,
            })
        };
        assert_eq!(check(0o600, false, FileRole::Ours), None);
        assert_eq!(check(0o700, true, FileRole::Ours), None);
        assert_eq!(
            check(0o640, false, FileRole::SharedSecret),
            Some((Status::Error, 0o600))
        );
        assert_eq!(
            check(0o644, false, FileRole::Shared),
            Some((Status::Warning, 0o600))
        );
        assert_eq!(
            check(0o664, false, FileRole::Shared),
            Some((Status::Error, 0o600))
        );
        assert_eq!(
            check(0o755, true, FileRole::Ours),
            Some((Status::Warning, 0o700))
        );
        assert_eq!(check(0o755, true, FileRole::Surroundings), None);
        assert_eq!(check(0o1777, true, FileRole::Surroundings), None);
        assert_eq!(
            check(0o777, true, FileRole::Surroundings),
            Some((Status::Error, 0o755))
        );
    }
}
