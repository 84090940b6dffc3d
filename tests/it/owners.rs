//! Files and directories of another user are refused, and `doctor` names them.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::lchown;
use std::path::{Path, PathBuf};

use crate::support::Home;

/// The user `nobody`.
const NOBODY: u32 = 65_534;

const ENTRY: &str = "ext:Two/222222222222/B";

/// A home with a file of every kind.
fn home() -> Home {
    let home = Home::scenario(
        "[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\nstart_url = \"https://d-9.awsapps.com/start\"\n[[portals.accounts]]\nid = \"111111111111\"\nname = \"a\"\nroles = [\"R\"]\n[[portals.apps]]\nname = \"Two\"\nid = \"ins-0123456789abcdef\"\nroles = [\"arn:aws:iam::222222222222:role/B\"]\n",
    );
    home.sign_in();
    let app = home.sim.endpoints().apps[0].url.clone();
    home.ok(&["app", "add", &app, "--portal", "p", "--method", "file"]);
    home.ok(&["list", "--refresh"]);
    home.write("response", &home.sim.saml_response("Two").unwrap());
    let args = ["use", ENTRY, "--assertion", "response", "--profile"];
    home.ok(&[&args[..], &["process"]].concat());
    home.ok(&[&args[..], &["static", "--as", "static"]].concat());
    home
}

/// The first JSON file in a directory whose text has a word.
fn file_with(directory: &Path, word: &str) -> PathBuf {
    let files = fs::read_dir(directory).unwrap().flatten();
    let mut files = files.map(|entry| entry.path());
    files
        .find(|path| fs::read_to_string(path).is_ok_and(|text| text.contains(word)))
        .unwrap()
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    let home = home();
    let owner = |path: &Path| {
        let metadata = fs::metadata(path).unwrap();
        std::os::unix::fs::MetadataExt::uid(&metadata)
    };
    let me = owner(home.dir.path());
    let stored = home.path(".local/state/roledex/credentials");
    let cases: [(PathBuf, &[&str]); 6] = [
        (
            file_with(&home.path(".aws/sso/cache"), "accessToken"),
            &["list", "--refresh"],
        ),
        (file_with(&stored, ENTRY), &["credentials", ENTRY]),
        (home.path(".config/roledex/config.toml"), &["status"]),
        (
            file_with(&home.path(".cache/roledex/catalog"), "111111111111"),
            &["list"],
        ),
        (home.path(".aws/credentials"), &["status"]),
        (home.path(".aws/config"), &["status"]),
    ];
    for (path, args) in &cases {
        home.ok(args);
        for path in [path, path.parent().unwrap()] {
            if lchown(path, Some(NOBODY), None).is_err() {
                eprintln!("not tested: only root can give files away");
                return;
            }
            let shown = path.strip_prefix(home.dir.path()).unwrap();
            let sentence = format!(
                " ~/{} is owned by nobody (uid {NOBODY}), not by you (uid {me})",
                shown.display()
            );
            let ran = home.run(args);
            assert_eq!(ran.code, 7, "{args:?}: {ran:?}");
            assert!(ran.stderr.contains(&sentence), "{sentence}: {ran:?}");
            assert!(ran.stderr.contains(&format!("chown {me} ")), "{ran:?}");
            let doctor = home.run(&["doctor", "--json"]);
            let sentence = format!("~/{} is owned by nobody (uid {NOBODY})", shown.display());
            assert!(doctor.stdout.contains(&sentence), "{sentence}: {doctor:?}");
            assert_eq!(doctor.code, 1);
            lchown(path, Some(me), None).unwrap();
        }
        home.ok(args);
    }
}

#[test]
fn nothing_is_written_into_a_directory_of_another_user() {
    let home = home();
    let cache = home.path(".aws/sso/cache");
    if lchown(&cache, Some(NOBODY), None).is_err() {
        eprintln!("not tested: only root can give files away");
        return;
    }
    for file in fs::read_dir(&cache).unwrap().flatten() {
        fs::remove_file(file.path()).unwrap();
    }
    let ran = home.run(&["login", "p", "--no-open"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.stderr.contains("cache is owned by nobody"), "{ran:?}");
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 0);
}

#[test]
fn root_with_the_home_of_a_user_uses_their_files() {
    let home = home();
    let give = |path: &Path| lchown(path, Some(NOBODY), None).is_ok();
    if !give(home.dir.path()) {
        eprintln!("not tested: only root can give files away");
        return;
    }
    assert!(give(&home.path(".aws")) && give(&home.path(".aws/config")));
    home.ok(&["status"]);
}

/// Every file and directory below one, without what it links to.
fn all_in(directory: &Path) -> Vec<PathBuf> {
    let mut found = vec![directory.to_owned()];
    for entry in fs::read_dir(directory).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.append(&mut all_in(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

/// Those of the files that belong to a user, or to all but that one.
fn owned(paths: Vec<PathBuf>, by_nobody: bool) -> Vec<PathBuf> {
    let is_theirs = |path: &PathBuf| {
        let metadata = fs::symlink_metadata(path).unwrap();
        (std::os::unix::fs::MetadataExt::uid(&metadata) == NOBODY) == by_nobody
    };
    paths.into_iter().filter(is_theirs).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn what_root_makes_in_the_home_of_a_user_is_theirs() {
    let home = Home::new("startup");
    for path in all_in(home.dir.path()) {
        if lchown(&path, Some(NOBODY), Some(NOBODY)).is_err() {
            eprintln!("not tested: only root can give files away");
            return;
        }
    }
    // A link of theirs to a directory that only root may write: what is made there stays root's.
    let of_root = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(of_root.path(), home.path(".cache")).unwrap();
    lchown(home.path(".cache"), Some(NOBODY), Some(NOBODY)).unwrap();
    home.sign_in();
    home.ok(&["list"]);
    let roledex = home.path("role dex");
    fs::copy(crate::support::ROLEDEX, &roledex).unwrap();
    let entry = "org:startup/333333333333/AdministratorAccess";
    let mut by_link = home.command(roledex.to_str().unwrap());
    let made = by_link.args(["use", entry, "--as", "process"]).output();
    assert!(made.unwrap().status.success());
    home.ok(&["use", entry, "--as", "static", "--profile", "keys"]);
    home.ok(&["region", entry, "eu-west-3"]);
    // Made by the test itself.
    fs::remove_file(home.path("login.log")).unwrap();
    fs::remove_file(roledex).unwrap();
    let made = all_in(home.dir.path());
    for name in [
        ".aws/config",
        ".aws/credentials",
        ".local/state/roledex/bin/roledex",
    ] {
        assert!(made.contains(&home.path(name)), "{name}: {made:?}");
    }
    let not_theirs = owned(made, false);
    assert!(not_theirs.is_empty(), "{not_theirs:?}");
    let beside = all_in(of_root.path());
    assert!(beside.len() > 1, "the catalog is there");
    let theirs = owned(beside, true);
    assert!(theirs.is_empty(), "{theirs:?}");
}
