//! Columns for people: cleaned cells, aligned by what a terminal shows.

use std::fmt;

use crate::domain::text::{clean, width as columns};

/// A table with a heading. Prints nothing when it has no row.
pub struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// An empty table.
    pub fn new(heading: [&str; N]) -> Self {
        Self {
            rows: vec![heading.map(str::to_owned)],
        }
    }

    /// Adds a row; the cells are cleaned (S2).
    pub fn row(&mut self, cells: [&str; N]) {
        self.rows.push(cells.map(|cell| clean(cell).into_owned()));
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.len() == 1 {
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
                line.extend(std::iter::repeat_n(' ', width - columns(cell) + 2));
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
    }
}
