//! The portals: signing in and out, and listing their accounts again.

use std::sync::Arc;

use super::Row;
use crate::domain::own::Via;
use crate::domain::portal::PortalSession;
use crate::domain::{EntryId, Kind, Portal};
use crate::tui::msg::{Effect, Lists};
use crate::tui::screens::confirm::{Confirm, Yes};
use crate::tui::screens::console_sign_in;
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
    if state.facts.sessions.is_empty() {
        return state.open(Onboarding::new(false));
    }
    if waiting.is_empty() {
        return state.notify(Tone::Note, "signed in to all portals".to_owned());
    }
    let first = waiting.remove(0);
    state.sign_in_next = waiting;
    state.open(SignIn::new(first, None, state.demo));
}

/// The portal of the selected row. In an empty list, the first portal that is signed out, else the first.
pub(crate) fn selected_portal(state: &State) -> Option<&PortalSession> {
    let sessions = &state.facts.sessions;
    let Some(row) = state.selected() else {
        let signed_out = sessions.iter().find(|session| !session.signed_in);
        return signed_out.or_else(|| sessions.first());
    };
    let name = match &row {
        Row::Item(item) => state.catalog.portal_of(item.kind(), item.source()),
        Row::Head(head) => head.portal.as_ref(),
        Row::Session(session) => Some(&session.portal.name),
    };
    state.session(name?)
}

/// Signs in to the portal of the selected row, or out of it.
pub(crate) fn sign_in_out(state: &mut State) {
    if let Some(profile) = console_profile(state) {
        return console_in_out(state, profile);
    }
    match selected_portal(state).cloned() {
        Some(session) => sign_in_or_ask(state, session),
        None if state.facts.sessions.is_empty() => state.open(Onboarding::new(false)),
        None => state.notify(Tone::Note, "this entry has no portal".to_owned()),
    }
}

/// Signs in to a portal, or asks before it signs out.
pub(crate) fn sign_in_or_ask(state: &mut State, session: PortalSession) {
    if !session.signed_in {
        return state.open(SignIn::new(session.portal, None, state.demo));
    }
    state.open(Confirm {
        title: format!("Sign out of {}?", session.portal.name),
        detail: "This revokes its token and removes its stored credentials and static keys."
            .to_owned(),
        yes: Yes::SignOut(session.portal),
    });
}

/// The profile of the selected row, if a console session gives it its credentials.
pub(crate) fn console_profile(state: &State) -> Option<Arc<str>> {
    let row = state.selected()?;
    let id = row.id()?;
    let own = state.catalog.own.get(&id.source)?;
    (id.kind == Kind::Profile && own.via == Via::Login).then(|| Arc::clone(&own.name))
}

/// Signs in to the console for a profile, or out of its session.
fn console_in_out(state: &mut State, profile: Arc<str>) {
    if !state.renews(&EntryId::profile(Arc::clone(&profile))) {
        return console_sign_in::open_for(state, &profile, None);
    }
    state.open(Confirm {
        title: format!("Sign out of the console session of {profile}?"),
        detail: "This removes the session, and the credentials of the roles that use it."
            .to_owned(),
        yes: Yes::SignOutOfConsole(profile),
    });
}

/// Reads the files and settings again, and then lists the accounts of all portals that are signed in.
pub(crate) fn reload() -> Vec<Effect> {
    vec![Effect::ReadAgain(Lists::All)]
}

/// The same for one portal.
pub(crate) fn reload_portal(portal: &Arc<str>) -> Vec<Effect> {
    vec![Effect::ReadAgain(Lists::One(Arc::clone(portal)))]
}

/// Lists the accounts of portals again, those on screen first. Signs in to one if all of them are signed out.
pub(crate) fn list_accounts(state: &mut State, lists: &Lists) -> Vec<Effect> {
    let is_listed = |session: &&PortalSession| match lists {
        Lists::None => false,
        Lists::One(name) => session.portal.name == *name,
        Lists::All => true,
    };
    let sessions = state.facts.sessions.iter().filter(is_listed);
    let (signed_in, others): (Vec<_>, Vec<_>) = sessions.partition(|session| session.signed_in);
    let selected = selected_portal(state).filter(is_listed);
    if signed_in.is_empty()
        && state.screen::<SignIn>().is_none()
        && let Some(first) = selected.or_else(|| others.first().copied())
    {
        state.open(SignIn::new(first.portal.clone(), None, state.demo));
        return Vec::new();
    }
    let portals: Vec<_> = signed_in
        .into_iter()
        .map(|session| session.portal.clone())
        .collect();
    portals
        .into_iter()
        .filter_map(|portal| discover(state, portal))
        .collect()
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
