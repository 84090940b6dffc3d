//! Given a state, when messages come, then facts and effects.

use crate::domain::ProblemKind;
use crate::tui::action::Action;
use crate::tui::msg::{Effect, Msg};
use crate::tui::sample;
use crate::tui::sample::{press, problem};
use crate::tui::screens::messages::Messages;
use crate::tui::state::Overlay;
use crate::tui::update::update;

#[test]
fn what_was_said_can_be_read_again_and_copied() {
    let mut state = sample::loaded();
    press(&mut state, Action::Messages);
    assert!(matches!(state.overlays[..], [Overlay::Messages(_)]));
    assert!(state.toasts.is_empty(), "no message about no messages");
    assert_eq!(press(&mut state, Action::Copy), []);
    assert_eq!(press(&mut state, Action::Back), [], "it closes the list");
    update(&mut state, Msg::Failed(problem(ProblemKind::Service)));
    let failure = problem(ProblemKind::Offline)
        .detail("no route")
        .hint("try again");
    update(&mut state, Msg::Failed(failure.clone()));
    update(&mut state, Msg::Tick(sample::at(600)));
    assert!(state.toasts.is_empty());
    press(&mut state, Action::Messages);
    for copies in 1..=2 {
        assert_eq!(
            press(&mut state, Action::Copy),
            [Effect::Copy(format!("{failure}\nhint: try again"))],
            "the same one is selected"
        );
        assert_eq!(state.toasts.len(), 1);
        assert_eq!(state.message_log.len(), 2 + copies);
    }
    press(&mut state, Action::Down);
    press(&mut state, Action::Down);
    assert!(matches!(
        state.overlays[..],
        [Overlay::Messages(Messages { selected: 3, .. })]
    ));
    press(&mut state, Action::Back);
    assert!(state.overlays.is_empty());
}
