//! The role of this shell and the one before it, which the shell integration keeps in the environment.

use crate::config::Env;
use crate::domain::EntryId;

/// The address of the credentials of a live shell (docs/protocols.md#container-credentials).
pub(super) const LIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
pub(super) const ENTRY: &str = "ROLEDEX_ENTRY";
pub(super) const PREVIOUS: &str = "ROLEDEX_PREVIOUS";

/// The role of this shell.
#[must_use]
pub(crate) fn entry(env: &Env) -> Option<EntryId> {
    env.get(ENTRY)?.parse().ok()
}

/// The role that this shell had before.
#[must_use]
pub(crate) fn previous(env: &Env) -> Option<EntryId> {
    env.get(PREVIOUS)?.parse().ok()
}

/// The previous role after a change to another role, or to none. The same role again is no change.
#[must_use]
pub(crate) fn previous_after(env: &Env, next: Option<&EntryId>) -> Option<EntryId> {
    [entry(env), previous(env)]
        .into_iter()
        .flatten()
        .find(|id| Some(id) != next)
}

/// True if the credentials of this shell are served and renewed while it runs (`--live`).
#[must_use]
pub(crate) fn is_live(env: &Env) -> bool {
    env.get(ENTRY).is_some() && env.get(LIVE_URI).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "org:acme/111111111111/Admin";
    const B: &str = "org:acme/222222222222/Admin";

    fn after(env: &[(&str, &str)], next: Option<&str>) -> Option<String> {
        let env = env.iter().copied().collect();
        let next = next.map(|next| next.parse().unwrap());
        previous_after(&env, next.as_ref()).map(|id| id.to_string())
    }

    #[test]
    fn the_previous_role_is_exchanged_on_each_change() {
        let first = [(ENTRY, A)];
        let second = [(ENTRY, B), (PREVIOUS, A)];
        assert_eq!(after(&[], Some(A)), None);
        assert_eq!(after(&first, Some(B)).as_deref(), Some(A));
        assert_eq!(after(&second, Some(A)).as_deref(), Some(B));
        assert_eq!(after(&second, Some(B)).as_deref(), Some(A), "no change");
        assert_eq!(after(&second, None).as_deref(), Some(B), "taken back");
        assert_eq!(after(&[(PREVIOUS, A)], Some(A)), None);
        assert_eq!(after(&[(ENTRY, "nonsense")], Some(A)), None);
    }
}
