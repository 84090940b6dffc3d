//! Drawing: a function of `&State` and `&Theme`, and nothing else (docs/architecture.md#view-reads-state).

use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::frame::Frame;
use super::layout::{ToastLine, hints, is_too_small, regions, toast_lines};
use super::state::{Draw, State};
use super::text;
use super::theme::Theme;
use super::widgets::{rect, tone};
use crate::domain::label::SEPARATOR;

/// Draws everything.
pub fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    if is_too_small(state) {
        let text = text::fit(
            "window too small",
            usize::from(state.size.0),
            theme.glyphs.ellipsis,
        );
        frame.line(text, frame.area());
        return;
    }
    let front = state.front();
    if !state.overlays.is_empty() && !front.hides_list() {
        state.picker.draw(state, theme, frame);
    }
    front.draw(state, theme, frame);
    toasts(state, theme, frame);
    footer(state, theme, frame);
    separators(theme, frame);
}

/// Draws the separators of names with the theme's sign: the names come from the domain.
fn separators(theme: &Theme, frame: &mut Frame<'_>) {
    if theme.glyphs.separator == SEPARATOR {
        return;
    }
    for cell in &mut frame.buffer_in(frame.area()).content {
        if cell.symbol() == SEPARATOR {
            cell.set_symbol(theme.glyphs.separator);
        }
    }
}

fn toasts(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    let area = regions(state).toasts;
    let lines: Vec<Line<'_>> = toast_lines(state)
        .into_iter()
        .map(|line| match line {
            ToastLine::First(toast, text, hint) => {
                let (mark, style) = tone(toast, theme);
                let room = usize::from(area.width).saturating_sub(4);
                let text = text::fit(&text, room, theme.glyphs.ellipsis);
                let mut spans = vec![Span::styled(format!(" {mark} "), style), Span::raw(text)];
                if !hint.is_empty() {
                    spans.push(Span::styled(format!("   {hint}"), theme.dim));
                }
                Line::from(spans)
            }
            ToastLine::Text(text) => Line::raw(format!("   {text}")),
            ToastLine::Hint(hint) => Line::from(Span::styled(format!("   {hint}"), theme.dim)),
        })
        .collect();
    frame.render_widget(Clear, rect(area));
    frame.lines(lines, rect(area));
}

/// Draws the keys of the screen in front, as many as fit; help is always among them.
fn footer(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    frame.render_widget(Clear, rect(regions(state).footer));
    for hint in hints(state) {
        let line = Line::from(vec![
            Span::styled(format!("{} ", hint.key), theme.strong),
            Span::styled(hint.label, theme.dim),
        ]);
        frame.line(line, rect(hint.area));
    }
}

#[cfg(test)]
mod tests;
