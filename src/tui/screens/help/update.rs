//! Help: the actions of the screen below in sections, made from the keymap, and the places that the list
//! leads to. Enter runs the selected row.

use std::sync::Arc;

use super::Help;
use crate::domain::text::clean;
use crate::domain::{EntryId, Item, Kind, Mark};
use crate::tui::action::{ACTIONS, Action, Group, Info};
use crate::tui::cursor::ListCursor;
use crate::tui::input::Input;
use crate::tui::keymap::Context;
use crate::tui::layout::dialog_list;
use crate::tui::msg::Effect;
use crate::tui::screens::picker::portals::{console_profile, selected_portal};
use crate::tui::screens::picker::{Row as ListRow, View, entry, fold, list};
use crate::tui::state::{Draw, Reducer, Screen, State};

/// One row of help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its section.
    pub group: Group,
    /// The keys as text, separated by blanks.
    pub keys: String,
    /// The label.
    pub label: String,
    /// Other words that find it.
    pub synonyms: &'static str,
    /// The command that Enter runs.
    pub run: Run,
    /// The reason why it cannot be run now.
    pub unavailable: Option<&'static str>,
}

/// The command of a row of help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// An action.
    Action(Action),
    /// Shows a view.
    Show(View),
    /// Shows one portal or app alone.
    Only(Arc<str>),
}

impl Screen for Help {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Palette, Context::Help, Context::Text]
    }

    fn reducer(&self) -> Reducer {
        Reducer { key, text }
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

impl Row {
    /// `true` if every word is in its texts.
    fn matches(&self, words: &str) -> bool {
        let title = self.group.title();
        let text = format!("{} {} {} {title}", self.label, self.keys, self.synonyms).to_lowercase();
        words.split_whitespace().all(|word| text.contains(word))
    }
}

/// Opens help for the screen that is in front.
pub(crate) fn open(state: &mut State) {
    let contexts = state.contexts();
    state.open(Help {
        query: Input::default(),
        selected: 0,
        first: 0,
        contexts,
    });
    select_best(state);
}

/// The rows that match the query, in the order of their sections.
#[must_use]
pub(crate) fn rows(state: &State, help: &Help) -> Vec<Row> {
    let words = help.query.text().to_lowercase();
    let mut rows = all_rows(state, help);
    rows.retain(|row| row.matches(&words));
    rows
}

/// Every row.
#[must_use]
pub(crate) fn all_rows(state: &State, help: &Help) -> Vec<Row> {
    let is_of_list = help.contexts.contains(&Context::Picker);
    let mut rows: Vec<Row> = ACTIONS
        .iter()
        // One row stands for both actions that open it.
        .filter(|info| info.action != Action::Palette)
        // The list has one field.
        .filter(|info| {
            !is_of_list || !matches!(info.action, Action::NextField | Action::PreviousField)
        })
        .map(|info| Row {
            group: group(info, is_of_list),
            keys: match info.action {
                Action::Help => keys(state, &help.contexts, &[Action::Help, Action::Palette]),
                action => keys(state, &help.contexts, &[action]),
            },
            label: label(state, info, is_of_list),
            synonyms: info.synonyms,
            run: Run::Action(info.action),
            unavailable: if is_of_list {
                unavailable(state, info.action)
            } else {
                state.below().unavailable(state, info.action)
            },
        })
        // An action of the list can be run without a key; elsewhere a key is what it is about.
        .filter(|row| !row.keys.is_empty() || (is_of_list && row.group != Group::Screen))
        .collect();
    if is_of_list {
        rows.extend(places(state));
    }
    let place = |group| Group::ALL.iter().position(|known| *known == group);
    rows.sort_by_key(|row| place(row.group));
    rows
}

/// The section of an action: above the list, what is neither moving nor typing is of the screen.
fn group(info: &Info, is_of_list: bool) -> Group {
    match info.group {
        group @ (Group::Move | Group::Text | Group::Program) => group,
        group if is_of_list => group,
        _ => Group::Screen,
    }
}

/// The words for an action on the list as it is now.
fn label(state: &State, info: &Info, is_of_list: bool) -> String {
    let words = match info.action {
        Action::SignInOut if is_of_list => selected_portal(state).map(|session| {
            let name = clean(&session.portal.name);
            if session.signed_in {
                format!("sign out of {name}")
            } else {
                format!("sign in to {name}")
            }
        }),
        Action::Pin if is_of_list => selected_id(state).map(|id| {
            let is_pinned = state.facts.history.pins.contains(&id);
            if is_pinned { "unpin" } else { "pin" }.to_owned()
        }),
        Action::Use if is_of_list => match state.selected() {
            Some(ListRow::Head(head)) if head.folded => Some("unfold the group".to_owned()),
            Some(ListRow::Head(_)) => Some("fold the group".to_owned()),
            Some(ListRow::Item(Item::Entry(_))) | None => {
                state.pick_only.then(|| state.choice.to_owned())
            }
            Some(_) => footer(&state.picker, state, Action::Use),
        },
        Action::Back if is_of_list && state.picker.query.is_empty() => Some("quit".to_owned()),
        Action::Back if is_of_list => Some("clear the search".to_owned()),
        Action::Copy if is_of_list => selected_id(state).map(|id| {
            let has_profile = id.kind == Kind::Profile || state.picker.profiles.contains_key(&id);
            let what = if has_profile {
                "copy the line for its profile"
            } else {
                "copy its id"
            };
            what.to_owned()
        }),
        // They close what they opened.
        Action::Settings | Action::Portals | Action::Region if !is_of_list => {
            Some("close".to_owned())
        }
        _ if is_of_list => None,
        action => footer(state.below(), state, action),
    };
    words.unwrap_or_else(|| info.label.to_owned())
}

/// The word for an action in the footer of a screen.
fn footer(screen: &(impl Draw + ?Sized), state: &State, action: Action) -> Option<String> {
    let hints = screen.hints(state);
    let hint = hints.iter().find(|(offered, _)| *offered == action);
    hint.map(|(_, word)| (*word).to_owned())
}

fn selected_id(state: &State) -> Option<EntryId> {
    state.selected()?.id().cloned()
}

/// The reason why an action on the list does nothing now.
fn unavailable(state: &State, action: Action) -> Option<&'static str> {
    let sessions = &state.facts.sessions;
    match action {
        Action::Use
        | Action::Refresh
        | Action::Subshell
        | Action::Export
        | Action::Console
        | Action::Copy
        | Action::Pin
        | Action::Region
        | Action::Forget => of_entry(state, action),
        Action::RefreshAll if state.picker.profiles.is_empty() => Some("no managed profiles yet"),
        Action::SignInOut if console_profile(state).is_some() => None,
        Action::SignInOut if sessions.is_empty() => Some("no portals yet"),
        Action::SignInOut if selected_portal(state).is_none() => Some("the entry has no portal"),
        Action::SignInAll if sessions.is_empty() => Some("no portals yet"),
        Action::SignInAll if sessions.iter().all(|session| session.signed_in) => {
            Some("already signed in")
        }
        Action::Group => fold::refused(state),
        Action::Here if state.here.is_none() => Some("this shell has no role"),
        _ => None,
    }
}

/// The reason why an action cannot be run on the selected row.
fn of_entry(state: &State, action: Action) -> Option<&'static str> {
    let entry = match state.selected() {
        Some(ListRow::Item(Item::Entry(entry))) => entry,
        Some(ListRow::Item(Item::Gap(_))) if action == Action::Export && !state.exports => {
            return Some("it needs rdx");
        }
        Some(ListRow::Item(Item::Gap(gap))) => return entry::refused(&gap, action),
        Some(ListRow::Session(_)) if action == Action::Refresh => return None,
        // A group is folded, and a portal signed in to.
        Some(_) if action == Action::Use => return None,
        _ => return Some("no entry selected"),
    };
    let own_problem = || entry.own.as_ref().and_then(|own| own.problem());
    let is_managed =
        entry.id.kind != Kind::Profile && state.picker.profiles.contains_key(&entry.id);
    match action {
        _ if entry.mark == Mark::Lost => Some("no longer assigned to you"),
        Action::Export if !state.exports => Some("it needs rdx"),
        Action::Forget if entry.id.kind == Kind::Profile => Some("it is your own profile"),
        Action::Forget if !is_managed => Some("it has no profile"),
        _ if own_problem().is_some() => Some("the profile cannot be used"),
        _ => None,
    }
}

/// The places that the list leads to: views, portals and apps.
fn places(state: &State) -> Vec<Row> {
    let row = |group, label: String, run| Row {
        group,
        keys: String::new(),
        label,
        synonyms: "show only filter search",
        run,
        unavailable: None,
    };
    let views = View::ALL.map(|view| {
        let label = format!("view {}", view.name().to_lowercase());
        row(Group::View, label, Run::Show(view))
    });
    let portals = state.facts.sessions.iter().map(|session| {
        let name = Arc::clone(&session.portal.name);
        let label = format!("show portal {}", clean(&name));
        row(Group::Portal, label, Run::Only(name))
    });
    let apps = state.facts.apps.iter().map(|app| {
        let name = Arc::clone(&app.name);
        let label = format!("show app {}", clean(&name));
        row(Group::Portal, label, Run::Only(name))
    });
    views.into_iter().chain(portals).chain(apps).collect()
}

fn keys(state: &State, contexts: &[Context], actions: &[Action]) -> String {
    if *actions == [Action::Quit] {
        return "Ctrl-C".to_owned();
    }
    let keys = actions.iter();
    let keys = keys.flat_map(|action| state.keymap.keys_for(contexts, *action));
    let keys: Vec<String> = keys.map(|key| key.to_string()).collect();
    keys.join(" ")
}

fn text(state: &mut State, text: &str) {
    if let Some(help) = state.screen_mut::<Help>() {
        help.query.insert(text);
        select_best(state);
    }
}

/// Selects the row that the query most likely means: the first that can be run and whose label has its words,
/// else the first that can be run.
fn select_best(state: &mut State) {
    let Some(help) = state.screen::<Help>() else {
        return;
    };
    let words = help.query.text().to_lowercase();
    let rows = rows(state, help);
    let can_run = |row: &Row| row.unavailable.is_none();
    let is_named = |row: &Row| {
        let label = row.label.to_lowercase();
        words.split_whitespace().all(|word| label.contains(word))
    };
    let best = rows
        .iter()
        .position(|row| can_run(row) && is_named(row))
        .or_else(|| rows.iter().position(can_run));
    if let Some(help) = state.screen_mut::<Help>() {
        help.selected = best.unwrap_or(0);
    }
}

fn key(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(help) = state.screen::<Help>() else {
        return Vec::new();
    };
    let rows = rows(state, help);
    let cursor = ListCursor {
        count: rows.len(),
        // One row is the query's.
        page: dialog_list(state, 1),
    };
    let Some(help) = state.screen_mut::<Help>() else {
        return Vec::new();
    };
    match action {
        Action::Back if !help.query.is_empty() => {
            help.query = Input::default();
            select_best(state);
        }
        Action::Back | Action::Help | Action::Palette => state.close(),
        Action::Accept => {
            let chosen = rows.into_iter().nth(help.selected);
            // One that cannot be run says why, in its row.
            let Some(row) = chosen.filter(|row| row.unavailable.is_none()) else {
                return Vec::new();
            };
            state.close();
            match row.run {
                Run::Action(action) => return state.press(action),
                Run::Show(view) => list::show(state, view),
                Run::Only(source) => list::only(state, &source),
            }
        }
        action => {
            if let Some(selected) = cursor.moved(help.selected, action) {
                help.selected = selected;
            } else if help.query.edit(action) {
                select_best(state);
            }
        }
    }
    Vec::new()
}
