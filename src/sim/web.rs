//! The portal as a browser sees it: sign-in, a second factor, the start page with its tiles. The
//! pages load what the real ones load, from the portal's interface, and post what the real ones post.

use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION, SET_COOKIE};
use serde_json::Value;

use super::http::{Call, Reply};
use super::page::{escape, html};
use super::state::{State, random};

const START: &str = include_str!("../../assets/sim/start.html");

/// Lifetime of the browser's sign-in (seconds).
const COOKIE_SECONDS: u32 = 7 * 86_400;

/// `/web/PORTAL/start`, `/web/PORTAL/sign-in`, `/web/PORTAL/factor`.
pub(super) fn page(call: &Call, state: &mut State) -> Reply {
    let mut parts = call.path.trim_start_matches("/web/").splitn(2, '/');
    let (name, page) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let decoded = percent_encoding::percent_decode_str(name)
        .decode_utf8_lossy()
        .into_owned();
    let Some(portal) = state
        .scenario
        .portals
        .iter()
        .position(|portal| portal.name == decoded)
    else {
        return html(StatusCode::NOT_FOUND, "<h1>No such portal</h1>");
    };
    let base = format!("/web/{name}");
    let form = call.form();
    let field = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let to = field("to")
        .or_else(|| call.param("to"))
        .unwrap_or_default()
        .to_owned();
    let spec = state.scenario.portals[portal].web;
    match (call.method.as_str(), page.trim_end_matches('/')) {
        ("GET", "start") => {
            let text = |text: &str| Value::from(text).to_string().replace('<', "\\u003c");
            let start = START
                .replace("{{base}}", &text(&base))
                .replace("{{portal}}", &text(&decoded));
            html(StatusCode::OK, &start)
        }
        ("GET", "sign-in") => form_page(
            &format!("{base}/sign-in"),
            "Sign in",
            "<label>User name <input name=\"user\" value=\"jo\" autocomplete=\"username\"></label>\
             <label>Password <input name=\"password\" type=\"password\" value=\"anything\"></label>",
            &to,
            spec.by_itself,
        ),
        ("POST", "sign-in") if spec.second_factor => form_page(
            &format!("{base}/factor"),
            "One more step",
            "<label>Code of your authenticator <input name=\"code\" value=\"000000\"></label>",
            &to,
            spec.by_itself,
        ),
        ("POST", "sign-in" | "factor") => {
            let token = random(120);
            state.web_sessions.insert(token.clone(), portal);
            // Only a fragment: nobody is sent elsewhere.
            let to = if to.starts_with('#') {
                to
            } else {
                String::new()
            };
            let mut reply = html(StatusCode::SEE_OTHER, "");
            let cookie = format!("x-amz-sso_authn={token}; Path={base}; Max-Age={COOKIE_SECONDS}");
            let headers = reply.headers_mut();
            for (name, value) in [
                (SET_COOKIE, cookie),
                (LOCATION, format!("{base}/start{to}")),
            ] {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    headers.insert(name, value);
                }
            }
            reply
        }
        _ => html(StatusCode::NOT_FOUND, "<h1>No such page</h1>"),
    }
}

fn form_page(action: &str, title: &str, inputs: &str, to: &str, by_itself: bool) -> Reply {
    let script = if by_itself {
        "<script>setTimeout(() => document.querySelector('form').submit(), 300)</script>"
    } else {
        ""
    };
    html(
        StatusCode::OK,
        &format!(
            "<h1>{title}</h1><form method=\"post\" action=\"{}\">{inputs}\
             <input type=\"hidden\" name=\"to\" value=\"{}\"><button>Next</button></form>{script}",
            escape(action),
            escape(to)
        ),
    )
}
