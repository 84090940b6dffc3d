//! The switcher while another process holds every lock: keys are drawn, and Ctrl-C leaves at once.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::terminal::{ENTER, Terminal, ctrl};
use crate::support::{Home, wait_for};

/// Every lock that there is below the home: the tests hold them as another process would.
fn lock_all(home: &Home) -> Vec<File> {
    fn walk(directory: &Path, held: &mut Vec<File>) {
        for entry in fs::read_dir(directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, held);
                continue;
            }
            let file = File::options().append(true).open(&path).unwrap();
            file.lock().unwrap();
            held.push(file);
        }
    }
    let mut held = Vec::new();
    for directory in [".local", ".cache", ".aws", ".config"] {
        walk(&home.path(directory), &mut held);
    }
    assert!(held.len() > 3, "the locks were not found");
    held
}

fn home() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    home.ok(&["use", "org:startup/111111111111/ReadOnlyAccess"]);
    home.ok(&["pin", "org:startup/222222222222/ReadOnlyAccess"]);
    home
}

/// Types a word, which must be drawn, and leaves; neither may wait for a lock, which is waited for
/// five seconds at least.
fn types_and_leaves(terminal: &mut Terminal) {
    let start = Instant::now();
    terminal.press("sandb");
    terminal.wait("sandb");
    terminal.press(&ctrl('c'));
    terminal.ended();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[test]
fn held_locks_neither_stop_the_keys_nor_the_way_out() {
    let home = home();
    // Each of these needs a lock: a pin, a profile, its removal, a view, a sign-out.
    for keys in ["", &ctrl('t'), ENTER, "\u{7f}", "\t", &ctrl('r')] {
        let mut terminal = Terminal::roledex(&home, &[], (100, 30));
        terminal.wait("Startup Sandbox");
        let held = lock_all(&home);
        terminal.press(keys);
        types_and_leaves(&mut terminal);
        drop(held);
    }
}

#[test]
fn a_switcher_that_starts_while_locks_are_held_is_usable() {
    let home = home();
    let held = lock_all(&home);
    let mut terminal = Terminal::roledex(&home, &[], (100, 30));
    terminal.wait("Startup Sandbox");
    types_and_leaves(&mut terminal);
    drop(held);
}

#[test]
fn a_write_that_waits_for_a_lock_does_not_keep_requests_waiting() {
    let home = home();
    home.ok(&["credentials", "org:startup/222222222222/ReadOnlyAccess"]);
    let mut terminal = Terminal::roledex(&home, &[], (100, 30));
    terminal.wait("Startup Sandbox");
    let listings = || {
        let requests = home.sim.requests();
        let listed = requests
            .iter()
            .filter(|it| it.path == "/assignment/accounts");
        listed.count()
    };
    let before = listings();
    let held = lock_all(&home);
    // The pinned entry is the first.
    terminal.press(ENTER);
    terminal.press("\x1b[15~");
    wait_for("a listing", || (listings() > before).then_some(()));
    drop(held);
    // The write was still waiting: it gives up after ten seconds.
    wait_for("the profile", || {
        let config = home.read(".aws/config");
        config
            .contains("[profile ReadOnlyAccess-222222222222]")
            .then_some(())
    });
}

/// A command in the way of a lock ends on Ctrl-C, too.
#[cfg(unix)]
#[test]
fn an_interrupted_command_does_not_wait_for_a_lock() {
    use crate::support::ROLEDEX;
    use rustix::process::{Pid, Signal, kill_process};
    let home = home();
    let held = lock_all(&home);
    let mut child = home
        .command(ROLEDEX)
        .args(["use", "org:startup/333333333333/AdministratorAccess"])
        .spawn()
        .unwrap();
    let pid = i32::try_from(child.id()).unwrap();
    // It waits once its file of the lock is open.
    let descriptors = format!("/proc/{pid}/fd");
    if Path::new("/proc/self/fd").exists() {
        wait_for("the lock", || {
            let open = fs::read_dir(&descriptors).ok()?.flatten();
            let mut targets = open.filter_map(|entry| fs::read_link(entry.path()).ok());
            targets
                .any(|target| target.to_string_lossy().contains("/locks/"))
                .then_some(())
        });
    }
    let start = Instant::now();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::INT).unwrap();
    let status = wait_for("the end", || child.try_wait().unwrap());
    // Or the signal itself, where it came before roledex listened for it.
    let is_interrupted = status.code() == Some(130) || status.signal() == Some(2);
    assert!(is_interrupted, "{status:?}");
    assert!(start.elapsed() < Duration::from_secs(4));
    drop(held);
}

/// As when another process holds them for longer than anyone waits.
#[test]
fn credentials_that_live_are_used_where_their_lock_cannot_be_had() {
    let text = include_str!("../../assets/sim/mixed.toml");
    let home = Home::scenario(&format!("credential_seconds = 600\n{text}"));
    home.fill();
    home.sign_in();
    let org = "org:mixed/333333333333/ReadOnlyAccess";
    let ids = ["profile:deploy", "profile:jane-mfa", org];
    let got = |id: &str| {
        let text = home.ok(&["credentials", id, "--mfa-code", "123456"]);
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let keys = ids.map(|id| got(id)["AccessKeyId"].clone());
    let soon = got(org)["Expiration"].clone();
    // All of them end in ten minutes now, and were given long ago: they are to be renewed.
    for file in fs::read_dir(home.path(".local/state/roledex/credentials")).unwrap() {
        let path = file.unwrap().path();
        let mut stored: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        stored["expires_at"] = soon.clone();
        stored["obtained_at"] = "2001-01-01T00:00:00Z".into();
        home.write(path.to_str().unwrap(), &stored.to_string());
    }
    home.spoil_locks();
    assert_eq!(ids.map(|id| got(id)["AccessKeyId"].clone()), keys);
}

#[test]
fn a_lock_that_cannot_be_made_is_told_with_its_reason() {
    let home = home();
    for lock in fs::read_dir(home.path(".local/state/roledex/locks")).unwrap() {
        fs::remove_file(lock.unwrap().path()).unwrap();
    }
    let arguments = ["use", "org:startup/111111111111/ReadOnlyAccess"];
    let Some(ran) = home.run_read_only(".local/state", &[], &arguments) else {
        return;
    };
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(
        ran.stderr
            .contains("the file system is read-only; set XDG_STATE_HOME to"),
        "{ran:?}"
    );
}
