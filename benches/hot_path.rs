//! The cost of the commands that other programs run all the time (docs/architecture.md#budgets): `roledex credentials`
//! with fresh stored credentials, for SDKs, and `roledex status --current`, for prompts. They are compared with a
//! program that only reads and prints one file, and the first with AWS CLI 2 where it is installed (as `aws`, or at
//! the path in `ROLEDEX_TEST_AWS`):
//!
//! ```text
//! cargo bench --bench hot_path
//! ```
//!
//! All are started in turn, within one run, so that the ratios do not depend on the load of the machine. The
//! page faults of each are counted, too (on Linux): they are what the time goes into.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, or it has failed"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark is started in the environment of a user"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use roledex::internals::config::{Clock, Ctx, Env};
use roledex::internals::domain::{Credentials, EntryId, Portal};
use roledex::internals::store::credential_store::CredentialStore;

/// Starts of each program.
const ROUNDS: usize = 1_000;
/// Starts of the AWS CLI, which takes longer than all the others together.
const AWS_ROUNDS: usize = 10;
/// The most that `credentials` may cost, in runs of the program that only prints.
const BUDGET: f64 = 1.5;
/// The most that `status --current` may cost.
const BUDGET_STATUS: f64 = 1.8;

const PRINTER: &str = r#"
use std::io::Write;
fn main() {
    let path = std::env::args_os().nth(1).expect("a path");
    let bytes = std::fs::read(path).expect("a file");
    std::io::stdout().write_all(&bytes).expect("a reader");
}
"#;

fn main() {
    let home = tempfile::tempdir().unwrap();
    let printer = installed(&printer(), home.path());
    let roledex = installed(Path::new(env!("CARGO_BIN_EXE_roledex")), home.path());
    let id: EntryId = "org:acme/111111111111/AdministratorAccess".parse().unwrap();
    let mut of_credentials = Vec::new();
    for place in ["file", "keyring"] {
        let name = format!("credentials, {place}");
        let home = tempfile::tempdir().unwrap();
        let Some(store) = store(home.path(), place, &id) else {
            println!("{name}: not here");
            continue;
        };
        let ours = || {
            let mut command = bare(&roledex, home.path());
            command.args(["credentials", &id.to_string()]);
            command
        };
        of_credentials.push(compare(&name, BUDGET, home.path(), &printer, ours));
        store.forget(&id).unwrap();
    }
    let ours = || {
        let mut command = bare(&roledex, home.path());
        command.args([
            "status",
            "--current",
            "--state",
            "fresh,none",
            "--format",
            "{role} {short}",
        ]);
        command
            .env("ROLEDEX_ENTRY", id.to_string())
            .env("ROLEDEX_ROLE", "AdministratorAccess")
            .env("ROLEDEX_ACCOUNT_NAME", "Payments Prod")
            .env("AWS_CREDENTIAL_EXPIRATION", "2099-01-01T00:00:00Z");
        command
    };
    compare(
        "status --current",
        BUDGET_STATUS,
        home.path(),
        &printer,
        ours,
    );
    match (aws(home.path()), of_credentials.iter().max()) {
        (Some(aws), Some(ours)) => println!(
            "aws configure export-credentials:  {aws:?} (median of {AWS_ROUNDS}), {:.0} × roledex credentials",
            aws.as_secs_f64() / ours.as_secs_f64(),
        ),
        _ => println!("aws configure export-credentials:  no AWS CLI 2 is installed"),
    }
}

/// Measures a command beside the program that prints the same, and returns the command's median.
fn compare(
    name: &str,
    budget: f64,
    home: &Path,
    printer: &Path,
    ours: impl Fn() -> Command,
) -> Duration {
    let answer = run(&mut ours()).1;
    let file = home.join("answer");
    std::fs::File::create(&file)
        .and_then(|mut file| std::io::Write::write_all(&mut file, &answer))
        .unwrap();
    let theirs = || {
        let mut command = bare(printer, home);
        command.arg(&file);
        command
    };
    assert_eq!(run(&mut theirs()).1, answer, "both print the same");
    let (mut of_ours, mut of_theirs) = (Runs::default(), Runs::default());
    for _ in 0..ROUNDS {
        of_theirs.add(&mut theirs());
        of_ours.add(&mut ours());
    }
    let (ours, theirs) = (of_ours.sum(), of_theirs.sum());
    println!("{:<34} {theirs}", "reads and prints one file:");
    println!("{:<34} {ours}", format!("{name}:"));
    println!(
        "{name}: {:.2} × in the median, {:.2} × at best; budget {budget}",
        ours.median.as_secs_f64() / theirs.median.as_secs_f64(),
        ours.least.as_secs_f64() / theirs.least.as_secs_f64(),
    );
    ours.median
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
        obtained_at: None,
    };
    let store = CredentialStore::new(&ctx.dirs, ctx.settings.store, ctx.clock.clone());
    let config = &ctx.dirs.aws_config;
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    drop(std::fs::File::create(config).unwrap());
    let portal = Portal {
        name: "acme".into(),
        start_url: "https://acme.awsapps.com/start".to_owned(),
        region: "eu-west-1".to_owned(),
        scopes: Vec::new(),
    };
    let origin = store.origin(|| Ok::<_, ()>(Some(portal))).unwrap();
    store.put(id, &credentials, &origin).ok()?;
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

/// A copy, as an installer makes it. What a linker has just written page by page lies in the page cache
/// in single pages; that costs a large program more at each start than a small one, and ends when the
/// file is copied or read again.
fn installed(program: &Path, directory: &Path) -> PathBuf {
    let copy = directory.join(program.file_name().unwrap());
    std::fs::copy(program, &copy).unwrap();
    copy
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

/// The durations of one program's runs.
#[derive(Default)]
struct Runs {
    times: Vec<Duration>,
    faults: Option<u64>,
}

/// All of them in one line.
struct Sum {
    median: Duration,
    least: Duration,
    faults: Option<u64>,
}

impl Runs {
    fn add(&mut self, command: &mut Command) {
        let before = faults_of_children();
        self.times.push(run(command).0);
        let faults = faults_of_children().zip(before);
        self.faults = faults.map(|(after, before)| after - before);
    }

    fn sum(self) -> Sum {
        Sum {
            least: self.times.iter().copied().min().unwrap(),
            median: median(self.times),
            faults: self.faults,
        }
    }
}

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { median, least, .. } = self;
        write!(f, "{median:?} (median of {ROUNDS}), {least:?} (least)")?;
        match self.faults {
            Some(faults) => write!(f, ", {faults} page faults"),
            None => Ok(()),
        }
    }
}

/// Page faults of all children so far that needed no disk; Linux alone tells it in a file.
fn faults_of_children() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may have blanks; the ninth field after it is cminflt.
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(8)?.parse().ok()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The AWS CLI with keys in its environment, which is the least it can do; it needs its own PATH.
fn aws(home: &Path) -> Option<Duration> {
    let program = std::env::var_os("ROLEDEX_TEST_AWS").unwrap_or_else(|| "aws".into());
    let start = || {
        let mut command = Command::new(&program);
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
