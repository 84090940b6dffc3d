//! Choosing the region that an entry works in: it is checked, then saved in the settings.

use super::{NOT_SET, Regions};
use crate::domain::guard::{describe, describe_account};
use crate::domain::region::Part;
use crate::domain::text::clean;
use crate::domain::{EntryId, Problem};
use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::layout::dialog_list;
use crate::tui::msg::{Effect, KnownRegions, RegionChange, Ticket};
use crate::tui::state::{Reducer, Screen, State, Tone};

/// The rows beside the list: the query, a blank one, and two for the scope or a problem.
pub(super) const OTHER_ROWS: usize = 4;

impl Screen for Regions {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Regions, Context::Text]
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
    }

    fn unavailable(&self, _state: &State, action: Action) -> Option<&'static str> {
        match action {
            Action::Accept if self.saving.is_some() => Some("the region is being saved"),
            Action::Accept if self.waiting.is_some() => Some("the regions are still loading"),
            Action::Accept if self.known.is_none() => None,
            Action::Accept if self.rows().is_empty() => Some("no region matches"),
            _ => None,
        }
    }

    fn focus(&mut self, _field: usize) -> Option<&mut Input> {
        Some(&mut self.query)
    }

    fn select(&mut self, row: usize) {
        self.selected = row;
    }

    fn keep_first(&mut self, line: usize) {
        self.first = line;
    }
}

/// Opens the screen for an entry.
pub(crate) fn open(state: &mut State, id: EntryId) -> Vec<Effect> {
    let ticket = state.next_ticket();
    state.open(Regions {
        id: id.clone(),
        known: None,
        part: Part::Entry,
        query: Input::default(),
        selected: 0,
        first: 0,
        waiting: Some(ticket),
        saving: None,
        problem: None,
    });
    vec![Effect::LoadRegions { ticket, id }]
}

fn text(state: &mut State, text: &str) {
    if let Some(screen) = state.screen_mut::<Regions>() {
        screen.query.insert(text.trim_matches(['\r', '\n']));
        screen.select_best();
        screen.forget_problem();
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let page = dialog_list(state, OTHER_ROWS);
    let ticket = state.next_ticket();
    let Some(screen) = state.screen_mut::<Regions>() else {
        return Vec::new();
    };
    let rows = screen.rows();
    let cursor = ListCursor {
        count: rows.len(),
        page,
    };
    match action {
        Action::Region => state.close(),
        // What is being saved is told when it is done.
        Action::Back if screen.query.is_empty() || screen.saving.is_some() => state.close(),
        Action::Back => {
            screen.query = Input::default();
            screen.select_best();
            screen.forget_problem();
        }
        Action::Scope => {
            screen.part = match screen.part {
                Part::Entry => Part::Account,
                Part::Account => Part::Portal,
                Part::Portal => Part::Entry,
            };
            screen.forget_problem();
        }
        Action::Accept if screen.waiting.is_none() && screen.known.is_none() => {
            screen.waiting = Some(ticket);
            screen.problem = None;
            let id = screen.id.clone();
            return vec![Effect::LoadRegions { ticket, id }];
        }
        Action::Accept if screen.waiting.is_none() => {
            let Some(row) = rows.into_iter().nth(screen.selected) else {
                return Vec::new();
            };
            screen.waiting = Some(ticket);
            screen.saving = Some(row.name.clone());
            screen.problem = None;
            let change = RegionChange {
                id: screen.id.clone(),
                part: screen.part,
                region: Some(row.name).filter(|name| name != NOT_SET),
            };
            return vec![Effect::SetRegion { ticket, change }];
        }
        action => {
            if let Some(selected) = cursor.moved(screen.selected, action) {
                screen.selected = selected;
            } else if screen.query.edit(action) {
                screen.select_best();
                screen.forget_problem();
            }
        }
    }
    Vec::new()
}

/// The screen with this open question, which ends.
fn answered(state: &mut State, ticket: Ticket) -> Option<&mut Regions> {
    let screen = state.find_mut(|screen: &Regions| screen.waiting == Some(ticket))?;
    screen.waiting = None;
    screen.saving = None;
    Some(screen)
}

/// The answer to [`Effect::LoadRegions`].
pub(crate) fn loaded(
    state: &mut State,
    ticket: Ticket,
    result: Result<KnownRegions, Problem>,
) -> Vec<Effect> {
    if let Some(screen) = answered(state, ticket) {
        match result {
            Ok(known) => {
                screen.known = Some(known);
                screen.select_best();
            }
            Err(problem) => screen.problem = Some(problem),
        }
    }
    Vec::new()
}

/// The answer to [`Effect::SetRegion`].
pub(crate) fn set(
    state: &mut State,
    ticket: Ticket,
    change: &RegionChange,
    result: Result<Vec<String>, Problem>,
) -> Vec<Effect> {
    match result {
        Ok(warnings) => {
            state.close_all(|screen: &Regions| screen.waiting == Some(ticket));
            let whose = whose(state, &change.id, change.part);
            let text = match &change.region {
                None => format!("no region is set for {whose}"),
                Some(region) => format!("{region} is now the region of {whose}"),
            };
            state.notify(Tone::Good, text);
            for warning in warnings {
                state.notify(Tone::Note, warning);
            }
        }
        Err(problem) => match answered(state, ticket) {
            Some(screen) => screen.problem = Some(problem),
            None => state.notify_error(&problem),
        },
    }
    vec![Effect::LoadFacts]
}

/// Words for the part of an entry that a region is set for.
pub(super) fn whose(state: &State, id: &EntryId, part: Part) -> String {
    let entry = describe(&state.catalog, id);
    match part {
        Part::Entry => entry,
        Part::Account => match describe_account(&state.catalog, id) {
            Some(account) => format!("every role in {account}"),
            None => format!("the account of {entry}"),
        },
        Part::Portal => match state.catalog.portal_of(id.kind, &id.source) {
            Some(portal) => format!("every role of the portal {}", clean(portal)),
            None => format!("the portal of {entry}"),
        },
    }
}
