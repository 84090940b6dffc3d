//! The credential source of a profile, in botocore's order, from the keys of its sections alone.

use std::collections::BTreeMap;

use super::super::arn::Arn;
use super::super::chain::role_of;
use super::super::id::AccountId;
use super::Sections;

/// Every key on which the credentials of a profile depend; secret ones are left out.
pub(crate) const KEYS: [&str; 18] = [
    "role_arn",
    "source_profile",
    "credential_source",
    "web_identity_token_file",
    "mfa_serial",
    "external_id",
    "role_session_name",
    "duration_seconds",
    "session_tags",
    "transitive_session_tags",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
    LOGIN_SESSION,
    "credential_process",
    "aws_access_key_id",
];

/// The keys that lead to credentials: one of them makes tools look for those of its source, and some refuse
/// the profile if the rest is missing.
pub(crate) const SOURCES: [&str; 11] = [
    "role_arn",
    "credential_source",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "sso_role_name",
    LOGIN_SESSION,
    "credential_process",
    "aws_access_key_id",
    "aws_secret_access_key",
];

/// The key of a console session.
pub(crate) const LOGIN_SESSION: &str = "login_session";

/// The credential provider of one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Provider<'a> {
    /// `AssumeRole`.
    Role(RoleProvider<'a>),
    /// `AssumeRoleWithWebIdentity`.
    WebIdentity(WebIdentityProvider<'a>),
    /// IAM Identity Center.
    Sso(SsoProvider<'a>),
    /// Access keys.
    Keys(File),
    /// `login_session`: the ARN of a console session.
    Login(&'a str),
    /// `credential_process`.
    Process(&'a str),
}

/// One of the two AWS files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// `~/.aws/config`.
    Config,
    /// `~/.aws/credentials`.
    Credentials,
}

/// A role with the source of the credentials that assume it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoleProvider<'a> {
    /// The role's ARN.
    pub role_arn: &'a str,
    /// `source_profile`.
    pub source_profile: Option<&'a str>,
    /// `credential_source`.
    pub credential_source: Option<&'a str>,
}

/// A role with the file of the token that assumes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebIdentityProvider<'a> {
    /// The role's ARN.
    pub role_arn: Option<&'a str>,
    /// The token's file.
    pub token_file: &'a str,
}

/// An account and role of IAM Identity Center.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SsoProvider<'a> {
    /// `sso_session`.
    pub session: Option<&'a str>,
    /// `sso_start_url` of the profile itself, the older form.
    pub start_url: Option<&'a str>,
    /// `sso_region` of the profile itself.
    pub region: Option<&'a str>,
    /// `sso_account_id`.
    pub account: Option<&'a str>,
    /// `sso_role_name`.
    pub role: Option<&'a str>,
}

/// The provider of a profile that is used directly.
#[must_use]
pub(crate) fn direct<'a>(files: &'a impl Sections, name: &str) -> Option<Provider<'a>> {
    role(files, name).or_else(|| provider(files, name))
}

/// The provider of a profile that another one names as its source: its own keys come before its role.
#[must_use]
pub(crate) fn as_source<'a>(files: &'a impl Sections, name: &str) -> Option<Provider<'a>> {
    if has_keys(files, name) {
        return provider(files, name);
    }
    direct(files, name)
}

/// `true` if a profile has static keys, or only one of the two.
#[must_use]
pub(crate) fn has_keys(files: &impl Sections, name: &str) -> bool {
    ["aws_access_key_id", "aws_secret_access_key"]
        .iter()
        .any(|key| files.either(name, key).is_some())
}

fn role<'a>(files: &'a impl Sections, name: &str) -> Option<Provider<'a>> {
    let get = |key| files.either(name, key);
    let role_arn = get("role_arn").filter(|_| get("web_identity_token_file").is_none())?;
    Some(Provider::Role(RoleProvider {
        role_arn,
        source_profile: get("source_profile"),
        credential_source: get("credential_source"),
    }))
}

/// Everything but a role with a source, in the order of botocore.
fn provider<'a>(files: &'a impl Sections, name: &str) -> Option<Provider<'a>> {
    let get = |key| files.either(name, key);
    if let Some(token_file) = get("web_identity_token_file") {
        return Some(Provider::WebIdentity(WebIdentityProvider {
            role_arn: get("role_arn"),
            token_file,
        }));
    }
    let (account, role) = (get("sso_account_id"), get("sso_role_name"));
    if account.is_some() || role.is_some() {
        return Some(Provider::Sso(SsoProvider {
            session: get("sso_session"),
            start_url: get("sso_start_url"),
            region: get("sso_region"),
            account,
            role,
        }));
    }
    if files.in_credentials(name, "aws_access_key_id").is_some() {
        return Some(Provider::Keys(File::Credentials));
    }
    if let Some(session) = get(LOGIN_SESSION) {
        return Some(Provider::Login(session));
    }
    if let Some(command) = get("credential_process") {
        return Some(Provider::Process(command));
    }
    files
        .in_config(name, "aws_access_key_id")
        .map(|_| Provider::Keys(File::Config))
}

impl Provider<'_> {
    /// Account and role, where the files tell.
    #[must_use]
    pub(crate) fn account_and_role(&self) -> (Option<AccountId>, Option<&str>) {
        let of_arn = |arn: Option<&'_ str>| arn.and_then(|arn| role_of(arn).map(|(_, id, _)| id));
        match self {
            Self::Role(role) => (of_arn(Some(role.role_arn)), role_name(role.role_arn)),
            Self::WebIdentity(provider) => (
                of_arn(provider.role_arn),
                provider.role_arn.and_then(role_name),
            ),
            Self::Sso(sso) => (sso.account.and_then(|id| id.parse().ok()), sso.role),
            Self::Login(arn) => login_session(arn),
            Self::Keys(_) | Self::Process(_) => (None, None),
        }
    }
}

fn role_name(arn: &str) -> Option<&str> {
    role_of(arn).map(|(_, _, role)| role)
}

/// The account of a console session, and its role where it is a role's:
/// `arn:aws:sts::111122223333:assumed-role/ROLE/SESSION`.
#[must_use]
pub(crate) fn login_session(arn: &str) -> (Option<AccountId>, Option<&str>) {
    let Some(arn) = Arn::parse(arn) else {
        return (None, None);
    };
    let session = arn.resource.strip_prefix("assumed-role/");
    let role = session.and_then(|session| session.split('/').next());
    (
        arn.account.parse().ok(),
        role.filter(|role| !role.is_empty()),
    )
}

impl<'a> SsoProvider<'a> {
    /// The start URL and the region: those of the session where it names one, else its own.
    #[must_use]
    pub(crate) fn start_url_and_region(
        &self,
        files: &'a impl Sections,
    ) -> (Option<&'a str>, Option<&'a str>) {
        match self.session {
            Some(session) => (
                files.in_session(session, "sso_start_url"),
                files.in_session(session, "sso_region"),
            ),
            None => (self.start_url, self.region),
        }
    }

    /// The name of the portal that it leads through, where that is known.
    #[must_use]
    pub(crate) fn portal<'b>(
        &self,
        files: &impl Sections,
        portals: &BTreeMap<&str, &'b str>,
    ) -> Option<&'b str>
    where
        'a: 'b,
    {
        match self.session {
            Some(session) => files.has_session(session).then_some(session),
            None => portals.get(bare_url(self.start_url?)).copied(),
        }
    }
}

/// A start URL in a normalized form: two that lead to the same portal are equal.
#[must_use]
pub(crate) fn bare_url(url: &str) -> &str {
    let end = url.find('#').unwrap_or(url.len());
    url.get(..end).unwrap_or(url).trim_end_matches('/')
}
