//! Keys on the list of portals: signing in and out, adding, changing, removing, and listing again.

use std::sync::Arc;

use super::{Portals, Row, rows};
use crate::domain::portal::PortalSession;
use crate::domain::profile::Mode;
use crate::domain::{App, EntryId, Kind, Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::keymap::Context;
use crate::tui::layout::dialog_list;
use crate::tui::msg::Effect;
use crate::tui::screens::add_app::AddApp;
use crate::tui::screens::confirm::{Confirm, Yes};
use crate::tui::screens::edit_portal::EditPortal;
use crate::tui::screens::onboarding::Onboarding;
use crate::tui::screens::picker::portals::{reload_portal, sign_in_or_ask};
use crate::tui::screens::picker::{View, list};
use crate::tui::state::{Reducer, Screen, State, Tone};

impl Screen for Portals {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Portals, Context::QueryEmpty]
    }

    fn reducer(&self) -> Reducer {
        Reducer::keys(key)
    }

    fn unavailable(&self, state: &State, action: Action) -> Option<&'static str> {
        let adds = matches!(action, Action::AddPortal | Action::AddApp);
        match (rows(state).get(self.selected), action) {
            (None, Action::Portals) => None,
            (None, _) if !adds => Some("nothing is selected"),
            (Some(Row::Own), Action::SignInOut | Action::Reload) => {
                Some("profiles have no portal here")
            }
            (Some(Row::Own), Action::Edit | Action::Remove) => Some("they are yours"),
            (Some(Row::App(_)), Action::Edit) => Some("it is changed in config.toml"),
            (Some(Row::App(_)), Action::SignInOut) => Some("select its portal"),
            _ => None,
        }
    }

    fn select(&mut self, row: usize) {
        self.selected = row;
    }

    fn keep_first(&mut self, line: usize) {
        self.first = line;
    }

    fn is_counting(&self) -> bool {
        true
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let rows = rows(state);
    let cursor = ListCursor {
        count: rows.len(),
        page: dialog_list(state, 0),
    };
    let Some(screen) = state.screen_mut::<Portals>() else {
        return Vec::new();
    };
    // The last row may have been removed.
    screen.selected = screen.selected.min(rows.len().saturating_sub(1));
    if let Some(selected) = cursor.moved(screen.selected, action) {
        screen.selected = selected;
        return Vec::new();
    }
    let row = rows.get(screen.selected).cloned();
    match action {
        Action::Back | Action::Portals => state.close(),
        // What the row is.
        Action::AddPortal if matches!(row, Some(Row::App(_))) => state.open(AddApp::default()),
        Action::AddPortal => state.open(Onboarding::new(false)),
        Action::AddApp => state.open(AddApp::default()),
        action => return row.map_or_else(Vec::new, |row| on_row(state, action, &row)),
    }
    Vec::new()
}

/// Runs an action on the selected row.
fn on_row(state: &mut State, action: Action, row: &Row) -> Vec<Effect> {
    match (action, row) {
        (Action::Accept, Row::Own) => {
            state.close();
            list::clear(state);
            list::show(state, View::Profiles);
        }
        (Action::Accept, Row::Portal(name) | Row::App(name)) => {
            state.close();
            list::show(state, View::All);
            list::only(state, name);
        }
        (Action::Remove, Row::App(name)) => {
            let question = removal_of_app(state, name);
            state.open(question);
        }
        (_, Row::Own) => note(state, "roledex does not change your own profiles"),
        (Action::Edit, Row::App(_)) => {
            note(state, "apps are changed in config.toml, under [apps.NAME]");
        }
        (Action::SignInOut, Row::App(_)) => {
            note(state, "an app has no sign-in of its own: select its portal");
        }
        (_, Row::App(name)) => {
            let app = app(state, name);
            let portal = app.and_then(|app| app.portal.clone());
            match portal.and_then(|portal| state.session(&portal).cloned()) {
                Some(session) => return on_portal(state, action, session),
                None => note(state, "this app has no portal"),
            }
        }
        (_, Row::Portal(name)) => {
            if let Some(session) = state.session(name).cloned() {
                return on_portal(state, action, session);
            }
        }
    }
    Vec::new()
}

fn on_portal(state: &mut State, action: Action, session: PortalSession) -> Vec<Effect> {
    match action {
        Action::SignInOut => sign_in_or_ask(state, session),
        Action::Reload => return reload_portal(&session.portal.name),
        Action::Edit => state.open(EditPortal::new(&session.portal)),
        Action::Remove => match users(state, &session.portal.name) {
            0 => {
                let question = removal(state, &session);
                state.open(question);
            }
            users => state.notify_error(&in_use(state, &session.portal.name, users)),
        },
        _ => {}
    }
    Vec::new()
}

fn note(state: &mut State, text: &str) {
    state.notify(Tone::Note, text.to_owned());
}

fn app<'a>(state: &'a State, name: &str) -> Option<&'a App> {
    state.facts.apps.iter().find(|app| *app.name == *name)
}

/// The question before a portal is removed: it says what is lost.
fn removal(state: &State, session: &PortalSession) -> Confirm {
    let name = &session.portal.name;
    let mut detail =
        "This removes its sso-session from the AWS config, and deletes its list of accounts and the \
         keys of its roles, also those of static profiles."
            .to_owned();
    if session.signed_in {
        detail += " It ends the sign-in.";
    }
    let of_portal = |app: &&App| app.portal.as_ref() == Some(name);
    let apps = state.facts.apps.iter().filter(of_portal).count();
    if apps > 0 {
        detail += &format!(" {apps} of your apps can then no longer be opened through it.");
    }
    Confirm {
        title: format!("Remove the portal {name}?"),
        detail,
        yes: Yes::RemovePortal(Arc::clone(name)),
    }
}

/// The number of profiles that name a portal's sso-session.
fn users(state: &State, portal: &Arc<str>) -> usize {
    let of_portal = |id: &EntryId| state.catalog.belongs_to(id.kind, &id.source, Some(portal));
    let profiles = state.facts.profiles.iter();
    let users = profiles.filter(|it| it.mode == Mode::Sso && of_portal(&it.entry));
    users.count()
}

/// A portal that profiles use is not removed.
fn in_use(state: &State, portal: &Arc<str>, users: usize) -> Problem {
    let key = state.keymap.key_for(&[Context::Picker], Action::Forget);
    let key = key.map_or_else(String::new, |key| format!("{key} "));
    let (title, them) = match users {
        1 => (format!("1 profile uses the portal {portal}"), "it"),
        users => (format!("{users} profiles use the portal {portal}"), "them"),
    };
    Problem::new(ProblemKind::NotOurs, title).hint(format!("forget {them} first: {key}in the list"))
}

/// The question before an app is removed.
fn removal_of_app(state: &State, name: &Arc<str>) -> Confirm {
    let profiles = state.facts.profiles.iter();
    let is_of_app = |entry: &EntryId| entry.kind == Kind::External && entry.source == *name;
    let profiles = profiles.filter(|it| is_of_app(&it.entry)).count();
    let detail = match profiles {
        0 => "This removes it from config.toml, with its roles.".to_owned(),
        1 => "This removes it from config.toml, with its roles, its credentials and 1 profile."
            .to_owned(),
        many => format!(
            "This removes it from config.toml, with its roles, its credentials and {many} profiles."
        ),
    };
    Confirm {
        title: format!("Remove the app {name}?"),
        detail,
        yes: Yes::RemoveApp(Arc::clone(name)),
    }
}

/// The answer to [`Effect::RemovePortal`].
pub(crate) fn removed(
    state: &mut State,
    portal: &Arc<str>,
    result: Result<Vec<String>, Problem>,
) -> Vec<Effect> {
    match result {
        Ok(warnings) => {
            state.notify(Tone::Good, format!("removed the portal {portal}"));
            for warning in warnings {
                state.notify(Tone::Note, warning);
            }
            state.refreshing.remove(portal);
            state.catalog.portals.remove(portal);
            list::rebuild(state);
        }
        Err(problem) => state.notify_error(&problem),
    }
    vec![Effect::LoadFacts]
}

/// The answer to [`Effect::RemoveApp`].
pub(crate) fn app_removed(
    state: &mut State,
    app: &Arc<str>,
    result: Result<Vec<String>, Problem>,
) -> Vec<Effect> {
    match result {
        Ok(profiles) if profiles.is_empty() => {
            state.notify(Tone::Good, format!("removed the app {app}"));
        }
        Ok(profiles) => state.notify(
            Tone::Good,
            format!("removed the app {app} and {}", profiles.join(", ")),
        ),
        Err(problem) => state.notify_error(&problem),
    }
    vec![Effect::LoadFacts]
}
