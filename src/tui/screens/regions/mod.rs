//! Choosing the region that an entry works in.

#[cfg(test)]
mod tests;
pub(crate) mod update;
mod view;

use crate::domain::partition::looks_like_region;
use crate::domain::region::{Part, find};
use crate::domain::{EntryId, Problem};
use crate::tui::input::Input;
use crate::tui::msg::{KnownRegions, Ticket};

/// The choice of a region.
#[derive(Debug)]
pub(crate) struct Regions {
    /// The entry.
    pub id: EntryId,
    /// The regions to choose from; `None` before they are read.
    pub known: Option<KnownRegions>,
    /// The part of the entry that the region is set for.
    pub part: Part,
    /// The query.
    pub query: Input,
    /// The index of the selected row.
    pub selected: usize,
    /// The first line of the list on screen.
    pub first: usize,
    /// The open question.
    pub waiting: Option<Ticket>,
    /// The region that is being saved.
    pub saving: Option<String>,
    /// The problem with the last answer.
    pub problem: Option<Problem>,
}

/// The row that takes a region back.
const NOT_SET: &str = "not set";

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    /// The region.
    name: String,
    /// Words about it.
    words: String,
}

impl Regions {
    /// Forgets the problem with the last answer. One with reading the regions stays: there is nothing to choose from.
    fn forget_problem(&mut self) {
        if self.known.is_some() {
            self.problem = None;
        }
    }

    /// Selects the region that the query most likely means; without a query, the region now.
    fn select_best(&mut self) {
        let current = self.known.as_ref().and_then(|known| known.current.as_ref());
        let current = current.filter(|_| self.query.is_empty());
        let at = current.and_then(|name| self.rows().iter().position(|row| row.name == *name));
        self.selected = at.unwrap_or(0);
    }

    /// The rows that the query matches. A region that is not known here is a row if its name can be one: it is
    /// checked before it is saved.
    fn rows(&self) -> Vec<Row> {
        let Some(known) = &self.known else {
            return Vec::new();
        };
        let query = self.query.text();
        let found = find(&known.choices, &query);
        let found = found.into_iter().map(|choice| Row {
            name: choice.name.clone(),
            words: choice.long_name.unwrap_or_default().to_owned(),
        });
        let query = query.trim();
        let none = query.is_empty().then(|| Row {
            name: NOT_SET.to_owned(),
            words: "what is set elsewhere counts".to_owned(),
        });
        let mut rows: Vec<Row> = none.into_iter().chain(found).collect();
        if looks_like_region(query) && !known.choices.iter().any(|choice| choice.name == query) {
            rows.push(Row {
                name: query.to_owned(),
                words: "not known: saved only if it answers".to_owned(),
            });
        }
        rows
    }
}
