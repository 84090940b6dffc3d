//! A keyring of the system that is asked by names: macOS's Keychain, Windows' Credential Manager, the
//! Secret Service of a desktop.
//!
//! Such a keyring may prompt the user, or wait for a service that never answers (docs/requirements.md#keyring-calls-can-hang): each call is made on
//! a thread of its own, and given up after two seconds. After a call that was given up, this process asks the
//! keyring nothing more. One item a secret (docs/requirements.md#one-item-per-secret); Windows keeps 2,560 bytes an item, so a longer one is kept in pieces
//! (docs/requirements.md#small-keyring-items). Items in such keyrings do not expire: they stay until they are replaced or removed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use keyring_core::CredentialStore;
use zeroize::Zeroizing;

use super::Error;
use crate::store::json::sha1;

/// The time limit of one call.
const KEYRING_TIMEOUT: Duration = Duration::from_secs(2);
/// The most bytes in one item, with room to spare below Windows' limit.
const MAX_BYTES: usize = if cfg!(windows) { 2_400 } else { 64 * 1024 };
/// The most pieces that are looked for, whatever an item says.
const MAX_PIECES: usize = 16;
/// The service name of all items.
const SERVICE: &str = "roledex";

/// A function that connects to the system's keyring.
pub(super) type Open = fn() -> keyring_core::Result<Arc<CredentialStore>>;

/// One keyring.
#[derive(Clone, Debug)]
pub(in crate::store) struct Named {
    open: Open,
    most: usize,
    /// True once a call was given up.
    silent: Arc<AtomicBool>,
}

impl Named {
    pub(super) fn new(open: Open) -> Self {
        Self {
            open,
            most: MAX_BYTES,
            silent: Arc::default(),
        }
    }

    /// The system's own.
    #[cfg(all(named_keyring, not(test)))]
    pub(super) fn system() -> Self {
        Self::new(|| {
            #[cfg(target_os = "macos")]
            let store = apple_native_keyring_store::keychain::Store::new()?;
            #[cfg(windows)]
            let store = windows_native_keyring_store::Store::new()?;
            #[cfg(target_os = "linux")]
            let store = dbus_secret_service_keyring_store::Store::new()?;
            Ok(store)
        })
    }

    /// Checks that it can be used.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.bounded(|_| Ok(()))
    }

    /// The bytes stored under a name.
    pub(super) fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let name = name.to_owned();
        self.bounded(move |store| {
            let Some(first) = read(store, &name)? else {
                return Ok(None);
            };
            joined(&first, |piece| read(store, &piece_name(&name, piece)))
        })
    }

    /// Stores something under a name.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let (name, pieces) = (name.to_owned(), pieces(bytes, self.most));
        if pieces.len() > MAX_PIECES {
            return Err(Error::Full);
        }
        self.bounded(move |store| {
            // The first piece says what the others are, so it comes last.
            for (number, piece) in pieces.iter().enumerate().rev() {
                let name = piece_name(&name, number);
                store.build(SERVICE, &name, None)?.set_secret(piece)?;
            }
            remove_from(store, &name, pieces.len())
        })
    }

    /// Forgets what is stored under a name.
    pub(super) fn forget(&self, name: &str) -> Result<(), Error> {
        let name = name.to_owned();
        self.bounded(move |store| remove_from(store, &name, 0))
    }

    /// One call on a thread of its own; a thread that hangs is abandoned.
    fn bounded<T: Send + 'static>(
        &self,
        call: impl FnOnce(&CredentialStore) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        if self.silent.load(Ordering::Relaxed) {
            return Err(Error::Silent);
        }
        let (tell, told) = mpsc::sync_channel(1);
        let open = self.open;
        let thread = thread::Builder::new().name("keyring".to_owned());
        let started = thread.spawn(move || {
            // After the timeout nobody receives the result.
            let _ = tell.send(open().and_then(|store| call(&*store)));
        });
        started.map_err(|error| Error::Unavailable(error.to_string()))?;
        match told.recv_timeout(KEYRING_TIMEOUT) {
            Ok(result) => result.map_err(|error| refusal(&error)),
            Err(_late) => {
                self.silent.store(true, Ordering::Relaxed);
                Err(Error::Silent)
            }
        }
    }
}

/// Some errors hold what they could not read: only their kind is told (docs/requirements.md#redaction).
fn refusal(error: &keyring_core::Error) -> Error {
    use keyring_core::Error as Of;
    match error {
        Of::PlatformFailure(cause) | Of::NoStorageAccess(cause) => {
            Error::Unavailable(cause.to_string())
        }
        Of::TooLong(..) => Error::Full,
        Of::BadEncoding(_) | Of::BadDataFormat(..) | Of::BadStoreFormat(_) => {
            Error::Unavailable("its answer is invalid".to_owned())
        }
        _ => Error::Unavailable("it refuses this item".to_owned()),
    }
}

fn read(store: &CredentialStore, name: &str) -> keyring_core::Result<Option<Zeroizing<Vec<u8>>>> {
    match store.build(SERVICE, name, None)?.get_secret() {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(keyring_core::Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes the pieces of a name from one on, up to the first that is not there.
fn remove_from(store: &CredentialStore, name: &str, first: usize) -> keyring_core::Result<()> {
    for piece in first..MAX_PIECES {
        let item = store.build(SERVICE, &piece_name(name, piece), None)?;
        match item.delete_credential() {
            Ok(()) => {}
            Err(keyring_core::Error::NoEntry) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn piece_name(name: &str, piece: usize) -> String {
    match piece {
        0 => name.to_owned(),
        piece => format!("{name}#{piece}"),
    }
}

/// The items that something is kept in: the first begins with their number and a digest of the whole, so
/// that pieces of two writers are never taken for one secret.
fn pieces(bytes: &[u8], most: usize) -> Vec<Zeroizing<Vec<u8>>> {
    let digest = sha1(bytes);
    let head = |count: usize| format!("{count} {digest}\n").into_bytes();
    let room = most.saturating_sub(head(MAX_PIECES).len()).max(1);
    let (first, rest) = bytes.split_at(bytes.len().min(room));
    let rest: Vec<_> = rest.chunks(most).collect();
    let mut whole = Zeroizing::new(head(1 + rest.len()));
    whole.extend_from_slice(first);
    let rest = rest.into_iter().map(|piece| Zeroizing::new(piece.to_vec()));
    std::iter::once(whole).chain(rest).collect()
}

/// The value of several items joined; `None` where they do not belong together.
fn joined(
    first: &[u8],
    piece: impl Fn(usize) -> keyring_core::Result<Option<Zeroizing<Vec<u8>>>>,
) -> keyring_core::Result<Option<Zeroizing<Vec<u8>>>> {
    let Some(end) = first.iter().position(|byte| *byte == b'\n') else {
        return Ok(None);
    };
    let (head, body) = first.split_at(end);
    let head = String::from_utf8_lossy(head);
    let Some((count, digest)) = head.split_once(' ') else {
        return Ok(None);
    };
    let mut bytes = Zeroizing::new(body.iter().skip(1).copied().collect::<Vec<u8>>());
    for number in 1..count.parse().unwrap_or(0_usize).min(MAX_PIECES) {
        let Some(piece) = piece(number)? else {
            return Ok(None);
        };
        bytes.extend_from_slice(&piece);
    }
    let whole = sha1(&*bytes) == digest;
    Ok(whole.then_some(bytes))
}

#[cfg(test)]
pub(in crate::store) mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::{Mutex, MutexGuard, OnceLock};

    use super::*;

    /// A keyring in memory, one for the process, as the system's is.
    pub(in crate::store) fn named(most: usize) -> Named {
        static STORE: OnceLock<Arc<CredentialStore>> = OnceLock::new();
        let open: Open = || match STORE.get() {
            Some(store) => Ok(Arc::clone(store)),
            None => {
                let store: Arc<CredentialStore> = keyring_core::mock::Store::new()?;
                Ok(Arc::clone(STORE.get_or_init(|| store)))
            }
        };
        Named {
            most,
            ..Named::new(open)
        }
    }

    /// The same keyring, which answers the first call only, until the guard is dropped. For one test.
    pub(in crate::store) fn hanging() -> (Named, MutexGuard<'static, ()>) {
        static GATE: Mutex<()> = Mutex::new(());
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        let open: Open = || {
            if CALLS.fetch_add(1, Ordering::Relaxed) > 0 {
                drop(GATE.lock());
            }
            (named(0).open)()
        };
        (Named::new(open), GATE.lock().unwrap())
    }

    #[test]
    fn what_is_put_is_got_whole_and_forgotten_in_every_piece() {
        let named = named(64);
        named.check().unwrap();
        for length in [0, 1, 15, 64, 200, 500, 3] {
            let bytes: Vec<u8> = (0_u8..=255).cycle().take(length).collect();
            named.put("a", &bytes).unwrap();
            let got = named.get("a").unwrap().unwrap();
            assert_eq!(*got, bytes, "{length}");
        }
        assert_eq!(named.put("a", &[0; 2_000]), Err(Error::Full));
        named.put("a", &[7; 300]).unwrap();
        named.forget("a").unwrap();
        assert!(named.get("a").unwrap().is_none());
        assert!(named.get("a#1").unwrap().is_none());
        named.forget("a").unwrap();
    }

    #[test]
    fn an_item_never_exceeds_the_limit() {
        for length in [0, 2_399, 2_400, 2_401, 9_000] {
            for piece in pieces(&vec![1; length], 2_400) {
                assert!(piece.len() <= 2_400, "{length}");
            }
        }
    }

    #[test]
    fn pieces_of_two_writers_are_none() {
        let (old, new) = (pieces(&[1; 100], 64), pieces(&[2; 100], 64));
        let whole = joined(&new[0], |piece| Ok(new.get(piece).cloned())).unwrap();
        assert_eq!(*whole.unwrap(), [2; 100]);
        let mixed = joined(&new[0], |piece| Ok(old.get(piece).cloned())).unwrap();
        assert!(mixed.is_none());
        for strange in [&b""[..], b"x", b"x\n", b"99999999999999999999 x\n"] {
            assert!(joined(strange, |_| Ok(None)).unwrap().is_none());
        }
    }

    #[test]
    fn a_keyring_that_hangs_is_asked_once() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        let named = Named::new(|| {
            CALLS.fetch_add(1, Ordering::Relaxed);
            loop {
                thread::park();
            }
        });
        for _ in 0..3 {
            assert_eq!(named.get("a"), Err(Error::Silent));
        }
        assert!(CALLS.load(Ordering::Relaxed) <= 1);
    }
}
