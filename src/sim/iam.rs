//! IAM at wire level: users with access keys and MFA, roles with a trust policy, OIDC tokens.

use jiff::Timestamp;

use super::http::Reply;
use super::page::escape;
use super::scenario::{RoleSpec, UserSpec};
use super::state::{Issued, Keys, State, random};
use super::sts_reply::{credentials, error, success};

/// A role assumed with a role's credentials: an hour at most (seconds).
const CHAINED_SECONDS: i64 = 3_600;

/// The longest session of a user's own keys (seconds).
const MAX_SESSION_SECONDS: i64 = 129_600;

type Get<'a> = dyn Fn(&str) -> Option<&'a str> + 'a;

/// The user with an access key.
pub(super) fn user(state: &State, access_key_id: &str) -> Option<Issued> {
    let user = user_of_key(state, access_key_id)?;
    Some(Issued {
        session_token: String::new(),
        account: account_of(&user.arn),
        arn: user.arn.clone(),
        user_id: format!("AIDA{}", access_key_id.get(4..).unwrap_or_default()),
        expires_at: Timestamp::MAX,
        chained: false,
        principal: user.arn.clone(),
        mfa: false,
    })
}

fn user_of_key<'a>(state: &'a State, access_key_id: &str) -> Option<&'a UserSpec> {
    let mut users = state.scenario.users.iter();
    users.find(|user| user.access_key_id == access_key_id)
}

/// A session of a user's own keys.
pub(super) fn session_token(caller: &Issued, get: &Get<'_>, state: &mut State) -> Reply {
    if !caller.session_token.is_empty() {
        return denied("Cannot call GetSessionToken with session credentials");
    }
    let mfa = match (get("SerialNumber"), get("TokenCode")) {
        (Some(device), Some(code)) if confirmed(state, caller, device, code) => true,
        (None, None) => false,
        _ => return wrong_code(),
    };
    let seconds = match seconds(get, 43_200, MAX_SESSION_SECONDS) {
        Ok(seconds) => seconds,
        Err(reply) => return *reply,
    };
    let session = Issued {
        mfa,
        ..caller.clone()
    };
    let keys = state.issue_for(session, seconds);
    success("GetSessionToken", &credentials(&keys))
}

/// A session of a federated user.
pub(super) fn federation_token(caller: &Issued, get: &Get<'_>, state: &mut State) -> Reply {
    if !caller.session_token.is_empty() {
        return denied("Cannot call GetFederationToken with session credentials");
    }
    let name = get("Name").unwrap_or_default();
    let session = Issued {
        arn: format!("arn:aws:sts::{}:federated-user/{name}", caller.account),
        user_id: format!("{}:{name}", caller.account),
        ..caller.clone()
    };
    let keys = state.issue_for(session, 43_200);
    success("GetFederationToken", &credentials(&keys))
}

/// A role for the one who signed the request.
pub(super) fn assume_role(caller: &Issued, form: &[(String, String)], state: &mut State) -> Reply {
    let get = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let Some(arn) = get("RoleArn").filter(|arn| arn.contains(":role/")) else {
        return error(400, "ValidationError", "roleArn is invalid");
    };
    let spec = state.scenario.roles.iter().find(|role| role.arn == arn);
    let spec = spec.cloned();
    let mut mfa = caller.mfa;
    if let (Some(device), Some(code)) = (get("SerialNumber"), get("TokenCode")) {
        if !confirmed(state, caller, device, code) {
            return wrong_code();
        }
        mfa = true;
    }
    if let Some(spec) = &spec
        && !trusts(spec, caller, form, mfa)
    {
        return denied(&format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            caller.arn
        ));
    }
    let is_role = caller.chained || caller.arn.contains(":assumed-role/");
    let most = match &spec {
        _ if is_role => CHAINED_SECONDS,
        Some(spec) => spec.most_seconds,
        None => CHAINED_SECONDS,
    };
    let seconds = match seconds(&get, CHAINED_SECONDS, most) {
        Ok(seconds) => seconds,
        Err(reply) => return *reply,
    };
    tracing::info!(chained = caller.chained, "a role is assumed");
    let session = role_session(arn, get("RoleSessionName"), mfa);
    let (whose, keys) = issue(state, session, seconds);
    success("AssumeRole", &format!("{}{whose}", credentials(&keys)))
}

/// A role for the one who holds an OIDC token. Not signed: the token is the proof.
pub(super) fn assume_role_with_web_identity(get: &Get<'_>, state: &mut State) -> Reply {
    let arn = get("RoleArn").unwrap_or_default();
    let token = get("WebIdentityToken");
    let spec = state.scenario.roles.iter().find(|role| role.arn == arn);
    let most = match spec {
        Some(spec) if spec.web_identity.as_deref() == token && token.is_some() => spec.most_seconds,
        Some(spec) if spec.web_identity.is_some() => {
            return error(
                400,
                "InvalidIdentityToken",
                "Couldn't retrieve verification key",
            );
        }
        _ => return denied("Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    };
    let seconds = match seconds(get, CHAINED_SECONDS, most) {
        Ok(seconds) => seconds,
        Err(reply) => return *reply,
    };
    let session = role_session(arn, get("RoleSessionName"), false);
    let (whose, keys) = issue(state, session, seconds);
    success(
        "AssumeRoleWithWebIdentity",
        &format!("{}{whose}", credentials(&keys)),
    )
}

fn issue(state: &mut State, session: Issued, seconds: i64) -> (String, Keys) {
    let whose = format!(
        "<AssumedRoleUser><AssumedRoleId>{}</AssumedRoleId><Arn>{}</Arn></AssumedRoleUser>",
        escape(&session.user_id),
        escape(&session.arn)
    );
    let seconds = state.scenario.credential_seconds.unwrap_or(seconds);
    (whose, state.issue_for(session, seconds))
}

fn role_session(arn: &str, name: Option<&str>, mfa: bool) -> Issued {
    let account = account_of(arn);
    let partition = arn.split(':').nth(1).unwrap_or("aws");
    // A path is not in the ARN of a session.
    let role = arn.rsplit('/').next().unwrap_or_default();
    let name = name.unwrap_or("simulated");
    let unique = format!("AROA{}", random(17).to_ascii_uppercase());
    Issued {
        session_token: String::new(),
        arn: format!("arn:{partition}:sts::{account}:assumed-role/{role}/{name}"),
        user_id: format!("{unique}:{name}"),
        account,
        expires_at: Timestamp::MIN,
        chained: true,
        principal: arn.to_owned(),
        mfa,
    }
}

/// `true` if the trust policy of a role admits the caller.
fn trusts(role: &RoleSpec, caller: &Issued, form: &[(String, String)], mfa: bool) -> bool {
    let value = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, v)| v);
    let tagged = |key: &str, wanted: &str| {
        (1..=50).any(|n| {
            value(&format!("Tags.member.{n}.Key")).is_some_and(|known| known == key)
                && value(&format!("Tags.member.{n}.Value")).is_some_and(|known| known == wanted)
        })
    };
    role.trusts.contains(&caller.principal)
        && (mfa || !role.mfa)
        && role.external_id.as_ref() == value("ExternalId")
        && role.tags.iter().all(|(key, wanted)| tagged(key, wanted))
}

/// `true` if a code of the caller's device is valid: any six digits except 000000, each once.
fn confirmed(state: &mut State, caller: &Issued, device: &str, code: &str) -> bool {
    let mut users = state.scenario.users.iter();
    let known = users
        .any(|user| user.arn == caller.principal && user.mfa_device.as_deref() == Some(device));
    let right = code.len() == 6 && code != "000000" && code.bytes().all(|b| b.is_ascii_digit());
    known
        && right
        && state
            .used_codes
            .insert((device.to_owned(), code.to_owned()))
}

fn seconds(get: &Get<'_>, default: i64, most: i64) -> Result<i64, Box<Reply>> {
    let seconds = match get("DurationSeconds").map(str::parse::<i64>) {
        None => default.min(most),
        Some(Ok(seconds)) => seconds,
        Some(Err(_)) => 0,
    };
    if (900..=most).contains(&seconds) {
        return Ok(seconds);
    }
    Err(Box::new(error(
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )))
}

fn account_of(arn: &str) -> String {
    arn.split(':').nth(4).unwrap_or_default().to_owned()
}

fn denied(message: &str) -> Reply {
    error(403, "AccessDenied", message)
}

fn wrong_code() -> Reply {
    denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
}
