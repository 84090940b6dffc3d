//! Signing in to a portal.

#[cfg(test)]
mod tests;
pub(crate) mod update;
mod view;

use crate::domain::sign_in::{SignInCode, SignInMethod, SignInPage};
use crate::domain::{Portal, Problem};
use crate::tui::msg::Ticket;
use crate::tui::request::Request;

/// Signing in.
#[derive(Debug)]
pub(crate) struct SignIn {
    /// The portal.
    pub portal: Portal,
    /// Its stage.
    pub stage: SignInStage,
    /// The method that the user chose.
    pub method: SignInMethod,
    /// The request that continues after it.
    pub then: Option<Request>,
}

/// The stage of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignInStage {
    /// It waits for the user's key: nothing is asked of the portal before (docs/requirements.md#no-surprise-browser).
    Ready,
    /// It asks the portal.
    Registering(Ticket),
    /// It waits for the browser of this machine to come back.
    Browser {
        /// The open question.
        ticket: Ticket,
        /// The page.
        page: SignInPage,
        /// `Ok` once a browser shows it; `Err` has the reason why none does.
        browser: Option<Result<(), String>>,
    },
    /// It waits for the user to approve the code.
    Code {
        /// The open question.
        ticket: Ticket,
        /// The code.
        code: SignInCode,
        /// `Ok` once a browser shows the page; `Err` has the reason why none does.
        browser: Option<Result<(), String>>,
    },
    /// It failed.
    Failed(Problem),
}

impl SignIn {
    /// The sign-in to a portal, which then continues with the request.
    pub(crate) fn new(portal: Portal, then: Option<Request>, demo: bool) -> Self {
        Self {
            portal,
            stage: SignInStage::Ready,
            // A demo is allowed by key, which needs a code.
            method: if demo {
                SignInMethod::Device
            } else {
                SignInMethod::Auto
            },
            then,
        }
    }
}
