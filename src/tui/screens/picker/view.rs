//! The list of entries, with its header and its details.

mod empty;
mod header;
mod rows;

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::columns::{Columns, rows};
use super::portals::selected_portal;
use super::{Picker, Row, View};
use crate::domain::{GapReason, Item, Kind, Mark};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::{Area, FieldArea, regions, row_areas};
use crate::tui::screens::details::pane;
use crate::tui::state::{Draw, State};
use crate::tui::theme::Theme;
use crate::tui::widgets::rect;
use empty::empty;
use header::{header, query, query_field, rules};
use rows::row;

impl Draw for Picker {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let regions = regions(state);
        header(state, theme, frame, rect(regions.header));
        query(state, theme, frame, rect(regions.query));
        rules(state, theme, frame);
        let list = rect(regions.list);
        if state.picker.hits.is_empty() {
            empty(state, theme, frame, list);
        } else {
            let rows = rows(state, self.offset, usize::from(list.height));
            let columns = Columns::choose(state, usize::from(list.width));
            let lines: Vec<Line<'_>> = rows
                .iter()
                .enumerate()
                .map(|(at, one)| {
                    let selected = state.picker.offset + at == state.picker.selected;
                    row(state, one, selected, &columns, theme)
                })
                .collect();
            let used = u16::try_from(lines.len()).unwrap_or(list.height);
            frame.lines(lines, list);
            // The sessions alone are no active profiles.
            if state.picker.view == View::Active && state.picker.in_view == 0 {
                let below = Rect {
                    y: list.y + used,
                    height: list.height.saturating_sub(used),
                    ..list
                };
                empty(state, theme, frame, below);
            }
        }
        if regions.details.width > 0 {
            pane(state, theme, frame, rect(regions.details));
        }
    }

    fn field_areas(&self, state: &State) -> Vec<FieldArea> {
        vec![query_field(state)]
    }

    fn row_areas(&self, state: &State) -> Vec<(Area, usize)> {
        let rows = self.offset..self.hits.len();
        row_areas(regions(state).list, rows.map(Some))
    }

    fn hints(&self, state: &State) -> Vec<(Action, &'static str)> {
        let back = if state.picker.query.is_empty() {
            "quit"
        } else {
            "clear"
        };
        let mut hints = Vec::new();
        match state.selected() {
            Some(Row::Item(Item::Entry(entry)))
                if entry.mark == Mark::Lost
                    || entry.own.as_ref().is_some_and(|own| own.trouble.is_some()) => {}
            Some(Row::Item(Item::Entry(entry))) => {
                let has_failed = state.picker.failed.contains_key(&entry.id);
                let is_held = state.picker.profiles.contains_key(&entry.id)
                    || state.here.as_ref() == Some(&entry.id);
                let word = match (state.pick_only, has_failed) {
                    (true, _) => state.choice,
                    (_, true) => "retry",
                    _ => "use",
                };
                hints.push((Action::Use, word));
                if !state.pick_only {
                    if is_held {
                        hints.push((Action::Refresh, "refresh"));
                    }
                    hints.push((Action::Subshell, "shell"));
                }
            }
            Some(Row::Head(head)) => {
                hints.push((Action::Use, if head.folded { "unfold" } else { "fold" }));
            }
            Some(Row::Session(session)) => {
                let word = if session.signed_in {
                    "sign in again"
                } else {
                    "sign in"
                };
                hints.push((Action::Use, word));
            }
            Some(Row::Item(Item::Gap(gap))) => match &gap.reason {
                GapReason::Failed(_) => hints.push((Action::Use, "retry")),
                _ if gap.kind == Kind::External => hints.push((Action::Use, "find a role, use it")),
                _ => {}
            },
            None => {}
        }
        let wants_sign_in = selected_portal(state).is_some_and(|session| !session.signed_in);
        if wants_sign_in {
            // Without it little else works. On a narrow screen the rest gives way.
            hints.insert(hints.len().min(1), (Action::SignInOut, "sign in"));
        }
        if state.picker.view == View::Active && state.picker.in_view > 0 && !state.pick_only {
            hints.push((Action::RefreshAll, "refresh all"));
        }
        if !wants_sign_in && state.facts.sessions.iter().any(|it| !it.signed_in) {
            hints.push((Action::SignInAll, "sign in"));
        }
        hints.push((Action::Back, back));
        hints.push((Action::NextView, "view"));
        hints
    }
}
