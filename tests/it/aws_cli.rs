//! AWS CLI 2 itself: it uses the profiles that we write, and shares sign-ins with us both ways.
//!
//! Versions before 2.13 read no endpoint from the environment. All of them let a user put data files
//! before their own (`AWS_DATA_PATH`), so the rules for endpoints of three services are replaced there.

use std::fs;
use std::process::{Child, Command, Stdio};

use crate::support::{Home, Ran, aws_cli, find_code, wait_for};

const ADMIN: &str = "org:startup/333333333333/AdministratorAccess";

/// The number of AWS CLIs that are started at once; `ROLEDEX_TEST_AWS_TIMES` raises it.
const TIMES: usize = 24;

/// The start of a version whose `aws sso login` needs to be told to use a code.
const BROWSER_BY_DEFAULT: (u32, u32) = (2, 22);

/// A home, and the AWS CLI in it.
struct User {
    home: Home,
    aws: String,
}

impl User {
    /// The startup scenario with a portal that nobody has signed in to.
    fn new() -> Option<Self> {
        let aws = aws_cli()?;
        let text = include_str!("../../assets/sim/startup.toml");
        let home = Home::scenario(&format!("[sign_in]\ninterval_seconds = 1\n{text}"));
        let startup = home.sim.endpoints().portals[0].clone();
        home.ok(&[
            "portal",
            "add",
            &startup.name,
            "--start-url",
            &startup.start_url,
            "--region",
            &startup.region,
        ]);
        Some(Self::at_home(home, aws))
    }

    fn at_home(home: Home, aws: String) -> Self {
        let at = home.sim.endpoints();
        for (service, url) in [
            ("sso/2019-06-10", &at.sso),
            ("sso-oidc/2019-06-10", &at.oidc),
            ("sts/2011-06-15", &at.sts),
        ] {
            let endpoint = serde_json::json!({ "type": "endpoint", "conditions": [], "endpoint": { "url": url } });
            let rules =
                serde_json::json!({ "version": "1.0", "parameters": {}, "rules": [endpoint] });
            home.write(
                &format!("data/{service}/endpoint-rule-set-1.json"),
                &rules.to_string(),
            );
        }
        Self { home, aws }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.command(&self.aws);
        command
            .args(args)
            .env("AWS_DATA_PATH", self.home.path("data"))
            .env("AWS_PAGER", "");
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::new(&self.command(args).output().unwrap())
    }

    fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        ran.stdout
    }

    /// Runs `aws sts get-caller-identity` for a profile.
    fn caller(&self, profile: &str) -> Ran {
        self.run(&["sts", "get-caller-identity", "--profile", profile])
    }

    fn is_admin(&self, profile: &str) {
        let ran = self.caller(profile);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{profile}");
        let arn = ":333333333333:assumed-role/AWSReservedSSO_AdministratorAccess_";
        assert!(ran.stdout.contains(arn), "{profile}: {ran:?}");
    }

    /// `aws sso login`, as a user does it with a code.
    fn sign_in(&self) {
        let version = self.ok(&["--version"]);
        let mut numbers = version.strip_prefix("aws-cli/").unwrap().split('.');
        let mut number = || numbers.next().unwrap().parse::<u32>().unwrap();
        let by_code = (number(), number()) >= BROWSER_BY_DEFAULT;
        let log = self.home.path("aws.log");
        let child = self
            .command(&["sso", "login", "--sso-session", "startup", "--no-browser"])
            .args(by_code.then_some("--use-device-code"))
            .stdout(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let code = wait_for("a code", || {
            find_code(&fs::read_to_string(&log).unwrap_or_default())
        });
        assert!(self.home.sim.approve(&code));
        let ran = Ran::new(&child.wait_with_output().unwrap());
        assert_eq!(ran.code, 0, "{ran:?}");
    }

    /// Lets the access token end, and says what it was.
    fn end_token(&self) -> String {
        let directory = self.home.path(".aws/sso/cache");
        let files = fs::read_dir(directory).unwrap();
        let mut tokens = files.filter_map(|file| {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let token: serde_json::Value = serde_json::from_str(&text).unwrap();
            token.get("accessToken")?;
            Some((path, token))
        });
        let (path, mut token) = tokens.next().unwrap();
        token["expiresAt"] = "2020-01-01T00:00:00Z".into();
        let name = path.file_name().unwrap().to_str().unwrap();
        self.home
            .write(&format!(".aws/sso/cache/{name}"), &token.to_string());
        assert!(tokens.next().is_none(), "there is one token");
        token["accessToken"].as_str().unwrap().to_owned()
    }

    /// Forgets what the AWS CLI keeps of roles, so that it has to ask with the token.
    fn forget_roles(&self) {
        fs::remove_dir_all(self.home.path(".aws/cli/cache")).unwrap();
    }

    fn count(&self, path: &str) -> usize {
        let requests = self.home.sim.requests();
        requests.iter().filter(|known| known.path == path).count()
    }
}

#[test]
fn it_uses_profiles_of_all_three_modes() {
    let Some(user) = User::new() else { return };
    user.home.login("startup");
    for mode in ["sso", "process", "static"] {
        let write = ["use", ADMIN, "--as", mode, "--profile", mode];
        assert_eq!(user.home.ok(&write), format!("{mode}\n"));
        user.is_admin(mode);
    }
    assert_eq!(
        user.ok(&["configure", "list-profiles"]),
        "sso\nprocess\nstatic\n"
    );
    for (profile, key, value) in [
        ("sso", "roledex_entry", ADMIN),
        ("sso", "sso_session", "startup"),
        ("sso", "sso_role_name", "AdministratorAccess"),
        ("process", "region", "eu-west-1"),
    ] {
        let get = ["configure", "get", key, "--profile", profile];
        assert_eq!(user.ok(&get).trim_end(), value);
    }
    let command = [
        "configure",
        "get",
        "credential_process",
        "--profile",
        "process",
    ];
    assert_eq!(
        user.ok(&command).trim_end(),
        format!("{} credentials {ADMIN}", crate::support::ROLEDEX)
    );
    // What a credential process prints came through as it was, to the second of its end.
    let export = ["configure", "export-credentials", "--profile", "process"];
    let theirs: serde_json::Value = serde_json::from_str(&user.ok(&export)).unwrap();
    let ours: serde_json::Value =
        serde_json::from_str(&user.home.ok(&["credentials", ADMIN])).unwrap();
    for key in ["AccessKeyId", "SecretAccessKey", "SessionToken"] {
        assert_eq!(theirs[key], ours[key], "{key}");
    }
    let time = |value: &serde_json::Value| -> jiff::Timestamp {
        value["Expiration"].as_str().unwrap().parse().unwrap()
    };
    assert_eq!(time(&theirs), time(&ours));
}

#[test]
fn many_at_once_cause_one_refresh_and_ask_nothing() {
    let Some(user) = User::new() else { return };
    user.home.login("startup");
    user.home
        .ok(&["use", ADMIN, "--as", "process", "--profile", "admin"]);
    #[expect(clippy::disallowed_methods, reason = "a user asks the test for more")]
    let times = std::env::var("ROLEDEX_TEST_AWS_TIMES").map_or(TIMES, |n| n.parse().unwrap());
    // Neither credentials nor the token are good any more.
    user.end_token();
    fs::remove_dir_all(user.home.path(".local/state/roledex/credentials")).unwrap();
    let (before, tokens) = (user.count("/federation/credentials"), user.count("/token"));
    let children: Vec<Child> = (0..times)
        .map(|_| {
            user.command(&["sts", "get-caller-identity", "--profile", "admin"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let ran = Ran::new(&child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert!(ran.stdout.contains("_AdministratorAccess_"), "{ran:?}");
    }
    assert_eq!(user.count("/federation/credentials") - before, 1);
    assert_eq!(user.count("/token") - tokens, 1);
    assert_eq!(user.count("/device_authorization"), 1, "the sign-in");
}

#[test]
fn its_sign_in_is_ours_and_whoever_refreshes_does_it_for_both() {
    let Some(user) = User::new() else { return };
    user.sign_in();
    // No sign-in and no registration of our own.
    user.home
        .ok(&["use", ADMIN, "--as", "sso", "--profile", "admin"]);
    user.is_admin("admin");
    assert_eq!(user.count("/device_authorization"), 1);

    // We refresh, and it uses that.
    let first = user.end_token();
    user.home.ok(&["list", "--refresh"]);
    let tokens = user.count("/token");
    user.forget_roles();
    user.is_admin("admin");
    assert_eq!(user.count("/token"), tokens, "it had no need to");

    // It refreshes, and we use that.
    let second = user.end_token();
    user.forget_roles();
    user.is_admin("admin");
    assert_eq!(user.count("/token"), tokens + 1);
    user.home.ok(&["list", "--refresh"]);
    assert_eq!(user.count("/token"), tokens + 1, "we had no need to");
    let third = user.end_token();
    assert!(first != second && second != third);
}

#[test]
fn a_registration_of_ours_is_good_for_it() {
    let Some(user) = User::new() else { return };
    user.home.login("startup");
    let registered = user.count("/client/register");
    user.sign_in();
    assert_eq!(user.count("/client/register"), registered);
}

#[test]
fn its_sign_out_is_ours() {
    let Some(user) = User::new() else { return };
    user.home.login("startup");
    user.home.ok(&["use", ADMIN, "--profile", "admin"]);
    user.ok(&["sso", "logout"]);
    let status: serde_json::Value =
        serde_json::from_str(&user.home.ok(&["status", "--json"])).unwrap();
    assert_eq!(status["portals"][0]["signed_in"], false);
    assert_eq!(user.home.run(&["refresh", "admin"]).code, 3);
    assert_eq!(user.caller("admin").code, 255);
}

#[test]
fn our_sign_out_is_its_own() {
    let Some(user) = User::new() else { return };
    user.home.login("startup");
    user.home.ok(&["use", ADMIN, "--profile", "admin"]);
    let theirs = "[profile by-hand]\nsso_session = startup\nsso_account_id = 222222222222\nsso_role_name = PowerUserAccess\n";
    let config = user.home.read(".aws/config");
    user.home
        .write(".aws/config", &format!("{config}\n{theirs}"));
    for profile in ["admin", "by-hand"] {
        assert_eq!(user.caller(profile).code, 0);
    }
    user.home.ok(&["logout"]);
    // Not even with what it had put by.
    for profile in ["admin", "by-hand"] {
        let ran = user.caller(profile);
        assert_eq!(ran.code, 255, "{ran:?}");
        assert!(ran.stderr.contains("SSO Token"), "{ran:?}");
    }
}

/// The profiles in the home of the demo: the AWS CLI and roledex agree on who each of them is.
#[test]
fn every_profile_of_the_demo_is_who_it_says() {
    let Some(aws) = aws_cli() else { return };
    let home = Home::new("agency");
    home.fill();
    home.sign_in();
    let cli = User::at_home(home, aws);
    let home = &cli.home;
    let user = "arn:aws:iam::456789012345:user/jo";
    let role = |account: &str, name: &str| format!("arn:aws:sts::{account}:assumed-role/{name}/");
    for (profile, arn) in [
        ("jo", user.to_owned()),
        ("deploy", role("456789012345", "Deploy")),
        ("partner-audit", role("678901234567", "Audit")),
        ("pipeline", role("456789012345", "Pipeline")),
        ("vault", user.to_owned()),
    ] {
        let theirs = cli.caller(profile);
        assert!(
            theirs.code == 0 && theirs.stdout.contains(&arn),
            "{profile}: {theirs:?}"
        );
        let copy = format!("{profile}-copy");
        let id = format!("profile:{profile}");
        home.ok(&["use", &id, "--as", "process", "--profile", &copy]);
        let ours = cli.caller(&copy);
        assert!(
            ours.code == 0 && ours.stdout.contains(&arn),
            "{profile}: {ours:?}"
        );
    }
    // The AWS CLI asks for a code on a terminal. roledex takes one for all that is behind the device.
    let refused = home.run(&["use", "profile:billing"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    for (profile, arn, code) in [
        ("jo-mfa", user.to_owned(), &["--mfa-code", "123456"][..]),
        ("billing", role("456789012345", "Billing"), &[]),
    ] {
        let copy = format!("{profile}-copy");
        let id = format!("profile:{profile}");
        let written = ["use", &id, "--as", "process", "--profile", &copy];
        home.ok(&[&written[..], code].concat());
        let ours = cli.caller(&copy);
        assert!(
            ours.code == 0 && ours.stdout.contains(&arn),
            "{profile}: {ours:?}"
        );
    }
    let kinds = |kind: &str| {
        let text = home.ok(&["list", "--json", "--kind", kind]);
        serde_json::from_str::<Vec<serde_json::Value>>(&text).unwrap()
    };
    let ways: std::collections::BTreeSet<String> = kinds("profile")
        .iter()
        .filter_map(|row| Some(row["via"].as_str()?.to_owned()))
        .collect();
    let expected = ["keys", "login", "mfa", "process", "role", "web-identity"];
    assert!(ways.iter().eq(expected), "{ways:?}");
}
