//! Draws help.

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Help;
use super::update::{Row, all_rows, rows};
use crate::tui::action::{Action, Group};
use crate::tui::frame::Frame;
use crate::tui::layout::{Area, FieldArea, dialog_box, inside, list_between, row_areas};
use crate::tui::state::{Draw, State};
use crate::tui::text::{around, fit, line, width};
use crate::tui::theme::Theme;
use crate::tui::widgets::{ListRow, dialog, legend, legend_rows, rect, scrollbar};

/// The most columns of help.
const WIDEST: u16 = 78;

/// The most columns of the keys.
const KEYS: usize = 22;

impl Draw for Help {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let rows = rows(state, self);
        let (columns, height) = self.size(state);
        let room = usize::from(columns).saturating_sub(4);
        let inner = dialog(state, "Help", columns, height, theme, frame);
        let count = self.count(state, &rows);
        self.draw_query(&count, inner, theme, frame);
        let kinds = self.kinds(&rows, room);
        let (list, offset) = self.list(state, &kinds);
        let list = rect(list);
        if rows.is_empty() {
            frame.line(line("nothing matches", theme.dim), list);
            return;
        }
        let total = kinds.len();
        let place = format!("{}/{}", self.selected + 1, rows.len());
        let lines = self.lines(&rows, &kinds, room, theme);
        let shown = lines.into_iter().skip(offset).take(list.height.into());
        frame.lines(shown, list);
        scrollbar(inner, list, (offset, total), &place, theme, frame);
        let keys = keys_width(&rows, room);
        if let Some(row) = rows.get(self.selected)
            && let Some(reason) = row.unavailable
            && shown_reason(row, keys, room).is_empty()
        {
            self::reason(reason, inner, theme, frame);
        }
    }

    fn first(&self, state: &State) -> usize {
        let room = usize::from(self.size(state).0).saturating_sub(4);
        let kinds = self.kinds(&rows(state, self), room);
        self.list(state, &kinds).1
    }

    fn field_areas(&self, state: &State) -> Vec<FieldArea> {
        let (columns, rows) = self.size(state);
        let inner = inside(dialog_box(state, columns, rows));
        let count = self.count(state, &self::rows(state, self));
        vec![FieldArea {
            field: 0,
            row: Area { height: 1, ..inner },
            x: inner.x + 2,
            columns: columns_of_query(inner.width, &count),
        }]
    }

    fn row_areas(&self, state: &State) -> Vec<(Area, usize)> {
        let room = usize::from(self.size(state).0).saturating_sub(4);
        let kinds = self.kinds(&rows(state, self), room);
        let (list, offset) = self.list(state, &kinds);
        let lines = kinds.into_iter().skip(offset).map(|kind| match kind {
            Kind::Row(row) => Some(row),
            Kind::Section(_) | Kind::LegendTitle | Kind::Legend(_) => None,
        });
        row_areas(list, lines)
    }

    fn hints(&self, state: &State) -> Vec<(Action, &'static str)> {
        let rows = rows(state, self);
        let selected = rows.get(self.selected);
        let run = selected.filter(|row| row.unavailable.is_none());
        let run = run.map(|_| (Action::Accept, "run"));
        let word = if self.query.is_empty() {
            "back"
        } else {
            "clear"
        };
        run.into_iter().chain([(Action::Back, word)]).collect()
    }
}

/// The content of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The title of a section.
    Section(Group),
    /// A row, by its index.
    Row(usize),
    /// The title of the legend.
    LegendTitle,
    /// A line of the legend, by its index.
    Legend(usize),
}

/// The columns of the query's text: not those of the prompt and of the count, and one for the cursor.
fn columns_of_query(room: u16, count: &str) -> usize {
    usize::from(room).saturating_sub(width(count) + 4)
}

impl Help {
    /// The number of rows that match, and of all rows.
    fn count(&self, state: &State, rows: &[Row]) -> String {
        format!("{}/{}", rows.len(), all_rows(state, self).len())
    }

    /// The columns and rows of the dialog: the same while one types, so that the list does not move.
    fn size(&self, state: &State) -> (u16, u16) {
        let most = all_rows(state, self).len() + Group::ALL.len() + 6;
        let rows = u16::try_from(most).unwrap_or(u16::MAX).saturating_add(3);
        (state.size.0.min(WIDEST), rows)
    }

    /// The lines: the rows with the titles of their sections and, while nothing is searched, the legend.
    fn kinds(&self, rows: &[Row], room: usize) -> Vec<Kind> {
        let mut kinds = Vec::new();
        let mut section = None;
        for (at, row) in rows.iter().enumerate() {
            if section.replace(row.group) != Some(row.group) {
                kinds.push(Kind::Section(row.group));
            }
            kinds.push(Kind::Row(at));
        }
        if self.query.is_empty() {
            kinds.push(Kind::LegendTitle);
            kinds.extend((0..legend_rows(room.saturating_sub(2))).map(Kind::Legend));
        }
        kinds
    }

    /// The area of the list, and its first line on screen.
    fn list(&self, state: &State, kinds: &[Kind]) -> (Area, usize) {
        let (columns, rows) = self.size(state);
        let dialog = dialog_box(state, columns, rows);
        let line_of = |row| kinds.iter().position(|kind| *kind == Kind::Row(row));
        let selected = line_of(self.selected).unwrap_or(0);
        // The end of the list is the legend, which cannot be selected.
        let is_last = line_of(self.selected + 1).is_none();
        let seen = if is_last {
            kinds.len().saturating_sub(1)
        } else {
            selected
        };
        let (list, first) = list_between(dialog, (1, 0), kinds.len(), (self.first, seen));
        (list, first.min(selected))
    }

    fn lines(
        &self,
        rows: &[Row],
        kinds: &[Kind],
        room: usize,
        theme: &Theme,
    ) -> Vec<Line<'static>> {
        let keys = keys_width(rows, room);
        let legend = legend(theme, room.saturating_sub(2));
        let lines = kinds.iter().map(|kind| match *kind {
            Kind::Section(group) => line(format!(" {}", group.title()), theme.strong),
            Kind::Row(at) => row_line(&rows[at], at == self.selected, keys, room, theme),
            Kind::LegendTitle => line(" legend", theme.strong),
            Kind::Legend(at) => {
                let mut line = legend[at].clone();
                line.spans.insert(0, Span::raw("  "));
                line
            }
        });
        lines.collect()
    }

    /// Draws what is typed, and the number of rows that match.
    fn draw_query(&self, count: &str, inner: Rect, theme: &Theme, frame: &mut Frame<'_>) {
        let row = Rect { height: 1, ..inner };
        let typed = self.query.text();
        let room = columns_of_query(inner.width, count);
        let (shown, column) = around(&typed, self.query.cursor(), room);
        let query = Line::from(vec![
            Span::styled(format!("{} ", theme.glyphs.prompt), theme.accent),
            if self.query.is_empty() {
                Span::styled(
                    fit("type to search", room, theme.glyphs.ellipsis),
                    theme.dim,
                )
            } else {
                Span::styled(shown.to_owned(), theme.strong)
            },
        ]);
        frame.line(query, row);
        let columns = u16::try_from(width(count)).unwrap_or(0).min(inner.width);
        let place = Rect {
            x: inner.right() - columns,
            width: columns,
            ..row
        };
        frame.line(line(count, theme.dim), place);
        let cursor = u16::try_from(column + 2).unwrap_or(0);
        frame.set_cursor_position(Position {
            x: inner.x + cursor.min(inner.width),
            y: inner.y,
        });
    }
}

/// The columns of the keys.
fn keys_width(rows: &[Row], room: usize) -> usize {
    let keys = rows.iter().map(|row| width(&row.keys)).max().unwrap_or(0);
    keys.min(KEYS).min(room / 3)
}

/// The reason beside the label. Where both do not fit, the label is what matters.
fn shown_reason(row: &Row, keys: usize, room: usize) -> &'static str {
    let reason_room = room.saturating_sub(keys + 4 + width(&row.label) + 2);
    let reason = row.unavailable.unwrap_or_default();
    if width(reason) <= reason_room {
        reason
    } else {
        ""
    }
}

/// Draws the reason on the border, at the left of the place of the selection.
fn reason(reason: &str, inner: Rect, theme: &Theme, frame: &mut Frame<'_>) {
    const PLACE: u16 = 8;
    let room = usize::from(inner.width.saturating_sub(PLACE));
    let text = format!(" {} ", fit(reason, room, theme.glyphs.ellipsis));
    let place = Rect {
        y: inner.bottom(),
        width: u16::try_from(width(&text)).unwrap_or(inner.width),
        height: 1,
        ..inner
    };
    frame.line(line(text, theme.dim), place);
}

/// A row: its keys, its label, and at the right the reason why it cannot be run.
fn row_line(row: &Row, selected: bool, keys: usize, room: usize, theme: &Theme) -> Line<'static> {
    let (key, label) = match row.unavailable {
        Some(_) => (theme.dim, theme.dim),
        None => (theme.strong, Style::new()),
    };
    let mut line = ListRow::new(selected, theme);
    line.push(" ", Style::new());
    line.push(fit(&row.keys, keys, theme.glyphs.ellipsis), key);
    line.pad_to(keys + 4);
    let free = room.saturating_sub(keys + 4);
    let reason = shown_reason(row, keys, room);
    line.push(fit(&row.label, free, theme.glyphs.ellipsis), label);
    line.pad_to(room.saturating_sub(width(reason)));
    line.push(reason, theme.dim);
    line.line(room)
}
