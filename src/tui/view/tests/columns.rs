//! The columns of the list, the details beside them, and the views above them.

use super::*;
use crate::domain::Label;
use crate::domain::profile::{ManagedProfile, Mode};
use crate::domain::text::width;
use crate::tui::layout::regions;

/// Accounts of an agency, of two portals; `live` roles of the first of them have credentials.
fn agency(live: usize) -> State {
    let roles = &["AdministratorAccess", "PowerUserAccess"][..];
    let names = ["Checkout Dev", "Checkout Prod", "Data Lake Prod"];
    let ids = ["434015698971", "815981710230", "378287608899"];
    let accounts: Vec<_> = ids
        .into_iter()
        .zip(names)
        .map(|(id, name)| (id, name, roles))
        .collect();
    let mut state = sample::empty();
    update(
        &mut state,
        Msg::Catalog(sample::listing("agency", &accounts)),
    );
    let profiles = ids.into_iter().take(live).map(|id| ManagedProfile {
        is_main: true,
        is_region_assumed: false,
        obtained_at: Some(sample::at(-60)),
        name: format!("AdministratorAccess-{id}"),
        entry: format!("org:agency/{id}/AdministratorAccess")
            .parse()
            .unwrap(),
        mode: Mode::Sso,
        expires_at: Some(sample::at(3_600)),
        region: None,
    });
    let facts = Facts {
        sessions: vec![
            sample::session("agency", true),
            sample::session("client", false),
        ],
        profiles: profiles.collect(),
        ..Facts::default()
    };
    update(&mut state, Msg::Facts(Ok(facts)));
    state.refreshing.clear();
    state
}

fn screen(state: &mut State, size: (u16, u16)) -> String {
    text(&frame(state, size, &theme(&[])))
}

fn line_of<'a>(screen: &'a str, part: &str) -> &'a str {
    let line = screen.lines().find(|line| line.contains(part));
    line.unwrap_or_else(|| panic!("no {part}:\n{screen}"))
}

/// The columns before a part of a line.
fn column_of(line: &str, part: &str) -> usize {
    let parts = line.split_once(part);
    width(parts.unwrap_or_else(|| panic!("no {part}: {line}")).0)
}

#[test]
fn the_number_of_an_account_goes_before_its_portal_and_wide_details() {
    for live in [0, 1] {
        let mut state = agency(live);
        let shown = screen(&mut state, (100, 30));
        let line = line_of(&shown, "AdministratorAccess  ");
        assert!(line.contains("434015698971"), "{shown}");
        assert!(!line.contains(" agency"), "{shown}");
        assert_eq!(line.contains("60:00"), live > 0, "{shown}");
        assert_eq!(regions(&state).details.width, 40);
    }
    // Where the number has no place even so, nothing of less use takes it.
    let mut state = agency(1);
    let name = "An account with a name that is really long";
    let long = sample::listing(
        "agency",
        &[("111122223333", name, &["AdministratorAccess"])],
    );
    update(&mut state, Msg::Catalog(long));
    let shown = screen(&mut state, (100, 30));
    let line = line_of(&shown, "really long");
    assert!(!line.contains(" agency"), "{shown}");
    assert!(line.contains("AdministratorAccess "), "{shown}");
}

#[test]
fn a_row_at_work_takes_no_column_away() {
    for size in [(100, 30), (60, 20), (40, 12)] {
        let mut state = agency(0);
        let before = screen(&mut state, size);
        let number = |shown: &str| shown.matches("434015698971").count();
        sample::press(&mut state, Action::Use);
        list::rebuild(&mut state);
        let shown = screen(&mut state, size);
        assert_eq!(number(&shown), number(&before), "{before}\n{shown}");
    }
    let mut state = agency(1);
    sample::press(&mut state, Action::Use);
    assert!(screen(&mut state, (120, 30)).contains("working"));
}

#[test]
fn an_account_with_a_blank_name_has_its_number_once() {
    let mut state = sample::empty();
    let listing = sample::listing("agency", &[("434015698971", "  ", &["Admin"])]);
    update(&mut state, Msg::Catalog(listing));
    let facts = Facts {
        sessions: vec![sample::session("agency", true)],
        ..Facts::default()
    };
    update(&mut state, Msg::Facts(Ok(facts)));
    let shown = screen(&mut state, (80, 24));
    let row = line_of(&shown, "434015698971");
    assert_eq!(row.matches("434015698971").count(), 1, "{shown}");
}

#[test]
fn a_signed_out_portal_leads_to_its_sign_in_first() {
    let mut state = agency(0);
    state.facts.sessions[0].signed_in = false;
    let shown = screen(&mut state, (40, 15));
    assert!(shown.contains("Enter use  Ctrl-L sign in"), "{shown}");
}

#[test]
fn a_long_name_is_cut_before_the_numbers_of_all_accounts_go() {
    let mut state = agency(1);
    let name = "An account with a name that is really long";
    let long = sample::listing("client", &[("111122223333", name, &["Ops"])]);
    update(&mut state, Msg::Catalog(long));
    let shown = screen(&mut state, (80, 24));
    assert!(
        line_of(&shown, "An account with").contains("111122223333"),
        "{shown}"
    );
    let line = line_of(&shown, "60:00");
    assert!(
        line.contains("434015698971  AdministratorAccess"),
        "{shown}"
    );
    // What is free is the name's.
    let number = |screen: &str| column_of(line_of(screen, "An account with"), "111122223333");
    let wider = screen(&mut state, (85, 24));
    assert_eq!(number(&wider), number(&shown) + 5, "{wider}");
    // It is whole where there is room.
    let shown = screen(&mut state, (160, 24));
    assert!(line_of(&shown, "111122223333").contains(name), "{shown}");
}

#[test]
fn the_bar_of_a_profile_shrinks_before_the_number_of_its_account_goes() {
    for (size, has_bar) in [((80, 24), true), ((66, 24), false)] {
        let mut state = key(agency(2), &[Action::PreviousView; 3]);
        let shown = screen(&mut state, size);
        for id in ["434015698971", "815981710230"] {
            let line = line_of(&shown, id);
            assert_eq!(line.contains('█'), has_bar, "{shown}");
            assert!(line.contains("AdministratorAccess"), "{shown}");
        }
    }
}

#[test]
fn a_narrow_active_view_keeps_names_and_shows_sessions_below_their_head() {
    let mut state = key(agency(2), &[Action::PreviousView; 3]);
    let shown = screen(&mut state, (40, 10));
    for name in ["Checkout Dev ", "Checkout Prod "] {
        let line = line_of(&shown, name);
        assert!(line.contains("60:00") && !line.contains('█'), "{shown}");
    }
    assert!(line_of(&shown, "sessions").contains("sessions  2"));
    assert!(line_of(&shown, "7:05:00").contains("├ agency"), "{shown}");
    assert!(
        line_of(&shown, "signed out").contains("└ client"),
        "{shown}"
    );
    // The account of a row is not named by the head of the sessions.
    let mut state = key(state, &[Action::Group]);
    let shown = screen(&mut state, (40, 10));
    assert!(line_of(&shown, "7:05:00").contains("├ agency"), "{shown}");
    assert!(line_of(&shown, "60:00").contains("Checkout"), "{shown}");
}

#[test]
fn a_row_of_a_group_uses_the_room_up_to_its_last_column() {
    let mut state = agency(1);
    let label = Label {
        alias: Some("Prod".into()),
        tags: Vec::new(),
    };
    for id in ["434015698971", "378287608899"] {
        let label = std::sync::Arc::new(label.clone());
        state.catalog.labels.insert(id.parse().unwrap(), label);
    }
    state.guard = vec!["*Prod*".to_owned()];
    update(&mut state, Msg::Catalog(Vec::new()));
    let mut state = key(state, &[Action::Group]);
    let shown = screen(&mut state, (40, 10));
    let live = line_of(&shown, "60:00");
    assert!(live.contains("├ AdministratorAccess ▲"), "{shown}");
    assert!(shown.contains("└ PowerUserAccess ▲"), "{shown}");
    let shown = screen(&mut state, (30, 6));
    assert!(shown.contains("└ PowerUserAccess ▲"), "{shown}");
    // The head of a portal tells how many roles it has.
    let mut state = key(state, &[Action::Group]);
    let shown = screen(&mut state, (40, 10));
    assert!(line_of(&shown, "▾ agency").contains("6 roles"), "{shown}");
}

#[test]
fn new_credentials_of_an_hour_move_no_column() {
    for columns in [100, 104, 110, 120] {
        let mut state = agency(0);
        let before = screen(&mut state, (columns, 30));
        let Facts { profiles, .. } = agency(1).facts;
        let facts = Facts {
            profiles,
            ..state.facts.clone()
        };
        update(&mut state, Msg::Facts(Ok(facts)));
        let divider = |screen: &str| column_of(line_of(screen, "Data Lake Prod"), "\u{2502}");
        for seconds in [0, 1] {
            update(&mut state, Msg::Tick(sample::at(seconds)));
            let shown = screen(&mut state, (columns, 30));
            let line = line_of(&shown, "Checkout Dev");
            assert!(line.contains("434015698971"), "{shown}");
            assert_eq!(divider(&shown), divider(&before), "{shown}");
        }
        let state = key(state, &[Action::NextView, Action::PreviousView]);
        let shown = screen(&mut { state }, (columns, 30));
        assert_eq!(divider(&shown), divider(&before), "{shown}");
    }
}

#[test]
fn a_very_wide_screen_is_drawn() {
    let mut state = agency(1);
    state.size = (u16::MAX, 30);
    assert!(regions(&state).details.width >= 36);
}

#[test]
fn a_remark_is_whole_where_there_are_blanks_before_it() {
    let mut state = sample::external();
    for size in [(100, 30), (52, 16)] {
        let shown = screen(&mut state, size);
        let line = line_of(&shown, "Vendor");
        assert!(line.contains("Enter: find a role, use it"), "{shown}");
    }
}

#[test]
fn remarks_begin_in_one_column_and_are_cut_at_their_end() {
    use crate::domain::own::{Own, Via};
    let own = |name: &str, trouble: &str| Own {
        name: name.into(),
        via: Via::Role,
        account: None,
        role: None,
        leads_to: None,
        asks_for: None,
        trouble: Some(trouble.into()),
    };
    let mut state = sample::external();
    state.catalog.set_own(vec![
        own("loop-a", "its sources form a loop at loop-a"),
        own(
            "lost",
            "sso_session of lost names lost-and-never-found-again, which does not exist",
        ),
    ]);
    list::rebuild(&mut state);
    for size in [(100, 30), (80, 24), (52, 16), (40, 16)] {
        let shown = screen(&mut state, size);
        let start = |name: &str, remark: &str| column_of(line_of(&shown, name), remark);
        let vendor = start("Vendor", "Enter:");
        assert_eq!(start("loop-a", "its sour"), vendor, "{shown}");
        assert_eq!(start("lost", "sso_s"), vendor, "{shown}");
    }
}

#[test]
fn the_views_use_the_whole_rule() {
    let mut state = sample::external();
    let shown = screen(&mut state, (100, 30));
    let rule = line_of(&shown, "[All");
    for view in ["Org", "External", "Active", "Pinned", "Profiles"] {
        assert!(rule.contains(view), "{shown}");
    }
}

/// Accounts of one portal, of which some have a long name.
fn many(count: usize, is_long: impl Fn(usize) -> bool) -> State {
    let accounts: Vec<(String, String)> = (0..count)
        .map(|at| {
            let kind = if is_long(at) {
                "Infrastructure"
            } else {
                "Team"
            };
            (
                format!("{:012}", 100_000_000_000 + at),
                format!("{at:05} {kind}"),
            )
        })
        .collect();
    let accounts: Vec<(&str, &str, &[&str])> = accounts
        .iter()
        .map(|(id, name)| (&**id, &**name, &["AdministratorAccess"][..]))
        .collect();
    let mut state = sample::empty();
    update(&mut state, Msg::Catalog(sample::listing("acme", &accounts)));
    let facts = Facts {
        sessions: vec![sample::session("acme", true)],
        ..Facts::default()
    };
    update(&mut state, Msg::Facts(Ok(facts)));
    state
}

#[test]
fn columns_keep_their_place_while_the_list_is_scrolled() {
    let role = |state: &mut State| {
        let shown = screen(state, (80, 24));
        column_of(line_of(&shown, "AdministratorAccess"), "Administrator")
    };
    let mut state = many(120, |at| at == 90);
    let first = role(&mut state);
    assert_eq!(first, 3 + "00090 Infrastructure".len() + 2 + 12 + 2);
    let mut state = key(state, &[Action::Last]);
    assert_eq!(role(&mut state), first);
    let mut state = key(state, &[Action::First]);
    assert_eq!(role(&mut state), first);
    // Very many rows are not measured at once; what was seen is remembered.
    let mut state = many(3_000, |at| at == 2_999);
    let short = role(&mut state);
    assert!(short < first);
    let mut state = key(state, &[Action::Last]);
    assert_eq!(role(&mut state), first);
    let mut state = key(state, &[Action::First]);
    assert_eq!(role(&mut state), first);
    // Another list is measured anew.
    let mut state = typed(state, "team");
    assert_eq!(role(&mut state), short);
}

#[test]
fn large_numbers_are_told_apart_everywhere() {
    let mut state = many(1_234, |_| false);
    let shown = screen(&mut state, (100, 30));
    let rule = line_of(&shown, "[All");
    assert!(rule.contains("[All 1,234]"), "{shown}");
    assert!(rule.contains(" 1,234/1,234 "), "{shown}");
    let mut state = key(state, &[Action::Group, Action::Group, Action::First]);
    let shown = screen(&mut state, (100, 30));
    assert!(shown.contains("hides 1,234 rows"), "{shown}");
}

#[test]
fn a_message_names_the_account_and_its_own_name() {
    let mut state = agency(1);
    let said = |state: &State| state.toasts.last().unwrap().text.clone();
    update(&mut state, Msg::Key(Action::Pin));
    assert_eq!(
        said(&state),
        "AdministratorAccess in Checkout Dev (434015698971) is pinned"
    );
    let label = Label {
        alias: Some("Shop".into()),
        tags: Vec::new(),
    };
    let id = "434015698971".parse().unwrap();
    let label = std::sync::Arc::new(label);
    state.catalog.labels.insert(id, label);
    update(&mut state, Msg::Catalog(Vec::new()));
    let entry = sample::selected(&state);
    let result = Ok(0);
    update(&mut state, Msg::ShellEnded { id: entry, result });
    assert_eq!(
        said(&state),
        "left the subshell of AdministratorAccess in Shop · Checkout Dev (434015698971)"
    );
    let shown = screen(&mut state, (100, 30));
    assert!(shown.contains("│ Shop · Checkout Dev"), "{shown}");
}

#[test]
fn heads_keep_their_counts_above_rows_with_a_time() {
    let mut state = many(3, |_| true);
    let mut facts = state.facts.clone();
    let mut profile = sample::loaded().facts.profiles[1].clone();
    profile.entry = "org:acme/100000000000/AdministratorAccess".parse().unwrap();
    facts.profiles = vec![profile];
    update(&mut state, Msg::Facts(Ok(facts)));
    let mut state = key(state, &[Action::Group]);
    let shown = screen(&mut state, (48, 12));
    let head = line_of(&shown, "00001 Infrastructure");
    assert!(head.contains("1 role"), "{shown}");
    assert!(shown.contains("12:34"), "{shown}");
}

#[test]
fn below_heads_a_region_is_whole_or_left_out() {
    let mut state = agency(1);
    for profile in state.picker.profiles.values_mut() {
        profile.region = Some("eu-central-1".into());
    }
    let mut state = key(state, &[Action::Group]);
    for columns in 40..200 {
        let shown = screen(&mut state, (columns, 24));
        let line = line_of(&shown, "60:00");
        let list = line.split(['│', '|']).next().unwrap();
        assert!(
            list.contains("eu-central-1") || !list.contains("eu-"),
            "{shown}"
        );
    }
    let shown = screen(&mut state, (199, 24));
    assert!(line_of(&shown, "60:00").contains("eu-central-1"), "{shown}");
}
