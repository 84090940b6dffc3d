//! `roledex shell`: a subshell with the environment of an entry.

use super::args::Global;
use super::entry::{Choice, EntryArgs};
use super::env::time_left;
use super::exec::{not_started, replace_or_run};
use super::output::{Output, stdin_is_terminal};
use crate::domain::Problem;
use crate::flow::Flow;
use crate::shell::{child, current};

/// `roledex shell`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The entry.
    #[command(flatten)]
    pub entry: EntryArgs,
    /// Region for this run alone
    #[arg(long, value_name = "R")]
    pub region: Option<String>,
    /// Renew the credentials while the shell runs
    #[arg(long)]
    pub live: bool,
    /// Replace roledex with the shell instead of waiting for it
    #[arg(long, conflicts_with = "live")]
    pub replace: bool,
}

/// Opens the subshell, prints the role and how to leave, and returns the shell's exit code.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    if options.live {
        flow.check_live()?;
    }
    let permit = options
        .entry
        .choose(flow, global, Choice::SHELL, output)
        .await?;
    let permit = flow.in_region(permit, options.region.clone()).await?;
    let id = permit.id();
    let env = &flow.ctx().env;
    if let Some(outer) = current::entry(env) {
        output.note(&format!(
            "this shell already has {outer}; exit the new one to return to it"
        ));
    }
    let shell = flow.user_shell(stdin_is_terminal())?;
    let place = flow.describe(id);
    if options.live {
        flow.credentials(&permit).await?;
        output.note(&format!(
            "{place}, renewed while the shell runs; to leave, run: exit"
        ));
        let lent = output.lend();
        let result = flow.run_live(&permit, &shell, true).await?;
        drop(lent);
        let code = match result {
            Ok(code) => code,
            Err(error) => return Ok(not_started(error, output)),
        };
        output.note(&format!("left {place}"));
        return Ok(code);
    }
    let credentials = flow.credentials(&permit).await?;
    let variables = flow.subshell_variables(&permit).await?;
    output.note(&format!(
        "{place}{}; to leave, run: exit",
        time_left(flow, &credentials)
    ));
    if options.replace {
        return replace_or_run(flow, &shell, &variables, output).await;
    }
    let lent = output.lend();
    let result = child::run(&shell, env, &variables).await;
    drop(lent);
    let code = match result {
        Ok(code) => code,
        Err(error) => return Ok(not_started(error, output)),
    };
    output.note(&format!("left {place}"));
    Ok(code)
}
