//! Given a state, when messages come, then facts and effects.

use crate::tui::action::Action;
use crate::tui::msg::{Effect, Msg};
use crate::tui::sample;
use crate::tui::sample::{press, type_in};
use crate::tui::screens::help::update::{Row as HelpRow, Run, rows as help_rows};
use crate::tui::screens::picker::{View, list};
use crate::tui::state::{Overlay, State};
use crate::tui::update::update;

#[test]
fn help_finds_and_runs() {
    let mut state = sample::loaded();
    press(&mut state, Action::Help);
    type_in(&mut state, "subshell");
    assert_eq!(help(&state).len(), 1);
    assert!(matches!(
        press(&mut state, Action::Accept)[..],
        [Effect::Subshell(_)]
    ));
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

/// The rows of help in front.
fn help(state: &State) -> Vec<HelpRow> {
    let Some(Overlay::Help(help)) = state.overlays.last() else {
        panic!("{:?}", state.overlays)
    };
    help_rows(state, help)
}

#[test]
fn both_keys_open_help_and_close_it() {
    for (open, close) in [
        (Action::Help, Action::Palette),
        (Action::Palette, Action::Help),
        (Action::Help, Action::Back),
    ] {
        let mut state = sample::loaded();
        press(&mut state, Action::Help);
        let by_help = help(&state);
        let mut state = sample::loaded();
        press(&mut state, open);
        assert_eq!(help(&state), by_help);
        press(&mut state, close);
        assert!(state.overlays.is_empty(), "{open:?}, {close:?}");
    }
}

#[test]
fn help_finds_actions_by_other_words() {
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
        ("colour", Action::Settings),
        ("color", Action::Settings),
        ("sync", Action::Sync),
        ("save", Action::Use),
        ("write profiles save", Action::Sync),
        ("help", Action::Help),
        ("mfa", Action::Refresh),
        ("the entry pin", Action::Pin),
    ] {
        let mut state = sample::loaded();
        state.exports = wanted == Action::Export;
        press(&mut state, Action::Palette);
        type_in(&mut state, words);
        let Some(Overlay::Help(screen)) = state.overlays.last() else {
            panic!()
        };
        let selected = screen.selected;
        assert_eq!(help(&state)[selected].run, Run::Action(wanted), "{words}");
    }
}

#[test]
fn what_cannot_be_done_says_why_and_does_nothing() {
    let reason = |state: &mut State, action: Action| {
        press(state, Action::Help);
        let rows = help(state);
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
        reason(&mut state, Action::Here),
        Some("this shell has no role")
    );
    // A portal alone, nobody is signed in.
    state.facts.sessions = vec![sample::session("acme", false)];
    assert_eq!(reason(&mut state, Action::Reload), None);
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
    // An app whose roles are not known.
    let mut vendor = sample::external();
    press(&mut vendor, Action::Last);
    assert_eq!(reason(&mut vendor, Action::Console), None);
    assert_eq!(
        reason(&mut vendor, Action::Pin),
        Some("its roles are not known yet")
    );
    assert_eq!(reason(&mut vendor, Action::Export), Some("it needs rdx"));
    // A session is signed in to.
    let mut session = sample::loaded();
    list::show(&mut session, View::Active);
    press(&mut session, Action::Last);
    assert_eq!(reason(&mut session, Action::Refresh), None);
    press(&mut state, Action::Help);
    type_in(&mut state, "subshell");
    assert_eq!(press(&mut state, Action::Accept), []);
    assert!(
        matches!(state.overlays[..], [Overlay::Help(_)]),
        "it stays open and says why"
    );
}

#[test]
fn the_footer_offers_what_enter_and_escape_do() {
    let mut state = sample::loaded();
    press(&mut state, Action::Palette);
    for (typed, run, back) in [
        ("", true, "back"),
        ("refresh", true, "clear"),
        (" zzz", false, "clear"),
    ] {
        type_in(&mut state, typed);
        let hints = state.front().hints(&state);
        assert_eq!(hints.contains(&(Action::Accept, "run")), run, "{typed}");
        assert!(hints.contains(&(Action::Back, back)), "{typed}");
    }
}

#[test]
fn help_over_a_dialog_has_the_keys_of_the_dialog() {
    let mut state = sample::signing_in();
    press(&mut state, Action::Help);
    let rows = help(&state);
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
    assert!(matches!(state.overlays[..], [Overlay::Help(_)]));
}
