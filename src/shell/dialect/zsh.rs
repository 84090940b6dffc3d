//! Zsh: the lines are those of POSIX shells.

use super::{Completions, Dialect, Hook, bash};

pub(super) const DIALECT: Dialect = Dialect {
    name: "zsh",
    about: "Zsh",
    hook: Some(Hook {
        about: "In ~/.zshrc: eval \"$(roledex init zsh)\"",
        text: include_str!("../../../assets/shell/hook.zsh"),
        list: |words| words.join("|"),
        prompt: Some(include_str!("../../../assets/shell/prompt.zsh")),
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
