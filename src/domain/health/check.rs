//! One finding of `roledex doctor`.

use std::borrow::Cow;

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// No problem.
    Ok,
    /// It could not be checked, or did not need to be.
    Skipped,
    /// It works with a limitation, or may fail soon.
    Warning,
    /// It does not work, or is unsafe.
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
    /// The finding without the user's data: names, ids, paths, addresses. `None` if it has
    /// no such form.
    pub public: Option<String>,
    /// The remedy.
    pub hint: Option<String>,
}

impl Check {
    /// A check without a hint. A text of this program is public as it is; one that is put together is
    /// not.
    #[must_use]
    pub fn new(id: &'static str, state: Status, what: impl Into<Cow<'static, str>>) -> Self {
        let what = what.into();
        let public = match &what {
            Cow::Borrowed(what) => Some((*what).to_owned()),
            Cow::Owned(_) => None,
        };
        Self {
            id,
            state,
            what: what.into_owned(),
            public,
            hint: None,
        }
    }

    /// Adds the finding in words without the user's data.
    #[must_use]
    pub fn public(mut self, what: impl Into<String>) -> Self {
        self.public = Some(what.into());
        self
    }

    /// The same check, all of whose words are public.
    #[must_use]
    pub fn all_public(mut self) -> Self {
        self.public = Some(self.what.clone());
        self
    }

    /// Adds the remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
