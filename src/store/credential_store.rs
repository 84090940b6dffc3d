//! Credentials at rest: one 0600 file an entry, under the state directory (K3).

use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::json::hex;
use super::lock::{Lock, lock_file};
use super::token_cache::remove;
use super::{Error, atomic};
use crate::config::Dirs;
use crate::domain::{Credentials, EntryId, Secret};

/// The stored credentials of a person.
#[derive(Clone, Debug)]
pub struct CredentialStore {
    dirs: Dirs,
}

/// One file. The secrets are borrowed or moved, never copied.
#[derive(Serialize, Deserialize)]
struct Stored<T> {
    entry: String,
    access_key_id: String,
    secret_access_key: T,
    session_token: T,
    expires_at: Timestamp,
}

impl CredentialStore {
    /// The store of a person.
    #[must_use]
    pub fn new(dirs: &Dirs) -> Self {
        Self { dirs: dirs.clone() }
    }

    /// The credentials of an entry, expired or not. A file that cannot be understood counts as none:
    /// new ones are asked for.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn get(&self, id: &EntryId) -> Result<Option<Credentials>, Error> {
        Ok(Self::read(&self.file(id))?
            .filter(|stored| stored.entry == id.to_string())
            .map(|stored| Credentials {
                access_key_id: stored.access_key_id,
                secret_access_key: Secret::new(stored.secret_access_key),
                session_token: Secret::new(stored.session_token),
                expires_at: stored.expires_at,
            }))
    }

    /// When the stored credentials of an entry end (UTC).
    ///
    /// # Errors
    /// As [`CredentialStore::get`].
    pub fn expires_at(&self, id: &EntryId) -> Result<Option<Timestamp>, Error> {
        Ok(self.get(id)?.map(|credentials| credentials.expires_at))
    }

    /// Stores the credentials of an entry.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn put(&self, id: &EntryId, credentials: &Credentials) -> Result<(), Error> {
        let stored = Stored {
            entry: id.to_string(),
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret_access_key.expose(),
            session_token: credentials.session_token.expose(),
            expires_at: credentials.expires_at,
        };
        let path = self.file(id);
        let bytes = serde_json::to_vec(&stored)
            .map_err(|error| Error::io("write", &path)(io::Error::other(error)))?;
        atomic::write_private(&path, &Zeroizing::new(bytes))
    }

    /// Forgets the credentials of an entry.
    ///
    /// # Errors
    /// Those of the operating system; none stored is none.
    pub fn forget(&self, id: &EntryId) -> Result<(), Error> {
        remove(&self.file(id))
    }

    /// The entries that have stored credentials.
    ///
    /// # Errors
    /// A directory or file that is there and cannot be read.
    pub fn ids(&self) -> Result<Vec<EntryId>, Error> {
        let directory = self.directory();
        let files = match fs::read_dir(&directory) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("read", &directory)(error)),
        };
        let mut ids = Vec::new();
        for file in files {
            let path = file.map_err(Error::io("read", &directory))?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
                && let Some(stored) = Self::read(&path)?
                && let Ok(id) = stored.entry.parse()
            {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// Holds off every other roledex that would renew this entry's credentials. Blocks the thread.
    ///
    /// # Errors
    /// [`Error::Busy`] after `wait`.
    pub fn lock(&self, id: &EntryId, wait: Duration) -> Result<Lock, Error> {
        Lock::acquire(&lock_file(&self.dirs, id.to_string().as_bytes()), wait)
    }

    fn directory(&self) -> PathBuf {
        self.dirs.state.join("credentials")
    }

    fn file(&self, id: &EntryId) -> PathBuf {
        self.directory()
            .join(format!("{}.json", hex(&Sha1::digest(id.to_string()))))
    }

    fn read(path: &std::path::Path) -> Result<Option<Stored<String>>, Error> {
        let bytes = match fs::read(path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        let stored = serde_json::from_slice(&bytes);
        if stored.is_err() {
            tracing::warn!(path = %path.display(), "not stored credentials; the file is passed over");
        }
        Ok(stored.ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_got_and_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        let store = CredentialStore::new(&dirs);
        let id: EntryId = "org:a/111111111111/Admin".parse().unwrap();
        let credentials = Credentials {
            access_key_id: "ASIAX".to_owned(),
            secret_access_key: "s\"\n".into(),
            session_token: "t".into(),
            expires_at: Timestamp::from_second(1_000).unwrap(),
        };
        assert_eq!(store.get(&id).unwrap(), None);
        assert_eq!(store.ids().unwrap(), []);
        store.put(&id, &credentials).unwrap();
        assert_eq!(store.get(&id).unwrap(), Some(credentials));
        assert_eq!(store.ids().unwrap(), std::slice::from_ref(&id));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(store.file(&id)).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        atomic::write_private(&store.file(&id), b"{").unwrap();
        assert_eq!(store.get(&id).unwrap(), None);
        store.forget(&id).unwrap();
        assert_eq!(store.ids().unwrap(), []);
    }
}
