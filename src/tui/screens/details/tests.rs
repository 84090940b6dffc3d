//! Given a state, when messages come, then facts and effects.

use crate::tui::action::Action;
use crate::tui::msg::Msg;
use crate::tui::sample::{self, press, selected, type_in};
use crate::tui::screens::details::{Details, is_cut_beside};
use crate::tui::state::{Overlay, State};
use crate::tui::theme::Theme;
use crate::tui::update::update;

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

#[test]
fn details_that_do_not_fit_beside_the_list_are_shown_over_it() {
    let mut state = sample::loaded();
    let shown = |state: &State| (state.overlays.len(), state.picker.look.hide_details);
    state.size = (120, 50);
    assert!(!is_cut_beside(&state));
    press(&mut state, Action::ToggleDetails);
    assert_eq!(shown(&state), (0, true));
    press(&mut state, Action::ToggleDetails);
    state.size = (120, 14);
    assert!(is_cut_beside(&state));
    let (screen, _) = sample::drawn(&state, &Theme::plain());
    let screen = format!("{screen:?}");
    assert!(
        screen.contains("F2: ") && screen.contains(" more lines"),
        "{screen}"
    );
    for expected in [(1, false), (0, true), (0, false)] {
        press(&mut state, Action::ToggleDetails);
        assert_eq!(shown(&state), expected);
    }
}

#[test]
fn details_that_do_not_fit_are_scrolled() {
    let first = |state: &State| state.screen::<Details>().unwrap().first;
    let mut state = sample::loaded();
    state.size = (40, 10);
    press(&mut state, Action::ToggleDetails);
    let before = selected(&state);
    press(&mut state, Action::Last);
    let last = first(&state);
    assert!(last > 0);
    press(&mut state, Action::PageDown);
    assert_eq!(first(&state), last, "not beyond the end");
    press(&mut state, Action::PageUp);
    assert!(first(&state) < last);
    press(&mut state, Action::First);
    assert_eq!(first(&state), 0);
    update(&mut state, Msg::Wheel(2));
    assert_eq!(first(&state), 2);
    update(&mut state, Msg::Wheel(-100));
    assert_eq!(first(&state), 0);
    assert_eq!(selected(&state), before);
    let hints = state.front().hints(&state);
    assert!(hints.contains(&(Action::PageDown, "scroll")), "{hints:?}");
    press(&mut state, Action::PageDown);
    press(&mut state, Action::Down);
    assert_ne!(selected(&state), before);
    assert_eq!(first(&state), 0, "another row is shown from its start");
    // Where they fit, the same keys go on with the list.
    state.size = (80, 24);
    press(&mut state, Action::First);
    assert_eq!(selected(&state), before);
}
