//! Managed profiles and their names: sanitized, deterministic, never silently the same (docs/requirements.md#profile-names).

use jiff::Timestamp;

use super::id::{EntryId, unlike_entry};

/// The form in which an entry's profile is written.
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

/// A profile that roledex manages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedProfile {
    /// Its name.
    pub name: String,
    /// Its entry.
    pub entry: EntryId,
    /// Its form.
    pub mode: Mode,
    /// True if it is the profile that is meant where its entry is named: of several, the one with the default
    /// name, else the first in the files.
    pub is_main: bool,
    /// The expiry of its credentials (UTC); `None` if none are stored.
    pub expires_at: Option<Timestamp>,
    /// The time its credentials were obtained (UTC), where that is known.
    pub obtained_at: Option<Timestamp>,
    /// Its region.
    pub region: Option<String>,
    /// True where nothing sets a region, so that it is the portal's.
    pub is_region_assumed: bool,
}

/// Options of materializing an entry. The default applies when the user sets none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UseOptions {
    /// The profile's name; else the one it has already, else `ROLE-ACCOUNTID`.
    pub profile: Option<String>,
    /// The region to work in; else the profile's own, that of the entry, the account or the portal
    /// in the settings, `default_region`, the environment's, the default profile's, the portal's.
    pub region: Option<String>,
    /// The profile's form; `None` keeps an existing one, else means `sso` for the organization's entries
    /// and `process` for external ones.
    pub mode: Option<Mode>,
    /// Overwrite a profile that roledex does not manage.
    pub force: bool,
}

/// A materialized entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// The profile's name.
    pub profile: String,
    /// The entry.
    pub entry: EntryId,
    /// The profile's form; `None`: it is the user's own, and nothing was written.
    pub mode: Option<Mode>,
    /// The expiry of the credentials (UTC), if they have one.
    pub expires_at: Option<Timestamp>,
    /// The profile's region.
    pub region: Option<String>,
    /// True where nothing sets a region, so that it is the portal's.
    pub is_region_assumed: bool,
    /// Warnings for the user, for example that something shadows the profile (docs/requirements.md#shadowed-profiles).
    pub warnings: Vec<String>,
}

/// The longest name we make; longer ones are legal, and useless on a screen.
const MAX_CHARS: usize = 128;

/// The default name of an entry's profile: `ROLE-ACCOUNTID`, sanitized.
#[must_use]
pub(crate) fn default_name(id: &EntryId) -> String {
    made_name(id, &format!("{}-{}", id.role, id.account))
}

/// A name that every SDK, the AWS CLI and every shell read alike.
///
/// Kept: ASCII letters, digits and `._+@/-`. Anything else, blanks included, becomes `-`; runs of
/// `-` that this makes are one; `-` at the ends goes. `default` is refused by [`is_valid_name`].
#[must_use]
pub(crate) fn sanitise(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if is_plain(c) {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    let trimmed = out.trim_matches('-');
    trimmed.chars().take(MAX_CHARS).collect()
}

/// A name for the profile of an entry, made of what others call its account: [`sanitise`], and nothing that could be
/// read as another entry.
#[must_use]
pub(crate) fn made_name(id: &EntryId, text: &str) -> String {
    let name = sanitise(text);
    let name = name.trim_end_matches('-').to_owned();
    unlike_entry(name, Some(id.account), "account")
}

/// `true` if a name that the user gave is a valid profile name.
#[must_use]
pub fn is_valid_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().count() <= MAX_CHARS
        && is_readable_name(name)
        && !name.starts_with('-')
        && !name.eq_ignore_ascii_case("default")
}

/// The name to use when `name` is another entry's already: the source tells them apart.
#[must_use]
pub(crate) fn qualified_name(id: &EntryId, name: &str) -> String {
    made_name(id, &format!("{name}-{}", id.source))
}

/// Tells names that every AWS SDK finds between the brackets of a section from those that only some
/// of them do. The SDKs for JavaScript, Java and Rust skip a section with `=` or `,` in its name, and the
/// one for Go v1 reads none of a file where such a name begins with one of them.
#[must_use]
pub(crate) fn is_readable_name(name: &str) -> bool {
    name.chars().all(is_plain) && !OBJECT_MEMBERS.contains(&name)
}

/// The SDK for JavaScript keeps profiles in an object, and finds no profile that is named like one of
/// the members that every object has.
const OBJECT_MEMBERS: [&str; 12] = [
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// `%` and `:` are also read by all, but mean something in templates and at the start of a line.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._+@/-".contains(c)
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
        assert_eq!(made_name(&id, "111111111111/Admin"), "111111111111-Admin");
        let dashes = "-".repeat(MAX_CHARS);
        let cut = format!("111111111111{dashes}x");
        assert_eq!(made_name(&id, &cut), "account-111111111111");
        assert_eq!(made_name(&id, "123456789012/Admin"), "123456789012/Admin");
    }

    #[test]
    fn what_breaks_tools_goes() {
        assert_eq!(sanitise("Acme [prod]; \"x\" \\ y\n"), "Acme-prod-x-y");
        assert_eq!(sanitise("--"), "");
        assert!(!is_valid_name("Default"));
        assert!(!is_valid_name("a b"));
        assert!(!is_valid_name("-x"));
        assert!(!is_valid_name("a=b"));
        assert!(!is_valid_name("__proto__"));
        assert_eq!(sanitise("a=b,c"), "a-b-c");
        assert!(is_valid_name("team/prod.admin@x"));
    }

    proptest! {
        #[test]
        fn sanitised_names_are_valid_or_empty_and_stable(name in "\\PC*|[\\x00-\\x7f]*") {
            let once = sanitise(&name);
            prop_assert!(once.is_empty() || OBJECT_MEMBERS.contains(&once.as_str()) || once.eq_ignore_ascii_case("default") || is_valid_name(&once));
            let again = sanitise(&once);
            prop_assert_eq!(again.trim_matches('-'), once.trim_matches('-'));
        }
    }
}
