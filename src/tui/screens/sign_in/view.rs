//! Draws a sign-in: the portal, the code, the page, and the time left.

use ratatui::text::Line;

use super::{SignIn, SignInStage};
use crate::domain::sign_in::{SignInCode, SignInMethod, SignInPage};
use crate::domain::time::{countdown, seconds_left};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::qr_dialog::{qr_dialog, qr_rows};
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, width, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{failure, page_words};

/// From this many rows on, the code stands alone, with blanks between its letters.
const LARGE_FROM: u16 = 18;

/// An address of more rows is cut; it can be copied.
const ADDRESS_ROWS: usize = 3;

impl Draw for SignIn {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let large = theme.glyphs.boxes && state.size.1 >= LARGE_FROM;
        let title = if state.demo {
            "Sign in (simulated)"
        } else {
            "Sign in"
        };
        let text = |room| lines(state, self, room, large, theme);
        qr_dialog(state, title, self.address(), text, theme, frame);
    }

    fn rows_in_use(&self, state: &State) -> u16 {
        qr_rows(state, self.address())
    }

    fn hints(&self, state: &State) -> Vec<(Action, &'static str)> {
        let mut hints = match &self.stage {
            SignInStage::Ready if state.demo => vec![(Action::Accept, "sign in")],
            SignInStage::Ready => vec![
                (Action::Accept, "sign in"),
                (Action::DeviceCode, "with a code"),
            ],
            SignInStage::Browser { .. } => vec![
                (Action::OpenPage, "open"),
                (Action::DeviceCode, "a code"),
                (Action::Copy, "copy"),
            ],
            SignInStage::Registering(_) => Vec::new(),
            SignInStage::Code { .. } => {
                let mut hints = Vec::new();
                if state.demo {
                    hints.push((Action::ApproveDemo, "allow"));
                }
                hints.extend([
                    (Action::OpenPage, "open"),
                    (Action::Copy, "copy"),
                    (Action::NewCode, "new code"),
                ]);
                hints
            }
            SignInStage::Failed(_) if self.method == SignInMethod::Device => {
                vec![(Action::Accept, "try again")]
            }
            SignInStage::Failed(_) => {
                vec![
                    (Action::Accept, "try again"),
                    (Action::DeviceCode, "with a code"),
                ]
            }
        };
        hints.push((Action::Back, "cancel"));
        hints
    }
}

impl SignIn {
    /// The address for a phone.
    fn address(&self) -> Option<&str> {
        match &self.stage {
            SignInStage::Code { code, .. } => Some(&code.verification_uri_complete),
            _ => None,
        }
    }
}

fn lines(
    state: &State,
    screen: &SignIn,
    room: usize,
    large: bool,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let key = |action| state.key(action);
    let portal = &screen.portal;
    let mut lines = vec![line(
        fit(
            &format!("{}  {}", portal.name, portal.host()),
            room,
            theme.glyphs.ellipsis,
        ),
        theme.strong,
    )];
    let mut say = |text: &str, style| {
        lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
    };
    match &screen.stage {
        SignInStage::Ready => {
            say("", theme.dim);
            say(
                &if state.demo {
                    format!(
                        "Press {} to get a code from the portal. Approve it in a browser, here or on another device.",
                        key(Action::Accept)
                    )
                } else {
                    format!(
                        "Press {} to sign in with your browser, or {} to get a code for another device.",
                        key(Action::Accept),
                        key(Action::DeviceCode)
                    )
                },
                theme.dim,
            );
        }
        SignInStage::Registering(_) => {
            say("", theme.dim);
            say("Waiting for the portal.", theme.dim);
        }
        SignInStage::Failed(problem) => {
            lines.extend(failure(problem, &key(Action::Accept), room, theme));
        }
        SignInStage::Browser { page, browser, .. } => {
            page_lines(state, page, browser.as_ref(), room, theme, &mut lines);
        }
        SignInStage::Code { code, browser, .. } => {
            code_lines(
                state,
                code,
                browser.as_ref(),
                room,
                large,
                theme,
                &mut lines,
            );
        }
    }
    lines
}

/// Adds the lines of a page. Its address is long and only useful to copy: one line of it is enough.
fn page_lines(
    state: &State,
    page: &SignInPage,
    browser: Option<&Result<(), String>>,
    room: usize,
    theme: &Theme,
    lines: &mut Vec<Line<'static>>,
) {
    let key = |action| state.key(action);
    let left = countdown(seconds_left(state.now, page.expires_at));
    let address = fit(&page.url, room, theme.glyphs.ellipsis);
    let mut say = |text: &str, style| {
        lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
    };
    say(&format!("{left} left"), theme.accent);
    let words = page_words(
        browser,
        "Approve it in your browser. roledex then continues:",
        "Approve this page in your browser:",
    );
    say(&words, theme.dim);
    say(&address, theme.accent);
    say(
        &format!("{} uses a code instead.", key(Action::DeviceCode)),
        theme.dim,
    );
}

fn code_lines(
    state: &State,
    code: &SignInCode,
    browser: Option<&Result<(), String>>,
    room: usize,
    large: bool,
    theme: &Theme,
    lines: &mut Vec<Line<'static>>,
) {
    let key = |action| state.key(action);
    let left = countdown(seconds_left(state.now, code.expires_at));
    let letters = spaced(&code.user_code);
    let is_spaced = large && width(&letters) <= room;
    if is_spaced {
        lines.push(Line::default());
        lines.push(line(letters, theme.strong));
        lines.push(Line::default());
    } else {
        // Where there is little room, the time must not be what is cut.
        lines.push(line(
            format!("{}   {left} left", code.user_code),
            theme.accent,
        ));
    }
    let mut say = |text: &str, style| {
        lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
    };
    match browser {
        Some(Ok(())) => say("This page is open in your browser:", theme.dim),
        Some(Err(why)) => say(
            &format!("Open this page ({why}). Its address is copied:"),
            theme.dim,
        ),
        None => say("Open this page:", theme.dim),
    }
    // A long one must not displace what the user compares.
    let mut address = code.verification_uri_complete.clone();
    if wrap(&address, room).len() > ADDRESS_ROWS {
        address = fit(&address, room * (ADDRESS_ROWS - 1), theme.glyphs.ellipsis);
    }
    say(&address, theme.accent);
    let check = if is_spaced {
        format!(
            "Approve only if the page shows {}. {left} left.",
            code.user_code
        )
    } else {
        format!("Approve only if it shows {}.", code.user_code)
    };
    say(&check, theme.dim);
    if state.demo {
        say(
            &format!(
                "Simulated: press {} to approve without a browser.",
                key(Action::ApproveDemo)
            ),
            theme.soon,
        );
    }
}

/// A code with a blank after each letter, which is read aloud and compared more easily.
fn spaced(code: &str) -> String {
    let letters: Vec<String> = code.chars().map(String::from).collect();
    letters.join(" ")
}
