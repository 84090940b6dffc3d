//! Given a state, when messages come, then facts and effects.

use crate::domain::ProblemKind;
use crate::tui::action::Action;
use crate::tui::msg::{Effect, Lists, Msg};
use crate::tui::sample;
use crate::tui::sample::{press, problem, type_in};
use crate::tui::state::Overlay;
use crate::tui::update::update;

#[test]
fn settings_are_turned_typed_and_reset() {
    use crate::domain::setting::{SETTINGS, SettingRow};
    let mut state = sample::loaded();
    assert_eq!(
        press(&mut state, Action::Settings),
        [Effect::LoadSettings, Effect::ReadAgain(Lists::None)]
    );
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
    let help = |state: &crate::tui::state::State| state.key(Action::Help);
    press(&mut state, Action::Last);
    assert_eq!(help(&state), "?");
    assert_eq!(press(&mut state, Action::Accept), [], "it is typed");
    assert_eq!(help(&state), "F1", "? is a character of the value");
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
    let has_problem = |state: &crate::tui::state::State| match state.overlays.last() {
        Some(Overlay::Settings(screen)) => screen.problem.is_some(),
        _ => panic!("{:?}", state.overlays),
    };
    press(&mut state, Action::DeleteBack);
    assert!(!has_problem(&state), "it is about what was there before");
    update(&mut state, Msg::Settings(Err(problem(ProblemKind::Usage))));
    press(&mut state, Action::Back);
    assert!(!has_problem(&state), "nothing is edited");
    // A value that is turned, not typed.
    update(&mut state, Msg::Settings(Err(problem(ProblemKind::Usage))));
    press(&mut state, Action::Up);
    assert!(!has_problem(&state), "it is about another row");
    press(&mut state, Action::Back);
    assert!(state.overlays.is_empty());
}
