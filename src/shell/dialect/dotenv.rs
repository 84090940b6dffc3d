//! `.env` files.

use super::{Dialect, lines};

pub(super) const DIALECT: Dialect = Dialect {
    name: "dotenv",
    about: "A .env file",
    quote,
    export: |name, quoted| format!("{name}={quoted}"),
    unset: None,
    warn: None,
    document: lines,
    evaluation: |command| format!("{command} --shell dotenv > .env"),
    failure: None,
    hook: None,
    completions: None,
    is_running: |_| false,
};

/// `docker run --env-file` takes quotes as part of the value, so a value of plain characters, as every key is,
/// has none. Every other reader takes single quotes away, and what is in them literally. A value that they cannot
/// hold goes into double quotes, unless it needs an escape there: readers disagree about those.
fn quote(text: &str) -> Option<String> {
    if text.contains(['\n', '\r']) {
        return None;
    }
    if text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_./+=:@%,-".contains(c))
    {
        return Some(text.to_owned());
    }
    if !text.contains(['\'', '\\']) {
        return Some(format!("'{text}'"));
    }
    (!text.contains(['"', '$', '`', '\\'])).then(|| format!("\"{text}\""))
}
