//! `roledex pin`: pins an entry to the top of the list, or unpins it. Prints its id.

use super::args::Global;
use super::entry;
use super::output::Output;
use crate::domain::Problem;
use crate::flow::Flow;

/// `roledex pin`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A profile, an entry id, ACCOUNT/ROLE, a search, or - for the previous role of this shell
    pub entry: String,
    /// Unpin it
    #[arg(long)]
    pub remove: bool,
}

/// Pins or unpins the entry.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    let target = entry::resolve(flow, global, &options.entry, output).await?;
    let id = target.id;
    // A pin can outlive its entry.
    if !options.remove {
        flow.check_exists(&id)?;
    }
    flow.pin(&id, !options.remove)?;
    output.line(&id.to_string())?;
    Ok(0)
}
