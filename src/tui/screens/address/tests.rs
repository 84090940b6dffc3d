//! Given a state, when messages come, then facts and effects.

use crate::domain::{EntryId, Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::msg::{Effect, Msg};
use crate::tui::sample;
use crate::tui::sample::press;
use crate::tui::update::update;

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
    let copied = [Effect::CopySecret(address)];
    assert_eq!(
        update(&mut state, Msg::ConsoleAddress { ticket, result }),
        copied
    );
    assert_eq!(press(&mut state, Action::Copy), copied);
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
    let again = [Effect::Console(id.clone())];
    assert_eq!(press(&mut state, Action::OpenPage), again);
    assert_eq!(state.overlays.len(), 1, "it stays until a browser is open");
    state.toasts.clear();
    assert_eq!(update(&mut state, opened(&id)), []);
    let said = &state.toasts.last().unwrap().text;
    assert_eq!(said, "no browser was opened: no display");
    let result = Ok(());
    update(&mut state, Msg::Console { id, result });
    assert!(state.overlays.is_empty());
}
