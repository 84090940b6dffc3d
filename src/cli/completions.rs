//! `roledex completions` and `roledex man`, made from the arguments themselves.

use std::io;
use std::sync::LazyLock;

use clap::builder::PossibleValue;
use clap::{CommandFactory, ValueEnum};
use clap_mangen::roff::{Roff, bold, roman};

use super::args;
use super::output::Output;
use crate::domain::{Problem, ProblemKind};
use crate::shell::Shell;

/// The page with the sections that the manual shares.
const REFERENCE: &str = include_str!("../../docs/reference.md");

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
    let text = page(command).map_err(|error| {
        Problem::new(ProblemKind::Failed, "cannot create the manual page").detail(error.to_string())
    })?;
    output.data(&String::from_utf8_lossy(&text))?;
    Ok(0)
}

/// The manual page of a command. That of roledex has some sections of the reference.
fn page(mut command: clap::Command) -> io::Result<Vec<u8>> {
    let title = command.get_bin_name().unwrap_or("roledex").to_owned();
    let usage = command.render_usage().to_string();
    if command.get_overridden_usage().is_none()
        && let Some(usage) = usage.strip_prefix("Usage: ")
    {
        command = command.override_usage(usage.to_owned());
    }
    let more = command.get_after_help().map(ToString::to_string);
    if let Some((about, more)) = command.get_about().map(ToString::to_string).zip(more) {
        command = command.long_about(format!("{about}\n\n{more}"));
    }
    let has_commands = visible(&command).next().is_some();
    let man =
        clap_mangen::Man::new(command).source(format!("{title} {}", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if has_commands {
        man.render_subcommands_section(&mut text)?;
    }
    let mut roff = Roff::new();
    if title == "roledex" {
        let sections = REFERENCE.split("\n## ");
        for (heading, name) in [
            ("Exit codes\n", "EXIT STATUS"),
            ("Files\n", "FILES"),
            ("Environment variables\n", "ENVIRONMENT"),
            ("Examples\n", "EXAMPLES"),
        ] {
            let found = sections.clone().find_map(|it| it.strip_prefix(heading));
            section(&mut roff, name, found.unwrap_or_default());
        }
    } else {
        roff.control("SH", ["SEE ALSO"]);
        let text = ", for the exit status, the files and the environment variables";
        roff.text([bold("roledex"), roman("(1)"), roman(text)]);
    }
    roff.to_writer(&mut text)?;
    Ok(text)
}

/// A section of the reference: its paragraphs, and its tables of two columns as lists.
fn section(roff: &mut Roff, name: &str, markdown: &str) {
    roff.control("SH", [name]);
    for block in markdown.trim().split("\n\n") {
        let mut rows = block.lines().filter_map(|line| {
            let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
            cells.split_once(" | ")
        });
        // The first one has the names of the columns.
        if rows.next().is_none() {
            roff.control("PP", []);
            roff.text([roman(plain(&block.replace('\n', " ")))]);
        }
        for (term, text) in rows {
            roff.control("TP", []);
            roff.text([bold(plain(term))]);
            roff.text([roman(plain(text))]);
        }
    }
}

/// Markdown without its marks of code and links.
fn plain(markdown: &str) -> String {
    let mut out = String::new();
    let mut rest = markdown;
    while let Some((before, (label, after))) = rest
        .split_once('[')
        .and_then(|(before, link)| Some((before, link.split_once("](")?)))
    {
        out += before;
        out += label;
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    (out + rest).replace('`', "").replace("\\|", "|")
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
