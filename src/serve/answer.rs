//! Answers of the endpoint: credentials for a client that knows the token, `code` and `message` for
//! all others (docs/protocols.md#container-credentials).

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde::Serialize;
use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::{Desk, PATH};
use crate::domain::time::rfc3339;
use crate::domain::{AccountId, Credentials, Problem, ProblemKind};
use crate::loopback::{Refused, Reply, Visitor};

impl Desk {
    /// Answers one request; its body, if any, is never read.
    pub(super) async fn answer<B>(&self, request: &Request<B>, visitor: &Visitor) -> Reply {
        if let Err(refusal) = self.check(request) {
            return *refusal;
        }
        // A client that knows the token is one of our programs and keeps its place, even in a burst of them.
        visitor.trust();
        if let Err(refused) = self.listener.admit(visitor.from()).await {
            return *not_admitted(refused);
        }
        match self.keeper.credentials().await {
            Ok(credentials) => reply(StatusCode::OK, &document(self.account, &credentials)),
            Err(problem) => failed(&problem),
        }
    }

    /// A web page that a name of its own leads here (DNS rebinding) is told by its `Host`; whoever
    /// has no token learns nothing else.
    fn check<B>(&self, request: &Request<B>) -> Result<(), Box<Reply>> {
        if !self.listener.is_named_by(request) {
            return Err(refused(
                StatusCode::FORBIDDEN,
                "WrongHost",
                "wrong host name for this endpoint",
            ));
        }
        let token = request.headers().get(AUTHORIZATION);
        let token = token.map(HeaderValue::as_bytes).unwrap_or_default();
        let known: bool = token.ct_eq(self.token.expose().as_bytes()).into();
        if !known {
            return Err(refused(
                StatusCode::UNAUTHORIZED,
                "WrongToken",
                "the Authorization header is not AWS_CONTAINER_AUTHORIZATION_TOKEN",
            ));
        }
        if request.uri().path() != PATH {
            return Err(refused(
                StatusCode::NOT_FOUND,
                "NotFound",
                "not found; use AWS_CONTAINER_CREDENTIALS_FULL_URI",
            ));
        }
        if request.method() != Method::GET {
            let mut refusal = refused(StatusCode::METHOD_NOT_ALLOWED, "WrongMethod", "use GET");
            refusal
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET"));
            return Err(refusal);
        }
        Ok(())
    }
}

/// The document that SDKs read. botocore requires the first four fields; an account that is not known
/// is left out.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    token: &'a str,
    expiration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
}

fn document(account: AccountId, credentials: &Credentials) -> Document<'_> {
    Document {
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose(),
        token: credentials.session_token.expose(),
        expiration: rfc3339(credentials.expires_at),
        account_id: (account != AccountId::NONE).then(|| account.to_string()),
    }
}

/// A problem in the SDKs' terms: they ask again after 5xx and 429, and show the message.
fn failed(problem: &Problem) -> Reply {
    let (status, code) = match problem.kind {
        ProblemKind::SignInNeeded { .. }
        | ProblemKind::ConsoleSignInNeeded { .. }
        | ProblemKind::CaptureNeeded { .. } => (StatusCode::UNAUTHORIZED, "SignInNeeded"),
        ProblemKind::AccessDenied => (StatusCode::FORBIDDEN, "AccessDenied"),
        ProblemKind::Throttled => (StatusCode::TOO_MANY_REQUESTS, "Throttled"),
        ProblemKind::Offline | ProblemKind::Service => {
            (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable")
        }
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "Failed"),
    };
    let mut message = problem.to_string();
    if let Some(hint) = &problem.hint {
        message += &format!("; {hint}");
    }
    reply(status, &json!({"code": code, "message": message}))
}

fn not_admitted(refused_by: Refused) -> Box<Reply> {
    match refused_by {
        Refused::User(uid) => refused(
            StatusCode::FORBIDDEN,
            "WrongUser",
            &format!(
                "the credentials are for the user who started roledex and for root, and this program \
                 runs as the user with the id {uid}; start roledex without --live"
            ),
        ),
        // The kernel's tables can miss a connection for a moment; SDKs try again after 503.
        Refused::NoOwner => refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "UnknownUser",
            "the system does not report the user of this program",
        ),
    }
}

fn refused(status: StatusCode, code: &str, message: &str) -> Box<Reply> {
    let mut refusal = reply(status, &json!({"code": code, "message": message}));
    // A client that guesses tokens needs a new connection for each.
    let headers = refusal.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    Box::new(refusal)
}

fn reply(status: StatusCode, body: &impl Serialize) -> Reply {
    // It has no keys but texts.
    let body = serde_json::to_string(body).unwrap_or_default();
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}
