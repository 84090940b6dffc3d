//! SSO OIDC at wire level: registering, device codes, tokens (docs/protocols.md#oidc).

use hyper::StatusCode;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::authorize;
use super::http::{Call, Reply, json as answer};
use super::oidc_reply::{error, hand_out};
use super::state::{Client, Decision, Device, State, random, user_code};

/// Lifetime of a registration (seconds): ninety days.
const REGISTRATION_SECONDS: i64 = 90 * 86_400;

/// The increase of a code's interval after `slow_down` (seconds).
const SLOW_DOWN_SECONDS: u64 = 5;

fn invalid_request(description: &str) -> Reply {
    error(
        400,
        "InvalidRequestException",
        "invalid_request",
        description,
    )
}

fn body(call: &Call) -> Value {
    serde_json::from_slice(&call.body).unwrap_or_default()
}

/// `POST /client/register`.
pub(super) fn register(call: &Call, state: &mut State) -> Reply {
    let body = body(call);
    if body["clientName"].as_str().is_none_or(str::is_empty) || body["clientType"] != "public" {
        return error(
            400,
            "InvalidClientMetadataException",
            "invalid_client_metadata",
            "Invalid client metadata",
        );
    }
    let words = |field: &str| -> Vec<String> {
        let list = body[field].as_array().into_iter().flatten();
        list.filter_map(|word| Some(word.as_str()?.to_owned()))
            .collect()
    };
    let (grants, redirect_uris) = (words("grantTypes"), words("redirectUris"));
    let portal = body["issuerUrl"]
        .as_str()
        .map(|url| state.portal_by_url(url));
    if portal == Some(None) {
        return invalid_request("Invalid issuer url provided");
    }
    if grants.iter().any(|grant| grant == "authorization_code")
        && !redirect_uris
            .iter()
            .any(|uri| uri.starts_with("http://127.0.0.1/"))
    {
        return error(
            400,
            "InvalidRedirectUriException",
            "invalid_redirect_uri",
            "Invalid redirect uri provided",
        );
    }
    let id = random(22);
    let client = Client {
        secret: format!("eyJraWQiOiJrZXkifQ.{}.{}", random(1_500), random(300)),
        scopes: body["scopes"]
            .as_array()
            .is_some_and(|scopes| !scopes.is_empty()),
        expires_at: state.after(REGISTRATION_SECONDS).as_second(),
        grants,
        redirect_uris,
        portal: portal.flatten(),
    };
    let reply = json!({
        "clientId": id,
        "clientSecret": client.secret,
        "clientIdIssuedAt": state.clock.now().as_second(),
        "clientSecretExpiresAt": client.expires_at,
        "authorizationEndpoint": null,
        "tokenEndpoint": null,
    });
    state.clients.insert(id, client);
    answer(StatusCode::OK, &reply)
}

/// The id of the client that a request proves to be.
fn client(body: &Value, state: &State) -> Result<String, Box<Reply>> {
    let invalid = || {
        Box::new(error(
            401,
            "InvalidClientException",
            "invalid_client",
            "Client authentication failed",
        ))
    };
    let id = body["clientId"].as_str().ok_or_else(invalid)?;
    let known = state.clients.get(id).ok_or_else(invalid)?;
    let alive = known.expires_at > state.clock.now().as_second();
    if alive && body["clientSecret"] == known.secret.as_str() {
        Ok(id.to_owned())
    } else {
        Err(invalid())
    }
}

/// `POST /device_authorization`.
pub(super) fn device_authorization(call: &Call, state: &mut State) -> Reply {
    let body = body(call);
    let client = match client(&body, state) {
        Ok(client) => client,
        Err(reply) => return *reply,
    };
    // What a start URL of another region gets, too (docs/requirements.md#distinct-outcomes).
    let Some(portal) = body["startUrl"]
        .as_str()
        .and_then(|url| state.portal_by_url(url))
    else {
        return invalid_request("Invalid start url provided");
    };
    let sign_in = state.scenario.sign_in;
    let (device_code, user_code) = (random(86), user_code());
    let page = format!("{}/device", state.base);
    let reply = json!({
        "deviceCode": device_code,
        "userCode": user_code,
        "verificationUri": page,
        "verificationUriComplete": format!("{page}?user_code={user_code}"),
        "expiresIn": sign_in.code_seconds,
        "interval": sign_in.interval_seconds,
    });
    let device = Device {
        user_code,
        client,
        portal,
        expires_at: state.after(sign_in.code_seconds),
        decision: Decision::Pending,
        polls: 0,
        last_poll: None,
        interval: u64::try_from(sign_in.interval_seconds).unwrap_or_default(),
    };
    state.devices.insert(device_code, device);
    answer(StatusCode::OK, &reply)
}

/// `POST /token`.
pub(super) fn token(call: &Call, state: &mut State) -> Reply {
    let body = body(call);
    let client = match client(&body, state) {
        Ok(client) => client,
        Err(reply) => return *reply,
    };
    let grant = body["grantType"].as_str();
    let may = state.clients.get(&client).is_some_and(|known| {
        if known.grants.is_empty() {
            grant != Some("authorization_code")
        } else {
            known
                .grants
                .iter()
                .any(|known| Some(known.as_str()) == grant)
        }
    });
    if !may {
        return error(
            400,
            "UnauthorizedClientException",
            "unauthorized_client",
            "The client is not allowed to use this grant",
        );
    }
    match grant {
        Some("authorization_code") => authorize::redeem(&body, &client, state),
        Some("urn:ietf:params:oauth:grant-type:device_code") => device_code(
            body["deviceCode"].as_str().unwrap_or_default(),
            &client,
            state,
        ),
        Some("refresh_token") => refresh(
            body["refreshToken"].as_str().unwrap_or_default(),
            &client,
            state,
        ),
        _ => error(
            400,
            "UnsupportedGrantTypeException",
            "unsupported_grant_type",
            "Unsupported grant type",
        ),
    }
}

fn device_code(code: &str, client: &str, state: &mut State) -> Reply {
    let (now, sign_in) = (state.clock.now(), state.scenario.sign_in);
    let invalid = || {
        error(
            400,
            "InvalidGrantException",
            "invalid_grant",
            "Invalid grant provided",
        )
    };
    let Some(device) = state
        .devices
        .get_mut(code)
        .filter(|device| device.client == client)
    else {
        return invalid();
    };
    if device.decision == Decision::Used {
        return invalid();
    }
    device.polls += 1;
    if device.expires_at <= now {
        return error(
            400,
            "ExpiredTokenException",
            "expired_token",
            "Device code has expired",
        );
    }
    // The first two polls may come at once, as the AWS CLI's do. A little earlier than asked is the
    // network's doing.
    let early = device.last_poll.is_some_and(|last| {
        device.polls > 2 && (last.elapsed().as_millis() + 200) < u128::from(device.interval) * 1000
    });
    device.last_poll = Some(Instant::now());
    let is_pending = device.decision == Decision::Pending;
    if early || (sign_in.slow_down_first && device.polls == 1 && is_pending) {
        if early {
            device.interval += SLOW_DOWN_SECONDS;
        }
        return error(
            400,
            "SlowDownException",
            "slow_down",
            "Slow down to the interval",
        );
    }
    if device.decision == Decision::Pending {
        if sign_in
            .allow_after_polls
            .is_some_and(|polls| device.polls > polls)
        {
            device.decision = Decision::Allowed;
        } else if sign_in
            .deny_after_polls
            .is_some_and(|polls| device.polls > polls)
        {
            device.decision = Decision::Denied;
        }
    }
    match device.decision {
        Decision::Pending => error(
            400,
            "AuthorizationPendingException",
            "authorization_pending",
            "Authorization is still pending",
        ),
        Decision::Denied => error(
            400,
            "AccessDeniedException",
            "access_denied",
            "User denied the authorization",
        ),
        Decision::Used => invalid(),
        Decision::Allowed => {
            device.decision = Decision::Used;
            let portal = device.portal;
            hand_out(portal, client, None, state)
        }
    }
}

fn refresh(token: &str, client: &str, state: &mut State) -> Reply {
    let Some(portal) = state
        .refreshes
        .get(token)
        .filter(|known| known.client == client)
        .map(|known| known.portal)
    else {
        return error(
            400,
            "InvalidGrantException",
            "invalid_grant",
            "Invalid refresh token provided",
        );
    };
    if state.scenario.sign_in.rotate_refresh_tokens {
        state.refreshes.remove(token);
        return hand_out(portal, client, None, state);
    }
    hand_out(portal, client, Some(token), state)
}
