//! The last messages, the newest first, to read again and to copy.

use super::{Messages, NONE};
use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::keymap::Context;
use crate::tui::layout::{dialog_list, message_lines, message_rows};
use crate::tui::msg::Effect;
use crate::tui::state::{Reducer, Screen, State, Tone};

impl Screen for Messages {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Messages, Context::QueryEmpty]
    }

    fn reducer(&self) -> Reducer {
        Reducer::keys(key)
    }

    fn select(&mut self, row: usize) {
        self.selected = row;
        self.scrolled = 0;
    }

    fn keep_first(&mut self, line: usize) {
        self.first = line;
    }

    fn unavailable(&self, state: &State, action: Action) -> Option<&'static str> {
        (action == Action::Copy && state.message_log.is_empty()).then_some(NONE)
    }

    fn twice(&self) -> Action {
        Action::Copy
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let cursor = ListCursor {
        count: state.message_log.len(),
        page: dialog_list(state, message_rows(state) + 1),
    };
    let page = message_rows(state);
    let hidden = state.screen::<Messages>().and_then(|screen| {
        let (_, toast) = state.message_log.iter().rev().nth(screen.selected)?;
        let (text, hint) = message_lines(state, toast);
        Some((text.len() + hint.len()).saturating_sub(page))
    });
    let hidden = hidden.unwrap_or(0);
    let Some(screen) = state.screen_mut::<Messages>() else {
        return Vec::new();
    };
    match action {
        Action::Copy => {
            let selected = screen.selected;
            let said = state.message_log.iter().rev().nth(selected);
            let text = said.map(|(_, toast)| match &toast.hint {
                Some(hint) => format!("{}\nhint: {hint}", toast.text),
                None => toast.text.clone(),
            });
            let Some(text) = text else {
                return Vec::new();
            };
            let said = "sent the message to the clipboard".to_owned();
            state.notify(Tone::Good, said);
            // That is the first of the list now.
            let last = state.message_log.len() - 1;
            if let Some(screen) = state.screen_mut::<Messages>() {
                screen.selected = (screen.selected + 1).min(last);
            }
            return vec![Effect::Copy(text)];
        }
        Action::Back | Action::Messages => state.close(),
        Action::PageDown if screen.scrolled < hidden => {
            screen.scrolled = (screen.scrolled + page).min(hidden);
        }
        Action::PageUp if screen.scrolled > 0 => {
            screen.scrolled = screen.scrolled.saturating_sub(page);
        }
        action => {
            if let Some(selected) = cursor.moved(screen.selected, action) {
                screen.select(selected);
            }
        }
    }
    Vec::new()
}
