//! Given a state, when keys and answers come, then screens and effects.

use ratatui::buffer::Cell;

use super::*;
use crate::domain::console_session::ConsoleProfile;
use crate::domain::credentials::Validity;
use crate::domain::own::{Own, Via};
use crate::domain::sign_in::ConsoleStep;
use crate::domain::{EntryId, ProblemKind};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::msg::{Effect, Facts, Msg};
use crate::tui::sample::{self, fails};
use crate::tui::screens::mfa::Mfa;
use crate::tui::screens::picker::{RowKey, list};
use crate::tui::state::{Overlay, State};
use crate::tui::theme::Theme;
use crate::tui::update::update;

fn press(state: &mut State, action: Action) -> Vec<Effect> {
    update(state, Msg::Key(action))
}

fn type_in(state: &mut State, text: &str) {
    update(state, Msg::Text(text.to_owned()));
}

fn profile(name: &str) -> EntryId {
    EntryId::profile(name)
}

/// The sample with a row selected.
fn on(name: &str) -> State {
    let mut state = sample::own();
    list::select(&mut state, &RowKey::Entry(profile(name)));
    state
}

fn screen(state: &State) -> &ConsoleSignIn {
    state
        .screen()
        .unwrap_or_else(|| panic!("{:?}", state.overlays))
}

fn needed(name: &str) -> Problem {
    let kind = ProblemKind::ConsoleSignInNeeded {
        profile: name.into(),
    };
    Problem::new(kind, "signed out")
}

/// A console sign-in that waits for the browser, and its ticket.
fn started(state: &mut State, effects: &[Effect], is_elsewhere: bool) -> Ticket {
    let [Effect::CancelSignIn, Effect::ConsoleSignIn { ticket, .. }] = effects else {
        panic!("{effects:?}")
    };
    let step = ConsoleStep::Page {
        page: sample::page(),
        is_elsewhere,
        assumed_region: None,
    };
    update(
        state,
        Msg::ConsoleSignIn {
            ticket: *ticket,
            step,
        },
    );
    *ticket
}

fn signed_in(name: &str) -> (ConsoleProfile, Own) {
    let own = Own {
        name: name.into(),
        via: Via::Login,
        account: Some("555566667777".parse().unwrap()),
        role: Some("Ops".into()),
        leads_to: None,
        asks_for: None,
        trouble: None,
    };
    let kept = ConsoleProfile {
        profile: name.to_owned(),
        identity: "555566667777/Ops".to_owned(),
        region: "eu-west-1".to_owned(),
        is_region_assumed: false,
    };
    (kept, own)
}

#[test]
fn a_session_that_is_over_is_signed_in_and_the_use_goes_on_after_it() {
    let mut state = on("console");
    let effects = press(&mut state, Action::Use);
    fails(&mut state, &effects, &needed("console"));
    assert_eq!(screen(&state).stage, ConsoleStage::Ready);
    assert_eq!(screen(&state).wanted.as_deref(), Some("555566667777/Ops"));
    let effects = press(&mut state, Action::Accept);
    assert!(
        matches!(&effects[1], Effect::ConsoleSignIn { profile: Some(name), method: SignInMethod::Auto, .. } if **name == *"console"),
        "{effects:?}"
    );
    let ticket = started(&mut state, &effects, false);
    assert_eq!(
        press(&mut state, Action::OpenPage),
        [Effect::OpenSignInPage(sample::page().url)]
    );
    assert_eq!(
        press(&mut state, Action::ApproveDemo),
        [],
        "this is no demo"
    );
    let result = Ok(signed_in("console"));
    let effects = update(&mut state, Msg::ConsoleSignedIn { ticket, result });
    assert!(state.overlays.is_empty());
    assert!(
        matches!(&effects[..], [Effect::LoadFacts, Effect::Use { id, .. }] if *id == profile("console")),
        "{effects:?}"
    );
}

#[test]
fn requests_for_one_profile_share_a_sign_in() {
    let mut state = on("console");
    let effects = press(&mut state, Action::Use);
    fails(&mut state, &effects, &needed("console"));
    let id = profile("guarded");
    state.picker.busy.insert(id.clone(), 77);
    let result = Err(needed("console"));
    update(
        &mut state,
        Msg::Used {
            ticket: 77,
            id,
            result,
        },
    );
    assert_eq!(state.overlays.len(), 1);
    assert_eq!(screen(&state).then.len(), 2);
}

#[test]
fn another_device_brings_a_text_and_a_wrong_one_loses_nothing() {
    let mut state = on("console");
    press(&mut state, Action::SignInOut);
    let effects = press(&mut state, Action::DeviceCode);
    assert!(
        matches!(
            effects[1],
            Effect::ConsoleSignIn {
                method: SignInMethod::Device,
                ..
            }
        ),
        "{effects:?}"
    );
    let ticket = started(&mut state, &effects, true);
    assert_eq!(state.contexts(), [Context::Capture, Context::Global]);
    // What is to be done is in sight, however little room there is.
    for size in [(40, 10), (30, 6)] {
        state.size = size;
        if let Some(screen) = state.screen_mut::<ConsoleSignIn>() {
            screen.opened_from = Some("https://acme.awsapps.com/start/#/saml/custom/Lab".into());
        }
        let (cells, _) = sample::drawn(&state, &Theme::plain());
        let cells = cells.content.iter();
        let shown: String = cells.map(Cell::symbol).collect();
        assert!(shown.contains("last page"), "{shown}");
    }
    state.size = (100, 30);
    assert_eq!(press(&mut state, Action::Accept), [], "nothing was pasted");
    type_in(&mut state, "doya");
    assert_eq!(screen(&state).pasted.count(), 4);
    press(&mut state, Action::DeleteLine);
    assert!(screen(&state).pasted.is_empty());
    type_in(&mut state, "text");
    let effects = press(&mut state, Action::Accept);
    let [Effect::TakeConsoleText(text)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(*text, crate::domain::Secret::from("text"));
    type_in(&mut state, "again");
    assert_eq!(
        press(&mut state, Action::Accept),
        [],
        "one is being checked"
    );
    let problem = Problem::new(ProblemKind::Usage, "not the text");
    let step = ConsoleStep::TextRefused(problem.clone());
    update(&mut state, Msg::ConsoleSignIn { ticket, step });
    let ConsoleStage::Waiting(waiting) = &screen(&state).stage else {
        panic!()
    };
    assert_eq!(
        waiting.browser,
        Browser::Elsewhere {
            mistake: Some(problem),
            is_checking: false
        }
    );
    assert!(matches!(
        press(&mut state, Action::Accept)[..],
        [Effect::TakeConsoleText(_)]
    ));
    assert_eq!(press(&mut state, Action::Back), [Effect::CancelSignIn]);
    let result = Ok(signed_in("console"));
    assert_eq!(
        update(&mut state, Msg::ConsoleSignedIn { ticket, result }),
        [],
        "a late answer is dropped"
    );
}

#[test]
fn another_identity_is_asked_about_and_the_default_is_no() {
    for (answer, yes) in [
        (Action::Accept, false),
        (Action::Back, false),
        (Action::Yes, true),
    ] {
        let mut state = on("console");
        press(&mut state, Action::SignInOut);
        let effects = press(&mut state, Action::Accept);
        let ticket = started(&mut state, &effects, false);
        let question = "You signed in as 111122223333/jane. Replace it?".to_owned();
        update(&mut state, Msg::ConfirmSession { ticket, question });
        assert!(matches!(state.overlays.last(), Some(Overlay::Confirm(_))));
        assert_eq!(press(&mut state, answer), [Effect::Answer(yes)]);
        let result = Err(Problem::new(ProblemKind::AccessDenied, "not as Ops"));
        update(&mut state, Msg::ConsoleSignedIn { ticket, result });
        assert!(matches!(screen(&state).stage, ConsoleStage::Failed(_)));
        started_again(&mut state);
    }
    let mut state = on("console");
    let question = "of a sign-in that is over".to_owned();
    let ticket = 99;
    assert_eq!(
        update(&mut state, Msg::ConfirmSession { ticket, question }),
        [Effect::Answer(false)]
    );
}

fn started_again(state: &mut State) {
    let effects = press(state, Action::Accept);
    started(state, &effects, false);
}

#[test]
fn a_page_that_nobody_answers_is_over() {
    let mut state = on("console");
    press(&mut state, Action::SignInOut);
    started_again(&mut state);
    assert!(state.needs_ticks());
    update(&mut state, Msg::Tick(sample::at(606)));
    let ConsoleStage::Failed(problem) = &screen(&state).stage else {
        panic!()
    };
    assert!(problem.title.contains("timed out"), "{problem}");
    started_again(&mut state);
    assert_eq!(press(&mut state, Action::Back), [Effect::CancelSignIn]);
    assert!(state.overlays.is_empty());
}

#[test]
fn the_first_run_can_start_with_the_console() {
    let mut state = sample::empty();
    update(&mut state, Msg::Facts(Ok(Facts::default())));
    assert_eq!(press(&mut state, Action::ConsoleSignIn), []);
    assert_eq!(screen(&state).stage, ConsoleStage::Ready);
    let effects = press(&mut state, Action::Accept);
    let ticket = started(&mut state, &effects, false);
    let result = Ok(signed_in("Ops-555566667777"));
    let effects = update(&mut state, Msg::ConsoleSignedIn { ticket, result });
    assert_eq!(effects, [Effect::LoadFacts]);
    assert!(state.overlays.is_empty(), "{:?}", state.overlays);
    let id = profile("Ops-555566667777");
    assert_eq!(state.selected_key(), Some(RowKey::Entry(id)));
}

#[test]
fn an_account_access_manager_leads_to_the_console_with_the_next_key() {
    let address = "https://aa-1.account-access.eu-west-1.app.aws";
    for open in [Action::AddPortal, Action::AddApp] {
        let mut state = sample::loaded();
        press(&mut state, open);
        type_in(&mut state, address);
        let effects = press(&mut state, Action::Accept);
        let problem = Problem::new(ProblemKind::AccountAccess, "no portal");
        let answer = match effects[..] {
            [Effect::FindRegion { ticket, .. }] => Msg::RegionFound {
                ticket,
                result: Err(problem),
            },
            [Effect::AddApp { ticket, .. }] => Msg::AppAdded {
                ticket,
                result: Err(problem),
            },
            _ => panic!("{effects:?}"),
        };
        update(&mut state, answer);
        assert_eq!(state.overlays.len(), 1, "the message is read first");
        let effects = press(&mut state, Action::Accept);
        assert_eq!(screen(&state).opened_from.as_deref(), Some(address));
        let ticket = started(&mut state, &effects, false);
        let result = Ok(signed_in("new"));
        update(&mut state, Msg::ConsoleSignedIn { ticket, result });
        assert!(state.overlays.is_empty());
    }
    // A changed address is looked at.
    let mut state = sample::loaded();
    press(&mut state, Action::AddPortal);
    type_in(&mut state, address);
    let effects = press(&mut state, Action::Accept);
    let [Effect::FindRegion { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let result = Err(Problem::new(ProblemKind::AccountAccess, "no portal"));
    update(&mut state, Msg::RegionFound { ticket, result });
    press(&mut state, Action::DeleteLine);
    type_in(&mut state, "https://acme.awsapps.com/start");
    assert!(matches!(
        press(&mut state, Action::Accept)[..],
        [Effect::FindRegion { .. }]
    ));
}

fn validity(left: i64) -> Validity {
    Validity {
        expires_at: sample::at(left),
        obtained_at: None,
    }
}

#[test]
fn the_key_of_portals_signs_a_profile_in_and_out() {
    let mut state = on("console");
    state
        .facts
        .own_validities
        .insert(profile("console"), validity(600));
    assert_eq!(press(&mut state, Action::SignInOut), []);
    assert!(matches!(state.overlays[..], [Overlay::Confirm(_)]));
    assert_eq!(
        press(&mut state, Action::Yes),
        [Effect::SignOutOfConsole("console".into())]
    );
    state
        .facts
        .own_validities
        .insert(profile("console"), validity(-1));
    assert_eq!(press(&mut state, Action::SignInOut), []);
    assert!(
        matches!(state.overlays[..], [Overlay::Confirm(_)]),
        "the session goes on without its keys"
    );
    press(&mut state, Action::Back);
    state
        .facts
        .own_validities
        .insert(profile("console"), validity(-13 * 3_600));
    press(&mut state, Action::SignInOut);
    assert_eq!(screen(&state).profile.as_deref(), Some("console"));
    assert_eq!(press(&mut state, Action::Back), []);
    assert!(state.overlays.is_empty());
}

#[test]
fn a_demo_picks_the_wanted_session_by_key() {
    let mut state = on("console");
    state.demo = true;
    press(&mut state, Action::SignInOut);
    let effects = press(&mut state, Action::Accept);
    started(&mut state, &effects, false);
    assert_eq!(
        press(&mut state, Action::ApproveDemo),
        [Effect::PickSession {
            url: sample::page().url,
            wanted: Some("555566667777/Ops".to_owned())
        }]
    );
}

#[test]
fn one_code_serves_all_requests_behind_a_device() {
    let mut state = on("guarded");
    let needed = |name: &str, refused| {
        let kind = ProblemKind::MfaNeeded {
            profile: name.into(),
            device: "arn:aws:iam::111122223333:mfa/jane".into(),
            refused,
        };
        Problem::new(kind, "a code")
    };
    let mut effects = press(&mut state, Action::Refresh);
    fails(&mut state, &effects, &needed("guarded", false));
    // Another one was under way.
    let id = profile("break-glass");
    state.picker.busy.insert(id.clone(), 77);
    state.picker.refreshed.insert(id.clone());
    let result = Err(needed("break-glass", false));
    update(
        &mut state,
        Msg::Used {
            ticket: 77,
            id,
            result,
        },
    );
    assert_eq!(state.overlays.len(), 1, "asked once");
    for code in ["12345", "6"] {
        type_in(&mut state, code);
        effects = press(&mut state, Action::Accept);
    }
    assert!(
        matches!(
            effects[..],
            [
                Effect::GiveMfaCode(_),
                Effect::Refresh { .. },
                Effect::Refresh { .. }
            ]
        ),
        "{effects:?}"
    );
    fails(&mut state, &effects, &needed("guarded", true));
    let screen: &Mfa = state.screen().unwrap();
    assert_eq!(
        screen.mistake,
        Some("AWS refused that code; wait for the next one")
    );
    assert_eq!((screen.then.len(), state.overlays.len()), (2, 1));
}

#[test]
fn reloading_reads_the_own_profiles_again_and_never_asks_to_sign_out() {
    let mut state = on("console");
    let end = validity(600);
    state.facts.own_validities.insert(profile("console"), end);
    state.facts.sessions.clear();
    let effects = press(&mut state, Action::Reload);
    assert_eq!(sample::reread(&mut state, &effects), []);
    assert!(state.overlays.is_empty(), "{:?}", state.overlays);
    // With portals, but nobody signed in, the first is signed in to.
    state.facts.sessions = vec![sample::session("acme", false)];
    let effects = press(&mut state, Action::Reload);
    assert!(state.overlays.is_empty(), "the files are read first");
    assert_eq!(sample::reread(&mut state, &effects), []);
    let [Overlay::SignIn(sign_in)] = &state.overlays[..] else {
        panic!("{:?}", state.overlays)
    };
    assert_eq!(&*sign_in.portal.name, "acme");
}

#[test]
fn a_session_whose_keys_have_ended_renews_itself() {
    let mut state = on("console");
    let facts = |left| {
        let mut facts = sample::loaded().facts;
        facts.profiles.clear();
        facts.own_validities = [(profile("console"), validity(left))].into();
        Msg::Facts(Ok(facts))
    };
    for left in [600, -600] {
        update(&mut state, facts(left));
        assert!(state.renews(&profile("console")), "{left}");
        assert_eq!(state.next_end(), None, "nothing ends for the user");
    }
    // It failed, or is too old.
    let failed = sample::problem(ProblemKind::Failed);
    state.picker.failed.insert(profile("console"), failed);
    assert!(!state.renews(&profile("console")));
    state.picker.failed.clear();
    update(&mut state, facts(-13 * 3_600));
    assert!(!state.renews(&profile("console")));
}
