//! Many processes at once share one refresh, whatever it is that ran out (docs/requirements.md#one-refresh-for-many-processes, docs/requirements.md#no-surprise-browser).

#![cfg(unix)]
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Child;

use crate::support::{Home, Ran};

const ADMIN: &str = "org:startup/333333333333/AdministratorAccess";

/// The startup scenario where a refresh token is good for one refresh only, and every answer takes
/// a while, so that processes that start together meet.
fn home() -> Home {
    let text = include_str!("../../assets/sim/startup.toml");
    let home = Home::scenario(&format!(
        "[sign_in]\nrotate_refresh_tokens = true\n[trouble]\nlatency_ms = 300\n{text}"
    ));
    home.sign_in();
    home.write("browser", "#!/bin/sh\n: > \"$HOME/browser-was-opened\"\n");
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(home.path("browser"), mode).unwrap();
    home
}

/// Sets a field of every JSON file of a directory that has it.
fn set(home: &Home, directory: &str, having: &str, field: &str, value: &str) {
    let mut changed = 0;
    for file in fs::read_dir(home.path(directory)).unwrap() {
        let path = file.unwrap().path();
        let mut json: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        if json.get(having).is_some() {
            json[field] = value.into();
            let name = path.file_name().unwrap().to_str().unwrap();
            home.write(&format!("{directory}/{name}"), &json.to_string());
            changed += 1;
        }
    }
    assert_eq!(changed, 1);
}

fn soon() -> String {
    let now = roledex::internals::config::Clock::System.now();
    let at = now + std::time::Duration::from_mins(2);
    roledex::internals::domain::time::rfc3339(at)
}

fn count(home: &Home, path: &str) -> usize {
    let requests = home.sim.requests();
    requests.iter().filter(|known| known.path == path).count()
}

/// Starts `arguments` that many times, with a browser that leaves a mark; what became of each.
fn together(home: &Home, times: usize, arguments: impl Fn(usize) -> Vec<String>) -> Vec<Ran> {
    let children: Vec<Child> = (0..times)
        .map(|number| {
            home.command(crate::support::ROLEDEX)
                .env("BROWSER", home.path("browser"))
                .args(arguments(number))
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let ran = children
        .into_iter()
        .map(|child| Ran::new(&child.wait_with_output().unwrap()))
        .collect();
    assert!(!home.path("browser-was-opened").exists());
    ran
}

#[test]
fn twenty_processes_cause_one_refresh_and_open_no_browser() {
    let home = home();
    let text = home.ok(&["list", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&text).unwrap();
    let ids: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap())
        .collect();
    for (round, expires_at) in [soon(), "2020-01-01T00:00:00Z".to_owned()]
        .iter()
        .enumerate()
    {
        set(
            &home,
            ".aws/sso/cache",
            "accessToken",
            "expiresAt",
            expires_at,
        );
        let before = count(&home, "/token");
        let all = together(&home, 20, |number| match number % 3 {
            0 => vec!["list".to_owned(), "--refresh".to_owned()],
            // New ones, so that each has to ask.
            1 => vec!["refresh".to_owned(), ids[number % ids.len()].to_owned()],
            _ => vec!["credentials".to_owned(), ids[number % ids.len()].to_owned()],
        });
        for ran in &all {
            assert_eq!(ran.code, 0, "{round}: {ran:?}");
        }
        assert_eq!(count(&home, "/token") - before, 1, "{round}");
    }
}

#[test]
fn two_hundred_callers_with_stale_credentials_cause_one_request() {
    let home = home();
    home.ok(&["use", ADMIN, "--as", "process", "--profile", "admin"]);
    let first: serde_json::Value = serde_json::from_str(&home.ok(&["credentials", ADMIN])).unwrap();
    let stale = ".local/state/roledex/credentials";
    set(
        &home,
        stale,
        "session_token",
        "expires_at",
        "2020-01-01T00:00:00Z",
    );
    let before = count(&home, "/federation/credentials");
    // As `credential_process` calls it, and by the profile's name.
    let all = together(&home, 200, |number| {
        let entry = if number % 2 == 0 { ADMIN } else { "admin" };
        vec!["credentials".to_owned(), entry.to_owned()]
    });
    for ran in &all {
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        assert_eq!(ran.stdout, all[0].stdout);
    }
    let fresh: serde_json::Value = serde_json::from_str(&all[0].stdout).unwrap();
    assert_ne!(fresh["AccessKeyId"], first["AccessKeyId"]);
    assert_eq!(count(&home, "/federation/credentials") - before, 1);
    assert_eq!(
        count(&home, "/device_authorization"),
        1,
        "the sign-in before"
    );
}
