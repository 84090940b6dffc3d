//! Scenarios: the accounts and roles of the simulated services, and their failures. Strict TOML (docs/architecture.md#two-seams).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::config::document;

/// The built-in scenarios.
const BUILT_IN: [(&str, &str); 7] = [
    ("startup", include_str!("../../assets/sim/startup.toml")),
    ("agency", include_str!("../../assets/sim/agency.toml")),
    ("external", include_str!("../../assets/sim/external.toml")),
    ("mixed", include_str!("../../assets/sim/mixed.toml")),
    (
        "enterprise",
        include_str!("../../assets/sim/enterprise.toml"),
    ),
    ("hostile", include_str!("../../assets/sim/hostile.toml")),
    ("flaky", include_str!("../../assets/sim/flaky.toml")),
];

/// Words that make the names of generated accounts.
const TEAMS: [&str; 24] = [
    "Payments",
    "Checkout",
    "Search",
    "Data Lake",
    "Identity",
    "Logistics",
    "Media",
    "Mobile",
    "Pricing",
    "Analytics",
    "Billing",
    "Catalog",
    "Fraud",
    "Growth",
    "Infrastructure",
    "Machine Learning",
    "Messaging",
    "Network",
    "Orders",
    "Platform",
    "Security",
    "Shared Services",
    "Support",
    "Website",
];
const STAGES: [&str; 5] = ["Prod", "Staging", "Dev", "Test", "Sandbox"];

/// The user of every portal.
pub(super) const USER: &str = "simulated.user@example.com";

/// A scenario.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Set from outside; a file has no name.
    #[serde(skip)]
    pub name: String,
    /// The portals.
    pub portals: Vec<PortalSpec>,
    /// The request quota of the portal's service.
    pub quota: Option<Quota>,
    /// Failures to inject.
    pub trouble: Trouble,
    /// The behavior of sign-ins.
    pub sign_in: SignIn,
    /// Lifetime of role credentials (seconds).
    pub credential_seconds: Option<i64>,
    /// IAM users with access keys.
    pub users: Vec<UserSpec>,
    /// Roles with a trust policy; `AssumeRole` gives any other role to every caller.
    pub roles: Vec<RoleSpec>,
    /// Console sessions.
    pub console: ConsoleSpec,
    /// The files in the home of the demo.
    pub home: HomeSpec,
}

/// One IAM user.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSpec {
    /// Its ARN.
    pub arn: String,
    /// Its access key id.
    pub access_key_id: String,
    /// The ARN of its MFA device. Any six digits but 000000 are a code, each once.
    pub mfa_device: Option<String>,
}

/// One role with a trust policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleSpec {
    /// Its ARN.
    pub arn: String,
    /// The ARNs of the users and roles that may assume it.
    #[serde(default)]
    pub trusts: Vec<String>,
    /// The external id that it asks for.
    pub external_id: Option<String>,
    /// `true` if it requires MFA.
    #[serde(default)]
    pub mfa: bool,
    /// The session tags that it asks for.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Its longest session (seconds).
    #[serde(default = "one_hour")]
    pub most_seconds: i64,
    /// The OIDC token that it takes.
    pub web_identity: Option<String>,
}

/// The user's console sessions, and how the sign-in service behaves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleSpec {
    /// The sessions that the browser is signed in with. The roles of assigned applications are sessions as well.
    pub sessions: Vec<ConsoleSession>,
    /// The ARN of a session that is chosen without a page.
    pub pick: Option<String>,
    /// Lifetime of a session (seconds).
    pub session_seconds: i64,
    /// Lifetime of its credentials (seconds); 900 at most.
    pub key_seconds: i64,
    /// The error that token requests get.
    pub fault: Option<ConsoleFault>,
    /// Number of token requests that are answered before the error begins.
    pub fault_after: u64,
}

impl Default for ConsoleSpec {
    fn default() -> Self {
        Self {
            sessions: Vec::new(),
            pick: None,
            session_seconds: 43_200,
            key_seconds: 900,
            fault: None,
            fault_after: 0,
        }
    }
}

/// One console session.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleSession {
    /// The ARN of the root user, a user or a role session.
    pub arn: String,
    /// `true` if its policies lack the permission to sign in for local development.
    #[serde(default)]
    pub refused: bool,
}

/// An error of the sign-in service, by the service's code for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConsoleFault {
    /// The session has ended, or the clock of the client is wrong.
    TokenExpired,
    /// The code was used or has expired.
    AuthcodeExpired,
    /// The user has another password or other policies now.
    UserCredentialsChanged,
    /// The identity may not sign in for local development.
    InsufficientPermissions,
    /// Too many requests.
    RateExceeded,
    /// The service has failed.
    ServerError,
}

/// The files in the home of the demo. `{home}` stands for the path of the home.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HomeSpec {
    /// Files by their path in the home.
    pub files: BTreeMap<String, String>,
}

/// One portal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalSpec {
    /// A name for the `sso-session`.
    pub name: String,
    /// Its region.
    pub region: String,
    /// Its start URL.
    pub start_url: String,
    /// `true` if its region does not work: every call of the portal's service fails.
    #[serde(default)]
    pub down: bool,
    /// Accounts one by one.
    #[serde(default)]
    pub accounts: Vec<AccountSpec>,
    /// Many accounts at once, before the others.
    pub generate: Option<Generate>,
    /// Applications.
    #[serde(default)]
    pub apps: Vec<AppSpec>,
    /// Its pages and its own interface.
    #[serde(default)]
    pub web: WebSpec,
}

/// The behavior of a portal's pages and its web interface.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebSpec {
    /// The sign-in forms submit themselves, as a user's password manager might.
    pub by_itself: bool,
    /// A second page asks for a code.
    pub second_factor: bool,
    /// The own interface takes the browser's sessions only, no access tokens.
    pub refuses_tokens: bool,
}

/// One application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSpec {
    /// Its name.
    pub name: String,
    /// `ins-…`.
    pub id: String,
    /// The kind of app that the portal reports.
    #[serde(default = "external_account")]
    pub application: String,
    /// Its description.
    #[serde(default)]
    pub description: String,
    /// The ARNs of the roles it gives.
    pub roles: Vec<String>,
    /// The name of the identity provider in the accounts.
    #[serde(default = "provider")]
    pub provider: String,
    /// `true` if it is assigned to the user.
    #[serde(default = "yes")]
    pub assigned: bool,
    /// Its form opens a new tab.
    #[serde(default)]
    pub new_tab: bool,
    /// The size of the relay state that is posted with a response (bytes).
    #[serde(default)]
    pub relay_state_bytes: usize,
    /// The address to which its responses are posted; AWS's sign-in by default.
    pub acs: Option<String>,
    /// The `SessionDuration` attribute (seconds).
    pub session_duration: Option<u32>,
    /// Lifetime of the identity provider's session (seconds).
    #[serde(default = "eight_hours")]
    pub session_seconds: i64,
    /// The roles' longest session (seconds).
    #[serde(default = "one_hour")]
    pub most_seconds: i64,
    /// The `SAML:aud` that the roles' trust policies require.
    pub audience: Option<String>,
    /// The account does not know the identity provider.
    #[serde(default)]
    pub unknown_provider: bool,
    /// The age of its responses when they are issued (seconds).
    #[serde(default)]
    pub age_seconds: i64,
}

fn external_account() -> String {
    "External AWS Account".to_owned()
}

fn provider() -> String {
    "IdentityCenter".to_owned()
}

fn yes() -> bool {
    true
}

fn one_hour() -> i64 {
    3_600
}

fn eight_hours() -> i64 {
    28_800
}

impl AppSpec {
    /// The ARN of the identity provider that vouches for a role.
    #[must_use]
    pub fn provider_of(&self, role: &str) -> String {
        let account = role.split(':').nth(4).unwrap_or_default();
        let partition = role.split(':').nth(1).unwrap_or("aws");
        format!(
            "arn:{partition}:iam::{account}:saml-provider/{}",
            self.provider
        )
    }
}

/// Accounts by number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// The number of accounts.
    pub accounts: u32,
    /// Changes ids and names.
    #[serde(default)]
    pub seed: u64,
    /// The roles of each.
    pub roles: Vec<String>,
}

/// One account.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountSpec {
    /// Its id; a hostile one need not be twelve digits.
    pub id: String,
    /// Its name; the service may leave it out.
    pub name: Option<String>,
    /// Its e-mail address; the service may leave it out.
    pub email: Option<String>,
    /// Its roles.
    pub roles: Vec<String>,
    /// Roles that are listed, and refused all the same (docs/requirements.md#unmodelled-forbidden).
    pub forbidden_roles: Vec<String>,
    /// `GetRoleCredentials` answers 200 with nothing in it (docs/requirements.md#unmodelled-forbidden).
    pub empty_credentials: bool,
    /// `ListAccountRoles` always answers 500.
    pub roles_fail: bool,
}

/// The quota of the portal's service.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Requests a second.
    pub per_second: u32,
    /// At once after a rest.
    pub burst: u32,
}

/// Failures to inject in the portal's service.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trouble {
    /// Before every answer.
    pub latency_ms: u64,
    /// Every n-th request is answered with 500.
    pub fail_every: Option<u64>,
    /// Every n-th connection is dropped without an answer.
    pub drop_every: Option<u64>,
    /// An access token is refused after so many requests with it.
    pub forget_token_after: Option<u64>,
}

/// The behavior of sign-ins.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// Lifetime of an access token (seconds).
    pub token_seconds: i64,
    /// Lifetime of a device code (seconds).
    pub code_seconds: i64,
    /// The pause that is asked of pollers.
    pub interval_seconds: i32,
    /// The first poll is told to slow down.
    pub slow_down_first: bool,
    /// A code is allowed by itself after so many polls.
    pub allow_after_polls: Option<u32>,
    /// A code is denied by itself after so many polls.
    pub deny_after_polls: Option<u32>,
    /// Every refresh gives a new refresh token, and ends the old one.
    pub rotate_refresh_tokens: bool,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            token_seconds: 28_800,
            code_seconds: 600,
            interval_seconds: 1,
            slow_down_first: false,
            allow_after_polls: None,
            deny_after_polls: None,
            rotate_refresh_tokens: false,
        }
    }
}

/// A text that is not a valid scenario.
#[derive(Clone, Debug, thiserror::Error)]
#[error("not a scenario: {0}")]
pub struct ScenarioError(String);

impl Scenario {
    /// A built-in scenario.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (name, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        let scenario = Self::parse(text).ok()?;
        Some(Self {
            name: (*name).to_owned(),
            ..scenario
        })
    }

    /// The names of the built-in scenarios.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        BUILT_IN.iter().map(|(name, _)| *name).collect()
    }

    /// Reads a scenario.
    ///
    /// # Errors
    /// The first mistake.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let mut scenario: Self =
            document::parse(text).map_err(|mistake| ScenarioError(mistake.to_string()))?;
        "custom".clone_into(&mut scenario.name);
        for portal in &mut scenario.portals {
            if let Some(generate) = portal.generate.take() {
                let mut accounts = generate.accounts();
                accounts.append(&mut portal.accounts);
                portal.accounts = accounts;
            }
        }
        Ok(scenario)
    }
}

impl Scenario {
    /// Every console session of the browser: the scenario's own, and one for each role of an assigned
    /// application, as if the user had opened its tile.
    pub(super) fn console_sessions(&self) -> Vec<ConsoleSession> {
        let apps = self.portals.iter().flat_map(|portal| &portal.apps);
        let roles = apps.filter(|app| app.assigned).flat_map(|app| &app.roles);
        let of_role = |arn: &String| {
            let part = |number| arn.split(':').nth(number).unwrap_or_default();
            let role = arn.rsplit('/').next().unwrap_or_default();
            ConsoleSession {
                arn: format!(
                    "arn:{}:sts::{}:assumed-role/{role}/{USER}",
                    part(1),
                    part(4)
                ),
                refused: false,
            }
        };
        let own = self.console.sessions.iter().cloned();
        own.chain(roles.map(of_role)).collect()
    }
}

impl Generate {
    fn accounts(&self) -> Vec<AccountSpec> {
        (0..self.accounts)
            .map(|number| self.account(number))
            .collect()
    }

    fn account(&self, number: u32) -> AccountSpec {
        let place = number as usize;
        let team = TEAMS[place / STAGES.len() % TEAMS.len()];
        let stage = STAGES[place % STAGES.len()];
        let round = place / (TEAMS.len() * STAGES.len());
        let name = if round == 0 {
            format!("{team} {stage}")
        } else {
            format!("{team} {} {stage}", round + 1)
        };
        // A multiplicative step through the twelve-digit numbers: spread out, and never the same twice.
        let id =
            (self.seed * 7_777_777_777 + u64::from(number) * 618_033_988_741 + 100_000_000_007)
                % 1_000_000_000_000;
        AccountSpec {
            id: format!("{id:012}"),
            email: Some(format!(
                "aws+{}@example.com",
                name.to_lowercase().replace(' ', "-")
            )),
            name: Some(name),
            roles: self.roles.clone(),
            ..AccountSpec::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_built_in_ones_are_as_promised() {
        let count = |name: &str| -> Vec<usize> {
            Scenario::named(name)
                .unwrap()
                .portals
                .iter()
                .map(|portal| portal.accounts.len())
                .collect()
        };
        assert_eq!(count("startup"), [3]);
        assert_eq!(count("agency"), [28, 12]);
        assert_eq!(count("external"), [1]);
        assert_eq!(count("enterprise"), [5_000]);
        assert!(
            Scenario::names()
                .iter()
                .all(|name| Scenario::named(name).is_some())
        );
        assert!(Scenario::named("nope").is_none());
    }

    #[test]
    fn generated_ids_differ() {
        let scenario = Scenario::named("enterprise").unwrap();
        let ids: BTreeSet<_> = scenario.portals[0]
            .accounts
            .iter()
            .map(|account| &account.id)
            .collect();
        assert_eq!(ids.len(), 5_000);
        assert!(ids.iter().all(|id| id.len() == 12));
    }

    #[test]
    fn a_mistake_is_refused() {
        assert!(Scenario::parse("[quota]\nper_secnod = 1\n").is_err());
    }
}
