//! Keys of the details over the list: they go on with the list, whose selected row is shown.

use super::Details;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::msg::Effect;
use crate::tui::screens::picker::update as picker;
use crate::tui::state::{Reducer, Screen, State};

impl Screen for Details {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Picker, Context::Text]
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }

    fn is_counting(&self) -> bool {
        true
    }

    fn has_wheel(&self, _state: &State) -> bool {
        true
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Back | Action::ToggleDetails => {
            state.close();
            Vec::new()
        }
        Action::Up
        | Action::Down
        | Action::PageUp
        | Action::PageDown
        | Action::First
        | Action::Last => picker::key(state, action),
        action => {
            state.close();
            picker::key(state, action)
        }
    }
}

fn text(state: &mut State, text: &str) {
    state.close();
    picker::text(state, text);
}
