//! Names for many profiles at once: independent of the order, distinct, and never the name of a profile
//! that is not ours (docs/requirements.md#profile-names).
//!
//! Some file systems and tools ignore case, so names are compared without regard to case.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::entry::Entry;
use super::id::EntryId;
use super::ordered;
use super::profile::{default_name, is_valid_name, made_name, qualified_name};
use super::template::{Fields, Template};

/// The source of a profile's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// It has this profile already, and keeps it.
    Has(String),
    /// It gets this name.
    Gets(String),
    /// It would get this name, but a profile of that name is not ours.
    Foreign(String),
}

/// Entries that would have been called the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    /// The name that they share.
    pub name: String,
    /// The entries, and the name that each gets instead.
    pub entries: Vec<(EntryId, String)>,
}

/// The name of one entry, as the template has it; `ROLE-ACCOUNTID` without one, and where what it
/// makes can be no name.
#[must_use]
pub(crate) fn name_of(template: Option<&Template>, entry: &Entry, portal: &str) -> String {
    let id = &entry.id;
    let account_id = id.account.to_string();
    let made = template.map(|template| {
        let external = id.kind == super::id::Kind::External;
        made_name(
            id,
            &template.render(&Fields {
                account_name: &entry.account_name,
                account_id: &account_id,
                email: &entry.email,
                role: &id.role,
                portal,
                app: if external { &id.source } else { "" },
                kind: id.kind.name(),
            }),
        )
    });
    made.filter(|name| is_valid_name(name))
        .unwrap_or_else(|| default_name(id))
}

/// Names for all entries at once. `wanted` has each entry's own wish; `ours` the managed profiles that
/// there are, by entry; `foreign` the names of the others. Which entries are written in the end does
/// not matter here, so that a part gets the names that the whole would.
#[must_use]
pub(crate) fn assign(
    wanted: &[(EntryId, String)],
    ours: &BTreeMap<EntryId, Vec<String>>,
    foreign: &[String],
) -> (BTreeMap<EntryId, Naming>, Vec<Collision>) {
    let fold = |name: &str| name.to_ascii_lowercase();
    let foreign: HashSet<String> = foreign.iter().map(|name| fold(name)).collect();
    let mut taken: HashSet<String> = ours.values().flatten().map(|name| fold(name)).collect();
    // Also the wishes of those that have a name: what the others are called must not depend on who came
    // first.
    let mut wishes: HashMap<String, usize> = HashMap::new();
    for (_, name) in wanted {
        *wishes.entry(fold(name)).or_default() += 1;
    }
    let mut namings = BTreeMap::new();
    let mut open: BTreeMap<&EntryId, Wish<'_>> = BTreeMap::new();
    for (id, name) in wanted {
        match ours.get(id).and_then(|names| names.first()) {
            Some(has) => {
                namings.insert(id.clone(), Naming::Has(has.clone()));
            }
            None => {
                let contested = wishes.get(&fold(name)).is_some_and(|count| *count > 1);
                let step = usize::from(contested);
                open.insert(id, Wish { name, step });
            }
        }
    }
    let names = settle(&mut open, &taken, &fold);
    for (id, name) in &names {
        taken.insert(fold(name));
        let naming = if foreign.contains(&fold(name)) {
            Naming::Foreign(name.clone())
        } else {
            Naming::Gets(name.clone())
        };
        namings.insert((*id).clone(), naming);
    }
    let mut collisions: BTreeMap<String, Collision> = BTreeMap::new();
    for (id, wish) in open.iter().filter(|(_, wish)| wish.step > 0) {
        let collision = collisions
            .entry(fold(wish.name))
            .or_insert_with(|| Collision {
                name: wish.name.to_owned(),
                entries: Vec::new(),
            });
        let name = names.get(id).cloned().unwrap_or_default();
        collision.entries.push(((*id).clone(), name));
    }
    (namings, collisions.into_values().collect())
}

/// The preferred name of an entry, and the number of times that it had to be extended.
struct Wish<'a> {
    name: &'a str,
    step: usize,
}

/// Ways to make a name clearer: none, by the source, by all that an entry is, by its fingerprint.
const STEPS: usize = 4;

/// Extends names until no two are the same. In a collision, every name is extended: otherwise the
/// order would decide.
fn settle<'a>(
    open: &mut BTreeMap<&'a EntryId, Wish<'_>>,
    taken: &HashSet<String>,
    fold: &impl Fn(&str) -> String,
) -> BTreeMap<&'a EntryId, String> {
    loop {
        let names = ordered::map(open.iter().map(|(id, wish)| (*id, clearer(id, wish))));
        let mut counts: HashMap<String, usize> = HashMap::new();
        for name in names.values() {
            *counts.entry(fold(name)).or_default() += 1;
        }
        let mut moved = false;
        for (id, wish) in open.iter_mut() {
            let name = names.get(id).map(|name| fold(name)).unwrap_or_default();
            let shared = taken.contains(&name) || counts.get(&name).is_some_and(|n| *n > 1);
            if shared && wish.step + 1 < STEPS {
                wish.step += 1;
                moved = true;
            }
        }
        if !moved {
            return names;
        }
    }
}

fn clearer(id: &EntryId, wish: &Wish<'_>) -> String {
    let name = wish.name;
    match wish.step {
        0 => name.to_owned(),
        1 => qualified_name(id, name),
        2 => made_name(id, &format!("{}-{}", default_name(id), id.source)),
        _ => {
            let kept: String = name.chars().take(100).collect();
            made_name(id, &format!("{kept}-{:016x}", fingerprint(&id.to_string())))
        }
    }
}

/// FNV-1a: the same on every machine and in every version, which the standard hasher is not.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::entry::Mark;

    fn id(text: &str) -> EntryId {
        text.parse().unwrap()
    }

    fn wanted(pairs: &[(&str, &str)]) -> Vec<(EntryId, String)> {
        pairs
            .iter()
            .map(|(entry, name)| (id(entry), (*name).to_owned()))
            .collect()
    }

    const A: &str = "org:one/111111111111/R";
    const B: &str = "org:two/111111111111/R";
    const C: &str = "org:two/222222222222/R";

    #[test]
    fn a_template_or_the_documented_default() {
        let entry = Entry {
            id: id("org:acme/123456789012/Admin"),
            account_name: "Acme Prod".into(),
            email: "".into(),
            mark: Mark::Known,
            label: None,
            own: None,
        };
        let template = |text: &str| Some(text.parse::<Template>().unwrap());
        let name = |template: Option<Template>| name_of(template.as_ref(), &entry, "acme");
        assert_eq!(name(None), "Admin-123456789012");
        assert_eq!(
            name(template("{account_name}.{role|lower}")),
            "Acme-Prod.admin"
        );
        assert_eq!(name(template("{app}")), "Admin-123456789012", "empty");
        assert_eq!(name(template("default{app}")), "Admin-123456789012");
    }

    #[test]
    fn who_collides_is_told_apart_by_the_source() {
        let (names, collisions) =
            assign(&wanted(&[(A, "prod"), (B, "Prod")]), &BTreeMap::new(), &[]);
        assert_eq!(names[&id(A)], Naming::Gets("prod-one".to_owned()));
        assert_eq!(names[&id(B)], Naming::Gets("Prod-two".to_owned()));
        assert_eq!(collisions.len(), 1);
        assert_eq!(collisions[0].entries.len(), 2);
        let (names, _) = assign(&wanted(&[(B, "prod"), (C, "prod")]), &BTreeMap::new(), &[]);
        assert_eq!(names[&id(B)], Naming::Gets("R-111111111111-two".to_owned()));
        assert_eq!(names[&id(C)], Naming::Gets("R-222222222222-two".to_owned()));
    }

    #[test]
    fn what_is_there_stays() {
        let ours = BTreeMap::from([(id(A), vec!["prod".to_owned()])]);
        let (names, collisions) = assign(
            &wanted(&[(A, "new"), (B, "PROD"), (C, "theirs")]),
            &ours,
            &["Theirs".to_owned()],
        );
        assert_eq!(names[&id(A)], Naming::Has("prod".to_owned()));
        assert_eq!(names[&id(B)], Naming::Gets("PROD-two".to_owned()));
        assert_eq!(names[&id(C)], Naming::Foreign("theirs".to_owned()));
        assert_eq!(collisions[0].entries, [(id(B), "PROD-two".to_owned())]);
    }

    proptest! {
        #[test]
        fn no_two_are_the_same_and_the_order_does_not_matter(
            rows in proptest::collection::vec((0_u8..3, 0_u8..3, 0_u8..3, "[aAb]|a-p[01]"), 1..24),
            turn in 0_usize..24,
            keep in 0_usize..6,
        ) {
            let mut wishes: Vec<(EntryId, String)> = rows
                .iter()
                .map(|(portal, account, role, name)| {
                    let entry = format!("org:p{portal}/{:012}/R{role}", u64::from(*account));
                    (id(&entry), name.clone())
                })
                .collect();
            wishes.sort();
            wishes.dedup_by(|a, b| a.0 == b.0);
            // Some have been written before.
            let (before, _) = assign(&wishes[..keep.min(wishes.len())], &BTreeMap::new(), &[]);
            let ours: BTreeMap<EntryId, Vec<String>> = before
                .into_iter()
                .map(|(id, naming)| match naming {
                    Naming::Gets(name) | Naming::Has(name) | Naming::Foreign(name) => (id, vec![name]),
                })
                .collect();
            let (names, _) = assign(&wishes, &ours, &[]);
            let mut turned = wishes.clone();
            turned.rotate_left(turn % wishes.len());
            turned.reverse();
            prop_assert_eq!(&assign(&turned, &ours, &[]).0, &names);
            let mut all: Vec<String> = names
                .values()
                .map(|naming| match naming {
                    Naming::Has(name) | Naming::Gets(name) | Naming::Foreign(name) => name.to_ascii_lowercase(),
                })
                .collect();
            all.sort();
            let many = all.len();
            all.dedup();
            prop_assert_eq!(all.len(), many);
            // Once written, they stay.
            let written: BTreeMap<EntryId, Vec<String>> = names
                .iter()
                .map(|(id, naming)| match naming {
                    Naming::Has(name) | Naming::Gets(name) | Naming::Foreign(name) => (id.clone(), vec![name.clone()]),
                })
                .collect();
            for (id, naming) in assign(&wishes, &written, &[]).0 {
                prop_assert_eq!(naming, Naming::Has(written[&id][0].clone()));
            }
        }
    }
}
