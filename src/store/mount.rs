//! Files that are mounted on their own, as by `docker run -v FILE:FILE`. Nothing can take their place.

use std::io;
use std::path::Path;

use super::Error;

/// The error of a step that puts something in the place of a file.
pub(super) fn write_error(target: &Path) -> impl FnOnce(io::Error) -> Error {
    move |error| {
        if error.kind() == io::ErrorKind::ResourceBusy && is_mount_point(target) {
            return Error::MountPoint {
                path: target.to_owned(),
            };
        }
        Error::io("write", target)(error)
    }
}

/// True if a file is known to be mounted on its own.
#[cfg(target_os = "linux")]
fn is_mount_point(file: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
    let mount = |path: &Path| {
        let facts = statx(CWD, path, AtFlags::empty(), StatxFlags::MNT_ID).ok()?;
        // Old kernels do not tell.
        StatxFlags::from_bits_retain(facts.stx_mask)
            .contains(StatxFlags::MNT_ID)
            .then_some(facts.stx_mnt_id)
    };
    let own = mount(file);
    own.is_some() && own != mount(file.parent().unwrap_or(file))
}

/// Other systems mount only directories.
#[cfg(not(target_os = "linux"))]
fn is_mount_point(_: &Path) -> bool {
    false
}
