//! The authorization code with PKCE at wire level: the request, the page on which a user allows
//! or denies it, and the grant (docs/protocols.md#oidc).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::http::{Call, Reply};
use super::oidc_reply::{error, hand_out};
use super::page::{escape, html};
use super::state::{Question, State, random};

/// Lifetime of a code (seconds).
const CODE_SECONDS: i64 = 60;

/// `GET /authorize` asks, `POST /authorize` is the user's answer.
pub(super) fn page(call: &Call, state: &mut State) -> Reply {
    let form = call.form();
    let field = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    match (call.method.as_str(), field("request")) {
        ("POST", Some(id)) => decide(id, field("decision") == Some("allow"), state),
        _ => ask(call, state),
    }
}

fn ask(call: &Call, state: &mut State) -> Reply {
    let question = match question(call, state) {
        Ok(question) => question,
        // The browser is never sent to an address that was not registered.
        Err(why) => {
            let content = format!("<h1>This sign-in cannot be</h1><p>{}</p>", escape(why));
            return html(StatusCode::BAD_REQUEST, &content);
        }
    };
    let id = random(32);
    let content = format!(
        "<h1>Allow this sign-in?</h1>\
         <p>roledex asks for access to your accounts.</p>\
         <form method=\"post\" action=\"/authorize\"><input type=\"hidden\" name=\"request\" value=\"{id}\">\
         <button name=\"decision\" value=\"allow\">Allow</button>\
         <button name=\"decision\" value=\"deny\">Deny</button></form>"
    );
    state.questions.insert(id, question);
    html(StatusCode::OK, &content)
}

/// Parses an authorization request, and refuses one that is not allowed.
fn question(call: &Call, state: &State) -> Result<Question, &'static str> {
    let param = |name: &str| call.param(name).filter(|value| !value.is_empty());
    let id = param("client_id").ok_or("client_id is missing")?;
    let client = state.clients.get(id).ok_or("the client is not known")?;
    let portal = client
        .portal
        .ok_or("the client was not registered for this")?;
    let redirect_uri = param("redirect_uri").ok_or("redirect_uri is missing")?;
    if !client
        .redirect_uris
        .iter()
        .any(|known| matches(known, redirect_uri))
    {
        return Err("redirect_uri was not registered");
    }
    if param("response_type") != Some("code") {
        return Err("response_type is not code");
    }
    if param("code_challenge_method") != Some("S256") {
        return Err("code_challenge_method is not S256");
    }
    // The service's own name for what OAuth calls scope.
    param("scopes").ok_or("scopes is missing")?;
    let challenge = param("code_challenge").filter(|challenge| challenge.len() == 43);
    Ok(Question {
        client: id.to_owned(),
        portal,
        redirect_uri: redirect_uri.to_owned(),
        state: param("state").map(str::to_owned),
        challenge: challenge
            .ok_or("code_challenge is not 43 characters")?
            .to_owned(),
        expires_at: state.after(CODE_SECONDS),
    })
}

/// A loopback address may have another port every time (RFC 8252).
fn matches(registered: &str, asked: &str) -> bool {
    let parse = |text| {
        let mut url = url::Url::parse(text).ok()?;
        if url.host_str() == Some("127.0.0.1") {
            url.set_port(None).ok()?;
        }
        Some(url)
    };
    let (registered, asked) = (parse(registered), parse(asked));
    registered.is_some() && registered == asked
}

/// Sends the browser back, with a code or with the user's no.
fn decide(id: &str, allow: bool, state: &mut State) -> Reply {
    let Some(question) = state.questions.remove(id) else {
        return html(
            StatusCode::BAD_REQUEST,
            "<h1>No such sign-in</h1><p>It was answered already.</p>",
        );
    };
    let Ok(mut back) = url::Url::parse(&question.redirect_uri) else {
        return html(StatusCode::BAD_REQUEST, "<h1>No way back</h1>");
    };
    let code = random(64);
    {
        let mut query = back.query_pairs_mut();
        if allow {
            query.append_pair("code", &code);
        } else {
            query
                .append_pair("error", "access_denied")
                .append_pair("error_description", "User denied the authorization");
        }
        if let Some(state) = &question.state {
            query.append_pair("state", state);
        }
    }
    if allow {
        let expires_at = state.after(CODE_SECONDS);
        let granted = Question {
            expires_at,
            ..question
        };
        state.codes.insert(code, granted);
    }
    let mut reply = html(StatusCode::SEE_OTHER, "<h1>Going back</h1>");
    if let Ok(location) = HeaderValue::from_str(back.as_str()) {
        reply.headers_mut().insert(LOCATION, location);
    }
    reply
}

/// The grant `authorization_code`: a code is good once, for the client and the address that asked,
/// and for the client that knows the verifier of the challenge.
pub(super) fn redeem(body: &Value, client: &str, state: &mut State) -> Reply {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let now = state.clock.now();
    let granted = state.codes.remove(text("code")).filter(|granted| {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(text("codeVerifier")));
        granted.client == client
            && granted.redirect_uri == text("redirectUri")
            && granted.challenge == challenge
            && granted.expires_at > now
    });
    match granted {
        Some(granted) => hand_out(granted.portal, client, None, state),
        None => error(
            400,
            "InvalidGrantException",
            "invalid_grant",
            "Invalid grant provided",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_port_may_differ() {
        let registered = "http://127.0.0.1/oauth/callback";
        assert!(matches(registered, "http://127.0.0.1:4711/oauth/callback"));
        for other in [
            "http://127.0.0.1:4711/other",
            "http://localhost:4711/oauth/callback",
            "https://127.0.0.1:4711/oauth/callback",
            "http://example.com/oauth/callback",
            "nonsense",
        ] {
            assert!(!matches(registered, other), "{other}");
        }
    }
}
