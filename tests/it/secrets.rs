//! Secrets are not printed to a terminal unless the user asks for them.

use crate::support::terminal::Terminal;
use crate::support::{Home, ROLEDEX};

const ENTRY: &str = "org:startup/333333333333/AdministratorAccess";

fn signed_in() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home
}

/// The output of a command on a terminal, and its exit code.
fn on_a_terminal(home: &Home, args: &[&str], env: &[(&str, &str)]) -> (String, u32) {
    let mut terminal = Terminal::open(home, ROLEDEX, args, (160, 30), env);
    let code = terminal.ended();
    terminal.until("the end of the output", |screen| !screen.trim().is_empty());
    (terminal.text(), code)
}

#[test]
fn env_and_credentials_print_nothing_secret_to_a_terminal() {
    let home = signed_in();
    for (args, shell, hint) in [
        (
            &["env", ENTRY][..],
            "/bin/bash",
            format!("eval \"$(roledex env {ENTRY})\""),
        ),
        (
            &["env", "a b"],
            "/bin/zsh",
            "eval \"$(roledex env 'a b')\"".to_owned(),
        ),
        (&["env"], "/bin/sh", "eval \"$(roledex env)\"".to_owned()),
        (
            &["env", ENTRY],
            "/usr/bin/fish",
            format!("roledex env {ENTRY} | source"),
        ),
        (
            &["env", ENTRY],
            "/usr/bin/nu",
            format!("roledex env {ENTRY} --shell json | from json | load-env"),
        ),
        (
            &["env", ENTRY],
            "/usr/bin/elvish",
            format!("eval (roledex env {ENTRY} | slurp)"),
        ),
        (
            &["env", ENTRY],
            "/usr/bin/xonsh",
            format!("execx($(roledex env {ENTRY}))"),
        ),
        (
            &["env", ENTRY],
            "/usr/bin/pwsh",
            format!("roledex env {ENTRY} | Out-String | Invoke-Expression"),
        ),
        (
            &["env", ENTRY, "--shell", "fish"],
            "/bin/bash",
            format!("roledex env {ENTRY} | source"),
        ),
        (
            &["credentials", ENTRY],
            "/bin/bash",
            format!("eval \"$(roledex env {ENTRY})\""),
        ),
    ] {
        let (screen, code) = on_a_terminal(&home, args, &[("SHELL", shell)]);
        assert_eq!(code, 2, "{args:?}: {screen}");
        assert!(screen.contains(&hint), "{args:?} {shell}: {screen}");
        assert!(screen.contains("--show"), "{screen}");
        for secret in ["SECRET", "SecretAccessKey", "ASIA"] {
            assert!(!screen.contains(secret), "{args:?}: {screen}");
        }
    }
}

/// Stored credentials are answered on a short way of their own.
#[test]
fn stored_credentials_are_not_printed_either() {
    let home = signed_in();
    assert!(home.ok(&["credentials", ENTRY]).contains("SecretAccessKey"));
    let (screen, code) = on_a_terminal(&home, &["credentials", ENTRY], &[]);
    assert_eq!(code, 2, "{screen}");
    assert!(!screen.contains("SecretAccessKey"), "{screen}");
}

#[test]
fn show_prints_them_and_scripts_need_none() {
    let home = signed_in();
    let (screen, code) = on_a_terminal(&home, &["env", ENTRY, "--show"], &[]);
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("AWS_SECRET_ACCESS_KEY"), "{screen}");
    let (screen, code) = on_a_terminal(&home, &["credentials", ENTRY, "--show"], &[]);
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("SecretAccessKey"), "{screen}");
    let lines = home.ok(&["env", ENTRY]);
    assert!(lines.contains("AWS_SECRET_ACCESS_KEY"));
    assert_eq!(home.ok(&["env", ENTRY, "--show"]), lines);
    assert!(
        home.ok(&["credentials", ENTRY, "--show"])
            .contains("SecretAccessKey")
    );
}

#[test]
fn lines_that_unset_hold_no_secret() {
    let home = signed_in();
    let (screen, code) = on_a_terminal(&home, &["env", "--unset"], &[]);
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("unset"), "{screen}");
}

#[test]
fn an_address_of_the_console_is_printed() {
    let home = signed_in();
    let (screen, code) = on_a_terminal(&home, &["console", ENTRY, "--print"], &[]);
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("https://"), "{screen}");
}

#[test]
fn an_unknown_service_is_a_usage_error_with_the_nearest_names() {
    let home = signed_in();
    for (service, code, words) in [
        ("lamda", 2, "did you mean lambda"),
        ("qqqqqq", 2, "--destination URL"),
        ("lambda", 0, ""),
        ("S3", 0, ""),
    ] {
        let ran = home.run(&["console", ENTRY, "--print", "--service", service]);
        assert_eq!(ran.code, code, "{service}: {ran:?}");
        assert!(ran.stderr.contains(words), "{service}: {ran:?}");
        assert_eq!(ran.stdout.is_empty(), code != 0, "{service}: {ran:?}");
    }
}
