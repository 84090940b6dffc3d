//! `roledex refresh`: new credentials now, for one entry or for every managed profile.

use super::args::Global;
use super::entry::SamlEntryArgs;
use super::output::{Output, stderr_is_terminal};
use super::{capture, guard, mfa, use_};
use crate::domain::profile::Used;
use crate::domain::{EntryId, Problem, ProblemKind};
use crate::flow::Flow;

/// `roledex refresh`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The entry.
    #[command(flatten)]
    pub entry: SamlEntryArgs,
    /// All managed profiles
    #[arg(long, conflicts_with_all = ["entry", "assertion"])]
    pub all: bool,
}

/// Refreshes; with `--all` one profile's failure does not stop the others.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    if !options.all {
        let permit = options.entry.find(flow, global, output).await?;
        let used = helped(flow, permit.id(), output, async || {
            mfa::with_code(flow, output, async || flow.refresh(&permit).await).await
        })
        .await?;
        flow.remember_use(permit.id());
        use_::report(flow, &used, "refreshed", output)?;
        return Ok(0);
    }
    options.entry.confirm(flow);
    let profiles = flow.profiles_of(global.portal.as_deref())?;
    if profiles.is_empty() {
        return Err(Problem::new(
            ProblemKind::NoSingleMatch {
                candidates: Vec::new(),
            },
            "no managed profiles to refresh",
        )
        .hint("to create one, run: roledex use"));
    }
    let entries: Vec<EntryId> = profiles
        .iter()
        .map(|profile| profile.entry.clone())
        .collect();
    let permits = guard::permit_each(flow, &entries, output).await?;
    let mut worst = 0;
    let all = profiles.len();
    for (at, (profile, permit)) in profiles.into_iter().zip(permits).enumerate() {
        flow.waiting().begin(at + 1, all);
        let result = match permit {
            Ok(permit) => {
                let refresh = async || {
                    flow.bounded(Box::pin(flow.refresh_profile(&permit, &profile)))
                        .await
                };
                helped(flow, &profile.entry, output, refresh).await
            }
            Err(problem) => Err(problem),
        };
        match result {
            Ok(used) => use_::report(flow, &used, "refreshed", output)?,
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

/// Refreshes; where a new SAML response needs the user, and there is a terminal, they are asked for it.
async fn helped(
    flow: &Flow,
    id: &EntryId,
    output: &Output,
    refresh: impl AsyncFn() -> Result<Used, Problem>,
) -> Result<Used, Problem> {
    match refresh().await {
        Err(problem) => {
            let ProblemKind::CaptureNeeded { app } = &problem.kind else {
                return Err(problem);
            };
            if !stderr_is_terminal() {
                return Err(problem.hint(format!(
                    "to sign in, run in a terminal: roledex refresh {id}"
                )));
            }
            // For a chained role it is its source's app.
            let app = flow.app(app)?;
            capture::roles(flow, &app, None, output).await?;
            refresh().await
        }
        done => done,
    }
}
