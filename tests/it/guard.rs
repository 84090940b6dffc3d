//! Guarded entries are confirmed before their credentials are handed out or written: by every command, and by
//! every key of the switcher.

use std::os::unix::process::CommandExt;

use crate::support::terminal::{ENTER, Terminal, ctrl};
use crate::support::{Home, ROLEDEX, Ran, installed};

const SETTINGS: &str = "store = \"file\"\nguard = [\"*production\"]\n";
const ADMIN: &str = "org:startup/111111111111/AdministratorAccess";
const NAME: &str = "AdministratorAccess in Startup Production (111111111111)";

/// Every way to a guarded entry that is a command, with what a success prints or leaves behind.
const COMMANDS: [&[&str]; 9] = [
    &["use", ADMIN],
    &["use", ADMIN, "--as", "static"],
    &["env", ADMIN, "--shell", "bash"],
    &["shell", ADMIN],
    &["exec", ADMIN, "--", "env"],
    &["exec", ADMIN, "--live", "--", "env"],
    &["console", ADMIN, "--print"],
    &["sync", "'production administrator"],
    &["refresh", ADMIN],
];

fn guarded() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home.write(".config/roledex/config.toml", SETTINGS);
    home
}

/// Runs roledex in a process group of its own, so that it cannot ask on a terminal that the tests have.
fn run(home: &Home, args: &[&str]) -> Ran {
    let mut command = home.command(ROLEDEX);
    Ran::new(&command.args(args).process_group(0).output().unwrap())
}

fn with_yes<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&[args[0], "--yes"], &args[1..]].concat()
}

fn has_profile(home: &Home) -> bool {
    (home.read(".aws/config") + &home.read(".aws/credentials")).contains("111111111111")
}

#[test]
fn without_a_terminal_every_command_refuses_and_takes_yes() {
    for args in COMMANDS {
        let home = guarded();
        let ran = run(&home, args);
        assert_eq!(ran.code, 5, "{args:?}: {ran:?}");
        assert!(
            ran.stderr.contains(&format!("error: {NAME} is guarded\n")),
            "{args:?}: {ran:?}"
        );
        assert!(ran.stderr.contains("--yes"), "{args:?}: {ran:?}");
        assert_eq!(ran.stdout.as_str(), "", "{args:?}");
        assert!(!has_profile(&home), "{args:?}");
        let ran = run(&home, &with_yes(args));
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        assert!(!ran.stderr.contains("guarded"), "{args:?}: {ran:?}");
    }
}

#[test]
fn select_1_refuses_and_takes_yes() {
    let home = guarded();
    home.ok(&["list"]);
    let args = ["--query", "'production administrator", "--select-1"];
    let ran = run(&home, &args);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(!has_profile(&home));
    let ran = run(&home, &[&args[..], &["--yes"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn other_entries_go_on_although_no_portal_was_listed() {
    let home = guarded();
    let ran = run(
        &home,
        &["use", "org:startup/333333333333/AdministratorAccess"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn an_account_that_is_not_known_is_refused() {
    let home = guarded();
    home.ok(&["list"]);
    let ran = run(&home, &["use", "org:startup/999999999999/Admin"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(
        ran.stderr.contains("the name of its account is unknown"),
        "{ran:?}"
    );
}

#[test]
fn an_own_profile_that_asks_roledex_is_guarded_like_its_entry() {
    let home = guarded();
    let processes = [("proc", ADMIN), ("again", "profile:proc")];
    let sections = processes.map(|(name, id)| {
        format!("[profile {name}]\ncredential_process = {ROLEDEX} credentials {id}\n")
    });
    let config = home.read(".aws/config") + &sections.concat();
    home.write(".aws/config", &config);
    for (name, _) in processes {
        for args in [
            &["env", name, "--shell", "bash"][..],
            &["exec", name, "--", "env"],
        ] {
            let ran = run(&home, args);
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (5, ""),
                "{args:?}: {ran:?}"
            );
            assert_eq!(run(&home, &with_yes(args)).code, 0, "{args:?}");
        }
    }
}

#[test]
fn refresh_all_goes_on_with_the_other_profiles() {
    let home = guarded();
    run(&home, &["use", ADMIN, "--yes"]);
    let sandbox = "org:startup/333333333333/AdministratorAccess";
    run(&home, &["use", sandbox]);
    let ran = run(&home, &["refresh", "--all"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert_eq!(ran.stdout, "AdministratorAccess-333333333333\n");
    assert!(ran.stderr.contains("111111111111"), "{ran:?}");
    let ran = run(&home, &["refresh", "--all", "--yes"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (0, 2), "{ran:?}");
}

#[test]
fn credentials_of_a_profile_that_was_written_are_never_asked_about() {
    let home = guarded();
    run(&home, &["use", ADMIN, "--as", "process", "--yes"]);
    for entry in ["AdministratorAccess-111111111111", ADMIN] {
        let ran = run(&home, &["credentials", entry]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains("SecretAccessKey"), "{entry}");
    }
}

#[test]
fn a_sync_that_writes_no_guarded_profile_does_not_ask() {
    let home = guarded();
    assert_eq!(run(&home, &["sync", "sandbox"]).code, 0);
    assert_eq!(run(&home, &["sync", "--dry-run"]).code, 0);
    assert_eq!(run(&home, &["sync", "--yes"]).code, 0);
    // Nothing changes.
    assert_eq!(run(&home, &["sync"]).code, 0);
}

/// On a terminal with stdout in a file, as in `$(…)`.
#[test]
fn on_a_terminal_every_command_asks_once() {
    for args in COMMANDS {
        let home = guarded();
        let ask = |answer: &str| {
            let words: Vec<String> = args.iter().map(|word| format!("\"{word}\"")).collect();
            let script = format!("\"{ROLEDEX}\" {} > out; echo code=$?", words.join(" "));
            let mut terminal = Terminal::open(&home, "sh", &["-c", &script], (100, 30), &[]);
            let screen = terminal.wait("is guarded. Continue? [y/N]");
            assert!(screen.contains(NAME), "{screen}");
            terminal.press(answer);
            if args[0] == "shell" && answer.starts_with('y') {
                terminal.wait("to leave, run: exit");
                terminal.press("exit\r");
            }
            let screen = terminal.wait("code=");
            terminal.ended();
            assert_eq!(screen.matches("is guarded").count(), 1, "{screen}");
            screen
        };
        for no in ["\r", "n\r"] {
            let screen = ask(no);
            assert!(screen.contains("code=130"), "{args:?}: {screen}");
            let failure = match args[0] {
                "env" => "(exit 130)\n",
                _ => "",
            };
            assert_eq!(home.read("out"), failure, "{args:?}");
            assert!(!has_profile(&home), "{args:?}");
            let says = screen.contains("nothing was written");
            assert_eq!(says, args[0] == "sync", "{screen}");
        }
        assert!(ask("y\r").contains("code=0"), "{args:?}");
    }
}

#[test]
fn a_yes_that_was_typed_before_the_question_is_no_answer() {
    let home = guarded();
    let script = format!("read -r _; \"{ROLEDEX}\" use {ADMIN}; echo code=$?");
    let mut terminal = Terminal::open(&home, "sh", &["-c", &script], (100, 30), &[]);
    terminal.press("go\ry\r");
    terminal.wait("[y/N]");
    terminal.press("\r");
    terminal.wait("code=130");
}

#[test]
fn every_key_of_the_switcher_asks_in_a_dialog() {
    let home = guarded();
    home.ok(&["list"]);
    let keys = [
        (ENTER.to_owned(), "Use", "is ready"),
        (ctrl('s'), "Open a shell with", "exit to return to roledex"),
        (ctrl('y'), "Copy", "sent to the clipboard:"),
        (ctrl('r'), "Refresh", "is ready"),
        (ctrl('o'), "Open the console of", "opened the console of"),
    ];
    for (key, verb, done) in keys {
        let mut terminal = Terminal::open(
            &home,
            ROLEDEX,
            &["--query", "'production administrator"],
            (100, 30),
            &[("BROWSER", "true")],
        );
        terminal.wait("1/6");
        terminal.press(&key);
        terminal.wait(&format!("{verb} AdministratorAccess in Startup"));
        terminal.wait("(111111111111)?");
        terminal.press("n");
        terminal.until("the list", |screen| !screen.contains("Are you sure?"));
        terminal.press(&key);
        terminal.wait("Are you sure?");
        terminal.press("y");
        terminal.until(done, |screen| {
            screen.contains(done) && !screen.contains("Are you sure?")
        });
    }
}

#[test]
fn a_guard_that_is_added_while_the_switcher_is_open_holds_after_a_reload() {
    let home = guarded();
    let settings = home.read(".config/roledex/config.toml");
    home.write(".config/roledex/config.toml", "");
    let query = ["--query", "'production administrator"];
    let mut terminal = Terminal::open(&home, ROLEDEX, &query, (100, 30), &[]);
    terminal.wait("1/6");
    home.write(
        ".config/roledex/config.toml",
        &format!("{settings}\n[accounts.\"111111111111\"]\nalias = \"the live one\"\n"),
    );
    terminal.press("\x1b[15~");
    terminal.wait("the live one \u{b7} Startup");
    for _ in 0..2 {
        terminal.press(&ctrl('y'));
        terminal.wait("Copy AdministratorAccess in the live one");
        terminal.press("y");
        terminal.until("the answer", |screen| !screen.contains("Are you sure?"));
    }
}

#[test]
fn exporting_from_the_switcher_asks_once() {
    let home = guarded();
    home.ok(&["list"]);
    let script = format!(
        "x=$(\"{ROLEDEX}\" --query \"'production administrator\"); echo \"code=$? length=${{#x}}\""
    );
    let mut terminal = Terminal::open(&home, "sh", &["-c", &script], (100, 30), &[]);
    terminal.wait("1/6");
    terminal.press(&ctrl('e'));
    terminal.wait("Are you sure?");
    terminal.press("y");
    let screen = terminal.wait("code=0");
    assert!(!screen.contains("length=0"), "{screen}");
    assert!(!screen.contains("[y/N]"), "{screen}");
}

#[test]
fn a_picked_entry_is_asked_about_in_the_picker_only() {
    let home = guarded();
    home.ok(&["list"]);
    let script = format!("\"{ROLEDEX}\" use > out; echo code=$?");
    let mut terminal = Terminal::open(&home, "sh", &["-c", &script], (100, 30), &[]);
    terminal.wait("Enter use");
    terminal.press("'production administrator");
    terminal.wait("1/6");
    terminal.press(ENTER);
    terminal.wait("Are you sure?");
    terminal.press("y");
    let screen = terminal.wait("code=0");
    assert!(!screen.contains("[y/N]"), "{screen}");
    assert_eq!(home.read("out"), "AdministratorAccess-111111111111\n");
}

#[test]
fn rdx_asks_on_the_terminal() {
    if !installed("bash", &["--version"]) {
        return;
    }
    let home = guarded();
    let directory = std::path::Path::new(ROLEDEX).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", directory.display());
    let script = format!(
        "eval \"$(roledex init bash)\"; rdx {ADMIN}; echo \"code=$? key=${{AWS_ACCESS_KEY_ID:+set}}\""
    );
    for (answer, end) in [("\r", "code=130 key="), ("y\r", "code=0 key=set")] {
        let mut terminal = Terminal::open(
            &home,
            "bash",
            &["-c", &script],
            (100, 30),
            &[("PATH", &path)],
        );
        terminal.wait("[y/N]");
        terminal.press(answer);
        terminal.wait(end);
    }
}
