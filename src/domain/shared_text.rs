//! A text that shares its memory with others: a catalog has tens of thousands of names, and they are read from one file.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A part of a buffer that is kept as long as one of its parts is. Cheap to clone.
#[derive(Clone)]
pub struct SharedText {
    buffer: Arc<str>,
    start: u32,
    end: u32,
}

impl SharedText {
    /// A part of a buffer, in bytes; `None` if it is not within the buffer's first four gigabytes, or begins or ends
    /// within a character.
    #[must_use]
    pub(crate) fn part(buffer: &Arc<str>, range: Range<usize>) -> Option<Self> {
        buffer.get(range.clone())?;
        Some(Self {
            buffer: Arc::clone(buffer),
            start: range.start.try_into().ok()?,
            end: range.end.try_into().ok()?,
        })
    }

    /// `true` if both are one part of one buffer.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.buffer, &other.buffer)
            && (self.start, self.end) == (other.start, other.end)
    }
}

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        let range = self.start as usize..self.end as usize;
        self.buffer.get(range).unwrap_or_default()
    }
}

impl AsRef<str> for SharedText {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<Arc<str>> for SharedText {
    /// The text; nothing of one that has four gigabytes.
    fn from(buffer: Arc<str>) -> Self {
        let end = u32::try_from(buffer.len()).unwrap_or(0);
        Self {
            buffer,
            start: 0,
            end,
        }
    }
}

impl From<&str> for SharedText {
    fn from(text: &str) -> Self {
        Arc::<str>::from(text).into()
    }
}

impl From<String> for SharedText {
    fn from(text: String) -> Self {
        Arc::<str>::from(text).into()
    }
}

impl From<Cow<'_, str>> for SharedText {
    fn from(text: Cow<'_, str>) -> Self {
        Arc::<str>::from(text).into()
    }
}

impl Default for SharedText {
    fn default() -> Self {
        "".into()
    }
}

impl fmt::Debug for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl PartialEq for SharedText {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for SharedText {}

impl PartialOrd for SharedText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SharedText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.deref().cmp(other)
    }
}

impl Hash for SharedText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.deref().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_a_text_of_its_own() {
        let buffer: Arc<str> = "Zażółć\tx@y".into();
        let part = SharedText::part(&buffer, 0..10).unwrap();
        assert_eq!(&*part, "Zażółć");
        assert_eq!(part, SharedText::from("Zażółć"));
        assert!(SharedText::part(&buffer, 0..3).is_none(), "within ż");
        assert!(SharedText::part(&buffer, 0..99).is_none());
        drop(buffer);
        assert_eq!(part.to_string(), "Zażółć");
    }
}
