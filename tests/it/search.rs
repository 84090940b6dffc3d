//! Queries find what fzf finds, operator by operator; the real fzf is the peer.

use std::io::Write;
use std::process::{Command, Stdio};

use roledex::internals::domain::search::{Index, Query, all};
use roledex::internals::domain::{Catalog, Entry, EntryId, Item, Mark};

use crate::support::{Home, fzf};

const NAMES: [&str; 26] = [
    "Payments Prod",
    "payments prod",
    "PAYMENTS PROD",
    "Payments Production",
    "Payments-Prod-EU",
    "Payments Dev",
    "Data Lake Prod",
    "data/lake/prod",
    "Prod",
    "prod",
    "preprod",
    "PreProd",
    "Analytics 2",
    "Analytics 10",
    "10-prod",
    "2-Prod-12AB",
    "AdministratorAccess",
    "ReadOnlyAccess",
    "a|b",
    "a b",
    "$dollar",
    "!bang",
    "'quote'",
    "Café",
    "cafe",
    "ÉCOLE é",
];

/// Words, each with one operator or several.
const WORDS: [&str; 54] = [
    "prod",
    "Prod",
    "PROD",
    "pd",
    "PP",
    "payp",
    "'prod",
    "'Prod",
    "'rod",
    "'10-prod",
    "'12ab",
    "'12AB",
    "'-prod",
    "^prod",
    "^Prod",
    "^pay",
    "^Pay",
    "^PAY",
    "^10",
    "prod$",
    "Prod$",
    "12ab$",
    "B$",
    "^prod$",
    "^Prod$",
    "^PROD$",
    "!prod",
    "!Prod",
    "!^pay",
    "!^Pay",
    "!prod$",
    "!Prod$",
    "!^prod$",
    "!^Prod$",
    "!'pd",
    "!'PP",
    "'Prod$",
    "'^pay",
    "^'quote",
    "e",
    "é",
    "'é",
    "É",
    "^e",
    "cafe",
    "café$",
    "'cafe",
    "$",
    "!$",
    "!",
    "^$",
    "''",
    "Payments\\ Prod",
    "'a|b",
];

/// Whole words, of which older versions of fzf know nothing.
const QUOTED: [&str; 6] = ["'prod'", "'Prod'", "!'prod'", "'rod'", "'a'", "'lake'"];

fn fzf_finds(fzf: &str, query: &str) -> Vec<String> {
    let mut child = Command::new(fzf)
        .args(["--no-sort", "--filter", query])
        .env_remove("FZF_DEFAULT_OPTS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(NAMES.join("\n").as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let mut found: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    found.sort();
    found
}

/// The same query, for account names alone.
fn of_accounts(query: &str) -> String {
    let word = |word: &str| match (word, word.strip_prefix('!')) {
        ("|", _) => word.to_owned(),
        (_, Some(rest)) => format!("!account:{rest}"),
        (_, None) => format!("account:{word}"),
    };
    // An escaped blank is within a word.
    let words = query.replace("\\ ", "\0");
    let words: Vec<_> = words.split(' ').map(word).collect();
    words.join(" ").replace('\0', "\\ ")
}

fn index() -> Index {
    let items = NAMES.iter().map(|name| {
        Item::Entry(Entry {
            id: EntryId::org("acme", "111111111111".parse().unwrap(), "R"),
            account_name: (*name).into(),
            email: "".into(),
            mark: Mark::Known,
            label: None,
            own: None,
        })
    });
    Index::new(&items.collect(), &Catalog::default())
}

fn we_find(index: &Index, query: &str) -> Vec<String> {
    let hits = index.search(&Query::parse(&of_accounts(query)), &all(NAMES.len()));
    let mut found: Vec<String> = hits
        .iter()
        .map(|hit| NAMES[hit.row as usize].to_owned())
        .collect();
    found.sort();
    found
}

#[test]
fn every_operator_finds_what_fzf_finds() {
    let Some((fzf, knows_quotes)) = fzf() else {
        return;
    };
    let mut queries: Vec<String> = WORDS.iter().map(|word| (*word).to_owned()).collect();
    if knows_quotes {
        queries.extend(QUOTED.iter().map(|word| (*word).to_owned()));
    }
    // Every third word beside every fifth one, both ways.
    for first in WORDS.iter().step_by(3) {
        for second in WORDS.iter().skip(1).step_by(5) {
            queries.push(format!("{first} {second}"));
            queries.push(format!("{first} | {second}"));
            queries.push(format!("prod {first} | {second} !dev"));
        }
    }
    queries.extend(["|", "prod |", "| prod", "a | ! b", "prod | dev | lake"].map(str::to_owned));
    let index = index();
    let different: Vec<String> = queries
        .iter()
        .filter_map(|query| {
            let (theirs, ours) = (fzf_finds(&fzf, query), we_find(&index, query));
            (theirs != ours).then(|| format!("{query}\n  fzf:  {theirs:?}\n  ours: {ours:?}"))
        })
        .collect();
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn capital_letters_are_found_at_the_start_and_the_end_by_every_command() {
    let home = Home::new("startup");
    home.sign_in();
    let rows = |query: &str| home.ok(&["list", query]).lines().count() - 1;
    for (query, count) in [
        ("^Startup", 6),
        ("account:Production$", 2),
        ("role:^Admin", 3),
        ("!role:^Admin", 3),
        ("role:^ReadOnlyAccess$", 2),
        ("role:^admin | role:^Power", 4),
        ("^STARTUP", 0),
    ] {
        let shown = if count == 0 {
            home.run(&["list", query])
                .stdout
                .lines()
                .count()
                .saturating_sub(1)
        } else {
            rows(query)
        };
        assert_eq!(shown, count, "{query}");
    }
    assert_eq!(
        home.ok(&["use", "^Startup role:^Power"]),
        "PowerUserAccess-222222222222\n"
    );
}

#[test]
fn a_sync_without_admins_writes_none() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["sync", "!role:^Admin"]);
    let config = home.read(".aws/config");
    assert!(
        config.contains("sso_role_name = ReadOnlyAccess"),
        "{config}"
    );
    assert!(!config.contains("Administrator"), "{config}");
}

/// The selected row's name does not say why a number found it.
#[test]
fn a_number_is_shown_and_highlighted_where_it_is_what_matches() {
    use crate::support::terminal::Terminal;

    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list"]);
    let terminal = Terminal::roledex(&home, &["--query", "2222"], (60, 20));
    terminal.until("rows with their number", |screen| {
        screen.contains("Startup Staging  222222222222")
    });
    let styles = terminal.look(|screen| {
        let rows: Vec<String> = screen.rows(0, 60).collect();
        let row = rows
            .iter()
            .position(|row| row.contains("Startup Staging  222222222222"))
            .unwrap();
        let before = rows[row].split("2222").next().unwrap();
        let start = before.chars().count();
        let color = |at: usize| {
            let cell = screen.cell(u16::try_from(row).unwrap(), u16::try_from(at).unwrap());
            let cell = cell.unwrap();
            (cell.fgcolor(), cell.bold(), cell.underline())
        };
        (color(start), color(start + 4))
    });
    assert_ne!(styles.0, styles.1, "the four digits stand out");
}
