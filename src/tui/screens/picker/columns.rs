//! The columns of the list: their texts, how wide these are, and the columns that there is room for. The reducer
//! measures the rows, so that columns keep their place while the list is scrolled; the layout and the view choose.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{Row, View};
use crate::domain::guard::is_guarded;
use crate::domain::label;
use crate::domain::own::{Own, Via};
use crate::domain::rank::Grouping;
use crate::domain::search::{Field, is_found_by_number};
use crate::domain::text::{clean, plural, width};
use crate::domain::time::{countdown, seconds_left, short, span};
use crate::domain::{Entry, Gap, GapReason, Item, Kind, Mark};
use crate::tui::state::State;
use crate::tui::text::number;

/// The columns of the selection's mark, the glyph and the blank behind it.
pub(super) const START: usize = 3;

/// Blanks between two columns.
pub(super) const GAP: usize = 2;

/// The number of rows that are measured before the list is scrolled: there may be very many, and each key of a search
/// makes a new list.
const MEASURED: usize = 100;

/// The fewest columns of the details beside the list.
pub(crate) const NARROWEST_DETAILS: usize = 32;

/// The fewest columns of a name.
const NAME: usize = 12;

/// The columns of the line from a head to its row.
const BRANCH: usize = 2;

/// In fewer columns, times are not told in words.
const NARROW: u16 = 60;

/// In fewer columns there are no bars.
const WITH_BARS: u16 = 40;

/// The shortest bar.
const SHORT_BAR: usize = 4;

/// A column as wide as this may cut its longest texts.
const WIDE: usize = 32;

/// The end column of a session that is over.
const SIGNED_OUT: &str = "signed out";

/// A column between the name and what stands at the end, in the order on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Account,
    Role,
    Portal,
    Profile,
    Region,
    Email,
}

impl Column {
    /// All of them.
    const ALL: [Self; 6] = [
        Self::Account,
        Self::Role,
        Self::Portal,
        Self::Profile,
        Self::Region,
        Self::Email,
    ];

    /// Those that are there where there is room for them and for those before them, the most useful first.
    const OPTIONAL: [Self; 4] = [Self::Portal, Self::Profile, Self::Region, Self::Email];

    /// The fields that the query may match in it.
    pub(super) fn fields(self) -> &'static [Field] {
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

/// A mark behind a name. It is never cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NameMark {
    Kind(Kind),
    Guarded,
    Pinned,
    Here,
    /// The time for which no code of an MFA device is needed.
    Mfa(String),
    /// The number of rows of a group, which is left out where a name would be cut for it.
    Count(String),
}

impl NameMark {
    /// Its columns, with the blank before it.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Mfa(text) | Self::Count(text) => 1 + width(text),
            Self::Kind(_) | Self::Guarded | Self::Pinned | Self::Here => 2,
        }
    }
}

/// The widest texts of the rows that were measured so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Widths {
    /// The columns of the screen for which they were measured; 0: nothing is measured yet.
    screen: u16,
    /// Names with their marks, and the same without the numbers of rows of groups.
    name: usize,
    name_alone: usize,
    /// The columns by their number; of roles those that are no remarks.
    cells: [usize; Column::ALL.len()],
    /// Remarks instead of roles, and the names of their rows.
    remark: usize,
    remark_name: usize,
    /// The countdown or a word, and the same in more words.
    end: usize,
    end_in_words: usize,
    /// `true` if a row has a bar.
    has_bar: bool,
    /// `true` if a row can only be told apart by the number of its account.
    needs_number: bool,
    /// `true` if no row has both a number and a text at its end: heads have the number, the rows below them the text.
    has_either: bool,
}

impl Widths {
    fn measure(&mut self, state: &State, row: &Row<'_>, place: Place) {
        let branch = if place == Place::Top { 0 } else { BRANCH };
        let text = width(&name(state, row, place));
        let (mut alone, mut all) = (branch + text, branch + text);
        for mark in marks(state, row) {
            all += mark.width();
            if !matches!(mark, NameMark::Count(_)) {
                alone += mark.width();
            }
        }
        self.name = self.name.max(all);
        self.name_alone = self.name_alone.max(alone);
        if has_remark(row) {
            self.remark_name = self.remark_name.max(alone);
        }
        for column in Column::ALL {
            let width = width(&cell(state, row, place, column));
            let widest = match column {
                Column::Role if has_remark(row) => &mut self.remark,
                _ => &mut self.cells[column as usize],
            };
            *widest = width.max(*widest);
        }
        // No column gives way to a word that is gone in a moment.
        if !is_busy(state, row) {
            self.end = self.end.max(width(&end_text(state, row, false)));
            self.end_in_words = self.end_in_words.max(width(&end_text(state, row, true)));
        }
        self.has_bar |= time(state, row).is_some();
        self.needs_number |= is_told_apart_by_id(state, row);
    }

    /// Takes in those of other rows.
    fn take_in(&mut self, other: &Self) {
        let Self {
            screen,
            name,
            name_alone,
            cells,
            remark,
            remark_name,
            end,
            end_in_words,
            has_bar,
            needs_number,
            has_either,
        } = other;
        self.screen = *screen;
        self.name = self.name.max(*name);
        self.name_alone = self.name_alone.max(*name_alone);
        for (own, other) in self.cells.iter_mut().zip(cells) {
            *own = (*own).max(*other);
        }
        self.remark = self.remark.max(*remark);
        self.remark_name = self.remark_name.max(*remark_name);
        self.end = self.end.max(*end);
        self.end_in_words = self.end_in_words.max(*end_in_words);
        self.has_bar |= has_bar;
        self.needs_number |= needs_number;
        self.has_either = *has_either;
    }

    fn of(&self, column: Column) -> usize {
        let width = self.cells[column as usize];
        match column {
            // A remark runs on to the end of its row: it needs a column only if no row has a role.
            Column::Role if width == 0 => self.remark.min(WIDE),
            _ => width,
        }
    }

    /// The time that is left, in words or not.
    fn end(&self, in_words: bool) -> usize {
        if in_words {
            self.end_in_words
        } else {
            self.end
        }
    }

    /// The columns of a list of a form.
    fn needed(&self, form: Form) -> usize {
        let end = spaced(self.end(form.in_words));
        let shared = if self.has_either {
            self.number(form).min(end)
        } else {
            0
        };
        self.needed_apart(form) - shared
    }

    /// The columns of a list of a form, with a place of their own for the texts at the end.
    fn needed_apart(&self, form: Form) -> usize {
        let bar = spaced(if form.with_bar { SHORT_BAR } else { 0 });
        let end = spaced(self.end(form.in_words));
        let others = [spaced(self.of(Column::Role)), self.number(form), bar, end];
        START + form.name.max(NAME) + others.into_iter().sum::<usize>() + 1
    }

    /// The columns of the numbers of accounts, if the form has them.
    fn number(&self, form: Form) -> usize {
        if form.with_number {
            spaced(self.of(Column::Account))
        } else {
            0
        }
    }

    /// The columns of lists without a bar: one with the numbers of accounts, the same with cut names, and one without
    /// them.
    pub(crate) fn wanted(&self) -> [usize; 3] {
        let plain = Form {
            with_number: true,
            with_bar: false,
            in_words: false,
            name: self.name,
        };
        let without = Form {
            with_number: false,
            ..plain
        };
        [plain, self.cut(), without].map(|form| self.needed(form))
    }

    /// The form with the numbers of accounts in which the longest names are cut: a few of them are no reason to leave
    /// the numbers out.
    fn cut(&self) -> Form {
        Form {
            with_number: true,
            with_bar: false,
            in_words: false,
            name: self.name_alone.min(WIDE),
        }
    }
}

/// The parts of a list that give way where there is little room.
#[derive(Clone, Copy, Debug)]
struct Form {
    with_number: bool,
    with_bar: bool,
    in_words: bool,
    /// The width of the names, with or without the numbers of rows of groups.
    name: usize,
}

/// The forms that the list may have, the best first: the number of an account is worth most, then whole names, then a
/// bar, then words for the time, then the number of rows of a group.
fn forms(state: &State) -> impl Iterator<Item = Form> {
    let widths = &state.picker.widths;
    let bars = has_bars(state) && widths.has_bar;
    let words = has_bars(state) && state.size.0 >= NARROW;
    let whole = move |with_number| {
        let forms = (0..8_u8).rev().map(move |bits| Form {
            with_number,
            with_bar: bits & 4 != 0,
            in_words: bits & 2 != 0,
            name: if bits & 1 != 0 {
                widths.name
            } else {
                widths.name_alone
            },
        });
        forms.filter(move |form| (bars || !form.with_bar) && (words || !form.in_words))
    };
    let without = whole(false).filter(|_| !widths.needs_number);
    whole(true).chain([widths.cut()]).chain(without)
}

/// A column and the gap before it; nothing for a column without text.
fn spaced(width: usize) -> usize {
    if width > 0 { width + GAP } else { 0 }
}

/// Measures the rows on screen, and of a new list the first ones. Widths only grow while the list is the same.
pub(super) fn measure(state: &mut State, page: usize) {
    let screen = state.size.0;
    let picker = &mut state.picker;
    let mut widths = std::mem::take(&mut picker.widths);
    if picker.widest.screen != screen {
        picker.widest = Widths::default();
    }
    let offset = state.picker.offset;
    let mut parts = Vec::new();
    let is_new = widths.screen != screen;
    if is_new {
        widths = Widths {
            screen,
            has_either: state.picker.in_groups && is_below_account(state, Place::Inner),
            ..Widths::default()
        };
        parts.push(rows(state, 0, MEASURED));
    }
    if !is_new || offset + page > MEASURED {
        parts.push(rows(state, offset, page));
    }
    for (row, place) in parts.iter().flatten() {
        widths.measure(state, row, *place);
    }
    state.picker.widest.take_in(&widths);
    state.picker.widths = widths;
}

/// So many rows from one on, and where each stands in its group.
pub(super) fn rows(state: &State, first: usize, count: usize) -> Vec<(Row<'_>, Place)> {
    let picker = &state.picker;
    // One more: it tells whether the last one is the last of its group.
    let mut rows: Vec<Row<'_>> = state.rows_from(first).take(count + 1).collect();
    let is_head = |row: &Row<'_>| matches!(row, Row::Head(_));
    // In the active view only the sessions, which are the last rows, have a head.
    let first_below = match (picker.view, picker.groups.first()) {
        (View::Active, Some(group)) if group.folded => picker.hits.len(),
        (View::Active, Some(group)) => picker.hits.len().saturating_sub(group.count as usize),
        _ => 0,
    };
    let ends = |at: usize| rows.get(at).is_none_or(is_head);
    let place = |(at, row): (usize, &Row<'_>)| {
        if !picker.in_groups || picker.groups.is_empty() || first + at < first_below || is_head(row)
        {
            Place::Top
        } else if ends(at + 1) {
            Place::Last
        } else {
            Place::Inner
        }
    };
    let places: Vec<Place> = rows.iter().enumerate().map(place).collect();
    rows.truncate(count);
    rows.into_iter().zip(places).collect()
}

/// The columns that a list has, and their widths.
pub(super) struct Columns {
    pub(super) name: usize,
    pub(super) others: Vec<(Column, usize)>,
    /// The first column of remarks, the same in all rows.
    pub(super) remark: usize,
    /// The width of the end column: a countdown or a word. 0: no row has any.
    pub(super) end: usize,
    /// `true` if it is told in words.
    pub(super) in_words: bool,
    /// The bar before it; 0: there is none.
    pub(super) bar: usize,
    pub(super) whole: usize,
}

impl Columns {
    /// Names and roles as wide as they need to be, then the numbers of accounts, then a bar, and then as many other
    /// columns as there is room for. Where there is no room for names and roles, they share it.
    pub(super) fn choose(state: &State, whole: usize) -> Self {
        let widths = &state.picker.widths;
        let form = forms(state).find(|form| widths.needed(*form) <= whole);
        let last = Form {
            with_number: widths.needs_number,
            with_bar: false,
            in_words: false,
            name: widths.name_alone,
        };
        let Form {
            with_number,
            with_bar,
            in_words,
            name,
        } = form.unwrap_or(last);
        let mut columns = Self {
            name: name.max(NAME),
            others: Vec::new(),
            remark: 0,
            end: widths.end(in_words),
            in_words,
            bar: if with_bar { SHORT_BAR } else { 0 },
            whole,
        };
        columns.add(Column::Role, widths.of(Column::Role));
        if with_number {
            columns.add(Column::Account, widths.of(Column::Account));
        }
        match form {
            Some(form) => {
                let mut rest = whole.saturating_sub(widths.needed_apart(form));
                // A name is cut only where there is no room for it.
                let more = rest.min(widths.name_alone.saturating_sub(columns.name));
                columns.name += more;
                rest -= more;
                columns.fill(state, rest, with_number);
            }
            None => columns.share(),
        }
        columns.others.sort_by_key(|(column, _)| *column as usize);
        columns.remark = columns.start_of_remarks(widths);
        columns
    }

    /// Remarks begin with the roles, or before them if they have more room there, but behind the names of their rows.
    fn start_of_remarks(&self, widths: &Widths) -> usize {
        let widest = widths.remark.min(WIDE);
        let end = self
            .whole
            .saturating_sub(1 + spaced(self.end) + spaced(self.bar));
        let mut at = START + self.name;
        let mut starts = Vec::new();
        for (column, width) in &self.others {
            starts.push(at + GAP);
            if *column == Column::Role {
                break;
            }
            at += GAP + width;
        }
        let with_room = starts.iter().rev().find(|start| *start + widest <= end);
        let behind_names = || {
            let first = starts.first().copied().unwrap_or(at);
            let names = START + widths.remark_name + GAP;
            end.saturating_sub(widest).max(names).min(first)
        };
        with_room.copied().unwrap_or_else(behind_names)
    }

    fn add(&mut self, column: Column, width: usize) {
        if width > 0 {
            self.others.push((column, width));
        }
    }

    /// Divides the room that names and roles have: a name keeps most of it.
    fn share(&mut self) {
        let others = self.others.iter().map(|(_, width)| spaced(*width));
        let used = START + others.sum::<usize>() + spaced(self.end) + 1;
        let is_role = |(column, _): &&mut (Column, usize)| *column == Column::Role;
        let mut none = (Column::Role, 0);
        let role = self.others.iter_mut().find(is_role).unwrap_or(&mut none);
        let shared = (self.whole + role.1).saturating_sub(used);
        role.1 = role
            .1
            .min((shared * 2 / 5).max(shared.saturating_sub(self.name)));
        self.name = shared - role.1;
    }

    /// Takes so many columns that are left for the bar and for other columns.
    fn fill(&mut self, state: &State, mut rest: usize, with_number: bool) {
        let widths = &state.picker.widths;
        if self.bar > 0 {
            let most = match state.size.0 {
                ..NARROW => SHORT_BAR,
                NARROW..80 => 8,
                80..120 => 14,
                _ => 24,
            };
            let more = rest.min(most - self.bar);
            self.bar += more;
            rest -= more;
        }
        // A column never takes the place of a more useful one that would fit beside narrower details.
        if !with_number && widths.of(Column::Account) > 0 {
            return;
        }
        let details = usize::from(state.size.0).saturating_sub(self.whole);
        let kept = details.saturating_sub(NARROWEST_DETAILS);
        for column in Column::OPTIONAL {
            let needed = widths.of(column);
            if needed == 0 || (column == Column::Portal && state.facts.sessions.len() < 2) {
                continue;
            }
            if spaced(needed.min(WIDE)) > rest {
                if spaced(needed.min(WIDE)) <= rest + kept {
                    break;
                }
                continue;
            }
            self.add(column, needed.min(rest - GAP));
            rest = rest.saturating_sub(spaced(needed));
        }
    }
}

/// The text of the first column: below its account a row is called by its role.
pub(super) fn name<'a>(state: &'a State, row: &'a Row<'a>, place: Place) -> Cow<'a, str> {
    if is_below_account(state, place) {
        return match entry_of(row).and_then(|entry| entry.own.as_ref()) {
            Some(own) => format!("{} ({})", clean(&own.name), own.via.name()).into(),
            None => role(row),
        };
    }
    let label = match row {
        Row::Item(item) => item.label(),
        Row::Session(_) => None,
        Row::Head(head) => head
            .account
            .and_then(|account| state.catalog.labels.get(&account))
            .map(|label| &**label),
    };
    let number = row
        .account()
        .filter(|_| clean(row.name()).is_empty())
        .map(|account| account.to_string());
    match number {
        Some(number) => label::named(label, &number).into_owned().into(),
        None => label::named(label, row.name()),
    }
}

/// The marks behind a name; behind that of a group the number of its rows.
pub(super) fn marks(state: &State, row: &Row<'_>) -> Vec<NameMark> {
    let item = match row {
        Row::Item(item) => item,
        Row::Session(_) => return Vec::new(),
        Row::Head(head) => {
            let (count, noun) = match state.picker.view {
                // They are named already.
                View::Active => (head.count, None),
                _ if head.is_own() => (head.entries, Some("profile")),
                _ => (head.entries, Some("role")),
            };
            // No roles are counted while they are listed.
            if count == 0 {
                return Vec::new();
            }
            let count = count as usize;
            let noun = noun.map(|noun| format!(" {}", plural(count, noun)));
            let text = format!(" {}{}", number(count), noun.unwrap_or_default());
            return vec![NameMark::Count(text)];
        }
    };
    let mut marks = Vec::new();
    if item.kind() != Kind::Org {
        marks.push(NameMark::Kind(item.kind()));
    }
    let Item::Entry(entry) = item else {
        return marks;
    };
    if is_marked_guarded(state, row) {
        marks.push(NameMark::Guarded);
    }
    if state.facts.history.pins.contains(&entry.id) {
        marks.push(NameMark::Pinned);
    }
    if state.here.as_ref() == Some(&entry.id) {
        marks.push(NameMark::Here);
    }
    marks.extend(mfa_left(state, entry).map(|left| NameMark::Mfa(format!("mfa {left}"))));
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

/// The row's entry.
pub(super) fn entry_of<'a>(row: &'a Row<'_>) -> Option<&'a Entry> {
    match row {
        Row::Item(Item::Entry(entry)) => Some(entry),
        Row::Item(Item::Gap(_)) | Row::Head(_) | Row::Session(_) => None,
    }
}

/// `true` while the row's entry is being used or refreshed.
pub(super) fn is_busy(state: &State, row: &Row<'_>) -> bool {
    entry_of(row).is_some_and(|entry| state.picker.busy.contains_key(&entry.id))
}

pub(super) fn is_marked_guarded(state: &State, row: &Row<'_>) -> bool {
    entry_of(row).is_some_and(|entry| {
        entry.mark != Mark::Lost && is_guarded(&state.guard, &state.catalog, entry)
    })
}

/// `true` if the account's id has to be seen: it is the head of its rows, another account has its name, or the
/// search found it by its id.
pub(super) fn is_told_apart_by_id(state: &State, row: &Row<'_>) -> bool {
    let Some(account) = row.account() else {
        return false;
    };
    matches!(row, Row::Head(_))
        || state.picker.namesakes.contains(&account)
        || is_found_by_number(&state.picker.parsed, row.name(), &account.to_string())
}

/// `true` if the row is one of an account's, below the head that names it.
pub(super) fn is_below_account(state: &State, place: Place) -> bool {
    is_below(state, place, Grouping::Account)
}

/// `true` if the row is below a head of groups of this kind.
fn is_below(state: &State, place: Place, grouping: Grouping) -> bool {
    place != Place::Top
        && state.picker.look.grouping == grouping
        && state.picker.view != View::Active
}

/// The text of a column.
pub(super) fn cell<'a>(
    state: &'a State,
    row: &'a Row<'a>,
    place: Place,
    column: Column,
) -> Cow<'a, str> {
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
        // The name is the number.
        Column::Account if clean(row.name()).is_empty() => None,
        Column::Account => {
            let account = row.account().map(|account| account.to_string());
            return account.unwrap_or_default().into();
        }
        Column::Portal if matches!(row, Row::Head(_)) && row.account().is_none() => None,
        Column::Portal if is_below(state, place, Grouping::Portal) => None,
        Column::Portal => Some(portal(state, row)),
        Column::Email => match row {
            Row::Item(item) => Some(&**item.email()),
            Row::Head(head) => head.email.as_deref(),
            Row::Session(_) => None,
        },
    };
    clean(text.unwrap_or_default())
}

/// `true` if the row has a remark where others have their role.
pub(super) fn has_remark(row: &Row<'_>) -> bool {
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

/// The text at the end of a row: the time that is left, or a word.
pub(super) fn end_text(state: &State, row: &Row<'_>, in_words: bool) -> Cow<'static, str> {
    let time_left = |end: Timestamp| {
        let left = seconds_left(state.now, end);
        if in_words && left > 0 {
            format!("ends in {}", span(left)).into()
        } else {
            countdown(left).into()
        }
    };
    let renews = if in_words {
        "renewed on use".into()
    } else {
        "renews".into()
    };
    let entry = match row {
        Row::Item(Item::Entry(entry)) => entry,
        Row::Item(Item::Gap(_)) | Row::Head(_) => return "".into(),
        Row::Session(session) => {
            return match session.expires_at.filter(|at| *at > state.now) {
                _ if !session.signed_in => SIGNED_OUT.into(),
                None => renews,
                Some(at) => time_left(at),
            };
        }
    };
    if is_busy(state, row) {
        return "working".into();
    }
    if entry.own.as_ref().is_some_and(|own| own.trouble.is_some()) {
        return "".into();
    }
    if state.picker.failed.contains_key(&entry.id) {
        return "failed".into();
    }
    match (state.expires_at(&entry.id), entry.mark) {
        (Some(_), _) if state.renews(&entry.id) => renews,
        (Some(at), _) => time_left(at),
        (None, Mark::New) => "new".into(),
        (None, Mark::Lost) => "lost".into(),
        (None, Mark::Known) => "".into(),
    }
}

/// `true` if rows show the time that is left as a bar.
fn has_bars(state: &State) -> bool {
    state.picker.view == View::Active && state.size.0 >= WITH_BARS
}

/// The seconds that are left of those that were granted.
pub(super) fn time(state: &State, row: &Row<'_>) -> Option<(i64, i64)> {
    /// The time that is taken as granted where that is not known (seconds).
    const HOUR: i64 = 3_600;
    let (end, granted) = match row {
        Row::Session(session) if session.signed_in => {
            let granted = state.picker.granted_sessions.get(&session.portal.name);
            (session.expires_at?, granted)
        }
        row => {
            let id = row.id().filter(|id| !state.renews(id))?;
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
        GapReason::Unknown if gap.kind == Kind::External => "Enter: find a role, use it",
        GapReason::Unknown => "roles not listed yet",
        GapReason::NoRoles => "no roles for you",
        GapReason::Failed(problem) => &problem.title,
    }
}
