//! Edits `config.toml`; comments, order and everything else stay as they are (docs/requirements.md#every-other-byte).

use std::collections::BTreeMap;
use std::io;
use std::num::IntErrorKind;
use std::path::Path;
use std::time::Duration;

use toml_edit::{DocumentMut, Item, Table, TableLike, Value, value};

use super::atomic::{self, Permissions};
use super::disk::Machine;
use super::lock::{Lock, lock_file};
use super::{Error, private_file, read_if_there};
use crate::config::owners::AsOwner;
use crate::config::{Dirs, Settings};
use crate::domain::region::RegionScope;
use crate::domain::setting::{SETTINGS, Shape};
use crate::domain::{App, Method, Problem, ProblemKind};

/// The longest wait for another roledex that writes it.
const LOCK_WAIT: Duration = Duration::from_secs(5);

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The most attempts at a change that another program interrupts with a save.
const MAX_TRIES: usize = 5;

/// Saves an app as `[apps.NAME]`; one of that name is replaced.
///
/// # Errors
/// A file that is no TOML, and those of the operating system.
pub(crate) fn put_app(dirs: &Dirs, app: &App) -> Result<(), Error> {
    change(dirs, |document| {
        let apps = document.entry("apps").or_insert_with(implicit_table);
        let Some(apps) = apps.as_table_like_mut() else {
            return;
        };
        let table = apps
            .entry(&app.name)
            .or_insert_with(|| Item::Table(Table::new()));
        let Some(table) = table.as_table_like_mut() else {
            return;
        };
        let method = (app.method != Method::Auto).then(|| app.method.name());
        for (key, item) in [
            ("url", Some(value(&app.url))),
            ("portal", app.portal.as_deref().map(value)),
            ("method", method.map(value)),
            (
                "duration_seconds",
                app.duration_seconds.map(i64::from).map(value),
            ),
            ("port", app.port.map(i64::from).map(value)),
        ] {
            put(table, key, item);
        }
    })
}

/// Removes an app.
///
/// # Errors
/// As [`put_app`].
pub(crate) fn remove_app(dirs: &Dirs, name: &str) -> Result<(), Error> {
    change(dirs, |document| {
        let apps = document.get_mut("apps");
        if let Some(apps) = apps.and_then(Item::as_table_like_mut) {
            apps.remove(name);
        }
    })
}

/// Sets the region of a scope; `None` removes it.
///
/// # Errors
/// As [`put_app`].
pub(crate) fn set_region(
    dirs: &Dirs,
    scope: &RegionScope,
    region: Option<&str>,
) -> Result<(), Error> {
    let (group, key) = match scope {
        RegionScope::Entry(id) => ("entries", id.to_string()),
        RegionScope::Account(id) => ("accounts", id.to_string()),
        RegionScope::Portal(name) => ("portals", name.to_string()),
    };
    change(dirs, |document| match region {
        Some(region) => put_region(document, group, &key, region),
        None => remove_region(document, group, &key),
    })
}

fn put_region(document: &mut DocumentMut, group: &str, key: &str, region: &str) {
    let tables = document.entry(group).or_insert_with(implicit_table);
    let Some(tables) = tables.as_table_like_mut() else {
        return;
    };
    let table = tables
        .entry(key)
        .or_insert_with(|| Item::Table(Table::new()));
    if let Some(table) = table.as_table_like_mut() {
        put(table, "region", Some(value(region)));
    }
}

/// Removes a region, and the tables that are empty without it.
fn remove_region(document: &mut DocumentMut, group: &str, key: &str) {
    let Some(tables) = document.get_mut(group).and_then(Item::as_table_like_mut) else {
        return;
    };
    let Some(table) = tables.get_mut(key).and_then(Item::as_table_like_mut) else {
        return;
    };
    if table.remove("region").is_some() && table.is_empty() {
        tables.remove(key);
        if tables.is_empty() {
            document.remove(group);
        }
    }
}

/// A table without a line of its own: the tables in it name it.
fn implicit_table() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

/// The plain values at the top of the file, as text.
///
/// # Errors
/// As [`put_app`].
pub(crate) fn values(dirs: &Dirs) -> Result<BTreeMap<String, String>, Error> {
    let path = dirs.settings_file();
    let bytes = read_if_there(dirs.owners(), &path)?;
    let document = parse(&path, text(&path, bytes.as_deref())?)?;
    let plain = |(key, item): (&str, &Item)| {
        let value = match item.as_value()? {
            Value::String(text) => text.value().clone(),
            Value::Boolean(flag) => flag.value().to_string(),
            Value::Integer(number) => number.value().to_string(),
            _ => return None,
        };
        Some((key.to_owned(), value))
    };
    Ok(document.iter().filter_map(plain).collect())
}

/// Changes one plain value; `None` removes it. Nothing is written that could not be read again.
///
/// # Errors
/// A value that the setting cannot have; as [`put_app`].
pub(crate) fn set(dirs: &Dirs, key: &str, to: Option<&str>) -> Result<(), Problem> {
    let shape = SETTINGS.iter().find(|setting| setting.key == key);
    let item = match (to, shape.map(|setting| setting.shape)) {
        (None, _) => None,
        (Some(text), Some(Shape::Flag(_))) => Some(value(text == "true")),
        (Some(text), Some(Shape::Number(_))) => {
            let number = text
                .parse::<u32>()
                .map_err(|error| no_number(key, text, *error.kind()))?;
            Some(value(i64::from(number)))
        }
        (Some(text), _) => Some(value(text)),
    };
    let path = dirs.settings_file();
    let bytes = read_if_there(dirs.owners(), &path)?;
    let mut trial = parse(&path, text(&path, bytes.as_deref())?)?;
    put(trial.as_table_mut(), key, item.clone());
    Settings::parse(&trial.to_string()).map_err(|mistake| {
        Problem::new(ProblemKind::Usage, format!("{key}: {}", mistake.message))
    })?;
    Ok(change(dirs, |document| {
        put(document.as_table_mut(), key, item.clone());
    })?)
}

/// The refusal of a text that is no number of a setting.
fn no_number(key: &str, text: &str, error: IntErrorKind) -> Problem {
    let usage = |title| Problem::new(ProblemKind::Usage, title);
    if error == IntErrorKind::PosOverflow {
        let hint = format!("the largest number is {}", u32::MAX);
        return usage(format!("{text} is too large")).hint(hint);
    }
    let hint = if key.ends_with("_seconds") {
        "enter a number of seconds, such as 120"
    } else {
        "enter a number, such as 20"
    };
    usage(format!("{text:?} is not a whole number")).hint(hint)
}

/// Sets or removes a value. An existing one stays in its place, with the comments before and after it.
fn put(table: &mut dyn TableLike, key: &str, item: Option<Item>) {
    let Some(mut item) = item else {
        table.remove(key);
        return;
    };
    match table.get_mut(key) {
        Some(old) => {
            if let (Some(old), Some(new)) = (old.as_value(), item.as_value_mut()) {
                *new.decor_mut() = old.decor().clone();
            }
            *old = item;
        }
        None => {
            table.insert(key, item);
        }
    }
}

/// Text with the byte order mark and the line breaks of the text that it was made of, which `toml_edit` drops. Lines
/// that are the same at the beginning and at the end keep their own; new ones get that of most lines.
fn in_form_of(before: &str, after: &str) -> String {
    let (mark, before) = match before.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => (BYTE_ORDER_MARK, rest),
        None => ("", before),
    };
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let breaks = old.iter().filter(|line| line.ends_with('\n')).count();
    let crlfs = old.iter().filter(|line| line.ends_with("\r\n")).count();
    let usual = if crlfs * 2 > breaks { "\r\n" } else { "\n" };
    let text = |line: &str| line.trim_end_matches(['\r', '\n']).to_owned();
    let same = |(one, other): &(&&str, &&str)| text(one) == text(other);
    let head = old.iter().zip(&new).take_while(same).count();
    let rest = old.len().min(new.len()) - head;
    let tails = old.iter().rev().zip(new.iter().rev());
    let tail = tails.take(rest).take_while(same).count();
    let mut out = mark.to_owned();
    for (at, line) in new.iter().enumerate() {
        let twin = if at < head || old.len() == new.len() {
            old.get(at)
        } else if at + tail >= new.len() {
            old.get(at + old.len() - new.len())
        } else {
            None
        };
        out += &text(line);
        out += match twin {
            _ if !line.ends_with('\n') => "",
            Some(twin) if twin.ends_with("\r\n") => "\r\n",
            Some(twin) if twin.ends_with('\n') => "\n",
            _ => usual,
        };
    }
    out
}

fn parse(path: &Path, text: &str) -> Result<DocumentMut, Error> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        Error::io("change", path)(io::Error::new(
            io::ErrorKind::InvalidData,
            error.to_string(),
        ))
    })
}

fn change(dirs: &Dirs, edit: impl Fn(&mut DocumentMut)) -> Result<(), Error> {
    let path = dirs.settings_file();
    let owners = dirs.owners();
    owners.check(&path)?;
    let _as_owner = AsOwner::of(owners, &path);
    let _lock = Lock::acquire(owners, &lock_file(dirs, b"config.toml"), LOCK_WAIT)?;
    for _ in 0..MAX_TRIES {
        let before = read_if_there(owners, &path)?;
        let text = text(&path, before.as_deref())?;
        let mut document = parse(&path, text)?;
        edit(&mut document);
        let after = in_form_of(text, &document.to_string());
        if after == text {
            return Ok(());
        }
        let bytes = after.as_bytes();
        let keep = Permissions::Keep;
        let prepared = atomic::prepare(&Machine, owners, &path, bytes, keep, atomic::PREFIX)?;
        if read_if_there(owners, &path)? == before {
            prepared.commit()?;
            private_file::sweep(atomic::parent(&path));
            return Ok(());
        }
    }
    Err(Error::Racing { path })
}

fn text<'a>(path: &Path, bytes: Option<&'a [u8]>) -> Result<&'a str, Error> {
    std::str::from_utf8(bytes.unwrap_or_default()).map_err(|error| {
        Error::io("change", path)(io::Error::new(io::ErrorKind::InvalidData, error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(name: &str) -> App {
        App {
            name: name.into(),
            url: "https://x.y/#/a".to_owned(),
            portal: Some("acme".into()),
            method: Method::Browser,
            duration_seconds: Some(3_600),
            port: None,
        }
    }

    #[test]
    fn comments_stay_and_what_is_written_is_read() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        let path = dirs.settings_file();
        put_app(&dirs, &app("first")).unwrap();
        assert_eq!(Settings::load(&dirs).unwrap().apps(), [app("first")]);
        let mine = "# mine\nmouse = false # no\n\n[keys.picker]\n\"ctrl-g\" = \"back\"\n";
        private_file::write(dirs.owners(), &path, mine.as_bytes()).unwrap();
        for name in ["Partner (prod)", "a.b \"c\" \u{1f600}"] {
            put_app(&dirs, &app(name)).unwrap();
            put_app(&dirs, &app(name)).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(mine), "{text}");
        let names: Vec<_> = Settings::load(&dirs).unwrap().apps();
        assert_eq!(names, [app("Partner (prod)"), app("a.b \"c\" \u{1f600}")]);
        remove_app(&dirs, "Partner (prod)").unwrap();
        remove_app(&dirs, "a.b \"c\" \u{1f600}").unwrap();
        remove_app(&dirs, "never there").unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap().trim_end(),
            mine.trim_end()
        );
    }

    #[test]
    fn a_region_is_set_and_removed_beside_what_is_there() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        let path = dirs.settings_file();
        let mine = "# mine\n[accounts.\"111111111111\"] # why\nalias = \"x\"\n";
        private_file::write(dirs.owners(), &path, mine.as_bytes()).unwrap();
        let scopes = [
            RegionScope::Entry("org:a b/111111111111/Admin".parse().unwrap()),
            RegionScope::Account("111111111111".parse().unwrap()),
            RegionScope::Portal("a b".into()),
        ];
        for scope in &scopes {
            set_region(&dirs, scope, Some("eu-west-1")).unwrap();
            set_region(&dirs, scope, Some("eu-west-2")).unwrap();
        }
        let settings = Settings::load(&dirs).unwrap();
        let region = Some("eu-west-2".to_owned());
        assert_eq!(settings.entries.values().next().unwrap().region, region);
        let account = &settings.accounts[&"111111111111".parse().unwrap()];
        assert_eq!(account.region, region);
        assert_eq!(account.alias.as_ref().unwrap().get_ref(), "x");
        assert_eq!(settings.portals["a b"].region, region);
        for scope in &scopes {
            set_region(&dirs, scope, None).unwrap();
            set_region(&dirs, scope, None).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), mine);
    }

    #[test]
    fn what_is_beside_a_value_stays_byte_by_byte() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        let path = dirs.settings_file();
        let owners = dirs.owners();
        let region = RegionScope::Portal("acme".into());
        for (before, after) in [
            (
                "[portals.acme] # keep\n# mine\nregion = 'us-east-1' # why\n# end\n",
                "[portals.acme] # keep\n# mine\nregion = \"eu-west-1\" # why\n# end\n",
            ),
            (
                "\u{feff}# mine\r\n[portals.acme]\r\nregion = \"x\"\r\n",
                "\u{feff}# mine\r\n[portals.acme]\r\nregion = \"eu-west-1\"\r\n",
            ),
            (
                "\u{feff}mouse = true\r\n",
                "\u{feff}mouse = true\r\n\r\n[portals.acme]\r\nregion = \"eu-west-1\"\r\n",
            ),
            (
                "# a\r\n\nmouse = true\n[portals.acme]\nregion = 'x'\n# b\r\n# c",
                "# a\r\n\nmouse = true\n[portals.acme]\nregion = \"eu-west-1\"\n# b\r\n# c",
            ),
            (
                "# a\r\n\nmouse = true\n[portals.acme]\n# b\r\n# c\n",
                "# a\r\n\nmouse = true\n[portals.acme]\nregion = \"eu-west-1\"\n# b\r\n# c\n",
            ),
            (
                "portals.acme = { region = 'x' } # one line\n",
                "portals.acme = { region = \"eu-west-1\" } # one line\n",
            ),
        ] {
            private_file::write(owners, &path, before.as_bytes()).unwrap();
            set_region(&dirs, &region, Some("eu-west-1")).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        }
        let before = "[apps.first] # keep\n# mine\nurl = 'x' # why\nport = 1\n# end\n";
        private_file::write(owners, &path, before.as_bytes()).unwrap();
        put_app(&dirs, &app("first")).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let wanted = "[apps.first] # keep\n# mine\nurl = \"https://x.y/#/a\" # why\n";
        assert!(text.starts_with(wanted), "{text}");
        assert!(text.ends_with("# end\n"), "{text}");
        assert_eq!(Settings::load(&dirs).unwrap().apps(), [app("first")]);
    }

    #[test]
    fn plain_values_are_set_and_taken_back() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        let path = dirs.settings_file();
        let mine = "# mine\nmouse = true # why\n\n[keys.picker]\n\"ctrl-g\" = \"back\"\n";
        private_file::write(dirs.owners(), &path, mine.as_bytes()).unwrap();
        set(&dirs, "mouse", Some("false")).unwrap();
        set(&dirs, "theme", Some("light")).unwrap();
        set(&dirs, "capture_seconds", Some("60")).unwrap();
        let now = values(&dirs).unwrap();
        assert_eq!(
            (now["mouse"].as_str(), now["theme"].as_str()),
            ("false", "light")
        );
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# mine\nmouse = false # why\n"), "{text}");
        assert_eq!(
            Settings::load(&dirs).unwrap().keys[0].context,
            "picker",
            "{text}"
        );
        for (key, wrong) in [
            ("theme", "plaid"),
            ("capture_seconds", "many"),
            ("profile_name", "{nope}"),
            ("requests_per_second", "-1"),
            ("height", "tall"),
        ] {
            let problem = set(&dirs, key, Some(wrong)).unwrap_err();
            if key == "capture_seconds" {
                let hint = problem.hint.as_deref();
                assert_eq!(hint, Some("enter a number of seconds, such as 120"));
            }
        }
        let problem = set(&dirs, "requests_per_second", Some("99999999999999999999")).unwrap_err();
        assert_eq!(
            problem.title.to_string(),
            "99999999999999999999 is too large"
        );
        let hint = problem.hint.as_deref();
        assert_eq!(hint, Some("the largest number is 4294967295"));
        set(&dirs, "theme", None).unwrap();
        set(&dirs, "capture_seconds", None).unwrap();
        set(&dirs, "mouse", Some("true")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), mine);
        // Each can be what the screen offers.
        for setting in SETTINGS {
            let value = match setting.shape {
                Shape::Flag(_) => "true",
                Shape::Choice(choices) => choices[choices.len() - 1],
                Shape::Text(_) if setting.key == "profile_name" => "{role}",
                Shape::Text(_) if setting.key == "default_region" => "eu-west-1",
                Shape::Text(_) => "json",
                Shape::Number(_) => "7",
            };
            set(&dirs, setting.key, Some(value)).unwrap();
        }
    }

    #[test]
    fn a_broken_file_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", home.path())].into_iter().collect()).unwrap();
        let path = dirs.settings_file();
        for broken in [&b"mouse = "[..], b"\xff\xfe"] {
            private_file::write(dirs.owners(), &path, broken).unwrap();
            assert!(put_app(&dirs, &app("x")).is_err());
            assert_eq!(std::fs::read(&path).unwrap(), broken);
        }
    }
}
