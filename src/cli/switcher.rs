//! `roledex` alone: the switcher, on the full screen or with `--height` below the prompt.

use std::io::IsTerminal as _;

use super::args::{Global, Switcher};
use super::entry::{EntryArgs, SamlEntryArgs};
use super::output::{Output, stdout_is_pipe, stdout_is_terminal};
use super::{capture, env, guard, use_};
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;
use crate::shell::{self, export};
use crate::tui;

/// Opens the switcher, and prints what it was left with.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    switcher: &Switcher,
    demo: Option<tui::Demo>,
    output: &Output,
) -> Result<u8, Problem> {
    if let Some(code) = at_once(flow, global, switcher, output).await? {
        return Ok(code);
    }
    if !tui::terminal_exists() {
        return Err(
            Problem::new(ProblemKind::Usage, "the switcher needs a terminal")
                .hint("in a script, use: roledex list, use, env, exec or credentials"),
        );
    }
    let portal = global
        .portal
        .as_deref()
        .map(|name| flow.portal(name))
        .transpose()?;
    let options = tui::Options {
        query: switcher.query.clone().unwrap_or_default(),
        demo,
        portal: portal.map(|portal| portal.name.to_string()),
        height: global.height,
        ..tui::Options::default()
    };
    flow.check_endpoints();
    let lent = output.lend();
    let outcome = tui::run(flow.clone(), options).await?;
    drop(lent);
    match outcome {
        tui::Outcome::Export(id) if stdout_is_terminal() => {
            output.note("the export lines were not printed, because nothing reads them here");
            let shell = shell::detect(&flow.ctx().env);
            let line = export::evaluation(shell, &format!("roledex env {id}"));
            output.note(&format!("run: {line}"));
            Ok(0)
        }
        tui::Outcome::Export(id) => {
            let permit = guard::permit(flow, &id, output).await?;
            capture::ready(flow, &permit, output).await?;
            env::print(flow, &permit, None, output).await
        }
        tui::Outcome::Quit | tui::Outcome::Cancelled | tui::Outcome::Picked(_) => Ok(0),
    }
}

/// Refuses to open the switcher for a program that reads our output and gave no arguments: an AWS SDK
/// that could not read its `credential_process` line waits for credentials, not for the user. The
/// `$(roledex)` of an interactive shell has a terminal for its input.
///
/// # Errors
/// No terminal on stdin, and a pipe on stdout.
pub(super) fn refuse_lost_arguments() -> Result<(), Problem> {
    if std::io::stdin().is_terminal() || !stdout_is_pipe() {
        return Ok(());
    }
    Err(Problem::new(
        ProblemKind::Usage,
        "roledex was started without arguments by another program",
    )
    .detail(
        "if that is an AWS SDK, it could not read the credential_process line of the profile: old ones \
         lose the arguments after a path in quotes",
    )
    .hint("run: roledex doctor --fix; to open the switcher in a script: roledex </dev/tty"))
}

/// `--select-1`: what is the only match is used, with no screen.
async fn at_once(
    flow: &Flow,
    global: &Global,
    switcher: &Switcher,
    output: &Output,
) -> Result<Option<u8>, Problem> {
    let Some(query) = switcher.query.as_deref().filter(|_| switcher.select_1) else {
        return Ok(None);
    };
    match flow.resolve(query, global.portal.as_deref()).await {
        Ok(id) => {
            let entry = EntryArgs {
                entry: Some(id.to_string()),
                yes: switcher.yes,
            };
            let options = use_::Args {
                entry: SamlEntryArgs {
                    entry,
                    assertion: None,
                },
                ..use_::Args::default()
            };
            use_::run(flow, global, &options, output).await.map(Some)
        }
        Err(problem) if !tui::terminal_exists() => Err(problem),
        // Several, none, or not listed yet: the switcher shows it.
        Err(_) => Ok(None),
    }
}
