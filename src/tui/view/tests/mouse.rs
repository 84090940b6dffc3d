//! The mouse in every list: a click selects the row that is drawn there, a second one runs it, and the wheel moves the
//! selection.

use super::*;
use crate::tui::msg::Effect;
use crate::tui::sample::{press, type_in};
use crate::tui::screens::add_app::AddApp;
use crate::tui::screens::onboarding::Onboarding;
use crate::tui::state::Overlay;

const SIZES: [(u16, u16); 3] = [(200, 50), (80, 24), (40, 10)];

/// Every screen with a list.
pub(super) fn lists() -> Vec<(&'static str, State)> {
    let mut portals = sample::external();
    portals
        .facts
        .sessions
        .push(sample::session("client", false));
    let mut active = sample::loaded();
    active.facts.sessions.push(sample::session("client", false));
    let facts = active.facts.clone();
    update(&mut active, Msg::Facts(Ok(facts)));
    vec![
        ("list", sample::loaded()),
        ("groups", key(sample::external(), &[Action::Group])),
        ("active", key(active, &[Action::PreviousView; 3])),
        ("help", key(sample::loaded(), &[Action::Help])),
        (
            "help, searched",
            typed(key(sample::loaded(), &[Action::Help]), "sign"),
        ),
        (
            "help of a dialog",
            key(sample::signing_in(), &[Action::Help]),
        ),
        ("portals", key(portals, &[Action::Portals])),
        ("regions", choosing_region()),
        ("regions, searched", typed(choosing_region(), "europe")),
        ("regions of a form", typed(sample::region_missing(), "eu-")),
        ("roles", choosing_role()),
        ("settings", changing_settings()),
        ("sync", planned(plan())),
        ("messages", messages()),
    ]
}

/// The text of so many cells, without the blanks between words.
fn words(buffer: &Buffer, (x, y): (u16, u16), width: u16) -> String {
    let cells = (x..x + width).map(|x| buffer[(x, y)].symbol());
    let text: String = cells.collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The row with the mark of the selection, in the list that begins at this column.
fn selected(buffer: &Buffer, x: u16, width: u16) -> Option<String> {
    let mark = theme(&[]).glyphs.selected;
    let y = (0..buffer.area.height).find(|y| buffer[(x, *y)].symbol() == mark)?;
    Some(words(buffer, (x + 1, y), width - 1))
}

#[test]
fn a_click_selects_the_row_that_is_drawn_there() {
    let theme = theme(&[]);
    for size in SIZES {
        for (name, mut state) in lists() {
            let mut before = frame(&mut state, size, &theme);
            // Where names are cut, they are cut elsewhere after the list has scrolled.
            if text(&before).contains('…') {
                continue;
            }
            let count = state.front().row_areas(&state).len();
            assert!(count > 0, "{name} at {size:?}");
            // The first, the last, and some between them.
            for at in (0..count).step_by(4).chain([count - 1]) {
                let (area, _) = state.front().row_areas(&state)[at];
                let wanted = words(&before, (area.x + 1, area.y), area.width - 1);
                let (x, y) = (area.x + 1, area.y);
                assert_eq!(update(&mut state, Msg::Click { x, y }), [], "{name}");
                before = frame(&mut state, size, &theme);
                let found = selected(&before, area.x, area.width);
                assert_eq!(found, Some(wanted), "{name} at {size:?}");
            }
        }
    }
}

#[test]
fn the_wheel_moves_the_selection() {
    let theme = theme(&[]);
    for (name, mut state) in lists() {
        let size = (100, 30);
        let top = |state: &mut State| {
            let buffer = frame(state, size, &theme);
            let (area, _) = state.front().row_areas(state)[0];
            selected(&buffer, area.x, area.width)
        };
        update(&mut state, Msg::Wheel(-100));
        let first = top(&mut state);
        update(&mut state, Msg::Wheel(1));
        let second = top(&mut state);
        assert_ne!(first, second, "{name}");
        update(&mut state, Msg::Wheel(-1));
        assert_eq!(first, top(&mut state), "{name}");
        update(&mut state, Msg::Wheel(100));
        assert_ne!(first, top(&mut state), "{name}");
    }
}

#[test]
fn the_wheel_goes_through_the_list_behind_details() {
    let mut state = sample::loaded();
    state.size = (80, 24);
    let mut state = key(state, &[Action::ToggleDetails]);
    update(&mut state, Msg::Wheel(3));
    assert_eq!(state.picker.selected, 3);
    assert_eq!(state.overlays.len(), 1, "they are still there");
}

/// Every screen with a field that shows a part of a long text.
fn long_fields() -> Vec<(&'static str, State)> {
    const LONG: &str =
        "https://example.com/start/0123456789/abcdefghij/klmnopqrst/uvwxyz0123/456789abcd/efgh";
    let editing = || key(changing_settings(), &[Action::Last, Action::Accept]);
    let forms = vec![
        ("list", sample::loaded()),
        ("help", key(sample::loaded(), &[Action::Help])),
        ("first portal", sample::onboarding()),
        ("portal", key(sample::loaded(), &[Action::AddPortal])),
        ("region of a portal", sample::region_missing()),
        ("app", key(sample::loaded(), &[Action::AddApp])),
        (
            "edited portal",
            key(sample::loaded(), &[Action::Portals, Action::Edit]),
        ),
        ("region", choosing_region()),
        ("setting", editing()),
    ];
    let forms = forms.into_iter();
    forms
        .map(|(name, state)| (name, typed(state, LONG)))
        .collect()
}

#[test]
fn a_click_on_a_field_moves_the_cursor_there() {
    let theme = theme(&[]);
    for size in SIZES {
        for (name, mut state) in long_fields() {
            frame(&mut state, size, &theme);
            let fields = state.front().field_areas(&state);
            assert!(!fields.is_empty(), "{name} at {size:?}");
            for field in fields {
                for column in [0, 3, 900] {
                    let (before, _) = sample::drawn(&state, &theme);
                    let y = field.row.y;
                    let end = u16::try_from(field.columns).unwrap();
                    let x = field.x + end.saturating_sub(1).min(column);
                    let wanted = before[(x, y)].symbol().to_owned();
                    assert_eq!(update(&mut state, Msg::Click { x, y }), [], "{name}");
                    let (buffer, cursor) = sample::drawn(&state, &theme);
                    let cursor = cursor.unwrap();
                    let case = format!("{name} at {size:?}, {field:?}, column {column}");
                    assert_eq!(cursor.y, y, "{case}");
                    // The text may scroll; an end of it is where the text ends.
                    let found = buffer[(cursor.x, cursor.y)].symbol();
                    assert!(found == wanted || found == " ", "{case}: {found}, {wanted}");
                    assert!(cursor.x >= field.x, "{case}");
                }
            }
        }
    }
}

#[test]
fn a_click_on_a_field_moves_the_focus_there() {
    let focus = |state: &State| state.screen::<AddApp>().unwrap().form.focus;
    let mut state = key(sample::loaded(), &[Action::AddApp]);
    state.size = (100, 30);
    let areas = state.front().field_areas(&state);
    assert_eq!(areas.len(), 3);
    for at in [2, 0, 1] {
        let (x, y) = (areas[at].row.x, areas[at].row.y);
        assert_eq!(clicks(&mut state, (x, y), (x, y)), []);
        assert_eq!(focus(&state), at);
    }
    type_in(&mut state, "Lab");
    let (x, y) = (areas[1].x + 1, areas[1].row.y);
    update(&mut state, Msg::Click { x, y });
    type_in(&mut state, "-");
    let form = &state.screen::<AddApp>().unwrap().form;
    assert_eq!(form.fields[1].text(), "L-ab");
    // Beside the fields.
    let (x, y) = (areas[0].x, areas[0].row.y - 1);
    update(&mut state, Msg::Click { x, y });
    assert_eq!(focus(&state), 1);
}

#[test]
fn a_second_click_chooses_the_region_of_a_form() {
    let mut state = typed(sample::region_missing(), "eu-");
    assert_eq!(double_click(&mut state, "eu-central-2"), []);
    let form = &state.screen::<Onboarding>().unwrap().form;
    assert_eq!((form.focus, &*form.text(1)), (1, "eu-central-2"));
}

#[test]
fn the_wheel_does_not_move_through_the_fields_of_a_form() {
    let mut state = key(sample::loaded(), &[Action::AddApp]);
    update(&mut state, Msg::Wheel(1));
    assert_eq!(state.screen::<AddApp>().unwrap().form.focus, 0);
}

/// Clicks twice on the row of a list that has these words in it.
fn double_click(state: &mut State, wanted: &str) -> Vec<Effect> {
    let buffer = frame(state, (100, 30), &theme(&[]));
    let areas = state.front().row_areas(state);
    let has = |area: &crate::tui::layout::Area| {
        words(&buffer, (area.x, area.y), area.width).contains(wanted)
    };
    let (area, _) = areas.into_iter().find(|(area, _)| has(area)).unwrap();
    let (x, y) = (area.x + 1, area.y);
    assert_eq!(update(state, Msg::Click { x, y }), []);
    update(state, Msg::DoubleClick { x, y })
}

#[test]
fn a_second_click_runs_the_row() {
    let mut state = key(sample::loaded(), &[Action::Help]);
    double_click(&mut state, "add a portal");
    assert!(state.screen::<Onboarding>().is_some());

    let mut state = choosing_region();
    let effects = double_click(&mut state, "eu-north-1");
    assert!(
        matches!(&effects[..], [Effect::SetRegion { change, .. }] if change.region.as_deref() == Some("eu-north-1")),
        "{effects:?}"
    );

    let mut state = planned(plan());
    let ticked = |state: &State| {
        let screen = state.screen::<crate::tui::screens::sync::SyncScreen>();
        screen.unwrap().ticked.clone()
    };
    let mut wanted = ticked(&state);
    double_click(&mut state, "prod-read");
    wanted[2] = !wanted[2];
    assert_eq!(ticked(&state), wanted);

    let mut state = messages();
    let effects = double_click(&mut state, "could not be reached");
    assert!(matches!(effects[..], [Effect::Copy(_)]), "{effects:?}");

    let mut state = address();
    let (x, y) = (50, 14);
    assert_eq!(update(&mut state, Msg::Click { x, y }), []);
    let effects = update(&mut state, Msg::DoubleClick { x, y });
    assert!(
        matches!(effects[..], [Effect::CopySecret(_)]),
        "{effects:?}"
    );
}

/// Clicks somewhere, and soon again there or elsewhere.
fn clicks(state: &mut State, (x, y): (u16, u16), second: (u16, u16)) -> Vec<Effect> {
    let first = update(state, Msg::Click { x, y });
    let (x, y) = second;
    [first, update(state, Msg::DoubleClick { x, y })].concat()
}

#[test]
fn a_click_soon_after_one_elsewhere_only_selects() {
    let mut state = sample::loaded();
    state.size = (120, 24);
    let (area, _) = state.front().row_areas(&state)[3];
    assert_eq!(clicks(&mut state, (110, area.y), (10, area.y)), []);
    assert_eq!(state.picker.selected, 3);
    // The next one on that row is the second.
    let (x, y) = (20, area.y);
    let effects = update(&mut state, Msg::DoubleClick { x, y });
    assert!(matches!(&effects[..], [Effect::Use { .. }]), "{effects:?}");

    // A key between two clicks.
    let mut state = sample::loaded();
    state.size = (120, 24);
    update(&mut state, Msg::Click { x, y });
    let wanted = state.selected_key();
    press(&mut state, Action::Down);
    assert_eq!(update(&mut state, Msg::DoubleClick { x, y }), []);
    assert_eq!(state.selected_key(), wanted);
}

#[test]
fn a_second_click_does_not_press_another_key_of_the_footer() {
    let place = |state: &State, action| {
        let hints = crate::tui::layout::hints(state);
        let hint = hints.iter().find(|hint| hint.action == action).unwrap();
        (hint.area.x, hint.area.y)
    };
    let mut state = sample::loaded();
    let at = place(&state, Action::Help);
    assert_eq!(clicks(&mut state, at, at), []);
    assert_eq!(state.overlays.len(), 1, "help is open");

    let mut state = changing_settings();
    let at = place(&state, Action::Back);
    assert_eq!(clicks(&mut state, at, at), []);
    assert!(state.overlays.is_empty());

    // The same key again, and another one soon.
    let mut state = sample::loaded();
    let at = place(&state, Action::NextView);
    clicks(&mut state, at, at);
    assert_eq!(state.picker.view as usize, 2);
    let at = place(&state, Action::NextView);
    let help = place(&state, Action::Help);
    clicks(&mut state, at, help);
    assert_eq!(state.overlays.len(), 1, "help is open");
}

#[test]
fn a_click_does_not_save_what_is_edited() {
    let mut state = changing_settings();
    press(&mut state, Action::Last);
    press(&mut state, Action::Accept);
    assert_eq!(clicks(&mut state, (20, 8), (20, 8)), []);
    assert!(matches!(
        state.overlays.last(),
        Some(Overlay::Settings(screen)) if screen.editing.is_some()
    ));
}

#[test]
fn nothing_is_done_that_cannot_be_seen() {
    let mut state = sample::loaded();
    state.size = (20, 5);
    for action in [Action::Down, Action::Use, Action::Help, Action::Pin] {
        assert_eq!(press(&mut state, action), [], "{action:?}");
    }
    update(&mut state, Msg::Text("x".to_owned()));
    update(&mut state, Msg::Wheel(1));
    clicks(&mut state, (3, 2), (3, 2));
    assert!(state.overlays.is_empty() && state.picker.query.is_empty());
    assert_eq!(state.picker.selected, 0);
    assert_eq!(press(&mut state, Action::Suspend), [Effect::Suspend]);
    assert_eq!(press(&mut state, Action::Back).len(), 1, "it leaves");
    assert_eq!(press(&mut state, Action::Quit).len(), 1, "it leaves");
}
