//! Text that keeps the AWS CLI from reading an AWS file as it is meant. SDKs and roledex pass over most of it
//! (docs/protocols.md#aws-config-files).

use std::collections::BTreeMap;
use std::path::Path;

use super::document::Document;
use super::outline::{Outline, Role};
use super::syntax::{Name, indent, parse_key, separator, without_break};
use super::{AwsFiles, ENTRY};
use crate::domain::health::{Fault, Unreadable};
use crate::store::Error;

impl AwsFiles {
    /// The text of both files that the AWS CLI cannot read.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn unreadable(&self) -> Result<Vec<Unreadable>, Error> {
        self.find_in_both(unreadable_in)
    }
}

fn unreadable_in(document: &Document, path: &Path) -> Vec<Unreadable> {
    let mut faults: BTreeMap<Fault, Vec<usize>> = BTreeMap::new();
    if document.has_mark() {
        faults.insert(Fault::ByteOrderMark, vec![1]);
    }
    let mut outline = Outline::default();
    let mut is_below_header = false;
    for (at, line) in document.lines(0, document.len()).into_iter().enumerate() {
        let text = without_break(line);
        if std::str::from_utf8(text).is_err() {
            faults.entry(Fault::NotUtf8).or_default().push(at + 1);
        }
        let fault = match outline.next(text) {
            Role::Filler | Role::Continuation => None,
            // It takes such a line for a key, if it can be one.
            Role::Header if !is_whole(text) && (!is_below_header || separator(text).is_none()) => {
                Some(Fault::HalfHeader)
            }
            Role::Header => {
                is_below_header = true;
                None
            }
            _ if !is_below_header => Some(Fault::NoSection),
            Role::Property if parse_key(text).is_some_and(|key| !key.is_empty()) => None,
            Role::Property | Role::Junk => Some(Fault::NoSetting),
        };
        if let Some(fault) = fault {
            faults.entry(fault).or_default().push(at + 1);
        }
    }
    for section in document.sections() {
        let is_ours = document.has(section, ENTRY);
        if is_ours || matches!(section.name, Name::Session(_)) {
            let properties = document.properties(section);
            let lines = properties
                .iter()
                .filter(|property| document.comment(property).is_some())
                .map(|property| property.line + 1);
            for line in lines {
                faults.entry(Fault::Comment).or_default().push(line);
            }
        }
    }
    faults
        .into_iter()
        .map(|(fault, lines)| Unreadable {
            path: path.to_owned(),
            fault,
            lines,
        })
        .collect()
}

/// True if there is something between the brackets of a header.
fn is_whole(text: &[u8]) -> bool {
    let text = text.get(indent(text).len() + 1..).unwrap_or_default();
    let end = text.iter().rposition(|byte| *byte == b']');
    end.is_some_and(|end| end > 0)
}
