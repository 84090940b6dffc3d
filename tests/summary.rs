//! The last word of `cargo test`: the peers that the integration tests did not find.
//!
//! Cargo runs test programs in the order of their names, so this one comes after `it`. It prints the list that
//! `tests/it/support` has written, and removes it for the next run.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() {
    // A tool that asks for the names of tests gets none.
    if env::args().any(|argument| argument == "--list") {
        return;
    }
    let list = Path::new(env!("CARGO_TARGET_TMPDIR")).join("absent-peers");
    let Ok(text) = fs::read_to_string(&list) else {
        return;
    };
    let peers: BTreeSet<&str> = text.lines().collect();
    let mut lines = vec!["\nnot tested, because these are missing:".to_owned()];
    lines.extend(peers.iter().map(|peer| format!("  {peer}")));
    lines.push(
        "With ROLEDEX_TEST_REQUIRE=all a missing program is a failure. .ci/run installs all of them.\n"
            .to_owned(),
    );
    let text = lines.join("\n");
    io::stdout()
        .write_all(text.as_bytes())
        .expect("stdout can be written");
    fs::remove_file(&list).expect("the list of absent peers can be removed");
}
