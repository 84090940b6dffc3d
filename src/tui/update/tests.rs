//! Given a state, when messages come, then facts and effects.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::profile::{ManagedProfile, Mode};
use crate::domain::{AccountId, CatalogEvent, EntryId, Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::keymap::{CONTEXTS, Keymap};
use crate::tui::layout::{ToastLine, hints, toast_lines};
use crate::tui::msg::{Effect, Facts, Lists, Msg, Reread};
use crate::tui::sample;
use crate::tui::sample::{press, problem, selected};
use crate::tui::screens::picker::View;
use crate::tui::state::{Overlay, State, Tone};
use crate::tui::update::update;

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
fn a_refresh_that_was_ended_is_over_without_a_message() {
    let mut state = sample::loaded();
    let portal: Arc<str> = "acme".into();
    state.refreshing.insert(Arc::clone(&portal));
    let started = CatalogEvent::Started {
        portal: Arc::clone(&portal),
    };
    update(&mut state, Msg::Catalog(vec![started]));
    let progress = |state: &State| state.catalog.portals["acme"].progress();
    assert!(progress(&state).is_some());
    let toasts = state.toasts.len();
    let result = Err(problem(ProblemKind::Cancelled));
    update(&mut state, Msg::Discovered { portal, result });
    assert_eq!(progress(&state), None);
    assert!(state.refreshing.is_empty());
    assert_eq!(state.toasts.len(), toasts);
    // One of a portal that was removed meanwhile brings nothing back.
    state.catalog.portals.remove("acme");
    let (portal, result) = ("acme".into(), Err(problem(ProblemKind::Cancelled)));
    update(&mut state, Msg::Discovered { portal, result });
    assert!(!state.catalog.portals.contains_key("acme"));
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
    let ours = state
        .rows_from(0)
        .filter(|row| row.source().is_some_and(|source| **source == *"acme"));
    let mut accounts: Vec<_> = ours.filter_map(|row| row.account()).collect();
    accounts.dedup();
    accounts
}

#[test]
fn every_reload_asks_first_for_the_accounts_on_screen() {
    let mut state = sample::loaded();
    let portal: Arc<str> = "acme".into();
    for _ in 0..2 {
        let effects = press(&mut state, Action::Reload);
        let effects = sample::reread(&mut state, &effects);
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
    let keymap = Keymap::new(&[]).unwrap();
    for (context, _) in CONTEXTS {
        for (_, action) in keymap.bindings(context) {
            for mut state in [sample::empty(), sample::loaded(), sample::signing_in()] {
                let _ = press(&mut state, action);
                let _ = press(&mut state, Action::Back);
            }
        }
    }
}

#[test]
fn the_title_says_what_ends_next() {
    let state = sample::loaded();
    assert_eq!(state.title(), "roledex: 12 min, prod-read");
    assert_eq!(sample::empty().title(), "roledex");
}

#[test]
fn a_toast_is_whole_where_it_needs_four_rows() {
    let mut state = sample::loaded();
    state.size = (40, 10);
    let text =
        "profile AdministratorAccess-107777777784 is ready for Checkout Dev, valid for 59 min";
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
    assert!(matches!(state.overlays[..], [Overlay::Help(_)]));
    let (x, y) = hint(&state, Action::Back);
    update(&mut state, Msg::Click { x, y });
    assert!(state.overlays.is_empty());
    let (x, y) = hint(&state, Action::Use);
    assert!(!update(&mut state, Msg::Click { x, y }).is_empty());
}

#[test]
fn the_main_profile_of_an_entry_is_shown_and_all_keys_are_refreshed() {
    let id: EntryId = "org:acme/111111111111/ReadOnlyAccess".parse().unwrap();
    let profile = |name: &str, mode, is_main, left| ManagedProfile {
        is_main,
        is_region_assumed: false,
        obtained_at: None,
        name: name.to_owned(),
        entry: id.clone(),
        mode,
        expires_at: Some(sample::at(left)),
        region: None,
    };
    let other = profile("legacy", Mode::Static, false, 4_000);
    let mut state = sample::loaded();
    let facts = Facts {
        profiles: vec![
            other.clone(),
            profile("process", Mode::Process, false, 5_000),
            profile("main", Mode::Sso, true, 5_000),
        ],
        ..state.facts.clone()
    };
    update(&mut state, Msg::Facts(Ok(facts)));
    assert_eq!(state.picker.profiles[&id].name, "main");
    let effects = press(&mut state, Action::RefreshAll);
    let [
        Effect::Refresh { id: refreshed, .. },
        Effect::Renew(renewed),
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((refreshed, renewed), (&id, &other));
}

#[test]
fn bars_are_scaled_to_what_was_granted_as_it_is_recorded() {
    let id: EntryId = "org:acme/111111111111/ReadOnlyAccess".parse().unwrap();
    let granted = |obtained: Option<i64>| {
        let mut state = sample::empty();
        let profile = ManagedProfile {
            is_main: true,
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
fn bars_of_sign_ins_are_scaled_to_the_age_of_their_files() {
    const LEFT: i64 = 7 * 3_600 + 300;
    let granted = |saved: Option<i64>| {
        let mut state = sample::empty();
        let mut session = sample::session("acme", true);
        session.saved_at = saved.map(sample::at);
        let facts = Facts {
            sessions: vec![session],
            ..Facts::default()
        };
        update(&mut state, Msg::Facts(Ok(facts)));
        state.picker.granted_sessions["acme"].1
    };
    assert_eq!(granted(Some(-500)), LEFT + 500);
    // A clock that was set back tells nothing.
    assert_eq!(granted(Some(500)), 8 * 3_600);
    assert_eq!(granted(None), 8 * 3_600);
}

#[test]
fn an_export_that_needs_a_sign_in_asks_for_it_and_goes_on() {
    let mut state = sample::loaded();
    state.exports = true;
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

#[test]
fn a_reload_reads_the_files_before_it_decides() {
    let mut state = sample::empty();
    let signed_out = Facts {
        sessions: vec![sample::session("acme", false)],
        ..Facts::default()
    };
    update(&mut state, Msg::Facts(Ok(signed_out)));
    press(&mut state, Action::Back);
    assert!(state.overlays.is_empty());
    let effects = press(&mut state, Action::Reload);
    assert_eq!(effects, [Effect::ReadAgain(Lists::All)]);
    // Another terminal signed in meanwhile.
    let label = crate::domain::label::Label {
        alias: Some("Prod".into()),
        tags: Vec::new(),
    };
    let account: AccountId = "111111111111".parse().unwrap();
    let mut configured = crate::domain::Catalog::default();
    configured.labels.insert(account, Arc::new(label));
    let read = Reread {
        facts: Facts {
            sessions: vec![sample::session("acme", true)],
            ..Facts::default()
        },
        configured,
    };
    let effects = update(
        &mut state,
        Msg::Reread {
            lists: Lists::All,
            result: Ok(Box::new(read)),
        },
    );
    assert!(state.overlays.is_empty(), "{:?}", state.overlays);
    let portal = sample::session("acme", true).portal;
    assert!(effects.contains(&Effect::Discover(portal)), "{effects:?}");
    assert!(state.catalog.labels.contains_key(&account));
}

#[test]
fn a_sign_in_that_nothing_renews_ends_with_its_time() {
    let mut state = sample::loaded();
    let session = &mut state.facts.sessions[0];
    session.expires_at = Some(sample::at(60));
    session.ends_at = session.expires_at;
    assert_eq!(state.next_sign_out(), Some(sample::at(60)));
    update(&mut state, Msg::Tick(sample::at(59)));
    assert!(state.facts.sessions[0].signed_in);
    update(&mut state, Msg::Tick(sample::at(60)));
    assert!(!state.facts.sessions[0].signed_in);
    assert_eq!(state.next_sign_out(), None, "nothing wakes the loop");
}

#[test]
fn the_message_about_unreadable_files_goes_when_they_can_be_read() {
    let mut state = sample::loaded();
    let facts = state.facts.clone();
    let broken = problem(ProblemKind::Usage);
    update(&mut state, Msg::Facts(Err(broken.clone())));
    update(&mut state, Msg::Facts(Err(broken)));
    assert_eq!(state.toasts.len(), 1);
    update(&mut state, Msg::Facts(Ok(facts)));
    assert_eq!(state.toasts, []);
}

#[test]
fn a_warning_stays_until_the_user_is_there() {
    let mut state = sample::loaded();
    update(&mut state, Msg::Warning("it is not saved".to_owned()));
    let shown = |state: &State| state.toasts.len();
    let later = |state: &mut State, seconds| {
        state.now = sample::at(seconds);
    };
    update(&mut state, Msg::Tick(sample::at(3_000)));
    assert_eq!(shown(&state), 1);
    // A key soon after it was shown is no sign that it was read.
    later(&mut state, 5);
    press(&mut state, Action::Down);
    assert_eq!(shown(&state), 1);
    later(&mut state, 11);
    press(&mut state, Action::Down);
    assert_eq!(shown(&state), 0);
    assert_eq!(state.message_log.len(), 1);
}

#[test]
fn a_warning_wakes_nobody() {
    let mut state = sample::empty();
    update(&mut state, Msg::Facts(Ok(Facts::default())));
    update(&mut state, Msg::Warning("it is not saved".to_owned()));
    assert!(!state.needs_ticks());
}

#[test]
fn old_facts_are_read_again_with_the_next_event() {
    let again = [Effect::ReadAgain(Lists::None)];
    let mut state = sample::empty();
    assert_eq!(update(&mut state, Msg::Focus), [], "they are being read");
    let mut state = sample::loaded();
    assert_eq!(update(&mut state, Msg::Focus), again);
    assert_eq!(press(&mut state, Action::Down), []);
    state.now = sample::at(29);
    assert_eq!(press(&mut state, Action::Down), []);
    state.now = sample::at(30);
    assert_eq!(press(&mut state, Action::Down), again);
    assert_eq!(press(&mut state, Action::Down), [], "they are being read");
    let tick = |state: &mut State, at| update(state, Msg::Tick(sample::at(at)));
    assert_eq!(tick(&mut state, 59), []);
    assert_eq!(tick(&mut state, 60), again);
    // What comes by itself asks for nothing.
    state.now = sample::at(300);
    assert_eq!(update(&mut state, Msg::Catalog(Vec::new())), []);
}

#[test]
fn files_that_stay_unreadable_are_said_once() {
    let mut state = sample::loaded();
    let failed = |state: &mut State, lists| {
        let result = Err(problem(ProblemKind::File));
        update(state, Msg::Reread { lists, result });
        state.message_log.len()
    };
    assert_eq!(failed(&mut state, Lists::None), 1);
    assert_eq!(failed(&mut state, Lists::None), 1);
    assert_eq!(failed(&mut state, Lists::All), 2, "the user asked");
}

#[test]
fn another_sign_in_of_a_portal_lists_it_again() {
    let mut state = sample::loaded();
    let with = |state: &mut State, name: &str, signed_in, sign_in| {
        let mut session = sample::session(name, signed_in);
        session.sign_in = sign_in;
        let mut facts = state.facts.clone();
        facts.sessions.retain(|it| *it.portal.name != *name);
        facts.sessions.push(session);
        let mut effects = update(state, Msg::Facts(Ok(facts)));
        state.refreshing.clear();
        effects.retain(|effect| matches!(effect, Effect::Discover(_)));
        effects
    };
    let lists = |name: &str| [Effect::Discover(sample::session(name, true).portal)];
    assert_eq!(with(&mut state, "acme", true, 0), []);
    assert_eq!(with(&mut state, "acme", true, 1), lists("acme"));
    assert_eq!(with(&mut state, "acme", true, 1), []);
    assert_eq!(with(&mut state, "acme", false, 0), []);
    assert_eq!(with(&mut state, "acme", true, 2), lists("acme"));
    // A portal that another program added.
    assert_eq!(with(&mut state, "client", true, 1), lists("client"));
    // One that is being listed.
    state.refreshing.insert("client".into());
    let mut facts = state.facts.clone();
    facts.sessions.last_mut().unwrap().sign_in = 2;
    assert_eq!(update(&mut state, Msg::Facts(Ok(facts))), []);
}

#[test]
fn a_young_list_that_is_older_than_the_sign_in_is_refreshed() {
    for (saved_at, wanted) in [(-61, 0), (-60, 0), (-59, 1)] {
        let mut state = sample::empty();
        let mut events = sample::listing("acme", &[("111111111111", "A", &["R"])]);
        if let Some(CatalogEvent::Finished { at, .. }) = events.last_mut() {
            *at = sample::at(-60);
        }
        update(&mut state, Msg::Catalog(events));
        let mut session = sample::session("acme", true);
        session.saved_at = Some(sample::at(saved_at));
        let facts = Facts {
            sessions: vec![session],
            ..Facts::default()
        };
        update(&mut state, Msg::Facts(Ok(facts)));
        assert_eq!(state.refreshing.len(), wanted, "{saved_at}");
    }
}
