//! The portal's own interface (docs/protocols.md#portal) and the SAML responses behind its tiles. They look signed;
//! the simulated STS only checks that they were issued.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use super::http::{Answer, Call, json as reply};
use super::page::escape;
use super::portal::error;
use super::scenario::AppSpec;
use super::state::{IssuedResponse, State, random};
use crate::domain::time::rfc3339;

/// The address to which AWS expects responses.
const SIGN_IN: &str = "https://signin.aws.amazon.com/saml";

/// Lifetime of a response (seconds).
const VALID_SECONDS: i64 = 300;

/// Answers any call to the interface.
pub(super) fn answer(call: &Call, state: &mut State) -> Answer {
    let token = call
        .header("x-amz-sso_bearer_token")
        .unwrap_or_default()
        .to_owned();
    let now = state.clock.now();
    let web = state.web_sessions.get(&token).copied();
    let oidc = state
        .tokens
        .get(&token)
        .filter(|token| token.expires_at > now)
        .map(|token| token.portal);
    let Some(portal) = web.or(oidc) else {
        return error(
            401,
            "UnauthorizedException",
            "Session token not found or invalid",
        );
    };
    let refuses = state.scenario.portals[portal].web.refuses_tokens;
    if web.is_none() && refuses {
        return error(403, "ForbiddenException", "No access");
    }
    let path = call.path.as_str();
    if path == "/instance/appinstances" {
        return Some(listing(portal, state));
    }
    if path == "/token/whoAmI" {
        return Some(reply(
            StatusCode::OK,
            &json!({"tokenType": "portal", "identityStoreUserId": "90670000-0001", "authenticationType": "UserInteractive"}),
        ));
    }
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    if let Some(id) = path
        .strip_prefix("/instance/appinstance/")
        .and_then(|rest| rest.strip_suffix("/profiles"))
    {
        let id = decode(id);
        let base = state.base.clone();
        return match app(state, portal, &id) {
            None => error(
                404,
                "ResourceNotFoundException",
                "No such application instance",
            ),
            Some(app) if !app.assigned => error(403, "ForbiddenException", "No access"),
            Some(_) => {
                let key = STANDARD.encode(format!(
                    "906700000000_{id}_p-{}",
                    id.trim_start_matches("ins-")
                ));
                let key =
                    percent_encoding::utf8_percent_encode(&key, percent_encoding::NON_ALPHANUMERIC);
                Some(reply(
                    StatusCode::OK,
                    &json!({"result": [{"id": "p-1", "name": "Default", "description": "", "protocol": "SAML",
                        "url": format!("{base}/saml/assertion/{key}"), "relayState": null}]}),
                ))
            }
        };
    }
    let key = path
        .strip_prefix("/saml/assertion/")
        .map(decode)
        .unwrap_or_default();
    let id = STANDARD
        .decode(key)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.split('_').nth(1).map(str::to_owned))
        .unwrap_or_default();
    match app(state, portal, &id).cloned() {
        Some(app) if app.assigned => Some(response(&app, state)),
        _ => error(403, "ForbiddenException", "No access"),
    }
}

fn app<'a>(state: &'a State, portal: usize, id: &str) -> Option<&'a AppSpec> {
    state.portal(portal)?.apps.iter().find(|app| app.id == id)
}

/// Every account of the organization is a tile, too.
fn listing(
    portal: usize,
    state: &State,
) -> hyper::Response<http_body_util::Full<hyper::body::Bytes>> {
    let spec = &state.scenario.portals[portal];
    let org = spec.accounts.iter().take(20).map(|account| {
        let name = account.name.clone().unwrap_or_default();
        json!({"id": format!("ins-{}", account.id), "name": format!("{} ({name})", account.id), "description": "AWS Account",
            "applicationId": "app-1", "applicationName": "AWS Account", "icon": null,
            "searchMetadata": {"AccountId": account.id, "AccountName": name, "AccountEmail": account.email}})
    });
    let apps = spec.apps.iter().filter(|app| app.assigned).map(|app| {
        json!({"id": app.id, "name": app.name, "description": app.description, "applicationId": "app-2",
            "applicationName": app.application, "icon": null, "searchMetadata": null})
    });
    let result: Vec<_> = org.chain(apps).collect();
    reply(
        StatusCode::OK,
        &json!({"paginationToken": null, "result": result}),
    )
}

fn response(
    app: &AppSpec,
    state: &mut State,
) -> hyper::Response<http_body_util::Full<hyper::body::Bytes>> {
    let (encoded, recipient) = issue(app, state);
    reply(
        StatusCode::OK,
        &json!({"encodedResponse": encoded, "destination": recipient,
            "relayState": "r".repeat(app.relay_state_bytes), "prettyPrintedXml": "", "newTab": app.new_tab}),
    )
}

/// A new response of an app in base64, and where it is to be posted.
pub(super) fn issue(app: &AppSpec, state: &mut State) -> (String, String) {
    let now = state.clock.now();
    let issued_at = Timestamp::from_second(now.as_second() - app.age_seconds).unwrap_or(now);
    let recipient = app.acs.clone().unwrap_or_else(|| SIGN_IN.to_owned());
    let id = format!("_{}", random(32).to_lowercase());
    let xml = xml(app, &id, issued_at, &recipient, state);
    state.responses.insert(
        id,
        IssuedResponse {
            issued_at,
            app: app.clone(),
            recipient: recipient.clone(),
        },
    );
    (STANDARD.encode(xml), recipient)
}

fn xml(app: &AppSpec, id: &str, issued_at: Timestamp, recipient: &str, state: &State) -> String {
    let after = |seconds: i64| {
        let at = issued_at.as_second().saturating_add(seconds);
        rfc3339(Timestamp::from_second(at).unwrap_or(issued_at))
    };
    let issuer = format!("{}/saml/assertion/{}", state.base, app.id);
    let mut values = String::new();
    for role in &app.roles {
        let provider = app.provider_of(role);
        // The provider first, as Identity Center's own examples have it (docs/requirements.md#role-attribute).
        values += &format!(
            "<saml2:AttributeValue>{},{}</saml2:AttributeValue>",
            escape(&provider),
            escape(role)
        );
    }
    let attribute = |name: &str, values: &str| {
        format!(
            "<saml2:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/{name}\">{values}</saml2:Attribute>"
        )
    };
    let text = |text: &str| format!("<saml2:AttributeValue>{text}</saml2:AttributeValue>");
    let mut attributes = attribute("Role", &values)
        + &attribute("RoleSessionName", &text("simulated.user@example.com"));
    if let Some(seconds) = app.session_duration {
        attributes += &attribute("SessionDuration", &text(&seconds.to_string()));
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><saml2p:Response xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         Destination=\"{recipient}\" ID=\"{id}\" IssueInstant=\"{issued}\" Version=\"2.0\">\
         <saml2:Issuer xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">{issuer}</saml2:Issuer>\
         <ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignatureValue>{signature}</ds:SignatureValue></ds:Signature>\
         <saml2p:Status><saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></saml2p:Status>\
         <saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}-a\" IssueInstant=\"{issued}\" Version=\"2.0\">\
         <saml2:Issuer>{issuer}</saml2:Issuer>\
         <saml2:Subject><saml2:NameID>simulated.user@example.com</saml2:NameID>\
         <saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
         <saml2:SubjectConfirmationData NotOnOrAfter=\"{valid}\" Recipient=\"{recipient}\"/></saml2:SubjectConfirmation></saml2:Subject>\
         <saml2:Conditions NotBefore=\"{before}\" NotOnOrAfter=\"{valid}\"/>\
         <saml2:AuthnStatement AuthnInstant=\"{issued}\" SessionNotOnOrAfter=\"{session}\"/>\
         <saml2:AttributeStatement>{attributes}</saml2:AttributeStatement></saml2:Assertion></saml2p:Response>",
        recipient = escape(recipient),
        issuer = escape(&issuer),
        issued = rfc3339(issued_at),
        before = after(-300),
        valid = after(VALID_SECONDS),
        session = after(app.session_seconds),
        signature = random(342),
    )
}
