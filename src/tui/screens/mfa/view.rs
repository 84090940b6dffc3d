//! The dialog for the code of an MFA device.

use ratatui::text::Line;

use super::Mfa;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::state::{Draw, State};
use crate::tui::text::{around, line, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{LABEL, dialog, field, set_cursor};

impl Draw for Mfa {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let columns = frame.area().width.min(64);
        let room = usize::from(columns).saturating_sub(4);
        let wrapped = |text: &str, style| -> Vec<Line<'_>> {
            let rows = wrap(text, room).into_iter();
            rows.map(|text| line(text, style)).collect()
        };
        let what = format!(
            "The profile {} needs a code from its MFA device.",
            self.profile
        );
        let mut lines = wrapped(&what, theme.strong);
        // The field is above what a low window may cut.
        let row = lines.len();
        let code = self.code.text();
        let (shown, column) = around(&code, self.code.cursor(), room.saturating_sub(LABEL + 1));
        lines.push(field("code", shown, theme.strong, theme));
        if let Some(mistake) = self.mistake {
            lines.extend(wrapped(mistake, theme.bad));
        }
        lines.extend(wrapped(&self.device, theme.dim));
        if state.demo {
            let codes =
                "Simulated: any six digits that were not used, as 123456. 000000 is refused.";
            lines.extend(wrapped(codes, theme.soon));
        }
        let rows = u16::try_from(lines.len()).unwrap_or(6).saturating_add(2);
        let inner = dialog(state, "MFA code", columns, rows, theme, frame);
        frame.lines(lines, inner);
        set_cursor(frame, inner, (LABEL + column, row));
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        vec![(Action::Accept, "continue"), (Action::Back, "back")]
    }
}
