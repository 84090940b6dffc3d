//! The groups of the list and their heads.

use std::fmt;
use std::sync::Arc;

use crate::domain::items::Block;
use crate::domain::rank::Grouping;
use crate::domain::{AccountId, Catalog};

/// The name and the key of the head of the sessions in the active view.
pub(crate) const SESSIONS: &str = "sessions";

/// A group of rows. There may be very many: heads are made for those on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowGroup {
    /// The place of its first row in the items; `None` for the sessions of the active view.
    pub first: Option<u32>,
    /// The number of its rows.
    pub count: u32,
    /// `true` if they are hidden.
    pub folded: bool,
}

/// The identity of a group. Its text is what is kept of a folded one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeadKey {
    /// The account, in groups by account.
    pub account: Option<AccountId>,
    /// The portal, or the source of the rows if none leads to them.
    pub source: Arc<str>,
    /// The name of the rows, in groups by account without one.
    pub name: Option<Arc<str>>,
}

impl HeadKey {
    /// The key of the sessions of the active view.
    pub(crate) fn sessions() -> Self {
        Self {
            account: None,
            source: SESSIONS.into(),
            name: None,
        }
    }
}

impl fmt::Display for HeadKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(account) = self.account {
            write!(formatter, "{account} ")?;
        }
        write!(formatter, "{}", self.source)?;
        match self.name.as_deref() {
            None | Some("") => Ok(()),
            Some(name) => write!(formatter, " {name}"),
        }
    }
}

/// The parts of a group's key, as the rows of a block have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct KeyParts<'a> {
    account: Option<AccountId>,
    source: &'a Arc<str>,
    name: Option<&'a Arc<str>>,
}

impl<'a> KeyParts<'a> {
    /// The parts of the group that has the rows of a block.
    pub(super) fn new(grouping: Grouping, catalog: &'a Catalog, block: &'a Block) -> Self {
        let portal = catalog.portal_of(block.kind(), block.source());
        let by_account = grouping == Grouping::Account;
        let account = block.account().filter(|_| by_account);
        Self {
            account,
            source: portal.unwrap_or_else(|| block.source()),
            name: (by_account && account.is_none()).then(|| block.name()),
        }
    }

    /// `true` if it is certainly the same group, without comparing texts.
    pub(super) fn is_same(self, other: Self) -> bool {
        let is_same_name = match (self.name, other.name) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        self.account == other.account && Arc::ptr_eq(self.source, other.source) && is_same_name
    }

    /// `true` if they are those of a key.
    pub(super) fn is_of(self, key: &HeadKey) -> bool {
        // Numbers first: few groups have the same.
        self.account == key.account && *self.source == key.source && self.name == key.name.as_ref()
    }

    /// The key of the group.
    pub(super) fn key(self) -> HeadKey {
        HeadKey {
            account: self.account,
            source: Arc::clone(self.source),
            name: self.name.cloned(),
        }
    }
}

/// The head of a group of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The key of the group.
    pub key: HeadKey,
    /// The name of the account or the portal.
    pub name: Arc<str>,
    /// The account, in groups by account.
    pub account: Option<AccountId>,
    /// The account's e-mail address, in groups by account. May be empty.
    pub email: Option<Arc<str>>,
    /// The portal, if one leads to the group.
    pub portal: Option<Arc<str>>,
    /// The number of rows in the group.
    pub count: u32,
    /// `true` if they are hidden.
    pub folded: bool,
}

impl Head {
    /// The head of a group, whose first row is one of the block.
    pub(super) fn new(
        group: RowGroup,
        block: &Block,
        grouping: Grouping,
        catalog: &Catalog,
    ) -> Self {
        let portal = catalog.portal_of(block.kind(), block.source());
        let by_account = grouping == Grouping::Account;
        let name = match (by_account, portal) {
            (true, _) => block.name(),
            (false, Some(portal)) => portal,
            (false, None) => block.source(),
        };
        Self {
            key: KeyParts::new(grouping, catalog, block).key(),
            name: Arc::clone(name),
            account: block.account().filter(|_| by_account),
            email: by_account.then(|| Arc::clone(block.email())),
            portal: portal.cloned(),
            count: group.count,
            folded: group.folded,
        }
    }

    /// The head of the sessions in the active view.
    pub(super) fn sessions(group: RowGroup) -> Self {
        Self {
            key: HeadKey::sessions(),
            name: SESSIONS.into(),
            account: None,
            email: None,
            portal: None,
            count: group.count,
            folded: group.folded,
        }
    }
}
