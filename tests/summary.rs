//! The last word of `cargo test`: the peers that the integration tests did not find.
//!
//! Cargo runs test programs in the order of their names, so this one comes after `it`. It prints the list that
//! `tests/it/support` has written, and removes it for the next run.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

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
    println!("\nnot tested, because these programs are missing:");
    for peer in peers {
        println!("  {peer}");
    }
    println!(
        "With ROLEDEX_TEST_REQUIRE=all a missing program is a failure. .ci/run installs all of them."
    );
    fs::remove_file(&list).expect("the list of absent peers can be removed");
}
