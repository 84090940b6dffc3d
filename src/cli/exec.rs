//! `roledex exec`: one command with the environment of an entry. It replaces this process, so signals and
//! its exit code need no help (docs/requirements.md#subshell). With `--live`, roledex waits for it and renews its credentials.

use super::args::Global;
use super::entry::{Choice, SamlEntryArgs};
use super::output::Output;
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;
use crate::shell::Error;
use crate::shell::child::{self, Child};
use std::ffi::OsString;

/// `roledex exec`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The entry.
    #[command(flatten)]
    pub entry: SamlEntryArgs,
    /// Region for this run alone
    #[arg(long, value_name = "R")]
    pub region: Option<String>,
    /// Renew the credentials while the command runs
    #[arg(long)]
    pub live: bool,
    /// The command and its arguments, after --
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// Becomes the command, or runs it where a process cannot be replaced.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    let command = options.command.split_first();
    let (program, args) = command
        .filter(|(program, _)| !program.is_empty())
        .ok_or_else(|| {
            Problem::new(ProblemKind::Usage, "no command given")
                .hint("write it after --, as in: roledex exec ENTRY -- aws s3 ls")
        })?;
    if options.live {
        flow.check_live()?;
    }
    let permit = options
        .entry
        .choose(flow, global, Choice::RUN, output)
        .await?;
    let permit = flow.in_region(permit, options.region.clone()).await?;
    let child = Child::new(program, args.to_vec());
    if options.live {
        // Before the terminal is lent, so that it shows what they wait for.
        flow.credentials(&permit).await?;
        let lent = output.lend();
        let result = flow.run_live(&permit, &child, false).await?;
        drop(lent);
        return Ok(result.unwrap_or_else(|error| not_started(error, output)));
    }
    let variables = flow.variables(&permit).await?;
    replace_or_run(flow, &child, &variables, output).await
}

/// Replaces this process by the program; where the system cannot, runs it and waits.
pub(super) async fn replace_or_run(
    flow: &Flow,
    child: &Child,
    variables: &crate::flow::Variables,
    output: &Output,
) -> Result<u8, Problem> {
    let lent = output.lend();
    let error = child::replace(child, &flow.ctx().env, variables);
    if error.exit_code().is_some() {
        drop(lent);
        return Ok(not_started(error, output));
    }
    flow.run(child, variables).await
}

/// Says why a program was not started, with the exit code that shells have for it.
pub(super) fn not_started(error: Error, output: &Output) -> u8 {
    let code = error.exit_code().unwrap_or(1);
    output.problem(&error.into());
    code
}
