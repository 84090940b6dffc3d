//! How the switcher is opened and left: with words, with its output captured, on a terminal that cannot show it.

use std::os::unix::process::CommandExt as _;

use rustix::process::Signal;

use crate::support::cache::known;
use crate::support::terminal::{ENTER, Terminal, ctrl};
use crate::support::{Home, ROLEDEX, Ran, installed, signal, wait_for};

const SANDBOX: &str = "org:startup/333333333333/AdministratorAccess";
const LARGE: (u16, u16) = (100, 30);

fn signed_in() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list"]);
    home
}

#[test]
fn words_open_it_with_a_search() {
    let home = signed_in();
    for args in [
        &["sandbox", "admin"][..],
        &["sandbox", "--portal", "startup", "admin"],
        &["--", "sandbox", "admin"],
    ] {
        let mut terminal = Terminal::roledex(&home, args, LARGE);
        let screen = terminal.wait("1/6");
        assert!(screen.contains("sandbox admin"), "{args:?}: {screen}");
        terminal.press(&ctrl('c'));
        assert_eq!(terminal.ended(), 0, "{args:?}");
    }
    assert_eq!(
        home.ok(&["-1", "sandbox", "admin"]),
        "AdministratorAccess-333333333333\n"
    );
    // A first word that is a command stays one.
    assert!(home.ok(&["list", "sandbox"]).contains("333333333333"));
}

#[test]
fn a_key_that_arrives_in_parts_is_no_escape() {
    let home = signed_in();
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("6/6");
    let selected = |screen: &str| screen.lines().position(|row| row.starts_with('▌'));
    let first = terminal.until("the selection", |screen| selected(screen).is_some());
    // Escape alone would leave, and its rest would be a search.
    terminal.press("\x1b");
    terminal.wait_until_read();
    terminal.press("[B");
    let down = selected(&first).map(|row| row + 1);
    terminal.until("the next row", |screen| selected(screen) == down);
    terminal.press("\x1b");
    terminal.wait_until_read();
    terminal.press("[200~sand\x1b[201~");
    terminal.wait("1/6");
    // Alone, it clears the search.
    terminal.press("\x1b");
    terminal.wait("6/6");
}

#[test]
fn enter_that_was_typed_before_it_is_there_is_enter() {
    let home = signed_in();
    for (name, args) in [("full", ""), ("region", "--height 40%")] {
        let script = format!("read x; exec {ROLEDEX} use {args}");
        let mut terminal = Terminal::open(&home, "sh", &["-c", &script], LARGE, &[]);
        // The terminal driver makes a line feed of each Enter, as long as `read` has the terminal.
        terminal.press("\r");
        terminal.press("sandbox\r");
        terminal.wait("AdministratorAccess-333333333333");
        assert_eq!(terminal.ended(), 0, "{name}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn stopped_from_outside_and_woken_it_reads_keys_again() {
    let home = signed_in();
    // As an interactive shell does, it sets its own modes.
    let script = format!("set -m; {ROLEDEX}; stty sane; echo stopped; read x; fg; echo ended");
    if !installed("bash", &["-c", "exit"]) {
        return;
    }
    let mut terminal = Terminal::open(&home, "bash", &["-c", &script], LARGE, &[]);
    terminal.wait("Startup Sandbox");
    let shell = terminal.pid();
    let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
    signal(children.unwrap().trim().parse().unwrap(), Signal::STOP);
    terminal.wait("stopped");
    terminal.press("\r");
    // The shell's modes would echo the keys, and hand them over with Enter only.
    terminal.press("sand");
    let screen = terminal.wait("1/6");
    assert!(screen.contains("❯ sand"), "{screen}");
    terminal.press(&ctrl('c'));
    terminal.wait("ended");
}

#[test]
fn a_terminal_without_another_screen_is_left_empty() {
    let home = signed_in();
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("6/6");
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 0);
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    let (before, _) = bytes.rsplit_once("\x1b[?1049l").unwrap();
    assert!(before.ends_with("\x1b[0m\x1b[2J\x1b[1;1H"), "{before:?}");
}

#[test]
fn words_without_a_terminal_are_no_command() {
    let home = signed_in();
    let ran = without_terminal(&home, &["lgoin"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(
        ran.stderr
            .starts_with("error: \"lgoin\" is not a command, and a search needs a terminal\n"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("hint: "), "{ran:?}");
}

/// Runs roledex where no terminal can be opened: in a session of its own.
fn without_terminal(home: &Home, args: &[&str]) -> Ran {
    let mut command = home.command("setsid");
    command
        .args(["--wait", ROLEDEX])
        .args(args)
        .process_group(0);
    Ran::new(&command.output().unwrap())
}

#[test]
fn captured_it_prints_the_profile_that_is_chosen() {
    let home = signed_in();
    let script = format!("x=\"$({ROLEDEX} sandbox)\"; echo \"got=$x= $?\"");
    let mut terminal = Terminal::open(&home, "sh", &["-c", &script], LARGE, &[]);
    terminal.wait("1/6");
    terminal.press(ENTER);
    terminal.wait("got=AdministratorAccess-333333333333= 0");
    assert!(home.read(".aws/config").contains(SANDBOX));

    let mut terminal = Terminal::open(&home, "sh", &["-c", &script], LARGE, &[]);
    terminal.wait("1/6");
    terminal.press(&ctrl('c'));
    terminal.wait("got== 130");
}

#[test]
fn it_copies_a_line_for_the_users_shell() {
    let home = signed_in();
    home.ok(&["use", SANDBOX]);
    let name = "'AdministratorAccess-333333333333'";
    for (shell, line) in [
        ("/usr/bin/fish", "set -gx AWS_PROFILE "),
        ("/bin/sh", "export AWS_PROFILE="),
    ] {
        let env = [("SHELL", shell)];
        let mut terminal = Terminal::open(&home, ROLEDEX, &["sandbox"], LARGE, &env);
        terminal.wait("1/6");
        terminal.press(&ctrl('y'));
        terminal.wait(&format!("sent to the clipboard: {line}{name}"));
    }
}

#[test]
fn it_says_how_to_use_the_profile_after_it_is_left() {
    for (args, is_told) in [(&[][..], true), (&["-q"], false)] {
        let home = signed_in();
        let line = [&["sandbox"], args].concat();
        let mut terminal = Terminal::roledex(&home, &line, LARGE);
        terminal.wait("1/6");
        terminal.press(ENTER);
        crate::support::wait_for("the profile", || {
            home.read(".aws/config").contains(SANDBOX).then_some(())
        });
        terminal.wait("AdministratorAccess-333333333333");
        terminal.press(&ctrl('c'));
        assert_eq!(terminal.ended(), 0);
        let told = "profile AdministratorAccess-333333333333, valid for ";
        if is_told {
            terminal.wait(told);
            terminal.wait("to use it, run: export AWS_PROFILE='AdministratorAccess-333333333333'");
        } else {
            assert!(!terminal.text().contains(told), "{}", terminal.text());
        }
    }
    // It was forgotten.
    let home = signed_in();
    let mut terminal = Terminal::roledex(&home, &["sandbox"], LARGE);
    terminal.wait("1/6");
    terminal.press(ENTER);
    terminal.wait("is ready for");
    terminal.press("\x1bf");
    terminal.wait("Forget the profile");
    terminal.press("y");
    terminal.wait("is forgotten");
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 0);
    assert!(!terminal.text().contains("to use it"));
    // Nothing was used.
    let home = signed_in();
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("6/6");
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 0);
    assert!(!terminal.text().contains("to use it"));
}

#[test]
fn a_terminal_that_cannot_show_it_is_an_error() {
    let home = signed_in();
    for (term, told) in [("dumb", "TERM is dumb"), ("", "TERM is not set")] {
        for args in [&[][..], &["use"], &["pay", "prod"]] {
            let mut terminal = Terminal::open(&home, ROLEDEX, args, LARGE, &[("TERM", term)]);
            assert_eq!(terminal.ended(), 2, "{term:?} {args:?}");
            terminal.wait(told);
            terminal.wait("hint: set TERM");
            assert!(!terminal.bytes().contains(&0x1b), "{}", terminal.text());
        }
        let mut terminal =
            Terminal::open(&home, ROLEDEX, &["use", SANDBOX], LARGE, &[("TERM", term)]);
        assert_eq!(terminal.ended(), 0, "{term:?}");
    }
}

/// The trouble of this scenario begins with the first request. The frame comes before it.
#[test]
fn the_demo_of_a_bad_day_shows_its_first_frame_at_once() {
    let home = Home::new("startup");
    let mut terminal = Terminal::roledex(&home, &["demo", "--scenario", "flaky"], LARGE);
    let start = std::time::Instant::now();
    crate::support::wait_for("the first frame", || terminal.alternate().then_some(()));
    let waited = start.elapsed();
    // `slow_down` alone would make it six seconds.
    assert!(waited < std::time::Duration::from_secs(5), "{waited:?}");
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn what_needs_the_user_is_shown_by_the_program_of_the_desktop() {
    use std::os::unix::fs::PermissionsExt as _;
    let startup = include_str!("../../assets/sim/startup.toml");
    let home = Home::scenario(&format!("credential_seconds = 500\n{startup}"));
    home.sign_in();
    home.ok(&["use", SANDBOX, "--as", "static"]);
    // The keys end soon, and only a sign-in can renew them.
    std::fs::remove_dir_all(home.path(".aws/sso/cache")).unwrap();
    let settings = "store = \"file\"\ndesktop_notice = true\n";
    home.write(".config/roledex/config.toml", settings);
    let script =
        "#!/bin/sh\nprintf '[%s]' \"$@\" >\"$HOME/new\" && mv \"$HOME/new\" \"$HOME/shown\"\n";
    home.write("bin/notify-send", script);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(home.path("bin/notify-send"), executable).unwrap();
    let path = format!("{}:/usr/bin:/bin", home.path("bin").display());
    let env = [("PATH", path.as_str()), ("DISPLAY", ":0")];
    let terminal = Terminal::open(&home, ROLEDEX, &[], LARGE, &env);
    terminal.wait("expire soon");
    let shown = wait_for("the notification", || {
        Some(home.read("shown")).filter(|shown| !shown.is_empty())
    });
    assert_eq!(
        shown,
        "[--app-name][roledex][--][the credentials of AdministratorAccess-333333333333 expire soon]"
    );
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!bytes.contains("\x1b]9;"), "the terminal is not asked, too");
}

/// tmux drops the sequence for the clipboard by default.
#[test]
fn in_tmux_a_copy_also_goes_through_tmux() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = signed_in();
    let script = "#!/bin/sh\n[ \"$*\" = \"$TAKEN\" ] || exit 1\ncat >\"$HOME/new\" && mv \"$HOME/new\" \"$HOME/buffer\"\n";
    home.write("bin/tmux", script);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(home.path("bin/tmux"), executable).unwrap();
    let path = format!("{}:/usr/bin:/bin", home.path("bin").display());
    // The latter are those of a version without `-w`.
    for taken in ["load-buffer -w -", "load-buffer -"] {
        let env = [("PATH", &*path), ("TMUX", "/tmp/t,1,0"), ("TAKEN", taken)];
        let mut terminal = Terminal::open(&home, ROLEDEX, &["--query", "sandbox"], LARGE, &env);
        terminal.wait("1/6");
        terminal.press(&ctrl('y'));
        terminal.wait("sent to the clipboard: org:startup/333333333333");
        let copied = wait_for("the buffer", || {
            Some(home.read("buffer")).filter(|copied| !copied.is_empty())
        });
        assert_eq!(copied, SANDBOX);
        std::fs::remove_file(home.path("buffer")).unwrap();
    }
}

#[test]
fn a_message_goes_in_its_time_while_keys_come() {
    let home = signed_in();
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("6/6");
    terminal.press(&ctrl('t'));
    terminal.wait("is pinned");
    wait_for("the message to go", || {
        terminal.press("\x1b[B");
        (!terminal.text().contains("is pinned")).then_some(())
    });
}

#[test]
fn letters_that_wait_are_read_together_in_a_dialog_too() {
    const FRAME: &[u8] = b"\x1b[?2026h";
    let home = Home::new("startup");
    let mut terminal = Terminal::roledex(&home, &[], (100, 30));
    terminal.wait("start URL");
    let before = terminal.bytes().len();
    let address = format!("https://acme.awsapps.com/start?{}", "a".repeat(200));
    terminal.press(&address);
    terminal.wait(&"a".repeat(60));
    let bytes = terminal.bytes();
    let drawn = bytes[before..].windows(FRAME.len());
    let frames = drawn.filter(|bytes| *bytes == FRAME).count();
    assert!(frames < address.len() / 4, "{frames} frames");
}

#[test]
fn a_bar_is_scaled_to_what_was_granted_before_the_switcher_was_opened() {
    let home = signed_in();
    home.ok(&["use", SANDBOX]);
    let directory = home.path(".local/state/roledex/credentials");
    let files = std::fs::read_dir(directory).unwrap();
    let paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    let [path] = &paths[..] else {
        panic!("{paths:?}")
    };
    let mut stored: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    // An hour is left, as at first, but of many years.
    assert!(stored["obtained_at"].is_string(), "{path:?}");
    stored["obtained_at"] = "2000-01-01T00:00:00Z".into();
    let name = path.strip_prefix(home.dir.path()).unwrap();
    home.write(name.to_str().unwrap(), &stored.to_string());
    let terminal = Terminal::roledex(&home, &["sandbox"], LARGE);
    let screen = terminal.wait("time left");
    assert!(screen.contains(" \u{2588}\u{2591}"), "{screen}");
}

/// A portal with more accounts than are read at once, and one that comes last.
fn with_a_long_list() -> Home {
    let home = Home::new("startup");
    home.ok(&[
        "portal",
        "add",
        "acme",
        "--start-url",
        "https://acme.awsapps.com/start",
        "--region",
        "eu-west-1",
    ]);
    let account = |at: usize| (format!("{at:012}"), format!("Account {at}"));
    let mut accounts: Vec<_> = (1..9_000).map(account).collect();
    accounts.push(("999999999999".to_owned(), "Zebra Account 12".to_owned()));
    known(&home, "acme", &accounts, &["Admin"]);
    home
}

#[test]
fn what_is_typed_while_a_long_list_is_read_searches_all_of_it() {
    let home = with_a_long_list();
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    // The first rows, which may be there before the others, have accounts that match, too.
    terminal.press("account 12");
    let screen = terminal.wait("/9,000");
    let screen = if screen.contains(" 9,000/") {
        terminal.until("the results", |screen| !screen.contains(" 9,000/"))
    } else {
        screen
    };
    assert!(screen.contains("Account 12 "), "{screen}");
    terminal.press("\x15zebra");
    terminal.wait(" 1/9,000");
    terminal.wait("Zebra Account 12");
}

#[test]
fn a_long_list_begins_with_its_first_rows_and_ends_with_its_count() {
    let home = with_a_long_list();
    let terminal = Terminal::roledex(&home, &[], LARGE);
    let screen = terminal.wait(" 9,000/9,000 ");
    let bytes = terminal.bytes();
    let text = String::from_utf8_lossy(&bytes);
    // The first rows are drawn once, by whichever frame came first.
    assert_eq!(text.matches("000000000017").count(), 1, "{text}");
    assert!(screen.contains("000000000017"), "{screen}");
    assert!(!screen.contains("reading"), "{screen}");
}

#[test]
fn a_key_that_exports_does_not_run_the_command_of_a_picker() {
    let home = signed_in();
    let args = ["exec", "--", "echo", "it ran"];
    let mut terminal = Terminal::roledex(&home, &args, LARGE);
    terminal.wait("Enter run the command");
    terminal.press(&ctrl('e'));
    let screen = terminal.wait("exporting needs rdx");
    assert!(!screen.contains("it ran"), "{screen}");
    terminal.press("sandbox");
    terminal.wait("1/6");
    terminal.press("\r");
    terminal.wait("it ran");
    assert_eq!(terminal.ended(), 0);
}
