//! Saves of the AWS CLI that are in flight while roledex reads or writes the same files. strace delays
//! the CLI's write, so that the file stays truncated for a while.

#![cfg(target_os = "linux")]
use std::fs;
use std::process::Child;
use std::thread;

use crate::support::{Home, ROLEDEX, Ran, aws_cli, installed, wait_for};

const ADMIN: &str = "org:startup/333333333333/AdministratorAccess";

const CONFIG: &str =
    "# mine\n[default]\nregion = eu-west-1\n\n[profile other]\nregion = eu-west-2\n";

const CREDENTIALS: &str = "[other]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = old\n";

/// The startup scenario, signed in, with somebody's profiles and long-lived keys, and the AWS CLI.
struct Machine {
    home: Home,
    aws: String,
}

impl Machine {
    fn new() -> Option<Self> {
        let aws = aws_cli()?;
        if !installed("strace", &["--version"]) {
            return None;
        }
        let home = Home::new("startup");
        home.write(".aws/config", CONFIG);
        home.write(".aws/credentials", CREDENTIALS);
        home.sign_in();
        Some(Self { home, aws })
    }

    /// Starts `aws configure set`, whose write takes so long, and returns when it has opened the file.
    fn configure(&self, file: &str, delay_ms: u32, args: &[&str]) -> Child {
        let (path, trace) = (self.home.path(file), self.home.path("trace"));
        let _ = fs::remove_file(&trace);
        let child = self
            .home
            .command("strace")
            .args(["-f", "-qq", "-e", "trace=openat,write", "-e"])
            .arg(format!("inject=write:delay_enter={}", delay_ms * 1_000))
            .arg("-P")
            .arg(path)
            .arg("-o")
            .arg(&trace)
            .args([self.aws.as_str(), "configure", "set"])
            .args(args)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        wait_for("the AWS CLI to open the file", || {
            let trace = fs::read_to_string(&trace).unwrap_or_default();
            trace.contains("O_WRONLY").then_some(())
        });
        child
    }

    /// Runs roledex while the AWS CLI saves a file: both must go well. Returns roledex's stdout.
    fn meanwhile(&self, delay_ms: u32, file: &str, set: &[&str], args: &[&str]) -> String {
        let saver = self.configure(file, delay_ms, set);
        let ours = self.home.run(args);
        let theirs = Ran::new(&saver.wait_with_output().unwrap());
        assert_eq!(theirs.code, 0, "{theirs:?}");
        assert_eq!(ours.code, 0, "{args:?}: {ours:?}");
        ours.stdout
    }

    fn assert_nothing_lost(&self, when: &str) {
        let (config, credentials) = (
            self.home.read(".aws/config"),
            self.home.read(".aws/credentials"),
        );
        for line in CONFIG.lines() {
            assert!(config.contains(line), "{when}: {line:?} is lost:\n{config}");
        }
        assert!(
            config.contains("[sso-session startup]"),
            "{when}:\n{config}"
        );
        for line in CREDENTIALS.lines().filter(|line| !line.ends_with("old")) {
            assert!(credentials.contains(line), "{when}: {line:?} is lost");
        }
    }
}

#[test]
fn a_config_that_the_aws_cli_is_saving_loses_nothing() {
    let delays = [10, 20, 100, 700];
    let run = |delay: u32| {
        let Some(machine) = Machine::new() else {
            return;
        };
        // A changed section truncates the file; a new one is appended to it.
        for (round, profile) in ["other", "new"].into_iter().enumerate() {
            let value = format!("value-{round}");
            let set = ["cli_pager", &value, "--profile", profile];
            let name = format!("p{round}");
            let add = [
                "portal",
                "add",
                &name,
                "--start-url",
                "https://d-1234567890.awsapps.com/start",
                "--region",
                "eu-west-1",
            ];
            machine.meanwhile(delay, ".aws/config", &set, &add);
            let when = format!("{delay} ms, {profile}");
            machine.assert_nothing_lost(&when);
            let config = machine.home.read(".aws/config");
            assert!(
                config.contains(&value),
                "{when}: the CLI's value is lost:\n{config}"
            );
            assert!(
                config.contains(&format!("[sso-session {name}]")),
                "{when}:\n{config}"
            );
        }
    };
    thread::scope(|scope| {
        for delay in delays {
            scope.spawn(move || run(delay));
        }
    });
}

#[test]
fn credentials_that_the_aws_cli_is_saving_lose_nothing() {
    let Some(machine) = Machine::new() else {
        return;
    };
    for (profile, round) in [("other", "1"), ("fresh", "2")] {
        let secret = format!("rotated-{round}");
        let set = ["aws_secret_access_key", &secret, "--profile", profile];
        let name = format!("mine-{round}");
        let keys = ["use", ADMIN, "--as", "static", "--profile", &name];
        machine.meanwhile(700, ".aws/credentials", &set, &keys);
        machine.assert_nothing_lost(profile);
        let credentials = machine.home.read(".aws/credentials");
        assert!(credentials.contains(&secret), "{profile}");
        assert!(credentials.contains(&format!("[{name}]")), "{profile}");
    }
}

#[test]
fn reading_commands_wait_for_the_rest_of_the_file() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let set = ["cli_pager", "less", "--profile", "other"];
    for (args, expected) in [
        (&["portal", "list"][..], "startup"),
        (&["status", "--json"], "\"startup\""),
        (&["list", "--portal", "startup"], "AdministratorAccess"),
    ] {
        let text = machine.meanwhile(700, ".aws/config", &set, args);
        assert!(text.contains(expected), "{args:?}: {text}");
    }
}

/// `$HOME` itself, and a symbolic link to it, name the same files.
#[test]
fn many_processes_through_two_paths_lose_nothing() {
    const EACH: usize = 24;
    let home = Home::new("startup");
    home.write(".aws/config", CONFIG);
    home.sign_in();
    let link = home.dir.path().with_extension("link");
    std::os::unix::fs::symlink(home.dir.path(), &link).unwrap();
    let start = |at: usize| {
        let mut command = home.command(ROLEDEX);
        if at % 2 == 1 {
            command.env("HOME", &link);
        }
        command
            .args(["use", ADMIN, "--profile", &format!("mine-{at}")])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<Child> = (0..2 * EACH).map(start).collect();
    for child in children {
        let ran = Ran::new(&child.wait_with_output().unwrap());
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    fs::remove_file(link).unwrap();
    let config = home.read(".aws/config");
    for at in 0..2 * EACH {
        assert!(
            config.contains(&format!("[profile mine-{at}]\n")),
            "{at} is lost"
        );
    }
}
