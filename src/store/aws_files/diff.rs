//! Two versions of one section side by side, for a user to read: without secrets.

use super::syntax::{FileKind, lossy, parse_key};
use crate::domain::undo::{Line, LineChange};

/// The keys of the credentials file that may be shown; every other value is treated as a secret.
const HARMLESS: [&str; 4] = [super::ENTRY, "x_security_token_expires", "region", "output"];

/// Words in the names of keys whose values are secrets in either file.
const SECRET: [&str; 4] = ["access_key", "token", "secret", "password"];

/// Shown in place of a secret.
const STARS: &str = "****";

/// The lines of a section that go, come and stay.
pub(super) fn diff(kind: FileKind, old: &[&[u8]], new: &[&[u8]]) -> Vec<Line> {
    // Compared as they are, shown without secrets: a key that changed shows as two equal lines.
    let common = longest_common(old, new);
    let mut lines = Vec::new();
    let mut push = |change, line: &[u8], in_secret: &mut bool| {
        let text = shown(kind, line, in_secret);
        lines.push(Line { change, text });
    };
    let (mut from, mut to) = (0, 0);
    // `true` if the line before was a secret, which an indented line continues; for each side.
    let (mut old_secret, mut new_secret) = (false, false);
    for (at_old, at_new) in common.into_iter().chain([(old.len(), new.len())]) {
        for line in old.get(from..at_old).unwrap_or_default() {
            push(LineChange::Goes, line, &mut old_secret);
        }
        for line in new.get(to..at_new).unwrap_or_default() {
            push(LineChange::Comes, line, &mut new_secret);
        }
        if let Some(line) = old.get(at_old) {
            push(LineChange::Stays, line, &mut old_secret);
            new_secret = old_secret;
        }
        (from, to) = (at_old + 1, at_new + 1);
    }
    lines
}

/// A line as it may be shown.
fn shown(kind: FileKind, line: &[u8], in_secret: &mut bool) -> String {
    let text = lossy(line);
    let text = text.trim_end();
    if text.starts_with('[') {
        *in_secret = false;
        return text.to_owned();
    }
    if text.starts_with([' ', '\t']) {
        // A key of its own in a nested block, or the rest of the value above.
        let hidden =
            *in_secret || parse_key(text.as_bytes()).is_some_and(|key| is_secret(kind, &key));
        return if hidden {
            format!("  {STARS}")
        } else {
            text.to_owned()
        };
    }
    if text.starts_with(['#', ';']) {
        // A line that was switched off keeps its secret.
        let rest = text.trim_start_matches(['#', ';', ' ', '\t']);
        let hidden = parse_key(rest.as_bytes()).is_some_and(|key| is_secret(kind, &key));
        return if hidden {
            format!("# {STARS}")
        } else {
            text.to_owned()
        };
    }
    match parse_key(text.as_bytes()) {
        Some(key) if is_secret(kind, &key) => {
            *in_secret = true;
            format!("{key} = {STARS}")
        }
        Some(_) => {
            *in_secret = false;
            text.to_owned()
        }
        None if text.is_empty() || kind == FileKind::Config => text.to_owned(),
        None => STARS.to_owned(),
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
    }
}
