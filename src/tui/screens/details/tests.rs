//! Given a state, when messages come, then facts and effects.

use crate::domain::region::Region;
use crate::tui::action::Action;
use crate::tui::input::Input;
use crate::tui::msg::{Effect, Msg};
use crate::tui::sample::{self, press, selected, type_in};
use crate::tui::state::Overlay;
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
fn the_region_of_any_entry_is_asked_for_once_while_it_is_on_screen() {
    let mut state = sample::own();
    state.size = (100, 30);
    for query in ["data lake", "break-glass"] {
        state.picker.query = Input::default();
        type_in(&mut state, query);
        let id = selected(&state);
        let effects = update(&mut state, Msg::Drawn);
        assert_eq!(effects, [Effect::LoadRegion(id.clone())]);
        assert_eq!(update(&mut state, Msg::Drawn), [], "once");
        let region = Region {
            name: "eu-west-1".to_owned(),
            is_assumed: true,
        };
        let result = Ok(Some(region.clone()));
        update(
            &mut state,
            Msg::Region {
                id: id.clone(),
                result,
            },
        );
        assert_eq!(state.picker.regions[&id], Some(region));
    }
    // Other facts may mean another region; and nobody sees it on a narrow screen.
    let facts = state.facts.clone();
    update(&mut state, Msg::Facts(Ok(facts)));
    state.size = (80, 24);
    assert_eq!(update(&mut state, Msg::Drawn), []);
    press(&mut state, Action::ToggleDetails);
    let id = selected(&state);
    assert_eq!(update(&mut state, Msg::Drawn), [Effect::LoadRegion(id)]);
}
