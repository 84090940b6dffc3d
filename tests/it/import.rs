//! `roledex import`, from outside: what other tools know becomes ours, and theirs stays theirs.

use std::fs;

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
    let file = "SSOConfig:\n  Default:\n    SSORegion: us-east-1\n    StartUrl: https://acme.awsapps.com/start\n    DefaultRegion: eu-west-3\n  \"My Other\":\n    SSORegion: eu-west-1\n    StartUrl: https://other.awsapps.com/start\n    Accounts:\n      \"123456789012\":\n        Name: x\n  Empty:\nDefaultSSO: Default\nUrlAction: open\n";
    home.write(".config/aws-sso/config.yaml", file);
    let ran = home.run(&["import", "aws-sso-cli", "--dry-run"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "acme\nMy-Other\n"),
        "{ran:?}"
    );
    assert!(
        ran.stderr
            .contains("[portals.\"acme\"] region = \"eu-west-3\": would be imported"),
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
    let settings = home.read(".config/roledex/config.toml");
    assert!(
        settings.contains("[portals.acme]\nregion = \"eu-west-3\""),
        "{settings}"
    );
    let status: serde_json::Value =
        serde_json::from_str(&home.ok(&["portal", "list", "--json"])).unwrap();
    assert_eq!(status.as_array().unwrap().len(), 3);
    home.write(".aws-sso/config.yaml", "SSOConfig: [");
    let broken = home.run(&["import", "aws-sso-cli"]);
    assert_eq!(broken.code, 7);
    assert!(
        broken
            .stderr
            .starts_with("error: cannot read ~/.aws-sso/config.yaml\n"),
        "{broken:?}"
    );
    assert!(
        broken
            .stderr
            .contains("hint: correct ~/.aws-sso/config.yaml"),
        "{broken:?}"
    );
}

#[test]
fn a_region_that_no_portal_can_have_is_not_imported() {
    let home = Home::new("startup");
    let portal = |name: &str, region: &str, url: &str| {
        format!("  {name}:\n    SSORegion: {region}\n    StartUrl: https://{url}\n")
    };
    let good = portal("Good", "eu-west-1", "good.awsapps.com/start");
    let odd = portal("Odd", "foo", "odd.awsapps.com/start");
    let other = portal("Other", "eu-west-1", "ssoins-1.portal.us-east-1.app.aws");
    let mistyped = portal("Mistyped", "eu-wset-1", "mistyped.awsapps.com/start");
    let file = format!(
        "SSOConfig:\n{good}    DefaultRegion: foo\n{odd}{other}{mistyped}DefaultRegion: bar\n"
    );
    home.write(".config/aws-sso/config.yaml", &file);
    home.write(".awsume/config.yaml", "region: bar\n");
    let leapp = LEAPP.replace("eu-north-1", "foo");
    home.write(".Leapp/Leapp-lock.json", &leapp);
    let tools = ["aws-sso-cli", "awsume", "leapp"];
    let run = |more: &[&str]| {
        let runs = tools.map(|tool| home.run(&[&["import", tool], more].concat()));
        runs.map(|ran| format!("{}{}", ran.stdout, ran.stderr))
            .concat()
    };
    let (dry, real) = (run(&["--dry-run"]), run(&[]));
    for said in [
        "Odd: not imported, \"foo\" is not a region",
        "Other: not imported, the start URL is in the region us-east-1, not in eu-west-1",
        "the DefaultRegion of Good: not imported, \"foo\" is not a region",
        "the default region: not imported, \"bar\" is not a region",
        "the region of the session acme-dev: not imported, \"foo\" is not a region",
    ] {
        assert!(dry.contains(said), "{said}: {dry}");
        assert!(real.contains(said), "{said}: {real}");
    }
    // Only the network can tell that there is no such region.
    assert!(
        dry.contains("the portal Mistyped: would be imported"),
        "{dry}"
    );
    let said = "Mistyped: not imported, \"eu-wset-1\" is not a region";
    assert!(real.contains(said), "{real}");
    let config = home.read(".aws/config");
    assert_eq!(config.matches("[sso-session").count(), 2, "{config}");
    let settings = home.read(".config/roledex/config.toml");
    assert!(
        !settings.contains("foo") && !settings.contains("bar"),
        "{settings}"
    );
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
    home.write(".aws/config", "");
    for tool in ["aws-vault", "legacy"] {
        let ran = home.run(&["import", tool]);
        assert_eq!(
            (ran.code, &*ran.stderr),
            (0, "nothing to import\n"),
            "{tool}"
        );
    }
    fs::remove_file(home.path(".aws/config")).unwrap();
    for (tool, file) in [
        ("saml2aws", ".saml2aws"),
        ("granted", ".granted/config"),
        ("aws-sso-cli", ".config/aws-sso/config.yaml"),
        ("aws-vault", ".aws/config"),
        ("leapp", ".Leapp/Leapp-lock.json"),
        ("awsume", ".awsume/config.yaml"),
        ("legacy", ".aws/config"),
    ] {
        let ran = home.run(&["import", tool]);
        let expected = format!("nothing to import: ~/{file} does not exist\n");
        assert_eq!((ran.code, ran.stderr), (0, expected), "{tool}");
    }
    // It is a mistake wherever the tool is installed, and nothing is imported before it is told.
    assert_eq!(home.run(&["import", "leapp", "--profiles"]).code, 2);
}

const AWS_VAULT: &str = "[default]
region = eu-west-1

[profile jon]
mfa_serial = arn:aws:iam::111122223333:mfa/jon
mfa_process = pass otp aws

[profile common]
region = eu-central-1
source_profile = jon
mfa_serial = arn:aws:iam::111122223333:mfa/jon

[profile deploy]
include_profile = common
role_arn = arn:aws:iam::444455556666:role/Deploy

[profile own]
include_profile = nobody
role_arn = arn:aws:iam::444455556666:role/Own
credential_source = Environment

[profile loop-a]
include_profile = loop-b
[profile loop-b]
parent_profile = loop-a

[profile sso-base]
sso_start_url = https://acme.awsapps.com/start
sso_region = eu-west-1

[profile sso-admin]
include_profile = sso-base
sso_account_id = 111111111111
sso_role_name = Admin

[profile work]
credential_process = aws-vault --prompt=osascript export --format=json work

[profile token]
web_identity_token_process = oidc get
role_arn = arn:aws:iam::444455556666:role/Token
";

#[test]
fn aws_vault_is_imported() {
    let home = Home::new("startup");
    home.write(".aws/config", AWS_VAULT);
    let dry = home.run(&["import", "aws-vault", "--dry-run"]);
    assert_eq!((dry.code, dry.stdout.as_str()), (0, "acme\n"), "{dry:?}");
    for said in [
        "the portal acme: would be imported, https://acme.awsapps.com/start in eu-west-1; 2 profiles use it",
        "the profile deploy: not imported, only aws-vault reads include_profile; for the AWS tools and roledex, add to it: source_profile = jon; mfa_serial = arn:aws:iam::111122223333:mfa/jon; region = eu-central-1\n",
        "the profile own: not imported, it includes the profile nobody, which does not exist",
        "the profile token: not imported, only aws-vault reads web_identity_token_process",
        "the keys of jon: not imported, they are in the keyring of aws-vault, and stay there; to use them, add to the profile jon: credential_process = aws-vault export --no-session --format=json jon\n",
    ] {
        assert!(dry.stderr.contains(said), "{said}: {}", dry.stderr);
    }
    assert_eq!(dry.stderr.matches("the keys of").count(), 1, "{dry:?}");
    assert!(!dry.stderr.contains("profile work"), "it works as it is");
    assert_eq!(home.read(".aws/config"), AWS_VAULT);
    home.ok(&["import", "aws-vault"]);
    let config = home.read(".aws/config");
    assert!(config.starts_with(AWS_VAULT), "{config}");
    assert!(config.contains("[sso-session acme]\n"), "{config}");
}

/// A workspace as Leapp writes it before it encrypts it.
const LEAPP: &str = r#"{
"_workspaceVersion": 7, "_pinned": [], "_defaultRegion": "eu-west-1", "_credentialMethod": "credential-file-method",
"_profiles": [{"id": "p-default", "name": "default"}, {"id": "p-1", "name": "team"}],
"_idpUrls": [{"id": "idp-1", "url": "https://id.example.com/app/aws/start"}],
"_awsSsoIntegrations": [
  {"id": "i-1", "alias": "Acme Corp", "type": "AWS-SSO", "portalUrl": "https://acme.awsapps.com/start", "region": "eu-west-1", "browserOpening": "In-browser", "isOnline": true},
  {"id": "i-2", "alias": "No region", "type": "AWS-SSO", "portalUrl": "https://other.awsapps.com/start"}],
"_azureIntegrations": [],
"_sessions": [
  {"sessionId": "s-1", "sessionName": "acme-dev", "status": 0, "region": "eu-north-1", "type": "awsSsoRole", "roleArn": "arn:aws:iam::111111111111/Admin", "profileId": "p-1", "awsSsoConfigurationId": "i-1", "email": "dev@example.com"},
  {"sessionId": "s-2", "sessionName": "acme-prod", "status": 0, "region": "eu-west-1", "type": "awsSsoRole", "roleArn": "arn:aws:iam::222222222222/Admin", "profileId": "p-default", "awsSsoConfigurationId": "i-1"},
  {"sessionId": "s-3", "sessionName": "partner", "status": 0, "region": "eu-west-1", "type": "awsIamRoleFederated", "roleArn": "arn:aws:iam::333333333333:role/Ops", "idpArn": "arn:aws:iam::333333333333:saml-provider/p", "idpUrlId": "idp-1", "profileId": "p-default"},
  {"sessionId": "s-4", "sessionName": "partner-read", "status": 0, "region": "eu-west-1", "type": "awsIamRoleFederated", "roleArn": "arn:aws:iam::333333333333:role/Read", "idpArn": "x", "idpUrlId": "idp-1", "profileId": "p-default"},
  {"sessionId": "s-5", "sessionName": "further", "status": 0, "region": "eu-west-1", "type": "awsIamRoleChained", "roleArn": "arn:aws:iam::444444444444:role/Deep", "parentSessionId": "s-2", "profileId": "p-default"},
  {"sessionId": "s-6", "sessionName": "jane", "status": 0, "region": "eu-west-1", "type": "awsIamUser", "mfaDevice": "", "profileId": "p-default"},
  {"sessionId": "s-7", "sessionName": "cloud", "status": 0, "region": "westeurope", "type": "azure"},
  {"sessionId": "s-8", "sessionName": "nowhere\u001b[31m", "status": 0, "region": "x; y", "type": "awsSsoRole", "roleArn": "arn:aws:iam::1/Admin", "awsSsoConfigurationId": "i-1"}]
}"#;

#[test]
fn leapp_is_imported() {
    let home = Home::new("startup");
    home.write(".Leapp/Leapp-lock.json", LEAPP);
    let dry = home.run(&["import", "leapp", "--dry-run"]);
    assert_eq!(
        (dry.code, dry.stdout.as_str()),
        (0, "Acme-Corp\npartner\n"),
        "{dry:?}"
    );
    for said in [
        "the portal Acme-Corp: would be imported, https://acme.awsapps.com/start in eu-west-1",
        "No region: not imported, its region is missing",
        "the setting default_region = \"eu-west-1\": would be imported",
        "the setting [entries.\"org:Acme-Corp/111111111111/Admin\"] region = \"eu-north-1\": would be imported",
        "partner: would be imported, https://id.example.com/app/aws/start",
        "the session acme-dev: not imported, Leapp writes its keys to the profile team; to write the profile, run: roledex use org:Acme-Corp/111111111111/Admin --profile team",
        "the session further: not imported, add it to the settings:\n[[chain]]\nname = \"further\"\nsource = \"org:Acme-Corp/222222222222/Admin\"\nrole_arn = \"arn:aws:iam::444444444444:role/Deep\"\n",
        "the session jane: not imported, its access key is in the keychain, under Leapp",
        "the session cloud: not imported, it is not an AWS account (azure)",
        "its portal or its role is missing",
    ] {
        assert!(dry.stderr.contains(said), "{said}: {}", dry.stderr);
    }
    assert!(!dry.stderr.contains('\u{1b}'), "{dry:?}");
    assert!(!home.path(".aws/config").exists(), "{dry:?}");
    let settings = home.read(".config/roledex/config.toml");
    assert!(!settings.contains("eu-"), "{settings}");
    home.ok(&["import", "leapp"]);
    let settings = home.read(".config/roledex/config.toml");
    for line in [
        "default_region = \"eu-west-1\"",
        "[entries.\"org:Acme-Corp/111111111111/Admin\"]",
        "region = \"eu-north-1\"",
        "url = \"https://id.example.com/app/aws/start\"",
    ] {
        assert!(settings.contains(line), "{line}: {settings}");
    }
    assert!(home.read(".aws/config").contains("[sso-session Acme-Corp]"));
    let again = home.run(&["import", "leapp"]);
    assert_eq!(
        (again.code, again.stdout.as_str()),
        (0, "partner\n"),
        "{again:?}"
    );
    assert!(
        again
            .stderr
            .contains("Acme Corp: already saved as the portal Acme-Corp")
    );
    assert_eq!(home.read(".config/roledex/config.toml"), settings);
}

/// Leapp encrypts its workspace with the id of the machine. `OpenSSL` does it as `CryptoJS` does.
#[test]
#[cfg(target_os = "linux")]
fn the_workspace_of_leapp_is_decrypted_on_its_machine() {
    use sha2::Digest as _;
    let id = ["/var/lib/dbus/machine-id", "/etc/machine-id"]
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok());
    let id = id
        .map(|id| id.trim().to_owned())
        .filter(|id| !id.is_empty());
    let is_there = crate::support::installed("openssl", &["version"]) && id.is_some();
    if !is_there {
        return;
    }
    let home = Home::new("startup");
    home.write("plain.json", LEAPP);
    let seal = |id: &str| {
        let hash = sha2::Sha256::digest(id.as_bytes());
        let key = hash
            .iter()
            .fold(String::new(), |key, byte| key + &format!("{byte:02x}"));
        let sealed = home
            .command("openssl")
            .args(["enc", "-aes-256-cbc", "-md", "md5", "-a", "-A", "-in"])
            .arg(home.path("plain.json"))
            .args(["-pass", &format!("pass:{key}")])
            .output()
            .unwrap();
        let text = Ran::new(&sealed).stdout;
        assert!(text.starts_with("U2FsdGVkX1"), "{text}");
        home.write(".Leapp/Leapp-lock.json", &text);
    };
    seal("another machine");
    let ran = home.run(&["import", "leapp"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (7, ""), "{ran:?}");
    for said in [
        "cannot decrypt ~/.Leapp/Leapp-lock.json",
        "not encrypted with the id of this machine",
        "import on the machine where Leapp runs",
    ] {
        assert!(ran.stderr.contains(said), "{ran:?}");
    }
    seal(&id.unwrap());
    assert_eq!(
        home.ok(&["import", "leapp", "--dry-run"]),
        "Acme-Corp\npartner\n"
    );
    home.write(".Leapp/Leapp-lock.json", "not base64 at all");
    assert_eq!(home.run(&["import", "leapp"]).code, 7);
    home.write(".Leapp/Leapp-lock.json", "{\"_sessions\": [");
    assert_eq!(home.run(&["import", "leapp"]).code, 7);
}

#[test]
fn awsume_is_imported() {
    let home = Home::new("startup");
    let nothing = home.run(&["import", "awsume"]);
    assert!(nothing.stderr.contains("nothing to import"), "{nothing:?}");
    home.write(
        ".awsume/config.yaml",
        "colors: true\nfuzzy-match: false\nrole-duration: 3600\nregion: eu-north-1\nconsole:\n  browser_command: '\"/usr/bin/firefox\" --new-tab \"{url}\"'\n",
    );
    let config = "[profile saml]\nrole_arn = arn:aws:iam::111122223333:role/S\nprincipal_arn = arn:aws:iam::111122223333:saml-provider/p\n\
                  [profile odd]\nrole_arn = arn:aws:iam::111122223333:role/O\ncredential_process = tool\n";
    let credentials = "[autoawsume-dev]\naws_access_key_id = ASIA1\naws_secret_access_key = s\naws_session_token = t\nautoawsume = true\nexpiration = 2021-01-01 00:00:00\nmanager = awsume\n";
    home.write(".aws/config", config);
    home.write(".aws/credentials", credentials);
    let ran = home.run(&["import", "awsume"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for said in [
        "the setting default_region = \"eu-north-1\": imported",
        "role-duration of awsume: not imported, write it into the profiles of the roles: duration_seconds = 3600",
        "console.browser_command of awsume: not imported, ",
        "the profile saml: not imported, a plugin of awsume signs in to it by SAML",
        "the profile odd: not imported, only awsume assumes role_arn with credential_process",
        "the profile autoawsume-dev: not imported, awsume wrote its temporary keys",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    assert!(
        home.read(".config/roledex/config.toml")
            .contains("default_region = \"eu-north-1\"")
    );
    assert_eq!(home.read(".aws/config"), config);
    assert_eq!(home.read(".aws/credentials"), credentials);
    // A region that is set stays.
    home.write(".awsume/config.yaml", "region: us-west-2\n");
    let other = home.run(&["import", "awsume"]);
    assert!(
        other
            .stderr
            .contains("the settings have default_region = \"eu-north-1\""),
        "{other:?}"
    );
    home.write(".awsume/config.yaml", "region: [");
    assert_eq!(home.run(&["import", "awsume"]).code, 7);
}

/// Profiles of the portal `mixed` as five tools write them, and some that must stay.
fn generated(home: &Home) -> String {
    let url = home.sim.endpoints().portals[0].start_url.clone();
    let fake = "sso_account_id = 333333333333\nsso_role_name = ReadOnlyAccess\n";
    format!(
        "# by hand\n[profile cli]\nsso_session = mixed\n{fake}region = eu-north-1\noutput = yaml\n\n\
         [profile old]\nsso_start_url = {url}\nsso_region = us-east-1\n{fake}\
         [profile util]\nsso_start_url = {url}\nsso_region = us-east-1\nsso_account_name = Workloads\n{fake}region = us-east-1\n\
         credential_process = aws-sso-util credential-process --profile util\nsso_auto_populated = true\n\
         [profile granted]\ngranted_sso_start_url = {url}\ngranted_sso_region = us-east-1\ngranted_sso_account_id = 333333333333\n\
         granted_sso_role_name = ReadOnlyAccess\ncommon_fate_generated_from = aws-sso\ncredential_process = granted credential-process --profile granted\n\
         # BEGIN_AWS_SSO_CLI\n[profile sso-cli]\ncredential_process = /usr/local/bin/aws-sso -u open -S \"Default\" process --arn arn:aws:iam::333333333333:role/ReadOnlyAccess\n# END_AWS_SSO_CLI\n\
         [profile vault-sso]\nsso_session = mixed\n{fake}[profile vault]\ncredential_process = aws-vault exec --json vault-sso\n\
         [profile elsewhere]\nsso_start_url = https://elsewhere.awsapps.com/start\nsso_region = us-east-1\n{fake}\
         [profile gone]\nsso_session = mixed\nsso_account_id = 333333333333\nsso_role_name = Nobody\n\
         [profile both]\nsso_session = mixed\n{fake}role_arn = arn:aws:iam::444455556666:role/Deploy\nsource_profile = cli\n\
         [profile mine]\ncredential_process = my-tool {url}\n[profile plain]\nregion = eu-west-1\n\
         [default]\nsso_session = mixed\n{fake}",
    )
}

#[test]
fn generated_profiles_are_taken_over_in_one_write_that_is_undone() {
    let home = Home::new("mixed");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    let before = home.read(".aws/config") + &generated(&home);
    home.write(".aws/config", &before);
    let entry = "org:mixed/333333333333/ReadOnlyAccess";
    let dry = home.run(&["import", "--profiles", "--dry-run"]);
    assert_eq!(dry.code, 0, "{dry:?}");
    let taken = [
        "cli",
        "old",
        "util",
        "granted",
        "sso-cli",
        "vault-sso",
        "vault",
    ];
    for name in taken {
        assert!(
            dry.stderr.contains(&format!("~ {name}  {entry}\n")),
            "{name}: {dry:?}"
        );
    }
    for said in [
        "the profile elsewhere: not imported, its portal is not saved",
        "the profile gone: not imported, the portal mixed does not list 333333333333/Nobody",
        "the profile both: not imported, it also has role_arn",
        "the profile default: not imported, roledex never writes the default profile",
        "# BEGIN_AWS_SSO_CLI",
        "7 would be managed, nothing was written",
    ] {
        assert!(dry.stderr.contains(said), "{said}: {}", dry.stderr);
    }
    assert!(
        !dry.stderr.contains("mine") && !dry.stderr.contains("plain"),
        "{dry:?}"
    );
    assert_eq!(home.read(".aws/config"), before);
    // One tool alone.
    let granted = home.run(&["import", "granted", "--profiles", "--dry-run"]);
    assert_eq!(
        granted.stderr.matches("\n~ ").count() + usize::from(granted.stderr.starts_with("~ ")),
        1,
        "{granted:?}"
    );
    assert_eq!(home.run(&["import", "leapp", "--profiles"]).code, 2);
    assert_eq!(home.run(&["import"]).code, 2);

    let names = home.ok(&["import", "--profiles"]);
    assert_eq!(names.lines().collect::<Vec<_>>(), taken);
    let config = home.read(".aws/config");
    let managed =
        "sso_session = mixed\nsso_account_id = 333333333333\nsso_role_name = ReadOnlyAccess\n";
    for rest in [
        "[profile mine]\n",
        "[profile both]\n",
        "# by hand\n",
        "output = yaml\n",
    ] {
        assert!(config.contains(rest), "{rest}: {config}");
    }
    for gone in [
        "granted_sso",
        "sso_auto_populated",
        "common_fate",
        "aws-sso-util",
        "aws-vault exec",
        "aws-sso -u",
    ] {
        assert!(!config.contains(gone), "{gone}: {config}");
    }
    assert_eq!(
        config.matches(&format!("roledex_entry = {entry}")).count(),
        7,
        "{config}"
    );
    assert!(config.matches(managed).count() >= 2, "{config}");
    let status: serde_json::Value = serde_json::from_str(&home.ok(&["status", "--json"])).unwrap();
    let region = |name: &str| {
        let rows = status["profiles"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        row["region"].as_str().unwrap().to_owned()
    };
    assert_eq!(region("cli"), "eu-north-1");
    if let Some(python) = crate::support::botocore() {
        for name in ["cli", "util", "granted", "sso-cli"] {
            let arn = crate::support::caller_of(&home, &python, name);
            assert!(
                arn.contains("333333333333:assumed-role/AWSReservedSSO_ReadOnlyAccess"),
                "{name}: {arn}"
            );
        }
    }
    assert_eq!(home.ok(&["import", "--profiles"]), "", "nothing is left");
    home.ok(&["undo"]);
    assert_eq!(home.read(".aws/config"), before);
}

#[test]
fn a_profile_that_something_means_by_its_id_stays_as_it_is() {
    let home = Home::new("mixed");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    let role =
        "sso_session = mixed\nsso_account_id = 333333333333\nsso_role_name = ReadOnlyAccess\n";
    let names = ["copied", "chained", "watched", "placed", "free"];
    let own = names
        .map(|name| format!("[profile {name}]\n{role}"))
        .concat();
    home.write(".aws/config", &(home.read(".aws/config") + &own));
    let copy = ["--as", "process", "--profile", "tool"];
    home.ok(&[&["use", "profile:copied"], &copy[..]].concat());
    home.write(
        ".config/roledex/config.toml",
        "store = \"file\"\nguard = [\"profile:watched\"]\n[entries.\"profile:placed\"]\nregion = \"eu-north-1\"\n\
         [[chain]]\nname = \"ch\"\nsource = \"profile:chained\"\nrole_arn = \"arn:aws:iam::333333333333:role/Deploy\"\n",
    );
    let ran = home.run(&["import", "--profiles"]);
    assert_eq!((ran.code, &*ran.stdout), (0, "free\n"), "{ran:?}");
    for (name, why) in [
        ("copied", "the profile tool gets its credentials from it"),
        ("chained", "the chain ch gets its credentials from it"),
        ("watched", "profile:watched is guarded, and"),
        ("placed", "the settings have a region for profile:placed"),
    ] {
        let said = format!("warning: the profile {name}: not imported, {why}");
        assert!(ran.stderr.contains(&said), "{said}: {ran:?}");
    }
    home.ok(&["credentials", "tool"]);
}
