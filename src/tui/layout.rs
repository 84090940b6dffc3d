//! The layout of the screen. It is pure, so that the reducer pages and hit-tests with the numbers that are drawn.
//!
//! ```text
//!  roledex  agency ● 7 h 59 min               payments-prod ends in 12 min
//!  ❯ query
//! ──[All 84]─ Org 81 ─ External 3 ─ Active 2 ──────┬────────────── 12/84 ─
//! ▌● Payments Prod     AdministratorAccess   59:12 │ Payments Prod
//!  ○ Payments Staging  ReadOnlyAccess              │ details…
//! ─────────────────────────────────────────────────┴──────────────────────
//!  toast
//!  Enter use  Ctrl-R refresh  …                                   F1 help
//! ```
//!
//! Below a prompt the first two rows change places, and there is no rule; nor is there one on a low screen.
//! The views and the count are in the row of the query then.

use super::action::Action;
use super::cursor::ListCursor;
use super::keymap::Context;
use super::screens::picker::View;
use super::screens::picker::columns::NARROWEST_DETAILS;
use super::state::{State, Toast, Tone};
use super::text::{number, width, wrap};
use crate::domain::text::clean;

/// A rectangle: column, row, columns, rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Area {
    /// The first column.
    pub x: u16,
    /// The first row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// A line of text on screen that can be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldArea {
    /// Its number in its screen.
    pub field: usize,
    /// Its row.
    pub row: Area,
    /// The first column of its text.
    pub x: u16,
    /// The columns of its text.
    pub columns: usize,
}

/// The areas of the list's screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Regions {
    /// Portals and ages.
    pub header: Area,
    /// The query.
    pub query: Area,
    /// The views and the count; without rows where the screen is low.
    pub rule: Area,
    /// The rows.
    pub list: Area,
    /// The details of the selected row; without columns where there is no room.
    pub details: Area,
    /// The line that closes the list; without rows where the screen is low.
    pub base: Area,
    /// Short messages.
    pub toasts: Area,
    /// The keys.
    pub footer: Area,
}

/// The smallest screen that is drawn.
pub(crate) const SMALLEST: (u16, u16) = (30, 6);

/// `true` if nothing is drawn on a screen of this size.
#[must_use]
pub(crate) fn is_too_small(state: &State) -> bool {
    let (width, height) = state.size;
    width < SMALLEST.0 || height < SMALLEST.1
}

/// From this many columns on, details are shown beside the list.
const DETAILS_FROM: u16 = 90;

/// From this many rows on, a rule separates the query from the list.
const RULE_FROM: u16 = 12;

/// From this many rows on, a line closes the list.
const BASE_FROM: u16 = 20;

/// The first column of the views in the rule, and the columns between two of them.
const TABS_AT: u16 = 3;
const BETWEEN_TABS: u16 = 3;

/// The areas of the list's screen.
#[must_use]
pub(crate) fn regions(state: &State) -> Regions {
    let (width, height) = state.size;
    let toasts = u16::try_from(toast_lines(state).len()).unwrap_or(u16::MAX);
    let rule = u16::from(height >= RULE_FROM && !state.inline);
    let base = u16::from(height >= BASE_FROM && !state.inline);
    let rows = height.saturating_sub(3 + rule + base + toasts);
    let details = if has_details_pane(state) && !state.picker.look.hide_details && rows > 4 {
        details_width(state)
    } else {
        0
    };
    let row = |y, height| Area {
        x: 0,
        y,
        width,
        height,
    };
    // Below a prompt, what is typed is in the next row, as a user expects it. It also keeps the cursor
    // in the first row, where a resize moves it in a way that can be reckoned with.
    let (header, query) = if state.inline { (1, 0) } else { (0, 1) };
    let list = 2 + rule;
    Regions {
        header: row(header, 1),
        query: row(query, 1),
        rule: row(2, rule),
        list: Area {
            width: width - details,
            ..row(list, rows)
        },
        details: Area {
            x: width - details,
            width: details,
            ..row(list, rows)
        },
        base: row(list + rows, base),
        toasts: row(list + rows + base, toasts),
        footer: row(height.saturating_sub(1), 1),
    }
}

/// The columns of the details: they give way to a list that would have to cut names, or to leave out the numbers of
/// accounts.
fn details_width(state: &State) -> u16 {
    let (width, _) = state.size;
    let wanted = state.picker.widest.wanted().into_iter();
    let mut room = wanted.map(|list| usize::from(width).saturating_sub(list));
    let room = room.find(|room| *room >= NARROWEST_DETAILS);
    let most = (usize::from(width) * 2 / 5).clamp(36, 60);
    let room = room.unwrap_or(NARROWEST_DETAILS).min(most);
    u16::try_from(room).unwrap_or(u16::MAX)
}

/// `true` if there is room for the details beside the list; else they are an overlay.
#[must_use]
pub(crate) fn has_details_pane(state: &State) -> bool {
    // The active view needs the room for its bars.
    state.size.0 >= DETAILS_FROM && state.picker.view != View::Active
}

impl Area {
    /// `true` if a cell is in it.
    #[must_use]
    pub(crate) fn contains(self, x: u16, y: u16) -> bool {
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }
}

/// A view's place in the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tab {
    /// The view.
    pub view: View,
    /// Its name, and how many rows it has.
    pub text: String,
    /// Its area.
    pub area: Area,
}

/// Matches and rows of the view.
#[must_use]
pub(crate) fn count(state: &State) -> String {
    if state.partial {
        return "reading".to_owned();
    }
    let picker = &state.picker;
    // The heads of groups are no rows, and those of a folded group are still there.
    let found = if picker.in_groups {
        picker.in_view
    } else {
        picker.hits.len()
    };
    format!("{}/{}", number(found), number(picker.in_view))
}

/// The views in the rule: all with their counts, else those that have rows, else the current one alone. None
/// where there is no rule.
#[must_use]
pub(crate) fn tabs(state: &State) -> Vec<Tab> {
    let regions = regions(state);
    if regions.rule.height == 0 {
        return Vec::new();
    }
    let current = state.picker.view;
    let rows = |view: View| state.picker.counts[view as usize];
    let text = |view: View, counted: bool| match rows(view) {
        0 => view.name().to_owned(),
        rows if counted && !state.partial => format!("{} {}", view.name(), number(rows)),
        _ => view.name().to_owned(),
    };
    let end = regions.rule.width - columns(&count(state)) - 4;
    let place = |views: Vec<View>, counted: bool| {
        let mut x = TABS_AT;
        let tabs = views.into_iter().map(|view| {
            let text = text(view, counted);
            let area = Area {
                x,
                width: columns(&text),
                ..regions.rule
            };
            x += area.width + BETWEEN_TABS;
            Tab { view, text, area }
        });
        let tabs: Vec<Tab> = tabs.collect();
        (x - BETWEEN_TABS < end).then_some(tabs)
    };
    let with_rows: Vec<View> = View::ALL
        .into_iter()
        .filter(|view| *view == current || rows(*view) > 0)
        .collect();
    place(View::ALL.to_vec(), true)
        .or_else(|| place(with_rows.clone(), true))
        .or_else(|| place(with_rows, false))
        .or_else(|| place(vec![current], true))
        .unwrap_or_default()
}

/// A key that the footer offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    /// Its action.
    pub action: Action,
    /// The key, as users read it.
    pub key: String,
    /// A word for the action.
    pub label: &'static str,
    /// The area of both.
    pub area: Area,
}

/// The keys that work now, as many as fit. The last one is at the end of the row: help, or the way out. In front of the
/// list the way back is always among them, and the way out where there is room for it.
#[must_use]
pub(crate) fn hints(state: &State) -> Vec<Hint> {
    const BETWEEN: u16 = 2;
    let footer = regions(state).footer;
    let contexts = state.contexts();
    let hint = |action, key: String, label: &'static str, x| Hint {
        action,
        area: Area {
            x,
            width: columns(&key) + 1 + columns(label),
            ..footer
        },
        key,
        label,
    };
    let last = if state.overlays.is_empty() {
        let key = state.keymap.key_for(&[Context::Global], Action::Help);
        key.map(|key| hint(Action::Help, key, "help", 0))
    } else {
        Some(hint(Action::Quit, "Ctrl-C".to_owned(), "quit", 0))
    };
    let offered: Vec<Hint> = state
        .front()
        .hints(state)
        .into_iter()
        .filter_map(|(action, label)| {
            let key = state.keymap.key_for(&contexts, action)?;
            Some(hint(action, key, label, 0))
        })
        .collect();
    let is_list = state.overlays.is_empty();
    let all: u16 = offered.iter().map(|hint| hint.area.width + BETWEEN).sum();
    // Where there is room for it, also help: it is in front of any screen but itself.
    let mut offered = offered;
    if !is_list && !contexts.contains(&Context::Help) {
        let key = state.keymap.key_for(&[Context::Global], Action::Help);
        offered.extend(key.map(|key| hint(Action::Help, key, "help", 0)));
    }
    let last = last.filter(|last| is_list || 1 + all + last.area.width < footer.width);
    let end = last.as_ref().map_or(footer.width + BETWEEN, |last| {
        footer.width.saturating_sub(last.area.width + 1)
    });
    let back = offered.iter().position(|hint| hint.action == Action::Back);
    let back = back.filter(|_| !is_list);
    let way_back = back.map_or(0, |at| offered[at].area.width + BETWEEN);
    let mut x = 1;
    let mut hints = Vec::new();
    for (at, mut hint) in offered.into_iter().enumerate() {
        let kept = if back > Some(at) { way_back } else { 0 };
        if x + hint.area.width + BETWEEN + kept > end {
            if back > Some(at) {
                continue;
            }
            break;
        }
        hint.area.x = x;
        x += hint.area.width + BETWEEN;
        hints.push(hint);
    }
    hints.extend(last.map(|mut last| {
        last.area.x = end;
        last
    }));
    hints
}

fn columns(text: &str) -> u16 {
    u16::try_from(width(text)).unwrap_or(u16::MAX)
}

/// One row of a short message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ToastLine {
    /// Its text begins, and a hint that fits beside it.
    First(Tone, String, String),
    /// Its text goes on.
    Text(String),
    /// Its hint, below the text.
    Hint(String),
}

/// The most rows of short messages.
const MOST_TOAST_ROWS: usize = 4;

/// The rows of the short messages, the newest last. Text or a hint that is too long for a row goes on in the next
/// one, so that a command in it is whole. What is longer than that is in the list of messages. None where the screen in
/// front needs the rows.
#[must_use]
pub(crate) fn toast_lines(state: &State) -> Vec<ToastLine> {
    const MARGIN: usize = 4;
    if state.toasts.is_empty() {
        return Vec::new();
    }
    // A dialog on a low screen has no rows to spare.
    let is_crowded = !state.overlays.is_empty() && state.size.1 < BASE_FROM;
    let most = if is_crowded { 1 } else { MOST_TOAST_ROWS };
    let taken = state.front().rows_in_use(state).saturating_add(1).max(5);
    let most = most.min(usize::from(state.size.1.saturating_sub(taken)));
    let columns = usize::from(state.size.0).saturating_sub(MARGIN);
    let mut lines: Vec<ToastLine> = Vec::new();
    for toast in state.toasts.iter().rev() {
        let rows = rows_of(toast, columns, state);
        if lines.len() + rows.len() > most {
            if lines.is_empty() && most == 1 {
                let text = clean(&toast.text).into_owned();
                lines.push(ToastLine::First(toast.tone, text, String::new()));
            } else if lines.is_empty() {
                lines = rows;
                lines.truncate(most);
            }
            break;
        }
        lines.splice(0..0, rows);
    }
    lines
}

fn rows_of(toast: &Toast, columns: usize, state: &State) -> Vec<ToastLine> {
    const GAP: usize = 3;
    let hint = toast.hint.as_deref().unwrap_or_default();
    let (text, hint) = (clean(&toast.text), clean(hint));
    let tone = toast.tone;
    let beside = !hint.is_empty() && width(&text) + GAP + width(&hint) <= columns;
    if beside || (hint.is_empty() && width(&text) <= columns) {
        return vec![ToastLine::First(tone, text.into_owned(), hint.into_owned())];
    }
    let (mut said, mut todo) = (wrap(&text, columns), Vec::new());
    if !hint.is_empty() {
        todo = wrap(&hint, columns);
    }
    if said.len() + todo.len() > MOST_TOAST_ROWS {
        said.truncate(2);
        let key = state.keymap.key_for(&state.contexts(), Action::Messages);
        todo = key
            .map(|key| format!("{key} shows all of it"))
            .into_iter()
            .collect();
    }
    let mut said = said.into_iter();
    let first = ToastLine::First(tone, said.next().unwrap_or_default(), String::new());
    let rest = said.map(ToastLine::Text);
    let todo = todo.into_iter().filter(|line| !line.is_empty());
    std::iter::once(first)
        .chain(rest)
        .chain(todo.map(ToastLine::Hint))
        .collect()
}

/// The most rows of a dialog: all but those of the footer and the short messages.
#[must_use]
pub(crate) fn dialog_rows(state: &State) -> u16 {
    let toasts = u16::try_from(toast_lines(state).len()).unwrap_or(u16::MAX);
    state.size.1.saturating_sub(toasts.saturating_add(1))
}

/// The box of a dialog of so many columns and rows, in the middle of the screen. The footer and the short messages stay
/// in sight.
#[must_use]
pub(crate) fn dialog_box(state: &State, columns: u16, rows: u16) -> Area {
    let (width, height) = state.size;
    let most = dialog_rows(state);
    let (columns, rows) = (columns.min(width), rows.min(most));
    let middle = height.saturating_sub(1 + rows) / 2;
    Area {
        x: (width - columns) / 2,
        y: middle.min(most - rows),
        width: columns,
        height: rows,
    }
}

/// The inside of that box: without its border, and without a blank column at each side.
#[must_use]
pub(crate) fn inside(dialog: Area) -> Area {
    Area {
        x: dialog.x + 2,
        y: dialog.y + 1,
        width: dialog.width.saturating_sub(4),
        height: dialog.height.saturating_sub(2),
    }
}

/// The list in a dialog, with so many rows above and below it, and the first of its lines on screen: `first`, unless
/// `selected` would be out of sight.
#[must_use]
pub(crate) fn list_between(
    dialog: Area,
    (above, below): (u16, usize),
    count: usize,
    (first, selected): (usize, usize),
) -> (Area, usize) {
    let inner = inside(dialog);
    let below = u16::try_from(below).unwrap_or(u16::MAX);
    let list = Area {
        y: inner.y + above,
        height: inner.height.saturating_sub(above.saturating_add(below)),
        ..inner
    };
    let page = usize::from(list.height);
    (list, ListCursor { count, page }.scrolled(first, selected))
}

/// The same for the list at the top of a dialog, which keeps a row where there is one.
#[must_use]
pub(crate) fn list_at_top(
    dialog: Area,
    below: usize,
    count: usize,
    (first, selected): (usize, usize),
) -> (Area, usize) {
    let most = usize::from(inside(dialog).height).saturating_sub(1);
    list_between(dialog, (0, below.min(most)), count, (first, selected))
}

/// The areas of the rows of a list, from what each line on screen shows: a row by its index, or something else.
#[must_use]
pub(crate) fn row_areas(
    list: Area,
    lines: impl IntoIterator<Item = Option<usize>>,
) -> Vec<(Area, usize)> {
    let lines = (list.y..list.y + list.height).zip(lines);
    let rows = lines.filter_map(|(y, row)| {
        let area = Area {
            y,
            height: 1,
            ..list
        };
        Some((area, row?))
    });
    rows.collect()
}

/// The rows of a list in a dialog as high as the screen allows, beside so many other rows in it.
#[must_use]
pub(crate) fn dialog_list(state: &State, other_rows: usize) -> usize {
    // Two borders.
    usize::from(dialog_rows(state))
        .saturating_sub(2 + other_rows)
        .max(1)
}

/// The most columns of the list of messages.
const MESSAGES_WIDEST: u16 = 76;

/// The columns of the list of messages.
#[must_use]
pub(crate) fn messages_columns(state: &State) -> u16 {
    state.size.0.min(MESSAGES_WIDEST)
}

/// The lines of a message in full: its text, and its hint.
#[must_use]
pub(crate) fn message_lines(state: &State, toast: &Toast) -> (Vec<String>, Vec<String>) {
    let room = usize::from(messages_columns(state)).saturating_sub(4);
    let hint = toast.hint.as_deref().map(|hint| wrap(hint, room));
    (wrap(&toast.text, room), hint.unwrap_or_default())
}

/// The number of rows for the selected message in full: the same for every message, so that the list does not move
/// while one goes through it.
#[must_use]
pub(crate) fn message_rows(state: &State) -> usize {
    const LEAST: usize = 4;
    const LEAST_LIST: usize = 3;
    let rows = state.message_log.iter().map(|(_, toast)| {
        let (text, hint) = message_lines(state, toast);
        text.len() + hint.len()
    });
    let list = state.message_log.len().clamp(1, LEAST_LIST);
    let free = usize::from(dialog_rows(state)).saturating_sub(3 + list);
    rows.max().unwrap_or(0).max(LEAST).min(free).max(1)
}
