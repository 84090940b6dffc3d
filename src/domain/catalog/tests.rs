//! Refreshes of the catalog, and its rows.

use super::*;
use crate::domain::problem::ProblemKind;

fn portal() -> Arc<str> {
    "acme".into()
}

fn account(id: &str, name: &str) -> Account {
    Account {
        id: id.parse().unwrap(),
        name: name.into(),
        email: "".into(),
    }
}

fn roles(id: &str, roles: &[&str]) -> CatalogEvent {
    CatalogEvent::Roles {
        portal: portal(),
        account: id.parse().unwrap(),
        roles: Ok(roles.iter().map(|role| Arc::from(*role)).collect()),
    }
}

fn refresh(catalog: &mut Catalog, listing: &[(&str, &str, &[&str])]) -> Difference {
    catalog.apply(CatalogEvent::Started { portal: portal() });
    for (id, name, names) in listing {
        catalog.apply(CatalogEvent::Accounts {
            portal: portal(),
            accounts: vec![account(id, name)],
        });
        catalog.apply(roles(id, names));
    }
    catalog.apply(CatalogEvent::Finished {
        portal: portal(),
        at: Timestamp::UNIX_EPOCH,
    })
}

fn shown(catalog: &Catalog) -> Vec<String> {
    catalog
        .items()
        .iter()
        .map(|item| match item {
            Item::Entry(entry) => format!("{} {:?}", entry.id, entry.mark),
            Item::Gap(gap) => format!("{} {:?}", gap.name, gap.reason),
        })
        .collect()
}

#[test]
fn the_first_refresh_marks_nothing_the_second_marks_the_difference() {
    let mut catalog = Catalog::default();
    let first: &[(&str, &str, &[&str])] = &[
        ("000000000001", "b", &["Admin", "View"]),
        ("000000000002", "A", &["View"]),
    ];
    assert!(refresh(&mut catalog, first).is_empty());
    assert_eq!(
        shown(&catalog),
        [
            "org:acme/000000000002/View Known",
            "org:acme/000000000001/Admin Known",
            "org:acme/000000000001/View Known",
        ]
    );
    let difference = refresh(&mut catalog, &[("000000000001", "b", &["View", "Audit"])]);
    assert_eq!(difference.gained.len(), 1);
    assert_eq!(difference.lost.len(), 2);
    assert_eq!(
        shown(&catalog),
        [
            "org:acme/000000000001/Audit New",
            "org:acme/000000000001/View Known",
            "org:acme/000000000001/Admin Lost",
            "org:acme/000000000002/View Lost",
        ]
    );
}

#[test]
fn while_a_refresh_runs_the_old_roles_stay() {
    let mut catalog = Catalog::default();
    refresh(&mut catalog, &[("000000000001", "a", &["Admin"])]);
    catalog.apply(CatalogEvent::Started { portal: portal() });
    catalog.apply(CatalogEvent::Accounts {
        portal: portal(),
        accounts: vec![account("000000000001", "a"), account("000000000009", "z")],
    });
    assert_eq!(
        shown(&catalog),
        ["org:acme/000000000001/Admin Known", "z Loading"]
    );
    assert_eq!(catalog.portals[&portal()].progress(), Some((0, 2)));
}

#[test]
fn an_accounts_failure_stays_its_own_and_loses_nothing() {
    let mut catalog = Catalog::default();
    refresh(
        &mut catalog,
        &[
            ("000000000001", "a", &["Admin"]),
            ("000000000002", "b", &["View"]),
        ],
    );
    catalog.apply(CatalogEvent::Started { portal: portal() });
    catalog.apply(CatalogEvent::Accounts {
        portal: portal(),
        accounts: vec![account("000000000001", "a"), account("000000000002", "b")],
    });
    catalog.apply(CatalogEvent::Roles {
        portal: portal(),
        account: "000000000001".parse().unwrap(),
        roles: Err(Problem::new(ProblemKind::Service, "boom")),
    });
    catalog.apply(roles("000000000002", &["View"]));
    let difference = catalog.apply(CatalogEvent::Finished {
        portal: portal(),
        at: Timestamp::UNIX_EPOCH,
    });
    assert!(difference.is_empty());
    let shown = shown(&catalog);
    assert_eq!(shown[0], "org:acme/000000000001/Admin Known");
    assert!(shown[1].starts_with("a Failed"), "{shown:?}");
    assert_eq!(shown[2], "org:acme/000000000002/View Known");
    assert_eq!(catalog.portals[&portal()].failed(), 1);
    catalog.apply(roles("000000000001", &["Admin"]));
    assert_eq!(catalog.portals[&portal()].failed(), 0);
}

#[test]
fn apps_are_one_row_until_a_response_names_their_roles() {
    let mut catalog = Catalog::default();
    let app = App {
        name: "Partner".into(),
        url: "https://x.y/".to_owned(),
        portal: Some(portal()),
        method: crate::domain::app::Method::Auto,
        duration_seconds: None,
        port: None,
    };
    catalog.set_apps(std::slice::from_ref(&app));
    assert_eq!(shown(&catalog), ["Partner Unknown"]);
    let role = AppRole {
        account: "000000000009".parse().unwrap(),
        role: "Ops".into(),
    };
    catalog.apply(CatalogEvent::App {
        app: "Partner".into(),
        roles: vec![role],
        at: Timestamp::UNIX_EPOCH,
    });
    catalog.set_apps(&[app]);
    assert_eq!(shown(&catalog), ["ext:Partner/000000000009/Ops Known"]);
    let id: EntryId = "ext:Partner/000000000009/Ops".parse().unwrap();
    assert_eq!(catalog.portal_of(id.kind, &id.source), Some(&portal()));
    catalog.set_apps(&[]);
    assert!(catalog.items().is_empty());
}

#[test]
fn a_failed_refresh_keeps_everything() {
    let mut catalog = Catalog::default();
    refresh(&mut catalog, &[("000000000001", "a", &["Admin"])]);
    let before = catalog.items();
    catalog.apply(CatalogEvent::Started { portal: portal() });
    catalog.apply(CatalogEvent::Failed {
        portal: portal(),
        problem: Problem::new(ProblemKind::Offline, "offline"),
    });
    assert_eq!(catalog.items(), before);
    assert!(catalog.portals[&portal()].problem.is_some());
}

#[test]
fn a_renamed_account_and_a_new_one_take_their_places() {
    let mut catalog = Catalog::default();
    let listing: &[(&str, &str, &[&str])] = &[
        ("000000000001", "team 10", &["View"]),
        ("000000000002", "Team 2", &["View"]),
    ];
    refresh(&mut catalog, listing);
    let names = |catalog: &Catalog| -> Vec<String> {
        let items = catalog.items();
        items.iter().map(|item| item.name().to_string()).collect()
    };
    assert_eq!(names(&catalog), ["Team 2", "team 10"]);
    let accounts = |accounts| CatalogEvent::Accounts {
        portal: portal(),
        accounts,
    };
    catalog.apply(accounts(vec![account("000000000001", "team 1")]));
    assert_eq!(names(&catalog), ["team 1", "Team 2"]);
    catalog.apply(accounts(vec![account("000000000003", "Alpha")]));
    assert_eq!(names(&catalog), ["Alpha", "team 1", "Team 2"]);
    let part = catalog.portals.get_mut(&portal()).unwrap();
    for wrong in [vec![], vec![0, 1], vec![0, 1, 1], vec![0, 1, 3]] {
        assert!(!part.set_ranks(wrong));
    }
    assert!(part.set_ranks(vec![2, 1, 0]));
    assert_eq!(names(&catalog), ["Alpha", "Team 2", "team 1"]);
}

#[test]
fn the_latest_change_comes_first() {
    let mut catalog = Catalog::default();
    let listing = |one: &'static [&'static str], two, three| {
        [
            ("000000000001", "a", one),
            ("000000000002", "b", two),
            ("000000000003", "c", three),
        ]
    };
    let changed = |catalog: &Catalog| -> Vec<String> {
        let changed = catalog.portals[&portal()].changed().iter();
        changed.map(ToString::to_string).collect()
    };
    refresh(&mut catalog, &listing(&["Admin"], &["Admin"], &["Admin"]));
    assert_eq!(changed(&catalog), [""; 0], "nothing was there before");
    refresh(
        &mut catalog,
        &listing(&["Admin"], &["Admin", "View"], &["Admin"]),
    );
    refresh(&mut catalog, &listing(&["Admin"], &["Admin", "View"], &[]));
    assert_eq!(changed(&catalog), ["000000000003", "000000000002"]);
    refresh(&mut catalog, &listing(&["Admin"], &["Admin"], &[]));
    assert_eq!(changed(&catalog), ["000000000002", "000000000003"]);
    refresh(&mut catalog, &listing(&["Admin"], &["Admin"], &[])[..2]);
    assert_eq!(changed(&catalog), ["000000000002"], "the third is gone");
}
