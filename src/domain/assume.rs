//! The request for a role's credentials, for a chain of the settings or an own profile.

use std::collections::BTreeMap;

use super::secret::Secret;

/// The name of a role session where nothing else is set.
pub(crate) const SESSION_NAME: &str = "roledex";

/// The parameters of `AssumeRole` and `AssumeRoleWithWebIdentity`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleRequest {
    /// The role's ARN.
    pub role_arn: String,
    /// The name of the session; [`SESSION_NAME`] by default.
    pub session_name: Option<String>,
    /// The external id that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// The length of the session (seconds); the service's own default without it.
    pub duration_seconds: Option<u32>,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
    /// The keys of those tags that roles assumed from this session keep.
    pub transitive_tags: Vec<String>,
    /// A code of an MFA device.
    pub mfa: Option<MfaCode>,
}

/// A code of an MFA device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaCode {
    /// The device's ARN or serial number.
    pub device: String,
    /// The code: a few digits, good once.
    pub code: Secret,
}

/// The tags of `key1=value1,key2=value2`. Parts without `=` are tags without a value.
#[must_use]
pub(crate) fn tags(text: &str) -> BTreeMap<String, String> {
    words(text)
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (key.trim().to_owned(), value.trim().to_owned())
        })
        .collect()
}

/// The words of `a,b,c`.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// `true` if a text can be an MFA code that STS accepts.
#[must_use]
pub(crate) fn is_mfa_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_as_aws_vault_writes_them() {
        let tags = tags(" a=1, b = 2=3 ,, c");
        let tags: Vec<_> = tags.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(tags, [("a", "1"), ("b", "2=3"), ("c", "")]);
    }

    #[test]
    fn codes() {
        assert!(is_mfa_code("012345"));
        for text in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert!(!is_mfa_code(text), "{text}");
        }
    }
}
