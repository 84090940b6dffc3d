//! Every key that the switcher advertises, pressed on the real binary: whoever binds a new one finds here
//! that nobody has seen it work.

use std::cell::RefCell;

use crate::support::Home;
use crate::support::terminal::{ENTER, ESC, Terminal, ctrl};
use roledex::internals::tui::action::Action;
use roledex::internals::tui::keymap::{CONTEXTS, Context, Keymap};

const LARGE: (u16, u16) = (100, 30);
const HOME: &str = "\x1b[H";
const END: &str = "\x1b[F";
const SELECTED: char = '\u{258c}';

/// The keymap, and what is left to be pressed.
struct Keys {
    keymap: Keymap,
    left: RefCell<Vec<(Context, Action)>>,
}

impl Keys {
    fn new() -> Self {
        let keymap = Keymap::new(&[]).unwrap();
        let bindings = CONTEXTS.into_iter().flat_map(|(context, _)| {
            let actions = keymap
                .bindings(context)
                .map(move |(_, action)| (context, action));
            actions.collect::<Vec<_>>()
        });
        Self {
            left: RefCell::new(bindings.collect()),
            keymap,
        }
    }

    /// Does something with each key that means this, as the bytes that a terminal sends.
    fn each(&self, context: Context, action: Action, mut press: impl FnMut(&str)) {
        let keys = self
            .keymap
            .bindings(context)
            .filter(|(_, bound)| *bound == action);
        let keys: Vec<String> = keys.map(|(key, _)| key.to_string()).collect();
        assert!(!keys.is_empty(), "{action:?} has no key in {context:?}");
        for key in keys {
            press(&bytes(&key));
        }
        self.left
            .borrow_mut()
            .retain(|binding| *binding != (context, action));
    }
}

/// The bytes that a terminal sends for a key.
fn bytes(key: &str) -> String {
    let named = match key {
        "Enter" => ENTER,
        "Esc" => ESC,
        "Tab" => "\t",
        "Shift-Tab" => "\x1b[Z",
        "Backspace" => "\x7f",
        "Del" => "\x1b[3~",
        "Up" => "\x1b[A",
        "Down" => "\x1b[B",
        "Right" => "\x1b[C",
        "Left" => "\x1b[D",
        "PgUp" => "\x1b[5~",
        "PgDn" => "\x1b[6~",
        "Home" => HOME,
        "End" => END,
        "Alt-Left" => "\x1b[1;3D",
        "Alt-Right" => "\x1b[1;3C",
        "Ctrl-Backspace" => "\x1b[127;5u",
        "Ctrl-Del" => "\x1b[3;5~",
        "Ctrl-Left" => "\x1b[1;5D",
        "Ctrl-Right" => "\x1b[1;5C",
        "F1" => "\x1bOP",
        "F2" => "\x1bOQ",
        "F3" => "\x1bOR",
        "F4" => "\x1bOS",
        "F5" => "\x1b[15~",
        "F6" => "\x1b[17~",
        "F7" => "\x1b[18~",
        "Space" => " ",
        "F8" => "\x1b[19~",
        _ => "",
    };
    if !named.is_empty() {
        return named.to_owned();
    }
    if let Some(rest) = key.strip_prefix("Alt-") {
        return format!("\x1b{}", bytes(&rest.to_lowercase()));
    }
    if let Some(letter) = key.strip_prefix("Ctrl-") {
        return ctrl(letter.to_lowercase().chars().next().unwrap());
    }
    match key {
        "backspace" => "\x7f".to_owned(),
        key => {
            assert_eq!(key.chars().count(), 1, "how is {key} sent?");
            key.to_owned()
        }
    }
}

/// The row of the list that is selected, counted from its first one.
fn selected(screen: &str) -> Option<usize> {
    screen
        .lines()
        .skip(3)
        .position(|line| line.starts_with(SELECTED))
}

/// The row of the screen with the selection of what lies on top of the list.
fn chosen(screen: &str) -> Option<usize> {
    screen
        .lines()
        .position(|line| line.chars().skip(1).any(|c| c == SELECTED))
}

struct User<'a> {
    keys: &'a Keys,
    home: &'a Home,
    terminal: RefCell<Terminal>,
}

impl<'a> User<'a> {
    fn sits_down(keys: &'a Keys, home: &'a Home, args: &[&str]) -> Self {
        Self {
            keys,
            home,
            terminal: RefCell::new(Terminal::roledex(home, args, LARGE)),
        }
    }

    fn press(&self, keys: &str) {
        self.terminal.borrow_mut().press(keys);
    }

    fn sees(&self, text: &str) {
        self.terminal.borrow().wait(text);
    }

    fn sees_no(&self, text: &str) {
        let without = |screen: &str| !screen.contains(text);
        self.terminal
            .borrow()
            .until(&format!("no {text:?}"), without);
    }

    fn sees_row(&self, row: usize) {
        let at = |screen: &str| selected(screen) == Some(row);
        self.terminal.borrow().until(&format!("row {row}"), at);
    }

    /// Opens something by each of its keys, and leaves it again.
    fn opens(&self, context: Context, action: Action, sees: &str) {
        self.keys.each(context, action, |key| {
            self.press(key);
            self.sees(sees);
            self.press(ESC);
            self.sees_no(sees);
        });
    }

    /// Each key closes what is open; `again` opens it.
    fn closes(&self, (context, action): (Context, Action), sees: &str, again: &str) {
        self.keys.each(context, action, |key| {
            self.press(key);
            self.sees_no(sees);
            self.press(again);
            self.sees(sees);
        });
    }

    /// Each key makes requests.
    fn asks(&self, context: Context, action: Action) {
        self.keys.each(context, action, |key| {
            let before = self.home.sim.requests().len();
            let drawn = self.terminal.borrow().bytes().len();
            self.press(key);
            crate::support::wait_for("a request", || {
                (self.home.sim.requests().len() > before).then_some(())
            });
            // The request may come before the frame with the row at work in it.
            crate::support::wait_for("a frame", || {
                (self.terminal.borrow().bytes().len() > drawn).then_some(())
            });
            // There may be no room for a word beside the spinner.
            let spins = |screen: &str| screen.contains(|c| ('\u{2801}'..='\u{28ff}').contains(&c));
            let ends = |screen: &str| !spins(screen);
            self.terminal.borrow().until("no spinner", ends);
        });
    }

    /// Typed text, a key, more text: what the query is then.
    fn edits(&self, action: Action, before: &str, then: &str, after: &str) {
        self.keys.each(Context::Text, action, |key| {
            self.press(&format!("{before}{key}{then}"));
            self.sees(&format!("\u{276f} {after} "));
            self.press(ESC);
            self.sees("type to search");
        });
    }

    /// The keys that move the selection of something with a few rows on top of the list.
    fn moves_within(&self, context: Context, ends: bool) {
        let row = || chosen(&self.terminal.borrow().text()).unwrap();
        let top = row();
        let moved = |what: &str, is: &dyn Fn(usize) -> bool| {
            let there = |screen: &str| chosen(screen).is_some_and(is);
            self.terminal.borrow().until(what, there);
        };
        self.keys.each(context, Action::Down, |key| {
            self.press(key);
            moved("the second row", &|row| row == top + 1);
            self.press("\x1b[A");
            moved("the first row", &|row| row == top);
        });
        self.keys.each(context, Action::Up, |key| {
            self.press("\x1b[B");
            moved("the second row", &|row| row == top + 1);
            self.press(key);
            moved("the first row", &|row| row == top);
        });
        self.keys.each(context, Action::PageDown, |key| {
            self.press(key);
            moved("a lower row", &|row| row > top);
            self.press("\x1b[5~");
            moved("the first row", &|row| row == top);
        });
        self.keys.each(context, Action::PageUp, |key| {
            self.press("\x1b[6~");
            moved("a lower row", &|row| row > top);
            self.press(key);
            moved("the first row", &|row| row == top);
        });
        if !ends {
            return;
        }
        self.keys.each(context, Action::Last, |key| {
            self.press(key);
            moved("the last row", &|row| row > top);
            self.press(HOME);
            moved("the first row", &|row| row == top);
        });
        self.keys.each(context, Action::First, |key| {
            self.press(END);
            moved("the last row", &|row| row > top);
            self.press(key);
            moved("the first row", &|row| row == top);
        });
    }
}

fn list(user: &User<'_>) {
    let keys = user.keys;
    user.sees("6/6");
    user.sees_row(0);
    // Of a role without a profile, too.
    user.sees("eu-west-1 (assumed)");
    for (action, from, from_row, to) in [
        (Action::Down, HOME, 0, 1),
        (Action::Up, END, 5, 4),
        (Action::PageDown, HOME, 0, 5),
        (Action::PageUp, END, 5, 0),
        (Action::Last, HOME, 0, 5),
        (Action::First, END, 5, 0),
    ] {
        keys.each(Context::Picker, action, |key| {
            user.press(from);
            user.sees_row(from_row);
            user.press(key);
            user.sees_row(to);
        });
    }
    user.press(HOME);
    user.edits(Action::DeleteBack, "abc", "", "ab");
    user.edits(Action::DeleteForward, "abc\x1b[D", "", "ab");
    user.edits(Action::DeleteWord, "ab cd", "x", "ab x");
    user.edits(Action::DeleteWordForward, "ab cd\x01", "x", "x cd");
    user.edits(Action::DeleteLine, "abc", "x", "x");
    user.edits(Action::CursorLeft, "abc", "x", "abxc");
    user.edits(Action::CursorRight, "abc\x1b[D\x1b[D", "x", "abxc");
    user.edits(Action::WordLeft, "ab cd", "x", "ab xcd");
    user.edits(Action::DeleteWordPart, "ab-cd", "x", "ab-x");
    keys.each(Context::QueryInside, Action::LineEnd, |key| {
        user.press(&format!("ab cd\x01{key}x"));
        user.sees("\u{276f} ab cdx ");
        user.press(ESC);
        user.sees("type to search");
    });
    // Some of these keys mean something else in the list.
    for (action, before, after) in [
        (Action::WordRight, "ab cd\x01", "abx cd"),
        (Action::DeleteToEnd, "ab cd\x1b[D\x1b[D", "ab x"),
        (Action::LineStart, "abc", "xabc"),
        (Action::LineEnd, "abc\x01", "abcx"),
    ] {
        keys.each(Context::Text, action, |key| {
            user.press("\x1bOS");
            user.sees("Enter the address of your portal.");
            user.press(&format!("{before}{key}x"));
            user.sees(after);
            user.press(ESC);
            user.sees_no("Enter the address of your portal.");
        });
    }
    user.opens(Context::QueryEmpty, Action::Help, "\u{256d} Help");
    user.opens(Context::Global, Action::Help, "\u{256d} Help");
    user.opens(Context::QueryEmpty, Action::Palette, "\u{256d} Help");
    user.opens(Context::Picker, Action::Palette, "\u{256d} Help");
    user.opens(Context::Picker, Action::Settings, "\u{256d} Settings");
    user.opens(
        Context::Picker,
        Action::AddPortal,
        "Enter the address of your portal.",
    );
    user.opens(Context::Picker, Action::AddApp, "Add an external account");
    user.opens(
        Context::Picker,
        Action::ConsoleSignIn,
        "Sign in to the AWS console",
    );
    keys.each(Context::Global, Action::Back, |key| {
        user.press("\x1bOP");
        user.sees("\u{256d} Help");
        user.press(key);
        user.sees_no("\u{256d} Help");
    });
    keys.each(Context::Picker, Action::NextView, |key| {
        user.press(key);
        user.sees("[Org");
        user.press("\x1b[Z");
    });
    keys.each(Context::Picker, Action::PreviousView, |key| {
        user.press("\t");
        user.sees("[Org");
        user.press(key);
        user.sees("[All");
    });
    keys.each(Context::Picker, Action::Group, |key| {
        user.press(key);
        user.sees("\u{25be}");
        user.press(key);
        user.press(key);
        user.sees_no("\u{25be}");
    });
    keys.each(Context::Picker, Action::ToggleDetails, |key| {
        user.press(key);
        user.sees_no("e-mail");
        user.press(key);
        user.sees("e-mail");
    });
    // Stopping needs a shell with job control around it: tests/it/journeys.rs has one.
    keys.each(Context::Global, Action::Suspend, |_| {});
}

fn entry(user: &User<'_>) {
    let keys = user.keys;
    keys.each(Context::Picker, Action::Here, |key| {
        user.press(key);
        user.sees("has no role from roledex");
    });
    keys.each(Context::Picker, Action::Copy, |key| {
        user.press(key);
        user.sees("sent to the clipboard: org:startup/");
    });
    keys.each(Context::Picker, Action::Pin, |key| {
        user.press(key);
        user.sees("is pinned");
        user.press(key);
        user.sees("is no longer pinned");
    });
    keys.each(Context::Picker, Action::Use, |key| {
        user.press(key);
        user.sees("is ready");
    });
    user.asks(Context::Picker, Action::Refresh);
    user.asks(Context::Picker, Action::RefreshAll);
    user.asks(Context::Picker, Action::Reload);
    keys.each(Context::Picker, Action::Subshell, |key| {
        user.press(key);
        user.sees("exit to return to roledex");
        user.press("exit 7\r");
        user.sees("with exit code 7");
    });
    keys.each(Context::Picker, Action::Console, |key| {
        user.press(key);
        // There is no display here.
        user.sees("no browser was opened");
        user.sees("Sent to the clipboard:");
        user.press(ESC);
        user.sees_no("\u{256d} Web console");
    });
    user.press(&ctrl('o'));
    user.sees("Sent to the clipboard:");
    keys.each(Context::Address, Action::Copy, |key| {
        user.press(key);
        user.sees("sent the address to the clipboard");
    });
    keys.each(Context::Address, Action::OpenPage, |key| {
        let drawn = user.terminal.borrow().bytes().len();
        user.press(key);
        crate::support::wait_for("a frame", || {
            (user.terminal.borrow().bytes().len() > drawn).then_some(())
        });
        user.sees("Sent to the clipboard:");
    });
    user.press(ESC);
    user.sees_no("\u{256d} Web console");
    keys.each(Context::Confirm, Action::Back, |key| {
        user.press("\x1bf");
        user.sees("Forget the profile");
        user.press(key);
        user.sees_no("Forget the profile");
    });
    user.opens(Context::Picker, Action::Forget, "Forget the profile");
    keys.each(Context::Picker, Action::SignInAll, |key| {
        user.press(key);
        user.sees("signed in to all portals");
    });
    user.opens(Context::Global, Action::Messages, "\u{256d} Messages");
    user.press("\x1b[18~");
    user.sees("\u{256d} Messages");
    user.moves_within(Context::Messages, true);
    keys.each(Context::Messages, Action::Copy, |key| {
        let copies = || {
            let bytes = user.terminal.borrow().bytes();
            String::from_utf8_lossy(&bytes)
                .matches("\x1b]52;c;")
                .count()
        };
        let before = copies();
        user.press(key);
        crate::support::wait_for("a copy", || (copies() > before).then_some(()));
    });
    user.press(ESC);
    user.sees_no("\u{256d} Messages");
}

fn regions(user: &User<'_>) {
    let keys = user.keys;
    let title = "\u{256d} Region";
    user.opens(Context::Picker, Action::Region, title);
    user.press("\x1bg");
    user.sees(title);
    user.closes((Context::Regions, Action::Region), title, "\x1bg");
    user.sees("For AdministratorAccess in Startup Production");
    user.press(HOME);
    user.sees("af-south-1");
    user.moves_within(Context::Regions, true);
    keys.each(Context::Regions, Action::Scope, |key| {
        user.press(key);
        user.sees("For every role in");
    });
    keys.each(Context::Regions, Action::Accept, |key| {
        user.press("stockholm");
        user.press(key);
        user.sees("eu-north-1 is now the region of");
        user.sees_no(title);
    });
}

fn help(user: &User<'_>) {
    let keys = user.keys;
    for open in ["?", ":"] {
        user.press(open);
        user.sees("\u{256d} Help");
        user.press(ESC);
        user.sees_no("\u{256d} Help");
    }
    user.press(":");
    user.sees("\u{256d} Help");
    user.moves_within(Context::Palette, true);
    user.press(ESC);
    user.sees_no("\u{256d} Help");
    keys.each(Context::Palette, Action::Accept, |key| {
        user.press(":");
        user.press("add a portal");
        user.press(key);
        user.sees("Enter the address of your portal.");
        user.press(ESC);
        user.sees_no("Enter the address of your portal.");
    });
    keys.each(Context::Palette, Action::Palette, |key| {
        user.press(":");
        user.sees("\u{256d} Help");
        user.press(key);
        user.sees_no("\u{256d} Help");
    });
    user.press("\x1bOR");
    user.sees("draw with ASCII only");
    let settings = (Context::Settings, Action::Settings);
    user.closes(settings, "draw with ASCII only", "\x1bOR");
    user.moves_within(Context::Settings, true);
    keys.each(Context::Settings, Action::Accept, |key| {
        user.press("\x1b[B\x1b[B");
        user.press(key);
        let changed = || user.home.read(".config/roledex/config.toml");
        crate::support::wait_for("the setting", || {
            changed().contains("reduced_motion = true").then_some(())
        });
    });
    user.press(ESC);
    user.sees_no("\u{256d} Settings");
}

fn syncing(user: &User<'_>) {
    let keys = user.keys;
    user.opens(Context::Picker, Action::Sync, " ticked");
    user.press("\x1bs");
    user.sees("5 ticked");
    user.moves_within(Context::Sync, true);
    keys.each(Context::Sync, Action::Tick, |key| {
        user.press(key);
        user.sees("4 ticked");
        user.press(key);
        user.sees("5 ticked");
    });
    keys.each(Context::Sync, Action::TickAll, |key| {
        user.press(key);
        user.sees("0 ticked");
        user.press(key);
        user.sees("5 ticked");
    });
    keys.each(Context::Sync, Action::Accept, |key| {
        user.press(key);
        user.sees("Write 5 profiles?");
        user.press("n");
        user.sees_no("Write 5 profiles?");
    });
    user.press(ESC);
    user.sees_no("5 ticked");
}

fn signing_in(user: &User<'_>) {
    let keys = user.keys;
    keys.each(Context::Picker, Action::SignInOut, |key| {
        user.press(key);
        user.sees("Sign out of startup?");
        keys.each(Context::Confirm, Action::Yes, |yes| user.press(yes));
        user.sees("signed out of startup");
        user.press(key);
        user.sees("Press Enter to sign in");
    });
    keys.each(Context::SignIn, Action::DeviceCode, |key| {
        user.press(key);
        user.sees("Approve only if");
    });
    let code = || crate::support::find_code(&user.terminal.borrow().text());
    keys.each(Context::SignIn, Action::NewCode, |key| {
        let before = code();
        user.press(key);
        crate::support::wait_for("another code", || {
            code().filter(|now| Some(now) != before.as_ref())
        });
    });
    keys.each(Context::SignIn, Action::Copy, |key| {
        user.press(key);
        user.sees("sent the address and the code to the clipboard");
    });
    keys.each(Context::SignIn, Action::OpenPage, |key| {
        user.press(key);
        user.sees("(no display)");
    });
    user.press(ESC);
    user.sees_no("\u{256d} Sign in");
    keys.each(Context::SignIn, Action::Accept, |key| {
        user.press(&ctrl('l'));
        user.sees("Press Enter to sign in");
        user.press(key);
        user.sees("Approve only if");
    });
    assert!(user.home.sim.approve(&code().unwrap()));
    user.sees("signed in to startup");
}

fn portals(keys: &Keys) {
    let home = Home::new("external");
    home.sign_in();
    let app = &home.sim.endpoints().apps[0];
    home.ok(&["app", "add", &app.url, "--portal", "external"]);
    let url = "https://d-1234567890.awsapps.com/start";
    home.ok(&[
        "portal",
        "add",
        "second",
        "--start-url",
        url,
        "--region",
        "eu-west-1",
    ]);
    let user = User::sits_down(keys, &home, &[]);
    let title = "\u{256d} Portals";
    user.sees("type to search");
    user.opens(Context::Picker, Action::Portals, title);
    user.press("\x1bp");
    user.sees(title);
    user.closes((Context::Portals, Action::Portals), title, "\x1bp");
    user.moves_within(Context::Portals, true);
    for (action, sees) in [
        (Action::SignInOut, "Sign out of external?"),
        (Action::Edit, "\u{256d} Edit the portal"),
        (Action::Remove, "Remove the portal external?"),
        (Action::AddPortal, "Enter the address of your portal."),
        (Action::AddApp, "\u{256d} Add an external account"),
    ] {
        user.opens(Context::Portals, action, sees);
    }
    keys.each(Context::Portals, Action::Reload, |key| {
        let before = home.sim.requests().len();
        user.press(key);
        crate::support::wait_for("a request", || {
            (home.sim.requests().len() > before).then_some(())
        });
        user.sees("\u{25cf} external");
    });
    keys.each(Context::Portals, Action::Accept, |key| {
        user.press(key);
        user.sees("portal:^external$");
    });
}

fn onboarding(keys: &Keys) {
    let home = Home::new("startup");
    let user = User::sits_down(keys, &home, &[]);
    let row = || {
        let cursor = |screen: &vt100::Screen| screen.cursor_position().0;
        user.terminal.borrow().look(cursor)
    };
    user.sees("start URL");
    user.opens(
        Context::Onboarding,
        Action::ConsoleSignIn,
        "Sign in to the AWS console",
    );
    user.press("https://d-9067000001.awsapps.com/start");
    keys.each(Context::Onboarding, Action::Accept, |key| {
        user.press(key);
        user.sees("could not be detected");
    });
    let region = row();
    let reaches = |wanted: u16| {
        crate::support::wait_for("a field", || (row() == wanted).then_some(()));
    };
    for down in [Action::Down, Action::NextField] {
        keys.each(Context::Onboarding, down, |key| {
            user.press(key);
            reaches(region + 1);
            user.press("\x1b[A");
            reaches(region);
        });
    }
    for up in [Action::Up, Action::PreviousField] {
        keys.each(Context::Onboarding, up, |key| {
            user.press(key);
            reaches(region - 1);
            user.press("\t");
            reaches(region);
        });
    }
}

fn capturing(keys: &Keys) {
    let home = Home::new("external");
    home.sign_in();
    let apps = home.sim.endpoints().apps.clone();
    home.ok(&["app", "add", &apps[0].url, "--method", "file"]);
    home.ok(&["app", "add", &apps[1].url, "--portal", "external"]);
    let user = User::sits_down(keys, &home, &["--query", "partner"]);
    user.sees("1/");
    user.press(ENTER);
    user.sees("Paste the SAML response");
    keys.each(Context::Capture, Action::Copy, |key| {
        user.press(key);
        user.sees("sent the address");
    });
    // What is hidden cannot be corrected: either key takes back all of it.
    for action in [Action::DeleteBack, Action::DeleteLine] {
        keys.each(Context::Capture, action, |key| {
            user.press("abc");
            user.sees("3 characters pasted");
            user.press(key);
            user.sees_no("characters pasted");
        });
    }
    keys.each(Context::Capture, Action::Accept, |key| {
        user.press("abc");
        user.press(key);
        user.sees("this is not a SAML response");
    });
    keys.each(Context::Capture, Action::ConsoleSignIn, |key| {
        user.press(key);
        user.sees("Sign in to the app in your browser");
    });
    user.press(ESC);
    user.sees_no("Sign in to the app in your browser");
    user.press(&ctrl('u'));
    user.press("customer");
    user.sees("1/");
    user.press(ENTER);
    user.sees("which role?");
    user.moves_within(Context::Roles, true);
    keys.each(Context::Roles, Action::Accept, |key| {
        user.press(key);
        user.sees("is ready");
    });
    user.press(&ctrl('o'));
    user.sees("Enter shows the address and copies it");
    keys.each(Context::Address, Action::Accept, |key| {
        user.press(key);
        user.sees("Sent to the clipboard:");
    });
}

#[test]
fn every_advertised_key_works_at_a_real_terminal() {
    let keys = Keys::new();
    let home = Home::new("startup");
    home.sign_in();
    let user = User::sits_down(&keys, &home, &[]);
    list(&user);
    entry(&user);
    regions(&user);
    syncing(&user);
    help(&user);
    signing_in(&user);
    keys.each(Context::Picker, Action::Export, |key| {
        user.press(key);
        user.sees("exporting needs rdx");
    });
    onboarding(&keys);
    portals(&keys);
    capturing(&keys);
    let demo = User::sits_down(&keys, &home, &["demo"]);
    demo.sees("Checkout Dev");
    demo.press("\x1bl");
    demo.press(ENTER);
    demo.sees("Simulated");
    keys.each(Context::SignIn, Action::ApproveDemo, |key| {
        demo.press(key);
        demo.sees("signed in to client");
    });
    let left = keys.left.into_inner();
    assert!(left.is_empty(), "nobody saw these work: {left:?}");
}

/// A click on a cell, as a terminal sends it; rows and columns count from 0.
fn click((row, column): (usize, usize)) -> String {
    let (row, column) = (row + 1, column + 1);
    format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m")
}

#[test]
fn the_mouse_works_in_dialogs() {
    let home = Home::new("startup");
    home.sign_in();
    let mut terminal = Terminal::roledex(&home, &[], LARGE);
    terminal.wait("6/6");
    terminal.press(":");
    let help = terminal.wait("\u{256d} Help");
    let first = chosen(&help).unwrap();
    terminal.press("\x1b[<65;50;10M");
    terminal.until("a lower row", |screen| {
        chosen(screen).is_some_and(|row| row > first)
    });
    terminal.press("\x1b[<64;50;10M");
    terminal.until("the first row", |screen| chosen(screen) == Some(first));
    // One click selects, the second one runs.
    terminal.press("add a portal");
    let help = terminal.wait("\u{276f} add a portal");
    let row = help.lines().position(|line| line.contains("F4")).unwrap();
    terminal.press(&click((row, 50)).repeat(2));
    let form = "Enter the address of your portal.";
    terminal.wait(form);
    terminal.press(ESC);
    terminal.until("no form", |screen| !screen.contains(form));
    // So it is with the portals.
    terminal.press("\x1bp");
    let portals = terminal.wait("\u{256d} Portals");
    let row = portals
        .lines()
        .position(|line| line.contains("\u{25cf} startup"));
    terminal.press(&click((row.unwrap(), 50)).repeat(2));
    terminal.wait("portal:^startup$");
}
