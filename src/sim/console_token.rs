//! Tokens of console sessions at wire level: a code or a refresh token becomes credentials, for the
//! holder of the session's key only (docs/protocols.md#console-sessions).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::StatusCode;
use hyper::header::HeaderValue;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::console_state::{Place, Session};
use super::dpop::{Proof, Refusal, verify};
use super::http::{Call, Reply, json as answer};
use super::scenario::ConsoleFault;
use super::state::{Issued, Keys, State, random};

/// The longest life of the credentials (seconds).
const MAX_KEY_SECONDS: i64 = 900;

/// `POST /v1/token`.
pub(super) fn token(call: &Call, place: &Place, state: &mut State) -> Reply {
    state.console.token_requests += 1;
    if let Some(fault) = fault(state) {
        return denied(fault);
    }
    let url = format!("{}/v1/token", place.base);
    let proof = match verify(call.header("dpop"), &url, state.clock.now()) {
        Ok(proof) => proof,
        Err(Refusal::Stale) => return denied(ConsoleFault::TokenExpired),
        Err(Refusal::Invalid(why)) => return invalid(why),
    };
    if !state.console.proofs.insert(proof.id.clone()) {
        return invalid("the DPoP JWT was used already");
    }
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    match body["grantType"].as_str() {
        Some("authorization_code") => redeem(&body, place, proof, state),
        Some("refresh_token") => refresh(&body, place, &proof, state),
        _ => invalid("grantType is not authorization_code or refresh_token"),
    }
}

/// The error that the scenario or a test wants.
fn fault(state: &State) -> Option<ConsoleFault> {
    let spec = &state.scenario.console;
    let after = state.console.token_requests > spec.fault_after;
    let planned = spec.fault.filter(|_| after);
    state.console.fault.or(planned)
}

/// The grant `authorization_code`. A code is good once, for the client and the address that asked, and
/// for the client that knows the verifier of the challenge.
fn redeem(body: &Value, place: &Place, proof: Proof, state: &mut State) -> Reply {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let now = state.clock.now();
    let grant = state.console.codes.remove(text("code"));
    let Some(grant) = grant.filter(|grant| grant.expires_at > now) else {
        return denied(ConsoleFault::AuthcodeExpired);
    };
    let verifier = text("codeVerifier");
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    if !is_verifier(verifier) || grant.request.challenge != challenge {
        return invalid("codeVerifier does not fit code_challenge");
    }
    if grant.request.client != text("clientId")
        || grant.request.redirect_uri != text("redirectUri")
        || grant.request.region != place.region
    {
        return invalid("the code was given to another client, redirectUri or region");
    }
    let sessions = state.scenario.console_sessions();
    let chosen = sessions.iter().find(|known| known.arn == grant.session);
    if chosen.is_none_or(|chosen| chosen.refused) {
        return denied(ConsoleFault::InsufficientPermissions);
    }
    let session = Session {
        arn: grant.session,
        client: grant.request.client,
        key: proof.key,
        region: grant.request.region,
        ends_at: state.after(state.scenario.console.session_seconds),
    };
    let id_token = id_token(&session, place, state);
    hand_out(session, Some(id_token), state)
}

fn is_verifier(text: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    (43..=128).contains(&text.len()) && text.chars().all(known)
}

/// The grant `refresh_token`. The token is good once, for the client, the key and the region that it
/// was given to, until the session ends.
fn refresh(body: &Value, place: &Place, proof: &Proof, state: &mut State) -> Reply {
    let token = body["refreshToken"].as_str().unwrap_or_default();
    let now = state.clock.now();
    let known = state.console.refreshes.get(token);
    let Some(session) =
        known.filter(|session| session.ends_at > now && session.region == place.region)
    else {
        return denied(ConsoleFault::TokenExpired);
    };
    if session.key != proof.key {
        return invalid("the DPoP JWT is signed by another key than the session's");
    }
    if body["clientId"] != session.client.as_str() {
        return invalid("the refresh token was given to another client");
    }
    let session = session.clone();
    state.console.refreshes.remove(token);
    hand_out(session, None, state)
}

fn hand_out(session: Session, id_token: Option<String>, state: &mut State) -> Reply {
    let left = session.ends_at.as_second() - state.clock.now().as_second();
    let seconds = state.scenario.console.key_seconds.min(MAX_KEY_SECONDS);
    let seconds = seconds.min(left);
    let keys = issue(&session.arn, seconds, state);
    let refresh_token = random(800);
    let mut reply = json!({
        "accessToken": {
            "accessKeyId": keys.access_key_id,
            "secretAccessKey": keys.secret_access_key,
            "sessionToken": keys.session_token,
        },
        "tokenType": "aws_sigv4",
        "expiresIn": seconds,
        "refreshToken": refresh_token,
    });
    if let Some(id_token) = id_token {
        reply["idToken"] = id_token.into();
    }
    state.console.refreshes.insert(refresh_token, session);
    answer(StatusCode::OK, &reply)
}

/// Keys that the simulated STS knows as the session's.
fn issue(arn: &str, seconds: i64, state: &mut State) -> Keys {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let part = |number: usize| parts.get(number).copied().unwrap_or_default();
    let (partition, account, resource) = (part(1), part(4), part(5));
    let words: Vec<&str> = resource.split('/').collect();
    let unique = random(17).to_ascii_uppercase();
    let (principal, user_id) = match words[..] {
        ["assumed-role", role, name] => (
            format!("arn:{partition}:iam::{account}:role/{role}"),
            format!("AROA{unique}:{name}"),
        ),
        ["root"] => (arn.to_owned(), account.to_owned()),
        _ => (arn.to_owned(), format!("AIDA{unique}")),
    };
    let session = Issued {
        session_token: String::new(),
        account: account.to_owned(),
        arn: arn.to_owned(),
        user_id,
        expires_at: Timestamp::MIN,
        chained: false,
        principal,
        mfa: true,
    };
    state.issue_for(session, seconds)
}

/// A JWT that says who signed in. Clients read it and do not check its signature.
fn id_token(session: &Session, place: &Place, state: &State) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let now = state.clock.now().as_second();
    let header = json!({"typ": "JWT", "alg": "ES384", "kid": random(36)});
    let claims = json!({
        "iss": place.base,
        "sub": session.arn,
        "aud": session.client,
        "iat": now,
        "exp": now + MAX_KEY_SECONDS,
        "jti": random(36),
    });
    format!("{}.{}.{}", encode(&header), encode(&claims), random(128))
}

/// A request that is wrong.
fn invalid(message: &str) -> Reply {
    error(400, "ValidationException", "INVALID_REQUEST", message)
}

/// A request that is refused, in the words of the service.
fn denied(fault: ConsoleFault) -> Reply {
    use ConsoleFault::{
        AuthcodeExpired, InsufficientPermissions, RateExceeded, ServerError, TokenExpired,
        UserCredentialsChanged,
    };
    const DENIED: &str = "AccessDeniedException";
    let (status, exception, code, message) = match fault {
        TokenExpired => (401, DENIED, "TOKEN_EXPIRED", "The token has expired"),
        AuthcodeExpired => (
            401,
            DENIED,
            "AUTHCODE_EXPIRED",
            "The authorization code has expired",
        ),
        UserCredentialsChanged => (
            403,
            DENIED,
            "USER_CREDENTIALS_CHANGED",
            "The credentials of the user have changed",
        ),
        InsufficientPermissions => (
            403,
            DENIED,
            "INSUFFICIENT_PERMISSIONS",
            "The user is not allowed to do this",
        ),
        RateExceeded => (
            429,
            "TooManyRequestsError",
            "rate_exceeded",
            "Too many requests",
        ),
        ServerError => (
            500,
            "InternalServerException",
            "server_error",
            "Internal server error",
        ),
    };
    error(status, exception, code, message)
}

fn error(status: u16, exception: &'static str, code: &str, message: &str) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut reply = answer(status, &json!({"error": code, "message": message}));
    let kind = HeaderValue::from_static(exception);
    reply.headers_mut().insert("x-amzn-ErrorType", kind);
    reply
}
