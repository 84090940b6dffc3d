//! The address of a web console. One that can sign in is asked for and shown only when the user says so.

use super::{Address, AddressStage};
use crate::domain::{EntryId, Problem, Secret};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::state::{Reducer, Screen, State, Tone};

impl Screen for Address {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Address]
    }

    fn reducer(&self) -> Reducer {
        Reducer::keys(key)
    }

    fn twice(&self) -> Action {
        match self.stage {
            AddressStage::Shown(_) => Action::Copy,
            _ => Action::Accept,
        }
    }
}

/// Opens the screen after a browser could not be opened.
pub(crate) fn open(state: &mut State, id: EntryId, problem: &Problem) -> Vec<Effect> {
    let screen = Address {
        id,
        reason: problem.to_string(),
        stage: AddressStage::Hidden,
    };
    let is_secret = screen.is_secret();
    state.open(screen);
    if is_secret { Vec::new() } else { ask(state) }
}

fn ask(state: &mut State) -> Vec<Effect> {
    let ticket = state.next_ticket();
    let Some(screen) = state.screen_mut::<Address>() else {
        return Vec::new();
    };
    screen.stage = AddressStage::Asking(ticket);
    let id = screen.id.clone();
    vec![Effect::ConsoleAddress { ticket, id }]
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(screen) = state.screen_mut::<Address>() else {
        return Vec::new();
    };
    match (action, &screen.stage) {
        (Action::Back, _) => state.close(),
        (Action::Accept, AddressStage::Hidden | AddressStage::Failed(_)) => return ask(state),
        (Action::Copy, AddressStage::Shown(address)) => {
            let address = address.clone();
            state.notify(Tone::Good, "copied the address".to_owned());
            return vec![Effect::CopySecret(address)];
        }
        (Action::OpenPage, _) => {
            // It was confirmed before, where it is guarded.
            let id = screen.id.clone();
            state.close();
            return vec![Effect::Console(id)];
        }
        _ => {}
    }
    Vec::new()
}

/// The answer to [`Effect::ConsoleAddress`].
pub(crate) fn found(
    state: &mut State,
    ticket: Ticket,
    result: Result<Secret, Problem>,
) -> Vec<Effect> {
    let is_asking =
        |screen: &Address| matches!(screen.stage, AddressStage::Asking(open) if open == ticket);
    if let Some(screen) = state.find_mut(is_asking) {
        screen.stage = match result {
            Ok(address) => AddressStage::Shown(address),
            Err(problem) => AddressStage::Failed(problem),
        };
    }
    Vec::new()
}
