//! The theme follows the terminal's background, whenever and in however many parts the reply comes.

use crate::support::terminal::{ESC, Terminal};
use crate::support::{Home, ROLEDEX};

const QUERY: &[u8] = b"\x1b]11;?\x07";

fn open(home: &Home, args: &[&str], theme: Option<&str>) -> Terminal {
    if let Some(theme) = theme {
        home.write(
            ".config/roledex/config.toml",
            &format!("theme = \"{theme}\"\n"),
        );
    }
    let env = [("COLORTERM", "truecolor"), ("TERM", "xterm-256color")];
    let terminal = Terminal::open(home, ROLEDEX, args, (100, 30), &env);
    terminal.wait("Sandbox");
    terminal
}

fn home() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home
}

fn asks(terminal: &Terminal) -> bool {
    let bytes = terminal.bytes();
    bytes.windows(QUERY.len()).any(|part| part == QUERY)
}

/// The color of an empty cell.
fn background(terminal: &Terminal) -> vt100::Color {
    terminal.look(|screen| screen.cell(0, 99).unwrap().bgcolor())
}

fn wait_for_background(terminal: &Terminal, wanted: vt100::Color) {
    terminal.until("the background", |_| background(terminal) == wanted);
}

const LIGHT: vt100::Color = vt100::Color::Rgb(0xfb, 0xfb, 0xf9);
const DARK: vt100::Color = vt100::Color::Rgb(0x1a, 0x1d, 0x23);

#[test]
fn a_late_answer_in_parts_is_not_typed() {
    let home = home();
    let mut terminal = open(&home, &[], None);
    assert!(asks(&terminal));
    assert_eq!(background(&terminal), vt100::Color::Default);
    terminal.press("pay");
    terminal.wait("❯ pay");
    for part in ["\x1b]1", "1;rgb:ffff/ff", "ff/ffff", "\x1b", "\\"] {
        terminal.press(part);
    }
    wait_for_background(&terminal, LIGHT);
    let text = terminal.text();
    assert!(text.lines().any(|line| line.trim() == "❯ pay"), "{text}");
    // The next keys are the user's again: Escape clears the query.
    terminal.press(ESC);
    terminal.wait("type to search");
}

#[test]
fn an_escape_is_one_while_no_answer_comes() {
    let home = home();
    let mut terminal = open(&home, &[], None);
    terminal.press("pay");
    terminal.wait("❯ pay");
    terminal.press(ESC);
    terminal.wait("type to search");
    terminal.press("\x1b]11;rgb:1a1a/1d1d/2323\x07");
    wait_for_background(&terminal, DARK);
    terminal.wait("type to search");
}

#[test]
fn below_a_prompt_too() {
    let home = home();
    let mut terminal = open(&home, &["--height", "15"], None);
    assert!(asks(&terminal));
    terminal.press("\x1b]11;rgb:0000/0000/0000\x1b\\");
    wait_for_background_of_region(&terminal);
    terminal.wait("type to search");
}

fn wait_for_background_of_region(terminal: &Terminal) {
    terminal.until("the background of the region", |_| {
        terminal.look(|screen| screen.cell(1, 99).unwrap().bgcolor()) == DARK
    });
}

#[test]
fn a_chosen_theme_asks_nothing() {
    let home = home();
    let terminal = open(&home, &[], Some("light"));
    assert!(!asks(&terminal));
}

#[test]
fn a_reply_after_the_switcher_was_left_is_not_input_of_the_shell() {
    let home = home();
    let script = format!("{ROLEDEX}; read -r line; echo \"[$line]\"");
    let env = [("COLORTERM", "truecolor"), ("TERM", "xterm-256color")];
    let mut terminal = Terminal::open(&home, "/bin/sh", &["-c", &script], (100, 30), &env);
    terminal.until("the query", |_| asks(&terminal));
    terminal.press("\x03");
    terminal.press("\x1b]11;rgb:1a1a/1d1d/2323\x07");
    terminal.until("the end", |_| !terminal.alternate());
    terminal.press("typed\r");
    terminal.wait("[typed]");
}
