//! Keys and mouse on the list.

use std::sync::Arc;

use super::{Picker, Row, View, columns, entry, fold, list, portals};
use crate::domain::{GapReason, Item};
use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::layout::{has_details_pane, regions, tabs};
use crate::tui::msg::Effect;
use crate::tui::screens::add_app::AddApp;
use crate::tui::screens::console_sign_in;
use crate::tui::screens::details::{Details, is_cut_beside};
use crate::tui::screens::onboarding::Onboarding;
use crate::tui::screens::portals::Portals;
use crate::tui::screens::sign_in::SignIn;
use crate::tui::screens::{settings, sync};
use crate::tui::state::{Click, Reducer, Screen, State, Tone};

impl Screen for Picker {
    fn contexts(&self) -> &'static [Context] {
        if self.query.is_empty() {
            &[Context::QueryEmpty, Context::Picker, Context::Text]
        } else if self.query.is_at_end() {
            &[Context::Picker, Context::Text]
        } else {
            &[Context::QueryInside, Context::Picker, Context::Text]
        }
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }

    fn focus(&mut self, _field: usize) -> Option<&mut Input> {
        Some(&mut self.query)
    }

    fn select(&mut self, row: usize) {
        self.selected = row;
        self.moved = true;
    }

    fn twice(&self) -> Action {
        Action::Use
    }
}

/// Inserts typed or pasted text; the lines of a paste are words.
pub(crate) fn text(state: &mut State, text: &str) {
    if text.contains(['\n', '\r']) {
        let words: Vec<&str> = text.split_whitespace().collect();
        state.picker.query.insert(&words.join(" "));
    } else {
        state.picker.query.insert(text);
    }
    list::search(state);
}

/// A key on the list.
pub(crate) fn key(state: &mut State, action: Action) -> Vec<Effect> {
    if let (Action::Use | Action::Refresh, Some(Row::Session(session))) = (action, state.selected())
    {
        let portal = session.portal.clone();
        state.open(SignIn::new(portal, None, state.demo));
        return Vec::new();
    }
    if let (Action::Use, Some(Row::Head(head))) = (action, state.selected()) {
        return fold::toggle(state, &head.key);
    }
    // Nothing is typed where there are groups.
    let can_fold = state.picker.in_groups;
    match action {
        Action::Use
        | Action::Refresh
        | Action::Subshell
        | Action::Console
        | Action::Export
        | Action::Copy
        | Action::Region
        | Action::Pin
        | Action::Forget => return entry::with_entry(state, action),
        Action::RefreshAll => return entry::refresh_all(state),
        Action::NextView => list::turn(state, 1),
        Action::PreviousView => list::turn(state, View::ALL.len() - 1),
        Action::SignInAll => portals::sign_in_all(state),
        Action::Group => return fold::group(state),
        Action::Settings => return settings::update::open(state),
        Action::SignInOut => portals::sign_in_out(state),
        Action::Reload => return portals::reload(),
        Action::Portals => state.open(Portals::default()),
        Action::Sync => return sync::update::open(state),
        Action::ConsoleSignIn => console_sign_in::update::open(state),
        Action::AddPortal => state.open(Onboarding::new(false)),
        Action::AddApp => state.open(AddApp::default()),
        Action::ToggleDetails if has_details_pane(state) => {
            // Over the list there is more room.
            if !state.picker.look.hide_details && is_cut_beside(state) {
                state.open(Details::default());
                return Vec::new();
            }
            return toggle_pane(state);
        }
        Action::ToggleDetails if state.selected().is_none() => {
            state.notify(Tone::Note, "nothing is selected".to_owned());
        }
        Action::ToggleDetails => state.open(Details::default()),
        Action::Here => return fold::here(state),
        Action::Back if state.picker.query.is_empty() => return state.leave(),
        Action::Back => list::clear(state),
        Action::CursorLeft if can_fold => return fold::fold_selected(state, true),
        Action::CursorRight if can_fold => return fold::fold_selected(state, false),
        action => {
            if let Some(selected) = cursor(state).moved(state.picker.selected, action) {
                state.picker.selected = selected;
                state.picker.moved = true;
                return Vec::new();
            }
            let before = state.picker.query.text();
            state.picker.query.edit(action);
            // A move of the cursor finds nothing else.
            if state.picker.query.text() != before {
                list::search(state);
            }
        }
    }
    Vec::new()
}

/// Shows or hides the details beside the list.
pub(crate) fn toggle_pane(state: &mut State) -> Vec<Effect> {
    let look = &mut state.picker.look;
    look.hide_details = !look.hide_details;
    vec![Effect::KeepLook(look.clone())]
}

/// The list's extent.
fn cursor(state: &State) -> ListCursor {
    ListCursor {
        count: state.picker.hits.len(),
        page: usize::from(regions(state).list.height),
    }
}

/// Scrolls so that the selection can be seen, and measures what is on screen.
pub(crate) fn keep_in_view(state: &mut State) {
    let cursor = cursor(state);
    let picker = &mut state.picker;
    picker.offset = cursor.scrolled(picker.offset, picker.selected);
    columns::measure(state, cursor.page);
}

/// Asks for the roles of the accounts on screen first, of those the ones that were never listed
/// (docs/requirements.md#portal-quota).
pub(crate) fn prefer_visible(state: &mut State) -> Vec<Effect> {
    if state.refreshing.is_empty() {
        return Vec::new();
    }
    let picker = &state.picker;
    let rows = state.rows_from(picker.offset).take(cursor(state).page);
    let mut wanted = None;
    let (mut unlisted, mut listed) = (Vec::new(), Vec::new());
    for row in rows {
        let (Some(portal), Some(account)) = (row.source(), row.account()) else {
            continue;
        };
        if !state.refreshing.contains(portal)
            || wanted.get_or_insert_with(|| Arc::clone(portal)) != portal
        {
            continue;
        }
        match &row {
            Row::Item(Item::Gap(gap)) if gap.reason == GapReason::Loading => unlisted.push(account),
            _ if listed.last() != Some(&account) => listed.push(account),
            _ => {}
        }
    }
    unlisted.append(&mut listed);
    let Some(portal) = wanted.filter(|_| unlisted != picker.preferred) else {
        return Vec::new();
    };
    state.picker.preferred.clone_from(&unlisted);
    vec![Effect::Prefer {
        portal,
        accounts: unlisted,
    }]
}

/// A click on a view, which is shown, or on a row.
pub(crate) fn click(state: &mut State, x: u16, y: u16, before: Option<&Click>) -> Vec<Effect> {
    if let Some(tab) = tabs(state).iter().find(|tab| tab.area.contains(x, y)) {
        list::show(state, tab.view);
        return Vec::new();
    }
    state.click(x, y, before)
}
