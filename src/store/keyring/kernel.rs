//! The kernel's keyring of Linux. Every call is one or two system calls that never wait, so the hot path
//! can afford them. The items are in the user's own keyring, which all of their sessions share; it ends
//! with the last of them. Containers often refuse these calls, and a user has 20,000 bytes in all.

use linux_keyutils::{
    KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, LinkNode, Permission,
};
use zeroize::Zeroizing;

use super::{Error, Keyring};
use crate::domain::EntryId;

pub(super) type Ring = KeyRing;

/// The largest item: four times what credentials need.
const MAX_BYTES: usize = 8 * 1024;
/// Bytes of the list of all items; four for each.
const MAX_LIST: usize = 64 * 1024;

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
    /// The bytes stored for an entry.
    pub(super) fn kernel_get(&self, id: &EntryId) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let Some(key) = present(self.ring()?.search(&self.name(id)))? else {
            return Ok(None);
        };
        let mut bytes = Zeroizing::new(vec![0; MAX_BYTES]);
        let Some(length) = present(key.read(&mut *bytes))? else {
            return Ok(None);
        };
        // The length is the item's own: one that did not fit is not ours.
        if length > MAX_BYTES {
            return Ok(None);
        }
        bytes.truncate(length);
        Ok(Some(bytes))
    }

    /// Stores something for an entry, for so many seconds.
    pub(super) fn kernel_put(&self, id: &EntryId, bytes: &[u8], seconds: u32) -> Result<(), Error> {
        let key = self
            .ring()?
            .add_key(&self.name(id), bytes)
            .map_err(refusal)?;
        // The user's other sessions do not possess this one's keys, as it is called: what a
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
    pub(super) fn kernel_forget(&self, id: &EntryId) -> Result<(), Error> {
        match present(self.ring()?.search(&self.name(id)))? {
            Some(key) => present(key.invalidate()).map(|_| ()),
            None => Ok(()),
        }
    }

    /// The entries that something is stored for.
    pub(super) fn kernel_ids(&self) -> Result<Vec<EntryId>, Error> {
        let prefix = self.prefix();
        let links = self.ring()?.get_links(MAX_LIST).map_err(refusal)?;
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
