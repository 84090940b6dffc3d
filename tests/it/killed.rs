//! The real binary, killed or failed by the system at each call that changes a file.
//!
//! `strace` finds those calls and injects the signal or the error. Whatever happens, files are whole,
//! and after the next command and `logout --all` no token and no key is left anywhere in the home.

#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Home, ROLEDEX, Ran, peer};

const ENTRY: &str = "ext:Two/222222222222/B";

/// The calls that change files.
const CALLS: [&str; 18] = [
    "openat",
    "mkdir",
    "write",
    "writev",
    "fsync",
    "fdatasync",
    "ftruncate",
    "fchmod",
    "fchown",
    "link",
    "linkat",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "utimensat",
    "flock",
];

/// Texts of which each file with a token or a key has at least one.
const SECRETS: [&str; 6] = [
    "accessToken",
    "refreshToken",
    "secret_access_key",
    "session_token",
    "aws_secret_access_key",
    "ASIA",
];

/// A command that writes secrets, and what has to be there first.
struct Job {
    name: &'static str,
    prepare: fn(&Home),
    args: &'static [&'static str],
}

const JOBS: [Job; 3] = [
    Job {
        name: "token",
        prepare: |home| {
            if !home.ok(&["status"]).contains(" left") {
                home.login("p");
            }
            home.sim.revoke_tokens(false);
        },
        args: &["list", "--refresh"],
    },
    Job {
        name: "stored credentials",
        prepare: |home| home.write("response", &home.sim.saml_response("Two").unwrap()),
        args: &["env", ENTRY, "--assertion", "response", "--shell", "json"],
    },
    Job {
        name: "static keys",
        prepare: |home| home.write("response", &home.sim.saml_response("Two").unwrap()),
        args: &[
            "use",
            ENTRY,
            "--assertion",
            "response",
            "--as",
            "static",
            "--profile",
            "keys",
        ],
    },
];

/// One call of a thread: its name, and how many of that name the thread had made with it.
type Point = (String, usize);

fn home() -> Home {
    let home = Home::scenario(
        "[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\nstart_url = \"https://d-9.awsapps.com/start\"\n[[portals.accounts]]\nid = \"111111111111\"\nname = \"a\"\nroles = [\"R\"]\n[[portals.apps]]\nname = \"Two\"\nid = \"ins-0123456789abcdef\"\nroles = [\"arn:aws:iam::222222222222:role/B\"]\n",
    );
    home.add_portals();
    home.add_apps("file");
    home
}

/// Runs a job under strace, with something injected.
fn traced(home: &Home, job: &Job, inject: Option<&str>) -> (Ran, String) {
    (job.prepare)(home);
    let log = home.dir.path().with_extension("trace");
    let mut strace = home.command("strace");
    strace
        .args(["-f", "-y", "-s", "0", "-qq", "-o"])
        .arg(&log)
        .arg(format!("--trace={}", CALLS.join(",")));
    if let Some(inject) = inject {
        strace.arg(format!("--inject={inject}"));
    }
    let ran = Ran::new(&strace.arg(ROLEDEX).args(job.args).output().unwrap());
    let text = fs::read_to_string(&log).unwrap();
    fs::remove_file(&log).unwrap();
    (ran, text)
}

/// The calls in a log that change something below a directory.
fn points(log: &str, below: &Path) -> Vec<Point> {
    let below = below.to_str().unwrap();
    let mut made: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut points = Vec::new();
    for line in log.lines() {
        let Some((thread, call)) = line.split_once(char::is_whitespace) else {
            continue;
        };
        let Some((name, rest)) = call.trim_start().split_once('(') else {
            continue;
        };
        let Some(name) = CALLS.into_iter().find(|known| *known == name) else {
            continue;
        };
        let count = made.entry((thread, name)).or_default();
        *count += 1;
        let changes = name != "openat"
            || ["O_CREAT", "O_TMPFILE", "O_WRONLY", "O_RDWR"]
                .iter()
                .any(|flag| rest.contains(flag));
        if changes && rest.contains(below) {
            points.push((name.to_owned(), *count));
        }
    }
    points.sort();
    points.dedup();
    points
}

/// All files below a directory, with their content.
fn files(directory: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.append(&mut files(&entry.path()));
        } else {
            let text = fs::read(entry.path()).unwrap();
            let text = String::from_utf8_lossy(&text).into_owned();
            found.push((entry.path().display().to_string(), text));
        }
    }
    found
}

fn temporary_files(home: &Home) -> Vec<String> {
    let names = files(home.dir.path()).into_iter().map(|(name, _)| name);
    names.filter(|name| name.contains("/.roledex-")).collect()
}

fn strace() -> bool {
    let mut trial = Command::new("strace");
    trial.args(["-o", "/dev/null", "true"]).stdin(Stdio::null());
    peer(
        "strace",
        trial.output().is_ok_and(|ran| ran.status.success()),
    )
}

#[test]
fn a_process_that_is_killed_leaves_no_secret_after_logout() {
    if !strace() {
        return;
    }
    for job in &JOBS {
        let home = home();
        let (ran, log) = traced(&home, job, None);
        assert_eq!(ran.code, 0, "{ran:?}");
        let points = points(&log, home.dir.path());
        let (mut killed, mut left) = (0, 0);
        let mut wrong = Vec::new();
        for (call, count) in &points {
            home.ok(&["logout", "--all"]);
            let inject = format!("{call}:signal=SIGKILL:when={count}");
            let (ran, _) = traced(&home, job, Some(&inject));
            killed += usize::from(ran.code != 0);
            left += usize::from(!temporary_files(&home).is_empty());
            home.ok(&["list"]);
            home.ok(&["logout", "--all"]);
            for (name, text) in files(home.dir.path()) {
                let is_secret = SECRETS.iter().any(|secret| text.contains(secret));
                if is_secret || name.contains("/.roledex-") {
                    wrong.push(format!("{inject}: {name}: {text}"));
                }
            }
        }
        eprintln!(
            "{}: {} calls, {killed} kills, {left} of them left a temporary file",
            job.name,
            points.len()
        );
        assert!(killed > 8, "{}: {killed} of {}", job.name, points.len());
        assert!(wrong.is_empty(), "{}: {}", job.name, wrong.join("\n"));
    }
}

/// The injected calls of a log.
fn injected(log: &str) -> Vec<&str> {
    let calls = log.lines().filter(|line| line.contains("(INJECTED)"));
    calls.collect()
}

/// Files that are not whole, or that a write left behind.
fn broken_files(home: &Home) -> Vec<String> {
    let broken = |(name, text): &(String, String)| {
        let json = Path::new(name).extension().is_some_and(|of| of == "json");
        name.contains("/.roledex-")
            || json && serde_json::from_str::<serde_json::Value>(text).is_err()
    };
    let found = files(home.dir.path()).into_iter().filter(broken);
    found
        .map(|(name, text)| format!("{name}: {text}"))
        .collect()
}

/// A failed call is reported as an error, or the command goes on without it; it never ends in a panic.
fn is_clean_end(ran: &Ran) -> bool {
    ran.code == 0 || ran.stderr.contains("error: ")
}

#[test]
fn a_call_that_fails_breaks_no_file() {
    if !strace() {
        return;
    }
    for job in &JOBS {
        let home = home();
        home.login("p");
        let (ran, log) = traced(&home, job, None);
        assert_eq!(ran.code, 0, "{ran:?}");
        let (mut runs, mut failed) = (0, 0);
        let mut wrong = Vec::new();
        for (call, count) in points(&log, home.dir.path()) {
            let error = match call.as_str() {
                // Removing and locking need no room. Writes are in the test of a full disk: the
                // count of a write would also hit those with which threads wake each other.
                "unlink" | "unlinkat" | "flock" | "write" | "writev" => continue,
                "fsync" | "fdatasync" => "EIO",
                _ => "ENOSPC",
            };
            let inject = format!("{call}:error={error}:when={count}");
            let (ran, log) = traced(&home, job, Some(&inject));
            let below = home.dir.path().to_str().unwrap();
            let hit = injected(&log).iter().all(|call| call.contains(below));
            if hit {
                runs += 1;
                failed += usize::from(ran.code != 0);
            }
            if hit && !is_clean_end(&ran) {
                wrong.push(format!("{inject}: {ran:?}"));
            }
            let broken = broken_files(&home);
            wrong.extend(broken.iter().map(|file| format!("{inject}: {file}")));
        }
        eprintln!("{}: {failed} of {runs} runs failed", job.name);
        assert!(runs > 8, "{}: {runs}", job.name);
        assert!(wrong.is_empty(), "{}: {}", job.name, wrong.join("\n"));
        (job.prepare)(&home);
        home.ok(job.args);
    }
}

#[test]
fn a_full_disk_breaks_no_file() {
    // A limit of size zero fails each write to a file, and none to a pipe or a socket. The signal that comes with it is
    // not ignored.
    const FULL: &str = "ulimit -f 0; exec \"$@\"";
    for job in &JOBS {
        let home = home();
        home.login("p");
        (job.prepare)(&home);
        let before = files(home.dir.path());
        let mut shell = home.command("sh");
        shell.args(["-c", FULL, "sh", ROLEDEX]).args(job.args);
        let ran = Ran::new(&shell.output().unwrap());
        eprintln!("{}: {ran:?}", job.name);
        assert!(is_clean_end(&ran), "{}: {ran:?}", job.name);
        if ran.stderr.contains("cannot write") {
            assert!(ran.stderr.contains("ulimit -f"), "{}: {ran:?}", job.name);
        }
        let broken = broken_files(&home);
        assert!(broken.is_empty(), "{}: {}", job.name, broken.join("\n"));
        let after = files(home.dir.path());
        for file in &before {
            assert!(after.contains(file), "{}: {file:?}", job.name);
        }
        (job.prepare)(&home);
        home.ok(job.args);
    }
}
