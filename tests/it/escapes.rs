//! Terminal escapes in names, paths and the environment never reach the terminal, whichever command
//! meets them.

use std::ffi::OsString;
use std::process::{Command, Output};

use clap::CommandFactory as _;
use roledex::internals::cli::args::Args;
use roledex::internals::domain::text::is_unsafe;

use crate::support::{Home, ROLEDEX};

/// ESC, C1 CSI, a `BiDi` override, BEL and a line break, in one word.
const HOSTILE: &str = "e\u{1b}[31mv\u{9b}2Jil\u{202e}\u{7}\nx";

/// Each shape that an argument can have, with [`HOSTILE`] in it.
fn shapes() -> [String; 7] {
    [
        HOSTILE.to_owned(),
        // A portal that is signed in to, so that the service itself refuses.
        format!("org:startup/111111111111/{HOSTILE}"),
        format!("org:corp/123456789012/{HOSTILE}"),
        format!("org:{HOSTILE}/123456789012/Admin"),
        format!("external:{HOSTILE}/123456789012/{HOSTILE}"),
        format!("chain:{HOSTILE}/123456789012/Admin"),
        format!("https://portal.test/{HOSTILE}"),
    ]
}

/// Every leaf command: the words that lead to it.
fn leaves(command: &clap::Command, path: &[String]) -> Vec<(Vec<String>, clap::Command)> {
    let mut found = Vec::new();
    for sub in command.get_subcommands() {
        let mut path = path.to_vec();
        path.push(sub.get_name().to_owned());
        if sub.has_subcommands() {
            found.extend(leaves(sub, &path));
        } else {
            found.push((path, sub.clone()));
        }
    }
    found
}

/// An argument with its value as it is typed; the command of `exec` comes last.
fn typed(argument: &clap::Arg, value: &str) -> Vec<String> {
    match (argument.get_long(), argument.is_last_set()) {
        (Some(long), _) => vec![format!("--{long}={value}")],
        (None, true) => vec!["--".to_owned(), value.to_owned()],
        (None, false) => vec![value.to_owned()],
    }
}

/// Every way to call a command with `value` in one argument, and in those that it cannot do without.
fn calls(path: &[String], command: &clap::Command, value: &str) -> Vec<Vec<String>> {
    // `--format` is the user's own text, and may well color a prompt.
    let takes_value = |argument: &&clap::Arg| {
        argument.get_action().takes_values() && argument.get_long() != Some("format")
    };
    let arguments: Vec<_> = command.get_arguments().filter(takes_value).collect();
    let call = |chosen: &clap::Arg| {
        let mut call = path.to_vec();
        let mut last = Vec::new();
        for argument in &arguments {
            if argument.get_id() != chosen.get_id() && !argument.is_required_set() {
                continue;
            }
            let words = typed(argument, value);
            if argument.is_last_set() {
                last = words;
            } else {
                call.extend(words);
            }
        }
        call.extend(last);
        call
    };
    let mut calls: Vec<_> = arguments.iter().map(|argument| call(argument)).collect();
    if calls.is_empty() {
        calls.push(path.to_vec());
    }
    calls
}

/// A home with hostile sections in its AWS files.
fn home() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list"]);
    let name = HOSTILE.replace('\n', "");
    let config = home.read(".aws/config");
    let hostile = format!(
        "{config}\n[sso-session {name}]\nsso_start_url = https://{name}.test/start\nsso_region = {name}\n\
         [profile {name}]\nregion = {name}\nroledex_entry = org:{name}/123456789012/{name}\n\
         sso_session = {name}\nsso_account_id = 123456789012\nsso_role_name = {name}\n"
    );
    home.write(".aws/config", &hostile);
    home
}

fn assert_harmless(what: &dyn std::fmt::Debug, output: &Output) {
    for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let text = String::from_utf8(bytes.clone());
        assert!(text.is_ok(), "{what:?}: {stream} is not UTF-8: {bytes:?}");
        let found: Vec<char> = text
            .unwrap()
            .chars()
            .filter(|c| is_unsafe(*c) && !matches!(c, '\n' | '\t'))
            .collect();
        assert!(
            found.is_empty(),
            "{what:?}: {stream} has {found:?}: {:?}",
            String::from_utf8_lossy(bytes)
        );
    }
}

fn run(home: &Home, args: &[String], change: impl Fn(&mut Command)) {
    let mut command = home.command(ROLEDEX);
    command.args(args);
    change(&mut command);
    let output = command.output().unwrap();
    assert_harmless(&args, &output);
}

#[test]
fn no_argument_of_any_command_reaches_the_terminal_unclean() {
    let home = home();
    let mut count = 0;
    for (path, command) in leaves(&Args::command(), &[]) {
        for shape in shapes() {
            for call in calls(&path, &command, &shape) {
                run(&home, &call, |_| {});
                count += 1;
            }
        }
    }
    assert!(
        count > 200,
        "only {count} calls: the commands were not found"
    );
}

/// A command of every kind, with arguments that are right as far as they can be.
const PLAIN: [&[&str]; 16] = [
    &["list", "--refresh"],
    &["list", "--json"],
    &["status"],
    &["status", "--json"],
    &["status", "--current"],
    &["use", "nothing-has-this-name"],
    &["env", "nothing-has-this-name"],
    &["sync", "--dry-run"],
    &["refresh", "--all"],
    &["doctor"],
    &["doctor", "--paths"],
    &["doctor", "--keys"],
    &["portal", "list"],
    &["app", "list"],
    &["__complete"],
    &["logout", "--all"],
];

#[test]
fn neither_the_environment_nor_a_path_reaches_the_terminal_unclean() {
    let home = home();
    let variables = [
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_CA_BUNDLE",
        "AWS_ENDPOINT_URL_SSO",
        "HTTPS_PROXY",
        "ROLEDEX_ENTRY",
        "XDG_STATE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
    ];
    let value = HOSTILE.replace('\n', "");
    for args in PLAIN {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        for variable in variables {
            run(&home, &args, |command| {
                command.env(variable, home.path(&value));
            });
        }
        let mut logged = vec!["-v".to_owned()];
        logged.extend(args);
        run(&home, &logged, |command| {
            command.arg(format!("--portal={HOSTILE}"));
        });
    }
}

#[test]
fn no_setting_reaches_the_terminal_unclean() {
    let home = home();
    for text in [
        "\"e\\u001b[31mv\\u009bil\" = 1\n",
        "store = \"e\\u001b[31mv\\u009bil\"\n",
        "[keys]\n\"e\\u001b[31mv\\u009bil\" = \"quit\"\n",
        "[keys.picker]\n\"ctrl-a\" = \"e\\u001b[31mv\\u009bil\"\n",
        "[[app]]\nname = \"e\\u001b[31mv\\u009bil\"\nurl = \"e\\u001b[31mv\\u009bil\"\n",
        "[[chain]]\nid = \"e\\u001b[31mv\\u009bil\"\n",
        "theme = \"e\u{9b}il\n",
    ] {
        home.write(".config/roledex/config.toml", text);
        for args in PLAIN {
            let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            run(&home, &args, |_| {});
        }
    }
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_do_not_reach_the_terminal_unclean() {
    use std::os::unix::ffi::OsStringExt as _;
    let home = home();
    let bytes = OsString::from_vec(b"e\x1b[31mv\x9b2Jil\xff".to_vec());
    for args in [["list", "--portal"], ["exec", "--"], ["use", "--profile"]] {
        let mut command = home.command(ROLEDEX);
        let output = command.args(args).arg(&bytes).output().unwrap();
        assert_harmless(&args, &output);
    }
}
