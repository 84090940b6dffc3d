//! The clock of this machine.

use jiff::Timestamp;

use super::check::{Check, Status};
use crate::domain::time::span;

/// Checks the difference between this machine's clock and a server's.
#[must_use]
pub(crate) fn check_clock(here: Timestamp, there: Timestamp) -> Check {
    let ahead = here.as_second() - there.as_second();
    let state = match ahead.abs() {
        0..60 => return Check::new("clock", Status::Ok, "this machine's clock agrees with AWS"),
        60..300 => Status::Warning,
        _ => Status::Error,
    };
    let which = if ahead > 0 { "ahead of" } else { "behind" };
    Check::new(
        "clock",
        state,
        format!("this machine's clock is {} {which} AWS", span(ahead.abs())),
    )
    .all_public()
    .hint("correct it; AWS rejects signed requests and SAML responses that are off by five minutes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn clocks() {
        assert_eq!(check_clock(at(1_000), at(1_030)).state, Status::Ok);
        assert_eq!(check_clock(at(1_000), at(1_090)).state, Status::Warning);
        let check = check_clock(at(2_000), at(1_000));
        assert_eq!(check.state, Status::Error);
        assert!(check.what.contains("16 min ahead"), "{}", check.what);
    }
}
