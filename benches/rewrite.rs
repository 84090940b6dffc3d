//! The time to rewrite one profile of 10,000 (docs/architecture.md#budgets), compared with the minimum that any safe
//! writer does with the same bytes: read, write a temporary file, fsync, rename.
//!
//! ```text
//! cargo bench --bench rewrite
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, or it has failed"
)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use roledex::internals::config::{Dirs, Env};
use roledex::internals::store::aws_files::{AwsFiles, Body, Edit};

const PROFILES: usize = 10_000;
const RUNS: usize = 31;
const BUDGET: Duration = Duration::from_millis(50);

fn main() {
    let home = tempfile::tempdir().unwrap();
    let env: Env = [("HOME", home.path())].into_iter().collect();
    let dirs = Dirs::from_env(&env).unwrap();
    let files = AwsFiles::new(&dirs);
    fs::create_dir(dirs.aws_config.parent().unwrap()).unwrap();
    let text = (0..PROFILES).fold(String::new(), |text, at| text + &section(at));
    let file = fs::File::create(&dirs.aws_config);
    file.unwrap().write_all(text.as_bytes()).unwrap();

    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        let region = if run % 2 == 0 {
            "us-east-1"
        } else {
            "eu-west-1"
        };
        let start = Instant::now();
        let written = files.edit(&[put(PROFILES / 2, region)]).unwrap();
        ours.push(start.elapsed());
        assert!(written.changed);
        let start = Instant::now();
        plainly(&dirs.aws_config);
        plain.push(start.elapsed());
    }
    let all: Vec<Edit> = (0..PROFILES).map(|at| put(at, "eu-north-1")).collect();
    let start = Instant::now();
    files.edit(&all).unwrap();
    let all = start.elapsed();
    let (ours, plain) = (median(ours), median(plain));
    let size = fs::metadata(&dirs.aws_config).unwrap().len();
    println!(
        "one profile of {PROFILES} ({size} bytes): {ours:?}, budget {BUDGET:?}; {:.1} × plain read, write, fsync and rename ({plain:?})",
        ours.as_secs_f64() / plain.as_secs_f64(),
    );
    println!("all {PROFILES} in one write: {all:?}");
}

/// The text of a profile in the file.
fn section(at: usize) -> String {
    let account = format!("{:012}", 100_000_000_000 + at);
    format!(
        "[profile Admin-{account}]\nsso_session = p\nsso_account_id = {account}\nsso_role_name = Admin\n\
         region = eu-west-1\noutput = json\nroledex_entry = org:p/{account}/Admin\n\n"
    )
}

fn put(at: usize, region: &str) -> Edit {
    let account = format!("{:012}", 100_000_000_000 + at);
    Edit::PutProfile {
        name: format!("Admin-{account}"),
        entry: format!("org:p/{account}/Admin").parse().unwrap(),
        body: Body::Sso {
            session: "p".to_owned(),
            account: account.parse().unwrap(),
            role: "Admin".to_owned(),
        },
        region: Some(region.to_owned()),
        output: Some("json".to_owned()),
        force: false,
    }
}

/// The least that a writer must do which no crash can harm.
fn plainly(path: &Path) {
    let bytes = fs::read(path).unwrap();
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap()).unwrap();
    file.write_all(&bytes).unwrap();
    file.as_file().sync_all().unwrap();
    file.persist(path).unwrap();
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
