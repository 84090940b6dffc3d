//! Given a state, when messages come, then facts and effects.

use crate::domain::profile::{ManagedProfile, Mode};
use crate::domain::{Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::msg::{Effect, Msg};
use crate::tui::sample::{fails, press, problem, selected, used};
use crate::tui::state::{Overlay, State, Tone};
use crate::tui::update::update;
use crate::tui::{Outcome, sample};

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
fn somebody_elses_profile_is_overwritten_only_after_a_yes() {
    for (answer, expected) in [(Action::Back, 0), (Action::Accept, 0), (Action::Yes, 1)] {
        let mut state = sample::loaded();
        let effects = press(&mut state, Action::Use);
        fails(&mut state, &effects, &problem(ProblemKind::NotOurs));
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
    fails(&mut state, &effects, &problem(ProblemKind::AccessDenied));
    assert!(state.picker.failed.contains_key(&id));
    assert_eq!(state.toasts.last().unwrap().tone, Tone::Bad);
    press(&mut state, Action::Use);
    assert!(state.picker.failed.is_empty(), "a new try clears the mark");
}

#[test]
fn picking_export_subshell_copy() {
    let mut state = sample::loaded();
    let id = selected(&state);
    assert_eq!(press(&mut state, Action::Export), [], "nothing reads it");
    assert!(state.toasts[0].text.contains("rdx"));
    state.exports = true;
    let effects = press(&mut state, Action::Export);
    state.exports = false;
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
        is_main: true,
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
        [Effect::CopyProfile("p".to_owned())]
    );
    update(&mut state, Msg::Copied("set p".to_owned()));
    assert_eq!(
        state.toasts.last().unwrap().text,
        "sent to the clipboard: set p"
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
fn a_guarded_entry_is_confirmed_for_each_key_before_anything_hands_it_out() {
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
        state.exports = action == Action::Export;
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
            state.exports = action == Action::Export;
            assert_eq!(press(&mut state, action), [], "{action:?}: again");
            assert!(!press(&mut state, Action::Yes).is_empty(), "{action:?}");
        }
    }
}

#[test]
fn a_confirmed_request_goes_on_after_a_sign_in_without_another_question() {
    let mut state = sample::loaded();
    state.guard = vec!["prod".to_owned()];
    press(&mut state, Action::Down);
    press(&mut state, Action::Use);
    let effects = press(&mut state, Action::Yes);
    fails(
        &mut state,
        &effects,
        &Problem::sign_in_needed(&"acme".into()),
    );
    press(&mut state, Action::Accept);
    let ticket = state.ticket;
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
            .any(|effect| matches!(effect, Effect::Use { .. })),
        "{effects:?}"
    );
    assert!(state.overlays.is_empty(), "{:?}", state.overlays);
}

#[test]
fn the_demo_opens_no_page_of_aws() {
    let mut state = sample::loaded();
    state.demo = true;
    assert_eq!(press(&mut state, Action::Console), []);
    let toast = &state.toasts.last().unwrap().text;
    assert!(toast.starts_with("simulated: "), "{toast}");
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
fn one_message_counts_the_profiles_and_one_tells_the_end() {
    for failing in [false, true] {
        let mut state = sample::loaded();
        let effects = press(&mut state, Action::RefreshAll);
        let texts = |state: &State| -> Vec<String> {
            let toasts = state.toasts.iter();
            toasts.map(|toast| toast.text.clone()).collect()
        };
        assert_eq!(texts(&state), ["refreshing profiles: 0 of 3"]);
        let (last, first) = effects.split_last().unwrap();
        for effect in first {
            let Effect::Refresh { ticket, id } = effect.clone() else {
                panic!("{effect:?}")
            };
            let mut used = used(&id);
            used.warnings.clear();
            let result = Ok(used);
            update(&mut state, Msg::Used { ticket, id, result });
        }
        assert_eq!(texts(&state), ["refreshing profiles: 2 of 3"]);
        assert!(state.message_log.is_empty(), "nothing has failed");
        let Effect::Refresh { ticket, id } = last.clone() else {
            panic!("{last:?}")
        };
        if failing {
            let failed = std::slice::from_ref(last);
            fails(&mut state, failed, &problem(ProblemKind::AccessDenied));
            assert_eq!(texts(&state), ["2 of 3 profiles are fresh", "it failed"]);
        } else {
            let mut used = used(&id);
            used.warnings.clear();
            let result = Ok(used);
            update(&mut state, Msg::Used { ticket, id, result });
            assert_eq!(texts(&state), ["3 profiles are fresh"]);
        }
        let logged = state.message_log.iter().map(|(_, toast)| &toast.text);
        assert!(logged.eq(&texts(&state)), "{:?}", state.message_log);
    }
}

#[test]
fn successes_do_not_drain_failures_from_the_log() {
    let mut state = sample::loaded();
    state.notify_error(&problem(ProblemKind::AccessDenied));
    for number in 0..300 {
        state.notify(Tone::Good, number.to_string());
    }
    assert_eq!(state.message_log.len(), 100);
    assert_eq!(state.message_log[0].1.text, "it failed");
    for number in 0..300 {
        state.toast(Tone::Bad, number.to_string(), None, 1);
    }
    assert_eq!(state.message_log.len(), 100);
    assert_eq!(state.message_log[99].1.text, "299");
}

#[test]
fn a_new_request_ends_the_messages_about_the_one_before() {
    let mut state = sample::loaded();
    let effects = press(&mut state, Action::Refresh);
    fails(&mut state, &effects, &problem(ProblemKind::AccessDenied));
    state.notify(Tone::Good, "done".to_owned());
    state.warn("not seen yet".to_owned());
    press(&mut state, Action::Down);
    assert_eq!(state.toasts.len(), 3);
    press(&mut state, Action::Use);
    let texts: Vec<_> = state.toasts.iter().map(|toast| &*toast.text).collect();
    assert_eq!(texts, ["done", "not seen yet"]);
    assert_eq!(state.message_log.len(), 3, "F7 has them all");
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
    // The files are not read again.
    state.read_at = None;
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
fn an_expired_static_profile_is_renewed_and_a_failed_try_repeated_though_nothing_counts() {
    let mut state = sample::loaded();
    let mut facts = state.facts.clone();
    assert_eq!(state.next_renewal(), None, "nothing wakes the loop");
    facts.profiles.truncate(1);
    facts.profiles[0].mode = Mode::Static;
    facts.profiles[0].expires_at = Some(sample::at(-86_400));
    let effects = update(&mut state, Msg::Facts(Ok(facts.clone())));
    let [Effect::Renew(profile)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert!(!state.needs_ticks());
    assert_eq!(state.next_renewal(), Some(sample::at(240)));
    let mut failed = |at: i64| {
        let mut effects = update(&mut state, Msg::Tick(sample::at(at)));
        effects.retain(|effect| !matches!(effect, Effect::ReadAgain(_)));
        assert!(
            matches!(&effects[..], [] | [Effect::Renew(_)]),
            "{effects:?}"
        );
        let was_tried = !effects.is_empty();
        if was_tried {
            let result = Err(problem(ProblemKind::Offline));
            let name = profile.name.clone();
            assert_eq!(update(&mut state, Msg::Renewed { name, result }), []);
        }
        (was_tried, state.message_log.len())
    };
    let told = failed(1).1;
    let tries = [
        (239, false, 0),
        (240, true, 1),
        (479, false, 1),
        // Told once.
        (480, true, 1),
        // The clock was set back.
        (100, true, 1),
        (101, false, 1),
    ];
    for (at, is_tried, messages) in tries {
        assert_eq!(failed(at), (is_tried, told + messages), "{at}");
    }
    facts.profiles[0].expires_at = Some(sample::at(3_600));
    update(&mut state, Msg::Facts(Ok(facts)));
    assert_eq!(state.next_renewal(), Some(sample::at(3_000)));
}

#[test]
fn a_failed_account_is_listed_again_by_enter() {
    let mut state = sample::loaded();
    press(&mut state, Action::Last);
    let effects = press(&mut state, Action::Use);
    let effects = sample::reread(&mut state, &effects);
    assert!(
        matches!(&effects[..], [Effect::Discover(_), Effect::Prefer { .. }]),
        "{effects:?}"
    );
}
