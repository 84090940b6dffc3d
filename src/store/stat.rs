//! The facts that reveal a changed file.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// The file system's facts about a file that change when it is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    /// Device and inode; zeros where the system has none.
    pub id: (u64, u64),
    pub is_file: bool,
    /// In bytes.
    pub length: u64,
    pub modified: Option<SystemTime>,
}

impl Stat {
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        #[cfg(unix)]
        let id = {
            use std::os::unix::fs::MetadataExt as _;
            (metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let id = (0, 0);
        Ok(Self {
            id,
            is_file: metadata.is_file(),
            length: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}
