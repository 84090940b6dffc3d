//! Rows of the list: entries that can be chosen, and gaps where entries are not known yet.

use std::sync::Arc;

use super::id::{AccountId, EntryId, Kind};
use super::label::Label;
use super::own::Own;
use super::problem::Problem;
use super::shared_text::SharedText;

/// The result of the last catalog refresh for an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Known before, and still there.
    #[default]
    Known,
    /// Not there before.
    New,
    /// Listed before, and no longer listed: kept on screen until the next refresh, but it cannot be used.
    Lost,
}

/// One row that can be chosen. Cheap to clone: the texts are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its identity.
    pub id: EntryId,
    /// The account's name as the service gave it; clean it before drawing (docs/requirements.md#remote-text). May be empty.
    pub account_name: SharedText,
    /// The account's e-mail address as the service gave it. May be empty.
    pub email: SharedText,
    /// New, lost, or neither.
    pub mark: Mark,
    /// The user's own words for the account.
    pub label: Option<Arc<Label>>,
    /// The profile of the AWS files that it is, where it is one.
    pub own: Option<Arc<Own>>,
}

impl Entry {
    /// Its account, where that is known.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match &self.own {
            Some(own) => own.account,
            None => (self.id.account != AccountId::NONE).then_some(self.id.account),
        }
    }

    /// Its role, where that is known.
    #[must_use]
    pub fn role(&self) -> Option<&Arc<str>> {
        match &self.own {
            Some(own) => own.role.as_ref(),
            None => (self.id.kind != Kind::Profile).then_some(&self.id.role),
        }
    }
}

/// The reason why a row has no roles to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GapReason {
    /// They are being listed.
    Loading,
    /// They were not requested yet.
    Unknown,
    /// Listing them failed; the other accounts go on (docs/requirements.md#errors-per-account).
    Failed(Box<Problem>),
    /// The account is listed without any role.
    NoRoles,
}

/// An account (or an app) whose roles are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Organizations account or external application.
    pub kind: Kind,
    /// The portal's or the app's name.
    pub source: Arc<str>,
    /// The account; an app may not know it yet.
    pub account: Option<AccountId>,
    /// The account's name as the service gave it, or the app's.
    pub name: SharedText,
    /// The account's e-mail address. May be empty.
    pub email: SharedText,
    /// The reason why there is nothing to choose.
    pub reason: GapReason,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// It can be chosen.
    Entry(Entry),
    /// It cannot, yet.
    Gap(Gap),
}

impl Item {
    /// Its identity, where it can be chosen.
    #[must_use]
    pub fn id(&self) -> Option<&EntryId> {
        match self {
            Self::Entry(entry) => Some(&entry.id),
            Self::Gap(_) => None,
        }
    }

    /// The kind of its id.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Entry(entry) => entry.id.kind,
            Self::Gap(gap) => gap.kind,
        }
    }

    /// The portal's or the app's name.
    #[must_use]
    pub fn source(&self) -> &Arc<str> {
        match self {
            Self::Entry(entry) => &entry.id.source,
            Self::Gap(gap) => &gap.source,
        }
    }

    /// The account, where it is known.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Entry(entry) => entry.account(),
            Self::Gap(gap) => gap.account,
        }
    }

    /// The account's name as the service gave it.
    #[must_use]
    pub fn name(&self) -> &SharedText {
        match self {
            Self::Entry(entry) => &entry.account_name,
            Self::Gap(gap) => &gap.name,
        }
    }

    /// The account's e-mail address as the service gave it.
    #[must_use]
    pub fn email(&self) -> &SharedText {
        match self {
            Self::Entry(entry) => &entry.email,
            Self::Gap(gap) => &gap.email,
        }
    }

    /// The user's own words for the account.
    #[must_use]
    pub fn label(&self) -> Option<&Label> {
        match self {
            Self::Entry(entry) => entry.label.as_deref(),
            Self::Gap(_) => None,
        }
    }

    /// The role, where the row is an entry.
    #[must_use]
    pub fn role(&self) -> Option<&Arc<str>> {
        match self {
            Self::Entry(entry) => entry.role(),
            Self::Gap(_) => None,
        }
    }
}
