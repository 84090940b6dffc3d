//! `roledex import`, from outside: what other tools know becomes ours, and theirs stays theirs.

use crate::support::{Home, Ran};

const GRANTED: &str = "[profile one/Admin]
granted_sso_start_url      = https://d-1111111111.awsapps.com/start/
granted_sso_region         = us-east-1
granted_sso_account_id     = 111111111111
granted_sso_role_name      = Admin
common_fate_generated_from = aws-sso
credential_process         = granted credential-process --profile one/Admin

[profile one/ReadOnly]
granted_sso_start_url = https://d-1111111111.awsapps.com/start
granted_sso_region = us-east-1
granted_sso_account_id = 111111111111
granted_sso_role_name = ReadOnly
credential_process = granted credential-process --profile one/ReadOnly

[profile broken]
granted_sso_start_url = http://not.https/start
";

#[test]
fn granted_is_imported() {
    let home = Home::new("startup");
    home.write(".aws/config", GRANTED);
    home.write(
        ".granted/config",
        "DefaultBrowser = \"FIREFOX\"\nOrdering = \"\"\n[SSO.prod]\nStartURL = \"https://acme.awsapps.com/start\"\nSSORegion = \"eu-west-1\"\n\
         [SSO.half]\nStartURL = \"https://half.awsapps.com/start\"\n[[ProfileRegistry.Registries]]\nname = \"team\"\nurl = \"https://example.com/x.git\"\n",
    );
    let dry = home.run(&["import", "granted", "--dry-run"]);
    assert_eq!(
        (dry.code, dry.stdout.as_str()),
        (0, "prod\nd-1111111111\n"),
        "{dry:?}"
    );
    for said in [
        "the portal prod: would be imported, https://acme.awsapps.com/start in eu-west-1",
        "the portal d-1111111111: would be imported, https://d-1111111111.awsapps.com/start in us-east-1; 2 profiles use it",
        "warning: half: not imported, its region is missing",
        "warning: the profile broken: not imported, ",
        "warning: the profile registry team: not imported, ",
    ] {
        assert!(dry.stderr.contains(said), "{said}: {}", dry.stderr);
    }
    assert_eq!(home.read(".aws/config"), GRANTED);
    home.ok(&["import", "granted"]);
    let config = home.read(".aws/config");
    assert!(config.starts_with(GRANTED), "their profiles stay: {config}");
    assert!(config.contains(
        "[sso-session prod]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n"
    ));
    assert!(config.contains("[sso-session d-1111111111]\n"), "{config}");
    let again = home.run(&["import", "granted"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, ""));
    assert!(
        again
            .stderr
            .contains("prod: already saved as the portal prod"),
        "{again:?}"
    );
    assert_eq!(home.read(".aws/config"), config);
}

#[test]
fn aws_sso_cli_is_imported() {
    let home = Home::new("startup");
    assert_eq!(
        home.run(&["import", "aws-sso-cli"]).code,
        7,
        "there is none"
    );
    let file = "SSOConfig:\n  Default:\n    SSORegion: us-east-1\n    StartUrl: https://acme.awsapps.com/start\n    DefaultRegion: eu-west-3\n  \"My Other\":\n    SSORegion: eu-west-1\n    StartUrl: https://other.awsapps.com/start\n    Accounts:\n      \"123456789012\":\n        Name: x\n  Empty:\nDefaultSSO: Default\nUrlAction: open\n";
    home.write(".config/aws-sso/config.yaml", file);
    let ran = home.run(&["import", "aws-sso-cli", "--dry-run"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "acme\nMy-Other\n"),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("default_region = \"eu-west-3\""),
        "{ran:?}"
    );
    assert!(
        ran.stderr
            .contains("Empty: not imported, its start URL is missing"),
        "{ran:?}"
    );
    // The older place comes first.
    home.write(".aws-sso/config.yaml", "SSOConfig:\n  Old:\n    SSORegion: us-east-1\n    StartUrl: https://old.awsapps.com/start\n");
    assert_eq!(home.ok(&["import", "aws-sso-cli"]), "Old\n");
    let elsewhere = home
        .command(crate::support::ROLEDEX)
        .args(["import", "aws-sso-cli"])
        .env("AWS_SSO_CONFIG", home.path(".config/aws-sso/config.yaml"))
        .output()
        .unwrap();
    assert_eq!(Ran::new(&elsewhere).stdout, "acme\nMy-Other\n");
    let status: serde_json::Value =
        serde_json::from_str(&home.ok(&["portal", "list", "--json"])).unwrap();
    assert_eq!(status.as_array().unwrap().len(), 3);
    home.write(".aws-sso/config.yaml", "SSOConfig: [");
    assert_eq!(home.run(&["import", "aws-sso-cli"]).code, 7);
}

#[test]
fn legacy_profiles_become_portals() {
    let home = Home::new("startup");
    let config = "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n\n\
        [profile new]\nsso_session = acme\nsso_account_id = 111111111111\nsso_role_name = A\n\n\
        [profile old]\nsso_start_url = https://acme.awsapps.com/start#/\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = A\n\n\
        [profile older]\nsso_start_url = https://other.awsapps.com/start\nsso_region = us-east-1\nsso_account_id = 222222222222\nsso_role_name = B\n";
    home.write(".aws/config", config);
    let dry = home.run(&["import", "legacy", "--dry-run"]);
    assert_eq!((dry.code, dry.stdout.as_str()), (0, "other\n"), "{dry:?}");
    assert!(
        dry.stderr
            .contains("the profile old: already saved as the portal acme"),
        "{dry:?}"
    );
    assert!(
        dry.stderr.contains("1 profile uses it and does not change"),
        "{dry:?}"
    );
    home.ok(&["import", "legacy"]);
    let after = home.read(".aws/config");
    assert!(
        after.starts_with(config) && after.contains("[sso-session other]\n"),
        "{after}"
    );
    assert_eq!(home.ok(&["import", "legacy"]), "");
    assert_eq!(home.read(".aws/config"), after);
}

#[test]
fn nothing_to_take_is_said() {
    let home = Home::new("startup");
    for tool in ["granted", "legacy"] {
        let ran = home.run(&["import", tool]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.contains("nothing to import"), "{ran:?}");
    }
}
