//! Extended attributes of a file that another one replaces. On Linux its access control list is one of
//! them, so that a mode means less without it.

use std::fs::File;
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
use std::io;

/// The longest list of names and the longest value that Linux has, in bytes.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
const MAX_BYTES: usize = 64 << 10;

/// The access control list of a file.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const ACL: &str = "system.posix_acl_access";

/// Gives a file the attributes of another one. `false`: its access control list may not be that of the
/// other one. A label that may not be set is no failure.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn copy(from: &File, to: &File) -> bool {
    let flags = rustix::fs::XattrFlags::empty();
    copy_by(
        |name, value| Ok(rustix::fs::fsetxattr(to, name, value, flags)?),
        from,
        to,
    )
}

/// The same with any way to set an attribute: the seam for file systems that tests do not have.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn copy_by(set: impl Fn(&[u8], &[u8]) -> io::Result<()>, from: &File, to: &File) -> bool {
    use rustix::io::Errno;
    let (mut names, mut value) = (vec![0; MAX_BYTES], vec![0; MAX_BYTES]);
    let length = match rustix::fs::flistxattr(from, names.as_mut_slice()) {
        Ok(length) => length,
        // A file system without attributes.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => return true,
        Err(error) => {
            tracing::info!(%error, "cannot read the attributes of a file");
            return false;
        }
    };
    names.truncate(length);
    let mut is_acl_kept = drop_inherited_acl(&names, to);
    for name in names.split(|byte| *byte == 0) {
        // A signature of the content, which is another one.
        if name.is_empty() || matches!(name, b"security.ima" | b"security.evm") {
            continue;
        }
        let copied = rustix::fs::fgetxattr(from, name, value.as_mut_slice())
            .map_err(io::Error::from)
            .and_then(|length| set(name, value.get(..length).unwrap_or_default()));
        if let Err(error) = copied {
            let name = String::from_utf8_lossy(name);
            tracing::info!(%error, %name, "cannot keep an attribute of a file");
            // Access control lists, also those of network file systems.
            is_acl_kept &= !name.starts_with("system.");
        }
    }
    is_acl_kept
}

/// Takes away the access control list that a new file has from its directory, if the old one has none.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn drop_inherited_acl(names: &[u8], to: &File) -> bool {
    use rustix::io::Errno;
    if names
        .split(|byte| *byte == 0)
        .any(|name| name == ACL.as_bytes())
    {
        return true;
    }
    matches!(
        rustix::fs::fremovexattr(to, ACL),
        Ok(()) | Err(Errno::NODATA | Errno::OPNOTSUPP)
    )
}

#[cfg(target_vendor = "apple")]
fn drop_inherited_acl(_: &[u8], _: &File) -> bool {
    true
}

/// Other systems have no such attributes.
#[cfg(all(
    unix,
    not(any(target_os = "linux", target_os = "android", target_vendor = "apple"))
))]
pub(super) fn copy(_: &File, _: &File) -> bool {
    true
}

#[cfg(all(test, target_os = "linux"))]
pub(super) mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use rustix::fs::{XattrFlags, getxattr, setxattr};

    use super::*;

    /// An access control list by which another user may read a file and its group may not.
    pub(in super::super) fn acl_for_a_user() -> Vec<u8> {
        let entry = |tag: u16, rights: u16, id: u32| {
            [
                &tag.to_le_bytes()[..],
                &rights.to_le_bytes(),
                &id.to_le_bytes(),
            ]
            .concat()
        };
        let none = u32::MAX;
        [
            2_u32.to_le_bytes().to_vec(),
            entry(0x01, 6, none),
            entry(0x02, 4, 1_000),
            entry(0x04, 0, none),
            entry(0x10, 4, none),
            entry(0x20, 0, none),
        ]
        .concat()
    }

    /// Gives a file an attribute; `None` where the file system has none.
    pub(in super::super) fn with_attribute(path: &Path, name: &str, value: &[u8]) -> Option<()> {
        setxattr(path, name, value, XattrFlags::empty()).ok()
    }

    pub(in super::super) fn attribute(path: &Path, name: &str) -> Option<Vec<u8>> {
        let mut value = vec![0; MAX_BYTES];
        let length = getxattr(path, name, value.as_mut_slice()).ok()?;
        value.truncate(length);
        Some(value)
    }

    #[test]
    fn an_acl_that_cannot_be_kept_is_told_and_a_label_is_not() {
        let home = tempfile::tempdir().unwrap();
        let (old, new) = (home.path().join("old"), home.path().join("new"));
        let (from, to) = (File::create(&old).unwrap(), File::create(&new).unwrap());
        let refuse = |_: &[u8], _: &[u8]| Err(io::ErrorKind::PermissionDenied.into());
        if with_attribute(&old, "user.label", b"x").is_none() {
            return;
        }
        assert!(copy_by(refuse, &from, &to));
        if with_attribute(&old, ACL, &acl_for_a_user()).is_none() {
            return;
        }
        assert!(!copy_by(refuse, &from, &to));
        assert!(copy(&from, &to));
        assert_eq!(attribute(&new, ACL), Some(acl_for_a_user()));
        assert_eq!(attribute(&new, "user.label").unwrap(), b"x");
        assert_eq!(to.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }
}
