//! Duplicate sections and keys, which keep tools from reading an AWS file.
//!
//! The AWS CLI's parser refuses a file with two headers of the same text, or with the same key twice
//! in one section, whatever its case. Two headers of other text that name the same are one to it.

use std::collections::BTreeMap;
use std::path::Path;

use super::AwsFiles;
use super::document::Document;
use super::syntax::{Name, lossy};
use crate::domain::health::Duplicate;
use crate::store::Error;

impl AwsFiles {
    /// The duplicates of both files.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn duplicates(&self) -> Result<Vec<Duplicate>, Error> {
        self.find_in_both(duplicates_in)
    }
}

fn duplicates_in(document: &Document, path: &Path) -> Vec<Duplicate> {
    let mut found = Vec::new();
    let mut headers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut names: BTreeMap<&Name, Vec<(String, usize)>> = BTreeMap::new();
    for section in document.sections() {
        let header = header(document, section.header);
        headers
            .entry(header.clone())
            .or_default()
            .push(section.header + 1);
        names
            .entry(&section.name)
            .or_default()
            .push((header.clone(), section.header + 1));
        let mut keys: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for property in document.properties(section) {
            let lines = keys.entry(property.key.to_ascii_lowercase()).or_default();
            lines.push(property.line + 1);
        }
        for (key, lines) in keys.into_iter().filter(|(_, lines)| lines.len() > 1) {
            found.push(Duplicate {
                path: path.to_owned(),
                section: header.clone(),
                key: Some(key),
                lines,
                fatal: true,
            });
        }
    }
    for (section, lines) in headers.into_iter().filter(|(_, lines)| lines.len() > 1) {
        found.push(Duplicate {
            path: path.to_owned(),
            section,
            key: None,
            lines,
            fatal: true,
        });
    }
    for (_, mut of_name) in names {
        of_name.dedup_by(|a, b| a.0 == b.0);
        if let [(first, _), _, ..] = of_name.as_slice()
            && of_name.iter().any(|(header, _)| header != first)
        {
            found.push(Duplicate {
                path: path.to_owned(),
                section: first.clone(),
                key: None,
                lines: of_name.iter().map(|(_, line)| *line).collect(),
                fatal: false,
            });
        }
    }
    found
}

/// The text between the brackets.
fn header(document: &Document, at: usize) -> String {
    let lines = document.lines(at, at + 1);
    let text = lossy(lines.first().copied().unwrap_or_default()).into_owned();
    let text = text.trim_start().trim_start_matches('[');
    text.rsplit_once(']')
        .map_or(text, |(name, _)| name)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::syntax::FileKind;
    use super::*;

    #[test]
    fn sections_and_keys() {
        let text = "[profile a]\nregion = x\nRegion = y\n[profile b]\ns3 =\n  x = 1\n  x = 2\n[profile a]\n[profile \"b\"]\n[default]\n[sso-session a]\n";
        let document = Document::parse(FileKind::Config, text.as_bytes());
        let found: Vec<_> = duplicates_in(&document, Path::new("f"))
            .into_iter()
            .map(|d| (d.section, d.key, d.lines, d.fatal))
            .collect();
        assert_eq!(
            found,
            [
                (
                    "profile a".to_owned(),
                    Some("region".to_owned()),
                    vec![2, 3],
                    true
                ),
                ("profile a".to_owned(), None, vec![1, 8], true),
                ("profile b".to_owned(), None, vec![4, 9], false),
            ]
        );
    }
}
