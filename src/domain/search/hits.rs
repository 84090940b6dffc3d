//! The rows that a search found.

/// One row that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The row's place in the list that was searched.
    pub row: u32,
    /// The higher the better; comparable within one search.
    pub score: u32,
}

/// The rows that match, the best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hits {
    /// All of so many rows, as without a query. There may be a million of them, so they are not written down.
    All(u32),
    /// The result of a search.
    Found(Vec<Hit>),
}

impl Default for Hits {
    fn default() -> Self {
        Self::All(0)
    }
}

impl Hits {
    /// The number of rows.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::All(rows) => *rows as usize,
            Self::Found(hits) => hits.len(),
        }
    }

    /// `true` if no row matches.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them, the best at 0.
    #[must_use]
    pub(crate) fn get(&self, at: usize) -> Option<Hit> {
        match self {
            Self::All(rows) => {
                let row = u32::try_from(at).ok().filter(|row| row < rows)?;
                Some(Hit { row, score: 0 })
            }
            Self::Found(hits) => hits.get(at).copied(),
        }
    }

    /// Those from one on.
    pub(crate) fn iter_from(&self, first: usize) -> impl Iterator<Item = Hit> {
        (first..self.len()).filter_map(|at| self.get(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_are_as_if_they_were_found() {
        let found = (0..3).map(|row| Hit { row, score: 0 }).collect();
        let (all, found) = (Hits::All(3), Hits::Found(found));
        for first in 0..5 {
            assert_eq!(all.get(first), found.get(first));
            assert!(all.iter_from(first).eq(found.iter_from(first)));
        }
        assert_eq!((all.len(), found.len()), (3, 3));
        assert!(Hits::default().is_empty());
    }
}
