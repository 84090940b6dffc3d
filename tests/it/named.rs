//! Profiles that are named on the command line, beside others of the same role.

use serde_json::Value;

use crate::support::Home;

const ADMIN: &str = "org:startup/333333333333/AdministratorAccess";
const MAIN: &str = "AdministratorAccess-333333333333";

/// A home with two profiles of one role: the main one, and `aaa`, whose keys are in the credentials file.
fn home() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    assert_eq!(home.ok(&["use", ADMIN]), format!("{MAIN}\n"));
    let named = ["use", ADMIN, "--as", "static", "--profile", "aaa"];
    assert_eq!(home.ok(&named), "aaa\n");
    home
}

/// The keys of the main profile in the config file.
fn main_section(home: &Home) -> String {
    let config = home.read(".aws/config");
    let (_, rest) = config.split_once(&format!("[profile {MAIN}]")).unwrap();
    rest.split("\n[").next().unwrap().trim().to_owned()
}

fn status_of(home: &Home, name: &str) -> Value {
    let status: Value = serde_json::from_str(&home.ok(&["status", "--json"])).unwrap();
    let rows = status["profiles"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap().clone()
}

fn expire(home: &Home) {
    let text = home.read(".aws/credentials");
    let line = |line: &str| {
        if line.starts_with("x_security_token_expires") {
            "x_security_token_expires = 2020-01-01T00:00:00Z\n".to_owned()
        } else {
            format!("{line}\n")
        }
    };
    home.write(
        ".aws/credentials",
        &text.lines().map(line).collect::<String>(),
    );
    assert_eq!(status_of(home, "aaa")["state"], "expired");
}

#[test]
fn refresh_and_use_write_the_profile_that_was_named() {
    let home = home();
    let main = main_section(&home);
    for command in [
        &["refresh", "aaa"][..],
        &["use", "aaa"],
        &["-1", "aaa"],
        &["refresh", "--all"],
    ] {
        expire(&home);
        let printed = home.ok(command);
        let lines: Vec<&str> = printed.lines().collect();
        assert!(lines.contains(&"aaa"), "{command:?}: {printed}");
        assert!(lines.len() == 1 || command.contains(&"--all"), "{printed}");
        let row = status_of(&home, "aaa");
        assert_eq!(
            (&row["state"], &row["mode"]),
            (&"fresh".into(), &"static".into())
        );
        assert_eq!(main_section(&home), main, "{command:?}");
    }
    assert!(!home.read(".aws/credentials").contains(MAIN));
}

#[test]
fn a_named_profile_has_a_type_and_a_region_of_its_own() {
    let home = home();
    let main = main_section(&home);
    assert_eq!(home.ok(&["use", "aaa", "--region", "us-east-1"]), "aaa\n");
    assert_eq!(status_of(&home, "aaa")["region"], "us-east-1");
    assert_eq!(status_of(&home, MAIN)["region"], "eu-west-1");
    for (name, region) in [
        ("aaa", "us-east-1"),
        (MAIN, "eu-west-1"),
        (ADMIN, "eu-west-1"),
    ] {
        let env = home.ok(&["env", name, "--shell", "bash"]);
        let mut lines = env.lines().filter(|line| line.contains("AWS_REGION="));
        assert!(lines.all(|line| line.contains(region)), "{name}: {env}");
        assert_eq!(home.ok(&["region", name]).trim(), region, "{name}");
    }
    assert_eq!(home.ok(&["use", "aaa", "--as", "process"]), "aaa\n");
    assert_eq!(status_of(&home, "aaa")["mode"], "process");
    assert_eq!(main_section(&home), main);
    // A name that is given besides counts.
    assert_eq!(home.ok(&["use", "aaa", "--profile", "third"]), "third\n");
}

#[test]
fn lists_show_the_profile_that_use_writes() {
    let home = home();
    // It ends first, it is first in the alphabet, and after this it is first in the file.
    expire(&home);
    let config = home.read(".aws/config");
    let (rest, aaa) = config.split_once("[profile aaa]").unwrap();
    home.write(".aws/config", &format!("[profile aaa]{aaa}\n{rest}"));
    let rows: Vec<Value> = serde_json::from_str(&home.ok(&["list", "--json"])).unwrap();
    let row = rows.iter().find(|row| row["id"] == ADMIN).unwrap();
    assert_eq!(
        (&row["profile"], &row["state"]),
        (&MAIN.into(), &"fresh".into())
    );
    for command in [
        &["use", ADMIN][..],
        &["refresh", ADMIN],
        &["use", "333333333333/AdministratorAccess"],
    ] {
        assert_eq!(home.ok(command), format!("{MAIN}\n"), "{command:?}");
    }
    // Without one of the default name it is the first in the files.
    home.ok(&["forget", MAIN]);
    home.ok(&["use", ADMIN, "--profile", "AAA", "--as", "process"]);
    let rows: Vec<Value> = serde_json::from_str(&home.ok(&["list", "--json"])).unwrap();
    let row = rows.iter().find(|row| row["id"] == ADMIN).unwrap();
    assert_eq!(row["profile"], "aaa");
    assert_eq!(home.ok(&["use", ADMIN]), "aaa\n");
}

#[test]
fn a_profile_is_not_mistaken_for_its_copy() {
    let home = Home::new("mixed");
    home.fill();
    let copy = [
        "use",
        "profile:deploy",
        "--as",
        "static",
        "--profile",
        "fixed",
        "--region",
        "us-east-1",
    ];
    assert_eq!(home.ok(&copy), "fixed\n");
    assert_eq!(home.ok(&["refresh", "fixed"]), "fixed\n");
    assert_eq!(home.ok(&["refresh", "deploy"]), "deploy\n");
    assert_eq!(home.ok(&["use", "deploy"]), "deploy\n");
    assert_eq!(home.ok(&["refresh", "profile:deploy"]), "deploy\n");
}

#[test]
fn a_sign_out_removes_keys_and_leaves_what_the_user_wrote() {
    let home = home();
    home.ok(&["use", ADMIN, "--as", "static", "--profile", "plain"]);
    let config = home.read(".aws/config").replace(
        "[profile aaa]\n",
        "[profile aaa]\n# why it is there\ncli_pager =\n",
    );
    home.write(".aws/config", &config);
    let with_own = home
        .read(".aws/credentials")
        .replace("[aaa]\n", "[aaa]\n# mine\ncolor = red\n");
    home.write(".aws/credentials", &with_own);
    let out = home.run(&["logout"]);
    assert_eq!(out.code, 0, "{out:?}");
    for said in [
        "removed the static profile plain",
        "removed the keys of the profile aaa, not its other lines",
    ] {
        assert!(out.stderr.contains(said), "{out:?}");
    }
    // Without keys, SDKs would use the role of the machine in its name.
    let now = home.read(".aws/config");
    assert!(!now.contains("[profile plain]"), "{now}");
    assert!(now.contains("[profile aaa]\n# why it is there\ncli_pager =\n"));
    let config = now;
    let left = format!("[aaa]\n# mine\ncolor = red\nroledex_entry = {ADMIN}\n");
    assert_eq!(home.read(".aws/credentials"), left);
    // Nothing is wrong with it, and it keeps its place everywhere.
    let row = status_of(&home, "aaa");
    assert_eq!(
        (&row["state"], &row["mode"]),
        (&"none".into(), &"static".into())
    );
    let checked = home.run(&["doctor", "--json"]).stdout;
    let checks: Vec<Value> = serde_json::from_str(&checked).unwrap();
    let about = checks
        .iter()
        .filter(|it| it["what"].as_str().unwrap().contains("aaa"));
    assert_eq!(about.count(), 0, "{checked}");
    assert_eq!(home.run(&["refresh", "aaa"]).code, 3, "it needs a sign-in");
    home.login("startup");
    assert_eq!(home.ok(&["use", "aaa"]), "aaa\n");
    let row = status_of(&home, "aaa");
    assert_eq!(
        (&row["state"], &row["mode"]),
        (&"fresh".into(), &"static".into())
    );
    assert_eq!(home.read(".aws/config"), config);
    let kept = |text: &str| text.contains("# mine\ncolor = red\n");
    assert!(kept(&home.read(".aws/credentials")));
    // Another type leaves the user's own key, too.
    home.ok(&["use", "aaa", "--as", "process"]);
    assert!(
        home.read(".aws/credentials")
            .starts_with("[aaa]\n# mine\ncolor = red\n")
    );
    home.ok(&["undo"]);
    assert_eq!(status_of(&home, "aaa")["mode"], "static");
}
