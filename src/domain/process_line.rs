//! `credential_process` lines: written so that every AWS SDK starts the same program with the same
//! arguments.
//!
//! botocore splits the line itself; the other SDKs hand it to `sh -c` or `cmd.exe /C`. The SDK for Go
//! v1, and old versions of the one for Go v2, read only the first part of a line that begins with a
//! quote. So a path is quoted only where it must be.

/// Tells whether a path has to be quoted to be one word for every SDK.
#[must_use]
pub fn needs_quotes(path: &str) -> bool {
    path.is_empty() || !path.chars().all(is_plain)
}

fn is_plain(c: char) -> bool {
    match c {
        // Windows: the separator of paths there, and the mark of a variable.
        '\\' => cfg!(windows),
        '%' => !cfg!(windows),
        c if c.is_ascii() => c.is_ascii_alphanumeric() || "/._+-@:,=~".contains(c),
        c => !c.is_whitespace() && !c.is_control(),
    }
}

/// A path as the first word of a line, in quotes where it needs them.
#[must_use]
pub(crate) fn word(path: &str) -> String {
    if !needs_quotes(path) {
        return path.to_owned();
    }
    if cfg!(windows) {
        return format!("\"{path}\"");
    }
    // A shell expands these inside of double quotes.
    if path.contains(['$', '`']) {
        return format!("'{}'", path.replace('\'', r"'\''"));
    }
    format!("\"{}\"", path.replace('\\', r"\\").replace('"', "\\\""))
}

/// The words of a command, as botocore splits it; nothing is expanded. `None`: a quote is not closed.
#[must_use]
pub(crate) fn split(command: &str) -> Option<Vec<String>> {
    if cfg!(windows) {
        split_on_windows(command)
    } else {
        split_on_unix(command)
    }
}

/// As a POSIX shell.
pub(crate) fn split_on_unix(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = command.chars();
    while let Some(c) = characters.next() {
        match c {
            c if c.is_whitespace() => words.extend(word.take()),
            '\'' => loop {
                match characters.next()? {
                    '\'' => {
                        word.get_or_insert_default();
                        break;
                    }
                    c => word.get_or_insert_default().push(c),
                }
            },
            '"' => loop {
                match characters.next()? {
                    '"' => {
                        word.get_or_insert_default();
                        break;
                    }
                    '\\' => match characters.next()? {
                        c @ ('"' | '\\') => word.get_or_insert_default().push(c),
                        c => word.get_or_insert_default().extend(['\\', c]),
                    },
                    c => word.get_or_insert_default().push(c),
                }
            },
            '\\' => word.get_or_insert_default().push(characters.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

/// As the C library of Windows. A backslash is a part of a path there, except before a double quote.
fn split_on_windows(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut quoted, mut backslashes) = (false, 0);
    for c in command.chars() {
        if c == '\\' {
            backslashes += 1;
            continue;
        }
        if backslashes > 0 {
            let literal = if c == '"' {
                backslashes / 2
            } else {
                backslashes
            };
            word.get_or_insert_default().push_str(&"\\".repeat(literal));
        }
        let is_escaped = backslashes % 2 == 1;
        backslashes = 0;
        match c {
            '"' if is_escaped => word.get_or_insert_default().push('"'),
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' if !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    if backslashes > 0 {
        word.get_or_insert_default()
            .push_str(&"\\".repeat(backslashes));
    }
    words.extend(word);
    (!quoted).then_some(words)
}

#[cfg(all(test, unix))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_where_they_are_needed() {
        assert_eq!(word("/usr/bin/roledex"), "/usr/bin/roledex");
        assert_eq!(
            word("/home/josé/a=b,c@d~/roledex"),
            "/home/josé/a=b,c@d~/roledex"
        );
        assert_eq!(word("/a b/roledex"), "\"/a b/roledex\"");
        assert_eq!(word("/a$(b)/roledex"), "'/a$(b)/roledex'");
    }

    #[test]
    fn a_quoted_path_is_one_word() {
        for path in [
            "/a b/c",
            "/it's/c",
            "/a\"b\\c/d",
            "/$HOME's/`id`/c",
            "/a;b/c",
            "/a*/c",
        ] {
            assert!(needs_quotes(path), "{path}");
            let line = format!("{} credentials x", word(path));
            assert_eq!(split(&line).unwrap(), [path, "credentials", "x"], "{line}");
        }
    }

    #[test]
    fn words_of_a_command_on_windows() {
        let split = |text: &str| split_on_windows(text).unwrap();
        assert_eq!(
            split(r"C:\Tools\roledex.exe  credentials	org:a/1/R"),
            [r"C:\Tools\roledex.exe", "credentials", "org:a/1/R"]
        );
        assert_eq!(
            split(r#""C:\Program Files\roledex.exe" "a \"b\"" "c\\" '' "" x\"#),
            [
                r"C:\Program Files\roledex.exe",
                r#"a "b""#,
                r"c\",
                "''",
                "",
                r"x\"
            ]
        );
        assert_eq!(split_on_windows(r#"a "b"#), None);
    }

    #[test]
    fn words_of_a_command() {
        let split = |text: &str| split_on_unix(text).unwrap();
        assert_eq!(
            split("a  b\t'c d' \"e \\\" \\x\" f\\ g ''"),
            ["a", "b", "c d", "e \" \\x", "f g", ""]
        );
        assert_eq!(split_on_unix("a 'b"), None);
        assert_eq!(split_on_unix("a \\"), None);
    }

    proptest! {
        #[test]
        fn quoted_words_survive(words in proptest::collection::vec("\\PC*", 0..4)) {
            let quoted: Vec<String> = words
                .iter()
                .map(|word| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")))
                .collect();
            prop_assert_eq!(split_on_unix(&quoted.join(" ")), Some(words));
        }
    }
}
