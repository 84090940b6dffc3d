//! What a person calls accounts, and which of them want a second thought.

use std::sync::Arc;

use super::entry::Entry;

/// A person's own words for an account.
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

/// Whether an entry matches one of the guard's patterns: by account name, alias, tag, or role; case
/// does not matter, `*` stands for anything, and a pattern without one may be found anywhere.
#[must_use]
pub fn is_guarded(patterns: &[String], entry: &Entry) -> bool {
    let label = entry.label.as_deref();
    let own = label
        .into_iter()
        .flat_map(|label| label.alias.iter().chain(&label.tags));
    let texts: Vec<String> = [&entry.account_name, &entry.id.role]
        .into_iter()
        .chain(own)
        .map(|text| text.to_lowercase())
        .collect();
    patterns.iter().any(|pattern| {
        let pattern = pattern.to_lowercase();
        texts.iter().any(|text| matches(&pattern, text))
    })
}

fn matches(pattern: &str, text: &str) -> bool {
    if pattern.is_empty() {
        return false;
    }
    let Some((first, rest)) = pattern.split_once('*') else {
        return text.contains(pattern);
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        match text.find(part).and_then(|at| text.get(at + part.len()..)) {
            Some(rest) => text = rest,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("prod", "payments production", true),
            ("prod*", "payments prod", false),
            ("*prod", "payments prod", true),
            ("pay*prod", "payments prod", true),
            ("pay*x*prod", "payments prod", false),
            ("*", "anything", true),
            ("", "anything", false),
            ("a*b*c", "a1b2c", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
