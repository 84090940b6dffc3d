//! `roledex env`: export lines on stdout, quoted for the shell that will read them (docs/requirements.md#quoting).

use super::args::Global;
use super::entry::SamlEntryArgs;
use super::mfa;
use super::output::{Output, stdout_is_terminal};
use crate::domain::{Problem, ProblemKind};
use crate::flow::{Flow, Permit};
use crate::shell::hook::is_plain_word;
use crate::shell::quote::quote;
use crate::shell::{self, Shell, export};

/// `roledex env`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The entry.
    #[command(flatten)]
    pub entry: SamlEntryArgs,
    /// The shell [default: auto-detect]
    #[arg(long, value_enum)]
    pub shell: Option<crate::shell::Shell>,
    /// Print lines that remove everything again
    #[arg(long, conflicts_with = "entry")]
    pub unset: bool,
    /// Print them to a terminal, too
    #[arg(long)]
    pub show: bool,
    /// Report what changes, as rdx does
    #[arg(long, hide = true)]
    pub hook: bool,
}

/// Prints export lines, or those that take them back.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    let shell = options.shell;
    if options.unset {
        let shell = shell.unwrap_or_else(|| shell::detect(&flow.ctx().env));
        output.data(&export::unset_lines(shell))?;
        if options.hook {
            output.note("This shell no longer has a role");
        }
        return Ok(0);
    }
    if !options.show {
        let shell = shell.unwrap_or_else(|| shell::detect(&flow.ctx().env));
        refuse_terminal("export lines", options.entry.text(), shell)?;
    }
    let permit = options.entry.choose(flow, global, output).await?;
    let code = print(flow, &permit, shell, output).await?;
    if options.hook {
        output.note(&format!(
            "{}{}; to remove it, run: rdx off",
            super::shell::place(flow, permit.id())?,
            super::shell::time_left(flow, &flow.credentials(&permit).await?)
        ));
    }
    Ok(code)
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

/// Prints the export lines of one entry.
pub(super) async fn print(
    flow: &Flow,
    permit: &Permit,
    shell: Option<Shell>,
    output: &Output,
) -> Result<u8, Problem> {
    let variables = mfa::with_code(flow, output, async || flow.variables(permit).await).await?;
    let shell = shell.unwrap_or_else(|| shell::detect(&flow.ctx().env));
    for name in export::left_out(shell, &variables) {
        output.warning(&format!(
            "skipped {name}: this format cannot represent some of its characters"
        ));
    }
    output.secret_data(&export::lines(shell, &variables)?)?;
    Ok(0)
}
