//! Help of a dialog: what it offers can be done, and of the rest it tells why not.

use super::*;
use crate::tui::action::Group;
use crate::tui::screens::help::Help;
use crate::tui::screens::help::update::{Run, all_rows};

type Make = fn() -> State;

/// Dialogs in each of their stages.
const DIALOGS: [(&str, Make); 27] = [
    ("sign-in", || sign_in(SignInStage::Ready)),
    ("sign-in, asking", || sign_in(SignInStage::Registering(1))),
    ("sign-in with a code", sample::signing_in),
    ("sign-in with a code, demo", || {
        let mut state = sample::signing_in();
        state.demo = true;
        state
    }),
    ("sign-in in a browser", || {
        sign_in(SignInStage::Browser {
            ticket: 1,
            page: sample::page(),
            browser: None,
        })
    }),
    ("sign-in that failed", || {
        sign_in(SignInStage::Failed(sample::problem(ProblemKind::Offline)))
    }),
    ("console", || {
        key(sample::loaded(), &[Action::ConsoleSignIn])
    }),
    ("console, starting", || console_sign_in(Vec::new())),
    ("console here", || {
        console_sign_in(vec![console_page(false)])
    }),
    ("console elsewhere", || {
        console_sign_in(vec![console_page(true)])
    }),
    ("console elsewhere, pasted", || {
        typed(console_sign_in(vec![console_page(true)]), "text")
    }),
    ("capture", || capturing(CaptureStep::AskingPortal, None)),
    ("capture, pasted", || {
        typed(capturing(CaptureStep::AskingPortal, None), "text")
    }),
    ("roles", choosing_role),
    ("settings, reading", || {
        key(sample::loaded(), &[Action::Settings])
    }),
    ("settings", changing_settings),
    ("no messages", || key(sample::loaded(), &[Action::Messages])),
    ("messages", messages),
    ("portals", || key(sample::external(), &[Action::Portals])),
    ("no portals", || key(sample::empty(), &[Action::Portals])),
    ("regions", choosing_region),
    ("regions, none", || typed(choosing_region(), "zzz")),
    ("address", address),
    ("address, hidden", || {
        without_browser("ext:Partner Prod/210987654321/Operator")
    }),
    ("sync", || planned(plan())),
    ("sync, planning", || key(sample::loaded(), &[Action::Sync])),
    ("portal", || {
        key(sample::loaded(), &[Action::Portals, Action::Edit])
    }),
];

/// The part of a state that a user sees.
fn seen(state: &State) -> String {
    format!("{:?} {:?}", state.overlays, state.toasts)
}

#[test]
fn help_of_a_dialog_offers_what_can_be_done() {
    for (name, make) in DIALOGS {
        let state = key(make(), &[Action::Help]);
        let rows = all_rows(&state, state.screen::<Help>().unwrap());
        for (action, word) in state.below().hints(&state) {
            let row = rows.iter().find(|row| row.run == Run::Action(action));
            let label = row.map_or(word, |row| &row.label);
            assert_eq!(label, word, "{name}: as the footer says it");
        }
        for row in rows.iter().filter(|row| row.group == Group::Screen) {
            let Run::Action(action) = row.run else {
                panic!("{row:?}")
            };
            let mut state = make();
            let before = seen(&state);
            let effects = update(&mut state, Msg::Key(action));
            let does_something = !effects.is_empty() || seen(&state) != before;
            assert_eq!(
                row.unavailable.is_none(),
                does_something,
                "{name}, {action:?}: {:?}",
                row.unavailable
            );
        }
    }
}

#[test]
fn no_message_hides_a_qr_code_or_a_sign_in_code() {
    let theme = theme(&[]);
    let qr = |screen: &str| screen.matches(['\u{2588}', '\u{2580}', '\u{2584}']).count();
    let long = "a message that is so long that it does not fit into one row of a terminal of eighty columns";
    for make in [sample::signing_in, address] {
        for size in [
            (100, 30),
            (80, 26),
            (80, 25),
            (80, 24),
            (80, 23),
            (40, 10),
            (30, 6),
        ] {
            let mut state = make();
            let before = text(&frame(&mut state, size, &theme));
            for (message, start) in [("copied", "copied"), (long, "a mess")] {
                update(&mut state, Msg::Warning(message.to_owned()));
                let after = text(&frame(&mut state, size, &theme));
                let case = format!("{message} at {size:?}\n{after}");
                assert_eq!(qr(&before), qr(&after), "{case}");
                let has_code = |screen: &str| screen.replace(' ', "").contains("ABCD-EFGH");
                assert_eq!(has_code(&before), has_code(&after), "{case}");
                assert!(after.contains(start), "{case}");
            }
        }
    }
}
