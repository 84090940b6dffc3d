//! The end of a capture: the roles in the response, and the choice of one.

use std::sync::Arc;

use super::Roles;
use crate::domain::{AppRole, CaptureStep, CatalogEvent, Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::keymap::Context;
use crate::tui::layout::dialog_list;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::request::Request;
use crate::tui::screens::capture::CaptureStage;
use crate::tui::screens::capture::update::{self as capture, close, waiting};
use crate::tui::screens::picker::{entry, list};
use crate::tui::screens::sign_in::SignIn;
use crate::tui::state::{Reducer, Screen, State, Tone};

impl Screen for Roles {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Roles, Context::QueryEmpty]
    }

    fn reducer(&self) -> Reducer {
        Reducer::keys(key)
    }

    fn select(&mut self, row: usize) {
        self.selected = row;
    }

    fn keep_first(&mut self, line: usize) {
        self.first = line;
    }
}

/// A capture ended, and the request continues.
pub(crate) fn captured(
    state: &mut State,
    ticket: Ticket,
    result: Result<Vec<AppRole>, Problem>,
) -> Vec<Effect> {
    let Some(screen) = waiting(state, ticket) else {
        return Vec::new();
    };
    let by_portal = matches!(
        &screen.stage,
        CaptureStage::Working {
            step: Some(CaptureStep::AskingPortal),
            ..
        }
    );
    let (app, then) = (screen.app.clone(), screen.then.clone());
    let roles = match result {
        Ok(roles) => roles,
        Err(problem) => {
            if let ProblemKind::SignInNeeded { portal } = &problem.kind
                && let Some(session) = state.session(portal)
            {
                let portal = session.portal.clone();
                close(state, &app);
                let then = Request::Capture(app, Box::new(then));
                state.open(SignIn::new(portal, Some(then), state.demo));
            } else if let Some(screen) = waiting(state, ticket) {
                screen.stage = CaptureStage::Failed(problem);
            }
            return Vec::new();
        }
    };
    close(state, &app);
    // The settings have its new method now.
    let known = capture::app(state, &app.name);
    let is_kept = known.is_some_and(|known| known.method != app.method);
    state.catalog.apply(CatalogEvent::App {
        app: Arc::clone(&app.name),
        roles,
        at: state.now,
    });
    list::rebuild(state);
    if by_portal {
        let how = format!(
            "{}: found its roles through the portal, without a browser",
            app.name
        );
        state.notify(Tone::Note, how);
    }
    let mut effects = entry::start(state, then);
    if is_kept {
        effects.push(Effect::LoadFacts);
    }
    effects
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let page = dialog_list(state, 0);
    let Some(screen) = state.screen_mut::<Roles>() else {
        return Vec::new();
    };
    let cursor = ListCursor {
        count: screen.entries.len(),
        page,
    };
    match action {
        Action::Back => {
            state.close();
        }
        Action::Accept => {
            let chosen = screen.entries.get(screen.selected).cloned();
            let action = screen.action;
            state.close();
            if let Some(entry) = chosen {
                return entry::on_role(state, action, entry);
            }
        }
        action => {
            let selected = screen.selected;
            screen.selected = cursor.moved(selected, action).unwrap_or(selected);
        }
    }
    Vec::new()
}
