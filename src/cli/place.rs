//! Words about an entry and its credentials.

use crate::domain::time::{seconds_left, span};
use crate::domain::{Credentials, EntryId, Kind, Problem};
use crate::flow::Flow;

/// An entry as the user knows it: its role, and its account by name and number.
pub(super) fn place(flow: &Flow, id: &EntryId) -> Result<String, Problem> {
    if id.kind == Kind::Profile {
        return Ok(id.words());
    }
    Ok(match flow.account_name(id)? {
        name if name.is_empty() => id.words(),
        name => format!("{} in {name} ({})", id.role, id.account),
    })
}

/// `, for 59 min`; nothing for credentials without an end.
pub(super) fn time_left(flow: &Flow, credentials: &Credentials) -> String {
    let now = flow.ctx().clock.now();
    credentials.ends().map_or_else(String::new, |end| {
        format!(", for {}", span(seconds_left(now, end)))
    })
}
