//! Given a state, when messages come, then facts and effects.

use crate::domain::ProblemKind;
use crate::domain::region::{Part, choices};
use crate::tui::action::Action;
use crate::tui::msg::{Effect, KnownRegions, Msg, RegionChange, Ticket};
use crate::tui::sample;
use crate::tui::sample::{press, problem, selected, type_in};
use crate::tui::state::Overlay;
use crate::tui::update::update;

/// The only effect: a region is set.
fn asked(effects: &[Effect]) -> (Ticket, RegionChange) {
    let [Effect::SetRegion { ticket, change }] = effects else {
        panic!("{effects:?}")
    };
    (*ticket, change.clone())
}

#[test]
fn a_region_is_chosen_and_an_unknown_one_cannot_be() {
    let mut state = sample::loaded();
    let id = selected(&state);
    let effects = press(&mut state, Action::Region);
    let [Effect::LoadRegions { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(press(&mut state, Action::Accept), [], "nothing is read yet");
    let known = KnownRegions {
        choices: choices(&["us-west-2".to_owned()], None),
        current: Some("eu-west-1".to_owned()),
        is_assumed: true,
    };
    update(
        &mut state,
        Msg::Regions {
            ticket,
            result: Ok(known),
        },
    );
    type_in(&mut state, "eu-wset-1x");
    assert_eq!(press(&mut state, Action::Accept), [], "it is no region");
    press(&mut state, Action::Back);
    type_in(&mut state, "irel");
    press(&mut state, Action::Scope);
    let effects = press(&mut state, Action::Accept);
    let (ticket, change) = asked(&effects);
    assert_eq!(
        effects,
        [Effect::SetRegion {
            ticket,
            change: RegionChange {
                id: id.clone(),
                part: Part::Account,
                region: Some("eu-west-1".to_owned())
            }
        }]
    );
    assert_eq!(press(&mut state, Action::Accept), [], "one at a time");
    let result = Err(problem(ProblemKind::Usage));
    update(
        &mut state,
        Msg::RegionSet {
            ticket,
            change,
            result,
        },
    );
    assert!(
        matches!(&state.overlays[..], [Overlay::Regions(screen)] if screen.problem.is_some() && screen.query.text() == "irel")
    );
    let effects = press(&mut state, Action::Accept);
    let (ticket, change) = asked(&effects);
    let result = Ok(Vec::new());
    assert_eq!(
        update(
            &mut state,
            Msg::RegionSet {
                ticket,
                change,
                result
            }
        ),
        [Effect::LoadFacts]
    );
    assert!(state.overlays.is_empty());
    // One that is not known here can be tried: it is checked before it is saved.
    let effects = press(&mut state, Action::Region);
    let [Effect::LoadRegions { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let result = Ok(KnownRegions::default());
    update(&mut state, Msg::Regions { ticket, result });
    type_in(&mut state, "eu-west-9");
    assert!(matches!(
        &press(&mut state, Action::Accept)[..],
        [Effect::SetRegion { change, .. }] if change.region.as_deref() == Some("eu-west-9")
    ));
}

#[test]
fn escape_is_called_what_it_does() {
    let mut state = sample::loaded();
    press(&mut state, Action::Region);
    for (typed, word) in [("", "back"), ("eu", "clear")] {
        type_in(&mut state, typed);
        let hints = state.front().hints(&state);
        assert!(hints.contains(&(Action::Back, word)), "{hints:?}");
    }
}

#[test]
fn the_region_now_is_selected_and_the_words_name_account_and_portal() {
    use crate::tui::screens::regions::Regions;
    let mut state = sample::loaded();
    press(&mut state, Action::Region);
    let known = KnownRegions {
        choices: choices(&["us-west-2".to_owned()], None),
        current: Some("eu-west-1".to_owned()),
        is_assumed: true,
    };
    let (ticket, result) = (state.ticket, Ok(known));
    update(&mut state, Msg::Regions { ticket, result });
    let chosen = |state: &crate::tui::state::State| {
        let screen = state.screen::<Regions>().unwrap();
        let row = screen.rows().into_iter().nth(screen.selected);
        row.map(|row| row.name)
    };
    assert_eq!(chosen(&state).as_deref(), Some("eu-west-1"));
    type_in(&mut state, "tokyo");
    assert_eq!(chosen(&state).as_deref(), Some("ap-northeast-1"));
    press(&mut state, Action::Back);
    assert_eq!(chosen(&state).as_deref(), Some("eu-west-1"));
    let offers = |state: &crate::tui::state::State, action| {
        let hints = state.front().hints(state);
        hints.iter().any(|(offered, _)| *offered == action)
    };
    assert!(offers(&state, Action::Accept));
    type_in(&mut state, "zzz");
    assert!(!offers(&state, Action::Accept), "nothing to save");
    press(&mut state, Action::Back);
    for words in [
        "ReadOnlyAccess in Data Lake (333333333333)",
        "every role in Data Lake (333333333333)",
        "every role of the portal acme",
    ] {
        let effects = press(&mut state, Action::Accept);
        let (ticket, change) = asked(&effects);
        let result = Err(problem(ProblemKind::Usage));
        update(
            &mut state,
            Msg::RegionSet {
                ticket,
                change,
                result,
            },
        );
        let screen = state.screen::<Regions>().unwrap();
        assert_eq!(super::update::whose(&state, &screen.id, screen.part), words);
        press(&mut state, Action::Scope);
    }
    press(&mut state, Action::Scope);
    press(&mut state, Action::Scope);
    let effects = press(&mut state, Action::Accept);
    let (ticket, change) = asked(&effects);
    let result = Ok(Vec::new());
    update(
        &mut state,
        Msg::RegionSet {
            ticket,
            change,
            result,
        },
    );
    let said = &state.toasts.last().unwrap().text;
    assert_eq!(
        said,
        "eu-west-1 is now the region of every role of the portal acme"
    );
}

#[test]
fn what_is_saved_after_the_dialog_was_closed_is_told() {
    for (result, told) in [
        (Ok(Vec::new()), "eu-west-1 is now the region of ".to_owned()),
        (
            Err(problem(ProblemKind::Failed)),
            problem(ProblemKind::Failed).to_string(),
        ),
    ] {
        let mut state = sample::loaded();
        press(&mut state, Action::Region);
        let known = KnownRegions {
            choices: choices(&[], None),
            ..KnownRegions::default()
        };
        let (ticket, known) = (state.ticket, Ok(known));
        update(
            &mut state,
            Msg::Regions {
                ticket,
                result: known,
            },
        );
        type_in(&mut state, "eu-west-1");
        let (ticket, change) = asked(&press(&mut state, Action::Accept));
        press(&mut state, Action::Back);
        assert!(
            state.overlays.is_empty(),
            "once is enough, also with a query"
        );
        let msg = Msg::RegionSet {
            ticket,
            change,
            result,
        };
        assert_eq!(update(&mut state, msg), [Effect::LoadFacts]);
        let said = &state.toasts.last().expect("a message").text;
        assert!(said.starts_with(&told), "{said}");
    }
}

#[test]
fn regions_that_cannot_be_read_stay_a_problem_and_are_read_again_with_enter() {
    let mut state = sample::loaded();
    press(&mut state, Action::Region);
    let (ticket, result) = (state.ticket, Err(problem(ProblemKind::Usage)));
    update(&mut state, Msg::Regions { ticket, result });
    type_in(&mut state, "eu");
    press(&mut state, Action::Scope);
    press(&mut state, Action::Back);
    let screen = state.screen::<crate::tui::screens::regions::Regions>();
    assert!(screen.unwrap().problem.is_some());
    let effects = press(&mut state, Action::Accept);
    assert!(
        matches!(effects[..], [Effect::LoadRegions { .. }]),
        "{effects:?}"
    );
}

#[test]
fn a_region_is_taken_back() {
    let mut state = sample::loaded();
    press(&mut state, Action::Region);
    let (ticket, result) = (state.ticket, Ok(KnownRegions::default()));
    update(&mut state, Msg::Regions { ticket, result });
    press(&mut state, Action::First);
    let effects = press(&mut state, Action::Accept);
    let (ticket, change) = asked(&effects);
    assert_eq!(change.region, None);
    let result = Ok(Vec::new());
    update(
        &mut state,
        Msg::RegionSet {
            ticket,
            change,
            result,
        },
    );
    let said = &state.toasts.last().unwrap().text;
    assert!(said.starts_with("no region is set for "), "{said}");
    // The key that opens it closes it.
    press(&mut state, Action::Region);
    press(&mut state, Action::Region);
    assert!(state.overlays.is_empty());
}
