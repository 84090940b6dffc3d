//! Files and directories of another user are refused, and `doctor` names them.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};

use crate::support::{Home, ROLEDEX, Ran, right};

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

/// Gives a file to another user; only root can.
fn is_given(path: impl AsRef<Path>) -> bool {
    let given = lchown(path, Some(NOBODY), None).is_ok();
    right("the right to give files away", given)
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
            if !is_given(path) {
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
    if !is_given(&cache) {
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
    if !give_all(&home) {
        return;
    }
    home.ok(&["status"]);
}

/// Gives a home to the user `nobody`. `false`: only root can do that.
fn give_all(home: &Home) -> bool {
    let paths = all_in(home.dir.path());
    let given = |path: &PathBuf| lchown(path, Some(NOBODY), Some(NOBODY)).is_ok();
    paths.iter().all(given)
}

/// Makes a link of the user `nobody`.
fn link_of_nobody(target: &Path, link: &Path) {
    let _ = fs::remove_file(link);
    std::os::unix::fs::symlink(target, link).unwrap();
    lchown(link, Some(NOBODY), Some(NOBODY)).unwrap();
}

#[test]
fn the_links_of_a_user_do_not_lead_root_to_what_is_roots() {
    let home = home();
    if !give_all(&home) {
        return;
    }
    let of_root = tempfile::tempdir().unwrap();
    fs::set_permissions(of_root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let secret = of_root.path().join("secret");
    fs::File::create(&secret).unwrap();
    let url = "https://d-1.awsapps.com/start";
    let add: &[&str] = &[
        "portal",
        "add",
        "q",
        "--start-url",
        url,
        "--region",
        "eu-west-1",
    ];
    let cases: [(&str, &Path, &[&str]); 7] = [
        (".aws/config", &secret, add),
        (".aws/credentials", &secret, add),
        (".config/roledex/config.toml", &secret, add),
        (
            ".local/state/roledex/history.json",
            &secret,
            &["use", ENTRY],
        ),
        (".local/state/roledex/backups", of_root.path(), add),
        (".local/state/roledex", of_root.path(), add),
        (".aws/sso/cache", of_root.path(), &["list", "--refresh"]),
    ];
    for (name, there, args) in cases {
        let (path, aside) = (home.path(name), home.path("aside"));
        let was_there = fs::rename(&path, &aside).is_ok();
        for target in [there, &of_root.path().join("new")] {
            link_of_nobody(target, &path);
            let ran = home.run(args);
            // Without the history the command goes on.
            if target == secret && args == add {
                assert_eq!(ran.code, 7, "{name}: {ran:?}");
                let told = format!("the link ~/{name}, which leads to what root owns,");
                assert!(ran.stderr.contains(&told), "{ran:?}");
            }
            assert_eq!(fs::read(&secret).unwrap(), b"", "{name}: {ran:?}");
            assert_eq!(all_in(of_root.path()).len(), 2, "{name}: {ran:?}");
        }
        fs::remove_file(&path).unwrap();
        if was_there {
            fs::rename(&aside, &path).unwrap();
        }
    }
    let made = owned(all_in(home.dir.path()), false);
    assert!(made.is_empty(), "{made:?}");
}

#[test]
fn root_does_not_use_the_browser_of_a_user() {
    let home = home();
    home.write(".local/share/roledex/browser/Default/Preferences", "{}");
    let profile = home.path(".local/share/roledex/browser");
    if lchown(&profile, Some(NOBODY), None).is_err() {
        return;
    }
    let ran = home.run(&["logout", "--browser"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.stderr.contains("browser is owned by nobody"), "{ran:?}");
    assert!(give_all(&home));
    let ran = home.run(&["logout", "--browser"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("root cannot use the capture browser"),
        "{ran:?}"
    );
    assert!(profile.join("Default/Preferences").exists());
}

#[test]
fn root_runs_no_command_of_a_user() {
    let home = home();
    let ran_it = home.path("ran");
    let command = format!("touch {}", ran_it.display());
    let config = home.read(".aws/config");
    home.write(
        ".aws/config",
        &format!(
            "{config}\n[profile theirs]\ncredential_process = {command}\n[profile base]\nregion = eu-west-1\n[profile \
             device]\nsource_profile = base\nrole_arn = arn:aws:iam::111111111111:role/R\nmfa_serial = \
             arn:aws:iam::111111111111:mfa/me\nmfa_process = {command}\n"
        ),
    );
    let keys = "\n[base]\naws_access_key_id = AKIA0000000000000000\naws_secret_access_key = s\n";
    let credentials = home.read(".aws/credentials");
    home.write(".aws/credentials", &(credentials + keys));
    let settings = home.read(".config/roledex/config.toml");
    let program = format!("console_command = [\"touch\", {ran_it:?}, \"{{url}}\"]\n{settings}");
    home.write(".config/roledex/config.toml", &program);
    if !give_all(&home) {
        return;
    }
    for (args, what) in [
        (&["credentials", "theirs"][..], "credential_process"),
        (&["exec", "theirs", "--", "true"], "credential_process"),
        (&["credentials", "device"], "mfa_process"),
        (&["console", "org:p/111111111111/R"], "console_command"),
    ] {
        let ran = home.run(args);
        assert_ne!(ran.code, 0, "{ran:?}");
        let told = format!("root cannot run the {what} of another user");
        assert!(ran.stderr.contains(&told), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains("sudo -u nobody roledex"), "{ran:?}");
        assert!(!ran_it.exists(), "{args:?}");
    }
}

#[test]
fn a_state_directory_that_another_user_made_first_is_refused() {
    let home = home();
    let shared = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = home.command(ROLEDEX);
        command.env("XDG_STATE_HOME", shared.path()).args(args);
        Ran::new(&command.output().unwrap())
    };
    let url = "https://d-1.awsapps.com/start";
    let add: &[&str] = &[
        "portal",
        "add",
        "q",
        "--start-url",
        url,
        "--region",
        "eu-west-1",
    ];
    assert_eq!(run(add).code, 0);
    let before = home.read(".aws/config");
    let state = shared.path().join("roledex");
    for directory in [state.as_path(), shared.path()] {
        let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(directory).unwrap());
        if !is_given(directory) {
            return;
        }
        let told = format!("{} is owned by nobody", directory.display());
        let calls: [&[&str]; 3] = [
            &["undo"],
            &["portal", "remove", "q"],
            &["use", ENTRY, "--as", "process", "--profile", "x"],
        ];
        for args in calls {
            let ran = run(args);
            assert_eq!(ran.code, 7, "{args:?}: {ran:?}");
            assert!(ran.stderr.contains(&told), "{args:?}: {ran:?}");
            assert_eq!(home.read(".aws/config"), before, "{args:?}");
        }
        lchown(directory, Some(owner), None).unwrap();
    }
    // A link in the place of the directory, which its owner can change later.
    let aside = shared.path().join("aside");
    fs::rename(&state, &aside).unwrap();
    link_of_nobody(&aside, &state);
    let ran = run(&["undo"]);
    assert!(ran.stderr.contains("the link "), "{ran:?}");
    assert_eq!(home.read(".aws/config"), before);
}

#[test]
fn imports_and_certificates_of_another_user_are_refused() {
    let home = home();
    home.write(".saml2aws", "[default]\nprovider = Browser\n");
    home.write("ca.pem", "no certificate");
    for name in [".saml2aws", "ca.pem"] {
        if !is_given(home.path(name)) {
            return;
        }
    }
    let ran = home.run(&["import", "saml2aws"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(
        ran.stderr.contains(".saml2aws is owned by nobody"),
        "{ran:?}"
    );
    let mut command = home.command(ROLEDEX);
    command.env("AWS_CA_BUNDLE", home.path("ca.pem"));
    let ran = Ran::new(&command.args(["list", "--refresh"]).output().unwrap());
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("ca.pem is owned by nobody"), "{ran:?}");
}

#[test]
fn a_log_is_written_to_no_file_of_another_user_and_waits_for_no_reader() {
    let home = home();
    let pipe = home.path("pipe");
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, mode, 0).unwrap();
    let ran = home.run(&["--log", "pipe", "status"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.stderr.contains("a pipe that nobody reads"), "{ran:?}");
    home.write("theirs", "");
    home.write("ours", "");
    if !is_given(home.path("theirs")) {
        return;
    }
    link_of_nobody(&home.path("ours"), &home.path("link"));
    // A pipe with a reader, and a link within the path, which its owner can change at any time.
    let reader = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NONBLOCK;
    let _reader = rustix::fs::open(&pipe, reader, rustix::fs::Mode::empty()).unwrap();
    assert!(is_given(&pipe));
    fs::create_dir(home.path("d")).unwrap();
    link_of_nobody(&home.path("d"), &home.path("d2"));
    for (log, told) in [
        ("theirs", "theirs is owned by"),
        ("link", "link is owned by"),
        ("pipe", "pipe is owned by"),
        ("d2/log", "d2 is owned by"),
    ] {
        let ran = home.run(&["--log", log, "status"]);
        assert_eq!(ran.code, 7, "{ran:?}");
        assert!(ran.stderr.contains(told), "{ran:?}");
    }
    assert_eq!(home.read("theirs") + &home.read("ours"), "");
    assert!(!home.path("d/log").exists());
    home.ok(&["--log", "ours", "status"]);
    assert!(home.read("ours").contains("roledex started"));
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
    if !give_all(&home) {
        return;
    }
    home.sign_in();
    home.ok(&["list"]);
    let roledex = home.path("role dex");
    fs::copy(ROLEDEX, &roledex).unwrap();
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
}
