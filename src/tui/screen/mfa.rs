//! The dialog that asks for the code of an MFA device.

use ratatui::Frame;
use ratatui::layout::Position;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::text::{line, wrap};
use super::{dialog, field};
use crate::tui::action::Action;
use crate::tui::state::MfaDialog;
use crate::tui::theme::Theme;

/// Draws the dialog.
pub(super) fn draw(screen: &MfaDialog, theme: &Theme, frame: &mut Frame<'_>) {
    let columns = frame.area().width.min(64);
    let room = usize::from(columns).saturating_sub(4);
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut say = |text: &str, style| {
        lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
    };
    let what = format!(
        "The profile {} needs a code from its MFA device.",
        screen.profile
    );
    say(&what, theme.strong);
    say(&screen.device, theme.dim);
    if let Some(mistake) = screen.mistake {
        say(mistake, theme.bad);
    }
    lines.push(Line::default());
    let row = lines.len();
    let code = screen.code.text();
    lines.push(field("code", &code, theme.strong, theme));
    let rows = u16::try_from(lines.len()).unwrap_or(6).saturating_add(2);
    let inner = dialog("MFA", columns, rows, theme, frame);
    frame.render_widget(Paragraph::new(lines), inner);
    let column = 10 + screen.code.cursor();
    let x = inner.x.saturating_add(u16::try_from(column).unwrap_or(0));
    let y = inner.y.saturating_add(u16::try_from(row).unwrap_or(0));
    frame.set_cursor_position(Position { x, y });
}

/// The keys that the footer offers.
pub(super) fn hints() -> Vec<(Action, &'static str)> {
    vec![(Action::Accept, "continue"), (Action::Back, "back")]
}
