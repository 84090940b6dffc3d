//! Adding a portal: a start URL, then the fields that could not be detected.

use super::{NAME, Onboarding, REGION, URL};
use crate::domain::instance::at_address;
use crate::domain::portal::StartUrlFound;
use crate::domain::profile::is_valid_name;
use crate::domain::{InputField, Method, Portal, Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::screens::console_sign_in;
use crate::tui::screens::sign_in::SignIn;
use crate::tui::state::{LONG, Reducer, Screen, State, Tone};

impl Screen for Onboarding {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Onboarding, Context::Text]
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }

    fn unavailable(&self, _state: &State, action: Action) -> Option<&'static str> {
        let stays = action == Action::Back && self.is_saving() && self.first_run;
        stays
            .then_some("the portal is being saved")
            .or_else(|| self.form.unavailable(action))
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
    if let Some(screen) = state.screen_mut::<Onboarding>() {
        screen.form.insert(text);
        edited(screen);
    }
}

/// Hides the other fields after a change of the address: they belong to the old one.
fn edited(screen: &mut Onboarding) {
    screen.regions.select_best();
    if screen.form.focus == URL {
        screen.form.shown = 1;
        screen.tile = None;
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(screen) = state.screen_mut::<Onboarding>() else {
        return Vec::new();
    };
    let is_saving = screen.is_saving();
    let form = &mut screen.form;
    match action {
        // What is being saved is told when it is done. The first form stays: nothing is behind it.
        Action::Back if is_saving => {
            if !screen.first_run {
                state.close();
            }
        }
        Action::Back if form.waiting.is_some() => form.waiting = None,
        Action::Back if form.shown > 1 => {
            (form.shown, form.focus, form.problem) = (1, URL, None);
        }
        Action::Back if screen.first_run => return state.leave(),
        Action::Back => state.close(),
        action if screen.regions.key(form, REGION, action) => {}
        Action::ConsoleSignIn if form.waiting.is_none() => console_sign_in::update::open(state),
        Action::Accept if form.is_account_access() => {
            let address = form.text(URL);
            return console_sign_in::update::begin(state, address);
        }
        Action::Accept if form.waiting.is_none() => return accept(state),
        action => {
            if !form.move_focus(action) && form.edit(action) {
                edited(screen);
            }
        }
    }
    Vec::new()
}

fn accept(state: &mut State) -> Vec<Effect> {
    let ticket = state.next_ticket();
    let Some(screen) = state.screen_mut::<Onboarding>() else {
        return Vec::new();
    };
    let form = &mut screen.form;
    let required = [
        (
            URL,
            "the start URL is missing",
            "paste the address of your access portal",
        ),
        (
            REGION,
            "the region is missing",
            "ask your administrator; a region looks like eu-west-1",
        ),
        (
            NAME,
            "the name is missing",
            "choose a short name for the portal",
        ),
    ];
    for (field, what, hint) in required.into_iter().take(form.shown) {
        if form.text(field).is_empty() {
            form.refuse(field, Problem::new(ProblemKind::Usage, what).hint(hint));
            return Vec::new();
        }
    }
    form.waiting = Some(ticket);
    let url = form.text(URL);
    if form.shown == 1 {
        if url.contains("#/saml/") {
            screen.tile = Some(url.clone());
        }
        return vec![Effect::FindRegion { ticket, url }];
    }
    let (region, name) = (form.text(REGION), form.text(NAME));
    vec![Effect::AddPortal {
        ticket,
        name,
        url,
        region,
    }]
}

pub(crate) fn region_found(
    state: &mut State,
    ticket: Ticket,
    result: Result<StartUrlFound, Problem>,
) -> Vec<Effect> {
    let Some(screen) = asking(state, ticket) else {
        return Vec::new();
    };
    let form = &mut screen.form;
    form.waiting = None;
    match result {
        Ok(found) => {
            if form.fields[NAME].is_empty() {
                form.fields[NAME] = Input::new(&suggest_name(&found.url));
            }
            form.fields[URL] = Input::new(&found.url);
            screen.region_found = found.region.is_some();
            if let Some(region) = found.region {
                form.fields[REGION] = Input::new(&region);
            }
            form.shown = 3;
            form.focus = if screen.region_found { NAME } else { REGION };
            warn_of_second_name(state, &found.url);
        }
        Err(problem) => form.problem = Some(problem),
    }
    Vec::new()
}

/// Tells that a portal with this address exists. Two names for one are allowed.
fn warn_of_second_name(state: &mut State, url: &str) {
    let portals = state.facts.sessions.iter().map(|session| &session.portal);
    if let Some(portal) = at_address(portals, url) {
        let text = format!("the portal {} has this address already", portal.name);
        let hint = "you can save it under a second name".to_owned();
        state.toast(Tone::Note, text, Some(hint), LONG);
    }
}

/// The screen with this open question.
fn asking(state: &mut State, ticket: Ticket) -> Option<&mut Onboarding> {
    state.find_mut(|screen: &Onboarding| screen.form.waiting == Some(ticket))
}

/// The customer's name in the host, if it has one.
fn suggest_name(url: &str) -> String {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let label = host.split(['.', '/']).next().unwrap_or_default();
    let generated = label.starts_with("d-") || label.starts_with("ssoins-") || label == "start";
    if generated || !is_valid_name(label) {
        "my-sso".to_owned()
    } else {
        label.to_owned()
    }
}

/// The answer to [`Effect::AddPortal`].
pub(crate) fn added(
    state: &mut State,
    ticket: Ticket,
    result: Result<Portal, Problem>,
) -> Vec<Effect> {
    let Some(screen) = asking(state, ticket) else {
        // The form was closed.
        match result {
            Ok(portal) => state.notify(Tone::Good, format!("saved the portal {}", portal.name)),
            Err(problem) => state.notify_error(&problem),
        }
        return vec![Effect::LoadFacts];
    };
    match result {
        Ok(portal) => {
            let tile = screen.tile.take();
            state.close_all(|_: &Onboarding| true);
            state.open(SignIn::new(portal, None, state.demo));
            let mut effects = vec![Effect::LoadFacts];
            if let Some(url) = tile {
                let ticket = state.next_ticket();
                effects.push(Effect::AddApp {
                    ticket,
                    url,
                    name: None,
                    method: Method::default(),
                });
            }
            effects
        }
        Err(problem) => {
            let fields = [InputField::Address, InputField::Region, InputField::Name];
            screen.form.fail(problem, fields);
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_suggested() {
        assert_eq!(suggest_name("https://acme.awsapps.com/start"), "acme");
        assert_eq!(
            suggest_name("https://d-1234567890.awsapps.com/start"),
            "my-sso"
        );
    }
}
