//! The last messages, the newest first: what went by too fast can be read again, and copied.

use crate::tui::action::Action;
use crate::tui::msg::Effect;
use crate::tui::state::{Overlay, State, Tone};

/// Rows of a page.
const PAGE: usize = 10;

/// Shows them, where there are any.
pub(super) fn open(state: &mut State) {
    if state.message_log.is_empty() {
        return state.notify(Tone::Note, "no messages yet".to_owned());
    }
    state.overlays.push(Overlay::Messages(0));
}

pub(super) fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let last = state.message_log.len().saturating_sub(1);
    let Some(Overlay::Messages(at)) = state.overlays.last_mut() else {
        return Vec::new();
    };
    match action {
        Action::Up => *at = at.saturating_sub(1),
        Action::Down => *at = (*at + 1).min(last),
        Action::PageUp => *at = at.saturating_sub(PAGE),
        Action::PageDown => *at = (*at + PAGE).min(last),
        Action::First => *at = 0,
        Action::Last => *at = last,
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
        _ => {}
    }
    Vec::new()
}
