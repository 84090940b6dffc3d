//! The portals: signing in and out, and listing their accounts again.

use std::sync::Arc;

use crate::domain::Portal;
use crate::tui::msg::Effect;
use crate::tui::screens::confirm::{Confirm, Yes};
use crate::tui::screens::onboarding::Onboarding;
use crate::tui::screens::sign_in::SignIn;
use crate::tui::state::{State, Tone};

/// Signs in to every portal that is signed out, one after another.
pub(crate) fn sign_in_all(state: &mut State) {
    let mut waiting: Vec<_> = state
        .facts
        .sessions
        .iter()
        .filter(|session| !session.signed_in)
        .map(|session| session.portal.clone())
        .collect();
    if waiting.is_empty() {
        return state.notify(Tone::Note, "signed in to all portals".to_owned());
    }
    let first = waiting.remove(0);
    state.sign_in_next = waiting;
    state.open(SignIn::new(first, None, state.demo));
}

/// Signs in to the portal of the selected row, or out of it.
pub(crate) fn sign_in_out(state: &mut State) {
    let selected = state.selected().and_then(|row| row.source().cloned());
    let session = selected
        .as_deref()
        .and_then(|name| state.session(name))
        // With nothing selected, the first portal that wants a sign-in.
        .or_else(|| {
            state
                .facts
                .sessions
                .iter()
                .find(|session| !session.signed_in)
        })
        .or_else(|| state.facts.sessions.first())
        .cloned();
    let Some(session) = session else {
        return state.open(Onboarding::new(false));
    };
    // A portal that was never listed has no row to select: it is signed in to first.
    let listed = |name: &str| {
        state
            .picker
            .items
            .iter()
            .any(|item| **item.source() == *name)
    };
    let waiting = state
        .facts
        .sessions
        .iter()
        .find(|other| !other.signed_in && !listed(&other.portal.name))
        .cloned();
    if !session.signed_in {
        state.open(SignIn::new(session.portal, None, state.demo));
    } else if let Some(waiting) = waiting {
        state.open(SignIn::new(waiting.portal, None, state.demo));
    } else {
        state.open(Confirm {
            title: format!("Sign out of {}?", session.portal.name),
            detail: "This revokes its token and removes its stored credentials and static keys."
                .to_owned(),
            yes: Yes::SignOut(session.portal),
        });
    }
}

/// Reloads the lists of all portals that are signed in.
pub(crate) fn reload(state: &mut State) -> Vec<Effect> {
    let signed_in: Vec<_> = state
        .facts
        .sessions
        .iter()
        .filter(|s| s.signed_in)
        .map(|s| s.portal.clone())
        .collect();
    if signed_in.is_empty() {
        sign_in_out(state);
    }
    let mut effects: Vec<_> = signed_in
        .into_iter()
        .filter_map(|portal| discover(state, portal))
        .collect();
    effects.push(Effect::LoadFacts);
    effects
}

/// Lists the accounts of a portal again, those on screen first.
pub(crate) fn list_again(state: &mut State, portal: &str) -> Vec<Effect> {
    let Some(session) = state.session(portal).cloned() else {
        return Vec::new();
    };
    if !session.signed_in {
        state.open(SignIn::new(session.portal, None, state.demo));
        return Vec::new();
    }
    discover(state, session.portal).into_iter().collect()
}

/// Refreshes the catalog of a portal, unless a refresh is running.
pub(crate) fn discover(state: &mut State, portal: Portal) -> Option<Effect> {
    // The new refresh has not heard of the accounts on screen.
    state.picker.preferred.clear();
    state
        .refreshing
        .insert(Arc::clone(&portal.name))
        .then_some(Effect::Discover(portal))
}
