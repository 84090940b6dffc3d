//! The height of the switcher: `--height`, and `height` in the settings.

use std::fmt;
use std::str::FromStr;

/// The fewest rows of a region: every screen was made for them.
pub(crate) const MIN_ROWS: u16 = 10;

/// A height, in lines or as a share of the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Height {
    /// The whole terminal, on the alternate screen.
    #[default]
    Full,
    /// A number of rows below the prompt.
    Rows(u16),
    /// A percentage of the terminal, below the prompt.
    Percent(u16),
}

impl Height {
    /// The rows of the region in a terminal of so many; none: the whole screen is taken.
    #[must_use]
    pub fn rows(self, terminal: u16) -> Option<u16> {
        let wanted = match self {
            Self::Full => return None,
            Self::Rows(rows) => rows,
            Self::Percent(percent) => {
                let rows = u32::from(terminal) * u32::from(percent) / 100;
                u16::try_from(rows).unwrap_or(terminal)
            }
        };
        Some(wanted.max(MIN_ROWS).min(terminal))
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Rows(rows) => write!(f, "{rows}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// A text that is not a height.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a height; use a number of lines (15), a percentage (40%), or full")]
pub struct BadHeight(String);

impl FromStr for Height {
    type Err = BadHeight;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |digits: &str| -> Option<u16> {
            // Not what else `parse` takes: a plus sign.
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|number| plain && *number > 0)
        };
        let height = match text.strip_suffix('%') {
            _ if text == "full" => Some(Self::Full),
            Some(percent) => number(percent)
                .filter(|percent| *percent <= 100)
                .map(Self::Percent),
            None => number(text).map(Self::Rows),
        };
        height.ok_or_else(|| BadHeight(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_percent_and_full() {
        for (text, height) in [
            ("15", Height::Rows(15)),
            ("1", Height::Rows(1)),
            ("40%", Height::Percent(40)),
            ("100%", Height::Percent(100)),
            ("full", Height::Full),
        ] {
            assert_eq!(text.parse(), Ok(height));
            assert_eq!(height.to_string(), text);
        }
        for wrong in [
            "", "%", "0", "0%", "101%", "-5", "+5", "~40%", "40 %", "4.5", "70000", "FULL",
        ] {
            let error = wrong.parse::<Height>().unwrap_err();
            assert!(error.to_string().contains("is not a height"), "{wrong}");
        }
    }

    #[test]
    fn never_less_than_a_screen_needs_nor_more_than_there_is() {
        assert_eq!(Height::Full.rows(30), None);
        assert_eq!(Height::Percent(40).rows(30), Some(12));
        assert_eq!(Height::Percent(40).rows(24), Some(10));
        assert_eq!(Height::Percent(100).rows(30), Some(30));
        assert_eq!(Height::Rows(15).rows(30), Some(15));
        assert_eq!(Height::Rows(3).rows(30), Some(10));
        assert_eq!(Height::Rows(15).rows(8), Some(8));
        assert_eq!(Height::Percent(99).rows(u16::MAX), Some(64_879));
        assert_eq!(Height::Rows(15).rows(0), Some(0));
    }
}
