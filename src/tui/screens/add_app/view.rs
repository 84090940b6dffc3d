//! Draws the screen that adds an external account.

use super::{AddApp, METHOD};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::FieldArea;
use crate::tui::screens::onboarding::view::account_access_hint;
use crate::tui::state::{Draw, State};
use crate::tui::theme::Theme;
use crate::tui::widgets::FormLines;

/// The most columns of the dialog.
const WIDEST: u16 = 84;

impl Draw for AddApp {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let text = self.text(state, theme);
        text.draw(state, "Add an external account", theme, frame);
    }

    fn field_areas(&self, state: &State) -> Vec<FieldArea> {
        let text = self.text(state, &Theme::plain());
        text.field_areas(state)
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        vec![
            (
                Action::Accept,
                if self.form.is_account_access() {
                    "sign in to the console"
                } else {
                    "save"
                },
            ),
            (Action::NextField, "next field"),
            (Action::Back, "back"),
        ]
    }
}

impl AddApp {
    fn text(&self, state: &State, theme: &Theme) -> FormLines {
        let mut text = FormLines::new(state, WIDEST);
        if state.size.1 >= 14 {
            let what =
                "An AWS account outside your organization that your access portal shows as a tile.";
            text.say(what, theme.strong);
            text.say("", theme.dim);
        }
        text.form(&self.form, ["link", "name", "method"], theme);
        text.say("", theme.dim);
        let mut say = |words: &str, style| text.say(words, style);
        if let Some(problem) = &self.form.problem {
            say(&problem.to_string(), theme.bad);
            if self.form.is_account_access() {
                say(&account_access_hint(state), theme.strong);
            } else if let Some(hint) = &problem.hint {
                say(hint, theme.dim);
            }
        } else if self.form.focus == METHOD {
            say(self.method().about(), theme.dim);
            let (left, right) = (
                state.key(Action::CursorLeft),
                state.key(Action::CursorRight),
            );
            say(
                &format!("{left} and {right} choose another one."),
                theme.dim,
            );
        } else {
            let cut = theme.glyphs.ellipsis;
            say(
                &format!(
                    "Copy the link of the tile in the portal: {cut}/start/#/saml/default/NAME/ins-{cut}. The name is optional."
                ),
                theme.dim,
            );
        }
        text
    }
}
