//! Quoting: every value, always, for the shell that reads it (docs/requirements.md#quoting). Account names are other people's
//! text, and other people write `$(…)`.
//!
//! Which shell reads our lines can only be guessed from the environment: a bash that was started from
//! Nushell has all of Nushell's variables. So what is written for one shell is harmless in the others,
//! too, though it may be no use there: POSIX shells and fish read the same text in the same way, and
//! between the quotes for Nushell and PowerShell nothing stands that ends them or means a command
//! elsewhere.

use std::fmt::Write as _;

use super::Shell;

/// `text` as a value in a shell's language; `None` where the language has no way to write it.
#[must_use]
pub fn quote(shell: Shell, text: &str) -> Option<String> {
    if text.contains('\0') {
        return None;
    }
    match shell {
        Shell::Bash | Shell::Zsh | Shell::Fish => Some(unix(text)),
        Shell::Nu => Some(nu(text)),
        Shell::Pwsh => Some(pwsh(text)),
        Shell::Cmd => cmd(text),
        Shell::Dotenv => dotenv(text),
        Shell::Json => Some(serde_json::Value::from(text).to_string()),
    }
}

/// A single-quoted string. A backslash within is one in POSIX shells and begins an escape in fish;
/// behind a backslash outside, both signs are themselves in either.
fn unix(text: &str) -> String {
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

/// A double-quoted string with its escapes: single quotes have none, and raw strings need a count.
fn nu(text: &str) -> String {
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

/// Single-quoted strings of plain ASCII, and a number for every other sign: PowerShell decodes what a
/// program prints by the console's code page, in many of which a byte of a letter is a typographic
/// quote, and takes those for single ones.
fn pwsh(text: &str) -> String {
    let mut out = String::from("'");
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ b' '..=b'~') if !matches!(byte, b'\'' | b'\\') => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "' + [char]0x{unit:x} + '");
            }
        }
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
            r#"'a'\''b"c'\\'d$(e)`f`'"#
        );
        assert_eq!(quote(Shell::Fish, hostile), quote(Shell::Bash, hostile));
        assert_eq!(
            quote(Shell::Nu, "a\"\\\n$b").unwrap(),
            r#""a\u{22}\u{5c}\u{a}\u{24}b""#
        );
        assert_eq!(
            quote(Shell::Pwsh, "a'b’🚀").unwrap(),
            "'a' + [char]0x27 + 'b' + [char]0x2019 + '' + [char]0xd83d + '' + [char]0xde80 + ''"
        );
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
