//! The diff of a change to the AWS files, as it is shown to the user.

use std::path::PathBuf;

use jiff::Timestamp;

/// A change that was, or would be, taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoResult {
    /// The time of the change (UTC), where that is known.
    pub made_at: Option<Timestamp>,
    /// The effect of undoing it.
    pub files: Vec<FileDiff>,
}

/// The diff of one file.
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
    /// Its change.
    pub change: LineChange,
    /// Its text, without the line break.
    pub text: String,
}

/// The change of a line.
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
