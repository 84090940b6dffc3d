//! The history: pins, uses with their time and directory, and the last view of the list (docs/reference.md#files). No secrets; directories are kept as
//! fingerprints. A file that cannot be understood is as good as none.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::json::sha1;
use super::lock::{Lock, lock_file};
use super::{Error, private_file, read_if_there};
use crate::config::Dirs;
use crate::domain::EntryId;
use crate::domain::rank::{History, Look, MAX_USES, Use};
use crate::domain::region::MAX_RECENT;

const LOCK_WAIT: Duration = Duration::from_secs(5);

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct File {
    pins: BTreeSet<String>,
    uses: BTreeMap<String, Vec<(Timestamp, String)>>,
    look: Look,
    regions: Vec<String>,
}

/// The history, as seen from a directory.
///
/// # Errors
/// A file that is there and cannot be read.
pub(crate) fn load(dirs: &Dirs, here: &str) -> Result<History, Error> {
    let file = read(dirs)?;
    Ok(History {
        pins: file.pins.iter().filter_map(|id| id.parse().ok()).collect(),
        uses: file
            .uses
            .into_iter()
            .filter_map(|(id, uses)| {
                let uses = uses.into_iter().map(|(at, place)| Use { at, place });
                Some((id.parse().ok()?, uses.collect()))
            })
            .collect(),
        here: fingerprint(here),
        look: file.look,
        regions: file.regions,
    })
}

/// Remembers a use.
///
/// # Errors
/// Errors of the operating system.
pub fn remember(dirs: &Dirs, id: &EntryId, at: Timestamp, here: &str) -> Result<(), Error> {
    change(dirs, |file| {
        let uses = file.uses.entry(id.to_string()).or_default();
        uses.push((at, fingerprint(here)));
        let surplus = uses.len().saturating_sub(MAX_USES);
        uses.drain(..surplus);
    })
}

/// Pins an entry, or takes its pin away.
///
/// # Errors
/// Errors of the operating system.
pub fn pin(dirs: &Dirs, id: &EntryId, pinned: bool) -> Result<(), Error> {
    change(dirs, |file| {
        if pinned {
            file.pins.insert(id.to_string());
        } else {
            file.pins.remove(&id.to_string());
        }
    })
}

/// Remembers how the list was left.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn keep_look(dirs: &Dirs, look: Look) -> Result<(), Error> {
    change(dirs, |file| file.look = look)
}

/// Remembers a region as the one that was used last.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn remember_region(dirs: &Dirs, region: &str) -> Result<(), Error> {
    change(dirs, |file| {
        file.regions.retain(|known| known != region);
        file.regions.insert(0, region.to_owned());
        file.regions.truncate(MAX_RECENT);
    })
}

fn change(dirs: &Dirs, change: impl FnOnce(&mut File)) -> Result<(), Error> {
    let _lock = Lock::acquire(dirs.owners(), &lock_file(dirs, b"history"), LOCK_WAIT)?;
    let mut file = read(dirs)?;
    change(&mut file);
    let path = path(dirs);
    let bytes = serde_json::to_vec(&file)
        .map_err(|error| Error::io("write", &path)(io::Error::other(error)))?;
    private_file::write(dirs.owners(), &path, &bytes)
}

fn read(dirs: &Dirs) -> Result<File, Error> {
    Ok(read_if_there(dirs.owners(), &path(dirs))?
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default())
}

fn path(dirs: &Dirs) -> PathBuf {
    dirs.state.join("history.json")
}

fn fingerprint(here: &str) -> String {
    sha1(here).chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_and_uses_stay() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        let id: EntryId = "org:p/111111111111/R".parse().unwrap();
        for second in 0..20 {
            remember(
                &dirs,
                &id,
                Timestamp::from_second(second).unwrap(),
                "/secret/place",
            )
            .unwrap();
        }
        pin(&dirs, &id, true).unwrap();
        let history = load(&dirs, "/secret/place").unwrap();
        assert_eq!(history.uses[&id].len(), MAX_USES);
        assert_eq!(history.uses[&id][0].place, history.here);
        assert!(history.pins.contains(&id));
        let look = Look {
            hide_details: true,
            ..Look::default()
        };
        keep_look(&dirs, look.clone()).unwrap();
        assert_eq!(load(&dirs, "").unwrap().look, look);
        assert!(load(&dirs, "").unwrap().pins.contains(&id));
        assert!(
            !std::fs::read_to_string(path(&dirs))
                .unwrap()
                .contains("secret")
        );
        pin(&dirs, &id, false).unwrap();
        assert!(load(&dirs, "").unwrap().pins.is_empty());
        private_file::write(dirs.owners(), &path(&dirs), b"[]").unwrap();
        assert_eq!(load(&dirs, "").unwrap().uses.len(), 0);
    }
}
