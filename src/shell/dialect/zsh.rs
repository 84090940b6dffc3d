//! Zsh: the lines are those of POSIX shells.

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
            clap_complete::generate(clap_complete::Shell::Zsh, command, name, out);
        },
    }),
    ..bash::DIALECT
};
