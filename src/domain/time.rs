//! Words for spans of time: countdowns and ages. Times are UTC, spans are whole seconds.

use jiff::Timestamp;

/// Seconds from `now` until `then`; negative once it has passed.
#[must_use]
pub(crate) fn seconds_left(now: Timestamp, then: Timestamp) -> i64 {
    // Rounded up, so that "1 s" is shown until the very end and 0 means over.
    let millis = then.as_millisecond() - now.as_millisecond();
    millis.div_euclid(1000) + i64::from(millis.rem_euclid(1000) != 0)
}

/// A countdown of fixed meaning: `9:59`, `1:02:00`, `2d 03h`; `expired` once it is over. A full hour is `60:00`, which
/// is as wide as what it counts down to; a minute more than that is told in minutes, too, because clocks differ.
#[must_use]
pub(crate) fn countdown(seconds: i64) -> String {
    const IN_MINUTES: i64 = 3_660;
    if seconds <= 0 {
        return "expired".to_owned();
    }
    let (days, hours, minutes, rest) = (
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    );
    if days > 0 {
        format!("{days}d {hours:02}h")
    } else if seconds >= IN_MINUTES {
        format!("{hours}:{minutes:02}:{rest:02}")
    } else {
        format!("{}:{rest:02}", seconds / 60)
    }
}

/// A duration for a sentence: `45 s`, `12 min`, `7 h 05 min`, `3 days`.
#[must_use]
pub(crate) fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => match seconds / 60 % 60 {
            0 => format!("{} h", seconds / 3_600),
            minutes => format!("{} h {minutes:02} min", seconds / 3_600),
        },
        86_400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The lifetime of credentials that were just obtained, for a sentence: to the nearest minute, because the answer takes a
/// moment.
#[must_use]
pub(crate) fn lifetime(seconds: i64) -> String {
    match seconds {
        ..60 => span(seconds),
        _ => span((seconds + 30) / 60 * 60),
    }
}

/// A remaining time for a prompt: `45s`, `12m`, `7h05m`; `expired` when it is over.
#[must_use]
pub(crate) fn short(seconds: i64) -> String {
    match seconds {
        ..=0 => "expired".to_owned(),
        1..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        _ => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
    }
}

/// An age for a sentence: `just now`, `3 min ago`, `5 h ago`, `2 days ago`.
#[must_use]
pub(crate) fn age(seconds: i64) -> String {
    match seconds {
        ..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        86_400..172_800 => "1 day ago".to_owned(),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// RFC 3339 in UTC with whole seconds, as the AWS CLI writes it: `2026-11-21T02:09:49Z`.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    whole.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countdowns() {
        for (seconds, text) in [
            (-5, "expired"),
            (0, "expired"),
            (1, "0:01"),
            (599, "9:59"),
            (3_599, "59:59"),
            (3_600, "60:00"),
            (3_659, "60:59"),
            (3_660, "1:01:00"),
            (86_399, "23:59:59"),
            (97_200, "1d 03h"),
        ] {
            assert_eq!(countdown(seconds), text);
        }
    }

    #[test]
    fn seconds_are_rounded_up() {
        let now = Timestamp::from_millisecond(1_000_500).unwrap();
        assert_eq!(
            seconds_left(now, Timestamp::from_millisecond(1_001_499).unwrap()),
            1
        );
        assert_eq!(seconds_left(now, now), 0);
        assert_eq!(
            seconds_left(now, Timestamp::from_millisecond(999_000).unwrap()),
            -1
        );
    }

    #[test]
    fn spans_and_ages() {
        assert_eq!(span(59), "59 s");
        assert_eq!(span(25_500), "7 h 05 min");
        assert_eq!(span(7_200), "2 h");
        for seconds in [3_570, 3_599, 3_600, 3_601] {
            assert_eq!(lifetime(seconds), "1 h");
        }
        assert_eq!(lifetime(3_569), "59 min");
        assert_eq!(lifetime(59), "59 s");
        assert_eq!(short(7_500), "2h05m");
        assert_eq!(short(0), "expired");
        assert_eq!(age(59), "just now");
        assert_eq!(age(10_800), "3 h ago");
        assert_eq!(age(172_800), "2 days ago");
    }

    #[test]
    fn written_in_whole_seconds() {
        let at = Timestamp::from_millisecond(1_795_226_989_123).unwrap();
        assert_eq!(rfc3339(at), "2026-11-21T02:09:49Z");
    }
}
