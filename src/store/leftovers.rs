//! Temporary files that writes left behind because their process was killed, in every directory that
//! roledex writes. Each write sweeps its own directory; this is for `logout`, which sweeps them all.

use std::fs;
use std::path::PathBuf;

use super::private_file::{sweep, sweep_all};
use crate::config::Dirs;

/// How deep the state and cache directories are looked through.
const MAX_DEPTH: usize = 3;

/// Removes what killed writes left.
///
/// In the token cache and among the stored credentials all of it goes, however new: after `logout` no
/// copy of a secret may be left, and a write that is under way there starts again. Elsewhere a file
/// that is less than a minute old may belong to a write which could not start again, and stays.
pub fn remove(dirs: &Dirs) {
    sweep_all(&dirs.sso_cache);
    sweep_all(&dirs.state.join("credentials"));
    for directory in directories(dirs) {
        sweep(&directory);
    }
}

fn directories(dirs: &Dirs) -> Vec<PathBuf> {
    let aws_files = [&dirs.aws_config, &dirs.aws_credentials];
    let mut all: Vec<PathBuf> = aws_files
        .into_iter()
        .filter_map(|file| {
            fs::canonicalize(file)
                .unwrap_or_else(|_| file.clone())
                .parent()
                .map(PathBuf::from)
        })
        .chain([dirs.config.clone()])
        .collect();
    for top in [&dirs.state, &dirs.cache] {
        let mut level = vec![top.clone()];
        for _ in 0..MAX_DEPTH {
            let below = level
                .iter()
                .filter_map(|directory| fs::read_dir(directory).ok());
            let next = below
                .flatten()
                .flatten()
                .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
                .map(|entry| entry.path())
                .collect();
            all.append(&mut level);
            level = next;
        }
    }
    all.sort();
    all.dedup();
    all
}
