//! The rows of the list and their order: views, search, groups.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use jiff::Timestamp;

use super::{Head, HeadKey, Picker, Row, RowKey, View};
use crate::domain::own::Via;
use crate::domain::portal::PortalSession;
use crate::domain::rank::Grouping;
use crate::domain::search::{Hit, Index, Query};
use crate::domain::text::clean;
use crate::domain::{AccountId, Catalog, EntryId, Item, Kind};
use crate::tui::input::Input;
use crate::tui::msg::Effect;
use crate::tui::state::{State, Tone};

/// The number of wider results that are kept: as many as a word has letters.
const MAX_WIDER: usize = 8;
/// The number of their hits that are kept, in rows of the list.
const MAX_WIDER_HITS: usize = 3;

/// The head of the sessions in the active view, and its key.
const SESSIONS: &str = "sessions";

/// Empties the query.
pub(crate) fn clear(state: &mut State) {
    state.picker.query = Input::default();
    search(state);
}

/// Selects a row if it is in the list.
pub(crate) fn select(state: &mut State, key: &RowKey) {
    if let Some(place) = place_of(state, key) {
        state.picker.selected = place;
        state.picker.moved = true;
    }
}

/// Selects the entry whose credentials the surrounding shell has; search, view and groups that hide it are reset.
pub(crate) fn here(state: &mut State) {
    let Some(id) = state.here.clone() else {
        return state.notify(Tone::Note, "this shell has no role from roledex".to_owned());
    };
    let key = RowKey::Entry(id);
    if place_of(state, &key).is_none() {
        state.picker.look.folded.clear();
        clear(state);
        show(state, View::All);
    }
    match place_of(state, &key) {
        Some(_) => select(state, &key),
        None => state.notify(
            Tone::Note,
            "this shell's role is not in the list".to_owned(),
        ),
    }
}

/// Selects this shell's row, where nothing is searched for: most likely it is meant.
pub(crate) fn begin_here(state: &mut State) {
    let Some(id) = state.here.clone().filter(|_| state.picker.query.is_empty()) else {
        return;
    };
    select(state, &RowKey::Entry(id));
}

/// Shows one portal or app alone.
pub(crate) fn only(state: &mut State, source: &str) {
    let field = if state.session(source).is_some() {
        "portal"
    } else {
        "app"
    };
    let word = source.replace(' ', "\\ ");
    state.picker.query = Input::new(&format!("{field}:^{word}$ "));
    search(state);
}

/// Shows a view.
pub(crate) fn show(state: &mut State, view: View) {
    state.picker.view = view;
    list(state);
    state.picker.selected = 0;
    state.picker.moved = false;
}

/// Parses the query and finds its rows; the best one is selected.
pub(crate) fn search(state: &mut State) {
    let query = Query::parse(&state.picker.query.text());
    // Groups are for browsing: results of a search are in the order of their match.
    if state.picker.in_groups == wants_groups(state) {
        find(&mut state.picker, &state.catalog, query);
    } else {
        state.picker.parsed = query;
        list(state);
    }
    let picker = &mut state.picker;
    picker.selected = 0;
    picker.offset = 0;
    picker.moved = false;
}

/// Takes another query. Results of shorter queries are kept, because most keys add a letter or remove one.
fn find(picker: &mut Picker, catalog: &Catalog, query: Query) {
    let before = std::mem::replace(&mut picker.parsed, query);
    let hits = std::mem::take(&mut picker.hits);
    // The rows of an empty query need no search.
    if !before.is_empty() {
        picker.wider.push((before, hits));
    }
    let query = &picker.parsed;
    let is_wider = |(wider, _): &(Query, Vec<Hit>)| query.narrows(wider);
    let keep = picker
        .wider
        .iter()
        .rposition(is_wider)
        .map_or(0, |at| at + 1);
    picker.wider.truncate(keep);
    let same = picker.wider.pop_if(|(wider, _)| wider == query);
    picker.hits = match same {
        Some((_, hits)) => hits,
        None => matching(picker, catalog),
    };
    let max_hits = MAX_WIDER_HITS * picker.rows.len();
    let hits =
        |wider: &[(Query, Vec<Hit>)]| wider.iter().map(|(_, hits)| hits.len()).sum::<usize>();
    while picker.wider.len() > MAX_WIDER || hits(&picker.wider) > max_hits {
        picker.wider.remove(0);
    }
}

/// Builds the search index, unless it is there.
pub(crate) fn prepare(state: &mut State) {
    let State {
        picker, catalog, ..
    } = state;
    let items = &picker.items;
    let index = &mut picker.index;
    index.get_or_insert_with(|| Index::new(items, catalog));
}

/// The rows that match, searched among those of a wider query if there are any.
fn matching(picker: &mut Picker, catalog: &Catalog) -> Vec<Hit> {
    let (query, rows) = (&picker.parsed, &picker.rows);
    if query.is_empty() {
        return everything(rows);
    }
    let items = &picker.items;
    let index = picker
        .index
        .get_or_insert_with(|| Index::new(items, catalog));
    match picker.wider.last() {
        Some((_, hits)) => index.narrow(query, rows, hits),
        None => index.search(query, rows),
    }
}

/// Every row: the result of an empty query.
fn everything(rows: &[u32]) -> Vec<Hit> {
    (0..u32::try_from(rows.len()).unwrap_or(u32::MAX))
        .map(|row| Hit { row, score: 0 })
        .collect()
}

/// Takes the apps of the settings into the catalog; `true` if that changed it.
#[must_use]
pub(crate) fn take_apps(state: &mut State) -> bool {
    let before = state.catalog.apps.clone();
    state.catalog.set_apps(&state.facts.apps);
    state.catalog.apps != before
}

/// Rebuilds the items from the catalog; the selection stays on its row.
pub(crate) fn rebuild(state: &mut State) {
    let key = state.selected_key();
    let mut items = state.catalog.items();
    if let Some(only) = &state.only_portal {
        items.retain(|item| {
            state
                .catalog
                .belongs_to(item.kind(), item.source(), Some(only))
        });
    }
    state.picker.namesakes = namesakes(&items);
    state.picker.items = items;
    state.picker.index = None;
    list_following(state, key);
}

/// Rebuilds the rows of the view, in their order; the selection stays on its row.
pub(crate) fn list(state: &mut State) {
    let key = state.selected_key();
    list_following(state, key);
}

fn list_following(state: &mut State, key: Option<RowKey>) {
    state.picker.heads.clear();
    state.picker.sessions.clear();
    let mut rows = rows_of_view(state);
    state.picker.in_view = rows.len();
    count(state);
    order(state, &mut rows);
    state.picker.in_groups = wants_groups(state);
    state.picker.rows = if state.picker.in_groups && state.picker.view == View::Active {
        with_sessions(state, &rows)
    } else if state.picker.in_groups {
        in_groups(state, &rows)
    } else {
        rows
    };
    let picker = &mut state.picker;
    picker.wider.clear();
    picker.hits = matching(picker, &state.catalog);
    // A row without roles that the user did not choose is not followed while the list grows.
    let followed = key.filter(|key| state.picker.moved || matches!(key, RowKey::Entry(_)));
    let place = followed.and_then(|key| place_of(state, &key));
    let last = state.picker.hits.len().saturating_sub(1);
    state.picker.selected = place.unwrap_or(state.picker.selected).min(last);
}

/// Accounts with the name of another account.
fn namesakes(items: &[Item]) -> HashSet<AccountId> {
    let mut first: HashMap<Cow<'_, str>, AccountId> = HashMap::default();
    let mut found = HashSet::default();
    let mut before: Option<&Item> = None;
    for item in items {
        // Most rows follow one of their account.
        let follows = before.is_some_and(|before| is_group_of(before, item));
        before = Some(item);
        let Some(account) = item.account().filter(|_| !follows) else {
            continue;
        };
        if item.name().is_empty() {
            continue;
        }
        let other = *first.entry(clean(item.name())).or_insert(account);
        if other != account {
            found.extend([other, account]);
        }
    }
    found
}

/// Counts the rows of every view.
pub(crate) fn count(state: &mut State) {
    let picker = &state.picker;
    let live = EntrySet::new(state.live());
    let pinned = EntrySet::new(state.facts.history.pins.iter());
    let mut counts = [0; View::ALL.len()];
    for item in &picker.items {
        let mut add = |view: View| counts[view as usize] += 1;
        add(View::All);
        match item.kind() {
            Kind::Org => add(View::Organizations),
            Kind::External => add(View::External),
            Kind::Profile => add(View::Profiles),
            Kind::Chain => {}
        }
        if let Some(id) = item.id() {
            if live.contains(id) {
                add(View::Active);
            }
            if pinned.contains(id) {
                add(View::Pinned);
            }
        }
    }
    state.picker.counts = counts;
}

fn rows_of_view(state: &State) -> Vec<u32> {
    let history = &state.facts.history;
    let listed = state.picker.items.iter().zip(0_u32..);
    let entries = |ids: &mut dyn Iterator<Item = &EntryId>| {
        let ids = EntrySet::new(ids);
        let listed = listed.clone();
        listed
            .filter(|(item, _)| item.id().is_some_and(|id| ids.contains(id)))
            .map(|(_, row)| row)
            .collect()
    };
    let of_kind = |kind| {
        let listed = listed.clone().filter(|(item, _)| item.kind() == kind);
        listed.map(|(_, row)| row).collect()
    };
    match state.picker.view {
        View::All => listed.map(|(_, row)| row).collect(),
        View::Organizations => of_kind(Kind::Org),
        View::External => of_kind(Kind::External),
        View::Profiles => of_kind(Kind::Profile),
        View::Active => entries(&mut state.live()),
        View::Pinned => entries(&mut history.pins.iter()),
    }
}

/// A set of entries with a fast test: nearly all other entries fail by their account alone.
struct EntrySet<'a> {
    accounts: HashSet<AccountId>,
    ids: HashSet<&'a EntryId>,
    /// The last account that was looked up, and whether it is there: most rows follow one of their account.
    last: Cell<(AccountId, bool)>,
}

impl<'a> EntrySet<'a> {
    fn new(ids: impl Iterator<Item = &'a EntryId>) -> Self {
        let ids: HashSet<_> = ids.collect();
        let accounts: HashSet<_> = ids.iter().map(|id| id.account).collect();
        let last = Cell::new((AccountId::NONE, accounts.contains(&AccountId::NONE)));
        Self {
            accounts,
            ids,
            last,
        }
    }

    fn contains(&self, id: &EntryId) -> bool {
        let (account, mut is_there) = self.last.get();
        if account != id.account {
            is_there = self.accounts.contains(&id.account);
            self.last.set((id.account, is_there));
        }
        is_there && self.ids.contains(id)
    }
}

/// Sorts the active view by expiry; other views by pins, then by use, then in the catalog's order.
fn order(state: &State, rows: &mut Vec<u32>) {
    let id = |row: u32| state.picker.items.get(row as usize).and_then(Item::id);
    if state.picker.view == View::Active {
        let end = |id| state.expires_at(id);
        rows.sort_by_key(|row| id(*row).and_then(end));
        return;
    }
    let history = &state.facts.history;
    let scores = history.scores(state.now);
    if history.pins.is_empty() && scores.is_empty() {
        return;
    }
    let ranked = EntrySet::new(history.pins.iter().chain(scores.keys()));
    // Few of very many: they are taken out, sorted, and put first.
    let (mut first, rest): (Vec<u32>, Vec<u32>) = rows
        .iter()
        .partition(|row| id(**row).is_some_and(|id| ranked.contains(id)));
    first.sort_by_cached_key(|row| {
        let score = |id| scores.get(id).copied().unwrap_or(0);
        let rank = |id| (history.pins.contains(id), score(id));
        std::cmp::Reverse(id(*row).map(rank))
    });
    first.extend(rest);
    *rows = first;
}

fn wants_groups(state: &State) -> bool {
    let is_grouped = state.picker.look.grouping != Grouping::None;
    (is_grouped || state.picker.view == View::Active) && state.picker.query.is_empty()
}

/// Groups the rows by account, by portal, or not.
pub(crate) fn group(state: &mut State) -> Vec<Effect> {
    state.picker.look.grouping = match state.picker.look.grouping {
        Grouping::None => Grouping::Account,
        Grouping::Account => Grouping::Portal,
        Grouping::Portal => Grouping::None,
    };
    list(state);
    state.picker.selected = 0;
    vec![Effect::KeepLook(state.picker.look.clone())]
}

/// The key of an item's group.
fn group_of(state: &State, item: &Item) -> HeadKey {
    let portal = state.catalog.portal_of(item.kind(), item.source());
    let by_account = state.picker.look.grouping == Grouping::Account;
    let account = item.account().filter(|_| by_account);
    HeadKey {
        account,
        source: Arc::clone(portal.unwrap_or_else(|| item.source())),
        name: (by_account && account.is_none()).then(|| Arc::clone(item.name())),
    }
}

/// The rows in groups: each group after its head, in the order of their first rows.
fn in_groups(state: &mut State, rows: &[u32]) -> Vec<u32> {
    let items = &state.picker.items;
    // The first item and the number of rows of each group, and the group of each row.
    let mut groups: Vec<(&Item, HeadKey, usize)> = Vec::new();
    let mut group_of_row: Vec<(u32, usize)> = Vec::with_capacity(rows.len());
    let mut known: HashMap<HeadKey, usize> = HashMap::default();
    let mut last: Option<(&Item, usize)> = None;
    for row in rows {
        let Some(item) = items.get(*row as usize) else {
            continue;
        };
        let group = match last {
            // Most rows follow one of their account.
            Some((before, group)) if is_group_of(before, item) => group,
            _ => {
                let key = group_of(state, item);
                *known.entry(key.clone()).or_insert_with(|| {
                    groups.push((item, key, 0));
                    groups.len() - 1
                })
            }
        };
        last = Some((item, group));
        groups[group].2 += 1;
        group_of_row.push((*row, group));
    }
    let by_account = state.picker.look.grouping == Grouping::Account;
    let (mut heads, mut out) = (Vec::with_capacity(groups.len()), Vec::new());
    // The place of the next row of each group that is not folded.
    let mut next = Vec::with_capacity(groups.len());
    let all_folded = &state.picker.look.folded;
    for (first, key, count) in groups {
        // Nearly always nothing is folded, and there are very many groups.
        let folded = !all_folded.is_empty() && all_folded.contains(&key.to_string());
        let portal = state.catalog.portal_of(first.kind(), first.source());
        out.push(u32::try_from(items.len() + heads.len()).unwrap_or(u32::MAX));
        next.push((!folded).then_some(out.len()));
        if !folded {
            out.resize(out.len() + count, 0);
        }
        heads.push(Head {
            key,
            name: Arc::clone(if by_account {
                first.name()
            } else {
                portal.unwrap_or_else(|| first.source())
            }),
            account: first.account().filter(|_| by_account),
            email: by_account.then(|| Arc::clone(first.email())),
            portal: portal.cloned(),
            count,
            folded,
        });
    }
    for (row, group) in group_of_row {
        if let Some(next) = &mut next[group] {
            out[*next] = row;
            *next += 1;
        }
    }
    state.picker.heads = heads;
    out
}

/// The rows of the active view: the profiles, and below a head the sessions, the soonest end first.
fn with_sessions(state: &mut State, rows: &[u32]) -> Vec<u32> {
    let items = &state.picker.items;
    let own = |row: u32| match items.get(row as usize) {
        Some(Item::Entry(entry)) => entry.own.as_ref(),
        _ => None,
    };
    let is_session =
        |row: &u32| own(*row).is_some_and(|own| matches!(own.via, Via::Login | Via::Mfa));
    let (sessions, mut out): (Vec<u32>, Vec<u32>) = rows.iter().copied().partition(is_session);
    let only = state.only_portal.as_deref();
    let portals: Vec<_> = state
        .facts
        .sessions
        .iter()
        .filter(|session| only.is_none_or(|only| *session.portal.name == *only))
        .cloned()
        .collect();
    // What is renewed without a sign-in comes after what ends, and what has ended last.
    let rank = |session: &PortalSession| match session.expires_at {
        _ if !session.signed_in => 2,
        Some(end) if end > state.now => 0,
        _ => 1,
    };
    let first = items.len() + 1;
    let end = |row: u32| state.expires_at(items.get(row as usize)?.id()?);
    let mut all: Vec<(u8, Option<Timestamp>, u32)> = sessions
        .into_iter()
        .map(|row| (0, end(row), row))
        .chain(portals.iter().zip(first..).map(|(session, row)| {
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            (rank(session), session.expires_at, row)
        }))
        .collect();
    if all.is_empty() {
        return out;
    }
    all.sort_unstable();
    let folded = state.picker.look.folded.contains(SESSIONS);
    out.push(u32::try_from(items.len()).unwrap_or(u32::MAX));
    if !folded {
        out.extend(all.iter().map(|(_, _, row)| *row));
    }
    state.picker.heads = vec![Head {
        key: HeadKey {
            account: None,
            source: SESSIONS.into(),
            name: None,
        },
        name: SESSIONS.into(),
        account: None,
        email: None,
        portal: None,
        count: all.len(),
        folded,
    }];
    state.picker.sessions = portals;
    out
}

/// `true` if two items are in one group, by either grouping.
fn is_group_of(a: &Item, b: &Item) -> bool {
    a.kind() == b.kind()
        && a.account() == b.account()
        && Arc::ptr_eq(a.source(), b.source())
        && Arc::ptr_eq(a.name(), b.name())
}

/// Hides the rows of a group, or shows them.
pub(crate) fn toggle(state: &mut State, key: &HeadKey) -> Vec<Effect> {
    let folded = state.picker.look.folded.contains(&key.to_string());
    fold(state, key, !folded)
}

/// Hides the rows of the selected row's group and selects its head, or shows them.
pub(crate) fn fold_selected(state: &mut State, folded: bool) -> Vec<Effect> {
    let key = match state.selected() {
        Some(Row::Head(head)) => head.key.clone(),
        Some(Row::Item(item)) => group_of(state, item),
        Some(Row::Session(_)) | None => return Vec::new(),
    };
    fold(state, &key, folded)
}

fn fold(state: &mut State, key: &HeadKey, folded: bool) -> Vec<Effect> {
    let look = &mut state.picker.look;
    let changed = if folded {
        look.folded.insert(key.to_string())
    } else {
        look.folded.remove(&key.to_string())
    };
    if !changed {
        return Vec::new();
    }
    let effect = Effect::KeepLook(look.clone());
    select(state, &RowKey::Head(key.clone()));
    list(state);
    vec![effect]
}

/// Shows another view; the query stays.
pub(crate) fn turn(state: &mut State, by: usize) {
    let at = View::ALL.iter().position(|view| *view == state.picker.view);
    let next = (at.unwrap_or(0) + by) % View::ALL.len();
    show(state, View::ALL[next]);
}

pub(crate) fn place_of(state: &State, key: &RowKey) -> Option<usize> {
    let picker = &state.picker;
    let place = |is: &dyn Fn(Row<'_>) -> bool| {
        let mut hits = picker.hits.iter();
        hits.position(|hit| picker.row(*hit).is_some_and(is))
    };
    // The roles of a selected account arrived: its first role takes the selection.
    place(&|row| key.belongs_to(row)).or_else(|| {
        let RowKey::Gap(source, account) = key else {
            return None;
        };
        place(&|row| match row {
            Row::Item(item) => item.account() == *account && item.source() == source,
            Row::Head(_) | Row::Session(_) => false,
        })
    })
}
