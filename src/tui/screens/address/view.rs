//! Draws the address of a web console, with a QR code where it fits.

use ratatui::Frame;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{Address, AddressStage};
use crate::domain::guard::describe;
use crate::tui::action::Action;
use crate::tui::layout::{Area, dialog_box, inside};
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{Picture, dialog};

/// The rows that the dialog has at least.
const LEAST_ROWS: u16 = 6;

impl Draw for Address {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let (width, height) = state.size;
        let picture = match &self.stage {
            AddressStage::Shown(address) => Picture::new(address.expose(), theme)
                .filter(|picture| picture.fits(state.size.0.min(Picture::WITH_TEXT), state.size.1)),
            _ => None,
        };
        let columns = width.min(Picture::WITH_TEXT);
        let beside = picture.as_ref().map_or(0, Picture::columns);
        let room = usize::from(columns).saturating_sub(4 + beside);
        let most = usize::from(height).saturating_sub(3);
        let lines = self.lines(state, room, most, theme);
        let rows = lines.len().max(picture.as_ref().map_or(0, Picture::rows));
        let rows = u16::try_from(rows).unwrap_or(height).saturating_add(2);
        let inner = dialog("Web console", columns, rows, theme, frame);
        frame.render_widget(Paragraph::new(lines), inner);
        if let Some(picture) = picture {
            picture.draw(inner, theme, frame);
        }
    }

    /// The middle of the dialog, which has no list: a second click copies the address, or asks for it.
    fn row_areas(&self, state: &State) -> Vec<(Area, usize)> {
        let columns = state.size.0.min(Picture::WITH_TEXT);
        vec![(inside(dialog_box(state.size, columns, LEAST_ROWS)), 0)]
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        let mut hints = match &self.stage {
            AddressStage::Hidden => vec![(Action::Accept, "show the address")],
            AddressStage::Asking(_) => Vec::new(),
            AddressStage::Shown(_) => vec![(Action::Copy, "copy")],
            AddressStage::Failed(_) => vec![(Action::Accept, "try again")],
        };
        hints.push((Action::OpenPage, "open a browser"));
        hints.push((Action::Back, "close"));
        hints
    }
}

impl Address {
    fn lines(&self, state: &State, room: usize, most: usize, theme: &Theme) -> Vec<Line<'static>> {
        let mut lines = vec![line(
            fit(
                &describe(&state.catalog, &self.id),
                room,
                theme.glyphs.ellipsis,
            ),
            theme.strong,
        )];
        let mut say = |text: &str, style| {
            lines.extend(wrap(text, room).into_iter().map(|text| line(text, style)));
        };
        say(&self.reason, theme.soon);
        say("", theme.dim);
        match &self.stage {
            AddressStage::Hidden => say(
                &format!(
                    "{} shows the address. It signs in whoever opens it, so keep it to yourself.",
                    state.key(Action::Accept)
                ),
                theme.dim,
            ),
            AddressStage::Asking(_) => say("Getting the address", theme.dim),
            AddressStage::Shown(address) => {
                say("Open this page:", theme.dim);
                let whole = wrap(address.expose(), room);
                if lines.len() + whole.len() < most {
                    lines.extend(whole.into_iter().map(|text| line(text, theme.accent)));
                } else {
                    // It is only of use to copy then.
                    let start = fit(address.expose(), room, theme.glyphs.ellipsis);
                    lines.push(line(start, theme.accent));
                }
                if self.is_secret() {
                    let warning = "It signs in whoever opens it: keep it to yourself.";
                    let warning = wrap(warning, room);
                    lines.extend(warning.into_iter().map(|text| line(text, theme.soon)));
                }
            }
            AddressStage::Failed(problem) => {
                say(&problem.to_string(), theme.bad);
                if let Some(hint) = &problem.hint {
                    say(hint, theme.dim);
                }
            }
        }
        lines
    }
}
