//! The search, by cases and compared with the plainest way to do it.

use proptest::prelude::*;

use super::*;
use crate::domain::entry::{Entry, Mark};
use crate::domain::id::EntryId;

const ACCOUNT: &[Field] = &[Field::Account];

fn item(name: &str, account: &str, role: &str, email: &str) -> Item {
    Item::Entry(Entry {
        id: EntryId::org("acme", account.parse().unwrap(), role),
        account_name: name.into(),
        email: email.into(),
        mark: Mark::Known,
        label: None,
        own: None,
    })
}

fn found(items: &[Item], query: &str) -> Vec<u32> {
    let items: Items = items.iter().cloned().collect();
    Index::new(&items, &Catalog::default())
        .search(&Query::parse(query), &all(items.len()))
        .iter()
        .map(|hit| hit.row)
        .collect()
}

fn sample() -> Vec<Item> {
    vec![
        item(
            "Payments Prod",
            "111111111111",
            "AdministratorAccess",
            "pay@example.com",
        ),
        item(
            "Payments Dev",
            "222222222222",
            "ReadOnly",
            "pay+dev@example.com",
        ),
        item(
            "Data Lake Prod",
            "133333333333",
            "ReadOnly",
            "xpxrxoxd@example.com",
        ),
    ]
}

#[test]
fn operators() {
    let items = sample();
    assert_eq!(found(&items, ""), [0, 1, 2]);
    assert_eq!(found(&items, "pay read"), [1]);
    assert_eq!(found(&items, "'prod !lake"), [0]);
    assert_eq!(found(&items, "^data"), [2]);
    assert_eq!(found(&items, "prod$ ^payments"), [0]);
    assert_eq!(found(&items, "^readonly$ dev"), [1]);
    assert_eq!(found(&items, "!readonly"), [0]);
}

#[test]
fn a_word_can_be_tied_to_a_field() {
    let items = sample();
    assert_eq!(found(&items, "role:read"), [1, 2]);
    assert_eq!(found(&items, "account:'prod !role:^admin"), [2]);
    assert_eq!(found(&items, "portal:acme id:3333"), [2]);
    assert_eq!(found(&items, "portal:pay"), [0_u32; 0]);
    assert_eq!(found(&items, "mail:+dev"), [1]);
    // Nothing is looked for yet.
    assert_eq!(found(&items, "role:"), [0, 1, 2]);
}

#[test]
fn digits_are_a_substring() {
    assert_eq!(found(&sample(), "3333"), [2]);
    assert_eq!(found(&sample(), "1212"), [0_u32; 0]);
}

#[test]
fn a_number_in_a_name_comes_before_one_in_an_id() {
    let items = [
        item("Website 7 Dev", "411112222333", "R", "e"),
        item("Website 41 Dev", "999988887777", "R", "e"),
    ];
    assert_eq!(found(&items, "website 41"), [1, 0]);
}

#[test]
fn smart_case() {
    assert_eq!(found(&sample(), "LAKE"), [0_u32; 0]);
    assert_eq!(found(&sample(), "lake"), [2]);
    for (query, rows) in [
        ("^Pay", &[0, 1][..]),
        ("Prod$", &[0, 2]),
        ("^payments", &[0, 1]),
        ("^PAY", &[]),
        ("!^Pay", &[2]),
        ("role:^Admin", &[0]),
        ("!role:^Admin", &[1, 2]),
        ("!role:^admin", &[1, 2]),
        ("'Prod", &[0, 2]),
        ("^ReadOnly$", &[1, 2]),
    ] {
        let mut hits = found(&sample(), query);
        hits.sort_unstable();
        assert_eq!(hits, rows, "{query}");
    }
}

#[test]
fn alternatives() {
    assert_eq!(found(&sample(), "dev | lake").len(), 2);
    assert_eq!(found(&sample(), "readonly dev$ | lake").len(), 2);
    assert_eq!(found(&sample(), "role:admin | role:^Read !lake").len(), 2);
    assert_eq!(found(&sample(), "dev |").len(), 1);
}

#[test]
fn words_that_begin_with_digits_or_end_a_field() {
    let items = [item("10-Prod-12AB", "111111111111", "R", "café é")];
    for query in [
        "'10-prod",
        "'12ab",
        "!'x",
        "'é",
        "mail:'é",
        "prod\\-12 | 'prod-12",
    ] {
        assert_eq!(found(&items, query), [0], "{query}");
    }
}

#[test]
fn a_portal_includes_its_external_accounts() {
    let mut catalog = Catalog::default();
    catalog.set_apps(&[crate::domain::App {
        name: "Partner".into(),
        url: String::new(),
        portal: Some("acme".into()),
        method: crate::domain::Method::Auto,
        duration_seconds: None,
        port: None,
    }]);
    let items = [
        item("Payments", "111111111111", "R", "e"),
        Item::Entry(Entry {
            id: "ext:Partner/222222222222/Operator".parse().unwrap(),
            account_name: "Partner".into(),
            email: "".into(),
            mark: Mark::Known,
            label: None,
            own: None,
        }),
    ];
    let index = Index::new(&items.into_iter().collect(), &catalog);
    let found = |query: &str| index.search(&Query::parse(query), &all(2)).len();
    assert_eq!(found("portal:acme"), 2);
    assert_eq!(found("portal:partner"), 0);
    assert_eq!(found("app:partner"), 1);
    assert_eq!(found("acme"), 1);
}

#[test]
fn words_of_the_name_beat_scattered_letters() {
    assert_eq!(found(&sample(), "pprod")[0], 0);
}

#[test]
fn highlighted_characters() {
    assert_eq!(
        highlights(&Query::parse("pd"), ACCOUNT, "Payments Dev"),
        [0, 9]
    );
    assert_eq!(highlights(&Query::parse("'東"), ACCOUNT, "é東京"), [1]);
    assert_eq!(
        highlights(&Query::parse("!x"), ACCOUNT, "xyz"),
        [0_usize; 0]
    );
    assert_eq!(
        highlights(&Query::parse("role:x"), ACCOUNT, "xyz"),
        [0_usize; 0]
    );
    assert_eq!(
        highlights(&Query::parse("role:x"), &[Field::Role], "xyz"),
        [0]
    );
}

#[test]
fn what_narrows() {
    for (before, after, expected) in [
        ("a |", "a | b", false),
        ("a | b", "a | b c", true),
        ("a | b", "a | bc", false),
        ("^A", "^Ab", true),
        ("'a", "'a'", false),
        ("", "a", true),
        ("a", "ab", true),
        ("a", "a b", true),
        ("a", "A", false),
        ("a", "aB", true),
        ("ab", "a", false),
        ("12", "123", true),
        ("12", "12a", false),
        ("!a", "!ab", false),
        ("!a", "!a b", true),
        ("a$", "ba$", false),
        ("'a", "'ab", true),
        ("e", "e\u{301}", false),
    ] {
        let (before, after) = (Query::parse(before), Query::parse(after));
        assert_eq!(after.narrows(&before), expected, "{before:?} {after:?}");
    }
}

#[test]
fn a_long_list_is_searched_as_its_rows_are() {
    let names = [
        "Payments Prod",
        "prod",
        "Lake",
        "Réprod",
        "p-r-o-d",
        "Data Prod",
        "pr",
    ];
    // Of the items of one name, as many in a row as an account has roles.
    let name = |at: usize| names[at / 3 % names.len()];
    let items: Items = (0..3 * PART)
        .map(|at| item(name(at), "111111111111", ["Admin", "ReadOnly"][at % 2], "e"))
        .collect();
    let index = Index::new(&items, &Catalog::default());
    let list: Vec<u32> = all(items.len()).into_iter().rev().collect();
    for word in [
        "prod",
        "'prod",
        "r",
        "pr ad",
        "!lake",
        "prod | lake",
        "none",
    ] {
        let query = Query::parse(word);
        let alone = |row: &u32| index.search(&query, &[*row]).first().map(|hit| hit.score);
        // All rows with one name and role are alike.
        let alike: Vec<_> = (0..6 * u32::try_from(names.len()).unwrap()).collect();
        let scores: Vec<_> = alike.iter().map(alone).collect();
        let mut expected: Vec<Hit> = (0..)
            .zip(&list)
            .filter_map(|(place, row)| {
                let score = scores[*row as usize % alike.len()]?;
                Some(Hit { row: place, score })
            })
            .collect();
        expected.sort_by_key(|hit| std::cmp::Reverse(hit.score));
        let hits = index.search(&query, &list);
        assert!(hits == expected, "{word}");
        let more = Query::parse(&format!("{word} p"));
        let narrowed = index.narrow(&more, &list, &hits);
        assert!(narrowed == index.search(&more, &list), "{word}");
    }
}

#[test]
fn hits_are_sorted_whatever_their_scores() {
    for highest in [3, MAX_COUNTED, MAX_COUNTED + 1] {
        let part = |rows: std::ops::Range<u32>| {
            let mut found = Found::default();
            for row in rows {
                let score = [0, 2, highest, 1][row as usize % 4];
                found.push(Hit { row, score });
            }
            found
        };
        let rows = 2 * count(FEW);
        let hits = sorted(vec![part(0..10), part(10..rows - 5), part(rows - 5..rows)]);
        let mut expected = hits.clone();
        expected.sort_by_key(|hit| (std::cmp::Reverse(hit.score), hit.row));
        assert!(hits == expected, "{highest}");
        assert_eq!(hits.len(), rows as usize);
    }
}

proptest! {
    #[test]
    fn to_narrow_is_to_search(
        names in proptest::collection::vec("[a-cA-C1é ]{0,8}", 1..8),
        before in "[a-cA-C1é!'^$| ]{0,4}",
        more in "[a-cA-C1é!'^$| ]{0,3}",
    ) {
        let items: Items = names.iter().map(|name| item(name, "111111111111", "R", "e")).collect();
        let list: Vec<u32> = all(items.len()).into_iter().rev().collect();
        let (index, after) = (Index::new(&items, &Catalog::default()), format!("{before}{more}"));
        let (before, after) = (Query::parse(&before), Query::parse(&after));
        if after.narrows(&before) {
            let hits = index.search(&before, &list);
            prop_assert_eq!(index.narrow(&after, &list, &hits), index.search(&after, &list));
        }
    }

    #[test]
    fn never_panics_and_negation_is_the_complement(
        names in proptest::collection::vec("\\PC{0,20}", 1..8),
        query in "\\PC{0,20}",
        word in "[a-z0-9]{1,4}",
    ) {
        let items: Vec<Item> = names.iter().map(|name| item(name, "111111111111", "R", "e")).collect();
        let _ = found(&items, &query);
        for name in &names {
            let length = name.chars().count();
            prop_assert!(highlights(&Query::parse(&query), ACCOUNT, name).iter().all(|at| *at < length));
        }
        let mut both = found(&items, &format!("'{word}"));
        both.extend(found(&items, &format!("!{word}")));
        both.sort_unstable();
        prop_assert_eq!(both, (0..u32::try_from(items.len()).unwrap()).collect::<Vec<_>>());
    }
}

#[test]
fn letters_that_are_scattered_over_an_address_are_no_match_for_a_command() {
    let items = [
        item(
            "Sandbox",
            "111111111111",
            "Admin",
            "aws+sandbox@startup.example",
        ),
        item(
            "Payments",
            "222222222222",
            "Admin",
            "ops+payroll@startup.example",
        ),
    ];
    let entries: Vec<Entry> = items
        .into_iter()
        .filter_map(|item| match item {
            Item::Entry(entry) => Some(entry),
            Item::Gap(_) => None,
        })
        .collect();
    let catalog = Catalog::default();
    let names = |found: Vec<&Entry>| -> Vec<String> {
        found
            .iter()
            .map(|entry| entry.account_name.to_string())
            .collect()
    };
    for (query, all, strictly) in [
        ("nope", vec!["Sandbox"], vec![]),
        ("payroll", vec!["Payments"], vec!["Payments"]),
        ("Payroll", vec![], vec![]),
        ("sbx adm", vec!["Sandbox"], vec!["Sandbox"]),
        (
            "nope | pymts",
            vec!["Payments", "Sandbox"],
            vec!["Payments"],
        ),
        ("mail:nope", vec!["Sandbox"], vec!["Sandbox"]),
        (
            "!nope adm",
            vec!["Sandbox", "Payments"],
            vec!["Sandbox", "Payments"],
        ),
    ] {
        assert_eq!(names(find(&catalog, &entries, query)), all, "{query}");
        assert_eq!(
            names(find_strictly(&catalog, &entries, query)),
            strictly,
            "{query}"
        );
    }
}
