//! cmd.exe.

use super::super::on_windows;
use super::{Dialect, Shell, lines};

pub(super) const DIALECT: Dialect = Dialect {
    name: "cmd",
    about: "cmd.exe",
    quote,
    export: |name, quoted| format!("set \"{name}={quoted}\""),
    unset: Some(|name| format!("set \"{name}=\"")),
    warn: None,
    document: lines,
    evaluation: |command| format!("for /f \"delims=\" %i in ('{command}') do @%i"),
    failure: None,
    hook: None,
    completions: None,
    is_running: |env| on_windows::runs(env, Shell::Cmd),
};

/// The text after `NAME=` within `set "NAME=…"`. `%` and `"` cannot be escaped there in every
/// context, and a line break ends the command: such values are refused.
fn quote(text: &str) -> Option<String> {
    (!text
        .chars()
        .any(|c| c.is_control() || matches!(c, '"' | '%' | '!')))
    .then(|| text.to_owned())
}
