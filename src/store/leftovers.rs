//! Temporary files left by writes because their process was killed, in every directory that
//! roledex writes. Each write sweeps its own directory; this is for `logout`, which sweeps them all.

use std::fs;
use std::path::{Path, PathBuf};

use super::private_file::{sweep, sweep_all};
use crate::config::Dirs;
use crate::config::owners::AsOwner;

/// The depth to which the state and cache directories are searched.
const MAX_DEPTH: usize = 3;

/// Removes the temporary files of killed writes.
///
/// In the directories of private files all leftovers are removed, however new: after `logout` no copy of a
/// secret may remain, and a write in progress there starts again. Next to the AWS files, their old versions
/// and the settings, a file that is less than a minute old may belong to a write that does not start again.
/// It stays; the holder of the lock removes it.
pub(crate) fn remove(dirs: &Dirs) {
    let owners = dirs.owners();
    let backups = dirs.state.join("backups");
    let private = [&dirs.state, &dirs.cache].map(|top| below(top));
    for directory in private
        .iter()
        .flatten()
        .chain([&dirs.sso_cache, &dirs.login_cache])
    {
        let _as_owner = AsOwner::of(owners, directory);
        if directory.starts_with(&backups) {
            sweep(directory);
        } else {
            sweep_all(directory);
        }
    }
    for file in [&dirs.aws_config, &dirs.aws_credentials] {
        let _as_owner = AsOwner::of(owners, file);
        // Temporary files are beside what a link leads to.
        let real = fs::canonicalize(file).unwrap_or_else(|_| file.clone());
        if let Some(directory) = real.parent() {
            sweep(directory);
        }
    }
    let _as_owner = AsOwner::of(owners, &dirs.config);
    sweep(&dirs.config);
}

/// A directory and those in it.
fn below(top: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut level = vec![top.to_owned()];
    for _ in 0..MAX_DEPTH {
        let entries = level.iter().filter_map(|path| fs::read_dir(path).ok());
        let next = entries
            .flatten()
            .flatten()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.path())
            .collect();
        all.append(&mut level);
        level = next;
    }
    all
}
