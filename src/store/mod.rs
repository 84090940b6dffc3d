//! Files: the atomic writer, the lock, the caches, the credential store, and the one editor of the
//! AWS files.
//!
//! Knows nothing of the network or the screen. Everything it makes is 0600 in 0700 directories (docs/architecture.md#files).

pub(crate) mod atomic;
#[cfg(unix)]
mod attributes;
pub(crate) mod aws_files;
mod cache_file;
pub(crate) mod catalog_cache;
pub(crate) mod confirmed;
pub(crate) mod credential_store;
mod disk;
mod held;
pub(crate) mod history;
mod json;
pub(crate) mod keyring;
pub(crate) mod leftovers;
pub(crate) mod lock;
pub(crate) mod login_cache;
mod mount;
pub(crate) mod other_tools;
pub(crate) mod permissions;
pub(crate) mod private_file;
pub(crate) mod program_link;
pub(crate) mod remembered;
pub(crate) mod role_cache;
pub(crate) mod settings_file;
mod stat;
pub(crate) mod token_cache;
mod writers;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::owners::Foreign;
use crate::config::{Owners, file};
use crate::domain::text::word;
use crate::domain::{EntryId, Problem, ProblemKind};

/// Errors of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An error of the operating system.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// A verb: read, write, lock…
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// It belongs to another user, or lies in a directory of theirs.
    #[error(transparent)]
    Foreign(#[from] Foreign),
    /// The caller refused the edit when it saw the files as they are.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// The settings require the keyring, and it cannot be used.
    #[error("credentials cannot be kept in the keyring")]
    Keyring(#[from] keyring::Error),
    /// Another process holds the lock for too long.
    #[error("{} is locked by another process", path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// The time waited.
        waited: Duration,
    },
    /// The file changed while it was edited, again and again.
    #[error("{} keeps changing while it is edited", path.display())]
    Racing {
        /// The file.
        path: PathBuf,
    },
    /// Another program is saving the file, and does not finish.
    #[error("{} is being saved by another program", path.display())]
    InFlight {
        /// The file.
        path: PathBuf,
        /// The program, where the system tells.
        writer: Option<String>,
        /// The time waited.
        waited: Duration,
    },
    /// The file was saved again while another program's version of it was put back.
    #[error("{} was saved several times at once", path.display())]
    Conflict {
        /// The file, with one version.
        path: PathBuf,
        /// The path of the other version; `None`: somebody removed it.
        kept: Option<PathBuf>,
    },
    /// The file was written, and could not be put back.
    #[error("{} could not be restored after it was written", path.display())]
    NotRestored {
        /// The file.
        path: PathBuf,
        /// The path of the version that it had before; `None`: somebody removed it.
        kept: Option<PathBuf>,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// One file was written, the other could not be, and the first could not be put back.
    #[error("{cause}")]
    Partly {
        /// The file that was written.
        written: PathBuf,
        /// The error of the other one.
        cause: Box<Self>,
    },
    /// The file is mounted on its own.
    #[error("{} is a mount point of its own and cannot be replaced", path.display())]
    MountPoint {
        /// The file.
        path: PathBuf,
    },
    /// The config and the credentials are one file.
    #[error("{} and {} are the same file", config.display(), credentials.display())]
    OneFile {
        /// The path of the config.
        config: PathBuf,
        /// The path of the credentials.
        credentials: PathBuf,
    },
    /// An AWS file in another encoding. Nothing could be found in it, so it must not count as an empty one
    /// (docs/requirements.md#read-errors-are-errors).
    #[error("{} is {}", path.display(), encoding.unwrap_or("not a text file"))]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The name of its encoding; `None`: it has NUL bytes, and is nothing known.
        encoding: Option<&'static str>,
    },
    /// The profile is not ours (docs/requirements.md#only-our-own-profiles).
    #[error("the profile {name} is not managed for this entry")]
    NotManaged {
        /// The profile's name.
        name: String,
        /// The entry it is managed for, if any.
        owner: Option<EntryId>,
    },
    /// The profile gets its credentials from another source.
    #[error("the profile {name} has credentials from another source")]
    OtherSource {
        /// The profile's name.
        name: String,
        /// The key that names the source.
        key: &'static str,
        /// The file that has it.
        path: PathBuf,
    },
    /// The AWS CLI reads another name in a header, or none.
    #[error("the AWS CLI does not read the header in line {line} of {}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The header's line.
        line: usize,
        /// A header that it reads.
        better: String,
    },
    /// A section is there twice, and the AWS CLI cannot read such a file (docs/protocols.md#aws-config-files).
    #[error("[{section}] appears more than once in {}", path.display())]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The section.
        section: String,
        /// The lines of its headers, counted from one.
        lines: Vec<usize>,
    },
    /// The sections to undo changed after roledex wrote them.
    #[error("{} changed after roledex wrote it, in {}", sections.join(" and "), path.display())]
    ChangedSince {
        /// The file.
        path: PathBuf,
        /// The sections, as `profile x`.
        sections: Vec<String>,
    },
    /// A value that would not read back as it was written (docs/requirements.md#remote-text-in-files).
    #[error("{what} cannot be written to an AWS file")]
    Unwritable {
        /// The kind of value.
        what: String,
    },
    /// The check found that a section that is not ours would read differently.
    #[error("writing {} would change more than the profile", path.display())]
    Collateral {
        /// The file.
        path: PathBuf,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.downcast::<Foreign>() {
            Ok(foreign) => Self::Foreign(foreign),
            Err(source) => Self::Io {
                action,
                path: path.to_owned(),
                source,
            },
        }
    }
}

/// The bytes of a file; `None`: there is no such file. Everything else that keeps us from reading is
/// an error (docs/requirements.md#read-errors-are-errors).
fn read_if_there(owners: &Owners, path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match file::read_trusted(path, owners) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let error = match error {
            Error::Partly { written, cause } => return partly(&written, *cause),
            error => error,
        };
        let kind = match &error {
            Error::NotManaged { .. } | Error::ChangedSince { .. } => ProblemKind::NotOurs,
            Error::OtherSource { .. } => ProblemKind::Failed,
            Error::Unwritable { .. } => ProblemKind::Failed,
            _ => ProblemKind::File,
        };
        let problem = Self::new(kind, error.to_string());
        match &error {
            Error::Io { source, path, .. } => problem.detail(source.to_string()).hint(match source.kind() {
                io::ErrorKind::PermissionDenied => {
                    format!("check who owns {} and its directory, and their permissions", path.display())
                }
                io::ErrorKind::ReadOnlyFilesystem => format!("the file system is read-only; {}", elsewhere(path)),
                // From the operating system: the limit for files that this process writes.
                io::ErrorKind::FileTooLarge if source.raw_os_error().is_some() => {
                    "nothing was changed; raise the file size limit (ulimit -f), and try again".to_owned()
                }
                // From our readers: a file that is not what it should be.
                io::ErrorKind::InvalidData => format!("correct {}, and try again", path.display()),
                // From our reader: a file that is too large to be one of ours.
                io::ErrorKind::InvalidInput | io::ErrorKind::FileTooLarge => {
                    "nothing was changed; replace it with an ordinary file, or choose another".to_owned()
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space; nothing was changed".to_owned(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
                    // The parent of a relative name is empty.
                    let parent = path.parent().map(|parent| parent.display().to_string());
                    let parent = parent.filter(|parent| !parent.is_empty());
                    let path = path.display().to_string();
                    format!(
                        "nothing was changed; check the path, for example with: ls -ld {} {}",
                        word(parent.as_deref().unwrap_or(".")),
                        word(&path)
                    )
                }
                _ => "nothing was changed; try again, and if it fails again, check the disk".to_owned(),
            }),
            Error::Foreign(foreign) => foreign.clone().into(),
            Error::Refused(problem) => (**problem).clone(),
            Error::Keyring(keyring::Error::Silent) => problem.hint(
                "unlock the keyring or answer its question, and try again; or set store = \"file\" in the settings",
            ),
            Error::Keyring(source) => problem
                .detail(source.to_string())
                .hint("set store = \"auto\" in the settings, which uses private files where there is no keyring"),
            Error::Busy { waited, .. } => problem.detail(format!("waited {} s", waited.as_secs())).hint(
                // Not even its own user can see which files it has open.
                "end the other roledex; to find it, run: pgrep -a roledex",
            ),
            Error::Racing { .. } => {
                problem.hint("nothing was changed; close the program that keeps writing it, and try again")
            }
            Error::InFlight { writer, waited, .. } => problem
                .detail(match writer {
                    Some(writer) => format!("{writer} has it open for writing"),
                    None => format!("it is incomplete or still changing after {} s", waited.as_secs()),
                })
                .hint("try again when the other program has finished; nothing was changed"),
            Error::Conflict { path, kept } => versions(problem, path, kept.as_deref(), None),
            Error::NotRestored { path, kept, source } => {
                versions(problem, path, kept.as_deref(), Some(source))
            }
            Error::Partly { .. } => problem,
            Error::MountPoint { path } => problem.hint(format!(
                "nothing was changed; mount its directory, {}, instead of the file",
                atomic::parent(path).display()
            )),
            Error::OneFile { .. } => problem
                .detail("profiles with keys need a config file and a credentials file")
                .hint("nothing was changed; set AWS_SHARED_CREDENTIALS_FILE to another file"),
            Error::NotUtf8 { path, encoding } => not_utf8(problem, path, *encoding),
            Error::NotManaged { owner, .. } => {
                let problem = match owner {
                    Some(entry) => problem.detail(format!("it belongs to {entry}")),
                    None => problem.detail("roledex did not create it"),
                };
                problem.hint("choose another name with --profile NAME, or overwrite it with --force")
            }
            Error::OtherSource { key, path, .. } => problem
                .detail(format!("{key} in {}", path.display()))
                .hint("choose another name: roledex login --console NAME"),
            Error::Header { better, .. } => problem.hint(format!("write it as {better}")),
            Error::Duplicate { lines, .. } => {
                let lines: Vec<_> = lines.iter().map(usize::to_string).collect();
                problem
                    .detail(format!("lines {}", lines.join(" and ")))
                    .hint("merge them: the AWS CLI cannot read a file with duplicate sections")
            }
            Error::ChangedSince { .. } => problem.hint(
                "to see what would be lost, run: roledex undo --dry-run --force; then omit --dry-run",
            ),
            Error::Unwritable { .. } => {
                problem.detail("it contains line breaks, control characters or comment marks").hint("choose another value")
            }
            Error::Collateral { .. } => {
                problem.hint("nothing was changed; please report it, with the file's shape but without its secrets")
            }
        }
    }
}

/// The way to have a file or directory in another place.
fn elsewhere(path: &Path) -> String {
    let places: [(&[&str], &str); 8] = [
        (&[".aws", "sso"], ""),
        (&[".aws", "login"], "AWS_LOGIN_CACHE_DIRECTORY"),
        (&[".aws", "config"], "AWS_CONFIG_FILE"),
        (&[".aws", "credentials"], "AWS_SHARED_CREDENTIALS_FILE"),
        (&[".config", "roledex"], "XDG_CONFIG_HOME"),
        (&[".local", "state", "roledex"], "XDG_STATE_HOME"),
        (&[".cache", "roledex"], "XDG_CACHE_HOME"),
        (&[".local", "share", "roledex"], "XDG_DATA_HOME"),
    ];
    let names: Vec<_> = path.iter().collect();
    let is_in = |place: &[&str]| {
        let mut parts = names.windows(place.len());
        parts.any(|part| part.iter().zip(place).all(|(name, of)| name == of))
    };
    match places.iter().find(|(place, _)| is_in(place)) {
        Some((_, "")) => "the AWS CLI and roledex keep sign-ins only there".to_owned(),
        Some((_, variable)) => format!("set {variable} to a place that can be written"),
        None if names.last().is_some_and(|name| *name == ".aws") => {
            "point AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE elsewhere".to_owned()
        }
        None => "choose another place in the variable that leads there".to_owned(),
    }
}

/// A problem with a file of which there may be two versions.
fn versions(
    problem: Problem,
    path: &Path,
    kept: Option<&Path>,
    why: Option<&io::Error>,
) -> Problem {
    let mut detail = match kept {
        Some(kept) => format!("another version of it is in {}", kept.display()),
        None => "another version of it is gone".to_owned(),
    };
    if let Some(why) = why {
        detail = format!("{why}; {detail}");
    }
    let is_temporary = kept.and_then(Path::file_name).is_some_and(|name| {
        name.as_encoded_bytes()
            .starts_with(atomic::PREFIX.as_bytes())
    });
    problem.detail(detail).hint(match kept {
        Some(_) if is_temporary => {
            "rename it now, because roledex removes files with such names; then compare the two"
                .to_owned()
        }
        Some(_) => {
            "compare the two, and delete the one that you do not need; then try again".to_owned()
        }
        None => format!("look at {}, and try again", path.display()),
    })
}

/// The problem of an error after which one of two files has its part of a change.
fn partly(written: &Path, cause: Error) -> Problem {
    Problem::from(cause).hint(format!(
        "{} already has its part of the change; try again, which writes the rest",
        written.display()
    ))
}

/// The problem of a file in another encoding.
fn not_utf8(problem: Problem, path: &Path, encoding: Option<&'static str>) -> Problem {
    let path = path.display();
    let detail = "roledex, the AWS CLI and the SDKs read UTF-8";
    match encoding {
        Some(encoding) if cfg!(windows) => {
            let class = if encoding == "UTF-16BE" { "BigEndianUnicode" } else { "Unicode" };
            problem.detail(detail).hint(format!(
                "convert it in PowerShell: [IO.File]::WriteAllText('{path}', [IO.File]::ReadAllText('{path}', [Text.Encoding]::{class}))"
            ))
        }
        Some(encoding) => {
            let path = format!("'{}'", path.to_string().replace('\'', r"'\''"));
            problem.detail(detail).hint(format!(
                "convert it: (umask 077; iconv -f {encoding} -t UTF-8 {path} > {path}.utf8 && mv {path}.utf8 {path})"
            ))
        }
        None => problem
            .detail("it has NUL bytes")
            .hint("remove them, or restore the file from a backup; PowerShell's >> adds text in UTF-16, with a NUL byte for each character"),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_variable_for_a_read_only_place_fits_the_path() {
        for (path, words) in [
            ("/h/.aws/config", "set AWS_CONFIG_FILE to"),
            ("/h/.aws/credentials", "set AWS_SHARED_CREDENTIALS_FILE to"),
            ("/h/.aws", "AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE"),
            ("/h/.aws/sso/cache/a.json", "keep sign-ins only there"),
            ("/h/.aws/login/cache", "set AWS_LOGIN_CACHE_DIRECTORY to"),
            ("/h/.local/state/roledex/locks/a", "set XDG_STATE_HOME to"),
            ("/h/.cache/roledex/a", "set XDG_CACHE_HOME to"),
            (
                "/srv/state/roledex/locks/a",
                "the variable that leads there",
            ),
        ] {
            let source = io::ErrorKind::ReadOnlyFilesystem.into();
            let problem: Problem = Error::io("write", Path::new(path))(source).into();
            let hint = problem.hint.unwrap();
            assert!(hint.contains(words), "{path}: {}", &*hint);
        }
        let error = Error::io("create the directory", Path::new("/proc/x"));
        let problem: Problem = error(io::ErrorKind::NotFound.into()).into();
        assert_eq!(
            problem.hint.as_deref(),
            Some("nothing was changed; check the path, for example with: ls -ld /proc /proc/x")
        );
    }

    #[test]
    fn a_limit_for_written_files_is_told_from_a_file_that_is_too_large() {
        let hint = |source: io::Error| {
            let problem: Problem = Error::io("write", Path::new("/x"))(source).into();
            problem.hint.unwrap().to_string()
        };
        let limit = rustix::io::Errno::FBIG.into();
        assert!(hint(limit).contains("ulimit -f"));
        let large = io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 256 MiB");
        assert!(hint(large).contains("an ordinary file"));
    }
}
