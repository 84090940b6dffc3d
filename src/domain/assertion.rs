//! A captured SAML response: its roles, the time in which it can be used, and the session durations
//! to request (docs/requirements.md#external-accounts-saml).

use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::Timestamp;

use super::app::AppRole;
use super::id::AccountId;
use super::secret::Secret;
use super::time::seconds_left;

/// The maximum length of a response that STS accepts (docs/protocols.md#sts); characters of base64.
pub(crate) const MAX_RESPONSE_CHARS: usize = 100_000;

/// STS takes a response for five minutes after it was issued (docs/requirements.md#response-lifetime); we stop a little earlier.
pub(crate) const LIFETIME_SECONDS: u64 = 270;

/// Session lengths that roles commonly allow, longest first (seconds).
const COMMON: [u32; 5] = [43_200, 28_800, 14_400, 7_200, 3_600];

/// The session durations that STS can give (seconds).
pub(crate) const SESSION_SECONDS: RangeInclusive<u32> = SHORTEST..=MAX_SECONDS;
const SHORTEST: u32 = 900;
const MAX_SECONDS: u32 = 43_200;

/// One role of a response, with the provider that vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlRole {
    /// As in the ARN: `aws`, `aws-cn`, … (docs/requirements.md#partition-from-the-role).
    pub partition: String,
    /// The account.
    pub account: AccountId,
    /// The role's name, without its path.
    pub role: Arc<str>,
    /// The role's ARN, path included.
    pub role_arn: String,
    /// The identity provider's ARN.
    pub provider_arn: String,
}

/// A response, read. Times are what the identity provider's clock said (UTC): STS is the judge of
/// them, not this machine (docs/requirements.md#response-lifetime).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The whole response in clean base64, as STS takes it.
    pub response: Secret,
    /// Its roles, in its order, each once.
    pub roles: Vec<SamlRole>,
    /// Malformed role values (docs/requirements.md#role-attribute).
    pub skipped: Vec<String>,
    /// The `SessionDuration` attribute (seconds).
    pub session_duration: Option<u32>,
    /// `SessionNotOnOrAfter`: no session lasts longer.
    pub session_ends_at: Option<Timestamp>,
    /// The earliest time it is good.
    pub not_before: Option<Timestamp>,
    /// The end of its validity.
    pub not_on_or_after: Option<Timestamp>,
    /// The address that it was meant to be posted to; a trust policy's `SAML:aud` is compared with it (docs/requirements.md#recipient).
    pub recipient: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
    /// The user that it is about.
    pub subject: Option<String>,
}

impl Assertion {
    /// The role with this account and name.
    #[must_use]
    pub fn role(&self, account: AccountId, role: &str) -> Option<&SamlRole> {
        self.roles
            .iter()
            .find(|known| known.account == account && *known.role == *role)
    }

    /// The length of the response, in base64 characters.
    #[must_use]
    pub fn response_length(&self) -> usize {
        self.response.length()
    }

    /// Its roles, as the catalog remembers them.
    #[must_use]
    pub fn app_roles(&self) -> Vec<AppRole> {
        let mut roles: Vec<_> = self
            .roles
            .iter()
            .map(|role| AppRole {
                account: role.account,
                role: Arc::clone(&role.role),
            })
            .collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// The durations (seconds) to ask STS for, one after the other until one is granted: the user's
    /// choice, then the response's own, then those that roles commonly allow. None is longer than the
    /// identity provider's session, and none as long as `too_long`, which STS refused before. `now` is
    /// AWS's time where that is known.
    #[must_use]
    pub fn durations(
        &self,
        wanted: Option<u32>,
        too_long: Option<u32>,
        now: Timestamp,
    ) -> Vec<u32> {
        let cap = self
            .session_ends_at
            .map(|end| seconds_left(now, end))
            // A session that ends at once by a wrong clock must not keep us from asking.
            .filter(|left| *left >= i64::from(SHORTEST))
            .and_then(|left| u32::try_from(left).ok())
            .map_or(MAX_SECONDS, |left| left.min(MAX_SECONDS));
        let said = self.session_duration;
        let common = COMMON
            .into_iter()
            .filter(|common| said.is_none_or(|said| *common < said));
        let mut ladder = Vec::new();
        for seconds in wanted.into_iter().chain(said).chain(common) {
            let seconds = seconds.clamp(SHORTEST, cap);
            if ladder.last().is_none_or(|last| seconds < *last) {
                ladder.push(seconds);
            }
        }
        let refused = |seconds: &u32| too_long.is_some_and(|too_long| *seconds >= too_long);
        // The last one stays in any case: something has to be asked for.
        let skipped = ladder.iter().take_while(|seconds| refused(seconds)).count();
        ladder.drain(..skipped.min(ladder.len().saturating_sub(1)));
        ladder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assertion(said: Option<u32>, ends: Option<i64>) -> Assertion {
        Assertion {
            response: Secret::from(""),
            roles: Vec::new(),
            skipped: Vec::new(),
            session_duration: said,
            session_ends_at: ends.map(|second| Timestamp::from_second(second).unwrap()),
            not_before: None,
            not_on_or_after: None,
            recipient: None,
            issuer: None,
            subject: None,
        }
    }

    fn ladder(
        said: Option<u32>,
        ends: Option<i64>,
        wanted: Option<u32>,
        too_long: Option<u32>,
    ) -> Vec<u32> {
        assertion(said, ends).durations(wanted, too_long, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_ladder() {
        assert_eq!(
            ladder(None, None, None, None),
            [43_200, 28_800, 14_400, 7_200, 3_600]
        );
        assert_eq!(
            ladder(Some(28_800), None, None, None),
            [28_800, 14_400, 7_200, 3_600]
        );
        assert_eq!(ladder(Some(3_600), None, None, None), [3_600]);
        assert_eq!(
            ladder(Some(43_200), None, Some(7_200), None),
            [7_200, 3_600]
        );
        assert_eq!(ladder(None, None, Some(60), None), [900]);
    }

    #[test]
    fn only_what_was_refused_is_left_out() {
        assert_eq!(ladder(None, None, None, Some(7_200)), [3_600]);
        assert_eq!(
            ladder(None, None, None, Some(43_200)),
            [28_800, 14_400, 7_200, 3_600]
        );
        assert_eq!(
            ladder(Some(28_800), None, None, Some(14_400)),
            [7_200, 3_600]
        );
        assert_eq!(ladder(None, None, Some(1_800), Some(3_600)), [1_800]);
        assert_eq!(
            ladder(Some(43_200), None, Some(43_200), Some(14_400)),
            [7_200, 3_600]
        );
        // Nothing shorter is known: STS is asked again.
        assert_eq!(ladder(Some(1_800), None, None, Some(900)), [1_800]);
    }

    #[test]
    fn no_session_is_longer_than_the_providers() {
        assert_eq!(
            ladder(None, Some(10_000), None, None),
            [10_000, 7_200, 3_600]
        );
        assert_eq!(ladder(Some(43_200), Some(2_000), None, None), [2_000]);
        // By a clock that is hours ahead everything has ended: STS decides.
        assert_eq!(ladder(Some(3_600), Some(-50), None, None), [3_600]);
    }
}
