//! Capturing a SAML response, choosing among its roles, and adding an app.

use std::sync::Arc;

use jiff::Timestamp;

use super::{entry, open_sign_in, rows};
use crate::domain::claim::Claim;
use crate::domain::text::clean;
use crate::domain::{
    App, AppRole, CaptureStep, CatalogEvent, EntryId, Method, Problem, ProblemKind,
};
use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::layout::dialog_list;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::state::{
    AddApp, Capture, CaptureStage, Confirm, Overlay, Pending, Roles, RowKey, State, Tone, Yes,
};

/// The fields' places.
const LINK: usize = 0;
const NAME: usize = 1;

/// Opens the screen and begins; what was wanted goes on after it.
pub(super) fn open(state: &mut State, app: App, then: Option<Pending>) -> Vec<Effect> {
    state.overlays.push(Overlay::Capture(Capture {
        app,
        stage: CaptureStage::Paste,
        pasted: crate::tui::input::Pasted::default(),
        then,
    }));
    start(state)
}

/// The app of a name, where it is known.
pub(super) fn app(state: &State, name: &str) -> Option<App> {
    state
        .facts
        .apps
        .iter()
        .find(|app| *app.name == *name)
        .cloned()
}

fn screen(state: &mut State) -> Option<&mut Capture> {
    match state.overlays.last_mut() {
        Some(Overlay::Capture(screen)) => Some(screen),
        _ => None,
    }
}

fn start(state: &mut State) -> Vec<Effect> {
    let ticket = state.next_ticket();
    let Some(screen) = screen(state) else {
        return Vec::new();
    };
    if screen.app.method == Method::File {
        screen.stage = CaptureStage::Paste;
        return Vec::new();
    }
    screen.stage = CaptureStage::Working {
        ticket,
        step: None,
        fell: None,
        until: None,
    };
    vec![
        Effect::CancelCapture,
        Effect::Capture(ticket, screen.app.clone()),
    ]
}

pub(super) fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let ticket = state.next_ticket();
    let Some(screen) = screen(state) else {
        return Vec::new();
    };
    match (action, &screen.stage) {
        (Action::Back, CaptureStage::Working { .. }) => {
            state.overlays.pop();
            vec![Effect::CancelCapture]
        }
        (Action::Back, _) => {
            state.overlays.pop();
            Vec::new()
        }
        (Action::Accept, _) if !screen.pasted.is_empty() => {
            screen.stage = CaptureStage::Working {
                ticket,
                step: None,
                fell: None,
                until: None,
            };
            let (app, response) = (screen.app.clone(), screen.pasted.take());
            vec![
                Effect::CancelCapture,
                Effect::TakeResponse(ticket, app, response),
            ]
        }
        (Action::Accept, CaptureStage::Failed(_)) => start(state),
        (Action::DeleteBack | Action::DeleteLine, _) => {
            let _ = screen.pasted.take();
            Vec::new()
        }
        (Action::Copy, _) => {
            let url = screen.app.url.clone();
            state.notify(Tone::Good, "copied the app's address".to_owned());
            vec![Effect::Copy(url)]
        }
        _ => Vec::new(),
    }
}

/// The capture whose open question a ticket is, wherever it lies.
fn waiting(state: &mut State, ticket: Ticket) -> Option<&mut Capture> {
    state.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Capture(screen) => match &screen.stage {
            CaptureStage::Working { ticket: open, .. } if *open == ticket => Some(screen),
            _ => None,
        },
        _ => None,
    })
}

pub(super) fn step(state: &mut State, ticket: Ticket, new: CaptureStep) -> Vec<Effect> {
    let end = state.now.as_second().saturating_add(state.capture_seconds);
    let end = Timestamp::from_second(end).unwrap_or(state.now);
    if let Some(Capture {
        stage: CaptureStage::Working {
            step, fell, until, ..
        },
        ..
    }) = waiting(state, ticket)
    {
        match new {
            CaptureStep::Fell { reason } => *fell = Some(reason),
            CaptureStep::Refused { why } => {
                *fell = Some(format!("A posted response was refused: {why}"));
            }
            new => {
                let person = matches!(new, CaptureStep::Window | CaptureStep::Loopback { .. });
                *until = person.then_some(end);
                *step = Some(new);
            }
        }
    }
    Vec::new()
}

/// Asks whether a posted response is for an account of the user.
pub(super) fn confirm(state: &mut State, ticket: Ticket, claim: &Claim) -> Vec<Effect> {
    if waiting(state, ticket).is_none() {
        return vec![Effect::AnswerResponse(false)];
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
    state.overlays.push(Overlay::Confirm(Confirm {
        title: format!("Is this your account? {}", roles.join(", ")),
        detail: format!(
            "{} posted a response for {}: the user is {}, the issuer {}. roledex will refuse any other account of this app.",
            clean(page),
            claim.app,
            clean(user),
            clean(issuer)
        ),
        yes: Yes::TakeResponse,
    }));
    Vec::new()
}

pub(super) fn ended(
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
    let app = screen.app.clone();
    let roles = match result {
        Ok(roles) => roles,
        Err(problem) => {
            if let ProblemKind::SignInNeeded { portal } = &problem.kind
                && let Some(session) = state.session(portal)
            {
                let portal = session.portal.clone();
                close(state, &app);
                open_sign_in(state, portal, Some(Pending::Capture(app)));
            } else if let Some(screen) = waiting(state, ticket) {
                screen.stage = CaptureStage::Failed(problem);
            }
            return Vec::new();
        }
    };
    let then = screen.then.take();
    close(state, &app);
    let entries: Vec<EntryId> = roles.iter().map(|role| role.entry(&app.name)).collect();
    state.catalog.apply(CatalogEvent::App {
        app: Arc::clone(&app.name),
        roles,
        at: state.now,
    });
    rows::rebuild(state);
    if by_portal {
        let how = format!(
            "{}: found its roles through the portal, without a browser",
            app.name
        );
        state.notify(Tone::Note, how);
    }
    match (then, entries.as_slice()) {
        (Some(then), _) => entry::start(state, then),
        (None, [entry]) => use_role(state, entry.clone()),
        (None, _) => {
            state.overlays.push(Overlay::Roles(Roles {
                app: app.name,
                entries,
                selected: 0,
            }));
            Vec::new()
        }
    }
}

fn close(state: &mut State, app: &App) {
    state
        .overlays
        .retain(|overlay| !matches!(overlay, Overlay::Capture(screen) if screen.app == *app));
}

/// Selects the entry's row, and uses it.
fn use_role(state: &mut State, entry: EntryId) -> Vec<Effect> {
    rows::select(state, &RowKey::Entry(entry.clone()));
    entry::use_entry(state, entry)
}

pub(super) fn roles_key(state: &mut State, action: Action) -> Vec<Effect> {
    let page = dialog_list(state, 0);
    let Some(Overlay::Roles(screen)) = state.overlays.last_mut() else {
        return Vec::new();
    };
    let cursor = ListCursor {
        count: screen.entries.len(),
        page,
    };
    match action {
        Action::Back => {
            state.overlays.pop();
        }
        Action::Accept => {
            let chosen = screen.entries.get(screen.selected).cloned();
            state.overlays.pop();
            if let Some(entry) = chosen {
                return use_role(state, entry);
            }
        }
        action => {
            let selected = screen.selected;
            screen.selected = cursor.moved(selected, action).unwrap_or(selected);
        }
    }
    Vec::new()
}

/// Opens the screen that adds an app.
pub(super) fn add(state: &mut State) {
    state.overlays.push(Overlay::AddApp(AddApp::default()));
}

fn adding(state: &mut State) -> Option<&mut AddApp> {
    match state.overlays.last_mut() {
        Some(Overlay::AddApp(screen)) => Some(screen),
        _ => None,
    }
}

pub(super) fn add_text(screen: &mut AddApp, text: &str) {
    screen.problem = None;
    screen.fields[screen.at].insert(text.trim_matches(['\r', '\n']));
}

pub(super) fn add_key(state: &mut State, action: Action) -> Vec<Effect> {
    let ticket = state.next_ticket();
    let Some(screen) = adding(state) else {
        return Vec::new();
    };
    match action {
        Action::Back if screen.waiting.is_some() => screen.waiting = None,
        Action::Back => {
            state.overlays.pop();
        }
        Action::Up => screen.at = LINK,
        Action::Down => screen.at = NAME,
        Action::Accept if screen.waiting.is_none() => {
            let text = |at: usize| screen.fields[at].text().trim().to_owned();
            let (url, name) = (text(LINK), text(NAME));
            if url.is_empty() {
                screen.at = LINK;
                screen.problem = Some(
                    Problem::new(ProblemKind::Usage, "the link is missing")
                        .hint("copy it from the tile in your access portal"),
                );
                return Vec::new();
            }
            screen.waiting = Some(ticket);
            let name = Some(name).filter(|name| !name.is_empty());
            return vec![Effect::AddApp { ticket, url, name }];
        }
        action => {
            if screen.fields[screen.at].edit(action) {
                screen.problem = None;
            }
        }
    }
    Vec::new()
}

pub(super) fn added(
    state: &mut State,
    ticket: Ticket,
    result: Result<App, Problem>,
) -> Vec<Effect> {
    let Some(screen) = adding(state).filter(|screen| screen.waiting == Some(ticket)) else {
        // Its link was pasted in place of a portal's address.
        return match result {
            Ok(app) => {
                state.notify(Tone::Good, format!("also added the app {}", app.name));
                vec![Effect::LoadFacts]
            }
            Err(problem) => {
                state.notify_error(&problem);
                Vec::new()
            }
        };
    };
    screen.waiting = None;
    match result {
        Ok(app) => {
            state.overlays.pop();
            state.notify(Tone::Good, format!("added the app {}", app.name));
            state.facts.apps.push(app.clone());
            if super::take_apps(state) {
                rows::rebuild(state);
            }
            rows::clear(state);
            rows::select(state, &RowKey::Gap(app.name, None));
            vec![Effect::LoadFacts]
        }
        Err(problem) => {
            // A link that does not say the name: the name is what is missing.
            if problem.kind == ProblemKind::Usage
                && problem
                    .hint
                    .as_deref()
                    .is_some_and(|hint| hint.contains("--name"))
            {
                screen.at = NAME;
            }
            screen.problem = Some(problem);
            Vec::new()
        }
    }
}
