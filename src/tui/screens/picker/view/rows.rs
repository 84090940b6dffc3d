//! The rows of the list and their columns.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::domain::guard::is_guarded;
use crate::domain::own::Own;
use crate::domain::search::{Field, is_found_by_number};
use crate::domain::text::clean;
use crate::domain::time::{countdown, seconds_left};
use crate::domain::{Entry, Freshness, Gap, GapReason, Item, Kind, Mark};
use crate::tui::screens::picker::Row;
use crate::tui::state::State;
use crate::tui::text::{fit, highlighted, width};
use crate::tui::theme::Theme;
use crate::tui::widgets::spinner;

/// The widest countdown: `23:59:59`, `expired`.
const LEFT: usize = 8;

/// The widest portal's name in a row.
const BADGE: usize = 14;

/// From this many columns on, a row shows its portal if there are several.
const BADGE_FROM: usize = 56;

/// The widths of the columns of the rows on screen.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    name: usize,
    role: usize,
    /// The last column, a countdown or a word; 0: no row on screen has any.
    left: usize,
    /// The column of the portal; 0: it is not shown.
    badge: usize,
}

impl Columns {
    /// The widths that the rows need; if there is too little room, names and roles share it.
    pub(super) fn of(state: &State, rows: &[Row<'_>], whole: usize, theme: &Theme) -> Self {
        let longest =
            |text: &dyn Fn(Row<'_>) -> usize| rows.iter().map(|row| text(*row)).max().unwrap_or(0);
        let several = state.facts.sessions.len() > 1;
        let badge = if several && whole >= BADGE_FROM {
            longest(&|row| width(&clean(badge_of(state, row)))).min(BADGE)
        } else {
            0
        };
        let left = longest(&|row| width(&status(state, row, theme).1)).min(LEFT);
        // Selector, glyph, blank; two blanks after each column; one at the end.
        let room =
            whole.saturating_sub(3 + 2 + 2 + left + 1 + if badge > 0 { badge + 2 } else { 0 });
        let name = longest(&|row| {
            let number = number(state, row).map_or(0, |number| number.len() + 1);
            (number + width(&clean(&marked(state, row, row.name(), theme)))).max(12)
        });
        let role = longest(&|row| role_of(row).map_or(0, |role| width(&clean(role))).max(8));
        if name + role <= room {
            return Self {
                name,
                role: room - name,
                left,
                badge,
            };
        }
        let role = role.min((room * 2 / 5).max(room.saturating_sub(name)));
        Self {
            name: room - role,
            role,
            left,
            badge,
        }
    }
}

/// One row: glyph, account, role, portal, countdown. The countdown is never cut.
pub(super) fn row(
    state: &State,
    row: Row<'_>,
    selected: bool,
    columns: Columns,
    theme: &Theme,
) -> Line<'static> {
    let (glyph, left, style) = status(state, row, theme);
    // A reversed row in many colours is a row of many boxes: weight alone is kept.
    let plain = |style: Style| {
        if selected {
            Style { fg: None, ..style }
        } else {
            style
        }
    };
    let style = plain(style);
    let base = if selected {
        theme.selected
    } else {
        Style::new()
    };
    let ellipsis = theme.glyphs.ellipsis;
    let name = match row.name() {
        name if name.is_empty() => row
            .account()
            .map(|account| account.to_string())
            .unwrap_or_default(),
        name => name.to_string(),
    };
    let name = marked(state, row, &name, theme);
    let (role, role_style) = match row {
        Row::Item(Item::Entry(Entry { own: Some(own), .. })) => match &own.trouble {
            Some(trouble) => (trouble.to_string(), base.patch(plain(theme.bad))),
            None => (own_role_text(own), base),
        },
        Row::Item(Item::Entry(entry)) => (entry.id.role.to_string(), base),
        Row::Item(Item::Gap(gap)) => (gap_text(gap).to_owned(), base.patch(plain(theme.dim))),
        Row::Head(_) => (String::new(), base),
    };
    let lost = entry_of(row).is_some_and(|entry| entry.mark == Mark::Lost);
    let guarded =
        entry_of(row).is_some_and(|entry| is_guarded(&state.guard, &state.catalog, entry));
    let text = if guarded && !lost {
        base.patch(plain(theme.bad))
    } else if lost {
        base.add_modifier(Modifier::CROSSED_OUT)
    } else {
        base
    };
    let query = &state.picker.parsed;
    let mut spans = vec![
        Span::styled(
            if selected { theme.glyphs.selected } else { " " },
            theme.accent,
        ),
        Span::styled(glyph, base.patch(style)),
        Span::styled(" ", base),
    ];
    let column = |value: &str,
                  fields: &[Field],
                  room: usize,
                  style: Style,
                  spans: &mut Vec<Span<'static>>| {
        let shown = fit(value, room, ellipsis);
        let blanks = room.saturating_sub(width(&shown));
        spans.extend(highlighted(&shown, fields, query, style, theme.matched));
        spans.push(Span::styled(" ".repeat(blanks + 2), base));
    };
    let mut room = columns.name;
    if let Some(number) = number(state, row) {
        room = room.saturating_sub(number.len() + 1);
        spans.extend(highlighted(
            &number,
            &[Field::Id],
            query,
            text,
            theme.matched,
        ));
        spans.push(Span::styled(" ", base));
    }
    let name_fields = [Field::Account, Field::Words, Field::Id];
    column(&name, &name_fields, room, text, &mut spans);
    column(&role, &[Field::Role], columns.role, role_style, &mut spans);
    if columns.badge > 0 {
        column(
            badge_of(state, row),
            &[Field::Source, Field::Portal],
            columns.badge,
            base.patch(plain(theme.dim)),
            &mut spans,
        );
    }
    let left = fit(&left, columns.left, ellipsis);
    spans.push(Span::styled(
        format!(
            "{}{left} ",
            " ".repeat(columns.left.saturating_sub(width(&left)))
        ),
        base.patch(style),
    ));
    Line::from(spans)
}

/// The row's entry.
fn entry_of(row: Row<'_>) -> Option<&Entry> {
    match row {
        Row::Item(Item::Entry(entry)) => Some(entry),
        Row::Item(Item::Gap(_)) | Row::Head(_) => None,
    }
}

/// The row's role.
fn role_of(row: Row<'_>) -> Option<&str> {
    match row {
        Row::Item(item) => item.role().map(|role| &**role),
        Row::Head(_) => None,
    }
}

/// The account's number, if the search found the row by it: what matched is shown.
fn number(state: &State, row: Row<'_>) -> Option<String> {
    let number = row.account()?.to_string();
    let name = row.name();
    let is_shown = !name.is_empty() && is_found_by_number(&state.picker.parsed, name, &number);
    is_shown.then_some(number)
}

/// A row's name, after the user's alias and before the row's marks.
fn marked(state: &State, row: Row<'_>, name: &str, theme: &Theme) -> String {
    let Row::Item(item) = row else {
        return name.to_owned();
    };
    let alias = item.label().and_then(|label| label.alias.as_deref());
    let alias = alias.map_or_else(String::new, |alias| format!("{alias} \u{b7} "));
    let pinned = row
        .id()
        .is_some_and(|id| state.facts.history.pins.contains(id));
    let pin = match (pinned, theme.glyphs.boxes) {
        (false, _) => "",
        (true, true) => " \u{2605}",
        (true, false) => " *",
    };
    let here = row.id().is_some_and(|id| state.here.as_ref() == Some(id));
    let here = if here { " (this shell)" } else { "" };
    let kind = kind_mark(item.kind(), theme);
    format!("{alias}{name}{kind}{pin}{here}")
}

/// The role of an own profile if it is known, and the way it gets its credentials.
fn own_role_text(own: &Own) -> String {
    match &own.role {
        Some(role) => format!("{role} ({})", own.via.name()),
        None => own.via.name().to_owned(),
    }
}

/// The portal of a row; empty if none leads to it.
fn badge_of<'a>(state: &'a State, row: Row<'a>) -> &'a str {
    let portal = match row {
        Row::Item(item) => state.catalog.portal_of(item.kind(), item.source()),
        Row::Head(head) => head.portal.as_ref(),
    };
    portal.map_or("", |portal| portal)
}

/// The mark of a kind of entry; accounts of an organization have none.
fn kind_mark(kind: Kind, theme: &Theme) -> &'static str {
    match kind {
        Kind::Org => "",
        Kind::External if theme.glyphs.boxes => " \u{2197}",
        Kind::External => " ^",
        Kind::Chain if theme.glyphs.boxes => " \u{21e2}",
        Kind::Chain => " >",
        Kind::Profile if theme.glyphs.boxes => " \u{25c7}",
        Kind::Profile => " =",
    }
}

/// The glyph of a row, its last column, and their style.
fn status(state: &State, row: Row<'_>, theme: &Theme) -> (&'static str, String, Style) {
    let glyphs = &theme.glyphs;
    let entry = match row {
        Row::Item(Item::Entry(entry)) => entry,
        Row::Item(Item::Gap(gap)) => {
            return match &gap.reason {
                GapReason::Failed(_) => (glyphs.failed, String::new(), theme.bad),
                GapReason::Loading => (spinner(state, theme), String::new(), theme.dim),
                GapReason::Unknown | GapReason::NoRoles => (" ", String::new(), theme.dim),
            };
        }
        Row::Head(head) => {
            let glyph = match (head.folded, theme.glyphs.boxes) {
                (true, true) => "\u{25b8}",
                (false, true) => "\u{25be}",
                (true, false) => "+",
                (false, false) => "-",
            };
            return (glyph, head.count.to_string(), theme.accent);
        }
    };
    if state.picker.busy.contains_key(&entry.id) {
        return (spinner(state, theme), "working".to_owned(), theme.accent);
    }
    if entry.own.as_ref().is_some_and(|own| own.trouble.is_some()) {
        return (glyphs.failed, String::new(), theme.bad);
    }
    if state.picker.failed.contains_key(&entry.id) {
        return (glyphs.failed, "failed".to_owned(), theme.bad);
    }
    let expires_at = state
        .picker
        .profiles
        .get(&entry.id)
        .and_then(|profile| profile.expires_at);
    match (expires_at, entry.mark) {
        (Some(at), _) => {
            let (glyph, style) = theme.freshness(Freshness::at(Some(at), state.now));
            (glyph, countdown(seconds_left(state.now, at)), style)
        }
        (None, Mark::New) => (glyphs.new, "new".to_owned(), theme.good),
        (None, Mark::Lost) => (glyphs.lost, "lost".to_owned(), theme.bad),
        (None, Mark::Known) => (" ", String::new(), Style::new()),
    }
}

fn gap_text(gap: &Gap) -> &str {
    match &gap.reason {
        GapReason::Loading => "listing its roles",
        GapReason::Unknown if gap.kind == Kind::External => "Enter: find its roles",
        GapReason::Unknown => "roles not listed yet",
        GapReason::NoRoles => "no roles for you",
        GapReason::Failed(problem) => &problem.title,
    }
}
