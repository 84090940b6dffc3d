//! Actions on an entry: use, refresh, open, pin, forget; and their answers.

use std::sync::Arc;

use super::{RefreshAll, Row, RowKey, list, portals};
use crate::domain::guard::{describe, describe_account, numbered};
use crate::domain::label::named;
use crate::domain::profile::{ManagedProfile, Mode, Used};
use crate::domain::text::clean;
use crate::domain::time::{lifetime, seconds_left};
use crate::domain::{EntryId, Gap, GapReason, Item, Kind, Mark, Problem, ProblemKind};
use crate::tui::Outcome;
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::request::Request;
use crate::tui::screens::address;
use crate::tui::screens::capture::update as capture;
use crate::tui::screens::confirm::{Confirm, Yes};
use crate::tui::screens::console_sign_in;
use crate::tui::screens::roles::Roles;
use crate::tui::screens::sign_in::SignIn;
use crate::tui::screens::{mfa, regions};
use crate::tui::state::{LONG, Renewal, State, Tone};
use crate::tui::text::number;

/// The time that the opening of the console is shown: longer than the time limit for its browser (seconds).
const OPENING: i64 = 90;

/// Runs an action on the selected entry, or tells why it cannot.
pub(crate) fn with_entry(state: &mut State, action: Action) -> Vec<Effect> {
    state.end_older_toasts();
    let item = match state.selected() {
        Some(Row::Item(item)) => item,
        Some(Row::Head(_) | Row::Session(_)) => {
            state.notify(Tone::Note, "select an entry first".to_owned());
            return Vec::new();
        }
        None => {
            state.notify(Tone::Note, "nothing is selected".to_owned());
            return Vec::new();
        }
    };
    if action == Action::Export && !state.exports {
        // Nothing of a demo is for the shell around it.
        let hint = (!state.demo).then(|| "to get rdx, see: roledex init --help".to_owned());
        let text = "exporting needs rdx: nothing reads the export lines here".to_owned();
        state.toast(Tone::Note, text, hint, LONG);
        return Vec::new();
    }
    match item {
        Item::Entry(entry) if entry.mark == Mark::Lost => {
            state.notify(
                Tone::Bad,
                format!(
                    "{} is no longer assigned to you",
                    describe(&state.catalog, &entry.id)
                ),
            );
            Vec::new()
        }
        Item::Entry(entry) => match entry.own.as_ref().and_then(|own| own.problem()) {
            Some(problem) => {
                state.notify_error(&problem);
                Vec::new()
            }
            None => act(state, action, entry.id),
        },
        Item::Gap(gap) => with_gap(state, action, &gap),
    }
}

/// Finds the roles of a row without any; with those of an app, the action goes on.
fn with_gap(state: &mut State, action: Action, gap: &Gap) -> Vec<Effect> {
    let name = gap.account.map_or_else(
        || clean(&gap.name).into_owned(),
        |account| numbered(None, &gap.name, account),
    );
    match (&gap.reason, refused(gap, action)) {
        (GapReason::Loading, _) => {
            state.notify(Tone::Note, format!("listing the roles of {name}"));
        }
        (GapReason::NoRoles, _) => {
            state.notify(Tone::Note, format!("you have no roles in {name}"));
        }
        (_, Some(why)) => {
            let key = state.keymap.key_for(&[Context::Picker], Action::Use);
            let hint = key.map(|key| format!("{key} finds them"));
            state.toast(Tone::Note, format!("{name}: {why}"), hint, LONG);
        }
        (_, None) if gap.kind == Kind::External => {
            return match capture::app(state, &gap.source) {
                Some(app) => {
                    let then = Request::Role(Arc::clone(&app.name), action);
                    capture::open(state, app, then)
                }
                None => Vec::new(),
            };
        }
        (GapReason::Failed(_), None) => return portals::reload_portal(&gap.source),
        (GapReason::Unknown, None) => return portals::reload(),
    }
    Vec::new()
}

/// The reason why an action cannot be run on a row without roles. Enter is not refused: it finds them, or tells why it
/// cannot.
pub(crate) fn refused(gap: &Gap, action: Action) -> Option<&'static str> {
    let goes_on = match gap.kind {
        Kind::External => Request::goes_on(action),
        _ => action == Action::Refresh,
    };
    match &gap.reason {
        _ if action == Action::Use => None,
        GapReason::Loading => Some("its roles are being listed"),
        GapReason::NoRoles => Some("you have no roles in it"),
        GapReason::Failed(_) | GapReason::Unknown if goes_on => None,
        GapReason::Failed(_) => Some("its roles could not be listed"),
        GapReason::Unknown => Some("its roles are not known yet"),
    }
}

/// Runs an action on an entry.
pub(crate) fn act(state: &mut State, action: Action, id: EntryId) -> Vec<Effect> {
    match action {
        Action::Forget => forget(state, id),
        Action::Pin => pin(state, id),
        Action::Region => regions::update::open(state, id),
        Action::Use if state.pick_only => begin(state, Request::Pick(id)),
        action => match Request::new(action, id) {
            Some(then) => begin(state, then),
            None => Vec::new(),
        },
    }
}

/// Starts the request of a key: guarded entries are confirmed again for each key.
fn begin(state: &mut State, then: Request) -> Vec<Effect> {
    for id in then.entries() {
        state.confirmed.remove(id);
    }
    start(state, then)
}

/// Starts a request, the only way to credentials: guarded entries are confirmed first. A request that goes on after
/// a sign-in or a capture was confirmed before.
pub(crate) fn start(state: &mut State, then: Request) -> Vec<Effect> {
    let asked: Vec<EntryId> = then
        .entries()
        .iter()
        .filter(|id| state.must_confirm(id))
        .cloned()
        .collect();
    if asked.is_empty() {
        return run(state, then);
    }
    state.open(Confirm {
        title: question(state, &then, &asked),
        detail: match &*asked {
            [_] => "Your settings guard this entry.".to_owned(),
            _ => "Your settings guard these entries.".to_owned(),
        },
        yes: Yes::Guarded(then),
    });
    Vec::new()
}

/// Runs a request whose guarded entries the user confirmed.
pub(crate) fn confirmed(state: &mut State, then: Request) -> Vec<Effect> {
    state.confirmed.extend(then.entries().iter().cloned());
    run(state, then)
}

fn question(state: &State, then: &Request, asked: &[EntryId]) -> String {
    if let Request::Capture(_, then) = then {
        return question(state, then, asked);
    }
    let names: Vec<String> = asked
        .iter()
        .map(|id| describe(&state.catalog, id))
        .collect();
    let what = match then {
        Request::Use(_) | Request::Pick(_) | Request::Capture(..) | Request::Role(..) => "Use",
        Request::Refresh(_) | Request::RefreshAll(_) => "Refresh",
        Request::Subshell(_) => "Open a shell with",
        Request::Console(_) => "Open the console of",
        Request::Copy(_) => "Copy",
        Request::Export(_) => "Export",
    };
    format!("{what} {}?", names.join(", "))
}

fn run(state: &mut State, then: Request) -> Vec<Effect> {
    match then {
        Request::Use(id) => ask(state, id, |ticket, id| Effect::Use {
            ticket,
            id,
            overwrite: false,
        }),
        Request::Refresh(id) => refresh(state, id),
        Request::Subshell(id) => vec![Effect::Subshell(id)],
        Request::Console(id) => console(state, id),
        Request::Copy(id) => copy(state, &id),
        Request::Pick(id) => vec![Effect::Finish(Outcome::Picked(id))],
        Request::Export(id) => ask(state, id, |ticket, id| Effect::Export { ticket, id }),
        Request::RefreshAll(ids) => refresh_several(state, ids),
        Request::Capture(app, then) => capture::open(state, app, *then),
        Request::Role(app, action) => choose_role(state, app, action),
    }
}

/// Runs an action on the only role of an app, or lets the user choose one.
fn choose_role(state: &mut State, app: Arc<str>, action: Action) -> Vec<Effect> {
    let part = state.catalog.apps.get(&app);
    let roles = part.and_then(|part| part.roles.as_deref()).unwrap_or(&[]);
    let entries: Vec<EntryId> = roles.iter().map(|role| role.entry(&app)).collect();
    if let [entry] = &*entries {
        return on_role(state, action, entry.clone());
    }
    state.open(Roles {
        app,
        entries,
        action,
        selected: 0,
        first: 0,
    });
    Vec::new()
}

/// Selects an entry's row, and runs an action on it.
pub(crate) fn on_role(state: &mut State, action: Action, entry: EntryId) -> Vec<Effect> {
    list::select(state, &RowKey::Entry(entry.clone()));
    act(state, action, entry)
}

/// Renews the keys of those profiles of some entries that a refresh of the entry does not write.
fn other_keys(state: &State, ids: &[EntryId]) -> Vec<Effect> {
    let profiles = state.facts.profiles.iter();
    let others = profiles
        .filter(|it| it.mode == Mode::Static && !it.is_main && ids.contains(&it.entry))
        .cloned();
    others.map(Effect::Renew).collect()
}

/// Gets new credentials for some entries.
fn refresh_several(state: &mut State, ids: Vec<EntryId>) -> Vec<Effect> {
    let others = other_keys(state, &ids);
    let mut effects = Vec::new();
    for id in ids {
        let asked = refresh(state, id.clone());
        if !asked.is_empty() {
            state.picker.refreshing.all += 1;
            state.picker.refreshing.open.insert(id);
        }
        effects.extend(asked);
    }
    let refreshing = &state.picker.refreshing;
    if refreshing.all > 1 && !refreshing.open.is_empty() {
        let progress = refreshing.progress();
        state.replace_toast("", progress, OPENING);
    }
    effects.extend(others);
    effects
}

/// Counts the answer to a refresh of several entries; `false`: it is not one of these, or the only one.
fn counted(state: &mut State, id: &EntryId, is_fresh: bool) -> bool {
    let refreshing = &mut state.picker.refreshing;
    let before = refreshing.progress();
    if !refreshing.open.remove(id) {
        return false;
    }
    refreshing.fresh += usize::from(is_fresh);
    if !refreshing.open.is_empty() {
        let now = refreshing.progress();
        state.replace_toast(&before, now, OPENING);
        return true;
    }
    let RefreshAll { all, fresh, .. } = std::mem::take(refreshing);
    state.end_toast(&before);
    if all == 1 {
        return false;
    }
    let (tone, text) = if fresh == all {
        (Tone::Good, format!("{} profiles are fresh", number(all)))
    } else {
        let fresh = number(fresh);
        (
            Tone::Note,
            format!("{fresh} of {} profiles are fresh", number(all)),
        )
    };
    state.notify(tone, text);
    true
}

fn refresh(state: &mut State, id: EntryId) -> Vec<Effect> {
    let effects = ask(state, id.clone(), |ticket, id| Effect::Refresh {
        ticket,
        id,
    });
    if !effects.is_empty() {
        state.picker.refreshed.insert(id);
    }
    effects
}

fn console(state: &mut State, id: EntryId) -> Vec<Effect> {
    if state.demo {
        // Its accounts are made up, but the pages would be those of AWS.
        let entry = describe(&state.catalog, &id);
        let text = format!("simulated: your browser would open the console of {entry}");
        state.notify(Tone::Note, text);
        return Vec::new();
    }
    // It stays until the browser came, or did not.
    state.toast(Tone::Note, opening(state, &id), None, OPENING);
    vec![Effect::Console(id)]
}

fn opening(state: &State, id: &EntryId) -> String {
    format!("opening the console of {}", describe(&state.catalog, id))
}

/// The answer to [`Effect::Console`].
pub(crate) fn console_opened(
    state: &mut State,
    id: &EntryId,
    result: Result<(), Problem>,
) -> Vec<Effect> {
    let until_now = opening(state, id);
    state.end_toast(&until_now);
    match result {
        Ok(()) => {
            state.close_all(|screen: &address::Address| screen.id == *id);
            let text = format!("opened the console of {}", describe(&state.catalog, id));
            state.notify(Tone::Good, text);
            Vec::new()
        }
        Err(problem) if problem.kind == ProblemKind::NoBrowser => {
            address::update::open(state, id.clone(), &problem)
        }
        Err(problem) => failed(state, id, problem, Request::Console(id.clone())),
    }
}

/// Gets new credentials for every managed profile. Guarded ones are confirmed together, and do not hold up the
/// others.
pub(crate) fn refresh_all(state: &mut State) -> Vec<Effect> {
    state.end_older_toasts();
    let entries: Vec<EntryId> = state.picker.profiles.keys().cloned().collect();
    if entries.is_empty() {
        state.notify(Tone::Note, "no profiles to refresh yet".to_owned());
    }
    for id in &entries {
        state.confirmed.remove(id);
    }
    let (asked, others): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|id| state.must_confirm(id));
    let mut effects = start(state, Request::RefreshAll(others));
    effects.extend(start(state, Request::RefreshAll(asked)));
    effects
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "of one form with the other actions"
)]
fn forget(state: &mut State, id: EntryId) -> Vec<Effect> {
    match state.picker.profiles.get(&id) {
        _ if id.kind == Kind::Profile => state.notify(
            Tone::Note,
            "it is your own profile, so roledex does not remove it".to_owned(),
        ),
        Some(profile) => {
            let name = profile.name.clone();
            state.open(Confirm {
                title: format!("Forget the profile {name}?"),
                detail: format!(
                    "It is that of {}. This removes its section from the AWS files and its stored credentials.",
                    describe(&state.catalog, &id)
                ),
                yes: Yes::Forget(name),
            });
        }
        None => state.notify(Tone::Note, "this entry has no profile".to_owned()),
    }
    Vec::new()
}

fn pin(state: &mut State, id: EntryId) -> Vec<Effect> {
    let pinned = !state.facts.history.pins.contains(&id);
    if pinned {
        state.facts.history.pins.insert(id.clone());
    } else {
        state.facts.history.pins.remove(&id);
    }
    let word = if pinned { "pinned" } else { "no longer pinned" };
    let entry = describe(&state.catalog, &id);
    state.notify(Tone::Good, format!("{entry} is {word}"));
    state.picker.moved = true;
    list::list(state);
    vec![Effect::Pin { id, pinned }]
}

/// Renews static profiles that expire soon or have expired, because nothing else does; each at most once in a while.
pub(crate) fn renew(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let is_due = |profile: &&ManagedProfile| state.renewal_due(profile).is_some_and(|at| at <= now);
    let profiles: Vec<_> = state
        .facts
        .profiles
        .iter()
        .filter(is_due)
        .cloned()
        .collect();
    for profile in &profiles {
        let first = Renewal {
            tried_at: now,
            told: false,
        };
        let renewal = state.renewals.entry(profile.name.clone());
        renewal.or_insert(first).tried_at = now;
    }
    profiles.into_iter().map(Effect::Renew).collect()
}

/// The answer to [`Effect::Renew`]. It is tried again and again: the user is told of the first failure.
pub(crate) fn renewed(state: &mut State, name: &str, result: Result<Used, Problem>) -> Vec<Effect> {
    let has_failed = result.is_err();
    let was_told = state
        .renewals
        .get_mut(name)
        .is_some_and(|renewal| std::mem::replace(&mut renewal.told, has_failed) && has_failed);
    match result {
        Ok(_) => vec![Effect::LoadFacts],
        Err(_) if was_told => Vec::new(),
        Err(problem) => {
            let help = matches!(
                problem.kind,
                ProblemKind::SignInNeeded { .. }
                    | ProblemKind::ConsoleSignInNeeded { .. }
                    | ProblemKind::MfaNeeded { .. }
                    | ProblemKind::CaptureNeeded { .. }
            );
            if !help {
                state.notify_error(&problem);
                return Vec::new();
            }
            let profiles = &state.facts.profiles;
            let is_valid = |profile: &ManagedProfile| profile.expires_at > Some(state.now);
            // Its row says that it has expired.
            if !profiles.iter().any(|it| it.name == name && is_valid(it)) {
                return Vec::new();
            }
            let text = format!("the credentials of {name} expire soon");
            let key = state.keymap.key_for(&[Context::Picker], Action::Refresh);
            let hint = key.map(|key| format!("{key} on its row signs in and renews them"));
            state.toast(Tone::Bad, text.clone(), hint, LONG);
            vec![Effect::Notify(text)]
        }
    }
}

/// Asks for credentials, unless this entry is busy.
fn ask(
    state: &mut State,
    id: EntryId,
    effect: impl FnOnce(Ticket, EntryId) -> Effect,
) -> Vec<Effect> {
    if state.picker.busy.contains_key(&id) {
        return Vec::new();
    }
    let ticket = state.next_ticket();
    state.picker.busy.insert(id.clone(), ticket);
    state.picker.failed.remove(&id);
    vec![effect(ticket, id)]
}

fn copy(state: &mut State, id: &EntryId) -> Vec<Effect> {
    if let Some(profile) = state.picker.profiles.get(id) {
        return vec![Effect::CopyProfile(profile.name.clone())];
    }
    if id.kind == Kind::Profile {
        return vec![Effect::CopyProfile(id.source.to_string())];
    }
    let text = id.to_string();
    copied(state, &text);
    vec![Effect::Copy(text)]
}

/// Tells what was copied.
pub(crate) fn copied(state: &mut State, text: &str) {
    state.notify(Tone::Good, format!("sent to the clipboard: {text}"));
}

/// The answer to [`Effect::Use`] and [`Effect::Refresh`]. Answers to older questions are dropped (docs/architecture.md#one-runtime).
pub(crate) fn used(
    state: &mut State,
    ticket: Ticket,
    id: &EntryId,
    result: Result<Used, Problem>,
) -> Vec<Effect> {
    if state.picker.busy.get(id) != Some(&ticket) {
        return Vec::new();
    }
    state.picker.busy.remove(id);
    let refreshed = state.picker.refreshed.remove(id);
    let is_counted = counted(state, id, result.is_ok());
    let mut effects = vec![Effect::LoadFacts];
    match result {
        Ok(used) => {
            if !is_counted {
                tell_ready(state, &used);
            }
            for warning in used.warnings {
                state.notify(Tone::Note, warning);
            }
        }
        Err(problem) => {
            let then = if refreshed {
                Request::Refresh(id.clone())
            } else {
                Request::Use(id.clone())
            };
            effects.extend(failed(state, id, problem, then));
        }
    }
    effects
}

/// Tells that a profile is ready.
fn tell_ready(state: &mut State, used: &Used) {
    let left = used.expires_at.map_or_else(String::new, |at| {
        format!(", valid for {}", lifetime(seconds_left(state.now, at)))
    });
    let account = account_of(state, used);
    let text = format!("profile {} is ready{account}{left}", used.profile);
    state.notify(Tone::Good, text);
}

/// The account of a profile, for a message that has the profile's name: that often has the number already.
fn account_of(state: &State, used: &Used) -> String {
    let id = &used.entry;
    let name = used.profile.contains(&id.account.to_string()).then(|| {
        let entry = state.catalog.entry(id);
        named(entry.label.as_deref(), &entry.account_name).into_owned()
    });
    let account = name.or_else(|| describe_account(&state.catalog, id));
    account
        .filter(|account| id.kind != Kind::Profile && !account.is_empty())
        .map_or_else(String::new, |account| format!(" for {account}"))
}

/// The answer to [`Effect::Export`]: with credentials at hand, the command that prints them asks for nothing.
pub(crate) fn exportable(
    state: &mut State,
    ticket: Ticket,
    id: EntryId,
    result: Result<(), Problem>,
) -> Vec<Effect> {
    if state.picker.busy.get(&id) != Some(&ticket) {
        return Vec::new();
    }
    state.picker.busy.remove(&id);
    match result {
        Ok(()) => vec![Effect::Finish(Outcome::Export(id))],
        Err(problem) => failed(state, &id, problem, Request::Export(id.clone())),
    }
}

pub(crate) fn shell_ended(
    state: &mut State,
    id: &EntryId,
    result: Result<u8, Problem>,
) -> Vec<Effect> {
    let mut effects = vec![Effect::LoadFacts];
    let entry = describe(&state.catalog, id);
    match result {
        Ok(0) => state.notify(Tone::Note, format!("left the subshell of {entry}")),
        Ok(code) => state.notify(
            Tone::Note,
            format!("left the subshell of {entry} with exit code {code}"),
        ),
        Err(problem) => effects.extend(failed(state, id, problem, Request::Subshell(id.clone()))),
    }
    effects
}

/// Handles a failure: opens the sign-in, capture or MFA screen that is needed, asks before it overwrites a profile,
/// and otherwise marks the row and shows the problem.
fn failed(state: &mut State, id: &EntryId, problem: Problem, then: Request) -> Vec<Effect> {
    match &problem.kind {
        ProblemKind::SignInNeeded { portal } => {
            if let Some(session) = state.session(portal) {
                let portal = session.portal.clone();
                state.open(SignIn::new(portal, Some(then), state.demo));
                return Vec::new();
            }
        }
        ProblemKind::ConsoleSignInNeeded { profile } => {
            console_sign_in::open_for(state, profile, Some(then));
            return Vec::new();
        }
        ProblemKind::CaptureNeeded { app } => {
            if let Some(app) = capture::app(state, app) {
                return capture::open(state, app, then);
            }
        }
        ProblemKind::MfaNeeded {
            profile,
            device,
            refused,
        } => {
            mfa::open(state, profile, device, *refused, then);
            return Vec::new();
        }
        ProblemKind::NotOurs if matches!(then, Request::Use(_)) => {
            state.open(Confirm {
                title: format!("Overwrite it? {}", problem.title),
                detail: "This replaces its settings for credentials. The rest of the file does not change."
                    .to_owned(),
                yes: Yes::Overwrite(id.clone()),
            });
            return Vec::new();
        }
        _ => {}
    }
    state.notify_error(&problem);
    state.picker.failed.insert(id.clone(), problem);
    Vec::new()
}
