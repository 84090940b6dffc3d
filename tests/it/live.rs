//! `--live`: credentials that are served and renewed while a program runs, from outside.

#![expect(
    clippy::disallowed_methods,
    reason = "a child is told by its environment what to do"
)]

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use crate::support::{Home, botocore, curl_as_another_user};
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_sdk_sts::config::{
    BehaviorVersion, IdentityCache, ProvideCredentials as _, Region, SharedCredentialsProvider,
};

const ADMIN: &str = "org:startup/333333333333/AdministratorAccess";

/// The startup scenario, with credentials of five seconds.
fn short_lived() -> Home {
    let text = include_str!("../../assets/sim/startup.toml");
    let home = Home::scenario(&format!("credential_seconds = 5\n{text}"));
    home.sign_in();
    home
}

#[test]
fn botocore_outlives_three_expiries_without_an_error() {
    let Some(python) = botocore() else { return };
    let home = short_lived();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/live.py");
    let sets = home.ok(&[
        "exec",
        ADMIN,
        "--live",
        "--",
        python.to_str().unwrap(),
        script,
    ]);
    let sets: usize = sets.trim().parse().unwrap();
    no_error_and_one_request_a_set(&home, sets);
}

/// Asserts on the simulator's log that a program which received `sets` sets of credentials caused no error and one
/// request for each set.
fn no_error_and_one_request_a_set(home: &Home, sets: usize) {
    let requests = home.sim.requests();
    let renewals = requests
        .iter()
        .filter(|request| request.path == "/federation/credentials")
        .count();
    assert!(sets >= 4, "{sets}");
    // One request for each set that was handed out; the last may not have been used.
    assert!((sets..=sets + 2).contains(&renewals), "{sets} {renewals}");
    let refused: Vec<_> = requests
        .iter()
        .filter(|r| r.status >= 400 && r.path == "/")
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn the_rust_sdk_outlives_three_expiries_without_an_error() {
    let home = short_lived();
    let this = std::env::current_exe().unwrap();
    let mut exec = home.command(crate::support::ROLEDEX);
    let child = ["--exact", "live::child_that_calls_sts", "--nocapture"];
    let output = exec
        .env("ROLEDEX_TEST_CHILD", "1")
        .args(["exec", ADMIN, "--live", "--", this.to_str().unwrap()])
        .args(child)
        .output()
        .unwrap();
    let ran = crate::support::Ran::new(&output);
    assert_eq!(ran.code, 0, "{ran:?}");
    let sets = ran.stdout.lines().find_map(|line| {
        let (_, sets) = line.split_once("sets of credentials: ")?;
        sets.parse().ok()
    });
    no_error_and_one_request_a_set(&home, sets.unwrap());
}

/// The child of the test above: the AWS SDK as every Rust program has it, asking STS who it is until
/// three sets of credentials are over; twice each time, with the SDK's own cache, which takes such
/// short-lived ones for stale at once, and with one that keeps them longer.
#[test]
fn child_that_calls_sts() {
    if std::env::var_os("ROLEDEX_TEST_CHILD").is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let sets = runtime.block_on(async {
        let http = aws_smithy_http_client::Builder::new().build_http();
        let ambient = ProviderConfig::without_region().with_http_client(http.clone());
        let container = EcsCredentialsProvider::builder()
            .configure(&ambient)
            .build();
        let provider = SharedCredentialsProvider::new(container);
        let to_the_last = IdentityCache::lazy()
            .buffer_time(Duration::from_secs(1))
            .build();
        let clients = [IdentityCache::lazy().build(), to_the_last].map(|cache| {
            let config = aws_sdk_sts::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::from_static("eu-west-1"))
                .endpoint_url(std::env::var("AWS_ENDPOINT_URL_STS").unwrap())
                .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
                .http_client(http.clone())
                .credentials_provider(provider.clone())
                .identity_cache(cache)
                .build();
            aws_sdk_sts::Client::from_conf(config)
        });
        let mut ends = BTreeMap::new();
        while ends
            .values()
            .filter(|end| **end < SystemTime::now())
            .count()
            < 3
        {
            for client in &clients {
                let caller = client.get_caller_identity().send().await.unwrap();
                let arn = caller.arn().unwrap();
                assert!(arn.contains("_AdministratorAccess_"), "{arn}");
            }
            let held = provider.provide_credentials().await.unwrap();
            let end = held.expiry().unwrap();
            ends.insert(held.access_key_id().to_owned(), end);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        ends.len()
    });
    println!("sets of credentials: {sets}");
}

#[test]
fn the_child_has_an_address_and_no_keys_and_the_endpoint_ends_with_it() {
    let home = short_lived();
    let mut exec = home.command(crate::support::ROLEDEX);
    let output = exec
        .env("AWS_PROFILE", "other")
        .env("AWS_ACCESS_KEY_ID", "AKIA")
        .env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/other")
        .args(["exec", ADMIN, "--live", "--", "sh", "-c", "env; exit 42"])
        .output()
        .unwrap();
    let ran = crate::support::Ran::new(&output);
    assert_eq!(ran.code, 42, "{ran:?}");
    let env: BTreeMap<&str, &str> = ran
        .stdout
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let uri = env["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
    let host = uri
        .strip_prefix("http://")
        .unwrap()
        .split('/')
        .next()
        .unwrap();
    assert!(host.starts_with("127.0.0.1:"), "{uri}");
    assert!(env["AWS_CONTAINER_AUTHORIZATION_TOKEN"].len() >= 43);
    assert_eq!(env["ROLEDEX_ROLE"], "AdministratorAccess");
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_PROFILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    ] {
        assert!(!env.contains_key(name), "{name}");
    }
    assert!(TcpStream::connect(host).is_err(), "it ended with the child");
}

#[cfg(target_os = "linux")]
#[test]
fn another_user_gets_nothing_though_they_know_the_token() {
    let home = short_lived();
    let waits = "printf '%s %s' \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\" \"$AWS_CONTAINER_AUTHORIZATION_TOKEN\" > new && mv new endpoint\n\
                 while [ ! -e asked ]; do sleep 0.05; done\n\
                 curl -sS -H \"Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN\" \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\"\n";
    let child = home
        .command(crate::support::ROLEDEX)
        .args(["exec", ADMIN, "--live", "--", "sh", "-c", waits])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let endpoint = crate::support::wait_for("the endpoint", || {
        Some(home.read("endpoint")).filter(|text| !text.is_empty())
    });
    let (uri, token) = endpoint.split_once(' ').unwrap();
    let header = format!("Authorization: {token}");
    let theirs = curl_as_another_user(&["-H", &header, uri]);
    home.write("asked", "");
    let ours = child.wait_with_output().unwrap();
    if let Some(theirs) = theirs {
        assert!(theirs.stdout.starts_with("HTTP/1.1 403"), "{theirs:?}");
        assert!(theirs.stdout.contains("id 65534"), "{theirs:?}");
        assert!(!theirs.stdout.contains("ASIA"), "{theirs:?}");
        let ours = String::from_utf8_lossy(&ours.stdout);
        assert!(ours.contains("\"AccessKeyId\":\"ASIA"), "{ours}");
    }
}

#[test]
fn a_live_subshell() {
    let home = short_lived();
    home.write(
        "shell",
        "#!/bin/sh\nprintf '%s %s' \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\" \"$ROLEDEX_PREVIOUS\"\nexit 7\n",
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(home.path("shell"), mode).unwrap();
    }
    let mut shell = home.command(crate::support::ROLEDEX);
    let shell = shell
        .env("SHELL", home.path("shell"))
        .env("ROLEDEX_ENTRY", "org:p/222222222222/Before")
        .args(["shell", ADMIN, "--live"]);
    let ran = crate::support::Ran::new(&shell.output().unwrap());
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.stdout.starts_with("http://127.0.0.1:"), "{ran:?}");
    assert!(
        ran.stdout.ends_with(" org:p/222222222222/Before"),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("renewed while the shell runs"),
        "{ran:?}"
    );
}

#[test]
fn what_cannot_be_live_is_said_before_anything_runs() {
    let home = short_lived();
    assert_eq!(home.run(&["shell", ADMIN, "--live", "--replace"]).code, 2);
    let absent = home.run(&["exec", ADMIN, "--live", "--", "/no/such/program"]);
    assert_eq!(absent.code, 127, "{absent:?}");
    home.write(
        ".aws/credentials",
        "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n",
    );
    let hidden = home.run(&["exec", ADMIN, "--live", "--", "true"]);
    assert_eq!(hidden.code, 1, "{hidden:?}");
    assert!(
        hidden
            .stderr
            .contains("the default profile has credentials")
            && hidden.stderr.contains("hint: remove --live"),
        "{hidden:?}"
    );
}

/// Another account's keys, as botocore finds them where no profile and no variable comes first.
const KEYS: &str = "aws_access_key_id = AKIAOTHERACCOUNT\naws_secret_access_key = x\n";

#[test]
fn what_botocore_reads_before_an_endpoint_is_refused() {
    let python = botocore();
    let home = short_lived();
    let run = |program: &str, args: &[&str], boto: Option<&str>| {
        let mut command = home.command(program);
        command.args(args).env("AWS_DEFAULT_REGION", "eu-west-1");
        command.envs(boto.map(|path| ("BOTO_CONFIG", path)));
        crate::support::Ran::new(&command.output().unwrap())
    };
    let key = "import botocore.session as s; print(s.get_session().get_credentials().access_key)";
    // What botocore finds there, if it is here, and what roledex says.
    let try_all = |boto: Option<&str>, hidden_by: Option<&str>| {
        if let Some(python) = &python {
            let python = python.to_str().unwrap();
            if hidden_by.is_some() {
                let ran = run(python, &["-c", key], boto);
                assert_eq!(ran.stdout, "AKIAOTHERACCOUNT\n", "{boto:?} {ran:?}");
            }
            let args = ["exec", ADMIN, "--live", "--", python, "-c", key];
            let ran = run(crate::support::ROLEDEX, &args, boto);
            let is_live = ran.stdout.starts_with("ASIA");
            assert_eq!(is_live, hidden_by.is_none(), "{boto:?} {ran:?}");
        }
        let args = ["exec", ADMIN, "--live", "--", "true"];
        let ran = run(crate::support::ROLEDEX, &args, boto);
        assert_eq!(ran.code, i32::from(hidden_by.is_some()), "{boto:?} {ran:?}");
        let expected = hidden_by.unwrap_or_default();
        assert!(ran.stderr.contains(expected), "{expected} {ran:?}");
    };
    home.write(".boto", &format!("[Credentials]\n{KEYS}"));
    try_all(None, Some("~/.boto has keys"));
    try_all(Some("/dev/null"), None);
    try_all(Some(""), None);
    home.write(".boto", "[Credentials]\ngs_oauth2_refresh_token = x\n");
    try_all(None, None);
    home.write("elsewhere", &format!("[DEFAULT]\n{KEYS}[Credentials]\n"));
    try_all(Some("~/elsewhere"), None);
    home.write(".boto", &format!("[Credentials]\n{KEYS}"));
    try_all(Some("~/elsewhere"), Some("~/.boto has keys"));
    home.write(".boto", "");
    // A section that `[DEFAULT]` seeds.
    let config = home.read(".aws/config");
    for (section, is_hidden) in [("[default]\nregion = eu-west-1\n", true), ("", false)] {
        let text = format!("{config}\n[DEFAULT]\n{KEYS}{section}");
        home.write(".aws/config", &text);
        try_all(None, is_hidden.then_some("[default] or [DEFAULT] in"));
    }
    home.write(".aws/config", &config);
    home.write(
        ".aws/credentials",
        &format!("[DEFAULT]\n{KEYS}[default]\nregion = eu-west-1\n"),
    );
    try_all(None, Some("[default] or [DEFAULT] in"));
}

#[test]
fn bearer_tokens_of_another_identity_are_taken_away() {
    let home = short_lived();
    for live in [None, Some("--live")] {
        let ran = home
            .command(crate::support::ROLEDEX)
            .env("AWS_BEARER_TOKEN_BEDROCK", "theirs")
            .env("AWS_BEARER_TOKEN_OF_TOMORROW", "theirs")
            .args(["exec", ADMIN])
            .args(live)
            .args(["--", "env"])
            .output()
            .unwrap();
        let ran = crate::support::Ran::new(&ran);
        assert!(ran.stdout.contains("ROLEDEX_ROLE="), "{ran:?}");
        assert!(!ran.stdout.contains("BEARER"), "{ran:?}");
    }
    let lines = home.ok(&["env", ADMIN, "--shell", "bash"]);
    assert!(lines.contains("unset AWS_BEARER_TOKEN_BEDROCK\n"));
}
