//! What a change of the AWS files looks like to a person: lines that go and lines that come.

use std::path::PathBuf;

use jiff::Timestamp;

/// A change that was, or would be, taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoResult {
    /// When the change was made (UTC), where that is known.
    pub made_at: Option<Timestamp>,
    /// What taking it back does.
    pub files: Vec<FileDiff>,
}

/// What happens to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDiff {
    /// The file.
    pub path: PathBuf,
    /// Its sections that change.
    pub sections: Vec<Vec<Line>>,
}

/// One line of a section. Secrets are not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What becomes of it.
    pub change: LineChange,
    /// Its text, without the line break.
    pub text: String,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineChange {
    /// It stays.
    Stays,
    /// It goes.
    Goes,
    /// It comes.
    Comes,
}

impl LineChange {
    /// As in a unified diff.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Stays => ' ',
            Self::Goes => '-',
            Self::Comes => '+',
        }
    }
}
