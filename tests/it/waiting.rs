//! Waits: each is told, and each has an end. The bounds are made short by the settings.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use roledex::internals::config::Clock;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::support::server::{Answer, Server};
use crate::support::terminal::{Terminal, ctrl};
use crate::support::{Home, ROLEDEX, Ran, wait_for};

const ADMIN: &str = "org:startup/111111111111/AdministratorAccess";

/// A signed-in home whose commands give up after so many seconds without progress.
fn home(seconds: u32) -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home.write(
        ".config/roledex/config.toml",
        &format!("store = \"file\"\npatience_seconds = {seconds}\n"),
    );
    home
}

fn command(home: &Home, variable: &str, server: &Server, args: &[&str]) -> Command {
    let mut command = home.command(ROLEDEX);
    command
        .args(args)
        .env(variable, &server.url)
        .env("ROLEDEX_REQUESTS_PER_SECOND", "0");
    command
}

fn run(home: &Home, variable: &str, server: &Server, args: &[&str]) -> Ran {
    Ran::new(&command(home, variable, server, args).output().unwrap())
}

fn throttling() -> Server {
    Server::start(|_| {
        Answer::json(
            429,
            r#"{"message":"Too many","__type":"x#TooManyRequestsException"}"#,
        )
    })
}

const SSO: &str = "AWS_ENDPOINT_URL_SSO";
const OIDC: &str = "AWS_ENDPOINT_URL_SSO_OIDC";

#[test]
fn a_portal_that_throttles_for_ever_ends_the_list() {
    let home = home(2);
    let server = throttling();
    for args in [&["list"][..], &["list", "--refresh"], &["sync"]] {
        let ran = run(&home, SSO, &server, args);
        assert_eq!(ran.code, 6, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains("no progress in 2 s"), "{ran:?}");
        assert!(ran.stderr.contains("throttling requests"), "{ran:?}");
        assert!(ran.stderr.contains("hint: "), "{ran:?}");
    }
}

#[test]
fn bodies_that_drip_end_a_command() {
    let home = home(2);
    let server = Server::start(|_| Answer::Drip(1_000_000));
    for args in [
        &["exec", ADMIN, "--", "true"][..],
        &["credentials", ADMIN],
        &["list", "--refresh"],
    ] {
        let ran = run(&home, SSO, &server, args);
        assert_eq!(ran.code, 6, "{args:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{args:?}");
        assert!(ran.stderr.contains("timed out waiting for"), "{ran:?}");
    }
}

#[test]
fn a_portal_that_hangs_keeps_no_local_copies() {
    let home = home(2);
    home.ok(&["use", ADMIN, "--as", "static", "--profile", "keys"]);
    let server = Server::start(|_| Answer::Drip(1_000_000));
    let ran = run(&home, SSO, &server, &["logout"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("did not confirm the sign-out"),
        "{ran:?}"
    );
    assert!(server.asked() > 0);
    let stored = home.path(".local/state/roledex/credentials");
    assert_eq!(std::fs::read_dir(stored).unwrap().count(), 0);
    assert!(!home.read(".aws/credentials").contains("aws_secret"));
    let status = home.ok(&["status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["portals"][0]["signed_in"], false);
}

/// Leaves the access token and the stored credentials some minutes: they are to be renewed.
fn end_soon(home: &Home) {
    let soon = Clock::System.now() + Duration::from_secs(400);
    let soon = soon.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    for (directory, field) in [
        (".aws/sso/cache", "expiresAt"),
        (".local/state/roledex/credentials", "expires_at"),
    ] {
        for file in std::fs::read_dir(home.path(directory)).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
            if value.get("obtained_at").is_some() {
                value["obtained_at"] = "2001-01-01T00:00:00Z".into();
            }
            if value.get(field).is_some() {
                value[field] = soon.clone().into();
                home.write(path.to_str().unwrap(), &value.to_string());
            }
        }
    }
}

#[test]
fn stored_credentials_are_used_where_the_portal_is_slow_or_throttles() {
    let home = home(4);
    home.ok(&["credentials", ADMIN]);
    end_soon(&home);
    let servers = [
        (SSO, Server::start(|_| Answer::Drip(1_000_000))),
        (OIDC, Server::start(|_| Answer::Drip(1_000_000))),
        (
            SSO,
            Server::start(|_| Answer::Full(429, "retry-after: 30\r\n", "{}".to_owned())),
        ),
    ];
    for (variable, server) in servers {
        let ran = run(&home, variable, &server, &["credentials", ADMIN]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(server.asked() > 0);
        end_soon(&home);
    }
}

#[test]
fn a_token_that_is_valid_is_used_where_the_sign_in_service_is_slow() {
    let home = home(4);
    home.ok(&["credentials", ADMIN]);
    end_soon(&home);
    std::fs::remove_dir_all(home.path(".local/state/roledex/credentials")).unwrap();
    let server = Server::start(|_| Answer::Drip(1_000_000));
    for args in [&["credentials", ADMIN][..], &["list", "--refresh"]] {
        let ran = run(&home, OIDC, &server, args);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    assert_eq!(server.asked(), 2);
}

#[test]
fn an_endless_list_of_accounts_ends() {
    let home = home(60);
    let server = Server::start(|request| {
        if !request.line.contains("/assignment/accounts") {
            return Answer::json(200, r#"{"roleList":[]}"#);
        }
        // Many more a page than were asked for, and always others.
        let first = request.number as u64 * 20_000;
        let accounts: Vec<String> = (first..first + 20_000)
            .map(|id| format!(r#"{{"accountId":"{id:012}","accountName":"x"}}"#))
            .collect();
        let body = format!(
            r#"{{"nextToken":"{first}","accountList":[{}]}}"#,
            accounts.join(",")
        );
        Answer::json(200, body)
    });
    let ran = run(&home, SSO, &server, &["list", "--refresh"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.stderr.contains("does not end"), "{ran:?}");
}

/// A sign-in service that hands out a code, and fails whenever it is polled.
fn failing_polls(status: u16, body: &'static str) -> Server {
    Server::start(move |request| {
        if request.line.contains("/client/register") {
            return Answer::json(
                200,
                r#"{"clientId":"c","clientSecret":"s","clientIdIssuedAt":1,"clientSecretExpiresAt":4102444800}"#,
            );
        }
        if request.line.contains("/device_authorization") {
            return Answer::json(
                200,
                r#"{"deviceCode":"d","userCode":"ABCD-EFGH","verificationUri":"https://x.test/","verificationUriComplete":"https://x.test/?c=1","expiresIn":600,"interval":1}"#,
            );
        }
        assert!(request.body.contains("device_code"), "{request:?}");
        Answer::json(status, body)
    })
}

#[test]
fn a_sign_in_whose_polls_fail_ends_and_one_that_is_pending_does_not() {
    let home = home(3);
    let server = failing_polls(500, "{}");
    let login = ["login", "--device", "--no-open"];
    let ran = run(&home, OIDC, &server, &login);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.stderr.contains("timed out waiting for"), "{ran:?}");

    let server = failing_polls(400, r#"{"error":"authorization_pending"}"#);
    let mut child = command(&home, OIDC, &server, &login)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Four polls and more than the patience.
    wait_for("polls", || (server.asked() > 7).then_some(()));
    assert_eq!(child.try_wait().unwrap(), None);
    interrupt(&child);
    let status = wait_for("the end", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(130));
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap()
}

fn interrupt(child: &Child) {
    kill_process(pid(child), Signal::INT).unwrap();
}

#[test]
fn a_signal_ends_the_process_of_a_profile_as_well() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let home = home(60);
        home.write(
            ".aws/config",
            "[profile slow]\ncredential_process = sh -c 'echo $$ > pid.new; mv pid.new pid; exec sleep 600'\n",
        );
        let mut command = home.command(ROLEDEX);
        command.args(["credentials", "profile:slow"]);
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let process = wait_for("the process", || {
            std::fs::read_to_string(home.path("pid")).ok()
        });
        let process = Pid::from_raw(process.trim().parse().unwrap()).unwrap();
        assert!(test_kill_process(process).is_ok());
        kill_process(pid(&child), signal).unwrap();
        let status = wait_for("the end", || child.try_wait().unwrap());
        assert_eq!(status.code(), Some(code));
        wait_for("the end of the process", || {
            test_kill_process(process).is_err().then_some(())
        });
    }
}

#[test]
fn a_wait_is_told_in_lines_where_there_is_no_terminal() {
    let home = home(60);
    let server = throttling();
    for (args, is_told) in [
        (&["list", "--refresh"][..], true),
        (&["credentials", ADMIN], false),
    ] {
        let (log, before) = (home.path("told.log"), server.asked());
        let mut child = command(&home, SSO, &server, args)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        if is_told {
            wait_for("a line", || {
                let text = std::fs::read_to_string(&log).unwrap();
                text.contains("waiting for").then_some(())
            });
            let text = std::fs::read_to_string(&log).unwrap();
            assert!(text.contains("roles of startup"), "{text}");
            assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
        }
        wait_for("a request", || (server.asked() > before).then_some(()));
        interrupt(&child);
        let status = wait_for("the end", || child.try_wait().unwrap());
        assert_eq!(status.code(), Some(130), "{args:?}");
    }
}

#[test]
fn a_sign_out_says_that_it_waits_for_the_portal() {
    let home = home(60);
    let server = Server::start(|_| Answer::Drip(1_000_000));
    let log = home.path("told.log");
    let mut child = command(&home, SSO, &server, &["logout"])
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    wait_for("a line", || {
        let text = std::fs::read_to_string(&log).unwrap();
        text.contains("waiting for startup to confirm the sign-out (")
            .then_some(())
    });
    interrupt(&child);
    let status = wait_for("the end", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(130));
}

#[test]
fn a_wait_in_the_background_has_no_line_in_place() {
    let home = home(60);
    let server = throttling();
    let env = [(SSO, server.url.as_str()), ("PS1", "ready> ")];
    let mut terminal = Terminal::open(&home, "bash", &["--norc", "-i"], (200, 20), &env);
    terminal.wait("ready>");
    terminal.press(&format!("{ROLEDEX} list --refresh &\r"));
    let text = terminal.wait("waiting for");
    assert!(!text.contains("Ctrl-C stops"), "{text}");
    terminal.press("fg\r");
    terminal.wait("Ctrl-C stops");
    terminal.press(&ctrl('c'));
    terminal.until("an erased line", |text| {
        !text.contains("Ctrl-C stops") && text.trim_end().ends_with("ready>")
    });
}

#[test]
fn a_wait_is_one_line_on_a_terminal_and_leaves_nothing() {
    let home = home(60);
    let server = throttling();
    let env = [(SSO, server.url.as_str())];
    let mut terminal = Terminal::open(&home, ROLEDEX, &["list", "--refresh"], (100, 10), &env);
    terminal.wait("Ctrl-C stops");
    let text = terminal.text();
    assert_eq!(text.matches("waiting for").count(), 1, "{text}");
    assert!(text.contains("retrying: "), "{text}");
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 130);
    wait_for("an erased line", || {
        (!terminal.text().contains("waiting for")).then_some(())
    });
}

#[test]
fn a_quiet_command_waits_without_a_word() {
    let home = home(60);
    let server = throttling();
    let mut child = command(&home, SSO, &server, &["--quiet", "list", "--refresh"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Longer than it takes to the first line.
    let waited = std::time::Instant::now();
    wait_for("time", || {
        (waited.elapsed() > Duration::from_secs(6)).then_some(())
    });
    interrupt(&child);
    wait_for("the end", || child.try_wait().unwrap());
    assert_eq!(Ran::new(&child.wait_with_output().unwrap()).stderr, "");
}

#[test]
fn the_switcher_gives_up_as_well_and_stays_usable() {
    let home = home(2);
    let server = throttling();
    let env = [
        (SSO, server.url.as_str()),
        ("ROLEDEX_REQUESTS_PER_SECOND", "0"),
    ];
    let mut terminal = Terminal::open(&home, ROLEDEX, &[], (120, 30), &env);
    terminal.wait("timed out waiting for");
    terminal.press(&ctrl('c'));
    terminal.ended();
}
