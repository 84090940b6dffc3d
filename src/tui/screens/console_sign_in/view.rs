//! Draws a console sign-in: the session to pick, the page, and the time left.

use ratatui::style::Style;
use ratatui::text::Line;

use super::{Browser, ConsoleSignIn, ConsoleStage, Waiting};
use crate::domain::text::plural;
use crate::domain::time::{countdown, seconds_left};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::dialog_rows;
use crate::tui::qr_dialog::{qr_dialog, qr_rows};
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, number, width, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{failure, page_words};

/// From this many rows on, an address that has to be opened elsewhere is shown whole.
const WHOLE_FROM: u16 = 20;

impl Draw for ConsoleSignIn {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let title = if state.demo {
            "AWS console sign-in (simulated)"
        } else {
            "Sign in to the AWS console"
        };
        let text = |room| lines(state, self, room, theme);
        qr_dialog(state, title, self.address(), text, theme, frame);
    }

    fn rows_in_use(&self, state: &State) -> u16 {
        qr_rows(state, self.address())
    }

    fn hints(&self, state: &State) -> Vec<(Action, &'static str)> {
        let mut hints = match &self.stage {
            ConsoleStage::Ready => vec![
                (Action::Accept, "sign in"),
                (Action::OpenPage, "in a browser here"),
                (Action::DeviceCode, "on another device"),
            ],
            ConsoleStage::Starting(_) => Vec::new(),
            ConsoleStage::Waiting(Waiting {
                browser: Browser::Here(_),
                ..
            }) => {
                let mut hints = Vec::new();
                if state.demo {
                    hints.push((Action::ApproveDemo, "allow"));
                }
                hints.extend([
                    (Action::OpenPage, "open"),
                    (Action::Copy, "copy"),
                    (Action::DeviceCode, "on another device"),
                ]);
                hints
            }
            ConsoleStage::Waiting(_) if self.pasted.is_empty() => {
                vec![(Action::Copy, "copy address")]
            }
            ConsoleStage::Waiting(_) => vec![
                (Action::Accept, "use it"),
                (Action::DeleteLine, "discard it"),
                (Action::Copy, "copy address"),
            ],
            ConsoleStage::Failed(_) => vec![
                (Action::Accept, "try again"),
                (Action::DeviceCode, "on another device"),
            ],
        };
        hints.push((Action::Back, "cancel"));
        hints
    }
}

impl ConsoleSignIn {
    /// The address for another device.
    fn address(&self) -> Option<&str> {
        match &self.stage {
            ConsoleStage::Waiting(waiting) if self.wants_text() => Some(&waiting.page.url),
            _ => None,
        }
    }
}

fn lines(state: &State, screen: &ConsoleSignIn, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let key = |action| state.key(action);
    let what = match &screen.profile {
        Some(profile) => format!("profile {profile}"),
        None => "a new profile".to_owned(),
    };
    let left = match &screen.stage {
        ConsoleStage::Waiting(waiting) => {
            let left = seconds_left(state.now, waiting.page.expires_at).max(0);
            format!("   {} left", countdown(left))
        }
        _ => String::new(),
    };
    let columns = room.saturating_sub(width(&left));
    let what = fit(&what, columns, theme.glyphs.ellipsis) + &left;
    let mut lines = vec![line(what, theme.strong)];
    let mut say = |text: &str, style| {
        lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
    };
    match &screen.stage {
        ConsoleStage::Ready => {
            say("", theme.dim);
            say(
                "Pick a session of the AWS console in your browser. Tools then renew its credentials for up to 12 hours.",
                theme.dim,
            );
            say(
                &format!(
                    "Press {} to sign in, or {} to sign in on another device.",
                    key(Action::Accept),
                    key(Action::DeviceCode)
                ),
                theme.dim,
            );
        }
        ConsoleStage::Starting(_) => {
            say("", theme.dim);
            say("Preparing the sign-in.", theme.dim);
        }
        ConsoleStage::Failed(problem) => {
            lines.extend(failure(problem, &key(Action::Accept), room, theme));
        }
        ConsoleStage::Waiting(waiting) => {
            waiting_lines(state, screen, waiting, room, theme, &mut lines);
        }
    }
    lines
}

fn waiting_lines(
    state: &State,
    screen: &ConsoleSignIn,
    waiting: &Waiting,
    room: usize,
    theme: &Theme,
    lines: &mut Vec<Line<'static>>,
) {
    let key = |action| state.key(action);
    let mut say = |text: &str, style| {
        lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
    };
    let plain = Style::new();
    let is_low = state.size.1 < WHOLE_FROM;
    if !is_low {
        say(&waiting.page.portal_host, theme.dim);
    }
    if let Some(address) = &screen.opened_from {
        say(
            &format!("Open the console from {address} first."),
            theme.strong,
        );
    }
    match &screen.wanted {
        Some(wanted) => say(&format!("Pick the session {wanted}."), theme.strong),
        None => say("Pick the session that you want to use.", theme.strong),
    }
    if let Some(region) = waiting.assumed_region.as_ref().filter(|_| !is_low) {
        say(
            &format!("No region is set. The sign-in is in {region}."),
            theme.soon,
        );
    }
    let short = fit(&waiting.page.url, room, theme.glyphs.ellipsis);
    match &waiting.browser {
        Browser::Here(browser) => {
            let words = page_words(
                browser.as_ref(),
                "This page is open in your browser. roledex then continues:",
                "Open this page in your browser:",
            );
            say(&words, theme.dim);
            say(&short, plain);
            if state.demo {
                say(
                    &format!(
                        "Simulated: press {} to sign in without a browser.",
                        key(Action::ApproveDemo)
                    ),
                    theme.soon,
                );
            }
        }
        Browser::Elsewhere {
            mistake,
            is_checking,
        } => {
            say(
                &format!(
                    "Open this page on another device. {} copies it:",
                    key(Action::Copy)
                ),
                theme.dim,
            );
            // Another device cannot read an address that is cut.
            say(if is_low { &short } else { &waiting.page.url }, plain);
            let above = lines.len();
            let mut say = |text: &str, style| {
                lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
            };
            if *is_checking {
                say("Signing in.", theme.dim);
            } else if !screen.pasted.is_empty() {
                let (count, key) = (screen.pasted.count(), key(Action::Accept));
                let count = format!("{} {}", number(count), plural(count, "character"));
                say(&format!("{count} pasted. {key} uses them."), theme.strong);
            } else if let Some(problem) = mistake {
                say(&problem.to_string(), theme.bad);
                if let Some(hint) = &problem.hint {
                    say(hint, theme.dim);
                }
            } else {
                say("Then paste the text of its last page here.", theme.strong);
            }
            // The last lines say what is to be done. On a low screen those above them give way: a key copies the address.
            let rows = usize::from(dialog_rows(state)).saturating_sub(2);
            let surplus = lines.len().saturating_sub(rows).min(above);
            lines.drain(above - surplus..above);
        }
    }
}
