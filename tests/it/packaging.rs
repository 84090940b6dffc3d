//! Released files: manual pages, and the files of package managers that `packaging/dist` fills in.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Home, ROLEDEX, Ran, installed};

#[test]
fn every_command_has_a_manual_page() {
    let home = Home::new("startup");
    let list = home.ok(&["man", "--list"]);
    let pages: Vec<&str> = list.lines().collect();
    assert!(
        pages.contains(&"roledex") && pages.contains(&"roledex portal add"),
        "{list}"
    );
    assert!(!list.contains("__") && pages.len() > 30, "{list}");
    for page in pages {
        let mut words: Vec<&str> = page.split(' ').collect();
        words[0] = "man";
        let text = home.ok(&words);
        let name = page.replace(' ', "\\-");
        assert!(
            text.contains(&format!(".TH {}", page.replace(' ', "-")))
                && text.contains(&format!("\"{page} {}\"", env!("CARGO_PKG_VERSION")))
                && text.contains(&name),
            "{page}: {text}"
        );
    }
    assert_eq!(home.ok(&["man"]), home.ok(&["man"]));
    let exec = home.ok(&["man", "exec"]);
    assert!(
        exec.contains("roledex exec\\fR [OPTIONS] [ENTRY] \\-\\- <CMD>...\n"),
        "{exec}"
    );
    let page = home.ok(&["man"]);
    for part in [
        "To try it on a simulated portal, run: roledex demo\n",
        ".SH \"EXIT STATUS\"\n.TP\n\\fB0\\fR\ndone\n",
        ".SH FILES\n",
        ".SH EXAMPLES\n.TP\n\\fBroledex demo\\fR\n",
        ".SH ENVIRONMENT\n",
        "\\fBROLEDEX_BROWSER\\fR\nthe capture browser\n",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("EXTRA"), "{page}");
    let (_, shared) = page.split_once(".SH \"EXIT STATUS\"").unwrap();
    for mark in ["`", "](", "|"] {
        assert!(!shared.contains(mark), "{mark}: {shared}");
    }
    let ran = home.run(&["man", "nonsense"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("roledex man --list"), "{ran:?}");
}

#[test]
fn the_files_of_package_managers_are_filled_in() {
    if !installed("python3", &["--version"]) {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = tempfile::tempdir().unwrap();
    let packaging = copy.path().join("packaging");
    copy_all(&root.join("packaging"), &packaging);
    copy_file(&root.join("Cargo.toml"), &copy.path().join("Cargo.toml"));
    let dist = copy.path().join("dist");
    fs::create_dir(&dist).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    for target in [
        "x86_64-unknown-linux-gnu",
        "aarch64-unknown-linux-gnu",
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-musl",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
        "x86_64-pc-windows-msvc",
    ] {
        let end = if target.contains("windows") {
            "zip"
        } else {
            "tar.gz"
        };
        let file = dist.join(format!("roledex-{version}-{target}.{end}"));
        copy_file(&root.join("Cargo.toml"), &file);
    }
    let run = || {
        let mut command = Command::new("python3");
        command.arg(packaging.join("dist")).arg("manifests");
        command.args([
            "--url",
            "https://example.org/v@VERSION@",
            "--homepage",
            "https://example.org",
        ]);
        command.output().unwrap()
    };
    let output = run();
    assert!(output.status.success(), "{output:?}");
    let made = String::from_utf8(output.stdout).unwrap();
    assert_eq!(made.lines().count(), 7, "{made}");
    for file in made.lines() {
        let text = fs::read_to_string(copy.path().join(file)).unwrap();
        assert!(text.contains(version), "{file}");
        assert!(
            !text.contains('@') || file.ends_with("PKGBUILD"),
            "{file}: {text}"
        );
        if Path::new(file).extension().is_some_and(|end| end == "json") {
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(
                json["architecture"]["64bit"]["hash"]
                    .as_str()
                    .unwrap()
                    .len(),
                64
            );
        }
    }
    let sums = fs::read_to_string(dist.join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), 7, "{sums}");
    fs::remove_file(dist.join(format!("roledex-{version}-aarch64-apple-darwin.tar.gz"))).unwrap();
    let output = run();
    assert!(!output.status.success(), "a missing archive is an error");
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_all(&path, &target);
        } else {
            copy_file(&path, &target);
        }
    }
}

fn copy_file(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}

#[cfg(unix)]
#[test]
fn a_process_profile_works_after_an_upgrade_with_homebrew() {
    use std::os::unix::fs::symlink;
    let home = Home::new("startup");
    home.sign_in();
    let bin = home.path("brew/bin");
    fs::create_dir_all(&bin).unwrap();
    let install = |version: &str| {
        let directory = home.path(&format!("brew/Cellar/roledex/{version}/bin"));
        fs::create_dir_all(&directory).unwrap();
        fs::copy(ROLEDEX, directory.join("roledex")).unwrap();
        let _ = fs::remove_file(bin.join("roledex"));
        let target = format!("../Cellar/roledex/{version}/bin/roledex");
        symlink(target, bin.join("roledex")).unwrap();
    };
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let sh = |script: &str| {
        let mut command = home.command("sh");
        let output = command.args(["-c", script]).env("PATH", &path).output();
        Ran::new(&output.unwrap())
    };
    install("1.0");
    let used = sh(
        "roledex use org:startup/333333333333/AdministratorAccess --as process --profile brewed",
    );
    assert_eq!(used.code, 0, "{used:?}");
    install("1.1");
    fs::remove_dir_all(home.path("brew/Cellar/roledex/1.0")).unwrap();
    let config = home.read(".aws/config");
    let line = config.lines().find_map(|line| {
        let (name, command) = line.split_once(" = ")?;
        (name == "credential_process").then_some(command)
    });
    let served = sh(line.unwrap());
    assert!(
        served.stdout.contains("AccessKeyId"),
        "{line:?}: {served:?}"
    );
    let doctor = sh("roledex doctor");
    assert!(
        doctor
            .stdout
            .contains("every credential_process names an existing program"),
        "{doctor:?}"
    );
}
