//! The recording of the README: a shell, the switcher in it, a user's keys, and every screen that follows.
//!
//! The screens are the program's; the time that each is shown is set here, so that it can be followed.

use std::path::Path;

use super::svg::{Film, Paper};
use super::{is_whole, keep};
use crate::support::terminal::{ENTER, ESC, Terminal, ctrl};
use crate::support::{Home, ROLEDEX};

const SIZE: (u16, u16) = (96, 24);

/// The most bytes of a recording: pages load it.
const MAX_BYTES: usize = 400_000;

/// The time between two letters (milliseconds).
const LETTER: u32 = 130;

struct Recorder {
    terminal: Terminal,
    film: Film,
}

impl Recorder {
    /// Records what is on screen now.
    fn shows(&mut self, milliseconds: u32) {
        let film = &mut self.film;
        self.terminal.look(|screen| film.show(screen, milliseconds));
    }

    /// Records the switcher, once a whole frame is there and has this in it.
    fn sees(&mut self, text: &str, milliseconds: u32) {
        let terminal = &self.terminal;
        terminal.until(text, |screen| screen.contains(text) && is_whole(terminal));
        self.shows(milliseconds);
    }

    /// Types letter by letter behind a prompt.
    fn types(&mut self, prompt: &str, word: &str) {
        let mut typed = format!("{prompt} ");
        for letter in word.chars() {
            typed.push(letter);
            self.terminal.press(&letter.to_string());
            self.terminal.wait(typed.trim_end());
            self.shows(LETTER);
        }
    }
}

#[test]
fn recording() {
    let bin = Path::new(ROLEDEX).parent().unwrap().to_str().unwrap();
    for (colors, theme, ground, text) in [
        ("15;0", "dark", "#1a1d23", "#d7dae0"),
        ("0;15", "light", "#fbfbf9", "#24292f"),
    ] {
        let home = Home::new("agency");
        home.sign_in();
        home.ok(&["list"]);
        let path = format!("{bin}:/usr/bin:/bin");
        let env = [
            ("COLORTERM", "truecolor"),
            ("COLORFGBG", colors),
            ("PATH", &path),
            ("PS1", "$ "),
        ];
        let terminal = Terminal::open(&home, "sh", &["-i"], SIZE, &env);
        terminal.wait("$");
        let paper = Paper {
            ground: ground.to_owned(),
            text: text.to_owned(),
        };
        let size = terminal.look(vt100::Screen::size);
        let film = Film::new(paper, size);
        let mut user = Recorder { terminal, film };
        user.shows(900);
        user.types("$", "roledex");
        user.terminal.press(ENTER);
        user.sees("updated", 1_400);
        user.types("❯", "pay prod read");
        user.sees("2/120", 900);
        user.terminal.press(ENTER);
        user.sees("is ready", 1_000);
        let still = user.film.len() - 1;
        for _ in 0..3 {
            // It counts down.
            let before = user.terminal.text();
            user.terminal
                .until("the next second", |screen| screen != before);
            user.sees("ReadOnlyAccess", 1_000);
        }
        user.terminal.press(&ctrl('u'));
        user.sees("type to search", 700);
        user.terminal.press(&ctrl('g'));
        user.sees("▾", 2_000);
        user.terminal.press(ESC);
        user.terminal.wait("export AWS_PROFILE=");
        user.terminal
            .until("the prompt", |screen| screen.trim_end().ends_with('$'));
        user.shows(3_000);
        let label = "A shell: roledex is started, a role is searched for and used, its credentials count down, the list is shown in groups, and the switcher is left";
        let svg = user.film.svg(label, still);
        assert!(svg.len() < MAX_BYTES, "{} bytes", svg.len());
        for foreign in ["<script", "<image", "url(", "@import", "https:"] {
            assert!(!svg.contains(foreign), "{foreign}");
        }
        // The pages of docs/ are a book of their own.
        keep(&format!("../docs/recording-{theme}.svg"), &svg);
    }
}
