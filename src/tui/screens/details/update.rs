//! Keys of the details over the list: they scroll what does not fit, else they go on with the list, whose selected row
//! is shown.

use super::{Details, view};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::layout::{dialog_list, has_details_pane};
use crate::tui::msg::Effect;
use crate::tui::screens::picker::update::{self as picker, toggle_pane};
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

    fn hidden_lines(&self, state: &State) -> usize {
        view::hidden_lines(state)
    }

    fn scroll(&mut self, lines: isize, hidden: usize) {
        self.first = self.first.saturating_add_signed(lines).min(hidden);
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let hidden = view::hidden_lines(state);
    match action {
        Action::Back => {
            state.close();
            Vec::new()
        }
        Action::ToggleDetails => {
            state.close();
            if has_details_pane(state) {
                return toggle_pane(state);
            }
            Vec::new()
        }
        Action::PageUp | Action::PageDown | Action::First | Action::Last if hidden > 0 => {
            let page = isize::try_from(dialog_list(state, 1)).unwrap_or(1);
            let lines = match action {
                Action::PageUp => -page,
                Action::PageDown => page,
                Action::First => isize::MIN,
                _ => isize::MAX,
            };
            if let Some(screen) = state.screen_mut::<Details>() {
                screen.scroll(lines, hidden);
            }
            Vec::new()
        }
        Action::Up
        | Action::Down
        | Action::PageUp
        | Action::PageDown
        | Action::First
        | Action::Last => {
            if let Some(screen) = state.screen_mut::<Details>() {
                screen.first = 0;
            }
            picker::key(state, action)
        }
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
