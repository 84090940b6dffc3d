//! External accounts: capturing a response, choosing one of its roles, adding an app.

use ratatui::Frame;
use ratatui::layout::Position;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::text::{fit, line, tail, wrap};
use super::{dialog, field, spinner};
use crate::domain::CaptureStep;
use crate::domain::time::{countdown, seconds_left};
use crate::tui::action::Action;
use crate::tui::layout::scroll;
use crate::tui::state::{AddApp, Capture, CaptureStage, Roles, State};
use crate::tui::theme::Theme;

/// Draws a capture.
pub(super) fn draw(state: &State, screen: &Capture, theme: &Theme, frame: &mut Frame<'_>) {
    let columns = state.size.0.min(76);
    let room = usize::from(columns).saturating_sub(4);
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut say = |text: &str, style| {
        lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
    };
    match &screen.stage {
        CaptureStage::Working {
            step, fell, until, ..
        } => {
            let wheel = spinner(state, theme);
            match step {
                None => say(&format!("{wheel} One moment"), theme.strong),
                Some(CaptureStep::AskingPortal) => {
                    say(&format!("{wheel} Asking the portal"), theme.strong);
                }
                Some(CaptureStep::Silent) => {
                    say(
                        &format!("{wheel} Signing in without a window"),
                        theme.strong,
                    );
                }
                Some(CaptureStep::Window) => {
                    say("Sign in in the browser window.", theme.strong);
                    say(
                        "It closes by itself when it is done. roledex never sees what you type there.",
                        theme.dim,
                    );
                }
                Some(CaptureStep::Loopback { url, not_opened }) => {
                    say("Sign in in your browser.", theme.strong);
                    if let Some(why) = not_opened {
                        say(&format!("{why}; open it on this machine:"), theme.soon);
                        say(url, theme.accent);
                    }
                }
                Some(CaptureStep::MethodFailed { .. } | CaptureStep::Refused { .. }) => {}
            }
            if let Some(until) = until {
                let left = countdown(seconds_left(state.now, *until).max(0));
                say(&format!("Time left: {left}"), theme.good);
            }
            if let Some(fell) = fell {
                say(fell, theme.dim);
            }
        }
        CaptureStage::Paste => {
            say("Paste the SAML response of this app.", theme.strong);
            say(
                "Sign in with any browser and its developer tools open. The request to AWS contains the SAMLResponse.",
                theme.dim,
            );
        }
        CaptureStage::Failed(problem) => {
            say(&problem.to_string(), theme.bad);
            if let Some(hint) = &problem.hint {
                say(hint, theme.dim);
            }
        }
    }
    if screen.pasted.is_empty() {
        if !matches!(screen.stage, CaptureStage::Paste) && state.size.1 >= 14 {
            say("", theme.dim);
            say("Or paste the SAMLResponse here.", theme.dim);
        }
    } else {
        say("", theme.dim);
        let count = screen.pasted.count();
        say(
            &format!("{count} characters pasted. Enter uses them."),
            theme.accent,
        );
    }
    let rows = u16::try_from(lines.len()).unwrap_or(8).saturating_add(2);
    let title = fit(
        &screen.app.name,
        room.saturating_sub(4),
        theme.glyphs.ellipsis,
    );
    let inner = dialog(&title, columns, rows, theme, frame);
    frame.render_widget(Paragraph::new(lines), inner);
}

/// What the footer offers for a capture.
pub(super) fn hints(screen: &Capture) -> Vec<(Action, &'static str)> {
    let mut hints = Vec::new();
    if !screen.pasted.is_empty() {
        hints.push((Action::Accept, "use it"));
        hints.push((Action::DeleteLine, "discard it"));
    } else if matches!(screen.stage, CaptureStage::Failed(_)) {
        hints.push((Action::Accept, "try again"));
    }
    hints.push((Action::Back, "cancel"));
    hints.push((Action::Copy, "copy address"));
    hints
}

/// Draws the choice of a role.
pub(super) fn roles(state: &State, screen: &Roles, theme: &Theme, frame: &mut Frame<'_>) {
    let columns = state.size.0.min(64);
    let rows = u16::try_from(screen.entries.len())
        .unwrap_or(u16::MAX)
        .saturating_add(2);
    let room = usize::from(columns).saturating_sub(4);
    let title = format!("{}: which role?", screen.app);
    let title = fit(&title, room.saturating_sub(4), theme.glyphs.ellipsis);
    let inner = dialog(&title, columns, rows, theme, frame);
    let height = usize::from(inner.height);
    let first = scroll(0, screen.selected, screen.entries.len(), height);
    let lines: Vec<Line<'_>> = screen
        .entries
        .iter()
        .enumerate()
        .skip(first)
        .take(height)
        .map(|(at, entry)| {
            let selected = at == screen.selected;
            let style = if selected {
                theme.selected
            } else {
                theme.strong
            };
            let account = entry.account.to_string();
            let role = fit(&entry.role, room.saturating_sub(16), theme.glyphs.ellipsis);
            Line::from(vec![
                Span::styled(
                    if selected { theme.glyphs.selected } else { " " },
                    theme.accent,
                ),
                Span::styled(format!("{account}  {role}"), style),
            ])
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Draws the screen that adds an app.
pub(super) fn add(state: &State, screen: &AddApp, theme: &Theme, frame: &mut Frame<'_>) {
    let (width, height) = state.size;
    let columns = width.min(84);
    let room = usize::from(columns).saturating_sub(4);
    let mut lines: Vec<Line<'_>> = Vec::new();
    if height >= 14 {
        let what =
            "An AWS account outside your organization that your access portal shows as a tile.";
        lines.extend(
            wrap(what, room)
                .into_iter()
                .map(|text| line(text, theme.strong)),
        );
        lines.push(Line::default());
    }
    let mut cursor = None;
    for (at, label) in ["link", "name"].iter().enumerate() {
        let input = &screen.fields[at];
        let active = at == screen.at && screen.waiting.is_none();
        let text = input.text();
        let (shown, hidden) = tail(&text, room.saturating_sub(11));
        if active {
            cursor = Some((10 + input.cursor().saturating_sub(hidden), lines.len()));
        }
        let style = if active { theme.strong } else { theme.dim };
        lines.push(field(label, shown, style, theme));
    }
    lines.push(Line::default());
    let mut say = |text: &str, style| {
        lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
    };
    if let Some(problem) = &screen.problem {
        say(&problem.to_string(), theme.bad);
        if let Some(hint) = &problem.hint {
            say(hint, theme.dim);
        }
    } else {
        say(
            "Copy the link of the tile in the portal: …/start/#/saml/default/NAME/ins-…. The name is optional.",
            theme.dim,
        );
    }
    let rows = u16::try_from(lines.len())
        .unwrap_or(height)
        .saturating_add(2);
    let inner = dialog("Add an external account", columns, rows, theme, frame);
    frame.render_widget(Paragraph::new(lines), inner);
    if let Some((column, row)) = cursor {
        let x = inner.x.saturating_add(u16::try_from(column).unwrap_or(0));
        let y = inner.y.saturating_add(u16::try_from(row).unwrap_or(0));
        frame.set_cursor_position(Position { x, y });
    }
}
