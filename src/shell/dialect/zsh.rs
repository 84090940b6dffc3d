//! Zsh: the lines are those of POSIX shells.

use super::{Dialect, Hook, bash};

pub(super) const DIALECT: Dialect = Dialect {
    name: "zsh",
    about: "Zsh",
    hook: Some(Hook {
        about: "In ~/.zshrc: eval \"$(roledex init zsh)\"",
        text: include_str!("../../../assets/shell/hook.zsh"),
        list: |words| words.join("|"),
        prompt: Some(include_str!("../../../assets/shell/prompt.zsh")),
    }),
    ..bash::DIALECT
};
