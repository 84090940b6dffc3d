//! Keys of the details over the list: they go on with the list, whose selected row is shown.

use super::Details;
use crate::domain::region::Region;
use crate::domain::{EntryId, Item, Problem};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::layout::regions;
use crate::tui::msg::Effect;
use crate::tui::screens::picker::Row;
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

    fn has_wheel(&self) -> bool {
        true
    }
}

/// Asks for the region of the entry whose details are on screen, unless it was asked for.
pub(crate) fn load_region(state: &mut State) -> Vec<Effect> {
    let is_shown = regions(state).details.width > 0 || state.screen::<Details>().is_some();
    let entry = match state.selected() {
        Some(Row::Item(Item::Entry(entry))) if is_shown => entry,
        _ => return Vec::new(),
    };
    let id = entry.id.clone();
    if state.picker.regions.contains_key(&id) {
        return Vec::new();
    }
    state.picker.regions.insert(id.clone(), None);
    vec![Effect::LoadRegion(id)]
}

/// The answer to [`Effect::LoadRegion`]. A file that cannot be read is told with the facts, which come from it, too.
pub(crate) fn region(
    state: &mut State,
    id: &EntryId,
    result: Result<Option<Region>, Problem>,
) -> Vec<Effect> {
    if let Some(region) = state.picker.regions.get_mut(id) {
        *region = result.unwrap_or_default();
    }
    Vec::new()
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
