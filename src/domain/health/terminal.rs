//! The terminal.

use super::check::{Check, Status};

/// The terminal, if there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalFact {
    /// `true` if there is one.
    pub exists: bool,
    /// `TERM`.
    pub term: Option<String>,
    /// Columns and rows.
    pub size: Option<(u16, u16)>,
    /// `true` if `NO_COLOR` is set.
    pub no_color: bool,
}

/// The smallest screen that the switcher is drawn on.
const SMALLEST: (u16, u16) = (40, 10);

/// Checks the terminal.
#[must_use]
pub(crate) fn check_terminal(fact: &TerminalFact) -> Check {
    let id = "terminal";
    if !fact.exists {
        return Check::new(id, Status::Skipped, "no terminal");
    }
    match fact.term.as_deref() {
        None => {
            return Check::new(id, Status::Warning, "TERM is not set")
                .hint("set TERM to your terminal's type, usually xterm-256color");
        }
        Some("dumb") => {
            return Check::new(
                id,
                Status::Warning,
                "TERM is dumb: the switcher cannot draw",
            )
            .hint("use the commands: roledex list, roledex use ENTRY");
        }
        Some(_) => {}
    }
    let colors = if fact.no_color { ", NO_COLOR" } else { "" };
    let term = fact.term.as_deref().unwrap_or_default();
    match fact.size {
        Some((columns, rows)) if columns < SMALLEST.0 || rows < SMALLEST.1 => Check::new(
            id,
            Status::Warning,
            format!("the terminal has {columns} columns and {rows} rows"),
        )
        .all_public()
        .hint("enlarge it to at least 40 by 10"),
        Some((columns, rows)) => {
            let about = format!("{columns} columns and {rows} rows{colors}");
            Check::new(id, Status::Ok, format!("{term}, {about}")).public(about)
        }
        None => Check::new(id, Status::Ok, format!("{term}{colors}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals() {
        let good = TerminalFact {
            exists: true,
            term: Some("xterm".to_owned()),
            size: Some((80, 24)),
            no_color: false,
        };
        assert_eq!(check_terminal(&good).state, Status::Ok);
        let small = TerminalFact {
            size: Some((39, 24)),
            ..good.clone()
        };
        assert_eq!(check_terminal(&small).state, Status::Warning);
        let dumb = TerminalFact {
            term: Some("dumb".to_owned()),
            ..good
        };
        assert_eq!(check_terminal(&dumb).state, Status::Warning);
        assert_eq!(
            check_terminal(&TerminalFact::default()).state,
            Status::Skipped
        );
    }
}
