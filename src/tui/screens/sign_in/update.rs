//! Signing in and out. No request is sent to the portal before the user presses a key (docs/requirements.md#no-surprise-browser).

use std::sync::Arc;

use jiff::Timestamp;

use super::{SignIn, SignInStage};
use crate::domain::sign_in::{SignInMethod, SignInStep};
use crate::domain::time::seconds_left;
use crate::domain::{Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::screens::console_sign_in;
use crate::tui::screens::picker::entry;
use crate::tui::screens::picker::portals::discover;
use crate::tui::state::{Reducer, Screen, State, Tone};

/// The message that a code is on its way to the clipboard.
const COPIED: &str = "sent the address and the code to the clipboard";

impl Screen for SignIn {
    fn contexts(&self) -> &'static [Context] {
        &[Context::SignIn, Context::QueryEmpty]
    }

    fn reducer(&self) -> Reducer {
        Reducer::keys(key)
    }

    fn unavailable(&self, state: &State, action: Action) -> Option<&'static str> {
        let (is_code, is_browser) = match &self.stage {
            SignInStage::Code { .. } => (true, false),
            SignInStage::Browser { .. } => (false, true),
            _ => (false, false),
        };
        let has_failed = matches!(self.stage, SignInStage::Failed(_));
        match action {
            Action::Accept
            | Action::DeviceCode
            | Action::NewCode
            | Action::Copy
            | Action::OpenPage
                if matches!(self.stage, SignInStage::Registering(_)) =>
            {
                Some("the portal has not answered yet")
            }
            Action::ApproveDemo if !state.demo => Some("only in a demo"),
            Action::ApproveDemo if !is_code => Some("there is no code to approve"),
            Action::Copy | Action::OpenPage if has_failed => Some("the sign-in has failed"),
            Action::Copy | Action::OpenPage if !is_code && !is_browser => {
                Some("the sign-in has not started")
            }
            Action::NewCode if !is_code && !has_failed => Some("there is no code yet"),
            Action::DeviceCode if is_code => Some("a code is used already"),
            _ => None,
        }
    }

    /// Ends a sign-in that was not approved in time, even if the portal has not said so yet.
    fn tick(&mut self, now: Timestamp) {
        let (ends, title, hint) = match &self.stage {
            SignInStage::Code { code, .. } => {
                (code.expires_at, "the code has expired", "get a new one")
            }
            SignInStage::Browser { page, .. } => (
                page.expires_at,
                "the sign-in in the browser timed out",
                "try again, or use a code",
            ),
            _ => return,
        };
        if seconds_left(now, ends) < -5 {
            self.stage = SignInStage::Failed(
                Problem::new(ProblemKind::Failed, title)
                    .detail("not approved in time")
                    .hint(hint),
            );
        }
    }

    fn is_counting(&self) -> bool {
        matches!(
            self.stage,
            SignInStage::Code { .. } | SignInStage::Browser { .. }
        )
    }
}

/// The sign-in with this open question, in front or below others.
fn waiting(state: &mut State, ticket: Ticket) -> Option<&mut SignIn> {
    state.find_mut(|screen: &SignIn| match &screen.stage {
        SignInStage::Registering(open)
        | SignInStage::Browser { ticket: open, .. }
        | SignInStage::Code { ticket: open, .. } => *open == ticket,
        SignInStage::Ready | SignInStage::Failed(_) => false,
    })
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let demo = state.demo;
    let Some(screen) = state.screen_mut::<SignIn>() else {
        return Vec::new();
    };
    match (action, &screen.stage) {
        (
            Action::Back,
            SignInStage::Registering(_) | SignInStage::Browser { .. } | SignInStage::Code { .. },
        ) => {
            state.close();
            vec![Effect::CancelSignIn]
        }
        (Action::Back, _) => {
            state.sign_in_next.clear();
            state.close();
            Vec::new()
        }
        (Action::Accept, SignInStage::Ready | SignInStage::Failed(_))
        | (Action::NewCode, SignInStage::Failed(_) | SignInStage::Code { .. }) => start(state),
        (
            Action::DeviceCode,
            SignInStage::Ready | SignInStage::Browser { .. } | SignInStage::Failed(_),
        ) => {
            screen.method = SignInMethod::Device;
            start(state)
        }
        (Action::Accept | Action::OpenPage, SignInStage::Browser { page, .. }) => {
            vec![Effect::OpenSignInPage(page.url.clone())]
        }
        (Action::Copy, SignInStage::Browser { page, .. }) => {
            let text = page.url.clone();
            state.notify(Tone::Good, "sent the address to the clipboard".to_owned());
            vec![Effect::Copy(text)]
        }
        (Action::Accept | Action::OpenPage, SignInStage::Code { code, .. }) => {
            vec![Effect::OpenCodePage(code.verification_uri_complete.clone())]
        }
        (Action::Copy, SignInStage::Code { code, .. }) => {
            let text = format!("{} {}", code.verification_uri_complete, code.user_code);
            state.notify(Tone::Good, COPIED.to_owned());
            vec![Effect::Copy(text)]
        }
        (Action::ApproveDemo, SignInStage::Code { code, .. }) if demo => {
            vec![Effect::Approve(code.user_code.clone())]
        }
        _ => Vec::new(),
    }
}

fn start(state: &mut State) -> Vec<Effect> {
    // Not those of the code that follows.
    state.toasts.retain(|toast| toast.text != COPIED);
    let ticket = state.next_ticket();
    let Some(screen) = state.screen_mut::<SignIn>() else {
        return Vec::new();
    };
    screen.stage = SignInStage::Registering(ticket);
    let (portal, method) = (screen.portal.clone(), screen.method);
    vec![
        Effect::CancelSignIn,
        Effect::SignIn {
            ticket,
            portal,
            method,
        },
    ]
}

pub(crate) fn step(state: &mut State, ticket: Ticket, step: SignInStep) -> Vec<Effect> {
    let Some(screen) = waiting(state, ticket) else {
        return Vec::new();
    };
    if let SignInStep::SignedIn {
        static_profiles, ..
    } = &step
    {
        for name in static_profiles {
            let text = format!("the profile {name} keeps the keys of the sign-in before");
            state.notify(Tone::Note, text);
        }
        return Vec::new();
    }
    match (step, &mut screen.stage) {
        (SignInStep::Code(code), stage) => {
            *stage = SignInStage::Code {
                ticket,
                code,
                browser: None,
            }
        }
        (SignInStep::Browser(page), stage) => {
            *stage = SignInStage::Browser {
                ticket,
                page,
                browser: None,
            }
        }
        (
            SignInStep::Opened,
            SignInStage::Code { browser, .. } | SignInStage::Browser { browser, .. },
        ) => *browser = Some(Ok(())),
        (
            SignInStep::NotOpened(why),
            SignInStage::Code { browser, .. } | SignInStage::Browser { browser, .. },
        ) => {
            *browser = Some(Err(why));
            return screen.copy();
        }
        _ => {}
    }
    Vec::new()
}

impl SignIn {
    /// Copies the address of the page that no browser shows.
    fn copy(&self) -> Vec<Effect> {
        match &self.stage {
            SignInStage::Browser { page, .. } => vec![Effect::Copy(page.url.clone())],
            SignInStage::Code { code, .. } => {
                vec![Effect::Copy(code.verification_uri_complete.clone())]
            }
            _ => Vec::new(),
        }
    }
}

pub(crate) fn ended(state: &mut State, ticket: Ticket, result: Result<(), Problem>) -> Vec<Effect> {
    let Some(screen) = waiting(state, ticket) else {
        return Vec::new();
    };
    if let Err(problem) = result {
        screen.stage = SignInStage::Failed(problem);
        return Vec::new();
    }
    let (portal, then) = (screen.portal.clone(), screen.then.take());
    state.close_all(|screen: &SignIn| screen.portal == portal);
    state.notify(Tone::Good, format!("signed in to {}", portal.name));
    let mut effects = vec![Effect::LoadFacts];
    effects.extend(discover(state, portal));
    if let Some(then) = then {
        effects.extend(entry::start(state, then));
    }
    if !state.sign_in_next.is_empty() {
        let next = state.sign_in_next.remove(0);
        state.open(SignIn::new(next, None, state.demo));
        effects.extend(key(state, Action::Accept));
    }
    effects
}

pub(crate) fn opened(state: &mut State, result: Result<(), Problem>) -> Vec<Effect> {
    if let Err(problem) = &result {
        state.notify(Tone::Bad, problem.to_string());
    }
    let mut effects = console_sign_in::update::opened(state, &result);
    if let Some(screen) = state.find_mut(|_: &SignIn| true)
        && let SignInStage::Code { browser, .. } | SignInStage::Browser { browser, .. } =
            &mut screen.stage
    {
        let opened =
            result.map_err(|problem| String::from(problem.detail.unwrap_or(problem.title)));
        let is_open = opened.is_ok();
        *browser = Some(opened);
        if !is_open {
            effects.extend(screen.copy());
        }
    }
    effects
}

pub(crate) fn signed_out(
    state: &mut State,
    portal: &Arc<str>,
    result: Result<Vec<String>, Problem>,
) -> Vec<Effect> {
    match result {
        Ok(warnings) => {
            state.notify(Tone::Good, format!("signed out of {portal}"));
            for warning in warnings {
                state.notify(Tone::Note, warning);
            }
        }
        Err(problem) => state.notify_error(&problem),
    }
    vec![Effect::LoadFacts]
}
