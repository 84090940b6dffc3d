//! The last messages, the newest first: what went by too fast can be read again, and copied.

use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::layout::{dialog_list, message_rows};
use crate::tui::msg::Effect;
use crate::tui::state::{Overlay, State, Tone};

/// Shows them, where there are any.
pub(super) fn open(state: &mut State) {
    if state.message_log.is_empty() {
        return state.notify(Tone::Note, "no messages yet".to_owned());
    }
    state.overlays.push(Overlay::Messages(0));
}

pub(super) fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let cursor = ListCursor {
        count: state.message_log.len(),
        page: dialog_list(state, message_rows(state) + 1),
    };
    let Some(Overlay::Messages(at)) = state.overlays.last_mut() else {
        return Vec::new();
    };
    match action {
        Action::Copy => {
            let said = state.message_log.iter().rev().nth(*at);
            let text = said.map(|(_, toast)| match &toast.hint {
                Some(hint) => format!("{}\nhint: {hint}", toast.text),
                None => toast.text.clone(),
            });
            return text.map(Effect::Copy).into_iter().collect();
        }
        Action::Back => {
            state.overlays.pop();
        }
        action => *at = cursor.moved(*at, action).unwrap_or(*at),
    }
    Vec::new()
}
