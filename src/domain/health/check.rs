//! One finding of `roledex doctor`.

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// All is well.
    Ok,
    /// It could not be checked, or did not need to be.
    Skipped,
    /// It works, or nearly.
    Warning,
    /// It does not work, or is not safe.
    Error,
}

impl Status {
    /// The word of `--json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The subject: a stable word. Several checks may have the same.
    pub id: &'static str,
    /// Its result.
    pub state: Status,
    /// The finding.
    pub what: String,
    /// The remedy.
    pub hint: Option<String>,
}

impl Check {
    /// A check without a hint.
    #[must_use]
    pub fn new(id: &'static str, state: Status, what: impl Into<String>) -> Self {
        Self {
            id,
            state,
            what: what.into(),
            hint: None,
        }
    }

    /// Adds the remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
