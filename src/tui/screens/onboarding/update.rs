//! Adding a portal: a start URL, then the fields that could not be detected.

use super::Onboarding;
use crate::domain::portal::StartUrlFound;
use crate::domain::profile::is_valid_name;
use crate::domain::{Portal, Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::screens::sign_in::SignIn;
use crate::tui::state::{Reducer, Screen, State};

/// The fields' places.
const URL: usize = 0;
const REGION: usize = 1;
const NAME: usize = 2;

impl Screen for Onboarding {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Onboarding, Context::Text]
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }
}

/// Opens the screen.
pub(crate) fn open(state: &mut State, first_run: bool) {
    state.open(Onboarding {
        shown: 1,
        first_run,
        ..Onboarding::default()
    });
}

fn text(state: &mut State, text: &str) {
    let Some(screen) = state.screen_mut::<Onboarding>() else {
        return;
    };
    screen.problem = None;
    let at = screen.at;
    if at == URL {
        // Another address: what was found out of the old one is void.
        screen.shown = 1;
    }
    screen.fields[at].insert(text.trim_matches(['\r', '\n']));
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(screen) = state.screen_mut::<Onboarding>() else {
        return Vec::new();
    };
    match action {
        Action::Back if screen.waiting.is_some() => screen.waiting = None,
        Action::Back if screen.first_run => return state.leave(),
        Action::Back => {
            state.close();
        }
        Action::Up => screen.at = screen.at.saturating_sub(1),
        Action::Down => screen.at = (screen.at + 1).min(screen.shown - 1),
        Action::Accept if screen.waiting.is_none() => return accept(state),
        action => {
            let at = screen.at;
            if screen.fields[at].edit(action) {
                screen.problem = None;
                if at == URL {
                    screen.shown = 1;
                }
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
    let text = |at: usize| screen.fields[at].text().trim().to_owned();
    if screen.shown == 1 {
        if text(URL).is_empty() {
            screen.problem = Some(missing(
                "the start URL is missing",
                "paste the address of your access portal",
            ));
            return Vec::new();
        }
        screen.waiting = Some(ticket);
        let url = text(URL);
        screen.tile = Some(url.clone()).filter(|url| url.contains("#/saml/"));
        return vec![Effect::FindRegion(ticket, url)];
    }
    for (at, what, hint) in [
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
    ] {
        if text(at).is_empty() {
            screen.at = at;
            screen.problem = Some(missing(what, hint));
            return Vec::new();
        }
    }
    let (name, url, region) = (text(NAME), text(URL), text(REGION));
    screen.waiting = Some(ticket);
    vec![Effect::AddPortal {
        ticket,
        name,
        url,
        region,
    }]
}

fn missing(what: &str, hint: &str) -> Problem {
    Problem::new(ProblemKind::Usage, what).hint(hint)
}

pub(crate) fn region_found(
    state: &mut State,
    ticket: Ticket,
    result: Result<StartUrlFound, Problem>,
) -> Vec<Effect> {
    let Some(screen) = state
        .screen_mut::<Onboarding>()
        .filter(|screen| screen.waiting == Some(ticket))
    else {
        return Vec::new();
    };
    screen.waiting = None;
    match result {
        Ok(found) => {
            if screen.fields[NAME].is_empty() {
                screen.fields[NAME] = Input::new(&suggest_name(&found.url));
            }
            screen.fields[URL] = Input::new(&found.url);
            screen.region_found = found.region.is_some();
            if let Some(region) = found.region {
                screen.fields[REGION] = Input::new(&region);
            }
            screen.shown = 3;
            screen.at = if screen.region_found { NAME } else { REGION };
        }
        Err(problem) => screen.problem = Some(problem),
    }
    Vec::new()
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

pub(crate) fn added(
    state: &mut State,
    ticket: Ticket,
    result: Result<Portal, Problem>,
) -> Vec<Effect> {
    let Some(screen) = state
        .screen_mut::<Onboarding>()
        .filter(|screen| screen.waiting == Some(ticket))
    else {
        return Vec::new();
    };
    screen.waiting = None;
    match result {
        Ok(portal) => {
            let tile = screen.tile.take();
            state.close();
            state.open(SignIn::new(portal, None, state.demo));
            let mut effects = vec![Effect::LoadFacts];
            if let Some(url) = tile {
                let ticket = state.next_ticket();
                let name = None;
                effects.push(Effect::AddApp { ticket, url, name });
            }
            effects
        }
        Err(problem) => {
            screen.problem = Some(problem);
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
