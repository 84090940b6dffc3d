//! The browser's sign-in (PKCE), with the test as the browser and its user.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Child;

use crate::support::{Home, Page, Ran, browse, curl_as_another_user, wait_for};

/// A home with a portal, and a `BROWSER` that notes what it is to open, and runs until `closed` is there.
fn home() -> Home {
    let home = Home::new("startup");
    home.add_portals();
    home.write(
        "browser",
        "#!/bin/sh\nprintf '%s' \"$1\" > \"$HOME/opening\" && mv \"$HOME/opening\" \"$HOME/opened\"\n\
         while [ -d \"$HOME\" ] && [ ! -e \"$HOME/closed\" ]; do sleep 0.05; done\n",
    );
    fs::set_permissions(home.path("browser"), fs::Permissions::from_mode(0o755)).unwrap();
    home
}

/// `roledex login` in the background, and the address that its browser was started with.
fn start(home: &Home, arguments: &[&str]) -> (Child, String) {
    let _ = fs::remove_file(home.path("opened"));
    let child = home
        .command(crate::support::ROLEDEX)
        .env("BROWSER", home.path("browser"))
        .arg("login")
        .args(arguments)
        .stderr(fs::File::create(home.path("login.log")).unwrap())
        .spawn()
        .unwrap();
    let url = wait_for("a page", || {
        fs::read_to_string(home.path("opened"))
            .ok()
            .filter(|url| !url.is_empty())
    });
    (child, url)
}

/// `roledex login` in the background, and the page of the portal that its browser is led to.
fn login(home: &Home, arguments: &[&str]) -> (Child, String) {
    let (child, url) = start(home, arguments);
    let led = browse(&url, None);
    assert_eq!(led.status, 302, "{led:?}");
    home.write("closed", "");
    (child, led.location.unwrap())
}

fn ended(home: &Home, child: Child) -> (i32, String) {
    let ran = Ran::new(&child.wait_with_output().unwrap());
    (ran.code, home.read("login.log"))
}

/// Submits the user's decision on the portal's page. Returns the address of the redirect.
fn answer(home: &Home, url: &str, decision: &str) -> String {
    let page = browse(url, None);
    assert_eq!(page.status, 200, "{page:?}");
    let request = page.request();
    let action = format!("{}/authorize", home.sim.endpoints().oidc);
    let answered = browse(
        &action,
        Some(&format!("request={request}&decision={decision}")),
    );
    assert_eq!(answered.status, 303, "{answered:?}");
    answered.location.unwrap()
}

fn count(home: &Home, path: &str) -> usize {
    let requests = home.sim.requests();
    requests.iter().filter(|known| known.path == path).count()
}

fn cached(home: &Home, word: &str) -> serde_json::Value {
    let files = fs::read_dir(home.path(".aws/sso/cache")).unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let text = texts.into_iter().find(|text| text.contains(word)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_browser_comes_back_by_itself() {
    let home = home();
    let (child, url) = login(&home, &["--browser"]);
    let query: Vec<_> = url.split('&').collect();
    assert!(
        url.contains("/authorize?response_type=code&client_id="),
        "{url}"
    );
    assert!(query.contains(&"scopes=sso%3Aaccount%3Aaccess"), "{url}");
    assert!(!url.contains("secret"), "{url}");
    let back = answer(&home, &url, "allow");
    // Browsers ask for more than they were sent to.
    let favicon = back.split("/oauth").next().unwrap().to_owned() + "/favicon.ico";
    assert_eq!(browse(&favicon, None).status, 404);
    let Page { status, text, .. } = browse(&back, None);
    assert!(status == 200 && text.contains("Allowed"), "{text}");
    let (code, log) = ended(&home, child);
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("Signed in to startup"), "{log}");
    let registration = cached(&home, "grantTypes");
    assert_eq!(
        registration["grantTypes"],
        serde_json::json!(["authorization_code", "refresh_token"])
    );
    let token = cached(&home, "accessToken");
    assert_eq!(token["clientId"], registration["clientId"]);
    // It serves like any other, its refresh included, and the registration is used again.
    home.sim.revoke_tokens(false);
    home.ok(&["list", "--refresh"]);
    let (child, url) = login(&home, &["--browser"]);
    browse(&answer(&home, &url, "allow"), None);
    assert_eq!(ended(&home, child).0, 0);
    assert_eq!(count(&home, "/client/register"), 1);
    assert_eq!(count(&home, "/device_authorization"), 0);
}

#[test]
fn the_users_no_is_told() {
    let home = home();
    let (child, url) = login(&home, &["--browser"]);
    let page = browse(&answer(&home, &url, "deny"), None);
    assert!(page.text.contains("Not signed in"), "{page:?}");
    let (code, log) = ended(&home, child);
    assert_eq!(code, 5, "{log}");
    assert!(log.contains("error: the sign-in was denied"), "{log}");
    assert_eq!(count(&home, "/token"), 0);
}

/// The value of `state` in an address.
fn state_of(url: &str) -> &str {
    let (_, rest) = url.split_once("state=").unwrap();
    rest.split('&').next().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn no_argument_list_has_the_state_and_another_user_gets_nothing_for_what_is_there() {
    let home = home();
    let (child, url) = start(&home, &["--browser"]);
    if let Some(ran) = curl_as_another_user(&[&url]) {
        assert!(ran.stdout.starts_with("HTTP/1.1 404"), "{ran:?}");
    }
    let page = browse(&url, None).location.unwrap();
    let state = state_of(&page);
    assert!(state.len() >= 43, "{page}");
    let arguments: Vec<Vec<u8>> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|process| fs::read(process.unwrap().path().join("cmdline")).ok())
        .collect();
    let contain = |text: &str| {
        let text = text.as_bytes();
        arguments
            .iter()
            .any(|line| line.windows(text.len()).any(|part| part == text))
    };
    assert!(contain(&url), "the browser still runs");
    assert!(!contain(state));
    home.write("closed", "");
    browse(&answer(&home, &page, "allow"), None);
    assert_eq!(ended(&home, child).0, 0);
}

#[test]
fn what_is_not_the_answer_ends_nothing() {
    let home = home();
    let (child, url) = login(&home, &["--browser"]);
    let back = answer(&home, &url, "allow");
    let (start, state) = back.split_once("&state=").unwrap();
    let callback = start.split('?').next().unwrap();
    for stray in [
        format!("{start}&state=another"),
        start.to_owned(),
        format!("{callback}?error=access_denied"),
        format!("{callback}?error=access_denied&state=another"),
    ] {
        let page = browse(&stray, None);
        assert!(
            page.status == 400 && page.text.contains("keeps waiting"),
            "{stray}: {page:?}"
        );
    }
    for query in [
        format!("code=theirs&state={state}"),
        format!("error=access_denied&state={state}"),
    ] {
        if let Some(ran) = curl_as_another_user(&[&format!("{callback}?{query}")]) {
            assert!(ran.stdout.starts_with("HTTP/1.1 400"), "{ran:?}");
        }
    }
    assert_eq!(count(&home, "/token"), 0);
    browse(&back, None);
    let (code, log) = ended(&home, child);
    assert_eq!(code, 0, "{log}");
}

#[test]
fn without_an_opened_browser_the_address_is_there_to_be_opened() {
    let home = home();
    let mut child = home
        .command(crate::support::ROLEDEX)
        .args(["login", "--browser", "--no-open"])
        .stderr(fs::File::create(home.path("login.log")).unwrap())
        .spawn()
        .unwrap();
    let url = wait_for("an address", || {
        let log = home.read("login.log");
        let line = log.lines().find(|line| line.contains("/authorize?"))?;
        log.contains("Ctrl-C")
            .then(|| line.split_whitespace().last().unwrap().to_owned())
    });
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    browse(&answer(&home, &url, "allow"), None);
    assert_eq!(ended(&home, child).0, 0);
}

#[test]
fn over_ssh_a_code_is_used_though_a_browser_could_be_opened() {
    let home = home();
    for (arguments, ssh) in [(&["login"][..], true), (&["login", "--device"], false)] {
        let mut login = home.command(crate::support::ROLEDEX);
        login
            .env("BROWSER", home.path("browser"))
            .args(arguments)
            .stderr(fs::File::create(home.path("login.log")).unwrap());
        if ssh {
            login.env("SSH_TTY", "/dev/pts/1");
        }
        let child = login.spawn().unwrap();
        let code = wait_for("a code", || {
            crate::support::find_code(&home.read("login.log"))
        });
        assert!(home.sim.approve(&code));
        assert_eq!(ended(&home, child).0, 0);
    }
    assert_eq!(count(&home, "/authorize"), 0);
}

#[test]
fn the_simulator_checks_what_the_service_checks() {
    let home = home();
    let (mut child, url) = login(&home, &["--browser"]);
    for (from, to) in [
        ("127.0.0.1%3A", "127.0.0.2%3A"),
        ("S256", "plain"),
        ("client_id=", "client_id=x"),
        ("code_challenge=", "code_challenge=x"),
        ("scopes=", "scope="),
    ] {
        let page = browse(&url.replace(from, to), None);
        assert_eq!((page.status, page.location.as_deref()), (400, None), "{to}");
    }
    let back = answer(&home, &url, "allow");
    let code = back
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    let redirect_uri = back.split('?').next().unwrap();
    let registration = cached(&home, "grantTypes");
    let redeem = || {
        let body = serde_json::json!({
            "clientId": registration["clientId"],
            "clientSecret": registration["clientSecret"],
            "grantType": "authorization_code",
            "code": code,
            "redirectUri": redirect_uri,
            "codeVerifier": "a".repeat(43),
        });
        let token = format!("{}/token", home.sim.endpoints().oidc);
        browse(&token, Some(&body.to_string()))
    };
    let refused = redeem();
    assert!(
        refused.status == 400 && refused.text.contains("invalid_grant"),
        "{refused:?}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_token_cache_that_cannot_be_written_is_told_before_anybody_is_asked() {
    let home = home();
    home.write(".aws/sso", "not a directory");
    for method in ["--device", "--browser"] {
        let ran = home.run(&["login", method, "--no-open"]);
        assert_eq!(ran.code, 7, "{ran:?}");
        assert!(ran.stderr.contains(".aws/sso"), "{ran:?}");
        assert!(!ran.stderr.contains("Sign in to"), "{ran:?}");
    }
    fs::remove_file(home.path(".aws/sso")).unwrap();
    assert_eq!(home.sim.requests().len(), 0);
}
