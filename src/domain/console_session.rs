//! A console session: a sign-in to the AWS console that gives command line tools credentials.
//!
//! It is named by the ARN of its identity, which profiles hold in `login_session`.

use std::fmt;
use std::str::FromStr;

use super::arn::Arn;
use super::credentials::Credentials;
use super::id::AccountId;
use super::secret::Secret;

/// The identity of a console session: a role, an IAM user, or the root user of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConsoleIdentity {
    /// Its ARN, such as `arn:aws:sts::111122223333:assumed-role/Ops/jane`.
    pub arn: String,
    /// Its account.
    pub account: AccountId,
    /// The role's or the user's name without its path; `root` for the root user.
    pub name: String,
}

/// A text that is not the ARN of an identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the ARN of a user or role")]
pub(crate) struct BadIdentity;

impl FromStr for ConsoleIdentity {
    type Err = BadIdentity;

    fn from_str(arn: &str) -> Result<Self, BadIdentity> {
        let text = arn.trim();
        let arn = Arn::parse(text).ok_or(BadIdentity)?;
        if !matches!(arn.service, "iam" | "sts") || !arn.region.is_empty() {
            return Err(BadIdentity);
        }
        let resource = arn.resource;
        let (kind, rest) = resource.split_once('/').unwrap_or(("", resource));
        let name = match kind {
            // The rest is the session's name.
            "assumed-role" => rest.split('/').next(),
            _ => rest.rsplit('/').next(),
        };
        let name = name.filter(|name| !name.is_empty());
        Ok(Self {
            arn: text.to_owned(),
            account: arn.account.parse().map_err(|_not_digits| BadIdentity)?,
            name: name.ok_or(BadIdentity)?.to_owned(),
        })
    }
}

impl ConsoleIdentity {
    /// The name of a new profile: `NAME-ACCOUNT`, with `-` for characters that some SDKs cannot read.
    #[must_use]
    pub(crate) fn profile_name(&self) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._+@-".contains(c);
        let name = self.name.chars();
        let name: String = name.map(|c| if is_plain(c) { c } else { '-' }).collect();
        format!("{}-{}", name.trim_matches('-'), self.account)
    }

    /// True for the same account with the same role or user; session names may differ.
    #[must_use]
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.account == other.account && self.name.eq_ignore_ascii_case(&other.name)
    }
}

/// `ACCOUNT/NAME`, as in `--expect`.
impl fmt::Display for ConsoleIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.name)
    }
}

/// The account, and the role or user, that a sign-in should lead to: `ACCOUNT[/NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedIdentity {
    account: AccountId,
    name: Option<String>,
}

impl FromStr for ExpectedIdentity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (account, name) = match text.split_once('/') {
            Some((account, name)) => (account, Some(name)),
            None => (text, None),
        };
        let usage = || format!("{text:?} is not ACCOUNT or ACCOUNT/ROLE, as in 111122223333/Ops");
        if name == Some("") {
            return Err(usage());
        }
        Ok(Self {
            account: account.parse().map_err(|_not_digits| usage())?,
            name: name.map(str::to_owned),
        })
    }
}

impl ExpectedIdentity {
    /// True if an identity is in the account, and has the name where one is given. Names of roles and users
    /// are unique in any case.
    #[must_use]
    pub(crate) fn includes(&self, identity: &ConsoleIdentity) -> bool {
        let is_named = |name: &String| name.eq_ignore_ascii_case(&identity.name);
        self.account == identity.account && self.name.as_ref().is_none_or(is_named)
    }
}

impl fmt::Display for ExpectedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{}/{name}", self.account),
            None => write!(f, "account {}", self.account),
        }
    }
}

/// The result of a console sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleProfile {
    /// The profile that has the session.
    pub profile: String,
    /// `ACCOUNT/ROLE` or `ACCOUNT/USER`.
    pub identity: String,
    /// The region of the sign-in.
    pub region: String,
    /// True where nothing set the region.
    pub is_region_assumed: bool,
}

/// A console session with the secrets that renew it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConsoleSession {
    /// The ARN that names it.
    pub arn: String,
    /// Its account: twelve digits.
    pub account: String,
    /// Its current credentials, of fifteen minutes at most.
    pub credentials: Credentials,
    /// The refresh token, which works once, and only in the region of the sign-in.
    pub refresh_token: Secret,
    /// The private key that proves possession of the refresh token, in PEM.
    pub key: Secret,
    /// The fixed client of the sign-in service that the refresh token was given to.
    pub client_id: String,
    /// The token that names the identity; only a sign-in gives it.
    pub id_token: Option<Secret>,
    /// The region of the sign-in, where it is known.
    pub region: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(arn: &str) -> Option<(String, String)> {
        let identity: ConsoleIdentity = arn.parse().ok()?;
        Some((identity.to_string(), identity.profile_name()))
    }

    #[test]
    fn every_kind_of_identity_has_a_name() {
        for (arn, words, profile) in [
            (
                "arn:aws:sts::111122223333:assumed-role/Ops/jane@example.com",
                "111122223333/Ops",
                "Ops-111122223333",
            ),
            (
                "arn:aws:iam::111122223333:user/division/jane",
                "111122223333/jane",
                "jane-111122223333",
            ),
            (
                "arn:aws-cn:iam::012345678901:root",
                "012345678901/root",
                "root-012345678901",
            ),
            (
                "arn:aws:sts::111122223333:federated-user/a=b,c",
                "111122223333/a=b,c",
                "a-b-c-111122223333",
            ),
        ] {
            assert_eq!(identity(arn), Some((words.into(), profile.into())), "{arn}");
        }
        for arn in [
            "",
            "jane",
            "arn:aws:iam::1:user/jane",
            "arn:aws:s3:::bucket",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam::111122223333:user/a\nb",
            "arn:aws:iam:x:111122223333:user/a",
        ] {
            assert_eq!(identity(arn), None, "{arn:?}");
        }
    }

    #[test]
    fn what_is_expected_is_compared() {
        let ops: ConsoleIdentity = "arn:aws:sts::111122223333:assumed-role/Ops/a"
            .parse()
            .unwrap();
        for (text, includes) in [
            ("111122223333", true),
            ("111122223333/Ops", true),
            ("111122223333/ops", true),
            ("111122223333/Op", false),
            ("444455556666", false),
            ("444455556666/Ops", false),
        ] {
            let expected: ExpectedIdentity = text.parse().unwrap();
            assert_eq!(expected.includes(&ops), includes, "{text}");
        }
        for text in ["", "Ops", "1111", "111122223333/"] {
            assert!(text.parse::<ExpectedIdentity>().is_err(), "{text}");
        }
        let renamed = "arn:aws:sts::111122223333:assumed-role/Ops/b"
            .parse()
            .unwrap();
        assert!(ops.is_same_as(&renamed));
    }
}
