//! Help and palette: one searchable list of actions with their keys, made from the keymap. Enter runs
//! the selected one.

use crate::tui::action::{ACTIONS, Action, Group};
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::msg::Effect;
use crate::tui::state::{Menu, Overlay, State};

/// One row of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The keys, as a person reads them; several are separated by blanks.
    pub keys: String,
    /// What it does.
    pub label: &'static str,
    /// The action.
    pub action: Action,
}

/// Opens help or palette for the screen that is in front.
pub(super) fn open(state: &mut State, is_help: bool) {
    let contexts = state.contexts();
    state.overlays.push(Overlay::Menu(Menu {
        is_help,
        query: Input::default(),
        selected: 0,
        contexts,
    }));
}

/// The rows that match what is typed.
#[must_use]
pub fn rows(state: &State, menu: &Menu) -> Vec<Row> {
    let words = menu.query.text().to_lowercase();
    ACTIONS
        .iter()
        .filter(|info| {
            let chosen = matches!(info.group, Group::Entry | Group::Portal | Group::Program);
            (menu.is_help || chosen)
                && info.action != Action::Palette
                && info.action != Action::Help
        })
        .filter_map(|info| {
            let keys = keys(state, &menu.contexts, info.action);
            let row = Row {
                keys,
                label: info.label,
                action: info.action,
            };
            let text = format!("{} {}", row.label, row.keys).to_lowercase();
            let matches = words.split_whitespace().all(|word| text.contains(word));
            (matches && !row.keys.is_empty()).then_some(row)
        })
        .collect()
}

fn keys(state: &State, contexts: &[Context], action: Action) -> String {
    if action == Action::Quit {
        return "Ctrl-C".to_owned();
    }
    let keys = contexts
        .iter()
        .flat_map(|context| state.keymap.of(*context));
    let keys: Vec<_> = keys
        .filter(|(_, known)| *known == action)
        .map(|(key, _)| key.to_string())
        .collect();
    keys.join(" ")
}

pub(super) fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(Overlay::Menu(menu)) = state.overlays.last() else {
        return Vec::new();
    };
    let rows = rows(state, menu);
    let last = rows.len().saturating_sub(1);
    let Some(Overlay::Menu(menu)) = state.overlays.last_mut() else {
        return Vec::new();
    };
    match action {
        Action::Back | Action::Help | Action::Palette => {
            if menu.query.is_empty() || action != Action::Back {
                state.overlays.pop();
            } else {
                menu.query = Input::default();
            }
        }
        Action::Up => menu.selected = menu.selected.saturating_sub(1),
        Action::Down => menu.selected = (menu.selected + 1).min(last),
        Action::PageUp => menu.selected = menu.selected.saturating_sub(10),
        Action::PageDown => menu.selected = (menu.selected + 10).min(last),
        Action::Accept => {
            let chosen = rows.get(menu.selected).map(|row| row.action);
            state.overlays.pop();
            return chosen
                .map(|action| super::key(state, action))
                .unwrap_or_default();
        }
        action => {
            if menu.query.edit(action) {
                menu.selected = 0;
            }
        }
    }
    Vec::new()
}
