//! The rules of `docs/architecture.md`: which module may import which, and where ambient state,
//! printing, files and secrets may be used. Each rule is also shown to fail on bad samples.

mod circles;
mod reading;

use std::fs;
use std::path::{Path, PathBuf};

use reading::Reading;

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

/// Paths, the files that may name them (by the start of their path under src/), and the reason.
const PLACES: [(&str, &[&str], &str); 16] = [
    (
        "std::env",
        &["config/env.rs", "main.rs"],
        "the environment is read by config::Env",
    ),
    (
        "std::time::SystemTime::now",
        &[],
        "the clock is config::Clock",
    ),
    (
        "jiff::Timestamp::now",
        &["config/clock.rs"],
        "the clock is config::Clock",
    ),
    (
        "tracing::debug!",
        &[],
        "levels below info are compiled out (Cargo.toml)",
    ),
    (
        "std::process::exit",
        &[],
        "destructors restore the terminal",
    ),
    ("println!", &[], "cli::output prints"),
    ("print!", &[], "cli::output prints"),
    ("eprintln!", &[], "cli::output prints"),
    ("eprint!", &[], "cli::output prints"),
    (
        "std::io::stdout",
        // That one asks whether it is a terminal.
        &["cli/output.rs", "config/tty.rs"],
        "cli::output prints",
    ),
    (
        "std::io::stderr",
        &["cli/output.rs", "config/log.rs", "config/tty.rs"],
        "cli::output prints",
    ),
    (
        "std::fs",
        &["store/", "config/", "saml/capture"],
        "store writes files",
    ),
    ("std::fs::write", &[], "store::atomic writes files"),
    ("ratatui", &["tui/"], "only the switcher draws"),
    (
        "unicode_width",
        &["domain/text.rs"],
        "text is measured in one way, so that it is drawn in one way",
    ),
    (
        "hyper",
        &["aws/", "saml/", "serve/", "sim/", "loopback/"],
        "HTTP lives in five places",
    ),
];

/// Modules that only some files of the modules above may name.
const USERS: [(&str, &[&str], &str); 3] = [
    (
        "crate::internals",
        &[],
        "internals re-exports for tests and benchmarks only",
    ),
    (
        "crate::flow",
        &["flow/", "tui/runtime", "cli/", "internals.rs"],
        "in the switcher, only the runtime calls use-cases",
    ),
    (
        "crate::sim",
        &["sim/", "cli/demo.rs", "cli/simulator.rs", "internals.rs"],
        "the product does not know the simulator",
    ),
];

/// Files that may expose a secret.
const EXPOSING: [&str; 9] = [
    "store/",
    "shell/",
    "aws/",
    "serve/",
    "saml/assertion.rs",
    "cli/credentials.rs",
    "cli/output.rs",
    "tui/screens/address/view.rs",
    "tui/terminal.rs",
];

/// Files that may obtain credentials: for a `Permit` of the guard, for `roledex credentials`, and for what was
/// confirmed before.
const OBTAINING: [&str; 8] = [
    "flow/obtain.rs",
    "flow/own/",
    "flow/chain.rs",
    "flow/console.rs",
    "flow/live.rs",
    "flow/materialize.rs",
    "flow/renewal.rs",
    "flow/environment.rs",
];

/// Files that may have code for some operating systems only: where roledex meets the system.
const PLATFORMS: [&str; 20] = [
    "cli/entry.rs",
    "cli/output.rs",
    "cli/simulator.rs",
    "cli/supervise.rs",
    "config/",
    "domain/process_line.rs",
    "flow/browser.rs",
    "loopback/owner.rs",
    "saml/capture/browser/",
    "saml/capture/mod.rs",
    "shell/background.rs",
    "shell/child",
    "shell/notice.rs",
    "shell/on_windows.rs",
    "shell/opener.rs",
    "store/",
    "tui/runtime/handover.rs",
    "tui/runtime/signals.rs",
    "tui/terminal/",
    "tui/ticker.rs",
];

/// Crates of the AWS SDK: only where HTTP is.
const AWS_CRATES: [&str; 2] = ["aws_sdk_", "aws_smithy_"];

/// `true` if a path is `prefix` or leads through it.
fn is_under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The rules that a file breaks, by its path under src/.
fn offences(path: &str, text: &str) -> Vec<String> {
    let reading = Reading::parse(path, text);
    let mut found = Vec::new();
    let module = path.split(['/', '.']).next().unwrap_or_default();
    let in_places = |places: &[&str]| places.iter().any(|place| path.starts_with(place));
    let arrows = ARROWS.iter().find(|(name, _)| *name == module);
    for named in &reading.paths {
        if let Some((_, allowed)) = arrows {
            for (other, _) in ARROWS.iter().chain([&("cli", &[][..])]) {
                let names = is_under(named, &format!("crate::{other}"));
                if names && *other != module && !allowed.contains(other) {
                    found.push(format!("{path}: {module} must not know {other}: {named}"));
                }
            }
        }
        for (prefix, places, why) in PLACES.into_iter().chain(USERS) {
            let named_so = is_under(named, prefix)
                || (prefix.ends_with('!') && *named == format!("std::{prefix}"));
            if named_so && !in_places(places) {
                found.push(format!("{path}: `{named}`: {why}"));
            }
        }
        let aws = AWS_CRATES.iter().any(|start| named.starts_with(start));
        if aws && !in_places(&["aws/", "saml/", "serve/"]) {
            found.push(format!(
                "{path}: `{named}`: the crates of the AWS SDK live in aws"
            ));
        }
    }
    if reading.methods.iter().any(|method| method == "expose") && !in_places(&EXPOSING) {
        found.push(format!("{path}: `expose`: few places expose a secret"));
    }
    if reading.has_platforms && !in_places(&PLATFORMS) {
        found.push(format!(
            "{path}: `cfg` of an operating system: few places meet the system"
        ));
    }
    let obtains = |method: &String| method == "obtain" || method == "obtain_new";
    if reading.methods.iter().any(obtains) && !in_places(&OBTAINING) {
        found.push(format!(
            "{path}: `obtain`: take a Permit, and use Flow::credentials"
        ));
    }
    found.sort_unstable();
    found.dedup();
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
fn no_file_breaks_a_rule() {
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
        ("flow/x.rs", "use crate::internals::sim::Scenario;"),
        ("domain/x.rs", "use crate::{config::Env, domain::Entry};"),
        ("domain/x.rs", "use crate::{domain::{Entry}, config};"),
        ("domain/x.rs", "use super::super::config;"),
        ("domain/x.rs", "fn f(_: &crate::config::Env) {}"),
        (
            "domain/x.rs",
            "fn f() { let _ = matches!(x, crate::config::Env { .. }); }",
        ),
        (
            "domain/x.rs",
            "#[cfg(test)]\nmod tests {}\nuse crate::config::Env;",
        ),
        ("domain/x.rs", "#[cfg(not(test))]\nuse crate::config::Env;"),
        (
            "domain/x.rs",
            "mod inner { use super::super::super::config::Env; }",
        ),
        ("aws/x.rs", "use crate::store::Error;"),
        ("store/x.rs", "use crate::aws::Failure;"),
        ("tui/screens/x/view.rs", "use crate::flow::Flow;"),
        ("flow/x.rs", "use crate::tui::Options;"),
        ("flow/x.rs", "use crate::sim::start;"),
        ("flow/x.rs", "use crate::loopback::Listener;"),
        ("loopback/x.rs", "use crate::serve::Server;"),
        (
            "tui/screens/x/update.rs",
            "use jiff::Timestamp;\nfn f() { Timestamp::now(); }",
        ),
        (
            "tui/screens/x/update.rs",
            "use jiff::Timestamp as Time;\nfn f() { Time::now(); }",
        ),
        ("flow/x.rs", "fn f() { std::env::var(\"HOME\"); }"),
        ("flow/x.rs", "use std::env;\nfn f() { env::var(\"HOME\"); }"),
        ("flow/x.rs", "use std::{env::var, path::Path};"),
        ("flow/x.rs", "fn f() { std::fs::read(path); }"),
        (
            "store/x.rs",
            "use std::fs;\nfn f() { fs::write(path, text); }",
        ),
        ("store/x.rs", "use std::fs::write;"),
        ("cli/list.rs", "fn f() { println!(\"x\"); }"),
        (
            "cli/list.rs",
            "fn f() { assert!({ std::println!(\"x\"); true }); }",
        ),
        ("cli/list.rs", "use std::io;\nfn f() { io::stdout(); }"),
        ("flow/x.rs", "use ratatui::Frame;"),
        ("flow/x.rs", "use aws_sdk_sso::Client;"),
        (
            "flow/x.rs",
            "fn f() { tokio::select! { _ = aws_sdk_sso::Client::new() => {} } }",
        ),
        ("store/x.rs", "use hyper::Request;"),
        ("tui/x.rs", "fn f() { secret.expose(); }"),
        ("tui/x.rs", "fn f() { format!(\"{}\", secret.expose()); }"),
        ("cli/x.rs", "fn f() { std::process::exit(1); }"),
        ("aws/x.rs", "fn f() { tracing::debug!(\"x\"); }"),
        ("aws/x.rs", "use tracing::debug;\nfn f() { debug!(\"x\"); }"),
        (
            "tui/screens/x/view.rs",
            "use unicode_width::UnicodeWidthStr;",
        ),
        ("flow/x.rs", "fn f() { self.obtain(id); }"),
    ] {
        assert!(!offences(path, bad).is_empty(), "{path}: {bad}");
    }
    for (path, good) in [
        (
            "domain/x.rs",
            "// use crate::config::Env;\n#[cfg(test)]\nuse crate::config::Env;",
        ),
        (
            "domain/x.rs",
            "#[cfg(all(test, unix))]\nmod tests { use crate::config::Env; }",
        ),
        (
            "flow/x.rs",
            "use crate::aws::Failure;\nuse crate::store::Error;",
        ),
        ("tui/runtime.rs", "use crate::flow::Flow;"),
        ("cli/demo.rs", "use crate::sim::Running;"),
        ("tui/x.rs", "fn f() { \"std::env::var\"; }"),
    ] {
        assert_eq!(offences(path, good), [""; 0], "{path}: {good}");
    }
}

#[test]
fn code_for_one_system_stays_in_its_places() {
    for (path, bad) in [
        ("flow/x.rs", "#[cfg(unix)]\nfn f() {}"),
        (
            "flow/x.rs",
            "fn f() { #[cfg(not(target_os = \"linux\"))]\ng(); }",
        ),
        ("flow/x.rs", "fn f() -> bool { cfg!(any(windows, test)) }"),
        (
            "tui/x.rs",
            "struct S { #[cfg_attr(windows, expect(dead_code))]\nf: u8 }",
        ),
    ] {
        assert!(!offences(path, bad).is_empty(), "{path}: {bad}");
    }
    for (path, good) in [
        ("tui/x.rs", "#[cfg(all(test, unix))]\nmod tests {}"),
        ("tui/x.rs", "#[cfg(feature = \"unix\")]\nfn f() {}"),
        ("store/x.rs", "#[cfg(unix)]\nfn f() {}"),
    ] {
        assert_eq!(offences(path, good), [""; 0], "{path}: {good}");
    }
}

#[test]
fn no_files_need_each_other() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let circle = [
        file("x/a.rs", "use super::b::B;"),
        file("x/b.rs", "fn f() { super::c::g(); }"),
        file("x/c.rs", "use super::A;"),
        file("x/mod.rs", "mod a; mod b; mod c; pub use a::A;"),
    ];
    assert_eq!(circles::circles(&circle), [["x/a.rs", "x/b.rs", "x/c.rs"]]);
    let tree = [
        file("x/a.rs", "use super::{B, Parent};"),
        file("x/b.rs", "use super::Parent;\n#[cfg(test)]\nuse super::A;"),
        file(
            "x/mod.rs",
            "mod a; mod b; pub use {a::A, b::B}; pub struct Parent(A);",
        ),
    ];
    assert_eq!(circles::circles(&tree), [[""; 0]; 0]);

    let found = circles::circles(&sources());
    assert!(found.is_empty(), "{found:#?}");
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
