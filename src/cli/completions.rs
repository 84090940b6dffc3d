//! `roledex completions` and `roledex man`, made from the arguments themselves.

use clap::CommandFactory;
use clap_complete::{Generator, Shell};

use super::args;
use super::output::Output;
use crate::domain::{Problem, ProblemKind};

/// A shell that completions are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum CompletionShell {
    /// Bash
    Bash,
    /// Elvish
    Elvish,
    /// fish
    Fish,
    /// Nushell
    #[value(alias = "nushell")]
    Nu,
    /// PowerShell
    #[value(alias = "powershell")]
    Pwsh,
    /// Zsh
    Zsh,
}

/// `roledex completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: CompletionShell,
}

/// Prints the completions of one shell.
pub(super) fn run(options: &Args, output: &Output) -> Result<u8, Problem> {
    let of = match options.shell {
        CompletionShell::Bash => Shell::Bash,
        CompletionShell::Elvish => Shell::Elvish,
        CompletionShell::Fish => Shell::Fish,
        CompletionShell::Pwsh => Shell::PowerShell,
        CompletionShell::Zsh => Shell::Zsh,
        CompletionShell::Nu => return write(clap_complete_nushell::Nushell, output),
    };
    write(of, output)
}

fn write(generator: impl Generator, output: &Output) -> Result<u8, Problem> {
    let mut text = Vec::new();
    clap_complete::generate(generator, &mut args::Args::command(), "roledex", &mut text);
    output.data(&String::from_utf8_lossy(&text))?;
    Ok(0)
}

/// Prints the manual page.
pub(super) fn man(output: &Output) -> Result<u8, Problem> {
    let mut text = Vec::new();
    clap_mangen::Man::new(args::Args::command())
        .render(&mut text)
        .map_err(|error| {
            Problem::new(ProblemKind::Failed, "cannot create the manual page")
                .detail(error.to_string())
        })?;
    output.data(&String::from_utf8_lossy(&text))?;
    Ok(0)
}
