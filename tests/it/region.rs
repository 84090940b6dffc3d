//! The region of an entry: the first that is set counts, and the portal's is marked as assumed.

use serde_json::{Value, json};

use crate::support::Home;

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
