//! The rows above the list: the portals, the query, the views and the count.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::domain::time::{age, seconds_left, span};
use crate::tui::screens::picker::View;
use crate::tui::state::State;
use crate::tui::text::{fit, line, line_width, tail, width};
use crate::tui::theme::Theme;

pub(super) fn header(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
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

/// The program's name, and some of the portals with the state of their sign-ins.
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

/// The age of the list, or the progress of its refresh.
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

pub(super) fn query(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
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

/// All views if there is room beside the query; else the current one, if
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
