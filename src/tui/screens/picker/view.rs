//! The list of entries, with its header and its details.

mod details;
mod empty;
mod header;
mod rows;

use ratatui::Frame;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{Picker, Row};
use crate::domain::{Item, Kind};
use crate::tui::action::Action;
use crate::tui::layout::regions;
use crate::tui::state::{Draw, State};
use crate::tui::theme::Theme;
use crate::tui::widgets::rect;
use empty::empty;
use header::{header, query};
use rows::{Columns, row};

impl Draw for Picker {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let regions = regions(state);
        header(state, theme, frame, rect(regions.header));
        query(state, theme, frame, rect(regions.query));
        let list = rect(regions.list);
        if state.picker.hits.is_empty() {
            empty(state, theme, frame, list);
        } else {
            let first = state.picker.offset;
            let hits = state
                .picker
                .hits
                .iter()
                .skip(first)
                .take(usize::from(list.height));
            let rows: Vec<Row<'_>> = hits.filter_map(|hit| state.picker.row(*hit)).collect();
            let columns = Columns::of(state, &rows, usize::from(list.width), theme);
            let lines: Vec<Line<'_>> = rows
                .iter()
                .enumerate()
                .map(|(at, shown)| {
                    row(
                        state,
                        *shown,
                        first + at == state.picker.selected,
                        columns,
                        theme,
                    )
                })
                .collect();
            frame.render_widget(Paragraph::new(lines), list);
        }
        if regions.details.width > 0 {
            details::draw(state, theme, frame, rect(regions.details));
        }
    }

    fn hints(&self, state: &State) -> Vec<(Action, &'static str)> {
        let back = if state.picker.query.is_empty() {
            "quit"
        } else {
            "clear"
        };
        let mut hints = Vec::new();
        if state.pick_only {
            hints.push((Action::Use, "choose"));
        } else if let Some(id) = state.selected().and_then(Row::id) {
            hints.push((Action::Use, "use"));
            if state.picker.profiles.contains_key(id) {
                hints.push((Action::Refresh, "refresh"));
            }
            hints.push((Action::Subshell, "shell"));
            hints.push((Action::Export, "export"));
        } else if matches!(state.selected(), Some(Row::Item(Item::Gap(gap))) if gap.kind == Kind::External)
        {
            hints.push((Action::Use, "find its roles"));
        }
        if state
            .facts
            .sessions
            .iter()
            .any(|session| !session.signed_in)
        {
            hints.push((Action::SignInOut, "sign in"));
        }
        hints.push((Action::Back, back));
        hints.push((Action::NextView, "view"));
        hints
    }
}
