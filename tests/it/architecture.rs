//! Who may know whom (DESIGN §3), and where ambient state, printing and secrets may be touched (H9,
//! H10, H11). Reads the sources; each rule is also shown to fail on a bad sample.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules and the modules of ours that they may name.
const ARROWS: [(&str, &[&str]); 11] = [
    ("domain", &[]),
    ("config", &["domain"]),
    ("loopback", &["config"]),
    ("aws", &["domain", "config", "loopback"]),
    ("saml", &["domain", "config", "loopback"]),
    ("store", &["domain", "config"]),
    ("shell", &["domain", "config"]),
    ("serve", &["domain", "config", "loopback"]),
    (
        "flow",
        &["domain", "config", "aws", "saml", "store", "shell", "serve"],
    ),
    ("sim", &["domain", "config"]),
    // `sim` is for cli::demo and cli::simulator alone, `flow` for tui::runtime alone: see below.
    ("tui", &["domain", "config", "flow"]),
];

/// Words, the files that may have them (by the start of their path under src/), and why not others.
const PLACES: [(&str, &[&str], &str); 17] = [
    (
        "std::env::",
        &["config/env.rs", "main.rs"],
        "ambient state enters through config::Env (H9)",
    ),
    ("SystemTime::now", &[], "the clock is config::Clock (H9)"),
    (
        "Timestamp::now",
        &["config/clock.rs"],
        "the clock is config::Clock (H9)",
    ),
    (
        "debug!",
        &[],
        "what is below info is compiled out (Cargo.toml)",
    ),
    ("process::exit", &[], "destructors restore the terminal"),
    ("println!", &[], "printing is cli::output's (H11)"),
    ("print!(", &[], "printing is cli::output's (H11)"),
    (
        "io::stdout",
        &["cli/output.rs"],
        "printing is cli::output's (H11)",
    ),
    (
        "io::stderr",
        &["cli/output.rs", "config/log.rs"],
        "printing is cli::output's (H11)",
    ),
    (
        "std::fs",
        &["store/", "config/", "saml/capture", "shell/hook"],
        "files are the store's (H10)",
    ),
    ("fs::write", &[], "files are written by store::atomic (H10)"),
    ("ratatui::", &["tui/"], "only the switcher draws"),
    (
        "unicode_width",
        &["domain/text.rs"],
        "what is measured one way is drawn one way",
    ),
    (
        "crate::flow",
        &["tui/runtime.rs", "cli/"],
        "only the runtime acts (H4)",
    ),
    (
        "crate::sim",
        &["cli/demo.rs", "cli/simulator.rs"],
        "the product does not know the simulator",
    ),
    (
        "hyper",
        &["aws/", "saml/", "serve/", "sim/", "loopback/"],
        "HTTP lives in five places",
    ),
    (
        ".expose()",
        &[
            "store/",
            "shell/",
            "aws/",
            "serve/",
            "saml/assertion.rs",
            "cli/credentials.rs",
            "cli/output.rs",
        ],
        "a secret is exposed where it must be, and nowhere else (K4)",
    ),
];

/// Crates of AWS's: only where HTTP is.
const AWS_CRATES: [&str; 2] = ["aws_sdk_", "aws_smithy_"];

/// The code of a file: without comments, and without what follows its test module.
fn code(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("#[cfg(test)]") || trimmed.starts_with("#[cfg(all(test") {
            break;
        }
        if !trimmed.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// What is wrong with a file, by its path under src/.
fn offences(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let mut found = Vec::new();
    let module = path.split(['/', '.']).next().unwrap_or_default();
    if let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == module) {
        for (other, _) in ARROWS.iter().chain([&("cli", &[][..])]) {
            let named = code.contains(&format!("crate::{other}::"))
                || code.contains(&format!("crate::{other};"));
            if named && *other != module && !allowed.contains(other) {
                found.push(format!("{path}: {module} must not know {other}"));
            }
        }
    }
    for (word, places, why) in PLACES {
        if code.contains(word) && !places.iter().any(|place| path.starts_with(place)) {
            found.push(format!("{path}: `{word}`: {why}"));
        }
    }
    for word in AWS_CRATES {
        let allowed = ["aws/", "saml/", "serve/"]
            .iter()
            .any(|place| path.starts_with(place));
        if code.contains(word) && !allowed {
            found.push(format!("{path}: `{word}`: AWS's crates live in aws"));
        }
    }
    found
}

fn sources() -> Vec<(String, String)> {
    fn walk(directory: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            (name, fs::read_to_string(&path).unwrap())
        })
        .filter(|(name, _)| !name.ends_with("/tests.rs"))
        .collect()
}

#[test]
fn the_house_is_as_designed() {
    let sources = sources();
    assert!(sources.len() > 60, "the sources were found");
    let found: Vec<_> = sources
        .iter()
        .flat_map(|(path, text)| offences(path, text))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_file_opens_with_its_contract() {
    let without: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path)
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn each_rule_can_fail() {
    for (path, bad) in [
        ("domain/x.rs", "use crate::config::Env;"),
        ("aws/x.rs", "use crate::store::Error;"),
        ("store/x.rs", "use crate::aws::Failure;"),
        ("tui/screen/x.rs", "use crate::flow::Flow;"),
        ("flow/x.rs", "use crate::tui::Options;"),
        ("flow/x.rs", "use crate::sim::start;"),
        ("tui/update/x.rs", "let now = Timestamp::now();"),
        ("flow/x.rs", "let home = std::env::var(\"HOME\");"),
        ("flow/x.rs", "std::fs::read(path)"),
        ("cli/list.rs", "println!(\"x\")"),
        ("flow/x.rs", "use ratatui::Frame;"),
        ("flow/x.rs", "use aws_sdk_sso::Client;"),
        ("store/x.rs", "use hyper::Request;"),
        ("loopback/x.rs", "use crate::serve::Server;"),
        ("flow/x.rs", "use crate::loopback::Listener;"),
        ("tui/x.rs", "secret.expose()"),
        ("cli/x.rs", "std::process::exit(1)"),
        ("aws/x.rs", "tracing::debug!(\"x\")"),
        ("tui/screen/x.rs", "use unicode_width::UnicodeWidthStr;"),
    ] {
        assert!(!offences(path, bad).is_empty(), "{path}: {bad}");
    }
    for (path, good) in [
        (
            "domain/x.rs",
            "// use crate::config::Env;\n#[cfg(test)]\nuse crate::config::Env;",
        ),
        (
            "flow/x.rs",
            "use crate::aws::Failure;\nuse crate::store::Error;",
        ),
        ("tui/runtime.rs", "use crate::flow::Flow;"),
        ("cli/demo.rs", "use crate::sim::Running;"),
    ] {
        assert_eq!(offences(path, good), [""; 0], "{path}: {good}");
    }
}

/// A file beside `main.rs` that it does not name would never be compiled, and its tests never run.
#[test]
fn every_file_of_tests_is_a_module_of_the_one_program() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let main = fs::read_to_string(tests.join("main.rs")).unwrap();
    for entry in fs::read_dir(tests).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let named = main.lines().any(|line| line == format!("mod {name};"));
        assert!(named || name == "main", "main.rs does not name {name}");
    }
}
