//! Given a state, when messages come, then facts and effects.

use std::sync::Arc;

use crate::domain::{Method, Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::msg::{Effect, Msg};
use crate::tui::sample::{press, problem, selected, type_in};
use crate::tui::state::{Overlay, State};
use crate::tui::update::update;
use crate::tui::{Outcome, sample};

/// The row of the app whose roles are not known.
fn on_vendor() -> State {
    let mut state = sample::external();
    press(&mut state, Action::Last);
    state
}

fn captured(state: &mut State, effects: &[Effect], roles: &[&str]) -> Vec<Effect> {
    let [Effect::CancelCapture, Effect::Capture { ticket, app, .. }] = effects else {
        panic!("{effects:?}")
    };
    assert_eq!(&*app.name, "Vendor");
    let roles = roles.iter().map(|role| crate::domain::AppRole {
        account: "777777777777".parse().unwrap(),
        role: Arc::from(*role),
    });
    let roles: Vec<_> = roles.collect();
    update(
        state,
        Msg::Captured {
            ticket: *ticket,
            result: Ok(roles),
        },
    )
}

#[test]
fn an_app_without_roles_is_captured_and_its_one_role_used() {
    let mut state = on_vendor();
    let effects = press(&mut state, Action::Use);
    let effects = captured(&mut state, &effects, &["Developer"]);
    assert!(
        matches!(&effects[..], [Effect::Use { id, overwrite: false, .. }] if id.to_string() == "ext:Vendor/777777777777/Developer"),
        "{effects:?}"
    );
    assert!(state.overlays.is_empty());
    assert_eq!(
        selected(&state).role.as_ref(),
        "Developer",
        "its row is selected"
    );
}

#[test]
fn several_roles_are_a_choice() {
    let mut state = on_vendor();
    let effects = press(&mut state, Action::Use);
    assert_eq!(captured(&mut state, &effects, &["A", "B"]), []);
    assert!(matches!(&state.overlays[..], [Overlay::Roles(roles)] if roles.entries.len() == 2));
    press(&mut state, Action::Down);
    press(&mut state, Action::Down);
    let effects = press(&mut state, Action::Accept);
    assert!(
        matches!(&effects[..], [Effect::Use { id, overwrite: false, .. }] if &*id.role == "B"),
        "{effects:?}"
    );
    let mut state = on_vendor();
    state.pick_only = true;
    let effects = press(&mut state, Action::Use);
    captured(&mut state, &effects, &["A", "B"]);
    let effects = press(&mut state, Action::Accept);
    assert!(matches!(&effects[..], [Effect::Finish(Outcome::Picked(id))] if &*id.role == "A"));
}

#[test]
fn a_capture_that_is_needed_comes_in_between_and_what_was_wanted_goes_on() {
    let needed = || {
        Problem::new(
            ProblemKind::CaptureNeeded {
                app: "Vendor".into(),
            },
            "needed",
        )
    };
    for action in [Action::Use, Action::Refresh] {
        let mut state = on_vendor();
        let effects = press(&mut state, Action::Use);
        captured(&mut state, &effects, &["Developer"]);
        state.picker.busy.clear();
        let effects = press(&mut state, action);
        let [
            Effect::Use {
                ticket,
                id,
                overwrite: false,
            }
            | Effect::Refresh { ticket, id },
        ] = &effects[..]
        else {
            panic!("{effects:?}")
        };
        let effects = update(
            &mut state,
            Msg::Used {
                ticket: *ticket,
                id: id.clone(),
                result: Err(needed()),
            },
        );
        let effects = captured(&mut state, &effects[1..], &["Developer"]);
        let again = match action {
            Action::Use => matches!(&effects[..], [Effect::Use { .. }]),
            _ => matches!(&effects[..], [Effect::Refresh { .. }]),
        };
        assert!(again, "{effects:?}");
    }
}

#[test]
fn a_capture_is_canceled_and_its_late_answer_dropped() {
    let mut state = on_vendor();
    let effects = press(&mut state, Action::Use);
    let [_, Effect::Capture { ticket, .. }] = effects[..] else {
        panic!()
    };
    assert_eq!(press(&mut state, Action::Back), [Effect::CancelCapture]);
    assert!(state.overlays.is_empty());
    assert_eq!(
        update(
            &mut state,
            Msg::Captured {
                ticket,
                result: Ok(Vec::new())
            }
        ),
        []
    );
    assert!(state.overlays.is_empty());
}

#[test]
fn a_capture_that_needs_the_portal_leads_to_its_sign_in_and_back() {
    let mut state = on_vendor();
    let effects = press(&mut state, Action::Use);
    let [_, Effect::Capture { ticket, .. }] = effects[..] else {
        panic!()
    };
    let needed = Problem::sign_in_needed(&"acme".into());
    update(
        &mut state,
        Msg::Captured {
            ticket,
            result: Err(needed),
        },
    );
    let effects = press(&mut state, Action::Accept);
    let [_, Effect::SignIn { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let effects = update(
        &mut state,
        Msg::SignedIn {
            ticket,
            result: Ok(()),
        },
    );
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Capture { app, .. } if &*app.name == "Vendor")),
        "{effects:?}"
    );
}

#[test]
fn a_pasted_response_is_counted_and_never_shown() {
    let mut state = on_vendor();
    let _ = press(&mut state, Action::Use);
    type_in(&mut state, "PHNhbWw+ ");
    type_in(&mut state, "secret");
    let Some(Overlay::Capture(screen)) = state.overlays.last() else {
        panic!()
    };
    assert_eq!(screen.pasted.count(), 14);
    assert!(!format!("{screen:?}").contains("secret"));
    let effects = press(&mut state, Action::Accept);
    let [Effect::CancelCapture, Effect::TakeResponse { response, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(response.expose(), "PHNhbWw+ secret");
}

#[test]
fn the_console_takes_the_place_of_a_method_that_failed() {
    let mut state = on_vendor();
    let effects = press(&mut state, Action::Use);
    let [_, Effect::Capture { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(press(&mut state, Action::ConsoleSignIn), [], "not offered");
    let result = Err(problem(ProblemKind::Failed));
    update(&mut state, Msg::Captured { ticket, result });
    let effects = press(&mut state, Action::ConsoleSignIn);
    let [
        Effect::CancelCapture,
        Effect::Capture {
            ticket,
            app,
            wanted: None,
            keep_method: true,
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(app.method, Method::Console);
    let ticket = *ticket;
    assert_eq!(press(&mut state, Action::ConsoleSignIn), []);
    let result = Ok(Vec::new());
    let effects = update(&mut state, Msg::Captured { ticket, result });
    assert!(effects.contains(&Effect::LoadFacts), "the method is kept");
}

/// The actions on an entry that go on with a role.
const WITH_A_ROLE: [Action; 6] = [
    Action::Use,
    Action::Refresh,
    Action::Subshell,
    Action::Console,
    Action::Copy,
    Action::Export,
];

/// `true` if the effects are those of an action on a role.
fn is_of(action: Action, effects: &[Effect], role: &str) -> bool {
    match (action, effects) {
        (Action::Use, [Effect::Use { id, .. }])
        | (Action::Refresh, [Effect::Refresh { id, .. }])
        | (Action::Subshell, [Effect::Subshell(id)])
        | (Action::Console, [Effect::Console(id)])
        | (Action::Export, [Effect::Export { id, .. }]) => &*id.role == role,
        (Action::Copy, [Effect::Copy(text)]) => text.ends_with(role),
        _ => false,
    }
}

#[test]
fn an_action_on_an_app_goes_on_with_the_role_that_is_found() {
    for action in WITH_A_ROLE {
        let exports = action == Action::Export;
        let mut state = on_vendor();
        state.exports = exports;
        let effects = press(&mut state, action);
        let effects = captured(&mut state, &effects, &["Developer"]);
        assert!(is_of(action, &effects, "Developer"), "{effects:?}");

        let mut state = on_vendor();
        state.exports = exports;
        let effects = press(&mut state, action);
        assert_eq!(captured(&mut state, &effects, &["A", "B"]), []);
        press(&mut state, Action::Down);
        let effects = press(&mut state, Action::Accept);
        assert!(is_of(action, &effects, "B"), "{effects:?}");
    }
}

#[test]
fn a_sign_in_between_does_not_change_the_action() {
    let mut state = on_vendor();
    let effects = press(&mut state, Action::Console);
    let [_, Effect::Capture { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let result = Err(Problem::sign_in_needed(&"acme".into()));
    update(&mut state, Msg::Captured { ticket, result });
    let effects = press(&mut state, Action::Accept);
    let [_, Effect::SignIn { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let result = Ok(());
    let mut effects = update(&mut state, Msg::SignedIn { ticket, result });
    effects.retain(|effect| matches!(effect, Effect::CancelCapture | Effect::Capture { .. }));
    let effects = captured(&mut state, &effects, &["Developer"]);
    assert!(is_of(Action::Console, &effects, "Developer"), "{effects:?}");
}

#[test]
fn what_cannot_go_on_with_a_role_says_that_none_is_known() {
    for action in [Action::Pin, Action::Forget, Action::Region] {
        let mut state = on_vendor();
        assert_eq!(press(&mut state, action), [], "{action:?}");
        assert!(state.overlays.is_empty(), "{action:?}");
        let toast = state.toasts.last().unwrap();
        assert_eq!(toast.text, "Vendor: its roles are not known yet");
        assert_eq!(toast.hint.as_deref(), Some("Enter finds them"));
    }
}
