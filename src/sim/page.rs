//! The HTML pages of the simulator: one frame around every page, and escaping for HTML and XML.

use hyper::StatusCode;

use super::http::{Reply, typed};

/// The frame around every page.
const FRAME: &str = include_str!("../../assets/sim/device.html");

/// A page with this content in the frame.
pub(super) fn html(status: StatusCode, content: &str) -> Reply {
    typed(
        status,
        "text/html; charset=utf-8",
        FRAME.replace("{{content}}", content),
    )
}

/// Escapes text for an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
