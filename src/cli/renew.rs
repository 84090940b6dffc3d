//! `roledex __renew`: the process in the background that renews credentials that end soon.

use crate::domain::id::BadEntryId;
use crate::domain::{EntryId, Problem, ProblemKind};
use crate::flow::{Flow, renewal};
use crate::shell::background;

/// `roledex __renew`: for roledex itself only.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An entry id
    pub entry: String,
    /// In this process
    #[arg(long)]
    pub work: bool,
}

/// Starts the process that does the work, and leaves it alone.
pub(super) fn leave(entry: &str) -> Result<u8, Problem> {
    background::leave(&[renewal::COMMAND, entry, renewal::WORK_FLAG]).map_err(|error| {
        Problem::new(ProblemKind::Failed, "cannot start the renewal").detail(error.to_string())
    })?;
    Ok(0)
}

/// Renews.
pub(super) async fn run(flow: &Flow, entry: &str) -> Result<u8, Problem> {
    let id: EntryId = entry
        .parse()
        .map_err(|error: BadEntryId| Problem::new(ProblemKind::Usage, error.to_string()))?;
    flow.renew_soon(&id).await?;
    Ok(0)
}
