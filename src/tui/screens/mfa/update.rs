//! The code of an MFA device.

use super::Mfa;
use crate::domain::Secret;
use crate::domain::assume::is_mfa_code;
use crate::tui::action::Action;
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::msg::Effect;
use crate::tui::screens::picker::entry;
use crate::tui::state::{Reducer, Screen, State};

impl Screen for Mfa {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Onboarding, Context::Text]
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }

    fn unavailable(&self, _state: &State, action: Action) -> Option<&'static str> {
        (action == Action::ConsoleSignIn).then_some("not in this form")
    }

    fn focus(&mut self, _field: usize) -> Option<&mut Input> {
        Some(&mut self.code)
    }
}

fn text(state: &mut State, text: &str) {
    if let Some(screen) = state.screen_mut::<Mfa>() {
        screen.mistake = None;
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        screen.code.insert(&digits);
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(screen) = state.screen_mut::<Mfa>() else {
        return Vec::new();
    };
    match action {
        Action::Back => {
            state.close();
        }
        Action::Accept => {
            let code = screen.code.text();
            if !is_mfa_code(&code) {
                screen.mistake = Some("enter six digits");
                return Vec::new();
            }
            let then = std::mem::take(&mut screen.then);
            state.close();
            let mut effects = vec![Effect::GiveMfaCode(Secret::new(code))];
            for request in then {
                effects.extend(entry::start(state, request));
            }
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
