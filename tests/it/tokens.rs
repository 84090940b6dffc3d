//! Access tokens of portals: renewed where the new one has a place, and known to have ended.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Mutex;

use roledex::internals::config::Clock;

use crate::support::server::{Answer, Server};
use crate::support::terminal::{ENTER, Terminal};
use crate::support::{Home, ROLEDEX, Ran, wait_for};

const ADMIN: &str = "org:startup/333333333333/AdministratorAccess";

fn home() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    home
}

/// The file of the portal's token.
fn token_file(home: &Home) -> PathBuf {
    let files = fs::read_dir(home.path(".aws/sso/cache")).unwrap();
    let mut paths = files.map(|file| file.unwrap().path());
    let has_token = |path: &PathBuf| fs::read_to_string(path).unwrap().contains("accessToken");
    paths.find(has_token).unwrap()
}

fn expire_token(home: &Home) {
    change_token(home, |token| {
        token["expiresAt"] = "2020-01-01T00:00:00Z".into();
        assert!(token["refreshToken"].is_string(), "{token}");
    });
}

/// `signed_in` of the only portal.
fn is_signed_in(home: &Home) -> bool {
    let status = home.ok(&["status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    status["portals"][0]["signed_in"].as_bool().unwrap()
}

#[test]
fn a_refresh_token_is_not_spent_where_the_new_token_cannot_be_saved() {
    let home = home();
    expire_token(&home);
    let server = Server::start(|_| Answer::json(500, "{}"));
    let env = [("AWS_ENDPOINT_URL_SSO_OIDC", &*server.url)];
    let Some(ran) = home.run_read_only(".aws", &env, &["refresh", ADMIN]) else {
        return;
    };
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.stderr.contains("keep sign-ins only there"), "{ran:?}");
    assert_eq!(server.asked(), 0, "{ran:?}");
    home.ok(&["refresh", ADMIN]);
}

/// The answer to a request for the keys of a role.
fn keys() -> Answer {
    let end = Clock::System.now().as_millisecond() + 3_600_000;
    Answer::json(
        200,
        format!(
            r#"{{"roleCredentials":{{"accessKeyId":"ASIAX","secretAccessKey":"s","sessionToken":"t","expiration":{end}}}}}"#
        ),
    )
}

/// The token file, changed as by another program.
fn change_token(home: &Home, change: impl FnOnce(&mut serde_json::Value)) {
    let path = token_file(home);
    let mut token: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut token);
    // In one step: the file is being read.
    home.write("new-token", &token.to_string());
    fs::rename(home.path("new-token"), path).unwrap();
}

#[test]
fn a_refresh_token_that_the_aws_cli_has_just_used_does_not_end_the_sign_in() {
    let home = home();
    expire_token(&home);
    let server = Server::start(|request| {
        if request.line.starts_with("POST /token ") {
            return Answer::json(400, r#"{"error":"invalid_grant"}"#);
        }
        keys()
    });
    let mut command = home.command(ROLEDEX);
    command.args(["credentials", ADMIN]);
    command.env("AWS_ENDPOINT_URL_SSO_OIDC", &server.url);
    command.env("AWS_ENDPOINT_URL_SSO", &server.url);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    wait_for("the refresh", || (server.asked() > 0).then_some(()));
    // The AWS CLI saves what it got.
    change_token(&home, |token| {
        token["accessToken"] = "theirs".into();
        token["expiresAt"] = "2100-01-01T00:00:00Z".into();
    });
    let ran = Ran::new(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("ASIAX"), "{ran:?}");
    assert!(is_signed_in(&home));
}

/// A portal whose new token has no place, once it is there.
fn without_a_place(home: &Home) -> Server {
    let cache = home.path(".aws/sso/cache");
    Server::start(move |request| {
        if request.line.starts_with("POST /token ") {
            // After the check, and before the answer.
            fs::rename(&cache, cache.with_extension("old")).unwrap();
            symlink("/nonexistent/cache", &cache).unwrap();
            return Answer::json(
                200,
                r#"{"accessToken":"new","expiresIn":28800,"refreshToken":"next"}"#,
            );
        }
        if !request.line.starts_with("GET /federation/credentials") {
            return Answer::json(500, "{}");
        }
        keys()
    })
}

#[test]
fn the_switcher_shows_that_a_renewed_token_cannot_be_saved() {
    let home = home();
    let server = without_a_place(&home);
    let env = [
        ("AWS_ENDPOINT_URL_SSO_OIDC", &*server.url),
        ("AWS_ENDPOINT_URL_SSO", &*server.url),
    ];
    let mut terminal = Terminal::open(&home, ROLEDEX, &["sandbox"], (100, 30), &env);
    terminal.wait("1/6");
    expire_token(&home);
    terminal.press(ENTER);
    terminal.wait("the renewed sign-in to startup is used now, but cannot be saved");
    terminal.wait("is ready");
}

#[test]
fn a_renewed_token_that_cannot_be_saved_is_used_and_the_user_is_told() {
    let home = home();
    expire_token(&home);
    let server = without_a_place(&home);
    let mut command = home.command(ROLEDEX);
    command.args(["credentials", ADMIN]);
    command.env("AWS_ENDPOINT_URL_SSO_OIDC", &server.url);
    command.env("AWS_ENDPOINT_URL_SSO", &server.url);
    let ran = Ran::new(&command.output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("ASIAX"), "{ran:?}");
    assert!(
        ran.stderr
            .contains("warning: the renewed sign-in to startup is used now, but cannot be saved (cannot create the directory ~/.aws")
            && ran.stderr.contains("roledex login startup"),
        "{ran:?}"
    );
    assert_eq!(server.asked(), 2);
}

#[test]
fn a_sign_in_that_ended_early_is_not_shown_as_valid() {
    let home = home();
    assert!(is_signed_in(&home));
    let server = Server::start(|request| {
        if request.line.starts_with("POST /token ") {
            return Answer::json(400, r#"{"error":"invalid_grant"}"#);
        }
        Answer::json(
            401,
            r#"{"message":"Session token not found or invalid","__type":"UnauthorizedException"}"#,
        )
    });
    let mut command = home.command(ROLEDEX);
    command.args(["refresh", ADMIN]);
    command.env("AWS_ENDPOINT_URL_SSO_OIDC", &server.url);
    command.env("AWS_ENDPOINT_URL_SSO", &server.url);
    let ran = Ran::new(&command.output().unwrap());
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(!is_signed_in(&home));
    let status = home.ok(&["status"]);
    assert!(status.contains("startup  no longer valid"), "{status}");
    home.login("startup");
    assert!(is_signed_in(&home));

    // The same for a token that expired, and cannot be renewed.
    expire_token(&home);
    assert!(is_signed_in(&home));
    let mut command = home.command(ROLEDEX);
    command.args(["refresh", ADMIN]);
    command.env("AWS_ENDPOINT_URL_SSO_OIDC", &server.url);
    assert_eq!(Ran::new(&command.output().unwrap()).code, 3);
    assert!(!is_signed_in(&home));
    // The service is not asked twice.
    let asked = server.asked();
    assert_eq!(Ran::new(&command.output().unwrap()).code, 3);
    assert_eq!(server.asked(), asked);
}

#[test]
fn a_sign_out_whose_file_cannot_be_removed_says_that_the_token_is_revoked() {
    let home = home();
    let Some(ran) = home.run_read_only(".aws", &[], &["logout"]) else {
        return;
    };
    assert_eq!(ran.code, 7, "{ran:?}");
    let file = token_file(&home);
    let file = file.strip_prefix(home.path("")).unwrap();
    assert!(
        ran.stderr
            .contains("startup has ended the sign-in, but its file is still there")
            && ran.stderr.contains(&format!("delete ~/{}", file.display())),
        "{ran:?}"
    );
    assert!(!is_signed_in(&home));
}

#[test]
fn a_sign_out_on_a_read_only_home_tells_of_keys_that_stay() {
    let home = home();
    home.ok(&["use", ADMIN, "--as", "static", "--profile", "keys"]);
    let Some(ran) = home.run_read_only("", &[], &["logout"]) else {
        return;
    };
    assert_eq!(ran.code, 7, "{ran:?}");
    for words in [
        "its file is still there",
        "keys that it gave are still here",
    ] {
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
    // What could be removed is told, too.
    home.login("startup");
    home.ok(&["use", ADMIN, "--as", "static", "--profile", "keys"]);
    let cache = ".aws/sso/cache";
    let Some(ran) = home.run_read_only(cache, &[], &["logout"]) else {
        return;
    };
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(
        ran.stderr.contains("removed the static profile keys"),
        "{ran:?}"
    );
}

#[test]
fn a_sign_out_revokes_what_an_expired_token_could_be_refreshed_to() {
    let home = home();
    expire_token(&home);
    let before = home.sim.requests().len();
    let ran = home.run(&["logout"]);
    assert_eq!((ran.code, &*ran.stderr), (0, "signed out of startup\n"));
    let requests = home.sim.requests();
    let asked: Vec<_> = requests[before..].iter().map(|it| &*it.path).collect();
    assert_eq!(asked, ["/token", "/logout"]);
    assert!(!is_signed_in(&home));

    // Where that cannot be had, the user is told.
    home.login("startup");
    expire_token(&home);
    let server = Server::start(|_| Answer::page(200));
    let mut command = home.command(ROLEDEX);
    command.arg("logout");
    command.env("AWS_ENDPOINT_URL_SSO_OIDC", &server.url);
    let ran = Ran::new(&command.output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("did not confirm the sign-out"),
        "{ran:?}"
    );
    assert!(!is_signed_in(&home));
}

#[test]
fn what_cannot_be_read_keeps_no_keys_and_no_list() {
    let home = home();
    home.ok(&["use", ADMIN, "--as", "static", "--profile", "keys"]);
    let stored = home.path(".local/state/roledex/credentials");
    // Also root cannot read a directory as a file, or remove it as one.
    let [credentials, catalog] = [
        stored.join("0.json"),
        home.path(".cache/roledex/catalog/0.txt"),
    ];
    fs::create_dir(&credentials).unwrap();
    fs::create_dir(&catalog).unwrap();
    for args in [&["status"][..], &["list", "--refresh"]] {
        let ran = home.run(args);
        assert_eq!(ran.code, 0, "{ran:?}");
        let warning = "warning: the saved list of accounts and roles is not used (";
        assert_eq!(ran.stderr.matches(warning).count(), 1, "{ran:?}");
    }
    let ran = home.run(&["logout"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(
        ran.stderr
            .contains("signed out of startup, but not all keys could be removed")
            && ran.stderr.contains("credentials/0.json"),
        "{ran:?}"
    );
    assert_eq!(fs::read_dir(&stored).unwrap().count(), 1);
    assert!(!home.read(".aws/credentials").contains("aws_secret"));
    assert!(!home.read(".aws/config").contains("[profile keys]"));
    assert!(!is_signed_in(&home));
    fs::remove_dir(credentials).unwrap();
    assert_eq!(home.run(&["logout"]).code, 0);
}

#[test]
fn a_profile_whose_credentials_cannot_be_removed_can_be_forgotten_later() {
    let home = home();
    home.ok(&["use", ADMIN, "--profile", "one"]);
    let stored = home.path(".local/state/roledex/credentials");
    let file = fs::read_dir(&stored).unwrap().next().unwrap().unwrap();
    fs::remove_file(file.path()).unwrap();
    // A directory cannot be removed as a file.
    fs::create_dir(file.path()).unwrap();
    for is_first in [true, false] {
        let ran = home.run(&["forget", "one"]);
        assert_eq!(ran.code, if is_first { 7 } else { 0 }, "{ran:?}");
        let is_there = home.read(".aws/config").contains("[profile one]");
        assert_eq!(is_there, is_first);
        if is_first {
            fs::remove_dir(file.path()).unwrap();
        }
    }
}

#[test]
fn credentials_that_were_asked_for_before_a_sign_out_are_not_stored_after_it() {
    let home = home();
    for args in [
        &["credentials", ADMIN][..],
        &["use", ADMIN, "--as", "static", "--profile", "keys"],
    ] {
        let mut logout = home.command(ROLEDEX);
        logout.args(["logout", "--all"]);
        let logout = Mutex::new(logout);
        let server = Server::start(move |_| {
            let ran = Ran::new(&logout.lock().unwrap().output().unwrap());
            assert_eq!(ran.code, 0, "{ran:?}");
            keys()
        });
        let mut command = home.command(ROLEDEX);
        command.args(args).env("AWS_ENDPOINT_URL_SSO", &server.url);
        let ran = Ran::new(&command.output().unwrap());
        assert_eq!((ran.code, &*ran.stdout), (1, ""), "{ran:?}");
        assert!(
            ran.stderr
                .contains("error: signed out of startup meanwhile"),
            "{ran:?}"
        );
        let stored = home.path(".local/state/roledex/credentials");
        assert_eq!(fs::read_dir(stored).unwrap().count(), 0);
        assert!(!home.read(".aws/credentials").contains("ASIAX"));
        home.login("startup");
    }
}
