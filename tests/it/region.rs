//! The region of an entry: the first that is set counts, and the portal's is marked as assumed.

use serde_json::{Value, json};

use crate::support::terminal::{Terminal, ctrl};
use crate::support::{Home, ROLEDEX, Ran};

const ADMIN: &str = "org:startup/333333333333/AdministratorAccess";

fn settings(home: &Home, text: &str) {
    home.write(".config/roledex/config.toml", text);
}

/// The region and its mark in `list --json`.
fn listed(home: &Home, id: &str) -> (Value, Value) {
    let rows: Vec<Value> = serde_json::from_str(&home.ok(&["list", "--json"])).unwrap();
    let row = rows.into_iter().find(|row| row["id"] == id).unwrap();
    (row["region"].clone(), row["region_assumed"].clone())
}

/// The region and its mark in `status --json`.
fn written(home: &Home) -> (Value, Value) {
    let status: Value = serde_json::from_str(&home.ok(&["status", "--json"])).unwrap();
    let row = &status["profiles"][0];
    (row["region"].clone(), row["region_assumed"].clone())
}

#[test]
fn a_region_of_another_partition_is_ignored_and_named() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    for (setting, name) in [
        ("default_region = \"us-gov-west-1\"\n", "default_region"),
        (
            "[portals.startup]\nregion = \"cn-north-1\"\n",
            "[portals.\"startup\"]",
        ),
        (
            "[accounts.333333333333]\nregion = \"cn-north-1\"\n",
            "[accounts.\"333333333333\"]",
        ),
        (
            "[entries.\"org:startup/333333333333/AdministratorAccess\"]\nregion = \"cn-north-1\"\n",
            "[entries.\"org:startup/333333333333/AdministratorAccess\"]",
        ),
    ] {
        settings(&home, setting);
        assert_eq!(
            listed(&home, ADMIN),
            (json!("eu-west-1"), json!(true)),
            "{setting}"
        );
        let ran = home.run(&["doctor"]);
        let named = format!("{name} of the settings is ignored");
        assert!(ran.stdout.contains(&named), "{setting}: {ran:?}");
        settings(
            &home,
            &setting
                .replace("us-gov-west-1", "eu-north-1")
                .replace("cn-north-1", "eu-north-1"),
        );
        assert_eq!(listed(&home, ADMIN), (json!("eu-north-1"), json!(false)));
        let ran = home.run(&["doctor"]);
        assert!(!ran.stdout.contains("is ignored"), "{setting}: {ran:?}");
    }
}

#[test]
fn the_nearest_setting_counts() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    assert_eq!(listed(&home, ADMIN), (json!("eu-west-1"), json!(true)));
    let mut text = String::new();
    for (setting, region) in [
        ("default_region = \"eu-west-2\"\n", "eu-west-2"),
        ("[portals.startup]\nregion = \"eu-west-3\"\n", "eu-west-3"),
        (
            "[accounts.333333333333]\nregion = \"eu-north-1\"\n",
            "eu-north-1",
        ),
        (
            "[entries.\"org:startup/333333333333/AdministratorAccess\"]\nregion = \"eu-south-1\"\n",
            "eu-south-1",
        ),
    ] {
        text += setting;
        settings(&home, &text);
        assert_eq!(listed(&home, ADMIN), (json!(region), json!(false)));
        let env = home.ok(&["env", ADMIN, "--shell", "bash"]);
        let is_set = |line: &str| line.contains("AWS_REGION=") && line.contains(region);
        assert!(env.lines().any(is_set), "{env}");
    }
    let name = home.ok(&["use", ADMIN]);
    assert!(home.read(".aws/config").contains("region = eu-south-1"));
    // The profile has it now, whatever the settings say later.
    settings(&home, "default_region = \"eu-west-2\"\n");
    assert_eq!(listed(&home, ADMIN), (json!("eu-south-1"), json!(false)));
    home.ok(&["use", ADMIN, "--region", "us-west-2"]);
    assert_eq!(written(&home), (json!("us-west-2"), json!(false)), "{name}");
}

#[test]
fn a_region_for_one_run_is_kept_nowhere() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    let name = home.ok(&["use", ADMIN, "--region", "eu-west-3"]);
    let (name, config) = (name.trim(), home.read(".aws/config"));
    for entry in [ADMIN, name] {
        let lines = home.ok(&["env", entry, "--region", "us-west-2", "--shell", "dotenv"]);
        for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            let line = format!("{variable}=us-west-2");
            assert!(lines.lines().any(|it| it == line), "{lines}");
        }
        for more in [&[][..], &["--live"]] {
            let args = ["exec", entry, "--region", "us-west-2"];
            let run = ["--", "sh", "-c", "echo $AWS_REGION $AWS_DEFAULT_REGION"];
            let printed = home.ok(&[&args, more, &run[..]].concat());
            assert_eq!(printed, "us-west-2 us-west-2\n");
        }
        for more in [&[][..], &["--service", "s3"]] {
            let args = ["console", entry, "--print", "--region", "us-west-2"];
            let url = home.ok(&[&args, more].concat());
            assert!(url.contains("us-west-2"), "{url}");
        }
    }
    let lines = home.ok(&["env", ADMIN, "--shell", "dotenv"]);
    assert!(lines.contains("AWS_REGION=eu-west-3\n"), "{lines}");
    assert_eq!(home.read(".aws/config"), config);
    for (region, words) in [
        ("us-wets-2", "did you mean us-west-2"),
        ("cn-north-1", "not a region of the partition aws"),
    ] {
        let ran = home.run(&["env", ADMIN, "--region", region]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
}

#[test]
fn the_region_of_the_portal_is_said_to_be_assumed() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    let ran = home.run(&["use", ADMIN]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("the region eu-west-1 is assumed"),
        "{ran:?}"
    );
    assert_eq!(written(&home), (json!("eu-west-1"), json!(true)));
    settings(&home, "default_region = \"eu-west-1\"\n");
    let ran = home.run(&["use", ADMIN]);
    assert!(!ran.stderr.contains("assumed"), "{ran:?}");
    assert_eq!(written(&home), (json!("eu-west-1"), json!(false)));
}

#[test]
fn a_region_that_cannot_be_is_a_mistake_in_its_line() {
    let home = Home::new("startup");
    settings(
        &home,
        "mouse = true\n[portals.startup]\nregion = \"eu west\"\n",
    );
    let ran = home.run(&["list"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("config.toml:3"), "{ran:?}");
}

#[test]
fn a_region_of_the_environment_that_cannot_be_is_told_by_its_variable() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    let run = |name: &str, value: &str, args: &[&str]| {
        let mut command = home.command(ROLEDEX);
        command.args(args).env(name, value);
        Ran::new(&command.output().unwrap())
    };
    let before = home.read(".aws/config");
    for (name, value) in [
        ("AWS_REGION", "x y"),
        ("AWS_REGION", "eu-west-1\nrole_arn = x"),
        ("AWS_DEFAULT_REGION", "eu.west"),
    ] {
        for args in [&["use", ADMIN][..], &["env", ADMIN], &["sync"]] {
            let ran = run(name, value, args);
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (2, ""),
                "{args:?}: {ran:?}"
            );
            let words = format!("{name} is {value:?}, which is not a region");
            assert!(ran.stderr.contains(&words), "{args:?}: {ran:?}");
        }
        assert_eq!(home.read(".aws/config"), before);
        // Where it is not used, it does no harm.
        assert_eq!(run(name, value, &["list"]).code, 0);
        let given = ["env", ADMIN, "--shell", "bash"];
        settings(&home, "store = \"file\"\ndefault_region = \"eu-north-1\"\n");
        assert_eq!(run(name, value, &given).code, 0);
        settings(&home, "store = \"file\"\n");
    }
    // A name that is not known may be one of an emulator.
    let ran = run("AWS_REGION", "local", &["env", ADMIN, "--shell", "bash"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("local"), "{ran:?}");
}

fn region(home: &Home, args: &[&str]) -> String {
    home.ok(&[&["region"], args].concat()).trim().to_owned()
}

#[test]
fn a_region_that_was_given_once_is_remembered_for_the_entry() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    settings(&home, "# mine\nstore = \"file\"\n");
    let name = home.ok(&["use", ADMIN, "--region", "us-west-2"]);
    home.ok(&["forget", name.trim()]);
    assert_eq!(listed(&home, ADMIN), (json!("us-west-2"), json!(false)));
    let env = home.ok(&["env", ADMIN, "--shell", "bash"]);
    assert!(
        env.contains("AWS_REGION='us-west-2'") || env.contains("AWS_REGION=us-west-2"),
        "{env}"
    );
    let file = home.read(".config/roledex/config.toml");
    assert!(file.starts_with("# mine\nstore = \"file\"\n"), "{file}");
    // The newest is the first of those that were used.
    home.ok(&["use", ADMIN, "--region", "eu-north-1"]);
    home.ok(&["use", ADMIN, "--region", "us-west-2"]);
    let state: Value =
        serde_json::from_str(&home.read(".local/state/roledex/history.json")).unwrap();
    assert_eq!(state["regions"], json!(["us-west-2", "eu-north-1"]));
    assert_eq!(written(&home), (json!("us-west-2"), json!(false)));
}

#[test]
fn the_command_sets_the_region_and_profiles_follow() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    let shown = home.run(&["region", ADMIN]);
    assert_eq!(
        (shown.code, &*shown.stdout),
        (0, "eu-west-1\n"),
        "{shown:?}"
    );
    assert!(shown.stderr.contains("is assumed"), "{shown:?}");
    assert_eq!(home.run(&["region", ADMIN, "--quiet"]).stderr, "");
    home.ok(&["use", ADMIN]);
    // A profile without a region works in the same one as its entry.
    let config = home.read(".aws/config");
    home.write(
        ".aws/config",
        &config.replace("\nregion = eu-west-1\n", "\n"),
    );
    assert_eq!(written(&home), (json!("eu-west-1"), json!(true)));
    assert_eq!(listed(&home, ADMIN), written(&home));
    home.write(".aws/config", &config);
    // An assumed region follows the account; one that was chosen stays.
    assert_eq!(
        region(&home, &[ADMIN, "eu-west-2", "--for", "account"]),
        "eu-west-2"
    );
    assert_eq!(written(&home), (json!("eu-west-2"), json!(false)));
    assert!(home.read(".aws/config").contains("region = eu-west-2"));
    assert_eq!(region(&home, &[ADMIN, "eu-west-3"]), "eu-west-3");
    assert_eq!(written(&home), (json!("eu-west-3"), json!(false)));
    let ran = home.run(&["region", ADMIN, "us-east-2", "--for", "portal"]);
    assert_eq!((ran.code, &*ran.stdout), (0, "eu-west-3\n"), "{ran:?}");
    assert!(ran.stderr.contains("stays in eu-west-3"), "{ran:?}");
    assert_eq!(region(&home, &["222222222222/ReadOnlyAccess"]), "us-east-2");
    // Without the entry's own it is the account's again.
    assert_eq!(region(&home, &[ADMIN, "--remove"]), "eu-west-2");
    let removed = [ADMIN, "--remove", "--for", "account"];
    assert_eq!(region(&home, &removed), "us-east-2");
    assert_eq!(written(&home), (json!("us-east-2"), json!(false)));
    for (args, words) in [
        (&[ADMIN, "eu west"][..], "is not a region"),
        (&[ADMIN, "cn-north-1"], "of the partition aws"),
    ] {
        let ran = home.run(&[&["region"], args].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
}

#[test]
fn a_region_that_the_start_url_contradicts_is_never_saved() {
    let home = Home::new("startup");
    for (url, region, said) in [
        (
            "https://ssoins-1.portal.us-east-1.app.aws",
            "eu-west-1",
            "the start URL is in the region us-east-1, not in eu-west-1",
        ),
        (
            "https://start.us-gov-home.awsapps.com/directory/d-1",
            "eu-west-1",
            "the start URL is in the partition aws-us-gov, not in eu-west-1",
        ),
    ] {
        let add = [
            "portal",
            "add",
            "acme",
            "--start-url",
            url,
            "--region",
            region,
        ];
        let ran = home.run(&add);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(said), "{ran:?}");
        assert!(
            ran.stderr.contains("hint: give a region such as us-"),
            "{ran:?}"
        );
        assert!(!home.path(".aws/config").exists());
    }
    let url = "https://ssoins-1.portal.us-east-1.app.aws";
    home.ok(&["portal", "add", "acme", "--start-url", url]);
    let ran = home.run(&["portal", "edit", "acme", "--region", "eu-west-1"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let url = "https://u:HIDDEN@d-1.awsapps.com/start";
    let ran = home.run(&["portal", "add", "other", "--start-url", url]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(!ran.stderr.contains("HIDDEN"), "{ran:?}");
}

#[test]
fn a_mistyped_region_is_never_saved() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    home.ok(&["use", ADMIN]);
    settings(&home, "store = \"file\"\n");
    let files = || {
        (
            home.read(".aws/config"),
            home.read(".config/roledex/config.toml"),
        )
    };
    let before = files();
    for (args, hint) in [
        (
            &["region", ADMIN, "us-eats-1"][..],
            "did you mean us-east-1",
        ),
        (
            &["region", ADMIN, "frankfurt", "--for", "account"],
            "did you mean eu-central-1?",
        ),
        (
            &["region", ADMIN, "EU-WEST-1", "--for", "portal"],
            "did you mean eu-west-1",
        ),
        (
            &["use", ADMIN, "--region", "eu-wset-2"],
            "did you mean eu-west-2",
        ),
        (
            &["use", ADMIN, "--region", "cn-north-1"],
            "partition that the account is in",
        ),
        (
            &[
                "portal",
                "add",
                "other",
                "--start-url",
                "https://d-9999999999.awsapps.com/start",
                "--region",
                "eu-wets-1",
            ],
            "did you mean eu-west-1",
        ),
        (
            &[
                "portal",
                "add",
                "other",
                "--start-url",
                "https://d-9999999999.awsapps.com/start",
                "--region",
                "eu-west-1",
                "--scopes",
                "us-esst-1",
            ],
            "a scope looks like sso:account:access",
        ),
        (
            &["portal", "edit", "startup", "--scopes", "sso account"],
            "separate several with commas",
        ),
        (
            &[
                "login",
                "--console",
                "me",
                "--no-open",
                "--region",
                "eu-wets-1",
            ],
            "did you mean eu-west-1",
        ),
        (
            &["region", ADMIN, "nowhere"],
            "a region looks like eu-west-1",
        ),
    ] {
        let ran = home.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(hint), "{args:?}: {ran:?}");
        assert_eq!(files(), before, "{args:?}");
    }
}

#[test]
fn a_new_region_that_cannot_be_checked_is_no_mistake_of_the_user() {
    let home = Home::new("startup");
    let add = |region: &str| {
        let mut command = home.command(ROLEDEX);
        let url = "https://g.awsapps.com/start";
        command.args(["portal", "add", "g", "--start-url", url, "--region", region]);
        command.env("HTTPS_PROXY", "http://127.0.0.1:9");
        command.env_remove("AWS_ENDPOINT_URL_STS");
        Ran::new(&command.output().unwrap())
    };
    let ran = add("eu-south-3");
    assert_eq!(ran.code, 6, "{ran:?}");
    for said in [
        "cannot check whether \"eu-south-3\" is a region",
        "sts.eu-south-3.amazonaws.com",
        "HTTPS_PROXY",
        "or did you mean eu-south-1",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {ran:?}");
    }
    assert!(!home.path(".aws/config").exists());
    // No network is needed for what is known, and for what can be none.
    let ran = add("foo");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(add("eu-south-2").code, 0);
}

#[test]
fn an_own_profile_keeps_the_region_that_it_sets() {
    let home = Home::new("mixed");
    home.fill();
    let before = home.read(".aws/config");
    for args in [
        &["region", "profile:jane", "eu-west-2"][..],
        &["use", "profile:jane", "--region", "eu-west-2"],
    ] {
        let ran = home.run(args);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains("sets its region itself"), "{ran:?}");
    }
    assert_eq!(region(&home, &["profile:jane"]), "eu-central-1");
    assert_eq!(home.run(&["region", "profile:deploy"]).code, 2);
    assert_eq!(region(&home, &["profile:deploy", "eu-west-2"]), "eu-west-2");
    assert_eq!(home.read(".aws/config"), before);
}

#[test]
fn the_form_of_a_new_portal_refuses_a_mistyped_region() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    let before = home.read(".aws/config");
    let mut terminal = Terminal::roledex(&home, &[], (100, 30));
    terminal.wait("Esc quit");
    terminal.press("\x1bOS");
    terminal.wait("Enter the address of your portal.");
    terminal.press("https://d-9999999999.awsapps.com/start\r");
    terminal.wait("Enter it.");
    // The best match is offered first.
    terminal.press("eu-wst-1");
    terminal.wait("Europe (Ireland)");
    terminal.press("\r");
    terminal.wait("region    eu-west-1");
    assert_eq!(home.read(".aws/config"), before);
    // Nothing matches, and nothing is saved.
    terminal.press(&format!("{}eu-wezt-1\r", ctrl('u')));
    let screen = terminal.wait("did you mean eu-west-1");
    assert!(screen.contains("\"eu-wezt-1\" is not a region"), "{screen}");
    assert!(screen.contains("region    eu-wezt-1"), "{screen}");
    assert_eq!(home.read(".aws/config"), before);
}
