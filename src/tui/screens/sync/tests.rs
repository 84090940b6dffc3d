//! Given a state, when messages come, then facts and effects.

use crate::domain::ProblemKind;
use crate::tui::action::Action;
use crate::tui::msg::{Effect, Msg, Ticket};
use crate::tui::sample;
use crate::tui::sample::{press, problem, type_in};
use crate::tui::screens::picker::{View, list};
use crate::tui::state::{Overlay, State};
use crate::tui::update::update;

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
    assert!(state.toasts.is_empty(), "rows are ticked now");
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
        "Guarded: B in Payments Staging (222222222222), C in Payments Staging (222222222222).";
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
    assert_eq!(hint, Some("to undo it, run: roledex undo"));
    // A plan that nobody waits for any more.
    let old = planned(&mut state);
    press(&mut state, Action::Back);
    let current = planned(&mut state);
    update(&mut state, done(old));
    assert!(matches!(&state.overlays[..], [Overlay::Sync(screen)] if screen.ticket == current));
}
