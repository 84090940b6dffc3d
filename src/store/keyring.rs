//! The kernel's keyring: secrets that are in no file, and that the kernel itself drops when they end.
//!
//! Every call is one or two system calls that never wait (K1's bound is for keyrings behind a bus),
//! so the hot path can afford them. One item a secret (K3), in the person's own keyring, which all of
//! their sessions share; it ends with the last of them. The description carries a name of the state
//! directory, so that two homes never meet. Containers often refuse these calls, and a person has
//! 20,000 bytes in all: whoever asks must be ready for a no.

use std::path::PathBuf;

use super::json::hex;
use super::lock::digest;
use crate::config::Dirs;
use crate::domain::EntryId;

/// Why the keyring said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is none, or it may not be used from here.
    #[error("the kernel's keyring cannot be used here ({0})")]
    Unavailable(String),
    /// It is full.
    #[error("the kernel's keyring is full")]
    Full,
}

/// The items of one home.
#[derive(Clone, Debug)]
pub(super) struct Keyring {
    state: PathBuf,
    #[cfg(test)]
    pub(super) refused: bool,
}

impl Keyring {
    pub(super) fn new(dirs: &Dirs) -> Self {
        Self {
            state: dirs.state.clone(),
            #[cfg(test)]
            refused: false,
        }
    }

    /// What the names of this home's items begin with.
    fn prefix(&self) -> String {
        let home = digest(self.state.as_os_str().as_encoded_bytes());
        let home: String = hex(&home).chars().take(16).collect();
        format!("roledex:{home}:")
    }

    fn name(&self, id: &EntryId) -> String {
        format!("{}{id}", self.prefix())
    }

    /// Whether it can be used at all.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.ring().map(|_| ())
    }

    #[cfg(test)]
    fn ring(&self) -> Result<system::Ring, Error> {
        if self.refused {
            return Err(Error::Unavailable("refused by a test".to_owned()));
        }
        system::ring()
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "a test's keyring can be refused")]
    fn ring(&self) -> Result<system::Ring, Error> {
        system::ring()
    }
}

#[cfg(target_os = "linux")]
mod system {
    use linux_keyutils::{
        KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, LinkNode, Permission,
    };
    use zeroize::Zeroizing;

    use super::{Error, Keyring};
    use crate::domain::EntryId;

    pub(super) type Ring = KeyRing;

    /// The largest item: four times what credentials need.
    const MOST_BYTES: usize = 8 * 1024;
    /// Bytes of the list of all items; four for each.
    const MOST_LIST: usize = 64 * 1024;

    pub(super) fn ring() -> Result<KeyRing, Error> {
        KeyRing::from_special_id(KeyRingIdentifier::User, true).map_err(refusal)
    }

    fn refusal(error: KeyError) -> Error {
        match error {
            KeyError::QuotaExceeded => Error::Full,
            error => Error::Unavailable(format!("{error:?}")),
        }
    }

    /// An item that is not there, or that has ended, is none.
    fn present<T>(result: Result<T, KeyError>) -> Result<Option<T>, Error> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(
                KeyError::KeyDoesNotExist
                | KeyError::KeyExpired
                | KeyError::KeyRevoked
                | KeyError::MissingFileOrDirectory,
            ) => Ok(None),
            Err(error) => Err(refusal(error)),
        }
    }

    impl Keyring {
        /// What is stored for an entry.
        pub(in crate::store) fn get(
            &self,
            id: &EntryId,
        ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
            let Some(key) = present(self.ring()?.search(&self.name(id)))? else {
                return Ok(None);
            };
            let mut bytes = Zeroizing::new(vec![0; MOST_BYTES]);
            let Some(length) = present(key.read(&mut *bytes))? else {
                return Ok(None);
            };
            // The length is the item's own: one that did not fit is not ours.
            if length > MOST_BYTES {
                return Ok(None);
            }
            bytes.truncate(length);
            Ok(Some(bytes))
        }

        /// Stores something for an entry, for so many seconds.
        pub(in crate::store) fn put(
            &self,
            id: &EntryId,
            bytes: &[u8],
            seconds: u32,
        ) -> Result<(), Error> {
            let key = self
                .ring()?
                .add_key(&self.name(id), bytes)
                .map_err(refusal)?;
            // The person's other sessions do not possess this one's keys, as it is called: what a
            // 0600 file grants by its owner has to be said here.
            let ours = KeyPermissionsBuilder::builder()
                .posessor(Permission::ALL)
                .user(Permission::ALL)
                .build();
            let kept = key
                .set_timeout(usize::try_from(seconds).unwrap_or(usize::MAX))
                .and_then(|()| key.set_perms(ours));
            kept.map_err(|error| {
                // Without its end it must not stay.
                let _ = key.invalidate();
                refusal(error)
            })
        }

        /// Forgets what is stored for an entry.
        pub(in crate::store) fn forget(&self, id: &EntryId) -> Result<(), Error> {
            match present(self.ring()?.search(&self.name(id)))? {
                Some(key) => present(key.invalidate()).map(|_| ()),
                None => Ok(()),
            }
        }

        /// The entries that something is stored for.
        pub(in crate::store) fn ids(&self) -> Result<Vec<EntryId>, Error> {
            let prefix = self.prefix();
            let links = self.ring()?.get_links(MOST_LIST).map_err(refusal)?;
            Ok(links
                .iter()
                .filter_map(LinkNode::as_key)
                .filter_map(|key| {
                    let metadata = key.metadata().ok()?;
                    let name = metadata.get_description().strip_prefix(&prefix)?;
                    name.parse().ok()
                })
                .collect())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use zeroize::Zeroizing;

    use super::{Error, Keyring};
    use crate::domain::EntryId;

    pub(super) type Ring = std::convert::Infallible;

    pub(super) fn ring() -> Result<Ring, Error> {
        Err(Error::Unavailable("it is Linux's".to_owned()))
    }

    impl Keyring {
        pub(in crate::store) fn get(
            &self,
            id: &EntryId,
        ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
            let _ = self.name(id);
            match self.ring()? {}
        }

        pub(in crate::store) fn put(&self, _: &EntryId, _: &[u8], _: u32) -> Result<(), Error> {
            match self.ring()? {}
        }

        pub(in crate::store) fn forget(&self, _: &EntryId) -> Result<(), Error> {
            match self.ring()? {}
        }

        pub(in crate::store) fn ids(&self) -> Result<Vec<EntryId>, Error> {
            match self.ring()? {}
        }
    }
}
