//! `roledex doctor`, from outside: what it finds, what it fixes, and what it leaves alone.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::server::{Answer, Server};
use crate::support::{Home, ROLEDEX, Ran};

const PORTAL: &str =
    "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n";

fn home(config: &str) -> Home {
    let home = Home::new("startup");
    home.write(".aws/config", config);
    chmod(&home, ".aws/config", 0o600);
    home
}

fn chmod(home: &Home, name: &str, mode: u32) {
    fs::set_permissions(home.path(name), fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(home: &Home, name: &str) -> u32 {
    fs::metadata(home.path(name)).unwrap().permissions().mode() & 0o777
}

/// An AWS CLI that says this version; its directory is the only one of the PATH.
fn aws_cli(home: &Home, says: &str) {
    home.write("bin/aws", &format!("#!/bin/sh\necho '{says}'\n"));
    chmod(home, "bin/aws", 0o755);
}

/// Its JSON and exit code.
fn check(home: &Home, env: &[(&str, &str)], args: &[&str]) -> (serde_json::Value, i32) {
    let mut command = home.command(ROLEDEX);
    command.arg("doctor").arg("--json").args(args);
    // Nothing of this machine's.
    command.env("PATH", home.path("bin"));
    command.envs(env.iter().copied());
    let ran = Ran::new(&command.output().unwrap());
    let checks = serde_json::from_str(&ran.stdout);
    assert!(checks.is_ok(), "{ran:?}");
    (checks.unwrap(), ran.code)
}

#[test]
fn an_endpoint_without_encryption_is_named_once_and_checked() {
    let home = Home::new("startup");
    home.sign_in();
    // A service that is not asked here: nothing leaves this machine.
    let endpoint = "http://sts.example:8080";
    let given = "http://user:HIDDEN@sts.example:8080?key=HIDDEN";
    let env = [("AWS_ENDPOINT_URL_STS", given)];
    let warning = format!("warning: the endpoint of sts, {endpoint}, is not encrypted");
    let run = |args: &[&str]| {
        let mut command = home.command(ROLEDEX);
        Ran::new(&command.args(args).envs(env).output().unwrap())
    };
    let ran = run(&["list", "--refresh", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stderr.matches(&warning).count(), 1, "{ran:?}");
    assert!(!ran.stdout.contains("not encrypted"), "{ran:?}");
    let entry = "org:startup/333333333333/AdministratorAccess";
    let ran = run(&["credentials", entry]);
    assert_eq!(
        (ran.code, ran.stderr.matches(&warning).count()),
        (0, 1),
        "{ran:?}"
    );
    let ran = run(&["--quiet", "list", "--refresh", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let (checks, _) = check(&home, &env, &[]);
    let found = one(&checks, "endpoints");
    assert!(
        found.starts_with("warning ") && found.contains(endpoint),
        "{found}"
    );
}

/// The checks of an id, as `STATE what`.
fn statuses(checks: &serde_json::Value, id: &str) -> Vec<String> {
    let checks = checks.as_array().unwrap().iter();
    let checks = checks.filter(|check| check["id"] == id);
    checks
        .map(|check| {
            let text = |key: &str| check[key].as_str().unwrap().to_owned();
            format!("{} {}", text("state"), text("what"))
        })
        .collect()
}

fn one(checks: &serde_json::Value, id: &str) -> String {
    let found = statuses(checks, id);
    assert_eq!(found.len(), 1, "{id}: {found:?}");
    found[0].clone()
}

#[test]
fn a_portal_that_cannot_be_used_is_named_and_not_asked() {
    for (url, region, words) in [
        ("https://acme.awsapps.com/start", "x.y", "is not a region"),
        (
            "https://acme.awsapps.com/start",
            "../../x",
            "is not a region",
        ),
        ("file:///etc/passwd", "eu-west-1", "is not the start URL"),
        (
            "http://acme.example/start",
            "eu-west-1",
            "is not the start URL",
        ),
    ] {
        let section = format!("[sso-session acme]\nsso_start_url = {url}\nsso_region = {region}\n");
        let home = home(&section);
        aws_cli(&home, "aws-cli/2.31.1 Python/3.13 Linux");
        let (checks, code) = check(&home, &[], &[]);
        assert_eq!(code, 1, "{checks:#}");
        let found = one(&checks, "portals");
        assert!(
            found.starts_with("error ") && found.contains(words),
            "{found}"
        );
        let mut command = home.command(ROLEDEX);
        // The simulator would answer for any region.
        let overridden = ["AWS_ENDPOINT_URL_SSO_OIDC", "AWS_ENDPOINT_URL_SSO"];
        for name in overridden {
            command.env_remove(name);
        }
        let ran = Ran::new(
            &command
                .args(["login", "acme", "--device"])
                .output()
                .unwrap(),
        );
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
        assert_eq!(home.run(&["login", "acme", "--device"]).code, 2);
    }
}

#[test]
fn a_name_that_no_header_can_have_gets_no_useless_hint() {
    let home = home("[profile `id`;'\"]\nregion = eu-west-1\n[ profile p ]\nregion = eu-west-1\n");
    let ran = home.run(&["doctor"]);
    let has = |text: &str| ran.stdout.contains(text);
    assert!(has("choose a name without quotes"), "{ran:?}");
    assert!(!has("write it as [profile `id`"), "{ran:?}");
    assert!(has("write it as [profile p]"), "{ran:?}");
}

#[test]
fn a_healthy_home() {
    let home = home(PORTAL);
    aws_cli(&home, "aws-cli/2.31.1 Python/3.13 Linux");
    let (checks, code) = check(&home, &[("NO_COLOR", "1")], &[]);
    assert_eq!(code, 0, "{checks:#}");
    assert_eq!(one(&checks, "aws_cli"), "ok the AWS CLI is 2.31.1");
    let ids = [
        "settings",
        "files",
        "duplicates",
        "permissions",
        "directories",
        "names",
        "portals",
        "apps",
        "regions",
        "shadowed",
        "expired_keys",
        "credential_process",
        "endpoints",
        "environment",
        "proxy",
        "ca_bundle",
        "network",
        "clock",
        "browser",
        "display",
        "keyring",
        "aws_cli",
        "terminal",
        "keys",
    ];
    for id in ids {
        let found = one(&checks, id);
        assert!(
            found.starts_with("ok ") || found.starts_with("skipped "),
            "{id}: {found}"
        );
    }
    assert_eq!(
        checks.as_array().unwrap().len(),
        ids.len(),
        "every check is documented"
    );
    let fields: Vec<_> = checks[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["hint", "id", "state", "what"]);
    let text = home.run(&["doctor"]);
    assert!(text.stdout.starts_with("ok       settings "), "{text:?}");
    assert!(text.stderr.contains("no problems found"), "{text:?}");
}

#[test]
fn files_that_do_not_exist_are_not_praised() {
    let home = Home::new("startup");
    for folder in [".aws", ".config"] {
        std::fs::remove_dir_all(home.path(folder)).ok();
    }
    let (checks, code) = check(&home, &[], &[]);
    assert_eq!(code, 0, "{checks:#}");
    for (id, expected) in [
        (
            "settings",
            "ok there is no settings file; the defaults apply",
        ),
        ("files", "ok there are no AWS files yet"),
        ("keys", "ok the built-in keys are in force"),
    ] {
        assert_eq!(one(&checks, id), expected);
    }
    let home = self::home("[profile a]\nregion = eu-west-1\n");
    let (checks, _) = check(&home, &[], &[]);
    assert_eq!(
        one(&checks, "files"),
        "ok ~/.aws/config can be read: 0 portals, 1 profile"
    );
}

#[test]
fn an_aws_cli_without_sso_sessions_is_told() {
    let home = home(PORTAL);
    let (checks, _) = check(&home, &[], &[]);
    assert!(
        one(&checks, "aws_cli").starts_with("skipped "),
        "{checks:#}"
    );
    aws_cli(&home, "aws-cli/2.8.13 Python/3.9 Linux");
    let (checks, code) = check(&home, &[], &[]);
    assert_eq!(code, 0);
    assert_eq!(
        one(&checks, "aws_cli"),
        "warning the AWS CLI is 2.8.13, which does not support sso-session"
    );
}

#[test]
fn a_session_of_an_account_access_manager_is_found() {
    let url = "https://aa-0123456789abcdef.account-access.eu-west-1.app.aws";
    let home = home(&format!(
        "{PORTAL}[sso-session aa]\nsso_start_url = {url}\nsso_region = eu-west-1\n"
    ));
    let (checks, code) = check(&home, &[], &[]);
    assert_eq!(code, 1);
    let found = one(&checks, "portals");
    assert!(found.starts_with("error the portal aa "), "{found}");
    let is_portals = |check: &&serde_json::Value| check["id"] == "portals";
    let check = checks.as_array().unwrap().iter().find(is_portals).unwrap();
    assert!(
        check["hint"]
            .as_str()
            .unwrap()
            .contains("roledex login --console"),
        "{check}"
    );
    // Nothing is asked of it at sign-in either.
    let ran = home.run(&["login", "aa"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("account access manager"), "{ran:?}");
}

#[test]
fn wrong_settings_are_told_and_not_in_the_way() {
    let home = home(PORTAL);
    home.write(".config/roledex/config.toml", "mouse = true\nmuose = 1\n");
    assert_eq!(home.run(&["status"]).code, 2);
    let (checks, code) = check(&home, &[], &[]);
    assert_eq!(code, 1);
    assert!(
        one(&checks, "settings").contains("config.toml:2:"),
        "{checks:#}"
    );
}

#[test]
fn what_stops_the_aws_cli_is_an_error() {
    let home = home(&format!(
        "{PORTAL}\n[profile a]\nregion = x\nRegion = y\n\n[profile b]\n[profile a]\n"
    ));
    let (checks, code) = check(&home, &[], &[]);
    assert_eq!(code, 1);
    assert_eq!(
        statuses(&checks, "duplicates"),
        [
            "error region of [profile a] appears more than once in ~/.aws/config, at lines 6 and 7",
            "error [profile a] appears more than once in ~/.aws/config, at lines 5 and 10",
        ]
    );
    chmod(&home, ".aws/config", 0o000);
    if fs::read(home.path(".aws/config")).is_err() {
        let (checks, code) = check(&home, &[], &[]);
        assert_eq!(code, 1);
        assert!(
            one(&checks, "files").starts_with("error cannot read"),
            "{checks:#}"
        );
    }
}

#[test]
fn modes_are_checked_and_ours_are_fixed() {
    let home = home(PORTAL);
    home.write(".aws/credentials", "[x]\nregion = y\n");
    chmod(&home, ".aws/credentials", 0o644);
    home.write(".local/state/roledex/credentials/x.json", "{}");
    chmod(&home, ".local/state/roledex/credentials/x.json", 0o644);
    chmod(&home, ".local/state/roledex/credentials", 0o755);
    chmod(&home, ".local/state/roledex", 0o700);
    home.write(".aws/sso/cache/x.json", "{}");
    chmod(&home, ".aws/sso/cache/x.json", 0o640);
    fs::create_dir_all(home.path(".cache/roledex")).unwrap();
    for directory in [".aws", ".cache/roledex"] {
        chmod(&home, directory, 0o777);
    }
    let (checks, code) = check(&home, &[], &[]);
    assert_eq!(code, 1);
    let found = statuses(&checks, "permissions").join("\n");
    for line in [
        "error ~/.aws/credentials can be read by others: its mode is 0644",
        "error ~/.aws/sso/cache/x.json can be read by others: its mode is 0640",
        "warning ~/.local/state/roledex/credentials can be read by others",
        "error ~/.local/state/roledex/credentials/x.json can be read by others",
        "error ~/.aws can be written by others: its mode is 0777",
        "error ~/.cache/roledex can be written by others: its mode is 0777",
    ] {
        assert_eq!(found.matches(line).count(), 1, "{line}: {found}");
    }
    let fixed = home.run(&["doctor", "--fix"]);
    assert!(
        fixed
            .stderr
            .contains("the mode of ~/.local/state/roledex/credentials/x.json to 0600"),
        "{fixed:?}"
    );
    assert_eq!(
        mode(&home, ".local/state/roledex/credentials/x.json"),
        0o600
    );
    assert_eq!(mode(&home, ".local/state/roledex/credentials"), 0o700);
    assert_eq!(mode(&home, ".aws/credentials"), 0o644, "not ours alone");
    assert_eq!(mode(&home, ".cache/roledex"), 0o700);
    chmod(&home, ".aws", 0o700);
    chmod(&home, ".aws/credentials", 0o600);
    chmod(&home, ".aws/sso/cache/x.json", 0o600);
    assert_eq!(check(&home, &[], &[]).1, 0);
}

#[test]
fn profiles_are_checked_and_ours_are_fixed() {
    let foreign = "[profile tool]\ncredential_process = /no/such/tool --x # y\n\n\
        [profile shadowed]\nsso_session = acme\nsso_account_id = 111111111111\nsso_role_name = R\n\n";
    let ours = "[profile old]\ncredential_process = \"/old place/roledex\" credentials org:acme/111111111111/R\nregion = eu-west-3\nroledex_entry = org:acme/111111111111/R\n\n\
        [profile changed]\ncredential_process = wrapper credentials org:acme/111111111111/W\nroledex_entry = org:acme/111111111111/W\n\n\
        [profile expired]\nregion = eu-west-1\n# mine\ncli_pager =\nroledex_entry = org:acme/111111111111/E\n\n\
        [profile plain]\nregion = eu-west-1\nroledex_entry = org:acme/111111111111/P\n";
    let home = home(&format!("{PORTAL}\n{foreign}{ours}"));
    home.write(
        ".aws/credentials",
        "[shadowed]\naws_access_key_id = A\naws_secret_access_key = s\n\n\
         [theirs]\naws_access_key_id = A\nx_security_token_expires = 2020-01-01T00:00:00Z\n\n\
         [expired]\naws_access_key_id = A\naws_secret_access_key = s\nx_security_token_expires = 2020-01-01T00:00:00Z\nroledex_entry = org:acme/111111111111/E\n\n\
         [plain]\naws_access_key_id = A\naws_secret_access_key = s\nx_security_token_expires = 2020-01-01T00:00:00Z\nroledex_entry = org:acme/111111111111/P\n",
    );
    chmod(&home, ".aws/credentials", 0o600);
    let (checks, code) = check(&home, &[], &[]);
    assert_eq!(code, 0, "warnings alone are no error: {checks:#}");
    assert!(
        one(&checks, "shadowed").starts_with("warning the profile shadowed"),
        "{checks:#}"
    );
    assert_eq!(statuses(&checks, "expired_keys").len(), 3);
    assert_eq!(
        statuses(&checks, "credential_process"),
        [
            "warning the profile tool runs /no/such/tool, which does not exist",
            "warning the profile old runs /old place/roledex, which is not this program",
            "warning the credential_process of the profile changed was edited",
        ]
    );
    let fixed = home.run(&["doctor", "--fix"]);
    assert_eq!(fixed.code, 0);
    let config = home.read(".aws/config");
    assert!(
        config.starts_with(&format!("{PORTAL}\n{foreign}")),
        "{config}"
    );
    let program = fs::canonicalize(ROLEDEX).unwrap();
    assert!(
        config.contains(&format!(
            "[profile old]\ncredential_process = {} credentials org:acme/111111111111/R\nregion = eu-west-3\n",
            program.display()
        )),
        "{config}"
    );
    assert!(
        config.contains("credential_process = wrapper"),
        "not understood, not touched"
    );
    assert!(
        config.contains("[profile expired]\nregion = eu-west-1\n# mine\ncli_pager =\n"),
        "only the keys are removed: {config}"
    );
    for words in [
        "removed the expired keys of the profile expired, not its other lines",
        "removed the static profile plain, whose keys had expired",
    ] {
        assert!(fixed.stderr.contains(words), "{fixed:?}");
    }
    assert!(!config.contains("[profile plain]"), "{config}");
    let credentials = home.read(".aws/credentials");
    assert!(
        credentials.contains("[theirs]") && !credentials.contains("[expired]"),
        "{credentials}"
    );
    let again = home.run(&["doctor", "--fix"]);
    assert!(again.stderr.contains("nothing to fix"), "{again:?}");
}

#[test]
fn the_environment_is_checked() {
    let home = home(PORTAL);
    let (checks, code) = check(
        &home,
        &[("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_PROFILE", "nowhere")],
        &[],
    );
    assert_eq!(code, 1);
    let found = statuses(&checks, "environment");
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found[2].starts_with("error AWS_PROFILE is nowhere"),
        "{found:?}"
    );
    assert!(!checks.to_string().contains("AKIA"));
    let proxies = [
        ("HTTPS_PROXY", "http://jo:hunter2@127.0.0.1:9"),
        ("AWS_CA_BUNDLE", "/no/such/bundle.pem"),
    ];
    let (checks, code) = check(&home, &proxies, &[]);
    assert_eq!(code, 1);
    assert_eq!(
        one(&checks, "proxy"),
        "ok connecting to AWS through 127.0.0.1:9"
    );
    assert!(!checks.to_string().contains("hunter2"));
    assert!(
        one(&checks, "ca_bundle").starts_with("error "),
        "{checks:#}"
    );
    let (checks, _) = check(&home, &[("HTTPS_PROXY", "::")], &[]);
    assert!(one(&checks, "proxy").starts_with("error "), "{checks:#}");
}

#[test]
fn the_capture_browser_is_checked_where_it_is_needed() {
    let home = home(PORTAL);
    let env = [("ROLEDEX_BROWSER", "/no/such/browser")];
    let (checks, _) = check(&home, &env, &[]);
    assert!(
        one(&checks, "browser").starts_with("skipped "),
        "{checks:#}"
    );
    home.ok(&[
        "app",
        "add",
        "https://id.example.com/start",
        "--name",
        "x",
        "--method",
        "browser",
    ]);
    let (checks, code) = check(&home, &env, &[]);
    assert_eq!(code, 0);
    assert!(
        one(&checks, "browser").starts_with("warning "),
        "{checks:#}"
    );
    assert!(
        one(&checks, "display").starts_with("warning "),
        "{checks:#}"
    );
}

#[test]
fn an_app_without_its_portal_is_found() {
    let home = home(PORTAL);
    let (checks, _) = check(&home, &[], &[]);
    assert!(one(&checks, "apps").starts_with("ok "), "{checks:#}");
    home.write(
        ".config/roledex/config.toml",
        "[apps.partner]\nurl = \"https://id.example.com/start\"\nportal = \"gone\"\n",
    );
    let (checks, code) = check(&home, &[], &[]);
    assert_eq!(code, 0, "{checks:#}");
    let found = one(&checks, "apps");
    assert!(
        found.starts_with("warning the portal gone of the app partner does not exist"),
        "{checks:#}"
    );
}

#[test]
fn only_online_are_the_portals_asked() {
    let home = home(PORTAL);
    let (checks, code) = check(&home, &[], &["--online"]);
    assert_eq!(code, 0, "{checks:#}");
    assert!(
        one(&checks, "network").starts_with("ok acme is reachable"),
        "{checks:#}"
    );
    assert_eq!(
        one(&checks, "clock"),
        "ok this machine's clock agrees with AWS"
    );

    // A server that lives in the past.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4_096];
        let _ = stream.read(&mut request).unwrap();
        stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nx-amzn-RequestId: 1\r\nDate: Wed, 01 Jan 2020 00:00:00 GMT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .unwrap();
    });
    let (checks, code) = check(
        &home,
        &[("AWS_ENDPOINT_URL_SSO_OIDC", &address)],
        &["--online"],
    );
    server.join().unwrap();
    assert_eq!(code, 1);
    let clock = one(&checks, "clock");
    assert!(
        clock.starts_with("error this machine's clock is ") && clock.ends_with("ahead of AWS"),
        "{clock}"
    );
    let (checks, code) = check(&home, &services("http://127.0.0.1:9"), &["--online"]);
    assert_eq!(code, 1);
    assert!(
        one(&checks, "network").starts_with("error acme: "),
        "{checks:#}"
    );
    assert!(one(&checks, "clock").starts_with("skipped "), "{checks:#}");
}

/// The three services at one address.
fn services(url: &str) -> [(&'static str, &str); 3] {
    ["SSO_OIDC", "SSO", "STS"].map(|service| {
        let variable = match service {
            "SSO_OIDC" => "AWS_ENDPOINT_URL_SSO_OIDC",
            "SSO" => "AWS_ENDPOINT_URL_SSO",
            _ => "AWS_ENDPOINT_URL_STS",
        };
        (variable, url)
    })
}

#[test]
fn the_answer_of_a_gateway_is_none_of_aws() {
    let home = home(PORTAL);
    for answer in [
        || Answer::page(200),
        || Answer::page(403),
        || Answer::page(407),
        || Answer::page(502),
        || Answer::page(503),
        || {
            Answer::Full(
                302,
                "location: https://sign-in.network.test/\r\n",
                String::new(),
            )
        },
    ] {
        let server = Server::start(move |_| answer());
        for variable in services(&server.url) {
            let (checks, code) = check(&home, &[variable], &["--online"]);
            let found = one(&checks, "network");
            assert!(
                found.starts_with("error acme: a proxy or gateway answered instead of 127.0.0.1"),
                "{variable:?} {:?}: {found}",
                answer()
            );
            assert!(!found.contains("HTTP 200 without"), "{found}");
            assert_eq!(code, 1);
        }
    }
}

#[test]
fn a_proxy_that_is_passed_by_is_not_named_as_the_way() {
    let home = home(PORTAL);
    for no_proxy in ["*", "amazonaws.com", ".eu-west-1.amazonaws.com"] {
        let env = [
            ("HTTPS_PROXY", "http://127.0.0.1:9"),
            ("NO_PROXY", no_proxy),
        ];
        let (checks, _) = check(&home, &env, &[]);
        assert_eq!(
            one(&checks, "proxy"),
            "ok connecting to AWS without a proxy, because of NO_PROXY",
            "{no_proxy}"
        );
    }
}

#[test]
fn a_system_without_certificates_is_told() {
    let home = home(PORTAL);
    let nowhere = home.path("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let env = [("SSL_CERT_FILE", nowhere), ("SSL_CERT_DIR", nowhere)];
    let (checks, code) = check(&home, &env, &[]);
    assert_eq!(code, 0);
    let found = one(&checks, "ca_bundle");
    assert!(
        found.starts_with("warning this system has no certificates"),
        "{found}"
    );
}

#[test]
fn a_directory_that_cannot_be_written_is_named_with_its_variable() {
    let home = home(PORTAL);
    fs::create_dir_all(home.path(".local/state")).unwrap();
    let doctor = ["doctor", "--json", "--fix"];
    let Some(ran) = home.run_read_only(".local/state", &[], &doctor) else {
        return;
    };
    assert!(!ran.stderr.contains("could not fix"), "{ran:?}");
    let checks = serde_json::from_str(&ran.stdout).unwrap();
    let found = one(&checks, "directories");
    assert!(
        found.starts_with("warning cannot write in ~/.local/state/roledex: "),
        "{found}"
    );
    assert!(ran.stdout.contains("set XDG_STATE_HOME to"), "{ran:?}");
}

#[test]
fn a_config_that_another_tool_manages_is_told() {
    let home = home(PORTAL);
    fs::create_dir(home.path("store")).unwrap();
    fs::rename(home.path(".aws/config"), home.path("store/config")).unwrap();
    std::os::unix::fs::symlink(home.path("store/config"), home.path(".aws/config")).unwrap();
    let doctor = ["doctor", "--json"];
    let Some(ran) = home.run_read_only("store", &[], &doctor) else {
        return;
    };
    let checks = serde_json::from_str(&ran.stdout).unwrap();
    let found = one(&checks, "directories");
    assert!(
        found.starts_with("warning cannot write in ~/store: "),
        "{found}"
    );
    let hint = "~/.aws/config is a link to it, which another tool may manage";
    assert!(ran.stdout.contains(hint), "{ran:?}");
    let checks = serde_json::from_str(&home.run(&doctor).stdout).unwrap();
    assert!(one(&checks, "directories").starts_with("ok "));
}

#[test]
fn the_keys_in_force_and_the_paths() {
    let home = home(PORTAL);
    home.write(
        ".config/roledex/config.toml",
        "# mine\n[keys.picker]\n\"ctrl-r\" = \"none\"\n\"alt-x\" = \"refresh\"\n",
    );
    let keys: serde_json::Value =
        serde_json::from_str(&home.ok(&["doctor", "--keys", "--json"])).unwrap();
    let refresh: Vec<_> = keys
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["action"] == "refresh")
        .map(|row| {
            (
                row["context"].as_str().unwrap(),
                row["key"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(refresh, [("picker", "Alt-X")]);
    assert!(
        home.ok(&["doctor", "--keys"])
            .contains("refresh credentials")
    );
    let paths: serde_json::Value =
        serde_json::from_str(&home.ok(&["doctor", "--paths", "--json"])).unwrap();
    let config = home.path(".aws/config");
    assert_eq!(paths["aws_config"], config.to_str().unwrap());
    assert!(home.ok(&["doctor", "--paths"]).contains("config.toml"));
}

#[test]
fn a_key_that_cannot_be_has_its_file_and_line() {
    let home = home(PORTAL);
    home.write(
        ".config/roledex/config.toml",
        "mouse = false\n\n[keys.picker]\n\"ctrl-r\" = \"fly\"\n",
    );
    let (checks, code) = check(&home, &[], &[]);
    assert_eq!(code, 1);
    let keys = one(&checks, "keys");
    assert!(
        keys.contains("config.toml:4: unknown action \"fly\""),
        "{keys}"
    );
}

/// Names that roledex accepted before it knew that not every AWS SDK can read them.
#[test]
fn names_that_not_every_sdk_can_read_are_found_and_stay_usable() {
    let home = Home::new("startup");
    home.sign_in();
    let entry = "org:startup/333333333333/AdministratorAccess";
    home.ok(&["use", entry, "--profile", "a-b"]);
    let config = home
        .read(".aws/config")
        .replace("[profile a-b]", "[profile a=b,c]");
    let theirs = "\n[profile \"their own\"]\nregion = eu-west-1\n";
    home.write(".aws/config", &format!("{config}{theirs}"));
    let (checks, _) = check(&home, &[], &[]);
    assert_eq!(
        one(&checks, "names"),
        "warning the AWS SDKs for JavaScript, Java and Rust cannot read the name of the profile a=b,c"
    );
    let refused = home.run(&["use", entry, "--profile", "x=y"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    for args in [
        &["use", entry][..],
        &["use", entry, "--profile", "a=b,c"],
        &["refresh", "a=b,c"],
    ] {
        assert_eq!(home.ok(args).trim(), "a=b,c", "{args:?}");
    }
    // The hint is the way out.
    home.ok(&["use", entry, "--profile", "a-b-c"]);
    home.ok(&["forget", "a=b,c"]);
    let (checks, _) = check(&home, &[], &[]);
    assert!(one(&checks, "names").starts_with("ok "), "{checks:#}");

    home.write(
        ".aws/config",
        "[sso-session a,b]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n",
    );
    let (checks, _) = check(&home, &[], &[]);
    assert!(
        one(&checks, "names").ends_with("the name of the portal a,b"),
        "{checks:#}"
    );
}

#[test]
fn a_bug_report_has_nothing_of_the_users() {
    let home = Home::new("agency");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    let list: serde_json::Value = serde_json::from_str(&home.ok(&["list", "--json"])).unwrap();
    let rows = list.as_array().unwrap();
    let entry = rows[0]["id"].as_str().unwrap();
    home.ok(&["use", entry, "--profile", "zz-sesame", "--as", "process"]);
    home.write(
        ".config/roledex/config.toml",
        "store = \"file\"\nguard = [\"zz-secret-guard\"]\n[accounts.111111111111]\nalias = \"zz-alias\"\n",
    );
    let config = home.read(".aws/config")
        + "\n[profile zz-mine]\ncredential_process = /zz-nowhere/zz-tool\n[profile zz-twice]\nregion = a\n\
           [profile zz-twice]\nregion = b\n[profile zz name]\nlogin_session = arn:aws:iam::999999999999:user/zz\n\
           [sso-session zz-access]\nsso_start_url = https://aa-0123456789abcdef.account-access.eu-west-1.app.aws\n\
           sso_region = eu-west-1\n";
    home.write(".aws/config", &config);
    home.write(
        ".aws/credentials",
        "[zz-sesame]\naws_access_key_id = ASIAZZ\naws_secret_access_key = zzzz\n",
    );
    chmod(&home, ".aws/credentials", 0o666);
    let ran = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = home.command(ROLEDEX);
        command.arg("doctor").args(args);
        Ran::new(&command.envs(env.iter().copied()).output().unwrap())
    };
    let env = [
        ("AWS_PROFILE", "zz-missing"),
        ("AWS_ACCESS_KEY_ID", "AKIAZZ"),
        ("HTTPS_PROXY", "http://zz-user:zz-word@zz.example:1"),
        ("https_proxy", "http://zz2.example:1"),
        ("TERM", "zz/term"),
        ("SHELL", "/home/zz/bin/zzsh"),
        ("ROLEDEX_ENTRY", "zz-entry"),
        ("AWS_ENDPOINT_URL_STS", "http://zz.example:2"),
    ];
    let report = ran(&["--report"], &env);
    assert_eq!(report.code, ran(&["--json"], &env).code, "{report:?}");
    let text = &report.stdout;
    let mut private = vec![home.path("").display().to_string(), "zz".to_owned()];
    for row in rows {
        let keys = [
            "account_id",
            "account_name",
            "email",
            "role",
            "portal",
            "id",
        ];
        private.extend(
            keys.iter()
                .filter_map(|key| row[*key].as_str())
                .map(str::to_owned),
        );
    }
    // The name of a kind of entry, of a mode or of a check is none of the user's.
    private.retain(|text| text.len() > 1);
    for private in private {
        assert!(!text.contains(&private), "{private}: {text}");
    }
    for expected in [
        "roledex 0.1.0\ncommit: ",
        "\nsystem: ",
        "\nterminal: another\n",
        "\nvariables: AWS_ACCESS_KEY_ID, ",
        "\nsettings: accounts, guard, store\n",
        "\nmanaged profiles: 1 process\n",
        "error    duplicates: a section of the AWS files appears more than once\n",
        "warning  credential_process: the program of a profile does not exist\n",
        "warning  shadowed: a profile does not take effect",
        "error    portals: a portal is an account access manager\n",
        "warning  proxy: https_proxy and HTTPS_PROXY differ\n",
        "error    environment: the profile of AWS_PROFILE does not exist\n",
        "warning  endpoints: an endpoint is not encrypted\n",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("not shown"), "{text}");
    home.write(".config/roledex/config.toml", "zz = 1\n");
    let broken = ran(&["--report"], &[]);
    assert_eq!(broken.code, 1, "{broken:?}");
    assert!(
        broken.stdout.contains("settings: cannot be read\n"),
        "{broken:?}"
    );
    assert!(!broken.stdout.contains("zz"), "{broken:?}");
}
