//! `roledex env`: export lines on stdout, quoted for the shell that will read them (docs/requirements.md#quoting).

use std::ffi::OsString;

use clap::ValueEnum as _;

use super::args::{self, Global};
use super::entry::{Choice, SamlEntryArgs};
use super::output::{Output, stdout_is_terminal};
use super::{guard, mfa, refresh};
use crate::config::Env;
use crate::config::process::may_be_started_by_shell;
use crate::domain::time::{seconds_left, span};
use crate::domain::{Credentials, Problem, ProblemKind};
use crate::flow::{Flow, Permit, Variables};
use crate::shell::hook::is_plain_word;
use crate::shell::quote::quote;
use crate::shell::{self, Shell, current, export};

/// `roledex env`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The entry.
    #[command(flatten)]
    pub entry: SamlEntryArgs,
    /// Region for this run alone
    #[arg(long, value_name = "R")]
    pub region: Option<String>,
    /// The shell [default: auto-detect]
    #[arg(long, value_enum)]
    pub shell: Option<crate::shell::Shell>,
    /// Print lines that unset the variables
    #[arg(long, conflicts_with_all = ["entry", "assertion", "method", "region", "yes"])]
    pub unset: bool,
    /// Print secrets even to a terminal
    #[arg(long)]
    pub show: bool,
    /// Report what changes, as rdx does
    #[arg(long, hide = true)]
    pub hook: bool,
    /// Get new credentials for the role of this shell
    #[arg(long, hide = true, requires = "hook", conflicts_with_all = ["entry", "assertion", "region", "unset"])]
    pub refresh: bool,
}

/// Prints export lines, or the lines that unset them.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    let env = &flow.ctx().env;
    let shell = match options.shell {
        Some(shell) => shell,
        None => shell::detect_for_lines(env)?,
    };
    if options.unset {
        let previous = current::previous_after(env, None).filter(|_| options.hook);
        output.secret_data(&export::unset_lines(shell, previous.as_ref())?)?;
        if options.hook {
            output.note("This shell no longer has a role");
        }
        return Ok(0);
    }
    if !options.show {
        refuse_terminal("export lines", options.entry.text(), shell)?;
    }
    if options.refresh {
        return refresh_this_shell(flow, options, shell, output).await;
    }
    let permit = options
        .entry
        .choose(flow, global, Choice::EXPORT, output)
        .await?;
    let permit = flow.in_region(permit, options.region.clone()).await?;
    if !options.hook {
        return print(flow, &permit, shell, output).await;
    }
    let place = switch(flow, &permit, shell, output).await?;
    output.note(&format!("{place}; to remove it, run: rdx off"));
    Ok(0)
}

/// `rdx refresh`: new credentials for the role of this shell, in its profile if it has one, and in the
/// variables of this shell.
async fn refresh_this_shell(
    flow: &Flow,
    options: &Args,
    shell: Shell,
    output: &Output,
) -> Result<u8, Problem> {
    let env = &flow.ctx().env;
    let Some(id) = current::entry(env) else {
        return Err(
            Problem::new(ProblemKind::Usage, "this shell has no role to refresh")
                .hint("to choose one, run: rdx"),
        );
    };
    if current::is_live(env) {
        output.note("The credentials of this shell are renewed while it runs");
        return Ok(0);
    }
    options.entry.confirm(flow);
    let permit = guard::permit(flow, &id, output).await?;
    refresh::anew(flow, &permit, output).await?;
    let place = switch(flow, &permit, shell, output).await?;
    output.note(&format!("Refreshed: {place}"));
    Ok(0)
}

/// Prints the lines that give this shell a role, and describes the role.
async fn switch(
    flow: &Flow,
    permit: &Permit,
    shell: Shell,
    output: &Output,
) -> Result<String, Problem> {
    let mut variables = variables(flow, permit, output).await?;
    let previous = current::previous_after(&flow.ctx().env, Some(permit.id()));
    variables.keep_previous(previous.as_ref());
    print_lines(&variables, shell, output)?;
    let left = time_left(flow, &flow.credentials(permit).await?);
    Ok(format!("{}{left}", flow.describe(permit.id())))
}

/// Refuses to print secrets on a terminal, where they stay in the scrollback.
pub(super) fn refuse_terminal(
    what: &str,
    entry: Option<&str>,
    shell: Shell,
) -> Result<(), Problem> {
    if !stdout_is_terminal() {
        return Ok(());
    }
    let mut command = "roledex env".to_owned();
    if let Some(entry) = entry {
        let quoted = quote(shell, entry).filter(|_| !is_plain_word(entry));
        command = format!("{command} {}", quoted.as_deref().unwrap_or(entry));
    }
    Err(Problem::new(
        ProblemKind::Usage,
        format!("{what} are secret, and are not printed to a terminal"),
    )
    .hint(format!(
        "run: {}; --show prints them",
        export::evaluation(shell, &command)
    )))
}

/// Prints a line that fails with the exit code of `roledex env`, whose arguments these are. A shell that evaluates
/// nothing goes on, and a script would go on with the credentials that it had. Other programs and the hook look at the
/// code itself.
pub(super) fn print_failure(arguments: &[OsString], code: u8) {
    let has = |text: &str| arguments.iter().any(|argument| argument == text);
    if stdout_is_terminal()
        || !has("env")
        || has("--hook")
        || !may_be_started_by_shell()
        || args::Args::command_of(arguments) != "roledex env"
    {
        return;
    }
    let mut named = None;
    let mut texts = arguments.iter().filter_map(|argument| argument.to_str());
    while let Some(text) = texts.next() {
        named = match text.strip_prefix("--shell") {
            Some("") => texts.next(),
            Some(value) => value.strip_prefix('='),
            None => named,
        };
    }
    let shell = named.and_then(|name| Shell::from_str(name, false).ok());
    let shell = shell.unwrap_or_else(|| shell::detect(&Env::from_process()));
    if let Some(line) = shell.dialect().failure {
        // There is nothing to say it to if it fails.
        let _ = Output::new(true).data(&format!("{}\n", line(code)));
    }
}

/// Prints the export lines of one entry.
pub(super) async fn print(
    flow: &Flow,
    permit: &Permit,
    shell: Shell,
    output: &Output,
) -> Result<u8, Problem> {
    let variables = variables(flow, permit, output).await?;
    print_lines(&variables, shell, output)?;
    Ok(0)
}

async fn variables(flow: &Flow, permit: &Permit, output: &Output) -> Result<Variables, Problem> {
    mfa::with_code(flow, output, async || flow.variables(permit).await).await
}

fn print_lines(variables: &Variables, shell: Shell, output: &Output) -> Result<(), Problem> {
    for name in export::left_out(shell, variables) {
        output.warning(&format!(
            "skipped {name}: this format cannot represent some of its characters"
        ));
    }
    output.secret_data(&export::lines(shell, variables)?)
}

/// `, for 59 min`; nothing for credentials without an end.
pub(super) fn time_left(flow: &Flow, credentials: &Credentials) -> String {
    let now = flow.ctx().clock.now();
    credentials.ends().map_or_else(String::new, |end| {
        format!(", for {}", span(seconds_left(now, end)))
    })
}
