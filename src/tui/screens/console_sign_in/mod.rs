//! Signing in to the AWS console, for a profile with a console session.

pub(crate) mod update;
mod view;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::domain::sign_in::{SignInMethod, SignInPage};
use crate::domain::{Catalog, Problem};
use crate::tui::input::Pasted;
use crate::tui::msg::Ticket;
use crate::tui::request::Request;
use crate::tui::state::State;

/// Signing in to the AWS console.
#[derive(Debug)]
pub(crate) struct ConsoleSignIn {
    /// The profile; `None`: a new one, named after the identity.
    pub profile: Option<Arc<str>>,
    /// The identity that the profile has now: `ACCOUNT/ROLE`, or the account alone.
    pub wanted: Option<String>,
    /// The address of the account access manager that the console is opened from.
    pub opened_from: Option<String>,
    /// The browser that the user chose.
    pub method: SignInMethod,
    /// Its stage.
    pub stage: ConsoleStage,
    /// The text of the last page that is being pasted.
    pub pasted: Pasted,
    /// The requests that continue after it.
    pub then: Vec<Request>,
}

/// The stage of a console sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConsoleStage {
    /// It waits for the user's key (docs/requirements.md#no-surprise-browser).
    Ready,
    /// It is being prepared.
    Starting(Ticket),
    /// It waits for a browser.
    Waiting(Waiting),
    /// It failed.
    Failed(Problem),
}

/// A console sign-in that waits for a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The open question.
    pub ticket: Ticket,
    /// The page.
    pub page: SignInPage,
    /// The region, where nothing sets it.
    pub assumed_region: Option<String>,
    /// The browser that is waited for.
    pub browser: Browser,
}

/// The browser that is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Browser {
    /// That of this machine. `Some(Ok)` once it shows the page; `Some(Err)` has the reason why it does not.
    Here(Option<Result<(), String>>),
    /// Another device's, whose last page shows a text to paste.
    Elsewhere {
        /// The problem with the last text.
        mistake: Option<Problem>,
        /// `true` while a text is being checked.
        is_checking: bool,
    },
}

impl ConsoleSignIn {
    /// The sign-in for a profile.
    pub(crate) fn new(profile: Option<Arc<str>>, catalog: &Catalog, demo: bool) -> Self {
        let own = profile.as_ref().and_then(|name| catalog.own.get(name));
        let wanted = own.and_then(|own| {
            let account = own.account?;
            Some(match &own.role {
                Some(role) => format!("{account}/{role}"),
                None => account.to_string(),
            })
        });
        Self {
            profile,
            wanted,
            opened_from: None,
            // A demo is allowed by key, on this machine.
            method: if demo {
                SignInMethod::Browser
            } else {
                SignInMethod::Auto
            },
            stage: ConsoleStage::Ready,
            pasted: Pasted::default(),
            then: Vec::new(),
        }
    }

    /// The open question.
    fn ticket(&self) -> Option<Ticket> {
        match &self.stage {
            ConsoleStage::Starting(ticket) | ConsoleStage::Waiting(Waiting { ticket, .. }) => {
                Some(*ticket)
            }
            ConsoleStage::Ready | ConsoleStage::Failed(_) => None,
        }
    }

    /// `true` while a text is waited for.
    fn wants_text(&self) -> bool {
        let ConsoleStage::Waiting(waiting) = &self.stage else {
            return false;
        };
        matches!(waiting.browser, Browser::Elsewhere { .. })
    }
}

/// Opens the screen for a profile; the request continues after it. Several requests share one sign-in.
pub(crate) fn open_for(state: &mut State, profile: &Arc<str>, then: Option<Request>) {
    let is_its = |screen: &ConsoleSignIn| screen.profile.as_ref() == Some(profile);
    if let Some(screen) = state.find_mut(is_its) {
        screen.then.extend(then);
        return;
    }
    let mut screen = ConsoleSignIn::new(Some(Arc::clone(profile)), &state.catalog, state.demo);
    screen.then.extend(then);
    state.open(screen);
}
