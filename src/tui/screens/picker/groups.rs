//! Groups of rows by account or by portal, and the sessions of the active view.

use foldhash::HashMap;
use jiff::Timestamp;

use super::head::{KeyParts, SESSIONS};
use super::{HeadKey, RowGroup, View};
use crate::domain::own::Via;
use crate::domain::portal::PortalSession;
use crate::domain::rank::Grouping;
use crate::domain::{Block, EntryId, Item};
use crate::tui::state::State;

/// `true` if the list is to be in groups now.
pub(super) fn is_wanted(state: &State) -> bool {
    let is_grouped = state.picker.look.grouping != Grouping::None;
    (is_grouped || state.picker.view == View::Active) && state.picker.query.is_empty()
}

/// The place of a group among the groups.
pub(super) fn index_of(state: &State, key: &HeadKey) -> Option<usize> {
    let picker = &state.picker;
    let mut groups = picker.groups.iter();
    if *key == HeadKey::sessions() {
        return groups.position(|group| group.first.is_none());
    }
    let rows = picker
        .items
        .rows_of(|block| key_of(state, block).is_of(key));
    groups.position(|group| {
        group
            .first
            .is_some_and(|first| rows.binary_search(&first).is_ok())
    })
}

/// The key of the group of an entry.
pub(super) fn key_of_entry(state: &State, id: &EntryId) -> Option<HeadKey> {
    let items = &state.picker.items;
    let place = *items.places(std::iter::once(id)).first()?;
    let (_, block) = items.block(place)?;
    Some(key_of(state, block).key())
}

/// The first entry of a group.
pub(super) fn first_entry(state: &State, key: &HeadKey) -> Option<EntryId> {
    let group = state.picker.groups.get(index_of(state, key)?)?;
    state.picker.items.get(group.first?)?.id().cloned()
}

/// The key of the group of a block's rows.
pub(super) fn key_of<'a>(state: &'a State, block: &'a Block) -> KeyParts<'a> {
    KeyParts::new(state.picker.look.grouping, &state.catalog, block)
}

/// The rows in groups: each group after its head, in the order of their first rows.
pub(super) fn in_groups(state: &mut State, rows: &[u32]) -> Vec<u32> {
    let items = &state.picker.items;
    let mut groups: Vec<RowGroup> = Vec::new();
    // Rows of a group that follow one another, with the group's place.
    let mut parts: Vec<(&[u32], usize)> = Vec::new();
    let mut known: HashMap<KeyParts<'_>, usize> = HashMap::default();
    let all_folded = &state.picker.look.folded;
    let mut last: Option<(KeyParts<'_>, usize)> = None;
    for (block, run) in items.runs(rows) {
        let key = key_of(state, block);
        let group = match last {
            // Most blocks of a portal follow one another.
            Some((last, group)) if last.is_same(key) => group,
            _ => *known.entry(key).or_insert_with(|| {
                groups.push(RowGroup {
                    first: run.first().copied(),
                    count: 0,
                    entries: 0,
                    // Nearly always nothing is folded, and there are very many groups.
                    folded: !all_folded.is_empty() && all_folded.contains(&key.key().to_string()),
                });
                groups.len() - 1
            }),
        };
        last = Some((key, group));
        let rows = u32::try_from(run.len()).unwrap_or(u32::MAX);
        let is_gap = matches!(block, Block::Item(Item::Gap(_)));
        groups[group].count += rows;
        groups[group].entries += if is_gap { 0 } else { rows };
        parts.push((run, group));
    }
    let shown = |group: &RowGroup| {
        if group.folded {
            0
        } else {
            group.count as usize
        }
    };
    let mut out = vec![0; groups.iter().map(|group| 1 + shown(group)).sum()];
    // The place of each group's next row.
    let mut next = Vec::with_capacity(groups.len());
    let mut end = 0;
    for (group, head) in groups.iter().zip(items.len()..) {
        out[end] = u32::try_from(head).unwrap_or(u32::MAX);
        next.push(end + 1);
        end += 1 + shown(group);
    }
    for (run, group) in parts {
        if !groups[group].folded {
            let place = next[group];
            out[place..place + run.len()].copy_from_slice(run);
            next[group] += run.len();
        }
    }
    state.picker.groups = groups;
    out
}

/// The rows of the active view: the profiles, and below a head the sessions, the soonest end first.
pub(super) fn with_sessions(state: &mut State, rows: &[u32]) -> Vec<u32> {
    let items = &state.picker.items;
    let own = |row: u32| match items.get(row) {
        Some(Item::Entry(entry)) => entry.own,
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
    let end = |row: u32| state.expires_at(items.get(row)?.id()?);
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
    let count = u32::try_from(all.len()).unwrap_or(u32::MAX);
    state.picker.groups = vec![RowGroup {
        first: None,
        count,
        entries: count,
        folded,
    }];
    state.picker.sessions = portals;
    out
}
