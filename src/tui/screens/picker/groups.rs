//! Groups of rows by account or by portal, and the sessions of the active view.

use foldhash::{HashMap, HashSet};
use jiff::Timestamp;

use super::head::{KeyParts, SESSIONS, account_of};
use super::{HeadKey, RowGroup, View};
use crate::domain::items::count;
use crate::domain::own::Via;
use crate::domain::portal::PortalSession;
use crate::domain::rank::Grouping;
use crate::domain::{AccountId, Block, Catalog, EntryId, Item, Items};
use crate::tui::state::State;

/// `true` if the list is to be in groups now.
pub(super) fn is_wanted(state: &State) -> bool {
    let is_grouped = state.picker.look.grouping != Grouping::None;
    (is_grouped || state.picker.view == View::Active) && state.picker.query.is_empty()
}

/// The group of each block of the items. It depends on them and on the catalog alone, so it is found once for both:
/// a group is told by texts, and there may be hundreds of thousands of blocks.
#[derive(Debug)]
pub(crate) struct Grouped {
    /// The kind of the groups.
    grouping: Grouping,
    /// The number of each block's group. Groups are numbered from 0, in the order of their first blocks.
    of_block: Vec<u32>,
    /// The first block of each group.
    firsts: Vec<u32>,
}

impl Grouped {
    fn new(grouping: Grouping, items: &Items, catalog: &Catalog) -> Self {
        let parts_of = |block| KeyParts::new(grouping, catalog, block);
        let mut firsts: Vec<u32> = Vec::new();
        // A map of numbers is small, and few accounts are in two groups.
        let mut of_account: HashMap<AccountId, u32> = HashMap::default();
        let mut of_key: HashMap<KeyParts<'_>, u32> = HashMap::default();
        if grouping == Grouping::Account {
            firsts.reserve(items.blocks().len());
            of_account.reserve(items.blocks().len());
        }
        let mut last: Option<(KeyParts<'_>, u32)> = None;
        let group = |(number, (_, block)): (usize, (u32, _))| {
            let key = parts_of(block);
            let next = count(firsts.len());
            let mut of_account = |account| *of_account.entry(account).or_insert(next);
            let is_its = |group: &u32| {
                let first = firsts.get(*group as usize);
                let first = first.and_then(|first| items.numbered(*first as usize));
                first.is_none_or(|first| parts_of(first) == key)
            };
            let group = match last {
                // Most blocks of a portal follow one another.
                Some((last, group)) if last.is_same(key) => group,
                _ => key
                    .account()
                    .map(&mut of_account)
                    .filter(is_its)
                    .unwrap_or_else(|| *of_key.entry(key).or_insert(next)),
            };
            if group == next {
                firsts.push(count(number));
            }
            last = Some((key, group));
            group
        };
        let of_block = items.blocks().enumerate().map(group).collect();
        Self {
            grouping,
            of_block,
            firsts,
        }
    }

    /// The groups that are hidden, by their numbers.
    fn folded(&self, state: &State) -> HashSet<u32> {
        let folded = &state.picker.look.folded;
        // Nearly always nothing is folded, and there are very many groups.
        if folded.is_empty() {
            return HashSet::default();
        }
        let accounts: HashSet<AccountId> =
            folded.iter().filter_map(|key| account_of(key)).collect();
        let is_folded = |first: &u32| {
            let block = state.picker.items.numbered(*first as usize);
            block.is_some_and(|block| {
                let key = key_of(state, block);
                // Nearly all groups are passed over without a text.
                let account = key.account();
                account.is_none_or(|account| accounts.contains(&account))
                    && folded.contains(&key.key().to_string())
            })
        };
        let groups = (0..).zip(&self.firsts);
        let folded = groups.filter(|(_, first)| is_folded(first));
        folded.map(|(group, _)| group).collect()
    }
}

/// The place of a group among the groups.
pub(super) fn index_of(state: &State, key: &HeadKey) -> Option<usize> {
    let picker = &state.picker;
    let number = if *key == HeadKey::sessions() {
        None
    } else {
        let grouped = picker.grouped.as_ref().filter(|_| picker.in_groups)?;
        let block = |number: u32| picker.items.numbered(number as usize);
        let is_its =
            |first: &u32| block(*first).is_some_and(|block| key_of(state, block).is_of(key));
        Some(count(grouped.firsts.iter().position(is_its)?))
    };
    let mut groups = picker.groups.iter();
    groups.position(|group| group.number == number)
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
    let grouping = state.picker.look.grouping;
    let items = &state.picker.items;
    let known = state.picker.grouped.take();
    let grouped = known
        .filter(|known| known.grouping == grouping)
        .unwrap_or_else(|| Grouped::new(grouping, items, &state.catalog));
    let folded = grouped.folded(state);
    let mut groups: Vec<RowGroup> = Vec::new();
    // The place of each group among these.
    let mut places: Vec<Option<u32>> = vec![None; grouped.firsts.len()];
    // Rows that follow one another in one group: how many they are, and the group's place.
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for (block, run) in items.runs(rows) {
        let number = grouped.of_block[block];
        let place = *places[number as usize].get_or_insert_with(|| {
            groups.push(RowGroup {
                number: Some(number),
                first: run.first().copied(),
                count: 0,
                entries: 0,
                folded: folded.contains(&number),
            });
            count(groups.len() - 1)
        });
        let rows = count(run.len());
        let is_gap = matches!(items.numbered(block), Some(Block::Item(Item::Gap(_))));
        let group = &mut groups[place as usize];
        group.count += rows;
        group.entries += if is_gap { 0 } else { rows };
        match parts.last_mut() {
            Some((before, last)) if *last == place => *before += rows,
            _ => parts.push((rows, place)),
        }
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
        out[end] = count(head);
        next.push(end + 1);
        end += 1 + shown(group);
    }
    let mut rest = rows;
    for (length, place) in parts {
        let (part, after) = rest.split_at(length as usize);
        rest = after;
        let place = place as usize;
        if !groups[place].folded {
            out[next[place]..][..part.len()].copy_from_slice(part);
            next[place] += part.len();
        }
    }
    state.picker.groups = groups;
    state.picker.grouped = Some(grouped);
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
        .chain(
            portals
                .iter()
                .zip(first..)
                .map(|(session, row)| (rank(session), session.expires_at, count(row))),
        )
        .collect();
    if all.is_empty() {
        return out;
    }
    all.sort_unstable();
    let folded = state.picker.look.folded.contains(SESSIONS);
    out.push(count(items.len()));
    if !folded {
        out.extend(all.iter().map(|(_, _, row)| *row));
    }
    let rows = count(all.len());
    state.picker.groups = vec![RowGroup {
        number: None,
        first: None,
        count: rows,
        entries: rows,
        folded,
    }];
    state.picker.sessions = portals;
    out
}
