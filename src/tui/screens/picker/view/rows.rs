//! The rows of the list.

use std::borrow::Cow;

use ratatui::style::{Modifier, Style};
use ratatui::text::Line;

use crate::domain::own::Own;
use crate::domain::search::Field;
use crate::domain::{Entry, Freshness, GapReason, Item, Kind, Mark};
use crate::tui::screens::picker::Row;
use crate::tui::screens::picker::columns::{
    Column, Columns, GAP, NameMark, Place, START, cell, end_text, entry_of, has_remark,
    is_below_account, is_busy, is_marked_guarded, is_told_apart_by_id, marks, name, time,
};
use crate::tui::state::State;
use crate::tui::text::{fit, fit_start, highlighted, width};
use crate::tui::theme::{Glyphs, Theme};
use crate::tui::widgets::{ListRow, spinner, time_bar};

/// One row: glyph, name, the other columns, bar, countdown. The countdown is never cut, and a name in its middle. A
/// text may run on over columns that are empty in its row.
pub(super) fn row(
    state: &State,
    (shown, place): &(Row<'_>, Place),
    selected: bool,
    columns: &Columns,
    theme: &Theme,
) -> Line<'static> {
    let ellipsis = theme.glyphs.ellipsis;
    let (glyph, style) = status(state, shown, theme);
    let left = end_text(state, shown, columns.in_words);
    let left = if is_busy(state, shown) {
        // The word is there as a whole or not at all; the glyph turns in any case.
        if width(&left) <= room_of_busy(columns) {
            left.into_owned()
        } else {
            String::new()
        }
    } else {
        fit(&left, columns.end, ellipsis)
    };
    let left_at = columns.whole.saturating_sub(width(&left) + 1);
    let bar = time(state, shown).filter(|_| columns.bar > 0);
    let bar_at = columns
        .whole
        .saturating_sub(columns.bar + GAP + columns.end + 1);
    let end = match (bar, left.is_empty()) {
        (Some(_), _) => bar_at - GAP,
        (None, false) => left_at.saturating_sub(GAP),
        (None, true) => left_at,
    };
    let mut row = ListRow::new(selected, theme);
    row.push(format!("{glyph} "), style);
    let name = Name::new(state, shown, *place, theme);
    let mut cells: Vec<Cell<'_>> = Vec::new();
    let mut at = START + columns.name;
    for (column, width) in &columns.others {
        let text = cell(state, shown, *place, *column);
        if !text.is_empty() {
            cells.push(Cell {
                at: at + GAP,
                text,
                style: cell_style(state, shown, *column, theme),
                fields: column.fields(),
                // A remark needs all of its row.
                runs_on: has_remark(shown) && *column == Column::Role,
            });
        }
        at += GAP + width;
    }
    if let Some(at) = cells.iter().position(|cell| cell.runs_on) {
        let is_told_apart = is_told_apart_by_id(state, shown);
        let start = if is_told_apart {
            cells[at].at
        } else {
            columns.remark
        };
        make_room(&mut cells, at, start, end);
    }
    let first = cells.first().map_or(end, |cell| cell.at - GAP);
    name.draw(&mut row, state, first.saturating_sub(START), theme);
    let mut next = cells.iter().skip(1).map(|cell| cell.at - GAP);
    for cell in &cells {
        let room = next.next().unwrap_or(end).saturating_sub(cell.at);
        row.pad_to(cell.at);
        let base = row.style(cell.style);
        // A remark says most at its beginning.
        let text = if cell.runs_on {
            fit_start(&cell.text, room, ellipsis)
        } else {
            fit(&cell.text, room, ellipsis)
        };
        row.extend(highlighted(
            &text,
            cell.fields,
            &state.picker.parsed,
            base,
            theme.matched,
        ));
    }
    if let Some((seconds, granted)) = bar {
        row.pad_to(bar_at);
        let ((full, style), empty) = time_bar(seconds, granted, columns.bar, theme);
        row.push(full, style);
        row.push(empty, theme.dim);
    }
    row.pad_to(left_at);
    row.push(left, style);
    row.line(columns.whole)
}

/// The columns for the word of a busy row: those that nothing else uses.
fn room_of_busy(columns: &Columns) -> usize {
    if columns.bar > 0 {
        return columns.end;
    }
    let others = columns.others.iter().map(|(_, width)| GAP + width);
    let used = START + columns.name + others.sum::<usize>();
    let left = columns.whole.saturating_sub(used + GAP + 1);
    columns.end.max(left)
}

/// Makes room for a remark that begins in this column: those that it covers are left out.
fn make_room(cells: &mut Vec<Cell<'_>>, at: usize, start: usize, end: usize) {
    let kept = cells[..at]
        .iter()
        .take_while(|cell| cell.at < start)
        .count();
    cells.drain(kept..at);
    let at = kept;
    cells[at].at = start;
    let next = cells.get(at + 1).map_or(end, |cell| cell.at - GAP);
    if cells[at].at + width(&cells[at].text) > next {
        cells.truncate(at + 1);
    }
}

/// The text of a column in one row.
struct Cell<'a> {
    /// Its first column.
    at: usize,
    text: Cow<'a, str>,
    style: Style,
    fields: &'static [Field],
    /// `true` if it takes the room of the columns around it when it needs that.
    runs_on: bool,
}

/// The text of the first column.
struct Name<'a> {
    /// The line from the group's head to it.
    branch: &'static str,
    text: Cow<'a, str>,
    style: Style,
    fields: &'static [Field],
    marks: Vec<NameMark>,
}

impl<'a> Name<'a> {
    fn new(state: &'a State, row: &'a Row<'a>, place: Place, theme: &Theme) -> Self {
        let branch = match place {
            Place::Top => "",
            Place::Inner => theme.glyphs.branch,
            Place::Last => theme.glyphs.last_branch,
        };
        let is_lost = entry_of(row).is_some_and(|entry| entry.mark == Mark::Lost);
        let (style, fields): (_, &[Field]) = if is_below_account(state, place) {
            (role_style(row, theme), &[Field::Role])
        } else {
            let style = match row {
                Row::Head(_) => theme.strong,
                Row::Item(_) if is_lost => Style::new().add_modifier(Modifier::CROSSED_OUT),
                Row::Item(_) if is_marked_guarded(state, row) => theme.bad,
                Row::Item(_) | Row::Session(_) => Style::new(),
            };
            (style, &[Field::Account, Field::Words, Field::Id])
        };
        Self {
            branch,
            text: name(state, row, place),
            style,
            fields,
            marks: marks(state, row),
        }
    }

    /// The columns of all of it.
    fn columns(&self) -> usize {
        let marks = self.marks.iter().map(NameMark::width);
        width(self.branch) + width(&self.text) + marks.sum::<usize>()
    }

    /// Draws it with its marks in so many columns.
    fn draw(mut self, row: &mut ListRow, state: &State, room: usize, theme: &Theme) {
        if self.columns() > room {
            self.marks
                .retain(|mark| !matches!(mark, NameMark::Count(_)));
        }
        row.push(self.branch, theme.dim);
        let base = row.style(self.style);
        let room = (room + width(&self.text)).saturating_sub(self.columns());
        row.extend(highlighted(
            &fit(&self.text, room, theme.glyphs.ellipsis),
            self.fields,
            &state.picker.parsed,
            base,
            theme.matched,
        ));
        for mark in &self.marks {
            let (text, style) = mark_text(mark, theme);
            row.push(format!(" {text}"), style);
        }
    }
}

/// A mark as it is drawn, without the blank before it.
fn mark_text<'a>(mark: &'a NameMark, theme: &Theme) -> (&'a str, Style) {
    let glyphs: &'static Glyphs = theme.glyphs;
    match mark {
        NameMark::Kind(Kind::Org) => ("", theme.dim),
        NameMark::Kind(Kind::External) => (glyphs.external, theme.dim),
        NameMark::Kind(Kind::Chain) => (glyphs.chain, theme.dim),
        NameMark::Kind(Kind::Profile) => (glyphs.own, theme.dim),
        NameMark::Guarded => (glyphs.guarded, theme.bad),
        NameMark::Pinned => (glyphs.pinned, Style::new()),
        NameMark::Here => (glyphs.here, theme.strong),
        NameMark::Mfa(text) | NameMark::Count(text) => (text, theme.dim),
    }
}

fn cell_style(state: &State, row: &Row<'_>, column: Column, theme: &Theme) -> Style {
    match column {
        Column::Role => role_style(row, theme),
        Column::Account if is_told_apart_by_id(state, row) => Style::new(),
        _ => theme.dim,
    }
}

fn role_style(row: &Row<'_>, theme: &Theme) -> Style {
    match row {
        Row::Item(Item::Entry(Entry { own: Some(own), .. })) if own.trouble.is_some() => theme.bad,
        Row::Item(Item::Entry(_)) | Row::Head(_) => Style::new(),
        Row::Session(_) => theme.dim,
        Row::Item(Item::Gap(_)) => theme.dim,
    }
}

/// The glyph of a row, and the style of it and of what is at the row's end.
fn status(state: &State, row: &Row<'_>, theme: &Theme) -> (&'static str, Style) {
    let glyphs = &theme.glyphs;
    let freshness = |end| theme.freshness(Freshness::at(Some(end), state.now));
    let entry = match row {
        Row::Item(Item::Entry(entry)) => entry,
        Row::Item(Item::Gap(gap)) => {
            return match &gap.reason {
                GapReason::Failed(_) => (glyphs.failed, theme.bad),
                GapReason::Loading => (spinner(state, theme), theme.dim),
                GapReason::Unknown | GapReason::NoRoles => (" ", theme.dim),
            };
        }
        Row::Head(head) if head.folded => return (glyphs.folded, theme.accent),
        Row::Head(_) => return (glyphs.open, theme.accent),
        Row::Session(session) => {
            return match session.expires_at.filter(|at| *at > state.now) {
                _ if !session.signed_in => (glyphs.expired, theme.bad),
                None => (glyphs.fresh, theme.good),
                Some(at) => freshness(at),
            };
        }
    };
    let is_troubled = |own: &Own| own.trouble.is_some();
    if state.picker.busy.contains_key(&entry.id) {
        return (spinner(state, theme), theme.accent);
    }
    if entry.own.as_deref().is_some_and(is_troubled) || state.picker.failed.contains_key(&entry.id)
    {
        return (glyphs.failed, theme.bad);
    }
    match (state.expires_at(&entry.id), entry.mark) {
        (Some(_), _) if state.renews(&entry.id) => (glyphs.fresh, theme.good),
        (Some(at), _) => freshness(at),
        (None, Mark::New) => (glyphs.new, theme.good),
        (None, Mark::Lost) => (glyphs.lost, theme.bad),
        (None, Mark::Known) => (" ", Style::new()),
    }
}
