//! The system's keyring: on Linux the kernel's, whose secrets are in no file and which drops them when
//! they end; elsewhere the one that goes by names. Where the kernel refuses, the Secret Service takes its
//! place in a program that was built with it.
//!
//! One item a secret (docs/requirements.md#one-item-per-secret). The name of an item carries a digest of the state directory, so that two homes
//! never meet. Every call can fail.

#[cfg(any(named_keyring, test))]
pub(super) mod named;
#[cfg_attr(target_os = "linux", path = "keyring/kernel.rs")]
#[cfg_attr(not(target_os = "linux"), path = "keyring/no_kernel.rs")]
mod system;

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::json::hex;
use super::lock::digest;
use crate::config::Dirs;
use crate::domain::EntryId;

/// Errors of the keyring.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is none, or it cannot be used here.
    #[error("cannot use the keyring ({0})")]
    Unavailable(String),
    /// It is full.
    #[error("the keyring is full")]
    Full,
    /// A call did not end in time: it may still do what it was asked to.
    #[error("cannot use the keyring (it does not answer)")]
    Silent,
}

/// The items of one home.
#[derive(Clone, Debug)]
pub(super) struct Keyring {
    state: PathBuf,
    #[cfg(any(named_keyring, test))]
    pub(super) named: Option<named::Named>,
    #[cfg(test)]
    pub(super) refused: bool,
}

impl Keyring {
    pub(super) fn new(dirs: &Dirs) -> Self {
        Self {
            state: dirs.state.clone(),
            #[cfg(all(named_keyring, not(test)))]
            named: Some(named::Named::system()),
            #[cfg(test)]
            named: None,
            #[cfg(test)]
            refused: false,
        }
    }

    /// The prefix of the names of this home's items.
    fn prefix(&self) -> String {
        let home = digest(self.state.as_os_str().as_encoded_bytes());
        let home: String = hex(&home).chars().take(16).collect();
        format!("roledex:{home}:")
    }

    fn name(&self, id: &EntryId) -> String {
        format!("{}{id}", self.prefix())
    }

    /// The keyring with named items, where it replaces the kernel's.
    #[cfg(any(named_keyring, test))]
    fn named(&self) -> Option<&named::Named> {
        self.named.as_ref().filter(|_| self.ring().is_err())
    }

    /// True if reading it may prompt the user and may be slow.
    #[cfg_attr(
        not(any(named_keyring, test)),
        expect(clippy::unused_self, reason = "there is only the kernel's")
    )]
    pub(super) fn may_ask(&self) -> bool {
        #[cfg(any(named_keyring, test))]
        return self.named().is_some();
        #[cfg(not(any(named_keyring, test)))]
        return false;
    }

    /// Checks that it can be used.
    pub(super) fn check(&self) -> Result<(), Error> {
        #[cfg(any(named_keyring, test))]
        if let Some(named) = self.named() {
            return named.check();
        }
        self.ring().map(|_| ())
    }

    /// The bytes stored for an entry.
    pub(super) fn get(&self, id: &EntryId) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        #[cfg(any(named_keyring, test))]
        if let Some(named) = self.named() {
            return named.get(&self.name(id));
        }
        self.kernel_get(id)
    }

    /// Stores something for an entry, for so many seconds where the keyring knows an end.
    pub(super) fn put(&self, id: &EntryId, bytes: &[u8], seconds: u32) -> Result<(), Error> {
        #[cfg(any(named_keyring, test))]
        if let Some(named) = self.named() {
            return named.put(&self.name(id), bytes);
        }
        self.kernel_put(id, bytes, seconds)
    }

    /// Forgets what is stored for an entry.
    pub(super) fn forget(&self, id: &EntryId) -> Result<(), Error> {
        #[cfg(any(named_keyring, test))]
        if let Some(named) = self.named() {
            return named.forget(&self.name(id));
        }
        self.kernel_forget(id)
    }

    /// The entries that something is stored for, as far as the keyring itself can say: one that goes by
    /// names would have to ask the user for it.
    pub(super) fn ids(&self) -> Result<Vec<EntryId>, Error> {
        if self.may_ask() {
            return Ok(Vec::new());
        }
        self.kernel_ids()
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
