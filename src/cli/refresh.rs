//! `roledex refresh`: new credentials now, for one entry or for every managed profile.

use super::args::Global;
use super::entry::{Choice, SamlEntryArgs};
use super::output::{Output, stderr_is_terminal};
use super::{capture, guard, mfa, use_};
use crate::domain::{EntryId, Kind, Problem, ProblemKind};
use crate::flow::{Flow, Permit};
use crate::shell::current;

/// `roledex refresh`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The entry.
    #[command(flatten)]
    pub entry: SamlEntryArgs,
    /// All managed profiles
    #[arg(long, conflicts_with_all = ["entry", "assertion", "method"])]
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
        let entry = options.entry.or_this_shell(flow, global, output)?;
        let permit = entry.find(flow, global, Choice::REFRESH, output).await?;
        let used = helped(flow, permit.id(), output, async || {
            mfa::with_code(flow, output, async || flow.refresh(&permit).await).await
        })
        .await?;
        flow.remember_use(permit.id());
        use_::report(flow, &used, "refreshed", output)?;
        let env = &flow.ctx().env;
        if current::entry(env).as_ref() == Some(permit.id()) && !current::is_live(env) {
            output.note("this shell keeps its credentials; to renew those, too, run: rdx refresh");
        }
        return Ok(0);
    }
    options.entry.confirm(flow);
    let profiles = flow.profiles_of(&flow.origins()?, global.portal.as_deref())?;
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
                let permit = permit.of_profile(Some(profile.name.clone()));
                let refresh = async || flow.bounded(Box::pin(flow.refresh(&permit))).await;
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

/// New credentials for an entry, and its profile written if it has one.
pub(super) async fn anew(flow: &Flow, permit: &Permit, output: &Output) -> Result<(), Problem> {
    let id = permit.id();
    let has_profile = flow.profiles()?.iter().any(|profile| profile.entry == *id);
    helped(flow, id, output, async || {
        mfa::with_code(flow, output, async || {
            if has_profile {
                flow.refresh(permit).await.map(drop)
            } else {
                flow.new_credentials(permit).await.map(drop)
            }
        })
        .await
    })
    .await
}

/// Refreshes; where a new SAML response needs the user, and there is a terminal, they are asked for it.
async fn helped<T>(
    flow: &Flow,
    id: &EntryId,
    output: &Output,
    refresh: impl AsyncFn() -> Result<T, Problem>,
) -> Result<T, Problem> {
    match refresh().await {
        Err(problem) => {
            let ProblemKind::CaptureNeeded { app } = &problem.kind else {
                return Err(problem);
            };
            if !stderr_is_terminal() {
                return Err(problem);
            }
            // For a chained role it is its source's app.
            let app = flow.app(app)?;
            let wanted = Some(id).filter(|id| id.kind == Kind::External);
            capture::roles(flow, &app, wanted, None, output).await?;
            refresh().await
        }
        done => done,
    }
}
