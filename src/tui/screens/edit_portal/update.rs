//! Changing the region and the scopes of a portal.

use std::sync::Arc;

use super::{EditPortal, REGION, SCOPES};
use crate::domain::portal::scopes;
use crate::domain::{InputField, Portal, Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::state::{Reducer, Screen, State, Tone};

impl Screen for EditPortal {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Onboarding, Context::Text]
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }

    fn unavailable(&self, _state: &State, action: Action) -> Option<&'static str> {
        (action == Action::ConsoleSignIn).then_some("not in this form")
    }

    fn focus(&mut self, field: usize) -> Option<&mut Input> {
        self.form.focus_on(field)
    }

    fn select(&mut self, row: usize) {
        self.regions.select(row);
    }

    fn turn(&mut self, rows: i32) -> bool {
        self.regions.turn(&self.form, REGION, rows);
        true
    }
}

fn text(state: &mut State, text: &str) {
    if let Some(screen) = state.screen_mut::<EditPortal>() {
        screen.form.insert(text);
        screen.regions.select_best();
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let ticket = state.next_ticket();
    let Some(EditPortal {
        name,
        form,
        regions,
        ..
    }) = state.screen_mut()
    else {
        return Vec::new();
    };
    match action {
        // What is being saved is told when it is done.
        Action::Back => state.close(),
        action if regions.key(form, REGION, action) => {}
        Action::Accept if form.waiting.is_none() => {
            let region = form.text(REGION);
            if region.is_empty() {
                let missing = Problem::new(ProblemKind::Usage, "the region is missing")
                    .hint("it is the region of the portal, such as eu-west-1");
                form.refuse(REGION, missing);
                return Vec::new();
            }
            let scopes = scopes(&form.text(SCOPES));
            form.waiting = Some(ticket);
            return vec![Effect::EditPortal {
                ticket,
                name: Arc::clone(name),
                region,
                scopes,
            }];
        }
        action => {
            if !form.move_focus(action) && form.edit(action) {
                regions.select_best();
            }
        }
    }
    Vec::new()
}

/// The answer to [`Effect::EditPortal`].
pub(crate) fn edited(
    state: &mut State,
    ticket: Ticket,
    result: Result<(Portal, Vec<String>), Problem>,
) -> Vec<Effect> {
    let is_saving = |screen: &EditPortal| screen.form.waiting == Some(ticket);
    match result {
        Ok((portal, warnings)) => {
            state.close_all(is_saving);
            state.notify(Tone::Good, format!("saved the portal {}", portal.name));
            for warning in warnings {
                state.notify(Tone::Note, warning);
            }
        }
        Err(problem) => match state.find_mut(is_saving) {
            Some(EditPortal { form, .. }) => {
                form.fail(problem, [InputField::Region, InputField::Scopes]);
            }
            None => state.notify_error(&problem),
        },
    }
    vec![Effect::LoadFacts]
}
