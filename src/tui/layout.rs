//! The layout of the screen. It is pure, so that the reducer pages and hit-tests with the numbers that are drawn.
//!
//! ```text
//! roledex   agency ● 7:59:01   client ○                  as of 3 min ago
//! ❯ query                                                       12/84
//! ▌● Payments Prod     AdministratorAccess   59:12 │ Payments Prod
//!  ○ Payments Staging  ReadOnlyAccess              │ details…
//! toast
//! Enter use   Ctrl-R refresh   …                              F1 help
//! ```
//!
//! Below a prompt the first two rows change places.

use super::state::State;

/// A rectangle: column, row, columns, rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Area {
    /// The first column.
    pub x: u16,
    /// The first row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// The areas of the list's screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Regions {
    /// Portals and ages.
    pub header: Area,
    /// The query.
    pub query: Area,
    /// The rows.
    pub list: Area,
    /// The details of the selected row; without columns where there is no room.
    pub details: Area,
    /// Short messages.
    pub toasts: Area,
    /// The keys.
    pub footer: Area,
}

/// The smallest screen that is drawn.
pub(crate) const SMALLEST: (u16, u16) = (30, 6);

/// From this many columns on, details are shown beside the list.
const DETAILS_FROM: u16 = 90;

/// The areas of the list's screen.
#[must_use]
pub(crate) fn regions(state: &State) -> Regions {
    let (width, height) = state.size;
    let toasts = u16::try_from(state.toasts.len().min(3))
        .unwrap_or(3)
        .min(height.saturating_sub(5));
    let rows = height.saturating_sub(3 + toasts);
    let details = if width >= DETAILS_FROM && !state.picker.look.hide_details && rows > 4 {
        (width * 2 / 5).clamp(36, 60)
    } else {
        0
    };
    let row = |y, height| Area {
        x: 0,
        y,
        width,
        height,
    };
    // Below a prompt, what is typed is in the next row, as a user expects it. It also keeps the cursor
    // in the first row, where a resize moves it in a way that can be reckoned with.
    let (header, query) = if state.inline { (1, 0) } else { (0, 1) };
    Regions {
        header: row(header, 1),
        query: row(query, 1),
        list: Area {
            width: width - details,
            ..row(2, rows)
        },
        details: Area {
            x: width - details,
            width: details,
            ..row(2, rows)
        },
        toasts: row(2 + rows, toasts),
        footer: row(height.saturating_sub(1), 1),
    }
}

/// The rows of a list in a dialog as high as the screen allows, beside so many other rows in it.
#[must_use]
pub(crate) fn dialog_list(state: &State, other_rows: usize) -> usize {
    // Two borders, and the footer.
    usize::from(state.size.1)
        .saturating_sub(3 + other_rows)
        .max(1)
}

/// The number of rows for the selected message in full.
#[must_use]
pub(crate) fn message_rows(state: &State) -> usize {
    usize::from(state.size.1).saturating_sub(7).clamp(1, 4)
}
