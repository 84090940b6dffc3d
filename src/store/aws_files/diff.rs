//! Two versions of one section side by side, for a user to read: without secrets.

use super::outline::{Outline, Role};
use super::syntax::{FileKind, indent, lossy, parse_key, separator, without_break};
use crate::domain::EntryId;
use crate::domain::process_line;
use crate::domain::undo::{Line, LineChange};

/// The keys of the credentials file that may be shown; every other value is treated as a secret.
const HARMLESS: [&str; 4] = [super::ENTRY, "x_security_token_expires", "region", "output"];

/// Words in the names of keys whose values are secrets in either file.
const SECRET: [&str; 4] = ["access_key", "token", "secret", "password"];

/// More words of comments of the config file that may have a secret, in lower case: a command, or the beginning of
/// an access key's id.
const SECRET_IN_COMMENT: [&str; 3] = [PROCESS, "akia", "asia"];

/// The key of a command, whose arguments may be secrets.
const PROCESS: &str = "credential_process";

/// Shown in place of a secret.
const STARS: &str = "****";

/// The lines of a section that go, come and stay.
pub(super) fn diff(kind: FileKind, old: &[&[u8]], new: &[&[u8]]) -> Vec<Line> {
    // Compared as they are, shown without secrets: a key that changed shows as two equal lines.
    let common = longest_common(old, new);
    let mut lines = Vec::new();
    let mut push = |change, line: &[u8], side: &mut Side| {
        let text = side.shown(kind, line);
        lines.push(Line { change, text });
    };
    let (mut from, mut to) = (0, 0);
    let (mut old_side, mut new_side) = (Side::default(), Side::default());
    for (at_old, at_new) in common.into_iter().chain([(old.len(), new.len())]) {
        for line in old.get(from..at_old).unwrap_or_default() {
            push(LineChange::Goes, line, &mut old_side);
        }
        for line in new.get(to..at_new).unwrap_or_default() {
            push(LineChange::Comes, line, &mut new_side);
        }
        if let Some(line) = old.get(at_old) {
            push(LineChange::Stays, line, &mut old_side);
            new_side = old_side;
        }
        (from, to) = (at_old + 1, at_new + 1);
    }
    lines
}

/// The lines of one version above a line.
#[derive(Clone, Copy, Default)]
struct Side {
    outline: Outline,
    /// True if the last key's value is a secret, which the next lines may continue.
    in_secret: bool,
}

impl Side {
    /// The next line as it may be shown.
    fn shown(&mut self, kind: FileKind, line: &[u8]) -> String {
        let line = without_break(line);
        let role = self.outline.next(line);
        let indent = indent(line);
        let text = lossy(line);
        let text = text.trim_end();
        let has_secret =
            |text: &str| parse_key(text.as_bytes()).is_some_and(|key| is_secret(kind, &key));
        match role {
            Role::Header => {
                self.in_secret = false;
                text.to_owned()
            }
            Role::Filler => {
                // A line that was switched off keeps its secret, also one that continued another.
                let rest = text.trim_start_matches(['#', ';', ' ', '\t']);
                let hidden = hides_secret(kind, rest) || (self.in_secret && !indent.is_empty());
                if hidden && !rest.is_empty() {
                    format!("{indent}# {STARS}")
                } else {
                    text.to_owned()
                }
            }
            Role::Property => {
                let key = parse_key(line).unwrap_or_default();
                let is_process = kind == FileKind::Config && key.eq_ignore_ascii_case(PROCESS);
                self.in_secret = is_process || is_secret(kind, &key);
                if is_process {
                    format!("{indent}{key} = {}", shown_command(value(text)))
                } else if self.in_secret {
                    format!("{indent}{key} = {STARS}")
                } else {
                    with_shown_comment(kind, text)
                }
            }
            // A key of its own in a nested block, or the rest of the value above.
            Role::Continuation if self.in_secret || has_secret(text) => format!("{indent}{STARS}"),
            Role::Junk
                if kind == FileKind::Credentials || (self.in_secret && !indent.is_empty()) =>
            {
                format!("{indent}{STARS}")
            }
            Role::Continuation | Role::Junk => text.to_owned(),
        }
    }
}

/// True if a comment may be a secret: in the credentials file, any may be.
fn hides_secret(kind: FileKind, comment: &str) -> bool {
    let comment = comment.to_ascii_lowercase();
    let mut words = SECRET.iter().chain(&SECRET_IN_COMMENT);
    kind == FileKind::Credentials || words.any(|word| comment.contains(word))
}

/// The value of a line, as it is written.
fn value(text: &str) -> &str {
    let at = separator(text.as_bytes()).map_or(text.len(), |at| at + 1);
    text.get(at..).unwrap_or_default().trim()
}

/// A key and its value, with the comment behind them if it may be shown.
fn with_shown_comment(kind: FileKind, text: &str) -> String {
    let marks = text.match_indices([' ', '\t']);
    let rests = marks.filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
    let mut comments = rests.filter(|(_, rest)| rest.starts_with(['#', ';']));
    match comments.next() {
        Some((shown, comment)) if hides_secret(kind, comment) => format!("{shown} # {STARS}"),
        _ => text.to_owned(),
    }
}

/// A command without its arguments, unless they are those that a managed profile has.
fn shown_command(command: &str) -> String {
    let words = process_line::split(command).unwrap_or_default();
    match words.as_slice() {
        [] if command.is_empty() => String::new(),
        [] => STARS.to_owned(),
        [_, word, id] if word == "credentials" && id.parse::<EntryId>().is_ok() => {
            command.to_owned()
        }
        [program] => program.clone(),
        [program, ..] => format!("{program} {STARS}"),
    }
}

fn is_secret(kind: FileKind, key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    match kind {
        _ if HARMLESS.contains(&key.as_str()) => false,
        FileKind::Credentials => true,
        FileKind::Config => SECRET.iter().any(|word| key.contains(word)),
    }
}

/// The pairs of equal lines of a longest common part. Sections have a dozen lines.
fn longest_common(old: &[&[u8]], new: &[&[u8]]) -> Vec<(usize, usize)> {
    // `best[i][j]`: how many of the lines from `i` and `j` on are common.
    let mut best = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for (i, line) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            best[i][j] = if line == other {
                best[i + 1][j + 1] + 1
            } else {
                best[i + 1][j].max(best[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if best[i + 1][j] >= best[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<&[u8]> {
        text.split_inclusive('\n').map(str::as_bytes).collect()
    }

    fn text(kind: FileKind, old: &str, new: &str) -> String {
        diff(kind, &lines(old), &lines(new))
            .iter()
            .fold(String::new(), |text, line| {
                text + &format!("{}{}\n", line.change.sign(), line.text)
            })
    }

    #[test]
    fn lines_go_come_and_stay() {
        assert_eq!(
            text(
                FileKind::Config,
                "[profile p]\na = 1\nb = 2\n",
                "[profile p]\nb = 2\nc = 3\n"
            ),
            " [profile p]\n-a = 1\n b = 2\n+c = 3\n"
        );
        assert_eq!(text(FileKind::Config, "", "[x]\n"), "+[x]\n");
    }

    #[test]
    fn no_secret_is_shown() {
        let section = "[p]\naws_access_key_id = HIDE\nAWS_SECRET_ACCESS_KEY: HIDE\n\tHIDE\naws_session_token=HIDE # HIDE\nsomething = HIDE\n# aws_secret_access_key = HIDE\nHIDE\nregion = x\nroledex_entry = e\n";
        let shown = text(FileKind::Credentials, section, "");
        assert!(!shown.contains("HIDE"), "{shown}");
        assert!(shown.contains("-aws_session_token = ****\n"), "{shown}");
        assert!(
            shown.contains("-region = x\n-roledex_entry = e\n"),
            "{shown}"
        );
        let section = "[profile p]\naws_secret_access_key = HIDE\n  HIDE\nsso_session = s\ns3 =\n  max = 1\n  token = HIDE\n";
        let shown = text(FileKind::Config, section, section);
        assert!(!shown.contains("HIDE"), "{shown}");
        assert!(
            shown.contains(" sso_session = s\n s3 =\n   max = 1\n"),
            "{shown}"
        );
        let section = "[p]\n  region = x\n  aws_secret_access_key =\n    HIDE\n    # HIDE\n    HIDE = HIDE\n  # aws_session_token = HIDE\n  roledex_entry = e\n  HIDE\n";
        let shown = text(FileKind::Credentials, section, "");
        assert!(!shown.contains("HIDE"), "{shown}");
        assert!(
            shown.contains("-  region = x\n-  aws_secret_access_key = ****\n-    ****\n"),
            "{shown}"
        );
        assert!(shown.contains("-  roledex_entry = e\n"), "{shown}");
    }

    #[test]
    fn no_secret_of_a_comment_or_a_command_is_shown() {
        let section = "[p]\n# AKIAHIDE HIDE\n;HIDE\nregion = x # HIDE\n#\n";
        let shown = text(FileKind::Credentials, "", section);
        let expected = "+[p]\n+# ****\n+# ****\n+region = x # ****\n+#\n";
        assert_eq!(shown, expected);
        let section = "[profile p]\n# ours\n# old: aws_secret_access_key = HIDE\n# asiahide\n\
            # credential_process = x HIDE\ncredential_process = x --password HIDE\n  HIDE\n\
            region = x # ours\noutput = x ; the token is HIDE\n";
        let shown = text(FileKind::Config, "", section);
        let expected = "+[profile p]\n+# ours\n+# ****\n+# ****\n+# ****\n\
            +credential_process = x ****\n+  ****\n+region = x # ours\n+output = x # ****\n";
        assert_eq!(shown, expected);
        for (command, shown) in [
            ("/r credentials org:p/111111111111/Admin", None),
            ("\"/a b\" credentials org:p/111111111111/A", None),
            ("x credentials user:HIDE", Some("x ****")),
            ("x", None),
            ("", None),
            ("x 'HIDE", Some("****")),
        ] {
            let line = |command: &str| format!("+credential_process = {command}\n");
            let section = format!("credential_process = {command}\n");
            let expected = line(shown.unwrap_or(command));
            assert_eq!(text(FileKind::Config, "", &section), expected);
        }
    }
}
