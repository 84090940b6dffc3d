//! The accounts, issuers and posting pages that the user confirmed, by app. No secrets. A file that cannot
//! be understood counts as empty: the user is asked again.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::lock::{Lock, lock_file};
use super::{Error, private_file, read_if_there};
use crate::config::Dirs;
use crate::domain::claim::Confirmed;

const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Row {
    accounts: BTreeSet<String>,
    issuer: Option<String>,
    origins: BTreeSet<String>,
}

/// The confirmed facts about an app.
///
/// # Errors
/// A file that is there and cannot be read.
pub(crate) fn load(dirs: &Dirs, app: &str) -> Result<Confirmed, Error> {
    let row = rows(dirs)?.remove(app).unwrap_or_default();
    let accounts = row.accounts.iter();
    Ok(Confirmed {
        accounts: accounts.filter_map(|id| id.parse().ok()).collect(),
        issuer: row.issuer,
        origins: row.origins,
    })
}

/// Changes what is confirmed of an app, under a lock.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn change(
    dirs: &Dirs,
    app: &str,
    change: impl FnOnce(&mut Confirmed),
) -> Result<Confirmed, Error> {
    let _lock = Lock::acquire(dirs.owners(), &lock_file(dirs, b"confirmed"), LOCK_TIMEOUT)?;
    let before = load(dirs, app)?;
    let mut after = before.clone();
    change(&mut after);
    if after == before {
        return Ok(after);
    }
    let mut rows = rows(dirs)?;
    rows.remove(app);
    if after != Confirmed::default() {
        let row = Row {
            accounts: after.accounts.iter().map(ToString::to_string).collect(),
            issuer: after.issuer.clone(),
            origins: after.origins.clone(),
        };
        rows.insert(app.to_owned(), row);
    }
    let path = path(dirs);
    let bytes = serde_json::to_vec(&rows)
        .map_err(|error| Error::io("write", &path)(io::Error::other(error)))?;
    private_file::write(dirs.owners(), &path, &bytes)?;
    Ok(after)
}

fn rows(dirs: &Dirs) -> Result<BTreeMap<String, Row>, Error> {
    let bytes = read_if_there(dirs.owners(), &path(dirs))?;
    Ok(bytes
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default())
}

fn path(dirs: &Dirs) -> PathBuf {
    dirs.state.join("confirmed.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_confirmed_stays_until_it_is_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        assert_eq!(load(&dirs, "lab").unwrap(), Confirmed::default());
        let confirmed = Confirmed {
            accounts: ["111111111111".parse().unwrap()].into(),
            issuer: Some("idp".to_owned()),
            origins: ["https://idp.example".to_owned()].into(),
        };
        change(&dirs, "lab", |known| known.clone_from(&confirmed)).unwrap();
        assert_eq!(load(&dirs, "lab").unwrap(), confirmed);
        assert_eq!(load(&dirs, "other").unwrap(), Confirmed::default());
        change(&dirs, "lab", |known| *known = Confirmed::default()).unwrap();
        assert_eq!(load(&dirs, "lab").unwrap(), Confirmed::default());
    }
}
