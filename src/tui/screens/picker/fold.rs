//! Actions on groups: to group the list, to fold a group.

use super::groups::key_of;
use super::{HeadKey, Row, RowKey, list};
use crate::domain::Block;
use crate::domain::rank::Grouping;
use crate::tui::msg::Effect;
use crate::tui::state::State;

/// Groups the rows by account, by portal, or not.
pub(crate) fn group(state: &mut State) -> Vec<Effect> {
    state.picker.look.grouping = match state.picker.look.grouping {
        Grouping::None => Grouping::Account,
        Grouping::Account => Grouping::Portal,
        Grouping::Portal => Grouping::None,
    };
    list::list(state);
    state.picker.selected = 0;
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
        Some(Row::Head(head)) => head.key.clone(),
        Some(Row::Item(item)) => key_of(state, &Block::Item(item)).key(),
        Some(Row::Session(_)) | None => return Vec::new(),
    };
    fold(state, &key, folded)
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
