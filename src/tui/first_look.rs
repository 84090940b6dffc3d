//! The first look at a long list: its first rows, shown until all of it is read.
//!
//! It is a picture. No key is read before the whole list is there, so that none can hit a row that moves.

use super::msg::{Facts, Msg};
use super::state::State;
use super::update::update;
use crate::domain::Catalog;
use crate::domain::rank::Grouping;

/// The state to draw, made of that at the start, the first part of the catalog, and the facts. `None` where the rest
/// could put other rows on screen: the results of a search, groups, or the row of this shell, which begins selected.
pub(super) fn first_look(mut at_start: State, catalog: Catalog, facts: Facts) -> Option<State> {
    let history = &facts.history;
    let is_first = |id| history.pins.contains(id) || history.uses.contains_key(id);
    let same_rows = at_start.picker.query.is_empty()
        && history.look.grouping == Grouping::None
        && at_start.here.as_ref().is_none_or(is_first);
    if !same_rows {
        return None;
    }
    at_start.partial = true;
    // What it would have the runtime do is done for the whole list.
    update(&mut at_start, Msg::Cached(Ok(catalog)));
    update(&mut at_start, Msg::Facts(Ok(facts)));
    Some(at_start)
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::domain::EntryId;
    use crate::domain::rank::{History, Look, Use};
    use crate::tui::sample;
    use crate::tui::theme::Theme;

    /// So many accounts; the last one is called as others are.
    fn catalog(accounts: usize) -> Catalog {
        let account = |at: usize| (format!("{at:012}"), format!("Account {at}"));
        let mut named: Vec<_> = (0..accounts).map(account).collect();
        named.push((format!("{:012}", 999_999), "Account 7".to_owned()));
        let rows: Vec<_> = named
            .iter()
            .map(|(id, name)| (&**id, &**name, &["Admin", "View"][..]))
            .collect();
        let mut catalog = Catalog::default();
        for event in sample::listing("acme", &rows) {
            catalog.apply(event);
        }
        catalog
    }

    fn facts() -> Facts {
        let id: EntryId = "org:acme/000000000321/View".parse().unwrap();
        let once = Use {
            at: sample::at(-60),
            place: String::new(),
        };
        Facts {
            sessions: vec![sample::session("acme", true)],
            history: History {
                uses: [(id, vec![once])].into(),
                ..History::default()
            },
            ..Facts::default()
        }
    }

    fn drawn(state: &State) -> Buffer {
        sample::drawn(state, &Theme::plain()).0
    }

    #[test]
    fn all_of_the_list_changes_nothing_but_the_counts() {
        for size in [(200, 50), (100, 30), (80, 24), (40, 10)] {
            let start = || {
                let mut state = sample::empty();
                state.size = size;
                state
            };
            let first = first_look(start(), catalog(512), facts()).unwrap();
            let mut whole = start();
            update(&mut whole, Msg::Cached(Ok(catalog(3_000))));
            update(&mut whole, Msg::Facts(Ok(facts())));
            assert_ne!(drawn(&whole), drawn(&first), "it counts");
            whole.partial = true;
            assert_eq!(drawn(&whole), drawn(&first), "{size:?}");
        }
    }

    #[test]
    fn there_is_none_where_other_rows_may_come() {
        let wanted = |state: State, facts: Facts| first_look(state, catalog(9), facts).is_some();
        assert!(wanted(sample::empty(), facts()));
        let mut query = sample::empty();
        query.picker.query = crate::tui::input::Input::new("prod");
        assert!(!wanted(query, facts()));
        let mut groups = facts();
        groups.history.look = Look {
            grouping: Grouping::Account,
            ..Look::default()
        };
        assert!(!wanted(sample::empty(), groups));
        for (here, expected) in [("000000000321", true), ("000000000005", false)] {
            let mut state = sample::empty();
            state.here = format!("org:acme/{here}/View").parse().ok();
            assert_eq!(wanted(state, facts()), expected);
        }
    }
}
