//! Names that others chose, where the user types the number of an account: they name no other entry.

use crate::support::Home;

const REAL: &str = "org:acme/111111111111/Admin";
const OTHER: &str = "org:acme/999999999999/Admin";
const TYPED: &str = "111111111111/Admin";

const SCENARIO: &str = r#"
[[portals]]
name = "acme"
region = "eu-west-1"
start_url = "https://d-9.awsapps.com/start"
[[portals.accounts]]
id = "111111111111"
name = "Prod"
roles = ["Admin", "ReadOnly"]
[[portals.accounts]]
id = "999999999999"
name = "111111111111"
roles = ["Admin"]
[[portals]]
name = "client"
region = "eu-west-1"
start_url = "https://d-8.awsapps.com/start"
[[portals.accounts]]
id = "888888888888"
name = "Prod"
roles = ["Admin"]
"#;

fn home() -> Home {
    let home = Home::scenario(SCENARIO);
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    home
}

/// The entry that every command takes a text for.
fn meant(home: &Home, text: &str) -> String {
    home.ok(&["credentials", text]);
    let script = "printf %s \"$ROLEDEX_ENTRY\"";
    let entry = home.ok(&["exec", text, "--", "sh", "-c", script]);
    assert_eq!(home.ok(&["pin", text]).trim(), entry);
    entry
}

/// Every command lists these candidates for a text, and does nothing.
fn is_ambiguous(home: &Home, text: &str, candidates: [&str; 2]) {
    for args in [
        &["credentials", text][..],
        &["exec", text, "--", "true"],
        &["use", text],
        &["pin", text],
        &["region", text],
    ] {
        let ran = home.run(args);
        assert_eq!(ran.code, 4, "{args:?}: {ran:?}");
        for candidate in candidates {
            assert!(ran.stderr.contains(candidate), "{args:?}: {ran:?}");
        }
    }
}

#[test]
fn a_profile_that_is_named_after_an_account_is_not_another_account() {
    let home = home();
    let settings = ".config/roledex/config.toml";
    let template = "store = \"file\"\nprofile_name = \"{account_name}/{role}\"\n";
    home.write(settings, template);
    home.ok(&["sync", "--portal", "acme"]);
    let config = home.read(".aws/config");
    assert!(config.contains("[profile 111111111111-Admin]"), "{config}");
    assert_eq!(meant(&home, TYPED), REAL);
    assert_eq!(meant(&home, "111111111111-Admin"), OTHER);
    assert_eq!(
        meant(&home, "Prod/ReadOnly"),
        "org:acme/111111111111/ReadOnly"
    );
}

#[test]
fn a_template_may_name_the_account_itself() {
    let home = home();
    let template = "{account_id}/{role}";
    home.ok(&["sync", "--portal", "acme", "--template", template]);
    let config = home.read(".aws/config");
    assert!(config.contains("[profile 111111111111/Admin]"), "{config}");
    assert_eq!(meant(&home, TYPED), REAL);
    assert_eq!(meant(&home, "999999999999/Admin"), OTHER);
}

#[test]
fn a_name_that_names_another_account_is_ambiguous() {
    let home = home();
    home.ok(&["use", OTHER, "--profile", TYPED]);
    is_ambiguous(&home, TYPED, [REAL, OTHER]);
    home.ok(&["forget", TYPED]);
    let settings = "store = \"file\"\n[accounts.111111111111]\nalias = \"pay\"\n";
    home.write(".config/roledex/config.toml", settings);
    home.ok(&["use", OTHER, "--profile", "pay/Admin"]);
    is_ambiguous(&home, "pay/Admin", [REAL, OTHER]);
    home.ok(&["forget", "pay/Admin"]);
    home.ok(&["use", REAL, "--profile", "pay/admin"]);
    assert_eq!(meant(&home, "pay/admin"), REAL);
    let link = "https://d-9.awsapps.com/start/#/saml/default/x/ins-0123456789abcdef";
    home.ok(&["app", "add", link, "--name", TYPED]);
    is_ambiguous(&home, TYPED, [REAL, TYPED]);
}

#[test]
fn the_name_in_a_link_is_neither_an_entry_nor_an_option() {
    let home = home();
    for (at, name, taken) in [
        (1, "111111111111%2FAdmin", "111111111111-Admin"),
        (2, "111111111111", "app-111111111111"),
        (
            3,
            "org:acme%2F111111111111%2FAdmin",
            "org-acme/111111111111/Admin",
        ),
        (4, "--help", "help"),
        (5, "-%20-x", "x"),
    ] {
        let host = "https://d-9.awsapps.com/start/#/saml/default";
        let link = format!("{host}/{name}/ins-0123456789abcde{at}");
        assert_eq!(home.ok(&["app", "add", &link]).trim(), taken);
    }
    assert_eq!(meant(&home, TYPED), REAL);
    let link = "https://d-9.awsapps.com/start/#/saml/default/-/ins-0123456789abcdef";
    for args in [
        &["app", "add", link][..],
        &["app", "add", link, "--name=-x"],
    ] {
        let ran = home.run(args);
        assert_eq!(ran.code, 2, "{ran:?}");
    }
}

#[test]
fn the_only_match_comes_with_a_warning_while_a_portal_is_not_listed() {
    let home = Home::scenario(SCENARIO);
    home.add_portals();
    home.login("client");
    let warning = home.run(&["list"]).stderr;
    let warning = warning.lines().find(|line| line.starts_with("warning: "));
    let warning = warning.unwrap();
    for (text, is_certain) in [
        ("Prod/Admin", false),
        ("prod admin", false),
        ("888888888888/Admin", true),
        ("org:client/888888888888/Admin", true),
    ] {
        for args in [&["pin", text][..], &["exec", text, "--", "true"]] {
            let ran = home.run(args);
            assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
            assert_eq!(
                !ran.stderr.contains(warning),
                is_certain,
                "{args:?}: {ran:?}"
            );
        }
    }
}
