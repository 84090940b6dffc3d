//! Encryption of the versions that are kept for `undo`. They are whole files and hold long-lived keys
//! that roledex did not write; without the key, which `logout --all` destroys, they are unreadable.

use std::io;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use super::Bytes;

/// Length of a key, in bytes.
const KEY_LENGTH: usize = 32;

/// A key for versions.
pub(super) struct Key(LessSafeKey);

impl Key {
    /// The bytes of a new key.
    pub(super) fn generate() -> io::Result<Zeroizing<[u8; KEY_LENGTH]>> {
        let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
        random(bytes.as_mut_slice())?;
        Ok(bytes)
    }

    /// The key with some bytes. `None` if they are too many or too few.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, bytes).ok()?;
        Some(Self(LessSafeKey::new(key)))
    }

    /// Encrypts a text: a random nonce, the ciphertext, the tag. It can be opened under the same name
    /// only.
    pub(super) fn seal(&self, name: &str, text: &[u8]) -> io::Result<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce)?;
        // Large enough from the start: a buffer that grows leaves copies of the plain text behind.
        let mut sealed = Vec::with_capacity(NONCE_LEN + text.len() + CHACHA20_POLY1305.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(text);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(name), &mut sealed[NONCE_LEN..])
            .map_err(|error| io::Error::other(format!("cannot encrypt: {error}")))?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Decrypts what [`Key::seal`] made; `None`: it was made with another key or name, or changed.
    pub(super) fn open(&self, name: &str, sealed: &[u8]) -> Option<Bytes> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut text = Zeroizing::new(text.to_vec());
        let length = self
            .0
            .open_in_place(nonce, Aad::from(name), &mut text)
            .ok()?
            .len();
        text.truncate(length);
        Some(text)
    }
}

fn random(bytes: &mut [u8]) -> io::Result<()> {
    SystemRandom::new()
        .fill(bytes)
        .map_err(|error| io::Error::other(format!("cannot generate random numbers: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_opens_with_its_key_and_name_only() {
        let [key, other] = [(); 2].map(|()| Key::new(&*Key::generate().unwrap()).unwrap());
        for text in ["", "[default]\naws_secret_access_key = hidden\n"] {
            let mut sealed = key.seal("1", text.as_bytes()).unwrap();
            assert!(!String::from_utf8_lossy(&sealed).contains("hidden"));
            assert_eq!(*key.open("1", &sealed).unwrap(), text.as_bytes());
            assert!(key.open("2", &sealed).is_none());
            assert!(other.open("1", &sealed).is_none());
            *sealed.last_mut().unwrap() ^= 1;
            assert!(key.open("1", &sealed).is_none());
        }
        assert!(key.open("1", b"short").is_none());
        assert!(Key::new(b"short").is_none());
    }
}
