//! Quoting, judged by the shells themselves: whatever the text, they give it back.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use roledex::shell::{Shell, quote::quote};

/// What people have put into names to see what breaks (S1).
const CORPUS: [&str; 20] = [
    "",
    "'",
    "\"",
    "\\",
    "$(id)",
    "`id`",
    "${HOME}",
    "!!",
    "%PATH%",
    "~",
    "-n",
    "*",
    "a b",
    "a\nb",
    "\t",
    "é東🚀",
    "'\\''",
    "\\'",
    "a;b&c|d",
    "#x",
];

fn texts() -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let strategy = prop_oneof!["[ -~]{0,30}", "[^\u{0}]{0,20}", "['\"\\\\$`!\\n ]{0,12}"];
    let random = (0..300).map(|_| strategy.new_tree(&mut runner).unwrap().current());
    CORPUS
        .iter()
        .map(|text| (*text).to_owned())
        .chain(random)
        .collect()
}

/// One script prints every text, each ended by a zero byte.
fn round_trip(program: &str, args: &[&str], shell: Shell) {
    let texts = texts();
    let quoted = texts.iter().map(|text| quote(shell, text).unwrap());
    let script = quoted.fold(String::new(), |script, text| {
        script + "printf '%s\\0' " + &text + "\n"
    });
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(script.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let got: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    assert_eq!(got.len(), texts.len() + 1, "{program}");
    for (got, text) in got.iter().zip(&texts) {
        assert_eq!(String::from_utf8_lossy(got), *text, "{program}");
    }
}

#[test]
fn posix_shells_give_every_text_back() {
    for (program, args) in [
        ("sh", &["-s"][..]),
        ("bash", &["--norc", "-s"]),
        ("zsh", &["-f", "-s"]),
    ] {
        if support::installed(program, &["-c", "exit"]) {
            round_trip(program, args, Shell::Bash);
        }
    }
}

#[test]
fn fish_gives_every_text_back() {
    if support::installed("fish", &["--version"]) {
        round_trip("fish", &["--no-config"], Shell::Fish);
    }
}

#[test]
fn json_and_dotenv_give_every_text_back() {
    for text in texts() {
        let json: String = serde_json::from_str(&quote(Shell::Json, &text).unwrap()).unwrap();
        assert_eq!(json, text);
        // A .env file is read by many programs; the shell is the strictest of them.
        if let Some(line) = quote(Shell::Dotenv, &text) {
            assert!(!line.contains('\n'));
            let output = Command::new("sh")
                .args(["-c", &format!("printf %s {line}")])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), text);
        }
    }
}
