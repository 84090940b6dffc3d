//! State of the simulated services: clients, codes, tokens, credentials, and every request.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio::time::Instant;

use super::LoggedRequest;
use super::console_state::Console;
use super::scenario::{AccountSpec, AppSpec, PortalSpec, Scenario, USER};
use crate::config::Clock;
use crate::config::random::text;

/// A registered client.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub secret: String,
    /// Only a client with scopes gets refresh tokens (docs/requirements.md#refresh-tokens-need-a-scope).
    pub scopes: bool,
    pub expires_at: i64,
    /// The grant types that it may use; empty if the registration has none (the device flow).
    pub grants: Vec<String>,
    /// The addresses to which a browser may return.
    pub redirect_uris: Vec<String>,
    /// The portal that it was registered for, where the registration says.
    pub portal: Option<usize>,
}

/// A question that waits in a browser, and then the code that allows it.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub client: String,
    pub portal: usize,
    pub redirect_uri: String,
    pub state: Option<String>,
    pub challenge: String,
    pub expires_at: Timestamp,
}

/// The user's decision on a device code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Pending,
    Allowed,
    Denied,
    /// The token was handed out.
    Used,
}

/// A device code.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub user_code: String,
    pub client: String,
    pub portal: usize,
    pub expires_at: Timestamp,
    pub decision: Decision,
    pub polls: u32,
    pub last_poll: Option<Instant>,
    pub interval: u64,
}

/// An access token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub portal: usize,
    pub expires_at: Timestamp,
    pub uses: u64,
}

/// A refresh token.
#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub portal: usize,
    pub client: String,
}

/// Issued credentials, by access key id.
#[derive(Clone, Debug)]
pub(super) struct Issued {
    pub session_token: String,
    pub account: String,
    pub arn: String,
    pub user_id: String,
    pub expires_at: Timestamp,
    /// `true` if they came from `AssumeRole`: chained credentials live for at most one hour.
    pub chained: bool,
    /// The user or role that trust policies name.
    pub principal: String,
    /// `true` if an MFA device confirmed them.
    pub mfa: bool,
}

/// A SAML response that was given out.
#[derive(Clone, Debug)]
pub(super) struct IssuedResponse {
    pub issued_at: Timestamp,
    pub app: AppSpec,
    pub recipient: String,
}

/// Fresh credentials, to hand out.
pub(super) struct Keys {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
    pub expires_at: Timestamp,
}

/// Everything.
pub(super) struct State {
    pub scenario: Scenario,
    pub clock: Clock,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    pub clients: HashMap<String, Client>,
    pub devices: HashMap<String, Device>,
    /// Unanswered questions, by a number of ours.
    pub questions: HashMap<String, Question>,
    /// Authorization codes that were not redeemed yet.
    pub codes: HashMap<String, Question>,
    pub tokens: HashMap<String, Token>,
    pub refreshes: HashMap<String, Refresh>,
    pub issued: HashMap<String, Issued>,
    /// Browsers' sessions with a portal.
    pub web_sessions: HashMap<String, usize>,
    /// The sign-in service of console sessions.
    pub console: Console,
    /// Tokens that sign in to the console, once.
    pub sign_in_tokens: std::collections::HashSet<String>,
    /// Codes of MFA devices that were used: each is good once.
    pub used_codes: std::collections::HashSet<(String, String)>,
    /// SAML responses by their id.
    pub responses: HashMap<String, IssuedResponse>,
    pub log: Vec<LoggedRequest>,
    /// Requests to the portal's service so far.
    pub portal_requests: u64,
    started: Instant,
    /// The quota's bucket: how much is in it, and when that was so.
    bucket: Option<(f64, Instant)>,
}

impl State {
    pub(super) fn new(scenario: Scenario, clock: Clock, base: String) -> Self {
        let console = Console {
            pick: scenario.console.pick.clone(),
            ..Console::default()
        };
        Self {
            console,
            scenario,
            clock,
            base,
            clients: HashMap::new(),
            devices: HashMap::new(),
            questions: HashMap::new(),
            codes: HashMap::new(),
            tokens: HashMap::new(),
            refreshes: HashMap::new(),
            issued: HashMap::new(),
            web_sessions: HashMap::new(),
            sign_in_tokens: std::collections::HashSet::new(),
            used_codes: std::collections::HashSet::new(),
            responses: HashMap::new(),
            log: Vec::new(),
            portal_requests: 0,
            started: Instant::now(),
            bucket: None,
        }
    }

    /// Seconds from now (UTC).
    pub(super) fn after(&self, seconds: i64) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_second(now.as_second().saturating_add(seconds)).unwrap_or(now)
    }

    pub(super) fn record(&mut self, method: &str, path: &str, status: u16) {
        let at = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.log.push(LoggedRequest {
            at,
            method: method.to_owned(),
            path: path.to_owned(),
            status,
        });
    }

    /// Takes one request from the quota; `false`: it is one too many.
    pub(super) fn within_quota(&mut self) -> bool {
        let Some(quota) = self.scenario.quota else {
            return true;
        };
        let now = Instant::now();
        let full = f64::from(quota.burst);
        let (level, since) = self.bucket.unwrap_or((full, now));
        let filled = level + (now - since).as_secs_f64() * f64::from(quota.per_second);
        let level = filled.min(f64::from(quota.burst));
        let taken = level >= 1.0;
        self.bucket = Some((if taken { level - 1.0 } else { level }, now));
        taken
    }

    pub(super) fn portal_by_url(&self, start_url: &str) -> Option<usize> {
        let bare = |url: &str| {
            url.split('#')
                .next()
                .unwrap_or_default()
                .trim_end_matches('/')
                .to_owned()
        };
        self.scenario
            .portals
            .iter()
            .position(|portal| bare(&portal.start_url) == bare(start_url))
    }

    pub(super) fn portal(&self, number: usize) -> Option<&PortalSpec> {
        self.scenario.portals.get(number)
    }

    pub(super) fn account(&self, portal: usize, id: &str) -> Option<&AccountSpec> {
        self.portal(portal)?
            .accounts
            .iter()
            .find(|account| account.id == id)
    }

    /// A user's decision on a user code.
    pub(super) fn decide(&mut self, user_code: &str, allow: bool) -> bool {
        let code = user_code.trim().to_ascii_uppercase();
        let now = self.clock.now();
        let waiting = self.devices.values_mut().find(|device| {
            device.user_code == code
                && device.decision == Decision::Pending
                && device.expires_at > now
        });
        waiting
            .map(|device| {
                device.decision = if allow {
                    Decision::Allowed
                } else {
                    Decision::Denied
                }
            })
            .is_some()
    }

    pub(super) fn revoke(&mut self, refresh_tokens_too: bool) {
        self.tokens.clear();
        if refresh_tokens_too {
            self.refreshes.clear();
        }
    }

    pub(super) fn remove_role(&mut self, account: &str, role: &str) {
        let accounts = self
            .scenario
            .portals
            .iter_mut()
            .flat_map(|portal| &mut portal.accounts);
        for account in accounts.filter(|known| known.id == account) {
            account.roles.retain(|known| known != role);
        }
    }

    /// Takes an app away from the user.
    pub(super) fn unassign(&mut self, app: &str) {
        let apps = self
            .scenario
            .portals
            .iter_mut()
            .flat_map(|portal| &mut portal.apps);
        for app in apps.filter(|known| known.name == app) {
            app.assigned = false;
        }
    }

    /// New credentials of a role session.
    pub(super) fn issue(&mut self, account: &str, role: &str, seconds: i64, chained: bool) -> Keys {
        let session = USER;
        let unique = format!("AROA{}", random(17).to_ascii_uppercase());
        self.issue_for(
            Issued {
                session_token: String::new(),
                account: account.to_owned(),
                arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
                user_id: format!("{unique}:{session}"),
                expires_at: Timestamp::MIN,
                chained,
                principal: format!("arn:aws:iam::{account}:role/{role}"),
                mfa: false,
            },
            seconds,
        )
    }

    /// New credentials of a session; token and end of `session` are set here.
    pub(super) fn issue_for(&mut self, session: Issued, seconds: i64) -> Keys {
        let keys = Keys {
            access_key_id: format!("ASIA{}", random(16).to_ascii_uppercase()),
            secret_access_key: random(40),
            session_token: format!("IQoJb3JpZ2luX2VjE{}==", random(580)),
            expires_at: self.after(seconds),
        };
        self.issued.insert(
            keys.access_key_id.clone(),
            Issued {
                session_token: keys.session_token.clone(),
                expires_at: keys.expires_at,
                ..session
            },
        );
        keys
    }
}

/// Letters and digits.
pub(super) fn random(length: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    text(LETTERS, length)
}

/// `ABCD-EFGH`, without vowels, so that it spells nothing.
pub(super) fn user_code() -> String {
    const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
    format!("{}-{}", text(LETTERS, 4), text(LETTERS, 4))
}
