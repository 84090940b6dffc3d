//! The role of each line of an AWS file, by its indentation.
//!
//! The rules are those of Python's `configparser`, which the AWS CLI uses (docs/protocols.md#aws-config-files):
//! a line that is indented deeper than the key above it continues its value, and comments count nowhere.

use super::syntax::{indent, is_blank_or_comment, separator};

/// The role of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A blank line or a comment.
    Filler,
    /// The header of a section.
    Header,
    /// A key and its value, or the beginning of it.
    Property,
    /// More of the value above.
    Continuation,
    /// Nothing that can be understood.
    Junk,
}

/// The lines above one line, as far as they decide its role.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outline {
    /// The characters in front of the last line that was neither filler nor a continuation.
    column: usize,
    /// True below a property of the section.
    has_property: bool,
}

impl Outline {
    /// The role of the next line, without its break.
    pub(super) fn next(&mut self, text: &[u8]) -> Role {
        if is_blank_or_comment(text) {
            return Role::Filler;
        }
        let indent = indent(text);
        let column = indent.chars().count();
        if self.has_property && column > self.column {
            return Role::Continuation;
        }
        self.column = column;
        if text.get(indent.len()) == Some(&b'[') {
            self.has_property = false;
            Role::Header
        } else if separator(text).is_some() {
            self.has_property = true;
            Role::Property
        } else {
            Role::Junk
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Role::{Continuation, Filler, Header, Junk, Property};
    use super::*;

    #[test]
    fn the_roles_of_lines() {
        let lines = [
            ("  before = any header", Property),
            ("[profile a]", Header),
            ("    odd", Junk),
            ("      # c", Filler),
            ("      deep = 1", Property),
            ("    less = 2", Property),
            ("\t\tstill = less", Property),
            ("\u{a0} as = wide", Property),
            ("     more = 1", Continuation),
            ("     [more]", Continuation),
            ("", Filler),
            ("        ; c", Filler),
            ("     more", Continuation),
            ("  # c", Filler),
            ("  [profile b]", Header),
            ("s3 =", Property),
            ("  max = 1", Continuation),
            ("junk", Junk),
            (" more", Continuation),
            ("[half", Header),
        ];
        let mut outline = Outline::default();
        for (at, (text, role)) in lines.into_iter().enumerate() {
            assert_eq!(outline.next(text.as_bytes()), role, "line {at}: {text:?}");
        }
    }
}
