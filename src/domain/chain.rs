//! Role chaining: a role that is assumed with another entry's credentials, for an hour at most (docs/requirements.md#fixed-session-length).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::arn::Arn;
use super::assume::RoleRequest;
use super::id::{AccountId, EntryId};

/// The possible lengths of a session of a chained role (seconds).
pub(crate) const SESSION_SECONDS: RangeInclusive<u32> = 900..=MAX_SECONDS;

/// The longest one.
const MAX_SECONDS: u32 = 3_600;

/// One chained role, as the settings describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its name, which is the source of its entry's id.
    pub name: Arc<str>,
    /// The entry whose credentials assume it.
    pub source: EntryId,
    /// As in the ARN.
    pub partition: String,
    /// The account.
    pub account: AccountId,
    /// The role's name, without its path.
    pub role: Arc<str>,
    /// The role's ARN.
    pub role_arn: String,
    /// The external ID that its trust policy requires.
    pub external_id: Option<String>,
    /// The name of its sessions.
    pub session_name: Option<String>,
    /// The duration of its sessions (seconds).
    pub duration_seconds: Option<u32>,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
}

impl Chain {
    /// Its entry.
    #[must_use]
    pub fn entry(&self) -> EntryId {
        EntryId::chain(Arc::clone(&self.name), self.account, Arc::clone(&self.role))
    }

    /// The request for its credentials.
    #[must_use]
    pub fn request(&self) -> RoleRequest {
        RoleRequest {
            role_arn: self.role_arn.clone(),
            session_name: self.session_name.clone(),
            external_id: self.external_id.clone(),
            duration_seconds: Some(self.duration_seconds.unwrap_or(MAX_SECONDS)),
            tags: self.tags.clone(),
            ..RoleRequest::default()
        }
    }
}

/// Partition, account and role of a role's ARN.
#[must_use]
pub fn role_of(arn: &str) -> Option<(&str, AccountId, &str)> {
    let arn = Arn::parse(arn)?;
    let role = arn.resource.strip_prefix("role/")?.rsplit('/').next()?;
    let is_role = arn.service == "iam" && arn.region.is_empty() && !role.is_empty();
    is_role.then_some((arn.partition, arn.account.parse().ok()?, role))
}

/// The name of a chain whose sources lead back to it, if there is one.
#[must_use]
pub(crate) fn looping(chains: &[Chain]) -> Option<&Arc<str>> {
    chains.iter().map(|chain| &chain.name).find(|name| {
        let mut seen = BTreeSet::new();
        let mut at = Arc::clone(name);
        while let Some(chain) = chains.iter().find(|chain| chain.name == at) {
            if !seen.insert(at) {
                return true;
            }
            if chain.source.kind != super::id::Kind::Chain {
                return false;
            }
            at = Arc::clone(&chain.source.source);
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(name: &str, source: &str) -> Chain {
        Chain {
            name: name.into(),
            source: source.parse().unwrap(),
            partition: "aws".to_owned(),
            account: "111111111111".parse().unwrap(),
            role: "R".into(),
            role_arn: "arn:aws:iam::111111111111:role/R".to_owned(),
            external_id: None,
            session_name: None,
            duration_seconds: None,
            tags: BTreeMap::new(),
        }
    }

    #[test]
    fn loops_are_found() {
        let first = chain("a", "org:p/111111111111/R");
        let second = chain("b", "chain:a/111111111111/R");
        assert_eq!(looping(&[first.clone(), second.clone()]), None);
        let back = chain("a", "chain:b/111111111111/R");
        assert!(looping(&[back, second]).is_some());
        assert!(looping(&[chain("x", "chain:x/111111111111/R")]).is_some());
        assert_eq!(looping(&[chain("x", "chain:gone/111111111111/R")]), None);
        assert_eq!(first.entry().to_string(), "chain:a/111111111111/R");
    }

    #[test]
    fn arns() {
        let found = role_of("arn:aws-cn:iam::111111111111:role/a/b/R,x").unwrap();
        assert_eq!((found.0, found.2), ("aws-cn", "R,x"));
        for arn in [
            "",
            "arn:aws:iam::1:role/R",
            "arn:aws:iam::111111111111:user/R",
            "arn:aws:sts::111111111111:role/R",
            "arn:aws:iam::111111111111:role/a b",
        ] {
            assert!(role_of(arn).is_none(), "{arn}");
        }
    }
}
