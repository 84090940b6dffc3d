//! Answers of SSO OIDC that both sign-in flows give: errors and tokens (docs/protocols.md#oidc).

use hyper::StatusCode;
use hyper::header::HeaderValue;
use serde_json::json;

use super::http::{Reply, json as answer};
use super::state::{Refresh, State, Token, random};

/// The namespace of the service's exceptions.
const REGISTRATION_HOST: &str = "http://internal.amazon.com/coral/com.amazonaws.sso.oidc/";

/// An error: the exception in the header, the OAuth error in the body.
pub(super) fn error(status: u16, exception: &str, code: &str, description: &str) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut reply = answer(
        status,
        &json!({"error": code, "error_description": description}),
    );
    if let Ok(kind) = HeaderValue::from_str(&format!("{exception}:{REGISTRATION_HOST}")) {
        reply.headers_mut().insert("x-amzn-ErrorType", kind);
    }
    reply
}

/// A new access token; a refresh token with it where the client has scopes. The fields that the
/// model lacks are there in the real answers, too.
pub(super) fn hand_out(
    portal: usize,
    client: &str,
    old_refresh: Option<&str>,
    state: &mut State,
) -> Reply {
    let seconds = state.scenario.sign_in.token_seconds;
    let access_token = format!("aoaAAAAA{}:{}/+{}", random(120), random(60), random(40));
    let token = Token {
        portal,
        expires_at: state.after(seconds),
        uses: 0,
    };
    state.tokens.insert(access_token.clone(), token);
    let scoped = state.clients.get(client).is_some_and(|client| {
        let grant = |known: &String| known == "refresh_token";
        client.scopes && (client.grants.is_empty() || client.grants.iter().any(grant))
    });
    let refresh_token = scoped
        .then(|| old_refresh.map_or_else(|| format!("aorAAAAA{}", random(300)), str::to_owned));
    if let Some(refresh_token) = &refresh_token {
        let refresh = Refresh {
            portal,
            client: client.to_owned(),
        };
        state.refreshes.insert(refresh_token.clone(), refresh);
    }
    answer(
        StatusCode::OK,
        &json!({
            "accessToken": access_token,
            "tokenType": "Bearer",
            "expiresIn": seconds,
            "refreshToken": refresh_token,
            "idToken": null,
            "issuedTokenType": null,
            "originSessionId": null,
            "scope": null,
            "aws_sso_app_session_id": null,
        }),
    )
}
