//! The last known catalog: one file a portal and one an app, without secrets. It is a cache: a file that cannot be
//! understood is as good as none.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use super::json::hex;
use super::token_cache::remove;
use super::{Error, private_file};
use crate::config::{Dirs, file};
use crate::domain::catalog::{Account, AccountPart, AppPart, PortalPart};
use crate::domain::{AppRole, Catalog};

/// Raised when the format changes; files of another version are ignored.
const VERSION: u32 = 2;

/// The texts are borrowed from the bytes that were read: a large catalog is on screen before
/// anything else is, and allocating is most of what reading it costs.
#[derive(Serialize, Deserialize)]
struct File<'a> {
    version: u32,
    #[serde(borrow)]
    portal: Cow<'a, str>,
    fetched_at: Option<Timestamp>,
    /// Thousands of accounts share a few role names: each is here once.
    roles: Vec<Arc<str>>,
    #[serde(borrow)]
    accounts: Vec<Row<'a>>,
}

/// Id, name, e-mail address, and the places of its roles; short, because there are thousands.
#[derive(Serialize, Deserialize)]
struct Row<'a>(
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
    Option<Vec<u32>>,
);

#[derive(Serialize, Deserialize)]
struct AppFile {
    version: u32,
    app: String,
    captured_at: Option<Timestamp>,
    roles: Vec<AppRow>,
}

#[derive(Serialize, Deserialize)]
struct AppRow {
    account: String,
    role: String,
}

/// The cached catalog of all portals and apps.
///
/// # Errors
/// A directory or file that is there and cannot be read.
pub(crate) fn load(dirs: &Dirs) -> Result<Catalog, Error> {
    let mut catalog = Catalog::default();
    for (path, bytes) in files(dirs, &directory(dirs))? {
        match serde_json::from_slice::<File<'_>>(&bytes) {
            Ok(file) if file.version == VERSION => {
                let portal = Arc::from(&*file.portal);
                catalog.portals.insert(portal, part(file));
            }
            _ => passed_over(&path),
        }
    }
    for (path, bytes) in files(dirs, &app_directory(dirs))? {
        match serde_json::from_slice::<AppFile>(&bytes) {
            Ok(file) if file.version == VERSION => {
                let roles = file.roles.into_iter().filter_map(|row| {
                    Some(AppRole {
                        account: row.account.parse().ok()?,
                        role: row.role.into(),
                    })
                });
                let part = AppPart {
                    portal: None,
                    roles: Some(roles.collect()),
                    captured_at: file.captured_at,
                };
                catalog.apps.insert(file.app.into(), part);
            }
            _ => passed_over(&path),
        }
    }
    Ok(catalog)
}

/// The JSON files of a directory; one that is not there has none.
fn files(dirs: &Dirs, directory: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
    let files = match fs::read_dir(directory) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("read", directory)(error)),
    };
    let mut found = Vec::new();
    for file in files {
        let path = file.map_err(Error::io("read", directory))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let bytes =
                file::read_trusted(&path, &dirs.owners()).map_err(Error::io("read", &path))?;
            found.push((path, bytes));
        }
    }
    Ok(found)
}

fn passed_over(path: &Path) {
    tracing::warn!(path = %path.display(), "skipped a catalog of another version");
}

/// Saves the roles that an app gave.
///
/// # Errors
/// Those of the operating system.
pub fn save_app(
    dirs: &Dirs,
    app: &str,
    roles: &[AppRole],
    captured_at: Timestamp,
) -> Result<(), Error> {
    let file = AppFile {
        version: VERSION,
        app: app.to_owned(),
        captured_at: Some(captured_at),
        roles: roles
            .iter()
            .map(|role| AppRow {
                account: role.account.to_string(),
                role: role.role.to_string(),
            })
            .collect(),
    };
    let path = app_path(dirs, app);
    let bytes = serde_json::to_vec(&file)
        .map_err(|error| Error::io("write", &path)(io::Error::other(error)))?;
    private_file::write(&dirs.owners(), &path, &bytes)
}

/// Forgets the roles of an app.
///
/// # Errors
/// Those of the operating system; nothing known is none.
pub(crate) fn forget_app(dirs: &Dirs, app: &str) -> Result<(), Error> {
    remove(&app_path(dirs, app))
}

fn app_directory(dirs: &Dirs) -> PathBuf {
    dirs.cache.join("apps")
}

fn app_path(dirs: &Dirs, app: &str) -> PathBuf {
    app_directory(dirs).join(format!("{}.json", hex(&Sha1::digest(app))))
}

/// Saves what is known of one portal.
///
/// # Errors
/// Those of the operating system.
pub fn save(dirs: &Dirs, portal: &str, part: &PortalPart) -> Result<(), Error> {
    let mut roles: Vec<Arc<str>> = Vec::new();
    let mut places: HashMap<Arc<str>, u32> = HashMap::new();
    let mut place = |role: &Arc<str>| {
        *places.entry(Arc::clone(role)).or_insert_with(|| {
            roles.push(Arc::clone(role));
            // Nobody has four thousand million roles.
            u32::try_from(roles.len() - 1).unwrap_or(u32::MAX)
        })
    };
    let rows = part.accounts.values().map(|part| {
        Row(
            Cow::Owned(part.account.id.to_string()),
            Cow::Borrowed(&part.account.name),
            Cow::Borrowed(&part.account.email),
            part.roles
                .as_ref()
                .map(|roles| roles.iter().map(&mut place).collect()),
        )
    });
    let accounts = rows.collect();
    let file = File {
        version: VERSION,
        portal: Cow::Borrowed(portal),
        fetched_at: part.fetched_at,
        roles,
        accounts,
    };
    let path = path(dirs, portal);
    let bytes = serde_json::to_vec(&file)
        .map_err(|error| Error::io("write", &path)(io::Error::other(error)))?;
    private_file::write(&dirs.owners(), &path, &bytes)
}

/// Forgets what is known of one portal.
///
/// # Errors
/// Those of the operating system; nothing known is none.
pub(crate) fn forget(dirs: &Dirs, portal: &str) -> Result<(), Error> {
    remove(&path(dirs, portal))
}

fn directory(dirs: &Dirs) -> PathBuf {
    dirs.cache.join("catalog")
}

fn path(dirs: &Dirs, portal: &str) -> PathBuf {
    directory(dirs).join(format!("{}.json", hex(&Sha1::digest(portal))))
}

fn part(file: File<'_>) -> PortalPart {
    let role = |place: &u32| file.roles.get(*place as usize).cloned();
    let accounts = file
        .accounts
        .into_iter()
        .filter_map(|Row(id, name, email, roles)| {
            let account = Account {
                id: id.parse().ok()?,
                name: name.into(),
                email: email.into(),
            };
            let known = AccountPart {
                roles: roles.map(|roles| roles.iter().filter_map(role).collect()),
                account,
                problem: None,
            };
            Some((known.account.id, known))
        });
    let mut part = PortalPart::default();
    part.accounts = accounts.collect();
    part.fetched_at = file.fetched_at;
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
        let role = AppRole {
            account: id,
            role: "Ops".into(),
        };
        save_app(
            &dirs,
            "x/../y",
            std::slice::from_ref(&role),
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
        catalog.apply(CatalogEvent::App {
            app: "x/../y".into(),
            roles: vec![role],
            at: Timestamp::UNIX_EPOCH,
        });
        save(&dirs, &portal, &catalog.portals[&portal]).unwrap();
        assert_eq!(load(&dirs).unwrap(), catalog);
        forget_app(&dirs, "x/../y").unwrap();
        for text in ["", "{\"version\":0}", "[]"] {
            private_file::write(&dirs.owners(), &path(&dirs, &portal), text.as_bytes()).unwrap();
            assert_eq!(load(&dirs).unwrap(), Catalog::default());
        }
        forget(&dirs, &portal).unwrap();
    }
}
