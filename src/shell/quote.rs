//! Quoting: every value, always, for the shell that reads it (docs/requirements.md#quoting). Account names are text of others,
//! and may contain `$(…)`.
//!
//! The shell that reads our lines can only be guessed from the environment: a bash that was started from
//! Nushell has all of Nushell's variables. So text for one shell is harmless in the others, though it
//! may not work there. POSIX shells, fish and Elvish read the same text in the same way. The text between
//! the quotes for Nushell, Elvish, xonsh and PowerShell contains nothing that ends them or starts a command
//! elsewhere.

use super::dialect::Shell;

/// `text` as a value in a shell's language; `None` where the language has no way to write it.
#[must_use]
pub fn quote(shell: Shell, text: &str) -> Option<String> {
    if text.contains('\0') {
        return None;
    }
    (shell.dialect().quote)(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language() {
        let hostile = r#"a'b"c\d$(e)`f`"#;
        assert_eq!(
            quote(Shell::Bash, hostile).unwrap(),
            r#"'a'"'"'b"c'"\\"'d$(e)`f`'"#
        );
        assert_eq!(quote(Shell::Fish, hostile), quote(Shell::Bash, hostile));
        assert_eq!(
            quote(Shell::Nu, "a\"\\\n$b").unwrap(),
            r#""a\u{22}\u{5c}\u{a}\u{24}b""#
        );
        assert_eq!(
            quote(Shell::Elvish, "a'\"\\\n$é🚀").unwrap(),
            r#""a'\u0022\u005c\u000a\u0024\u00e9\U0001f680""#
        );
        assert_eq!(quote(Shell::Xonsh, hostile), quote(Shell::Elvish, hostile));
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
