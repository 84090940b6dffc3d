//! The pictures of the README: the demo in a terminal, a user's keys, and what is on screen as SVG.
//!
//! As a test they are made and looked at; `assets/screenshots.sh` has them written into `assets/`.

mod recording;
mod svg;

use std::io::Write as _;
use std::path::PathBuf;

use crate::support::terminal::{ENTER, ESC, Terminal, ctrl};
use crate::support::{Home, ROLEDEX, wait_for};

/// The directory for the pictures, if they are wanted.
fn directory() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the script says so in the environment"
    )]
    std::env::var_os("ROLEDEX_SCREENSHOTS").map(PathBuf::from)
}

fn take(terminal: &Terminal, name: &str, label: &str) {
    wait_for("a whole frame", || is_whole(terminal).then_some(()));
    let svg = terminal.look(|screen| svg::still(screen, label));
    assert!(svg.matches("<text").count() > 20, "{name} shows something");
    keep(name, &svg);
}

/// `true` unless a frame is still coming.
fn is_whole(terminal: &Terminal) -> bool {
    let bytes = terminal.bytes();
    let mut marks = bytes.windows(8).rev();
    marks.find(|mark| mark.starts_with(b"\x1b[?2026")) == Some(b"\x1b[?2026l")
}

/// Writes a picture into the directory, if it is wanted.
fn keep(name: &str, svg: &str) {
    roxmltree::Document::parse(svg).unwrap();
    if let Some(directory) = directory() {
        let mut file = std::fs::File::create(directory.join(name)).unwrap();
        file.write_all(svg.as_bytes()).unwrap();
    }
}

fn demo(home: &Home, size: (u16, u16), ground: &str) -> Terminal {
    let env = [("COLORTERM", "truecolor"), ("COLORFGBG", ground)];
    let terminal = Terminal::open(home, ROLEDEX, &["demo"], size, &env);
    terminal.wait("updated just now");
    terminal
}

/// Some profiles, so that something counts down.
fn use_some(terminal: &mut Terminal) {
    for (query, role) in [
        ("checkout prod admin", "AdministratorAccess"),
        ("payments staging read", "ReadOnlyAccess"),
        ("payments prod power", "PowerUserAccess"),
    ] {
        terminal.press(query);
        terminal.wait(&format!("❯ {query}"));
        terminal.press(ENTER);
        terminal.wait(&format!("profile {role}"));
        terminal.press(&ctrl('u'));
        terminal.wait("type to search");
    }
    terminal.until("no message", |screen| !screen.contains("is ready"));
}

#[test]
fn pictures() {
    let home = Home::new("startup");
    for (ground, theme, painted) in [
        ("15;0", "dark", vt100::Color::Rgb(0x1a, 0x1d, 0x23)),
        ("0;15", "light", vt100::Color::Rgb(0xfb, 0xfb, 0xf9)),
    ] {
        let mut terminal = demo(&home, (112, 26), ground);
        let corner = terminal.look(|screen| screen.cell(25, 111).unwrap().bgcolor());
        assert_eq!(corner, painted, "{theme}");
        use_some(&mut terminal);
        terminal.press("pay");
        terminal.until("the matches", |screen| {
            screen.contains("❯ pay") && screen.contains("15/")
        });
        take(
            &terminal,
            &format!("picker-{theme}.svg"),
            "The switcher: a searched list of accounts and roles with live countdowns, and the details of one",
        );
    }
    let mut terminal = demo(&home, (96, 26), "15;0");
    terminal.press("payments prod power");
    terminal.wait("1/");
    terminal.press(ENTER);
    terminal.wait("type       sso");
    terminal.until("no message", |screen| !screen.contains("is ready"));
    take(
        &terminal,
        "details.svg",
        "Details: the account, the role, the profile that is written, and what Enter will do",
    );
    terminal.press(&ctrl('u'));
    terminal.wait("type to search");
    terminal.press("\x1bOP");
    terminal.wait("\u{256d} Help");
    take(
        &terminal,
        "help.svg",
        "Help: everything that can be done now, with its keys, searched by typing, run by Enter",
    );
    terminal.press(ESC);
    terminal.until("no help", |screen| !screen.contains("\u{256d} Help"));
    terminal.press("\x1bl");
    terminal.wait("Press Enter");
    terminal.press(ENTER);
    terminal.wait("Approve only if");
    take(
        &terminal,
        "sign-in.svg",
        "Signing in: the code in large letters, where to allow it, and how long it lasts",
    );
}
