//! MFA on the command line: a code on the terminal, by flag or by a program, and one session for every role.

use crate::support::terminal::Terminal;
use crate::support::{Home, ROLEDEX, Ran, installed};

fn home() -> Home {
    let home = Home::new("mixed");
    home.fill();
    home
}

/// The access key id that a command is given.
fn key(home: &Home, arguments: &[&str]) -> Ran {
    let mut command = home.command(ROLEDEX);
    command.arg("exec").args(arguments);
    let print = ["--", "sh", "-c", "printf %s \"$AWS_ACCESS_KEY_ID\""];
    Ran::new(&command.args(print).output().unwrap())
}

#[cfg(unix)]
#[test]
fn the_terminal_asks_again_after_a_wrong_code_and_not_for_the_next_role() {
    let home = home();
    let mut terminal = Terminal::roledex(&home, &["use", "profile:guarded"], (200, 20));
    terminal.wait("code of the MFA device arn:aws:iam::111122223333:mfa/jane:");
    terminal.press("000000\r");
    terminal.wait("AWS refused the code");
    // The refusal names the device as the questions do.
    terminal.until("a second question", |text| {
        text.matches("code of the MFA device").count() == 3
    });
    terminal.press("123456\r");
    assert_eq!(terminal.ended(), 0, "{}", terminal.text());
    for profile in ["profile:break-glass", "profile:jane-mfa", "profile:guarded"] {
        let ran = key(&home, &[profile]);
        assert!(
            ran.code == 0 && ran.stdout.starts_with("ASIA"),
            "{profile}: {ran:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn without_a_code_nothing_is_used() {
    let home = home();
    let mut terminal = Terminal::roledex(&home, &["use", "profile:guarded"], (200, 20));
    terminal.wait("code of the MFA device");
    terminal.press("\r");
    assert_eq!(terminal.ended(), 3, "{}", terminal.text());
    assert_eq!(key(&home, &["profile:guarded"]).code, 3);
    let wrong = home.run(&["use", "profile:guarded", "--mfa-code", "12345"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
}

#[test]
fn a_program_gives_the_code_and_nobody_is_asked() {
    let home = home();
    let config = home.read(".aws/config");
    let with = |program: &str| {
        let device = "mfa_serial = arn:aws:iam::111122223333:mfa/jane\n";
        let line = format!("{device}mfa_process = {program}\n");
        home.write(".aws/config", &config.replace(device, &line));
    };
    for (program, code) in [("echo nonsense", 1), ("false", 1), ("nosuchprogram-mfa", 1)] {
        with(program);
        let ran = home.run(&["credentials", "profile:guarded"]);
        assert!(
            ran.code >= code && ran.stdout.is_empty(),
            "{program}: {ran:?}"
        );
        assert!(ran.stderr.contains("mfa_process"), "{program}: {ran:?}");
    }
    with("sh -c 'echo x >> asked; echo 123456'");
    for profile in ["guarded", "break-glass", "jane-mfa"] {
        home.ok(&["credentials", &format!("profile:{profile}")]);
    }
    assert_eq!(
        home.read("asked").lines().count(),
        1,
        "one session serves all"
    );
}

#[test]
fn copies_of_a_role_behind_a_device_have_a_countdown() {
    let home = home();
    let copy = |mode: &str, name: &str, more: &[&str]| {
        let args = ["use", "profile:guarded", "--as", mode, "--profile", name];
        home.run(&[&args[..], more].concat())
    };
    assert_eq!(copy("process", "early", &[]).code, 3);
    assert!(!home.read(".aws/config").contains("[profile early]"));
    assert_eq!(copy("static", "fixed", &["--mfa-code", "123456"]).code, 0);
    assert_eq!(copy("process", "served", &[]).code, 0);
    let status: serde_json::Value = serde_json::from_str(&home.ok(&["status", "--json"])).unwrap();
    for (name, mode) in [("fixed", "static"), ("served", "process")] {
        let rows = status["profiles"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        assert_eq!(
            (row["mode"].as_str(), row["state"].as_str()),
            (Some(mode), Some("fresh")),
            "{row}"
        );
        let left = row["seconds_left"].as_i64().unwrap();
        assert!((1..=3_600).contains(&left), "{row}");
    }
    // The session of the device counts down by itself, for twelve hours.
    let list = home.ok(&["list", "--json", "--kind", "profile"]);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let row = list
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == "profile:jane-mfa")
        .unwrap();
    assert_eq!(row["state"], "fresh");
    let end: jiff::Timestamp = row["expires_at"].as_str().unwrap().parse().unwrap();
    let role: jiff::Timestamp = status["profiles"][0]["expires_at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(end > role, "{list}");
}

#[test]
fn live_credentials_that_would_not_be_used_cost_no_code() {
    let home = home();
    let keys = "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n";
    home.write(".aws/credentials", &(home.read(".aws/credentials") + keys));
    let live = ["profile:guarded", "--live", "--mfa-code", "123456"];
    for (command, more) in [("exec", &["--", "true"][..]), ("shell", &[])] {
        let ran = home.run(&[&[command], &live[..], more].concat());
        assert_eq!(ran.code, 1, "{ran:?}");
        let why = "the default profile has credentials";
        assert!(ran.stderr.contains(why), "{ran:?}");
        assert_eq!(home.sim.requests().len(), 0, "{command}");
    }
}

#[test]
fn live_asks_before_the_command_runs_or_not_at_all() {
    let home = home();
    let refused = home.run(&["exec", "profile:guarded", "--live", "--", "touch", "ran"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(!home.path("ran").exists());
    if !installed("curl", &["--version"]) {
        return;
    }
    let fetch = "curl -s -H \"Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN\" \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\"";
    let served = home.ok(&[
        "exec",
        "profile:guarded",
        "--mfa-code",
        "123456",
        "--live",
        "--",
        "sh",
        "-c",
        fetch,
    ]);
    let served: serde_json::Value = serde_json::from_str(&served).unwrap();
    assert!(
        served["AccessKeyId"].as_str().unwrap().starts_with("ASIA"),
        "{served}"
    );
    // The user's own session behind the device, too.
    let own = home.ok(&[
        "exec",
        "profile:jane-mfa",
        "--live",
        "--",
        "sh",
        "-c",
        fetch,
    ]);
    assert!(own.contains("\"Token\""), "{own}");
}
