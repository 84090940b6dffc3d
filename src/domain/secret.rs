//! The one type that holds a secret: redacted when debugged, wiped when dropped.
//!
//! Few places expose it (docs/architecture.md#secrets). `EXPOSING` in `tests/it/architecture` lists them, and fails
//! on any other.

use std::fmt;

use serde::Deserialize;
use zeroize::Zeroizing;

/// A string that must not be shown: a secret key, a session token, an access token.
///
/// It has no `Display`, no `Serialize`, and its `Debug` says nothing about the content, not even
/// its length (docs/requirements.md#redaction).
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "String")]
pub struct Secret(Zeroizing<String>);

/// The room of [`buffer`], in bytes: more than keys and tokens of AWS need.
const CAPACITY: usize = 16 * 1024;

/// A buffer for text that has secrets in it, wiped when dropped. One that grows leaves copies in memory: this one has room
/// from the start.
pub(crate) fn buffer() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(CAPACITY))
}

impl Secret {
    /// Wraps a secret; the argument's buffer is taken over, not copied.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The secret itself. Every call is a place where it can leak: keep the callers few.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The length in bytes: for limits, never for display.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// `true` if it has nothing but visible ASCII characters.
    #[must_use]
    pub fn is_ascii_graphic(&self) -> bool {
        self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }

    /// `true` if it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::from("hunter2")), "Secret(…)");
        assert_eq!(format!("{:?}", Some(Secret::from(""))), "Some(Secret(…))");
    }
}
