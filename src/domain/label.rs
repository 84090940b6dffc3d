//! A user's own names and tags for accounts.

use std::borrow::Cow;
use std::sync::Arc;

use super::text::clean;

/// A user's own words for an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// Another name.
    pub alias: Option<Arc<str>>,
    /// Words to find it by.
    pub tags: Vec<Arc<str>>,
}

impl Label {
    /// All its words.
    #[must_use]
    pub fn words(&self) -> String {
        let words = self.alias.iter().chain(&self.tags).map(|word| &**word);
        words.collect::<Vec<_>>().join(" ")
    }
}

/// The sign between a user's own name for an account and its name.
pub(crate) const SEPARATOR: &str = "\u{b7}";

/// The name of an account as it is shown: after the user's own name for it, where there is one. Clean.
#[must_use]
pub(crate) fn named<'a>(label: Option<&Label>, name: &'a str) -> Cow<'a, str> {
    match label.and_then(|label| label.alias.as_deref()) {
        Some(alias) => format!("{} {SEPARATOR} {}", clean(alias), clean(name)).into(),
        None => clean(name),
    }
}
