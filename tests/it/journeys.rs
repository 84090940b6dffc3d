//! A user at a terminal: the real binary in a pty, against the simulator.

use std::time::Duration;

use crate::support::panics::switcher_that_panics;
use crate::support::terminal::{ENTER, ESC, Terminal, ctrl};
use crate::support::{Home, ROLEDEX, botocore, caller_of, find_code, installed, signal, wait_for};
use rustix::process::Signal;

const LARGE: (u16, u16) = (100, 30);

fn signed_in(scenario: &str) -> Home {
    let home = Home::new(scenario);
    home.sign_in();
    home
}

#[test]
fn from_an_empty_home_to_a_profile_that_botocore_uses() {
    let home = Home::new("startup");
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("start URL");
    terminal.press("https://d-9067000001.awsapps.com/start");
    terminal.press(ENTER);
    terminal.wait("could not be detected");
    terminal.press("eu-west-1");
    terminal.press("\t");
    terminal.press(ENTER);
    terminal.wait("Press Enter to sign in");
    assert!(home.read(".aws/config").contains("[sso-session my-sso]"));
    terminal.press("d");
    terminal.wait("Approve only if");
    let code = find_code(&terminal.text()).unwrap();
    assert!(home.sim.approve(&code));
    terminal.wait("Startup Production");
    terminal.press("sandbox");
    terminal.wait("1/6");
    terminal.press(ENTER);
    terminal.wait("profile AdministratorAccess-333333333333 is ready");
    terminal.until("a countdown", |screen| {
        screen.contains("59:5") || screen.contains("60:00")
    });
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 0);
    assert!(!terminal.alternate() && !terminal.cursor_is_hidden());
    let config = home.read(".aws/config");
    assert!(
        config.contains("roledex_entry = org:my-sso/333333333333/AdministratorAccess"),
        "{config}"
    );
    if let Some(python) = botocore() {
        let arn = caller_of(&home, &python, "AdministratorAccess-333333333333");
        assert!(
            arn.contains(":333333333333:assumed-role/AWSReservedSSO_AdministratorAccess_"),
            "{arn}"
        );
    }
}

#[test]
fn the_demo_shows_a_list_and_signs_in_by_key() {
    let home = Home::new("startup");
    let before = home.read(".aws/config");
    let mut terminal = Terminal::roledex(&home, &["demo"], LARGE);
    terminal.until("the demo's list", |screen| {
        screen.contains("DEMO") && screen.contains("Checkout Dev")
    });
    terminal.press("\x1bl");
    terminal.wait("Press Enter");
    terminal.press(ENTER);
    terminal.wait("Simulated: press a");
    terminal.press("a");
    terminal.wait("signed in to client");
    terminal.press(ENTER);
    terminal.wait("is ready");
    terminal.press(ESC);
    assert_eq!(terminal.ended(), 0);
    assert_eq!(
        home.read(".aws/config"),
        before,
        "the real home is left alone"
    );
}

#[test]
fn refresh_gets_new_credentials() {
    let home = signed_in("startup");
    let name = home.ok(&["use", "sandbox"]);
    let keys = || home.ok(&["credentials", name.trim()]);
    let before = keys();
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("Startup Sandbox");
    terminal.press("sandbox");
    terminal.wait("1/6");
    terminal.press(&ctrl('r'));
    terminal.wait("is ready");
    assert_ne!(keys(), before);
    assert_eq!(keys(), keys());
}

#[test]
fn a_subshell_has_the_environment_and_its_exit_code_is_told() {
    let home = signed_in("startup");
    let here = [("ROLEDEX_ENTRY", "org:startup/111111111111/ReadOnlyAccess")];
    let mut terminal = Terminal::open(&home, ROLEDEX, &[], LARGE, &here);
    terminal.wait("Startup Sandbox");
    terminal.press("sandbox");
    terminal.wait("1/6");
    terminal.press(&ctrl('s'));
    terminal.wait("exit to return to roledex");
    assert!(!terminal.alternate());
    terminal.press("echo \"[$ROLEDEX_ROLE][$AWS_REGION][${AWS_PROFILE-none}]\"\r");
    terminal.wait("[AdministratorAccess][eu-west-1][none]");
    terminal.press("echo \"before=$ROLEDEX_PREVIOUS=\"\r");
    terminal.wait("before=org:startup/111111111111/ReadOnlyAccess=");
    terminal.press("exit 3\r");
    terminal.wait("with exit code 3");
    assert!(terminal.alternate());
    terminal.press(&ctrl('u'));
    terminal.wait("6/6");
}

#[test]
fn captured_stdout_gets_export_lines_and_the_terminal_gets_the_picker() {
    let home = signed_in("startup");
    let script = format!("x=\"$({ROLEDEX} env)\"; eval \"$x\"; echo \"got=$ROLEDEX_ENTRY=\"");
    let mut terminal = Terminal::open(&home, "sh", &["-c", &script], LARGE, &[]);
    terminal.wait("Enter export");
    terminal.press("sandbox");
    terminal.wait("1/6");
    terminal.press(ENTER);
    terminal.wait("got=org:startup/333333333333/AdministratorAccess=");
    assert_eq!(terminal.ended(), 0);

    let script = format!("x=\"$({ROLEDEX})\"; eval \"$x\"; echo \"got=$ROLEDEX_ENTRY=\"");
    let mut terminal = Terminal::open(&home, "sh", &["-c", &script], LARGE, &[]);
    terminal.wait("Startup Sandbox");
    terminal.press("sandbox");
    terminal.wait("1/6");
    terminal.press(&ctrl('e'));
    terminal.wait("got=org:startup/333333333333/AdministratorAccess=");
}

#[test]
fn denied_and_expired_are_told_apart_and_can_be_tried_again() {
    let scenario = "[sign_in]\ncode_seconds = 4\n[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\nstart_url = \"https://d-1.awsapps.com/start\"\n[[portals.accounts]]\nid = \"111111111111\"\nname = \"One\"\nroles = [\"Admin\"]\n";
    let home = Home::scenario(scenario);
    home.ok(&[
        "portal",
        "add",
        "p",
        "--start-url",
        "https://d-1.awsapps.com/start",
        "--region",
        "eu-west-1",
    ]);
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("Press Enter");
    terminal.press("d");
    terminal.wait("Approve only if");
    assert!(home.sim.deny(&find_code(&terminal.text()).unwrap()));
    terminal.wait("the sign-in was denied");
    terminal.press(ENTER);
    terminal.wait("Approve only if");
    terminal.wait("the code has expired");
    terminal.press(ENTER);
    terminal.wait("Approve only if");
    assert!(home.sim.approve(&find_code(&terminal.text()).unwrap()));
    terminal.wait("One");
}

/// A shell that ignores `SIGHUP` tells nobody that the terminal went away.
#[test]
fn a_terminal_that_goes_away_unsaid_ends_it() {
    let home = Home::new("startup");
    let pair = portable_pty::native_pty_system()
        .openpty(portable_pty::PtySize::default())
        .unwrap();
    let mut shell = portable_pty::CommandBuilder::new("/bin/sh");
    let script = format!("trap '' HUP; {ROLEDEX}; echo $? > left");
    shell.args(["-c", &script]);
    shell.env_clear();
    for (name, value) in home.env() {
        shell.env(name, value);
    }
    shell.cwd(home.dir.path());
    let mut shell = pair.slave.spawn_command(shell).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("start URL") {
        let mut buffer = [0; 4096];
        let count = std::io::Read::read(&mut reader, &mut buffer).unwrap();
        seen.extend_from_slice(&buffer[..count]);
    }
    drop(reader);
    drop(pair.master);
    let left = wait_for("the end", || {
        Some(home.read("left")).filter(|left| left.ends_with('\n'))
    });
    assert_ne!(left.trim(), "0");
    shell.wait().unwrap();
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let home = signed_in("startup");
    for sent in [Signal::TERM, Signal::HUP] {
        let mut terminal = Terminal::roledex(&home, &[], LARGE);
        terminal.wait("Startup Sandbox");
        assert!(terminal.alternate());
        signal(terminal.pid(), sent);
        assert_eq!(terminal.ended(), 130, "{sent:?}");
        wait_for("the ordinary screen", || {
            (!terminal.alternate() && !terminal.cursor_is_hidden()).then_some(())
        });
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_read_on_the_ordinary_screen() {
    let home = Home::new("startup");
    let mut terminal = switcher_that_panics(&home, LARGE, "");
    assert!(terminal.alternate());
    terminal.press("a");
    terminal.wait("on purpose");
    assert_ne!(terminal.ended(), 0);
    assert!(!terminal.alternate() && !terminal.cursor_is_hidden());
}

#[test]
fn suspended_and_woken_nothing_is_lost() {
    if !installed("bash", &["-c", "exit"]) {
        return;
    }
    let home = signed_in("startup");
    let script = format!("set -m; {ROLEDEX}; echo stopped; read x; fg; echo ended");
    let mut terminal = Terminal::open(&home, "bash", &["-c", &script], LARGE, &[]);
    terminal.wait("Startup Sandbox");
    terminal.press("sand");
    terminal.wait("1/6");
    terminal.press(&ctrl('z'));
    terminal.wait("stopped");
    assert!(!terminal.alternate());
    terminal.press("\r");
    terminal.until("the list again", |screen| {
        screen.contains("1/6") && screen.contains("sand")
    });
    terminal.press("box");
    terminal.wait("sandbox");
    terminal.press(&ctrl('c'));
    terminal.wait("ended");
}

#[test]
fn no_color_means_no_colour_and_the_selection_is_still_seen() {
    let home = signed_in("startup");
    let mut terminal = Terminal::open(&home, ROLEDEX, &[], LARGE, &[("NO_COLOR", "1")]);
    terminal.wait("Startup Sandbox");
    terminal.press(ENTER);
    terminal.wait("is ready");
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    let color = regex::Regex::new(
        r"\x1b\[(?:[0-9]+;)*(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8[;:][0-9;:]*)(?:;[0-9]+)*m",
    )
    .unwrap();
    assert!(!color.is_match(&bytes), "{:?}", color.find(&bytes));
    assert!(bytes.contains("\x1b[7m"), "the selected row is reversed");
    assert!(terminal.text().contains('▌'));
}

#[test]
fn every_size_is_usable_and_a_resize_loses_no_key() {
    let home = signed_in("startup");
    let mut terminal = Terminal::roledex(&home, &[], (40, 10));
    terminal.wait("6/6");
    terminal.press("sta");
    terminal.resize((80, 24));
    terminal.press("ging");
    terminal.until("the whole query", |screen| {
        screen.contains("staging") && screen.contains("3/6")
    });
    terminal.resize((20, 4));
    terminal.wait("window too small");
    terminal.resize(LARGE);
    terminal.wait("3/6");
}

#[test]
fn every_advertised_key_does_something() {
    let home = signed_in("startup");
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("Startup Production");
    terminal.press("\x1bOP");
    terminal.wait("\u{256d} Help");
    terminal.press(ESC);
    terminal.until("no help", |screen| !screen.contains("\u{256d} Help"));
    terminal.press("?");
    terminal.wait("\u{256d} Help");
    terminal.press("copy");
    terminal.until("one action", |screen| {
        screen.contains("Ctrl-Y") && !screen.contains("open a subshell")
    });
    terminal.press(ENTER);
    terminal.wait("sent to the clipboard: org:startup/111111111111/AdministratorAccess");
    assert!(String::from_utf8_lossy(&terminal.bytes()).contains("\x1b]52;c;"));
    terminal.press(":");
    terminal.wait("\u{256d} Help");
    terminal.press(ESC);
    terminal.until("no help", |screen| !screen.contains("\u{256d} Help"));
    terminal.press("\x1b[15~");
    terminal.wait("updated just now");
    terminal.press(&ctrl('x'));
    terminal.wait("\u{256d} Help");
    terminal.press(&ctrl('x'));
    terminal.until("no help", |screen| !screen.contains("\u{256d} Help"));
    terminal.press("\x1bOQ");
    terminal.until("no details", |screen| !screen.contains("e-mail"));
    terminal.press(&ctrl('n'));
    terminal.press(&ctrl('y'));
    terminal.wait("sent to the clipboard: org:startup/111111111111/ReadOnlyAccess");
    terminal.press("\x1b[F");
    terminal.press(&ctrl('y'));
    terminal.wait("sent to the clipboard: org:startup/222222222222/ReadOnlyAccess");
    terminal.press(&ctrl('l'));
    terminal.wait("Sign out of startup?");
    terminal.press("y");
    terminal.wait("signed out of startup");
    terminal.press("\x1bOS");
    terminal.wait("Enter the address of your portal.");
    terminal.press(ESC);
    terminal.until("the list", |screen| {
        !screen.contains("Enter the address of your portal.")
    });
    terminal.press(ESC);
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn hostile_names_send_no_escape_to_the_terminal() {
    let home = signed_in("hostile");
    let terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.until("the list", |screen| {
        screen.contains("[2J") && screen.contains("no roles for you")
    });
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    for escape in [
        "\x1b]0;title",
        "\x1b[31mred",
        "\u{9b}",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\x1b]52",
    ] {
        assert!(!bytes.contains(escape), "{escape:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn nothing_moves_when_nothing_counts() {
    let home = signed_in("startup");
    home.ok(&["list"]);
    let terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("Startup Production");
    // Frames that are due are drawn at once: when the screen has been still for a while and the
    // process has used no time meanwhile, it sleeps.
    let ticks = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", terminal.pid())).unwrap();
        let after = stat.rsplit_once(')').unwrap().1.to_owned();
        let fields: Vec<&str> = after.split_whitespace().collect();
        (fields[11].to_owned(), fields[12].to_owned())
    };
    let mut last = (ticks(), terminal.bytes().len());
    let mut still = 0;
    wait_for("two still seconds", || {
        std::thread::park_timeout(Duration::from_millis(200));
        let now = (ticks(), terminal.bytes().len());
        still = if now == last { still + 1 } else { 0 };
        last = now;
        (still >= 10).then_some(())
    });
}

#[test]
fn a_second_start_soon_after_a_listing_asks_nothing() {
    let home = signed_in("startup");
    home.ok(&["list"]);
    let asked = home.sim.requests().len();
    for _ in 0..2 {
        let mut terminal = Terminal::roledex(&home, &[], LARGE);
        terminal.wait("Startup Production");
        terminal.press(&ctrl('c'));
        assert_eq!(terminal.ended(), 0);
    }
    assert_eq!(home.sim.requests().len(), asked);
}

#[test]
fn an_external_account_from_its_link_to_a_profile() {
    let home = signed_in("external");
    let apps = home.sim.endpoints().apps.clone();
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("Own Sandbox");
    terminal.press("\x1b[17~");
    terminal.wait("Add an external account");
    terminal.press(&apps[0].url);
    terminal.press(ENTER);
    terminal.wait("added the app Partner Production");
    // The portal is not in this link: a browser would be needed, and there is none here.
    terminal.press(ENTER);
    terminal.until("no browser", |screen| {
        let without_a_window = screen.contains("cannot show a browser window here");
        without_a_window || screen.contains("no browser found")
    });
    terminal.press(ESC);
    terminal.until("the list", |screen| {
        !screen.contains("paste the SAMLResponse")
    });
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 0);

    home.ok(&["app", "remove", "Partner Production"]);
    for app in &apps[..2] {
        home.ok(&["app", "add", &app.url, "--portal", "external"]);
    }
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("Partner Production");
    terminal.press("partner");
    terminal.wait("1/");
    terminal.press(ENTER);
    terminal.wait("profile Operator-210987654321 is ready");
    terminal.until("a countdown", |screen| {
        screen.contains("59:5") || screen.contains("60:00")
    });
    terminal.press(&ctrl('u'));
    terminal.press("customer");
    terminal.wait("find a role, use it");
    terminal.press(ENTER);
    terminal.wait("which role?");
    terminal.press(&ctrl('n'));
    terminal.press(ENTER);
    terminal.wait("profile Steward-555555555555 is ready for Customer Data, valid for");
    let before = home.sim.requests().len();
    // One response serves all its roles while it lives.
    terminal.press(&ctrl('u'));
    terminal.press("auditor");
    terminal.wait("1/");
    terminal.press(ENTER);
    terminal.wait("profile Auditor-666666666666 is ready");
    let asked: Vec<_> = home.sim.requests().split_off(before);
    assert!(
        asked.iter().all(|request| request.path == "/"),
        "STS alone: {asked:?}"
    );
    terminal.press(&ctrl('r'));
    terminal.until("refreshed", |screen| {
        screen.contains("4:00:00") || screen.contains("3:59:5")
    });
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 0);
    if let Some(python) = botocore() {
        let arn = caller_of(&home, &python, "Steward-555555555555");
        assert!(arn.contains(":555555555555:assumed-role/Steward/"), "{arn}");
    }
}

#[test]
fn a_response_is_pasted_into_the_switcher() {
    let home = Home::new("external");
    let app = home.sim.endpoints().apps[0].clone();
    home.ok(&["app", "add", &app.url, "--method", "file"]);
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("Partner Production");
    terminal.press(ENTER);
    terminal.wait("Paste the SAML response");
    terminal.press("\x1b[200~not one\x1b[201~");
    terminal.wait("6 characters pasted");
    terminal.press(ENTER);
    terminal.wait("this is not a SAML response");
    let response = home.sim.saml_response("Partner Production").unwrap();
    terminal.press(&format!("\x1b[200~{response}\x1b[201~"));
    terminal.wait("characters pasted");
    terminal.press(ENTER);
    terminal.wait("profile Operator-210987654321 is ready");
    assert!(!terminal.text().contains("PD94bWwg"));
}

#[test]
fn the_demo_has_external_accounts() {
    let home = Home::new("startup");
    let mut terminal = Terminal::roledex(&home, &["demo"], LARGE);
    terminal.wait("Checkout Dev");
    terminal.press("harbour");
    terminal.wait("1/");
    terminal.press(ENTER);
    terminal.wait("found its roles through the portal, without a browser");
    terminal.wait("profile SiteOperator-210987654321 is ready");
}

#[test]
fn views_pins_groups_and_settings_by_their_keys() {
    let home = signed_in("startup");
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("6/6");
    terminal.press("\t");
    terminal.wait("[Org");
    terminal.press("\t\t");
    terminal.wait("no active profiles yet");
    terminal.press("\x1b[Z\x1b[Z\x1b[Z");
    terminal.wait("[All");
    terminal.press("sandbox");
    terminal.wait("1/6");
    terminal.press(ENTER);
    terminal.wait("is ready");
    terminal.press(&ctrl('t'));
    terminal.wait("is pinned");
    terminal.press(&ctrl('u'));
    terminal.until("the pinned one first", |screen| {
        let row = screen.lines().nth(3).unwrap_or_default();
        row.contains("Startup Sandbox") && row.contains('\u{2605}')
    });
    terminal.press(&ctrl('g'));
    // The entry that was used stays selected, below its head.
    terminal.wait("\u{25be} Startup Sandbox");
    terminal.press(&format!("\x1b[A{ENTER}"));
    terminal.wait("\u{25b8} Startup Sandbox");
    terminal.press(ENTER);
    terminal.press(&format!("{0}{0}", ctrl('g')));
    terminal.until("no groups", |screen| !screen.contains('\u{25be}'));
    terminal.press("\x1br");
    terminal.until("refreshed", |screen| screen.contains("is ready"));
    terminal.press("\x1bf");
    terminal.wait("Forget the profile AdministratorAccess-333333333333?");
    terminal.press("y");
    terminal.wait("is forgotten");
    terminal.press("\x1bOR");
    terminal.wait("Settings");
    terminal.wait("theme");
    terminal.press(ENTER);
    terminal.until("another theme", |screen| {
        screen
            .lines()
            .any(|line| line.contains("theme") && line.contains("dark"))
    });
    terminal.press("\x1b[3~");
    terminal.until("the default", |screen| {
        screen
            .lines()
            .any(|line| line.contains("theme") && line.contains("auto"))
    });
    terminal.press(ESC);
    terminal.until("the list", |screen| !screen.contains("Settings"));
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 0);
    assert!(!home.read(".config/roledex/config.toml").contains("theme"));
}

#[test]
fn no_key_is_lost_while_five_thousand_accounts_load() {
    let home = signed_in("enterprise");
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait(" accounts");
    // One by one, each a frame of its own, while pages and roles stream in.
    let typed = "catalog 7 prod poweruser";
    for (count, key) in typed.chars().enumerate() {
        terminal.press(&key.to_string());
        let so_far: String = typed.chars().take(count + 1).collect();
        terminal.wait(so_far.trim_end());
    }
    terminal.press("\x7f\x7f\x7f\x7f");
    terminal.until("four fewer", |screen| {
        screen.contains("catalog 7 prod power") && !screen.contains("poweru")
    });
    terminal.wait(" accounts");
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn the_only_match_is_used_with_no_screen() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list"]);
    let ran = home.run(&["--query", "sandbox admin", "--select-1"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        home.read(".aws/config")
            .contains(&format!("[profile {}]", ran.stdout.trim()))
    );
    // Several: the switcher opens with what was typed.
    let mut screen = Terminal::roledex(&home, &["--query", "admin", "-1"], (80, 24));
    screen.wait("\u{276f} admin");
    screen.press(&ctrl('c'));
    assert_eq!(screen.ended(), 0);
    let ran = home.run(&["--query", "x", "list"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn onboarding_names_the_way_to_an_account_access_manager() {
    let home = Home::new("startup");
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("start URL");
    terminal.press("https://aa-0123456789abcdef.account-access.eu-west-1.app.aws");
    terminal.press(ENTER);
    terminal.wait("account access manager");
    terminal.wait("Enter signs in to the AWS console");
    assert!(!home.path(".aws/config").exists());
    terminal.press(ENTER);
    terminal.wait("Open the console from");
    terminal.wait("https://aa-0123456789abcdef.account-access.eu-west-1.app.aws first.");
    terminal.press(ESC);
    terminal.wait("account access manager");
}

#[test]
fn the_field_that_is_refused_has_the_focus() {
    let home = Home::new("startup");
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("start URL");
    terminal.press("https://d-9067000001.awsapps.com/start");
    terminal.press(ENTER);
    terminal.wait("could not be detected");
    terminal.press("nowhere\t");
    terminal.press(ENTER);
    terminal.wait("\"nowhere\" is not a region");
    terminal.press(&ctrl('u'));
    terminal.press("eu-west-1");
    terminal.press(ENTER);
    terminal.wait("Press Enter to sign in");
    let config = home.read(".aws/config");
    assert!(config.contains("sso_region = eu-west-1"), "{config}");
}

#[test]
fn what_other_programs_change_is_there_when_the_terminal_has_the_focus_again() {
    let home = signed_in("startup");
    home.ok(&["list"]);
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("6/6");
    let listings = || {
        let requests = home.sim.requests();
        let is_listing = |path: &str| path.contains("/assignment/accounts");
        requests.iter().filter(|it| is_listing(&it.path)).count()
    };
    let before = listings();
    let name = home.ok(&["use", "sandbox"]);
    terminal.press("\x1b[I");
    terminal.until("a countdown", |screen| {
        screen.contains("59:5") || screen.contains("60:00")
    });
    assert_eq!(listings(), before);
    home.ok(&["forget", name.trim()]);
    terminal.press("\x1b[I");
    terminal.until("no countdown", |screen| !screen.contains("59:5"));
    // Another sign-in, as `aws sso login` makes one: its list may be another user's.
    home.login("startup");
    terminal.press("\x1b[O\x1b[I");
    wait_for("a listing", || (listings() > before).then_some(()));
    terminal.press(&ctrl('c'));
    assert_eq!(terminal.ended(), 0);
    let bytes = terminal.bytes();
    let at = |part: &[u8]| bytes.windows(part.len()).rposition(|it| it == part);
    assert!(at(b"\x1b[?1004h") < at(b"\x1b[?1004l"));
}
