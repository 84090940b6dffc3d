//! Draws a capture.

use ratatui::text::Line;

use super::{Capture, CaptureStage};
use crate::domain::CaptureStep;
use crate::domain::text::plural;
use crate::domain::time::{countdown, seconds_left};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::dialog_rows;
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, number, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{dialog, spinner};

/// From this many rows on, an address is shown whole.
const WHOLE_FROM: u16 = 20;

impl Draw for Capture {
    #[expect(clippy::too_many_lines, reason = "one arm for each step")]
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let columns = state.size.0.min(76);
        let room = usize::from(columns).saturating_sub(4);
        let mut lines: Vec<Line<'_>> = Vec::new();
        let mut say = |text: &str, style| {
            lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
        };
        match &self.stage {
            CaptureStage::Working {
                step,
                failure,
                until,
                asks,
                ..
            } => {
                let wheel = spinner(state, theme);
                match step {
                    None => say(&format!("{wheel} One moment"), theme.strong),
                    Some(CaptureStep::AskingPortal) => {
                        say(&format!("{wheel} Asking the portal"), theme.strong);
                    }
                    Some(CaptureStep::Silent) => {
                        say(
                            &format!("{wheel} Signing in without a window"),
                            theme.strong,
                        );
                    }
                    Some(CaptureStep::Window) => {
                        say("Sign in in the browser window.", theme.strong);
                        say(
                            "It closes by itself when it is done. roledex never sees what you type there.",
                            theme.dim,
                        );
                    }
                    Some(CaptureStep::Loopback { url, not_opened }) => {
                        let what = if *asks {
                            "Sign in to the app in your browser, until its console is open."
                        } else {
                            "Sign in in your browser."
                        };
                        say(what, theme.strong);
                        if let Some(why) = not_opened {
                            say(&format!("{why}; open it on this machine:"), theme.soon);
                        }
                        if not_opened.is_some() || *asks {
                            // A key copies it: on a low screen it leaves room for what is to be done.
                            let is_low = state.size.1 < WHOLE_FROM;
                            let short = fit(url, room, theme.glyphs.ellipsis);
                            say(if is_low { &short } else { url }, theme.accent);
                        }
                        if *asks {
                            let key = state.key(Action::Accept);
                            say(&format!("{key} when its console is open."), theme.strong);
                        }
                    }
                    Some(CaptureStep::MethodFailed { .. } | CaptureStep::Refused { .. }) => {}
                }
                if let Some(until) = until {
                    let left = countdown(seconds_left(state.now, *until).max(0));
                    say(&format!("Time left: {left}"), theme.good);
                }
                if let Some(failure) = failure {
                    say(failure, theme.dim);
                }
            }
            CaptureStage::Paste => {
                say("Paste the SAML response of this app.", theme.strong);
                say(
                    "Sign in with any browser and its developer tools open. The request to AWS contains the SAMLResponse.",
                    theme.dim,
                );
            }
            CaptureStage::Failed(problem) => {
                say(&problem.to_string(), theme.bad);
                if let Some(hint) = &problem.hint {
                    say(hint, theme.dim);
                }
            }
        }
        if self.offers_console() {
            let key = state.key(Action::ConsoleSignIn);
            say(
                &format!(
                    "{key} uses the AWS console in your own browser, from now on if it works."
                ),
                theme.strong,
            );
        }
        if self.pasted.is_empty() {
            if !matches!(self.stage, CaptureStage::Paste) && state.size.1 >= 14 {
                say("", theme.dim);
                say("Or paste the SAMLResponse here.", theme.dim);
            }
        } else {
            let count = self.pasted.count();
            let count = format!("{} {}", number(count), plural(count, "character"));
            let pasted = wrap(&format!("{count} pasted. Enter uses them."), room);
            // On a low screen it takes the place of what is said above it.
            let above = usize::from(dialog_rows(state)).saturating_sub(2 + pasted.len());
            if lines.len() < above {
                lines.push(Line::default());
            }
            lines.truncate(above);
            lines.extend(pasted.into_iter().map(|text| line(text, theme.accent)));
        }
        let rows = u16::try_from(lines.len()).unwrap_or(8).saturating_add(2);
        let title = fit(
            &self.app.name,
            room.saturating_sub(4),
            theme.glyphs.ellipsis,
        );
        let inner = dialog(state, &title, columns, rows, theme, frame);
        frame.lines(lines, inner);
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        let mut hints = Vec::new();
        if !self.pasted.is_empty() {
            hints.push((Action::Accept, "use it"));
            hints.push((Action::DeleteLine, "discard it"));
        } else if matches!(self.stage, CaptureStage::Failed(_)) {
            hints.push((Action::Accept, "try again"));
        } else if self.asks() {
            hints.push((Action::Accept, "console is open"));
        }
        if self.offers_console() {
            hints.push((Action::ConsoleSignIn, "AWS console"));
        }
        hints.push((Action::Back, "cancel"));
        hints.push((Action::Copy, "copy address"));
        hints
    }
}
