//! Says which keyrings there are, and links the unwinder into the program where that can be done, which is where glibc and GCC are.
//!
//! Rust's standard library asks for `libgcc_s.so.1` there. Finding, mapping and relocating it, and the
//! `cpuid` instructions of its constructors, take a tenth of what `roledex credentials` costs
//! (`benches/hot_path.rs`). `libgcc_eh.a` is the same code, and comes with every GCC; where it is
//! missing, nothing changes.

#![expect(
    clippy::disallowed_methods,
    reason = "Cargo talks to a build script by the environment"
)]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}"));
    // Whether there is a keyring that goes by names (store::keyring).
    println!("cargo::rustc-check-cfg=cfg(named_keyring)");
    let secret_service = std::env::var_os("CARGO_FEATURE_SECRET_SERVICE").is_some();
    match target("OS").as_deref() {
        Ok("macos" | "windows") => println!("cargo::rustc-cfg=named_keyring"),
        Ok("linux") if secret_service => println!("cargo::rustc-cfg=named_keyring"),
        _ => {}
    }
    if target("OS").as_deref() != Ok("linux") || target("ENV").as_deref() != Ok("gnu") {
        return;
    }
    let linker = std::env::var("RUSTC_LINKER").unwrap_or_else(|_| "cc".to_owned());
    let answer = Command::new(linker)
        .arg("-print-file-name=libgcc_eh.a")
        .output();
    let Ok(answer) = answer else { return };
    let path = String::from_utf8_lossy(&answer.stdout);
    // The bare name comes back when there is no such file.
    let directory = Path::new(path.trim()).parent();
    if let Some(directory) = directory.filter(|directory| directory.is_absolute()) {
        println!("cargo::rustc-link-search=native={}", directory.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}
