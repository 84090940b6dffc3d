//! Given a state, when messages come, then facts and effects.

use std::sync::Arc;

use crate::domain::instance::Instances;
use crate::domain::rank::{Grouping, Look};
use crate::domain::{AccountId, CatalogEvent, EntryId, Item};
use crate::tui::action::Action;
use crate::tui::msg::{Effect, Msg};
use crate::tui::sample::{press, selected, type_in};
use crate::tui::screens::picker::{Row, View, list};
use crate::tui::state::{Overlay, State};
use crate::tui::update::update;
use crate::tui::{Outcome, sample};

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
fn a_move_of_the_cursor_searches_for_nothing_else() {
    let mut state = sample::loaded();
    type_in(&mut state, "pay");
    press(&mut state, Action::Down);
    let chosen = selected(&state);
    press(&mut state, Action::LineStart);
    assert_eq!(selected(&state), chosen);
    let key = |state: &State| state.key(Action::Export);
    assert_eq!(key(&state), "", "Ctrl-E goes to the end of what is typed");
    assert_eq!(state.key(Action::LineEnd), "Ctrl-E");
    press(&mut state, Action::LineEnd);
    assert_eq!(key(&state), "Ctrl-E");
}

#[test]
fn a_view_without_a_match_tells_of_those_in_all() {
    let mut state = sample::external();
    list::show(&mut state, View::External);
    type_in(&mut state, "staging");
    assert!(state.picker.hits.is_empty());
    assert_eq!(state.picker.elsewhere, 2);
    list::show(&mut state, View::All);
    assert_eq!((state.picker.hits.len(), state.picker.elsewhere), (2, 0));
    list::show(&mut state, View::External);
    assert_eq!(state.picker.elsewhere, 2);
    type_in(&mut state, "zzz");
    assert_eq!(state.picker.elsewhere, 0);
}

#[test]
fn each_name_of_a_portal_shows_its_rows() {
    let mut state = sample::loaded();
    let portals = ["acme", "two"].map(|name| {
        let mut session = sample::session("acme", true);
        session.portal.name = name.into();
        session
    });
    let of = portals.clone().map(|session| session.portal);
    state.catalog.instances = Instances::new(&of, |_| None);
    state.facts.sessions = portals.to_vec();
    list::rebuild(&mut state);
    list::only(&mut state, &"acme".into());
    let rows = state.picker.hits.len();
    assert!(rows > 0);
    list::only(&mut state, &"two".into());
    assert_eq!(state.picker.hits.len(), rows);
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
        matches!(state.picker.items.get(state.picker.rows[0]), Some(Item::Entry(entry)) if &*entry.account_name == "AAA first")
    );
}

fn shown(state: &State) -> Vec<String> {
    let rows = state.rows_from(0);
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
fn groups_fold_and_a_search_is_flat() {
    let mut state = sample::external();
    let flat = shown(&state).len();
    press(&mut state, Action::Group);
    let rows = shown(&state);
    assert_eq!(rows.len(), flat + 6, "{rows:?}");
    assert_eq!(rows[0], "Data Lake");
    press(&mut state, Action::First);
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
    press(&mut state, Action::First);
    assert!(matches!(state.selected(), Some(Row::Head(_))));
    press(&mut state, Action::SignInOut);
    assert!(
        matches!(&state.overlays[..], [Overlay::SignIn(screen)] if &*screen.portal.name == "acme")
    );
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
    press(&mut state, Action::First);
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
    press(&mut again, Action::First);
    press(&mut again, Action::CursorRight);
    assert_eq!(rows(&again), rows(&state) + 1);
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
fn the_active_view_has_the_sessions_below_the_profiles() {
    let mut state = sample::loaded();
    state.facts.sessions.push(sample::session("client", false));
    list::show(&mut state, View::Active);
    let rows = |state: &State| -> Vec<String> {
        let hits = state.picker.hits.iter_from(0);
        hits.map(|hit| match state.row(hit) {
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

/// The events of a listing, up to its end or not.
fn first_listing(portal: &str, ends: bool) -> Vec<CatalogEvent> {
    let mut events = sample::listing(
        portal,
        &[
            ("111111111111", "Alpha", &["Admin", "Reader"]),
            ("222222222222", "Beta", &["Admin"]),
        ],
    );
    if !ends {
        events.pop();
    }
    events
}

#[test]
fn the_first_row_stays_selected_while_a_list_grows() {
    let mut state = sample::empty();
    let own = crate::domain::own::Own {
        name: "default".into(),
        via: crate::domain::own::Via::Keys,
        account: None,
        role: None,
        leads_to: None,
        asks_for: None,
        trouble: None,
    };
    state.catalog.set_own(vec![own]);
    list::take_items(&mut state);
    let facts = crate::tui::msg::Facts {
        sessions: vec![sample::session("acme", true)],
        ..Default::default()
    };
    update(&mut state, Msg::Facts(Ok(facts)));
    assert_eq!(&*selected(&state).source, "default");
    update(&mut state, Msg::Catalog(first_listing("acme", false)));
    assert_eq!(state.picker.selected, 0, "the user has not moved");
    let end = first_listing("acme", true).pop();
    update(&mut state, Msg::Catalog(end.into_iter().collect()));
    assert_eq!(state.picker.selected, 0);
    assert_eq!(&*selected(&state).role, "Admin");
    // A list that stands: the row that is read stays selected.
    let first = selected(&state);
    let mut events = first_listing("acme", true);
    let more = sample::listing("acme", &[("000000000001", "AAA first", &["Admin"])]);
    events.splice(1..1, more.into_iter().skip(1).take(2));
    update(&mut state, Msg::Catalog(events));
    assert_eq!(selected(&state), first);
    assert_eq!(state.picker.selected, 1);
    // A row that the user moved to is followed in any case.
    press(&mut state, Action::Last);
    let last = selected(&state);
    assert_eq!(&*last.source, "default");
    update(&mut state, Msg::Catalog(first_listing("beta", false)));
    assert_eq!(selected(&state), last);
}
