//! Nushell.

use std::fmt::Write as _;

use super::{Completions, Dialect, Hook, Shell, Start, lines, quoted_words};

pub(super) const DIALECT: Dialect = Dialect {
    name: "nu",
    about: "Nushell",
    quote: |text| Some(quote(text)),
    export: |name, quoted| format!("$env.{name} = {quoted}"),
    unset: Some(|name| format!("hide-env --ignore-errors {name}")),
    warn: None,
    document: lines,
    evaluation: |command| format!("{command} --shell json | from json | load-env"),
    failure: None,
    hook: Some(Hook {
        about: "Saved to a file that config.nu sources",
        text: include_str!("../../../assets/shell/hook.nu"),
        list: |words| quoted_words(words, '"', " "),
        prompt: include_str!("../../../assets/shell/prompt.nu"),
        always_reads_files: false,
        start_text: include_str!("../../../assets/shell/subshell.nu"),
        start_lines: Shell::Json,
        start: |text, _, _| Start::with_argument(&["--execute"], text),
    }),
    completions: Some(Completions {
        about: "Nushell",
        alias: Some("nushell"),
        generate: |command, name, out| {
            clap_complete::generate(clap_complete_nushell::Nushell, command, name, out);
        },
    }),
    is_running: |env| env.get("NU_VERSION").is_some(),
};

/// A double-quoted string with its escapes: single quotes have none, and raw strings need a count.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if c.is_control() || matches!(c, '"' | '\\' | '$' | '`') {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out.push('"');
    out
}
