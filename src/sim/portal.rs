//! The portal's service at wire level: accounts, roles, credentials, sign-out (docs/protocols.md#portal).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::http::{Answer, Call, json as reply, typed};
use super::state::State;

/// Default lifetime of role credentials (seconds).
const CREDENTIAL_SECONDS: i64 = 3_600;

/// The largest page.
const PAGE: usize = 100;

/// An error: its type in the body, after a `#`.
#[expect(clippy::unnecessary_wraps, reason = "an answer like every other")]
pub(super) fn error(status: u16, kind: &str, message: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = format!("com.amazonaws.switchboard.portal#{kind}");
    Some(reply(status, &json!({"message": message, "__type": kind})))
}

/// The scenario's trouble, where it is this request's turn.
fn trouble(state: &mut State) -> Option<Answer> {
    state.portal_requests += 1;
    let (count, trouble) = (state.portal_requests, state.scenario.trouble);
    let nth = |every: Option<u64>| every.is_some_and(|every| count.is_multiple_of(every));
    if nth(trouble.drop_every) {
        return Some(None);
    }
    if nth(trouble.fail_every) {
        return Some(Some(typed(
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/html",
            "<html>oops</html>".to_owned(),
        )));
    }
    (!state.within_quota()).then(|| error(429, "TooManyRequestsException", "HTTP 429 Unknown Code"))
}

/// Answers any call to the service.
pub(super) fn answer(call: &Call, state: &mut State) -> Answer {
    if let Some(trouble) = trouble(state) {
        return trouble;
    }
    let token = call
        .header("x-amz-sso_bearer_token")
        .unwrap_or_default()
        .to_owned();
    let (now, limit) = (state.clock.now(), state.scenario.trouble.forget_token_after);
    let known = state.tokens.get_mut(&token).and_then(|token| {
        token.uses += 1;
        let alive = token.expires_at > now && limit.is_none_or(|limit| token.uses <= limit);
        alive.then_some(token.portal)
    });
    let Some(portal) = known else {
        return error(
            401,
            "UnauthorizedException",
            "Session token not found or invalid",
        );
    };
    if state.portal(portal).is_some_and(|portal| portal.down) {
        let message = "Service is unable to handle the request";
        return error(503, "ServiceUnavailableException", message);
    }
    match call.path.as_str() {
        "/assignment/accounts" => accounts(call, portal, state),
        "/assignment/roles" => roles(call, portal, state),
        "/federation/credentials" => credentials(call, portal, state),
        _ => {
            state.tokens.remove(&token);
            state
                .refreshes
                .retain(|_, refresh| refresh.portal != portal);
            Some(Response::new(Full::new(Bytes::new())))
        }
    }
}

fn accounts(call: &Call, portal: usize, state: &State) -> Answer {
    let all = state
        .portal(portal)
        .map(|portal| portal.accounts.as_slice())
        .unwrap_or_default();
    paged(call, all.len(), "accountList", |at| {
        let account = &all[at];
        json!({
            "accountId": account.id,
            "accountName": account.name,
            "emailAddress": account.email,
        })
    })
}

fn roles(call: &Call, portal: usize, state: &State) -> Answer {
    let Some(account) = call
        .param("account_id")
        .and_then(|id| state.account(portal, id))
    else {
        return error(403, "ForbiddenException", "No access");
    };
    if account.roles_fail {
        return error(500, "InternalServerException", "Internal failure");
    }
    paged(
        call,
        account.roles.len(),
        "roleList",
        |at| json!({"roleName": account.roles[at], "accountId": account.id}),
    )
}

/// A page of a list. The token of the next one is opaque to callers, and checked.
fn paged(call: &Call, count: usize, name: &str, item: impl Fn(usize) -> Value) -> Answer {
    let invalid = || error(400, "InvalidRequestException", "Invalid request");
    let size = match call.param("max_result").map(str::parse) {
        None => PAGE,
        Some(Ok(size)) if (1..=PAGE).contains(&size) => size,
        Some(_) => return invalid(),
    };
    let start = match call.param("next_token") {
        None => 0,
        Some(token) => {
            let decoded = URL_SAFE_NO_PAD
                .decode(token)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok());
            let at = decoded.and_then(|text| text.strip_prefix("page:")?.parse::<usize>().ok());
            match at {
                Some(at) if at < count => at,
                _ => return invalid(),
            }
        }
    };
    let end = count.min(start.saturating_add(size));
    let next = (end < count).then(|| URL_SAFE_NO_PAD.encode(format!("page:{end}")));
    let items: Vec<Value> = (start..end).map(item).collect();
    Some(reply(
        StatusCode::OK,
        &json!({"nextToken": next, name: items}),
    ))
}

fn credentials(call: &Call, portal: usize, state: &mut State) -> Answer {
    let (Some(id), Some(role)) = (call.param("account_id"), call.param("role_name")) else {
        return error(400, "InvalidRequestException", "Invalid request");
    };
    let assigned = state.account(portal, id).filter(|account| {
        account.roles.iter().any(|known| known == role)
            && !account.forbidden_roles.iter().any(|known| known == role)
    });
    match assigned {
        // A role that is not assigned and an account that is not there look the same (docs/requirements.md#unmodelled-forbidden).
        None => return error(403, "ForbiddenException", "No access"),
        Some(account) if account.empty_credentials => {
            return Some(reply(StatusCode::OK, &json!({"roleCredentials": null})));
        }
        Some(_) => {}
    }
    let seconds = state
        .scenario
        .credential_seconds
        .unwrap_or(CREDENTIAL_SECONDS);
    let keys = state.issue(
        id,
        &format!("AWSReservedSSO_{role}_0123456789abcdef"),
        seconds,
        false,
    );
    Some(reply(
        StatusCode::OK,
        &json!({"roleCredentials": {
            "accessKeyId": keys.access_key_id,
            "secretAccessKey": keys.secret_access_key,
            "sessionToken": keys.session_token,
            // Milliseconds, unlike everything else (docs/requirements.md#units-of-expiry).
            "expiration": keys.expires_at.as_millisecond(),
        }}),
    ))
}
