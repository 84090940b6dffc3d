//! Drawing: a function of `&State` and `&Theme`, and nothing else (docs/architecture.md#view-reads-state).

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::action::Action;
use super::keymap::Context;
use super::layout::{SMALLEST, regions};
use super::state::{Draw, State};
use super::text;
use super::theme::Theme;
use super::widgets::{rect, tone};

/// Draws everything.
pub fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    let (width, height) = state.size;
    if width < SMALLEST.0 || height < SMALLEST.1 {
        let text = text::fit(
            "window too small",
            usize::from(width),
            theme.glyphs.ellipsis,
        );
        frame.render_widget(Paragraph::new(text), frame.area());
        return;
    }
    let front = state.front();
    if !state.overlays.is_empty() && !front.hides_list() {
        state.picker.draw(state, theme, frame);
    }
    front.draw(state, theme, frame);
    toasts(state, theme, frame);
    footer(state, theme, frame);
}

fn toasts(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    let area = regions(state).toasts;
    let shown = state
        .toasts
        .iter()
        .rev()
        .take(usize::from(area.height))
        .rev();
    let lines: Vec<Line<'_>> = shown
        .map(|toast| {
            let (mark, style) = tone(toast.tone, theme);
            let columns = usize::from(area.width).saturating_sub(4);
            let said = text::fit(&toast.text, columns, theme.glyphs.ellipsis);
            let rest = columns.saturating_sub(text::width(&said) + 3);
            let hint = toast
                .hint
                .as_deref()
                .filter(|_| rest >= 12)
                .unwrap_or_default();
            let hint = text::fit(hint, rest, theme.glyphs.ellipsis);
            Line::from(vec![
                Span::styled(format!(" {mark} "), style),
                Span::raw(said),
                Span::styled(
                    if hint.is_empty() {
                        hint
                    } else {
                        format!("   {hint}")
                    },
                    theme.dim,
                ),
            ])
        })
        .collect();
    frame.render_widget(Clear, rect(area));
    frame.render_widget(Paragraph::new(lines), rect(area));
}

/// Draws the keys of the screen in front, as many as fit; help is always among them.
fn footer(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    let area = regions(state).footer;
    let contexts = state.contexts();
    let mut hints: Vec<(String, String)> = state
        .front()
        .hints(state)
        .into_iter()
        .filter_map(|(action, label)| {
            let key = state.keymap.key_for(&contexts, action)?;
            Some((key, label.to_owned()))
        })
        .collect();
    let last = if state.overlays.is_empty() {
        let key = state.keymap.key_for(&[Context::Global], Action::Help);
        key.map(|key| (key, "help".to_owned()))
    } else {
        Some(("Ctrl-C".to_owned(), "quit".to_owned()))
    };
    let width = |(key, label): &(String, String)| text::width(key) + text::width(label) + 4;
    let room = usize::from(area.width).saturating_sub(last.as_ref().map_or(0, width));
    let mut used = 0;
    hints.retain(|hint| {
        used += width(hint);
        used <= room
    });
    let spans = |(key, label): &(String, String)| {
        [
            Span::styled(format!(" {key}"), theme.strong),
            Span::styled(format!(" {label}  "), theme.dim),
        ]
    };
    let left: Line<'_> = hints.iter().flat_map(spans).collect();
    frame.render_widget(Paragraph::new(left), rect(area));
    let right: Line<'_> = last.iter().flat_map(spans).collect();
    let columns = u16::try_from(text::line_width(&right))
        .unwrap_or(area.width)
        .min(area.width);
    let place = Rect {
        x: area.width - columns,
        width: columns,
        ..rect(area)
    };
    frame.render_widget(Paragraph::new(right), place);
}

#[cfg(test)]
mod tests;
