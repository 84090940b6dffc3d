//! SAML responses that are posted to this machine: the user's own is taken, no other.

#![cfg(unix)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use crate::support::terminal::{ENTER, Terminal};
use crate::support::{Home, ROLEDEX, Ran, browse, curl_as_another_user, installed, wait_for};

const OWN: &str = "210987654321";

/// A port that nobody listens on, and that the system gives to nobody who asks for any: those begin far above.
fn port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    let mut ports = (0..).map(|_| first + TAKEN.fetch_add(1, Ordering::Relaxed));
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.find(is_free).unwrap()
}

/// The app Lab of this user, and two apps of an attacker; all of them post to the same port.
struct Stage {
    home: Home,
    acs: String,
}

impl Stage {
    fn new() -> Self {
        let port = port();
        let acs = format!("http://127.0.0.1:{port}/saml/acs");
        let apps = [
            ("Lab", OWN),
            ("Evil", "666666666666"),
            ("Eve", "777777777777"),
        ];
        let mut scenario = "[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\n\
                            start_url = \"https://d-9.awsapps.com/start\"\n"
            .to_owned();
        for (at, (name, account)) in apps.iter().enumerate() {
            scenario += &format!(
                "[[portals.apps]]\nname = \"{name}\"\nid = \"ins-000000000000000{at}\"\nacs = \"{acs}\"\n\
                 roles = [\"arn:aws:iam::{account}:role/Operator\"]\n"
            );
        }
        let home = Home::scenario(&scenario);
        home.write("browser", "#!/bin/sh\necho > \"$HOME/opened\"\n");
        fs::set_permissions(home.path("browser"), fs::Permissions::from_mode(0o755)).unwrap();
        let url = home.sim.endpoints().apps[0].url.clone();
        let port = port.to_string();
        home.ok(&["app", "add", &url, "--method", "loopback", "--port", &port]);
        Self { home, acs }
    }

    fn spawn(&self, args: &[&str]) -> Child {
        let child = self
            .home
            .command(ROLEDEX)
            .args(args)
            .env("BROWSER", self.home.path("browser"))
            .stdout(Stdio::piped())
            .stderr(fs::File::create(self.home.path("log")).unwrap())
            .spawn()
            .unwrap();
        self.opened();
        child
    }

    /// Waits until the browser is opened, and forgets that it was.
    fn opened(&self) {
        wait_for("the browser", || {
            fs::remove_file(self.home.path("opened")).ok()
        });
    }

    fn logged(&self, text: &str) {
        wait_for(text, || self.home.read("log").contains(text).then_some(()));
    }

    fn ended(&self, child: Child) -> Ran {
        let ran = Ran::new(&child.wait_with_output().unwrap());
        let stderr = self.home.read("log");
        Ran { stderr, ..ran }
    }

    /// The form of a genuine response of an app.
    fn form(&self, app: &str) -> String {
        let response = self.home.sim.saml_response(app).unwrap();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("SAMLResponse", &response).finish()
    }

    fn post(&self, app: &str) -> u16 {
        browse(&self.acs, Some(&self.form(app))).status
    }
}

/// Serves one page that posts a response to `acs` as soon as it is loaded; its address.
fn page_that_posts(acs: &str, response: &str, policy: &str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let html = format!(
        "<!doctype html><form method=post action=\"{acs}\"><input name=SAMLResponse value=\"{response}\"></form>\
         <script>document.forms[0].submit()</script>"
    );
    let reply = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nReferrer-Policy: {policy}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{html}",
        html.len()
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(reply.as_bytes());
        }
    });
    format!("http://{address}/")
}

#[test]
fn a_page_that_posts_its_own_response_is_refused_and_the_right_one_is_taken() {
    if !installed("chromium", &["--version"]) {
        return;
    }
    let stage = Stage::new();
    stage.home.ok(&["app", "trust", "Lab", OWN]);
    let child = stage.spawn(&["use", "Lab"]);
    for (app, account, policy) in [
        ("Evil", "666666666666", "strict-origin-when-cross-origin"),
        // Its Origin is null.
        ("Eve", "777777777777", "no-referrer"),
    ] {
        let response = stage.home.sim.saml_response(app).unwrap();
        let page = page_that_posts(&stage.acs, &response, policy);
        let mut chromium = Command::new("chromium")
            .args(["--headless=new", "--no-sandbox", "--no-first-run"])
            .arg(format!(
                "--user-data-dir={}",
                stage.home.path(app).display()
            ))
            .arg(page)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        stage.logged(&format!(
            "it is for the account {account}, which is not confirmed"
        ));
        chromium.kill().unwrap();
        chromium.wait().unwrap();
    }
    assert_eq!(stage.post("Lab"), 200);
    let ran = stage.ended(child);
    assert_eq!(
        (ran.code, ran.stdout.trim()),
        (0, "Operator-210987654321"),
        "{ran:?}"
    );
    let config = stage.home.read(".aws/config");
    assert!(
        !config.contains("666666666666") && !config.contains("777777777777"),
        "{config}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn another_user_cannot_post() {
    let stage = Stage::new();
    stage.home.ok(&["app", "trust", "Lab", OWN]);
    let child = stage.spawn(&["use", "Lab"]);
    for app in ["Evil", "Lab"] {
        if let Some(ran) = curl_as_another_user(&["-d", &stage.form(app), &stage.acs]) {
            assert!(ran.stdout.starts_with("HTTP/1.1 403"), "{ran:?}");
            assert!(ran.stdout.contains("another user"), "{ran:?}");
        }
    }
    assert_eq!(stage.post("Lab"), 200);
    assert_eq!(stage.ended(child).code, 0);
}

#[test]
fn the_first_response_is_confirmed_on_the_terminal_and_is_remembered() {
    let stage = Stage::new();
    let browser = stage.home.path("browser").to_str().unwrap().to_owned();
    let env = [("BROWSER", browser.as_str())];
    let mut terminal = Terminal::open(&stage.home, ROLEDEX, &["use", "Lab"], (120, 30), &env);
    stage.opened();
    assert_eq!(stage.post("Evil"), 200);
    terminal.wait("account  666666666666 (Operator)");
    terminal.wait("Is this your account?");
    terminal.press("n\r");
    // The page that was declined asks no second time.
    terminal.wait("[y/N] n");
    wait_for("the answer", || (stage.post("Evil") == 403).then_some(()));
    assert_eq!(stage.post("Lab"), 200);
    terminal.wait("account  210987654321 (Operator)");
    terminal.press("y\r");
    terminal.wait("Operator-210987654321");
    assert_eq!(terminal.ended(), 0, "{}", terminal.text());
    assert_eq!(stage.home.ok(&["app", "trust", "Lab"]).trim(), OWN);
    // From now on no question is asked, and the issuer counts too.
    let assertion = stage.home.sim.saml_response("Lab").unwrap();
    stage.home.write("response", &assertion);
    assert!(
        stage
            .home
            .read(".local/state/roledex/confirmed.json")
            .contains("saml/assertion")
    );
    let _ = fs::remove_dir_all(stage.home.path(".cache/roledex/apps"));
    let child = stage.spawn(&["use", "Lab"]);
    assert_eq!(stage.post("Evil"), 403);
    assert_eq!(stage.post("Lab"), 200);
    let ran = stage.ended(child);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("666666666666"), "{ran:?}");
    stage.home.ok(&["app", "trust", "Lab", "--forget"]);
    assert_eq!(stage.home.ok(&["app", "trust", "Lab"]), "");
}

#[test]
fn the_switcher_asks_in_a_dialog() {
    let stage = Stage::new();
    let browser = stage.home.path("browser").to_str().unwrap().to_owned();
    let env = [("BROWSER", browser.as_str())];
    let mut terminal = Terminal::open(&stage.home, ROLEDEX, &["--query", "Lab"], (120, 30), &env);
    terminal.wait("Lab");
    terminal.press(ENTER);
    stage.opened();
    assert_eq!(stage.post("Evil"), 200);
    terminal.wait("Operator in 666666666666");
    terminal.press(ENTER);
    terminal.wait("Sign in in your browser");
    assert_eq!(stage.post("Lab"), 200);
    terminal.wait("Operator in 210987654321");
    terminal.press("y");
    wait_for("the profile", || {
        stage
            .home
            .read(".aws/config")
            .contains("ext:Lab/210987654321/Operator")
            .then_some(())
    });
    assert!(!stage.home.read(".aws/config").contains("666666666666"));
}

#[test]
fn without_a_terminal_the_accounts_have_to_be_named() {
    let stage = Stage::new();
    let mut command = stage.home.command(ROLEDEX);
    command
        .args(["use", "Lab"])
        .env("BROWSER", stage.home.path("browser"));
    let ran = Ran::new(&command.output().unwrap());
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(
        ran.stderr.contains("roledex app trust Lab ACCOUNT_ID"),
        "{ran:?}"
    );
    assert!(!stage.home.path("opened").exists(), "no browser was opened");
    assert_eq!(stage.home.run(&["app", "trust", "Lab", "12"]).code, 2);
    assert_eq!(stage.home.run(&["app", "trust", "Nobody", OWN]).code, 4);
}
