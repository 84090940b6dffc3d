//! `roledex init`: prints the shell integration, and the words that its completion offers.

use std::collections::BTreeSet;

use clap::CommandFactory;

use super::args;
use super::choices::Integration;
use super::output::Output;
use crate::domain::text::clean;
use crate::domain::time::countdown;
use crate::domain::{Problem, ProblemKind, search, time};
use crate::flow::Flow;
use crate::shell::hook::{self, Commands, is_plain_word};

/// `roledex init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: Integration,
    /// Add the prompt: the shell's role and its time left
    #[arg(long)]
    pub prompt: bool,
}

/// `roledex __complete`: for the hooks of shells only.
#[derive(Debug, clap::Args)]
pub struct CompleteArgs {
    /// Include commands
    #[arg(long)]
    pub commands: bool,
    /// List only commands
    #[arg(long)]
    pub commands_only: bool,
    /// Print words without descriptions
    #[arg(long)]
    pub plain: bool,
    /// The start of the word
    pub word: Option<String>,
}

/// Prints the text.
pub(super) fn run(options: &Args, output: &Output) -> Result<u8, Problem> {
    let shell = match options.shell {
        Integration::Shell(shell) => shell,
        Integration::Starship if options.prompt => {
            let title = "--prompt does not apply: starship is a prompt";
            return Err(Problem::new(ProblemKind::Usage, title).hint("remove --prompt"));
        }
        Integration::Starship => {
            output.data(hook::starship())?;
            return Ok(0);
        }
    };
    let mut text = hook::hook(shell, &commands()).unwrap_or_default();
    if let Some(prompt) = hook::prompt(shell).filter(|_| options.prompt) {
        text += "\n";
        text += prompt;
    }
    output.data(&text)?;
    Ok(0)
}

/// The names of the commands, as the arguments have them.
fn commands() -> Commands {
    let visible = visible_commands();
    let name = |command: &clap::Command| command.get_name().to_owned();
    Commands {
        all: visible
            .iter()
            .map(name)
            .chain(["help".to_owned()])
            .collect(),
        of_entries: visible
            .iter()
            .filter(|command| command.get_positionals().any(|arg| arg.get_id() == "entry"))
            .map(name)
            .collect(),
        value_flags: value_flags(&args::Args::command()).into_iter().collect(),
    }
}

/// The flags of a command, and of those below it, that take the next word as their value.
fn value_flags(command: &clap::Command) -> BTreeSet<String> {
    let own = command
        .get_arguments()
        .filter(|arg| arg.get_action().takes_values())
        .filter_map(|arg| Some(format!("--{}", arg.get_long()?)));
    let below = command.get_subcommands().flat_map(value_flags);
    own.chain(below).collect()
}

/// The commands that help lists: `demo` first, the others in the order of the arguments.
fn visible_commands() -> Vec<clap::Command> {
    let args = args::Args::command();
    let mut commands: Vec<_> = args
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .cloned()
        .collect();
    commands.sort_by_key(|command| command.get_name() != "demo");
    commands
}

/// Prints what a word may become, one a line, with a tab and what it is: managed profiles, entries,
/// and commands where they are wanted. No network; nothing that a shell would not take as it stands.
pub(super) fn complete(
    flow: &Flow,
    options: &CompleteArgs,
    output: &Output,
) -> Result<u8, Problem> {
    let typed = options.word.as_deref().unwrap_or_default();
    let mut found = Found {
        typed: typed.to_lowercase(),
        plain: options.plain,
        seen: BTreeSet::new(),
        text: String::new(),
    };
    if !options.commands_only {
        entries(flow, typed, &mut found)?;
    }
    if options.commands || options.commands_only {
        if options.commands {
            found.offer("off", "remove the role of this shell");
        }
        for command in visible_commands() {
            let about = command.get_about().map(ToString::to_string);
            found.offer(command.get_name(), &about.unwrap_or_default());
        }
    }
    output.data(&found.text)?;
    Ok(0)
}

fn entries(flow: &Flow, typed: &str, found: &mut Found) -> Result<(), Problem> {
    let now = flow.ctx().clock.now();
    for profile in flow.profiles()? {
        let left = profile.expires_at.map_or_else(String::new, |at| {
            format!(", {}", countdown(time::seconds_left(now, at)))
        });
        let id = &profile.entry;
        found.offer(&profile.name, &format!("{}{left}", id.words()));
    }
    let catalog = flow.cached_catalog()?;
    let entries = catalog.usable(None);
    for entry in &entries {
        found.offer(&entry.id.to_string(), &entry.account_name);
    }
    // No word starts with the typed text; a search with a single match is offered instead.
    if found.text.is_empty()
        && !typed.is_empty()
        && let [entry] = search::find(&catalog, &entries, typed).as_slice()
    {
        found.add(&entry.id.to_string(), &entry.account_name);
    }
    Ok(())
}

/// The completions found so far.
struct Found {
    typed: String,
    plain: bool,
    seen: BTreeSet<String>,
    text: String,
}

impl Found {
    /// Adds a word if it starts with the typed text.
    fn offer(&mut self, word: &str, meaning: &str) {
        if word.to_lowercase().starts_with(&self.typed) {
            self.add(word, meaning);
        }
    }

    fn add(&mut self, word: &str, meaning: &str) {
        if !is_plain_word(word) || !self.seen.insert(word.to_owned()) {
            return;
        }
        self.text += word;
        let meaning = clean(meaning);
        if !self.plain && !meaning.is_empty() {
            self.text += "\t";
            self.text += &meaning;
        }
        self.text += "\n";
    }
}
