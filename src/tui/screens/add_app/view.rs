//! Draws the screen that adds an external account.

use super::{AddApp, METHOD};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::FieldArea;
use crate::tui::screens::onboarding::view::account_access_hint;
use crate::tui::state::{Draw, State};
use crate::tui::theme::Theme;
use crate::tui::widgets::{FormLines, dialog, set_cursor};

/// The most columns of the dialog.
const WIDEST: u16 = 84;

impl Draw for AddApp {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let text = self.text(state, theme);
        let columns = state.size.0.min(WIDEST);
        let title = "Add an external account";
        let inner = dialog(state, title, columns, text.rows(), theme, frame);
        frame.lines(text.lines, inner);
        if let Some(cursor) = text.cursor {
            set_cursor(frame, inner, cursor);
        }
    }

    fn field_areas(&self, state: &State) -> Vec<FieldArea> {
        let text = self.text(state, &Theme::plain());
        text.field_areas(state, state.size.0.min(WIDEST))
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
            (Action::Down, "next field"),
            (Action::Back, "back"),
        ]
    }
}

impl AddApp {
    fn text(&self, state: &State, theme: &Theme) -> FormLines {
        let (width, height) = state.size;
        let room = usize::from(width.min(WIDEST)).saturating_sub(4);
        let mut text = FormLines::default();
        if height >= 14 {
            let what =
                "An AWS account outside your organization that your access portal shows as a tile.";
            text.say(what, theme.strong, room);
            text.say("", theme.dim, room);
        }
        text.form(&self.form, ["link", "name", "method"], room, theme);
        text.say("", theme.dim, room);
        let mut say = |words: &str, style| text.say(words, style, room);
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
