//! The last known catalog: one file a portal and one an app, without secrets. It is a cache: a file that cannot be
//! understood is as good as none.
//!
//! A portal may have very many accounts, and they are on screen before anything else is. Its file is a line of JSON
//! and a line for each account, which takes a fraction of the time to read:
//!
//! ```text
//! {"version":5,"of":"…","portal":"acme","fetched_at":"…","roles":["Admin","View"],"role_lists":[[0,1],[1]],"accounts":2}
//! 111111111111 0 1 Payments Prod<TAB>payments@example.com
//! 222222222222 - 0 Payments Dev<TAB>
//! ```
//!
//! The file begins with what tells whether it is the portal's as the AWS config has it: a user may give the name to
//! another portal. Then nothing is known of it. The numbers after the account's are its list of roles and its place in the list of accounts. The lines are in the
//! order of the accounts' numbers; `first` in the first line has the places (bytes) of those that come first in the list.
//! `changed`, if it is there, has the accounts whose roles changed.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::credential_store::fingerprint;
use super::json::sha1;
use super::token_cache::remove;
use super::{Error, private_file};
use crate::config::{Dirs, file};
use crate::domain::catalog::{Account, AccountPart, AppPart, PortalPart};
use crate::domain::items::count;
use crate::domain::shared_text::SharedText;
use crate::domain::{AccountId, AppRole, Catalog, Portal};

/// Raised when the format of a portal's file changes; files of another version are ignored.
const VERSION: u32 = 5;
/// The same for the file of an app.
const APP_VERSION: u32 = 3;

/// Shorter files (bytes), of some thousand accounts, are read without a delay that a user could see.
const LONG: usize = 256 * 1_024;
/// The accounts that come first: more than a screen has rows, and than the columns of the list are measured of.
const FIRST: usize = 512;

/// The roles of an account that were never listed.
const UNLISTED: &str = "-";

/// The first line of a portal's file.
#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    /// The portal's fingerprint.
    of: String,
    portal: Arc<str>,
    fetched_at: Option<Timestamp>,
    /// Thousands of accounts share a few role names, and a few lists of them: each is here once.
    roles: Vec<Arc<str>>,
    role_lists: Vec<Vec<usize>>,
    /// Accounts whose roles have changed, the latest change first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changed: Vec<String>,
    /// The places (bytes) of the lines of [`FIRST`] accounts that come first in the list, in its order.
    #[serde(default)]
    first: Vec<usize>,
    /// The number of lines that follow.
    accounts: usize,
}

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

/// The files of the cache as they were read: to make a catalog of them takes longer.
pub(crate) struct CatalogFiles {
    portals: Vec<(PathBuf, Vec<u8>)>,
    apps: Catalog,
    /// The failure to read one of them: it counts as none.
    pub(crate) unreadable: Option<Error>,
}

impl CatalogFiles {
    /// Reads the files of these portals, and of all apps.
    ///
    /// # Errors
    /// A directory or file of another user, whose accounts and roles are not to be trusted.
    pub(crate) fn read(dirs: &Dirs, of: &[Portal]) -> Result<Self, Error> {
        let mut unreadable = None;
        let mut portals = files(dirs, &directory(dirs), "txt", &mut unreadable)?;
        let beginnings: Vec<_> = of.iter().map(beginning).collect();
        portals.retain(|(path, bytes)| {
            let is_wanted = beginnings.iter().any(|it| bytes.starts_with(it.as_bytes()));
            if !is_wanted {
                passed_over(path);
            }
            is_wanted
        });
        Ok(Self {
            portals,
            apps: load_apps(dirs, &mut unreadable)?,
            unreadable,
        })
    }

    /// The catalog of the portals and apps.
    #[must_use]
    pub(crate) fn catalog(self) -> Catalog {
        let mut catalog = self.apps;
        for (path, bytes) in self.portals {
            match part_of(&bytes) {
                Some((portal, part)) => {
                    catalog.portals.insert(portal, part);
                }
                None => passed_over(&path),
            }
        }
        catalog
    }

    /// `true` if the catalog is so long that a user could see how it is read.
    #[must_use]
    pub(crate) fn are_long(&self) -> bool {
        let bytes = self.portals.iter().map(|(_, bytes)| bytes.len());
        bytes.sum::<usize>() >= LONG
    }

    /// The catalog with those accounts of each portal alone that come first in the list, and some more: as much as the
    /// first frame shows. `None` if a file is damaged.
    #[must_use]
    pub(crate) fn first(&self, more: &BTreeSet<AccountId>) -> Option<Catalog> {
        let mut catalog = self.apps.clone();
        for (_, bytes) in &self.portals {
            let (portal, part) = first_of(bytes, more)?;
            catalog.portals.insert(portal, part);
        }
        Some(catalog)
    }
}

/// The catalog of the apps alone.
fn load_apps(dirs: &Dirs, unreadable: &mut Option<Error>) -> Result<Catalog, Error> {
    let mut catalog = Catalog::default();
    for (path, bytes) in files(dirs, &app_directory(dirs), "json", unreadable)? {
        match serde_json::from_slice::<AppFile>(&bytes) {
            Ok(file) if file.version == APP_VERSION => {
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

/// The files of a directory with an extension; a directory that is not there has none. What cannot be read is passed over.
fn files(
    dirs: &Dirs,
    directory: &Path,
    wanted: &str,
    unreadable: &mut Option<Error>,
) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
    let mut pass_over = |path: &Path, error| match Error::io("read", path)(error) {
        error @ Error::Foreign(_) => Err(error),
        error => {
            *unreadable = Some(error);
            Ok(())
        }
    };
    let mut found = Vec::new();
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return pass_over(directory, error).map(|()| found),
    };
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => return pass_over(directory, error).map(|()| found),
        };
        if path.extension().is_some_and(|found| found == wanted) {
            match file::read_trusted(&path, dirs.owners()) {
                Ok(bytes) => found.push((path, bytes)),
                Err(error) => pass_over(&path, error)?,
            }
        }
    }
    Ok(found)
}

fn passed_over(path: &Path) {
    tracing::warn!(path = %path.display(), "skipped a catalog that is damaged, or of another version or portal");
}

/// Saves the roles that an app gave.
///
/// # Errors
/// Errors of the operating system.
pub fn save_app(
    dirs: &Dirs,
    app: &str,
    roles: &[AppRole],
    captured_at: Timestamp,
) -> Result<(), Error> {
    let file = AppFile {
        version: APP_VERSION,
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
    private_file::write(dirs.owners(), &path, &bytes)
}

/// Forgets the roles of an app.
///
/// # Errors
/// Errors of the operating system; nothing known is none.
pub(crate) fn forget_app(dirs: &Dirs, app: &str) -> Result<(), Error> {
    remove(dirs.owners(), &app_path(dirs, app))
}

fn app_directory(dirs: &Dirs) -> PathBuf {
    dirs.cache.join("apps")
}

fn app_path(dirs: &Dirs, app: &str) -> PathBuf {
    app_directory(dirs).join(format!("{}.json", sha1(app)))
}

/// Saves what is known of one portal.
///
/// # Errors
/// Errors of the operating system.
pub fn save(dirs: &Dirs, portal: &Portal, part: &PortalPart) -> Result<(), Error> {
    let (mut roles, mut role_lists) = (Places::default(), Places::default());
    let mut lines = String::new();
    let ranks = part.ranks();
    let mut first = vec![0; part.accounts.len().min(FIRST)];
    for (account, rank) in part.accounts.values().zip(&*ranks) {
        let AccountPart {
            account,
            roles: listed,
            ..
        } = account;
        let listed = listed.as_ref().map(|listed| {
            let list: Vec<usize> = listed.iter().map(|role| roles.index_of(role)).collect();
            role_lists.index_of(&list).to_string()
        });
        let listed = listed.as_deref().unwrap_or(UNLISTED);
        let (name, email) = (escaped(&account.name), escaped(&account.email));
        if let Some(place) = first.get_mut(*rank as usize) {
            *place = lines.len();
        }
        lines += &format!("{} {listed} {rank} {name}\t{email}\n", account.id);
    }
    let header = Header {
        version: VERSION,
        of: fingerprint(portal),
        portal: Arc::clone(&portal.name),
        fetched_at: part.fetched_at,
        roles: roles.values,
        role_lists: role_lists.values,
        changed: part.changed().iter().map(AccountId::to_string).collect(),
        first,
        accounts: part.accounts.len(),
    };
    let path = path(dirs, &portal.name);
    let header = serde_json::to_string(&header)
        .map_err(|error| Error::io("write", &path)(io::Error::other(error)))?;
    private_file::write(
        dirs.owners(),
        &path,
        format!("{header}\n{lines}").as_bytes(),
    )
}

/// Values that are kept once, by their places.
struct Places<T> {
    values: Vec<T>,
    places: HashMap<T, usize>,
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Places<T> {
    fn index_of(&mut self, value: &T) -> usize {
        if let Some(place) = self.places.get(value) {
            return *place;
        }
        self.values.push(value.clone());
        self.places.insert(value.clone(), self.values.len() - 1);
        self.values.len() - 1
    }
}

/// Forgets what is known of one portal.
///
/// # Errors
/// Errors of the operating system; nothing known is none.
pub(crate) fn forget(dirs: &Dirs, portal: &str) -> Result<(), Error> {
    remove(dirs.owners(), &path(dirs, portal))
}

fn directory(dirs: &Dirs) -> PathBuf {
    dirs.cache.join("catalog")
}

fn path(dirs: &Dirs, portal: &str) -> PathBuf {
    directory(dirs).join(format!("{}.txt", sha1(portal)))
}

/// The beginning of a portal's file, as the first line is written.
fn beginning(portal: &Portal) -> String {
    let (of, name) = (fingerprint(portal), serde_json::Value::from(&*portal.name));
    format!(r#"{{"version":{VERSION},"of":"{of}","portal":{name},"#)
}

/// The first line of a portal's file, with its lists of roles, and what follows.
struct Head<'a> {
    header: Header,
    role_lists: Vec<Arc<[Arc<str>]>>,
    lines: &'a [u8],
}

impl<'a> Head<'a> {
    fn of(file: &'a [u8]) -> Option<Self> {
        let end = file.iter().position(|byte| *byte == b'\n')?;
        let (header, lines) = file.split_at(end + 1);
        let header: Header = serde_json::from_slice(header).ok()?;
        if header.version != VERSION {
            return None;
        }
        let role = |place: &usize| header.roles.get(*place).cloned();
        let role_list = |list: &Vec<usize>| list.iter().map(role).collect();
        let role_lists = header.role_lists.iter().map(role_list);
        Some(Self {
            role_lists: role_lists.collect::<Option<_>>()?,
            header,
            lines,
        })
    }

    /// The account of a line, and its place in the list.
    fn account(
        &self,
        line: &str,
        text: impl Fn(&str) -> Option<SharedText>,
    ) -> Option<(AccountPart, u32)> {
        let (id, line) = line.split_once(' ')?;
        let (roles, line) = line.split_once(' ')?;
        let (rank, line) = line.split_once(' ')?;
        let (name, email) = line.split_once('\t')?;
        let account = Account {
            id: id.parse().ok()?,
            name: text(name)?,
            email: text(email)?,
        };
        let roles = match roles {
            UNLISTED => None,
            place => Some(Arc::clone(
                self.role_lists.get(place.parse::<usize>().ok()?)?,
            )),
        };
        let part = AccountPart {
            account,
            roles,
            problem: None,
        };
        Some((part, rank.parse().ok()?))
    }

    /// The portal with these accounts.
    fn part(
        self,
        accounts: BTreeMap<AccountId, AccountPart>,
        ranks: Vec<u32>,
    ) -> Option<(Arc<str>, PortalPart)> {
        let mut part = PortalPart::default();
        part.fetched_at = self.header.fetched_at;
        part.accounts = accounts;
        part.add_changed(self.header.changed.iter().filter_map(|id| id.parse().ok()));
        part.set_ranks(ranks).then_some((self.header.portal, part))
    }
}

/// The portal of a file; `None` if the file is damaged or of another version. The texts of its accounts are parts of
/// the file, which is kept with them: to copy each of them takes as long as the rest.
fn part_of(bytes: &[u8]) -> Option<(Arc<str>, PortalPart)> {
    let head = Head::of(bytes)?;
    let file: Arc<str> = std::str::from_utf8(head.lines).ok()?.into();
    let text = |part: &str| {
        // Nearly none has an escape.
        if part.contains('\\') {
            return Some(unescaped(part).into());
        }
        // It is a part of the file.
        let start = part.as_ptr().addr() - file.as_ptr().addr();
        SharedText::part(&file, start..start + part.len())
    };
    // A line has more bytes than that.
    let most = head.header.accounts.min(file.len() / 16);
    let (mut accounts, mut ranks) = (Vec::with_capacity(most), Vec::with_capacity(most));
    let mut lines = &*file;
    while !lines.is_empty() {
        let (line, rest) = lines.split_once('\n')?;
        lines = rest;
        let (part, rank) = head.account(line, text)?;
        accounts.push((part.account.id, part));
        ranks.push(rank);
    }
    let is_whole = accounts.len() == head.header.accounts;
    let accounts = accounts.into_iter().collect();
    is_whole.then(|| head.part(accounts, ranks))?
}

/// The portal of a file with those accounts alone that come first in the list, and some more; `None` if the file is
/// damaged. It looks at no other lines.
fn first_of(bytes: &[u8], more: &BTreeSet<AccountId>) -> Option<(Arc<str>, PortalPart)> {
    let head = Head::of(bytes)?;
    if head.header.first.len() != head.header.accounts.min(FIRST) {
        return None;
    }
    let more = more.iter().filter_map(|id| place_of(head.lines, *id));
    let mut accounts = BTreeMap::new();
    for place in head.header.first.iter().copied().chain(more) {
        let line = head.lines.get(place..)?.split(|byte| *byte == b'\n').next();
        let line = std::str::from_utf8(line?).ok()?;
        let text = |part: &str| Some(unescaped(part).into());
        let (part, rank) = head.account(line, text)?;
        accounts.insert(part.account.id, (part, rank));
    }
    let ranks = accounts.values().map(|(_, rank)| *rank).collect();
    let accounts = accounts.into_iter().map(|(id, (part, _))| (id, part));
    let accounts = accounts.collect();
    head.part(accounts, closed_up(ranks))
}

/// The place (bytes) of an account's line among lines that are in the order of the accounts.
fn place_of(lines: &[u8], wanted: AccountId) -> Option<usize> {
    let line_at = |at: usize| {
        let before = lines.get(..at)?.iter().rposition(|byte| *byte == b'\n');
        let start = before.map_or(0, |end| end + 1);
        let id = lines.get(start..)?.split(|byte| *byte == b' ').next()?;
        let id: AccountId = std::str::from_utf8(id).ok()?.parse().ok()?;
        Some((start, id))
    };
    let (mut low, mut high) = (0, lines.len());
    while low < high {
        let (start, id) = line_at(low.midpoint(high))?;
        match id.cmp(&wanted) {
            Ordering::Equal => return Some(start),
            Ordering::Greater => high = start,
            Ordering::Less => {
                let line = lines.get(start..)?.iter();
                low = start + line.take_while(|byte| **byte != b'\n').count() + 1;
            }
        }
    }
    None
}

/// The places in a list of some accounts, made of those in the list of all.
fn closed_up(ranks: Vec<u32>) -> Vec<u32> {
    let mut sorted = ranks.clone();
    sorted.sort_unstable();
    let place = |rank| count(sorted.partition_point(|other| *other < rank));
    ranks.into_iter().map(place).collect()
}

/// A text on a line of its own, without tabs.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['\\', '\t', '\n']) {
        return text.into();
    }
    let text = text.replace('\\', "\\\\");
    text.replace('\t', "\\t").replace('\n', "\\n").into()
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut chars = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                other => other.unwrap_or('\\'),
            },
            c => c,
        });
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CatalogEvent, Items};

    fn portal(name: &str) -> Portal {
        Portal {
            name: name.into(),
            start_url: "https://d-1.awsapps.com/start".to_owned(),
            region: "eu-west-1".to_owned(),
            scopes: Vec::new(),
        }
    }

    /// What is known of the portals of the tests.
    fn read(dirs: &Dirs) -> CatalogFiles {
        CatalogFiles::read(dirs, &["acme", "a/../\"b"].map(portal)).unwrap()
    }

    fn load(dirs: &Dirs) -> Catalog {
        read(dirs).catalog()
    }

    #[test]
    fn nothing_is_known_of_a_portal_that_got_the_name_of_another() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        save(&dirs, &portal("acme"), &PortalPart::default()).unwrap();
        let known = |portal: Portal| {
            let catalog = CatalogFiles::read(&dirs, &[portal]).unwrap().catalog();
            catalog.portals.len()
        };
        assert_eq!(known(portal("acme")), 1);
        let spelled = Portal {
            start_url: "https://d-1.awsapps.com/start/#/".to_owned(),
            ..portal("acme")
        };
        assert_eq!(known(spelled), 1);
        let elsewhere = Portal {
            start_url: "https://d-2.awsapps.com/start".to_owned(),
            ..portal("acme")
        };
        assert_eq!(known(elsewhere), 0);
        let region = Portal {
            region: "us-east-1".to_owned(),
            ..portal("acme")
        };
        assert_eq!(known(region), 0);
        assert_eq!(known(portal("other")), 0);
    }

    #[test]
    fn a_catalog_survives_and_a_broken_one_is_absent() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        assert_eq!(load(&dirs), Catalog::default());
        let mut catalog = Catalog::default();
        let of = portal("a/../\"b");
        let portal = Arc::clone(&of.name);
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
                        name: "x\u{1b}\t\\n\n\\".into(),
                        email: "a\tb".into(),
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
        save(&dirs, &of, &catalog.portals[&portal]).unwrap();
        assert_eq!(load(&dirs), catalog);
        forget_app(&dirs, "x/../y").unwrap();
        for text in ["", "{\"version\":0}", "[]"] {
            private_file::write(dirs.owners(), &path(&dirs, &portal), text.as_bytes()).unwrap();
            assert_eq!(load(&dirs), Catalog::default());
        }
        forget(&dirs, &portal).unwrap();
    }

    /// A portal with some accounts, as its file.
    fn file() -> Vec<u8> {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        let mut part = PortalPart::default();
        let lists: [Option<Arc<[Arc<str>]>>; 3] = [
            Some(["Admin".into(), "View".into()].into()),
            None,
            Some(["View".into()].into()),
        ];
        for (at, roles) in lists.into_iter().enumerate() {
            let account = Account {
                id: format!("{:012}", at + 1).parse().unwrap(),
                name: format!("Account é {at}").into(),
                email: "a@example.com".into(),
            };
            let known = AccountPart {
                account,
                roles,
                problem: None,
            };
            part.accounts.insert(known.account.id, known);
        }
        let ranks = part.ranks().into_owned();
        assert!(part.set_ranks(ranks));
        part.add_changed([3, 1].map(|n| format!("{n:012}").parse().unwrap()));
        save(&dirs, &portal("acme"), &part).unwrap();
        let bytes = fs::read(path(&dirs, "acme")).unwrap();
        assert_eq!(part_of(&bytes), Some(("acme".into(), part)));
        bytes
    }

    #[test]
    fn a_file_that_was_cut_is_absent() {
        let bytes = file();
        for end in 0..bytes.len() {
            assert_eq!(part_of(&bytes[..end]), None, "{end}");
        }
    }

    #[test]
    fn a_damaged_file_does_no_harm() {
        let bytes = file();
        let more = [2, 9].map(|n| format!("{n:012}").parse().unwrap()).into();
        let damages: [fn(u8) -> u8; 5] = [|_| 0, |_| b'\n', |_| b' ', |b| b ^ 1, |b| b ^ 0x80];
        for at in 0..bytes.len() {
            for damage in damages {
                let mut bytes = bytes.clone();
                bytes[at] = damage(bytes[at]);
                // A name may be another one; roles are of those that the file has.
                let parts = [part_of(&bytes), first_of(&bytes, &more)];
                let parts = parts.into_iter().flatten();
                let roles = parts.flat_map(|(_, part)| part.accounts);
                assert!(
                    roles
                        .filter_map(|(_, part)| part.roles)
                        .all(|roles| roles.len() <= 2)
                );
            }
            let mut without = bytes.clone();
            without.remove(at);
            let mut twice = bytes.clone();
            twice.extend_from_slice(&bytes[at..]);
            for bytes in [without, twice] {
                let _ = part_of(&bytes);
                let _ = first_of(&bytes, &more);
            }
        }
    }

    #[test]
    fn the_first_part_of_a_long_catalog_begins_as_all_of_it() {
        const LAST: u32 = 9_000;
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        let account = |number: u32| -> AccountId { format!("{number:012}").parse().unwrap() };
        let mut part = PortalPart::default();
        for number in 0..=LAST {
            // The order of the names is not that of the numbers.
            let name = format!("Account {}", u64::from(number) * 7_919 % 10_007);
            let known = Account {
                id: account(number),
                name: name.into(),
                email: "a@example.com".into(),
            };
            let known = AccountPart {
                account: known,
                roles: Some(["Admin".into()].into()),
                problem: None,
            };
            part.accounts.insert(account(number), known);
        }
        save(&dirs, &portal("acme"), &part).unwrap();
        let all = load(&dirs).items();
        let read = || read(&dirs);
        // Some that are not among the first, and one that is not there at all.
        let more = [0, LAST / 2, LAST, LAST + 1].map(account);
        assert!(read().are_long());
        let first = read().first(&more.into()).unwrap().items();
        let rows = count(FIRST);
        for row in 0..rows {
            assert_eq!(first.get(row), all.get(row));
        }
        let numbers = |items: &Items| -> Vec<AccountId> {
            items.iter().filter_map(|item| item.account()).collect()
        };
        let expected = numbers(&all).into_iter().enumerate();
        let expected = expected.filter(|(row, id)| *row < FIRST || more.contains(id));
        let expected: Vec<AccountId> = expected.map(|(_, id)| id).collect();
        assert_eq!(numbers(&first), expected);
        assert!((FIRST + 1..=FIRST + 3).contains(&expected.len()));

        // Of a short one all is there as soon.
        part.accounts.retain(|id, _| *id < account(99));
        save(&dirs, &portal("acme"), &part).unwrap();
        assert!(!read().are_long());
        assert_eq!(read().catalog().items().len(), 99);
    }
}
