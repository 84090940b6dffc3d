//! The check before a file is replaced: outside of our sections, nothing may read differently.

use std::collections::HashSet;
use std::path::Path;

use ini::{Ini, ParseOption};
use zeroize::Zeroizing;

use super::document::Document;
use super::syntax::{FileKind, Name, is_blank, split_lines, without_break};
use crate::store::Error;

/// Compares a file before and after an edit of some sections: byte by byte outside of them, but for the blank
/// lines that come and go with a section, and by what rust-ini, an independent parser, reads.
pub(super) fn verify_only_ours_changed(
    path: &Path,
    before: &Document,
    after: &Document,
    ours: &[Name],
) -> Result<(), Error> {
    if before == after {
        return Ok(());
    }
    let names: HashSet<&Name> = ours.iter().collect();
    // One that came may not hide one that went.
    let left: HashSet<&Name> = after.sections().iter().map(|it| &it.name).collect();
    let gone = |name: &Name| names.contains(name) && !left.contains(name);
    let sections = before.sections().iter();
    let removed = sections.filter(|section| gone(&section.name)).count();
    let bytes_kept = keeps(&before.outside(ours), &after.outside(ours), removed);
    check(path, bytes_kept, false, before, after, ours)
}

/// True if all that comes is the line break that the last line lacked, and blank lines at the end; and all
/// that goes is a blank line for each of some sections.
fn keeps(old: &[u8], new: &[u8], mut removed: usize) -> bool {
    let is_break = |text: &[u8]| text.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
    let mut rest = new;
    for line in split_lines(old) {
        if let Some(after) = rest.strip_prefix(line) {
            rest = after;
        } else if is_break(line) && removed > 0 {
            removed -= 1;
        } else {
            return false;
        }
    }
    is_break(rest)
}

/// The same for taking a change back, which may also take blank lines with it.
pub(super) fn verify_all_but_blank_lines(
    path: &Path,
    before: &Document,
    after: &Document,
    ours: &[Name],
) -> Result<(), Error> {
    let text = |document: &Document| -> Vec<Vec<u8>> {
        let outside = document.outside(ours);
        split_lines(&outside)
            .map(|line| without_break(line).to_vec())
            .filter(|line| !is_blank(line))
            .collect()
    };
    // What was added after half a header made it whole for rust-ini; without it, it is half again.
    check(path, text(before) == text(after), true, before, after, ours)
}

fn check(
    path: &Path,
    bytes_kept: bool,
    may_break: bool,
    before: &Document,
    after: &Document,
    ours: &[Name],
) -> Result<(), Error> {
    // Where both are alike to the byte, and a section away from where they differ, they read alike.
    let kind = before.kind();
    let [before, after] = before.difference(after);
    let meaning_kept = match (meaning(kind, &before, ours), meaning(kind, &after, ours)) {
        (Some(before), Some(after)) => before == after,
        // A file that rust-ini cannot read before, it need not read after.
        (None, _) => true,
        (Some(_), None) => may_break,
    };
    if bytes_kept && meaning_kept {
        Ok(())
    } else {
        Err(Error::Collateral {
            path: path.to_owned(),
        })
    }
}

type Meaning = Vec<(Option<String>, Vec<(String, String)>)>;

fn meaning(kind: FileKind, bytes: &[u8], ours: &[Name]) -> Option<Meaning> {
    let text = String::from_utf8_lossy(bytes);
    // A lone CR ends a line for the AWS CLI, and not for rust-ini.
    let lines = Zeroizing::new(text.replace("\r\n", "\n").replace('\r', "\n"));
    let text = lines.as_str();
    let options = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: true,
        ..ParseOption::default()
    };
    let ini = Ini::load_from_str_opt(text.trim_start_matches('\u{feff}'), options).ok()?;
    // Half a header goes on to the next bracket for rust-ini, and a line without a separator to the next
    // separator; for the SDKs, either ends with its line. What it finds in such a file are other sections
    // and keys, so that only the comparison of the bytes is left.
    let spans_lines = |(name, values): (Option<&str>, &ini::Properties)| {
        name.is_some_and(|name| name.contains('\n'))
            || values.iter().any(|(key, _)| key.contains('\n'))
    };
    if ini.iter().any(spans_lines) {
        return None;
    }
    let ours: HashSet<&Name> = ours.iter().collect();
    Some(
        ini.iter()
            .filter(|(name, _)| !name.is_some_and(|name| is_ours(kind, name, &ours)))
            .filter(|(name, values)| name.is_some() || !values.is_empty())
            .map(|(name, values)| {
                let values = values
                    .iter()
                    .map(|(key, value)| (key.to_owned(), value.to_owned()));
                (name.map(str::to_owned), values.collect())
            })
            .collect(),
    )
}

fn is_ours(kind: FileKind, header: &str, ours: &HashSet<&Name>) -> bool {
    let probe = Document::parse(kind, format!("[{header}]").as_bytes());
    probe
        .sections()
        .iter()
        .any(|section| ours.contains(&section.name))
}
