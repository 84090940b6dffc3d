//! Elvish.

use super::{Completions, Dialect, Hook, Shell, Start, escaped, lines};

pub(super) const DIALECT: Dialect = Dialect {
    name: "elvish",
    about: "Elvish",
    quote: |text| Some(escaped(text)),
    export: |name, quoted| format!("set-env {name} {quoted}"),
    unset: Some(|name| format!("unset-env {name}")),
    warn: None,
    document: lines,
    evaluation: |command| format!("eval ({command} | slurp)"),
    failure: None,
    hook: Some(Hook {
        about: "In rc.elv: eval (roledex init elvish | slurp)",
        text: include_str!("../../../assets/shell/hook.elv"),
        list: |words| words.join(" "),
        prompt: include_str!("../../../assets/shell/prompt.elv"),
        always_reads_files: false,
        start_text: include_str!("../../../assets/shell/subshell.elv"),
        start_lines: Shell::Elvish,
        start: |text, directory, _| Start::with_file("-rc", directory.join("rc.elv"), text),
    }),
    completions: Some(Completions {
        about: "Elvish",
        alias: None,
        generate: |command, name, out| {
            clap_complete::generate(clap_complete::Shell::Elvish, command, name, out);
        },
    }),
    is_running: |_| false,
};
