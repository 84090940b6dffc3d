//! Moves the selection of a list: one row, one page, or to an end. The same in every screen.

use super::action::Action;

/// A list whose selection moves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListCursor {
    /// Rows of the whole list.
    pub count: usize,
    /// Rows of it that are on screen at once. One of them stays in view when a page is turned.
    pub page: usize,
}

impl ListCursor {
    /// The selection after a key; `None`: the key does not move it. It stops at both ends.
    #[must_use]
    pub(crate) fn moved(self, selected: usize, action: Action) -> Option<usize> {
        let last = self.count.saturating_sub(1);
        let page = self.page.saturating_sub(1).max(1);
        let next = match action {
            Action::Up => selected.saturating_sub(1),
            Action::Down => selected.saturating_add(1),
            Action::PageUp => selected.saturating_sub(page),
            Action::PageDown => selected.saturating_add(page),
            Action::First => 0,
            Action::Last => last,
            _ => return None,
        };
        Some(next.min(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_moves_within_the_list() {
        // Rows, rows on screen, the selection before, the key, the selection after.
        for (count, page, selected, action, wanted) in [
            (10, 4, 5, Action::Up, Some(4)),
            (10, 4, 0, Action::Up, Some(0)),
            (10, 4, 5, Action::Down, Some(6)),
            (10, 4, 9, Action::Down, Some(9)),
            (10, 4, 5, Action::PageUp, Some(2)),
            (10, 4, 2, Action::PageUp, Some(0)),
            (10, 4, 5, Action::PageDown, Some(8)),
            (10, 4, 8, Action::PageDown, Some(9)),
            (10, 40, 5, Action::PageDown, Some(9)),
            (10, 40, 5, Action::PageUp, Some(0)),
            (10, 4, 5, Action::First, Some(0)),
            (10, 4, 5, Action::Last, Some(9)),
            // A page of one row, or of none, still moves.
            (10, 1, 5, Action::PageDown, Some(6)),
            (10, 0, 5, Action::PageUp, Some(4)),
            // The list became shorter, or empty.
            (3, 4, 7, Action::Up, Some(2)),
            (0, 4, 0, Action::Down, Some(0)),
            (0, 4, 0, Action::Last, Some(0)),
            (10, 4, 5, Action::Accept, None),
        ] {
            let cursor = ListCursor { count, page };
            let case = format!("{cursor:?}, {selected}, {action:?}");
            assert_eq!(cursor.moved(selected, action), wanted, "{case}");
        }
    }
}
