//! Groups: their rows, their heads, and the selection in them.

use crate::domain::EntryId;
use crate::tui::action::Action;
use crate::tui::msg::{Effect, Msg};
use crate::tui::sample::{self, press, selected, type_in};
use crate::tui::screens::picker::{Head, Row, View, fold, list};
use crate::tui::state::State;
use crate::tui::update::update;

fn heads(state: &State) -> Vec<Head> {
    let heads = state.rows_from(0).filter_map(|row| match row {
        Row::Head(head) => Some(head),
        Row::Item(_) | Row::Session(_) => None,
    });
    heads.collect()
}

/// Name, number and entries of each head.
fn told(state: &State) -> Vec<(String, String, u32)> {
    let told = |head: Head| {
        let account = head.account.map(|account| account.to_string());
        (
            head.name.to_string(),
            account.unwrap_or_default(),
            head.entries,
        )
    };
    heads(state).into_iter().map(told).collect()
}

#[test]
fn the_row_that_was_moved_to_stays_selected() {
    let mut state = sample::loaded();
    let first = selected(&state);
    for _ in 0..3 {
        press(&mut state, Action::Group);
        assert_eq!(selected(&state), first, "no head takes the selection");
    }
    for _ in 0..3 {
        press(&mut state, Action::Down);
    }
    let id = selected(&state);
    for _ in 0..3 {
        press(&mut state, Action::Group);
        assert_eq!(selected(&state), id);
    }
    press(&mut state, Action::NextView);
    assert_eq!(
        (state.picker.view, selected(&state)),
        (View::Organizations, id.clone())
    );
    press(&mut state, Action::PreviousView);
    assert_eq!(selected(&state), id);
    type_in(&mut state, "a");
    press(&mut state, Action::Down);
    let id = selected(&state);
    press(&mut state, Action::DeleteLine);
    assert_eq!(selected(&state), id);
    type_in(&mut state, "a");
    assert_eq!(state.picker.selected, 0, "the best result");
}

#[test]
fn a_grouped_list_begins_with_an_entry() {
    let mut state = sample::loaded();
    press(&mut state, Action::Group);
    press(&mut state, Action::NextView);
    assert!(matches!(state.selected(), Some(Row::Item(_))), "a view");
    press(&mut state, Action::PreviousView);
    type_in(&mut state, "a");
    press(&mut state, Action::DeleteLine);
    assert!(matches!(state.selected(), Some(Row::Item(_))), "a search");
}

#[test]
fn a_search_is_not_grouped() {
    let mut state = sample::loaded();
    type_in(&mut state, "a");
    let look = state.picker.look.clone();
    assert_eq!(press(&mut state, Action::Group), []);
    assert_eq!(state.picker.look, look);
    assert_eq!(state.toasts[0].text, "groups are shown without a search");
}

#[test]
fn the_active_view_is_not_grouped() {
    let mut state = sample::loaded();
    list::show(&mut state, View::Active);
    let look = state.picker.look.clone();
    assert_eq!(press(&mut state, Action::Group), []);
    assert_eq!(state.picker.look, look);
    let said = state.toasts.last().map(|toast| &*toast.text);
    assert_eq!(said, Some("the active view has no groups"));
    press(&mut state, Action::Help);
    type_in(&mut state, "group by");
    assert_eq!(press(&mut state, Action::Accept), []);
    assert_eq!(state.picker.look, look, "help does not run it either");
}

#[test]
fn a_folded_group_is_selected_for_its_rows() {
    let mut state = sample::loaded();
    press(&mut state, Action::Last);
    press(&mut state, Action::Up);
    let id = selected(&state);
    press(&mut state, Action::Group);
    press(&mut state, Action::CursorLeft);
    let Some(Row::Head(head)) = state.selected() else {
        panic!("{:?}", state.selected())
    };
    press(&mut state, Action::Group);
    assert_eq!(selected(&state).account, id.account, "its first entry");
    press(&mut state, Action::Group);
    press(&mut state, Action::Group);
    assert!(matches!(state.selected(), Some(Row::Head(again)) if again.key == head.key));
}

#[test]
fn keys_of_entries_leave_heads_alone() {
    let mut state = sample::loaded();
    press(&mut state, Action::Group);
    press(&mut state, Action::First);
    for action in [
        Action::Refresh,
        Action::Pin,
        Action::Subshell,
        Action::Export,
        Action::Console,
        Action::Copy,
        Action::Region,
        Action::Forget,
    ] {
        state.toasts.clear();
        assert_eq!(press(&mut state, action), [], "{action:?}");
        assert_eq!(state.toasts[0].text, "select an entry first");
    }
    assert!(heads(&state).iter().all(|head| !head.folded));
    let effects = press(&mut state, Action::Use);
    assert!(matches!(effects[..], [Effect::KeepLook(_)]));
    assert!(heads(&state)[0].folded);
}

#[test]
fn a_head_counts_entries() {
    let mut state = sample::external();
    press(&mut state, Action::Group);
    let entries = |name: &str| {
        let heads = told(&state);
        let head = heads.iter().find(|(head, _, _)| head == name);
        head.map(|(_, _, entries)| *entries)
    };
    assert_eq!(entries("Payments Prod"), Some(2));
    assert_eq!(entries("Sandbox"), Some(1), "and a remark");
    assert_eq!(entries("Vendor"), Some(0), "its roles are not known");
}

#[test]
fn own_profiles_are_grouped() {
    let mut state = sample::own();
    let mut own: Vec<_> = state
        .catalog
        .own
        .values()
        .map(|own| (**own).clone())
        .collect();
    own[0].account = Some("111111111111".parse().unwrap());
    own[1].account = None;
    own.push(crate::domain::own::Own {
        name: "keys".into(),
        account: None,
        ..own[2].clone()
    });
    state.catalog.set_own(own);
    list::rebuild(&mut state);
    press(&mut state, Action::Group);
    let heads = told(&state);
    let head = |name: &str, account: &str, entries| (name.to_owned(), account.to_owned(), entries);
    assert!(
        heads.contains(&head("Payments Prod", "111111111111", 3)),
        "{heads:?}"
    );
    assert!(heads.contains(&head("", "555566667777", 1)), "{heads:?}");
    assert!(heads.contains(&head("own profiles", "", 2)), "{heads:?}");
    press(&mut state, Action::Group);
    assert!(told(&state).contains(&head("own profiles", "", 4)));
}

#[test]
fn only_the_group_of_this_shells_role_is_unfolded() {
    let mut state = sample::loaded();
    let wanted: EntryId = "org:acme/333333333333/ReadOnlyAccess".parse().unwrap();
    state.here = Some(wanted.clone());
    press(&mut state, Action::Group);
    for head in heads(&state) {
        fold::toggle(&mut state, &head.key);
    }
    let all = heads(&state).len();
    let effects = press(&mut state, Action::Here);
    assert!(matches!(&effects[..], [Effect::KeepLook(look)] if look.folded.len() == all - 1));
    assert_eq!(selected(&state), wanted);
    assert_eq!(
        heads(&state).iter().filter(|head| head.folded).count(),
        all - 1
    );
}

#[test]
fn the_sessions_fold() {
    let mut state = sample::loaded();
    list::show(&mut state, View::Active);
    let rows = state.picker.hits.len();
    press(&mut state, Action::Last);
    press(&mut state, Action::CursorLeft);
    assert!(matches!(state.selected(), Some(Row::Head(head)) if head.folded));
    assert_eq!(state.picker.hits.len(), rows - 1);
    press(&mut state, Action::CursorRight);
    assert_eq!(state.picker.hits.len(), rows);
    press(&mut state, Action::First);
    assert_eq!(
        press(&mut state, Action::CursorLeft),
        [],
        "a profile has no head"
    );
}

/// The head of each row, and what the row is.
fn rows_below_heads(state: &State) -> Vec<(String, String)> {
    let mut head = String::new();
    let mut found = Vec::new();
    for row in state.rows_from(0) {
        match row {
            Row::Head(of) => head = of.key.to_string(),
            row => found.push((head.clone(), format!("{:?}", row.key()))),
        }
    }
    found
}

#[test]
fn rows_stand_below_the_head_of_their_group_whatever_comes_first() {
    let mut state = sample::external();
    // A second portal lists an account of the first one.
    let again = sample::listing(
        "other",
        &[("111111111111", "Payments Prod", &["Auditor", "Owner"])],
    );
    update(&mut state, Msg::Catalog(again));
    state.refreshing.clear();
    let items = state.picker.items.iter();
    let ids: Vec<EntryId> = items.filter_map(|item| item.id().cloned()).collect();
    // The first of some groups and the last of others.
    state
        .facts
        .history
        .pins
        .extend(ids.iter().skip(1).step_by(3).cloned());
    for grouping in ["account", "portal"] {
        press(&mut state, Action::Group);
        let rows = rows_below_heads(&state);
        assert_eq!(rows.len(), state.picker.items.len(), "{grouping}");
        let heads: Vec<_> = heads(&state).into_iter().map(|head| head.key).collect();
        for (at, head) in heads.iter().enumerate() {
            assert!(!heads[..at].contains(head), "{head} is there twice");
            // A head is found by the same key as its rows.
            fold::toggle(&mut state, head);
            assert!(
                matches!(state.selected(), Some(Row::Head(selected)) if selected.key == *head && selected.folded),
                "{head}"
            );
            let without: Vec<_> = rows
                .iter()
                .filter(|(of, _)| *of != head.to_string())
                .collect();
            assert!(rows_below_heads(&state).iter().eq(without), "{head}");
            fold::toggle(&mut state, head);
            assert_eq!(rows_below_heads(&state), rows, "{head}");
        }
    }
    let heads: Vec<_> = told(&state).into_iter().map(|(name, _, _)| name).collect();
    assert!(heads.contains(&"other".to_owned()), "{heads:?}");
}

#[test]
fn groups_follow_what_is_listed() {
    let mut state = sample::loaded();
    press(&mut state, Action::Group);
    let before = heads(&state).len();
    let more = sample::listing("more", &[("555555555555", "Archive", &["Auditor"])]);
    update(&mut state, Msg::Catalog(more));
    assert_eq!(heads(&state).len(), before + 1);
    assert!(told(&state).contains(&("Archive".to_owned(), "555555555555".to_owned(), 1)));
}
