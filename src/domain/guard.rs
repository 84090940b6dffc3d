//! The guard: patterns in the settings that name entries which need a confirmation before their
//! credentials are handed out or written.

use std::borrow::Cow;

use super::catalog::Catalog;
use super::entry::Entry;
use super::id::{AccountId, EntryId, Kind};
use super::label::{Label, named};
use super::own::Own;
use super::text::clean;

/// True if a pattern matches the entry's id, account number or name, role, alias or a tag. Case does not matter, `*`
/// stands for any text, and a pattern without `*` matches anywhere in a text.
///
/// The catalog may know the same account under another name, for example as an account of the
/// organization and as an external one: every name counts.
#[must_use]
pub(crate) fn is_guarded(patterns: &[String], catalog: &Catalog, entry: &Entry) -> bool {
    if patterns.is_empty() {
        return false;
    }
    let names = |id| catalog.instances.ids(id).map(|id| id.to_string());
    let own = entry.own.as_deref();
    let behind = own.and_then(Own::entry_behind);
    let number = match own {
        Some(own) => own.account.or_else(|| behind.map(|id| id.account)),
        None => Some(entry.id.account),
    };
    let accounts = catalog
        .portals
        .values()
        .filter_map(|part| part.accounts.get(&number?));
    let label = entry
        .label
        .as_deref()
        .or_else(|| Some(&**catalog.labels.get(&number?)?));
    let ids: Vec<String> = names(&entry.id)
        .chain(behind.into_iter().flat_map(names))
        .collect();
    let role = own.and_then(|own| own.role.as_deref());
    let role = role.or_else(|| behind.map(|id| &*id.role));
    // The ids of other entries have it.
    let digits = own.and(number).map(|number| number.to_string());
    let mut texts = [&*entry.account_name, &*entry.id.role]
        .into_iter()
        .chain(ids.iter().map(String::as_str))
        .chain(role)
        .chain(digits.as_deref())
        .chain(accounts.map(|part| &*part.account.name))
        .chain(label.into_iter().flat_map(words));
    let patterns: Vec<Cow<'_, str>> = patterns.iter().map(|it| lowercase(it)).collect();
    let is_named = |text: &str| {
        let text = lowercase(text);
        patterns.iter().any(|pattern| matches(pattern, &text))
    };
    // The text as it is, and as it is shown: invisible characters in a name do not hide it.
    texts.any(|text| {
        let shown = clean(text);
        is_named(text) || (*shown != *text && is_named(&shown))
    })
}

/// True if the entry has to be confirmed: a pattern matches it, or there are patterns and the name of its
/// account is not known, so that no pattern can be ruled out.
#[must_use]
pub(crate) fn needs_confirmation(patterns: &[String], catalog: &Catalog, id: &EntryId) -> bool {
    !patterns.is_empty()
        && (!is_name_known(catalog, id) || is_guarded(patterns, catalog, &catalog.entry(id)))
}

/// False for an account of the organization that the catalog does not have, for an own profile that leads
/// to one, and for one that asks roledex for another own profile.
#[must_use]
pub(crate) fn is_name_known(catalog: &Catalog, id: &EntryId) -> bool {
    match id.kind {
        Kind::Org => catalog.account(id).is_some(),
        Kind::External | Kind::Chain => true,
        Kind::Profile => {
            let own = catalog.own.get(&id.source);
            let behind = own.and_then(|own| own.entry_behind());
            behind
                .is_none_or(|behind| behind.kind != Kind::Profile && is_name_known(catalog, behind))
        }
    }
}

/// An entry as the user knows it: its role, and its account by name and number.
#[must_use]
pub(crate) fn describe(catalog: &Catalog, id: &EntryId) -> String {
    let entry = catalog.entry(id);
    if id.kind == Kind::Profile {
        let number = entry.own.and_then(|own| own.account);
        let number = number.map_or_else(String::new, |number| format!(" ({number})"));
        return format!("{}{number}", clean(&id.words()));
    }
    let label = entry.label.as_deref();
    format!(
        "{} in {}",
        clean(&id.role),
        numbered(label, &entry.account_name, id.account)
    )
}

/// The account of an entry by name and number; nothing for an own profile.
#[must_use]
pub(crate) fn describe_account(catalog: &Catalog, id: &EntryId) -> Option<String> {
    let entry = catalog.entry(id);
    let label = entry.label.as_deref();
    (id.kind != Kind::Profile).then(|| numbered(label, &entry.account_name, id.account))
}

/// An account by name and number, after the user's own name for it.
#[must_use]
pub(crate) fn numbered(label: Option<&Label>, name: &str, account: AccountId) -> String {
    match named(label, name) {
        name if name.is_empty() => account.to_string(),
        name => format!("{name} ({account})"),
    }
}

fn words(label: &Label) -> impl Iterator<Item = &str> {
    label.alias.iter().chain(&label.tags).map(|word| &**word)
}

/// The text in lower case. This runs for each row that is drawn: most texts are ASCII.
fn lowercase(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        text.to_lowercase().into()
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        text.to_ascii_lowercase().into()
    } else {
        text.into()
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    if pattern.is_empty() {
        return false;
    }
    let Some((first, rest)) = pattern.split_once('*') else {
        return text.contains(pattern);
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        match text.find(part).and_then(|at| text.get(at + part.len()..)) {
            Some(rest) => text = rest,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::{Account, CatalogEvent};

    fn catalog(name: &str) -> Catalog {
        let mut catalog = Catalog::default();
        catalog.apply(CatalogEvent::Accounts {
            portal: "acme".into(),
            accounts: vec![Account {
                id: "111111111111".parse().unwrap(),
                name: name.into(),
                email: "".into(),
            }],
        });
        catalog
    }

    fn asks(pattern: &str, catalog: &Catalog, id: &str) -> bool {
        needs_confirmation(&[pattern.to_owned()], catalog, &id.parse().unwrap())
    }

    #[test]
    fn ids_names_aliases_tags_and_roles() {
        let mut catalog = catalog("Payments Prod");
        let label = Label {
            alias: Some("pay".into()),
            tags: vec!["pci".into()],
        };
        let id = "org:acme/111111111111/Admin";
        for pattern in [
            "*prod",
            "PAYMENTS",
            "1111",
            "org:acme/*",
            "*/admin",
            "Admin",
        ] {
            assert!(asks(pattern, &catalog, id), "{pattern}");
        }
        assert!(!asks("pci", &catalog, id));
        let account = "111111111111".parse().unwrap();
        catalog.labels.insert(account, std::sync::Arc::new(label));
        for pattern in ["pci", "pay"] {
            assert!(asks(pattern, &catalog, id), "{pattern}");
        }
        assert!(!needs_confirmation(&[], &catalog, &id.parse().unwrap()));
        assert!(!asks("dev", &catalog, id));
    }

    #[test]
    fn an_account_is_guarded_by_every_name_that_it_has() {
        let catalog = catalog("Payments Prod");
        for id in [
            "ext:partner/111111111111/Admin",
            "chain:deploy/111111111111/Deploy",
        ] {
            assert!(asks("*prod", &catalog, id), "{id}");
        }
        assert!(!asks("*prod", &catalog, "ext:partner/222222222222/Admin"));
    }

    #[test]
    fn an_account_without_a_known_name_is_asked_about() {
        let catalog = catalog("Payments Prod");
        assert!(asks("*prod", &catalog, "org:acme/999999999999/Admin"));
        assert!(asks(
            "*prod",
            &Catalog::default(),
            "org:acme/111111111111/Admin"
        ));
    }

    #[test]
    fn an_own_profile_is_guarded_by_what_it_leads_to() {
        let mut catalog = catalog("Payments Prod");
        let own = |account: &str, leads_to: Option<&str>| crate::domain::own::Own {
            name: "mine".into(),
            via: crate::domain::own::Via::Keys,
            account: Some(account.parse().unwrap()),
            role: Some("Admin".into()),
            leads_to: leads_to.map(|id| id.parse().unwrap()),
            asks_for: None,
            trouble: None,
        };
        catalog.set_own(vec![own("111111111111", None)]);
        for pattern in ["*prod", "profile:mine", "admin", "111111111111"] {
            assert!(asks(pattern, &catalog, "profile:mine"), "{pattern}");
        }
        assert!(!asks("dev", &catalog, "profile:mine"));
        let id = "profile:mine".parse().unwrap();
        assert_eq!(describe(&catalog, &id), "the profile mine (111111111111)");
        catalog.set_own(vec![own(
            "222222222222",
            Some("org:acme/222222222222/Admin"),
        )]);
        assert!(
            asks("*prod", &catalog, "profile:mine"),
            "its name is not known"
        );
    }

    #[test]
    fn invisible_characters_hide_no_name() {
        let catalog = catalog("Pro\u{202e}d");
        assert!(asks("prod", &catalog, "org:acme/111111111111/Admin"));
    }

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("prod", "payments production", true),
            ("prod*", "payments prod", false),
            ("*prod", "payments prod", true),
            ("pay*prod", "payments prod", true),
            ("pay*x*prod", "payments prod", false),
            ("*", "anything", true),
            ("", "anything", false),
            ("a*b*c", "a1b2c", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
