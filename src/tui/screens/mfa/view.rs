//! The dialog for the code of an MFA device.

use ratatui::Frame;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::Mfa;
use crate::tui::action::Action;
use crate::tui::state::{Draw, State};
use crate::tui::text::{line, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{LABEL, dialog, field, set_cursor};

impl Draw for Mfa {
    fn draw(&self, _state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let columns = frame.area().width.min(64);
        let room = usize::from(columns).saturating_sub(4);
        let mut lines: Vec<Line<'_>> = Vec::new();
        let mut say = |text: &str, style| {
            lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
        };
        let what = format!(
            "The profile {} needs a code from its MFA device.",
            self.profile
        );
        say(&what, theme.strong);
        say(&self.device, theme.dim);
        if let Some(mistake) = self.mistake {
            say(mistake, theme.bad);
        }
        lines.push(Line::default());
        let row = lines.len();
        let code = self.code.text();
        lines.push(field("code", &code, theme.strong, theme));
        let rows = u16::try_from(lines.len()).unwrap_or(6).saturating_add(2);
        let inner = dialog("MFA", columns, rows, theme, frame);
        frame.render_widget(Paragraph::new(lines), inner);
        set_cursor(frame, inner, (LABEL + self.code.cursor(), row));
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        vec![(Action::Accept, "continue"), (Action::Back, "back")]
    }
}
