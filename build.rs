//! Says what the program is built from and which keyrings there are, and links the unwinder into the program
//! where that can be done, which is where glibc and GCC are.
//!
//! Rust's standard library asks for `libgcc_s.so.1` there. Finding, mapping and relocating it, and the
//! `cpuid` instructions of its constructors, take a tenth of what `roledex credentials` costs
//! (`benches/hot_path.rs`). `libgcc_eh.a` is the same code, and comes with every GCC; where it is
//! missing, nothing changes.
//!
//! A release build leaves out the tables of that unwinder: it aborts where it would unwind, and they are a
//! twelfth of the program. Rust has no setting for it, because the standard library comes with its tables.

#![expect(
    clippy::disallowed_methods,
    reason = "Cargo talks to a build script by the environment"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    describe();
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
    if target("OS").as_deref() != Ok("linux") {
        return;
    }
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        leave_out_tables();
        // Functions with the same code become one, a fiftieth of the program. Rust does not promise that functions have
        // addresses of their own.
        link_with(&["-Wl,--icf=all"]);
        // The list of the addresses that are set at the start is 370 KB. glibc before 2.36 refuses its short form: a
        // program that is built on an older system, or for another one, has the long form.
        let is_known = target("ENV").as_deref() == Ok("musl");
        if is_known || of_cargo("HOST") == of_cargo("TARGET") {
            let short = ["-Wl,-z,pack-relative-relocs"];
            link_if(&short, |probe| is_known || output(probe, &[]).is_some());
        }
    }
    if target("ENV").as_deref() != Ok("gnu") {
        return;
    }
    let linker = std::env::var("RUSTC_LINKER").unwrap_or_else(|_| "cc".to_owned());
    let answer = output(&linker, &["-print-file-name=libgcc_eh.a"]);
    let Some(answer) = answer else { return };
    let path = Path::new(&answer);
    // The bare name comes back when there is no such file.
    let directory = path.parent();
    if let Some(directory) = directory.filter(|directory| directory.is_absolute()) {
        println!("cargo::rustc-link-search=native={}", directory.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// Links the program without the tables of the unwinder, if the linker can do that.
fn leave_out_tables() {
    // The start code of some targets refers to its own, which is empty.
    const SCRIPT: &str = "SECTIONS { /DISCARD/ : { \
        *(EXCLUDE_FILE(*crtbegin*.o *crtend*.o) .eh_frame) *(.eh_frame_hdr) \
        } } INSERT AFTER .text;\n";
    let script = Path::new(&of_cargo("OUT_DIR")).join("tables.ld");
    if std::fs::write(&script, SCRIPT).is_ok() {
        link_with(&[
            &format!("-Wl,-T,{}", script.display()),
            "-Wl,--no-eh-frame-hdr",
        ]);
    }
}

/// Passes arguments to the linker, if it can do what they say. Not every one can, and any may be configured, so that it
/// is asked by linking a program that does nothing.
fn link_with(arguments: &[&str]) {
    link_if(arguments, |_| true);
}

/// [`link_with`], if `is_good` says so of the program that was linked, by its path.
fn link_if(arguments: &[&str], is_good: impl Fn(&str) -> bool) {
    let probe = Path::new(&of_cargo("OUT_DIR")).join("probe");
    let (flags, linker) = (
        of_cargo("CARGO_ENCODED_RUSTFLAGS"),
        of_cargo("RUSTC_LINKER"),
    );
    let mut rustc = Command::new(of_cargo("RUSTC"));
    rustc
        .args(["--target", &of_cargo("TARGET"), "-Cpanic=abort"])
        .args(["-", "-o"])
        .arg(&probe);
    rustc.args(flags.split('\x1f').filter(|flag| !flag.is_empty()));
    if !linker.is_empty() {
        rustc.arg(format!("-Clinker={linker}"));
    }
    for argument in arguments {
        rustc.arg(format!("-Clink-arg={argument}"));
    }
    let mut links = || -> std::io::Result<bool> {
        let rustc = rustc
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut rustc = rustc.spawn()?;
        if let Some(mut source) = rustc.stdin.take() {
            source.write_all(b"fn main() {}")?;
        }
        Ok(rustc.wait()?.success())
    };
    if matches!(links(), Ok(true)) && probe.to_str().is_some_and(is_good) {
        for argument in arguments {
            println!("cargo::rustc-link-arg-bins={argument}");
        }
    }
}

/// The value of a variable that Cargo sets; empty if it does not.
fn of_cargo(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// Tells the program its commit, target, compiler and features: `roledex --version --verbose`.
fn describe() {
    let features = if std::env::var_os("CARGO_FEATURE_SECRET_SERVICE").is_some() {
        "secret-service"
    } else {
        "none"
    };
    let compiler = std::env::var("RUSTC").ok();
    let compiler = compiler.and_then(|rustc| output(&rustc, &["--version"]));
    let facts = [
        ("COMMIT", commit()),
        ("TARGET", std::env::var("TARGET").ok()),
        ("COMPILER", compiler),
        ("FEATURES", Some(features.to_owned())),
    ];
    for (name, value) in facts {
        let value = value.unwrap_or_else(|| "unknown".to_owned());
        println!("cargo::rustc-env=ROLEDEX_BUILD_{name}={value}");
    }
}

/// The commit of the sources: what the packager says, what `cargo package` wrote down, or Git's, in release
/// builds. A debug build does not know it, because it would be built anew after every commit.
fn commit() -> Option<String> {
    println!("cargo::rerun-if-env-changed=ROLEDEX_COMMIT");
    let is_commit = |text: &str| text.len() >= 7 && text.chars().all(|c| c.is_ascii_hexdigit());
    if let Ok(commit) = std::env::var("ROLEDEX_COMMIT") {
        return is_commit(&commit).then_some(commit);
    }
    if let Ok(packaged) = std::fs::read_to_string(".cargo_vcs_info.json") {
        let words = packaged.split('"').map(str::to_owned);
        return words.into_iter().find(|word| is_commit(word));
    }
    if std::env::var("PROFILE").as_deref() != Ok("release") || !Path::new(".git").exists() {
        return None;
    }
    let head = output("git", &["rev-parse", "HEAD"]).filter(|head| is_commit(head))?;
    for changed in ["src", "assets", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={changed}");
    }
    for of_git in ["HEAD", "logs/HEAD"] {
        if let Some(path) = output("git", &["rev-parse", "--git-path", of_git]) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let changes = output("git", &["status", "--porcelain", "--untracked-files=no"])?;
    let modified = if changes.is_empty() {
        ""
    } else {
        " (modified)"
    };
    Some(head + modified)
}

/// The output of a program without the last line break.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().to_owned())
}
