//! `--height`: the real binary below a prompt, in a pty. What was on screen stays, and comes back.

#![cfg(unix)]
use crate::support::panics::switcher_that_panics;
use crate::support::terminal::{Cursor, ENTER, ESC, Terminal, ctrl};
use crate::support::{Home, ROLEDEX, installed, signal};
use rustix::process::Signal;

const LARGE: (u16, u16) = (100, 30);

/// The rows of 40% of [`LARGE`].
const ROWS: usize = 12;

fn signed_in() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home
}

/// A shell that says so many lines, and opens the switcher below them.
fn below(home: &Home, lines: usize, args: &str, size: (u16, u16), cursor: Cursor) -> Terminal {
    let script = format!(
        "i=0; while [ $i -lt {lines} ]; do i=$((i+1)); echo line $i; done; {ROLEDEX} {args}; echo after=$?"
    );
    Terminal::open_with(home, "sh", &["-c", &script], size, &[], cursor)
}

fn cursor_row(terminal: &Terminal) -> usize {
    usize::from(terminal.look(vt100::Screen::cursor_position).0)
}

/// Waits until this is on screen: so many lines from a number on, then the switcher, then nothing.
fn wait_below(terminal: &Terminal, first_line: usize, lines: usize, rows: usize) {
    terminal.until("the region below the lines", |_| {
        let all = terminal.rows();
        let mut numbers = first_line..;
        let is_line =
            |row: &String| numbers.next().map(|n| format!("line {n}")).as_ref() == Some(row);
        all[..lines].iter().all(is_line)
            && all[lines].starts_with(" ❯")
            && all[lines + 1].starts_with(" roledex")
            && all[lines + rows - 1].ends_with("F1 help")
            && all[lines + rows..].iter().all(String::is_empty)
            // The cursor is where is typed: the frame is whole.
            && cursor_row(terminal) == lines
    });
}

/// Asserts the screen after the switcher: `lines` numbered lines from `first_line`, then the shell's output.
fn assert_given_back(terminal: &Terminal, first_line: usize, lines: usize, code: u32) {
    let said = format!("after={code}");
    terminal.wait(&said);
    let all = terminal.rows();
    for (row, number) in (first_line..first_line + lines).enumerate() {
        assert_eq!(all[row], format!("line {number}"), "{all:#?}");
    }
    assert_eq!(all[lines], said, "{all:#?}");
    assert!(all[lines + 1..].iter().all(String::is_empty), "{all:#?}");
    assert!(!terminal.cursor_is_hidden());
    terminal.look(|screen| {
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert!(!screen.bracketed_paste());
    });
}

#[test]
fn what_is_above_stays_and_the_region_goes() {
    let home = signed_in();
    let mut terminal = below(&home, 3, "--height 40%", LARGE, Cursor::Told);
    terminal.wait("Startup Sandbox");
    assert!(!terminal.alternate());
    wait_below(&terminal, 1, 3, ROWS);
    terminal.press("sand");
    terminal.wait("1/6");
    wait_below(&terminal, 1, 3, ROWS);
    terminal.press(ESC);
    terminal.wait("6/6");
    terminal.press(ESC);
    assert_given_back(&terminal, 1, 3, 0);
    let bytes = terminal.bytes();
    let alternate = b"\x1b[?1049h";
    assert!(
        !bytes
            .windows(alternate.len())
            .any(|window| window == alternate)
    );
}

#[test]
fn too_little_room_scrolls_and_nothing_is_lost() {
    let home = signed_in();
    let mut terminal = below(&home, 40, "--height 12", LARGE, Cursor::Told);
    terminal.wait("Startup Sandbox");
    wait_below(&terminal, 23, 18, ROWS);
    terminal.press(&ctrl('c'));
    assert_given_back(&terminal, 23, 18, 0);
    // The lines that went are where a terminal keeps them, in order, and nothing else is.
    terminal.resize((100, 60));
    terminal.until("all lines", |_| terminal.rows()[39] == "line 40");
    assert_eq!(terminal.rows()[0], "line 1");
    assert_eq!(terminal.rows()[40], "after=0");
}

#[test]
fn a_line_that_was_begun_is_gone_on_with() {
    let home = signed_in();
    for lines in [2, 29] {
        let script = format!(
            "i=0; while [ $i -lt {lines} ]; do i=$((i+1)); echo line $i; done; printf abc; {ROLEDEX} --height 40%; echo def"
        );
        let mut terminal = Terminal::open(&home, "sh", &["-c", &script], LARGE, &[]);
        let screen = terminal.wait("Startup Sandbox");
        assert!(screen.lines().any(|line| line == "abc"), "{screen}");
        terminal.press(&ctrl('c'));
        let screen = terminal.wait("abcdef");
        assert!(
            screen.ends_with(&format!("line {lines}\nabcdef")),
            "{screen}"
        );
        assert!(!screen.contains("roledex"), "{screen}");
    }
}

#[test]
fn every_resize_finds_it_again() {
    let home = signed_in();
    let mut terminal = below(&home, 40, "--height 40%", LARGE, Cursor::Told);
    terminal.wait("Startup Sandbox");
    terminal.press("s");
    for (size, rows) in [
        ((70, 30), 12),
        ((120, 30), 12),
        ((120, 50), 20),
        ((80, 24), 10),
        ((40, 12), 10),
        ((40, 8), 8),
        ((100, 30), 12),
    ] {
        terminal.resize(size);
        // It may be drawn more than once until it is in its place.
        terminal.until("the region at its new size, below line 40", |_| {
            let all = terminal.rows();
            let last = all.iter().position(|row| row.ends_with("help"));
            let first = all.iter().position(|row| row.starts_with(" ❯ s"));
            let (Some(first), Some(last)) = (first, last) else {
                return false;
            };
            let header = |row: &&String| row.starts_with(" roledex");
            // Some sizes differ in their columns only: the count of matches ends the row of the query.
            let is_as_wide = all[first].chars().count() + 1 == usize::from(size.0);
            last + 1 - first == rows
                && is_as_wide
                && first == cursor_row(&terminal)
                // What is above it ends with the last line that was there before.
                && (first == 0 || all[first - 1] == "line 40")
                && all[last + 1..].iter().all(String::is_empty)
                && all.iter().filter(header).count() == 1
        });
    }
    // No key was lost, and none came of the terminal's answers.
    terminal.press("and");
    terminal.wait("❯ sand ");
    terminal.press(&ctrl('c'));
    terminal.wait("after=0");
    let all = terminal.rows();
    let after = all.iter().position(|row| row == "after=0").unwrap();
    assert_eq!(all[after - 1], "line 40", "{all:#?}");
    assert!(!all.join("\n").contains("roledex"), "{all:#?}");
}

#[test]
fn a_subshell_goes_on_below_and_the_region_comes_back() {
    let home = signed_in();
    let mut terminal = below(&home, 3, "--height 40%", LARGE, Cursor::Told);
    terminal.wait("Startup Sandbox");
    terminal.press("sandbox");
    terminal.wait("1/6");
    terminal.press(&ctrl('s'));
    let screen = terminal.wait("exit to return to roledex");
    assert!(
        screen.starts_with("line 1\nline 2\nline 3\nAdministratorAccess in "),
        "{screen}"
    );
    assert!(!screen.contains("F1 help"), "{screen}");
    terminal.press("echo \"[$ROLEDEX_ROLE]\"\r");
    terminal.wait("[AdministratorAccess]");
    terminal.press("exit 3\r");
    let screen = terminal.wait("with exit code 3");
    assert!(
        screen.starts_with("line 1\nline 2\nline 3\nAdministratorAccess in "),
        "{screen}"
    );
    assert!(screen.contains("[AdministratorAccess]"), "{screen}");
    terminal.press(&ctrl('c'));
    let screen = terminal.wait("after=0");
    assert!(screen.contains("exit 3\nafter=0"), "{screen}");
}

#[test]
fn suspended_and_woken_it_is_below_what_was_said_meanwhile() {
    if !installed("bash", &["-c", "exit"]) {
        return;
    }
    let home = signed_in();
    let script = format!("set -m; {ROLEDEX} --height 40%; echo stopped; read x; fg; echo ended");
    let mut terminal = Terminal::open(&home, "bash", &["-c", &script], LARGE, &[]);
    terminal.wait("Startup Sandbox");
    terminal.press("sand");
    terminal.wait("1/6");
    terminal.press(&ctrl('z'));
    let screen = terminal.wait("stopped");
    assert!(!screen.contains("1/6"), "{screen}");
    terminal.press("\r");
    let screen = terminal.until("the list again", |screen| {
        screen.contains("1/6") && screen.contains("❯ sand")
    });
    assert!(screen.contains("stopped"), "{screen}");
    terminal.press("box");
    terminal.wait("sandbox");
    terminal.press(&ctrl('c'));
    let screen = terminal.wait("ended");
    assert!(!screen.contains("1/6"), "{screen}");
}

#[test]
fn a_signal_clears_the_region() {
    let home = signed_in();
    for sent in [Signal::TERM, Signal::HUP] {
        let script = format!("echo line 1; exec {ROLEDEX} --height 40%");
        let mut terminal = Terminal::open(&home, "sh", &["-c", &script], LARGE, &[]);
        terminal.wait("Startup Sandbox");
        signal(terminal.pid(), sent);
        assert_eq!(terminal.ended(), 130, "{sent:?}");
        terminal.until("nothing of it", |screen| !screen.contains("Startup"));
        let screen = terminal.text();
        assert_eq!(screen, "line 1");
        assert_eq!(terminal.look(vt100::Screen::cursor_position), (1, 0));
        assert!(!terminal.cursor_is_hidden());
    }
}

#[test]
fn a_panic_clears_the_region_and_is_read_in_its_place() {
    let home = Home::new("startup");
    let mut terminal = switcher_that_panics(&home, LARGE, "40%");
    assert!(terminal.text().contains("running 1 test"));
    terminal.press("a");
    let screen = terminal.wait("on purpose");
    assert!(screen.contains("running 1 test\n"), "{screen}");
    assert!(!screen.contains("Simulated"), "{screen}");
    assert_ne!(terminal.ended(), 0);
    assert!(!terminal.cursor_is_hidden());
}

#[test]
fn a_terminal_that_does_not_answer_gets_it_at_the_bottom() {
    let home = signed_in();
    let mut terminal = below(&home, 3, "--height 40%", LARGE, Cursor::Silent);
    terminal.wait("Startup Sandbox");
    let all = terminal.rows();
    assert!(all[18].starts_with(" ❯"), "{all:#?}");
    assert!(all[29].ends_with("F1 help"), "{all:#?}");
    terminal.press("sand");
    // The whole frame: a resize in the midst of it is more than such a terminal lets us know of.
    terminal.until("one match", |screen| {
        screen.contains("1/6") && cursor_row(&terminal) == 18
    });
    // Nothing is waited for again, and nothing is drawn twice.
    terminal.resize((80, 24));
    terminal.until("the region at its new size", |_| {
        let all = terminal.rows();
        let header = |row: &&String| row.starts_with(" roledex");
        all.len() == 24 && all[23].ends_with("F1 help") && all.iter().filter(header).count() == 1
    });
    terminal.press(&ctrl('c'));
    let screen = terminal.wait("after=0");
    assert!(!screen.contains("roledex"), "{screen}");
    terminal.resize((80, 60));
    terminal.until("the lines above", |screen| {
        screen.starts_with("line 1\nline 2\nline 3\n")
    });
}

#[test]
fn what_is_typed_before_the_answer_is_typed() {
    let home = signed_in();
    let mut terminal = below(&home, 3, "--height 40%", LARGE, Cursor::Held);
    // Into the question, with an edit, a key of many bytes, and text of more than one.
    terminal.wait_for_question();
    terminal.press("sandé\x7fx\x1b[D\x1b[3~");
    terminal.tell_cursor();
    terminal.press("box");
    terminal.until("what was typed", |screen| {
        screen.contains("❯ sandbox ") && screen.contains("1/6")
    });
    wait_below(&terminal, 1, 3, ROWS);
    // And while the terminal is resized.
    terminal.resize((90, 30));
    terminal.wait_for_question();
    terminal.press("\x7f\x7f\x7f");
    terminal.tell_cursor();
    terminal.until("what was typed", |screen| screen.contains("❯ sand "));
    terminal.press(&ctrl('c'));
    assert_given_back(&terminal, 1, 3, 0);
}

#[test]
fn enter_before_it_is_there_chooses() {
    let home = signed_in();
    home.ok(&["list"]);
    let script =
        format!("stty -echo; echo ready; read go; {ROLEDEX} use --height 40%; echo after=$?");
    let mut terminal = Terminal::open(&home, "sh", &["-c", &script], LARGE, &[]);
    terminal.wait("ready");
    // In one write: the shell reads its line, the rest waits for the picker.
    terminal.press("go\rsandbox\r");
    let screen = terminal.wait("after=0");
    assert!(
        screen.contains("AdministratorAccess-333333333333"),
        "{screen}"
    );
}

#[test]
fn captured_stdout_gets_lines_and_the_region_is_on_the_terminal() {
    let home = signed_in();
    let script = format!(
        "echo line 1; x=\"$({ROLEDEX} env --height 40%)\"; eval \"$x\"; echo \"got=$ROLEDEX_ENTRY=\"; printf %s \"$x\" >seen"
    );
    let mut terminal = Terminal::open(&home, "sh", &["-c", &script], LARGE, &[]);
    terminal.wait("Enter export");
    assert!(!terminal.alternate());
    wait_below(&terminal, 1, 1, ROWS);
    terminal.press("sandbox");
    terminal.wait("1/6");
    terminal.press(ENTER);
    let screen = terminal.wait("got=org:startup/333333333333/AdministratorAccess=");
    assert!(screen.starts_with("line 1\ngot="), "{screen}");
    assert_eq!(terminal.ended(), 0);
    assert!(
        !home.read("seen").contains('\x1b'),
        "no question went there"
    );
}

#[test]
fn the_mouse_knows_the_region() {
    let home = signed_in();
    let mut terminal = below(&home, 5, "--height 40%", LARGE, Cursor::Told);
    terminal.wait("Startup Sandbox");
    let selected = |terminal: &Terminal| {
        let all = terminal.rows();
        all.iter().position(|row| row.starts_with('▌')).unwrap()
    };
    assert_eq!(selected(&terminal), 7);
    let click = |row: usize| format!("\x1b[<0;10;{0}M\x1b[<0;10;{0}m", row + 1);
    terminal.press(&click(10));
    terminal.until("the third row from there", |_| selected(&terminal) == 10);
    // Above, and below.
    for row in [0, 3, 25] {
        terminal.press(&click(row));
    }
    terminal.press("\x1b[<65;10;2M");
    terminal.press(&click(9));
    terminal.until("the last click", |_| selected(&terminal) == 9);
    terminal.press(&ctrl('c'));
    assert_given_back(&terminal, 1, 5, 0);
}

#[test]
fn the_settings_say_how_high_and_the_option_more() {
    let home = signed_in();
    home.write(
        ".config/roledex/config.toml",
        "store = \"file\"\nheight = 15\n",
    );
    let mut terminal = below(&home, 3, "", LARGE, Cursor::Told);
    terminal.wait("Startup Sandbox");
    wait_below(&terminal, 1, 3, 15);
    terminal.press("\x1bOQ");
    terminal.press(&ctrl('c'));
    assert_given_back(&terminal, 1, 3, 0);
    let terminal = below(&home, 3, "--height 20", LARGE, Cursor::Told);
    terminal.wait("Startup Sandbox");
    wait_below(&terminal, 1, 3, 20);
    let mut terminal = below(&home, 3, "--height full", LARGE, Cursor::Told);
    terminal.wait("Startup Sandbox");
    assert!(terminal.alternate());
    terminal.press(&ctrl('c'));
    assert_given_back(&terminal, 1, 3, 0);
    let wrong = home.run(&["--height", "tall"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("is not a height"), "{wrong:?}");
}

#[test]
fn a_small_terminal_is_taken_whole_and_given_back() {
    let home = signed_in();
    for size in [(40, 10), (40, 7)] {
        let mut terminal = below(&home, 4, "--height 40%", size, Cursor::Told);
        terminal.wait("6/6");
        assert!(terminal.rows()[0].starts_with(" ❯"), "{}", terminal.text());
        terminal.press(&ctrl('c'));
        let screen = terminal.wait("after=0");
        assert_eq!(screen, "after=0");
        terminal.resize((40, 30));
        terminal.until("the lines above", |screen| {
            screen.starts_with("line 1\nline 2\nline 3\nline 4\n")
        });
    }
    // Too small for anything is said so.
    let mut terminal = below(&home, 1, "--height 40%", (20, 4), Cursor::Told);
    terminal.wait("window too small");
    terminal.press(&ctrl('c'));
    terminal.wait("after=0");
}

#[test]
fn every_screen_is_within_it() {
    let home = signed_in();
    let mut terminal = below(&home, 3, "--height 40%", LARGE, Cursor::Told);
    terminal.wait("Startup Sandbox");
    for (key, title) in [("\x1bOP", "Help"), (":", "Help")] {
        terminal.press(key);
        terminal.wait(title);
        let all = terminal.rows();
        assert_eq!(all[..3], ["line 1", "line 2", "line 3"]);
        assert!(all[15..].iter().all(String::is_empty), "{all:#?}");
        terminal.press(ESC);
        terminal.until("the list", |screen| !screen.contains(&format!("{title} ─")));
    }
    terminal.press(&ctrl('c'));
    assert_given_back(&terminal, 1, 3, 0);

    // The first run, in a home without a portal; then a sign-in.
    let home = Home::new("startup");
    let mut terminal = below(&home, 3, "--height 20", LARGE, Cursor::Told);
    terminal.wait("start URL");
    assert_eq!(terminal.rows()[..3], ["line 1", "line 2", "line 3"]);
    terminal.press("https://d-9067000001.awsapps.com/start\r");
    terminal.wait("could not be detected");
    terminal.press("eu-west-1\t\r");
    terminal.wait("Press Enter to sign in");
    terminal.press("d");
    terminal.wait("Approve only if");
    let all = terminal.rows();
    assert_eq!(all[..3], ["line 1", "line 2", "line 3"]);
    assert!(all[23..].iter().all(String::is_empty), "{all:#?}");
    terminal.press(&ctrl('c'));
    assert_given_back(&terminal, 1, 3, 0);
}
