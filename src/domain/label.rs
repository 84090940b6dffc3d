//! A user's own names and tags for accounts.

use std::sync::Arc;

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
