//! The contract of docs/reference.md#commands where scripts lean on it: usage, `--portal`, streams, environment.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::Signal;

use crate::support::{Home, ROLEDEX, Ran, signal};

fn signed_in(scenario: &str) -> Home {
    let home = Home::new(scenario);
    home.sign_in();
    home
}

/// `error:` first, `hint:` last, nothing on stdout.
fn is_error(ran: &Ran, code: i32) {
    assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
    let lines: Vec<_> = ran.stderr.lines().collect();
    let of = |word: &str| {
        let found = lines.iter().enumerate();
        let found: Vec<_> = found.filter(|(_, line)| line.starts_with(word)).collect();
        assert_eq!(found.len(), 1, "{word} {ran:?}");
        found[0].0
    };
    assert_eq!(of("error: "), 0, "{ran:?}");
    assert_eq!(of("hint: "), lines.len() - 1, "{ran:?}");
}

#[test]
fn wrong_arguments_are_errors_like_all_others() {
    let home = Home::new("startup");
    for args in [
        &["nonsense"][..],
        &["list", "--nope"],
        &["list", "a", "b"],
        &["list", "--kind", "none"],
        &["portal"],
        &["app"],
        &["credentials"],
        &["exec", "x"],
        &["login", "--device", "--browser"],
        &["shell", "--live", "--replace"],
        &["env", "--unset", "x"],
        &["refresh", "--all", "x"],
        &["refresh", "--all", "--method", "file"],
        &["env", "--unset", "--method", "file"],
        &["env", "--unset", "--assertion", "x"],
        &["env", "--unset", "--yes"],
        &["env", "--unset", "--region", "eu-west-1"],
        &["login", "--device", "--expect", "111111111111"],
        &["login", "--browser", "--region", "eu-west-1"],
        &["status", "--state", "fresh"],
        &["region", "x", "--for", "account"],
        &["import", "legacy", "--yes"],
        &["init", "starship", "--prompt"],
        &["exec", "x", "--", ""],
        &["logout", "--all", "--portal", "x"],
        &["status", "--format", "x", "--state", "nope"],
    ] {
        is_error(&home.run(args), 2);
    }
    let hostile = home.run(&["\u{1b}[2Jx"]);
    assert!(!hostile.stderr.contains('\u{1b}'), "{hostile:?}");
}

#[test]
fn help_goes_where_a_reader_is_and_does_not_mind_one_that_left() {
    let home = Home::new("startup");
    for args in [&["--help"][..], &["--version"], &["list"], &["status"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = home.command(ROLEDEX);
        let ran = Ran::new(&command.args(args).stdout(writer).output().unwrap());
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        assert_eq!(ran.code, i32::from(args == ["list"]), "{args:?} {ran:?}");
    }
    if let Ok(full) = fs::File::options().write(true).open("/dev/full") {
        let mut command = home.command(ROLEDEX);
        let ran = Ran::new(&command.arg("--help").stdout(full).output().unwrap());
        assert_eq!(ran.code, 7, "{ran:?}");
        assert!(ran.stderr.contains("hint: "), "{ran:?}");
    }
}

#[test]
fn the_version_says_how_the_program_was_built() {
    let home = Home::new("startup");
    // It needs no home, and reads no file.
    home.write(".config/roledex/config.toml", "nonsense");
    let short = home.ok(&["--version"]);
    assert_eq!(short, concat!("roledex ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(home.ok(&["-V"]), short);
    let long = home.ok(&["--version", "--verbose"]);
    assert_eq!(home.ok(&["-vV"]), long);
    let lines: Vec<_> = long.lines().collect();
    assert_eq!(lines[0], short.trim_end());
    for (line, name) in lines[1..].iter().zip([
        "commit: ",
        "target: ",
        "compiler: rustc ",
        "features: ",
        "credential stores: ",
    ]) {
        assert!(line.starts_with(name) && line.len() > name.len(), "{long}");
    }
    assert_eq!(lines.len(), 6, "{long}");
}

#[test]
fn the_last_of_two_flags_counts_as_for_hooks_and_aliases() {
    let home = signed_in("agency");
    let list = home.ok(&[
        "-vv", "-q", "-q", "--portal", "agency", "list", "--json", "--json", "--portal", "client",
    ]);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let of_client = |row: &serde_json::Value| row["portal"] == "client";
    assert!(list.as_array().unwrap().iter().all(of_client));
}

#[test]
fn the_portal_is_named_in_either_way() {
    let home = signed_in("agency");
    let several = home.run(&["logout"]);
    is_error(&several, 4);
    assert!(
        several.stderr.contains("roledex logout NAME"),
        "{several:?}"
    );
    is_error(&home.run(&["login", "--portal", "nope"]), 4);
    home.ok(&["logout", "--portal", "client"]);
    home.ok(&["--portal", "agency", "logout"]);
    let portals = home.ok(&["portal", "list", "--json"]);
    assert!(!portals.contains("\"signed_in\": true"), "{portals}");
}

#[test]
fn a_portal_narrows_every_command_that_takes_an_entry() {
    let home = signed_in("external");
    let apps = home.sim.endpoints().apps.clone();
    let url = |name: &str| {
        apps.iter()
            .find(|app| app.name == name)
            .unwrap()
            .url
            .clone()
    };
    for name in ["partner", "Partner"] {
        let link = match name {
            "partner" => url("Partner Production"),
            _ => url("Customer Data"),
        };
        home.ok(&[
            "app", "add", &link, "--name", name, "--portal", "external", "--method", "portal",
        ]);
    }
    // The name as it is comes before one that differs in case.
    assert_eq!(home.ok(&["use", "partner"]).trim(), "Operator-210987654321");
    home.ok(&["use", "444444444444/ReadOnlyAccess"]);
    let url = "https://d-1.awsapps.com/start";
    home.ok(&[
        "portal",
        "add",
        "other",
        "--start-url",
        url,
        "--region",
        "eu-west-1",
    ]);
    let id = "ext:partner/210987654321/Operator";
    for args in [
        &["use", "partner"][..],
        &["env", id],
        &["credentials", id],
        &["credentials", "Operator-210987654321"],
        &["refresh", "Operator-210987654321"],
        &["exec", "ReadOnlyAccess-444444444444", "--", "true"],
    ] {
        let here = [&["--portal", "external"], args].concat();
        assert_eq!(home.run(&here).code, 0, "{here:?}");
        let there = [&["--portal", "other"], args].concat();
        assert_ne!(home.run(&there).code, 0, "{there:?}");
    }
    is_error(&home.run(&["credentials", id, "--portal", "other"]), 4);
    let names = |portal: &str| {
        let status = home.ok(&["status", "--json", "--portal", portal]);
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        let count = |what: &str| status[what].as_array().unwrap().len();
        (count("portals"), count("profiles"))
    };
    assert_eq!((names("external"), names("other")), ((1, 2), (1, 0)));
    let refreshed = home.ok(&["refresh", "--all", "--portal", "external"]);
    assert_eq!(refreshed.lines().count(), 2, "{refreshed}");
    is_error(&home.run(&["status", "--portal", "nope"]), 4);
}

#[test]
fn a_portal_that_limits_nothing_or_is_none_is_a_mistake() {
    let home = signed_in("startup");
    for args in [
        &["undo"][..],
        &["doctor"],
        &["login", "--console"],
        &["import", "legacy"],
        &["env", "--unset"],
        &["status", "--current"],
        &["completions", "bash"],
        &["init", "bash"],
    ] {
        for name in ["startup", "nope"] {
            let ran = home.run(&[args, &["--portal", name]].concat());
            is_error(&ran, 2);
            assert!(ran.stderr.contains("--portal does not apply"), "{ran:?}");
        }
    }
    for args in [
        &["list", "--kind", "profile"][..],
        &["use", "x"],
        &["refresh"],
        &["sync"],
        &["console", "x", "--print"],
        &["import", "--profiles"],
        &["forget", "x"],
        &["status"],
    ] {
        let ran = home.run(&[args, &["--portal", "nope"]].concat());
        is_error(&ran, 4);
        assert!(
            ran.stderr.contains("no portal is named \"nope\""),
            "{ran:?}"
        );
    }
}

#[test]
fn a_sign_in_that_is_missing_is_told_whatever_else_the_files_have() {
    let home = Home::new("startup");
    home.add_portals();
    home.write(
        ".aws/credentials",
        "[k]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
    );
    let needing = [
        &["use", "prod"][..],
        &["env", "prod"],
        &["exec", "prod", "--", "true"],
        &["credentials", "111111111111/ReadOnlyAccess"],
        &["region", "prod"],
        &["pin", "prod"],
        &["sync"],
        &["sync", "--prune", "--yes"],
        &["list", "--kind", "org"],
        &["import", "--profiles"],
    ];
    for args in needing {
        let ran = home.run(args);
        is_error(&ran, 3);
        assert!(ran.stderr.contains("run: roledex login startup"), "{ran:?}");
    }
    assert_eq!(home.ok(&["use", "profile:k"]), "k\n");
    assert_eq!(home.run(&["list"]).code, 0);
    // The files have these.
    let own = home.run(&["list", "--kind", "profile"]);
    assert_eq!((own.code, &*own.stderr), (0, ""), "{own:?}");
    home.login("startup");
    for args in [needing[3], needing[8]] {
        let mut command = home.command(ROLEDEX);
        command.arg("-q").args(args);
        command.env("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:9");
        is_error(&Ran::new(&command.output().unwrap()), 6);
    }
}

#[test]
fn two_different_portals_are_a_mistake() {
    let home = signed_in("agency");
    for args in [
        &["login", "client"][..],
        &["logout", "client"],
        &["app", "discover", "client"],
        &[
            "portal",
            "add",
            "client",
            "--start-url",
            "https://d-1.awsapps.com/start",
        ],
        &["portal", "edit", "client", "--region", "eu-west-3"],
        &["portal", "remove", "client"],
    ] {
        for other in ["agency", "nope"] {
            let ran = home.run(&[args, &["--portal", other]].concat());
            is_error(&ran, 2);
            let said = format!("two portals are named: \"client\", and \"{other}\" by --portal");
            assert!(ran.stderr.contains(&said), "{ran:?}");
        }
    }
    let listed = |args: &[&str]| {
        let list: serde_json::Value = serde_json::from_str(&home.ok(args)).unwrap();
        let names = list.as_array().unwrap().iter();
        let row = |row: &serde_json::Value| (row["name"].clone(), row["signed_in"].clone());
        names.map(row).collect::<Vec<_>>()
    };
    assert_eq!(
        listed(&["portal", "list", "--json", "--portal", "client"]),
        [("client".into(), true.into())]
    );
    for command in ["portal", "app"] {
        is_error(&home.run(&[command, "list", "--portal", "nope"]), 4);
    }
    home.ok(&["logout", "client", "--portal", "client"]);
    let list = listed(&["portal", "list", "--json"]);
    assert!(list.contains(&("client".into(), false.into())), "{list:?}");
    assert!(list.contains(&("agency".into(), true.into())), "{list:?}");
}

#[test]
fn what_belongs_to_another_portal_is_not_removed() {
    let home = signed_in("agency");
    let list = home.ok(&["list", "--json", "--portal", "client"]);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let entry = list[0]["id"].as_str().unwrap();
    home.ok(&["use", "--profile", "theirs", "--yes", entry]);
    let ran = home.run(&["forget", "theirs", "--portal", "agency"]);
    is_error(&ran, 4);
    assert!(home.read(".aws/config").contains("[profile theirs]"));
    home.ok(&["forget", "theirs", "--portal", "client"]);
    let link = "https://acme.awsapps.com/start/#/saml/default/X/ins-0123456789abcdef";
    home.ok(&["app", "add", link, "--name", "x", "--portal", "client"]);
    for args in [&["app", "remove", "x"][..], &["app", "trust", "x"]] {
        is_error(&home.run(&[args, &["--portal", "agency"]].concat()), 4);
    }
    home.ok(&["app", "remove", "x", "--portal", "client"]);
}

#[test]
fn help_shows_the_own_options_of_a_command_before_the_global_ones() {
    let home = Home::new("startup");
    for (args, own) in [
        (&["--help"][..], &["--query", "--select-1", "--version"][..]),
        (&["status", "--help"], &["--format", "--current"]),
        (&["portal", "add", "-h"], &["--start-url", "--scopes"]),
        (&["completions", "--help"], &["--help"]),
    ] {
        let text = home.ok(args);
        let (before, global) = text.split_once("\nGlobal options:\n").expect("a heading");
        for option in own {
            assert!(
                before.contains(option) && !global.contains(&format!("{option}\n")),
                "{text}"
            );
        }
        for option in [
            "--quiet",
            "--verbose",
            "--log",
            "--portal",
            "--mfa-code",
            "--height",
        ] {
            assert!(
                global.contains(option) && !before.contains(&format!("{option} ")),
                "{text}"
            );
        }
    }
    assert!(
        home.ok(&["--help"])
            .contains("Usage: roledex [OPTIONS] [WORDS]...\n")
    );
}

#[test]
fn the_hint_of_a_mistake_names_the_command() {
    let home = Home::new("startup");
    for (args, command) in [
        (&["list", "--nope"][..], "roledex list"),
        (
            &["--portal", "use", "list", "--kind", "none"],
            "roledex list",
        ),
        (&["portal", "add", "x"], "roledex portal add"),
        (&["portal"], "roledex portal"),
        (&["--nonsense"], "roledex"),
        (&["use", "--nonsense", "prod", "admin"], "roledex use"),
    ] {
        let ran = home.run(args);
        is_error(&ran, 2);
        let hint = format!("\nhint: for usage, run: {command} --help\n");
        assert!(ran.stderr.ends_with(&hint), "{ran:?}");
    }
    let words = home.run(&["use", "prod", "admin"]);
    is_error(&words, 2);
    let hint = "\nhint: quote the words: roledex use \"prod admin\"\n";
    assert!(words.stderr.ends_with(hint), "{words:?}");
    for (args, hint) in [
        (
            &["exec", "prod", "aws", "--version"][..],
            "put -- before the command: roledex exec prod -- aws --version",
        ),
        (
            &["exec", "prod", "admin", "--", "printenv", "A B"],
            "quote the words: roledex exec \"prod admin\" -- printenv \"A B\"",
        ),
        (
            &["exec", "prod"],
            "write the command after --: roledex exec prod -- aws s3 ls; for a shell, run: roledex shell prod",
        ),
    ] {
        let ran = home.run(args);
        is_error(&ran, 2);
        let hint = format!("\nhint: {hint}\n");
        assert!(ran.stderr.ends_with(&hint), "{ran:?}");
    }
}

/// The fields of a JSON object.
fn fields(value: &serde_json::Value) -> Vec<&str> {
    let mut fields: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    fields
}

#[test]
fn every_json_has_the_documented_fields() {
    let home = signed_in("external");
    let apps = home.sim.endpoints().apps.clone();
    let app = apps.iter().find(|app| app.loopback_port.is_some()).unwrap();
    home.ok(&[
        "app", "add", &app.url, "--method", "loopback", "--port", "4100",
    ]);
    let json = |args: &[&str]| -> serde_json::Value {
        serde_json::from_str(&home.ok(&[args, &["--json"]].concat())).unwrap()
    };
    let saved = &json(&["app", "list"])[0];
    assert_eq!(
        fields(saved),
        [
            "duration_seconds",
            "method",
            "name",
            "port",
            "portal",
            "roles",
            "url"
        ]
    );
    assert_eq!(saved["port"], 4100);
    assert_eq!(
        fields(&json(&["app", "discover"])[0]),
        ["app", "description", "id", "name", "url"]
    );
    assert_eq!(
        fields(&json(&["portal", "list"])[0]),
        ["expires_at", "name", "region", "signed_in", "start_url"]
    );
    assert_eq!(
        fields(&json(&["doctor", "--keys"])[0]),
        ["action", "context", "key", "label"]
    );
    assert_eq!(json(&["status", "--current"]), serde_json::Value::Null);
    let mut command = home.command(ROLEDEX);
    command.args(["status", "--current", "--json"]);
    command.env("ROLEDEX_ENTRY", "org:external/111111111111/Admin");
    let ran = Ran::new(&command.output().unwrap());
    let current: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(current["name"], serde_json::Value::Null, "{ran:?}");
    assert_eq!(current["mode"], "env", "{ran:?}");
    assert_eq!(home.ok(&["env", "--unset", "--shell", "json"]), "{}\n");
    assert_eq!(home.ok(&["env", "--unset", "--shell", "dotenv"]), "");
}

#[test]
fn an_app_that_is_added_again_keeps_what_is_not_given() {
    let home = Home::new("external");
    home.add_portals();
    let link = "https://id.example.com/start";
    home.ok(&[
        "app",
        "add",
        link,
        "--name",
        "lab",
        "--portal",
        "external",
        "--method",
        "loopback",
        "--port",
        "4100",
        "--duration",
        "3600",
    ]);
    let settings = home.read(".config/roledex/config.toml");
    assert!(settings.contains("portal = \"external\""), "{settings}");
    home.ok(&["app", "add", link, "--name", "lab"]);
    assert_eq!(home.read(".config/roledex/config.toml"), settings);
    home.ok(&["app", "add", link, "--method", "browser"]);
    let changed = settings.replace("\"loopback\"", "\"browser\"");
    assert_eq!(home.read(".config/roledex/config.toml"), changed);
}

#[test]
fn templates_with_unknown_fields_are_mistakes() {
    let home = Home::new("startup");
    for args in [&["status"][..], &["status", "--current"], &["-q", "status"]] {
        for template in ["{nope}", "{name"] {
            let ran = home.run(&[args, &["--format", template]].concat());
            is_error(&ran, 2);
            assert!(ran.stderr.contains("{account_name}"), "{ran:?}");
        }
        home.ok(&[args, &["--format", "{\"text\": \"{role}\"}"]].concat());
    }
}

#[test]
fn empty_arguments_are_told() {
    let home = signed_in("startup");
    for (args, code, said) in [
        (
            &["portal", "add", "x", "--start-url", ""][..],
            2,
            "the start URL is empty",
        ),
        (
            &[
                "portal",
                "add",
                "x",
                "--start-url",
                " ",
                "--region",
                "eu-west-1",
            ],
            2,
            "the start URL is empty",
        ),
        (&["app", "add", ""], 2, "the link is empty"),
        (&["use", ""], 4, "no words were given"),
        (&["env", " "], 4, "no words were given"),
        (
            &["use", "sandbox admin", "--profile", ""],
            2,
            "\"\" is not a valid profile name",
        ),
        (
            &["use", "sandbox admin", "--region", ""],
            2,
            "\"\" is not a",
        ),
        (&["forget", ""], 4, "roledex does not manage a profile \"\""),
        (&["login", ""], 4, "no portal is named \"\""),
        (
            &["env", "org:startup/333333333333/X", "--portal", "other"],
            4,
            "no portal is named \"other\"",
        ),
    ] {
        let ran = home.run(args);
        is_error(&ran, code);
        assert!(ran.stderr.starts_with(&format!("error: {said}")), "{ran:?}");
    }
}

#[test]
fn a_region_that_cannot_be_read_has_its_cause() {
    let home = Home::new("startup");
    let mut command = home.command(ROLEDEX);
    command.args([
        "portal",
        "add",
        "acme",
        "--start-url",
        "https://acme.awsapps.com/start",
    ]);
    let ran = Ran::new(
        &command
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .output()
            .unwrap(),
    );
    is_error(&ran, 6);
    assert!(
        ran.stderr
            .contains("\n  the proxy 127.0.0.1:9 refused the connection"),
        "{ran:?}"
    );
}

#[test]
fn where_no_browser_can_help_the_sign_in_is_what_is_missing() {
    let home = Home::new("external");
    home.add_portals();
    let mut command = home.command(ROLEDEX);
    let args = ["app", "discover", "external"];
    let command = command.args(args).env_remove("DISPLAY");
    let ran = Ran::new(&command.env_remove("WAYLAND_DISPLAY").output().unwrap());
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("roledex login external"), "{ran:?}");
}

#[test]
fn apps_are_listed_by_the_methods_that_can() {
    let home = signed_in("external");
    for method in ["console", "loopback", "file"] {
        let ran = home.run(&["app", "discover", "external", "--method", method]);
        is_error(&ran, 2);
        assert!(ran.stderr.contains("auto, browser, portal"), "{ran:?}");
    }
    let mut command = home.command(ROLEDEX);
    command.args(["app", "discover", "external", "--method", "browser"]);
    let ran = Ran::new(
        &command
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .output()
            .unwrap(),
    );
    assert_eq!((ran.code, &*ran.stdout), (1, ""), "{ran:?}");
    if !ran.stderr.contains("no browser found") {
        assert!(
            ran.stderr
                .contains("or add the app by its link: roledex app add URL"),
            "{ran:?}"
        );
    }
    assert!(!ran.stderr.contains("--assertion"), "{ran:?}");
}

#[test]
fn credentials_take_any_entry() {
    let home = signed_in("startup");
    for entry in ["Startup Sandbox/AdministratorAccess", "sandbox"] {
        let text = home.ok(&["credentials", entry]);
        assert!(text.starts_with("{\"Version\": 1, "), "{text}");
    }
    let several = home.run(&["credentials", "production"]);
    is_error(&several, 4);
    assert!(
        several
            .stderr
            .contains("  org:startup/111111111111/ReadOnlyAccess")
    );
}

#[test]
fn a_portal_without_a_sign_in_is_no_empty_list() {
    let home = signed_in("startup");
    home.ok(&["list"]);
    let config = home.read(".aws/config");
    let session = "[sso-session 'my other']\nsso_start_url = https://d-9067000099.awsapps.com/start\nsso_region = eu-west-1\n";
    home.write(".aws/config", &format!("{config}\n{session}"));
    let ran = home.run(&["list", "--portal", "my other"]);
    is_error(&ran, 3);
    assert!(ran.stderr.contains("roledex login \"my other\""), "{ran:?}");
    let ran = home.run(&["use", "no such thing"]);
    is_error(&ran, 4);
    assert!(ran.stderr.contains("not signed in to my other"), "{ran:?}");
    let all = home.run(&["list"]);
    assert_eq!(all.code, 0, "{all:?}");
    assert!(all.stderr.contains("warning: not signed in to my other"));
}

#[test]
fn a_query_of_any_length_is_told_in_a_line() {
    let home = signed_in("startup");
    let ran = home.run(&["use", &"x".repeat(100_000)]);
    is_error(&ran, 4);
    assert!(ran.stderr.len() < 400, "{}", ran.stderr.len());
}

#[test]
fn regions_scopes_and_addresses_are_looked_at_first() {
    let home = signed_in("startup");
    let config = home.read(".aws/config");
    for region in ["", "a b", "eu-west-1]", "x\ny"] {
        is_error(&home.run(&["use", "sandbox", "--region", region]), 2);
    }
    let add = |url: &str, scopes: &str| {
        home.run(&[
            "portal",
            "add",
            "new",
            "--start-url",
            url,
            "--region",
            "eu-west-1",
            "--scopes",
            scopes,
        ])
    };
    is_error(&add("https://d-1.awsapps.com/start\n[default]", "a"), 2);
    is_error(&add("", "a"), 2);
    assert_eq!(home.read(".aws/config"), config);
    assert_eq!(add("https://d-1.awsapps.com/start", "").code, 0);
    let added = home.read(".aws/config");
    let added = added.strip_prefix(&config).unwrap();
    assert!(
        added.contains("\nsso_registration_scopes = sso:account:access\n"),
        "{added}"
    );
}

#[test]
fn a_profile_that_changes_its_kind_looks_like_a_new_one_of_that_kind() {
    let home = signed_in("startup");
    let sections = |mode: &str| {
        home.ok(&["use", "sandbox", "--as", mode]);
        let config = home.read(".aws/config");
        config.split_once("[profile").unwrap().1.to_owned()
    };
    let sso = sections("sso");
    let process = sections("process");
    assert!(process.contains("33]\ncredential_process = /"), "{process}");
    assert_eq!(sections("sso"), sso);
    let keys = sections("static");
    assert_eq!(sections("process"), process);
    assert_eq!(sections("static"), keys);
    assert_eq!(sections("sso"), sso);
}

#[test]
fn what_other_tools_left_is_taken_away() {
    let home = signed_in("startup");
    let left = [
        "AWS_SSO",
        "AWS_SSO_ROLE_ARN",
        "AWS_SSO_DEFAULT_REGION",
        "AWS_SSO_PROFILE",
        "AWS_VAULT",
        "AWS_PROFILE",
        "AWS_SECURITY_TOKEN",
    ];
    let entry = "333333333333/AdministratorAccess";
    let names = |program: &str, args: &[&str]| -> Vec<String> {
        let mut command = home.command(program);
        command.args(args).env("PWD", "/");
        for name in left.into_iter().filter(|name| *name != "AWS_PROFILE") {
            command.env(name, "x");
        }
        let ran = Ran::new(&command.output().unwrap());
        assert_eq!(ran.code, 0, "{ran:?}");
        let names = ran.stdout.lines().filter_map(|line| line.split('=').next());
        names.map(str::to_owned).collect()
    };
    let script = format!("eval \"$({ROLEDEX} env {entry} --shell bash)\"; env");
    for found in [
        names(ROLEDEX, &["exec", entry, "--", "env"]),
        names(ROLEDEX, &["exec", entry, "--live", "--", "env"]),
        names("sh", &["-c", &script]),
    ] {
        assert!(
            found.iter().any(|name| name == "ROLEDEX_ENTRY"),
            "{found:?}"
        );
        let kept: Vec<_> = left
            .iter()
            .filter(|name| found.iter().any(|f| f == *name))
            .collect();
        assert!(kept.is_empty(), "{kept:?}");
    }
    let mut command = home.command(ROLEDEX);
    command.env("AWS_SSO_ANYTHING_ELSE", "x");
    let ran = Ran::new(&command.args(["exec", entry, "--", "env"]).output().unwrap());
    assert!(!ran.stdout.contains("ANYTHING_ELSE"), "{ran:?}");
}

#[test]
fn a_shell_that_is_not_there_is_127_in_every_way() {
    let home = signed_in("startup");
    for flags in [&[][..], &["--live"], &["--replace"]] {
        let mut command = home.command(ROLEDEX);
        command.env("SHELL", "/no/such/shell");
        let ran = Ran::new(
            &command
                .args(["shell", "sandbox"])
                .args(flags)
                .output()
                .unwrap(),
        );
        assert_eq!(ran.code, 127, "{ran:?}");
        assert!(
            ran.stderr.contains("error: cannot start /no/such/shell"),
            "{ran:?}"
        );
    }
}

#[test]
fn a_wrong_endpoint_is_told_as_such_and_every_host_can_go_without_the_proxy() {
    let home = signed_in("startup");
    let run = |name: &str, value: &str| {
        let mut command = home.command(ROLEDEX);
        command.args(["list", "--refresh"]).env(name, value);
        Ran::new(&command.output().unwrap())
    };
    for url in ["nonsense", "http://", "ftp://x", "http://127.0.0.1:99999"] {
        let ran = run("AWS_ENDPOINT_URL_SSO", url);
        is_error(&ran, 2);
        assert!(ran.stderr.contains("AWS_ENDPOINT_URL_SSO"), "{ran:?}");
    }
    let mut command = home.command(ROLEDEX);
    command.args(["list", "--refresh"]);
    command
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("NO_PROXY", "*");
    let ran = Ran::new(&command.output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn the_log_says_what_was_asked_and_no_secret() {
    let home = signed_in("startup");
    let ran = home.run(&["-v", "use", "sandbox"]);
    assert!(ran.stderr.contains("roledex started"), "{ran:?}");
    assert!(
        ran.stderr
            .contains("path=\"/federation/credentials\" status=200"),
        "{ran:?}"
    );
    home.ok(&["--log", "x.log", "refresh", "sandbox"]);
    let log = home.read("x.log");
    assert!(log.contains("/federation/credentials"), "{log}");
    let token = fs::read_dir(home.path(".aws/sso/cache")).unwrap();
    let token = token
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .find_map(|text| {
            Some(
                text.split("\"accessToken\": \"")
                    .nth(1)?
                    .split('"')
                    .next()?
                    .to_owned(),
            )
        });
    assert!(!(log + &ran.stderr).contains(&token.unwrap()));
}

/// The list's directory cannot be created, not even by root.
#[cfg(target_os = "linux")]
#[test]
fn a_list_that_cannot_be_kept_is_shown_all_the_same() {
    let home = signed_in("startup");
    for args in [&["list"][..], &["list", "--refresh"]] {
        let mut command = home.command(ROLEDEX);
        command.args(args).env("XDG_CACHE_HOME", "/proc");
        let ran = Ran::new(&command.output().unwrap());
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains("Startup Sandbox"), "{ran:?}");
        assert!(ran.stderr.starts_with("warning: startup: "), "{ran:?}");
    }
}

#[test]
fn an_import_again_leaves_the_app_as_it_is() {
    let home = signed_in("startup");
    home.write(
        ".saml2aws",
        "[partner]\nurl = https://d-9.awsapps.com/start/#/saml/default/P/ins-0123456789abcdef\nprovider = Browser\n",
    );
    assert_eq!(home.ok(&["import", "saml2aws"]), "partner\n");
    let link = "https://d-9.awsapps.com/start/#/saml/default/P/ins-0123456789abcdef";
    home.ok(&[
        "app",
        "add",
        link,
        "--name",
        "partner",
        "--duration",
        "3600",
    ]);
    let settings = home.read(".config/roledex/config.toml");
    let again = home.run(&["import", "saml2aws"]);
    assert_eq!(
        (again.code, again.stdout.as_str()),
        (0, "partner\n"),
        "{again:?}"
    );
    assert!(
        again.stderr.contains("partner: already saved as an app"),
        "{again:?}"
    );
    assert_eq!(home.read(".config/roledex/config.toml"), settings);
    fs::remove_file(home.path(".saml2aws")).unwrap();
    let missing = home.run(&["import", "saml2aws"]);
    assert_eq!(
        (missing.code, missing.stderr.as_str()),
        (0, "nothing to import: ~/.saml2aws does not exist\n")
    );
}

#[test]
fn completions_for_every_shell_of_init() {
    let home = Home::new("startup");
    for shell in [
        "bash",
        "zsh",
        "fish",
        "nu",
        "nushell",
        "pwsh",
        "powershell",
        "elvish",
        "xonsh",
    ] {
        assert!(
            home.ok(&["completions", shell]).contains("doctor"),
            "{shell}"
        );
    }
}

#[test]
fn the_simulator_ends_well_by_a_signal_sent_at_once() {
    let home = Home::new("startup");
    let mut simulator = home.command(ROLEDEX);
    simulator
        .arg("simulator")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    let mut simulator = simulator.spawn().unwrap();
    let mut told = String::new();
    BufReader::new(simulator.stderr.take().unwrap())
        .read_line(&mut told)
        .unwrap();
    assert_eq!(told, "serving until stdin ends; Ctrl-C stops\n");
    let mut line = String::new();
    let mut stdout = BufReader::new(simulator.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    signal(simulator.id(), Signal::TERM);
    assert_eq!(simulator.wait().unwrap().code(), Some(0));
}

#[test]
fn a_name_in_keys_that_is_none_is_told_with_its_line() {
    let home = Home::new("startup");
    for (keys, line, name) in [
        (
            "[keys.picker]\n\"f9\" = \"quit\"\n# x\n\"f8\" = \"nope\"\n",
            5,
            "nope",
        ),
        ("\n[keys.nope]\nx = \"back\"\n", 3, "nope"),
        ("keys.picker.\"nokey-x\" = \"back\"\n", 2, "nokey-x"),
    ] {
        let settings = format!("store = \"file\"\n{keys}");
        home.write(".config/roledex/config.toml", &settings);
        let ran = home.run(&["status"]);
        is_error(&ran, 2);
        assert!(
            ran.stderr.contains(&format!("config.toml:{line}: ")),
            "{ran:?}"
        );
        assert!(ran.stderr.contains(name), "{ran:?}");
        let doctor = home.run(&["doctor", "--json"]);
        assert_eq!(doctor.code, 1, "{doctor:?}");
        assert!(
            doctor.stdout.contains(&format!("config.toml:{line}: ")),
            "{doctor:?}"
        );
    }
    home.write(
        ".config/roledex/config.toml",
        "[accounts.12]\nalias = \"x\"\n",
    );
    let ran = home.run(&["status"]);
    is_error(&ran, 2);
    assert!(ran.stderr.contains("config.toml:1: "), "{ran:?}");
}

#[test]
fn names_that_a_format_cannot_write_cost_nobody_the_credentials() {
    let home = signed_in("hostile");
    home.ok(&["list"]);
    let id = "org:hostile/666000000003/ReadOnlyAccess";
    for shell in ["cmd", "dotenv"] {
        let ran = home.run(&["env", id, "--shell", shell]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains("AWS_SESSION_TOKEN="), "{ran:?}");
        assert!(!ran.stdout.contains("touch"), "{ran:?}");
        let told = "warning: skipped ROLEDEX_ACCOUNT_NAME";
        assert!(ran.stderr.starts_with(told), "{ran:?}");
    }
}

#[test]
fn a_role_that_no_file_can_hold_is_skipped_by_sync() {
    let home = signed_in("hostile");
    let ran = home.run(&["sync"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr
            .contains("region%20=%20x: its role name cannot be written"),
        "{ran:?}"
    );
    let config = home.read(".aws/config");
    assert!(
        config.contains("[profile ReadOnlyAccess-666000000003]\n"),
        "{config}"
    );
    assert!(!config.contains("[default]"), "{config}");
    home.ok(&["sync"]);
    assert_eq!(home.read(".aws/config"), config);
}
