//! Given a state, when messages come, then facts and effects.

use jiff::Timestamp;

use crate::domain::Problem;
use crate::domain::sign_in::{SignInMethod, SignInStep};
use crate::tui::action::Action;
use crate::tui::msg::{Effect, Facts, Msg};
use crate::tui::sample;
use crate::tui::sample::{press, selected};
use crate::tui::screens::sign_in::{SignIn, SignInStage};
use crate::tui::state::{Overlay, State};
use crate::tui::update::update;

#[test]
fn signed_out_with_nothing_known_leads_to_the_sign_in_and_asks_nothing_yet() {
    let mut state = sample::empty();
    let sessions = vec![sample::session("a", false)];
    let effects = update(
        &mut state,
        Msg::Facts(Ok(Facts {
            sessions,
            profiles: Vec::new(),
            ..Facts::default()
        })),
    );
    assert_eq!(effects, []);
    assert!(matches!(state.overlays[..], [Overlay::SignIn(_)]));
}

#[test]
fn a_sign_in_comes_in_between_and_the_use_goes_on_after_it() {
    let mut state = sample::loaded();
    let id = selected(&state);
    let effects = press(&mut state, Action::Use);
    let [Effect::Use { ticket, .. }] = effects[..] else {
        panic!()
    };
    let needed = Problem::sign_in_needed(&"acme".into());
    update(
        &mut state,
        Msg::Used {
            ticket,
            id: id.clone(),
            result: Err(needed),
        },
    );
    let effects = press(&mut state, Action::Accept);
    let [Effect::CancelSignIn, Effect::SignIn { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    update(
        &mut state,
        Msg::SignIn {
            ticket,
            step: SignInStep::Code(sample::code()),
        },
    );
    update(
        &mut state,
        Msg::SignIn {
            ticket,
            step: SignInStep::Opened,
        },
    );
    assert_eq!(
        press(&mut state, Action::OpenPage),
        [Effect::OpenCodePage(
            sample::code().verification_uri_complete
        )]
    );
    let effects = update(
        &mut state,
        Msg::SignedIn {
            ticket,
            result: Ok(()),
        },
    );
    assert!(state.overlays.is_empty());
    assert!(
        matches!(&effects[..], [Effect::LoadFacts, Effect::Discover(_), Effect::Use { id: again, overwrite: false, .. }, Effect::Prefer { .. }] if *again == id),
        "{effects:?}"
    );
}

#[test]
fn a_sign_in_can_be_canceled_and_its_late_answer_is_dropped() {
    let mut state = sample::signing_in();
    assert_eq!(press(&mut state, Action::Back), [Effect::CancelSignIn]);
    assert!(state.overlays.is_empty());
    assert_eq!(
        update(
            &mut state,
            Msg::SignedIn {
                ticket: 1,
                result: Ok(())
            }
        ),
        []
    );
}

#[test]
fn the_message_about_a_copied_code_goes_with_the_code() {
    let mut state = sample::signing_in();
    assert!(matches!(
        press(&mut state, Action::Copy)[..],
        [Effect::Copy(_)]
    ));
    assert_eq!(state.toasts.len(), 1);
    press(&mut state, Action::NewCode);
    assert_eq!(state.toasts, []);
}

/// The problem that ended the sign-in.
fn problem_of(state: &State) -> &Problem {
    match state.overlays.last() {
        Some(Overlay::SignIn(SignIn {
            stage: SignInStage::Failed(problem),
            ..
        })) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_code_that_nobody_allowed_is_over() {
    let mut state = sample::signing_in();
    let late = Timestamp::from_second(sample::NOW + 700).unwrap();
    update(&mut state, Msg::Tick(late));
    assert!(problem_of(&state).title.contains("expired"));
    let effects = press(&mut state, Action::NewCode);
    assert!(matches!(
        effects[..],
        [Effect::CancelSignIn, Effect::SignIn { .. }]
    ));
}

#[test]
fn the_browser_comes_back_or_a_code_takes_its_place() {
    let mut state = sample::signing_in();
    // The sample's own question has the first number.
    assert_eq!(state.next_ticket(), 1);
    let stage = |state: &State| match state.overlays.last() {
        Some(Overlay::SignIn(screen)) => screen.stage.clone(),
        _ => panic!(),
    };
    update(
        &mut state,
        Msg::SignIn {
            ticket: 1,
            step: SignInStep::Browser(sample::page()),
        },
    );
    update(
        &mut state,
        Msg::SignIn {
            ticket: 1,
            step: SignInStep::Opened,
        },
    );
    assert!(state.needs_ticks());
    assert!(matches!(
        stage(&state),
        SignInStage::Browser {
            browser: Some(Ok(())),
            ..
        }
    ));
    let url = sample::page().url;
    assert_eq!(
        press(&mut state, Action::OpenPage),
        [Effect::OpenSignInPage(url.clone())]
    );
    assert_eq!(press(&mut state, Action::Copy), [Effect::Copy(url)]);
    let effects = press(&mut state, Action::DeviceCode);
    let [
        Effect::CancelSignIn,
        Effect::SignIn {
            ticket,
            method: SignInMethod::Device,
            ..
        },
    ] = effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(
        update(
            &mut state,
            Msg::SignedIn {
                ticket: 1,
                result: Ok(())
            }
        ),
        [],
        "the browser's sign-in was given up"
    );
    // What was chosen once stays: a new code is a code again.
    update(
        &mut state,
        Msg::SignIn {
            ticket,
            step: SignInStep::Code(sample::code()),
        },
    );
    assert!(matches!(
        press(&mut state, Action::NewCode)[..],
        [
            _,
            Effect::SignIn {
                method: SignInMethod::Device,
                ..
            }
        ]
    ));
}

#[test]
fn a_browser_that_never_comes_back_is_over() {
    let mut state = sample::signing_in();
    update(
        &mut state,
        Msg::SignIn {
            ticket: 1,
            step: SignInStep::Browser(sample::page()),
        },
    );
    let late = Timestamp::from_second(sample::NOW + 700).unwrap();
    update(&mut state, Msg::Tick(late));
    assert!(problem_of(&state).title.contains("timed out"));
}

#[test]
fn only_a_demo_can_allow_by_key() {
    let mut state = sample::signing_in();
    assert_eq!(press(&mut state, Action::ApproveDemo), []);
    state.demo = true;
    assert_eq!(
        press(&mut state, Action::ApproveDemo),
        [Effect::Approve("ABCD-EFGH".to_owned())]
    );
}

#[test]
fn signing_out_asks_first() {
    let mut state = sample::loaded();
    assert_eq!(press(&mut state, Action::SignInOut), []);
    assert!(matches!(state.overlays[..], [Overlay::Confirm(_)]));
    assert!(matches!(
        press(&mut state, Action::Yes)[..],
        [Effect::SignOut(_)]
    ));
}

#[test]
fn a_portal_without_rows_is_signed_in_to_from_anywhere() {
    let mut state = sample::loaded();
    state.facts.sessions.push(sample::session("client", false));
    press(&mut state, Action::SignInAll);
    assert!(
        matches!(&state.overlays[..], [Overlay::SignIn(screen)] if &*screen.portal.name == "client")
    );
    press(&mut state, Action::Back);
    press(&mut state, Action::SignInOut);
    assert!(
        matches!(&state.overlays[..], [Overlay::Confirm(screen)] if screen.title.contains("acme")),
        "the row's own portal, whatever else is signed out"
    );
    press(&mut state, Action::Back);
    let rows = sample::listing("client", &[("555555555555", "Z", &["Admin"])]);
    update(&mut state, Msg::Catalog(rows));
    press(&mut state, Action::SignInOut);
    assert!(
        matches!(state.overlays[..], [Overlay::Confirm(_)]),
        "the row's own portal"
    );
}

#[test]
fn all_portals_one_after_another() {
    let mut state = sample::loaded();
    for name in ["b", "c"] {
        state.facts.sessions.push(sample::session(name, false));
    }
    press(&mut state, Action::SignInAll);
    for expected in ["b", "c"] {
        let effects = match state.overlays.last() {
            Some(Overlay::SignIn(SignIn {
                stage: SignInStage::Ready,
                ..
            })) => press(&mut state, Action::Accept),
            _ => Vec::new(),
        };
        let Some(Overlay::SignIn(screen)) = state.overlays.last() else {
            panic!("{expected}")
        };
        assert_eq!(&*screen.portal.name, expected);
        let SignInStage::Registering(ticket) = screen.stage else {
            panic!("it begins by itself: {effects:?}")
        };
        update(
            &mut state,
            Msg::SignedIn {
                ticket,
                result: Ok(()),
            },
        );
    }
    assert!(state.overlays.is_empty());
}

#[test]
fn a_page_that_cannot_be_opened_is_told_again_for_each_key() {
    let mut state = sample::signing_in();
    let effects = press(&mut state, Action::OpenPage);
    assert!(
        matches!(effects[..], [Effect::OpenCodePage(_)]),
        "{effects:?}"
    );
    let problem = Problem::new(
        crate::domain::ProblemKind::NoBrowser,
        "no browser was opened",
    );
    update(&mut state, Msg::Opened(Err(problem.detail("no display"))));
    let said = &state.toasts.last().unwrap().text;
    assert_eq!(said, "no browser was opened: no display");
}
