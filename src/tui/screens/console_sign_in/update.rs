//! Signing in to the AWS console. No request is sent before the user presses a key (docs/requirements.md#no-surprise-browser).

use std::sync::Arc;

use jiff::Timestamp;

use super::{Browser, ConsoleSignIn, ConsoleStage, Waiting};
use crate::domain::console_session::ConsoleProfile;
use crate::domain::own::Own;
use crate::domain::sign_in::{ConsoleStep, SignInMethod};
use crate::domain::time::seconds_left;
use crate::domain::{Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::screens::add_app::AddApp;
use crate::tui::screens::confirm::{Confirm, Yes};
use crate::tui::screens::onboarding::Onboarding;
use crate::tui::screens::picker::{RowKey, entry, list};
use crate::tui::state::{Reducer, Screen, State, Tone};

impl Screen for ConsoleSignIn {
    fn contexts(&self) -> &'static [Context] {
        if self.wants_text() {
            &[Context::Capture]
        } else {
            &[Context::SignIn, Context::QueryEmpty]
        }
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }

    fn unavailable(&self, state: &State, action: Action) -> Option<&'static str> {
        let is_here = matches!(
            &self.stage,
            ConsoleStage::Waiting(Waiting {
                browser: Browser::Here(_),
                ..
            })
        );
        match action {
            Action::NewCode => Some("the console has no code"),
            Action::Accept | Action::OpenPage | Action::DeviceCode | Action::Copy
                if matches!(self.stage, ConsoleStage::Starting(_)) =>
            {
                Some("the sign-in is being prepared")
            }
            Action::ConsoleSignIn => Some("this is that sign-in"),
            Action::ApproveDemo if !state.demo => Some("only in a demo"),
            Action::ApproveDemo if !is_here => Some("no page is open here"),
            Action::Accept if self.wants_text() && self.pasted.is_empty() => {
                Some("nothing is pasted")
            }
            Action::Copy => match self.stage {
                ConsoleStage::Waiting(_) => None,
                ConsoleStage::Failed(_) => Some("the sign-in has failed"),
                _ => Some("the sign-in has not started"),
            },
            _ => None,
        }
    }

    /// Ends a sign-in that was not approved in time.
    fn tick(&mut self, now: Timestamp) {
        if let ConsoleStage::Waiting(waiting) = &self.stage
            && seconds_left(now, waiting.page.expires_at) < -5
        {
            self.stage = ConsoleStage::Failed(
                Problem::new(ProblemKind::Failed, "the sign-in to the console timed out")
                    .detail("not approved in time")
                    .hint("try again, or use a browser on another device"),
            );
        }
    }

    fn is_counting(&self) -> bool {
        matches!(self.stage, ConsoleStage::Waiting(_))
    }
}

/// Opens the screen for a new profile.
pub(crate) fn open(state: &mut State) {
    let screen = ConsoleSignIn::new(None, &state.catalog, state.demo);
    state.open(screen);
}

/// Opens the screen and starts: the user was told that this key does so.
pub(crate) fn begin(state: &mut State, account_access: String) -> Vec<Effect> {
    let mut screen = ConsoleSignIn::new(None, &state.catalog, state.demo);
    screen.opened_from = Some(account_access);
    state.open(screen);
    start(state)
}

fn text(state: &mut State, text: &str) {
    if let Some(screen) = state.screen_mut::<ConsoleSignIn>()
        && screen.wants_text()
    {
        screen.pasted.insert(text);
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let demo = state.demo;
    let Some(screen) = state.screen_mut::<ConsoleSignIn>() else {
        return Vec::new();
    };
    let wanted = screen.wanted.clone();
    match (action, &mut screen.stage) {
        (Action::Back, ConsoleStage::Starting(_) | ConsoleStage::Waiting(_)) => {
            state.close();
            vec![Effect::CancelSignIn]
        }
        (Action::Back, _) => {
            state.close();
            Vec::new()
        }
        (Action::Accept, ConsoleStage::Ready | ConsoleStage::Failed(_)) => start(state),
        (Action::OpenPage, ConsoleStage::Ready | ConsoleStage::Failed(_)) => {
            screen.method = SignInMethod::Browser;
            start(state)
        }
        (
            Action::DeviceCode,
            ConsoleStage::Ready | ConsoleStage::Waiting(_) | ConsoleStage::Failed(_),
        ) => {
            screen.method = SignInMethod::Device;
            start(state)
        }
        (Action::Copy, ConsoleStage::Waiting(waiting)) => {
            let url = waiting.page.url.clone();
            state.notify(Tone::Good, "sent the address to the clipboard".to_owned());
            vec![Effect::Copy(url)]
        }
        (action, ConsoleStage::Waiting(waiting)) => match (action, &mut waiting.browser) {
            (Action::Accept | Action::OpenPage, Browser::Here(_)) => {
                vec![Effect::OpenSignInPage(waiting.page.url.clone())]
            }
            (Action::ApproveDemo, Browser::Here(_)) if demo => {
                let url = waiting.page.url.clone();
                vec![Effect::PickSession { url, wanted }]
            }
            (
                Action::Accept,
                Browser::Elsewhere {
                    mistake,
                    is_checking,
                },
            ) if !screen.pasted.is_empty() && !*is_checking => {
                *mistake = None;
                *is_checking = true;
                vec![Effect::TakeConsoleText(screen.pasted.take())]
            }
            (Action::DeleteBack | Action::DeleteLine, Browser::Elsewhere { .. }) => {
                // What is hidden cannot be corrected.
                let _ = screen.pasted.take();
                Vec::new()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn start(state: &mut State) -> Vec<Effect> {
    let ticket = state.next_ticket();
    let Some(screen) = state.screen_mut::<ConsoleSignIn>() else {
        return Vec::new();
    };
    screen.stage = ConsoleStage::Starting(ticket);
    let _ = screen.pasted.take();
    let (profile, method) = (screen.profile.clone(), screen.method);
    vec![
        Effect::CancelSignIn,
        Effect::ConsoleSignIn {
            ticket,
            profile,
            method,
        },
    ]
}

/// The sign-in with this open question, in front or below others.
fn waiting(state: &mut State, ticket: Ticket) -> Option<&mut ConsoleSignIn> {
    state.find_mut(|screen: &ConsoleSignIn| screen.ticket() == Some(ticket))
}

pub(crate) fn step(state: &mut State, ticket: Ticket, step: ConsoleStep) -> Vec<Effect> {
    let Some(screen) = waiting(state, ticket) else {
        return Vec::new();
    };
    match (step, &mut screen.stage) {
        (
            ConsoleStep::Page {
                page,
                is_elsewhere,
                assumed_region,
            },
            stage,
        ) => {
            *stage = ConsoleStage::Waiting(Waiting {
                ticket,
                page,
                assumed_region,
                browser: if is_elsewhere {
                    Browser::Elsewhere {
                        mistake: None,
                        is_checking: false,
                    }
                } else {
                    Browser::Here(None)
                },
            });
        }
        (step, ConsoleStage::Waiting(Waiting { browser, page, .. })) => match step {
            ConsoleStep::Opened => *browser = Browser::Here(Some(Ok(()))),
            ConsoleStep::NotOpened(why) => {
                *browser = Browser::Here(Some(Err(why)));
                return vec![Effect::Copy(page.url.clone())];
            }
            ConsoleStep::TextRefused(problem) => {
                *browser = Browser::Elsewhere {
                    mistake: Some(problem),
                    is_checking: false,
                }
            }
            ConsoleStep::Page { .. } => {}
        },
        _ => {}
    }
    Vec::new()
}

/// Asks before another identity takes the place of the profile's own.
pub(crate) fn confirm(state: &mut State, ticket: Ticket, question: String) -> Vec<Effect> {
    if waiting(state, ticket).is_none() {
        return vec![Effect::Answer(false)];
    }
    state.open(Confirm {
        title: question,
        detail: "No changes nothing, and you can pick another session.".to_owned(),
        yes: Yes::GoOn,
    });
    Vec::new()
}

pub(crate) fn ended(
    state: &mut State,
    ticket: Ticket,
    result: Result<(ConsoleProfile, Own), Problem>,
) -> Vec<Effect> {
    let Some(screen) = waiting(state, ticket) else {
        return Vec::new();
    };
    let (profile, own) = match result {
        Ok(signed_in) => signed_in,
        Err(problem) => {
            screen.stage = ConsoleStage::Failed(problem);
            return Vec::new();
        }
    };
    let then = std::mem::take(&mut screen.then);
    state.close_all(|screen: &ConsoleSignIn| screen.ticket() == Some(ticket));
    // It is another way to start than the forms that it was reached from.
    state.close_all(|_: &Onboarding| true);
    state.close_all(|_: &AddApp| true);
    state.notify(
        Tone::Good,
        format!("signed in to the console as {}", profile.identity),
    );
    if profile.is_region_assumed {
        let text = format!("no region is set; assumed {}", profile.region);
        state.notify(Tone::Note, text);
    }
    let id = own.entry();
    state
        .catalog
        .own
        .insert(Arc::clone(&own.name), Arc::new(own));
    state.picker.failed.remove(&id);
    list::rebuild(state);
    if then.is_empty() {
        list::clear(state);
        list::select(state, &RowKey::Entry(id));
    }
    let mut effects = vec![Effect::LoadFacts];
    for request in then {
        effects.extend(entry::start(state, request));
    }
    effects
}

/// The answer to [`Effect::OpenSignInPage`].
pub(crate) fn opened(state: &mut State, result: &Result<(), Problem>) -> Vec<Effect> {
    let Some(ConsoleSignIn {
        stage: ConsoleStage::Waiting(waiting),
        ..
    }) = state.screen_mut::<ConsoleSignIn>()
    else {
        return Vec::new();
    };
    let Browser::Here(browser) = &mut waiting.browser else {
        return Vec::new();
    };
    let why = |problem: &Problem| {
        let detail = problem.detail.as_ref();
        detail.unwrap_or(&problem.title).to_string()
    };
    *browser = Some(result.as_ref().copied().map_err(why));
    if result.is_ok() {
        return Vec::new();
    }
    vec![Effect::Copy(waiting.page.url.clone())]
}
