//! Draws the form that changes a portal.

use ratatui::text::Line;

use super::{EditPortal, REGION};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::region_field::is_choosing;
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{self, dialog, set_cursor};

impl Draw for EditPortal {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let columns = state.size.0.min(84);
        let room = usize::from(columns).saturating_sub(4);
        let value = room.saturating_sub(widgets::LABEL);
        let mut lines: Vec<Line<'_>> = Vec::new();
        for (label, text) in [("name", &*self.name), ("start URL", &self.start_url)] {
            let text = fit(text, value, theme.glyphs.ellipsis);
            lines.push(widgets::field(label, &text, theme.dim, theme));
        }
        let cursor = widgets::form(&self.form, ["region", "scopes"], room, theme, &mut lines);
        lines.push(Line::default());
        let mut say = |text: &str, style| {
            lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
        };
        if self.form.waiting.is_some() {
            say("Saving", theme.dim);
        } else if let Some(problem) = &self.form.problem {
            say(&problem.to_string(), theme.bad);
            if let Some(hint) = &problem.hint {
                say(hint, theme.dim);
            }
        } else if is_choosing(&self.form, REGION) {
            lines.extend(self.regions.lines(&self.form, REGION, room, theme));
        } else {
            say(
                "The region is the portal's own. Another region ends the sign-in; other scopes take effect at the next sign-in.",
                theme.dim,
            );
        }
        let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inner = dialog(
            state,
            "Edit the portal",
            columns,
            rows.saturating_add(2),
            theme,
            frame,
        );
        let place = (inner, lines.len());
        frame.lines(lines, inner);
        self.regions
            .position((&self.form, REGION), place, theme, frame);
        if let Some(cursor) = cursor {
            set_cursor(frame, inner, cursor);
        }
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        let (accept, down) = if is_choosing(&self.form, REGION) {
            ("choose", "next region")
        } else {
            ("save", "next field")
        };
        vec![
            (Action::Accept, accept),
            (Action::Down, down),
            (Action::Back, "back"),
        ]
    }
}
