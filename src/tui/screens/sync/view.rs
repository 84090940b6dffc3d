//! Draws the plan of a sync: one row a profile, and the selected one in full.

use std::borrow::Cow;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::update::{detail_rows, other_rows};
use super::{SyncScreen, SyncStage};
use crate::domain::guard::{describe, is_guarded};
use crate::domain::sync::{SyncChange, SyncRow};
use crate::domain::text::clean;
use crate::domain::{Block, GapReason, Item, Kind};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::{Area, dialog_box, list_between, row_areas};
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, number, width, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{ListRow, dialog, position, rect, spinner};

/// The most columns of the dialog.
const WIDEST: u16 = 132;

/// The columns of the mark, the tick and the sign.
const START: usize = 7;

/// Blanks between two columns.
const GAP: usize = 2;

/// The fewest columns of a text that is worth a column.
const USEFUL: usize = 10;

impl Draw for SyncScreen {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let (columns, rows) = self.size(state);
        let inner = dialog(state, "Sync", columns, rows, theme, frame);
        frame.line(summary(self, state, theme), inner);
        let (list, offset) = self.list(state);
        let (list, page) = (rect(list), usize::from(list.height));
        let shown: Vec<&SyncRow> = self.rows.iter().skip(offset).take(page).collect();
        let columns = Columns::measure(state, &shown, usize::from(list.width));
        let lines: Vec<Line<'_>> = shown
            .iter()
            .zip(offset..)
            .map(|(row, at)| columns.line(self, state, row, at, theme))
            .collect();
        frame.lines(lines, list);
        let place = (offset, self.selected, self.rows.len());
        position(inner, list, place, theme, frame);
        let blank = u16::from(detail_rows(state) > 1);
        let details = Rect {
            y: list.bottom() + blank,
            height: rows_of(detail_rows(state)).saturating_sub(blank),
            ..inner
        }
        .intersection(inner);
        if let Some(row) = self.rows.get(self.selected) {
            let lines = details_of(state, row, usize::from(details.width), theme);
            frame.lines(lines, details);
        }
    }

    fn first(&self, state: &State) -> usize {
        self.list(state).1
    }

    fn row_areas(&self, state: &State) -> Vec<(Area, usize)> {
        let (list, first) = self.list(state);
        row_areas(list, (first..self.rows.len()).map(Some))
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        if self.stage != SyncStage::Choosing || self.rows.is_empty() {
            return vec![(Action::Back, "back")];
        }
        vec![
            (Action::Accept, "write"),
            (Action::Tick, "tick"),
            (Action::TickAll, "all or none"),
            (Action::Back, "back"),
        ]
    }
}

impl SyncScreen {
    /// The columns and rows of the dialog.
    fn size(&self, state: &State) -> (u16, u16) {
        let rows = self.rows.len().max(1) + other_rows(state) + 2;
        let rows = u16::try_from(rows).unwrap_or(state.size.1);
        (state.size.0.min(WIDEST), rows)
    }

    /// The area of the list, and its first row on screen.
    fn list(&self, state: &State) -> (Area, usize) {
        let (columns, rows) = self.size(state);
        let dialog = dialog_box(state, columns, rows);
        let below = detail_rows(state);
        list_between(
            dialog,
            (1, below),
            self.rows.len(),
            (self.first, self.selected),
        )
    }
}

fn rows_of(rows: usize) -> u16 {
    u16::try_from(rows).unwrap_or(u16::MAX)
}

/// The numbers of the plan.
fn summary(screen: &SyncScreen, state: &State, theme: &Theme) -> Line<'static> {
    let busy = |words: &str| {
        Line::from(vec![
            Span::styled(format!("{} ", spinner(state, theme)), theme.accent),
            Span::styled(words.to_owned(), theme.dim),
        ])
    };
    match screen.stage {
        SyncStage::Planning => return busy("comparing the list with the AWS files"),
        SyncStage::Writing => return busy("writing the AWS files"),
        SyncStage::Choosing => {}
    }
    let count = |change| {
        screen
            .rows
            .iter()
            .filter(|row| row.change == change)
            .count()
    };
    let is_unlisted = |block: &Block| match block {
        Block::Item(Item::Gap(gap)) => {
            gap.kind == Kind::Org && !matches!(gap.reason, GapReason::NoRoles)
        }
        _ => false,
    };
    let unlisted = state.picker.items.rows_of(is_unlisted).len();
    let all = [
        (count(SyncChange::New), "new"),
        (count(SyncChange::Changed), "changed"),
        (count(SyncChange::Removed), "no longer assigned"),
        (unlisted, "not listed"),
        (screen.unchanged, "unchanged"),
        (screen.skipped, "not managed by roledex"),
    ];
    let counted = all.iter().filter(|(count, _)| *count > 0);
    let words: Vec<String> = counted
        .map(|(count, word)| format!("{} {word}", number(*count)))
        .collect();
    let words = if screen.rows.is_empty() && words.is_empty() {
        "no entries to write".to_owned()
    } else if screen.rows.is_empty() {
        format!("nothing to write: {}", words.join(", "))
    } else {
        let ticked = screen.ticked.iter().filter(|ticked| **ticked).count();
        format!("{} ticked; {}", number(ticked), words.join(", "))
    };
    line(words, theme.dim)
}

/// The widths of the columns; 0: the column is not shown.
struct Columns {
    name: usize,
    account: usize,
    id: usize,
    role: usize,
    changes: usize,
    whole: usize,
}

impl Columns {
    /// The name as wide as it needs to be, and then as many other columns as there is room for.
    fn measure(state: &State, rows: &[&SyncRow], whole: usize) -> Self {
        let longest = |text: &dyn Fn(&SyncRow) -> usize| {
            let widths = rows.iter().map(|row| text(row));
            widths.max().unwrap_or(0)
        };
        let room = whole.saturating_sub(START);
        let mark = |row: &SyncRow| if is_marked(state, row) { 2 } else { 0 };
        let name = longest(&|row| width(&clean(&row.name)) + mark(row)).min(room);
        let mut rest = room - name;
        let mut column = |wanted: usize, least: usize| {
            let available = rest.saturating_sub(GAP);
            if wanted == 0 || wanted.min(least) > available {
                return 0;
            }
            let given = wanted.min(available);
            rest = available - given;
            given
        };
        let account = column(longest(&|row| width(&account_name(state, row))), USEFUL);
        let id = column(
            longest(&|row| row.entry.account.to_string().len()),
            usize::MAX,
        );
        let role = column(longest(&|row| width(&clean(&row.entry.role))), USEFUL);
        let changes = column(longest(&|row| width(&changes(row))), USEFUL);
        Self {
            name,
            account,
            id,
            role,
            changes,
            whole,
        }
    }

    fn line(
        &self,
        screen: &SyncScreen,
        state: &State,
        row: &SyncRow,
        at: usize,
        theme: &Theme,
    ) -> Line<'static> {
        let glyphs = theme.glyphs;
        let ellipsis = glyphs.ellipsis;
        let mut line = ListRow::new(at == screen.selected, theme);
        let is_ticked = screen.ticked.get(at) == Some(&true);
        let tick = if is_ticked { "[x] " } else { "[ ] " };
        line.push(tick, if is_ticked { theme.strong } else { theme.dim });
        let (sign, style) = match row.change {
            SyncChange::New => (glyphs.new, theme.good),
            SyncChange::Removed => (glyphs.lost, theme.bad),
            _ => ("~", theme.soon),
        };
        line.push(format!("{sign} "), style);
        let is_marked = is_marked(state, row);
        let mark = if is_marked { 2 } else { 0 };
        let style = if is_marked { theme.bad } else { Style::new() };
        line.push(
            fit(&row.name, self.name.saturating_sub(mark), ellipsis),
            style,
        );
        if is_marked {
            line.push(format!(" {}", glyphs.guarded), theme.bad);
        }
        let mut end = START + self.name;
        let cells = [
            (self.account, account_name(state, row), Style::new()),
            (self.id, row.entry.account.to_string().into(), theme.dim),
            (self.role, clean(&row.entry.role), Style::new()),
            (self.changes, changes(row).into(), theme.dim),
        ];
        for (columns, text, style) in cells {
            if columns > 0 {
                line.pad_to(end + GAP);
                end += GAP + columns;
                line.push(fit(&text, columns, ellipsis), style);
            }
        }
        line.line(self.whole)
    }
}

fn is_marked(state: &State, row: &SyncRow) -> bool {
    is_guarded(
        &state.guard,
        &state.catalog,
        &state.catalog.entry(&row.entry),
    )
}

fn account_name(state: &State, row: &SyncRow) -> Cow<'static, str> {
    let entry = state.catalog.entry(&row.entry);
    clean(&entry.account_name).into_owned().into()
}

/// The keys that change.
fn changes(row: &SyncRow) -> String {
    let keys: Vec<&str> = row
        .differences
        .iter()
        .map(|difference| difference.key)
        .collect();
    keys.join(", ")
}

/// The selected profile: its entry, and what becomes of it.
fn details_of(state: &State, row: &SyncRow, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let entry = describe(&state.catalog, &row.entry);
    let mut lines = vec![line(
        fit(&entry, columns, theme.glyphs.ellipsis),
        Style::new(),
    )];
    let words = match row.change {
        SyncChange::New => "a new profile".to_owned(),
        SyncChange::Removed => "its role is no longer assigned to you".to_owned(),
        _ if row.differences.is_empty() => "it will be rewritten".to_owned(),
        _ => {
            let all = row.differences.iter().map(ToString::to_string);
            all.collect::<Vec<_>>().join("; ")
        }
    };
    lines.extend(
        wrap(&words, columns)
            .into_iter()
            .map(|text| line(text, theme.dim)),
    );
    lines
}
