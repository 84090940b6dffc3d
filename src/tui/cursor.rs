//! The selection of a list and the part of the list that is on screen. The same for every list.

use super::action::Action;

/// Rows kept between the selection and the edge of the list.
const MARGIN: usize = 2;

/// The extent of a list in which the selection moves.
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

    /// The first row on screen, which was `offset` before, so that the selection is on screen with a margin.
    #[must_use]
    pub(crate) fn scrolled(self, offset: usize, selected: usize) -> usize {
        if self.page == 0 {
            return 0;
        }
        let margin = MARGIN.min((self.page - 1) / 2);
        let lowest = (selected + margin + 1).saturating_sub(self.page);
        let highest = selected.saturating_sub(margin);
        offset
            .clamp(lowest.min(highest), highest)
            .min(self.count.saturating_sub(self.page))
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

    #[test]
    fn the_selection_stays_on_screen_with_a_margin() {
        let scroll =
            |offset, selected, count, page| ListCursor { count, page }.scrolled(offset, selected);
        assert_eq!(scroll(0, 0, 100, 10), 0);
        assert_eq!(scroll(0, 7, 100, 10), 0);
        assert_eq!(scroll(0, 8, 100, 10), 1);
        assert_eq!(scroll(50, 51, 100, 10), 49);
        assert_eq!(scroll(0, 99, 100, 10), 90);
        assert_eq!(scroll(90, 0, 3, 10), 0);
        assert_eq!(scroll(5, 5, 10, 1), 5);
        assert_eq!(scroll(5, 5, 10, 0), 0);
    }
}
