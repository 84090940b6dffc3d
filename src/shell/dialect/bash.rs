//! Bash, and every POSIX shell.

use super::super::on_windows;
use super::{Completions, Dialect, Hook, Shell, Start, lines};
use crate::domain::text::quoted;

pub(super) const DIALECT: Dialect = Dialect {
    name: "bash",
    about: "Bash, and every POSIX shell",
    quote: |text| Some(quoted(text)),
    export: |name, quoted| format!("export {name}={quoted}"),
    unset: Some(|name| format!("unset {name}")),
    warn: None,
    document: lines,
    evaluation: |command| format!("eval \"$({command})\""),
    failure: Some(|code| format!("(exit {code})")),
    hook: Some(Hook {
        about: "In ~/.bashrc: eval \"$(roledex init bash)\"",
        text: include_str!("../../../assets/shell/hook.bash"),
        list: |words| words.join("|"),
        prompt: include_str!("../../../assets/shell/prompt.bash"),
        always_reads_files: false,
        start_text: include_str!("../../../assets/shell/subshell.bash"),
        start_lines: Shell::Bash,
        start: |text, directory, _| Start::with_file("--rcfile", directory.join("bashrc"), text),
    }),
    completions: Some(Completions {
        about: "Bash",
        alias: None,
        generate: |command, name, out| {
            clap_complete::generate(clap_complete::Shell::Bash, command, name, out);
        },
    }),
    is_running: |env| on_windows::runs(env, Shell::Bash),
};
