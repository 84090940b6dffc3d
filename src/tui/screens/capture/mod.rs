//! Capturing a SAML response of an app.

#[cfg(test)]
mod tests;
pub(crate) mod update;
mod view;

use jiff::Timestamp;

use crate::domain::{App, CaptureStep, EntryId, Kind, Method, Problem};
use crate::tui::input::Pasted;
use crate::tui::msg::Ticket;
use crate::tui::request::Request;

/// Capturing a SAML response of an app.
#[derive(Debug)]
pub(crate) struct Capture {
    /// The app.
    pub app: App,
    /// Its stage.
    pub stage: CaptureStage,
    /// A response that is being pasted instead.
    pub pasted: Pasted,
    /// The request that continues after it.
    pub then: Request,
}

impl Capture {
    /// The entry that needs the response, if it is one of the app's.
    fn wanted(&self) -> Option<EntryId> {
        let [id] = self.then.entries() else {
            return None;
        };
        (id.kind == Kind::External && id.source == self.app.name).then(|| id.clone())
    }

    /// The address of the page that the user has to sign in on.
    fn address(&self) -> &str {
        match &self.stage {
            CaptureStage::Working {
                step: Some(CaptureStep::Loopback { url, .. }),
                ..
            } => url,
            _ => &self.app.url,
        }
    }

    /// `true` while it waits until the user says that the console of the app is open.
    fn asks(&self) -> bool {
        matches!(self.stage, CaptureStage::Working { asks: true, .. })
    }

    /// `true` where another method failed, and the console is left.
    fn offers_console(&self) -> bool {
        let has_failed = match &self.stage {
            CaptureStage::Working { failure, .. } => failure.is_some(),
            CaptureStage::Failed(_) => true,
            CaptureStage::Paste => false,
        };
        has_failed && self.app.method != Method::Console
    }
}

/// The stage of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CaptureStage {
    /// It is running.
    Working {
        /// The open question.
        ticket: Ticket,
        /// The current step.
        step: Option<CaptureStep>,
        /// The reason why the last method failed.
        failure: Option<String>,
        /// The end of the time for the user's part (UTC), if it has one.
        until: Option<Timestamp>,
        /// `true` while it waits until the user says that the console of the app is open.
        asks: bool,
    },
    /// It waits for a response that is pasted.
    Paste,
    /// It failed.
    Failed(Problem),
}
