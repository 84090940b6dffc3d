//! Help and palette: one searchable list of actions with their keys, made from the keymap. Enter runs
//! the selected one. The palette also leads to views, portals and apps.

use std::sync::Arc;

use super::Menu;
use crate::tui::action::{ACTIONS, Action, Group};
use crate::tui::cursor::ListCursor;
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::layout::dialog_list;
use crate::tui::msg::Effect;
use crate::tui::screens::picker::{View, list};
use crate::tui::state::{Reducer, Screen, State};

/// One row of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The keys as text, separated by blanks.
    pub keys: String,
    /// The label.
    pub label: String,
    /// The command that Enter runs.
    pub run: Run,
}

/// The command of a row of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// An action.
    Action(Action),
    /// Shows a view.
    Show(View),
    /// Shows one portal or app alone.
    Only(Arc<str>),
}

impl Screen for Menu {
    fn contexts(&self) -> &'static [Context] {
        if self.is_help {
            &[Context::Help, Context::Text]
        } else {
            &[Context::Palette, Context::Text]
        }
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }
}

/// Opens help or palette for the screen that is in front.
pub(crate) fn open(state: &mut State, is_help: bool) {
    let contexts = state.contexts();
    state.open(Menu {
        is_help,
        query: Input::default(),
        selected: 0,
        contexts,
    });
}

/// The rows that match the query.
#[must_use]
pub(crate) fn rows(state: &State, menu: &Menu) -> Vec<Row> {
    let words = menu.query.text().to_lowercase();
    let actions = ACTIONS
        .iter()
        .filter(|info| {
            let chosen = matches!(info.group, Group::Entry | Group::Portal | Group::Program);
            (menu.is_help || chosen)
                && info.action != Action::Palette
                && info.action != Action::Help
        })
        .map(|info| Row {
            keys: keys(state, &menu.contexts, info.action),
            label: info.label.to_owned(),
            run: Run::Action(info.action),
        })
        .filter(|row| !row.keys.is_empty());
    let places = if menu.is_help {
        Vec::new()
    } else {
        places(state)
    };
    actions
        .chain(places)
        .filter(|row| {
            let text = format!("{} {}", row.label, row.keys).to_lowercase();
            words.split_whitespace().all(|word| text.contains(word))
        })
        .collect()
}

/// The places that the palette leads to: views, portals and apps.
fn places(state: &State) -> Vec<Row> {
    let row = |label: String, run| Row {
        keys: String::new(),
        label,
        run,
    };
    let views = View::ALL.map(|view| {
        row(
            format!("view {}", view.name().to_lowercase()),
            Run::Show(view),
        )
    });
    let portals = state.facts.sessions.iter().map(|session| {
        let name = Arc::clone(&session.portal.name);
        row(format!("portal {name}"), Run::Only(name))
    });
    let apps = state.facts.apps.iter().map(|app| {
        let name = Arc::clone(&app.name);
        row(format!("app {name}"), Run::Only(name))
    });
    views.into_iter().chain(portals).chain(apps).collect()
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

fn text(state: &mut State, text: &str) {
    if let Some(menu) = state.screen_mut::<Menu>() {
        menu.query.insert(text);
        menu.selected = 0;
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(menu) = state.screen::<Menu>() else {
        return Vec::new();
    };
    let rows = rows(state, menu);
    let legend_rows = usize::from(menu.legend_rows(state));
    let cursor = ListCursor {
        count: rows.len(),
        // One row is the query's.
        page: dialog_list(state, 1 + legend_rows),
    };
    let Some(menu) = state.screen_mut::<Menu>() else {
        return Vec::new();
    };
    match action {
        Action::Back | Action::Help | Action::Palette => {
            if menu.query.is_empty() || action != Action::Back {
                state.close();
            } else {
                menu.query = Input::default();
            }
        }
        Action::Accept => {
            let chosen = rows.into_iter().nth(menu.selected);
            state.close();
            match chosen.map(|row| row.run) {
                Some(Run::Action(action)) => return state.press(action),
                Some(Run::Show(view)) => list::show(state, view),
                Some(Run::Only(source)) => list::only(state, &source),
                None => {}
            }
        }
        action => {
            if let Some(selected) = cursor.moved(menu.selected, action) {
                menu.selected = selected;
            } else if menu.query.edit(action) {
                menu.selected = 0;
            }
        }
    }
    Vec::new()
}
