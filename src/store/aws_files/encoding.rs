//! The encodings that no AWS tool reads. PowerShell's `>` writes UTF-16, in which nothing of a file is found.

use std::path::Path;

use crate::store::Error;

/// Refuses a file in UTF-16, and one with NUL bytes.
pub(super) fn check(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let encoding = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("UTF-16"),
        [0, 1..=255, ..] => Some("UTF-16BE"),
        [1..=255, 0, ..] => Some("UTF-16LE"),
        _ if bytes.contains(&0) => None,
        _ => return Ok(()),
    };
    Err(Error::NotUtf8 {
        path: path.to_owned(),
        encoding,
    })
}
