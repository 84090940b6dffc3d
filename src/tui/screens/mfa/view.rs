//! The dialog for the code of an MFA device.

use super::Mfa;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::FieldArea;
use crate::tui::state::{Draw, State};
use crate::tui::theme::Theme;
use crate::tui::widgets::FormLines;

/// The most columns of the dialog.
const WIDEST: u16 = 64;

impl Draw for Mfa {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        self.text(state, theme)
            .draw(state, "MFA code", theme, frame);
    }

    fn field_areas(&self, state: &State) -> Vec<FieldArea> {
        let text = self.text(state, &Theme::plain());
        text.field_areas(state)
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        vec![(Action::Accept, "continue"), (Action::Back, "back")]
    }
}

impl Mfa {
    fn text(&self, state: &State, theme: &Theme) -> FormLines {
        let mut text = FormLines::new(state, WIDEST);
        let what = format!(
            "The profile {} needs a code from its MFA device.",
            self.profile
        );
        text.say(&what, theme.strong);
        // The field is above what a low window may cut.
        text.input("code", &self.code, true, theme);
        if let Some(mistake) = self.mistake {
            text.say(mistake, theme.bad);
        }
        text.say(&self.device, theme.dim);
        if state.demo {
            let codes =
                "Simulated: any six digits that were not used, such as 123456. 000000 is refused.";
            text.say(codes, theme.soon);
        }
        text
    }
}
