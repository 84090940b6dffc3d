//! Draws the form that adds a portal: one field, then those that are still missing.

use ratatui::text::Line;

use super::{Onboarding, REGION};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::region_field::is_choosing;
use crate::tui::state::{Draw, State};
use crate::tui::text::{line, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{self, dialog, set_cursor};

const LABELS: [&str; 3] = ["start URL", "region", "name"];

impl Draw for Onboarding {
    fn hides_list(&self) -> bool {
        self.first_run
    }

    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let (width, height) = state.size;
        let columns = width.min(84);
        let room = usize::from(columns).saturating_sub(4);
        let mut lines: Vec<Line<'_>> = Vec::new();
        let small = height < 14;
        if !small {
            let welcome = if self.first_run {
                "Welcome. roledex lists every AWS account and role in your access portal. Enter the address of your portal."
            } else {
                "Enter the address of your portal."
            };
            lines.extend(
                wrap(welcome, room)
                    .into_iter()
                    .map(|text| line(text, theme.strong)),
            );
            lines.push(Line::default());
        }
        let cursor = widgets::form(&self.form, LABELS, room, theme, &mut lines);
        lines.push(Line::default());
        lines.extend(notes(state, self, room, theme));
        let rows = u16::try_from(lines.len())
            .unwrap_or(height)
            .saturating_add(2);
        let title = if self.first_run {
            "roledex"
        } else {
            "Add a portal"
        };
        let inner = dialog(state, title, columns, rows, theme, frame);
        let place = (inner, lines.len());
        frame.lines(lines, inner);
        self.regions
            .position((&self.form, REGION), place, theme, frame);
        if let Some(cursor) = cursor {
            set_cursor(frame, inner, cursor);
        }
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        let accept = match self.form.shown {
            _ if self.form.is_account_access() => "sign in to the console",
            _ if is_choosing(&self.form, REGION) => "choose",
            1 => "continue",
            _ => "save",
        };
        let mut hints = vec![(Action::Accept, accept)];
        if self.form.shown == 1 && !self.form.is_account_access() {
            hints.push((Action::ConsoleSignIn, "AWS console"));
        }
        if is_choosing(&self.form, REGION) {
            hints.push((Action::Down, "next region"));
        } else if self.form.shown > 1 {
            hints.push((Action::Down, "next field"));
        }
        if !self.first_run {
            hints.push((Action::Back, "back"));
        }
        hints
    }
}

/// The way on from the address of an account access manager.
pub(crate) fn account_access_hint(state: &State) -> String {
    let key = state.key(Action::Accept);
    format!("{key} signs in to the AWS console, and roledex then lists the profile.")
}

/// The text below the fields: progress, a problem, or help.
fn notes(state: &State, screen: &Onboarding, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut say = |text: &str, style| {
        lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
    };
    if screen.form.waiting.is_some() {
        say(
            if screen.form.shown == 1 {
                "Checking the portal"
            } else {
                "Saving"
            },
            theme.dim,
        );
    } else if let Some(problem) = &screen.form.problem {
        say(&problem.to_string(), theme.bad);
        if screen.form.is_account_access() {
            say(&account_access_hint(state), theme.strong);
        } else if let Some(hint) = &problem.hint {
            say(hint, theme.dim);
        }
    } else if screen.form.shown == 1 {
        say(
            "For example https://d-1234567890.awsapps.com/start. Any page of the portal works.",
            theme.dim,
        );
        let key = state.key(Action::ConsoleSignIn);
        say(
            &format!("No portal? {key} signs in to the AWS console instead."),
            theme.dim,
        );
    } else if is_choosing(&screen.form, REGION) {
        lines.extend(screen.regions.lines(&screen.form, REGION, room, theme));
    } else {
        if screen.region_found {
            say("The region was detected.", theme.good);
        } else if screen.form.fields[REGION].is_empty() {
            say("The region could not be detected. Enter it.", theme.soon);
        }
        let file = if state.demo {
            "the demo's AWS config"
        } else {
            "your AWS config"
        };
        say(
            &format!("Saved as an sso-session in {file}, which the AWS CLI uses too."),
            theme.dim,
        );
    }
    lines
}
