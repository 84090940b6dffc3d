//! The address of a web console: it is copied when it is shown. One that can sign in is asked for only when the user
//! says so.

use super::{Address, AddressStage};
use crate::domain::{EntryId, Problem, Secret};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::state::{Reducer, Screen, State, Tone};

impl Screen for Address {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Address, Context::QueryEmpty]
    }

    fn reducer(&self) -> Reducer {
        Reducer::keys(key)
    }

    fn unavailable(&self, _state: &State, action: Action) -> Option<&'static str> {
        match (action, &self.stage) {
            (Action::Copy | Action::Accept, AddressStage::Asking(_)) => {
                Some("the address is still loading")
            }
            (Action::Copy, AddressStage::Hidden) => Some("the address is not shown yet"),
            (Action::Copy, AddressStage::Failed(_)) => Some("there is no address"),
            (Action::Accept, AddressStage::Shown(_)) => Some("the address is shown already"),
            _ => None,
        }
    }

    fn twice(&self) -> Action {
        match self.stage {
            AddressStage::Shown(_) => Action::Copy,
            _ => Action::Accept,
        }
    }
}

/// Opens the screen after a browser could not be opened. If it is open, the browser was tried again.
pub(crate) fn open(state: &mut State, id: EntryId, problem: &Problem) -> Vec<Effect> {
    if let Some(screen) = state.find_mut(|screen: &Address| screen.id == id) {
        screen.reason = problem.to_string();
        state.notify(Tone::Bad, problem.to_string());
        return Vec::new();
    }
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
            state.notify(Tone::Good, "sent the address to the clipboard".to_owned());
            return vec![Effect::CopySecret(address)];
        }
        (Action::OpenPage, _) => {
            // It was confirmed before, where it is guarded.
            return vec![Effect::Console(screen.id.clone())];
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
        match result {
            Ok(address) => {
                screen.stage = AddressStage::Shown(address.clone());
                return vec![Effect::CopySecret(address)];
            }
            Err(problem) => screen.stage = AddressStage::Failed(problem),
        }
    }
    Vec::new()
}
