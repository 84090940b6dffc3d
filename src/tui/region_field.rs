//! The field of a region in a form: the regions that match what is typed are listed below it.

use ratatui::style::Style;
use ratatui::text::Line;

use super::action::Action;
use super::input::Input;
use super::theme::Theme;
use super::widgets::ListRow;
use crate::domain::region::{RegionChoice, choices, find, long_name};

/// The rows of the list at most.
const MAX_ROWS: usize = 3;

/// The columns of a region's name.
const NAME: usize = 16;

/// The list below the field.
#[derive(Debug, Default)]
pub(crate) struct RegionList {
    /// The index of the selected row.
    selected: usize,
}

impl RegionList {
    /// Selects the best match: the text was edited.
    pub(crate) fn select_best(&mut self) {
        self.selected = 0;
    }

    /// Handles a key while the field has the focus; `false`: it is not the list's.
    pub(crate) fn key(&mut self, field: &mut Input, action: Action) -> bool {
        let rows = matches(field);
        match action {
            Action::Down if self.selected + 1 < rows.len() => self.selected += 1,
            Action::Up if self.selected > 0 => self.selected -= 1,
            Action::Accept => {
                let Some(region) = rows.get(self.selected) else {
                    return false;
                };
                *field = Input::new(&region.name);
                self.selected = 0;
            }
            _ => return false,
        }
        true
    }

    /// The lines of the list; none if there is no region to choose.
    pub(crate) fn lines(&self, field: &Input, room: usize, theme: &Theme) -> Vec<Line<'static>> {
        let rows = matches(field).into_iter().enumerate();
        rows.map(|(at, region)| {
            let mut row = ListRow::new(at == self.selected, theme);
            row.push(format!(" {}", region.name), Style::new());
            row.pad_to(2 + NAME);
            row.push(region.long_name.unwrap_or_default(), theme.dim);
            row.line(room)
        })
        .collect()
    }
}

/// `true` if there is a region to choose.
pub(crate) fn has_match(field: &Input) -> bool {
    !matches(field).is_empty()
}

/// The known regions that match, the best first; none for a blank field and for the name of a region.
fn matches(field: &Input) -> Vec<RegionChoice> {
    let text = field.text();
    let text = text.trim();
    if text.is_empty() || long_name(text).is_some() {
        return Vec::new();
    }
    let all = choices(&[], None);
    let found = find(&all, text).into_iter().take(MAX_ROWS);
    found.cloned().collect()
}
