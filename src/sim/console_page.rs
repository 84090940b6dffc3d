//! The sign-in service in the browser: the page on which a user chooses a console session, and the page
//! with the text for another device (docs/protocols.md#console-sessions).

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION};

use super::console_state::{Grant, Place, Request};
use super::http::{Call, Reply};
use super::page::{escape, html};
use super::scenario::ConsoleSession;
use super::state::{State, random};
use crate::domain::console_session::ConsoleIdentity;
use crate::domain::locked::locked;

/// Lifetime of a code (seconds).
const CODE_SECONDS: i64 = 60;

const SAME_DEVICE: &str = "arn:aws:signin:::devtools/same-device";
const CROSS_DEVICE: &str = "arn:aws:signin:::devtools/cross-device";

/// `GET /v1/authorize` asks, `POST /v1/authorize` is the user's choice.
pub(super) fn page(call: &Call, place: &Place, state: &mut State) -> Reply {
    let form = call.form();
    let field = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    match (call.method.as_str(), field("request")) {
        ("POST", Some(id)) => match state.console.questions.remove(id) {
            Some(request) => decide(request, field("session").unwrap_or_default(), state),
            None => refused("This sign-in was answered already."),
        },
        _ => match request(call, place) {
            Ok(request) => ask(call, request, state),
            // No redirect: the address was not checked.
            Err(why) => refused(why),
        },
    }
}

fn refused(why: &str) -> Reply {
    let content = format!(
        "<h1>This sign-in cannot continue</h1><p>{}</p>",
        escape(why)
    );
    html(StatusCode::BAD_REQUEST, &content)
}

/// The authorization request, if everything in it is right.
fn request(call: &Call, place: &Place) -> Result<Request, &'static str> {
    let param = |name: &str| call.param(name).filter(|value| !value.is_empty());
    let client = param("client_id").ok_or("client_id is missing")?;
    if ![SAME_DEVICE, CROSS_DEVICE].contains(&client) {
        return Err("client_id is unknown");
    }
    if param("response_type") != Some("code") {
        return Err("response_type is not code");
    }
    if param("code_challenge_method") != Some("SHA-256") {
        return Err("code_challenge_method is not SHA-256");
    }
    if param("scope") != Some("openid") {
        return Err("scope is not openid");
    }
    let redirect_uri = param("redirect_uri").ok_or("redirect_uri is missing")?;
    let fits = match client {
        SAME_DEVICE => is_loopback_callback(redirect_uri),
        _ => redirect_uri == format!("{}/v1/sessions/confirmation", place.base),
    };
    if !fits {
        return Err("redirect_uri does not fit the client");
    }
    let challenge = param("code_challenge").filter(|challenge| challenge.len() == 43);
    Ok(Request {
        client: client.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        state: param("state").map(str::to_owned),
        challenge: challenge
            .ok_or("code_challenge is not 43 characters")?
            .to_owned(),
        region: place.region.clone(),
    })
}

/// True for `http://127.0.0.1:PORT/oauth/callback` and nothing more.
fn is_loopback_callback(text: &str) -> bool {
    let port = text
        .strip_prefix("http://127.0.0.1:")
        .and_then(|rest| rest.strip_suffix("/oauth/callback"));
    port.is_some_and(|port| port.parse::<u16>().is_ok())
}

/// Shows the sessions, unless one is chosen without a page.
fn ask(call: &Call, request: Request, state: &mut State) -> Reply {
    if let Some(arn) = state.console.pick.clone() {
        return decide(request, &arn, state);
    }
    let id = random(32);
    let mut buttons = String::new();
    for session in state.scenario.console_sessions() {
        let arn = escape(&session.arn);
        buttons += &format!("<button name=\"session\" value=\"{arn}\">{arn}</button>");
    }
    let content = format!(
        "<h1>Choose a console session</h1>\
         <p>A command line tool asks for credentials of one of your sessions.</p>\
         <form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"request\" value=\"{id}\">\
         {buttons}<button name=\"session\" value=\"\">Cancel</button></form>",
        escape(&call.path)
    );
    state.console.questions.insert(id, request);
    html(StatusCode::OK, &content)
}

/// Sends the browser back, with a code for the session or, without one, with a refusal.
fn decide(request: Request, arn: &str, state: &mut State) -> Reply {
    let sessions = state.scenario.console_sessions();
    if !arn.is_empty() && !sessions.iter().any(|session| session.arn == arn) {
        return refused("There is no such console session.");
    }
    let Ok(mut back) = url::Url::parse(&request.redirect_uri) else {
        return refused("redirect_uri is not a URL.");
    };
    let code = random(64);
    {
        let mut query = back.query_pairs_mut();
        if arn.is_empty() {
            query.append_pair("error", "access_denied");
        } else {
            query.append_pair("code", &code);
        }
        if let Some(state) = &request.state {
            query.append_pair("state", state);
        }
    }
    if !arn.is_empty() {
        let grant = Grant {
            request,
            session: arn.to_owned(),
            expires_at: state.after(CODE_SECONDS),
        };
        state.console.codes.insert(code, grant);
    }
    let mut reply = html(StatusCode::SEE_OTHER, "<h1>Going back</h1>");
    if let Ok(location) = HeaderValue::from_str(back.as_str()) {
        reply.headers_mut().insert(LOCATION, location);
    }
    reply
}

/// `GET /v1/sessions/confirmation`: the text to paste on the other device.
pub(super) fn confirmation(call: &Call) -> Reply {
    let Some(code) = call.param("code") else {
        return refused("No console session was chosen.");
    };
    let text = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("state", call.param("state").unwrap_or_default())
        .append_pair("code", code)
        .finish();
    let content = format!(
        "<h1>Copy the authorization code</h1><p>Paste it into the terminal that asks for it.</p>\
         <p id=\"authorization-code\" style=\"font-family: monospace; overflow-wrap: anywhere\">{}</p>",
        STANDARD.encode(text)
    );
    html(StatusCode::OK, &content)
}

/// Opens the page of a sign-in as a browser does, and picks the session of an identity there: `ACCOUNT/NAME`
/// or an account; without one the first session that is allowed.
pub(super) fn pick(state: &Arc<Mutex<State>>, url: &str, wanted: Option<&str>) {
    let lock = |state: &Arc<Mutex<State>>, arn: Option<String>| {
        let mut state = locked(state);
        state.console.pick = arn;
    };
    let sessions = {
        let state = locked(state);
        state.scenario.console_sessions()
    };
    let is_wanted = |session: &ConsoleSession| match (session.arn.parse(), wanted) {
        (Ok(ConsoleIdentity { account, name, .. }), Some(wanted)) => {
            wanted == format!("{account}/{name}") || wanted == account.to_string()
        }
        (_, wanted) => wanted.is_none() && !session.refused,
    };
    let Some(session) = sessions.into_iter().find(is_wanted) else {
        return;
    };
    let (state, url) = (Arc::clone(state), url.to_owned());
    std::thread::spawn(move || {
        lock(&state, Some(session.arn));
        let back = get(&url);
        lock(&state, None);
        back.and_then(|back| get(&back))
    });
}

/// One request of a browser on loopback; returns the address that the answer leads to.
fn get(url: &str) -> Option<String> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.split_once('/')?;
    let mut stream = TcpStream::connect(host).ok()?;
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let location = |line: &str| Some(line.strip_prefix("location: ")?.to_owned());
    answer.lines().find_map(location)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_callback_on_loopback_is_taken() {
        assert!(is_loopback_callback("http://127.0.0.1:4711/oauth/callback"));
        for other in [
            "http://127.0.0.1/oauth/callback",
            "http://127.0.0.1:0x10/oauth/callback",
            "http://127.0.0.1:1@evil.example/oauth/callback",
            "http://127.0.0.1:4711/oauth/callback?x=y",
            "http://127.0.0.1:4711/other",
            "http://localhost:4711/oauth/callback",
            "https://127.0.0.1:4711/oauth/callback",
        ] {
            assert!(!is_loopback_callback(other), "{other}");
        }
    }
}
