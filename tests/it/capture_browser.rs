//! The capture browser among hostile pages: a real Chromium takes the user's own response and no other, and
//! asks nobody but the pages that it opens.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::external::{add, app, chromium, home, run, starts};
use crate::support::server::{Answer, Server};
use crate::support::terminal::Terminal;
use crate::support::{Home, ROLEDEX, Ran, wait_for};

const AWS: &str = "https://signin.aws.amazon.com/saml";
const OWN: &str = "210987654321";
const OTHERS: &str = "666666666666";

type Env = Vec<(String, String)>;

fn page(html: &str) -> Answer {
    let html = format!("<!doctype html><body>{html}");
    Answer::Full(200, "content-type: text/html\r\n", html)
}

/// A form with a response, and a script that submits it.
fn form(response: &str) -> String {
    format!(
        "<form method=post action=\"{AWS}\"><input type=hidden name=SAMLResponse value=\"{response}\"></form>\
         <script>const submit = () => document.forms[0].submit()</script>"
    )
}

/// The app Partner, whose page runs a script; an attacker's page at another origin; and an identity provider
/// at a third one, which posts Partner's response.
struct Stage {
    home: Home,
    env: Env,
    go: Arc<AtomicBool>,
    evil: Server,
    _servers: [Server; 2],
}

impl Stage {
    /// `None` without a Chromium. In the script, `EVIL`, `IDP` and `RESPONSE` are the addresses of the other
    /// pages and the attacker's response, `submit()` posts the app's own response, and `told()` waits until
    /// the test says [`Stage::go`].
    fn new(script: &str) -> Option<Self> {
        let apps = app("Partner", "")
            + &format!(
                "[[portals.apps]]\nname = \"Evil\"\nid = \"ins-00000000000000ff\"\nroles = [\"arn:aws:iam::{OTHERS}:role/Evil\"]\n"
            );
        let home = home("", &apps);
        let env = chromium(&home)?;
        let response = |app: &str| home.sim.saml_response(app).unwrap();
        let (own, others) = (response("Partner"), response("Evil"));
        let posting = |response: &str| format!("{}<script>submit()</script>", form(response));
        let (evil, idp) = (posting(&others), posting(&own));
        let garbage = posting("");
        let evil = Server::start(move |request| {
            let is_garbage = request.line.contains("/garbage");
            page(if is_garbage { &garbage } else { &evil })
        });
        let idp = Server::start(move |_| page(&idp));
        let html = format!(
            "<h1>Partner</h1>{}<script>\
             const EVIL = '{}/', IDP = '{}/', AWS = '{AWS}', RESPONSE = '{others}';\
             const told = () => new Promise(done => {{ const timer = setInterval(async () => {{\
               if ((await fetch('/go')).ok) {{ clearInterval(timer); done(); }} }}, 100) }});\
             {script}</script>",
            form(&own),
            evil.url,
            idp.url,
        );
        let go = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&go);
        let portal = Server::start(move |request| match request.line.split(' ').nth(1) {
            Some("/start") => page(&html),
            Some("/go") if told.load(Ordering::SeqCst) => page("go"),
            _ => Answer::page(404),
        });
        let link = format!(
            "{}/start#/saml/default/Partner/ins-0123456789abcdef",
            portal.url
        );
        home.ok(&["app", "add", &link, "--method", "browser"]);
        Some(Self {
            home,
            env,
            go,
            evil,
            _servers: [idp, portal],
        })
    }

    fn go(&self) {
        self.go.store(true, Ordering::SeqCst);
    }

    fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.home.command(ROLEDEX);
        command.args(args).envs(self.env.iter().cloned());
        let log = fs::File::create(self.home.path("log")).unwrap();
        command.stdout(Stdio::piped()).stderr(log).spawn().unwrap()
    }

    fn logged(&self, text: &str) {
        wait_for(text, || self.home.read("log").contains(text).then_some(()));
    }

    fn terminal(&self, args: &[&str]) -> Terminal {
        let env: Vec<(&str, &str)> = self
            .env
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        Terminal::open(&self.home, ROLEDEX, args, (120, 30), &env)
    }

    /// The user's own account is the only one that anything is left of.
    fn is_clean(&self) {
        let list = self.home.ok(&["list", "--kind", "external"]);
        let config = self.home.read(".aws/config");
        assert!(list.contains(OWN) && config.contains(OWN), "{list}{config}");
        assert!(
            !list.contains(OTHERS) && !config.contains(OTHERS),
            "{list}{config}"
        );
    }
}

#[test]
fn frames_and_background_requests_post_nothing() {
    let script = "const frame = () => new Promise(done => {\
           const frame = document.createElement('iframe');\
           frame.onload = () => setTimeout(done, 1000);\
           frame.src = EVIL;\
           document.body.append(frame);\
         });\
         const background = body => fetch(AWS, {method: 'POST', mode: 'no-cors', body}).catch(() => 0);\
         (async () => {\
           navigator.sendBeacon(AWS, 'x=1');\
           await background(new URLSearchParams({SAMLResponse: RESPONSE}));\
           await frame();\
           submit();\
         })();";
    let Some(stage) = Stage::new(script) else {
        return;
    };
    let ran = run(&stage.home, &stage.env, &["use", "Partner"]);
    assert_eq!(
        (ran.code, ran.stdout.trim()),
        (0, "Operator-210987654321"),
        "{ran:?}"
    );
    assert_eq!(stage.evil.asked(), 1);
    stage.is_clean();
}

#[test]
fn a_page_of_another_origin_is_refused_where_nobody_can_be_asked() {
    let script = "window.open(EVIL); told().then(submit)";
    let Some(stage) = Stage::new(script) else {
        return;
    };
    let child = stage.spawn(&["use", "Partner"]);
    stage.logged(&format!(
        "it is for the account {OTHERS}, which is not confirmed, and there is no terminal to ask on; still waiting"
    ));
    stage.go();
    let ran = Ran::new(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?} {}", stage.home.read("log"));
    stage.is_clean();
    // From now on the attacker's account is not even asked about.
    let ran = run(
        &stage.home,
        &stage.env,
        &["refresh", "ext:Partner/210987654321/Operator"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(starts(&stage.home), (1, 1));
    stage.is_clean();
}

#[test]
fn the_account_of_an_identity_provider_is_confirmed_once() {
    let script = "if (location.search) location = IDP; else { window.open(EVIL); told().then(() => location = IDP) }";
    let Some(stage) = Stage::new(script) else {
        return;
    };
    let mut terminal = stage.terminal(&["use", "Partner"]);
    terminal.wait("account  666666666666 (Evil)");
    terminal.wait("Is this your account?");
    terminal.press("n\r");
    terminal.wait("[y/N] n");
    stage.go();
    terminal.wait("account  210987654321 (Operator)");
    terminal.press("y\r");
    assert_eq!(terminal.ended(), 0, "{}", terminal.text());
    assert_eq!(stage.home.ok(&["app", "trust", "Partner"]).trim(), OWN);
    stage.is_clean();
    let refresh = ["refresh", "ext:Partner/210987654321/Operator"];
    let ran = run(&stage.home, &stage.env, &refresh);
    assert_eq!((ran.code, starts(&stage.home)), (0, (1, 1)), "{ran:?}");
    stage.is_clean();
}

#[test]
fn a_page_cannot_end_the_capture_or_speak_for_the_portal() {
    // The post of another page has no response.
    let script = "window.open(EVIL + 'garbage');\
         JSON.stringify = () => '{\"host\":\"' + location.host + '\",\"words\":\"not assigned, says the page\"}';\
         told().then(() => setTimeout(submit, 4000))";
    let Some(stage) = Stage::new(script) else {
        return;
    };
    let child = stage.spawn(&["use", "Partner"]);
    stage.logged("refused a posted response: the SAML response is empty");
    stage.go();
    let ran = Ran::new(&child.wait_with_output().unwrap());
    let log = stage.home.read("log");
    assert!(!log.contains("says the page"), "{log}");
    assert_eq!(ran.code, 0, "{log}");
}

/// A proxy that writes down what it is asked for, and connects to nothing.
fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut line = String::new();
            let _ = BufReader::new(stream).read_line(&mut line);
            log.lock().unwrap().push(line);
        }
    });
    (address, asked)
}

#[test]
fn the_browser_asks_nobody_but_the_pages() {
    let home = home("by_itself = true", &app("Partner", ""));
    let Some(env) = chromium(&home) else { return };
    let (address, asked) = proxy();
    let script = home.read("browser.sh");
    let script = script.replace("\"$@\"\n", &format!("--proxy-server={address} \"$@\"\n"));
    home.write("browser.sh", &script);
    add(&home, "browser");
    let hosts = || {
        let mut asked = std::mem::take(&mut *asked.lock().unwrap());
        // It connects to the address of the form before it is told that the post stops here.
        asked.retain(|line| !line.starts_with("CONNECT signin.aws.amazon.com:443 "));
        asked
    };
    let ran = run(&home, &env, &["use", "Partner"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let asked = hosts();
    let is_known = |line: &String| line.starts_with("CONNECT accounts.google.com:443 ");
    assert!(asked.iter().all(is_known), "{asked:?}");
    let ran = run(
        &home,
        &env,
        &["refresh", "ext:Partner/210987654321/Operator"],
    );
    assert_eq!((ran.code, starts(&home)), (0, (1, 1)), "{ran:?}");
    assert_eq!(hosts(), [""; 0], "without a window");
}
