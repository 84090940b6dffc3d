//! fish: values are quoted as for POSIX shells, so that either can read them.

use super::{Completions, Dialect, Hook, Marked, bash, lines};

pub(super) const DIALECT: Dialect = Dialect {
    name: "fish",
    about: "fish",
    quote: |text| Some(bash::quote(text)),
    export: |name, quoted| format!("set -gx {name} {quoted}"),
    unset: Some(|name| format!("set -e {name}")),
    document: lines,
    evaluation: |command| format!("{command} | source"),
    hook: Some(Hook {
        about: "In config.fish: roledex init fish | source",
        text: include_str!("../../../assets/shell/hook.fish"),
        list: |words| words.join(" "),
        prompt: include_str!("../../../assets/shell/prompt.fish"),
        subshell: |prompt, _, _| Marked::with_argument(&["--init-command"], prompt),
    }),
    completions: Some(Completions {
        about: "fish",
        alias: None,
        generate: |command, name, out| {
            clap_complete::generate(clap_complete::Shell::Fish, command, name, out);
        },
    }),
    is_running: |_| false,
};
