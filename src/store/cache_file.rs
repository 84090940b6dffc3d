//! Reads the cache files that roledex shares with the AWS CLI and the SDKs.

use std::path::Path;
use std::thread;
use std::time::Duration;

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::{Error, read_if_there};
use crate::config::Owners;

/// The AWS CLI truncates a file and then writes it (docs/requirements.md#cache-written-in-place): one that
/// is incomplete is read once more after this.
const SECOND_LOOK: Duration = Duration::from_millis(50);

/// The content of a cache file. `None`: there is no file, or none that can be understood, which is the same
/// to the user: they sign in (docs/requirements.md#unreadable-cache-files).
///
/// # Errors
/// A file that is there and cannot be read (docs/requirements.md#read-errors-are-errors).
pub(super) fn read<T: DeserializeOwned>(owners: &Owners, path: &Path) -> Result<Option<T>, Error> {
    for look in 0..2 {
        let Some(bytes) = read_if_there(owners, path)?.map(Zeroizing::new) else {
            return Ok(None);
        };
        match serde_json::from_slice(&bytes) {
            Ok(content) => return Ok(Some(content)),
            Err(_) if look == 0 => thread::sleep(SECOND_LOOK),
            Err(error) => {
                // The position only: the message would quote the content.
                tracing::warn!(path = %path.display(), line = error.line(), "skipped a file without a token");
            }
        }
    }
    Ok(None)
}
