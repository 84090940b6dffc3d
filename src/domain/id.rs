//! Entry ids: stable, printable, shell-safe names of what can be chosen (docs/glossary.md).
//!
//! `org:PORTAL/ACCOUNT_ID/ROLE`, `ext:APP/ACCOUNT_ID/ROLE`, `chain:NAME/ACCOUNT_ID/ROLE` and `profile:NAME`. Every byte of a part outside
//! `[A-Za-z0-9._@+=,-]` is percent-encoded, so an id needs no quoting in any shell, in an INI value
//! or in `credential_process` (docs/requirements.md#quoting, docs/requirements.md#remote-text-in-files).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The characters of a part that are not escaped: the alphabet of IAM role names, all of it shell-safe.
const PART: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'.')
    .remove(b'_')
    .remove(b'@')
    .remove(b'+')
    .remove(b'=')
    .remove(b',')
    .remove(b'-');

/// A twelve-digit AWS account id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

impl AccountId {
    /// The place of an account id in the id of an entry that has none; it is written as nothing.
    pub const NONE: Self = Self(u64::MAX);
}

/// Text that is not an account id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a twelve-digit account id")]
pub struct BadAccountId(String);

impl FromStr for AccountId {
    type Err = BadAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(number) if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Self(number))
            }
            _ => Err(BadAccountId(text.to_owned())),
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return Ok(());
        }
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An account of the organization, through a portal.
    Org,
    /// An *External AWS Account* application, through SAML.
    External,
    /// A role that is assumed with another entry's credentials.
    Chain,
    /// A profile of the AWS files that is not written by roledex.
    Profile,
}

impl Kind {
    /// The number of kinds.
    pub(crate) const COUNT: usize = Self::ALL.len();

    /// All of them.
    const ALL: [Self; 4] = [Self::Org, Self::External, Self::Chain, Self::Profile];

    /// `org`, `external`, `chain` or `profile`, as `--kind` and `--json` say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Org => "org",
            Self::External => "external",
            Self::Chain => "chain",
            Self::Profile => "profile",
        }
    }

    /// The scheme of the entry id.
    fn scheme(self) -> &'static str {
        match self {
            Self::Org => "org",
            Self::External => "ext",
            Self::Chain => "chain",
            Self::Profile => "profile",
        }
    }
}

/// The identity of one entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// Organizations account or external application.
    pub kind: Kind,
    /// The portal's name (org) or the app's name (external).
    pub source: Arc<str>,
    /// The account.
    pub account: AccountId,
    /// The permission set's name (org) or the role's name without its path (external).
    pub role: Arc<str>,
}

impl EntryId {
    /// An entry of the organization.
    #[must_use]
    pub fn org(portal: impl Into<Arc<str>>, account: AccountId, role: impl Into<Arc<str>>) -> Self {
        Self {
            kind: Kind::Org,
            source: portal.into(),
            account,
            role: role.into(),
        }
    }

    /// A chained role.
    #[must_use]
    pub fn chain(
        chain: impl Into<Arc<str>>,
        account: AccountId,
        role: impl Into<Arc<str>>,
    ) -> Self {
        Self {
            kind: Kind::Chain,
            source: chain.into(),
            account,
            role: role.into(),
        }
    }

    /// A profile of the AWS files. Its name alone identifies it: `role` repeats the name, and there is
    /// no account.
    #[must_use]
    pub fn profile(name: impl Into<Arc<str>>) -> Self {
        let name = name.into();
        Self {
            kind: Kind::Profile,
            source: Arc::clone(&name),
            account: AccountId::NONE,
            role: name,
        }
    }

    /// The entry in a few words: `ROLE in ACCOUNT`, or `the profile NAME`.
    #[must_use]
    pub fn words(&self) -> String {
        match self.kind {
            Kind::Profile => format!("the profile {}", self.source),
            _ => format!("{} in {}", self.role, self.account),
        }
    }

    /// An entry of an External AWS Account application.
    #[must_use]
    pub fn external(
        app: impl Into<Arc<str>>,
        account: AccountId,
        role: impl Into<Arc<str>>,
    ) -> Self {
        Self {
            kind: Kind::External,
            source: app.into(),
            account,
            role: role.into(),
        }
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.scheme())?;
        f.write_str(":")?;
        utf8_percent_encode(&self.source, PART).fmt(f)?;
        if self.kind == Kind::Profile {
            return Ok(());
        }
        f.write_str("/")?;
        self.account.fmt(f)?;
        f.write_str("/")?;
        utf8_percent_encode(&self.role, PART).fmt(f)
    }
}

/// A name from the text of others, changed where it could be read as an entry: as an id, as `ACCOUNT_ID/ROLE`, or as the
/// number of an account. `own` may be named. `what` comes before a mere number.
#[must_use]
pub(crate) fn unlike_entry(name: String, own: Option<AccountId>, what: &str) -> String {
    let is_account = |text: &str| text.parse().is_ok_and(|account| Some(account) != own);
    if let Some((scheme, rest)) = name.split_once(':')
        && Kind::ALL.iter().any(|kind| kind.scheme() == scheme)
    {
        return format!("{scheme}-{rest}");
    }
    match name.split_once('/') {
        Some((account, rest)) if is_account(account) => format!("{account}-{rest}"),
        None if is_account(&name) => format!("{what}-{name}"),
        _ => name,
    }
}

/// Text that is not an entry id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an entry id; expected org:PORTAL/ACCOUNT_ID/ROLE, ext:APP/ACCOUNT_ID/ROLE, chain:NAME/ACCOUNT_ID/ROLE or profile:NAME"
)]
pub struct BadEntryId(String);

impl FromStr for EntryId {
    type Err = BadEntryId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| BadEntryId(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<EntryId> {
    // They are always escaped; an id with a line break is more than an id.
    if text.contains(char::is_control) {
        return None;
    }
    let (scheme, rest) = text.split_once(':')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.scheme() == scheme)?;
    if kind == Kind::Profile {
        return (!rest.contains('/'))
            .then(|| decode(rest))
            .flatten()
            .map(EntryId::profile);
    }
    let mut parts = rest.split('/');
    let (source, account, role) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Some(EntryId {
        kind,
        source: decode(source)?,
        account: account.parse().ok()?,
        role: decode(role)?,
    })
}

fn decode(part: &str) -> Option<Arc<str>> {
    let text = percent_decode_str(part).decode_utf8().ok()?;
    (!text.is_empty()).then(|| Arc::from(text.as_ref()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_documented_form() {
        let id = EntryId::org(
            "my-sso",
            "123456789012".parse().unwrap(),
            "AdministratorAccess",
        );
        assert_eq!(
            id.to_string(),
            "org:my-sso/123456789012/AdministratorAccess"
        );
        let id = EntryId::external("a b", "000000000012".parse().unwrap(), "x/y");
        assert_eq!(id.to_string(), "ext:a%20b/000000000012/x%2Fy");
        let id = EntryId::profile("a/b c");
        assert_eq!(id.to_string(), "profile:a%2Fb%20c");
        assert_eq!("profile:a%2Fb%20c".parse(), Ok(id));
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "org:",
            "org:a/b/c",
            "org:a/123456789012",
            "org:a/123456789012/",
            "org:/123456789012/r",
            "org:a/123456789012/r/x",
            "aws:a/123456789012/r",
            "org:a/12345678901/r",
            "org:a/+12345678901/r",
            "org:%ff/123456789012/r",
            "profile:",
            "profile:a/b",
            "profile:a\nb",
            "org:a/123456789012/r\n# a comment",
        ] {
            assert!(text.parse::<EntryId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_of_others_is_no_entry() {
        let own = "222222222222".parse().ok();
        for (name, expected) in [
            ("111111111111/Admin", "111111111111-Admin"),
            ("111111111111/a/b", "111111111111-a/b"),
            ("111111111111", "app-111111111111"),
            ("org:acme/111111111111/R", "org-acme/111111111111/R"),
            ("profile:x", "profile-x"),
            ("222222222222/Admin", "222222222222/Admin"),
            ("222222222222", "222222222222"),
            ("Acme: prod/Admin", "Acme: prod/Admin"),
            ("1111/Admin", "1111/Admin"),
        ] {
            assert_eq!(unlike_entry(name.to_owned(), own, "app"), expected);
        }
    }

    proptest! {
        #[test]
        fn any_id_survives_and_needs_no_quoting(
            source in "\\PC{1,40}|[\\x00-\\x7f]{1,20}",
            account in 0_u64..1_000_000_000_000,
            role in "\\PC{1,40}|[\\x00-\\x7f]{1,20}",
            external: bool,
        ) {
            let account = AccountId(account);
            let id = if external { EntryId::external(source, account, role) } else { EntryId::org(source, account, role) };
            let text = id.to_string();
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b":/%._@+=,-".contains(&b)));
            prop_assert_eq!(text.parse::<EntryId>(), Ok(id));
        }

        #[test]
        fn parsing_never_panics(text in "\\PC*") {
            if let Ok(id) = text.parse::<EntryId>() {
                prop_assert_eq!(id.to_string().parse::<EntryId>(), Ok(id));
            }
        }
    }
}
