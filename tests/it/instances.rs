//! One instance of Identity Center under several names: its accounts and roles are listed once, and used through
//! whichever portal is signed in and works.

use roledex::internals::config::Clock;
use serde_json::{Value, json};

use crate::support::server::{Answer, Server};
use crate::support::{Home, ROLEDEX, Ran, botocore, caller_of};

const ADMIN: &str = "org:acme/111111111111/Admin";

/// The instance in its first region, and its replica in another one.
const SCENARIO: &str = r#"
[[portals]]
name = "acme"
region = "us-east-1"
start_url = "https://ssoins-7223c0ffee000001.portal.us-east-1.app.aws"
accounts = [
    { id = "111111111111", name = "Acme Prod", roles = ["Admin", "ReadOnly"] },
    { id = "222222222222", name = "Acme Dev", roles = ["Admin"] },
]

[[portals]]
name = "acme-eu"
region = "eu-west-1"
start_url = "https://ssoins-7223c0ffee000001.portal.eu-west-1.app.aws"
accounts = [
    { id = "111111111111", name = "Acme Prod", roles = ["Admin", "ReadOnly"] },
    { id = "222222222222", name = "Acme Dev", roles = ["Admin", "Operator"] },
]
"#;

fn home() -> Home {
    let home = Home::scenario(SCENARIO);
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    home
}

fn rows(home: &Home, args: &[&str]) -> Vec<Value> {
    serde_json::from_str(&home.ok(&[&["list", "--json"], args].concat())).unwrap()
}

/// Ids and portals in use.
fn listed(home: &Home, args: &[&str]) -> Vec<String> {
    let rows = rows(home, args);
    let words = |row: &Value| {
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        format!("{} {}", text("id"), text("portal"))
    };
    rows.iter().map(words).collect()
}

fn all(portal: &str) -> Vec<String> {
    [
        "org:acme/222222222222/Admin",
        "org:acme/222222222222/Operator",
        ADMIN,
        "org:acme/111111111111/ReadOnly",
    ]
    .map(|id| format!("{id} {portal}"))
    .to_vec()
}

#[test]
fn each_account_and_role_is_listed_once_and_failing_regions_do_not_matter() {
    let home = home();
    assert_eq!(listed(&home, &[]), all("acme"));
    for portal in ["acme", "acme-eu"] {
        assert_eq!(listed(&home, &["--portal", portal]), all("acme"));
    }
    let name = home.ok(&["use", ADMIN]);
    let config = home.read(".aws/config");
    assert!(config.contains("sso_session = acme\n"), "{config}");
    home.sim.set_down("acme", true);
    let ran = home.run(&["list", "--refresh", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    // On a slow machine it says what it waits for.
    let mut said = ran.stderr.lines();
    assert!(said.all(|line| line.starts_with("waiting for ")), "{ran:?}");
    assert_eq!(listed(&home, &[]), all("acme"));
    // The one that answers is written, so that every other tool uses it, too.
    let ran = home.run(&["refresh", ADMIN]);
    assert_eq!((ran.code, &ran.stdout), (0, &name), "{ran:?}");
    let config = home.read(".aws/config");
    assert!(config.contains("sso_session = acme-eu\n"), "{config}");
    assert!(
        config.contains(&format!("roledex_entry = {ADMIN}\n")),
        "{config}"
    );
    if let Some(python) = botocore() {
        let caller = caller_of(&home, &python, name.trim());
        assert!(
            caller.starts_with("arn:aws:sts::111111111111:assumed-role/"),
            "{caller}"
        );
    }
    // With all of them down, the error is the first one's.
    home.sim.set_down("acme-eu", true);
    let ran = home.run(&["refresh", ADMIN]);
    assert_eq!(ran.code, 6, "{ran:?}");
    let ran = home.run(&["list", "--refresh"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert_eq!(listed(&home, &[]), all("acme"), "what was known stays");
}

#[test]
fn whichever_portal_is_signed_in_is_used() {
    let home = home();
    home.ok(&["logout", "acme"]);
    assert_eq!(listed(&home, &[]), all("acme-eu"));
    home.ok(&["list", "--refresh"]);
    let name = home.ok(&["use", ADMIN]);
    let config = home.read(".aws/config");
    assert!(config.contains("sso_session = acme-eu\n"), "{config}");
    let status: Value = serde_json::from_str(&home.ok(&["status", "--json"])).unwrap();
    let signed_in = |at: usize| status["portals"][at]["signed_in"].clone();
    assert_eq!((signed_in(0), signed_in(1)), (json!(false), json!(true)));
    assert_eq!(status["profiles"][0]["entry"], ADMIN);
    let doctor = home.run(&["doctor"]);
    assert!(
        doctor
            .stdout
            .contains("acme, acme-eu are the same Identity Center instance"),
        "{doctor:?}"
    );
    // A portal that is signed in stays in the profile, also when the first one is back.
    home.login("acme");
    assert_eq!(home.ok(&["use", ADMIN]), name);
    let config = home.read(".aws/config");
    assert!(!config.contains("sso_session = acme\n"), "{config}");
    home.ok(&["logout", "acme"]);
    home.ok(&["logout", "acme-eu"]);
    let ran = home.run(&["refresh", ADMIN]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("acme"), "{ran:?}");
}

#[test]
fn where_one_portal_does_not_answer_the_next_one_is_asked() {
    let home = Home::scenario(SCENARIO);
    home.sign_in();
    home.write(
        ".config/roledex/config.toml",
        "store = \"file\"\npatience_seconds = 4\n",
    );
    let server = Server::start(|request| {
        if request.number == 0 {
            return Answer::Drip(1_000_000);
        }
        let end = Clock::System.now().as_millisecond() + 3_600_000;
        let keys = format!(
            r#"{{"roleCredentials":{{"accessKeyId":"ASIAX","secretAccessKey":"s","sessionToken":"t","expiration":{end}}}}}"#
        );
        Answer::json(200, keys)
    });
    let mut command = home.command(ROLEDEX);
    command.args(["use", ADMIN]);
    command.env("AWS_ENDPOINT_URL_SSO", &server.url);
    let ran = Ran::new(&command.output().unwrap());
    assert_eq!((ran.code, server.asked()), (0, 2), "{ran:?}");
    let config = home.read(".aws/config");
    assert!(config.contains("sso_session = acme-eu\n"), "{config}");
}

#[test]
fn ids_with_the_other_name_stay_good() {
    let home = home();
    let old = "org:acme-eu/111111111111/ReadOnly";
    let new = "org:acme/111111111111/ReadOnly";
    // As an earlier version left them.
    home.write(
        ".local/state/roledex/history.json",
        &json!({ "pins": [old, "org:acme-eu/222222222222/Admin"] }).to_string(),
    );
    let config = home.read(".aws/config")
        + &format!(
            "[profile old]\nsso_session = acme-eu\nsso_account_id = 111111111111\n\
             sso_role_name = ReadOnly\nregion = eu-west-3\nroledex_entry = {old}\n"
        );
    home.write(".aws/config", &config);
    let rows = rows(&home, &[]);
    let row = rows.iter().find(|row| row["id"] == new).unwrap();
    assert_eq!(
        (&row["pinned"], &row["profile"]),
        (&json!(true), &json!("old"))
    );
    assert_eq!(row["region"], "eu-west-3");
    assert_eq!(home.ok(&["use", old]), "old\n");
    assert_eq!(home.ok(&["use", "old"]), "old\n");
    let credentials = home.ok(&["credentials", old]);
    assert_eq!(home.ok(&["credentials", new]), credentials);
    home.ok(&["pin", new, "--remove"]);
    home.ok(&["pin", old]);
    home.ok(&["pin", new, "--remove"]);
    let left: Value =
        serde_json::from_str(&home.read(".local/state/roledex/history.json")).unwrap();
    assert_eq!(left["pins"], json!(["org:acme-eu/222222222222/Admin"]));
    // Settings and the guard know an entry by every name.
    home.write(
        ".config/roledex/config.toml",
        "guard = [\"org:acme-eu/222222222222/*\"]\n[portals.acme-eu]\nregion = \"eu-north-1\"\n",
    );
    assert_eq!(home.ok(&["region", ADMIN]), "eu-north-1\n");
    let ran = home.run(&["use", "org:acme/222222222222/Admin"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.stderr.contains("is guarded"), "{ran:?}");
}

#[test]
fn the_settings_say_which_instance_an_alias_is() {
    let scenario = SCENARIO.replace(
        "https://ssoins-7223c0ffee000001.portal.eu-west-1.app.aws",
        "https://acme.awsapps.com/start",
    );
    let home = Home::scenario(&scenario);
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    assert_eq!(
        listed(&home, &[]).len(),
        7,
        "two instances, for all that is known"
    );
    home.write(
        ".config/roledex/config.toml",
        "[portals.acme-eu]\ninstance = \"ssoins-7223c0ffee000001\"\n",
    );
    assert_eq!(listed(&home, &[]), all("acme"));
}
