//! Zsh: the lines are those of POSIX shells.

use clap::builder::{PossibleValue, PossibleValuesParser};

use super::{Completions, Dialect, Hook, Shell, Start, bash};

pub(super) const DIALECT: Dialect = Dialect {
    name: "zsh",
    about: "Zsh",
    hook: Some(Hook {
        about: "In ~/.zshrc: eval \"$(roledex init zsh)\"",
        text: include_str!("../../../assets/shell/hook.zsh"),
        list: |words| words.join("|"),
        prompt: include_str!("../../../assets/shell/prompt.zsh"),
        always_reads_files: true,
        start_text: include_str!("../../../assets/shell/subshell.zsh"),
        start_lines: Shell::Zsh,
        start: |text, directory, env| {
            let directory = directory.join("zsh");
            let own = env.get_os("ZDOTDIR");
            let own = own.map(|own| ("ROLEDEX_ZDOTDIR", own.to_owned()));
            let ours = ("ZDOTDIR", directory.clone().into());
            Start {
                file: Some((directory.join(".zshenv"), text)),
                env: own.into_iter().chain([ours]).collect(),
                args: Vec::new(),
            }
        },
    }),
    completions: Some(Completions {
        about: "Zsh",
        alias: None,
        generate: |command, name, out| {
            *command = marked(std::mem::take(command));
            let mut text = Vec::new();
            clap_complete::generate(clap_complete::Shell::Zsh, command, name, &mut text);
            let text = String::from_utf8_lossy(&text).replace(QUOTE, "\\\"");
            out.extend_from_slice(text.as_bytes());
        },
    }),
    ..bash::DIALECT
};

/// In the place of a double quote.
const QUOTE: char = '\u{e000}';

/// The command with marks for the double quotes in the help of values: `clap_complete` writes this help within double
/// quotes, and escapes none in it.
fn marked(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|arg| {
        let values = arg.get_possible_values();
        let help = |value: &PossibleValue| value.get_help().map(ToString::to_string);
        if !values
            .iter()
            .filter_map(help)
            .any(|help| help.contains('"'))
        {
            return arg;
        }
        let values = values.into_iter().map(|value| {
            let help = help(&value).unwrap_or_default();
            value.help(help.replace('"', QUOTE.encode_utf8(&mut [0; 4])))
        });
        arg.value_parser(PossibleValuesParser::new(values))
    });
    command.mut_subcommands(marked)
}
