//! Quoting, checked by the shells themselves: whatever the text, they give it back.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use roledex::internals::domain::text::word;
use roledex::internals::shell::{Shell, quote::quote};

/// Names that break naive quoting (docs/requirements.md#quoting).
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

/// Words as they are in names, which a hint repeats.
fn words() -> Vec<String> {
    let odd = [
        "Partner (prod)",
        "it's; x",
        "it's $x",
        "a\\",
        "\\'",
        "'\\''",
        "$(id)",
        "`id`",
        "!!",
        "\"",
        "",
        "=ls",
        "%self",
        "@x",
        "a\\'$(id)'",
        "é東🚀 $x",
        "~",
        "*",
        "{a,b}",
        "-n",
        "#x",
        "a;b&c|d",
        "\\n$x",
        "^x",
        "<x>",
    ];
    odd.map(str::to_owned).to_vec()
}

/// One script prints every text, each ended by a zero byte.
fn round_trip(program: &str, args: &[&str], shell: Shell) {
    let quoted = |text: &str| quote(shell, text).unwrap();
    give_back(program, args, &texts(), quoted);
    give_back(program, args, &words(), |text| word(text).into_owned());
}

fn give_back(program: &str, args: &[&str], texts: &[String], quoted: impl Fn(&str) -> String) {
    let quoted = texts.iter().map(|text| quoted(text));
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
    for (got, text) in got.iter().zip(texts) {
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
        if crate::support::installed(program, &["-c", "exit"]) {
            round_trip(program, args, Shell::Bash);
        }
    }
}

#[test]
fn fish_gives_every_text_back() {
    if crate::support::installed("fish", &["--version"]) {
        round_trip("fish", &["--no-config"], Shell::Fish);
    }
}

/// A script, in a file, that prints every text, each ended by a zero byte.
fn file_round_trip(program: &str, args: &[&str], shell: Shell, print: fn(&str) -> String) {
    let texts = texts();
    let lines = texts
        .iter()
        .map(|text| print(&quote(shell, text).unwrap()) + "\n");
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(lines.collect::<String>().as_bytes())
        .unwrap();
    let output = Command::new(program)
        .args(args)
        .arg(file.path())
        .output()
        .unwrap();
    let got: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    assert_eq!(got.len(), texts.len() + 1, "{output:?}");
    for (got, text) in got.iter().zip(&texts) {
        assert_eq!(String::from_utf8_lossy(got), *text, "{program}");
    }
}

#[test]
fn nushell_gives_every_text_back() {
    if let Some(nu) = crate::support::nushell() {
        file_round_trip(&nu, &["--no-config-file"], Shell::Nu, |text| {
            format!("print --no-newline ({text} + (char nul))")
        });
    }
}

#[test]
fn elvish_gives_every_text_back() {
    if crate::support::installed("elvish", &["-version"]) {
        let print = |text: &str| format!("set-env TEXT {text}; print $E:TEXT\"\\x00\"");
        file_round_trip("elvish", &[], Shell::Elvish, print);
        // It also reads what is written for POSIX shells.
        let print = |text: &str| format!("set-env TEXT {text}; print $E:TEXT\"\\x00\"");
        file_round_trip("elvish", &[], Shell::Bash, print);
        for text in words() {
            let line = format!("print {}", word(&text));
            let output = Command::new("elvish").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), text, "{line}");
        }
    }
}

#[test]
fn xonsh_gives_every_text_back() {
    if crate::support::installed("xonsh", &["--version"]) {
        file_round_trip("xonsh", &["--no-rc"], Shell::Xonsh, |text| {
            format!("$TEXT = {text}; __import__('os').write(1, ($TEXT + '\\0').encode())")
        });
    }
}

/// Lines that were written for one shell are read by another, as in a bash that was started from
/// Nushell or a fish whose user has bash for a login shell: no name is ever run.
#[test]
fn no_shell_runs_what_was_quoted_for_another() {
    let names = [
        "$(touch owned)",
        "`touch owned`",
        "(touch owned)",
        ";touch owned;",
        "\ntouch owned\n",
        "$(touch owned)\\",
    ];
    let ways_out = ["", "'", "\"", "\\'", "\\\"", "\\\\'", "'\\''", "’", "\\"];
    let lines: Vec<String> = ways_out
        .iter()
        .flat_map(|out| names.map(|name| format!("{out}{name}{out}")))
        .flat_map(|name| {
            [
                (Shell::Bash, "export NAME="),
                (Shell::Fish, "set -gx NAME "),
                (Shell::Nu, "$env.NAME = "),
                (Shell::Elvish, "set-env NAME "),
                (Shell::Xonsh, "$NAME = "),
                (Shell::Pwsh, "$Env:NAME = "),
            ]
            .map(|(writer, before)| format!("{before}{}", quote(writer, &name).unwrap()))
        })
        .collect();
    for (reader, evaluate) in [
        ("sh", &["-c", "eval \"$1\"", "sh"][..]),
        ("bash", &["--norc", "-c", "eval \"$1\"", "bash"]),
        ("zsh", &["-f", "-c", "eval \"$1\"", "zsh"]),
        ("fish", &["--no-config", "-c", "eval $argv[1]"]),
        ("elvish", &["-c", "eval $args[0]"]),
    ] {
        if !crate::support::installed(reader, &["-c", "exit"]) {
            continue;
        }
        let home = tempfile::tempdir().unwrap();
        for line in &lines {
            Command::new(reader)
                .args(evaluate)
                .arg(line)
                .current_dir(&home)
                .output()
                .unwrap();
            assert!(!home.path().join("owned").exists(), "{reader} ran: {line}");
        }
    }
    // xonsh takes longer to start than to read all of them.
    if crate::support::installed("xonsh", &["--version"]) {
        let home = tempfile::tempdir().unwrap();
        let script = "import json, os\nfor line in json.loads($FOREIGN):\n    try:\n        execx(line)\n    except Exception:\n        pass\n    assert not os.path.exists('owned'), line\nprint('done')";
        let output = Command::new("xonsh")
            .args(["--no-rc", "-c", script])
            .env("FOREIGN", serde_json::to_string(&lines).unwrap())
            .current_dir(&home)
            .output()
            .unwrap();
        assert!(output.stdout.ends_with(b"done\n"), "{output:?}");
    }
}

#[test]
fn keys_have_no_quotes_in_a_file_for_docker() {
    for text in [
        "",
        "ASIA0",
        "wJalrXUtnFEMI/K7MDENG+b==",
        "eu-west-1",
        "2026-11-21T02:09:49Z",
    ] {
        assert_eq!(quote(Shell::Dotenv, text).as_deref(), Some(text));
    }
    for text in ["a b", "#x", "$x", "~", "*"] {
        assert_eq!(quote(Shell::Dotenv, text), Some(format!("'{text}'")));
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
