//! `roledex refresh`: new credentials now, for one entry or for every managed profile.

use super::args::{Global, Refresh};
use super::output::Output;
use super::{entry, use_};
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;

/// Refreshes; with `--all` one profile's failure does not stop the others.
pub async fn run(
    flow: &Flow,
    global: &Global,
    options: &Refresh,
    output: &Output,
) -> Result<u8, Problem> {
    if !options.all {
        let id = entry::choose(
            flow,
            global,
            options.entry.as_deref(),
            options.assertion.as_deref(),
            output,
        )
        .await?;
        use_::say(flow, &flow.refresh(&id).await?, "refreshed", output)?;
        return Ok(0);
    }
    let profiles = flow.profiles_of(global.portal.as_deref())?;
    if profiles.is_empty() {
        return Err(Problem::new(
            ProblemKind::NoSingleMatch {
                candidates: Vec::new(),
            },
            "there is no managed profile to refresh",
        )
        .hint("make one: roledex use"));
    }
    let mut worst = 0;
    for profile in profiles {
        match flow.refresh_profile(&profile).await {
            Ok(used) => use_::say(flow, &used, "refreshed", output)?,
            Err(problem) => {
                let title = format!("{}: {}", profile.name, problem.title);
                let problem = problem.titled(title);
                output.problem(&problem);
                worst = worst.max(problem.kind.exit_code());
            }
        }
    }
    Ok(worst)
}
