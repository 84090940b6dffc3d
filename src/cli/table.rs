//! Columns for people: cleaned cells, aligned by what a terminal shows.

use std::fmt;

use crate::domain::text::{clean, clip, width as columns};

/// No cell has more characters; no name of AWS's has half of them.
const MAX_CELL_CHARS: usize = 300;

/// A table, with a heading or without. Prints nothing when it has no row.
pub(super) struct Table<const N: usize> {
    has_heading: bool,
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// An empty table with a heading.
    pub(super) fn new(heading: [&str; N]) -> Self {
        Self {
            has_heading: true,
            rows: vec![heading.map(str::to_owned)],
        }
    }

    /// An empty table without a heading.
    pub(super) fn without_heading() -> Self {
        Self {
            has_heading: false,
            rows: Vec::new(),
        }
    }

    /// Adds a row; the cells are cleaned (docs/requirements.md#remote-text), and bounded: the longest makes all of its column wide.
    pub(super) fn row(&mut self, cells: [&str; N]) {
        let cell = |cell: &str| clip(&clean(cell), MAX_CELL_CHARS).into_owned();
        self.rows.push(cells.map(cell));
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.len() == usize::from(self.has_heading) {
            return Ok(());
        }
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(columns(cell));
            }
        }
        for row in &self.rows {
            let mut line = String::new();
            for (width, cell) in widths.iter().zip(row) {
                line += cell;
                // A column without any cell takes no room.
                let gap = if *width == 0 { 0 } else { 2 };
                line.extend(std::iter::repeat_n(' ', width - columns(cell) + gap));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_width() {
        let mut table = Table::new(["A", "B"]);
        assert_eq!(table.to_string(), "");
        table.row(["東京", "x"]);
        table.row(["a\u{1b}b", "y"]);
        assert_eq!(table.to_string(), "A     B\n東京  x\nab    y\n");
        table.row([&"x".repeat(3_000_000), "z"]);
        assert!(table.to_string().len() < 5_000);
    }
}
