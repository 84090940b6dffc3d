//! Capturing a SAML response of an app, and confirming one that was posted.

use jiff::Timestamp;

use super::{Capture, CaptureStage};
use crate::domain::claim::{CONSOLE, Claim};
use crate::domain::text::clean;
use crate::domain::{App, CaptureStep, Method};
use crate::tui::action::Action;
use crate::tui::input::Pasted;
use crate::tui::keymap::Context;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::request::Request;
use crate::tui::screens::confirm::{Confirm, Yes};
use crate::tui::state::{Reducer, Screen, State, Tone};

impl Screen for Capture {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Capture]
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }

    fn unavailable(&self, _state: &State, action: Action) -> Option<&'static str> {
        let has_failed = matches!(self.stage, CaptureStage::Failed(_));
        match action {
            Action::Accept if self.pasted.is_empty() && !has_failed && !self.asks() => {
                Some("nothing is pasted")
            }
            Action::ConsoleSignIn if self.app.method == Method::Console => {
                Some("the console is used already")
            }
            Action::ConsoleSignIn if !self.offers_console() => Some("no method has failed yet"),
            _ => None,
        }
    }

    fn is_counting(&self) -> bool {
        matches!(self.stage, CaptureStage::Working { .. })
    }
}

fn text(state: &mut State, text: &str) {
    if let Some(screen) = state.screen_mut::<Capture>() {
        screen.pasted.insert(text);
    }
}

/// Opens the screen and starts the capture; the request continues after it.
pub(crate) fn open(state: &mut State, app: App, then: Request) -> Vec<Effect> {
    state.open(Capture {
        app,
        stage: CaptureStage::Paste,
        pasted: Pasted::default(),
        then,
    });
    start(state)
}

/// The app with this name.
pub(crate) fn app(state: &State, name: &str) -> Option<App> {
    state
        .facts
        .apps
        .iter()
        .find(|app| *app.name == *name)
        .cloned()
}

fn start(state: &mut State) -> Vec<Effect> {
    let ticket = state.next_ticket();
    let Some(screen) = state.screen::<Capture>() else {
        return Vec::new();
    };
    let known = app(state, &screen.app.name);
    let Some(screen) = state.screen_mut::<Capture>() else {
        return Vec::new();
    };
    if screen.app.method == Method::File {
        screen.stage = CaptureStage::Paste;
        return Vec::new();
    }
    screen.stage = CaptureStage::Working {
        ticket,
        step: None,
        failure: None,
        until: None,
        asks: false,
    };
    vec![
        Effect::CancelCapture,
        Effect::Capture {
            ticket,
            wanted: screen.wanted(),
            app: screen.app.clone(),
            keep_method: known.is_some_and(|known| known.method != screen.app.method),
        },
    ]
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let ticket = state.next_ticket();
    let Some(screen) = state.screen_mut::<Capture>() else {
        return Vec::new();
    };
    match (action, &screen.stage) {
        (Action::Back, CaptureStage::Working { .. }) => {
            state.close();
            vec![Effect::CancelCapture]
        }
        (Action::Back, _) => {
            state.close();
            Vec::new()
        }
        (Action::Accept, _) if !screen.pasted.is_empty() => {
            screen.stage = CaptureStage::Working {
                ticket,
                step: None,
                failure: None,
                until: None,
                asks: false,
            };
            let (app, response) = (screen.app.clone(), screen.pasted.take());
            vec![
                Effect::CancelCapture,
                Effect::TakeResponse {
                    ticket,
                    app,
                    wanted: screen.wanted(),
                    response,
                },
            ]
        }
        (Action::Accept, CaptureStage::Failed(_)) => start(state),
        (Action::Accept, CaptureStage::Working { asks: true, .. }) => {
            if let CaptureStage::Working { asks, .. } = &mut screen.stage {
                *asks = false;
            }
            vec![Effect::Answer(true)]
        }
        (Action::DeleteBack | Action::DeleteLine, _) => {
            let _ = screen.pasted.take();
            Vec::new()
        }
        // The method is kept when it has worked.
        (Action::ConsoleSignIn, _) if screen.offers_console() => {
            screen.app.method = Method::Console;
            start(state)
        }
        (Action::Copy, _) => {
            let url = screen.address().to_owned();
            let text = "sent the address to the clipboard".to_owned();
            state.notify(Tone::Good, text);
            vec![Effect::Copy(url)]
        }
        _ => Vec::new(),
    }
}

/// The capture with this open question, in front or below others.
pub(crate) fn waiting(state: &mut State, ticket: Ticket) -> Option<&mut Capture> {
    state.find_mut(|screen: &Capture| match &screen.stage {
        CaptureStage::Working { ticket: open, .. } => *open == ticket,
        _ => false,
    })
}

pub(crate) fn step(state: &mut State, ticket: Ticket, new: CaptureStep) -> Vec<Effect> {
    let end = state.now.as_second().saturating_add(state.capture_seconds);
    let end = Timestamp::from_second(end).unwrap_or(state.now);
    if let Some(Capture {
        stage:
            CaptureStage::Working {
                step,
                failure,
                until,
                asks,
                ..
            },
        ..
    }) = waiting(state, ticket)
    {
        match new {
            CaptureStep::MethodFailed { reason } => *failure = Some(reason),
            CaptureStep::Refused { why } => {
                *failure = Some(format!("A posted response was refused: {why}"));
            }
            new => {
                let needs_user = matches!(new, CaptureStep::Window | CaptureStep::Loopback { .. });
                *until = needs_user.then_some(end);
                *asks = false;
                *step = Some(new);
            }
        }
    }
    Vec::new()
}

/// Asks the user to say when the console of the app is open: the time is the user's.
pub(crate) fn await_console(state: &mut State, ticket: Ticket) -> Vec<Effect> {
    let Some(Capture {
        stage: CaptureStage::Working { until, asks, .. },
        ..
    }) = waiting(state, ticket)
    else {
        return vec![Effect::Answer(false)];
    };
    *until = None;
    *asks = true;
    Vec::new()
}

/// Asks whether a posted response is for an account of the user.
pub(crate) fn confirm(state: &mut State, ticket: Ticket, claim: &Claim) -> Vec<Effect> {
    if waiting(state, ticket).is_none() {
        return vec![Effect::Answer(false)];
    }
    let roles: Vec<String> = claim
        .roles
        .iter()
        .map(|role| format!("{} in {}", clean(&role.role), role.account))
        .collect();
    let page = claim
        .origin
        .as_deref()
        .unwrap_or("a page of unknown origin");
    let issuer = claim.issuer.as_deref().unwrap_or("nobody");
    let user = claim.subject.as_deref().unwrap_or("nobody");
    let what = if page == CONSOLE {
        format!(
            "You picked this session in {CONSOLE} for {}: {}.",
            claim.app,
            clean(user)
        )
    } else {
        format!(
            "{} posted a response for {}: the user is {}, the issuer {}.",
            clean(page),
            claim.app,
            clean(user),
            clean(issuer)
        )
    };
    state.open(Confirm {
        title: format!("Is this your account? {}", roles.join(", ")),
        detail: format!("{what} roledex will refuse any other account of this app."),
        yes: Yes::GoOn,
    });
    Vec::new()
}

/// Closes the captures of an app.
pub(crate) fn close(state: &mut State, app: &App) {
    state.close_all(|screen: &Capture| screen.app == *app);
}
