//! Draws the form that adds a portal: one field, then those that are still missing.

use super::{Onboarding, REGION};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::{Area, FieldArea};
use crate::tui::region_field::is_choosing;
use crate::tui::state::{Draw, State};
use crate::tui::theme::Theme;
use crate::tui::widgets::FormLines;

const LABELS: [&str; 3] = ["start URL", "region", "name"];

/// The most columns of the dialog.
const WIDEST: u16 = 84;

impl Draw for Onboarding {
    fn hides_list(&self) -> bool {
        self.first_run
    }

    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let text = self.text(state, theme);
        let title = if self.first_run {
            "roledex"
        } else {
            "Add a portal"
        };
        let place = text.draw(state, title, theme, frame);
        self.regions
            .position((&self.form, REGION), place, theme, frame);
    }

    fn field_areas(&self, state: &State) -> Vec<FieldArea> {
        let text = self.text(state, &Theme::plain());
        text.field_areas(state)
    }

    fn row_areas(&self, state: &State) -> Vec<(Area, usize)> {
        let text = self.text(state, &Theme::plain());
        self.regions
            .row_areas((&self.form, REGION), text.place(state))
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
            hints.push((Action::NextField, "next field"));
        }
        let is_first = self.form.shown == 1 && self.form.waiting.is_none();
        let word = if self.first_run && is_first {
            "quit"
        } else {
            "back"
        };
        hints.push((Action::Back, word));
        hints
    }
}

/// The way on from the address of an account access manager.
pub(crate) fn account_access_hint(state: &State) -> String {
    let key = state.key(Action::Accept);
    format!("{key} signs in to the AWS console, and roledex then lists the profile.")
}

impl Onboarding {
    fn text(&self, state: &State, theme: &Theme) -> FormLines {
        let mut text = FormLines::new(state, WIDEST);
        if state.size.1 >= 14 {
            let welcome = if self.first_run {
                "Welcome. roledex lists every AWS account and role in your access portal. "
            } else {
                ""
            };
            let what = match self.form.shown {
                1 => "Enter the address of your portal.",
                _ if self.region_found => "Choose a name for your portal.",
                _ => "Enter the region of your portal.",
            };
            text.say(&format!("{welcome}{what}"), theme.strong);
            text.say("", theme.dim);
        }
        text.form(&self.form, LABELS, theme);
        text.say("", theme.dim);
        notes(state, self, theme, &mut text);
        text
    }
}

/// Adds the text below the fields: progress, a problem, or help.
fn notes(state: &State, screen: &Onboarding, theme: &Theme, text: &mut FormLines) {
    let room = text.room();
    let mut say = |words: &str, style| text.say(words, style);
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
        let lines = screen.regions.lines(&screen.form, REGION, room, theme);
        text.lines.extend(lines);
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
}
