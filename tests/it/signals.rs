//! Signals and job control: a program that roledex runs is one job with it.

#![cfg(unix)]

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};

use rustix::process::Signal;

use crate::support::terminal::{Terminal, ctrl};
use crate::support::{Home, ROLEDEX, Ran, installed, signal, wait_for};

const ADMIN: &str = "org:startup/333333333333/AdministratorAccess";

fn home() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list"]);
    home.write(".outer", "PS1='outer> '\n");
    home.write(".bashrc", "PS1='inner> '\n");
    home
}

/// `roledex exec --live` with a script of `sh`, in a group of its own.
fn live(home: &Home, script: &str) -> Child {
    let mut command = home.command(ROLEDEX);
    let child = command
        .args(["exec", ADMIN, "--live", "--", "sh", "-c", script])
        .process_group(0)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("the program", || home.path("ready").exists().then_some(()));
    child
}

#[cfg(target_os = "linux")]
#[test]
fn ignored_signals_stay_ignored() {
    let home = home();
    let script = format!(
        "trap '' HUP INT QUIT TERM TSTP ALRM USR1 USR2\n\
         look='grep SigIgn /proc/self/status'\n\
         $look; {ROLEDEX} exec {ADMIN} -- $look; {ROLEDEX} exec {ADMIN} --live -- $look\n"
    );
    let mut command = home.command("sh");
    let ran = Ran::new(&command.args(["-c", &script]).output().unwrap());
    let seen: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(seen, [seen[0]; 3], "{ran:?}");

    let script = "echo > ready; while [ ! -e end ]; do sleep 0.05; done; echo finished";
    let mut nohup = home.command("sh");
    let start = format!("trap '' HUP; exec {ROLEDEX} exec {ADMIN} --live -- sh -c '{script}'");
    let child = nohup.args(["-c", &start]).stdout(Stdio::piped()).spawn();
    let child = child.unwrap();
    wait_for("the program", || home.path("ready").exists().then_some(()));
    signal(child.id(), Signal::HUP);
    home.write("end", "");
    let ran = Ran::new(&child.wait_with_output().unwrap());
    assert_eq!((ran.code, &*ran.stdout), (0, "finished\n"), "{ran:?}");
}

#[test]
fn a_signal_for_roledex_alone_reaches_the_program() {
    let signals = [
        ("HUP", Signal::HUP),
        ("INT", Signal::INT),
        ("QUIT", Signal::QUIT),
        ("TERM", Signal::TERM),
        ("ALRM", Signal::ALARM),
        ("USR1", Signal::USR1),
        ("USR2", Signal::USR2),
    ];
    let home = home();
    for (name, number) in signals {
        let script = format!(
            "trap 'echo {name}; exit 42' {name}; echo > ready; while :; do sleep 0.05; done"
        );
        let child = live(&home, &script);
        signal(child.id(), number);
        let ran = Ran::new(&child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.stdout.trim()), (42, name), "{ran:?}");
        fs::remove_file(home.path("ready")).unwrap();
    }
}

#[test]
fn ctrl_c_reaches_the_program_once() {
    let home = home();
    let script = "trap 'n=$((n + 1)); echo \"interrupt $n\"' INT\n\
                  trap 'echo \"$n in all\"; exit 7' USR1\n\
                  echo > ready; echo begin; while :; do sleep 0.05; done\n";
    let args = ["exec", ADMIN, "--live", "--", "sh", "-c", script];
    let mut terminal = Terminal::open(&home, ROLEDEX, &args, (80, 24), &[]);
    terminal.wait("begin");
    terminal.press(&ctrl('c'));
    terminal.wait("interrupt 1");
    signal(terminal.pid(), Signal::USR1);
    terminal.wait("1 in all");
    assert_eq!(terminal.ended(), 7);
}

/// An interactive bash with job control, in which bash is the user's shell.
fn bash(home: &Home) -> Option<Terminal> {
    if !installed("bash", &["--version"]) {
        return None;
    }
    let bin = std::path::Path::new(ROLEDEX).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let env = [("PATH", &*path), ("SHELL", "bash"), ("NO_COLOR", "1")];
    let rc = home.path(".outer");
    let args = ["--noprofile", "--rcfile", rc.to_str().unwrap(), "-i"];
    let terminal = Terminal::open(home, "bash", &args, (100, 30), &env);
    prompt(&terminal, "outer>");
    Some(terminal)
}

/// Waits for a prompt in the last row.
fn prompt(terminal: &Terminal, prompt: &str) {
    terminal.until(prompt, |screen| {
        let last = screen.trim_end().lines().last();
        last.is_some_and(|line| line.trim_end().ends_with(prompt))
    });
}

/// Suspends the shell inside, uses the one outside, and returns.
fn suspend_and_return(terminal: &mut Terminal) {
    prompt(terminal, "inner>");
    for round in ["first", "second"] {
        terminal.press("suspend\r");
        terminal.wait("Stopped");
        prompt(terminal, "outer>");
        terminal.press(&format!("echo $((40 + 2)) {round}\r"));
        terminal.wait(&format!("42 {round}"));
        terminal.press("clear; fg\r");
        prompt(terminal, "inner>");
        terminal.press(&format!("echo \"$ROLEDEX_ROLE {round}\"\r"));
        terminal.wait(&format!("AdministratorAccess {round}"));
    }
    terminal.press("exit\r");
}

#[test]
fn a_subshell_can_be_suspended() {
    let home = home();
    for live in ["", " --live"] {
        let Some(mut terminal) = bash(&home) else {
            return;
        };
        terminal.press(&format!("roledex shell sandbox{live}\r"));
        suspend_and_return(&mut terminal);
        terminal.wait("left AdministratorAccess");
        prompt(&terminal, "outer>");
    }
}

#[test]
fn a_subshell_of_the_switcher_can_be_suspended() {
    let home = home();
    let Some(mut terminal) = bash(&home) else {
        return;
    };
    terminal.press("roledex\r");
    terminal.wait("Sandbox");
    terminal.press("sandbox");
    terminal.wait("1/6");
    terminal.press(&ctrl('s'));
    suspend_and_return(&mut terminal);
    terminal.wait("1/6");
    terminal.press(&ctrl('c'));
    prompt(&terminal, "outer>");
}

#[test]
fn a_command_that_stops_is_continued_by_fg() {
    let home = home();
    let Some(mut terminal) = bash(&home) else {
        return;
    };
    terminal.press(
        "roledex exec sandbox --live -- sh -c 'kill -STOP $$; echo on again'; echo \"[$?]\"\r",
    );
    terminal.wait("Stopped");
    prompt(&terminal, "outer>");
    terminal.press("clear; fg\r");
    terminal.wait("\non again");
    prompt(&terminal, "outer>");

    // The terminal stops both at once.
    terminal.press("clear; roledex exec sandbox --live -- sh -c 'echo wait$((1 + 1)); cat'\r");
    terminal.wait("wait2");
    terminal.press(&ctrl('z'));
    terminal.wait("Stopped");
    prompt(&terminal, "outer>");
    terminal.press("clear; fg\r");
    terminal.until("the command that fg names", |screen| {
        screen.contains("cat'") && !screen.contains("outer>")
    });
    terminal.press("typed\r");
    terminal.wait("typed\ntyped");
    terminal.press(&ctrl('d'));
    prompt(&terminal, "outer>");

    // A program with a group of its own, which does not take the terminal itself.
    if !installed("perl", &["-v"]) {
        return;
    }
    let script = r#"$| = 1; setpgrp(0, 0); print "has", 1 + 1, "\n"; print "got ", scalar <STDIN>"#;
    terminal.press(&format!(
        "clear; roledex exec sandbox --live -- perl -e '{script}'\r"
    ));
    terminal.wait("has2");
    terminal.press("typed\r");
    terminal.wait("got typed");
    prompt(&terminal, "outer>");
}

#[test]
fn a_program_that_stops_where_no_shell_could_continue_it_goes_on() {
    let home = home();
    let script = "kill -STOP $$; echo on again";
    let args = ["exec", ADMIN, "--live", "--", "sh", "-c", script];
    let mut terminal = Terminal::open(&home, ROLEDEX, &args, (80, 24), &[]);
    terminal.wait("on again");
    assert_eq!(terminal.ended(), 0);
}
