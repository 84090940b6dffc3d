//! The rows above the list: the portals, the query, the views and the count.

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::domain::catalog::PortalPart;
use crate::domain::credentials::SOON_SECONDS;
use crate::domain::label::named;
use crate::domain::text::{clean, counted};
use crate::domain::time::{age, countdown, seconds_left, span};
use crate::domain::{Freshness, Kind};
use crate::tui::frame::Frame;
use crate::tui::layout::{Area, FieldArea, count, regions, tabs};
use crate::tui::screens::picker::View;
use crate::tui::state::State;
use crate::tui::text::{around, fit, line, line_width, number, width};
use crate::tui::theme::Theme;
use crate::tui::widgets::rect;

pub(super) fn header(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width);
    // In full, else without the times, else as many portals as there is room for.
    let portals = state.facts.sessions.len();
    let left = [(portals, true), (portals, false)]
        .into_iter()
        .chain((0..portals).rev().map(|most| (most, false)))
        .map(|(most, times)| portals_line(state, most, times, theme))
        .find(|left| line_width(left) <= room)
        .unwrap_or_default();
    let rest = room.saturating_sub(line_width(&left) + 3);
    let right = news(state)
        .into_iter()
        .find(|(text, _)| !text.is_empty() && width(text) <= rest);
    frame.line(left, area);
    if let Some((text, is_soon)) = right {
        let columns = u16::try_from(width(&text) + 1)
            .unwrap_or(area.width)
            .min(area.width);
        let place = Rect {
            x: area.width - columns,
            width: columns,
            ..area
        };
        let style = if is_soon { theme.soon } else { theme.dim };
        frame.line(line(text, style), place);
    }
}

/// The program, this shell's role, and some of the portals with the state of their sign-ins.
fn portals_line(state: &State, most: usize, times: bool, theme: &Theme) -> Line<'static> {
    let ellipsis = theme.glyphs.ellipsis;
    let mut spans = vec![Span::styled(" roledex", theme.accent)];
    if state.demo {
        spans.push(Span::styled(" DEMO", theme.soon));
    }
    if let Some(id) = &state.here {
        let entry = state.catalog.entry(id);
        let account = match named(entry.label.as_deref(), &entry.account_name) {
            name if name.is_empty() => id.account.to_string(),
            name => name.into_owned(),
        };
        let name = match id.kind {
            Kind::Profile => clean(&id.source).into_owned(),
            _ if times => format!("{} {}", fit(&account, 24, ellipsis), clean(&id.role)),
            _ => account,
        };
        let name = fit(&name, if times { 48 } else { 16 }, ellipsis);
        spans.push(Span::styled(
            format!("  {} ", theme.glyphs.here),
            theme.strong,
        ));
        spans.push(Span::raw(name));
        if let Some(at) = state.here_until {
            let (_, style) = theme.freshness(Freshness::at(Some(at), state.now));
            let left = countdown(seconds_left(state.now, at));
            spans.push(Span::styled(format!(" {left}"), style));
        }
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
        let name = fit(&session.portal.name, 24, ellipsis);
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

/// The text at the end of the header, the longest form first, and `true` if it is urgent: how far a refresh
/// is, what ends next, or how old the list is.
fn news(state: &State) -> Vec<(String, bool)> {
    const SOON: i64 = 3_600;
    if !state.refreshing.is_empty() {
        return progress(state)
            .into_iter()
            .map(|text| (text, false))
            .collect();
    }
    if let Some((left, name)) = state.next_end().filter(|(left, _)| *left < SOON) {
        let is_soon = left < SOON_SECONDS;
        return vec![
            (format!("{} ends in {}", clean(name), span(left)), is_soon),
            (format!("next expiry in {}", span(left)), is_soon),
        ];
    }
    let parts = state.catalog.portals.values();
    let failed = parts.clone().map(PortalPart::failed).sum();
    let Some(oldest) = parts.filter_map(|part| part.fetched_at).min() else {
        return Vec::new();
    };
    let updated = format!("updated {}", age(seconds_left(oldest, state.now)));
    if failed == 0 {
        return vec![(updated, false)];
    }
    vec![
        (
            format!("{updated}, {} failed", counted(failed, "account")),
            true,
        ),
        (format!("{} failed", number(failed)), true),
    ]
}

/// The progress of the refreshes, their rate, and the time left.
fn progress(state: &State) -> Vec<String> {
    let (listed, seen) = state.catalog.progress();
    if seen == 0 {
        return vec!["refreshing".to_owned()];
    }
    let short = format!("refreshing {}/{}", number(listed), number(seen));
    let long = format!("{} of {} accounts", number(listed), number(seen));
    let Some((since, before)) = state.listing_since else {
        return vec![long, short];
    };
    let seconds = usize::try_from(seconds_left(since, state.now)).unwrap_or(0);
    let rate = listed.saturating_sub(before) / seconds.max(1);
    // The first seconds tell little.
    if seconds < 3 || rate == 0 {
        return vec![long, short];
    }
    let left = i64::try_from((seen - listed) / rate).unwrap_or(i64::MAX);
    // The last ones may be tried again, which takes longer than the others.
    if left == 0 {
        return vec![long, short];
    }
    vec![
        format!("{long}, {rate}/s, {} left", span(left)),
        long,
        short,
    ]
}

pub(super) fn query(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let picker = &state.picker;
    let (right, room) = beside_query(state, theme);
    let text = picker.query.text();
    let (shown, column) = around(&text, picker.query.cursor(), room);
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
    frame.line(spans, area);
    let columns = u16::try_from(line_width(&right)).unwrap_or(0);
    let place = Rect {
        x: area.width.saturating_sub(columns),
        width: columns,
        ..area
    };
    frame.line(right, place);
    if state.overlays.is_empty() {
        frame.set_cursor_position(Position {
            x: u16::try_from(column + 3).unwrap_or(0),
            y: area.y,
        });
    }
}

/// The end of the query's row: the views and the count, where no rule has them. And the columns that the query's text has.
fn beside_query(state: &State, theme: &Theme) -> (Line<'static>, usize) {
    let columns = usize::from(regions(state).query.width);
    let mut right = Line::default();
    if regions(state).rule.height == 0 {
        let count = format!("  {} ", count(state));
        right = views(state, theme, columns, &count);
        right.push_span(Span::styled(count, theme.dim));
    }
    let room = columns.saturating_sub(line_width(&right) + 4);
    (right, room)
}

/// The field of the query.
pub(super) fn query_field(state: &State) -> FieldArea {
    let row = regions(state).query;
    let (right, columns) = beside_query(state, &Theme::plain());
    let taken = u16::try_from(line_width(&right)).unwrap_or(row.width);
    FieldArea {
        field: 0,
        row: Area {
            width: row.width.saturating_sub(taken),
            ..row
        },
        x: row.x + 3,
        columns,
    }
}

/// The rule with the views and the count, and the line that closes the list.
pub(super) fn rules(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    let regions = regions(state);
    let glyphs = theme.glyphs;
    for (area, joint) in [
        (regions.rule, glyphs.rule_down),
        (regions.base, glyphs.rule_up),
    ] {
        let area = rect(area);
        frame.rule(glyphs.rule, theme.dim, area);
        if regions.details.width > 0 {
            let place = Rect {
                x: regions.details.x,
                width: area.width.min(1),
                ..area
            };
            frame.rule(joint, theme.dim, place);
        }
    }
    let count = format!(" {} ", count(state));
    let columns = u16::try_from(width(&count)).unwrap_or(0);
    let place = Rect {
        x: regions.rule.width.saturating_sub(columns + 1),
        width: columns,
        ..rect(regions.rule)
    };
    frame.line(line(count, Style::new()), place);
    for tab in tabs(state) {
        let style = match tab.view {
            view if view == state.picker.view => theme.accent,
            view if state.picker.counts[view as usize] == 0 => theme.dim,
            _ => Style::new(),
        };
        // A blank on both sides, or the brackets of the current view.
        let place = Rect {
            x: tab.area.x - 1,
            width: tab.area.width + 2,
            ..rect(tab.area)
        };
        let text = if tab.view == state.picker.view {
            format!("[{}]", tab.text)
        } else {
            format!(" {} ", tab.text)
        };
        frame.line(line(text, style), place);
    }
}

/// The views, where there is room for all of them beside the query; else the one that is on, where
/// it hides rows.
fn views(state: &State, theme: &Theme, room: usize, count: &str) -> Line<'static> {
    let current = state.picker.view;
    let one = |view: View| {
        if view == current {
            Span::styled(format!(" [{}]", view.name()), theme.accent)
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
