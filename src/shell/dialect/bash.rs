//! Bash, and every POSIX shell.

use super::super::on_windows;
use super::{Completions, Dialect, Hook, Marked, Shell, lines};

pub(super) const DIALECT: Dialect = Dialect {
    name: "bash",
    about: "Bash, and every POSIX shell",
    quote: |text| Some(quote(text)),
    export: |name, quoted| format!("export {name}={quoted}"),
    unset: Some(|name| format!("unset {name}")),
    document: lines,
    evaluation: |command| format!("eval \"$({command})\""),
    hook: Some(Hook {
        about: "In ~/.bashrc: eval \"$(roledex init bash)\"",
        text: include_str!("../../../assets/shell/hook.bash"),
        list: |words| words.join("|"),
        prompt: include_str!("../../../assets/shell/prompt.bash"),
        subshell: |prompt, directory, _| {
            let text = include_str!("../../../assets/shell/subshell.bash");
            let path = directory.join("bashrc");
            Marked {
                args: vec!["--rcfile".into(), path.clone().into()],
                file: Some((path, text.replace("@PROMPT@", prompt))),
                env: Vec::new(),
            }
        },
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

/// A single-quoted string that POSIX shells and fish read in the same way. Within single quotes, a
/// backslash is literal in POSIX shells and begins an escape in fish. So a quote or a backslash is
/// written outside of them, after a backslash, where both read it as itself.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => out.extend(['\'', '\\', c, '\'']),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}
