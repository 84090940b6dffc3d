//! The AWS files: read as the SDKs read them, edited without touching a byte that is not ours.
//!
//! Only sections with `roledex_entry` are changed unasked (W5). Every write goes: lock, read again,
//! edit, check with an independent parser, temporary file, fsync, compare, rename (W1).

mod check;
mod document;
mod edit;
mod read;

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use document::{Document, FileKind};
pub use edit::{Body, Edit, Written};
pub use read::{Profile, Shadow, Snapshot};

use super::Error;
use super::atomic::{self, Permissions};
use super::lock::{Lock, lock_file};
use crate::config::Dirs;

/// The key that makes a section ours; its value is the entry's id.
const ENTRY: &str = "roledex_entry";

/// How long we wait for another roledex that is writing; a write takes milliseconds.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// How often an edit is done again because somebody saved in between.
const MOST_TRIES: usize = 5;

/// Both AWS files of a person.
#[derive(Clone, Debug)]
pub struct AwsFiles {
    config: PathBuf,
    credentials: PathBuf,
    lock: PathBuf,
}

/// Both files at one moment.
struct Pair {
    config: Document,
    credentials: Document,
}

impl AwsFiles {
    /// The AWS files of a person.
    #[must_use]
    pub fn new(dirs: &Dirs) -> Self {
        Self {
            config: dirs.aws_config.clone(),
            credentials: dirs.aws_credentials.clone(),
            // Whoever names the same config file by another path meets the comparison before the rename.
            lock: lock_file(dirs, dirs.aws_config.as_os_str().as_encoded_bytes()),
        }
    }

    /// Both files as they are now; a missing file is an empty one (W11).
    ///
    /// # Errors
    /// A file that is there and cannot be read (W2).
    pub fn read(&self) -> Result<Snapshot, Error> {
        let (pair, _) = self.load()?;
        Ok(Snapshot::new(&pair.config, &pair.credentials))
    }

    /// Makes some changes at once. All of them, or none: every refusal comes before the first write.
    ///
    /// # Errors
    /// A profile that is not ours, a section that stands twice, a value that cannot be written, and
    /// those of the operating system.
    pub fn edit(&self, edits: &[Edit]) -> Result<Written, Error> {
        let _lock = Lock::acquire(&self.lock, LOCK_WAIT)?;
        for _ in 0..MOST_TRIES {
            let (before, bytes) = self.load()?;
            let mut after = Pair {
                config: before.config.clone(),
                credentials: before.credentials.clone(),
            };
            let warnings = edit::apply(&mut after, edits, &self.config, &self.credentials)?;
            let (ours_config, ours_credentials) = edit::names(edits);
            check::unharmed(&self.config, &before.config, &after.config, &ours_config)?;
            check::unharmed(
                &self.credentials,
                &before.credentials,
                &after.credentials,
                &ours_credentials,
            )?;
            let changed = after.config != before.config || after.credentials != before.credentials;
            // The credentials first: a profile that names keys must not be there before the keys are.
            if save(
                &self.credentials,
                bytes.1.as_deref(),
                &before.credentials,
                &after.credentials,
            )? && save(
                &self.config,
                bytes.0.as_deref(),
                &before.config,
                &after.config,
            )? {
                return Ok(Written { changed, warnings });
            }
            tracing::info!(
                "an AWS file was saved by somebody else meanwhile; the edit is done again"
            );
        }
        Err(Error::Racing {
            path: self.config.clone(),
        })
    }

    #[expect(
        clippy::type_complexity,
        reason = "the bytes of both files, for one caller"
    )]
    fn load(&self) -> Result<(Pair, (Option<Vec<u8>>, Option<Vec<u8>>)), Error> {
        let config = read_file(&self.config)?;
        let credentials = read_file(&self.credentials)?;
        let parse = |kind, bytes: &Option<Vec<u8>>| {
            Document::parse(kind, bytes.as_deref().unwrap_or_default())
        };
        let pair = Pair {
            config: parse(FileKind::Config, &config),
            credentials: parse(FileKind::Credentials, &credentials),
        };
        Ok((pair, (config, credentials)))
    }
}

/// Saves one file if it changed. `false`: somebody else saved it since it was read.
fn save(
    path: &Path,
    read: Option<&[u8]>,
    before: &Document,
    after: &Document,
) -> Result<bool, Error> {
    if before == after {
        return Ok(true);
    }
    atomic::replace(path, &after.bytes(), Permissions::Keep, || {
        Ok(read_file(path)?.as_deref() == read)
    })
}

/// `None`: there is no such file. Everything else that keeps us from reading is an error (W2).
fn read_file(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

#[cfg(test)]
mod tests;
