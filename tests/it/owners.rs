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
