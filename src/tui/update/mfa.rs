//! The code of an MFA device, asked for where a profile needs one.

use crate::domain::Secret;
use crate::domain::assume::is_mfa_code;
use crate::tui::action::Action;
use crate::tui::msg::Effect;
use crate::tui::state::{MfaDialog, Overlay, State};

pub(super) fn text(screen: &mut MfaDialog, text: &str) {
    screen.mistake = None;
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    screen.code.insert(&digits);
}

pub(super) fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(Overlay::Mfa(screen)) = state.overlays.last_mut() else {
        return Vec::new();
    };
    match action {
        Action::Back => {
            state.overlays.pop();
        }
        Action::Accept => {
            let code = screen.code.text();
            if !is_mfa_code(&code) {
                screen.mistake = Some("enter six digits");
                return Vec::new();
            }
            let then = screen.then.clone();
            state.overlays.pop();
            let mut effects = vec![Effect::GiveMfaCode(Secret::new(code))];
            effects.extend(super::entry::start(state, then));
            return effects;
        }
        action => {
            if screen.code.edit(action) {
                screen.mistake = None;
            }
        }
    }
    Vec::new()
}
