//! The check of a SAML response that a web page posted, in the capture browser or to this machine, against what
//! the user confirmed before.
//!
//! Any web page can make the browser post a response of its author, and `Referrer-Policy: no-referrer`
//! makes its `Origin` `null`, as that of honest portals may be. STS checks signatures with the keys of the
//! account in the response, so a forged response fails there; a genuine one for the author's own account
//! would succeed. So the accounts of an app are confirmed by the user once, and no others are taken. A
//! request of our own that a response could be bound to does not exist: the portal starts these sign-ins.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::app::AppRole;
use super::assertion::Assertion;
use super::id::AccountId;

/// The `origin` of a claim for which no page posted a response: the user picked a session in the console.
pub(crate) const CONSOLE: &str = "the AWS console";

/// The statements of a posted response, and the page that posted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The app whose response it is said to be.
    pub app: Arc<str>,
    /// The origin of the page; `None` where the browser does not tell.
    pub origin: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
    /// The user that it is about.
    pub subject: Option<String>,
    /// The roles, sorted.
    pub roles: Vec<AppRole>,
}

impl Claim {
    /// The statements of a response.
    #[must_use]
    pub fn new(app: &Arc<str>, assertion: &Assertion, origin: Option<String>) -> Self {
        Self {
            app: Arc::clone(app),
            origin,
            issuer: assertion.issuer.clone(),
            subject: assertion.subject.clone(),
            roles: assertion.app_roles(),
        }
    }

    /// The accounts of its roles.
    #[must_use]
    pub fn accounts(&self) -> BTreeSet<AccountId> {
        self.roles.iter().map(|role| role.account).collect()
    }
}

/// The accounts, the issuer and the posting pages of an app that the user has confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Confirmed {
    /// The accounts; none before the first confirmation.
    pub accounts: BTreeSet<AccountId>,
    /// The issuer of the first response that was taken.
    pub issuer: Option<String>,
    /// The origins of the pages that posted responses that were taken.
    pub origins: BTreeSet<String>,
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It agrees with everything that was confirmed.
    Take,
    /// Nothing is confirmed yet: the user has to.
    Ask,
    /// It differs, for this reason.
    Refuse(String),
}

impl Confirmed {
    /// Checks a response. `own` are the origins of the app and its portal.
    #[must_use]
    pub(crate) fn check(&self, claim: &Claim, own: &[String]) -> Verdict {
        if self.accounts.is_empty() {
            return Verdict::Ask;
        }
        let accounts = claim.accounts();
        let others: Vec<_> = accounts.difference(&self.accounts).collect();
        if !others.is_empty() {
            let others: Vec<String> = others.into_iter().map(ToString::to_string).collect();
            let others = others.join(", ");
            return Verdict::Refuse(format!(
                "it is for the account {others}, which is not confirmed"
            ));
        }
        let Some(issuer) = &self.issuer else {
            return Verdict::Take;
        };
        if claim.issuer.as_ref() != Some(issuer) {
            let other = claim.issuer.as_deref().unwrap_or("nobody");
            return Verdict::Refuse(format!("its issuer is {other}, not {issuer}"));
        }
        match &claim.origin {
            Some(origin) if !self.knows(origin, own) => {
                Verdict::Refuse(format!("a page of {origin} posted it"))
            }
            _ => Verdict::Take,
        }
    }

    /// `true` if an origin is one of `own`, or has posted a response before.
    #[must_use]
    pub(crate) fn knows(&self, origin: &str, own: &[String]) -> bool {
        own.iter().any(|known| known == origin) || self.origins.contains(origin)
    }

    /// Adds a response that was taken.
    pub(crate) fn add(&mut self, claim: &Claim) {
        self.accounts.extend(claim.accounts());
        if self.issuer.is_none() {
            self.issuer.clone_from(&claim.issuer);
        }
        self.origins.extend(claim.origin.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(accounts: &[&str], issuer: &str, origin: Option<&str>) -> Claim {
        let role = |account: &&str| AppRole {
            account: account.parse().unwrap(),
            role: Arc::from("R"),
        };
        Claim {
            app: Arc::from("lab"),
            origin: origin.map(str::to_owned),
            issuer: Some(issuer.to_owned()),
            subject: None,
            roles: accounts.iter().map(role).collect(),
        }
    }

    #[test]
    fn a_response_is_compared_with_what_was_confirmed() {
        let own = ["https://portal.example".to_owned()];
        let mut confirmed = Confirmed::default();
        let first = claim(&["111111111111"], "idp", Some("https://idp.example"));
        assert_eq!(confirmed.check(&first, &own), Verdict::Ask);
        confirmed.add(&first);
        for origin in [
            None,
            Some("https://portal.example"),
            Some("https://idp.example"),
        ] {
            let again = claim(&["111111111111"], "idp", origin);
            assert_eq!(confirmed.check(&again, &own), Verdict::Take, "{origin:?}");
        }
        for (other, named) in [
            (claim(&["666666666666"], "idp", None), "666666666666"),
            (
                claim(&["111111111111", "666666666666"], "idp", None),
                "666666666666",
            ),
            (claim(&["111111111111"], "evil", None), "evil"),
            (
                claim(&["111111111111"], "idp", Some("https://evil.example")),
                "evil.example",
            ),
        ] {
            let verdict = confirmed.check(&other, &own);
            assert!(
                matches!(&verdict, Verdict::Refuse(why) if why.contains(named)),
                "{verdict:?}"
            );
        }
    }

    #[test]
    fn accounts_that_were_confirmed_in_advance_need_no_question() {
        let mut confirmed = Confirmed::default();
        confirmed.accounts.insert("111111111111".parse().unwrap());
        let good = claim(&["111111111111"], "idp", Some("https://idp.example"));
        assert_eq!(confirmed.check(&good, &[]), Verdict::Take);
        let other = claim(&["666666666666"], "idp", None);
        assert!(matches!(confirmed.check(&other, &[]), Verdict::Refuse(_)));
    }
}
