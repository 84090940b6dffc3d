//! STS at wire level: the query protocol, answers in XML (docs/protocols.md#sts). The access key of a signature
//! is looked up among those that were issued; the signature itself is taken on trust.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;

use super::http::{Call, Reply, typed};
use super::iam;
use super::page::escape;
use super::state::{Issued, State, random};
use super::sts_reply::{credentials, error, success};

/// Maximum age of a SAML response (seconds).
const RESPONSE_SECONDS: i64 = 300;

/// Answers any call.
pub(super) fn answer(call: &Call, state: &mut State) -> Reply {
    let form = call.form();
    let get = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    if get("Action") == Some("AssumeRoleWithSAML") {
        return assume_role_with_saml(&get, state);
    }
    if get("Action") == Some("AssumeRoleWithWebIdentity") {
        return iam::assume_role_with_web_identity(&get, state);
    }
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
        Some("AssumeRole") => iam::assume_role(&caller, &form, state),
        Some("GetSessionToken") => iam::session_token(&caller, &get, state),
        Some("GetFederationToken") => iam::federation_token(&caller, &get, state),
        _ => error(400, "InvalidAction", "Could not find operation"),
    }
}

/// The caller that signed the request.
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
    if let Some(user) = iam::user(state, key) {
        return match call.header("x-amz-security-token") {
            None => Ok(user),
            Some(_) => Err(invalid()),
        };
    }
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

/// Signing in to the console with credentials (docs/requirements.md#console-per-partition).
pub(super) fn federation(call: &Call, state: &mut State) -> Reply {
    match call.param("Action") {
        Some("getSigninToken") => {
            let session: serde_json::Value = call
                .param("Session")
                .and_then(|session| serde_json::from_str(session).ok())
                .unwrap_or_default();
            let key = session["sessionId"].as_str().unwrap_or_default();
            let now = state.clock.now();
            let known = state.issued.get(key).is_some_and(|issued| {
                issued.expires_at > now && session["sessionToken"] == issued.session_token.as_str()
            });
            if !known {
                return error(400, "BadRequest", "the session is not valid");
            }
            let token = random(200);
            let reply = format!("{{\"SigninToken\":\"{token}\"}}");
            state.sign_in_tokens.insert(token);
            typed(StatusCode::OK, "application/json", reply)
        }
        Some("login") => {
            let token = call.param("SigninToken").unwrap_or_default();
            let (status, words) = if state.sign_in_tokens.remove(token) {
                (StatusCode::OK, "The simulated console")
            } else {
                (StatusCode::BAD_REQUEST, "The sign-in token is not valid")
            };
            let place = escape(call.param("Destination").unwrap_or_default());
            typed(
                status,
                "text/html",
                format!("<h1>{words}</h1><p>{place}</p>"),
            )
        }
        _ => error(400, "InvalidAction", "Could not find operation"),
    }
}

/// Not signed: the response is the proof.
fn assume_role_with_saml<'a>(get: &dyn Fn(&str) -> Option<&'a str>, state: &mut State) -> Reply {
    let (Some(role), Some(provider), Some(assertion)) =
        (get("RoleArn"), get("PrincipalArn"), get("SAMLAssertion"))
    else {
        return error(
            400,
            "ValidationError",
            "1 validation error detected: a required value is missing",
        );
    };
    if !(4..=100_000).contains(&assertion.len()) {
        return error(
            400,
            "ValidationError",
            "1 validation error detected: Value at 'sAMLAssertion' failed to satisfy constraint: Member must have length less than or equal to 100000",
        );
    }
    let xml = STANDARD
        .decode(assertion)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let issued = xml.as_deref().and_then(|xml| {
        let (_, rest) = xml.split_once(" ID=\"")?;
        state.responses.get(rest.split('"').next()?).cloned()
    });
    let Some(issued) = issued else {
        return error(400, "InvalidIdentityToken", "Response signature invalid");
    };
    let age = state.clock.now().as_second() - issued.issued_at.as_second();
    if age > RESPONSE_SECONDS {
        return error(
            400,
            "ExpiredTokenException",
            "Token must be redeemed within 5 minutes of issuance",
        );
    }
    if issued.app.unknown_provider {
        return error(
            400,
            "InvalidIdentityToken",
            "Specified provider doesn't exist",
        );
    }
    let trusted = issued.app.roles.iter().any(|known| known == role)
        && issued.app.provider_of(role) == provider
        && issued
            .app
            .audience
            .as_ref()
            .is_none_or(|audience| *audience == issued.recipient);
    if !trusted {
        return error(
            403,
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithSAML",
        );
    }
    let seconds: i64 = match get("DurationSeconds").map(str::parse) {
        None => 3_600,
        Some(Ok(seconds)) if (900..=43_200).contains(&seconds) => seconds,
        Some(_) => {
            return error(
                400,
                "ValidationError",
                "1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200",
            );
        }
    };
    if seconds > issued.app.most_seconds {
        return error(
            400,
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        );
    }
    let account = role.split(':').nth(4).unwrap_or_default().to_owned();
    // A path is not in the ARN of a session.
    let name = role.rsplit('/').next().unwrap_or_default().to_owned();
    let seconds = state
        .scenario
        .credential_seconds
        .unwrap_or_else(|| seconds.min(issued.app.session_seconds - age));
    let keys = state.issue(&account, &name, seconds, false);
    success(
        "AssumeRoleWithSAML",
        &format!(
            "{}<AssumedRoleUser><AssumedRoleId>AROASIMULATED:simulated.user@example.com</AssumedRoleId>\
             <Arn>arn:aws:sts::{account}:assumed-role/{}/simulated.user@example.com</Arn></AssumedRoleUser>\
             <Subject>simulated.user@example.com</Subject><SubjectType>persistent</SubjectType>\
             <Audience>{}</Audience><PackedPolicySize>0</PackedPolicySize>",
            credentials(&keys),
            escape(&name),
            escape(&issued.recipient)
        ),
    )
}
