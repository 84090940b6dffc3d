//! Console sessions: signed in by roledex, shared with the SDKs in both directions, renewed once.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "the test moves the end of cached keys, from now"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use serde_json::Value;

use crate::support::sdks::Sdk;
use crate::support::terminal::Terminal;
use crate::support::{
    Home, ROLEDEX, Ran, botocore_with_login, browse, pick_console_session, wait_for,
};

const JANE: &str = "arn:aws:iam::111122223333:user/jane";
const OPS: &str = "arn:aws:sts::555566667777:assumed-role/Ops/jane";
const VIEWER: &str = "arn:aws:sts::444455556666:assumed-role/Viewer/jane";

fn home() -> Home {
    let home = Home::new("mixed");
    home.fill();
    home
}

/// `roledex login --console` in the background, and the address that it prints.
fn start(home: &Home, arguments: &[&str], stdin: Stdio) -> (Child, String) {
    let child = home
        .command(ROLEDEX)
        .args(["login", "--console", "--no-open"])
        .args(arguments)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(fs::File::create(home.path("login.log")).unwrap())
        .spawn()
        .unwrap();
    let url = wait_for("an address", || {
        let log = home.read("login.log");
        let line = log.lines().find(|line| line.starts_with("  address"))?;
        log.ends_with('\n')
            .then(|| line.split_whitespace().nth(1).unwrap().to_owned())
    });
    (child, url)
}

fn ended(home: &Home, child: Child) -> Ran {
    let ran = Ran::new(&child.wait_with_output().unwrap());
    Ran {
        stderr: home.read("login.log"),
        ..ran
    }
}

/// Signs in on this machine as `arn`.
pub(crate) fn sign_in(home: &Home, arguments: &[&str], arn: &str) -> Ran {
    let (child, url) = start(home, arguments, Stdio::null());
    let back = pick_console_session(&url, arn).location.unwrap();
    browse(&back, None);
    ended(home, child)
}

/// The files of the cache.
fn cache(home: &Home) -> Vec<std::path::PathBuf> {
    let files = fs::read_dir(home.path(".aws/login/cache"));
    files
        .into_iter()
        .flatten()
        .map(|file| file.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect()
}

fn cached(home: &Home) -> Value {
    let files = cache(home);
    assert_eq!(files.len(), 1, "{files:?}");
    serde_json::from_slice(&fs::read(&files[0]).unwrap()).unwrap()
}

/// Moves the end of the cached keys to so many seconds from now.
fn set_left(home: &Home, seconds: i64) {
    let mut file = cached(home);
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    file["accessToken"]["expiresAt"] = end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into();
    fs::write(&cache(home)[0], file.to_string()).unwrap();
}

fn token_requests(home: &Home) -> usize {
    let requests = home.sim.requests();
    requests
        .iter()
        .filter(|request| request.path.ends_with("/v1/token"))
        .count()
}

#[test]
fn a_session_becomes_a_profile_that_is_used_and_renewed() {
    let home = home();
    let ran = sign_in(&home, &["--region", "eu-west-1"], JANE);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "jane-111122223333\n"),
        "{ran:?}"
    );
    let config = home.read(".aws/config");
    let section =
        format!("[profile jane-111122223333]\nlogin_session = {JANE}\nregion = eu-west-1\n");
    assert!(config.contains(&section), "{config}");
    let file = cached(&home);
    assert_eq!(file["accessToken"]["accountId"], "111122223333");
    assert_eq!(file["clientId"], "arn:aws:signin:::devtools/same-device");
    assert_eq!(file["tokenType"], "aws_sigv4");
    let id = "profile:jane-111122223333";
    let credentials = home.ok(&["credentials", id]);
    assert!(credentials.contains(file["accessToken"]["accessKeyId"].as_str().unwrap()));
    let rows: Vec<Value> =
        serde_json::from_str(&home.ok(&["list", "--json", "--kind", "profile"])).unwrap();
    let row = rows.iter().find(|row| row["id"] == id).unwrap();
    assert_eq!(row["expires_at"], file["accessToken"]["expiresAt"], "{row}");
    // Renewed silently from five minutes before the end, with the next refresh token.
    let asked = token_requests(&home);
    set_left(&home, 360);
    home.ok(&["credentials", id]);
    assert_eq!(token_requests(&home), asked);
    set_left(&home, 290);
    home.ok(&["credentials", id]);
    assert_eq!(token_requests(&home), asked + 1);
    let renewed = cached(&home);
    assert_ne!(renewed["refreshToken"], file["refreshToken"]);
    assert_eq!(renewed["idToken"], file["idToken"]);
    // Keys that live are used where another process holds the lock of the session.
    set_left(&home, 290);
    home.spoil_locks();
    let kept = home.ok(&["credentials", id]);
    assert!(kept.contains(renewed["accessToken"]["accessKeyId"].as_str().unwrap()));
    assert_eq!(token_requests(&home), asked + 1);
    home.mend_locks();
    // Signed out: only the cache goes.
    home.ok(&["logout", "jane-111122223333"]);
    assert!(cache(&home).is_empty());
    assert_eq!(home.read(".aws/config"), config);
    let ran = home.run(&["credentials", id]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.stderr
            .contains("roledex login --console jane-111122223333"),
        "{ran:?}"
    );
    home.ok(&["undo"]);
    assert!(!home.read(".aws/config").contains("jane-111122223333"));
}

#[test]
fn another_identity_than_the_wanted_one_is_refused_and_nothing_is_written() {
    let home = home();
    let config = home.read(".aws/config");
    let refused = |ran: &Ran, wanted: &str| {
        assert_eq!(ran.code, 5, "{ran:?}");
        assert!(
            ran.stderr.contains("111122223333/jane") && ran.stderr.contains(wanted),
            "{ran:?}"
        );
        assert_eq!(home.read(".aws/config"), config);
        assert!(cache(&home).is_empty());
    };
    refused(
        &sign_in(&home, &["--expect", "555566667777/Ops"], JANE),
        "555566667777/Ops",
    );
    refused(
        &sign_in(&home, &["--expect", "444455556666"], JANE),
        "444455556666",
    );
    // The profile's own session.
    refused(&sign_in(&home, &["console"], JANE), "555566667777/Ops");
    let ran = sign_in(&home, &["console", "--expect", "555566667777/ops"], OPS);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "console\n"), "{ran:?}");
    let ran = sign_in(&home, &["console", "--yes"], JANE);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        home.read(".aws/config")
            .contains(&format!("[profile console]\nlogin_session = {JANE}\n"))
    );
}

#[test]
fn a_session_whose_profile_cannot_be_written_leaves_the_earlier_one() {
    let home = home();
    assert_eq!(sign_in(&home, &["console"], OPS).code, 0);
    let before = fs::read_to_string(&cache(&home)[0]).unwrap();
    let (child, url) = start(&home, &["second"], Stdio::null());
    // Another program takes the name meanwhile.
    let taken = "[profile second]\naws_access_key_id = AKIAX\naws_secret_access_key = s\n";
    home.write(".aws/config", &(home.read(".aws/config") + taken));
    let back = pick_console_session(&url, OPS).location.unwrap();
    browse(&back, None);
    let ran = ended(&home, child);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("from another source"), "{ran:?}");
    assert_eq!(fs::read_to_string(&cache(&home)[0]).unwrap(), before);
}

#[test]
fn profiles_with_other_credentials_are_refused_before_anything_is_asked() {
    let home = home();
    // The AWS CLI refuses a profile of Identity Center of which a part is missing.
    let half = "[profile half]\nsso_role_name = Admin\n";
    home.write(".aws/config", &(home.read(".aws/config") + half));
    let config = home.read(".aws/config");
    for (name, key) in [
        ("half", "sso_role_name"),
        ("jane", "aws_access_key_id"),
        ("deploy", "role_arn"),
        ("tool", "credential_process"),
    ] {
        let ran = home.run(&["login", "--console", name, "--no-open"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains(key), "{ran:?}");
    }
    assert_eq!(home.read(".aws/config"), config);
    assert_eq!(home.sim.requests().len(), 0);
}

#[test]
fn an_identity_without_the_permission_names_the_policy() {
    let home = home();
    let ran = sign_in(&home, &[], VIEWER);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(
        ran.stderr.contains("SignInLocalDevelopmentAccess"),
        "{ran:?}"
    );
    assert!(cache(&home).is_empty());
}

#[test]
fn a_browser_on_another_device_brings_a_text() {
    use std::io::Write as _;
    let home = home();
    let paste = |text: &dyn Fn(&str) -> String| {
        let (mut child, url) = start(&home, &["remote one", "--remote"], Stdio::piped());
        let page = pick_console_session(&url, OPS);
        let query = page.location.unwrap_or_default();
        let shown = match query.split_once('?') {
            Some((_, query)) => base64::engine::general_purpose::STANDARD.encode(query),
            None => page.text,
        };
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(text(&shown).as_bytes()).unwrap();
        drop(stdin);
        ended(&home, child)
    };
    let other = base64::engine::general_purpose::STANDARD.encode("state=x&code=y");
    assert_eq!(paste(&|_| format!("{other}\n")).code, 5);
    assert_eq!(paste(&|_| "nonsense\n".to_owned()).code, 2);
    assert!(cache(&home).is_empty());
    let ran = paste(&|shown| format!("{shown}\n"));
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "remote one\n"),
        "{ran:?}"
    );
    assert!(
        home.read(".aws/config")
            .contains("[profile \"remote one\"]\n")
    );
    assert_eq!(
        cached(&home)["clientId"],
        "arn:aws:signin:::devtools/cross-device"
    );
    home.ok(&["credentials", "profile:remote%20one"]);
}

#[test]
fn a_wrong_text_is_asked_for_again_on_a_terminal() {
    let home = home();
    let args = ["login", "--console", "remote", "--remote"];
    let mut terminal = Terminal::roledex(&home, &args, (300, 20));
    terminal.wait("paste the text of its last page here");
    let screen = terminal.text();
    let url = screen.split("address").nth(1).unwrap();
    let page = pick_console_session(url.split_whitespace().next().unwrap(), OPS);
    let query = page.location.unwrap_or_default();
    let shown = match query.split_once('?') {
        Some((_, query)) => base64::engine::general_purpose::STANDARD.encode(query),
        None => page.text,
    };
    terminal.press("nonsense\r");
    terminal.wait("Paste the text again");
    terminal.press(&format!("\r{shown}\r"));
    assert_eq!(terminal.ended(), 0);
    assert!(home.read(".aws/config").contains("[profile remote]"));
}

#[test]
fn many_processes_renew_once() {
    let home = home();
    assert_eq!(sign_in(&home, &["console"], OPS).code, 0);
    set_left(&home, -60);
    let asked = token_requests(&home);
    let children: Vec<Child> = (0..24)
        .map(|_| {
            home.command(ROLEDEX)
                .args(["credentials", "profile:console"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let outputs: Vec<Ran> = children
        .into_iter()
        .map(|child| Ran::new(&child.wait_with_output().unwrap()))
        .collect();
    for ran in &outputs {
        assert_eq!((ran.code, &ran.stdout), (0, &outputs[0].stdout), "{ran:?}");
    }
    assert_eq!(token_requests(&home), asked + 1);
}

#[test]
fn keys_that_live_are_used_when_they_cannot_be_renewed() {
    use roledex::internals::sim::ConsoleFault;
    let home = home();
    assert_eq!(sign_in(&home, &["console"], OPS).code, 0);
    for (fault, code) in [
        (ConsoleFault::RateExceeded, 6),
        (ConsoleFault::ServerError, 6),
        (ConsoleFault::TokenExpired, 3),
        (ConsoleFault::UserCredentialsChanged, 3),
    ] {
        home.sim.fail_console_tokens(Some(fault));
        set_left(&home, 120);
        home.ok(&["credentials", "profile:console"]);
        set_left(&home, -1);
        let ran = home.run(&["credentials", "profile:console"]);
        assert_eq!(ran.code, code, "{fault:?}: {ran:?}");
        if code == 3 {
            assert!(
                ran.stderr.contains("roledex login --console console"),
                "{ran:?}"
            );
        }
    }
    home.sim.fail_console_tokens(None);
    home.ok(&["credentials", "profile:console"]);
}

#[test]
fn the_sdks_use_and_renew_a_session_that_roledex_signed_in_and_it_renews_theirs() {
    let home = home();
    assert_eq!(
        sign_in(&home, &["console", "--region", "eu-west-1"], OPS).code,
        0
    );
    let sdks: Vec<Sdk> = Sdk::all()
        .into_iter()
        .filter(|sdk| ["AWS SDK for Go v2", "AWS SDK for JavaScript v3"].contains(&sdk.name))
        .collect();
    for sdk in &sdks {
        for left in [600, -60] {
            set_left(&home, left);
            let before = cached(&home)["refreshToken"].clone();
            let answer = sdk.who(&home, &["console"]).remove(0);
            assert!(answer.starts_with(OPS), "{}: {answer}", sdk.name);
            assert_eq!(
                cached(&home)["refreshToken"] != before,
                left < 0,
                "{}",
                sdk.name
            );
        }
        set_left(&home, -60);
        home.ok(&["credentials", "profile:console"]);
    }
    let Some(python) = botocore_with_login() else {
        return;
    };
    let script = "import boto3; print(boto3.Session(profile_name='console').client('sts').get_caller_identity()['Arn'])";
    for left in [600, -60] {
        set_left(&home, left);
        let before = cached(&home)["refreshToken"].clone();
        let output = Command::new(&python)
            .args(["-c", script])
            .env_clear()
            .envs(home.env())
            .output()
            .unwrap();
        let ran = Ran::new(&output);
        assert!(ran.stdout.starts_with(OPS), "{ran:?}");
        assert_eq!(cached(&home)["refreshToken"] != before, left < 0);
    }
    // What botocore wrote is renewed by roledex.
    set_left(&home, -60);
    let before = cached(&home)["refreshToken"].clone();
    home.ok(&["credentials", "profile:console"]);
    assert_ne!(cached(&home)["refreshToken"], before);
}

#[test]
fn a_role_is_assumed_with_a_session_and_doctor_knows_it() {
    let home = home();
    let config = home.read(".aws/config")
        + "[profile via]\nrole_arn = arn:aws:iam::444455556666:role/Anybody\nsource_profile = console\n";
    home.write(".aws/config", &config);
    let ran = home.run(&["credentials", "profile:via"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.stderr.contains("roledex login --console console"),
        "{ran:?}"
    );
    let doctor = home.run(&["doctor"]).stdout;
    assert!(
        doctor.contains("the profile console is not signed in to the console"),
        "{doctor}"
    );
    assert_eq!(sign_in(&home, &["console"], OPS).code, 0);
    home.ok(&["credentials", "profile:via"]);
    let doctor = home.run(&["doctor"]).stdout;
    assert!(
        doctor.contains("the profile console has a console session, with credentials for"),
        "{doctor}"
    );
    fs::set_permissions(&cache(&home)[0], fs::Permissions::from_mode(0o644)).unwrap();
    let doctor = home.run(&["doctor"]).stdout;
    assert!(doctor.contains(".aws/login/cache/"), "{doctor}");
    // Nothing of the session is left after it, nor of the role, nor of a session in a file that is damaged.
    home.write(
        ".aws/login/cache/half.json",
        r#"{"accessToken": {"secretAccessKey": "zz"#,
    );
    home.ok(&["logout", "--all"]);
    assert!(cache(&home).is_empty());
    assert_eq!(home.run(&["credentials", "profile:via"]).code, 3);
}

#[test]
fn a_session_whose_profile_has_the_name_of_a_portal_can_be_signed_out_of() {
    let home = home();
    assert_eq!(sign_in(&home, &["console"], OPS).code, 0);
    let url = "https://d-1234567890.awsapps.com/start";
    let add = ["portal", "add", "console", "--start-url", url, "--region"];
    home.ok(&[&add[..], &["eu-west-1"]].concat());
    home.ok(&["logout", "console"]);
    assert_eq!(cache(&home).len(), 1, "that was the portal");
    let ran = home.run(&["logout", "profile:console", "--browser"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(cache(&home).is_empty());
    for told in ["signed out the profile console", "of the capture browser"] {
        assert!(ran.stderr.contains(told), "{ran:?}");
    }
    let ran = home.run(&["logout", "profile:nobody"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("no console session"), "{ran:?}");
}

#[test]
fn a_session_that_cannot_be_read_keeps_neither_the_versions_for_undo_nor_the_browser() {
    let home = home();
    assert_eq!(sign_in(&home, &["console"], OPS).code, 0);
    fs::create_dir(home.path(".aws/login/cache/odd.json")).unwrap();
    home.write(".local/share/roledex/browser/Default/Cookies", "a sign-in");
    let ran = home.run(&["logout", "--all", "--browser"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.stderr.contains("odd.json"), "{ran:?}");
    assert!(!ran.stderr.contains("nothing was changed"), "{ran:?}");
    assert!(!home.path(".local/share/roledex/browser").exists());
    let undone = home.run(&["undo"]);
    assert_eq!(undone.code, 1, "{undone:?}");
}

#[test]
fn a_token_that_has_expired_at_the_sign_in_means_a_wrong_clock() {
    use roledex::internals::sim::ConsoleFault;
    let home = home();
    for (fault, code, words) in [
        (ConsoleFault::TokenExpired, 1, "check this machine's clock"),
        (ConsoleFault::AuthcodeExpired, 1, "took too long"),
        (ConsoleFault::UserCredentialsChanged, 1, "were changed"),
    ] {
        home.sim.fail_console_tokens(Some(fault));
        let ran = sign_in(&home, &[], JANE);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
        assert!(cache(&home).is_empty());
    }
}

#[test]
fn the_user_is_asked_before_another_identity_takes_a_profiles_place() {
    let home = home();
    let config = home.read(".aws/config");
    for (answer, code) in [("n\r", 5), ("y\r", 0)] {
        home.sim.pick_console_session(Some(JANE));
        let mut terminal = Terminal::roledex(
            &home,
            &["login", "--console", "console", "--no-open"],
            (300, 20),
        );
        // The line after the address.
        terminal.wait("add --remote");
        let screen = terminal.text();
        let url = screen.split("address").nth(1).unwrap();
        let back = browse(url.split_whitespace().next().unwrap(), None);
        browse(&back.location.unwrap(), None);
        terminal.wait("Replace it? [y/N]");
        assert_eq!(
            home.read(".aws/config"),
            config,
            "nothing before the answer"
        );
        assert!(cache(&home).is_empty());
        terminal.press(answer);
        assert_eq!(terminal.ended(), code);
    }
    assert!(home.read(".aws/config").contains(JANE));
}

#[test]
fn a_session_is_renewed_in_the_region_of_its_sign_in() {
    let home = home();
    let ran = sign_in(&home, &["console", "--region", "eu-west-1"], OPS);
    assert_eq!(ran.code, 0, "{ran:?}");
    let config = home.read(".aws/config");
    let moved = config.replace(
        &format!("login_session = {OPS}\nregion = eu-west-1\n"),
        &format!("login_session = {OPS}\nregion = us-west-2\n"),
    );
    assert_ne!(moved, config);
    home.write(".aws/config", &moved);
    set_left(&home, -60);
    // Without the simulator, the error names the host that was asked.
    let asked = || {
        let mut command = home.command(ROLEDEX);
        command.env_remove("AWS_ENDPOINT_URL_SIGNIN");
        let ran = Ran::new(
            &command
                .args(["credentials", "profile:console"])
                .output()
                .unwrap(),
        );
        assert_eq!(ran.code, 6, "{ran:?}");
        ran.stderr
    };
    let error = asked();
    assert!(error.contains("eu-west-1.signin.aws.amazon.com"), "{error}");
    // A program that does not know the field drops it: then the profile's region counts.
    let mut file = cached(&home);
    file.as_object_mut().unwrap().remove("region");
    fs::write(&cache(&home)[0], file.to_string()).unwrap();
    let error = asked();
    assert!(error.contains("us-west-2.signin.aws.amazon.com"), "{error}");
}

#[test]
fn the_cache_is_private_and_where_the_variable_says() {
    let home = home();
    let directory = home.path("elsewhere/logins");
    let mut command = home.command(ROLEDEX);
    home.sim.pick_console_session(Some(OPS));
    let mut child = command
        .env("AWS_LOGIN_CACHE_DIRECTORY", "~/elsewhere/logins")
        .args(["login", "--console", "console", "--no-open"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = log.find_map(|line| Some(line.unwrap().strip_prefix("  address  ")?.to_owned()));
    let back = browse(&url.unwrap(), None);
    browse(&back.location.unwrap(), None);
    let rest: Vec<String> = log.map(Result::unwrap).collect();
    assert!(child.wait().unwrap().success(), "{rest:?}");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = fs::read_dir(&directory).unwrap().next().unwrap().unwrap();
    assert_eq!((mode(&directory), mode(&file.path())), (0o700, 0o600));
    assert!(!home.path(".aws/login").exists());
}
