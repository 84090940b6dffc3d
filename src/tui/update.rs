//! The reducer: a message changes the state and asks for effects (docs/architecture.md#pure-reducer).
//!
//! Pure: no IO, no clock, no channel. What one screen does is in its `screens/NAME/update.rs`.

use std::sync::Arc;

use jiff::Timestamp;

use super::action::Action;
use super::layout::{hints, is_too_small};
use super::msg::{Effect, Facts, Lists, Msg, Reread};
use super::screens::help::{self, Help};
use super::screens::onboarding::Onboarding;
use super::screens::picker::portals::{self as picker_portals, discover};
use super::screens::picker::{View, entry, list, update as picker};
use super::screens::sign_in::SignIn;
use super::screens::{
    add_app, address, capture, console_sign_in, edit_portal, onboarding, portals, regions, roles,
    settings, sign_in, sync,
};
use super::state::{LONG, Place, State, Tone};
use super::text::number;
use crate::domain::catalog::{Difference, PortalPart};
use crate::domain::portal::PortalSession;
use crate::domain::profile::{ManagedProfile, Mode};
use crate::domain::time::seconds_left;
use crate::domain::{Catalog, CatalogEvent, Portal, Problem, ProblemKind, ordered};

/// A catalog younger than this is not refreshed by opening the switcher (seconds).
const YOUNG_SECONDS: i64 = 300;

/// The files are read again when the last time is that long ago (seconds): other programs write them, too. Only with
/// another event, so that this wakes nobody.
const OLD_SECONDS: i64 = 30;

/// Handles a message.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    match &msg {
        Msg::Key(_) | Msg::Text(_) | Msg::Wheel(_) | Msg::Resize { .. } => state.clicked = None,
        _ => {}
    }
    if is_too_small(state) && is_blind(&msg) {
        return Vec::new();
    }
    if matches!(msg, Msg::Drawn) {
        list::prepare(state);
        return Vec::new();
    }
    end_sign_ins(state);
    let is_input = is_input(&msg);
    if is_input {
        state.end_seen_toasts();
    }
    let is_awake = is_input || matches!(msg, Msg::Tick(_));
    let mut effects = handled(state, msg);
    if is_awake {
        effects.extend(read_again(state, OLD_SECONDS));
    }
    picker::keep_in_view(state);
    state.keep_first();
    effects.extend(picker::prefer_visible(state));
    effects
}

/// Does what a message says, whatever else is due.
fn handled(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(action) => press(state, action),
        Msg::Text(text) => {
            state.insert(&text);
            Vec::new()
        }
        Msg::Click { x, y } => click(state, x, y, false),
        Msg::DoubleClick { x, y } => click(state, x, y, true),
        Msg::Wheel(rows) => state.wheel(rows),
        Msg::Resize { width, height } => {
            state.size = (width, height);
            Vec::new()
        }
        Msg::Tick(now) => tick(state, now),
        Msg::Focus => read_again(state, 0).into_iter().collect(),
        Msg::Drawn => Vec::new(),
        Msg::Cached(result) => cached(state, result),
        Msg::Facts(result) => facts(state, result),
        Msg::Reread { lists, result } => reread(state, &lists, result),
        Msg::Catalog(events) => catalog(state, events),
        Msg::Discovered { portal, result } => discovered(state, &portal, result),
        Msg::Used { ticket, id, result } => entry::used(state, ticket, &id, result),
        Msg::Exportable { ticket, id, result } => entry::exportable(state, ticket, id, result),
        Msg::ShellEnded { id, result } => entry::shell_ended(state, &id, result),
        Msg::SignIn { ticket, step } => sign_in::update::step(state, ticket, step),
        Msg::SignedIn { ticket, result } => sign_in::update::ended(state, ticket, result),
        Msg::ConsoleSignIn { ticket, step } => console_sign_in::update::step(state, ticket, step),
        Msg::ConfirmSession { ticket, question } => {
            console_sign_in::update::confirm(state, ticket, question)
        }
        Msg::ConsoleSignedIn { ticket, result } => {
            console_sign_in::update::ended(state, ticket, result)
        }
        Msg::SignedOut { name, result } => sign_in::update::signed_out(state, &name, result),
        Msg::RegionFound { ticket, result } => {
            onboarding::update::region_found(state, ticket, result)
        }
        Msg::PortalAdded { ticket, result } => onboarding::update::added(state, ticket, result),
        Msg::PortalEdited { ticket, result } => edit_portal::update::edited(state, ticket, result),
        Msg::PortalRemoved { name, result } => portals::update::removed(state, &name, result),
        Msg::AppRemoved { app, result } => portals::update::app_removed(state, &app, result),
        Msg::Capture { ticket, step } => capture::update::step(state, ticket, step),
        Msg::AwaitConsole { ticket } => capture::update::await_console(state, ticket),
        Msg::ConfirmResponse { ticket, claim } => capture::update::confirm(state, ticket, &claim),
        Msg::Captured { ticket, result } => roles::update::captured(state, ticket, result),
        Msg::AppAdded { ticket, result } => add_app::update::added(state, ticket, result),
        Msg::ConsoleAddress { ticket, result } => address::update::found(state, ticket, result),
        Msg::Regions { ticket, result } => regions::update::loaded(state, ticket, result),
        Msg::RegionSet {
            ticket,
            change,
            result,
        } => regions::update::set(state, ticket, &change, result),
        Msg::Console { id, result } => entry::console_opened(state, &id, result),
        Msg::Pinned(result) => {
            if let Err(problem) = result {
                state.notify_error(&problem);
            }
            Vec::new()
        }
        Msg::Forgotten { name, result } => forgotten(state, &name, result),
        Msg::Renewed { name, result } => entry::renewed(state, &name, result),
        Msg::SyncPlanned { ticket, result } => sync::update::planned(state, ticket, result),
        Msg::Synced { ticket, result } => sync::update::synced(state, ticket, result),
        Msg::Copied(line) => {
            entry::copied(state, &line);
            Vec::new()
        }
        Msg::Opened(result) => sign_in::update::opened(state, result),
        Msg::Settings(result) => settings::update::loaded(state, result),
        Msg::Warning(text) => {
            state.warn(text);
            Vec::new()
        }
        Msg::Failed(problem) => {
            state.notify_error(&problem);
            Vec::new()
        }
    }
}

fn forgotten(state: &mut State, name: &str, result: Result<(), Problem>) -> Vec<Effect> {
    match result {
        Ok(()) => state.notify(Tone::Good, format!("the profile {name} is forgotten")),
        Err(problem) => state.notify_error(&problem),
    }
    vec![Effect::LoadFacts]
}

/// `true` for input of the user.
fn is_input(msg: &Msg) -> bool {
    matches!(
        msg,
        Msg::Key(_) | Msg::Text(_) | Msg::Click { .. } | Msg::DoubleClick { .. } | Msg::Wheel(_)
    )
}

/// `true` for input that means something that has to be seen.
fn is_blind(msg: &Msg) -> bool {
    let leaves = matches!(msg, Msg::Key(Action::Quit | Action::Back | Action::Suspend));
    is_input(msg) && !leaves
}

/// A click: on a key of the footer, which is pressed, or in the screen in front. `twice`: it follows another one soon.
fn click(state: &mut State, x: u16, y: u16, twice: bool) -> Vec<Effect> {
    let before = state.clicked.take().filter(|_| twice);
    let hint = hints(state)
        .into_iter()
        .find(|hint| hint.area.contains(x, y));
    let place = hint.clone().map(|hint| state.click_on(Place::Key(hint)));
    if let Some(click) = &before
        && let Place::Key(pressed) = &click.on
        && pressed.area.contains(x, y)
        && place != before
    {
        // The first click changed what is under the pointer.
        return Vec::new();
    }
    state.clicked = place;
    match hint {
        Some(hint) => press(state, hint.action),
        None if state.overlays.is_empty() => picker::click(state, x, y, before.as_ref()),
        None => state.click(x, y, before.as_ref()),
    }
}

/// A key: help opens in front of any screen.
fn press(state: &mut State, action: Action) -> Vec<Effect> {
    if matches!(action, Action::Help | Action::Palette) && state.screen::<Help>().is_none() {
        help::update::open(state);
        return Vec::new();
    }
    state.press(action)
}

/// Notes the sign-ins that have ended since their file was read.
fn end_sign_ins(state: &mut State) {
    let now = state.now;
    if state.next_sign_out().is_none_or(|end| end > now) {
        return;
    }
    for session in &mut state.facts.sessions {
        session.signed_in &= session.ends_at.is_none_or(|end| end > now);
    }
    if state.picker.view == View::Active {
        list::list(state);
    }
}

fn tick(state: &mut State, now: Timestamp) -> Vec<Effect> {
    state.now = now;
    end_sign_ins(state);
    state
        .toasts
        .retain(|toast| toast.stays || toast.until > now);
    state.tick();
    entry::renew(state)
}

fn cached(state: &mut State, result: Result<Catalog, Problem>) -> Vec<Effect> {
    match result {
        Ok(catalog) => {
            state.catalog = catalog;
            // The first list waits for the facts, on which its order depends: they are being read.
            if state.loaded {
                list::rebuild(state);
            } else {
                list::take_items(state);
            }
        }
        Err(problem) => state.notify_error(&problem),
    }
    Vec::new()
}

/// Reads the files and settings again, if what is known of them is that old (seconds).
fn read_again(state: &mut State, age: i64) -> Option<Effect> {
    let read_at = state.read_at?;
    (seconds_left(read_at, state.now) >= age).then(|| {
        state.read_at = Some(state.now);
        Effect::ReadAgain(Lists::None)
    })
}

fn facts(state: &mut State, result: Result<Facts, Problem>) -> Vec<Effect> {
    state.read_at = Some(state.now);
    let facts = match result {
        Ok(facts) => facts,
        Err(problem) => {
            if !std::mem::replace(&mut state.loaded, true) {
                list::list(state);
            }
            can_be_read(state);
            state.notify_error(&problem);
            state.unreadable = Some(problem.to_string());
            return Vec::new();
        }
    };
    can_be_read(state);
    let history_changed = state.facts.history != facts.history;
    let signed_in_anew = signed_in_anew(&state.facts.sessions, &facts.sessions);
    state.facts = facts;
    let main = state.facts.profiles.iter().filter(|it| it.is_main);
    state.picker.profiles = ordered::map(main.map(|it| (it.entry.clone(), it.clone())));
    for (id, validity) in &state.facts.own_validities {
        let profile = ManagedProfile {
            is_region_assumed: false,
            name: id.source.to_string(),
            entry: id.clone(),
            mode: Mode::Process,
            is_main: true,
            expires_at: Some(validity.expires_at),
            obtained_at: validity.obtained_at,
            region: None,
        };
        state.picker.profiles.insert(id.clone(), profile);
    }
    see_granted(state);
    let apps_changed = list::take_apps(state);
    let known = std::mem::replace(&mut state.loaded, true);
    if !known {
        state.picker.look = state.facts.history.look.clone();
    }
    if apps_changed {
        list::rebuild(state);
    } else if !known || history_changed || state.picker.view == View::Active {
        // The list's order and some views depend on them.
        list::list(state);
    } else {
        list::count(state);
    }
    let mut effects = entry::renew(state);
    if known {
        let portals = signed_in_anew.into_iter();
        effects.extend(portals.filter_map(|portal| discover(state, portal)));
    } else {
        list::begin_here(state);
        effects.extend(first_look(state));
    }
    effects
}

/// The portals with another sign-in than before: their lists may be another user's, or there is none yet.
fn signed_in_anew(before: &[PortalSession], now: &[PortalSession]) -> Vec<Portal> {
    let is_new = |session: &&PortalSession| {
        let mut others = before.iter();
        let known = others.find(|known| known.portal.name == session.portal.name);
        session.signed_in && known.is_none_or(|known| known.sign_in != session.sign_in)
    };
    now.iter()
        .filter(is_new)
        .map(|session| session.portal.clone())
        .collect()
}

/// Removes the message about files that could not be read.
fn can_be_read(state: &mut State) {
    if let Some(text) = state.unreadable.take() {
        state.end_toast(&text);
    }
}

/// The answer to [`Effect::ReadAgain`].
fn reread(state: &mut State, lists: &Lists, result: Result<Box<Reread>, Problem>) -> Vec<Effect> {
    let Reread {
        facts: read,
        configured,
    } = match result {
        Ok(reread) => *reread,
        // It is on screen already.
        Err(problem) if *lists == Lists::None && state.unreadable == Some(problem.to_string()) => {
            return Vec::new();
        }
        Err(problem) => return facts(state, Err(problem)),
    };
    let changed = state.catalog.set_configured(configured);
    let mut effects = facts(state, Ok(read));
    let sessions = &state.facts.sessions;
    let parts = state.catalog.portals.len();
    state
        .catalog
        .portals
        .retain(|name, _| sessions.iter().any(|session| session.portal.name == *name));
    if changed || state.catalog.portals.len() < parts {
        list::rebuild(state);
    }
    effects.extend(picker_portals::list_accounts(state, lists));
    effects
}

/// Notes the granted lifetimes of credentials and sign-ins: the recorded ones, else as far as they are known.
fn see_granted(state: &mut State) {
    let (now, was_loaded) = (state.now, state.loaded);
    let picker = &mut state.picker;
    let granted = |end| granted(now, end, was_loaded);
    let recorded = |profile: &ManagedProfile| {
        Some(seconds_left(profile.obtained_at?, profile.expires_at?).max(1))
    };
    picker
        .granted
        .retain(|id, _| picker.profiles.contains_key(id));
    for (id, profile) in &picker.profiles {
        if let Some(end) = profile.expires_at
            && picker.granted.get(id).is_none_or(|(seen, _)| *seen != end)
        {
            let granted = recorded(profile).unwrap_or_else(|| granted(end));
            picker.granted.insert(id.clone(), (end, granted));
        }
    }
    for session in &state.facts.sessions {
        let name = &session.portal.name;
        let seen = picker.granted_sessions.get(name);
        if let Some(end) = session.expires_at
            && seen.is_none_or(|(seen, _)| *seen != end)
        {
            let left = seconds_left(now, end);
            let recorded = session.saved_at.map(|saved| seconds_left(saved, end));
            let recorded = recorded.filter(|granted| *granted >= left);
            let granted = (end, recorded.unwrap_or_else(|| granted(end)).max(1));
            picker.granted_sessions.insert(Arc::clone(name), granted);
        }
    }
}

/// The time that was granted (seconds). What is new is valid for as long as is left of it now. What was there
/// before was granted for more: for as long as AWS usually does.
fn granted(now: Timestamp, end: Timestamp, is_new: bool) -> i64 {
    const USUAL: [i64; 7] = [900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200];
    let left = seconds_left(now, end).max(1);
    let usual = USUAL.into_iter().find(|usual| *usual >= left - 5);
    usual.filter(|_| !is_new).unwrap_or(left)
}

/// Decides the first screen: adding a portal, signing in, or the list, which is
/// then refreshed.
fn first_look(state: &mut State) -> Vec<Effect> {
    let nothing_else = state.facts.apps.is_empty() && state.catalog.own.is_empty();
    if state.facts.sessions.is_empty() && nothing_else {
        state.open(Onboarding::new(true));
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
        state.open(SignIn::new(session.portal.clone(), None, state.demo));
    }
    let is_old = |session: &PortalSession| {
        let part = state.catalog.portals.get(&session.portal.name);
        // The list that is older than the sign-in may be another user's.
        part.and_then(|part| part.fetched_at).is_none_or(|at| {
            seconds_left(at, now) > YOUNG_SECONDS
                || session
                    .saved_at
                    .is_some_and(|saved| saved.as_second() > at.as_second())
        })
    };
    let portals: Vec<Portal> = sessions
        .into_iter()
        .filter(|session| session.signed_in && is_old(session))
        .map(|session| session.portal)
        .collect();
    portals
        .into_iter()
        .filter_map(|portal| discover(state, portal))
        .collect()
}

fn catalog(state: &mut State, events: Vec<CatalogEvent>) -> Vec<Effect> {
    let is_first = events.iter().any(|event| is_of_first_list(state, event));
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
    let (listed, _) = state.catalog.progress();
    if !state.refreshing.is_empty() {
        state.listing_since.get_or_insert((state.now, listed));
    }
    if is_first {
        list::grow(state);
    } else {
        list::rebuild(state);
    }
    Vec::new()
}

/// `true` for an event of a portal that was never listed to its end.
fn is_of_first_list(state: &State, event: &CatalogEvent) -> bool {
    event.portal().is_some_and(|portal| {
        let part = state.catalog.portals.get(portal);
        part.is_none_or(|part| part.fetched_at.is_none())
    })
}

fn announce(state: &mut State, portal: &str, difference: &Difference) {
    let part = |count: usize, word: &str| (count > 0).then(|| format!("{} {word}", number(count)));
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
    if state.refreshing.is_empty() {
        state.listing_since = None;
    }
    // Its events came before: what is not over now was ended early.
    let part = state.catalog.portals.get_mut(portal);
    if part.is_some_and(PortalPart::stop) {
        list::rebuild(state);
    }
    if let Err(problem) = result
        && problem.kind != ProblemKind::Cancelled
    {
        let title = match problem.kind {
            ProblemKind::SignInNeeded { .. } => format!("sign in to {portal} to refresh its list"),
            _ => format!("{portal}: cannot refresh the list; {}", problem.title),
        };
        let hint = match problem.kind {
            ProblemKind::SignInNeeded { .. } => {
                state.keymap.key_for(&state.contexts(), Action::SignInAll)
            }
            _ => problem.hint.map(String::from),
        };
        state.toast(Tone::Bad, title, hint, LONG);
    }
    vec![Effect::LoadFacts]
}

#[cfg(test)]
mod tests;
