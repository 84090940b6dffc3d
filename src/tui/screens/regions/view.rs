//! Draws the choice of a region.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Regions;
use super::update::{OTHER_ROWS, whose};
use crate::domain::region::Part;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::{Area, FieldArea, dialog_box, inside, list_between, row_areas};
use crate::tui::state::{Draw, State};
use crate::tui::text::{around, fit, line, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{ListRow, dialog, rect, scrollbar, set_cursor};

/// Columns of the names of regions.
const NAME: usize = 16;

impl Draw for Regions {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let (columns, height) = self.size(state);
        let room = usize::from(columns).saturating_sub(4);
        let rows = self.rows();
        let inner = dialog(state, "Region", columns, height, theme, frame);
        let typed = self.query.text();
        let (shown, column) = around(&typed, self.query.cursor(), columns_of_query(room));
        let query = Line::from(vec![
            Span::styled(format!("{} ", theme.glyphs.prompt), theme.accent),
            if self.query.is_empty() {
                Span::styled("type to search", theme.dim)
            } else {
                Span::styled(shown.to_owned(), theme.strong)
            },
        ]);
        frame.line(query, Rect { height: 1, ..inner });
        set_cursor(frame, inner, ((column + 2).min(room), 0));
        let (list, offset) = self.list(state, rows.len());
        let (list, page) = (rect(list), usize::from(list.height));
        let mut lines: Vec<Line<'_>> = rows
            .iter()
            .enumerate()
            .skip(offset)
            .take(page)
            .map(|(at, row)| {
                let mut shown = ListRow::new(at == self.selected, theme);
                shown.push(" ", Style::new());
                shown.push(
                    fit(&row.name, NAME - 1, theme.glyphs.ellipsis),
                    Style::new(),
                );
                shown.pad_to(2 + NAME);
                let mark = self.mark(&row.name);
                let free = room.saturating_sub(2 + NAME + mark.len() + 1);
                shown.push(fit(&row.words, free, theme.glyphs.ellipsis), theme.dim);
                shown.pad_to(room.saturating_sub(mark.len()));
                shown.push(mark, theme.dim);
                shown.line(room)
            })
            .collect();
        if rows.is_empty() && self.known.is_some() {
            lines.push(line("no region matches", theme.dim));
        }
        frame.lines(lines, list);
        let place = format!("{}/{}", self.selected + 1, rows.len());
        scrollbar(inner, list, (offset, rows.len()), &place, theme, frame);
        let below = Rect {
            y: list.bottom() + 1,
            height: inner.bottom().saturating_sub(list.bottom() + 1),
            ..inner
        };
        frame.lines(self.notes(state, room, theme), below);
    }

    fn first(&self, state: &State) -> usize {
        self.list(state, self.rows().len()).1
    }

    fn field_areas(&self, state: &State) -> Vec<FieldArea> {
        let (columns, rows) = self.size(state);
        let inner = inside(dialog_box(state, columns, rows));
        vec![FieldArea {
            field: 0,
            row: Area { height: 1, ..inner },
            x: inner.x + 2,
            columns: columns_of_query(inner.width.into()),
        }]
    }

    fn row_areas(&self, state: &State) -> Vec<(Area, usize)> {
        let count = self.rows().len();
        let (list, first) = self.list(state, count);
        row_areas(list, (first..count).map(Some))
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        let scope = match self.part {
            Part::Entry => "for the account",
            Part::Account => "for the portal",
            Part::Portal => "for the entry",
        };
        let mut hints = Vec::new();
        if self.known.is_none() && self.problem.is_some() {
            hints.push((Action::Accept, "try again"));
        } else if !self.rows().is_empty() {
            hints.push((Action::Accept, "save"));
        }
        let back = if self.query.is_empty() {
            "back"
        } else {
            "clear"
        };
        hints.extend([(Action::Scope, scope), (Action::Back, back)]);
        hints
    }
}

/// The columns of the query's text: not those of the prompt, and one for the cursor.
fn columns_of_query(room: usize) -> usize {
    room.saturating_sub(4)
}

impl Regions {
    /// The columns and rows of the dialog.
    fn size(&self, state: &State) -> (u16, u16) {
        let all = self.known.as_ref().map_or(0, |known| known.choices.len());
        let rows = u16::try_from(all.max(6) + OTHER_ROWS + 2).unwrap_or(u16::MAX);
        (state.size.0.min(70), rows)
    }

    /// The area of the list, and its first row on screen.
    fn list(&self, state: &State, count: usize) -> (Area, usize) {
        let (columns, rows) = self.size(state);
        let dialog = dialog_box(state, columns, rows);
        list_between(
            dialog,
            (1, OTHER_ROWS - 1),
            count,
            (self.first, self.selected),
        )
    }

    /// The word beside a region: the one now, or a recently used one.
    fn mark(&self, region: &str) -> &'static str {
        let Some(known) = &self.known else {
            return "";
        };
        let is_recent = |name: &str| {
            let mut choices = known.choices.iter();
            choices.any(|choice| choice.name == name && choice.is_recent)
        };
        match &known.current {
            Some(current) if current == region && known.is_assumed => "assumed",
            Some(current) if current == region => "now",
            _ if is_recent(region) => "recent",
            _ => "",
        }
    }

    /// The two rows below the list: a problem, else the part that the region is set for.
    fn notes(&self, state: &State, room: usize, theme: &Theme) -> Vec<Line<'static>> {
        let say = |text: &str, style| {
            let lines = wrap(text, room).into_iter().take(2);
            lines.map(|text| line(text, style)).collect::<Vec<_>>()
        };
        if let Some(problem) = &self.problem {
            let mut lines = say(&problem.to_string(), theme.bad);
            if let Some(hint) = &problem.hint {
                lines.extend(say(hint, theme.dim));
            }
            return lines;
        }
        if let Some(region) = &self.saving {
            return say(&format!("Saving: {region}"), theme.dim);
        }
        let key = state.key(Action::Scope);
        say(
            &format!(
                "For {}. {key} changes that.",
                whose(state, &self.id, self.part)
            ),
            theme.dim,
        )
    }
}
