//! Draws the screen that adds an external account.

use ratatui::text::Line;

use super::{AddApp, METHOD};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::screens::onboarding::view::account_access_hint;
use crate::tui::state::{Draw, State};
use crate::tui::text::{line, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{self, dialog, set_cursor};

impl Draw for AddApp {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let (width, height) = state.size;
        let columns = width.min(84);
        let room = usize::from(columns).saturating_sub(4);
        let mut lines: Vec<Line<'_>> = Vec::new();
        if height >= 14 {
            let what =
                "An AWS account outside your organization that your access portal shows as a tile.";
            lines.extend(
                wrap(what, room)
                    .into_iter()
                    .map(|text| line(text, theme.strong)),
            );
            lines.push(Line::default());
        }
        let cursor = widgets::form(
            &self.form,
            ["link", "name", "method"],
            room,
            theme,
            &mut lines,
        );
        lines.push(Line::default());
        let mut say = |text: &str, style| {
            lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
        };
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
        let rows = u16::try_from(lines.len())
            .unwrap_or(height)
            .saturating_add(2);
        let inner = dialog(
            state,
            "Add an external account",
            columns,
            rows,
            theme,
            frame,
        );
        frame.lines(lines, inner);
        if let Some(cursor) = cursor {
            set_cursor(frame, inner, cursor);
        }
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
