//! The console of an entry whose sign-in is a secret: the browser is started with a page of this
//! machine, which leads it on once, and nobody else.

#![cfg(unix)]
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::support::terminal::{Terminal, ctrl};
use crate::support::{Home, ROLEDEX, Ran, browse, installed, peer, signal, wait_for};
use roledex::internals::config::{Clock, Ctx, Env};
use roledex::internals::domain::Problem;
use roledex::internals::flow::console::Place;
use roledex::internals::flow::{Confirmation, Flow};
use rustix::process::Signal;

const ENTRY: &str = "ext:Partner/210987654321/Operator";

/// A portal with an account of the organization and an app outside of it, signed in.
fn home() -> Home {
    let home = Home::scenario(
        "[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\nstart_url = \"https://d-9.awsapps.com/start\"\n\
         [[portals.accounts]]\nid = \"333333333333\"\nname = \"sandbox\"\nroles = [\"Admin\"]\n\
         [[portals.apps]]\nname = \"Partner\"\nid = \"ins-0123456789abcdef\"\n\
         roles = [\"arn:aws:iam::210987654321:role/team/Operator\"]\n",
    );
    home.sign_in();
    let app = home.sim.endpoints().apps[0].clone();
    home.ok(&[
        "app", "add", &app.url, "--portal", "p", "--method", "portal",
    ]);
    home
}

/// A program that writes its arguments down, one per line, and does nothing else.
fn stub(home: &Home) -> String {
    let log = home.path("opened");
    let script = format!(
        "#!/bin/sh\nenv > '{0}.env'\nprintf '%s\\n' \"$@\" > '{0}.new'\nmv '{0}.new' '{0}'\n",
        log.display()
    );
    program(home, "stub.sh", &script)
}

fn program(home: &Home, name: &str, script: &str) -> String {
    home.write(name, script);
    let path = home.path(name);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The arguments that the stub was started with.
fn opened(home: &Home) -> Vec<String> {
    let text = wait_for("the opener", || {
        Some(home.read("opened")).filter(|text| !text.is_empty())
    });
    text.lines().map(str::to_owned).collect()
}

fn spawn(home: &Home, browser: &str, args: &[&str]) -> Child {
    home.command(ROLEDEX)
        .args(args)
        .env("BROWSER", browser)
        .env("ROLEDEX_LINES", "export AWS_SECRET_ACCESS_KEY='x'")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn ended(child: Child) -> Ran {
    Ran::new(&child.wait_with_output().unwrap())
}

fn set(home: &Home, line: &str) {
    let settings = home.read(".config/roledex/config.toml");
    home.write(
        ".config/roledex/config.toml",
        &format!("{line}\n{settings}"),
    );
}

/// Times that the federation endpoint was asked.
fn federation(home: &Home) -> usize {
    let requests = home.sim.requests();
    requests
        .iter()
        .filter(|request| request.path.ends_with("/federation"))
        .count()
}

/// A request word for word; what came back, if anything did.
fn say(url: &str, change: impl Fn(String) -> String) -> String {
    let (host, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(change(request).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The answer that another user of this machine gets for the address. `None`: this user cannot become another.
fn as_another_user(url: &str) -> Option<String> {
    const SCRIPT: &str = "if True:
        import os, socket, sys
        host, path = sys.argv[1].removeprefix('http://').split('/', 1)
        try:
            os.setgroups([]); os.setgid(65534); os.setuid(65534)
        except OSError:
            sys.exit(9)
        name, port = host.split(':')
        s = socket.socket()
        s.connect((name, int(port)))
        s.sendall(f'GET /{path} HTTP/1.1\\r\\nHost: {host}\\r\\n\\r\\n'.encode())
        if 'gone' in sys.argv: sys.exit(0)
        if 'half' in sys.argv: s.shutdown(socket.SHUT_WR)
        while part := s.recv(4096): print(part.decode(), end='')
        ";
    if !installed("python3", &["--version"]) {
        return None;
    }
    let run = |more: &[&str]| {
        let mut command = Command::new("python3");
        let output = command.args(["-c", SCRIPT, url]).args(more).output();
        Ran::new(&output.unwrap())
    };
    let ran = run(&[]);
    if ran.code == 9 {
        return None;
    }
    assert_eq!(ran.code, 0, "{ran:?}");
    // The page is not used up by one who does not even wait for an answer, or says no more.
    for how in ["gone", "half"] {
        let ran = run(&[how]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(!ran.stdout.contains("federation"), "{ran:?}");
    }
    Some(ran.stdout)
}

#[test]
fn the_sign_in_is_in_no_argument_and_is_handed_over_once() {
    let home = home();
    let child = spawn(
        &home,
        &stub(&home),
        &["console", "Partner", "--service", "s3"],
    );
    let arguments = opened(&home);
    let [url] = arguments.as_slice() else {
        unreachable!("{arguments:?}")
    };
    let (host, token) = url
        .strip_prefix("http://127.0.0.1:")
        .unwrap()
        .split_once('/')
        .unwrap();
    assert!(host.parse::<u16>().is_ok() && token.len() == 43, "{url}");
    let to = |old: &str, new: &str| say(url, |request| request.replace(old, new));
    let mut similar = token.to_owned();
    let last = similar.pop();
    similar.push(if last == Some('A') { 'B' } else { 'A' });
    for refusal in [
        to("Host: 127.0.0.1", "Host: evil.example"),
        to("GET", "POST"),
        to("Host:", "Sec-Fetch-Mode: no-cors\r\nHost:"),
        to(token, ""),
        to(token, &similar),
    ] {
        assert!(refusal.starts_with("HTTP/1.1 404 "), "{refusal}");
        assert!(!refusal.contains("federation"), "{refusal}");
    }
    let page = browse(url, None);
    assert_eq!(page.status, 302, "{page:?}");
    let there = page.location.unwrap();
    assert!(
        there.starts_with(&home.sim.endpoints().sts) && there.contains("&SigninToken="),
        "{there}"
    );
    let ran = ended(child);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        !ran.stderr.contains(token) && !ran.stdout.contains(token),
        "{ran:?}"
    );
    let address = url
        .strip_prefix("http://")
        .unwrap()
        .split('/')
        .next()
        .unwrap();
    assert!(TcpStream::connect(address).is_err(), "the port is closed");
    let console = browse(&there, None);
    assert_eq!(console.status, 200, "{console:?}");
    assert!(
        console
            .text
            .contains("https://console.aws.amazon.com/s3/home"),
        "{console:?}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn another_user_who_saw_the_address_gets_nothing_and_uses_nothing_up() {
    let home = home();
    let child = spawn(&home, &stub(&home), &["console", "Partner"]);
    let url = opened(&home).remove(0);
    if let Some(answer) = as_another_user(&url) {
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        assert!(!answer.contains("federation"), "{answer}");
    } else {
        assert!(!peer("root, to become another user", false));
    }
    assert_eq!(browse(&url, None).status, 302);
    assert_eq!(ended(child).code, 0);
}

#[test]
fn a_browser_of_the_current_directory_is_not_started() {
    let home = home();
    stub(&home);
    let env = home.env();
    let path = &env.iter().find(|(name, _)| name == "PATH").unwrap().1;
    for path in [format!(":{path}"), format!(".:{path}"), format!("{path}:")] {
        let output = home
            .command(ROLEDEX)
            .args(["console", "sandbox"])
            .current_dir(home.dir.path())
            .env("BROWSER", "stub.sh")
            .env("PATH", path)
            .output()
            .unwrap();
        let ran = Ran::new(&output);
        assert!(ran.stderr.contains("cannot start stub.sh"), "{ran:?}");
        assert!(!home.path("opened.env").exists());
    }
}

#[test]
fn a_command_of_the_settings_gets_the_page_too() {
    let home = home();
    let command = format!(
        "console_command = [\"{}\", \"{{account_id}} {{url}}\", \"u={{url_encoded}}\"]",
        stub(&home)
    );
    set(&home, &command);
    let child = spawn(&home, "", &["console", ENTRY]);
    let arguments = opened(&home);
    let url = arguments[0].strip_prefix("210987654321 ").unwrap();
    let encoded = url.replace(':', "%3A").replace('/', "%2F");
    assert_eq!(arguments[1], format!("u={encoded}"));
    let variables = home.read("opened.env");
    assert!(variables.contains("HOME="), "{variables}");
    assert!(!variables.contains("AWS_"), "{variables}");
    let page = browse(url, None);
    assert!(page.location.unwrap().contains("SigninToken="));
    assert_eq!(ended(child).code, 0);

    // An account of the organization has no secret in its address: nobody is waited for.
    fs::remove_file(home.path("opened")).unwrap();
    home.ok(&["console", "sandbox"]);
    let arguments = opened(&home);
    assert!(
        arguments[0].starts_with("333333333333 https://d-9.awsapps.com/start/#/console?"),
        "{arguments:?}"
    );
}

#[test]
fn a_command_without_an_address_is_not_waited_for_and_one_that_is_not_there_is_told() {
    let home = home();
    let before = home.read(".config/roledex/config.toml");
    set(
        &home,
        &format!("console_command = [\"{}\", \"{{entry}}\"]", stub(&home)),
    );
    home.ok(&["console", "Partner"]);
    assert_eq!(opened(&home), [ENTRY]);
    home.write(".config/roledex/config.toml", &before);
    set(&home, "console_command = [\"/nowhere/browser\", \"{url}\"]");
    let ran = home.run(&["console", "Partner"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("/nowhere/browser"), "{ran:?}");
}

#[test]
fn a_browser_that_is_not_there_or_fails_at_once_is_no_browser() {
    let home = home();
    home.ok(&["use", ENTRY]);
    for (browser, why) in [
        ("false", "false ended with exit code 1"),
        ("/nowhere/firefox", "cannot start /nowhere/firefox"),
    ] {
        let ran = ended(spawn(&home, browser, &["console", "Partner"]));
        assert_ne!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.contains("no browser was opened"), "{ran:?}");
        assert!(ran.stderr.contains(why), "{ran:?}");
        let env = [("BROWSER", browser)];
        let mut terminal = Terminal::open(&home, ROLEDEX, &["--query", "Partner"], (100, 30), &env);
        terminal.wait("Operator");
        terminal.press(&ctrl('o'));
        terminal.wait("Web console");
        terminal.wait(why);
    }
    // The next one of several takes its place.
    let browsers = format!("false:{}", stub(&home));
    let child = spawn(&home, &browsers, &["console", "Partner"]);
    assert_eq!(browse(&opened(&home)[0], None).status, 302);
    let ran = ended(child);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn ctrl_c_cancels() {
    let home = home();
    let child = spawn(&home, &stub(&home), &["console", "Partner"]);
    opened(&home);
    signal(child.id(), Signal::INT);
    let ran = ended(child);
    assert_eq!(ran.code, 130, "{ran:?}");
}

#[test]
fn a_browser_that_stays_open_holds_no_file_of_the_caller() {
    let home = home();
    home.write(
        "stays",
        "#!/bin/sh\necho $$ > \"$HOME/pid\"\nexec sleep 600\n",
    );
    fs::set_permissions(home.path("stays"), fs::Permissions::from_mode(0o755)).unwrap();
    let stays = home.path("stays");
    let command = format!("console_command = [\"{}\", \"{{entry}}\"]", stays.display());
    set(&home, &command);
    // The caller reads a pipe to its end, and has one more copy of it.
    let mut caller = home.command("sh");
    let script = format!("exec 7>&1; '{ROLEDEX}' console sandbox");
    let mut caller = caller
        .args(["-c", &script])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let browser = wait_for("the browser", || home.read("pid").trim().parse().ok());
    let mut output = caller.stdout.take().unwrap();
    let (read, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = output.read_to_end(&mut Vec::new());
        read.send(())
    });
    let closed = ended.recv_timeout(crate::support::WAIT_TIMEOUT);
    signal(browser, Signal::KILL);
    assert!(caller.wait().unwrap().success());
    assert!(closed.is_ok(), "the browser holds the pipe");
}

/// Opens the console for a browser that never comes.
fn in_vain(home: &Home, more: &[(&str, &str)]) -> Problem {
    let mut env: Env = home.env().into_iter().collect();
    for (name, value) in more {
        env = env.with(*name, *value);
    }
    let flow = Flow::new(Arc::new(Ctx::new(env, Clock::System).unwrap()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let id = ENTRY.parse().unwrap();
    runtime.block_on(async {
        let permit = flow.permit(&id, |_| Confirmation::Nobody).await.unwrap();
        let opening = flow.open_console(&permit, &Place::Home, Duration::from_millis(1));
        opening.await.unwrap_err()
    })
}

#[test]
fn where_nobody_comes_the_error_says_what_to_do() {
    let home = home();
    set(&home, "console_command = [\"true\", \"{url}\"]");
    let problem = in_vain(&home, &[]);
    assert!(
        problem.title.contains("no browser opened the page"),
        "{problem:?}"
    );
    let hint = problem.hint.unwrap();
    assert!(
        hint.ends_with(&format!("roledex console {ENTRY} --print")),
        "{hint}"
    );
    for (name, why) in [
        ("SSH_CONNECTION", "an SSH session"),
        ("WSL_DISTRO_NAME", "this is WSL"),
    ] {
        let problem = in_vain(&home, &[(name, "x")]);
        assert!(problem.detail.unwrap().contains(why));
    }
    let url = home.ok(&["console", ENTRY, "--print"]);
    assert!(
        url.contains("SigninToken="),
        "what the hint promises: {url}"
    );
}

#[test]
fn the_switcher_goes_on_while_the_browser_comes() {
    let home = home();
    home.ok(&["use", ENTRY]);
    let browser = stub(&home);
    let env = [("BROWSER", browser.as_str())];
    let mut terminal = Terminal::open(&home, ROLEDEX, &["--query", "Partner"], (100, 30), &env);
    terminal.wait("Operator");
    terminal.press(&ctrl('o'));
    terminal.wait("opening the console of Operator");
    let url = opened(&home).remove(0);
    terminal.press("xyz");
    terminal.wait("Partnerxyz");
    assert_eq!(browse(&url, None).status, 302);
    let screen = terminal.wait("opened the console of Operator in ");
    assert!(!screen.contains("opening the console"), "{screen}");
    assert!(!terminal.text().contains("127.0.0.1"));
}

#[test]
fn a_real_browser_is_led_there() {
    let home = home();
    if !installed("chromium", &["--version"]) {
        return;
    }
    let script = format!(
        "#!/bin/sh\necho $$ > '{0}/browser.pid'\nexec chromium --headless=new --no-sandbox --no-first-run \
         --user-data-dir='{0}/mine' \"$@\" >/dev/null 2>&1\n",
        home.dir.path().display()
    );
    let browser = program(&home, "browser.sh", &script);
    let ran = ended(spawn(&home, &browser, &["console", "Partner"]));
    assert_eq!(ran.code, 0, "{ran:?}");
    wait_for("the console", || (federation(&home) == 2).then_some(()));
    let pid = home.read("browser.pid").trim().parse().unwrap();
    signal(pid, Signal::KILL);
}

#[test]
fn a_role_behind_a_role_is_handed_over_too() {
    let home = home();
    let settings = home.read(".config/roledex/config.toml");
    let chain = "[[chain]]\nname = \"audit\"\nsource = \"org:p/333333333333/Admin\"\n\
                 role_arn = \"arn:aws:iam::444444444444:role/Audit\"\n";
    home.write(
        ".config/roledex/config.toml",
        &format!("{settings}\n{chain}"),
    );
    let child = spawn(&home, &stub(&home), &["console", "audit"]);
    let url = opened(&home).remove(0);
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let page = browse(&url, None);
    assert!(page.location.unwrap().contains("SigninToken="));
    assert_eq!(ended(child).code, 0);
}
