//! The rows of the list, as blocks: an account with five roles is one block, not five rows. An organization has
//! thousands of accounts and a hundred thousand roles, and only the rows on screen are looked at: an [`Item`] is
//! made for those alone.

use std::sync::Arc;

use foldhash::HashSet;

use super::entry::{Entry, Item, Mark};
use super::id::{AccountId, EntryId, Kind};
use super::label::Label;
use super::shared_text::SharedText;

/// Rows that follow one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The roles of an account, all of them known and none of them new.
    Roles(AccountRoles),
    /// One row.
    Item(Item),
}

/// An account of an organization and its roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRoles {
    /// The portal's name.
    pub portal: Arc<str>,
    /// Twelve digits.
    pub account: AccountId,
    /// The account's name as the service gave it. May be empty.
    pub name: SharedText,
    /// The account's e-mail address as the service gave it. May be empty.
    pub email: SharedText,
    /// The user's own words for the account.
    pub label: Option<Arc<Label>>,
    /// The roles in their order, a row each.
    pub roles: Arc<[Arc<str>]>,
}

impl AccountRoles {
    /// The entry of one of its rows.
    pub(super) fn entry(&self, row: usize) -> Option<Entry> {
        let role = self.roles.get(row)?;
        Some(Entry {
            id: EntryId::org(Arc::clone(&self.portal), self.account, Arc::clone(role)),
            account_name: self.name.clone(),
            email: self.email.clone(),
            mark: Mark::Known,
            label: self.label.clone(),
            own: None,
        })
    }
}

impl Block {
    /// The number of its rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Roles(roles) => roles.roles.len(),
            Self::Item(_) => 1,
        }
    }

    /// The kind of its rows.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Roles(_) => Kind::Org,
            Self::Item(item) => item.kind(),
        }
    }

    /// The portal's or the app's name.
    #[must_use]
    pub fn source(&self) -> &Arc<str> {
        match self {
            Self::Roles(roles) => &roles.portal,
            Self::Item(item) => item.source(),
        }
    }

    /// The account, where it is known.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Roles(roles) => Some(roles.account),
            Self::Item(item) => item.account(),
        }
    }

    /// The account's name as the service gave it.
    #[must_use]
    pub fn name(&self) -> &SharedText {
        match self {
            Self::Roles(roles) => &roles.name,
            Self::Item(item) => item.name(),
        }
    }

    /// The account's e-mail address as the service gave it.
    #[must_use]
    pub fn email(&self) -> &SharedText {
        match self {
            Self::Roles(roles) => &roles.email,
            Self::Item(item) => item.email(),
        }
    }

    /// The user's own words for the account.
    #[must_use]
    pub fn label(&self) -> Option<&Label> {
        match self {
            Self::Roles(roles) => roles.label.as_deref(),
            Self::Item(item) => item.label(),
        }
    }

    /// Takes in the user's own words for the account. A row that cannot be chosen has none.
    pub(super) fn set_label(&mut self, label: Option<&Arc<Label>>) {
        match self {
            Self::Roles(roles) => roles.label = label.cloned(),
            Self::Item(Item::Entry(entry)) => entry.label = label.cloned(),
            Self::Item(Item::Gap(_)) => {}
        }
    }

    /// The role of one of its rows, where that is an entry with a role.
    #[must_use]
    pub fn role(&self, row: usize) -> Option<&Arc<str>> {
        match self {
            Self::Roles(roles) => roles.roles.get(row),
            Self::Item(item) => item.role(),
        }
    }

    /// One of its rows.
    fn item(&self, row: usize) -> Option<Item> {
        match self {
            Self::Roles(roles) => roles.entry(row).map(Item::Entry),
            Self::Item(item) => Some(item.clone()),
        }
    }
}

/// A number of rows, or a place among them. No list has four thousand million rows, and no organization four gigabytes
/// of names.
pub(crate) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// All rows, in their order. A row is known by its place, which counts from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items {
    blocks: Vec<Block>,
    /// The place of each block's first row.
    starts: Vec<u32>,
    /// The account in the ids of each block's rows; `None` if they have no id. Read without the blocks: it takes a
    /// fraction of their memory.
    accounts: Vec<Option<AccountId>>,
    rows: u32,
    /// The number of rows of each kind.
    of_kind: [u32; Kind::COUNT],
}

impl Items {
    /// No rows yet, and room for so many blocks.
    #[must_use]
    pub(super) fn with_capacity(blocks: usize) -> Self {
        Self {
            blocks: Vec::with_capacity(blocks),
            starts: Vec::with_capacity(blocks),
            accounts: Vec::with_capacity(blocks),
            rows: 0,
            of_kind: [0; Kind::COUNT],
        }
    }

    /// Adds rows at the end. A block without rows is not kept.
    pub(super) fn push(&mut self, block: Block) {
        let rows = block.rows();
        if rows == 0 {
            return;
        }
        let rows = count(rows);
        self.of_kind[block.kind() as usize] += rows;
        self.starts.push(self.rows);
        self.accounts.push(match &block {
            Block::Roles(roles) => Some(roles.account),
            Block::Item(item) => item.id().map(|id| id.account),
        });
        self.blocks.push(block);
        self.rows = self.rows.saturating_add(rows);
    }

    /// The blocks, to change them: their rows stay.
    pub(super) fn blocks_mut(&mut self) -> impl Iterator<Item = &mut Block> {
        self.blocks.iter_mut()
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows as usize
    }

    /// `true` if there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The number of rows of a kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.of_kind[kind as usize] as usize
    }

    /// The blocks in their order, with the places of their first rows.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = (u32, &Block)> {
        self.starts.iter().copied().zip(&self.blocks)
    }

    /// The block of a number, in the order of [`Items::blocks`].
    #[must_use]
    pub fn numbered(&self, number: usize) -> Option<&Block> {
        self.blocks.get(number)
    }

    /// The number of a row's block.
    #[must_use]
    pub fn block_at(&self, place: u32) -> Option<usize> {
        let next = self.starts.partition_point(|start| *start <= place);
        next.checked_sub(1).filter(|_| place < self.rows)
    }

    /// The block of a row, with the place of its first row.
    #[must_use]
    pub fn block(&self, place: u32) -> Option<(u32, &Block)> {
        let at = self.block_at(place)?;
        Some((*self.starts.get(at)?, self.blocks.get(at)?))
    }

    /// Some places in parts, each with the number of the block that has all of its rows.
    pub fn runs<'a>(&'a self, mut places: &'a [u32]) -> impl Iterator<Item = (usize, &'a [u32])> {
        let end = |at: usize| self.starts.get(at + 1).copied().unwrap_or(self.rows);
        let mut at = 0;
        std::iter::from_fn(move || {
            let first = *places.first().filter(|first| **first < self.rows)?;
            // The next block, most often.
            if first >= end(at) && first < end(at + 1) {
                at += 1;
            } else {
                at = self.starts.partition_point(|start| *start <= first) - 1;
            }
            let block = self.starts[at]..end(at);
            let run = places.iter().take_while(|place| block.contains(place));
            let (run, rest) = places.split_at(run.count());
            places = rest;
            Some((at, run))
        })
    }

    /// Keeps some of the blocks.
    pub fn retain(&mut self, is_kept: impl Fn(&Block) -> bool) {
        let blocks = std::mem::take(&mut self.blocks).into_iter();
        *self = blocks.filter(is_kept).collect();
    }

    /// A row, made for the caller.
    #[must_use]
    pub fn get(&self, place: u32) -> Option<Item> {
        let (first, block) = self.block(place)?;
        block.item((place - first) as usize)
    }

    /// The rows in their order, each made for the caller.
    pub fn iter(&self) -> impl Iterator<Item = Item> {
        let blocks = self.blocks.iter();
        blocks.flat_map(|block| (0..block.rows()).filter_map(|row| block.item(row)))
    }

    /// The places of the rows of some blocks, ascending.
    #[must_use]
    pub fn rows_of(&self, is_wanted: impl Fn(&Block) -> bool) -> Vec<u32> {
        let blocks = self.blocks().filter(|(_, block)| is_wanted(block));
        let rows = blocks.flat_map(|(first, block)| (first..).take(block.rows()));
        rows.collect()
    }

    /// The places of some entries, ascending.
    #[must_use]
    pub fn places<'a>(&self, ids: impl Iterator<Item = &'a EntryId>) -> Vec<u32> {
        let ids: HashSet<&EntryId> = ids.collect();
        if ids.is_empty() {
            return Vec::new();
        }
        let accounts: HashSet<AccountId> = ids.iter().map(|id| id.account).collect();
        let mut found = Vec::new();
        // Nearly all blocks are passed over by their account alone.
        let may_have =
            |account: Option<AccountId>| account.is_some_and(|account| accounts.contains(&account));
        let numbers = self.accounts.iter().enumerate();
        for (number, _) in numbers.filter(|(_, account)| may_have(**account)) {
            let (first, block) = (self.starts[number], &self.blocks[number]);
            let is_wanted = |row| block.item(row)?.id().map(|id| ids.contains(id));
            let rows = (first..).zip(0..block.rows());
            let wanted = rows.filter(|(_, row)| is_wanted(*row) == Some(true));
            found.extend(wanted.map(|(place, _)| place));
        }
        found
    }
}

impl FromIterator<Block> for Items {
    fn from_iter<T: IntoIterator<Item = Block>>(blocks: T) -> Self {
        let blocks = blocks.into_iter();
        let mut items = Self::with_capacity(blocks.size_hint().0);
        blocks.for_each(|block| items.push(block));
        items
    }
}

impl FromIterator<Item> for Items {
    fn from_iter<T: IntoIterator<Item = Item>>(items: T) -> Self {
        items.into_iter().map(Block::Item).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::entry::{Gap, GapReason};

    fn roles(account: &str, roles: &[&str]) -> Block {
        Block::Roles(AccountRoles {
            portal: "acme".into(),
            account: account.parse().unwrap(),
            name: "Payments".into(),
            email: "".into(),
            label: None,
            roles: roles.iter().map(|role| Arc::from(*role)).collect(),
        })
    }

    fn gap() -> Block {
        Block::Item(Item::Gap(Gap {
            kind: Kind::External,
            source: "Lab".into(),
            account: None,
            name: "Lab".into(),
            email: "".into(),
            reason: GapReason::Unknown,
        }))
    }

    fn items() -> Items {
        let blocks = [
            roles("111111111111", &["Admin", "View"]),
            roles("222222222222", &[]),
            gap(),
            roles("333333333333", &["View"]),
        ];
        blocks.into_iter().collect()
    }

    fn id(text: &str) -> EntryId {
        text.parse().unwrap()
    }

    #[test]
    fn a_row_is_made_of_its_block() {
        let items = items();
        let ids: Vec<_> = items.iter().map(|item| item.id().cloned()).collect();
        let expected = [
            Some(id("org:acme/111111111111/Admin")),
            Some(id("org:acme/111111111111/View")),
            None,
            Some(id("org:acme/333333333333/View")),
        ];
        assert_eq!(ids, expected);
        let each: Vec<_> = (0..4).filter_map(|place| items.get(place)).collect();
        assert_eq!(each, items.iter().collect::<Vec<_>>());
        assert_eq!((items.len(), items.get(4)), (4, None));
        assert_eq!(items.block(3).map(|(first, _)| first), Some(3));
        assert_eq!((items.block_at(1), items.block_at(2)), (Some(0), Some(1)));
        assert_eq!((items.block_at(4), items.numbered(3)), (None, None));
        let counts = [Kind::Org, Kind::External, Kind::Chain].map(|kind| items.count(kind));
        assert_eq!(counts, [3, 1, 0]);
    }

    #[test]
    fn entries_are_found_by_their_ids() {
        let ids = [
            id("org:acme/333333333333/View"),
            id("org:acme/111111111111/View"),
            id("org:acme/111111111111/Ops"),
            id("org:other/111111111111/Admin"),
        ];
        assert_eq!(items().places(ids.iter()), [1, 3]);
        assert_eq!(items().places([].iter()), [0_u32; 0]);
        assert_eq!(items().rows_of(|block| block.kind() == Kind::External), [2]);
        let mut some = items();
        some.retain(|block| block.kind() == Kind::Org);
        assert_eq!(some.places(ids.iter()), [1, 2]);
    }

    proptest! {
        #[test]
        fn runs_are_the_places_with_their_blocks(places in proptest::collection::vec(0_u32..4, 0..12)) {
            let items = items();
            let mut joined = Vec::new();
            for (block, run) in items.runs(&places) {
                prop_assert!(!run.is_empty());
                for place in run {
                    prop_assert_eq!(items.block_at(*place), Some(block));
                }
                joined.extend_from_slice(run);
            }
            prop_assert_eq!(joined, places);
        }
    }
}
