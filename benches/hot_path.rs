//! What `roledex credentials` costs with fresh stored credentials (DESIGN §7), beside a program that
//! does nothing but read and print one file, and beside the AWS CLI where it is installed:
//!
//! ```text
//! cargo bench --bench hot_path
//! ```
//!
//! All are started in turn, within one run, so that the ratios do not depend on the machine's mood.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, or it has failed"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark is started in the environment of a person"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use roledex::config::{Clock, Ctx, Env};
use roledex::domain::{Credentials, EntryId};
use roledex::store::credential_store::CredentialStore;

/// Starts of each program.
const ROUNDS: usize = 400;
/// Starts of the AWS CLI, which takes longer than all the others together.
const AWS_ROUNDS: usize = 10;
/// The most that roledex may cost, in runs of the program that only prints.
const BUDGET: f64 = 1.5;

const PRINTER: &str = r#"
use std::io::Write;
fn main() {
    let path = std::env::args_os().nth(1).expect("a path");
    let bytes = std::fs::read(path).expect("a file");
    std::io::stdout().write_all(&bytes).expect("a reader");
}
"#;

fn main() {
    let printer = printer();
    for place in ["file", "keyring"] {
        measure(place, &printer);
    }
    let home = tempfile::tempdir().unwrap();
    match aws(home.path()) {
        Some(aws) => println!("aws configure export-credentials: {aws:?} (median of {AWS_ROUNDS})"),
        None => println!("aws configure export-credentials: no AWS CLI 2 is installed"),
    }
}

/// Measures with credentials in one place.
fn measure(place: &str, printer: &Path) {
    let home = tempfile::tempdir().unwrap();
    let id: EntryId = "org:acme/111111111111/AdministratorAccess".parse().unwrap();
    let Some(store) = store(home.path(), place, &id) else {
        println!("with the {place}: not here");
        return;
    };
    let answer = run(&mut roledex(home.path(), &id)).1;
    let file = home.path().join("answer");
    std::fs::File::create(&file)
        .and_then(|mut file| std::io::Write::write_all(&mut file, &answer))
        .unwrap();
    let print = || {
        let mut command = bare(printer, home.path());
        command.arg(&file);
        command
    };
    assert_eq!(run(&mut print()).1, answer, "both print the same");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(run(&mut print()).0);
        ours.push(run(&mut roledex(home.path(), &id)).0);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("reads and prints one file:        {theirs:?} (median of {ROUNDS})");
    println!(
        "roledex credentials, {place:<12} {ours:?} (median of {ROUNDS}); {ratio:.2} ×, budget {BUDGET}"
    );
    store.forget(&id).unwrap();
}

/// A store with credentials of an hour; `None` where there is no such place.
fn store(home: &Path, place: &str, id: &EntryId) -> Option<CredentialStore> {
    let settings = home.join(".config/roledex");
    std::fs::create_dir_all(&settings).unwrap();
    std::fs::File::create(settings.join("config.toml"))
        .and_then(|mut file| {
            std::io::Write::write_all(&mut file, format!("store = \"{place}\"\n").as_bytes())
        })
        .unwrap();
    let env: Env = [("HOME", home)].into_iter().collect();
    let ctx = Ctx::new(env, Clock::System).unwrap();
    let credentials = Credentials {
        access_key_id: "ASIAEXAMPLEEXAMPLE00".to_owned(),
        secret_access_key: "s".repeat(40).as_str().into(),
        session_token: "t".repeat(900).as_str().into(),
        expires_at: ctx.clock.now() + Duration::from_hours(1),
    };
    let store = CredentialStore::new(&ctx.dirs, ctx.settings.store, ctx.clock.clone());
    store.put(id, &credentials).ok()?;
    Some(store)
}

/// The program that does nothing else, made by the compiler that made us.
fn printer() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (source, program) = (directory.join("printer.rs"), directory.join("printer"));
    std::fs::File::create(&source)
        .and_then(|mut file| std::io::Write::write_all(&mut file, PRINTER.as_bytes()))
        .unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let made = Command::new(rustc)
        .args(["-O", "-o"])
        .args([&program, &source])
        .status()
        .unwrap();
    assert!(made.success());
    program
}

fn roledex(home: &Path, id: &EntryId) -> Command {
    let mut command = bare(Path::new(env!("CARGO_BIN_EXE_roledex")), home);
    command.args(["credentials", &id.to_string()]);
    command
}

fn bare(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).stdin(Stdio::null());
    command
}

/// One run from the start to the last byte.
fn run(command: &mut Command) -> (Duration, Vec<u8>) {
    let start = Instant::now();
    let output = command.output().unwrap();
    let took = start.elapsed();
    assert!(output.status.success(), "{output:?}");
    (took, output.stdout)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The AWS CLI with keys in its environment, which is the least it can do; it needs its own PATH.
fn aws(home: &Path) -> Option<Duration> {
    let start = || {
        let mut command = Command::new("aws");
        command
            .args(["configure", "export-credentials"])
            .env("AWS_CONFIG_FILE", home.join("none"))
            .env("AWS_SHARED_CREDENTIALS_FILE", home.join("none"))
            .env("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "s")
            .stdin(Stdio::null());
        command
    };
    if !start().output().is_ok_and(|output| output.status.success()) {
        return None;
    }
    Some(median(
        (0..AWS_ROUNDS).map(|_| run(&mut start()).0).collect(),
    ))
}
