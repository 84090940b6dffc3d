//! Console sign-ins and codes of MFA devices in the switcher, with the test as the browser and its user.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::terminal::{ENTER, ESC, Terminal, ctrl};
use crate::support::{Home, ROLEDEX, browse, pick_console_session, wait_for};

const LARGE: (u16, u16) = (100, 30);
const F8: &str = "\x1b[19~";
const JANE: &str = "arn:aws:iam::111122223333:user/jane";
const OPS: &str = "arn:aws:sts::555566667777:assumed-role/Ops/jane";

/// A home with a `BROWSER` that notes what it is to open.
fn home(fill: bool) -> Home {
    let home = Home::new("mixed");
    if fill {
        home.fill();
    }
    home.write(
        "browser",
        "#!/bin/sh\nprintf '%s' \"$1\" > \"$HOME/opening\" && mv \"$HOME/opening\" \"$HOME/opened\"\n",
    );
    fs::set_permissions(home.path("browser"), fs::Permissions::from_mode(0o755)).unwrap();
    home
}

fn switcher(home: &Home, args: &[&str]) -> Terminal {
    let browser = home.path("browser");
    let env = [("BROWSER", browser.to_str().unwrap())];
    Terminal::open(home, ROLEDEX, args, LARGE, &env)
}

/// The switcher with the row of a profile selected.
fn on(home: &Home, name: &str) -> Terminal {
    let mut terminal = switcher(home, &[]);
    terminal.wait("type to search");
    terminal.press(name);
    terminal.wait(" 1/");
    terminal
}

/// The page that the browser was led to.
fn opened(home: &Home) -> String {
    let url = wait_for("a page", || {
        fs::read_to_string(home.path("opened"))
            .ok()
            .filter(|url| !url.is_empty())
    });
    fs::remove_file(home.path("opened")).unwrap();
    let led = browse(&url, None);
    assert_eq!(led.status, 302, "{led:?}");
    led.location.unwrap()
}

/// Picks a session on the page in the browser of this machine.
fn pick(home: &Home, arn: &str) {
    let back = pick_console_session(&opened(home), arn).location.unwrap();
    browse(&back, None);
}

/// The text that the last page on another device shows.
fn shown(url: &str, arn: &str) -> String {
    let back = pick_console_session(url, arn).location.unwrap();
    let page = browse(&back, None);
    let text = page.text.split("overflow-wrap: anywhere\">").nth(1);
    text.unwrap().split('<').next().unwrap().to_owned()
}

#[test]
fn the_first_run_starts_with_a_console_session() {
    let home = home(false);
    let mut terminal = switcher(&home, &[]);
    terminal.wait("No portal? F8 signs in to the AWS console instead.");
    terminal.press(F8);
    terminal.wait("Press Enter to sign in");
    assert!(
        !home.path("opened").exists(),
        "nothing before the user's key"
    );
    terminal.press("o");
    terminal.wait("Pick the session that you want to use.");
    pick(&home, JANE);
    terminal.wait("signed in to the console as 111122223333/jane");
    terminal.wait("jane-111122223333");
    let config = home.read(".aws/config");
    assert!(
        config.contains(&format!(
            "[profile jane-111122223333]\nlogin_session = {JANE}\n"
        )),
        "{config}"
    );
    terminal.press(ENTER);
    terminal.wait("profile jane-111122223333 is ready");
    home.ok(&["credentials", "profile:jane-111122223333"]);
}

#[test]
fn a_session_that_is_over_is_signed_in_on_another_device_and_the_use_goes_on() {
    let home = home(true);
    let mut terminal = on(&home, "'console'");
    terminal.press(ENTER);
    terminal.wait("profile console");
    terminal.press("d");
    terminal.wait("Then paste the text of its last page here.");
    terminal.wait("Pick the session 555566667777/Ops.");
    terminal.press(&ctrl('y'));
    terminal.wait("sent the address to the clipboard");
    let url = terminal.copied();
    assert!(url.contains("cross-device"), "{url}");
    let paste = |terminal: &mut Terminal, text: &str| {
        terminal.press(&format!("\x1b[200~{text}\x1b[201~"));
        terminal.wait("characters pasted");
        assert!(!terminal.text().contains(text), "it is a secret");
        terminal.press(ENTER);
    };
    paste(&mut terminal, "bm9uc2Vuc2U=");
    terminal.wait("copy the whole text");
    paste(&mut terminal, &shown(&url, OPS));
    terminal.wait("profile console is ready");
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 0);
    home.ok(&["credentials", "profile:console"]);
}

#[test]
fn another_session_is_asked_about_and_the_default_is_no() {
    let home = home(true);
    let config = home.read(".aws/config");
    let mut terminal = on(&home, "'console'");
    terminal.press(&ctrl('l'));
    terminal.wait("Press Enter to sign in");
    terminal.press("o");
    terminal.wait("Pick the session 555566667777/Ops.");
    pick(&home, JANE);
    terminal.wait("You signed in as 111122223333/jane");
    terminal.press(ENTER);
    terminal.wait("Enter tries again.");
    assert_eq!(home.read(".aws/config"), config);
    assert!(
        !home.path(".aws/login/cache").exists()
            || home.run(&["credentials", "profile:console"]).code == 3
    );
    terminal.press("o");
    pick(&home, JANE);
    terminal.wait("You signed in as 111122223333/jane");
    terminal.press("y");
    terminal.wait("signed in to the console as 111122223333/jane");
    assert!(
        home.read(".aws/config")
            .contains(&format!("login_session = {JANE}"))
    );
    // The same key signs out.
    terminal.press(&ctrl('u'));
    terminal.press("'console'");
    terminal.wait(" 1/");
    terminal.press(&ctrl('l'));
    terminal.wait("Sign out of the console session of console?");
    terminal.press("y");
    terminal.wait("signed out of console");
    assert_eq!(home.run(&["credentials", "profile:console"]).code, 3);
}

#[test]
fn every_request_goes_on_after_the_sign_in() {
    let home = home(true);
    let config = home.read(".aws/config")
        + "[profile via]\nrole_arn = arn:aws:iam::444455556666:role/Anybody\nsource_profile = console\n";
    home.write(".aws/config", &config);
    // A role that is assumed with the session needs the sign-in of the profile that has it.
    let mut terminal = on(&home, "'via'");
    terminal.press(&ctrl('s'));
    terminal.wait("profile console");
    terminal.press("o");
    pick(&home, OPS);
    terminal.wait("exit to return to roledex");
    terminal.press("echo \"[$ROLEDEX_ENTRY]\"\r");
    terminal.wait("[profile:via]");
    terminal.press("exit\r");
    terminal.wait("left the subshell");
}

#[test]
fn a_denied_sign_in_and_a_canceled_one_lose_nothing() {
    let home = home(true);
    let config = home.read(".aws/config");
    let mut terminal = on(&home, "'console'");
    terminal.press(ENTER);
    terminal.wait("Press Enter to sign in");
    terminal.press("o");
    let back = pick_console_session(&opened(&home), "").location.unwrap();
    browse(&back, None);
    terminal.wait("Enter tries again.");
    terminal.press("o");
    let url = opened(&home);
    terminal.press(ESC);
    terminal.until("no sign-in", |screen| !screen.contains("\u{256d} Sign in"));
    let back = pick_console_session(&url, OPS).location.unwrap();
    assert!(std::net::TcpStream::connect(back.split('/').nth(2).unwrap()).is_err());
    assert_eq!(home.read(".aws/config"), config);
}

#[test]
fn the_demo_signs_in_by_key() {
    let home = Home::new("startup");
    let args = ["demo", "--scenario", "mixed"];
    let mut terminal = Terminal::roledex(&home, &args, LARGE);
    terminal.wait("Workloads");
    terminal.press("'console'");
    terminal.wait(" 1/");
    terminal.press(ENTER);
    terminal.wait("Press Enter to sign in");
    terminal.press(ENTER);
    terminal.wait("Simulated: press a");
    terminal.press("a");
    terminal.wait("profile console is ready");
    terminal.press(&ctrl('u'));
    terminal.press("'guarded'");
    terminal.wait(" 1/");
    terminal.press(ENTER);
    terminal.wait("Simulated: any six digits");
    terminal.press("123456\r");
    terminal.wait("profile guarded is ready");
}

#[test]
fn one_code_serves_every_role_behind_the_device() {
    let home = home(true);
    let mut terminal = on(&home, "'guarded'");
    terminal.press(ENTER);
    terminal.wait("arn:aws:iam::111122223333:mfa/jane");
    terminal.press("12345\r");
    terminal.wait("enter six digits");
    terminal.press("\x7f\x7f\x7f\x7f\x7f000000\r");
    terminal.wait("AWS refused that code");
    terminal.press("123456\r");
    terminal.wait("profile guarded is ready");
    // The others behind the device need no code, and their details say for how long.
    for name in ["break-glass", "jane-mfa"] {
        terminal.press(&ctrl('u'));
        terminal.press(&format!("'{name}'"));
        terminal.wait(" 1/");
        terminal.wait("next code in 11:59:");
        terminal.press(ENTER);
        terminal.wait(&format!("profile {name} is ready"));
    }
    let sessions = home
        .sim
        .requests()
        .iter()
        .filter(|request| request.path == "/")
        .count();
    assert!(sessions >= 4, "{sessions}");
    // Esc gives up, and nothing is used.
    let home = self::home(true);
    let mut terminal = on(&home, "'guarded'");
    terminal.press(ENTER);
    terminal.wait("arn:aws:iam::111122223333:mfa/jane");
    terminal.press(ESC);
    terminal.wait("\u{276f} 'guarded'");
    assert_eq!(home.run(&["credentials", "profile:guarded"]).code, 3);
}
