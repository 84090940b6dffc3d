//! The list: searching, moving, and what is done with an entry.

use super::{capture, discover, leave, menu, messages, onboarding, open_sign_in};
use crate::domain::label::is_guarded;
use crate::domain::profile::{ManagedProfile, Mode, Used};
use crate::domain::rank::Grouping;
use crate::domain::search::{Index, Query};
use crate::domain::text::clean;
use crate::domain::time::{seconds_left, span};
use crate::domain::{EntryId, Gap, GapReason, Item, Kind, Mark, Problem, ProblemKind};
use crate::tui::Outcome;
use crate::tui::action::Action;
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::layout::{regions, scroll};
use crate::tui::msg::{Effect, Ticket};
use crate::tui::state::{Confirm, Overlay, Pending, RowKey, State, Tone, View, Yes, row_key};

/// From this long before their end on, static keys are renewed (seconds).
const RENEW_SECONDS: i64 = 600;
/// After a renewal, or a try, it is left alone for this long (seconds).
const RENEW_AGAIN_SECONDS: i64 = 240;
/// How long the console's opening is said: longer than its browser is waited for (seconds).
const OPENING: i64 = 90;

/// A key on the list.
pub(super) fn key(state: &mut State, action: Action) -> Vec<Effect> {
    state.picker.moved |= matches!(
        action,
        Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::First
            | Action::Last
    );
    let page = usize::from(regions(state).list.height.max(2)) - 1;
    match action {
        Action::Use => return with_entry(state, use_entry),
        Action::Refresh => return with_entry(state, refresh),
        Action::RefreshAll => return refresh_all(state),
        Action::Forget => return with_entry(state, forget),
        Action::Pin => return with_entry(state, pin),
        Action::NextView => turn(state, 1),
        Action::PreviousView => turn(state, View::ALL.len() - 1),
        Action::SignInAll => sign_in_all(state),
        Action::Group => return group(state),
        Action::Settings => return super::settings::open(state),
        Action::Subshell => return with_entry(state, subshell),
        Action::Console => return with_entry(state, console),
        Action::Export => {
            return with_entry(state, |_, id| vec![Effect::Finish(Outcome::Export(id))]);
        }
        Action::Copy => return with_entry(state, copy),
        Action::SignInOut => sign_in_out(state),
        Action::Reload => return reload(state),
        Action::AddPortal => onboarding::open(state, false),
        Action::AddApp => capture::add(state),
        Action::ToggleDetails => {
            let look = &mut state.picker.look;
            look.hide_details = !look.hide_details;
            return vec![Effect::KeepLook(*look)];
        }
        Action::Here => here(state),
        Action::Messages => messages::open(state),
        Action::Help => menu::open(state, true),
        Action::Palette => menu::open(state, false),
        Action::Back if state.picker.query.is_empty() => return leave(state),
        Action::Back => clear(state),
        Action::Up => step(state, -1),
        Action::Down => step(state, 1),
        Action::PageUp => step(state, -isize::try_from(page).unwrap_or(1)),
        Action::PageDown => step(state, isize::try_from(page).unwrap_or(1)),
        Action::First => state.picker.selected = 0,
        Action::Last => state.picker.selected = state.picker.hits.len().saturating_sub(1),
        action => {
            if state.picker.query.edit(action) {
                search(state);
            }
        }
    }
    Vec::new()
}

/// Empties the query.
pub(super) fn clear(state: &mut State) {
    state.picker.query = Input::default();
    search(state);
}

/// Selects a row, where it is in the list.
pub(super) fn select(state: &mut State, key: &RowKey) {
    if let Some(place) = place_of(state, key) {
        state.picker.selected = place;
        state.picker.moved = true;
    }
}

/// Selects the entry whose credentials this shell holds, out of whatever hides it.
fn here(state: &mut State) {
    let Some(id) = state.here.clone() else {
        return state.say(Tone::Note, "this shell holds no role of roledex".to_owned());
    };
    let key = RowKey::Entry(id);
    if place_of(state, &key).is_none() {
        state.picker.query = Input::default();
        state.picker.view = View::All;
        state.picker.folded.clear();
        rebuild(state);
        search(state);
    }
    match place_of(state, &key) {
        Some(_) => select(state, &key),
        None => state.say(
            Tone::Note,
            "the role of this shell is not in the list".to_owned(),
        ),
    }
}

/// Shows one portal or app alone.
pub(super) fn only(state: &mut State, source: &str) {
    // A blank ends a word: the rest of such a name is left to fuzziness.
    let word = source.split_whitespace().next().unwrap_or_default();
    let end = if word == source { "$" } else { "" };
    state.picker.query = Input::new(&format!("portal:^{word}{end} "));
    search(state);
}

/// Shows a view.
pub(super) fn show(state: &mut State, view: View) {
    state.picker.view = view;
    rebuild(state);
    state.picker.selected = 0;
    state.picker.moved = false;
}

/// Reads the query again and finds its rows; the best one is selected.
pub(super) fn search(state: &mut State) {
    // Groups are for looking around: what is searched for stands in the order of its match.
    if state.picker.in_groups != wants_groups(state) {
        rebuild(state);
    }
    let picker = &mut state.picker;
    picker.parsed = Query::parse(&picker.query.text());
    picker.hits = picker.index.search(&picker.parsed);
    picker.selected = 0;
    picker.offset = 0;
    picker.moved = false;
}

/// Makes the rows of the catalog anew; the selection stays on its row.
pub(super) fn rebuild(state: &mut State) {
    let key = state.selected_key();
    let mut items = state.catalog.items();
    if let Some(only) = &state.only_portal {
        items.retain(|item| {
            let kind = match item {
                Item::Entry(entry) => entry.id.kind,
                Item::Gap(gap) => gap.kind,
            };
            state.catalog.is_of(kind, item.source(), Some(only))
        });
    }
    let guard_view = state.picker.view;
    items.retain(|item| is_in(state, guard_view, item));
    order(state, &mut items);
    state.picker.in_groups = wants_groups(state);
    if state.picker.in_groups {
        items = in_groups(state, items);
    }
    let picker = &mut state.picker;
    picker.index = Index::new(&items);
    picker.items = items;
    picker.hits = picker.index.search(&picker.parsed);
    // A row without roles that nobody chose is not worth following through a list that grows.
    let followed = key.filter(|key| state.picker.moved || matches!(key, RowKey::Entry(_)));
    let place = followed.and_then(|key| place_of(state, &key));
    let last = state.picker.hits.len().saturating_sub(1);
    state.picker.selected = place.unwrap_or(state.picker.selected).min(last);
}

/// Whether a row belongs to a view.
fn is_in(state: &State, view: View, item: &Item) -> bool {
    let (kind, id) = match item {
        Item::Entry(entry) => (entry.id.kind, Some(&entry.id)),
        Item::Gap(gap) => (gap.kind, None),
    };
    match view {
        View::All => true,
        View::Organizations => kind == Kind::Org,
        View::External => kind == Kind::External,
        View::Active => id.is_some_and(|id| ends_at(state, id).is_some()),
        View::Pinned => id.is_some_and(|id| state.facts.history.pins.contains(id)),
    }
}

fn ends_at(state: &State, id: &EntryId) -> Option<jiff::Timestamp> {
    state.picker.profiles.get(id)?.expires_at
}

/// The active ones by their end; else pins, then what is most likely wanted, then the catalog's order.
fn order(state: &State, items: &mut [Item]) {
    fn id(item: &Item) -> Option<&EntryId> {
        match item {
            Item::Entry(entry) => Some(&entry.id),
            Item::Gap(_) => None,
        }
    }
    if state.picker.view == View::Active {
        items.sort_by_key(|item| id(item).and_then(|id| ends_at(state, id)));
        return;
    }
    let history = &state.facts.history;
    let scores = history.scores(state.now);
    if history.pins.is_empty() && scores.is_empty() {
        return;
    }
    let rank = |item: &Item| {
        let id = id(item);
        let pinned = id.is_some_and(|id| history.pins.contains(id));
        let score = id.and_then(|id| scores.get(id)).copied().unwrap_or(0);
        std::cmp::Reverse((pinned, score))
    };
    items.sort_by_cached_key(rank);
}

fn wants_groups(state: &State) -> bool {
    state.picker.look.grouping != Grouping::None && state.picker.query.is_empty()
}

/// Groups of another kind, or none.
fn group(state: &mut State) -> Vec<Effect> {
    state.picker.look.grouping = match state.picker.look.grouping {
        Grouping::None => Grouping::Account,
        Grouping::Account => Grouping::Portal,
        Grouping::Portal => Grouping::None,
    };
    rebuild(state);
    state.picker.selected = 0;
    vec![Effect::KeepLook(state.picker.look)]
}

/// What a row's group is known by.
fn group_of(state: &State, item: &Item) -> String {
    let portal = match item {
        Item::Entry(entry) => state.catalog.portal_of(entry.id.kind, &entry.id.source),
        Item::Gap(gap) => state.catalog.portal_of(gap.kind, &gap.source),
    };
    let source = portal.unwrap_or_else(|| item.source());
    match (state.picker.look.grouping, item.account()) {
        (Grouping::Account, Some(account)) => format!("{account} {source}"),
        (Grouping::Account, None) => format!("{source} {}", item.name()),
        _ => source.to_string(),
    }
}

/// The rows of a group stand together behind its head, in the order of their first ones.
fn in_groups(state: &State, items: Vec<Item>) -> Vec<Item> {
    let mut order: Vec<String> = Vec::new();
    let mut groups: std::collections::HashMap<String, Vec<Item>> = std::collections::HashMap::new();
    for item in items {
        let key = group_of(state, &item);
        let rows = groups.entry(key.clone()).or_default();
        if rows.is_empty() {
            order.push(key);
        }
        rows.push(item);
    }
    let mut out = Vec::new();
    for key in order {
        let rows = groups.remove(&key).unwrap_or_default();
        let Some(first) = rows.first() else { continue };
        let folded = state.picker.folded.contains(&key);
        let by_account = state.picker.look.grouping == Grouping::Account;
        let kind = match first {
            Item::Entry(entry) => entry.id.kind,
            Item::Gap(gap) => gap.kind,
        };
        let portal = state.catalog.portal_of(kind, first.source());
        out.push(Item::Gap(Gap {
            kind: Kind::Org,
            source: key.as_str().into(),
            account: first.account().filter(|_| by_account),
            name: if by_account {
                std::sync::Arc::clone(first.name())
            } else {
                std::sync::Arc::clone(portal.unwrap_or_else(|| first.source()))
            },
            email: "".into(),
            reason: GapReason::Group {
                count: rows.len(),
                folded,
            },
        }));
        if !folded {
            out.extend(rows);
        }
    }
    out
}

/// Hides the rows of a group, or shows them.
fn fold(state: &mut State, key: &str) {
    if !state.picker.folded.remove(key) {
        state.picker.folded.insert(key.to_owned());
    }
    state.picker.moved = true;
    rebuild(state);
}

/// Another view; what is typed stays.
fn turn(state: &mut State, by: usize) {
    let at = View::ALL.iter().position(|view| *view == state.picker.view);
    let next = (at.unwrap_or(0) + by) % View::ALL.len();
    show(state, View::ALL[next]);
}

fn place_of(state: &State, key: &RowKey) -> Option<usize> {
    let picker = &state.picker;
    let row_at = |row: u32| picker.items.get(row as usize);
    let exactly = picker
        .hits
        .iter()
        .position(|hit| row_at(hit.row).is_some_and(|item| row_key(item) == *key));
    // The roles of a selected account arrived: its first role takes the selection.
    exactly.or_else(|| {
        let RowKey::Gap(source, account) = key else {
            return None;
        };
        picker.hits.iter().position(|hit| {
            row_at(hit.row)
                .is_some_and(|item| item.source() == source && item.account() == *account)
        })
    })
}

fn step(state: &mut State, by: isize) {
    let last = state.picker.hits.len().saturating_sub(1);
    state.picker.selected = state.picker.selected.saturating_add_signed(by).min(last);
}

/// Scrolls so that the selection can be seen.
pub(super) fn keep_in_view(state: &mut State) {
    let rows = usize::from(regions(state).list.height);
    let picker = &mut state.picker;
    picker.offset = scroll(picker.offset, picker.selected, picker.hits.len(), rows);
}

/// Asks for the roles of the accounts on screen first (P2).
pub(super) fn prefer_visible(state: &mut State) -> Vec<Effect> {
    if state.refreshing.is_empty() {
        return Vec::new();
    }
    let rows = usize::from(regions(state).list.height);
    let mut visible = Vec::new();
    let mut source = None;
    for hit in state
        .picker
        .hits
        .iter()
        .skip(state.picker.offset)
        .take(rows)
    {
        if let Some(Item::Gap(gap)) = state.picker.items.get(hit.row as usize)
            && gap.reason == GapReason::Loading
            && source.get_or_insert_with(|| std::sync::Arc::clone(&gap.source)) == &gap.source
        {
            visible.extend(gap.account);
        }
    }
    let Some(source) = source.filter(|_| visible != state.picker.preferred) else {
        return Vec::new();
    };
    state.picker.preferred.clone_from(&visible);
    vec![Effect::Prefer(source, visible)]
}

pub(super) fn click(state: &mut State, x: u16, y: u16, twice: bool) -> Vec<Effect> {
    let list = regions(state).list;
    let inside = x < list.width && (list.y..list.y + list.height).contains(&y);
    if !state.overlays.is_empty() || !inside {
        return Vec::new();
    }
    let place = state.picker.offset + usize::from(y - list.y);
    if place >= state.picker.hits.len() {
        return Vec::new();
    }
    state.picker.selected = place;
    state.picker.moved = true;
    if twice {
        key(state, Action::Use)
    } else {
        Vec::new()
    }
}

pub(super) fn wheel(state: &mut State, rows: i32) -> Vec<Effect> {
    if state.overlays.is_empty() {
        step(state, isize::try_from(rows).unwrap_or_default());
    }
    Vec::new()
}

/// Does something with the selected entry, or says why it cannot.
fn with_entry(
    state: &mut State,
    act: impl FnOnce(&mut State, EntryId) -> Vec<Effect>,
) -> Vec<Effect> {
    let Some(item) = state.selected().cloned() else {
        state.say(Tone::Note, "nothing is selected".to_owned());
        return Vec::new();
    };
    match item {
        Item::Entry(entry) if entry.mark == Mark::Lost => {
            state.say(
                Tone::Bad,
                format!(
                    "{} in {} is not yours any more",
                    entry.id.role, entry.id.account
                ),
            );
            Vec::new()
        }
        Item::Entry(entry) => act(state, entry.id),
        Item::Gap(gap) if gap.kind == Kind::External => match capture::app(state, &gap.source) {
            Some(app) => capture::open(state, app, None),
            None => Vec::new(),
        },
        Item::Gap(gap) => {
            let name = clean(&gap.name).into_owned();
            match gap.reason {
                GapReason::Failed(problem) => state.complain(&problem),
                GapReason::Loading => {
                    state.say(Tone::Note, format!("the roles of {name} are being listed"));
                }
                GapReason::NoRoles => state.say(Tone::Note, format!("you have no role in {name}")),
                GapReason::Unknown => return reload(state),
                GapReason::Group { .. } => fold(state, &gap.source),
            }
            Vec::new()
        }
    }
}

fn use_entry(state: &mut State, id: EntryId) -> Vec<Effect> {
    if state.pick_only {
        return vec![Effect::Finish(Outcome::Picked(id))];
    }
    ask(state, id, |ticket, id| Effect::Use(ticket, id, false))
}

fn refresh(state: &mut State, id: EntryId) -> Vec<Effect> {
    let effects = ask(state, id.clone(), Effect::Refresh);
    if !effects.is_empty() {
        state.picker.refreshed.insert(id);
    }
    effects
}

fn console(state: &mut State, id: EntryId) -> Vec<Effect> {
    // It stays until the browser came, or did not.
    state.toast(Tone::Note, opening(&id), None, OPENING);
    vec![Effect::Console(id)]
}

fn opening(id: &EntryId) -> String {
    format!("opening the console of {}", id.role)
}

/// The console was opened, or not.
pub(super) fn console_opened(
    state: &mut State,
    id: &EntryId,
    result: Result<(), Problem>,
) -> Vec<Effect> {
    let until_now = opening(id);
    state.toasts.retain(|toast| toast.text != until_now);
    match result {
        Ok(()) => {
            let text = format!("the console of {} is in your browser", id.role);
            state.say(Tone::Good, text);
            Vec::new()
        }
        Err(problem) => failed(state, id, problem, Pending::Console(id.clone())),
    }
}

/// What was wanted before something came in between.
pub(super) fn go_on(state: &mut State, then: Pending) -> Vec<Effect> {
    match then {
        Pending::Use(id) => ask(state, id, |ticket, id| Effect::Use(ticket, id, false)),
        Pending::Refresh(id) => refresh(state, id),
        Pending::Subshell(id) => vec![Effect::Subshell(id)],
        Pending::Console(id) => console(state, id),
        Pending::Capture(app) => capture::open(state, app, None),
    }
}

/// New credentials for every managed profile.
fn refresh_all(state: &mut State) -> Vec<Effect> {
    let entries: Vec<EntryId> = state.picker.profiles.keys().cloned().collect();
    if entries.is_empty() {
        state.say(Tone::Note, "there is no profile to refresh yet".to_owned());
    }
    entries
        .into_iter()
        .flat_map(|id| refresh(state, id))
        .collect()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "of one form with the other actions"
)]
fn forget(state: &mut State, id: EntryId) -> Vec<Effect> {
    match state.picker.profiles.get(&id) {
        Some(profile) => {
            let name = profile.name.clone();
            state.overlays.push(Overlay::Confirm(Confirm {
                title: format!("Forget the profile {name}?"),
                detail: "Its section is removed from the AWS files, and its stored credentials are forgotten."
                    .to_owned(),
                yes: Yes::Forget(name),
            }));
        }
        None => state.say(Tone::Note, "it has no profile".to_owned()),
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
    state.say(
        Tone::Good,
        format!("{} in {} is {word}", id.role, id.account),
    );
    state.picker.moved = true;
    rebuild(state);
    vec![Effect::Pin(id, pinned)]
}

/// A guarded entry is asked about, once.
fn subshell(state: &mut State, id: EntryId) -> Vec<Effect> {
    let Some(Item::Entry(entry)) = state.selected() else {
        return vec![Effect::Subshell(id)];
    };
    if state.guarded.contains(&id) || !is_guarded(&state.guard, entry) {
        return vec![Effect::Subshell(id)];
    }
    let name = clean(&entry.account_name).into_owned();
    state.overlays.push(Overlay::Confirm(Confirm {
        title: format!("A shell in {name} as {}?", id.role),
        detail: "Your settings guard it.".to_owned(),
        yes: Yes::Subshell(id),
    }));
    Vec::new()
}

/// Signs in to every portal that wants it, one after another.
fn sign_in_all(state: &mut State) {
    let mut waiting: Vec<_> = state
        .facts
        .sessions
        .iter()
        .filter(|session| !session.signed_in)
        .map(|session| session.portal.clone())
        .collect();
    if waiting.is_empty() {
        return state.say(Tone::Note, "you are signed in everywhere".to_owned());
    }
    let first = waiting.remove(0);
    state.sign_in_next = waiting;
    open_sign_in(state, first, None);
}

/// Static profiles end where nobody renews them: those that end soon are renewed, each at most once
/// in a while.
pub(super) fn renew(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let due = |profile: &&ManagedProfile| {
        let left = profile.expires_at.map(|at| seconds_left(now, at));
        let tried = state.renewed.get(&profile.name);
        profile.mode == Mode::Static
            && left.is_some_and(|left| left <= RENEW_SECONDS)
            && tried.is_none_or(|at| seconds_left(*at, now) >= RENEW_AGAIN_SECONDS)
    };
    let profiles: Vec<_> = state.facts.profiles.iter().filter(due).cloned().collect();
    for profile in &profiles {
        state.renewed.insert(profile.name.clone(), now);
    }
    profiles.into_iter().map(Effect::Renew).collect()
}

/// A static profile was renewed, or a person has to help.
pub(super) fn renewed(state: &mut State, name: &str, result: Result<Used, Problem>) -> Vec<Effect> {
    match result {
        Ok(_) => vec![Effect::LoadFacts],
        Err(problem) => {
            let help = matches!(
                problem.kind,
                ProblemKind::SignInNeeded { .. } | ProblemKind::CaptureNeeded { .. }
            );
            let text = format!("the keys of {name} end soon");
            if !help {
                state.complain(&problem);
                return Vec::new();
            }
            let key = state.keymap.key_for(&[Context::Picker], Action::Refresh);
            let hint = key.map(|key| format!("{key} on it signs in and renews them"));
            state.toast(Tone::Bad, text.clone(), hint, super::LONG);
            vec![Effect::Notify(text)]
        }
    }
}

/// Asks for credentials, unless that is under way for this entry.
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

#[expect(
    clippy::needless_pass_by_value,
    reason = "of one form with the other actions"
)]
fn copy(state: &mut State, id: EntryId) -> Vec<Effect> {
    let text = match state.picker.profiles.get(&id) {
        Some(profile) => format!("export AWS_PROFILE={}", profile.name),
        None => id.to_string(),
    };
    state.say(Tone::Good, format!("copied: {text}"));
    vec![Effect::Copy(text)]
}

/// Signs in to the portal of the selected row, or out of it.
fn sign_in_out(state: &mut State) {
    let selected = state
        .selected()
        .map(|item| std::sync::Arc::clone(item.source()));
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
        return onboarding::open(state, false);
    };
    // A portal that was never listed has no row to stand on: it is signed in to first.
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
        open_sign_in(state, session.portal, None);
    } else if let Some(waiting) = waiting {
        open_sign_in(state, waiting.portal, None);
    } else {
        state.overlays.push(Overlay::Confirm(Confirm {
            title: format!("Sign out of {}?", session.portal.name),
            detail: "Its token is revoked; its stored credentials and static keys are removed."
                .to_owned(),
            yes: Yes::SignOut(session.portal),
        }));
    }
}

/// Asks every portal that we are signed in to again.
fn reload(state: &mut State) -> Vec<Effect> {
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

/// An entry was used or refreshed, or not. Answers to older questions are dropped (H4).
pub(super) fn used(
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
    let mut effects = vec![Effect::LoadFacts];
    match result {
        Ok(used) => {
            let left = span(seconds_left(state.now, used.expires_at));
            state.say(
                Tone::Good,
                format!("profile {} is ready, good for {left}", used.profile),
            );
            for warning in used.warnings {
                state.say(Tone::Note, warning);
            }
        }
        Err(problem) => {
            let then = if refreshed {
                Pending::Refresh(id.clone())
            } else {
                Pending::Use(id.clone())
            };
            effects.extend(failed(state, id, problem, then));
        }
    }
    effects
}

pub(super) fn shell_ended(
    state: &mut State,
    id: &EntryId,
    result: Result<u8, Problem>,
) -> Vec<Effect> {
    let mut effects = vec![Effect::LoadFacts];
    match result {
        Ok(0) => state.say(Tone::Note, format!("left the subshell of {}", id.role)),
        Ok(code) => state.say(
            Tone::Note,
            format!("left the subshell of {} with exit code {code}", id.role),
        ),
        Err(problem) => effects.extend(failed(state, id, problem, Pending::Subshell(id.clone()))),
    }
    effects
}

/// A sign-in or a capture that is needed comes in between; a name that is somebody else's is a question; anything
/// else marks the row and is said.
fn failed(state: &mut State, id: &EntryId, problem: Problem, then: Pending) -> Vec<Effect> {
    match &problem.kind {
        ProblemKind::SignInNeeded { portal } => {
            if let Some(session) = state.session(portal) {
                let portal = session.portal.clone();
                open_sign_in(state, portal, Some(then));
                return Vec::new();
            }
        }
        ProblemKind::CaptureNeeded { app } => {
            if let Some(app) = capture::app(state, app) {
                return capture::open(state, app, Some(then));
            }
        }
        ProblemKind::NotOurs if matches!(then, Pending::Use(_)) => {
            state.overlays.push(Overlay::Confirm(Confirm {
                title: format!("Overwrite it? {}", problem.title),
                detail: "Its settings for credentials are replaced; the rest of the file stays as it is."
                    .to_owned(),
                yes: Yes::Overwrite(id.clone()),
            }));
            return Vec::new();
        }
        _ => {}
    }
    state.complain(&problem);
    state.picker.failed.insert(id.clone(), problem);
    Vec::new()
}
