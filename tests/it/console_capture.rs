//! The capture method `console`: an external account by a console session in the user's own browser.

use std::fs;
use std::process::{Child, Stdio};

use crate::support::sdks::Sdk;
#[cfg(unix)]
use crate::support::terminal::{ENTER, Terminal, ctrl};
use crate::support::{
    Home, ROLEDEX, Ran, botocore_with_login, browse, caller_of, pick_console_session, wait_for,
};

const ENTRY: &str = "ext:partner/210987654321/Operator";
const OPERATOR: &str = "arn:aws:sts::210987654321:assumed-role/Operator/simulated.user@example.com";
const STRANGER: &str = "arn:aws:sts::999988887777:assumed-role/Operator/simulated.user@example.com";

/// A portal with an app that is captured by the console, or by `method`.
fn home(method: &str, more: &str) -> Home {
    let home = Home::scenario(&format!(
        "[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\nstart_url = \"https://d-9.awsapps.com/start\"\n\
         [[portals.apps]]\nname = \"partner\"\nid = \"ins-7061727400000000\"\n\
         roles = [\"arn:aws:iam::210987654321:role/team/Operator\"]\n\
         [console]\n{more}\n[[console.sessions]]\narn = \"{STRANGER}\"\n"
    ));
    let endpoints = home.sim.endpoints().clone();
    let (portal, app) = (&endpoints.portals[0], &endpoints.apps[0]);
    let (url, region) = (&portal.start_url, &portal.region);
    home.ok(&["portal", "add", "p", "--start-url", url, "--region", region]);
    home.ok(&["app", "add", &app.url, "--portal", "p", "--method", method]);
    home
}

/// A command in the background; its messages go to a file.
fn start(home: &Home, arguments: &[&str]) -> Child {
    home.command(ROLEDEX)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(fs::File::create(home.path("capture.log")).unwrap())
        .spawn()
        .unwrap()
}

fn ended(home: &Home, child: Child) -> Ran {
    let ran = Ran::new(&child.wait_with_output().unwrap());
    Ran {
        stderr: home.read("capture.log"),
        ..ran
    }
}

/// Runs a command, and picks a session in the browser.
fn run(home: &Home, arguments: &[&str], arn: &str) -> Ran {
    let child = start(home, arguments);
    let url = wait_for("the address of the console sign-in", || {
        let log = home.read("capture.log");
        let mut words = log.split_whitespace();
        let url = words.find(|word| word.contains("/v1/authorize"))?;
        log.ends_with('\n').then(|| url.to_owned())
    });
    let back = pick_console_session(&url, arn).location.unwrap();
    browse(&back, None);
    ended(home, child)
}

fn trust(home: &Home) {
    home.ok(&["app", "trust", "partner", "210987654321"]);
}

#[test]
fn the_session_becomes_a_profile_that_the_sdks_renew() {
    let home = home("console", "");
    // Nobody can be asked whether an account is theirs.
    let refused = home.run(&["use", "partner"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("roledex app trust partner ACCOUNT_ID"),
        "{refused:?}"
    );
    trust(&home);
    let ran = run(&home, &["use", "partner"], OPERATOR);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "Operator-210987654321\n"),
        "{ran:?}"
    );
    let tile = &home.sim.endpoints().apps[0].url;
    assert!(
        ran.stderr.contains(tile.as_str()),
        "the tile comes first: {ran:?}"
    );
    let config = home.read(".aws/config");
    let section = format!("[profile Operator-210987654321]\nlogin_session = {OPERATOR}\nregion = ");
    assert!(config.contains(&section), "{config}");
    assert!(
        !config.contains("roledex_entry"),
        "it is the user's own: {config}"
    );
    // It is used without a browser, by its entry and by its name.
    let rows: serde_json::Value = serde_json::from_str(&home.ok(&["list", "--json"])).unwrap();
    assert!(
        rows.as_array()
            .unwrap()
            .iter()
            .any(|row| row["id"] == ENTRY),
        "{rows}"
    );
    let who = |entry: &str| home.ok(&["credentials", entry]);
    assert_eq!(who(ENTRY), who("profile:Operator-210987654321"));
    assert_eq!(home.ok(&["use", ENTRY]), "Operator-210987654321\n");
    assert_eq!(
        home.ok(&["use", ENTRY, "--profile", "partner"]),
        "partner\n"
    );
    assert!(
        home.read(".aws/config")
            .contains(&format!("[profile partner]\nlogin_session = {OPERATOR}\n"))
    );
    if let Some(python) = botocore_with_login() {
        assert!(caller_of(&home, &python, "partner").starts_with(OPERATOR));
    }
    let knows = ["AWS SDK for Go v2", "AWS SDK for JavaScript v3"];
    for sdk in Sdk::all()
        .into_iter()
        .filter(|sdk| knows.contains(&sdk.name))
    {
        let answer = sdk.who(&home, &["partner"]).remove(0);
        assert!(answer.starts_with(OPERATOR), "{}: {answer}", sdk.name);
    }
    // Without its session a user has to help.
    home.ok(&["logout", "Operator-210987654321"]);
    let ran = home.run(&["credentials", ENTRY]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{ran:?}");
    assert!(
        ran.stderr.contains(&format!("roledex refresh {ENTRY}")),
        "{ran:?}"
    );
}

#[test]
fn another_session_is_refused_and_nothing_is_written() {
    let home = home("console", "");
    trust(&home);
    let before = home.read(".aws/config");
    let ran = run(&home, &["use", "partner"], STRANGER);
    assert_eq!((ran.code, ran.stdout.as_str()), (5, ""), "{ran:?}");
    assert!(
        ran.stderr
            .contains("999988887777/Operator is not confirmed"),
        "{ran:?}"
    );
    assert_eq!(home.read(".aws/config"), before);
    assert!(
        !home.path(".aws/login/cache").exists()
            || fs::read_dir(home.path(".aws/login/cache"))
                .unwrap()
                .next()
                .is_none()
    );
    assert_eq!(run(&home, &["use", "partner"], OPERATOR).code, 0);
    home.ok(&["logout", "Operator-210987654321"]);
    let ran = run(&home, &["use", ENTRY], STRANGER);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(
        ran.stderr
            .contains("you signed in as 999988887777/Operator, not as 210987654321/Operator"),
        "{ran:?}"
    );
}

#[test]
fn a_role_that_may_not_sign_in_for_tools_is_told_the_policy_and_captured_otherwise() {
    let home = home("console", "fault = \"INSUFFICIENT_PERMISSIONS\"");
    trust(&home);
    let ran = run(&home, &["use", "partner"], OPERATOR);
    for said in [
        "SignInLocalDevelopmentAccess",
        "signin:AuthorizeOAuth2Access and signin:CreateOAuth2Token",
        "partner: asking the portal",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {ran:?}");
    }
    assert_ne!(
        ran.code, 0,
        "the portal is signed out, and there is no browser: {ran:?}"
    );
    home.login("p");
    let ran = run(&home, &["use", "partner"], OPERATOR);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "Operator-210987654321\n"),
        "{ran:?}"
    );
    assert!(
        home.read(".aws/config")
            .contains(&format!("roledex_entry = {ENTRY}"))
    );
}

#[test]
fn one_run_may_have_another_method_and_auto_offers_it_without_chromium() {
    let home = home("auto", "");
    let mut command = home.command(ROLEDEX);
    command.env("ROLEDEX_BROWSER", "/nowhere/chromium");
    let ran = Ran::new(&command.args(["use", "partner"]).output().unwrap());
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("roledex use partner --method console"),
        "{ran:?}"
    );
    trust(&home);
    let ran = run(&home, &["use", "partner", "--method", "console"], OPERATOR);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "Operator-210987654321\n"),
        "{ran:?}"
    );
    let wrong = home.run(&[
        "use",
        "profile:Operator-210987654321",
        "--method",
        "console",
    ]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
}

#[cfg(unix)]
#[test]
fn the_switcher_waits_until_the_console_of_the_app_is_open() {
    let home = home("console", "");
    trust(&home);
    let mut terminal = Terminal::roledex(&home, &[], (100, 30));
    terminal.wait("type to search");
    terminal.press("partner");
    terminal.wait(" 1/");
    terminal.press(ENTER);
    terminal.wait("Enter when its console is open");
    let tile = home.sim.endpoints().apps[0].url.clone();
    let copied = |terminal: &mut Terminal, part: &str| {
        wait_for(part, || {
            terminal.press(&ctrl('y'));
            Some(terminal.copied()).filter(|url| url.contains(part))
        })
    };
    assert_eq!(copied(&mut terminal, "http"), tile, "the address on screen");
    let screen = terminal.wait("Enter when its console is open");
    let start: String = tile.chars().take(40).collect();
    assert!(screen.contains(&start), "{screen}");
    assert!(!screen.contains("/v1/authorize"), "{screen}");
    terminal.press(ENTER);
    let url = copied(&mut terminal, "/v1/authorize");
    let back = pick_console_session(&url, OPERATOR).location.unwrap();
    browse(&back, None);
    terminal.wait("Operator-210987654321");
}
