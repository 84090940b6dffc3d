//! Actions on groups: to group the list, to fold a group.

use super::groups::{key_of, key_of_entry};
use super::{HeadKey, Row, RowKey, View, list};
use crate::domain::Block;
use crate::domain::rank::Grouping;
use crate::tui::msg::Effect;
use crate::tui::state::{State, Tone};

/// The reason why the list cannot be grouped now: nothing of it would be seen.
#[must_use]
pub(crate) fn refused(state: &State) -> Option<&'static str> {
    if state.picker.view == View::Active {
        Some("the active view has no groups")
    } else if state.picker.query.is_empty() {
        None
    } else {
        Some("groups are shown without a search")
    }
}

/// Groups the rows by account, by portal, or not. The selected row stays selected.
pub(crate) fn group(state: &mut State) -> Vec<Effect> {
    if let Some(why) = refused(state) {
        state.notify(Tone::Note, why.to_owned());
        return Vec::new();
    }
    let moved = std::mem::replace(&mut state.picker.moved, true);
    let chosen = list::chosen(state);
    state.picker.look.grouping = match state.picker.look.grouping {
        Grouping::None => Grouping::Account,
        Grouping::Account => Grouping::Portal,
        Grouping::Portal => Grouping::None,
    };
    list::list(state);
    list::select_again(state, chosen.as_ref());
    state.picker.moved = moved;
    vec![Effect::KeepLook(state.picker.look.clone())]
}

/// Hides the rows of a group, or shows them.
pub(crate) fn toggle(state: &mut State, key: &HeadKey) -> Vec<Effect> {
    let folded = state.picker.look.folded.contains(&key.to_string());
    fold(state, key, !folded)
}

/// Hides the rows of the selected row's group and selects its head, or shows them.
pub(crate) fn fold_selected(state: &mut State, folded: bool) -> Vec<Effect> {
    let key = match state.selected() {
        Some(Row::Head(head)) => head.key,
        Some(Row::Session(_)) => HeadKey::sessions(),
        // Profiles have no head in the active view.
        Some(Row::Item(_)) if state.picker.view == View::Active => return Vec::new(),
        Some(Row::Item(item)) => key_of(state, &Block::Item(item)).key(),
        None => return Vec::new(),
    };
    fold(state, &key, folded)
}

/// Selects the entry whose credentials the surrounding shell has. A search and a view that hide it are reset, and
/// its group is unfolded.
pub(crate) fn here(state: &mut State) -> Vec<Effect> {
    let Some(id) = state.here.clone() else {
        state.notify(Tone::Note, "this shell has no role from roledex".to_owned());
        return Vec::new();
    };
    let key = RowKey::Entry(id.clone());
    if !list::select_entry(state, &id) {
        list::clear(state);
        list::show(state, View::All);
    }
    let head = key_of_entry(state, &id).filter(|_| state.picker.in_groups);
    let effects = match head {
        Some(head) if list::place_of(state, &key).is_none() => fold(state, &head, false),
        _ => Vec::new(),
    };
    if !list::select_entry(state, &id) {
        let text = "this shell's role is not in the list".to_owned();
        state.notify(Tone::Note, text);
    }
    effects
}

fn fold(state: &mut State, key: &HeadKey, folded: bool) -> Vec<Effect> {
    let look = &mut state.picker.look;
    let changed = if folded {
        look.folded.insert(key.to_string())
    } else {
        look.folded.remove(&key.to_string())
    };
    if !changed {
        return Vec::new();
    }
    let effect = Effect::KeepLook(look.clone());
    list::select(state, &RowKey::Head(key.clone()));
    list::list(state);
    vec![effect]
}
