//! Adding an external account by the link of its tile.

use super::{AddApp, LINK, METHOD, NAME};
use crate::domain::{App, InputField, Method, Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::screens::console_sign_in;
use crate::tui::screens::picker::{RowKey, list};
use crate::tui::state::{Reducer, Screen, State, Tone};

impl Screen for AddApp {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Onboarding, Context::Text]
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }

    fn unavailable(&self, _state: &State, action: Action) -> Option<&'static str> {
        self.form.unavailable(action)
    }

    fn focus(&mut self, field: usize) -> Option<&mut Input> {
        // The method is chosen, not typed.
        self.form.focus_on(field).filter(|_| field != METHOD)
    }
}

fn text(state: &mut State, text: &str) {
    if let Some(screen) = state.screen_mut::<AddApp>()
        && screen.form.focus != METHOD
    {
        screen.form.insert(text);
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let ticket = state.next_ticket();
    let Some(screen) = state.screen_mut::<AddApp>() else {
        return Vec::new();
    };
    let method = screen.method();
    let form = &mut screen.form;
    match action {
        // What is being saved is told when it is done.
        Action::Back => state.close(),
        Action::ConsoleSignIn if form.waiting.is_none() => console_sign_in::update::open(state),
        Action::Accept if form.is_account_access() => {
            let address = form.text(LINK);
            return console_sign_in::update::begin(state, address);
        }
        Action::Accept if form.waiting.is_none() => {
            let (url, name) = (form.text(LINK), form.text(NAME));
            if url.is_empty() {
                let missing = Problem::new(ProblemKind::Usage, "the link is missing")
                    .hint("copy it from the tile in your access portal");
                form.refuse(LINK, missing);
                return Vec::new();
            }
            form.waiting = Some(ticket);
            let name = Some(name).filter(|name| !name.is_empty());
            return vec![Effect::AddApp {
                ticket,
                url,
                name,
                method,
            }];
        }
        Action::CursorRight if form.focus == METHOD => screen.turn_method(1),
        Action::CursorLeft if form.focus == METHOD => screen.turn_method(Method::ALL.len() - 1),
        action => {
            let _ = form.move_focus(action) || form.focus != METHOD && form.edit(action);
        }
    }
    Vec::new()
}

/// The answer to [`Effect::AddApp`].
pub(crate) fn added(
    state: &mut State,
    ticket: Ticket,
    result: Result<App, Problem>,
) -> Vec<Effect> {
    let is_saving = |screen: &AddApp| screen.form.waiting == Some(ticket);
    let form = state.find_mut(is_saving).map(|screen| &mut screen.form);
    match (result, form) {
        (Ok(app), form) => {
            let is_shown = form.is_some();
            state.notify(Tone::Good, format!("added the app {}", app.name));
            if is_shown {
                state.close_all(is_saving);
                state.facts.apps.push(app.clone());
                if list::take_apps(state) {
                    list::rebuild(state);
                }
                list::clear(state);
                list::select(state, &RowKey::Gap(app.name, None));
            }
            vec![Effect::LoadFacts]
        }
        (Err(problem), Some(form)) => {
            form.fail(
                problem,
                [InputField::Address, InputField::Name, InputField::Method],
            );
            Vec::new()
        }
        // The form was closed, or the link was pasted instead of a portal's address.
        (Err(problem), None) => {
            state.notify_error(&problem);
            Vec::new()
        }
    }
}
