//! The last known catalog: one file a portal, without secrets. It is a cache: a file that cannot be
//! understood is as good as none.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use super::json::hex;
use super::token_cache::remove;
use super::{Error, atomic};
use crate::config::Dirs;
use crate::domain::Catalog;
use crate::domain::catalog::{Account, AccountPart, PortalPart};

/// Raised when the format changes; files of another version are passed over.
const VERSION: u32 = 1;

/// The texts are borrowed from the bytes that were read: a large catalog is on screen before
/// anything else is, and allocating is most of what reading it costs.
#[derive(Serialize, Deserialize)]
struct File<'a> {
    version: u32,
    #[serde(borrow)]
    portal: Cow<'a, str>,
    fetched_at: Option<Timestamp>,
    #[serde(borrow)]
    accounts: Vec<Row<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    email: Cow<'a, str>,
    #[serde(borrow)]
    roles: Option<Vec<Text<'a>>>,
}

/// Within a list, serde borrows only through a type that says so.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The cached catalog of all portals.
///
/// # Errors
/// A directory or file that is there and cannot be read.
pub fn load(dirs: &Dirs) -> Result<Catalog, Error> {
    let directory = directory(dirs);
    let mut catalog = Catalog::default();
    let files = match fs::read_dir(&directory) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(catalog),
        Err(error) => return Err(Error::io("read", &directory)(error)),
    };
    for file in files {
        let path = file.map_err(Error::io("read", &directory))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
        match serde_json::from_slice::<File<'_>>(&bytes) {
            Ok(file) if file.version == VERSION => {
                let portal = Arc::from(&*file.portal);
                catalog.portals.insert(portal, part(file));
            }
            _ => {
                tracing::warn!(path = %path.display(), "not a catalog of this version; it is passed over");
            }
        }
    }
    Ok(catalog)
}

/// Saves what is known of one portal.
///
/// # Errors
/// Those of the operating system.
pub fn save(dirs: &Dirs, portal: &str, part: &PortalPart) -> Result<(), Error> {
    let rows = part.accounts.values().map(|part| Row {
        id: Cow::Owned(part.account.id.to_string()),
        name: Cow::Borrowed(&part.account.name),
        email: Cow::Borrowed(&part.account.email),
        roles: part
            .roles
            .as_ref()
            .map(|roles| roles.iter().map(|role| Text(Cow::Borrowed(role))).collect()),
    });
    let file = File {
        version: VERSION,
        portal: Cow::Borrowed(portal),
        fetched_at: part.fetched_at,
        accounts: rows.collect(),
    };
    let path = path(dirs, portal);
    let bytes = serde_json::to_vec(&file)
        .map_err(|error| Error::io("write", &path)(io::Error::other(error)))?;
    atomic::write_private(&path, &bytes)
}

/// Forgets what is known of one portal.
///
/// # Errors
/// Those of the operating system; nothing known is none.
pub fn forget(dirs: &Dirs, portal: &str) -> Result<(), Error> {
    remove(&path(dirs, portal))
}

fn directory(dirs: &Dirs) -> PathBuf {
    dirs.cache.join("catalog")
}

fn path(dirs: &Dirs, portal: &str) -> PathBuf {
    directory(dirs).join(format!("{}.json", hex(&Sha1::digest(portal))))
}

/// Thousands of accounts share a few role names: one allocation each.
fn part(file: File<'_>) -> PortalPart {
    let mut names: HashSet<Arc<str>> = HashSet::new();
    let mut shared = |role: &Text<'_>| {
        if let Some(name) = names.get(&*role.0) {
            return Arc::clone(name);
        }
        let name: Arc<str> = Arc::from(&*role.0);
        names.insert(Arc::clone(&name));
        name
    };
    let mut part = PortalPart::default();
    part.fetched_at = file.fetched_at;
    for row in file.accounts {
        let Ok(id) = row.id.parse() else { continue };
        let account = Account {
            id,
            name: Arc::from(&*row.name),
            email: Arc::from(&*row.email),
        };
        let roles = row
            .roles
            .map(|roles| roles.iter().map(&mut shared).collect());
        let known = AccountPart {
            account,
            roles,
            problem: None,
        };
        part.accounts.insert(id, known);
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CatalogEvent;

    #[test]
    fn a_catalog_survives_and_a_broken_one_is_absent() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        assert_eq!(load(&dirs).unwrap(), Catalog::default());
        let mut catalog = Catalog::default();
        let portal: Arc<str> = "a/../b".into();
        let id = "111111111111".parse().unwrap();
        for event in [
            CatalogEvent::Started {
                portal: portal.clone(),
            },
            CatalogEvent::Accounts {
                portal: portal.clone(),
                accounts: vec![
                    Account {
                        id,
                        name: "x\u{1b}".into(),
                        email: "".into(),
                    },
                    Account {
                        id: "222222222222".parse().unwrap(),
                        name: "y".into(),
                        email: "".into(),
                    },
                ],
            },
            CatalogEvent::Roles {
                portal: portal.clone(),
                account: id,
                roles: Ok(vec!["R".into()]),
            },
            CatalogEvent::Finished {
                portal: portal.clone(),
                at: Timestamp::UNIX_EPOCH,
            },
        ] {
            catalog.apply(event);
        }
        save(&dirs, &portal, &catalog.portals[&portal]).unwrap();
        assert_eq!(load(&dirs).unwrap(), catalog);
        for text in ["", "{\"version\":0}", "[]"] {
            atomic::write_private(&path(&dirs, &portal), text.as_bytes()).unwrap();
            assert_eq!(load(&dirs).unwrap(), Catalog::default());
        }
        forget(&dirs, &portal).unwrap();
    }
}
