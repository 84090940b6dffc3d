//! Draws the form that changes a portal.

use super::{EditPortal, REGION};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::{Area, FieldArea};
use crate::tui::region_field::is_choosing;
use crate::tui::state::{Draw, State};
use crate::tui::text::fit;
use crate::tui::theme::Theme;
use crate::tui::widgets::{self, FormLines};

/// The most columns of the dialog.
const WIDEST: u16 = 84;

impl Draw for EditPortal {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let text = self.text(state, theme);
        let place = text.draw(state, "Edit the portal", theme, frame);
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
        let (accept, next) = if is_choosing(&self.form, REGION) {
            ("choose", (Action::Down, "next region"))
        } else {
            ("save", (Action::NextField, "next field"))
        };
        vec![(Action::Accept, accept), next, (Action::Back, "back")]
    }
}

impl EditPortal {
    fn text(&self, state: &State, theme: &Theme) -> FormLines {
        let mut text = FormLines::new(state, WIDEST);
        let room = text.room();
        let value = room.saturating_sub(widgets::LABEL);
        for (label, value_text) in [("name", &*self.name), ("start URL", &self.start_url)] {
            let value_text = fit(value_text, value, theme.glyphs.ellipsis);
            let line = widgets::field(label, &value_text, theme.dim, theme);
            text.lines.push(line);
        }
        text.form(&self.form, ["region", "scopes"], theme);
        text.say("", theme.dim);
        let mut say = |words: &str, style| text.say(words, style);
        if self.form.waiting.is_some() {
            say("Saving", theme.dim);
        } else if let Some(problem) = &self.form.problem {
            say(&problem.to_string(), theme.bad);
            if let Some(hint) = &problem.hint {
                say(hint, theme.dim);
            }
        } else if is_choosing(&self.form, REGION) {
            let lines = self.regions.lines(&self.form, REGION, room, theme);
            text.lines.extend(lines);
        } else {
            say(
                "The region is the portal's own. Another region ends the sign-in; other scopes take effect at the next sign-in.",
                theme.dim,
            );
        }
        text
    }
}
