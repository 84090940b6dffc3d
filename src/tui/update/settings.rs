//! The settings screen: values are changed in the file at once.

use crate::domain::Problem;
use crate::domain::setting::SettingRow;
use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::input::Input;
use crate::tui::layout::dialog_list;
use crate::tui::msg::Effect;
use crate::tui::state::{Overlay, SettingsScreen, State};

/// The rows beside the list: a blank one, and two for the note or a problem.
const OTHER_ROWS: usize = 3;

/// Opens the screen.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    state
        .overlays
        .push(Overlay::Settings(SettingsScreen::default()));
    vec![Effect::LoadSettings]
}

fn screen(state: &mut State) -> Option<&mut SettingsScreen> {
    match state.overlays.last_mut() {
        Some(Overlay::Settings(screen)) => Some(screen),
        _ => None,
    }
}

/// The settings were read, after a change or before the first one.
pub(super) fn loaded(state: &mut State, result: Result<Vec<SettingRow>, Problem>) -> Vec<Effect> {
    if let Some(screen) = screen(state) {
        match result {
            Ok(rows) => {
                screen.rows = rows;
                screen.problem = None;
                screen.editing = None;
            }
            Err(problem) => screen.problem = Some(problem),
        }
    }
    Vec::new()
}

pub(super) fn text(screen: &mut SettingsScreen, text: &str) {
    if let Some(input) = &mut screen.editing {
        screen.problem = None;
        input.insert(text.trim_matches(['\r', '\n']));
    }
}

pub(super) fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let page = dialog_list(state, OTHER_ROWS);
    let Some(screen) = screen(state) else {
        return Vec::new();
    };
    let cursor = ListCursor {
        count: screen.rows.len(),
        page,
    };
    let Some(row) = screen.rows.get(screen.selected).cloned() else {
        state.overlays.pop();
        return Vec::new();
    };
    let name = row.setting.key;
    if let Some(input) = &mut screen.editing {
        match action {
            Action::Back => screen.editing = None,
            Action::Accept => {
                let typed = input.text().trim().to_owned();
                let value = Some(typed).filter(|typed| !typed.is_empty());
                return vec![Effect::SetSetting(name, value)];
            }
            action => {
                input.edit(action);
            }
        }
        return Vec::new();
    }
    match action {
        Action::Back => {
            state.overlays.pop();
        }
        Action::DeleteForward if row.value.is_some() => {
            return vec![Effect::SetSetting(name, None)];
        }
        Action::Accept => match row.next() {
            Some(next) => return vec![Effect::SetSetting(name, Some(next))],
            None => screen.editing = Some(Input::new(row.value.as_deref().unwrap_or_default())),
        },
        action => {
            let selected = screen.selected;
            screen.selected = cursor.moved(selected, action).unwrap_or(selected);
        }
    }
    Vec::new()
}
