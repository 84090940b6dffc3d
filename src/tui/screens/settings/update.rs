//! The settings screen: values are changed in the file at once.

use super::SettingsScreen;
use crate::domain::Problem;
use crate::domain::setting::{SettingRow, Shape};
use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::layout::dialog_list;
use crate::tui::msg::{Effect, Lists};
use crate::tui::state::{Reducer, Screen, State};

/// The rows beside the list: a blank one, and two for the note or a problem.
const OTHER_ROWS: usize = 3;

impl Screen for SettingsScreen {
    fn contexts(&self) -> &'static [Context] {
        if self.editing.is_some() {
            &[Context::Settings, Context::Text]
        } else {
            &[Context::Settings, Context::QueryEmpty, Context::Text]
        }
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }

    fn unavailable(&self, _state: &State, action: Action) -> Option<&'static str> {
        (action == Action::Accept && self.rows.is_empty())
            .then_some("the settings are still loading")
    }

    fn focus(&mut self, _field: usize) -> Option<&mut Input> {
        self.editing.as_mut()
    }

    fn select(&mut self, row: usize) {
        self.selected = row;
        self.problem = None;
    }

    fn keep_first(&mut self, line: usize) {
        self.first = line;
    }
}

/// Opens the screen.
pub(crate) fn open(state: &mut State) -> Vec<Effect> {
    state.open(SettingsScreen::default());
    vec![Effect::LoadSettings, Effect::ReadAgain(Lists::None)]
}

/// The settings were read, after a change or before the first one.
pub(crate) fn loaded(state: &mut State, result: Result<Vec<SettingRow>, Problem>) -> Vec<Effect> {
    if let Some(screen) = state.find_mut(|_: &SettingsScreen| true) {
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

fn text(state: &mut State, text: &str) {
    if let Some(screen) = state.screen_mut::<SettingsScreen>()
        && let Some(input) = &mut screen.editing
    {
        screen.problem = None;
        input.insert(text.trim_matches(['\r', '\n']));
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let page = dialog_list(state, OTHER_ROWS);
    let Some(screen) = state.screen_mut::<SettingsScreen>() else {
        return Vec::new();
    };
    let cursor = ListCursor {
        count: screen.rows.len(),
        page,
    };
    let Some(row) = screen.rows.get(screen.selected).cloned() else {
        // The settings are still being read.
        if matches!(action, Action::Back | Action::Settings) {
            state.close();
        }
        return Vec::new();
    };
    let name = row.setting.key;
    if let Some(input) = &mut screen.editing {
        match action {
            Action::Back => {
                screen.editing = None;
                screen.problem = None;
            }
            Action::Accept => {
                let typed = input.text().trim().to_owned();
                let value = Some(typed).filter(|typed| !typed.is_empty());
                return vec![Effect::SetSetting { key: name, value }];
            }
            action => {
                if input.edit(action) {
                    screen.problem = None;
                }
            }
        }
        return Vec::new();
    }
    match action {
        Action::Back | Action::Settings => state.close(),
        Action::DeleteForward if row.value.is_some() => {
            return vec![Effect::SetSetting {
                key: name,
                value: None,
            }];
        }
        Action::Accept => match row.next() {
            Some(next) => {
                return vec![Effect::SetSetting {
                    key: name,
                    value: Some(next),
                }];
            }
            None => {
                // The default of a text is told in words.
                let number = matches!(row.setting.shape, Shape::Number(_)).then(|| row.shown());
                let value = row.value.as_deref().or(number).unwrap_or_default();
                screen.editing = Some(Input::new(value));
            }
        },
        action => {
            if let Some(selected) = cursor.moved(screen.selected, action) {
                screen.selected = selected;
                screen.problem = None;
            }
        }
    }
    Vec::new()
}
