//! The list: portals and ages, the query, the rows.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::text::{fit, highlighted, line, line_width, tail, width, wrap};
use super::{details, rect};
use crate::domain::guard::is_guarded;
use crate::domain::own::Own;
use crate::domain::search::{Field, is_found_by_number};
use crate::domain::text::clean;
use crate::domain::time::{age, countdown, seconds_left, span};
use crate::domain::{Entry, Freshness, Gap, GapReason, Item, Kind, Mark};
use crate::tui::action::Action;
use crate::tui::layout::regions;
use crate::tui::state::{State, View};
use crate::tui::theme::Theme;

/// The most columns of a countdown: `23:59:59`, `expired`.
const LEFT: usize = 8;

/// The widest portal's name in a row.
const BADGE: usize = 14;

/// From this many columns on, a row says its portal where there are several.
const BADGE_FROM: usize = 56;

/// Draws the list.
pub(super) fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
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
        let items: Vec<&Item> = hits.filter_map(|hit| state.picker.item(hit)).collect();
        let columns = Columns::of(state, &items, usize::from(list.width), theme);
        let lines: Vec<Line<'_>> = items
            .iter()
            .enumerate()
            .map(|(at, item)| {
                row(
                    state,
                    item,
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

/// What the footer offers.
pub(super) fn hints(state: &State) -> Vec<(Action, &'static str)> {
    let back = if state.picker.query.is_empty() {
        "quit"
    } else {
        "clear"
    };
    let mut hints = Vec::new();
    if state.pick_only {
        hints.push((Action::Use, "choose"));
    } else if matches!(state.selected(), Some(Item::Entry(_))) {
        hints.push((Action::Use, "use"));
        let managed = |item: &Item| match item {
            Item::Entry(entry) => state.picker.profiles.contains_key(&entry.id),
            Item::Gap(_) => false,
        };
        if state.selected().is_some_and(managed) {
            hints.push((Action::Refresh, "refresh"));
        }
        hints.push((Action::Subshell, "shell"));
        hints.push((Action::Export, "export"));
    } else if matches!(state.selected(), Some(Item::Gap(gap)) if gap.kind == Kind::External) {
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

fn header(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    // In full, else without the times, else as many portals as there is room for.
    let portals = state.facts.sessions.len();
    let left = [(portals, true), (portals, false)]
        .into_iter()
        .chain((0..portals).rev().map(|most| (most, false)))
        .map(|(most, times)| portals_line(state, most, times, theme))
        .find(|left| line_width(left) <= usize::from(area.width))
        .unwrap_or_default();
    let right = freshness(state);
    let room = usize::from(area.width).saturating_sub(width(&right) + 1);
    let shown_right = line_width(&left) < room;
    frame.render_widget(Paragraph::new(left), area);
    if shown_right {
        let columns = u16::try_from(width(&right) + 1)
            .unwrap_or(area.width)
            .min(area.width);
        let place = Rect {
            x: area.width - columns,
            width: columns,
            ..area
        };
        frame.render_widget(Paragraph::new(line(right, theme.dim)), place);
    }
}

/// The program, and some of its portals with how their sign-ins are.
fn portals_line(state: &State, most: usize, times: bool, theme: &Theme) -> Line<'static> {
    let mut spans = vec![Span::styled(" roledex", theme.accent)];
    if state.demo {
        spans.push(Span::styled(" DEMO", theme.soon));
    }
    for session in state.facts.sessions.iter().take(most) {
        let left = session
            .expires_at
            .map(|at| seconds_left(state.now, at))
            .filter(|left| *left > 0);
        let (glyph, style) = if session.signed_in {
            (theme.glyphs.fresh, theme.good)
        } else {
            (theme.glyphs.expired, theme.bad)
        };
        let name = fit(&session.portal.name, 24, theme.glyphs.ellipsis);
        spans.push(Span::raw(format!("  {name} ")));
        spans.push(Span::styled(glyph, style));
        let words = match (session.signed_in, left) {
            (true, Some(left)) => format!(" {}", span(left)),
            (true, None) => String::new(),
            (false, _) => " signed out".to_owned(),
        };
        if times {
            spans.push(Span::styled(words, theme.dim));
        }
    }
    let more = state.facts.sessions.len() - most;
    if more > 0 {
        spans.push(Span::styled(format!("  +{more}"), theme.dim));
    }
    Line::from(spans)
}

/// How old the list is, or how far its refresh.
fn freshness(state: &State) -> String {
    let parts = state.catalog.portals.values();
    let (listed, seen) = parts
        .filter_map(crate::domain::catalog::PortalPart::progress)
        .fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    if !state.refreshing.is_empty() {
        return if seen == 0 {
            "refreshing".to_owned()
        } else {
            format!("refreshing {listed}/{seen}")
        };
    }
    let oldest = state
        .catalog
        .portals
        .values()
        .filter_map(|part| part.fetched_at)
        .min();
    oldest.map_or_else(String::new, |at| {
        format!("updated {}", age(seconds_left(at, state.now)))
    })
}

fn query(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let picker = &state.picker;
    // The heads of groups are no rows, and those of a folded group are still there.
    let found = if picker.in_groups {
        picker.in_view
    } else {
        picker.hits.len()
    };
    let count = format!("  {found}/{} ", picker.in_view);
    let mut right = views(state, theme, usize::from(area.width), &count);
    right.push_span(Span::styled(count, theme.dim));
    let room = usize::from(area.width).saturating_sub(line_width(&right) + 4);
    let text = picker.query.text();
    let (shown, hidden) = tail(&text, room);
    let mut spans = vec![Span::styled(
        format!(" {} ", theme.glyphs.prompt),
        theme.accent,
    )];
    if text.is_empty() {
        spans.push(Span::styled(
            fit("type to search", room, theme.glyphs.ellipsis),
            theme.dim,
        ));
    } else {
        spans.push(Span::styled(shown.to_owned(), theme.strong));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
    let columns = u16::try_from(line_width(&right)).unwrap_or(0);
    let place = Rect {
        x: area.width.saturating_sub(columns),
        width: columns,
        ..area
    };
    frame.render_widget(Paragraph::new(right), place);
    if state.overlays.is_empty() {
        let column = picker.query.cursor().saturating_sub(hidden) + 3;
        frame.set_cursor_position(Position {
            x: u16::try_from(column).unwrap_or(0),
            y: area.y,
        });
    }
}

/// The views, where there is room for all of them beside the query; else the one that is on, where
/// it hides rows.
fn views(state: &State, theme: &Theme, room: usize, count: &str) -> Line<'static> {
    let current = state.picker.view;
    let one = |view: View| {
        if view == current {
            Span::styled(format!(" [{}]", view.name()), theme.strong)
        } else {
            Span::styled(format!("  {} ", view.name()), theme.dim)
        }
    };
    let all: Line<'static> = View::ALL.into_iter().map(one).collect();
    let typed = width(&state.picker.query.text()).max(16);
    if line_width(&all) + width(count) + typed + 6 <= room {
        return all;
    }
    if current == View::All {
        return Line::default();
    }
    Line::from(one(current))
}

/// How wide the columns of the rows on screen are.
#[derive(Clone, Copy)]
struct Columns {
    name: usize,
    role: usize,
    /// What stands at the end: a countdown, a word. None: no row on screen has any.
    left: usize,
    /// None: the rows do not say their portal.
    badge: usize,
}

impl Columns {
    /// What the rows need, where there is room for it; else names and roles share what there is.
    fn of(state: &State, items: &[&Item], whole: usize, theme: &Theme) -> Self {
        let longest =
            |text: &dyn Fn(&Item) -> usize| items.iter().map(|item| text(item)).max().unwrap_or(0);
        let several = state.facts.sessions.len() > 1;
        let badge = if several && whole >= BADGE_FROM {
            longest(&|item| width(&clean(badge_of(state, item)))).min(BADGE)
        } else {
            0
        };
        let left = longest(&|item| width(&status(state, item, theme).1)).min(LEFT);
        // Selector, glyph, blank; two blanks after each column; one at the end.
        let room =
            whole.saturating_sub(3 + 2 + 2 + left + 1 + if badge > 0 { badge + 2 } else { 0 });
        let name = longest(&|item| {
            let number = number(state, item).map_or(0, |number| number.len() + 1);
            (number + width(&clean(&marked(state, item, item.name(), theme)))).max(12)
        });
        let role = longest(&|item| item.role().map_or(0, |role| width(&clean(role))).max(8));
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
fn row(
    state: &State,
    item: &Item,
    selected: bool,
    columns: Columns,
    theme: &Theme,
) -> Line<'static> {
    let (glyph, left, style) = status(state, item, theme);
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
    let name = match item.name() {
        name if name.is_empty() => item
            .account()
            .map(|account| account.to_string())
            .unwrap_or_default(),
        name => name.to_string(),
    };
    let name = marked(state, item, &name, theme);
    let (role, role_style) = match item {
        Item::Entry(Entry { own: Some(own), .. }) => match &own.trouble {
            Some(trouble) => (trouble.to_string(), base.patch(plain(theme.bad))),
            None => (own_words(own), base),
        },
        Item::Entry(entry) => (entry.id.role.to_string(), base),
        Item::Gap(gap) => (gap_words(gap).to_owned(), base.patch(plain(theme.dim))),
    };
    let lost = matches!(
        item,
        Item::Entry(Entry {
            mark: Mark::Lost,
            ..
        })
    );
    let guarded =
        matches!(item, Item::Entry(entry) if is_guarded(&state.guard, &state.catalog, entry));
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
    if let Some(number) = number(state, item) {
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
            badge_of(state, item),
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

/// The account's number, where the search found it by that: what matched has to be seen.
fn number(state: &State, item: &Item) -> Option<String> {
    let number = item.account()?.to_string();
    let name = item.name();
    let is_shown = !name.is_empty() && is_found_by_number(&state.picker.parsed, name, &number);
    is_shown.then_some(number)
}

/// A row's name with the person's own word before it, and its marks behind.
fn marked(state: &State, item: &Item, name: &str, theme: &Theme) -> String {
    let alias = item.label().and_then(|label| label.alias.as_deref());
    let alias = alias.map_or_else(String::new, |alias| format!("{alias} \u{b7} "));
    let pinned = matches!(item, Item::Entry(entry) if state.facts.history.pins.contains(&entry.id));
    let pin = match (pinned, theme.glyphs.boxes) {
        (false, _) => "",
        (true, true) => " \u{2605}",
        (true, false) => " *",
    };
    let here = matches!(item, Item::Entry(entry) if state.here.as_ref() == Some(&entry.id));
    let here = if here { " (this shell)" } else { "" };
    format!("{alias}{name}{}{pin}{here}", kind_mark(item, theme))
}

/// The role of an own profile, where the files tell it, and how it gets its credentials.
fn own_words(own: &Own) -> String {
    match &own.role {
        Some(role) => format!("{role} ({})", own.via.name()),
        None => own.via.name().to_owned(),
    }
}

/// The portal of a row.
fn badge_of<'a>(state: &'a State, item: &'a Item) -> &'a str {
    let kind = match item {
        Item::Entry(entry) => entry.id.kind,
        Item::Gap(gap) => gap.kind,
    };
    state
        .catalog
        .portal_of(kind, item.source())
        .map_or("", |portal| portal)
}

/// What tells an external account from one of the organization.
fn kind_mark(item: &Item, theme: &Theme) -> &'static str {
    let kind = match item {
        Item::Entry(entry) => entry.id.kind,
        Item::Gap(gap) => gap.kind,
    };
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

/// The glyph of a row, what stands at its end, and their style.
fn status(state: &State, item: &Item, theme: &Theme) -> (&'static str, String, Style) {
    let glyphs = &theme.glyphs;
    let entry = match item {
        Item::Entry(entry) => entry,
        Item::Gap(Gap {
            reason: GapReason::Failed(_),
            ..
        }) => return (glyphs.failed, String::new(), theme.bad),
        Item::Gap(Gap {
            reason: GapReason::Loading,
            ..
        }) => return (spinner(state, theme), String::new(), theme.dim),
        Item::Gap(Gap {
            reason: GapReason::Group { count, folded },
            ..
        }) => {
            let glyph = match (folded, theme.glyphs.boxes) {
                (true, true) => "\u{25b8}",
                (false, true) => "\u{25be}",
                (true, false) => "+",
                (false, false) => "-",
            };
            return (glyph, count.to_string(), theme.accent);
        }
        Item::Gap(_) => return (" ", String::new(), theme.dim),
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
            let (glyph, style) = theme.freshness(Freshness::of(Some(at), state.now));
            (glyph, countdown(seconds_left(state.now, at)), style)
        }
        (None, Mark::New) => (glyphs.new, "new".to_owned(), theme.good),
        (None, Mark::Lost) => (glyphs.lost, "lost".to_owned(), theme.bad),
        (None, Mark::Known) => (" ", String::new(), Style::new()),
    }
}

pub(super) fn spinner(state: &State, theme: &Theme) -> &'static str {
    let frames = &theme.glyphs.spinner;
    let at = if state.reduced_motion {
        0
    } else {
        state.now.as_second().rem_euclid(4)
    };
    usize::try_from(at)
        .ok()
        .and_then(|at| frames.get(at).copied())
        .unwrap_or(frames[0])
}

fn gap_words(gap: &Gap) -> &str {
    match &gap.reason {
        GapReason::Loading => "listing its roles",
        GapReason::Unknown if gap.kind == Kind::External => "Enter: find its roles",
        GapReason::Unknown => "roles not listed yet",
        GapReason::NoRoles => "no roles for you",
        GapReason::Group { .. } => "",
        GapReason::Failed(problem) => &problem.title,
    }
}

/// No rows: why, and the key that helps.
fn empty(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let key = |action| state.key(action);
    let (title, hint) = if !state.loaded {
        ("loading".to_owned(), String::new())
    } else if !state.picker.query.is_empty() && !state.picker.rows.is_empty() {
        (
            "nothing matches".to_owned(),
            format!("{} clears the search", key(Action::Back)),
        )
    } else if state.picker.view != View::All {
        let (what, how) = match state.picker.view {
            View::Active => (
                "no active profiles yet",
                "use an entry to create one".to_owned(),
            ),
            View::Pinned => (
                "no pinned entries yet",
                format!("{} pins an entry", key(Action::Pin)),
            ),
            View::Profiles => (
                "no own profiles",
                "profiles in ~/.aws that roledex did not write appear here".to_owned(),
            ),
            View::External => (
                "no external accounts",
                format!("{} adds one with its link", key(Action::AddApp)),
            ),
            View::All | View::Organizations => (
                "no organization accounts",
                format!("{} adds a portal", key(Action::AddPortal)),
            ),
        };
        let next = format!("{how}; {} shows the next view", key(Action::NextView));
        (what.to_owned(), next)
    } else if !state.refreshing.is_empty() {
        ("listing your accounts".to_owned(), String::new())
    } else if state.facts.sessions.iter().any(|session| session.signed_in) {
        (
            "the portal lists no accounts for you".to_owned(),
            format!("{} reloads the list", key(Action::Reload)),
        )
    } else {
        (
            "signed out".to_owned(),
            format!("{} signs in", key(Action::SignInOut)),
        )
    };
    let mut lines = vec![Line::default()];
    let columns = usize::from(area.width).saturating_sub(3);
    lines.extend(
        wrap(&title, columns)
            .into_iter()
            .map(|text| line(format!("   {text}"), theme.strong)),
    );
    lines.extend(
        wrap(&hint, columns)
            .into_iter()
            .map(|text| line(format!("   {text}"), theme.dim)),
    );
    if let Some(problem) = state
        .catalog
        .portals
        .values()
        .find_map(|part| part.problem.as_ref())
    {
        lines.push(Line::default());
        lines.extend(
            wrap(&problem.to_string(), columns)
                .into_iter()
                .map(|text| line(format!("   {text}"), theme.bad)),
        );
    }
    frame.render_widget(Paragraph::new(lines), area);
}
