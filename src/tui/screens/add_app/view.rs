//! Draws the screen that adds an external account.

use ratatui::Frame;
use ratatui::layout::Position;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::AddApp;
use crate::tui::action::Action;
use crate::tui::state::{Draw, State};
use crate::tui::text::{line, tail, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{dialog, field};

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
        let mut cursor = None;
        for (at, label) in ["link", "name"].iter().enumerate() {
            let input = &self.fields[at];
            let active = at == self.at && self.waiting.is_none();
            let text = input.text();
            let (shown, hidden) = tail(&text, room.saturating_sub(11));
            if active {
                cursor = Some((10 + input.cursor().saturating_sub(hidden), lines.len()));
            }
            let style = if active { theme.strong } else { theme.dim };
            lines.push(field(label, shown, style, theme));
        }
        lines.push(Line::default());
        let mut say = |text: &str, style| {
            lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
        };
        if let Some(problem) = &self.problem {
            say(&problem.to_string(), theme.bad);
            if let Some(hint) = &problem.hint {
                say(hint, theme.dim);
            }
        } else {
            say(
                "Copy the link of the tile in the portal: …/start/#/saml/default/NAME/ins-…. The name is optional.",
                theme.dim,
            );
        }
        let rows = u16::try_from(lines.len())
            .unwrap_or(height)
            .saturating_add(2);
        let inner = dialog("Add an external account", columns, rows, theme, frame);
        frame.render_widget(Paragraph::new(lines), inner);
        if let Some((column, row)) = cursor {
            let x = inner.x.saturating_add(u16::try_from(column).unwrap_or(0));
            let y = inner.y.saturating_add(u16::try_from(row).unwrap_or(0));
            frame.set_cursor_position(Position { x, y });
        }
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        vec![
            (Action::Accept, "save"),
            (Action::Down, "next field"),
            (Action::Back, "back"),
        ]
    }
}
