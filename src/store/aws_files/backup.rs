//! The versions that `undo` needs: each AWS file as it was before a write, and the sections that the
//! write changed.
//!
//! One change is a number: `000012.config-sealed` and `000012.credentials-sealed` are the files as they
//! were, `000012.json` says what became of them and is written last, so that a change is there whole or
//! not at all. The versions hold secrets, those of other programs too. They are encrypted under a key
//! that is kept beside them until `logout --all` destroys it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Bytes;
use super::change::{Change, SectionRecord};
use super::document::{Document, Section, fingerprint};
use super::seal::Key;
use super::settle::look;
use super::syntax::FileKind;
use crate::config::owners::AsOwner;
use crate::config::{Dirs, Owners, file};
use crate::store::Error;
use crate::store::atomic::{self, PREFIX, Permissions};
use crate::store::disk::{Disk, Look};
use crate::store::json::hex;
use crate::store::lock::{digest, real_path};

/// The most changes that are kept.
const MAX_CHANGES: usize = 20;

/// Numbers from here on are not ours: nobody changes their files so often.
const TOO_MANY: u32 = 1_000_000_000;

/// Name of the file with the key of the versions beside it.
const KEY: &str = "key";

/// The age after which a change is removed.
const MAX_AGE: Duration = Duration::from_hours(90 * 24);

/// The versions of one pair of AWS files. Only the holder of the files' lock may write here.
#[derive(Clone, Debug)]
pub(super) struct Backups {
    /// The directory of the versions of all pairs.
    all: PathBuf,
    config: PathBuf,
    owners: Owners,
}

/// The reason for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// An edit, which can be undone.
    Edit,
    /// An undo: kept only for its versions.
    Undo,
}

/// One change.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    #[serde(skip)]
    pub number: u32,
    /// The time it was made (UTC), as the file system knows it.
    #[serde(skip)]
    pub at: Option<Timestamp>,
    pub why: Reason,
    /// In the order in which they were written.
    pub files: Vec<FileRecord>,
}

/// The effect of a change on one file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRecord {
    pub kind: FileKind,
    pub path: String,
    /// True if there was a file before; its version is then kept.
    pub existed: bool,
    /// The fingerprint of the whole file after the change; `None`: there was none.
    pub after: Option<String>,
    /// The length in bytes after the change.
    #[serde(default)]
    pub length: Option<u64>,
    pub sections: Vec<SectionRecord>,
}

impl Backups {
    /// The versions of the AWS files that a user's directories name.
    pub(super) fn new(dirs: &Dirs) -> Self {
        Self {
            all: dirs.state.join("backups"),
            config: dirs.aws_config.clone(),
            owners: dirs.owners().clone(),
        }
    }

    /// Keyed by a path and not by the file's identity, which may change when the machine restarts.
    fn directory(&self) -> PathBuf {
        let path = real_path(&self.config);
        let name = hex(&digest(path.as_os_str().as_encoded_bytes()));
        self.all.join(name)
    }

    /// The length in bytes that a file had after the last change of it that is known.
    pub(super) fn last_length(&self, kind: FileKind) -> Option<u64> {
        self.numbers().ok()?.into_iter().rev().find_map(|number| {
            let bytes = file::read_trusted(&self.record(number), &self.owners).ok()?;
            let record = serde_json::from_slice::<Record>(&bytes).ok()?;
            record.files.iter().find(|file| file.kind == kind)?.length
        })
    }

    /// Keeps what some changes are about to replace, and returns the record's number.
    pub(super) fn keep(
        &self,
        disk: &dyn Disk,
        changes: &[Change],
        why: Reason,
    ) -> Result<u32, Error> {
        let number = self.numbers()?.last().map_or(1, |last| last + 1);
        let kept = self.write(disk, number, changes, why);
        if kept.is_err() {
            self.discard(disk, number);
        }
        kept.map(|()| number)
    }

    fn write(
        &self,
        disk: &dyn Disk,
        number: u32,
        changes: &[Change],
        why: Reason,
    ) -> Result<(), Error> {
        let mut files = Vec::new();
        let key = self.key_or_new(disk)?;
        for change in changes {
            if let Some(bytes) = &change.before {
                self.seal(disk, &key, &self.version(number, change.kind), bytes)?;
            }
            files.push(FileRecord {
                kind: change.kind,
                path: change.path.to_string_lossy().into_owned(),
                existed: change.before.is_some(),
                after: change.after.as_ref().map(|bytes| fingerprint(bytes)),
                length: Some(change.after.as_ref().map_or(0, |bytes| bytes.len() as u64)),
                sections: change.sections.clone(),
            });
        }
        let record = Record {
            number,
            at: None,
            why,
            files,
        };
        self.put_record(disk, &record)
    }

    fn put_record(&self, disk: &dyn Disk, record: &Record) -> Result<(), Error> {
        let path = self.record(record.number);
        let bytes = serde_json::to_vec_pretty(record)
            .map_err(|error| Error::io("write", &path)(io::Error::other(error)))?;
        self.put(disk, &path, &bytes)
    }

    /// Forgets a change. One of which only a part could be removed no longer counts.
    pub(super) fn discard(&self, disk: &dyn Disk, number: u32) {
        let _as_owner = AsOwner::of(&self.owners, &self.directory());
        // The record first: without it the versions count for nothing, but not the other way round.
        for path in [
            self.record(number),
            self.version(number, FileKind::Config),
            self.version(number, FileKind::Credentials),
        ] {
            match disk.remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::info!(%error, "cannot remove an old version");
                    return;
                }
                _ => {}
            }
        }
    }

    /// Forgets changes that are too many or too old, and those of writers that died.
    pub(super) fn prune(&self, disk: &dyn Disk) {
        let Ok(numbers) = self.numbers() else { return };
        let age_of =
            |number: u32| fs::metadata(self.record(number)).and_then(|meta| meta.modified());
        let newest = numbers.last().and_then(|newest| age_of(*newest).ok());
        for (newer, number) in numbers.iter().rev().enumerate() {
            // Measured against the change just made: the store knows no other clock.
            let too_old = age_of(*number).is_ok_and(|at| is_too_old(at, newest));
            // Versions without a record: their writer died.
            let unfinished = !self.record(*number).exists();
            if newer >= MAX_CHANGES || too_old || unfinished {
                self.discard(disk, *number);
            }
        }
    }

    /// Removes the temporary files of writers that died.
    pub(super) fn sweep(&self, disk: &dyn Disk) {
        let file = self.directory().join("any");
        atomic::sweep(disk, &self.owners, &file, PREFIX);
    }

    /// The edits that can be taken back, newest first. Records that cannot be parsed are skipped.
    pub(super) fn edits(&self) -> Result<Vec<Record>, Error> {
        let mut records = Vec::new();
        for number in self.numbers()?.into_iter().rev() {
            let path = self.record(number);
            let bytes = match file::read_trusted(&path, &self.owners) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Error::io("read", &path)(error)),
            };
            match serde_json::from_slice::<Record>(&bytes) {
                Ok(record) if record.why == Reason::Edit => records.push(Record {
                    number,
                    at: fs::metadata(&path)
                        .and_then(|meta| meta.modified())
                        .ok()
                        .and_then(|at| Timestamp::try_from(at).ok()),
                    ..record
                }),
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, path = %path.display(), "skipped a record");
                }
            }
        }
        Ok(records)
    }

    /// Forgets some sections of the credentials file, in every version there is: keys that were signed
    /// out of must not live on here. What else a change did can still be taken back.
    pub(super) fn forget_sections(
        &self,
        disk: &dyn Disk,
        is_meant: impl Fn(&Document, &Section) -> bool,
    ) -> Result<(), Error> {
        self.remove_plain(disk)?;
        let Some(key) = self.key(disk)? else {
            return Ok(());
        };
        for number in self.numbers()? {
            let path = self.version(number, FileKind::Credentials);
            let Some(bytes) = self.open(disk, &key, &path)? else {
                continue;
            };
            let mut document = Document::parse(FileKind::Credentials, &bytes);
            let meant: Vec<Section> = document
                .sections()
                .iter()
                .filter(|section| is_meant(&document, section))
                .cloned()
                .collect();
            if meant.is_empty() {
                continue;
            }
            // The secrets first: their removal must not depend on anything else.
            document.remove_all(&meant);
            self.seal(disk, &key, &path, &document.bytes())?;
            self.forget_in_record(disk, number, &meant)?;
        }
        Ok(())
    }

    /// Forgets all changes of all pairs of AWS files. Nothing can be undone after it.
    ///
    /// # Errors
    /// Errors of the operating system; the rest is unreadable once its key is removed.
    pub(super) fn forget_all(&self, disk: &dyn Disk) -> Result<(), Error> {
        let remove = |name: &str| {
            matches!(name, KEY)
                || [".json", "-sealed"].iter().any(|end| name.ends_with(end))
                || is_plain(name)
        };
        // The keys first: without them the versions are unreadable.
        self.remove_files(disk, |name| name == KEY)?;
        self.remove_files(disk, remove)
    }

    /// Removes versions in the clear, which earlier releases kept.
    pub(super) fn remove_plain(&self, disk: &dyn Disk) -> Result<(), Error> {
        self.remove_files(disk, is_plain)
    }

    /// Removes files of all pairs by their names.
    fn remove_files(&self, disk: &dyn Disk, is_meant: impl Fn(&str) -> bool) -> Result<(), Error> {
        let _as_owner = AsOwner::of(&self.owners, &self.all);
        for pair in entries(&self.all)? {
            // Pairs have directories; another file here is none of ours.
            for path in entries(&pair).unwrap_or_default() {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if is_meant(&name) {
                    match disk.remove(&path) {
                        Err(error) if error.kind() != io::ErrorKind::NotFound => {
                            return Err(Error::io("remove", &path)(error));
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// The key of this pair's versions; `None`: there is none, and no version can be
    /// read.
    fn key(&self, disk: &dyn Disk) -> Result<Option<Key>, Error> {
        let key = self.look(disk, &self.directory().join(KEY))?;
        Ok(key.and_then(|look| Key::new(&look.bytes)))
    }

    fn key_or_new(&self, disk: &dyn Disk) -> Result<Key, Error> {
        if let Some(key) = self.key(disk)? {
            return Ok(key);
        }
        let path = self.directory().join(KEY);
        let error = || Error::io("write", &path);
        let bytes = Key::generate().map_err(error())?;
        self.put(disk, &path, bytes.as_slice())?;
        Key::new(bytes.as_slice()).ok_or_else(|| error()(io::ErrorKind::InvalidData.into()))
    }

    /// Takes sections of the credentials file out of what a change did; a change without any is none.
    fn forget_in_record(
        &self,
        disk: &dyn Disk,
        number: u32,
        sections: &[Section],
    ) -> Result<(), Error> {
        let path = self.record(number);
        let record = file::read_trusted(&path, &self.owners)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
        let Some(mut record) = record else {
            self.discard(disk, number);
            return Ok(());
        };
        let made = fs::metadata(&path).and_then(|meta| meta.modified());
        for file in &mut record.files {
            if file.kind == FileKind::Credentials {
                file.sections
                    .retain(|changed| !sections.iter().any(|removed| removed.name == changed.name));
            }
        }
        record.files.retain(|file| !file.sections.is_empty());
        if record.files.is_empty() {
            self.discard(disk, number);
            return Ok(());
        }
        record.number = number;
        self.put_record(disk, &record)?;
        // It is as old as it was.
        let _as_owner = AsOwner::of(&self.owners, &path);
        if let (Ok(made), Ok(file)) = (made, fs::File::options().append(true).open(&path)) {
            let _ = file.set_modified(made);
        }
        Ok(())
    }

    /// The files as they were before a change, in the order of its record. `None`: a version is
    /// missing, and the change cannot be taken back.
    pub(super) fn before(
        &self,
        disk: &dyn Disk,
        record: &Record,
    ) -> Result<Option<Vec<Option<Bytes>>>, Error> {
        let mut versions = Vec::new();
        let key = self.key(disk)?;
        for file in &record.files {
            let path = self.version(record.number, file.kind);
            let version = match &key {
                Some(key) if file.existed => self.open(disk, key, &path)?,
                _ => None,
            };
            if file.existed && version.is_none() {
                tracing::warn!(path = %path.display(), "an old version is missing");
                return Ok(None);
            }
            versions.push(version);
        }
        Ok(Some(versions))
    }

    /// The numbers of all changes, oldest first; also of unfinished ones.
    fn numbers(&self) -> Result<Vec<u32>, Error> {
        let mut numbers: Vec<u32> = entries(&self.directory())?
            .iter()
            .filter_map(|path| path.file_stem()?.to_str()?.parse().ok())
            .filter(|number| *number < TOO_MANY)
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// Writes a version, encrypted.
    fn seal(&self, disk: &dyn Disk, key: &Key, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let sealed = key.seal(&name_of(path), bytes);
        self.put(disk, path, &sealed.map_err(Error::io("write", path))?)
    }

    /// Reads a version; `None`: it is not there, or cannot be read with this key.
    fn open(&self, disk: &dyn Disk, key: &Key, path: &Path) -> Result<Option<Bytes>, Error> {
        let sealed = self.look(disk, path)?;
        Ok(sealed.and_then(|look| key.open(&name_of(path), &look.bytes)))
    }

    fn look(&self, disk: &dyn Disk, path: &Path) -> Result<Option<Look>, Error> {
        self.owners.check(path)?;
        let _as_owner = AsOwner::of(&self.owners, path);
        look(disk, path)
    }

    fn put(&self, disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let _as_owner = AsOwner::of(&self.owners, path);
        atomic::prepare(
            disk,
            &self.owners,
            path,
            bytes,
            Permissions::Private,
            PREFIX,
        )?
        .commit()
    }

    fn record(&self, number: u32) -> PathBuf {
        self.directory().join(format!("{number:06}.json"))
    }

    /// A version, for tests.
    #[cfg(test)]
    pub(super) fn text(&self, number: u32, kind: FileKind) -> String {
        use crate::store::disk::Machine;
        let key = self.key(&Machine).unwrap().unwrap();
        let bytes = self
            .open(&Machine, &key, &self.version(number, kind))
            .unwrap();
        String::from_utf8(bytes.unwrap().to_vec()).unwrap()
    }

    /// The path of a version.
    pub(super) fn version(&self, number: u32, kind: FileKind) -> PathBuf {
        let name = match kind {
            FileKind::Config => "config-sealed",
            FileKind::Credentials => "credentials-sealed",
        };
        self.directory().join(format!("{number:06}.{name}"))
    }
}

/// The paths in a directory; none where there is no such directory.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    match fs::read_dir(directory) {
        Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::io("read", directory)(error)),
    }
}

/// True if a name is that of an unencrypted version.
fn is_plain(name: &str) -> bool {
    name.ends_with(".config") || name.ends_with(".credentials")
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into()
}

fn is_too_old(at: SystemTime, newest: Option<SystemTime>) -> bool {
    newest.is_some_and(|newest| newest.duration_since(at).is_ok_and(|age| age > MAX_AGE))
}
