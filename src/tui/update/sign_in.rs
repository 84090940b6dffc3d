//! Signing in and out. Nothing is asked of the portal before the person says so (docs/requirements.md#no-surprise-browser).

use std::sync::Arc;

use super::{discover, entry};
use crate::domain::sign_in::{SignInMethod, SignInStep};
use crate::domain::time::seconds_left;
use crate::domain::{Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::state::{Overlay, SignIn, SignInStage, State, Tone};

/// The sign-in screen, where it is in front.
fn screen(state: &mut State) -> Option<&mut SignIn> {
    match state.overlays.last_mut() {
        Some(Overlay::SignIn(screen)) => Some(screen),
        _ => None,
    }
}

/// The screen whose open question a ticket is, wherever it lies.
fn waiting(state: &mut State, ticket: Ticket) -> Option<&mut SignIn> {
    state.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::SignIn(screen) => match &screen.stage {
            SignInStage::Registering(open)
            | SignInStage::Browser { ticket: open, .. }
            | SignInStage::Code { ticket: open, .. }
                if *open == ticket =>
            {
                Some(screen)
            }
            _ => None,
        },
        _ => None,
    })
}

pub(super) fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let demo = state.demo;
    let Some(screen) = screen(state) else {
        return Vec::new();
    };
    match (action, &screen.stage) {
        (
            Action::Back,
            SignInStage::Registering(_) | SignInStage::Browser { .. } | SignInStage::Code { .. },
        ) => {
            state.overlays.pop();
            vec![Effect::CancelSignIn]
        }
        (Action::Back, _) => {
            state.sign_in_next.clear();
            state.overlays.pop();
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
            state.notify(Tone::Good, "copied the address".to_owned());
            vec![Effect::Copy(text)]
        }
        (Action::Accept | Action::OpenPage, SignInStage::Code { code, .. }) => {
            vec![Effect::OpenCodePage(code.verification_uri_complete.clone())]
        }
        (Action::Copy, SignInStage::Code { code, .. }) => {
            let text = format!("{} {}", code.verification_uri_complete, code.user_code);
            state.notify(Tone::Good, "copied the address and the code".to_owned());
            vec![Effect::Copy(text)]
        }
        (Action::ApproveDemo, SignInStage::Code { code, .. }) if demo => {
            vec![Effect::Approve(code.user_code.clone())]
        }
        _ => Vec::new(),
    }
}

fn start(state: &mut State) -> Vec<Effect> {
    let ticket = state.next_ticket();
    let Some(screen) = screen(state) else {
        return Vec::new();
    };
    screen.stage = SignInStage::Registering(ticket);
    let (portal, method) = (screen.portal.clone(), screen.method);
    vec![Effect::CancelSignIn, Effect::SignIn(ticket, portal, method)]
}

pub(super) fn step(state: &mut State, ticket: Ticket, step: SignInStep) -> Vec<Effect> {
    let Some(screen) = waiting(state, ticket) else {
        return Vec::new();
    };
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
        ) => *browser = Some(Err(why)),
        _ => {}
    }
    Vec::new()
}

/// What ends while nobody looks is over, whether or not the portal has said so yet.
pub(super) fn tick(state: &mut State) {
    let now = state.now;
    let Some(screen) = screen(state) else {
        return;
    };
    let (ends, title, hint) = match &screen.stage {
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
        screen.stage = SignInStage::Failed(
            Problem::new(ProblemKind::Failed, title)
                .detail("not approved in time")
                .hint(hint),
        );
    }
}

pub(super) fn ended(state: &mut State, ticket: Ticket, result: Result<(), Problem>) -> Vec<Effect> {
    let Some(screen) = waiting(state, ticket) else {
        return Vec::new();
    };
    if let Err(problem) = result {
        screen.stage = SignInStage::Failed(problem);
        return Vec::new();
    }
    let (portal, then) = (screen.portal.clone(), screen.then.take());
    state
        .overlays
        .retain(|overlay| !matches!(overlay, Overlay::SignIn(screen) if screen.portal == portal));
    state.notify(Tone::Good, format!("signed in to {}", portal.name));
    let mut effects = vec![Effect::LoadFacts];
    effects.extend(discover(state, portal));
    if let Some(then) = then {
        effects.extend(entry::start(state, then));
    }
    if !state.sign_in_next.is_empty() {
        let next = state.sign_in_next.remove(0);
        super::open_sign_in(state, next, None);
        effects.extend(key(state, Action::Accept));
    }
    effects
}

pub(super) fn opened(state: &mut State, result: Result<(), Problem>) -> Vec<Effect> {
    if let Some(SignIn {
        stage: SignInStage::Code { browser, .. } | SignInStage::Browser { browser, .. },
        ..
    }) = screen(state)
    {
        *browser = Some(result.map_err(|problem| problem.detail.unwrap_or(problem.title).into()));
    }
    Vec::new()
}

pub(super) fn signed_out(
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
