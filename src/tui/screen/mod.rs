//! Drawing: a function of `&State` and `&Theme`, and nothing else (docs/architecture.md#view-reads-state).

mod capture;
mod confirm;
mod details;
mod menu;
mod messages;
mod mfa;
mod onboarding;
mod picker;
mod settings;
mod sign_in;
mod text;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph};

use super::action::Action;
use super::layout::{Area, SMALLEST, regions};
use super::state::{Overlay, State, Tone};
use super::theme::Theme;

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
    match state.overlays.last() {
        Some(Overlay::Onboarding(screen)) => onboarding::draw(state, screen, theme, frame),
        Some(Overlay::SignIn(screen)) => sign_in::draw(state, screen, theme, frame),
        Some(Overlay::AddApp(screen)) => {
            picker::draw(state, theme, frame);
            capture::add(state, screen, theme, frame);
        }
        Some(Overlay::Capture(screen)) => {
            picker::draw(state, theme, frame);
            capture::draw(state, screen, theme, frame);
        }
        Some(Overlay::Settings(screen)) => {
            picker::draw(state, theme, frame);
            settings::draw(state, screen, theme, frame);
        }
        Some(Overlay::Roles(screen)) => {
            picker::draw(state, theme, frame);
            capture::roles(state, screen, theme, frame);
        }
        Some(Overlay::Messages(selected)) => {
            picker::draw(state, theme, frame);
            messages::draw(state, *selected, theme, frame);
        }
        Some(Overlay::Menu(screen)) => {
            picker::draw(state, theme, frame);
            menu::draw(state, screen, theme, frame);
        }
        Some(Overlay::Mfa(screen)) => {
            picker::draw(state, theme, frame);
            mfa::draw(screen, theme, frame);
        }
        Some(Overlay::Confirm(screen)) => {
            picker::draw(state, theme, frame);
            confirm::draw(screen, theme, frame);
        }
        None => picker::draw(state, theme, frame),
    }
    toasts(state, theme, frame);
    footer(state, theme, frame);
}

fn rect(area: Area) -> Rect {
    Rect {
        x: area.x,
        y: area.y,
        width: area.width,
        height: area.height,
    }
}

/// A box in the middle of the screen, for what needs an answer; returns what is inside of it.
fn dialog(title: &str, columns: u16, rows: u16, theme: &Theme, frame: &mut Frame<'_>) -> Rect {
    let whole = frame.area();
    // The footer stays in sight.
    let (width, height) = (
        columns.min(whole.width),
        rows.min(whole.height.saturating_sub(1)),
    );
    let area = Rect {
        x: (whole.width - width) / 2,
        y: (whole.height.saturating_sub(1 + height)) / 2,
        width,
        height,
    };
    let block = Block::bordered()
        .title(Span::styled(format!(" {title} "), theme.accent))
        .border_set(theme.glyphs.border)
        .border_style(theme.dim)
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    uncover_edge(frame, area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    inner
}

/// The current frame of the spinner.
fn spinner(state: &State, theme: &Theme) -> &'static str {
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

/// The glyph of a message, and its style.
fn tone(tone: Tone, theme: &Theme) -> (&'static str, Style) {
    match tone {
        Tone::Good => (theme.glyphs.fresh, theme.good),
        Tone::Note => (theme.glyphs.prompt, theme.accent),
        Tone::Bad => (theme.glyphs.failed, theme.bad),
    }
}

/// A wide character that a box half covers would have the edge of the box for its other half: neither
/// would be seen.
fn uncover_edge(frame: &mut Frame<'_>, area: Rect) {
    let Some(before) = area.x.checked_sub(1) else {
        return;
    };
    for y in area.top()..area.bottom() {
        if let Some(cell) = frame.buffer_mut().cell_mut((before, y))
            && text::width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
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

/// The keys that work now, as many as fit; help is always among them.
fn footer(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    let area = regions(state).footer;
    let contexts = state.contexts();
    let offered: Vec<(Action, &str)> = match state.overlays.last() {
        None => picker::hints(state),
        Some(Overlay::SignIn(screen)) => sign_in::hints(state, screen),
        Some(Overlay::Onboarding(screen)) => onboarding::hints(screen),
        Some(Overlay::AddApp(_)) => vec![
            (Action::Accept, "save"),
            (Action::Down, "next field"),
            (Action::Back, "back"),
        ],
        Some(Overlay::Capture(screen)) => capture::hints(screen),
        Some(Overlay::Settings(screen)) => settings::hints(screen),
        Some(Overlay::Roles(_)) => vec![(Action::Accept, "use"), (Action::Back, "back")],
        Some(Overlay::Messages(_)) => vec![(Action::Copy, "copy"), (Action::Back, "back")],
        Some(Overlay::Menu(_)) => vec![(Action::Accept, "run"), (Action::Back, "back")],
        Some(Overlay::Mfa(_)) => mfa::hints(),
        Some(Overlay::Confirm(_)) => vec![(Action::Yes, "yes"), (Action::Back, "no")],
    };
    let mut hints: Vec<(String, String)> = offered
        .into_iter()
        .filter_map(|(action, label)| {
            let key = state.keymap.key_for(&contexts, action)?;
            Some((key, label.to_owned()))
        })
        .collect();
    let last = match state.overlays.last() {
        None => state
            .keymap
            .key_for(&[super::keymap::Context::Global], Action::Help)
            .map(|key| (key, "help".to_owned())),
        Some(_) => Some(("Ctrl-C".to_owned(), "quit".to_owned())),
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

/// A field with its label; the one with the cursor shows it.
fn field(label: &str, value: &str, style: Style, theme: &Theme) -> Line<'static> {
    Line::from(vec![
        Span::styled(text::pad(label, 10), theme.dim),
        Span::styled(value.to_owned(), style),
    ])
}

#[cfg(test)]
mod tests;
