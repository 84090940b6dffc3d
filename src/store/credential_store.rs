//! Credentials at rest: one item an entry (docs/requirements.md#one-item-per-secret), in the system's keyring or in 0600 files under the
//! state directory, as the settings say.
//!
//! Whatever the settings say, both places are read, so that a changed setting loses nothing; each
//! write empties the other place, and [`CredentialStore::settle`] moves the remaining credentials.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use std::{fs, io};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::json::sha1;
use super::keyring::Keyring;
use super::lock::{Lock, lock_file};
use super::token_cache::remove;
use super::{Error, private_file};
use crate::config::settings::StorePolicy;
use crate::config::{Clock, Dirs, file};
use crate::domain::credentials::Validity;
use crate::domain::instance::identity;
use crate::domain::locked::locked;
use crate::domain::time::seconds_left;
use crate::domain::{Credentials, EntryId, Portal, Secret, secret};

/// The stored credentials of a user.
#[derive(Clone, Debug)]
pub struct CredentialStore {
    dirs: Dirs,
    place: StorePolicy,
    keyring: Keyring,
    clock: Clock,
    /// The answers of a keyring that may prompt the user (docs/requirements.md#small-keyring-items).
    known: Arc<Mutex<BTreeMap<EntryId, Item>>>,
}

/// The portal that an entry's credentials come from, as the AWS config has it. A name is not enough: the
/// user may give it to another portal. Or the key that a role was assumed with.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Of the portal or the key; `None` where neither is known.
    fingerprint: Option<String>,
    /// The last change of the AWS config before it was read.
    config_changed_at: Option<SystemTime>,
}

impl Origin {
    /// The key of a source that may be another identity at any time. It is not noted as checked, so that
    /// [`CredentialStore::find`] finds none of these credentials.
    #[must_use]
    pub fn of_key(access_key_id: &str) -> Self {
        Self {
            fingerprint: Some(sha1(format!("key {access_key_id}"))),
            config_changed_at: None,
        }
    }
}

/// Stored credentials, and the fingerprint of their origin.
#[derive(Clone, Debug)]
struct Item {
    credentials: Credentials,
    /// Earlier versions stored none.
    origin: Option<String>,
}

/// The expiry of the item of an entry: no secret, so that it can still be told when the kernel has dropped
/// the item.
#[derive(Serialize, Deserialize)]
struct End {
    entry: String,
    expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    obtained_at: Option<Timestamp>,
}

/// The entry that a file belongs to.
#[derive(Deserialize)]
struct Owner {
    entry: String,
}

/// One item. The secrets are borrowed or moved, never copied.
#[derive(Serialize, Deserialize)]
struct Stored<T> {
    entry: String,
    access_key_id: String,
    secret_access_key: T,
    session_token: T,
    expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    obtained_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
}

impl CredentialStore {
    /// The store of a user.
    #[must_use]
    pub fn new(dirs: &Dirs, place: StorePolicy, clock: Clock) -> Self {
        Self {
            dirs: dirs.clone(),
            place,
            keyring: Keyring::new(dirs),
            clock,
            known: Arc::default(),
        }
    }

    /// Checks that the keyring can be used.
    ///
    /// # Errors
    /// The keyring's failure.
    pub fn keyring_works(&self) -> Result<(), super::keyring::Error> {
        self.keyring.check()
    }

    /// The origin of an entry's credentials. `portal` reads the AWS config.
    ///
    /// # Errors
    /// Those of `portal`.
    pub fn origin<E>(
        &self,
        portal: impl FnOnce() -> Result<Option<Portal>, E>,
    ) -> Result<Origin, E> {
        let config_changed_at = changed_at(&self.dirs.aws_config);
        Ok(Origin {
            fingerprint: portal()?.map(|portal| fingerprint(&portal)),
            config_changed_at,
        })
    }

    /// The credentials of an entry, expired or not, if they come from `origin`. Those that an earlier version
    /// stored without their origin count as its own: they end within hours. What cannot be understood counts
    /// as none: new ones are asked for.
    ///
    /// # Errors
    /// A file that is there and cannot be read; a keyring that the settings want, and that cannot.
    pub fn get(&self, id: &EntryId, origin: &Origin) -> Result<Option<Credentials>, Error> {
        let is_from_there =
            |item: &Item| item.origin.is_none() || item.origin == origin.fingerprint;
        let found = self.item(id)?.filter(is_from_there);
        if found.is_some() {
            self.mark_checked(id, origin);
        }
        Ok(found.map(|item| item.credentials))
    }

    fn item(&self, id: &EntryId) -> Result<Option<Item>, Error> {
        // Where both have one, the keyring could not be emptied when the file was written.
        match self.in_file(id)? {
            Some(found) => Ok(Some(found)),
            None => self.only_in_keyring(id),
        }
    }

    /// The item in the keyring of an entry that has none in a file.
    fn only_in_keyring(&self, id: &EntryId) -> Result<Option<Item>, Error> {
        match (self.place, self.in_keyring(id)) {
            (StorePolicy::File | StorePolicy::Auto, Err(_)) => Ok(None),
            (_, found) => found,
        }
    }

    /// The credentials of an entry that are good enough, wherever they are, whatever the settings say.
    /// Files come first: to read one costs less than to ask a keyring. What fails counts as none, and so do
    /// credentials whose origin was not checked since the AWS config has changed: this does not read it.
    pub fn find(&self, id: &EntryId, good: impl Fn(&Credentials) -> bool) -> Option<Credentials> {
        let usable = |item: Item, file: &Path| {
            (good(&item.credentials) && (item.origin.is_none() || self.is_checked(file)))
                .then_some(item.credentials)
        };
        let in_file = self.in_file(id).ok().flatten();
        let in_file = in_file.and_then(|item| usable(item, &self.file(id)));
        in_file.or_else(|| usable(self.in_keyring(id).ok()??, &self.end_file(id)))
    }

    /// Notes in the times of files that the origin of an entry's credentials was checked: the modification
    /// time of their file becomes that of the last change of the AWS config. To read the config for every
    /// program that asks for credentials would take too long.
    fn mark_checked(&self, id: &EntryId, origin: &Origin) {
        let (Some(_), Some(time)) = (&origin.fingerprint, origin.config_changed_at) else {
            return;
        };
        for path in [self.file(id), self.end_file(id)] {
            // Without it the next reader checks again.
            let _ = fs::File::options()
                .write(true)
                .open(path)
                .and_then(|file| file.set_modified(time));
        }
    }

    /// `true` if the AWS config is the one that the origin of these credentials was checked against.
    fn is_checked(&self, file: &Path) -> bool {
        let checked = fs::metadata(file).and_then(|file| file.modified()).ok();
        checked.is_some() && checked == changed_at(&self.dirs.aws_config)
    }

    /// The validity of the stored credentials of an entry; it may be over.
    ///
    /// # Errors
    /// As [`CredentialStore::get`].
    pub fn validity(&self, id: &EntryId) -> Result<Option<Validity>, Error> {
        let item = match self.in_file(id)? {
            Some(item) => Some(item),
            None => match self.validity_in_keyring(id)? {
                Some(validity) => return Ok(Some(validity)),
                None => self.only_in_keyring(id)?,
            },
        };
        Ok(item.map(|item| item.credentials.validity()))
    }

    /// The validity of what was put into the keyring, over or not; from a file that holds no secret.
    fn validity_in_keyring(&self, id: &EntryId) -> Result<Option<Validity>, Error> {
        Ok(self
            .read::<End>(&self.end_file(id))?
            .filter(|end| end.entry == id.to_string())
            .map(|end| Validity {
                expires_at: end.expires_at,
                obtained_at: end.obtained_at,
            }))
    }

    /// Stores the credentials of an entry. The origin was read before they were asked for.
    ///
    /// # Errors
    /// Errors of the operating system; a keyring that the settings want, and that cannot.
    pub fn put(
        &self,
        id: &EntryId,
        credentials: &Credentials,
        origin: &Origin,
    ) -> Result<(), Error> {
        let item = Item {
            credentials: credentials.clone(),
            origin: origin.fingerprint.clone(),
        };
        self.put_item(id, &item)?;
        self.mark_checked(id, origin);
        Ok(())
    }

    fn put_item(&self, id: &EntryId, item: &Item) -> Result<(), Error> {
        match self.place {
            StorePolicy::File => {}
            StorePolicy::Keyring => {
                self.put_in_keyring(id, item)?;
                return remove(self.dirs.owners(), &self.file(id));
            }
            StorePolicy::Auto => match self.put_in_keyring(id, item) {
                Ok(()) => return remove(self.dirs.owners(), &self.file(id)),
                Err(Error::Keyring(reason)) => {
                    tracing::info!(%reason, "storing credentials in a private file");
                }
                Err(error) => return Err(error),
            },
        }
        self.put_in_file(id, item)?;
        if let Err(error) = self.forget_in_keyring(id) {
            // The end file stays, so that a later write or sign-out tries again.
            tracing::info!(%error, "older credentials are still in the keyring");
        }
        Ok(())
    }

    /// Forgets the credentials of an entry, wherever they are.
    ///
    /// # Errors
    /// Errors of the operating system and of the keyring; the other place is emptied all the same.
    pub fn forget(&self, id: &EntryId) -> Result<(), Error> {
        let owners = self.dirs.owners();
        let in_file = remove(owners, &self.file(id));
        self.forget_in_keyring(id)?;
        in_file?;
        // A process that moves what was in the keyring may have written it meanwhile.
        remove(owners, &self.file(id))
    }

    /// The entries that have stored credentials, or had some that are over.
    ///
    /// # Errors
    /// A directory that is there and cannot be read.
    pub fn ids(&self) -> Result<Vec<EntryId>, Error> {
        let mut ids = self.owners(&self.directory())?;
        let ended = self.owners(&self.ends())?;
        for id in ended
            .into_iter()
            .chain(self.keyring.ids().unwrap_or_default())
        {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// Moves what a changed setting has left in the old place, as far as it goes; the rest is found
    /// there all the same. Cheap where there is nothing to move.
    pub fn settle(&self) {
        let moved = match self.place {
            StorePolicy::File => self.settle_in_files(),
            StorePolicy::Auto | StorePolicy::Keyring => self.settle_in_keyring(),
        };
        if let Err(error) = moved {
            tracing::info!(reason = %error, "cannot move stored credentials");
        }
    }

    fn settle_in_files(&self) -> Result<(), Error> {
        for id in self.ids_in_keyring() {
            // A process that renews it right now puts it in its place, too.
            let Ok(_lock) = self.lock(&id, Duration::ZERO) else {
                continue;
            };
            if let Some(item) = self.in_keyring(&id)?
                && self.in_file(&id)?.is_none()
            {
                self.move_to_file(&id, &item)?;
            }
            self.forget_in_keyring(&id)?;
        }
        Ok(())
    }

    /// Moves an item, unless it is forgotten meanwhile: that takes no lock, for whoever renews an item holds it long.
    fn move_to_file(&self, id: &EntryId, item: &Item) -> Result<(), Error> {
        self.put_in_file(id, item)?;
        if self.in_keyring(id)?.is_none() {
            remove(self.dirs.owners(), &self.file(id))?;
        }
        Ok(())
    }

    /// The entries that the keyring lists, or else those stored there that have not expired.
    fn ids_in_keyring(&self) -> Vec<EntryId> {
        let mut ids = self.keyring.ids().unwrap_or_default();
        if self.keyring.may_ask() {
            let ended = self.owners(&self.ends()).unwrap_or_default();
            let now = self.clock.now();
            let lives = |id: &EntryId| matches!(self.validity_in_keyring(id), Ok(Some(it)) if it.expires_at > now);
            ids.extend(ended.into_iter().filter(lives));
        }
        ids
    }

    fn settle_in_keyring(&self) -> Result<(), Error> {
        if self.keyring.check().is_err() {
            return Ok(());
        }
        for id in self.owners(&self.directory())? {
            let Ok(_lock) = self.lock(&id, Duration::ZERO) else {
                continue;
            };
            if let Some(item) = self.in_file(&id)?
                && item.credentials.expires_at > self.clock.now()
                && self
                    .in_keyring(&id)?
                    .is_none_or(|old| old.credentials.expires_at < item.credentials.expires_at)
            {
                self.move_to_keyring(&id, &item)?;
            }
            remove(self.dirs.owners(), &self.file(&id))?;
        }
        Ok(())
    }

    /// As [`CredentialStore::move_to_file`].
    fn move_to_keyring(&self, id: &EntryId, item: &Item) -> Result<(), Error> {
        self.put_in_keyring(id, item)?;
        if !self.file(id).exists() {
            self.forget_in_keyring(id)?;
        }
        Ok(())
    }

    fn in_file(&self, id: &EntryId) -> Result<Option<Item>, Error> {
        Ok(self
            .read::<Stored<Secret>>(&self.file(id))?
            .and_then(|stored| stored.for_entry(id)))
    }

    /// A keyring that may prompt the user is read once per item, and not at all if nothing was stored
    /// there. The end file shows when another process has stored a new item.
    fn in_keyring(&self, id: &EntryId) -> Result<Option<Item>, Error> {
        if !self.keyring.may_ask() {
            return self.read_keyring(id);
        }
        let Some(Validity {
            expires_at: end, ..
        }) = self.validity_in_keyring(id)?
        else {
            return Ok(None);
        };
        let mut known = locked(&self.known);
        if let Some(found) = known
            .get(id)
            .filter(|found| found.credentials.expires_at == end)
        {
            return Ok(Some(found.clone()));
        }
        let found = self.read_keyring(id)?;
        match &found {
            Some(found) => known.insert(id.clone(), found.clone()),
            None => known.remove(id),
        };
        Ok(found)
    }

    fn read_keyring(&self, id: &EntryId) -> Result<Option<Item>, Error> {
        Ok(self
            .keyring
            .get(id)?
            .and_then(|bytes| serde_json::from_slice::<Stored<Secret>>(&bytes).ok())
            .and_then(|stored| stored.for_entry(id)))
    }

    fn put_in_file(&self, id: &EntryId, item: &Item) -> Result<(), Error> {
        let path = self.file(id);
        let bytes = Self::bytes(id, item)
            .map_err(|error| Error::io("write", &path)(io::Error::other(error)))?;
        private_file::write(self.dirs.owners(), &path, &bytes)
    }

    /// The kernel removes them when they expire; it would keep those that have already expired forever.
    fn put_in_keyring(&self, id: &EntryId, item: &Item) -> Result<(), Error> {
        let credentials = &item.credentials;
        let left = seconds_left(self.clock.now(), credentials.expires_at).max(1);
        let bytes = Self::bytes(id, item)
            .map_err(|error| super::keyring::Error::Unavailable(error.to_string()))?;
        self.keyring.check()?;
        // The end file is written first. It is the only record that an item exists: if this process is
        // killed between the two writes, `logout` must still find the item.
        let before = self.validity_in_keyring(id)?;
        self.write_end(id, credentials.validity())?;
        let put = self
            .keyring
            .put(id, &bytes, u32::try_from(left).unwrap_or(u32::MAX));
        match (&put, before) {
            // It may be stored later, when the user answers the keyring's question.
            (Ok(()) | Err(super::keyring::Error::Silent), _) => {}
            (Err(_), Some(validity)) => self.write_end(id, validity)?,
            (Err(_), None) => remove(self.dirs.owners(), &self.end_file(id))?,
        }
        Ok(put?)
    }

    fn write_end(&self, id: &EntryId, validity: Validity) -> Result<(), Error> {
        let path = self.end_file(id);
        let end = serde_json::to_vec(&End {
            entry: id.to_string(),
            expires_at: validity.expires_at,
            obtained_at: validity.obtained_at,
        })
        .map_err(|error| Error::io("write", &path)(io::Error::other(error)))?;
        private_file::write(self.dirs.owners(), &path, &end)
    }

    /// Forgets what the keyring has for an entry, and then the record of it. The kernel's keyring has nothing where
    /// it cannot be used. One that goes by names keeps what was put into it.
    fn forget_in_keyring(&self, id: &EntryId) -> Result<(), Error> {
        let end_file = self.end_file(id);
        match self.keyring.check() {
            Ok(()) => self.keyring.forget(id)?,
            Err(error) if self.keyring.may_ask() && end_file.exists() => return Err(error.into()),
            Err(_) => {}
        }
        remove(self.dirs.owners(), &end_file)
    }

    fn bytes(id: &EntryId, item: &Item) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
        let credentials = &item.credentials;
        let stored = Stored {
            entry: id.to_string(),
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret_access_key.expose(),
            session_token: credentials.session_token.expose(),
            expires_at: credentials.expires_at,
            obtained_at: credentials.obtained_at,
            origin: item.origin.clone(),
        };
        let mut bytes = secret::buffer();
        serde_json::to_writer(&mut *bytes, &stored)?;
        Ok(bytes)
    }

    /// The entries that a directory has files of. A file that cannot be read has none.
    fn owners(&self, directory: &Path) -> Result<Vec<EntryId>, Error> {
        let mut ids = Vec::new();
        for path in files(directory)? {
            match self.read::<Owner>(&path) {
                Ok(owner) => ids.extend(owner.and_then(|owner| owner.entry.parse().ok())),
                Err(error) => tracing::warn!(%error, "skipped stored credentials"),
            }
        }
        Ok(ids)
    }

    /// Forgets stored credentials that cannot be read. Nobody can use them, or tell whose they are.
    ///
    /// # Errors
    /// Errors of the operating system; the other files are removed all the same.
    pub fn forget_unreadable(&self) -> Result<(), Error> {
        let mut result = Ok(());
        for path in files(&self.directory())? {
            if self.read::<Owner>(&path).is_err() {
                let removed = remove(self.dirs.owners(), &path);
                result = result.and(removed);
            }
        }
        result
    }

    /// Holds off every other roledex that would renew this entry's credentials. Blocks the thread.
    ///
    /// # Errors
    /// [`Error::Busy`] after `wait`.
    pub fn lock(&self, id: &EntryId, wait: Duration) -> Result<Lock, Error> {
        Lock::acquire(
            self.dirs.owners(),
            &lock_file(&self.dirs, id.to_string().as_bytes()),
            wait,
        )
    }

    fn directory(&self) -> PathBuf {
        self.dirs.state.join("credentials")
    }

    fn file(&self, id: &EntryId) -> PathBuf {
        self.directory().join(file_name(id))
    }

    fn ends(&self) -> PathBuf {
        self.dirs.state.join("ends")
    }

    fn end_file(&self, id: &EntryId) -> PathBuf {
        self.ends().join(file_name(id))
    }

    fn read<T: for<'a> Deserialize<'a>>(&self, path: &Path) -> Result<Option<T>, Error> {
        let bytes = match file::read_trusted(path, self.dirs.owners()) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        let stored = serde_json::from_slice(&bytes);
        if stored.is_err() {
            tracing::warn!(path = %path.display(), "skipped a file without stored credentials");
        }
        Ok(stored.ok())
    }
}

/// The files of a directory; none where it does not exist.
fn files(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::io("read", directory))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::io("read", directory))?.path();
        if path.extension().is_some_and(|it| it == "json") {
            files.push(path);
        }
    }
    Ok(files)
}

fn file_name(id: &EntryId) -> String {
    format!("{}.json", sha1(id.to_string()))
}

impl Stored<Secret> {
    /// The credentials, if they are this entry's.
    fn for_entry(self, id: &EntryId) -> Option<Item> {
        (self.entry == id.to_string()).then(|| Item {
            credentials: Credentials {
                access_key_id: self.access_key_id,
                secret_access_key: self.secret_access_key,
                session_token: self.session_token,
                expires_at: self.expires_at,
                obtained_at: self.obtained_at,
            },
            origin: self.origin,
        })
    }
}

/// A text that stands for a portal's instance and region: a short one, for some keyrings have little room.
pub(super) fn fingerprint(portal: &Portal) -> String {
    let (instance, region) = (identity(&portal.start_url), &portal.region);
    let mut text = sha1(format!("{instance}\n{region}"));
    text.truncate(16);
    text
}

/// The last change of a file: of its content, its owner or mode, or its place. `None` if there is no such file.
fn changed_at(path: &Path) -> Option<SystemTime> {
    let file = fs::metadata(path).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // A file that takes the place of another keeps its modification time.
        let seconds = Duration::from_secs(file.ctime().try_into().ok()?);
        let rest = Duration::from_nanos(file.ctime_nsec().try_into().ok()?);
        SystemTime::UNIX_EPOCH.checked_add(seconds + rest)
    }
    #[cfg(not(unix))]
    file.modified().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stores(home: &Path) -> [CredentialStore; 3] {
        let dirs = Dirs::from_env(&[("HOME", home)].into_iter().collect()).unwrap();
        [StorePolicy::File, StorePolicy::Keyring, StorePolicy::Auto]
            .map(|place| CredentialStore::new(&dirs, place, Clock::System))
    }

    /// No portal leads to the entry.
    fn any() -> Origin {
        Origin::default()
    }

    impl CredentialStore {
        fn held_in_file(&self, id: &EntryId) -> Option<Credentials> {
            Some(self.in_file(id).unwrap()?.credentials)
        }

        fn held_in_keyring(&self, id: &EntryId) -> Option<Credentials> {
            Some(self.in_keyring(id).unwrap()?.credentials)
        }
    }

    fn sample() -> (EntryId, Credentials) {
        let credentials = Credentials {
            access_key_id: "ASIAX".to_owned(),
            secret_access_key: "s\"\n".into(),
            session_token: "t".into(),
            expires_at: Clock::System.now() + Duration::from_mins(1),
            obtained_at: Some(Clock::System.now()),
        };
        ("org:a/111111111111/Admin".parse().unwrap(), credentials)
    }

    #[test]
    fn what_is_put_is_got_and_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let [store, ..] = stores(home.path());
        let (id, credentials) = sample();
        assert_eq!(store.get(&id, &any()).unwrap(), None);
        assert_eq!(store.ids().unwrap(), []);
        store.put(&id, &credentials, &any()).unwrap();
        assert_eq!(store.get(&id, &any()).unwrap(), Some(credentials));
        assert_eq!(store.ids().unwrap(), std::slice::from_ref(&id));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(store.file(&id)).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        private_file::write(store.dirs.owners(), &store.file(&id), b"{").unwrap();
        assert_eq!(store.get(&id, &any()).unwrap(), None);
        store.forget(&id).unwrap();
        assert_eq!(store.ids().unwrap(), []);
    }

    #[test]
    fn credentials_are_those_of_the_portal_that_gave_them() {
        let home = tempfile::tempdir().unwrap();
        for store in stores(home.path()) {
            if store.place == StorePolicy::Keyring && store.keyring.check().is_err() {
                continue;
            }
            let config = &store.dirs.aws_config;
            fs::create_dir_all(config.parent().unwrap()).unwrap();
            let origin = |url: &str, region: &str| {
                let portal = Portal {
                    name: "a".into(),
                    start_url: url.to_owned(),
                    region: region.to_owned(),
                    scopes: Vec::new(),
                };
                store.origin(|| Ok::<_, ()>(Some(portal))).unwrap()
            };
            let (id, credentials) = sample();
            let found = || store.find(&id, |_| true);
            let write = |path: &Path, text: &str| {
                private_file::write(store.dirs.owners(), path, text.as_bytes()).unwrap();
            };
            write(config, "one");
            let acme = origin("https://acme.awsapps.com/start", "eu-west-1");
            store.put(&id, &credentials, &acme).unwrap();
            assert_eq!(found(), Some(credentials.clone()));
            // Another file in its place, however old.
            let other = config.with_file_name("other");
            write(&other, "two");
            fs::rename(&other, config).unwrap();
            assert_eq!(found(), None, "the config may name another portal now");
            for (url, region) in [
                ("https://other.awsapps.com/start", "eu-west-1"),
                ("https://acme.awsapps.com/start", "us-west-2"),
            ] {
                let other = origin(url, region);
                assert_eq!(store.get(&id, &other).unwrap(), None);
                assert_eq!(store.get(&id, &any()).unwrap(), None, "the portal is gone");
                assert_eq!(found(), None);
            }
            let acme = origin("https://acme.awsapps.com/start/#/", "eu-west-1");
            assert_eq!(store.get(&id, &acme).unwrap(), Some(credentials.clone()));
            assert_eq!(found(), Some(credentials.clone()), "checked since");
            // Of an earlier version.
            store.put(&id, &credentials, &any()).unwrap();
            assert_eq!(store.get(&id, &acme).unwrap(), Some(credentials.clone()));
            assert_eq!(found(), Some(credentials));
            store.forget(&id).unwrap();
        }
    }

    #[test]
    fn a_refused_keyring_means_files_or_an_error_as_the_settings_say() {
        let home = tempfile::tempdir().unwrap();
        let [_, mut keyring, mut auto] = stores(home.path());
        (keyring.keyring.refused, auto.keyring.refused) = (true, true);
        let (id, credentials) = sample();
        auto.put(&id, &credentials, &any()).unwrap();
        assert!(auto.file(&id).exists());
        assert_eq!(auto.get(&id, &any()).unwrap(), Some(credentials.clone()));
        auto.settle();
        assert_eq!(auto.ids().unwrap(), std::slice::from_ref(&id));
        auto.forget(&id).unwrap();
        assert!(matches!(
            keyring.put(&id, &credentials, &any()),
            Err(Error::Keyring(_))
        ));
        assert!(matches!(keyring.get(&id, &any()), Err(Error::Keyring(_))));
        assert!(!keyring.end_file(&id).exists());
        assert!(!keyring.file(&id).exists());
    }

    #[test]
    fn a_changed_setting_moves_what_is_stored() {
        let home = tempfile::tempdir().unwrap();
        let [file, keyring, auto] = stores(home.path());
        if keyring.keyring.check().is_err() {
            return;
        }
        let (id, credentials) = sample();
        let found = || Some(credentials.clone());
        file.put(&id, &credentials, &any()).unwrap();
        assert_eq!(
            keyring.get(&id, &any()).unwrap(),
            found(),
            "the old place is read"
        );
        keyring.settle();
        assert!(!file.file(&id).exists(), "and emptied");
        assert_eq!(keyring.held_in_keyring(&id), found());
        assert_eq!(file.get(&id, &any()).unwrap(), found());
        assert_eq!(auto.ids().unwrap(), std::slice::from_ref(&id));
        // What the kernel has dropped is known to be over, until it is forgotten.
        keyring.keyring.forget(&id).unwrap();
        assert_eq!(keyring.get(&id, &any()).unwrap(), None);
        let ended = Some(credentials.validity());
        assert_eq!(keyring.validity(&id).unwrap(), ended);
        assert_eq!(keyring.ids().unwrap(), std::slice::from_ref(&id));
        keyring.put(&id, &credentials, &any()).unwrap();
        file.settle();
        assert_eq!(keyring.held_in_keyring(&id), None);
        assert_eq!(file.held_in_file(&id), found());
        // A write empties the other place by itself.
        auto.put(&id, &credentials, &any()).unwrap();
        assert!(!file.file(&id).exists());
        file.put(&id, &credentials, &any()).unwrap();
        assert_eq!(keyring.held_in_keyring(&id), None);
        auto.put(&id, &credentials, &any()).unwrap();
        auto.forget(&id).unwrap();
        assert_eq!(auto.ids().unwrap(), []);
    }

    #[test]
    fn what_is_forgotten_while_it_is_moved_stays_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let [file, keyring, _] = stores(home.path());
        if keyring.keyring.check().is_err() {
            return;
        }
        let (id, credentials) = sample();
        for (from, to) in [(&file, &keyring), (&keyring, &file)] {
            from.put(&id, &credentials, &any()).unwrap();
            let item = from.item(&id).unwrap().unwrap();
            to.forget(&id).unwrap();
            let moved = match to.place {
                StorePolicy::File => to.move_to_file(&id, &item),
                _ => to.move_to_keyring(&id, &item),
            };
            moved.unwrap();
            assert_eq!(to.held_in_file(&id), None);
            assert_eq!(to.held_in_keyring(&id), None);
            assert_eq!(to.ids().unwrap(), []);
        }
    }

    #[test]
    fn a_keyring_that_may_ask_is_asked_once_for_each_set() {
        let home = tempfile::tempdir().unwrap();
        let [mut file, mut keyring, _] = stores(home.path());
        for store in [&mut file, &mut keyring] {
            store.keyring.named = Some(super::super::keyring::named::tests::named(2_400));
            store.keyring.refused = true;
        }
        let other = keyring.clone();
        let other = CredentialStore {
            known: Arc::default(),
            ..other
        };
        let (id, credentials) = sample();
        let name = id.clone();
        assert_eq!(keyring.get(&id, &any()).unwrap(), None);
        keyring.put(&id, &credentials, &any()).unwrap();
        assert!(!keyring.file(&id).exists());
        assert_eq!(keyring.get(&id, &any()).unwrap(), Some(credentials.clone()));
        keyring.keyring.forget(&name).unwrap();
        assert_eq!(keyring.get(&id, &any()).unwrap(), Some(credentials.clone()));
        assert_eq!(
            other.get(&id, &any()).unwrap(),
            None,
            "another process asks"
        );
        let later = Credentials {
            expires_at: credentials.expires_at + Duration::from_mins(1),
            ..credentials
        };
        other.put(&id, &later, &any()).unwrap();
        assert_eq!(keyring.get(&id, &any()).unwrap(), Some(later.clone()));
        assert_eq!(keyring.validity(&id).unwrap(), Some(later.validity()));
        assert_eq!(keyring.ids().unwrap(), std::slice::from_ref(&id));
        file.settle();
        assert_eq!(file.held_in_file(&id), Some(later));
        assert_eq!(keyring.held_in_keyring(&id), None);
        keyring.forget(&id).unwrap();
        assert_eq!(keyring.ids().unwrap(), []);
    }

    #[test]
    fn what_a_keyring_may_still_have_is_not_forgotten_before_it_answers() {
        let home = tempfile::tempdir().unwrap();
        let [file, _, mut auto] = stores(home.path());
        auto.keyring.refused = true;
        let mut answering = auto.clone();
        answering.keyring.named = Some(super::super::keyring::named::tests::named(2_400));
        let (hanging, gate) = super::super::keyring::named::tests::hanging();
        auto.keyring.named = Some(hanging);
        let (_, credentials) = sample();
        let id: EntryId = "org:a/111111111111/Hangs".parse().unwrap();
        // The call is given up, and goes on.
        auto.put(&id, &credentials, &any()).unwrap();
        assert_eq!(file.held_in_file(&id), Some(credentials));
        assert!(auto.end_file(&id).exists());
        for _ in 0..2 {
            assert!(matches!(auto.forget(&id), Err(Error::Keyring(_))));
            assert!(!auto.file(&id).exists(), "the file is removed first");
            assert_eq!(auto.ids().unwrap(), std::slice::from_ref(&id));
        }
        drop(gate);
        answering.forget(&id).unwrap();
        assert_eq!(answering.ids().unwrap(), []);
    }

    #[test]
    fn newer_credentials_in_a_file_come_before_older_ones_in_a_keyring() {
        let home = tempfile::tempdir().unwrap();
        let [file, _, mut auto] = stores(home.path());
        auto.keyring.refused = true;
        auto.keyring.named = Some(super::super::keyring::named::tests::named(2_400));
        let (_, old) = sample();
        let id: EntryId = "org:a/111111111111/Twice".parse().unwrap();
        auto.put(&id, &old, &any()).unwrap();
        let new = Credentials {
            expires_at: old.expires_at + Duration::from_mins(1),
            ..old
        };
        // Where no keyring can be used, what is in it stays.
        file.put_in_file(
            &id,
            &Item {
                credentials: new.clone(),
                origin: None,
            },
        )
        .unwrap();
        assert_eq!(auto.get(&id, &any()).unwrap(), Some(new.clone()));
        assert_eq!(auto.validity(&id).unwrap(), Some(new.validity()));
        auto.settle();
        assert!(!auto.file(&id).exists());
        assert_eq!(auto.get(&id, &any()).unwrap(), Some(new));
        auto.forget(&id).unwrap();
    }

    #[test]
    fn two_homes_do_not_meet_in_the_keyring() {
        let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [first, second] = homes.each_ref().map(|home| stores(home.path())[1].clone());
        if first.keyring.check().is_err() {
            return;
        }
        let (id, credentials) = sample();
        first.put(&id, &credentials, &any()).unwrap();
        assert_eq!(second.get(&id, &any()).unwrap(), None);
        assert_eq!(second.ids().unwrap(), []);
        first.forget(&id).unwrap();
    }
}
