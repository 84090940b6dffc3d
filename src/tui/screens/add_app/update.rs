//! Adding an external account by the link of its tile.

use super::AddApp;
use crate::domain::{App, Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::screens::picker::{RowKey, list};
use crate::tui::state::{Reducer, Screen, State, Tone};

/// The fields' places.
const LINK: usize = 0;
const NAME: usize = 1;

impl Screen for AddApp {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Onboarding, Context::Text]
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }
}

fn text(state: &mut State, text: &str) {
    if let Some(screen) = state.screen_mut::<AddApp>() {
        screen.problem = None;
        screen.fields[screen.at].insert(text.trim_matches(['\r', '\n']));
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let ticket = state.next_ticket();
    let Some(screen) = state.screen_mut::<AddApp>() else {
        return Vec::new();
    };
    match action {
        Action::Back if screen.waiting.is_some() => screen.waiting = None,
        Action::Back => {
            state.close();
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

pub(crate) fn added(
    state: &mut State,
    ticket: Ticket,
    result: Result<App, Problem>,
) -> Vec<Effect> {
    let Some(screen) = state
        .screen_mut::<AddApp>()
        .filter(|screen| screen.waiting == Some(ticket))
    else {
        // Its link was pasted instead of a portal's address.
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
            state.close();
            state.notify(Tone::Good, format!("added the app {}", app.name));
            state.facts.apps.push(app.clone());
            if list::take_apps(state) {
                list::rebuild(state);
            }
            list::clear(state);
            list::select(state, &RowKey::Gap(app.name, None));
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
