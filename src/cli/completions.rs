//! `roledex completions` and `roledex man`, made from the arguments themselves.

use std::sync::LazyLock;

use clap::builder::PossibleValue;
use clap::{CommandFactory, ValueEnum};

use super::args;
use super::output::Output;
use crate::domain::{Problem, ProblemKind};
use crate::shell::Shell;

/// A shell that completions are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletionShell(Shell);

/// In the order of their names.
static SHELLS: LazyLock<Vec<CompletionShell>> = LazyLock::new(|| {
    let shells = Shell::ALL.into_iter();
    let mut shells: Vec<_> = shells
        .filter(|shell| shell.dialect().completions.is_some())
        .map(CompletionShell)
        .collect();
    shells.sort_by_key(|shell| shell.0.dialect().name);
    shells
});

impl ValueEnum for CompletionShell {
    fn value_variants<'a>() -> &'a [Self] {
        &SHELLS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let dialect = self.0.dialect();
        let completions = dialect.completions.as_ref()?;
        let value = PossibleValue::new(dialect.name).help(completions.about);
        Some(value.aliases(completions.alias))
    }
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
    let mut text = Vec::new();
    if let Some(completions) = &options.shell.0.dialect().completions {
        (completions.generate)(&mut args::Args::command(), "roledex", &mut text);
    }
    output.data(&String::from_utf8_lossy(&text))?;
    Ok(0)
}

/// `roledex man`.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// The command whose page is printed [default: the page of roledex]
    #[arg(value_name = "COMMAND")]
    pub words: Vec<String>,
    /// List the pages, one a line
    #[arg(long, conflicts_with = "words")]
    pub list: bool,
}

/// Prints one manual page, or the list of them.
pub(super) fn man(options: &ManArgs, output: &Output) -> Result<u8, Problem> {
    let mut command = args::Args::command().disable_help_subcommand(true);
    command.build();
    if options.list {
        let mut list = String::new();
        pages(&command, "roledex", &mut list);
        output.data(&list)?;
        return Ok(0);
    }
    for word in &options.words {
        let found = visible(&command).find(|command| command.get_name() == word);
        command = found.cloned().ok_or_else(|| {
            let what = format!("no manual page of {:?}", options.words.join(" "));
            Problem::new(ProblemKind::Usage, what)
                .hint("to list the pages, run: roledex man --list")
        })?;
    }
    let mut text = Vec::new();
    let title = command.get_bin_name().unwrap_or("roledex").to_owned();
    clap_mangen::Man::new(command)
        .source(format!("{title} {}", env!("CARGO_PKG_VERSION")))
        .render(&mut text)
        .map_err(|error| {
            Problem::new(ProblemKind::Failed, "cannot create the manual page")
                .detail(error.to_string())
        })?;
    output.data(&String::from_utf8_lossy(&text))?;
    Ok(0)
}

/// The page of a command, and those below it.
fn pages(command: &clap::Command, words: &str, list: &mut String) {
    *list += &format!("{words}\n");
    for command in visible(command) {
        pages(command, &format!("{words} {}", command.get_name()), list);
    }
}

fn visible(command: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    let commands = command.get_subcommands();
    commands.filter(|command| !command.is_hide_set())
}
