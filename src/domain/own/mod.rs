//! Own profiles: the profiles of the AWS files that the user or another tool wrote.
//!
//! [`provider`] finds the source of a profile's credentials, in the order of botocore; [`check`] finds its
//! errors. Both read the sections only: no program is run and no request is sent.

pub(crate) mod check;
pub(crate) mod provider;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use sha1::{Digest as _, Sha1};

use super::id::{AccountId, EntryId};
use super::problem::{Problem, ProblemKind};
use super::process_line;
use super::text::word;
use super::time::seconds_left;
use provider::{KEYS, Provider};

/// The sections of both AWS files. An empty value counts as none.
pub(crate) trait Sections {
    /// A value of a profile in the config file.
    fn in_config(&self, profile: &str, key: &str) -> Option<&str>;

    /// A value of a profile in the credentials file.
    fn in_credentials(&self, profile: &str, key: &str) -> Option<&str>;

    /// `true` if either file has the profile.
    fn has_profile(&self, profile: &str) -> bool;

    /// A value of an `sso-session`.
    fn in_session(&self, session: &str, key: &str) -> Option<&str>;

    /// `true` if there is such an `sso-session`.
    fn has_session(&self, session: &str) -> bool;

    /// A value of a profile: the credentials file lies over the config file, as in botocore.
    fn either(&self, profile: &str, key: &str) -> Option<&str> {
        self.in_credentials(profile, key)
            .or_else(|| self.in_config(profile, key))
    }
}

/// The name of the portal of each start URL, in a normalized form.
pub(crate) type PortalsByUrl<'a> = BTreeMap<&'a str, &'a str>;

/// The mechanism that gives a profile its credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// Access keys in one of the files.
    Keys,
    /// Access keys, and a session that an MFA device confirms.
    Mfa,
    /// A role that is assumed with the credentials of another source.
    Role,
    /// A role that is assumed with an OIDC token in a file.
    WebIdentity,
    /// A `credential_process`.
    Process,
    /// A console session, signed in by `aws login`.
    Login,
    /// IAM Identity Center.
    Sso,
}

impl Via {
    /// The word of `--json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Mfa => "mfa",
            Self::Role => "role",
            Self::WebIdentity => "web-identity",
            Self::Process => "process",
            Self::Login => "login",
            Self::Sso => "sso",
        }
    }
}

/// One own profile, as the list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its name.
    pub name: Arc<str>,
    /// The mechanism that gives it its credentials.
    pub via: Via,
    /// Its account, where the files tell.
    pub account: Option<AccountId>,
    /// Its role, where the files tell.
    pub role: Option<Arc<str>>,
    /// The entry of the organization that it leads to, where it names a portal that is known.
    pub leads_to: Option<EntryId>,
    /// The entry that its `credential_process` asks roledex for, where it does.
    pub asks_for: Option<EntryId>,
    /// The reason why it cannot be used, if there is one.
    pub trouble: Option<Arc<str>>,
}

impl Own {
    /// Its entry's id.
    #[must_use]
    pub fn entry(&self) -> EntryId {
        EntryId::profile(Arc::clone(&self.name))
    }

    /// `true` while a console session renews its credentials, which end at `end`: for 12 hours from its sign-in at most.
    #[must_use]
    pub(crate) fn renews(&self, end: Timestamp, now: Timestamp) -> bool {
        const SESSION_SECONDS: i64 = 12 * 3_600;
        self.via == Via::Login && seconds_left(now, end) > -SESSION_SECONDS
    }

    /// The entry whose credentials it has, where the files tell.
    #[must_use]
    pub fn entry_behind(&self) -> Option<&EntryId> {
        self.leads_to.as_ref().or(self.asks_for.as_ref())
    }

    /// The problem of a profile that cannot be used.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        let trouble = self.trouble.as_deref()?;
        let title = format!("the profile {} cannot be used", self.name);
        Some(
            Problem::new(ProblemKind::Failed, title)
                .detail(trouble)
                .hint(match &*self.name {
                    "default" => "see [default] in the AWS config".to_owned(),
                    name => format!("see [profile {}] in the AWS config", word(name)),
                }),
        )
    }
}

/// The own profiles among `names`, in that order. A profile without any source of credentials only holds
/// settings, and is none. `portals` has the name of the portal behind each start URL.
#[must_use]
pub(crate) fn classify<'a>(
    files: &'a impl Sections,
    names: impl Iterator<Item = &'a str>,
    portals: &PortalsByUrl<'_>,
) -> Vec<Own> {
    let mut known = check::Known::default();
    names
        .filter_map(|name| {
            let provider = provider::direct(files, name)?;
            let trouble = check::trouble(files, name, &mut known);
            Some(own(files, name, &provider, portals, trouble))
        })
        .collect()
}

/// One own profile, if it is one.
#[must_use]
pub(crate) fn one(files: &impl Sections, name: &str, portals: &PortalsByUrl<'_>) -> Option<Own> {
    classify(files, std::iter::once(name), portals).pop()
}

fn own(
    files: &impl Sections,
    name: &str,
    provider: &Provider<'_>,
    portals: &PortalsByUrl<'_>,
    trouble: Option<Arc<str>>,
) -> Own {
    let (account, role) = provider.account_and_role();
    let role = role.map(Arc::<str>::from);
    let leads_to = match provider {
        Provider::Sso(sso) => sso
            .portal(files, portals)
            .zip(account)
            .zip(role.clone())
            .map(|((portal, account), role)| EntryId::org(portal, account, role)),
        _ => None,
    };
    let asks_for = match provider {
        Provider::Process(command) => asked_for(command),
        _ => None,
    };
    Own {
        asks_for,
        name: Arc::from(name),
        via: via(files, name, provider),
        account,
        role,
        leads_to: leads_to.filter(|_| trouble.is_none()),
        trouble,
    }
}

/// The entry of `… credentials ID`, as managed profiles have it, by whatever name the program is started.
fn asked_for(command: &str) -> Option<EntryId> {
    let words = process_line::split(command)?;
    let mut words = words.iter().skip_while(|word| *word != "credentials");
    words.find_map(|word| word.parse().ok())
}

fn via(files: &impl Sections, name: &str, provider: &Provider<'_>) -> Via {
    match provider {
        Provider::Role(_) => Via::Role,
        Provider::WebIdentity(_) => Via::WebIdentity,
        Provider::Sso(_) => Via::Sso,
        Provider::Login(_) => Via::Login,
        Provider::Process(_) => Via::Process,
        Provider::Keys(_) if files.either(name, "mfa_serial").is_some() => Via::Mfa,
        Provider::Keys(_) => Via::Keys,
    }
}

/// A short text that changes when anything changes on which the credentials of a profile depend: its
/// own settings and those of its sources. `extra` is what it depends on beside the files. Secrets are
/// left out.
#[must_use]
pub(crate) fn fingerprint(files: &impl Sections, name: &str, extra: &str) -> String {
    let mut hash = Sha1::new();
    let mut add = |text: &str| {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    };
    add(extra);
    for name in check::path(files, name) {
        add(name);
        for key in KEYS {
            add(key);
            add(files.in_config(name, key).unwrap_or_default());
            add(files.in_credentials(name, key).unwrap_or_default());
        }
    }
    let digest: [u8; 20] = hash.finalize().into();
    let number = digest
        .iter()
        .take(10)
        .fold(0_u128, |sum, b| sum << 8 | u128::from(*b));
    format!("{number:020x}")
}

/// The id under which the credentials of an own profile are stored. A line break cannot be in the name
/// of a profile, so it is no profile's own id; and settings that have changed since lead to another.
#[must_use]
pub(crate) fn stored_id(name: &str, fingerprint: &str) -> EntryId {
    EntryId::profile(format!("{name}\n{fingerprint}"))
}

/// The id under which the session of an MFA device is stored: it serves every role that the same keys
/// assume with the same device.
#[must_use]
pub(crate) fn session_id(access_key_id: &str, device: &str) -> EntryId {
    EntryId::profile(format!("\n{access_key_id}\n{device}"))
}

/// `true` for an id made by [`session_id`].
#[must_use]
pub(crate) fn is_session(id: &EntryId) -> bool {
    id.source.starts_with('\n')
}

/// The id of the MFA session that a profile's credentials need: of its own keys, or of those with which the
/// first role of its chain is assumed.
#[must_use]
pub(crate) fn session_of_profile(files: &impl Sections, name: &str) -> Option<EntryId> {
    let path = check::path(files, name);
    let (base, roles) = path.split_last()?;
    let device = files.either(roles.last().unwrap_or(base), "mfa_serial")?;
    Some(session_id(files.either(base, "aws_access_key_id")?, device))
}

/// The profile's name in an id made by [`stored_id`].
#[must_use]
pub(crate) fn name_of_stored(id: &EntryId) -> Option<&str> {
    let (name, _) = id.source.split_once('\n')?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests;
