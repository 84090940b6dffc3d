//! From an `[ENTRY]` argument to an entry, with the picker where it is missing or ambiguous.

use super::args::Global;
use super::output::{Output, stdout_is_terminal};
use crate::domain::{EntryId, Problem, ProblemKind};
use crate::flow::Flow;
use crate::tui;

/// The entry that the argument names. Several matches or none named: the picker opens, where a
/// terminal exists; otherwise the candidates are the error (exit code 4).
pub async fn choose(
    flow: &Flow,
    global: &Global,
    entry: Option<&str>,
    output: &Output,
) -> Result<EntryId, Problem> {
    let query = match entry {
        None => String::new(),
        Some(text) => match flow.resolve(text, global.portal.as_deref()).await {
            Err(Problem {
                kind: ProblemKind::NoSingleMatch { candidates },
                ..
            }) if !candidates.is_empty() && tui::terminal_exists() => {
                output.note(&format!("{text:?} matches {} entries", candidates.len()));
                text.to_owned()
            }
            result => return result,
        },
    };
    if !tui::terminal_exists() {
        return Err(Problem::new(ProblemKind::Usage, "no entry was named, and there is no terminal to pick one on")
            .hint("name one: ACCOUNT/ROLE, an entry id (roledex list --json), or a profile (roledex status)"));
    }
    let options = tui::Options {
        query,
        pick_only: true,
        portal: global.portal.clone(),
        stdout_captured: !stdout_is_terminal(),
        ..tui::Options::default()
    };
    match tui::run(flow.clone(), options).await? {
        tui::Outcome::Picked(id) | tui::Outcome::Export(id) => Ok(id),
        tui::Outcome::Quit | tui::Outcome::Cancelled => {
            Err(Problem::new(ProblemKind::Cancelled, "nothing was chosen"))
        }
    }
}
