//! Capturing a SAML response of an app.

pub(crate) mod update;
mod view;

use jiff::Timestamp;

use crate::domain::{App, CaptureStep, Problem};
use crate::tui::input::Pasted;
use crate::tui::msg::Ticket;
use crate::tui::request::Request;

/// Capturing a SAML response of an app.
#[derive(Debug)]
pub(crate) struct Capture {
    /// The app.
    pub app: App,
    /// How far it is.
    pub stage: CaptureStage,
    /// A response that is being pasted instead.
    pub pasted: Pasted,
    /// What to do once it worked.
    pub then: Option<Request>,
}

/// How far a capture is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CaptureStage {
    /// It goes on.
    Working {
        /// The open question.
        ticket: Ticket,
        /// What is being done.
        step: Option<CaptureStep>,
        /// Why another way was left.
        fell: Option<String>,
        /// Until when a person is waited for (UTC), where one is.
        until: Option<Timestamp>,
    },
    /// It waits for a response that is pasted.
    Paste,
    /// It failed.
    Failed(Problem),
}
