//! The state of the sign-in service: questions, codes, refresh tokens and proofs.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::http::Call;
use super::scenario::ConsoleFault;

/// Everything that the sign-in service remembers.
#[derive(Debug, Default)]
pub(super) struct Console {
    /// Unanswered questions, by a number of ours.
    pub questions: HashMap<String, Request>,
    /// Codes that were not redeemed yet.
    pub codes: HashMap<String, Grant>,
    pub refreshes: HashMap<String, Session>,
    /// The ids of the proofs that were used.
    pub proofs: HashSet<String>,
    /// The session that is chosen without a page.
    pub pick: Option<String>,
    /// The error that every token request gets.
    pub fault: Option<ConsoleFault>,
    /// Token requests so far.
    pub token_requests: u64,
}

/// One authorization request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub client: String,
    pub redirect_uri: String,
    pub state: Option<String>,
    pub challenge: String,
    pub region: Option<String>,
}

/// An authorization code.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub request: Request,
    /// The ARN of the chosen session.
    pub session: String,
    pub expires_at: Timestamp,
}

/// A signed-in session: the holder of its refresh token and of its key gets credentials.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// Its ARN.
    pub arn: String,
    pub client: String,
    /// The public key of its proofs.
    pub key: Vec<u8>,
    /// The region of the endpoint that it was signed in at.
    pub region: Option<String>,
    pub ends_at: Timestamp,
}

/// One endpoint of the service. Every region has its own at `/signin/REGION`, because a refresh token
/// is good only where it was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its region; `None` at the root.
    pub region: Option<String>,
    /// The path without the region.
    pub path: String,
    /// Its URL, as the client calls it.
    pub base: String,
}

impl Place {
    /// The endpoint that a request was sent to.
    pub(super) fn requested_by(call: &Call, own_base: &str) -> Self {
        let base = call
            .header("host")
            .map_or_else(|| own_base.to_owned(), |host| format!("http://{host}"));
        let prefixed = call
            .path
            .strip_prefix("/signin/")
            .and_then(|rest| rest.split_once('/'));
        match prefixed {
            Some((region, path)) => Self {
                region: Some(region.to_owned()),
                path: format!("/{path}"),
                base: format!("{base}/signin/{region}"),
            },
            None => Self {
                region: None,
                path: call.path.clone(),
                base,
            },
        }
    }
}
