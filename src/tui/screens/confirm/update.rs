//! The answer to a question.

use super::{Confirm, Yes};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::msg::Effect;
use crate::tui::screens::picker::entry;
use crate::tui::screens::sync;
use crate::tui::state::{Reducer, Screen, State};

impl Screen for Confirm {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Confirm, Context::QueryEmpty]
    }

    fn reducer(&self) -> Reducer {
        Reducer::keys(key)
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(screen) = state.screen_mut::<Confirm>() else {
        return Vec::new();
    };
    let yes = screen.yes.clone();
    match action {
        Action::Yes => {
            state.close();
            confirmed(state, yes)
        }
        Action::Back | Action::Accept => {
            state.close();
            match yes {
                Yes::GoOn => vec![Effect::Answer(false)],
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

fn confirmed(state: &mut State, yes: Yes) -> Vec<Effect> {
    match yes {
        Yes::Overwrite(id) => {
            let ticket = state.next_ticket();
            state.picker.busy.insert(id.clone(), ticket);
            vec![Effect::Use {
                ticket,
                id,
                overwrite: true,
            }]
        }
        Yes::SignOut(portal) => vec![Effect::SignOut(portal)],
        Yes::RemovePortal(name) => vec![Effect::RemovePortal(name)],
        Yes::RemoveApp(name) => vec![Effect::RemoveApp(name)],
        Yes::SignOutOfConsole(profile) => vec![Effect::SignOutOfConsole(profile)],
        Yes::Forget(name) => vec![Effect::Forget(name)],
        Yes::Sync => sync::update::confirmed(state),
        Yes::GoOn => vec![Effect::Answer(true)],
        Yes::Guarded(then) => entry::confirmed(state, then),
    }
}
