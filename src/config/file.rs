//! Reads a whole file, wherever its path leads, without blocking and with a size limit.
//!
//! Paths come from the environment and from links, and what is there may be a pipe without a writer
//! into, or a device that never ends. [`crate::store`] reads all its files through this.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

use super::owners::{AsOwner, Foreign, Owners};

/// The maximum size of a file (bytes): far above any file of ours or of AWS, and far below the memory of the machine.
const MAX_BYTES: u64 = 256 << 20;

/// The bytes of a file. A device that is empty, as `/dev/null` is, is an empty file.
///
/// # Errors
/// Errors of the operating system; `InvalidInput` for a pipe, a socket or a device, `FileTooLarge` for
/// what no such file can be.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_checked(path, |_| Ok(()))
}

/// The bytes of a file that no other user decides on.
///
/// # Errors
/// As [`read`]; a [`Foreign`] owner inside of a `PermissionDenied`.
pub(crate) fn read_trusted(path: &Path, owners: &Owners) -> io::Result<Vec<u8>> {
    let denied = |foreign: Foreign| io::Error::new(io::ErrorKind::PermissionDenied, foreign);
    owners.check_links(path).map_err(denied)?;
    let _as_owner = AsOwner::of(owners, path);
    // The open file is checked, not its path: it cannot be exchanged in between.
    read_checked(path, |metadata| {
        owners
            .check_metadata(path, metadata)
            .and_then(|()| owners.check_directories(path))
            .map_err(denied)
    })
}

fn read_checked(
    path: &Path,
    check: impl FnOnce(&std::fs::Metadata) -> io::Result<()>,
) -> io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.read(true);
    // Opening a pipe without a writer waits for one.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, non_blocking());
    let mut file = options.open(path)?;
    let metadata = file.metadata()?;
    check(&metadata)?;
    if !metadata.is_file() && !metadata.is_dir() {
        return if is_empty_device(&metadata, &mut file) {
            Ok(Vec::new())
        } else {
            Err(not_a_file())
        };
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(MAX_BYTES)).unwrap_or(0));
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {} MiB", MAX_BYTES >> 20),
        ));
    }
    Ok(bytes)
}

/// The error for a path that does not lead to a regular file.
#[must_use]
pub(crate) fn not_a_file() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "it is a pipe, a socket or a device, not a file",
    )
}

/// The flag that keeps an `open` from waiting.
#[cfg(unix)]
#[must_use]
pub(crate) fn non_blocking() -> i32 {
    rustix::fs::OFlags::NONBLOCK.bits().cast_signed()
}

#[cfg(unix)]
fn is_empty_device(metadata: &std::fs::Metadata, file: &mut File) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    metadata.file_type().is_char_device() && matches!(file.read(&mut [0]), Ok(0))
}

#[cfg(not(unix))]
fn is_empty_device(_: &std::fs::Metadata, _: &mut File) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_told_at_once() {
        let home = tempfile::tempdir().unwrap();
        let pipe = home.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
        for path in [pipe.as_path(), Path::new("/dev/zero")] {
            let error = read(path).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{path:?}");
        }
        assert!(read(home.path()).is_err());
        assert_eq!(read(Path::new("/dev/null")).unwrap(), b"");
        let path = home.path().join("file");
        assert_eq!(read(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        std::fs::File::create(&path)
            .unwrap()
            .set_len(300 << 20)
            .unwrap();
        assert_eq!(read(&path).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
