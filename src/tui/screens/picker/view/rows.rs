//! The rows of the list and their columns.

use std::borrow::Cow;

use jiff::Timestamp;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;

use crate::domain::guard::is_guarded;
use crate::domain::own::{Own, Via};
use crate::domain::rank::Grouping;
use crate::domain::search::{Field, is_found_by_number};
use crate::domain::text::clean;
use crate::domain::time::{countdown, seconds_left, short, span};
use crate::domain::{Entry, Freshness, Gap, GapReason, Item, Kind, Mark};
use crate::tui::screens::picker::{Row, View};
use crate::tui::state::State;
use crate::tui::text::{fit, highlighted, number, width};
use crate::tui::theme::Theme;
use crate::tui::widgets::{ListRow, spinner, time_bar};

/// The widest countdown: `23:59:59`, `expired`.
const LEFT: usize = 8;

/// The widest one in words: `ends in 11 h 59 min`.
const WIDEST_LEFT: usize = 19;

/// The time that is taken as granted where that is not known (seconds).
const HOUR: i64 = 3_600;

/// The columns of the selection's mark, the glyph and the blank behind it.
const START: usize = 3;

/// Blanks between two columns.
const GAP: usize = 2;

/// The fewest columns of a name.
const NAME: usize = 12;

/// In fewer columns, groups do not tell how many rows they have, and bars are short.
const NARROW: u16 = 60;

/// The end column of a session that is over.
const SIGNED_OUT: &str = "signed out";

/// The bar of a narrow screen.
const SHORT_BAR: usize = 4;

/// In fewer columns there are no bars.
const WITH_BARS: u16 = 40;

/// A column as wide as this may cut its longest texts.
const WIDE: usize = 32;

/// A column between the name and what stands at the end, in the order on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Account,
    Role,
    Portal,
    Profile,
    Region,
    Email,
}

impl Column {
    /// Those that are there where there is room for them, the most useful first.
    const OPTIONAL: [Self; 5] = [
        Self::Account,
        Self::Portal,
        Self::Profile,
        Self::Region,
        Self::Email,
    ];

    /// The fields that the query may match in it.
    fn fields(self) -> &'static [Field] {
        match self {
            Self::Account => &[Field::Id],
            Self::Role => &[Field::Role],
            Self::Portal => &[Field::Source, Field::Portal],
            Self::Email => &[Field::Mail],
            Self::Profile | Self::Region => &[],
        }
    }
}

/// The position of a row in its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is a head, or there are no groups.
    Top,
    Inner,
    Last,
}

/// The width of each column, measured on the rows on screen.
pub(super) struct Columns {
    name: usize,
    others: Vec<(Column, usize)>,
    /// The width of the end column: a countdown or a word. 0: no row on screen has any.
    left: usize,
    /// The bar before it; 0: there is none.
    bar: usize,
    whole: usize,
}

impl Columns {
    /// Names and roles as wide as they need to be, and then as many other columns as there is room for. Where
    /// there is no room for names and roles, they share it.
    pub(super) fn measure(
        state: &State,
        rows: &[(Row<'_>, Place)],
        whole: usize,
        theme: &Theme,
    ) -> Self {
        let needed = |column: Column| {
            let cells = rows
                .iter()
                .map(|(row, place)| width(&cell(state, row, *place, column)));
            cells.max().unwrap_or(0)
        };
        let left = rows
            .iter()
            .map(|(row, _)| width(&status(state, row, theme).1));
        let (most, bar) = match state.size.0 {
            _ if !has_bars(state) => (LEFT, 0),
            ..NARROW => (SIGNED_OUT.len(), SHORT_BAR),
            NARROW..80 => (WIDEST_LEFT, 8),
            80..120 => (WIDEST_LEFT, 14),
            _ => (WIDEST_LEFT, 24),
        };
        let left = left.max().unwrap_or(0).min(most);
        let gap = if bar > SHORT_BAR { GAP } else { 1 };
        let end = if left > 0 { left + GAP } else { 0 } + if bar > 0 { bar + gap } else { 0 };
        let room = whole.saturating_sub(START + end + 1);
        let names = rows.iter().map(|(row, place)| {
            let name = Name::new(state, row, *place, theme);
            width(name.branch) + width(&name.text) + name.marks_width()
        });
        let name = names.max().unwrap_or(0).max(NAME);
        // A remark runs on to the end of its row: it needs a column only if no row has a role.
        let role_width = |is_remark: bool| {
            let rows = rows.iter().filter(|(row, _)| has_remark(row) == is_remark);
            let cells = rows.map(|(row, place)| width(&cell(state, row, *place, Column::Role)));
            cells.max().unwrap_or(0)
        };
        let mut role = match role_width(false) {
            0 => role_width(true).min(WIDE),
            roles => roles,
        };
        let is_needed = rows.iter().any(|(row, _)| is_told_apart_by_id(state, row));
        let account = if is_needed {
            needed(Column::Account)
        } else {
            0
        };
        let mut others = Vec::new();
        let mut used = 0;
        for (column, width) in [(Column::Role, role), (Column::Account, account)] {
            if width > 0 {
                others.push((column, width));
                used += GAP + width;
            }
        }
        if name + used > room {
            let shared = room.saturating_sub(used - role);
            role = role.min((shared * 2 / 5).max(shared.saturating_sub(name)));
            for (column, width) in &mut others {
                if *column == Column::Role {
                    *width = role;
                }
            }
            let name = shared - role;
            others.sort_by_key(|(column, _)| *column as usize);
            return Self {
                name,
                others,
                left,
                bar,
                whole,
            };
        }
        let mut rest = room - name - used;
        for column in Column::OPTIONAL {
            if others.iter().any(|(other, _)| *other == column)
                || (column == Column::Portal && state.facts.sessions.len() < 2)
            {
                continue;
            }
            let needed = needed(column);
            let available = rest.saturating_sub(GAP);
            if needed > 0 && needed.min(WIDE) <= available {
                others.push((column, needed.min(available)));
                rest = available.saturating_sub(needed);
            }
        }
        others.sort_by_key(|(column, _)| *column as usize);
        Self {
            name,
            others,
            left,
            bar,
            whole,
        }
    }
}

/// One row: glyph, name, the other columns, countdown. The countdown is never cut, and a name in its middle.
pub(super) fn row(
    state: &State,
    (shown, place): &(Row<'_>, Place),
    selected: bool,
    columns: &Columns,
    theme: &Theme,
) -> Line<'static> {
    let (glyph, left, style) = status(state, shown, theme);
    let ellipsis = theme.glyphs.ellipsis;
    let left = fit(&left, columns.left, ellipsis);
    let left_width = if left.is_empty() {
        0
    } else {
        width(&left) + GAP
    };
    let has_remark = has_remark(shown);
    let mut row = ListRow::new(selected, theme);
    row.push(format!("{glyph} "), style);
    let name = Name::new(state, shown, *place, theme);
    let query = &state.picker.parsed;
    let mut end = START + columns.name;
    row.push(name.branch, theme.dim);
    let room = columns
        .name
        .saturating_sub(width(name.branch) + name.marks_width());
    let base = row.style(name.style);
    row.extend(highlighted(
        &fit(&name.text, room, ellipsis),
        name.fields,
        query,
        base,
        theme.matched,
    ));
    for (mark, style) in name.marks {
        row.push(format!(" {mark}"), style);
    }
    for (column, width) in &columns.others {
        row.pad_to(end + GAP);
        end += GAP + width;
        let takes_the_rest = has_remark && *column == Column::Role;
        let room = if takes_the_rest {
            columns.whole.saturating_sub(end - width + left_width + 1)
        } else {
            *width
        };
        let cell = cell(state, shown, *place, *column);
        let base = row.style(cell_style(state, shown, *column, theme));
        row.extend(highlighted(
            &fit(&cell, room, ellipsis),
            column.fields(),
            query,
            base,
            theme.matched,
        ));
        if takes_the_rest {
            break;
        }
    }
    if columns.bar > 0
        && let Some((seconds, granted)) = time(state, shown)
    {
        let gap = if columns.bar > SHORT_BAR { GAP } else { 1 };
        let end = columns.bar + gap + columns.left + 1;
        row.pad_to(columns.whole.saturating_sub(end));
        let ((full, style), empty) = time_bar(seconds, granted, columns.bar, theme);
        row.push(full, style);
        row.push(empty, theme.dim);
    }
    row.pad_to(columns.whole.saturating_sub(width(&left) + 1));
    row.push(left, style);
    row.line(columns.whole)
}

/// The text of the first column.
struct Name {
    /// The line from the group's head to it.
    branch: &'static str,
    text: String,
    style: Style,
    fields: &'static [Field],
    /// Glyphs behind it; they are never cut.
    marks: Vec<(Cow<'static, str>, Style)>,
}

impl Name {
    fn new(state: &State, row: &Row<'_>, place: Place, theme: &Theme) -> Self {
        let branch = match place {
            Place::Top => "",
            Place::Inner => theme.glyphs.branch,
            Place::Last => theme.glyphs.last_branch,
        };
        let marks = marks(state, row, theme);
        // Below its account a row is called by its role.
        if is_below_account(state, place) {
            return Self {
                branch,
                text: match entry_of(row).and_then(|entry| entry.own.as_ref()) {
                    Some(own) => format!("{} ({})", clean(&own.name), own.via.name()),
                    None => role(row).into_owned(),
                },
                style: role_style(row, theme),
                fields: &[Field::Role],
                marks,
            };
        }
        let is_lost = entry_of(row).is_some_and(|entry| entry.mark == Mark::Lost);
        let style = match row {
            Row::Head(_) => theme.strong,
            Row::Session(_) => Style::new(),
            Row::Item(_) if is_lost => Style::new().add_modifier(Modifier::CROSSED_OUT),
            Row::Item(_) if is_marked_guarded(state, row) => theme.bad,
            Row::Item(_) => Style::new(),
        };
        let name = match clean(row.name()) {
            name if name.is_empty() => row
                .account()
                .map(|account| account.to_string())
                .unwrap_or_default(),
            name => name.into_owned(),
        };
        let label = match row {
            Row::Item(item) => item.label(),
            Row::Session(_) => None,
            Row::Head(head) => head
                .account
                .and_then(|account| state.catalog.labels.get(&account))
                .map(|label| &**label),
        };
        let alias = label.and_then(|label| label.alias.as_deref());
        let text = match alias {
            Some(alias) => format!("{} \u{b7} {name}", clean(alias)),
            None => name,
        };
        Self {
            branch,
            text,
            style,
            fields: &[Field::Account, Field::Words, Field::Id],
            marks,
        }
    }

    fn marks_width(&self) -> usize {
        self.marks.iter().map(|(mark, _)| 1 + width(mark)).sum()
    }
}

/// The glyphs behind a name; behind that of a group the number of its rows.
fn marks(state: &State, row: &Row<'_>, theme: &Theme) -> Vec<(Cow<'static, str>, Style)> {
    let glyphs = theme.glyphs;
    let item = match row {
        Row::Item(item) => item,
        // Where there is little room, the name needs it.
        Row::Session(_) => return Vec::new(),
        Row::Head(_) if state.size.0 < NARROW => return Vec::new(),
        Row::Head(head) => {
            let noun = match state.picker.look.grouping {
                _ if state.picker.view == View::Active => "",
                Grouping::Account if head.entries == 1 => " role",
                Grouping::Account => " roles",
                Grouping::Portal | Grouping::None if head.entries == 1 => " row",
                Grouping::Portal | Grouping::None => " rows",
            };
            // Nothing is counted while roles are listed.
            if head.entries == 0 {
                return Vec::new();
            }
            let count = format!(" {}{noun}", number(head.entries as usize));
            return vec![(count.into(), theme.dim)];
        }
    };
    let mut marks: Vec<_> = kind_mark(item.kind(), theme).into_iter().collect();
    let Item::Entry(entry) = item else {
        return marks;
    };
    let mut mark = |is: bool, glyph: &'static str, style| {
        if is {
            marks.push((glyph.into(), style));
        }
    };
    let is_pinned = state.facts.history.pins.contains(&entry.id);
    mark(is_marked_guarded(state, row), glyphs.guarded, theme.bad);
    mark(is_pinned, glyphs.pinned, Style::new());
    mark(
        state.here.as_ref() == Some(&entry.id),
        glyphs.here,
        theme.strong,
    );
    if let Some(left) = mfa_left(state, entry) {
        marks.push((format!("mfa {left}").into(), theme.dim));
    }
    marks
}

/// The time for which no code of an MFA device is needed, where there is room to tell it and the row does not count
/// that time down itself.
fn mfa_left(state: &State, entry: &Entry) -> Option<String> {
    const BESIDE_BARS: u16 = 100;
    let is_session = |own: &Own| own.via == Via::Mfa;
    let least = if has_bars(state) { BESIDE_BARS } else { NARROW };
    if state.size.0 < least || entry.own.as_deref().is_none_or(is_session) {
        return None;
    }
    let end = state.facts.mfa_ends.get(&entry.id)?;
    let left = seconds_left(state.now, *end);
    (left > 0).then(|| short(left))
}

/// The kind of a row: accounts of an organization have no mark.
fn kind_mark(kind: Kind, theme: &Theme) -> Option<(Cow<'static, str>, Style)> {
    let glyph = match kind {
        Kind::Org => return None,
        Kind::External => theme.glyphs.external,
        Kind::Chain => theme.glyphs.chain,
        Kind::Profile => theme.glyphs.own,
    };
    Some((glyph.into(), theme.dim))
}

/// The row's entry.
fn entry_of<'a>(row: &'a Row<'_>) -> Option<&'a Entry> {
    match row {
        Row::Item(Item::Entry(entry)) => Some(entry),
        Row::Item(Item::Gap(_)) | Row::Head(_) | Row::Session(_) => None,
    }
}

fn is_marked_guarded(state: &State, row: &Row<'_>) -> bool {
    entry_of(row).is_some_and(|entry| {
        entry.mark != Mark::Lost && is_guarded(&state.guard, &state.catalog, entry)
    })
}

/// `true` if the account's id has to be seen: it is the head of its rows, another account has its name, or the
/// search found it by its id.
fn is_told_apart_by_id(state: &State, row: &Row<'_>) -> bool {
    let Some(account) = row.account() else {
        return false;
    };
    matches!(row, Row::Head(_))
        || state.picker.namesakes.contains(&account)
        || is_found_by_number(&state.picker.parsed, row.name(), &account.to_string())
}

/// `true` if the row is one of an account's, below the head that names it.
fn is_below_account(state: &State, place: Place) -> bool {
    place != Place::Top && state.picker.look.grouping == Grouping::Account
}

/// `true` if the row is one of a portal's, below the head that names it.
fn is_below_portal(state: &State, place: Place) -> bool {
    place != Place::Top && state.picker.look.grouping == Grouping::Portal
}

/// The text of a column.
fn cell<'a>(state: &'a State, row: &'a Row<'a>, place: Place, column: Column) -> Cow<'a, str> {
    let profile = || {
        let profile = state.picker.profiles.get(row.id()?);
        // An own profile is its name already.
        profile.filter(|profile| profile.entry.kind != Kind::Profile)
    };
    let text = match column {
        Column::Profile => profile().map(|profile| &*profile.name),
        Column::Region => profile().and_then(|profile| profile.region.as_deref()),
        // The head has it.
        _ if is_below_account(state, place) => None,
        Column::Role => return role(row),
        Column::Account if row.name().is_empty() => None,
        Column::Account => {
            let account = row.account().map(|account| account.to_string());
            return account.unwrap_or_default().into();
        }
        Column::Portal if matches!(row, Row::Head(_)) && row.account().is_none() => None,
        Column::Portal if is_below_portal(state, place) => None,
        Column::Portal => Some(portal(state, row)),
        Column::Email => match row {
            Row::Item(item) => Some(&**item.email()),
            Row::Head(head) => head.email.as_deref(),
            Row::Session(_) => None,
        },
    };
    clean(text.unwrap_or_default())
}

fn cell_style(state: &State, row: &Row<'_>, column: Column, theme: &Theme) -> Style {
    match column {
        Column::Role => role_style(row, theme),
        Column::Account if is_told_apart_by_id(state, row) => Style::new(),
        _ => theme.dim,
    }
}

/// `true` if the row has a remark where others have their role.
fn has_remark(row: &Row<'_>) -> bool {
    match row {
        Row::Item(Item::Entry(entry)) => {
            entry.own.as_ref().is_some_and(|own| own.trouble.is_some())
        }
        Row::Item(Item::Gap(_)) => true,
        Row::Head(_) | Row::Session(_) => false,
    }
}

/// The role of a row, or a remark: why it has none.
fn role<'a>(row: &'a Row<'_>) -> Cow<'a, str> {
    match row {
        Row::Item(Item::Entry(Entry { own: Some(own), .. })) => match &own.trouble {
            Some(trouble) => trouble.to_string().into(),
            None => own_role_text(own).into(),
        },
        Row::Item(Item::Entry(entry)) => clean(&entry.id.role),
        Row::Item(Item::Gap(gap)) => gap_text(gap).into(),
        Row::Head(_) => "".into(),
        Row::Session(_) => "portal".into(),
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

/// The role of an own profile if it is known, and the way it gets its credentials.
fn own_role_text(own: &Own) -> String {
    match &own.role {
        Some(role) => format!("{role} ({})", own.via.name()),
        None => own.via.name().to_owned(),
    }
}

/// The portal of a row; empty if none leads to it.
fn portal<'a>(state: &'a State, row: &'a Row<'a>) -> &'a str {
    let portal = match row {
        Row::Item(item) => state.catalog.portal_of(item.kind(), item.source()),
        Row::Head(head) => head.portal.as_ref(),
        Row::Session(_) => None,
    };
    portal.map_or("", |portal| portal)
}

/// The glyph of a row, its last column, and their style.
fn status(state: &State, row: &Row<'_>, theme: &Theme) -> (&'static str, String, Style) {
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
            let glyph = if head.folded {
                glyphs.folded
            } else {
                glyphs.open
            };
            return (glyph, String::new(), theme.accent);
        }
        Row::Session(session) => {
            return match session.expires_at.filter(|at| *at > state.now) {
                _ if !session.signed_in => (glyphs.expired, SIGNED_OUT.to_owned(), theme.bad),
                None => (glyphs.fresh, "renewed on use".to_owned(), theme.good),
                Some(at) => {
                    let (glyph, style) = theme.freshness(Freshness::at(Some(at), state.now));
                    (glyph, time_left(state, at), style)
                }
            };
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
    match (state.expires_at(&entry.id), entry.mark) {
        (Some(at), _) => {
            let (glyph, style) = theme.freshness(Freshness::at(Some(at), state.now));
            (glyph, time_left(state, at), style)
        }
        (None, Mark::New) => (glyphs.new, "new".to_owned(), theme.good),
        (None, Mark::Lost) => (glyphs.lost, "lost".to_owned(), theme.bad),
        (None, Mark::Known) => (" ", String::new(), Style::new()),
    }
}

/// The time until an end: in words in the active view, where there is room for them.
fn time_left(state: &State, end: Timestamp) -> String {
    let left = seconds_left(state.now, end);
    if has_bars(state) && state.size.0 >= NARROW && left > 0 {
        format!("ends in {}", span(left))
    } else {
        countdown(left)
    }
}

/// `true` if rows show the time that is left as a bar.
fn has_bars(state: &State) -> bool {
    state.picker.view == View::Active && state.size.0 >= WITH_BARS
}

/// The seconds that are left of those that were granted.
fn time(state: &State, row: &Row<'_>) -> Option<(i64, i64)> {
    let (end, granted) = match row {
        Row::Session(session) if session.signed_in => {
            let granted = state.picker.granted_sessions.get(&session.portal.name);
            (session.expires_at?, granted)
        }
        row => {
            let id = row.id()?;
            (state.expires_at(id)?, state.picker.granted.get(id))
        }
    };
    let granted = granted.map_or(HOUR, |(_, granted)| *granted);
    let left = seconds_left(state.now, end);
    (left > 0).then_some((left, granted))
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
