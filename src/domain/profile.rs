//! Names of managed profiles: sanitised, deterministic, never silently the same (W7).

use super::id::EntryId;

/// How the profile of an entry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `sso_session` and its companions: the SDKs refresh it natively.
    Sso,
    /// `credential_process`: every use asks roledex.
    Process,
    /// Keys in the credentials file, for tools that know nothing else.
    Static,
}

impl Mode {
    /// The word of `--as` and `--json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sso => "sso",
            Self::Process => "process",
            Self::Static => "static",
        }
    }
}

/// The longest name we make; longer ones are legal, and useless on a screen.
const LONGEST: usize = 128;

/// The default name of an entry's profile: `ROLE-ACCOUNTID`, sanitised.
#[must_use]
pub fn default_name(id: &EntryId) -> String {
    sanitise(&format!("{}-{}", id.role, id.account))
}

/// A name that every SDK, the AWS CLI and every shell read alike.
///
/// Kept: ASCII letters, digits and `._+=,@/-`. Anything else, blanks included, becomes `-`; runs of
/// `-` that this makes are one; `-` at the ends goes. `default` is refused by [`is_valid_name`].
#[must_use]
pub fn sanitise(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if is_plain(c) {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    let trimmed = out.trim_matches('-');
    trimmed.chars().take(LONGEST).collect()
}

/// Whether a name that a person gave can be a profile's as it is.
#[must_use]
pub fn is_valid_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().count() <= LONGEST
        && name.chars().all(is_plain)
        && !name.starts_with('-')
        && !name.eq_ignore_ascii_case("default")
}

/// The name to use when `name` is another entry's already: the source tells them apart.
#[must_use]
pub fn qualified_name(id: &EntryId, name: &str) -> String {
    sanitise(&format!("{name}-{}", id.source))
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._+=,@/-".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_documented_default() {
        let id: EntryId = "org:my-sso/123456789012/AdministratorAccess"
            .parse()
            .unwrap();
        assert_eq!(default_name(&id), "AdministratorAccess-123456789012");
        assert_eq!(qualified_name(&id, "x"), "x-my-sso");
    }

    #[test]
    fn what_breaks_tools_goes() {
        assert_eq!(sanitise("Acme [prod]; \"x\" \\ y\n"), "Acme-prod-x-y");
        assert_eq!(sanitise("--"), "");
        assert!(!is_valid_name("Default"));
        assert!(!is_valid_name("a b"));
        assert!(!is_valid_name("-x"));
        assert!(is_valid_name("team/prod.admin@x"));
    }

    proptest! {
        #[test]
        fn sanitised_names_are_valid_or_empty_and_stable(name in "\\PC*|[\\x00-\\x7f]*") {
            let once = sanitise(&name);
            prop_assert!(once.is_empty() || once.eq_ignore_ascii_case("default") || is_valid_name(&once));
            let again = sanitise(&once);
            prop_assert_eq!(again.trim_matches('-'), once.trim_matches('-'));
        }
    }
}
