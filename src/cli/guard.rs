//! The confirmation of guarded entries, on the terminal device.

use super::output::Output;
use crate::domain::{EntryId, Problem};
use crate::flow::{Confirmation, Flow, Permit};

/// The permit for an entry. The user is asked where the entry is guarded, on the terminal.
pub(super) async fn permit(flow: &Flow, id: &EntryId, output: &Output) -> Result<Permit, Problem> {
    flow.permit(id, |names| ask(names, output)).await
}

/// The permits for several entries, or why an entry has none. One question is asked for all.
pub(super) async fn permit_each(
    flow: &Flow,
    ids: &[EntryId],
    output: &Output,
) -> Result<Vec<Result<Permit, Problem>>, Problem> {
    flow.permit_each(ids, |names| ask(names, output)).await
}

/// The permits for several entries; without one of them there is none. True if the user was asked.
pub(super) async fn permit_all(
    flow: &Flow,
    ids: &[EntryId],
    output: &Output,
) -> Result<(Vec<Permit>, bool), Problem> {
    let mut permits = Vec::new();
    let mut refused = Vec::new();
    let mut was_asked = false;
    let confirm = |names: &[String]| {
        was_asked = true;
        ask(names, output)
    };
    for result in flow.permit_each(ids, confirm).await? {
        match result {
            Ok(permit) => permits.push(permit),
            Err(problem) => refused.push(problem),
        }
    }
    let more = refused.len().saturating_sub(1);
    match refused.into_iter().next() {
        None => Ok((permits, was_asked)),
        Some(problem) if more == 0 => Err(problem),
        Some(problem) => Err(problem.detail(format!("and {more} more"))),
    }
}

fn ask(names: &[String], output: &Output) -> Confirmation {
    let question = match names {
        [name] => format!("{name} is guarded. Continue?"),
        names => {
            let lines: Vec<_> = names.iter().map(|name| format!("  {name}\n")).collect();
            format!("These entries are guarded:\n{}Continue?", lines.concat())
        }
    };
    output.confirm(&question)
}
