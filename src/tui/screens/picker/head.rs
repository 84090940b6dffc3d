//! The groups of the list and their heads.

use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::domain::items::Block;
use crate::domain::rank::Grouping;
use crate::domain::shared_text::SharedText;
use crate::domain::{AccountId, Catalog, Kind};

/// The name and the key of the head of own profiles that no portal leads to.
static OWN_PROFILES: LazyLock<Arc<str>> = LazyLock::new(|| "own profiles".into());

/// The name and the key of the head of the sessions in the active view.
pub(crate) const SESSIONS: &str = "sessions";

/// A group of rows. There may be very many: heads are made for those on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowGroup {
    /// Its number among the groups of the items; `None` for the sessions of the active view.
    pub number: Option<u32>,
    /// The place of its first row in the items; `None` for the sessions of the active view.
    pub first: Option<u32>,
    /// The number of its rows.
    pub count: u32,
    /// The number of those that are entries.
    pub entries: u32,
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
    pub name: Option<SharedText>,
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

/// The account in the text of a key.
pub(super) fn account_of(key: &str) -> Option<AccountId> {
    key.split(' ').next()?.parse().ok()
}

/// The portal of a group: one that leads to the rows of a block or, for an own profile in groups by account, one
/// that lists its account.
fn portal_of<'a>(
    grouping: Grouping,
    catalog: &'a Catalog,
    block: &'a Block,
) -> Option<&'a Arc<str>> {
    let portal = catalog.portal_of(block.kind(), block.source());
    let is_own = block.kind() == Kind::Profile && grouping == Grouping::Account;
    portal.or_else(|| {
        let account = block.account().filter(|_| is_own)?;
        let mut portals = catalog.portals.iter();
        let lists = portals.find(|(_, part)| part.accounts.contains_key(&account));
        lists.map(|(name, _)| name)
    })
}

/// The parts of a group's key, as the rows of a block have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct KeyParts<'a> {
    account: Option<AccountId>,
    source: &'a Arc<str>,
    name: Option<&'a SharedText>,
}

impl<'a> KeyParts<'a> {
    /// The parts of the group that has the rows of a block.
    pub(super) fn new(grouping: Grouping, catalog: &'a Catalog, block: &'a Block) -> Self {
        let by_account = grouping == Grouping::Account;
        let account = block.account().filter(|_| by_account);
        let is_own = block.kind() == Kind::Profile;
        let source = match portal_of(grouping, catalog, block) {
            Some(portal) => portal,
            None if is_own => &OWN_PROFILES,
            None => block.source(),
        };
        Self {
            account,
            source,
            name: (by_account && account.is_none() && !is_own).then(|| block.name()),
        }
    }

    /// The account, in groups by account.
    pub(super) fn account(&self) -> Option<AccountId> {
        self.account
    }

    /// `true` if it is certainly the same group, without comparing texts.
    pub(super) fn is_same(self, other: Self) -> bool {
        let is_same_name = match (self.name, other.name) {
            (Some(a), Some(b)) => a.is_same(b),
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
    pub name: SharedText,
    /// The account, in groups by account.
    pub account: Option<AccountId>,
    /// The account's e-mail address, in groups by account. May be empty.
    pub email: Option<SharedText>,
    /// The portal, if one leads to the group.
    pub portal: Option<Arc<str>>,
    /// The number of rows in the group.
    pub count: u32,
    /// The number of those that are entries.
    pub entries: u32,
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
        let portal = portal_of(grouping, catalog, block);
        let by_account = grouping == Grouping::Account;
        let key = KeyParts::new(grouping, catalog, block).key();
        let name = match (key.account, portal) {
            // The name of an own profile is not its account's.
            (Some(account), _) if block.kind() == Kind::Profile => {
                catalog.account_name_of(account).unwrap_or_default()
            }
            (None, None) if block.kind() == Kind::Profile => Arc::clone(&OWN_PROFILES).into(),
            (None, Some(portal)) if !by_account => Arc::clone(portal).into(),
            (None, None) if !by_account => Arc::clone(block.source()).into(),
            _ => block.name().clone(),
        };
        Self {
            key,
            name,
            account: block.account().filter(|_| by_account),
            email: by_account.then(|| block.email().clone()),
            portal: portal.cloned(),
            count: group.count,
            entries: group.entries,
            folded: group.folded,
        }
    }

    /// `true` if its rows are own profiles that no portal leads to.
    pub(super) fn is_own(&self) -> bool {
        self.key.source == *OWN_PROFILES
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
            entries: group.entries,
            folded: group.folded,
        }
    }
}
