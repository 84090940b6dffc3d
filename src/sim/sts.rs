//! STS at wire level: the query protocol, answers in XML (WIRE.md §6). The access key of a signature
//! is looked up among those that were issued; the signature itself is taken on trust.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, StatusCode};

use super::server::{Call, typed};
use super::state::{Issued, State, random};
use crate::domain::time::rfc3339;

/// A role assumed with a role's credentials: an hour at most.
const CHAINED_SECONDS: i64 = 3_600;

type Reply = Response<Full<Bytes>>;

/// Answers any call.
pub(super) fn answer(call: &Call, state: &mut State) -> Reply {
    let form = call.form();
    let get = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let caller = match caller(call, state) {
        Ok(caller) => caller,
        Err(reply) => return *reply,
    };
    match get("Action") {
        Some("GetCallerIdentity") => success(
            "GetCallerIdentity",
            &format!(
                "<Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account>",
                escape(&caller.arn),
                escape(&caller.user_id),
                escape(&caller.account)
            ),
        ),
        Some("AssumeRole") => assume_role(&caller, get("RoleArn"), get("DurationSeconds"), state),
        _ => error(400, "InvalidAction", "Could not find operation"),
    }
}

/// Who signed the request.
fn caller(call: &Call, state: &State) -> Result<Issued, Box<Reply>> {
    let missing = || {
        Box::new(error(
            403,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ))
    };
    let header = call.header("authorization").ok_or_else(missing)?;
    let key = header
        .split_once("Credential=")
        .and_then(|(_, rest)| rest.split(['/', ',']).next())
        .ok_or_else(missing)?;
    let invalid = || {
        Box::new(error(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        ))
    };
    let issued = state.issued.get(key).ok_or_else(invalid)?;
    if call.header("x-amz-security-token") != Some(issued.session_token.as_str()) {
        return Err(invalid());
    }
    if issued.expires_at <= state.clock.now() {
        return Err(Box::new(error(
            403,
            "ExpiredToken",
            "The security token included in the request is expired",
        )));
    }
    Ok(issued.clone())
}

fn assume_role(
    caller: &Issued,
    arn: Option<&str>,
    seconds: Option<&str>,
    state: &mut State,
) -> Reply {
    let target = arn.and_then(|arn| {
        let mut parts = arn.splitn(6, ':');
        let account = parts.nth(4)?;
        let role = parts.next()?.strip_prefix("role/")?.rsplit('/').next()?;
        Some((account.to_owned(), role.to_owned()))
    });
    let Some((account, role)) = target else {
        return error(400, "ValidationError", "roleArn is invalid");
    };
    let seconds = seconds
        .and_then(|seconds| seconds.parse().ok())
        .unwrap_or(CHAINED_SECONDS);
    if !(900..=CHAINED_SECONDS).contains(&seconds) {
        return error(
            400,
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        );
    }
    tracing::debug!(chained = caller.chained, "a role is assumed");
    let keys = state.issue(&account, &role, seconds, true);
    success(
        "AssumeRole",
        &format!(
            "<Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey>\
             <SessionToken>{}</SessionToken><Expiration>{}</Expiration></Credentials>",
            keys.access_key_id,
            keys.secret_access_key,
            keys.session_token,
            rfc3339(keys.expires_at)
        ),
    )
}

fn success(action: &str, inner: &str) -> Reply {
    let body = format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>{inner}</{action}Result>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{action}Response>",
        random(36)
    );
    typed(StatusCode::OK, "text/xml", body)
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
        escape(message),
        random(36)
    );
    typed(
        StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
        "text/xml",
        body,
    )
}

/// Text within an element.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
