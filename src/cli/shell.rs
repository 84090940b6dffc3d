//! `roledex shell`: a subshell with the environment of an entry.

use super::args::Global;
use super::entry::EntryArgs;
use super::exec::{not_started, replace_or_run};
use super::output::Output;
use crate::domain::time::{seconds_left, span};
use crate::domain::{Credentials, EntryId, Kind, Problem};
use crate::flow::Flow;
use crate::shell::child;

/// `roledex shell`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The entry.
    #[command(flatten)]
    pub entry: EntryArgs,
    /// Renew the credentials while the shell runs
    #[arg(long)]
    pub live: bool,
    /// Replace roledex with the shell instead of waiting for it
    #[arg(long, conflicts_with = "live")]
    pub replace: bool,
}

/// Opens the subshell, says where one is and how to leave, and returns the shell's exit code.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    let permit = options.entry.choose(flow, global, output).await?;
    let id = permit.id();
    let env = &flow.ctx().env;
    if let Some(outer) = child::nesting(env) {
        output.note(&format!(
            "this shell already has {}; exit the new one to return to it",
            outer.entry
        ));
    }
    let shell = child::login_shell(env);
    let place = place(flow, id)?;
    if options.live {
        flow.credentials(&permit).await?;
        output.note(&format!(
            "{place}, renewed while the shell runs; to leave, run: exit"
        ));
        let lent = output.lend();
        let result = flow.run_live(&permit, &shell).await?;
        drop(lent);
        let code = match result {
            Ok(code) => code,
            Err(error) => return Ok(not_started(error, output)),
        };
        output.note(&format!("left {place}"));
        return Ok(code);
    }
    let credentials = flow.credentials(&permit).await?;
    let variables = flow.variables(&permit).await?;
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

/// An entry as the user knows it: its role, and its account by name and number.
pub(super) fn place(flow: &Flow, id: &EntryId) -> Result<String, Problem> {
    if id.kind == Kind::Profile {
        return Ok(id.words());
    }
    Ok(match flow.account_name(id)? {
        name if name.is_empty() => id.words(),
        name => format!("{} in {name} ({})", id.role, id.account),
    })
}

/// `, for 59 min`; nothing for credentials without an end.
pub(super) fn time_left(flow: &Flow, credentials: &Credentials) -> String {
    let now = flow.ctx().clock.now();
    credentials.ends().map_or_else(String::new, |end| {
        format!(", for {}", span(seconds_left(now, end)))
    })
}
