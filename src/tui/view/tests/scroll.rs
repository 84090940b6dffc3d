//! The part of a list that is on screen: the selection moves in it, and takes it along at its edges only.

use super::mouse::lists;
use super::*;

/// The index of the first row on screen, and the number of rows there.
fn shown(state: &State) -> (usize, usize) {
    let rows = state.front().row_areas(state);
    (rows.first().map_or(0, |(_, row)| *row), rows.len())
}

#[test]
fn a_list_stays_where_it_is_until_the_selection_reaches_its_edge() {
    let mut seen = Vec::new();
    for (width, height) in [(80, 24), (60, 16)] {
        for (name, mut state) in lists() {
            update(&mut state, Msg::Resize { width, height });
            state = key(state, &[Action::Last]);
            let at_end = shown(&state);
            // It fits, or the selection is near the upper edge already.
            if at_end.0 == 0 || at_end.1 < 6 {
                continue;
            }
            seen.push(name);
            for action in [Action::Up, Action::Down] {
                // As far as the margin at the edge.
                state = key(state, &[action; 3]);
                assert_eq!(shown(&state), at_end, "{name}, {action:?}");
            }
            state = key(state, &[Action::First]);
            assert_eq!(shown(&state).0, 0, "{name}");
        }
    }
    for name in ["groups", "help", "regions", "settings"] {
        assert!(
            seen.contains(&name),
            "{name} is scrolled in none of {seen:?}"
        );
    }
}

#[test]
fn a_long_message_is_whole_or_can_be_scrolled() {
    let words: Vec<String> = (0..120).map(|at| format!("word-{at}")).collect();
    let failure = sample::problem(ProblemKind::Offline).detail(words.join(" "));
    let mut state = sample::loaded();
    for front in [Action::Here, Action::Settings, Action::Portals] {
        sample::press(&mut state, front);
        update(&mut state, Msg::Failed(failure.clone()));
        sample::press(&mut state, Action::Messages);
        let [.., crate::tui::state::Overlay::Messages(_)] = &state.overlays[..] else {
            panic!("{front:?}: {:?}", state.overlays)
        };
        sample::press(&mut state, Action::Messages);
        sample::press(&mut state, Action::Back);
    }
    update(&mut state, Msg::Tick(sample::at(600)));
    sample::press(&mut state, Action::Messages);
    let screen = |state: &mut State, rows| text(&frame(state, (80, rows), &theme(&[])));
    assert!(screen(&mut state, 30).contains("word-110"), "all of it");
    let low = screen(&mut state, 14);
    assert!(!low.contains("word-110"), "{low}");
    for _ in 0..2 {
        sample::press(&mut state, Action::PageDown);
    }
    let low = screen(&mut state, 14);
    assert!(low.contains("word-110"), "{low}");
}
