//! `roledex` alone: the switcher, on the full screen or with `--height` below the prompt.

use super::args::{Global, Switcher};
use super::entry::{self, EntryArgs, SamlEntryArgs, check_terminal};
use super::output::{Output, stdin_is_terminal, stdout_is_pipe, stdout_is_terminal};
use super::{capture, env, guard, use_};
use crate::domain::profile::Used;
use crate::domain::text::brief;
use crate::domain::time::{lifetime, seconds_left};
use crate::domain::{Problem, ProblemKind, Target};
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
        let title = match &switcher.query {
            Some(words) if switcher.is_from_words => format!(
                "{:?} is not a command, and a search needs a terminal",
                brief(words)
            ),
            _ => "the switcher needs a terminal".to_owned(),
        };
        return Err(Problem::new(ProblemKind::Usage, title)
            .hint("in a script, use: roledex list, use, env, exec or credentials"));
    }
    check_terminal(&flow.ctx().env)?;
    // `x=$(roledex)`: the name of what is chosen is wanted.
    let is_captured = !stdout_is_terminal();
    let portal = global
        .portal
        .as_deref()
        .map(|name| flow.portal(name))
        .transpose()?;
    // The profiles of a demo end with it.
    let is_demo = demo.is_some();
    let options = tui::Options {
        query: switcher.query.clone().unwrap_or_default(),
        demo,
        choice: is_captured.then_some("choose"),
        exports: is_captured,
        portal: portal.map(|portal| portal.name.to_string()),
        height: global.height,
    };
    flow.check_endpoints();
    let lent = output.lend();
    let outcome = tui::run(flow.clone(), options).await?;
    drop(lent);
    match outcome {
        tui::Outcome::Export(id) => {
            let permit = guard::permit(flow, &id, output).await?;
            capture::ready(flow, &permit, output).await?;
            let shell = shell::detect_for_lines(&flow.ctx().env)?;
            env::print(flow, &permit, shell, output).await
        }
        tui::Outcome::Picked(id) => use_it(flow, global, id.into(), false, output).await,
        tui::Outcome::Cancelled => Err(Problem::new(ProblemKind::Cancelled, "nothing chosen")),
        tui::Outcome::Quit => {
            if let Some(used) = flow.last_used().filter(|_| !is_demo) {
                output.note(&how_to_use(flow, &used));
                use_::tell_keys(flow, output);
            }
            Ok(0)
        }
    }
}

/// The profile of an entry, for the line after the switcher: `profile NAME, valid for 59 min; …`.
fn how_to_use(flow: &Flow, used: &Used) -> String {
    let now = flow.ctx().clock.now();
    let left = match used.expires_at {
        Some(end) => format!("valid for {}", lifetime(seconds_left(now, end))),
        None => "without an expiry".to_owned(),
    };
    let shell = shell::detect(&flow.ctx().env);
    format!(
        "profile {}, {left}; to use it, run: {}",
        used.profile,
        export::line(shell, "AWS_PROFILE", &used.profile)
    )
}

/// Writes the profile of an entry, as `roledex use` does.
async fn use_it(
    flow: &Flow,
    global: &Global,
    target: Target,
    yes: bool,
    output: &Output,
) -> Result<u8, Problem> {
    let options = use_::Args {
        entry: SamlEntryArgs {
            entry: EntryArgs {
                entry: Some(target.id.to_string()),
                yes,
            },
            assertion: None,
            method: None,
        },
        profile: target.profile,
        ..use_::Args::default()
    };
    use_::run(flow, global, &options, output).await
}

/// Refuses to open the switcher for a program that reads our output and gave no arguments: an AWS SDK
/// that could not read its `credential_process` line waits for credentials, not for the user. The
/// `$(roledex)` of an interactive shell has a terminal for its input.
///
/// # Errors
/// No terminal on stdin, and a pipe on stdout.
pub(super) fn refuse_lost_arguments() -> Result<(), Problem> {
    if stdin_is_terminal() || !stdout_is_pipe() {
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
    match entry::resolve(flow, global, query, output).await {
        Ok(target) => use_it(flow, global, target, switcher.yes, output)
            .await
            .map(Some),
        Err(problem) if !tui::terminal_exists() => Err(problem),
        // Several, none, or not listed yet: the switcher shows it.
        Err(_) => Ok(None),
    }
}
