//! Given a state, when messages come, then facts and effects.

use super::*;
use crate::domain::portal::StartUrlFound;
use crate::domain::profile::{ManagedProfile, Mode, Used};
use crate::domain::rank::{Grouping, Look};
use crate::domain::sign_in::{SignInMethod, SignInStep};
use crate::domain::{AccountId, EntryId, Item, Method};
use crate::tui::Outcome;
use crate::tui::form::Form;
use crate::tui::keymap::{CONTEXTS, Keymap};
use crate::tui::layout::{ToastLine, toast_lines};
use crate::tui::msg::Ticket;
use crate::tui::sample;
use crate::tui::screens::menu::update::{Row as MenuRow, Run, rows as menu_rows};
use crate::tui::screens::messages::Messages;
use crate::tui::screens::onboarding::Onboarding;
use crate::tui::screens::picker::Row;
use crate::tui::screens::sign_in::SignInStage;
use crate::tui::state::Overlay;

fn press(state: &mut State, action: Action) -> Vec<Effect> {
    update(state, Msg::Key(action))
}

fn type_in(state: &mut State, text: &str) {
    update(state, Msg::Text(text.to_owned()));
}

fn selected(state: &State) -> EntryId {
    match state.selected() {
        Some(Row::Item(Item::Entry(entry))) => entry.id.clone(),
        other => panic!("{other:?}"),
    }
}

fn problem(kind: ProblemKind) -> Problem {
    Problem::new(kind, "it failed").hint("do something")
}

fn used(id: &EntryId) -> Used {
    Used {
        is_region_assumed: false,
        profile: "p".to_owned(),
        entry: id.clone(),
        mode: Some(Mode::Sso),
        expires_at: Some(Timestamp::from_second(sample::NOW + 3_600).unwrap()),
        region: None,
        warnings: vec!["shadowed".to_owned()],
    }
}

#[test]
fn without_a_portal_the_first_thing_is_onboarding() {
    let mut state = sample::empty();
    assert_eq!(update(&mut state, Msg::Facts(Ok(Facts::default()))), []);
    assert!(matches!(
        state.overlays[..],
        [Overlay::Onboarding(Onboarding {
            first_run: true,
            form: Form { shown: 1, .. },
            ..
        })]
    ));
    assert_eq!(
        press(&mut state, Action::Accept),
        [],
        "nothing is asked without a URL"
    );
    type_in(&mut state, "https://acme.awsapps.com/start\n");
    let effects = press(&mut state, Action::Accept);
    let [Effect::FindRegion { ticket, url }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(url, "https://acme.awsapps.com/start");
    let found = StartUrlFound {
        url: url.clone(),
        region: None,
    };
    update(
        &mut state,
        Msg::RegionFound {
            ticket: *ticket,
            result: Ok(found),
        },
    );
    assert_eq!(
        press(&mut state, Action::Accept),
        [],
        "the region is still missing"
    );
    type_in(&mut state, "eu-west-1");
    let effects = press(&mut state, Action::Accept);
    let [
        Effect::AddPortal {
            ticket,
            name,
            region,
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((name.as_str(), region.as_str()), ("acme", "eu-west-1"));
    let portal = sample::session("acme", true).portal;
    assert_eq!(
        update(
            &mut state,
            Msg::PortalAdded {
                ticket: *ticket,
                result: Ok(portal)
            }
        ),
        [Effect::LoadFacts]
    );
    assert!(matches!(
        state.overlays[..],
        [Overlay::SignIn(SignIn {
            stage: SignInStage::Ready,
            ..
        })]
    ));
}

#[test]
fn a_wrong_url_loses_nothing() {
    let mut state = sample::empty();
    update(&mut state, Msg::Facts(Ok(Facts::default())));
    type_in(&mut state, "nonsense");
    let effects = press(&mut state, Action::Accept);
    let [Effect::FindRegion { ticket, .. }] = effects[..] else {
        panic!()
    };
    update(
        &mut state,
        Msg::RegionFound {
            ticket,
            result: Err(problem(ProblemKind::Usage)),
        },
    );
    let Some(Overlay::Onboarding(screen)) = state.overlays.last() else {
        panic!()
    };
    assert!(screen.form.problem.is_some());
    assert_eq!(screen.form.fields[0].text(), "nonsense");
}

#[test]
fn signed_in_portals_with_old_lists_are_refreshed_others_are_not() {
    let mut state = sample::empty();
    let sessions = vec![sample::session("a", true), sample::session("b", false)];
    let effects = update(
        &mut state,
        Msg::Facts(Ok(Facts {
            sessions,
            profiles: Vec::new(),
            ..Facts::default()
        })),
    );
    assert_eq!(
        effects,
        [Effect::Discover(sample::session("a", true).portal)]
    );
    assert!(state.overlays.is_empty());
    let facts = state.facts.clone();
    let again = update(&mut state, Msg::Facts(Ok(facts)));
    assert_eq!(again, [], "later facts ask for nothing");
}

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
fn typing_filters_and_esc_clears_then_leaves() {
    let mut state = sample::loaded();
    let all = state.picker.hits.len();
    type_in(&mut state, "'staging");
    assert!((1..all).contains(&state.picker.hits.len()));
    assert_eq!(press(&mut state, Action::Back), []);
    assert_eq!(state.picker.hits.len(), all);
    assert_eq!(
        press(&mut state, Action::Back),
        [Effect::Finish(Outcome::Quit)]
    );
}

#[test]
fn using_an_entry() {
    let mut state = sample::loaded();
    press(&mut state, Action::Down);
    let id = selected(&state);
    let effects = press(&mut state, Action::Use);
    let [
        Effect::Use {
            ticket,
            id: asked,
            overwrite: false,
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(*asked, id);
    assert_eq!(press(&mut state, Action::Use), [], "one question at a time");
    update(
        &mut state,
        Msg::Used {
            ticket: ticket + 1,
            id: id.clone(),
            result: Ok(used(&id)),
        },
    );
    assert!(
        state.picker.busy.contains_key(&id),
        "an answer to another question is dropped"
    );
    let effects = update(
        &mut state,
        Msg::Used {
            ticket: *ticket,
            id: id.clone(),
            result: Ok(used(&id)),
        },
    );
    assert_eq!(effects, [Effect::LoadFacts]);
    assert!(state.picker.busy.is_empty());
    assert_eq!(state.toasts.len(), 2, "what was done, and the warning");
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
fn a_sign_in_can_be_cancelled_and_its_late_answer_is_dropped() {
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
fn a_code_that_nobody_allowed_is_over() {
    let mut state = sample::signing_in();
    let late = Timestamp::from_second(sample::NOW + 700).unwrap();
    update(&mut state, Msg::Tick(late));
    let Some(Overlay::SignIn(SignIn {
        stage: SignInStage::Failed(problem),
        ..
    })) = state.overlays.last()
    else {
        panic!()
    };
    assert!(problem.title.contains("expired"));
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
    let Some(Overlay::SignIn(SignIn {
        stage: SignInStage::Failed(problem),
        ..
    })) = state.overlays.last()
    else {
        panic!()
    };
    assert!(problem.title.contains("timed out"));
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
fn somebody_elses_profile_is_overwritten_only_after_a_yes() {
    for (answer, expected) in [(Action::Back, 0), (Action::Accept, 0), (Action::Yes, 1)] {
        let mut state = sample::loaded();
        let id = selected(&state);
        let effects = press(&mut state, Action::Use);
        let [Effect::Use { ticket, .. }] = effects[..] else {
            panic!()
        };
        update(
            &mut state,
            Msg::Used {
                ticket,
                id: id.clone(),
                result: Err(problem(ProblemKind::NotOurs)),
            },
        );
        assert!(matches!(state.overlays[..], [Overlay::Confirm(_)]));
        let effects = press(&mut state, answer);
        assert_eq!(effects.len(), expected, "{answer:?}");
        assert!(effects.iter().all(|effect| matches!(
            effect,
            Effect::Use {
                overwrite: true,
                ..
            }
        )));
        assert!(state.overlays.is_empty());
    }
}

#[test]
fn a_failure_marks_the_row_and_is_said() {
    let mut state = sample::loaded();
    let id = selected(&state);
    let effects = press(&mut state, Action::Refresh);
    let [Effect::Refresh { ticket, .. }] = effects[..] else {
        panic!()
    };
    update(
        &mut state,
        Msg::Used {
            ticket,
            id: id.clone(),
            result: Err(problem(ProblemKind::AccessDenied)),
        },
    );
    assert!(state.picker.failed.contains_key(&id));
    assert_eq!(state.toasts.last().unwrap().tone, Tone::Bad);
    press(&mut state, Action::Use);
    assert!(state.picker.failed.is_empty(), "a new try clears the mark");
}

#[test]
fn picking_export_subshell_copy() {
    let mut state = sample::loaded();
    let id = selected(&state);
    let effects = press(&mut state, Action::Export);
    let [Effect::Export { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let ready = Msg::Exportable {
        ticket,
        id: id.clone(),
        result: Ok(()),
    };
    assert_eq!(
        update(&mut state, ready),
        [Effect::Finish(Outcome::Export(id.clone()))]
    );
    assert_eq!(
        press(&mut state, Action::Subshell),
        [Effect::Subshell(id.clone())]
    );
    assert_eq!(
        press(&mut state, Action::Copy),
        [Effect::Copy(id.to_string())]
    );
    let managed = ManagedProfile {
        is_region_assumed: false,
        obtained_at: None,
        name: "p".to_owned(),
        entry: id.clone(),
        mode: Mode::Sso,
        expires_at: None,
        region: None,
    };
    state.picker.profiles.insert(id.clone(), managed);
    assert_eq!(
        press(&mut state, Action::Copy),
        [Effect::Copy("export AWS_PROFILE=p".to_owned())]
    );
    state.pick_only = true;
    assert_eq!(
        press(&mut state, Action::Use),
        [Effect::Finish(Outcome::Picked(id))]
    );
    assert_eq!(
        press(&mut state, Action::Quit),
        [Effect::Finish(Outcome::Cancelled)]
    );
}

#[test]
fn the_selection_stays_on_its_entry_when_the_list_changes() {
    let mut state = sample::loaded();
    press(&mut state, Action::Last);
    press(&mut state, Action::Up);
    let id = selected(&state);
    let portal: Arc<str> = "acme".into();
    let more: AccountId = "000000000001".parse().unwrap();
    let account = crate::domain::catalog::Account {
        id: more,
        name: "AAA first".into(),
        email: "".into(),
    };
    let events = vec![
        CatalogEvent::Accounts {
            portal: Arc::clone(&portal),
            accounts: vec![account],
        },
        CatalogEvent::Roles {
            portal,
            account: more,
            roles: Ok(vec!["Admin".into()]),
        },
    ];
    update(&mut state, Msg::Catalog(events));
    assert_eq!(selected(&state), id);
    assert!(
        matches!(&state.picker.items[state.picker.rows[0] as usize], Item::Entry(entry) if &*entry.account_name == "AAA first")
    );
}

#[test]
fn a_refresh_that_failed_is_said_and_loses_nothing() {
    let mut state = sample::loaded();
    let before = state.picker.rows.len();
    state.refreshing.insert("acme".into());
    update(
        &mut state,
        Msg::Discovered {
            portal: "acme".into(),
            result: Err(problem(ProblemKind::Offline)),
        },
    );
    assert_eq!(state.picker.rows.len(), before);
    assert!(state.refreshing.is_empty());
    assert!(state.toasts.last().unwrap().text.contains("acme"));
}

#[test]
fn the_accounts_on_screen_are_asked_for_first_and_once() {
    let mut state = sample::loaded();
    let portal: Arc<str> = "acme".into();
    state.refreshing.insert(Arc::clone(&portal));
    let account = crate::domain::catalog::Account {
        id: "000000000007".parse().unwrap(),
        name: "AAA".into(),
        email: "".into(),
    };
    let events = vec![
        CatalogEvent::Started {
            portal: Arc::clone(&portal),
        },
        CatalogEvent::Accounts {
            portal: Arc::clone(&portal),
            accounts: vec![account.clone()],
        },
    ];
    let on_screen = accounts_on_screen(&state);
    let accounts = [vec![account.id], on_screen].concat();
    assert_eq!(
        update(&mut state, Msg::Catalog(events)),
        [Effect::Prefer { portal, accounts }]
    );
    assert_eq!(press(&mut state, Action::Down), []);
}

/// The accounts of the portal `acme` whose rows are on screen.
fn accounts_on_screen(state: &State) -> Vec<AccountId> {
    let rows = state
        .picker
        .hits
        .iter()
        .filter_map(|hit| state.picker.row(*hit));
    let ours = rows.filter(|row| row.source().is_some_and(|source| **source == *"acme"));
    let mut accounts: Vec<_> = ours.filter_map(Row::account).collect();
    accounts.dedup();
    accounts
}

#[test]
fn every_reload_asks_first_for_the_accounts_on_screen() {
    let mut state = sample::loaded();
    let portal: Arc<str> = "acme".into();
    for _ in 0..2 {
        let effects = press(&mut state, Action::Reload);
        let accounts = accounts_on_screen(&state);
        let wanted = Effect::Prefer {
            portal: Arc::clone(&portal),
            accounts,
        };
        assert_eq!(
            effects.iter().filter(|effect| **effect == wanted).count(),
            1,
            "{effects:?}"
        );
        let result = Ok(());
        update(
            &mut state,
            Msg::Discovered {
                portal: Arc::clone(&portal),
                result,
            },
        );
    }
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
fn help_finds_and_runs() {
    let mut state = sample::loaded();
    press(&mut state, Action::Help);
    type_in(&mut state, "subshell");
    assert_eq!(menu(&state).len(), 1);
    assert!(matches!(
        press(&mut state, Action::Accept)[..],
        [Effect::Subshell(_)]
    ));
    assert!(state.overlays.is_empty());
}

#[test]
fn messages_go_by_themselves() {
    let mut state = sample::loaded();
    update(&mut state, Msg::Failed(problem(ProblemKind::Failed)));
    assert!(state.needs_ticks());
    update(
        &mut state,
        Msg::Tick(Timestamp::from_second(sample::NOW + 11).unwrap()),
    );
    assert!(state.toasts.is_empty());
}

#[test]
fn nothing_counts_nothing_ticks() {
    let mut state = sample::loaded();
    state.facts.profiles.clear();
    state.picker.profiles.clear();
    assert!(!state.needs_ticks());
}

#[test]
fn mouse() {
    let mut state = sample::loaded();
    update(&mut state, Msg::Click { x: 3, y: 5 });
    assert_eq!(state.picker.selected, 2);
    let id = selected(&state);
    assert!(
        matches!(&update(&mut state, Msg::DoubleClick { x: 3, y: 5 })[..], [Effect::Use { id: asked, .. }] if *asked == id)
    );
    update(&mut state, Msg::Wheel(3));
    assert!(state.picker.selected > 2);
    assert_eq!(update(&mut state, Msg::Click { x: 3, y: 28 }), []);
}

#[test]
fn any_key_in_any_place_is_safe() {
    let keymap = Keymap::new(&std::collections::BTreeMap::new()).unwrap();
    for (context, _) in CONTEXTS {
        for (_, action) in keymap.of(context) {
            for mut state in [sample::empty(), sample::loaded(), sample::signing_in()] {
                let _ = press(&mut state, action);
                let _ = press(&mut state, Action::Back);
            }
        }
    }
}

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
fn a_capture_is_cancelled_and_its_late_answer_dropped() {
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
    let result = Err(problem(ProblemKind::Failed));
    update(&mut state, Msg::Captured { ticket, result });
    let effects = press(&mut state, Action::ConsoleSignIn);
    let [
        Effect::KeepMethod(kept),
        Effect::LoadFacts,
        Effect::CancelCapture,
        Effect::Capture {
            app, wanted: None, ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((kept, app.method), (app, Method::Console));
    assert_eq!(press(&mut state, Action::ConsoleSignIn), []);
}

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
    let nameless = Problem::new(ProblemKind::NameMissing, "no name").hint("name it: --name x");
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

fn shown(state: &State) -> Vec<String> {
    let rows = state
        .picker
        .hits
        .iter()
        .filter_map(|hit| state.picker.row(*hit));
    rows.map(|row| match row {
        Row::Item(Item::Entry(entry)) => format!("{} {}", entry.account_name, entry.id.role),
        row => row.name().to_string(),
    })
    .collect()
}

#[test]
fn views_are_turned_with_tab_and_keep_what_is_typed() {
    let mut state = sample::external();
    let all = shown(&state).len();
    press(&mut state, Action::NextView);
    assert!(
        shown(&state)
            .iter()
            .all(|row| !row.starts_with("Partner") && row != "Vendor")
    );
    press(&mut state, Action::NextView);
    assert_eq!(
        shown(&state),
        ["Partner Prod Operator", "Partner Prod Auditor", "Vendor"]
    );
    press(&mut state, Action::NextView);
    assert_eq!(
        shown(&state),
        [
            "Payments Staging PowerUserAccess",
            "Payments Prod ReadOnlyAccess",
            "Payments Prod AdministratorAccess",
            "sessions",
            "acme"
        ],
        "the soonest end first"
    );
    type_in(&mut state, "prod");
    assert_eq!(shown(&state).len(), 2);
    press(&mut state, Action::NextView);
    assert_eq!(shown(&state), [""; 0], "no pinned entries yet");
    press(&mut state, Action::NextView);
    assert_eq!(state.picker.view, View::Profiles);
    press(&mut state, Action::NextView);
    press(&mut state, Action::Back);
    assert_eq!(shown(&state).len(), all);
    press(&mut state, Action::PreviousView);
    press(&mut state, Action::PreviousView);
    assert_eq!(state.picker.view, View::Pinned);
}

#[test]
fn pins_come_first_then_what_was_used() {
    let mut state = sample::loaded();
    press(&mut state, Action::Last);
    press(&mut state, Action::Up);
    let pinned = selected(&state);
    assert_eq!(
        press(&mut state, Action::Pin),
        [Effect::Pin {
            id: pinned.clone(),
            pinned: true
        }]
    );
    assert_eq!(selected(&state), pinned, "the selection stays on it");
    assert_eq!(state.picker.selected, 0, "at the top");
    let mut facts = state.facts.clone();
    let used: EntryId = "org:acme/222222222222/AdministratorAccess".parse().unwrap();
    let one = crate::domain::rank::Use {
        at: sample::at(-60),
        place: String::new(),
    };
    facts.history.uses.insert(used, vec![one]);
    update(&mut state, Msg::Facts(Ok(facts)));
    let rows = shown(&state);
    assert_eq!(rows[1], "Payments Staging AdministratorAccess");
    press(&mut state, Action::First);
    assert_eq!(
        press(&mut state, Action::Pin),
        [Effect::Pin {
            id: pinned,
            pinned: false
        }]
    );
}

#[test]
fn a_guarded_entry_is_confirmed_once_before_anything_hands_it_out() {
    let actions = [
        Action::Use,
        Action::Refresh,
        Action::Subshell,
        Action::Console,
        Action::Export,
        Action::Copy,
    ];
    for action in actions {
        let mut state = sample::loaded();
        state.guard = vec!["prod".to_owned()];
        press(&mut state, Action::Down);
        let id = selected(&state);
        let asked = |state: &State| match state.overlays.last() {
            Some(Overlay::Confirm(confirm)) => confirm.title.clone(),
            _ => panic!("{action:?} does not ask"),
        };
        assert_eq!(press(&mut state, action), [], "{action:?}");
        let title = asked(&state);
        for part in [&*id.role, &id.account.to_string()] {
            assert!(title.contains(part), "{title}");
        }
        assert_eq!(press(&mut state, Action::Back), [], "no is the default");
        assert_eq!(press(&mut state, action), [], "a no is not remembered");
        assert!(!press(&mut state, Action::Yes).is_empty(), "{action:?}");
        assert!(state.overlays.is_empty());
        for action in actions {
            state.picker.busy.clear();
            assert!(!press(&mut state, action).is_empty(), "{action:?}: once");
            assert!(state.overlays.is_empty(), "{action:?}: once");
        }
    }
}

#[test]
fn other_entries_are_not_asked_about_and_neither_is_any_with_yes() {
    let mut state = sample::loaded();
    state.guard = vec!["prod".to_owned()];
    press(&mut state, Action::First);
    assert!(matches!(
        press(&mut state, Action::Subshell)[..],
        [Effect::Subshell(_)]
    ));
    press(&mut state, Action::Down);
    state.all_confirmed = true;
    assert!(matches!(
        press(&mut state, Action::Subshell)[..],
        [Effect::Subshell(_)]
    ));
}

#[test]
fn a_picked_entry_is_confirmed_in_the_picker() {
    let mut state = sample::loaded();
    state.guard = vec!["prod".to_owned()];
    state.pick_only = true;
    press(&mut state, Action::Down);
    let id = selected(&state);
    assert_eq!(press(&mut state, Action::Use), []);
    assert_eq!(
        press(&mut state, Action::Yes),
        [Effect::Finish(Outcome::Picked(id))]
    );
}

#[test]
fn refreshing_all_asks_about_the_guarded_profiles_together() {
    let mut state = sample::loaded();
    let all = state.picker.profiles.len();
    let guarded: Vec<_> = state.picker.profiles.keys().take(2).cloned().collect();
    state.guard = guarded.iter().map(ToString::to_string).collect();
    let others = press(&mut state, Action::RefreshAll);
    assert_eq!(others.len(), all - guarded.len(), "the others go on");
    let confirmed = press(&mut state, Action::Yes);
    assert_eq!(confirmed.len(), guarded.len());
}

#[test]
fn every_profile_is_refreshed_and_one_is_forgotten() {
    let mut state = sample::loaded();
    let effects = press(&mut state, Action::RefreshAll);
    assert_eq!(effects.len(), 3);
    assert!(
        effects
            .iter()
            .all(|effect| matches!(effect, Effect::Refresh { .. }))
    );
    press(&mut state, Action::Forget);
    assert!(state.overlays.is_empty(), "this entry has no profile");
    press(&mut state, Action::Down);
    press(&mut state, Action::Forget);
    let effects = press(&mut state, Action::Yes);
    assert_eq!(
        effects,
        [Effect::Forget(
            "AdministratorAccess-111111111111".to_owned()
        )]
    );
}

#[test]
fn static_keys_are_renewed_in_time_and_the_user_is_told_when_needed() {
    let mut state = sample::loaded();
    let mut facts = state.facts.clone();
    facts.profiles[2].mode = Mode::Static;
    update(&mut state, Msg::Facts(Ok(facts)));
    assert_eq!(
        update(&mut state, Msg::Tick(sample::at(2_900))),
        [],
        "not yet"
    );
    let effects = update(&mut state, Msg::Tick(sample::at(2_950)));
    let [Effect::Renew(profile)] = &effects[..] else {
        panic!("{effects:?}")
    };
    let name = profile.name.clone();
    assert_eq!(
        update(&mut state, Msg::Tick(sample::at(2_951))),
        [],
        "once in a while"
    );
    let needed = Problem::sign_in_needed(&"acme".into());
    let effects = update(
        &mut state,
        Msg::Renewed {
            name: name.clone(),
            result: Err(needed),
        },
    );
    assert!(matches!(&effects[..], [Effect::Notify(text)] if text.contains(&name)));
    assert_eq!(state.toasts.last().unwrap().tone, Tone::Bad);
    assert_eq!(
        update(&mut state, Msg::Tick(sample::at(3_200))).len(),
        1,
        "tried again"
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
fn the_title_says_what_ends_next() {
    let state = sample::loaded();
    assert_eq!(state.title(), "roledex: 13 min, prod-read");
    assert_eq!(sample::empty().title(), "roledex");
}

#[test]
fn a_tiles_link_in_place_of_the_portals_address_adds_both() {
    let mut state = sample::empty();
    update(&mut state, Msg::Facts(Ok(Facts::default())));
    let link = "https://acme.awsapps.com/start/#/saml/default/Partner/ins-0123456789abcdef";
    type_in(&mut state, link);
    let effects = press(&mut state, Action::Accept);
    let [Effect::FindRegion { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let found = StartUrlFound {
        url: "https://acme.awsapps.com/start".to_owned(),
        region: Some("eu-west-1".to_owned()),
    };
    update(
        &mut state,
        Msg::RegionFound {
            ticket,
            result: Ok(found),
        },
    );
    let effects = press(&mut state, Action::Accept);
    let [Effect::AddPortal { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let portal = sample::session("acme", false).portal;
    let effects = update(
        &mut state,
        Msg::PortalAdded {
            ticket,
            result: Ok(portal),
        },
    );
    let [
        Effect::LoadFacts,
        Effect::AddApp {
            ticket,
            url,
            name: None,
            method: Method::Auto,
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(url, link);
    let effects = update(
        &mut state,
        Msg::AppAdded {
            ticket: *ticket,
            result: Ok(sample::app("Partner")),
        },
    );
    assert_eq!(effects, [Effect::LoadFacts]);
}

#[test]
fn groups_fold_and_a_search_is_flat() {
    let mut state = sample::external();
    let flat = shown(&state).len();
    press(&mut state, Action::Group);
    let rows = shown(&state);
    assert_eq!(rows.len(), flat + 6, "{rows:?}");
    assert_eq!(rows[0], "Data Lake");
    press(&mut state, Action::Down);
    press(&mut state, Action::Down);
    let effects = press(&mut state, Action::Use);
    assert!(
        matches!(&effects[..], [Effect::KeepLook(look)] if look.folded.len() == 1),
        "a head is folded, and stays so"
    );
    assert_eq!(shown(&state).len(), rows.len() - 2);
    assert!(matches!(state.selected(), Some(Row::Head(head)) if &*head.name == "Payments Prod"));
    type_in(&mut state, "prod");
    assert!(
        shown(&state).iter().all(|row| row.contains("Prod ")),
        "no heads, nothing hidden"
    );
    press(&mut state, Action::Back);
    assert_eq!(shown(&state).len(), rows.len() - 2, "folded as before");
    press(&mut state, Action::Group);
    assert_eq!(shown(&state)[0], "acme");
    press(&mut state, Action::Group);
    assert_eq!(shown(&state).len(), flat);
}

#[test]
fn the_head_of_a_group_leads_to_its_portal() {
    let mut state = sample::loaded();
    state.facts.sessions = vec![
        sample::session("client", false),
        sample::session("acme", false),
    ];
    press(&mut state, Action::Group);
    assert!(matches!(state.selected(), Some(Row::Head(_))));
    press(&mut state, Action::SignInOut);
    assert!(
        matches!(&state.overlays[..], [Overlay::SignIn(screen)] if &*screen.portal.name == "acme")
    );
}

#[test]
fn settings_are_turned_typed_and_reset() {
    use crate::domain::setting::{SETTINGS, SettingRow};
    let mut state = sample::loaded();
    assert_eq!(press(&mut state, Action::Settings), [Effect::LoadSettings]);
    press(&mut state, Action::Accept);
    assert!(
        matches!(state.overlays[..], [Overlay::Settings(_)]),
        "a key that is pressed before the settings are read does not close the screen"
    );
    let rows = |value: Option<&str>| -> Vec<SettingRow> {
        let row = |setting: &crate::domain::setting::Setting| SettingRow {
            setting: *setting,
            value: value.filter(|_| setting.key == "theme").map(str::to_owned),
        };
        SETTINGS.iter().map(row).collect()
    };
    update(&mut state, Msg::Settings(Ok(rows(None))));
    let set = |value: Option<&str>| Effect::SetSetting {
        key: "theme",
        value: value.map(str::to_owned),
    };
    assert_eq!(press(&mut state, Action::Accept), [set(Some("dark"))]);
    update(&mut state, Msg::Settings(Ok(rows(Some("dark")))));
    assert_eq!(press(&mut state, Action::Accept), [set(Some("light"))]);
    assert_eq!(press(&mut state, Action::DeleteForward), [set(None)]);
    press(&mut state, Action::Last);
    assert_eq!(press(&mut state, Action::Accept), [], "it is typed");
    type_in(&mut state, "chromium");
    let effects = press(&mut state, Action::Accept);
    assert_eq!(
        effects,
        [Effect::SetSetting {
            key: "browser",
            value: Some("chromium".to_owned())
        }]
    );
    update(&mut state, Msg::Settings(Err(problem(ProblemKind::Usage))));
    assert!(
        matches!(state.overlays.last(), Some(Overlay::Settings(screen)) if screen.editing.is_some() && screen.problem.is_some()),
        "nothing typed is lost"
    );
    press(&mut state, Action::Back);
    press(&mut state, Action::Back);
    assert!(state.overlays.is_empty());
}

/// Opens the palette, types, and runs what is selected.
fn run_in_palette(state: &mut State, words: &str) {
    press(state, Action::Palette);
    type_in(state, words);
    press(state, Action::Accept);
}

#[test]
fn the_palette_leads_to_portals_apps_and_views() {
    let mut state = sample::external();
    let all = state.picker.hits.len();
    run_in_palette(&mut state, "app vendor");
    assert_eq!(state.picker.query.text(), "app:^Vendor$ ");
    assert_eq!(state.picker.hits.len(), 1);
    press(&mut state, Action::Back);
    run_in_palette(&mut state, "view external");
    assert_eq!(state.picker.view, View::External);
    assert!(state.picker.hits.len() < all);
}

/// The rows of the menu in front.
fn menu(state: &State) -> Vec<MenuRow> {
    let Some(Overlay::Menu(menu)) = state.overlays.last() else {
        panic!("{:?}", state.overlays)
    };
    menu_rows(state, menu)
}

#[test]
fn both_keys_open_one_menu_and_close_it() {
    for (open, close) in [
        (Action::Help, Action::Palette),
        (Action::Palette, Action::Help),
        (Action::Help, Action::Back),
    ] {
        let mut state = sample::loaded();
        press(&mut state, Action::Help);
        let by_help = menu(&state);
        let mut state = sample::loaded();
        press(&mut state, open);
        assert_eq!(menu(&state), by_help);
        press(&mut state, close);
        assert!(state.overlays.is_empty(), "{open:?}, {close:?}");
    }
}

#[test]
fn the_menu_finds_actions_by_other_words() {
    for (words, wanted) in [
        ("exit", Action::Quit),
        ("clipboard", Action::Copy),
        ("env", Action::Export),
        ("favourite", Action::Pin),
        ("bookmark", Action::Pin),
        ("login", Action::SignInOut),
        ("sign out of acme", Action::SignInOut),
        ("ctrl-o", Action::Console),
        ("browser", Action::Console),
        ("preferences", Action::Settings),
        ("this entry pin", Action::Pin),
    ] {
        let mut state = sample::loaded();
        press(&mut state, Action::Palette);
        type_in(&mut state, words);
        let Some(Overlay::Menu(screen)) = state.overlays.last() else {
            panic!()
        };
        let selected = screen.selected;
        assert_eq!(menu(&state)[selected].run, Run::Action(wanted), "{words}");
    }
}

#[test]
fn what_cannot_be_done_says_why_and_does_nothing() {
    let reason = |state: &mut State, action: Action| {
        press(state, Action::Help);
        let rows = menu(state);
        let row = rows.iter().find(|row| row.run == Run::Action(action));
        let reason = row.unwrap().unavailable;
        press(state, Action::Back);
        reason
    };
    let mut state = sample::loaded();
    assert_eq!(reason(&mut state, Action::Use), None);
    assert_eq!(reason(&mut state, Action::Copy), None);
    assert_eq!(
        reason(&mut state, Action::SignInAll),
        Some("already signed in")
    );
    assert_eq!(
        reason(&mut state, Action::Messages),
        Some("no messages yet")
    );
    assert_eq!(
        reason(&mut state, Action::Here),
        Some("this shell has no role")
    );
    // A portal alone, nobody is signed in.
    state.facts.sessions = vec![sample::session("acme", false)];
    assert_eq!(reason(&mut state, Action::Reload), Some("not signed in"));
    type_in(&mut state, "zzz");
    for action in [
        Action::Use,
        Action::Refresh,
        Action::Console,
        Action::Export,
        Action::Region,
        Action::Forget,
    ] {
        assert_eq!(
            reason(&mut state, action),
            Some("no entry selected"),
            "{action:?}"
        );
    }
    press(&mut state, Action::Help);
    type_in(&mut state, "subshell");
    assert_eq!(press(&mut state, Action::Accept), []);
    assert!(
        matches!(state.overlays[..], [Overlay::Menu(_)]),
        "it stays open and says why"
    );
}

#[test]
fn the_menu_over_a_dialog_has_the_keys_of_the_dialog() {
    let mut state = sample::signing_in();
    press(&mut state, Action::Help);
    let rows = menu(&state);
    let has = |action| rows.iter().any(|row| row.run == Run::Action(action));
    assert!(has(Action::OpenPage) && has(Action::Copy) && has(Action::Quit));
    assert!(!has(Action::Subshell) && !has(Action::NextView));
    assert!(rows.iter().all(|row| !row.keys.is_empty()));
    // The sign-in goes on below.
    update(
        &mut state,
        Msg::SignedIn {
            ticket: 1,
            result: Ok(()),
        },
    );
    assert!(matches!(state.overlays[..], [Overlay::Menu(_)]));
}

/// Opens the list of portals of a state with two of them and an app.
fn portals() -> State {
    let mut state = sample::external();
    state.facts.sessions.push(sample::session("client", false));
    press(&mut state, Action::Portals);
    state
}

#[test]
fn portals_are_signed_in_to_listed_and_removed_one_by_one() {
    let mut state = portals();
    let acme = sample::session("acme", true).portal;
    assert!(press(&mut state, Action::Reload).contains(&Effect::Discover(acme.clone())));
    press(&mut state, Action::SignInOut);
    assert_eq!(
        press(&mut state, Action::Yes),
        [Effect::SignOut(acme.clone())]
    );
    press(&mut state, Action::Remove);
    assert!(
        matches!(state.overlays.last(), Some(Overlay::Confirm(question))
            if question.detail.contains("2 of your apps") && question.detail.contains("3 profiles use it")),
        "{:?}",
        state.overlays
    );
    assert_eq!(
        press(&mut state, Action::Yes),
        [Effect::RemovePortal("acme".into())]
    );
    press(&mut state, Action::Down);
    press(&mut state, Action::SignInOut);
    assert!(
        matches!(state.overlays.last(), Some(Overlay::SignIn(screen)) if &*screen.portal.name == "client")
    );
    press(&mut state, Action::Back);
    press(&mut state, Action::Down);
    press(&mut state, Action::Remove);
    assert_eq!(
        press(&mut state, Action::Yes),
        [Effect::RemoveApp("Partner Prod".into())]
    );
    update(
        &mut state,
        Msg::PortalRemoved {
            portal: "acme".into(),
            result: Ok(()),
        },
    );
    assert!(state.catalog.portals.is_empty());
    press(&mut state, Action::Accept);
    assert!(state.overlays.is_empty());
    assert_eq!(state.picker.query.text(), "app:^Partner\\ Prod$ ");
}

#[test]
fn a_portal_is_edited_and_a_wrong_region_loses_nothing() {
    let mut state = portals();
    press(&mut state, Action::Edit);
    press(&mut state, Action::DeleteLine);
    assert_eq!(press(&mut state, Action::Accept), [], "no region");
    type_in(&mut state, "eu-wset-1");
    press(&mut state, Action::Down);
    type_in(&mut state, "sso:account:access, codewhisperer:completions,");
    let effects = press(&mut state, Action::Accept);
    let [
        Effect::EditPortal {
            ticket,
            name,
            region,
            scopes,
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((&**name, region.as_str()), ("acme", "eu-wset-1"));
    assert_eq!(
        scopes[..],
        ["sso:account:access", "codewhisperer:completions"]
    );
    update(
        &mut state,
        Msg::PortalEdited {
            ticket: *ticket,
            result: Err(problem(ProblemKind::Usage)),
        },
    );
    let Some(Overlay::EditPortal(screen)) = state.overlays.last() else {
        panic!()
    };
    assert!(screen.form.problem.is_some());
    assert_eq!(screen.form.fields[0].text(), "eu-wset-1");
    let effects = press(&mut state, Action::Accept);
    let [Effect::EditPortal { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let result = Ok(sample::session("acme", true).portal);
    assert_eq!(
        update(&mut state, Msg::PortalEdited { ticket, result }),
        [Effect::LoadFacts]
    );
    assert!(matches!(state.overlays[..], [Overlay::Portals(_)]));
}

#[test]
fn a_region_is_chosen_and_an_unknown_one_cannot_be() {
    use crate::domain::region::{Part, choices};
    use crate::tui::msg::KnownRegions;
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
    let [Effect::SetRegion { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        effects,
        [Effect::SetRegion {
            ticket,
            id: id.clone(),
            part: Part::Account,
            region: "eu-west-1".to_owned()
        }]
    );
    assert_eq!(press(&mut state, Action::Accept), [], "one at a time");
    let result = Err(problem(ProblemKind::Usage));
    update(&mut state, Msg::RegionSet { ticket, result });
    assert!(
        matches!(&state.overlays[..], [Overlay::Regions(screen)] if screen.problem.is_some() && screen.query.text() == "irel")
    );
    let effects = press(&mut state, Action::Accept);
    let [Effect::SetRegion { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let result = Ok(Vec::new());
    assert_eq!(
        update(&mut state, Msg::RegionSet { ticket, result }),
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
        [Effect::SetRegion { region, .. }] if region == "eu-west-9"
    ));
}

#[test]
fn without_a_browser_the_address_is_shown_when_it_is_asked_for() {
    use crate::domain::Secret;
    let no_browser =
        || Problem::new(ProblemKind::NoBrowser, "no browser was opened").detail("no display");
    let mut state = sample::external();
    let id: EntryId = "ext:Partner Prod/210987654321/Operator".parse().unwrap();
    let opened = |id: &EntryId| Msg::Console {
        id: id.clone(),
        result: Err(no_browser()),
    };
    assert_eq!(update(&mut state, opened(&id)), [], "it is a secret");
    assert!(state.picker.failed.is_empty());
    assert_eq!(press(&mut state, Action::Copy), [], "nothing to copy yet");
    let effects = press(&mut state, Action::Accept);
    let [Effect::ConsoleAddress { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let address = Secret::from("https://signin.aws.amazon.com/federation?SigninToken=x");
    let result = Ok(address.clone());
    update(&mut state, Msg::ConsoleAddress { ticket, result });
    assert_eq!(
        press(&mut state, Action::Copy),
        [Effect::CopySecret(address)]
    );
    assert!(
        !format!("{state:?}").contains("SigninToken"),
        "it is in no message and in no log"
    );
    press(&mut state, Action::Back);
    assert!(state.overlays.is_empty());
    // The shortcut of a portal is no secret: it is there at once, and the browser can be tried again.
    let id: EntryId = "org:acme/111111111111/ReadOnlyAccess".parse().unwrap();
    assert!(matches!(
        update(&mut state, opened(&id))[..],
        [Effect::ConsoleAddress { .. }]
    ));
    assert_eq!(press(&mut state, Action::OpenPage), [Effect::Console(id)]);
}

#[test]
fn a_toast_is_whole_where_it_needs_three_rows() {
    let mut state = sample::loaded();
    state.size = (40, 10);
    let text = "profile AdministratorAccess-107777777784 is ready, valid for 1 h";
    state.notify(Tone::Good, text.to_owned());
    let shown = toast_lines(&state).into_iter().map(|line| match line {
        ToastLine::First(_, text, _) | ToastLine::Text(text) | ToastLine::Hint(text) => text,
    });
    assert_eq!(shown.collect::<Vec<_>>().join(" "), text);
}

#[test]
fn a_toast_shows_the_whole_command_it_names() {
    let command = "to print the address instead, run: roledex console org:acme/111111111111/AdministratorAccess --print";
    let text = |state: &State| -> String {
        let lines = toast_lines(state).into_iter();
        let lines = lines.map(|line| match line {
            ToastLine::First(_, text, hint) => format!("{text} {hint}"),
            ToastLine::Text(text) | ToastLine::Hint(text) => text,
        });
        lines.collect::<Vec<_>>().join(" ")
    };
    for (width, is_whole) in [(200, true), (100, true), (80, true), (40, false)] {
        let mut state = sample::loaded();
        state.size = (width, 24);
        update(
            &mut state,
            Msg::Failed(Problem::new(ProblemKind::Failed, "it failed").hint(command)),
        );
        let shown = text(&state);
        assert_eq!(shown.contains(command), is_whole, "{width}: {shown}");
        if !is_whole {
            assert!(shown.contains("F7 shows all of it"), "{shown}");
            assert!(!shown.contains("roledex console"), "{shown}");
        }
    }
}

#[test]
fn what_was_said_can_be_read_again_and_copied() {
    let mut state = sample::loaded();
    press(&mut state, Action::Messages);
    assert!(state.overlays.is_empty(), "no messages yet");
    let failure = problem(ProblemKind::Offline).hint("try again");
    update(&mut state, Msg::Failed(failure.clone()));
    update(&mut state, Msg::Tick(sample::at(600)));
    assert!(state.toasts.is_empty());
    press(&mut state, Action::Messages);
    assert_eq!(
        press(&mut state, Action::Copy),
        [Effect::Copy(format!("{failure}\nhint: try again"))]
    );
    press(&mut state, Action::Down);
    press(&mut state, Action::Down);
    assert!(matches!(
        state.overlays[..],
        [Overlay::Messages(Messages { selected: 1 })]
    ));
    press(&mut state, Action::Back);
    assert!(state.overlays.is_empty());
}

#[test]
fn the_role_of_this_shell_is_found_from_anywhere() {
    let mut state = sample::loaded();
    press(&mut state, Action::Here);
    assert!(state.toasts[0].text.contains("has no role"));
    let wanted: EntryId = "org:acme/333333333333/ReadOnlyAccess".parse().unwrap();
    state.here = Some(wanted.clone());
    type_in(&mut state, "payments");
    state.picker.view = View::Pinned;
    press(&mut state, Action::Here);
    assert_eq!(selected(&state), wanted);
    assert_eq!(state.picker.view, View::All);
    state.here = Some("org:acme/999999999999/Gone".parse().unwrap());
    press(&mut state, Action::Here);
    assert_eq!(selected(&state), wanted, "nothing moves");
}

#[test]
fn the_list_is_found_as_it_was_left() {
    let mut state = sample::loaded();
    let effects = press(&mut state, Action::ToggleDetails);
    let hidden = Look {
        hide_details: true,
        ..Look::default()
    };
    assert_eq!(effects, [Effect::KeepLook(hidden.clone())]);
    let mut look = Look {
        grouping: Grouping::Account,
        ..hidden
    };
    let effects = press(&mut state, Action::Group);
    assert_eq!(effects, [Effect::KeepLook(look.clone())]);
    press(&mut state, Action::Down);
    let effects = press(&mut state, Action::CursorLeft);
    look.folded.insert("333333333333 acme".to_owned());
    assert_eq!(effects, [Effect::KeepLook(look.clone())]);
    assert!(matches!(state.selected(), Some(Row::Head(_))), "the head");
    assert_eq!(press(&mut state, Action::CursorLeft), [], "folded already");
    let mut again = sample::empty();
    let mut facts = state.facts.clone();
    facts.history.look = look.clone();
    update(&mut again, Msg::Cached(Ok(state.catalog.clone())));
    update(&mut again, Msg::Facts(Ok(facts)));
    assert_eq!(again.picker.look, look);
    assert!(again.picker.in_groups);
    let rows = |state: &State| state.picker.hits.len();
    assert_eq!(rows(&again), rows(&state), "still folded");
    press(&mut again, Action::CursorRight);
    assert_eq!(rows(&again), rows(&state) + 1);
}

#[test]
fn clicks_on_views_and_on_keys_of_the_footer() {
    let mut state = sample::loaded();
    let tab = |state: &State, view| {
        let mut tabs = crate::tui::layout::tabs(state).into_iter();
        tabs.find(|tab| tab.view == view).unwrap()
    };
    let active = tab(&state, View::Active);
    assert_eq!(active.text, "Active 3");
    let (x, y) = (active.area.x, active.area.y);
    update(&mut state, Msg::Click { x, y });
    assert_eq!(state.picker.view, View::Active);
    let last_column = active.area.x + active.area.width - 1;
    update(&mut state, Msg::Click { x: 3, y });
    assert_eq!(state.picker.view, View::All);
    update(&mut state, Msg::Click { x: last_column, y });
    assert_eq!(state.picker.view, View::Active);
    let hint = |state: &State, action| {
        let hint = hints(state).into_iter().find(|hint| hint.action == action);
        let area = hint.unwrap().area;
        (area.x + area.width - 1, area.y)
    };
    let (x, y) = hint(&state, Action::Help);
    update(&mut state, Msg::Click { x, y });
    assert!(matches!(state.overlays[..], [Overlay::Menu(_)]));
    let (x, y) = hint(&state, Action::Back);
    update(&mut state, Msg::Click { x, y });
    assert!(state.overlays.is_empty());
    let (x, y) = hint(&state, Action::Use);
    assert!(!update(&mut state, Msg::Click { x, y }).is_empty());
}

#[test]
fn accounts_with_one_name_are_known() {
    let mut state = sample::loaded();
    assert!(state.picker.namesakes.is_empty());
    let more = sample::listing(
        "client",
        &[("999999999999", "Payments Prod", &["ReadOnlyAccess"])],
    );
    update(&mut state, Msg::Catalog(more));
    let mut namesakes: Vec<String> = state
        .picker
        .namesakes
        .iter()
        .map(ToString::to_string)
        .collect();
    namesakes.sort();
    assert_eq!(namesakes, ["111111111111", "999999999999"]);
}

#[test]
fn the_lines_of_a_paste_are_words() {
    let mut state = sample::loaded();
    type_in(&mut state, "pay\r\n  prod\n");
    assert_eq!(state.picker.query.text(), "pay prod");
}

#[test]
fn this_shells_role_counts_and_is_selected_first() {
    let mut state = sample::empty();
    let loaded = sample::loaded();
    let id: EntryId = "org:acme/333333333333/ReadOnlyAccess".parse().unwrap();
    state.here = Some(id.clone());
    state.here_until = Some(sample::at(600));
    update(&mut state, Msg::Cached(Ok(loaded.catalog)));
    update(&mut state, Msg::Facts(Ok(loaded.facts)));
    assert_eq!(selected(&state), id);
    assert_eq!(state.next_end(), Some((600, "this shell's role")));
    press(&mut state, Action::NextView);
    press(&mut state, Action::NextView);
    press(&mut state, Action::NextView);
    assert_eq!(state.picker.view, View::Active);
    assert_eq!(state.picker.in_view, 4);
}

#[test]
fn a_failed_account_is_listed_again_by_enter() {
    let mut state = sample::loaded();
    press(&mut state, Action::Last);
    let effects = press(&mut state, Action::Use);
    assert!(
        matches!(&effects[..], [Effect::Discover(_), Effect::Prefer { .. }]),
        "{effects:?}"
    );
}

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

/// The sync screen with the plan of five profiles: two new ones, a changed one, a removed one and one that
/// stays.
fn planned(state: &mut State) -> Ticket {
    use crate::domain::sync::{SyncChange, SyncPreview, SyncRow};
    let effects = press(state, Action::Sync);
    let [Effect::PlanSync { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let row = |name: &str, entry: &str, change| SyncRow {
        name: name.to_owned(),
        entry: entry.parse().unwrap(),
        change,
        differences: Vec::new(),
    };
    let rows = vec![
        row("a", "org:acme/111111111111/A", SyncChange::New),
        row("b", "org:acme/222222222222/B", SyncChange::New),
        row("c", "org:acme/222222222222/C", SyncChange::Changed),
        row("d", "org:acme/333333333333/D", SyncChange::Unchanged),
        row("e", "org:acme/333333333333/E", SyncChange::Removed),
    ];
    let warnings = vec!["a warning".to_owned()];
    let result = Ok(SyncPreview { rows, warnings });
    assert_eq!(update(state, Msg::SyncPlanned { ticket, result }), []);
    ticket
}

/// The names that are written after these keys and a yes.
fn written(state: &mut State, keys: &[Action]) -> Vec<String> {
    for action in keys {
        assert_eq!(press(state, *action), []);
    }
    assert_eq!(press(state, Action::Accept), []);
    match &press(state, Action::Yes)[..] {
        [Effect::ApplySync { chosen, .. }] => chosen.iter().cloned().collect(),
        effects => panic!("{effects:?}"),
    }
}

#[test]
fn a_sync_is_of_the_view_and_the_query() {
    use crate::domain::Kind;
    use crate::domain::sync::SyncScope;
    let mut state = sample::external();
    type_in(&mut state, "prod");
    for (view, kind, entries) in [
        (View::All, None, None),
        (View::Organizations, Some(Kind::Org), None),
        (View::External, Some(Kind::External), None),
        (View::Active, None, Some(3)),
        (View::Pinned, None, Some(0)),
    ] {
        list::show(&mut state, view);
        let effects = press(&mut state, Action::Sync);
        let [Effect::PlanSync { scope, .. }] = &effects[..] else {
            panic!("{view:?}: {effects:?}")
        };
        let found = scope.entries.as_ref().map(std::collections::BTreeSet::len);
        assert_eq!(found, entries, "{view:?}");
        let wanted = SyncScope {
            query: Some("prod".to_owned()),
            portal: None,
            kind,
            entries: scope.entries.clone(),
        };
        assert_eq!(*scope, wanted, "{view:?}");
        assert_eq!(
            press(&mut state, Action::Accept),
            [],
            "there is no plan yet"
        );
        press(&mut state, Action::Back);
    }
    list::show(&mut state, View::Profiles);
    assert_eq!(press(&mut state, Action::Sync), []);
    assert!(state.overlays.is_empty());
}

#[test]
fn the_ticked_rows_are_written_after_one_question() {
    use Action::{Down, Last, Tick, TickAll};
    for (keys, wanted) in [
        (&[][..], &["a", "b", "c"][..]),
        (&[Tick], &["b", "c"]),
        (&[Down, Tick, Tick], &["a", "b", "c"]),
        (&[Last, Tick], &["a", "b", "c", "e"]),
        (&[TickAll, Down, Tick], &["b"]),
        (&[TickAll, TickAll], &["a", "b", "c"]),
        (&[TickAll, Last, Tick], &["e"]),
    ] {
        let mut state = sample::loaded();
        planned(&mut state);
        assert_eq!(written(&mut state, keys), wanted, "{keys:?}");
    }
    let mut state = sample::loaded();
    planned(&mut state);
    press(&mut state, TickAll);
    press(&mut state, Action::Accept);
    assert_eq!(state.toasts.last().unwrap().text, "no row is ticked");
    assert_eq!(state.overlays.len(), 1, "there is nothing to ask");
    press(&mut state, TickAll);
    press(&mut state, Action::Accept);
    assert_eq!(press(&mut state, Action::Back), [], "a no");
    assert_eq!(state.overlays.len(), 1, "the ticks stay");
}

#[test]
fn a_sync_names_guarded_entries_and_tells_the_way_back() {
    let mut state = sample::loaded();
    state.guard = vec!["*staging".to_owned()];
    let ticket = planned(&mut state);
    press(&mut state, Action::Accept);
    let Some(Overlay::Confirm(question)) = state.overlays.last() else {
        panic!("{:?}", state.overlays)
    };
    assert_eq!(question.title, "Write 3 profiles?");
    let guarded =
        "Guarded: Payments Staging (222222222222) as B, Payments Staging (222222222222) as C.";
    assert!(question.detail.starts_with(guarded), "{}", question.detail);
    press(&mut state, Action::Yes);
    let id = "org:acme/222222222222/B".parse().unwrap();
    assert!(!state.must_confirm(&id), "it was confirmed");
    let failed = Err(problem(ProblemKind::NotOurs));
    let effects = update(
        &mut state,
        Msg::Synced {
            ticket,
            result: failed,
        },
    );
    assert_eq!(effects, [Effect::LoadFacts]);
    assert_eq!(state.overlays.len(), 1, "the ticks stay");
    assert_eq!(written(&mut state, &[]), ["a", "b", "c"]);
    let done = |ticket| Msg::Synced {
        ticket,
        result: Ok(vec!["shadowed".to_owned()]),
    };
    assert_eq!(update(&mut state, done(ticket)), [Effect::LoadFacts]);
    assert!(state.overlays.is_empty());
    let toast = state.toasts.last().unwrap();
    assert_eq!(toast.text, "3 profiles written");
    let hint = toast.hint.as_deref();
    assert_eq!(hint, Some("to take it back, run: roledex undo"));
    // A plan that nobody waits for any more.
    let old = planned(&mut state);
    press(&mut state, Action::Back);
    let current = planned(&mut state);
    update(&mut state, done(old));
    assert!(matches!(&state.overlays[..], [Overlay::Sync(screen)] if screen.ticket == current));
}

#[test]
fn bars_are_scaled_to_what_was_granted_as_it_is_recorded() {
    let id: EntryId = "org:acme/111111111111/ReadOnlyAccess".parse().unwrap();
    let granted = |obtained: Option<i64>| {
        let mut state = sample::empty();
        let profile = ManagedProfile {
            is_region_assumed: false,
            obtained_at: obtained.map(sample::at),
            name: "p".to_owned(),
            entry: id.clone(),
            mode: Mode::Sso,
            expires_at: Some(sample::at(600)),
            region: None,
        };
        let facts = Facts {
            sessions: vec![sample::session("acme", true)],
            profiles: vec![profile],
            ..Facts::default()
        };
        update(&mut state, Msg::Facts(Ok(facts)));
        state.picker.granted[&id].1
    };
    assert_eq!(granted(Some(-4_400)), 5_000);
    // Where it is not recorded, as long as AWS usually grants.
    assert_eq!(granted(None), 900);
}

#[test]
fn the_active_view_has_the_sessions_below_the_profiles() {
    let mut state = sample::loaded();
    state.facts.sessions.push(sample::session("client", false));
    list::show(&mut state, View::Active);
    let rows = |state: &State| -> Vec<String> {
        let hits = state.picker.hits.iter();
        hits.map(|hit| match state.picker.row(*hit) {
            Some(Row::Item(item)) => item.role().unwrap().to_string(),
            Some(Row::Head(head)) => format!("{} {}", head.name, head.count),
            Some(Row::Session(session)) => session.portal.name.to_string(),
            None => panic!("a hit has a row"),
        })
        .collect()
    };
    let live = ["PowerUserAccess", "ReadOnlyAccess", "AdministratorAccess"];
    let all = [&live[..], &["sessions 2", "acme", "client"]].concat();
    assert_eq!(rows(&state), all);
    press(&mut state, Action::Last);
    assert_eq!(press(&mut state, Action::Subshell), []);
    assert!(state.overlays.is_empty(), "it is no entry");
    press(&mut state, Action::Use);
    assert!(
        matches!(&state.overlays[..], [Overlay::SignIn(screen)] if &*screen.portal.name == "client")
    );
    press(&mut state, Action::Back);
    press(&mut state, Action::Up);
    press(&mut state, Action::Refresh);
    assert!(
        matches!(&state.overlays[..], [Overlay::SignIn(screen)] if &*screen.portal.name == "acme"),
        "also while it is signed in"
    );
    press(&mut state, Action::Back);
    press(&mut state, Action::Up);
    press(&mut state, Action::Use);
    assert_eq!(rows(&state), [&live[..], &["sessions 2"]].concat());
    press(&mut state, Action::Use);
    assert_eq!(rows(&state), all);
    type_in(&mut state, "admin");
    assert_eq!(rows(&state), ["AdministratorAccess"]);
}

#[test]
fn an_export_that_needs_a_sign_in_asks_for_it_and_goes_on() {
    let mut state = sample::loaded();
    let id = selected(&state);
    let effects = press(&mut state, Action::Export);
    let [Effect::Export { ticket, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    let portal: Arc<str> = "acme".into();
    let signed_out = Msg::Exportable {
        ticket,
        id: id.clone(),
        result: Err(problem(ProblemKind::SignInNeeded { portal })),
    };
    assert_eq!(update(&mut state, signed_out), []);
    let [Overlay::SignIn(sign_in)] = &state.overlays[..] else {
        panic!("{:?}", state.overlays)
    };
    assert_eq!(sign_in.then, Some(crate::tui::request::Request::Export(id)));
}
