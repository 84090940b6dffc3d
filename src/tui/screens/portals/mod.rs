//! The portals with their sign-ins and lists, the apps, and the own profiles.

#[cfg(test)]
mod tests;
pub(crate) mod update;
mod view;

use std::sync::Arc;

use crate::tui::state::State;

/// The list of portals and apps.
#[derive(Debug, Default)]
pub(crate) struct Portals {
    /// The index of the selected row.
    pub selected: usize,
    /// The first line of the list on screen.
    pub first: usize,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Row {
    /// A portal.
    Portal(Arc<str>),
    /// An app.
    App(Arc<str>),
    /// The own profiles, all together.
    Own,
}

/// The rows: portals, apps, and the own profiles if there are any.
fn rows(state: &State) -> Vec<Row> {
    let portals = state.facts.sessions.iter();
    let portals = portals.map(|session| Row::Portal(Arc::clone(&session.portal.name)));
    let apps = state.facts.apps.iter();
    let apps = apps.map(|app| Row::App(Arc::clone(&app.name)));
    let own = (!state.catalog.own.is_empty()).then_some(Row::Own);
    portals.chain(apps).chain(own).collect()
}
