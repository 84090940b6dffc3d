//! Draws the address of a web console, with a QR code where it fits.

use ratatui::text::Line;

use super::{Address, AddressStage};
use crate::domain::guard::describe;
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::layout::{Area, dialog_box, dialog_rows, inside};
use crate::tui::qr_dialog::{qr_dialog, qr_rows};
use crate::tui::state::{Draw, State};
use crate::tui::text::{fit, line, wrap};
use crate::tui::theme::Theme;

/// The columns and rows that the dialog has at least.
const LEAST: (u16, u16) = (84, 6);

impl Draw for Address {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let lines = |room| self.lines(state, room, theme);
        qr_dialog(state, "Web console", self.address(), lines, theme, frame);
    }

    /// The middle of the dialog, which has no list: a second click copies the address, or asks for it.
    fn row_areas(&self, state: &State) -> Vec<(Area, usize)> {
        vec![(inside(dialog_box(state, LEAST.0, LEAST.1)), 0)]
    }

    fn rows_in_use(&self, state: &State) -> u16 {
        qr_rows(state, self.address())
    }

    fn hints(&self, _state: &State) -> Vec<(Action, &'static str)> {
        let mut hints = match &self.stage {
            AddressStage::Hidden => vec![(Action::Accept, "show and copy")],
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
    /// The address, once it is shown.
    fn address(&self) -> Option<&str> {
        match &self.stage {
            AddressStage::Shown(address) => Some(address.expose()),
            _ => None,
        }
    }

    fn lines(&self, state: &State, room: usize, theme: &Theme) -> Vec<Line<'static>> {
        let say = |text: &str, style| -> Vec<Line<'static>> {
            let lines = wrap(text, room).into_iter();
            lines.map(|text| line(text, style)).collect()
        };
        let entry = describe(&state.catalog, &self.id);
        let entry = fit(&entry, room, theme.glyphs.ellipsis);
        let mut lines = vec![line(entry, theme.strong)];
        lines.extend(say(&self.reason, theme.soon));
        match &self.stage {
            AddressStage::Hidden => {
                let words = format!(
                    "{} shows the address and copies it. It signs in whoever opens it, so keep it to yourself.",
                    state.key(Action::Accept)
                );
                lines.push(Line::default());
                lines.extend(say(&words, theme.dim));
            }
            AddressStage::Asking(_) => {
                lines.push(Line::default());
                lines.extend(say("Getting the address", theme.dim));
            }
            AddressStage::Failed(problem) => {
                lines.push(Line::default());
                lines.extend(say(&problem.to_string(), theme.bad));
                if let Some(hint) = &problem.hint {
                    lines.extend(say(hint, theme.dim));
                }
            }
            AddressStage::Shown(address) => {
                let most = usize::from(dialog_rows(state)).saturating_sub(2);
                let mut whole = say(address.expose(), theme.accent);
                let mut warning = Vec::new();
                if self.is_secret() {
                    let words = "It signs in whoever opens it: keep it to yourself.";
                    warning = say(words, theme.soon);
                }
                let below = whole.len() + warning.len();
                let mut words = vec![Line::default()];
                words.extend(say("Sent to the clipboard:", theme.dim));
                // The address is what must be whole.
                if lines.len() + words.len() + below > most {
                    words.remove(0);
                }
                if lines.len() + words.len() + below > most {
                    lines.truncate(1);
                }
                if lines.len() + words.len() + below > most {
                    // It is only of use to copy then.
                    let cut = fit(address.expose(), room, theme.glyphs.ellipsis);
                    whole = vec![line(cut, theme.accent)];
                }
                lines.extend(words);
                lines.extend(whole);
                lines.extend(warning);
            }
        }
        lines
    }
}
