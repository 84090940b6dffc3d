//! Paths, followed name by name and through every link.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// The most links that a path may go through, as on Linux.
const MAX_LINKS: usize = 40;

/// Goes along an absolute path, and through every link on it, and shows what is there on the way. Returns where the path
/// leads in the end, without links.
///
/// # Errors
/// Something that is not there or cannot be looked at, and too many links: the way up to there was shown.
pub(super) fn follow(path: &Path, mut show: impl FnMut(&Path, &Metadata)) -> io::Result<PathBuf> {
    let names = |path: &Path| -> Vec<OsString> {
        let names = path.components().rev();
        names.map(|name| name.as_os_str().to_owned()).collect()
    };
    let (mut end, mut links) = (PathBuf::new(), 0);
    let mut rest = names(path);
    while let Some(name) = rest.pop() {
        let next = if name == ".." {
            end.pop();
            end.clone()
        } else {
            // A root begins anew.
            end.join(name)
        };
        let metadata = fs::symlink_metadata(&next)?;
        show(&next, &metadata);
        if !metadata.is_symlink() {
            end = next;
            continue;
        }
        links += 1;
        if links > MAX_LINKS {
            return Err(io::Error::other("too many levels of symbolic links"));
        }
        rest.append(&mut names(&fs::read_link(&next)?));
    }
    Ok(end)
}
