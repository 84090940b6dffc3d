//! Quoting: every value, always, for the shell that reads it (S1). Account names are other people's
//! text, and other people write `$(…)`.

use std::fmt::Write as _;

use super::Shell;

/// `text` as one word of a shell's language; `None` where the language has no way to write it.
#[must_use]
pub fn quote(shell: Shell, text: &str) -> Option<String> {
    if text.contains('\0') {
        return None;
    }
    match shell {
        Shell::Bash | Shell::Zsh => Some(format!("'{}'", text.replace('\'', r"'\''"))),
        Shell::Fish => Some(format!(
            "'{}'",
            text.replace('\\', r"\\").replace('\'', r"\'")
        )),
        Shell::Nu => Some(nu(text)),
        Shell::Pwsh => Some(pwsh(text)),
        Shell::Cmd => cmd(text),
        Shell::Dotenv => dotenv(text),
        Shell::Json => Some(serde_json::Value::from(text).to_string()),
    }
}

/// A double-quoted string with its escapes: single quotes have none, and raw strings need a count.
fn nu(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A single-quoted string; PowerShell takes the typographic quotes for single ones, too.
fn pwsh(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('\'');
    out
}

/// What stands after `NAME=` within `set "NAME=…"`. `%` and `"` cannot be escaped there in every
/// context, and a line break ends the command: such values are refused.
fn cmd(text: &str) -> Option<String> {
    (!text
        .chars()
        .any(|c| c.is_control() || matches!(c, '"' | '%' | '!')))
    .then(|| text.to_owned())
}

/// Single quotes are literal in every reader of `.env` files; what they cannot hold goes into double
/// quotes with the escapes that all of them know, if it can.
fn dotenv(text: &str) -> Option<String> {
    if text.contains(['\n', '\r']) {
        return None;
    }
    if !text.contains(['\'', '\\']) {
        return Some(format!("'{text}'"));
    }
    (!text.contains(['"', '$', '`', '\\'])).then(|| format!("\"{text}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language() {
        let hostile = r#"a'b"c\d$(e)`f`"#;
        assert_eq!(
            quote(Shell::Bash, hostile).unwrap(),
            r#"'a'\''b"c\d$(e)`f`'"#
        );
        assert_eq!(
            quote(Shell::Fish, hostile).unwrap(),
            r#"'a\'b"c\\d$(e)`f`'"#
        );
        assert_eq!(quote(Shell::Nu, "a\"\\\n").unwrap(), r#""a\"\\\u{a}""#);
        assert_eq!(quote(Shell::Pwsh, "a'b’").unwrap(), "'a''b’’'");
        assert_eq!(quote(Shell::Cmd, "a b&c").unwrap(), "a b&c");
        assert_eq!(quote(Shell::Cmd, "%PATH%"), None);
        assert_eq!(quote(Shell::Dotenv, "a b$c").unwrap(), "'a b$c'");
        assert_eq!(quote(Shell::Dotenv, "it's").unwrap(), "\"it's\"");
        assert_eq!(quote(Shell::Dotenv, "it's $x"), None);
        for shell in [Shell::Bash, Shell::Nu, Shell::Json] {
            assert_eq!(quote(shell, "\0"), None);
        }
    }
}
