//! Given a state, when messages come, then facts and effects.

use crate::tui::action::Action;
use crate::tui::sample::{self, press, selected, type_in};
use crate::tui::state::Overlay;

#[test]
fn details_lie_over_a_narrow_list() {
    let mut state = sample::loaded();
    state.size = (80, 24);
    assert_eq!(press(&mut state, Action::ToggleDetails), []);
    assert!(matches!(state.overlays[..], [Overlay::Details(_)]));
    let before = selected(&state);
    press(&mut state, Action::Down);
    assert_ne!(selected(&state), before);
    press(&mut state, Action::ToggleDetails);
    assert!(state.overlays.is_empty());
    press(&mut state, Action::ToggleDetails);
    type_in(&mut state, "p");
    assert!(state.overlays.is_empty());
    assert_eq!(state.picker.query.text(), "p");
}

#[test]
fn without_a_row_there_are_no_details() {
    let mut state = sample::loaded();
    state.size = (80, 24);
    type_in(&mut state, "zzz");
    assert_eq!(press(&mut state, Action::ToggleDetails), []);
    assert!(state.overlays.is_empty(), "{:?}", state.overlays);
    assert_eq!(state.toasts.last().unwrap().text, "nothing is selected");
}
