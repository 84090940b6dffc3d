//! Draws the portals, the apps and the own profiles in a table; below it, what is known of the selected row.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Portals, Row, rows};
use crate::domain::catalog::PortalPart;
use crate::domain::text::clean;
use crate::domain::time::{age, seconds_left, span};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::{Area, dialog_box, list_between, row_areas};
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, number, pad, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{self, ListRow, dialog, rect, scrollbar};

/// The most columns of the dialog.
const WIDEST: u16 = 100;

/// Columns of the cells after the name, the most useful first: session, accounts, age of the list, region.
const CELLS: [usize; 4] = [14, 10, 14, 15];

/// The rows for the selected row.
const ABOUT: usize = 4;

impl Draw for Portals {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let rows = rows(state);
        let selected = self.selected.min(rows.len().saturating_sub(1));
        let columns = state.size.0.min(WIDEST);
        let room = usize::from(columns).saturating_sub(4);
        let mut table = Table::new(room, theme);
        for (at, row) in rows.iter().enumerate() {
            table.row(state, row, at == selected);
        }
        if rows.is_empty() {
            table.lines.push(line("no portals yet", theme.dim));
        }
        let total = table.lines.len();
        let about = about(state);
        let inner = dialog(
            state,
            "Portals",
            columns,
            height(state, total),
            theme,
            frame,
        );
        let (list, offset) = self.list(state, &kinds(&rows));
        let list = rect(list);
        let lines = table.lines.into_iter().skip(offset);
        let lines: Vec<Line<'_>> = lines.take(list.height.into()).collect();
        frame.lines(lines, list);
        let place = format!("{}/{}", selected + 1, rows.len());
        scrollbar(inner, list, (offset, total), &place, theme, frame);
        if let Some(row) = rows.get(selected).filter(|_| about > 0) {
            let place = Rect {
                y: list.bottom() + 1,
                height: inner.bottom().saturating_sub(list.bottom() + 1),
                ..inner
            };
            let mut lines = about_row(state, row, room, theme);
            lines.truncate(ABOUT);
            frame.lines(lines, place);
        }
    }

    fn first(&self, state: &State) -> usize {
        self.list(state, &kinds(&rows(state))).1
    }

    fn row_areas(&self, state: &State) -> Vec<(Area, usize)> {
        let kinds = kinds(&rows(state));
        let (list, offset) = self.list(state, &kinds);
        row_areas(list, kinds.into_iter().skip(offset))
    }

    fn hints(&self, state: &State) -> Vec<(Action, &'static str)> {
        let mut hints = Vec::new();
        match rows(state).get(self.selected) {
            Some(Row::Portal(name)) => {
                let is_in = state.session(name).is_some_and(|session| session.signed_in);
                hints.push((
                    Action::SignInOut,
                    if is_in { "sign out" } else { "sign in" },
                ));
                hints.push((Action::Reload, "reload"));
                hints.push((Action::Edit, "edit"));
                hints.push((Action::Remove, "remove"));
                hints.push((Action::Accept, "show"));
            }
            Some(Row::App(_)) => {
                hints.push((Action::Accept, "show"));
                hints.push((Action::Remove, "remove"));
            }
            Some(Row::Own) => hints.push((Action::Accept, "show")),
            None => {}
        }
        // Of the same kind as the row.
        hints.push((Action::AddPortal, "add"));
        hints.push((Action::Back, "back"));
        hints
    }
}

/// The rows below the table, with the blank one before them.
fn about(state: &State) -> usize {
    let most = usize::from(state.size.1).saturating_sub(3);
    if most >= 12 { ABOUT + 1 } else { 0 }
}

/// The rows of the dialog with a table of so many lines.
fn height(state: &State, lines: usize) -> u16 {
    let rows = u16::try_from(lines + about(state)).unwrap_or(u16::MAX);
    rows.saturating_add(2)
}

/// The title of a row's section, and of its columns.
fn section(row: &Row) -> (&'static str, [&'static str; 4]) {
    match row {
        Row::Portal(_) => ("portals", ["session", "accounts", "updated", "region"]),
        Row::App(_) => ("apps", ["method", "roles", "updated", "portal"]),
        Row::Own => ("own profiles", ["", "profiles", "", ""]),
    }
}

/// The lines of the table: a row by its index, or a title or a blank.
fn kinds(rows: &[Row]) -> Vec<Option<usize>> {
    let mut kinds = Vec::new();
    let mut before = "";
    for (at, row) in rows.iter().enumerate() {
        let title = section(row).0;
        if title != before {
            if !before.is_empty() {
                kinds.push(None);
            }
            kinds.push(None);
            before = title;
        }
        kinds.push(Some(at));
    }
    if rows.is_empty() {
        kinds.push(None);
    }
    kinds
}

impl Portals {
    /// The area of the table, and its first line on screen.
    fn list(&self, state: &State, kinds: &[Option<usize>]) -> (Area, usize) {
        let columns = state.size.0.min(WIDEST);
        let dialog = dialog_box(state, columns, height(state, kinds.len()));
        let last = kinds.iter().flatten().last().copied().unwrap_or(0);
        let selected = Some(self.selected.min(last));
        let selected = kinds.iter().position(|kind| *kind == selected).unwrap_or(0);
        list_between(
            dialog,
            (0, about(state)),
            kinds.len(),
            (self.first, selected),
        )
    }
}

/// The lines of the table so far.
struct Table<'a> {
    lines: Vec<Line<'static>>,
    /// The title of the section of the last row.
    section: &'static str,
    /// Columns of the whole table, of the name, and the number of cells that fit.
    room: usize,
    name: usize,
    cells: usize,
    theme: &'a Theme,
}

impl<'a> Table<'a> {
    fn new(room: usize, theme: &'a Theme) -> Self {
        const LEAST_NAME: usize = 14;
        let free = room.saturating_sub(LEAST_NAME + 3);
        let mut used = 0;
        let fits = |columns: &&usize| {
            used += **columns;
            used <= free
        };
        let cells = CELLS.iter().take_while(fits).count();
        let name = room.saturating_sub(3 + CELLS.iter().take(cells).sum::<usize>());
        Self {
            lines: Vec::new(),
            section: "",
            room,
            name: name.min(40),
            cells,
            theme,
        }
    }

    fn row(&mut self, state: &State, row: &Row, selected: bool) {
        let (section, heads) = section(row);
        if section != self.section {
            if !self.section.is_empty() {
                self.lines.push(Line::default());
            }
            self.section = section;
            self.head(section, heads);
        }
        let theme = self.theme;
        let (glyph, style, name, cells) = match row {
            Row::Portal(name) => portal(state, name, theme),
            Row::App(name) => app(state, name, theme),
            Row::Own => own(state, theme),
        };
        let mut shown = ListRow::new(selected, theme);
        shown.push(format!("{glyph} "), style);
        shown.push(
            fit(&name, self.name - 1, theme.glyphs.ellipsis),
            Style::new(),
        );
        let mut column = 3 + self.name;
        for (text, columns) in cells.iter().zip(CELLS).take(self.cells) {
            shown.pad_to(column);
            shown.push(fit(text, columns - 1, theme.glyphs.ellipsis), Style::new());
            column += columns;
        }
        self.lines.push(shown.line(self.room));
    }

    /// The title of a section and of its columns.
    fn head(&mut self, section: &str, heads: [&str; 4]) {
        let mut spans = vec![Span::styled(
            pad(&format!(" {section}"), 3 + self.name),
            self.theme.strong,
        )];
        for (head, columns) in heads.into_iter().zip(CELLS).take(self.cells) {
            spans.push(Span::styled(pad(head, columns), self.theme.dim));
        }
        self.lines.push(Line::from(spans));
    }
}

/// The glyph of a row, its style, the name, and the cells.
type Cells = (&'static str, Style, String, [String; 4]);

fn portal(state: &State, name: &str, theme: &Theme) -> Cells {
    let part = state.catalog.portals.get(name);
    let is_failed = part.is_some_and(|part| part.problem.is_some());
    let session = state.session(name);
    let is_in = session.is_some_and(|session| session.signed_in);
    let (glyph, style) = match (is_in, is_failed) {
        _ if state.refreshing.contains(name) => (widgets::spinner(state, theme), theme.accent),
        (_, true) => (theme.glyphs.failed, theme.bad),
        (true, false) => (theme.glyphs.fresh, theme.good),
        (false, false) => (theme.glyphs.expired, theme.bad),
    };
    let left = session.and_then(|session| session.expires_at);
    let left = left
        .map(|at| seconds_left(state.now, at))
        .filter(|left| *left > 0);
    let sign_in = match (is_in, left) {
        (true, Some(left)) => span(left),
        (true, None) => "renewed".to_owned(),
        (false, _) => "signed out".to_owned(),
    };
    let region = session.map_or_else(String::new, |session| session.portal.region.clone());
    let accounts = part.map_or(0, |part| part.accounts.len());
    let progress = part.and_then(PortalPart::progress);
    let updated = match (progress, part.and_then(|part| part.fetched_at)) {
        (Some((listed, seen)), _) if state.refreshing.contains(name) => {
            format!("{}/{}", number(listed), number(seen))
        }
        (_, Some(at)) => age(seconds_left(at, state.now)),
        (_, None) => "never".to_owned(),
    };
    let cells = [sign_in, number(accounts), updated, region];
    (glyph, style, name.to_owned(), cells)
}

fn app(state: &State, name: &str, theme: &Theme) -> Cells {
    let app = state.facts.apps.iter().find(|app| *app.name == *name);
    let part = state.catalog.apps.get(name);
    let roles = part
        .and_then(|part| part.roles.as_ref())
        .map_or(0, Vec::len);
    let captured_at = part.and_then(|part| part.captured_at);
    let (glyph, style) = if roles > 0 {
        (theme.glyphs.fresh, theme.good)
    } else {
        (theme.glyphs.expired, theme.dim)
    };
    let portal = app.and_then(|app| app.portal.as_deref()).unwrap_or("none");
    let cells = [
        app.map_or("", |app| app.method.name()).to_owned(),
        roles.to_string(),
        captured_at.map_or_else(|| "never".to_owned(), |at| age(seconds_left(at, state.now))),
        portal.to_owned(),
    ];
    (glyph, style, name.to_owned(), cells)
}

fn own(state: &State, theme: &Theme) -> Cells {
    let own = &state.catalog.own;
    let broken = own.values().filter(|own| own.problem().is_some()).count();
    let (glyph, style) = if broken > 0 {
        (theme.glyphs.failed, theme.bad)
    } else {
        (theme.glyphs.fresh, theme.good)
    };
    let name = if broken > 0 {
        format!("~/.aws ({broken} cannot be used)")
    } else {
        "~/.aws".to_owned()
    };
    let cells = [
        String::new(),
        own.len().to_string(),
        String::new(),
        String::new(),
    ];
    (glyph, style, name, cells)
}

/// The failure of a portal's last refresh, or the accounts whose roles could not be listed.
fn problem_of(part: &PortalPart) -> Option<String> {
    if let Some(problem) = &part.problem {
        return Some(problem.to_string());
    }
    let mut failed = part.accounts.values().filter(|part| part.problem.is_some());
    let first = failed.next()?;
    let (name, problem) = (clean(&first.account.name), first.problem.as_ref()?);
    Some(match failed.count() {
        0 => format!("cannot list the roles of {name}: {problem}"),
        more => format!("cannot list the roles of {name} and {more} more: {problem}"),
    })
}

/// The lines about the selected row.
fn about_row(state: &State, row: &Row, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut field = |label: &str, value: &str| {
        let value = fit(
            value,
            room.saturating_sub(widgets::LABEL),
            theme.glyphs.ellipsis,
        );
        lines.push(widgets::field(label, &value, Style::new(), theme));
    };
    match row {
        Row::Portal(name) => {
            if let Some(session) = state.session(name) {
                field("start URL", &session.portal.start_url);
                field("scopes", &session.portal.scopes.join(", "));
            }
            let part = state.catalog.portals.get(name);
            if let Some(problem) = part.and_then(problem_of) {
                let text = wrap(&problem, room);
                lines.extend(text.into_iter().map(|text| line(text, theme.bad)));
            }
        }
        Row::App(name) => {
            let app = state.facts.apps.iter().find(|app| app.name == *name);
            if let Some(app) = app {
                field("link", &app.url);
            }
        }
        Row::Own => {
            let own = state.catalog.own.values();
            let broken = own.filter_map(|own| own.problem()).map(|it| it.to_string());
            for problem in broken.take(ABOUT) {
                lines.push(line(fit(&problem, room, theme.glyphs.ellipsis), theme.bad));
            }
        }
    }
    lines
}
