//! The letters of a text, as a set: a text without a letter of a word does not match it.

/// The bit of all characters beyond ASCII.
const OTHER: u64 = 1 << 63;

/// A set of letters in either case, digits and other characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Letters(u64);

impl Letters {
    /// The letters of a searched text. Beyond ASCII a text may match letters that it does not have, as `é` does `e`.
    pub(super) fn of_text(text: &str) -> Self {
        if text.is_ascii() {
            Self::of_word(text.bytes().map(char::from))
        } else {
            Self(u64::MAX)
        }
    }

    /// The letters that a text needs to match a word.
    pub(super) fn of_word(word: impl Iterator<Item = char>) -> Self {
        Self(word.fold(0, |letters, c| letters | bit(c)))
    }

    /// True if they are those of a text of ASCII alone.
    pub(super) fn are_ascii(self) -> bool {
        self.0 & OTHER == 0
    }

    /// True if all of a word's letters are in it.
    pub(super) fn contain(self, word: Self) -> bool {
        self.0 & word.0 == word.0
    }
}

fn bit(c: char) -> u64 {
    let Ok(byte) = u8::try_from(c).map(|byte| byte.to_ascii_lowercase()) else {
        return OTHER;
    };
    match byte {
        b'a'..=b'z' => 1 << (byte - b'a'),
        b'0'..=b'9' => 1 << (26 + byte - b'0'),
        0x80.. => OTHER,
        // Several share one.
        _ => 1 << (36 + byte % 27),
    }
}
