//! The page on which a user compares a code and allows or denies it.

use hyper::StatusCode;

use super::http::{Call, Reply};
use super::page::{escape, html};
use super::state::State;

/// `GET` shows the code and two buttons, or asks for the code; `POST` decides.
pub(super) fn page(call: &Call, state: &mut State) -> Reply {
    let form = call.form();
    let field = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let content = match (call.method.as_str(), field("user_code").or_else(|| call.param("user_code"))) {
        ("POST", Some(code)) => {
            let allow = field("decision") == Some("allow");
            match (state.decide(code, allow), allow) {
                (true, true) => "<h1>Allowed</h1><p>You can close this page and go back to the terminal.</p>".to_owned(),
                (true, false) => "<h1>Denied</h1><p>The sign-in was refused. You can close this page.</p>".to_owned(),
                (false, _) => {
                    "<h1>No such code</h1><p>It was used already, or it has expired. Start the sign-in again.</p>".to_owned()
                }
            }
        }
        (_, Some(code)) => format!(
            "<h1>Allow this sign-in?</h1>\
             <p>Compare the code with the one in your terminal:</p>\
             <p class=\"code\">{0}</p>\
             <form method=\"post\" action=\"/device\"><input type=\"hidden\" name=\"user_code\" value=\"{0}\">\
             <button name=\"decision\" value=\"allow\">Allow</button>\
             <button name=\"decision\" value=\"deny\">Deny</button></form>",
            escape(code)
        ),
        (_, None) => "<h1>Enter the code</h1><p>Your terminal shows it.</p>\
             <form method=\"get\" action=\"/device\"><label>Code <input name=\"user_code\" autofocus required></label>\
             <button>Next</button></form>"
            .to_owned(),
    };
    html(StatusCode::OK, &content)
}
