//! Given a state, when messages come, then facts and effects.

use crate::domain::{InputField, Item, Method, Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::msg::{Effect, Msg};
use crate::tui::sample;
use crate::tui::sample::{press, type_in};
use crate::tui::screens::picker::Row;
use crate::tui::update::update;

#[test]
fn adding_an_app() {
    let mut state = sample::loaded();
    press(&mut state, Action::AddApp);
    assert_eq!(
        press(&mut state, Action::Accept),
        [],
        "nothing is asked without a link"
    );
    type_in(&mut state, "https://x.y/app\n");
    let effects = press(&mut state, Action::Accept);
    let [
        Effect::AddApp {
            ticket, name: None, ..
        },
    ] = effects[..]
    else {
        panic!("{effects:?}")
    };
    let nameless = Problem::new(ProblemKind::Usage, "no name").of_field(InputField::Name);
    update(
        &mut state,
        Msg::AppAdded {
            ticket,
            result: Err(nameless),
        },
    );
    type_in(&mut state, "Lab");
    press(&mut state, Action::Down);
    type_in(&mut state, "no text is typed here");
    press(&mut state, Action::DeleteLine);
    press(&mut state, Action::CursorLeft);
    press(&mut state, Action::CursorRight);
    press(&mut state, Action::CursorRight);
    let effects = press(&mut state, Action::Accept);
    let [
        Effect::AddApp {
            ticket,
            name: Some(name),
            method: Method::Browser,
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(name, "Lab");
    update(
        &mut state,
        Msg::AppAdded {
            ticket: *ticket,
            result: Ok(sample::app("Lab")),
        },
    );
    assert!(state.overlays.is_empty());
    assert!(matches!(state.selected(), Some(Row::Item(Item::Gap(gap))) if &*gap.name == "Lab"));
}

#[test]
fn an_app_that_is_added_after_the_form_was_closed_is_told() {
    let mut state = sample::loaded();
    press(&mut state, Action::AddApp);
    type_in(&mut state, "https://x.y/app");
    let effects = press(&mut state, Action::Accept);
    let [Effect::AddApp { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    press(&mut state, Action::Back);
    assert!(state.overlays.is_empty());
    let selected = state.selected_key();
    let result = Ok(sample::app("Lab"));
    let effects = update(&mut state, Msg::AppAdded { ticket, result });
    assert_eq!(effects, [Effect::LoadFacts]);
    let said = state.toasts.last().map(|toast| &*toast.text);
    assert_eq!(said, Some("added the app Lab"));
    assert_eq!(state.selected_key(), selected, "the user is elsewhere");
}
