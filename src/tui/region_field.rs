//! The field of a region in a form: the regions that match what is typed are listed below it.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::action::Action;
use super::cursor::ListCursor;
use super::form::Form;
use super::frame::Frame;
use super::input::Input;
use super::layout::{Area, row_areas};
use super::theme::Theme;
use super::widgets::{ListRow, position};
use crate::domain::region::{RegionChoice, choices, find, long_name};

/// The rows of the list that are on screen at most.
const MAX_ROWS: usize = 3;

/// The columns of a region's name.
const NAME: usize = 16;

/// The list below the field.
#[derive(Debug, Default)]
pub(crate) struct RegionList {
    /// The index of the selected row.
    selected: usize,
    /// The first row on screen.
    first: usize,
}

impl RegionList {
    /// Selects the best match: the text was edited.
    pub(crate) fn select_best(&mut self) {
        *self = Self::default();
    }

    /// Handles a key of a form with this field; `false`: it is not the list's.
    pub(crate) fn key<const N: usize>(
        &mut self,
        form: &mut Form<N>,
        field: usize,
        action: Action,
    ) -> bool {
        let rows = matches(form, field);
        match action {
            Action::Down if self.selected + 1 < rows.len() => self.selected += 1,
            Action::Up if self.selected > 0 => self.selected -= 1,
            Action::Accept | Action::NextField => {
                let Some(region) = rows.get(self.selected) else {
                    return false;
                };
                form.fields[field] = Input::new(&region.name);
                self.select_best();
                // The next field then has the focus.
                return action == Action::Accept;
            }
            _ => return false,
        }
        self.first = cursor(form, field).scrolled(self.first, self.selected);
        true
    }

    /// Selects a row.
    pub(crate) fn select(&mut self, row: usize) {
        self.selected = row;
    }

    /// Moves the selection by so many rows of the wheel.
    pub(crate) fn turn<const N: usize>(&mut self, form: &Form<N>, field: usize, rows: i32) {
        let cursor = cursor(form, field);
        let action = if rows < 0 { Action::Up } else { Action::Down };
        for _ in 0..rows.unsigned_abs() {
            self.selected = cursor.moved(self.selected, action).unwrap_or(0);
        }
        self.first = cursor.scrolled(self.first, self.selected);
    }

    /// The lines of the list that are on screen; none if there is no region to choose.
    pub(crate) fn lines<const N: usize>(
        &self,
        form: &Form<N>,
        field: usize,
        room: usize,
        theme: &Theme,
    ) -> Vec<Line<'static>> {
        let rows = matches(form, field).into_iter().enumerate();
        let rows = rows.skip(self.first).take(MAX_ROWS);
        rows.map(|(at, region)| {
            let mut row = ListRow::new(at == self.selected, theme);
            row.push(format!(" {}", region.name), Style::new());
            row.pad_to(2 + NAME);
            row.push(region.long_name.unwrap_or_default(), theme.dim);
            row.line(room)
        })
        .collect()
    }

    /// The areas of its rows in a dialog, whose last lines are those of the list.
    pub(crate) fn row_areas<const N: usize>(
        &self,
        (form, field): (&Form<N>, usize),
        (inner, lines): (Rect, usize),
    ) -> Vec<(Area, usize)> {
        let count = matches(form, field).len();
        let Rect {
            x,
            y,
            width,
            height,
        } = list_area(count, (inner, lines));
        let list = Area {
            x,
            y,
            width,
            height,
        };
        row_areas(list, (self.first..count).map(Some))
    }

    /// Shows on the border of a dialog, whose last lines are those of the list, that there are more rows.
    pub(crate) fn position<const N: usize>(
        &self,
        (form, field): (&Form<N>, usize),
        (inner, lines): (Rect, usize),
        theme: &Theme,
        frame: &mut Frame<'_>,
    ) {
        let count = matches(form, field).len();
        let list = list_area(count, (inner, lines));
        position(
            inner,
            list,
            (self.first, self.selected, count),
            theme,
            frame,
        );
    }
}

/// The area of a list of so many rows: the last of so many lines of a dialog.
fn list_area(count: usize, (inner, lines): (Rect, usize)) -> Rect {
    let shown = count.min(MAX_ROWS);
    let rows = |rows: usize| u16::try_from(rows).unwrap_or(u16::MAX);
    let list = Rect {
        y: inner.y.saturating_add(rows(lines.saturating_sub(shown))),
        height: rows(shown),
        ..inner
    };
    list.intersection(inner)
}

fn cursor<const N: usize>(form: &Form<N>, field: usize) -> ListCursor {
    ListCursor {
        count: matches(form, field).len(),
        page: MAX_ROWS,
    }
}

/// `true` if the list is on screen.
pub(crate) fn is_choosing<const N: usize>(form: &Form<N>, field: usize) -> bool {
    !matches(form, field).is_empty()
}

/// The known regions that match, the best first; none for a blank field and for the name of a region, and none while the
/// form waits, tells a problem, or has its focus elsewhere.
fn matches<const N: usize>(form: &Form<N>, field: usize) -> Vec<RegionChoice> {
    let text = form.text(field);
    let is_busy = form.waiting.is_some() || form.problem.is_some();
    if is_busy || form.focus != field || text.is_empty() || long_name(&text).is_some() {
        return Vec::new();
    }
    let all = choices(&[], None);
    find(&all, &text).into_iter().cloned().collect()
}
