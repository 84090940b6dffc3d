//! The reducer: what a message makes of the state, and what is to be done about it (docs/architecture.md#pure-reducer).
//!
//! Pure: no IO, no clock, no channel. Split by screen.

mod add_app;
mod capture;
mod entry;
mod menu;
mod messages;
mod mfa;
mod onboarding;
mod picker;
mod portals;
mod roles;
mod rows;
mod settings;
mod sign_in;

use std::sync::Arc;

use jiff::Timestamp;

use super::Outcome;
use super::action::Action;
use super::input::Input;
use super::msg::{Effect, Facts, Msg};
use super::state::{
    Confirm, MfaDialog, Overlay, Pending, SignIn, SignInStage, State, Toast, Tone, View, Yes,
};
use crate::domain::catalog::Difference;
use crate::domain::profile::{ManagedProfile, Mode};
use crate::domain::rank::Grouping;
use crate::domain::sign_in::SignInMethod;
use crate::domain::time::seconds_left;
use crate::domain::{Catalog, CatalogEvent, Portal, Problem, ProblemKind};

pub use menu::rows as menu_rows;

/// A catalog younger than this is not refreshed by opening the switcher (seconds).
const YOUNG_SECONDS: i64 = 300;

/// How long messages stay (seconds).
const SHORT: i64 = 4;
const LONG: i64 = 10;

/// As many messages can be read again.
const MAX_MESSAGES: usize = 100;

/// Takes in a message.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    let mut effects = match msg {
        Msg::Key(action) => key(state, action),
        Msg::Text(text) => self::text(state, &text),
        Msg::Click(x, y) => picker::click(state, x, y, false),
        Msg::DoubleClick(x, y) => picker::click(state, x, y, true),
        Msg::Wheel(rows) => picker::wheel(state, rows),
        Msg::Resize(width, height) => {
            state.size = (width, height);
            Vec::new()
        }
        Msg::Tick(now) => tick(state, now),
        Msg::Cached(result) => cached(state, result),
        Msg::Facts(result) => facts(state, result),
        Msg::Catalog(events) => catalog(state, events),
        Msg::Discovered(portal, result) => discovered(state, &portal, result),
        Msg::Used(ticket, id, result) => entry::used(state, ticket, &id, result),
        Msg::ShellEnded(id, result) => entry::shell_ended(state, &id, result),
        Msg::SignIn(ticket, step) => sign_in::step(state, ticket, step),
        Msg::SignedIn(ticket, result) => sign_in::ended(state, ticket, result),
        Msg::SignedOut(portal, result) => sign_in::signed_out(state, &portal, result),
        Msg::RegionFound(ticket, result) => onboarding::region_found(state, ticket, result),
        Msg::PortalAdded(ticket, result) => onboarding::added(state, ticket, result),
        Msg::Capture(ticket, step) => capture::step(state, ticket, step),
        Msg::ConfirmResponse(ticket, claim) => capture::confirm(state, ticket, &claim),
        Msg::Captured(ticket, result) => roles::captured(state, ticket, result),
        Msg::AppAdded(ticket, result) => add_app::added(state, ticket, result),
        Msg::Console(id, result) => entry::console_opened(state, &id, result),
        Msg::Pinned(result) => {
            if let Err(problem) = result {
                state.notify_error(&problem);
            }
            Vec::new()
        }
        Msg::Forgotten(name, result) => {
            match result {
                Ok(()) => state.notify(Tone::Good, format!("the profile {name} is forgotten")),
                Err(problem) => state.notify_error(&problem),
            }
            vec![Effect::LoadFacts]
        }
        Msg::Renewed(name, result) => entry::renewed(state, &name, result),
        Msg::Opened(result) => sign_in::opened(state, result),
        Msg::Settings(result) => settings::loaded(state, result),
        Msg::Failed(problem) => {
            state.notify_error(&problem);
            Vec::new()
        }
    };
    picker::keep_in_view(state);
    effects.extend(picker::prefer_visible(state));
    effects
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit => return leave(state),
        Action::Suspend => return vec![Effect::Suspend],
        _ => {}
    }
    match state.overlays.last() {
        None => picker::key(state, action),
        Some(Overlay::Onboarding(_)) => onboarding::key(state, action),
        Some(Overlay::SignIn(_)) => sign_in::key(state, action),
        Some(Overlay::AddApp(_)) => add_app::key(state, action),
        Some(Overlay::Capture(_)) => capture::key(state, action),
        Some(Overlay::Roles(_)) => roles::key(state, action),
        Some(Overlay::Settings(_)) => settings::key(state, action),
        Some(Overlay::Messages(_)) => messages::key(state, action),
        Some(Overlay::Menu(_)) => menu::key(state, action),
        Some(Overlay::Mfa(_)) => mfa::key(state, action),
        Some(Overlay::Confirm(_)) => confirm(state, action),
    }
}

fn text(state: &mut State, text: &str) -> Vec<Effect> {
    match state.overlays.last_mut() {
        None => {
            state.picker.query.insert(text);
            rows::search(state);
        }
        Some(Overlay::Onboarding(screen)) => onboarding::text(screen, text),
        Some(Overlay::Menu(menu)) => {
            menu.query.insert(text);
            menu.selected = 0;
        }
        Some(Overlay::AddApp(screen)) => add_app::text(screen, text),
        Some(Overlay::Capture(screen)) => screen.pasted.insert(text),
        Some(Overlay::Settings(screen)) => settings::text(screen, text),
        Some(Overlay::Mfa(screen)) => mfa::text(screen, text),
        Some(
            Overlay::SignIn(_) | Overlay::Roles(_) | Overlay::Messages(_) | Overlay::Confirm(_),
        ) => {}
    }
    Vec::new()
}

fn leave(state: &State) -> Vec<Effect> {
    let outcome = if state.pick_only {
        Outcome::Cancelled
    } else {
        Outcome::Quit
    };
    vec![Effect::Finish(outcome)]
}

fn tick(state: &mut State, now: Timestamp) -> Vec<Effect> {
    state.now = now;
    state.toasts.retain(|toast| toast.until > now);
    sign_in::tick(state);
    entry::renew(state)
}

fn cached(state: &mut State, result: Result<Catalog, Problem>) -> Vec<Effect> {
    match result {
        Ok(catalog) => {
            state.catalog = catalog;
            // The first list waits for the facts, on which its order depends.
            if state.loaded {
                rows::rebuild(state);
            }
        }
        Err(problem) => state.notify_error(&problem),
    }
    Vec::new()
}

fn facts(state: &mut State, result: Result<Facts, Problem>) -> Vec<Effect> {
    let facts = match result {
        Ok(facts) => facts,
        Err(problem) => {
            if !std::mem::replace(&mut state.loaded, true) {
                rows::rebuild(state);
            }
            state.notify_error(&problem);
            return Vec::new();
        }
    };
    let history_changed = state.facts.history != facts.history;
    state.facts = facts;
    // Soonest expiry first: the first one of an entry is the one that counts.
    state.picker.profiles.clear();
    for profile in &state.facts.profiles {
        state
            .picker
            .profiles
            .entry(profile.entry.clone())
            .or_insert_with(|| profile.clone());
    }
    for (id, end) in &state.facts.own_ends {
        let profile = ManagedProfile {
            is_region_assumed: false,
            name: id.source.to_string(),
            entry: id.clone(),
            mode: Mode::Process,
            expires_at: Some(*end),
            region: None,
        };
        state.picker.profiles.insert(id.clone(), profile);
    }
    let apps_changed = take_apps(state);
    let known = std::mem::replace(&mut state.loaded, true);
    if apps_changed || !known {
        rows::rebuild(state);
    } else if history_changed || state.picker.view == View::Active {
        // The list's order and some views depend on them.
        rows::list(state);
    }
    if known {
        return Vec::new();
    }
    state.picker.look = state.facts.history.look;
    if state.picker.look.grouping != Grouping::None {
        rows::rebuild(state);
    }
    first_look(state)
}

/// Apps come from the settings; returns whether they, and with them their rows, are others now.
#[must_use]
fn take_apps(state: &mut State) -> bool {
    let before = state.catalog.apps.clone();
    state.catalog.set_apps(&state.facts.apps);
    state.catalog.apps != before
}

/// The first thing a person sees: the way to add a portal, the way in, or the list, which is
/// refreshed behind it.
fn first_look(state: &mut State) -> Vec<Effect> {
    let nothing_else = state.facts.apps.is_empty() && state.catalog.own.is_empty();
    if state.facts.sessions.is_empty() && nothing_else {
        onboarding::open(state, true);
        return Vec::new();
    }
    let (now, only) = (state.now, state.only_portal.clone());
    let sessions: Vec<_> = state
        .facts
        .sessions
        .iter()
        .filter(|session| {
            only.as_deref()
                .is_none_or(|only| *session.portal.name == *only)
        })
        .cloned()
        .collect();
    if let Some(session) = sessions.first()
        && state.picker.rows.is_empty()
        && !sessions.iter().any(|session| session.signed_in)
    {
        open_sign_in(state, session.portal.clone(), None);
    }
    let old = |portal: &Portal| {
        let part = state.catalog.portals.get(&portal.name);
        part.and_then(|part| part.fetched_at)
            .is_none_or(|at| seconds_left(at, now) > YOUNG_SECONDS)
    };
    let portals: Vec<Portal> = sessions
        .into_iter()
        .filter(|session| session.signed_in)
        .map(|session| session.portal)
        .filter(old)
        .collect();
    portals
        .into_iter()
        .filter_map(|portal| discover(state, portal))
        .collect()
}

/// Refreshes the catalog of a portal, unless that is under way.
fn discover(state: &mut State, portal: Portal) -> Option<Effect> {
    state
        .refreshing
        .insert(Arc::clone(&portal.name))
        .then_some(Effect::Discover(portal))
}

fn catalog(state: &mut State, events: Vec<CatalogEvent>) -> Vec<Effect> {
    for event in events {
        let portal = match &event {
            CatalogEvent::Finished { portal, .. } => Some(Arc::clone(portal)),
            _ => None,
        };
        let difference = state.catalog.apply(event);
        if let Some(portal) = portal
            && !difference.is_empty()
        {
            announce(state, &portal, &difference);
        }
    }
    rows::rebuild(state);
    Vec::new()
}

fn announce(state: &mut State, portal: &str, difference: &Difference) {
    let part = |count: usize, word: &str| (count > 0).then(|| format!("{count} {word}"));
    let parts = [
        part(difference.gained.len(), "new"),
        part(difference.lost.len(), "lost"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    state.notify(
        Tone::Note,
        format!("{portal}: {} since last time", parts.join(", ")),
    );
}

fn discovered(state: &mut State, portal: &Arc<str>, result: Result<(), Problem>) -> Vec<Effect> {
    state.refreshing.remove(portal);
    if let Err(problem) = result {
        let title = match problem.kind {
            ProblemKind::SignInNeeded { .. } => format!("sign in to {portal} to refresh its list"),
            _ => format!("{portal}: cannot refresh the list; {}", problem.title),
        };
        let hint = match problem.kind {
            ProblemKind::SignInNeeded { .. } => {
                state.keymap.key_for(&state.contexts(), Action::SignInOut)
            }
            _ => problem.hint.map(String::from),
        };
        state.toast(Tone::Bad, title, hint, LONG);
    }
    vec![Effect::LoadFacts]
}

/// Opens the sign-in screen of a portal; what was wanted goes on after it.
fn open_sign_in(state: &mut State, portal: Portal, then: Option<Pending>) {
    state.overlays.push(Overlay::SignIn(SignIn {
        portal,
        stage: SignInStage::Ready,
        // A demo is allowed by key, which needs a code.
        method: if state.demo {
            SignInMethod::Device
        } else {
            SignInMethod::Auto
        },
        then,
    }));
}

/// Asks for the code of an MFA device, and continues with `then`. `refused`: AWS refused the last code.
fn open_mfa(
    state: &mut State,
    profile: &Arc<str>,
    device: &Arc<str>,
    refused: bool,
    then: Pending,
) {
    state.overlays.push(Overlay::Mfa(MfaDialog {
        profile: Arc::clone(profile),
        device: Arc::clone(device),
        code: Input::default(),
        mistake: refused.then_some("AWS refused that code; wait for the next one"),
        then,
    }));
}

fn confirm(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Yes => match state.overlays.pop() {
            Some(Overlay::Confirm(Confirm {
                yes: Yes::Overwrite(id),
                ..
            })) => {
                let ticket = state.next_ticket();
                state.picker.busy.insert(id.clone(), ticket);
                vec![Effect::Use(ticket, id, true)]
            }
            Some(Overlay::Confirm(Confirm {
                yes: Yes::SignOut(portal),
                ..
            })) => {
                vec![Effect::SignOut(portal)]
            }
            Some(Overlay::Confirm(Confirm {
                yes: Yes::Forget(name),
                ..
            })) => vec![Effect::Forget(name)],
            Some(Overlay::Confirm(Confirm {
                yes: Yes::TakeResponse,
                ..
            })) => vec![Effect::AnswerResponse(true)],
            Some(Overlay::Confirm(Confirm {
                yes: Yes::Guarded(then),
                ..
            })) => entry::confirmed(state, then),
            _ => Vec::new(),
        },
        Action::Back | Action::Accept => match state.overlays.pop() {
            Some(Overlay::Confirm(Confirm {
                yes: Yes::TakeResponse,
                ..
            })) => vec![Effect::AnswerResponse(false)],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

impl State {
    /// Shows a short message.
    pub(super) fn notify(&mut self, tone: Tone, text: String) {
        self.toast(tone, text, None, SHORT);
    }

    /// Shows a problem.
    pub(super) fn notify_error(&mut self, problem: &Problem) {
        if problem.is_shown() {
            let hint = problem.hint.clone().map(String::from);
            self.toast(Tone::Bad, problem.to_string(), hint, LONG);
        }
    }

    pub(super) fn toast(&mut self, tone: Tone, text: String, hint: Option<String>, seconds: i64) {
        const MOST: usize = 5;
        let until = self.now.as_second().saturating_add(seconds);
        let until = Timestamp::from_second(until).unwrap_or(self.now);
        self.toasts.retain(|toast| toast.text != text);
        let toast = Toast {
            tone,
            text,
            hint,
            until,
        };
        self.message_log.push((self.now, toast.clone()));
        let surplus = self.message_log.len().saturating_sub(MAX_MESSAGES);
        self.message_log.drain(..surplus);
        self.toasts.push(toast);
        let surplus = self.toasts.len().saturating_sub(MOST);
        self.toasts.drain(..surplus);
    }
}

#[cfg(test)]
mod tests;
