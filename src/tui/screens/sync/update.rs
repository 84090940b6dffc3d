//! The sync screen: a plan, ticks, one question, one write.

use std::collections::BTreeSet;

use super::{SyncScreen, SyncStage};
use crate::domain::guard::describe;
use crate::domain::sync::{SyncChange, SyncPreview, SyncScope};
use crate::domain::text::plural;
use crate::domain::{EntryId, Kind, Problem};
use crate::tui::action::Action;
use crate::tui::cursor::ListCursor;
use crate::tui::keymap::Context;
use crate::tui::layout::dialog_list;
use crate::tui::msg::{Effect, Ticket};
use crate::tui::screens::confirm::{Confirm, Yes};
use crate::tui::screens::picker::View;
use crate::tui::state::{LONG, Reducer, Screen, State, Tone};
use crate::tui::text::number;

/// The guarded entries that the question names; of the others it tells the number.
const MAX_NAMES: usize = 5;

impl Screen for SyncScreen {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Sync, Context::QueryEmpty]
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

    fn unavailable(&self, _state: &State, action: Action) -> Option<&'static str> {
        match (action, self.stage) {
            (Action::Accept | Action::Tick | Action::TickAll, SyncStage::Planning) => {
                Some("the plan is still loading")
            }
            (Action::Accept | Action::Tick | Action::TickAll, SyncStage::Writing) => {
                Some("the profiles are being written")
            }
            (Action::Tick | Action::TickAll, _) if self.rows.is_empty() => {
                Some("there is nothing to write")
            }
            _ => None,
        }
    }

    fn twice(&self) -> Action {
        Action::Tick
    }

    fn is_counting(&self) -> bool {
        self.stage != SyncStage::Choosing
    }
}

/// Opens the screen for the entries of the view that match the query.
pub(crate) fn open(state: &mut State) -> Vec<Effect> {
    let Some(scope) = scope(state) else {
        state.notify(
            Tone::Note,
            "your own profiles are in the AWS files already".to_owned(),
        );
        return Vec::new();
    };
    let ticket = state.next_ticket();
    state.open(SyncScreen {
        ticket,
        stage: SyncStage::Planning,
        rows: Vec::new(),
        ticked: Vec::new(),
        unchanged: 0,
        skipped: 0,
        selected: 0,
        first: 0,
    });
    vec![Effect::PlanSync { ticket, scope }]
}

/// The entries of the view that match the query; `None` for those that are never written.
fn scope(state: &State) -> Option<SyncScope> {
    let pins = &state.facts.history.pins;
    let (kind, entries) = match state.picker.view {
        View::All => (None, None),
        View::Organizations => (Some(Kind::Org), None),
        View::External => (Some(Kind::External), None),
        View::Active => (None, Some(state.live().cloned().collect())),
        View::Pinned => (None, Some(pins.iter().cloned().collect())),
        View::Profiles => return None,
    };
    let query = state.picker.query.text();
    Some(SyncScope {
        query: (!query.trim().is_empty()).then_some(query),
        portal: state.only_portal.clone(),
        kind,
        entries,
    })
}

/// The answer to [`Effect::PlanSync`]: everything is ticked but what is removed.
pub(crate) fn planned(
    state: &mut State,
    ticket: Ticket,
    result: Result<SyncPreview, Problem>,
) -> Vec<Effect> {
    let Some(screen) = state.find_mut::<SyncScreen>(|screen| screen.ticket == ticket) else {
        return Vec::new();
    };
    let preview = match result {
        Ok(preview) => preview,
        Err(problem) => {
            state.close_all::<SyncScreen>(|screen| screen.ticket == ticket);
            state.notify_error(&problem);
            return Vec::new();
        }
    };
    let count = |change| {
        preview
            .rows
            .iter()
            .filter(|row| row.change == change)
            .count()
    };
    screen.unchanged = count(SyncChange::Unchanged);
    screen.skipped = count(SyncChange::Skipped);
    screen.rows = preview.rows;
    screen.rows.retain(|row| row.change.is_written());
    let is_ticked = |row: &crate::domain::sync::SyncRow| row.change != SyncChange::Removed;
    screen.ticked = screen.rows.iter().map(is_ticked).collect();
    screen.stage = SyncStage::Choosing;
    for warning in preview.warnings {
        state.notify(Tone::Note, warning);
    }
    Vec::new()
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let page = dialog_list(state, other_rows(state));
    let Some(screen) = state.screen_mut::<SyncScreen>() else {
        return Vec::new();
    };
    let is_choosing = screen.stage == SyncStage::Choosing;
    match action {
        Action::Back => state.close(),
        Action::Tick if is_choosing => {
            if let Some(ticked) = screen.ticked.get_mut(screen.selected) {
                *ticked = !*ticked;
            }
        }
        Action::TickAll if is_choosing => {
            let none = !screen.ticked.contains(&true);
            for (row, ticked) in screen.rows.iter().zip(&mut screen.ticked) {
                // What is removed is ticked one by one.
                *ticked = none && row.change != SyncChange::Removed;
            }
        }
        Action::Accept if is_choosing => ask(state),
        action => {
            let cursor = ListCursor {
                count: screen.rows.len(),
                page,
            };
            let selected = screen.selected;
            screen.selected = cursor.moved(selected, action).unwrap_or(selected);
        }
    }
    Vec::new()
}

/// Asks whether the ticked rows are written. The question names the guarded ones.
fn ask(state: &mut State) {
    let Some(screen) = state.screen::<SyncScreen>() else {
        return;
    };
    if screen.rows.is_empty() {
        return state.close();
    }
    let title = match screen.counts() {
        (0, 0) => return state.notify(Tone::Note, "no row is ticked".to_owned()),
        (0, removed) => format!("Remove {}?", profiles(removed)),
        (written, 0) => format!("Write {}?", profiles(written)),
        (written, removed) => format!("Write {} and remove {removed}?", profiles(written)),
    };
    let mut detail =
        "This is one change of the AWS files. No credentials are requested.".to_owned();
    let guarded = guarded(state, screen);
    if !guarded.is_empty() {
        let named = guarded.iter().take(MAX_NAMES);
        let named: Vec<String> = named.map(|id| describe(&state.catalog, id)).collect();
        let more = guarded.len().saturating_sub(MAX_NAMES);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        detail = format!("Guarded: {}{more}. {detail}", named.join(", "));
    }
    state.open(Confirm {
        title,
        detail,
        yes: Yes::Sync,
    });
}

/// The ticked entries that the guard asks about.
fn guarded(state: &State, screen: &SyncScreen) -> BTreeSet<EntryId> {
    let written = screen
        .chosen()
        .filter(|row| row.change != SyncChange::Removed);
    let guarded = written.filter(|row| state.must_confirm(&row.entry));
    guarded.map(|row| row.entry.clone()).collect()
}

/// The yes to the question: writes the ticked rows.
pub(crate) fn confirmed(state: &mut State) -> Vec<Effect> {
    let Some(screen) = state.screen::<SyncScreen>() else {
        return Vec::new();
    };
    let chosen = screen.chosen().map(|row| row.name.clone()).collect();
    let (ticket, guarded) = (screen.ticket, guarded(state, screen));
    state.confirmed.extend(guarded);
    if let Some(screen) = state.screen_mut::<SyncScreen>() {
        screen.stage = SyncStage::Writing;
    }
    vec![Effect::ApplySync { ticket, chosen }]
}

/// The answer to [`Effect::ApplySync`].
pub(crate) fn synced(
    state: &mut State,
    ticket: Ticket,
    result: Result<Vec<String>, Problem>,
) -> Vec<Effect> {
    let screen = state.find_mut::<SyncScreen>(|screen| screen.ticket == ticket);
    let warnings = match result {
        Ok(warnings) => warnings,
        Err(problem) => {
            if let Some(screen) = screen {
                screen.stage = SyncStage::Choosing;
            }
            state.notify_error(&problem);
            return vec![Effect::LoadFacts];
        }
    };
    let text = match screen.map(|screen| screen.counts()) {
        Some((written, 0)) => format!("{} written", profiles(written)),
        Some((0, removed)) => format!("{} removed", profiles(removed)),
        Some((written, removed)) => format!("{} written, {removed} removed", profiles(written)),
        None => "the profiles are written".to_owned(),
    };
    state.close_all::<SyncScreen>(|screen| screen.ticket == ticket);
    for warning in warnings {
        state.notify(Tone::Note, warning);
    }
    let undo = "to undo it, run: roledex undo".to_owned();
    state.toast(Tone::Good, text, Some(undo), LONG);
    vec![Effect::LoadFacts]
}

fn profiles(count: usize) -> String {
    format!("{} {}", number(count), plural(count, "profile"))
}

/// The rows beside the list: the summary, and the selected profile.
pub(super) fn other_rows(state: &State) -> usize {
    1 + detail_rows(state)
}

/// The rows for the selected profile, with the blank one before them where there is room for it.
pub(super) fn detail_rows(state: &State) -> usize {
    if state.size.1 < 16 { 1 } else { 4 }
}
