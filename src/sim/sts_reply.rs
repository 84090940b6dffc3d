//! Answers of STS in the XML of the query protocol (docs/protocols.md#sts).

use hyper::StatusCode;

use super::http::{Reply, typed};
use super::page::escape;
use super::state::{Keys, random};
use crate::domain::time::rfc3339;

/// The element `Credentials`.
pub(super) fn credentials(keys: &Keys) -> String {
    format!(
        "<Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey>\
         <SessionToken>{}</SessionToken><Expiration>{}</Expiration></Credentials>",
        keys.access_key_id,
        keys.secret_access_key,
        keys.session_token,
        rfc3339(keys.expires_at)
    )
}

/// The answer to a successful action.
pub(super) fn success(action: &str, inner: &str) -> Reply {
    let body = format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>{inner}</{action}Result>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{action}Response>",
        random(36)
    );
    typed(StatusCode::OK, "text/xml", body)
}

/// An error of the query protocol.
pub(super) fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
        escape(message),
        random(36)
    );
    typed(
        StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
        "text/xml",
        body,
    )
}
