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
    // A shell expands these inside of double quotes.
    if cfg!(unix) && path.contains(['$', '`']) {
        return format!("'{}'", path.replace('\'', r"'\''"));
    }
    format!("\"{}\"", path.replace('\\', r"\\").replace('"', "\\\""))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::domain::health::split_command;

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
            assert_eq!(
                split_command(&line).unwrap(),
                [path, "credentials", "x"],
                "{line}"
            );
        }
    }
}
