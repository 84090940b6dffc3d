//! fish: values are quoted as for POSIX shells, so that either can read them.

use super::{Completions, Dialect, Hook, Shell, Start, lines};
use crate::domain::text::quoted;

pub(super) const DIALECT: Dialect = Dialect {
    name: "fish",
    about: "fish",
    quote: |text| Some(quoted(text)),
    export: |name, quoted| format!("set -gx {name} {quoted}"),
    // A universal variable belongs to every shell: only this shell's own is erased.
    unset: Some(|name| format!("set -el {name}; set -eg {name}")),
    // fish passes an exported universal variable on even if another one shadows it.
    warn: Some(|names| {
        let names = names.join("|");
        format!(
            "set -Uxn | string replace -rf '^({names})$' 'warning: programs still see $1, a universal variable of fish; to remove it from all shells, run: set -eU $1' >&2"
        )
    }),
    // `set -e` fails for a variable that is not there, and `set -gx` returns the status before it.
    document: |text| lines(text) + "true\n",
    evaluation: |command| format!("{command} | source"),
    // It has no subshell, and `return` would end a function that evaluates the line.
    failure: Some(|code| format!("sh -c 'exit {code}'")),
    hook: Some(Hook {
        about: "In config.fish: roledex init fish | source",
        text: include_str!("../../../assets/shell/hook.fish"),
        list: |words| words.join(" "),
        prompt: include_str!("../../../assets/shell/prompt.fish"),
        always_reads_files: true,
        start_text: include_str!("../../../assets/shell/subshell.fish"),
        start_lines: Shell::Fish,
        start: |text, _, _| Start::with_argument(&["--init-command"], text),
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
