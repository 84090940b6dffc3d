//! `roledex sync`, from outside: many profiles in one write, idempotent, never somebody else's.

use std::sync::Arc;

use crate::support::cache::{dirs, known, save};
use crate::support::terminal::{ENTER, ESC, Terminal, ctrl};
use crate::support::{Home, botocore};
use roledex::internals::domain::catalog::Account;
use roledex::internals::domain::{AppRole, Catalog, CatalogEvent};
use roledex::internals::store::catalog_cache;

fn accounts(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter()
        .map(|(id, name)| ((*id).to_owned(), (*name).to_owned()))
        .collect()
}

fn add_portal(home: &Home, name: &str) {
    home.ok(&[
        "portal",
        "add",
        name,
        "--start-url",
        &format!("https://{name}.awsapps.com/start"),
        "--region",
        "eu-west-1",
    ]);
}

/// A home with one portal whose list is known.
fn home() -> Home {
    let home = Home::new("startup");
    add_portal(&home, "acme");
    known(
        &home,
        "acme",
        &accounts(&[
            ("111111111111", "Acme Prod"),
            ("222222222222", "Acme Dev"),
            ("333333333333", "Data [x]\nLake"),
        ]),
        &["Admin", "ReadOnly"],
    );
    home
}

#[test]
fn all_of_the_list_in_one_write_and_nothing_the_second_time() {
    let home = home();
    let before = home.read(".aws/config");
    let dry = home.run(&["sync", "--dry-run"]);
    assert_eq!((dry.code, dry.stdout.as_str()), (0, ""), "{dry:?}");
    assert!(
        dry.stderr.contains(
            "+ Admin-111111111111     Acme Prod      111111111111  org:acme/111111111111/Admin\n"
        ),
        "{dry:?}"
    );
    // The columns are aligned, and a name of strangers is one line.
    let rows = dry.stderr.lines().filter(|line| line.starts_with("+ "));
    let starts: Vec<_> = rows.map(|row| row.find("org:acme").unwrap()).collect();
    assert_eq!(starts, [starts[0]; 6], "{dry:?}");
    assert!(
        dry.stderr.contains("  Data [x] Lake  333333333333  "),
        "{dry:?}"
    );
    assert!(dry.stderr.contains("6 new, 0 changed"), "{dry:?}");
    assert_eq!(home.read(".aws/config"), before);

    home.ok(&["sync"]);
    let config = home.read(".aws/config");
    assert!(config.starts_with(&before));
    assert!(config.contains(
        "[profile ReadOnly-333333333333]\nsso_session = acme\nsso_account_id = 333333333333\n\
         sso_role_name = ReadOnly\nregion = eu-west-1\noutput = json\n\
         roledex_entry = org:acme/333333333333/ReadOnly\n"
    ));
    assert_eq!(config.matches("roledex_entry").count(), 6);
    let again = home.run(&["sync"]);
    assert!(
        again.stderr.contains("0 new, 0 changed, 6 unchanged"),
        "{again:?}"
    );
    assert!(!again.stderr.contains("Admin-1"), "{again:?}");
    assert_eq!(home.read(".aws/config"), config);
    let backups = std::fs::read_dir(home.path(".local/state/roledex/backups"))
        .unwrap()
        .flatten()
        .flat_map(|directory| std::fs::read_dir(directory.path()).unwrap().flatten())
        .filter(|file| file.path().extension().is_some_and(|end| end == "json"))
        .count();
    assert_eq!(backups, 2, "one for the portal, one for all profiles");
    home.ok(&["undo"]);
    assert_eq!(home.read(".aws/config").trim_end(), before.trim_end());
}

#[test]
fn in_the_switcher_three_of_five_rows_are_written() {
    let home = home();
    known(
        &home,
        "acme",
        &accounts(&[
            ("111111111111", "Acme Prod"),
            ("222222222222", "Acme Dev"),
            ("333333333333", "Lab"),
            ("444444444444", "Shared"),
            ("555555555555", "Archive"),
        ]),
        &["Admin"],
    );
    let before = home.read(".aws/config");
    let settings = "store = \"file\"\nguard = [\"*prod\"]\n";
    home.write(".config/roledex/config.toml", settings);
    let mut terminal = Terminal::roledex(&home, &[], (100, 30));
    terminal.wait("5/5");
    terminal.press("\x1bs");
    let plan = [
        "5 ticked; 5 new",
        "[x] + Admin-111111111111 \u{25b2}",
        "Acme Prod",
        "555555555555",
    ];
    terminal.until("the plan", |screen| {
        plan.iter().all(|text| screen.contains(text))
    });
    // All but the second and the last one.
    terminal.press(&format!("{} ", ctrl('n')));
    terminal.wait("4 ticked");
    terminal.press("\x1b[F ");
    terminal.wait("3 ticked");
    terminal.press(ENTER);
    terminal.until("the question", |screen| {
        let names_it = screen.contains("Guarded: Admin in Acme Prod (111111111111)");
        names_it && screen.contains("Write 3 profiles?")
    });
    assert_eq!(home.read(".aws/config"), before);
    terminal.press("y");
    terminal.wait("3 profiles written");
    terminal.wait("roledex undo");
    let config = home.read(".aws/config");
    let names: Vec<&str> = config
        .lines()
        .filter_map(|line| line.strip_prefix("[profile "))
        .collect();
    assert_eq!(
        names,
        [
            "Admin-111111111111]",
            "Admin-333333333333]",
            "Admin-444444444444]"
        ]
    );
    // The rest is still to be written, and no row is that is there already.
    terminal.press("\x1bs");
    terminal.wait("2 ticked; 2 new, 3 unchanged");
    terminal.press(ESC);
    terminal.until("the list", |screen| !screen.contains("ticked"));
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 0);
    home.ok(&["undo"]);
    assert_eq!(home.read(".aws/config").trim_end(), before.trim_end());
}

#[test]
fn on_a_terminal_it_shows_the_plan_and_asks() {
    let home = home();
    let before = home.read(".aws/config");
    let open = |args: &[&str]| Terminal::roledex(&home, args, (120, 30));
    let mut terminal = open(&["sync"]);
    let screen = terminal.wait("Apply 6 changes? [y/N]");
    assert!(screen.contains("+ Admin-111111111111"), "{screen}");
    assert_eq!(home.read(".aws/config"), before);
    terminal.press("n\r");
    terminal.wait("nothing was written");
    assert_eq!(terminal.ended(), 130);
    assert_eq!(home.read(".aws/config"), before);

    let mut terminal = open(&["sync", "prod readonly"]);
    terminal.wait("Apply 1 change? [y/N]");
    terminal.press("y\r");
    terminal.wait("1 new, 0 changed");
    assert_eq!(terminal.ended(), 0);
    assert_eq!(home.read(".aws/config").matches("roledex_entry").count(), 1);

    let mut terminal = open(&["sync", "--yes"]);
    let screen = terminal.wait("5 new, 0 changed, 1 unchanged");
    assert!(!screen.contains("Apply"), "{screen}");
    assert_eq!(terminal.ended(), 0);
    // Nothing to apply, nothing to ask.
    for args in [&["sync"][..], &["sync", "--dry-run"]] {
        let mut terminal = open(args);
        let screen = terminal.wait("0 new, 0 changed, 6 unchanged");
        assert!(!screen.contains("Apply"), "{screen}");
        assert_eq!(terminal.ended(), 0);
    }
}

#[test]
fn a_query_a_kind_and_a_portal_narrow_it() {
    let home = home();
    add_portal(&home, "other");
    known(
        &home,
        "other",
        &accounts(&[("444444444444", "Other")]),
        &["Admin"],
    );
    home.ok(&["sync", "prod readonly"]);
    assert_eq!(home.read(".aws/config").matches("roledex_entry").count(), 1);
    assert_eq!(home.run(&["sync", "zzz"]).code, 4);
    home.ok(&["sync", "--portal", "other"]);
    assert_eq!(home.read(".aws/config").matches("roledex_entry").count(), 2);
    home.ok(&["sync", "--kind", "external"]);
    assert_eq!(home.read(".aws/config").matches("roledex_entry").count(), 2);
    assert_eq!(home.run(&["sync", "--portal", "none"]).code, 4);
}

#[test]
fn external_entries_become_process_profiles() {
    let home = home();
    home.ok(&[
        "app",
        "add",
        "https://acme.awsapps.com/start/#/saml/default/Partner%20Prod/ins-0123456789abcdef",
    ]);
    let roles = [AppRole {
        account: "999999999999".parse().unwrap(),
        role: "Operator".into(),
    }];
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    catalog_cache::save_app(&dirs(&home), "Partner Prod", &roles, at).unwrap();
    home.ok(&[
        "sync",
        "--kind",
        "external",
        "--template",
        "{portal}-{app|slug}-{kind}",
    ]);
    let config = home.read(".aws/config");
    assert!(
        config.contains("[profile acme-partner-prod-external]\ncredential_process = /"),
        "{config}"
    );
    assert!(
        config.contains("/roledex credentials ext:Partner%20Prod/999999999999/Operator\n"),
        "{config}"
    );
    catalog_cache::save_app(&dirs(&home), "Partner Prod", &[], at).unwrap();
    home.ok(&["sync", "--kind", "external", "--prune"]);
    assert!(!home.read(".aws/config").contains("ext:"));
}

#[test]
fn names_from_templates_never_collide_silently() {
    let home = home();
    add_portal(&home, "other");
    known(
        &home,
        "other",
        &accounts(&[("444444444444", "acme PROD")]),
        &["Admin"],
    );
    home.write(
        ".config/roledex/config.toml",
        "profile_name = \"{account_name|slug}.{role|lower|trim_suffix:only}\"\n",
    );
    let plan = home.run(&["sync", "--dry-run"]).stderr;
    assert!(
        plan.contains(
            "these entries would all be named acme-prod.admin:\n  org:acme/111111111111/Admin becomes acme-prod.admin-acme\n  org:other/444444444444/Admin becomes acme-prod.admin-other\n"
        ),
        "{plan}"
    );
    // A part gets the names that all get, in whatever order.
    home.ok(&["sync", "444444444444"]);
    home.ok(&["sync"]);
    let config = home.read(".aws/config");
    for name in [
        "acme-prod.admin-acme",
        "acme-prod.admin-other",
        "acme-prod.read",
        "data-x-lake.read",
    ] {
        assert!(config.contains(&format!("[profile {name}]\n")), "{config}");
    }
    // What is there keeps its name, whatever the template says now.
    home.ok(&["sync", "--template", "{role}"]);
    assert_eq!(home.read(".aws/config"), config);
    // Nothing but the role: told apart all the same.
    let plan = home.run(&["sync", "--template", "x{role", "--dry-run"]);
    assert_eq!(plan.code, 2);
    assert!(plan.stderr.contains("at character 2"), "{plan:?}");
}

#[test]
fn use_takes_the_template_for_a_default_name() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list"]);
    home.write(
        ".config/roledex/config.toml",
        "profile_name = \"{account_name|slug|trim_prefix:startup-}\"\n",
    );
    assert_eq!(home.ok(&["use", "sandbox"]), "sandbox\n");
}

#[test]
fn somebody_elses_profile_is_skipped() {
    let home = home();
    let mine = home.read(".aws/config") + "\n[profile admin-111111111111]\nregion = eu-west-3\n";
    home.write(".aws/config", &mine);
    let ran = home.run(&["sync"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr
            .contains("warning: skipped org:acme/111111111111/Admin"),
        "{ran:?}"
    );
    assert!(
        ran.stderr
            .contains("5 new, 0 changed, 0 unchanged, 1 skipped")
    );
    assert!(home.read(".aws/config").starts_with(&mine));
    assert!(
        !home
            .read(".aws/config")
            .contains("[profile Admin-111111111111]")
    );
}

#[test]
fn what_is_managed_keeps_its_name_its_mode_and_its_region() {
    let home = home();
    let mine = home.read(".aws/config")
        + "\n[profile mine]\ncredential_process = \"/old/roledex\" credentials org:acme/111111111111/Admin\nregion = ap-south-1\nroledex_entry = org:acme/111111111111/Admin\n\n[profile keys]\nregion = eu-west-1\nroledex_entry = org:acme/222222222222/Admin\n";
    home.write(".aws/config", &mine);
    let keys = "[keys]\naws_access_key_id = ASIAX\naws_secret_access_key = s\nroledex_entry = org:acme/222222222222/Admin\n";
    home.write(".aws/credentials", keys);
    let ran = home.run(&["sync", "admin"]);
    assert!(
        ran.stderr.contains("~ mine ") && ran.stderr.contains("  org:acme/111111111111/Admin\n"),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("1 new, 1 changed, 1 unchanged"),
        "{ran:?}"
    );
    let config = home.read(".aws/config");
    let program = std::fs::canonicalize(crate::support::ROLEDEX).unwrap();
    assert!(
        config.contains(&format!(
            "[profile mine]\ncredential_process = {} credentials org:acme/111111111111/Admin\nregion = ap-south-1\n",
            program.display()
        )),
        "{config}"
    );
    assert_eq!(
        home.read(".aws/credentials"),
        keys,
        "static keys are left alone"
    );
}

#[test]
fn prune_removes_only_roles_that_are_certainly_lost() {
    let home = home();
    home.ok(&["sync"]);
    let config = home.read(".aws/config")
        + "\n[profile elsewhere]\nsso_session = nowhere\nroledex_entry = org:nowhere/555555555555/Admin\n";
    home.write(".aws/config", &config);
    // One account and one role are gone.
    known(
        &home,
        "acme",
        &accounts(&[("111111111111", "Acme Prod"), ("222222222222", "Acme Dev")]),
        &["Admin"],
    );
    home.ok(&["sync"]);
    assert_eq!(home.read(".aws/config"), config, "not without --prune");
    let dry = home.run(&["sync", "--prune", "--dry-run"]);
    assert!(dry.stderr.contains("4 removed"), "{dry:?}");
    assert!(
        dry.stderr
            .contains("warning: nowhere: the list is incomplete"),
        "{dry:?}"
    );
    assert_eq!(home.read(".aws/config"), config);
    home.ok(&["sync", "--prune", "111111111111"]);
    let pruned = home.read(".aws/config");
    assert!(!pruned.contains("ReadOnly-111111111111"));
    assert!(pruned.contains("ReadOnly-222222222222"));
    home.ok(&["sync", "--prune"]);
    let pruned = home.read(".aws/config");
    assert_eq!(pruned.matches("roledex_entry").count(), 3, "{pruned}");
    assert!(pruned.contains("[profile elsewhere]"));
}

#[test]
fn refresh_lists_first_and_an_old_list_is_told() {
    let home = Home::new("startup");
    home.sign_in();
    known(
        &home,
        "startup",
        &accounts(&[
            ("111111111111", "Startup Production"),
            ("999999999999", "Gone"),
        ]),
        &["ReadOnlyAccess"],
    );
    let stale = home.run(&["sync", "--prune"]);
    assert!(stale.stderr.contains("2 new"), "{stale:?}");
    let told = "to update it now, use --refresh";
    assert!(stale.stderr.contains(told), "{stale:?}");
    let synced = home.run(&["sync", "--prune", "--refresh"]);
    assert_eq!(synced.code, 0, "{synced:?}");
    assert!(synced.stderr.contains("1 removed"), "{synced:?}");
    assert!(!synced.stderr.contains(told), "{synced:?}");
    let config = home.read(".aws/config");
    assert!(!config.contains("999999999999"), "{config}");
    assert!(
        config.contains("AdministratorAccess-111111111111"),
        "{config}"
    );
    // A scheduled job learns that the sign-in has ended.
    home.ok(&["logout", "startup"]);
    let before = home.read(".aws/config");
    let ran = home.run(&["sync", "--prune", "--refresh"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(home.read(".aws/config"), before);
}

#[test]
fn prune_leaves_an_incomplete_list_alone() {
    let home = home();
    home.ok(&["sync"]);
    let config = home.read(".aws/config");
    // The roles of one account were never listed: what is missing may only be unknown.
    let portal: Arc<str> = "acme".into();
    let mut catalog = Catalog::default();
    for event in [
        CatalogEvent::Started {
            portal: Arc::clone(&portal),
        },
        CatalogEvent::Accounts {
            portal: Arc::clone(&portal),
            accounts: vec![Account {
                id: "111111111111".parse().unwrap(),
                name: "Acme Prod".into(),
                email: "".into(),
            }],
        },
        CatalogEvent::Finished {
            portal: Arc::clone(&portal),
            at: "2026-01-01T00:00:00Z".parse().unwrap(),
        },
    ] {
        catalog.apply(event);
    }
    save(&home, &catalog);
    let ran = home.run(&["sync", "--prune"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("acme: the list is incomplete"),
        "{ran:?}"
    );
    assert_eq!(home.read(".aws/config"), config);
    // Every list says so, and so does a search in vain.
    let list = home.run(&["list"]);
    let said = "the roles of 1 account are not known";
    assert!(list.stderr.contains(said), "{list:?}");
    let ran = home.run(&["use", "nonsense"]);
    assert!(ran.code == 4 && ran.stderr.contains(said), "{ran:?}");
}

#[test]
fn fifteen_thousand_profiles_are_written_and_removed() {
    let home = Home::new("startup");
    add_portal(&home, "big");
    let many: Vec<(String, String)> = (0..5_000)
        .map(|n| {
            (
                format!("{:012}", 100_000_000_000_u64 + n),
                format!("Team {n}"),
            )
        })
        .collect();
    known(&home, "big", &many, &["Admin", "PowerUser", "ReadOnly"]);
    let template = [
        "sync",
        "-q",
        "--template",
        "{account_name|slug}-{role|lower}",
    ];
    for what in ["written", "unchanged"] {
        home.ok(&template);
        assert_eq!(
            home.read(".aws/config").matches("roledex_entry").count(),
            15_000,
            "{what}"
        );
    }
    known(&home, "big", &many[..10], &["Admin"]);
    home.ok(&["sync", "-q", "--prune"]);
    assert_eq!(
        home.read(".aws/config").matches("roledex_entry").count(),
        10
    );
}

#[test]
fn botocore_reads_what_is_written() {
    let Some(python) = botocore() else { return };
    let home = home();
    home.ok(&["sync"]);
    let script =
        "import botocore.session as s; c = s.Session().full_config; print(sorted(c['profiles']))";
    let output = home
        .command(python.to_str().unwrap())
        .args(["-c", script])
        .output()
        .unwrap();
    let names = String::from_utf8(output.stdout).unwrap();
    assert!(
        names.starts_with("['Admin-111111111111', 'Admin-222222222222'"),
        "{names}"
    );
}
