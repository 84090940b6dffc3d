//! The rows of the list and their order: views and search.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::columns::Widths;
use super::{Picker, Row, RowKey, View, groups};
use crate::domain::items;
use crate::domain::search::{Hit, Hits, Index, Query, all};
use crate::domain::text::clean;
use crate::domain::{AccountId, Block, Catalog, EntryId, Item, Items, Kind};
use crate::tui::input::Input;
use crate::tui::state::State;

/// The number of wider results that are kept: as many as a word has letters.
const MAX_WIDER: usize = 8;
/// The number of their hits that are kept, in rows of the list.
const MAX_WIDER_HITS: usize = 3;
/// The number of rows that are searched a second time, where the view has no match.
const MAX_ELSEWHERE: usize = 10_000;

/// Empties the query.
pub(crate) fn clear(state: &mut State) {
    state.picker.query = Input::default();
    search(state);
}

/// Selects a row; `false` if it is not in the list.
pub(crate) fn select(state: &mut State, key: &RowKey) -> bool {
    let Some(place) = place_of(state, key) else {
        return false;
    };
    state.picker.selected = place;
    state.picker.moved = true;
    true
}

/// Selects an entry, or the head of the folded group that hides it; `false` if neither is in the list.
pub(crate) fn select_entry(state: &mut State, id: &EntryId) -> bool {
    select(state, &RowKey::Entry(id.clone()))
        || groups::key_of_entry(state, id).is_some_and(|head| select(state, &RowKey::Head(head)))
}

/// Selects this shell's row, where nothing is searched for: most likely it is meant.
pub(crate) fn begin_here(state: &mut State) {
    let Some(id) = state.here.clone().filter(|_| state.picker.query.is_empty()) else {
        return;
    };
    select_entry(state, &id);
}

/// Shows one portal or app alone. Rows have the first name of their instance.
pub(crate) fn only(state: &mut State, source: &Arc<str>) {
    let (field, source) = if state.session(source).is_some() {
        let names = state.catalog.instances.names(source);
        ("portal", names.first().unwrap_or(source))
    } else {
        ("app", source)
    };
    let word = source.replace(' ', "\\ ");
    state.picker.query = Input::new(&format!("{field}:^{word}$ "));
    search(state);
}

/// Shows a view. The row that the user selected stays selected, if the view has it.
pub(crate) fn show(state: &mut State, view: View) {
    let chosen = chosen(state);
    state.picker.view = view;
    list(state);
    select_again(state, chosen.as_ref());
}

/// The row that the user moved to; of a group its first one.
pub(crate) fn chosen(state: &State) -> Option<RowKey> {
    let row = state.selected().filter(|_| state.picker.moved)?;
    match row {
        Row::Head(head) => groups::first_entry(state, &head.key).map(RowKey::Entry),
        row => Some(row.key()),
    }
}

/// Selects the row that the user had moved to, or the first one.
pub(crate) fn select_again(state: &mut State, chosen: Option<&RowKey>) {
    state.picker.selected = first(&state.picker);
    state.picker.moved = false;
    match chosen {
        Some(RowKey::Entry(id)) => _ = select_entry(state, id),
        Some(key) => _ = select(state, key),
        None => {}
    }
}

/// The first row that is of an item, so that a key acts on it, not on the head of its group.
fn first(picker: &Picker) -> usize {
    if !picker.in_groups {
        return 0;
    }
    let items = picker.items.len();
    let first = picker.rows.iter().position(|row| (*row as usize) < items);
    first.unwrap_or(0)
}

/// Parses the query and finds its rows; the best one is selected. Without a query, the row that the user
/// selected among the results stays selected.
pub(crate) fn search(state: &mut State) {
    let chosen = chosen(state).filter(|_| state.picker.query.is_empty());
    let query = Query::parse(&state.picker.query.text());
    // Groups are for browsing: results of a search are in the order of their match.
    if state.picker.in_groups == groups::is_wanted(state) {
        find(&mut state.picker, &state.catalog, query);
    } else {
        state.picker.parsed = query;
        list(state);
    }
    state.picker.offset = 0;
    select_again(state, chosen.as_ref());
}

/// Takes another query. Results of shorter queries are kept, because most keys add a letter or remove one.
fn find(picker: &mut Picker, catalog: &Catalog, query: Query) {
    let before = std::mem::replace(&mut picker.parsed, query);
    let hits = std::mem::take(&mut picker.hits);
    picker.widths = Widths::default();
    // All rows, as of an empty query, need no search.
    if let Hits::Found(hits) = hits {
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
        Some((_, hits)) => Hits::Found(hits),
        None => matching(picker, catalog),
    };
    look_elsewhere(picker);
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
fn matching(picker: &mut Picker, catalog: &Catalog) -> Hits {
    let (query, rows) = (&picker.parsed, &picker.rows);
    if query.is_empty() {
        return Hits::All(items::count(rows.len()));
    }
    let items = &picker.items;
    let index = picker
        .index
        .get_or_insert_with(|| Index::new(items, catalog));
    Hits::Found(match picker.wider.last() {
        Some((_, hits)) => index.narrow(query, rows, hits),
        None => index.search(query, rows),
    })
}

/// Counts the matches among all rows, where the view has none. Very many rows are not searched twice for a key.
fn look_elsewhere(picker: &mut Picker) {
    let rows = picker.items.len();
    let is_wanted = picker.hits.is_empty() && picker.view != View::All && rows <= MAX_ELSEWHERE;
    let index = picker.index.as_ref().filter(|_| is_wanted);
    let found = index.map(|index| index.search(&picker.parsed, &all(rows)).len());
    picker.elsewhere = found.unwrap_or(0);
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
    take_items(state);
    list_following(state, key);
}

/// Rebuilds the items while a portal is listed for the first time: a row that the user did not move to is not followed.
pub(crate) fn grow(state: &mut State) {
    let key = state.selected_key().filter(|_| state.picker.moved);
    take_items(state);
    list_following(state, key);
}

/// Takes the items from the catalog, for a list that is made later.
pub(crate) fn take_items(state: &mut State) {
    let catalog = &state.catalog;
    let mut items = catalog.items();
    if let Some(only) = &state.only_portal {
        items.retain(|block| catalog.belongs_to(block.kind(), block.source(), Some(only)));
    }
    state.picker.namesakes = namesakes(&items);
    state.picker.items = items;
    state.picker.index = None;
    state.picker.grouped = None;
}

/// Rebuilds the rows of the view, in their order; the selection stays on its row.
pub(crate) fn list(state: &mut State) {
    let key = state.selected_key();
    list_following(state, key);
}

fn list_following(state: &mut State, key: Option<RowKey>) {
    state.picker.groups.clear();
    state.picker.sessions.clear();
    let mut rows = rows_of_view(state);
    state.picker.in_view = rows.len();
    count(state);
    order(state, &mut rows);
    state.picker.in_groups = groups::is_wanted(state);
    state.picker.rows = if state.picker.in_groups && state.picker.view == View::Active {
        groups::with_sessions(state, &rows)
    } else if state.picker.in_groups {
        groups::in_groups(state, &rows)
    } else {
        rows
    };
    let picker = &mut state.picker;
    picker.wider.clear();
    picker.widths = Widths::default();
    picker.widest = Widths::default();
    picker.hits = matching(picker, &state.catalog);
    look_elsewhere(picker);
    // A row without roles that the user did not choose is not followed while the list grows.
    let followed = key.filter(|key| state.picker.moved || matches!(key, RowKey::Entry(_)));
    let place = followed.and_then(|key| place_of(state, &key));
    let last = state.picker.hits.len().saturating_sub(1);
    let other = if state.picker.moved {
        state.picker.selected
    } else {
        first(&state.picker)
    };
    state.picker.selected = place.unwrap_or(other).min(last);
}

/// Accounts with the name of another account.
fn namesakes(items: &Items) -> HashSet<AccountId> {
    let mut first: HashMap<Cow<'_, str>, AccountId> = HashMap::default();
    first.reserve(items.blocks().count());
    let mut found = HashSet::default();
    for (_, block) in items.blocks() {
        let Some(account) = block.account().filter(|_| !block.name().is_empty()) else {
            continue;
        };
        let other = *first.entry(clean(block.name())).or_insert(account);
        if other != account {
            found.extend([other, account]);
        }
    }
    found
}

/// Counts the rows of every view.
pub(crate) fn count(state: &mut State) {
    let picker = &state.picker;
    let items = &picker.items;
    let mut counts = [0; View::ALL.len()];
    counts[View::All as usize] = items.len();
    counts[View::Organizations as usize] = items.count(Kind::Org);
    counts[View::External as usize] = items.count(Kind::External);
    counts[View::Profiles as usize] = items.count(Kind::Profile);
    let places = |ids: &mut dyn Iterator<Item = &EntryId>| items.places(ids).len();
    counts[View::Active as usize] = places(&mut state.live());
    counts[View::Pinned as usize] = places(&mut state.facts.history.pins.iter());
    state.picker.counts = counts;
}

/// The places of the view's rows in the items, ascending.
fn rows_of_view(state: &State) -> Vec<u32> {
    let items = &state.picker.items;
    let of_kind = |kind| items.rows_of(|block| block.kind() == kind);
    match state.picker.view {
        View::All => all(items.len()),
        View::Organizations => of_kind(Kind::Org),
        View::External => of_kind(Kind::External),
        View::Profiles => of_kind(Kind::Profile),
        View::Active => items.places(state.live()),
        View::Pinned => items.places(state.facts.history.pins.iter()),
    }
}

/// Sorts the active view by expiry; other views by pins, then by use, then in the catalog's order.
fn order(state: &State, rows: &mut Vec<u32>) {
    let items = &state.picker.items;
    let id = |row: u32| items.get(row).and_then(|item| item.id().cloned());
    if state.picker.view == View::Active {
        rows.sort_by_cached_key(|row| id(*row).and_then(|id| state.expires_at(&id)));
        return;
    }
    let history = &state.facts.history;
    let scores = history.scores(state.now);
    // Few of very many: they are taken out, sorted, and put first.
    let ranked = items.places(history.pins.iter().chain(scores.keys()));
    if ranked.is_empty() {
        return;
    }
    let mut first = Vec::with_capacity(rows.len());
    let mut rest = Vec::with_capacity(rows.len());
    let mut next = ranked.iter().peekable();
    // Both are ascending.
    for row in rows.iter() {
        while next.next_if(|ranked| *ranked < row).is_some() {}
        let is_ranked = next.peek() == Some(&row);
        if is_ranked { &mut first } else { &mut rest }.push(*row);
    }
    first.sort_by_cached_key(|row| {
        let rank = |id: EntryId| {
            let score = scores.get(&id).copied().unwrap_or(0);
            (history.pins.contains(&id), score)
        };
        std::cmp::Reverse(id(*row).map(rank))
    });
    first.extend(rest);
    *rows = first;
}

/// Shows another view; the query stays.
pub(crate) fn turn(state: &mut State, by: usize) {
    let at = View::ALL.iter().position(|view| *view == state.picker.view);
    let next = (at.unwrap_or(0) + by) % View::ALL.len();
    show(state, View::ALL[next]);
}

/// The place of a row among the hits.
pub(crate) fn place_of(state: &State, key: &RowKey) -> Option<usize> {
    let picker = &state.picker;
    let items = &picker.items;
    // The first of some rows; their places are ascending.
    let place = |wanted: &[u32]| {
        let is_wanted = |row: &u32| wanted.binary_search(row).is_ok();
        let row = |hit: &Hit| picker.rows.get(hit.row as usize);
        (!wanted.is_empty()).then(|| match &picker.hits {
            Hits::All(_) => picker.rows.iter().position(is_wanted),
            Hits::Found(hits) => hits.iter().position(|hit| row(hit).is_some_and(is_wanted)),
        })?
    };
    let place_after_items = |at: usize| place(&[u32::try_from(items.len() + at).ok()?]);
    match key {
        RowKey::Entry(id) => place(&items.places(std::iter::once(id))),
        RowKey::Gap(source, account) => {
            let is_here = |block: &Block| block.account() == *account && block.source() == source;
            let is_gap = |block: &Block| matches!(block, Block::Item(Item::Gap(_)));
            // The roles of a selected account arrived: its first role takes the selection.
            place(&items.rows_of(|block| is_here(block) && is_gap(block)))
                .or_else(|| place(&items.rows_of(is_here)))
        }
        RowKey::Head(key) => place_after_items(groups::index_of(state, key)?),
        RowKey::Session(name) => {
            let mut sessions = picker.sessions.iter();
            let at = sessions.position(|session| session.portal.name == *name)?;
            place_after_items(picker.groups.len() + at)
        }
    }
}
