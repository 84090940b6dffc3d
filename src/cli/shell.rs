//! `roledex shell`: a subshell with the environment of an entry.

use super::args::{Global, Shell};
use super::entry;
use super::exec::{not_started, replace_or_run};
use super::output::Output;
use crate::domain::time::{seconds_left, span};
use crate::domain::{EntryId, Problem};
use crate::flow::Flow;
use crate::shell::child;

/// Opens the subshell, says where one is and how to leave, and returns the shell's exit code.
pub async fn run(
    flow: &Flow,
    global: &Global,
    options: &Shell,
    output: &Output,
) -> Result<u8, Problem> {
    let id = entry::choose(flow, global, options.entry.as_deref(), None, output).await?;
    let env = &flow.ctx().env;
    if let Some(outer) = child::nesting(env) {
        output.note(&format!(
            "this shell already holds {}; leaving the new one returns to it",
            outer.entry
        ));
    }
    let shell = child::login_shell(env);
    let place = place(flow, &id)?;
    if options.live {
        flow.obtain(&id).await?;
        output.note(&format!(
            "{} in {place}, renewed while you stay; leave with: exit",
            id.role
        ));
        let code = match flow.run_live(&id, &shell).await? {
            Ok(code) => code,
            Err(error) => return Ok(not_started(error, output)),
        };
        output.note(&format!("left {} in {place}", id.role));
        return Ok(code);
    }
    let credentials = flow.obtain(&id).await?;
    let variables = flow.variables(&id).await?;
    let left = seconds_left(flow.ctx().clock.now(), credentials.expires_at);
    output.note(&format!(
        "{} in {}, for {}; leave with: exit",
        id.role,
        place,
        span(left)
    ));
    if options.replace {
        return replace_or_run(flow, &shell, &variables, output).await;
    }
    let code = match child::run(&shell, env, &variables).await {
        Ok(code) => code,
        Err(error) => return Ok(not_started(error, output)),
    };
    output.note(&format!("left {} in {place}", id.role));
    Ok(code)
}

/// An account as a person knows it.
pub fn place(flow: &Flow, id: &EntryId) -> Result<String, Problem> {
    Ok(match flow.account_name(id)? {
        name if name.is_empty() => id.account.to_string(),
        name => format!("{name} ({})", id.account),
    })
}
