//! The error type that users see (docs/architecture.md#problems).
//!
//! Every module has its own typed errors. At the edge they become a [`Problem`], which is drawn as a
//! message or a panel, or printed as `error: … / hint: …`, and decides the exit code.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::text::{CleanText, with_tilde, word};

/// The class of a problem: the interface reacts to it, and so does the exit code (docs/reference.md#exit-codes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Anything without a class of its own. Exit code 1.
    Failed,
    /// The arguments are wrong. Exit code 2.
    Usage,
    /// This portal needs a sign-in first. Exit code 3.
    SignInNeeded {
        /// The portal's name.
        portal: Arc<str>,
    },
    /// A console session of this profile is needed, and a user has to sign in. Exit code 3.
    ConsoleSignInNeeded {
        /// The profile's name.
        profile: Arc<str>,
    },
    /// The address of an account access manager in the place of a portal's. Exit code 2.
    AccountAccess,
    /// A new SAML response of this app is needed, and a user has to help. Exit code 3.
    CaptureNeeded {
        /// The app's name.
        app: Arc<str>,
    },
    /// A code of an MFA device is needed. Exit code 3; 5 where AWS refused the code that was given.
    MfaNeeded {
        /// The profile that needs it.
        profile: Arc<str>,
        /// The device's ARN or serial number.
        device: Arc<str>,
        /// `true` if a code was given and refused.
        refused: bool,
    },
    /// Nothing, or more than one thing, matches. Exit code 4.
    NoSingleMatch {
        /// The matches, best first.
        candidates: Vec<Candidate>,
    },
    /// Not assigned, removed, or refused. Exit code 5.
    AccessDenied,
    /// A guarded entry that was not confirmed. Exit code 5.
    Guarded,
    /// The service kept throttling. Exit code 6.
    Throttled,
    /// The service could not be reached. Exit code 6.
    Offline,
    /// The service failed. Exit code 6.
    Service,
    /// A file could not be read or written. Exit code 7.
    File,
    /// No browser could be opened, or none came. Exit code 1.
    NoBrowser,
    /// A profile or file is not ours to change without a yes. Exit code 1.
    NotOurs,
    /// The user canceled. Exit code 130.
    Cancelled,
}

impl ProblemKind {
    /// The exit code (docs/reference.md#exit-codes).
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed | Self::NoBrowser | Self::NotOurs => 1,
            Self::Usage | Self::AccountAccess => 2,
            Self::SignInNeeded { .. }
            | Self::ConsoleSignInNeeded { .. }
            | Self::CaptureNeeded { .. } => 3,
            Self::MfaNeeded { refused: false, .. } => 3,
            Self::NoSingleMatch { .. } => 4,
            Self::AccessDenied | Self::Guarded | Self::MfaNeeded { refused: true, .. } => 5,
            Self::Throttled | Self::Offline | Self::Service => 6,
            Self::File => 7,
            Self::Cancelled => 130,
        }
    }

    /// `true` if the same call may succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Throttled | Self::Offline | Self::Service)
    }

    /// `true` if credentials that still live may be used where new ones fail so: what passes, and what only a user
    /// can help with.
    #[must_use]
    pub fn leaves_live_credentials(&self) -> bool {
        self.is_transient()
            || matches!(
                self,
                Self::CaptureNeeded { .. }
                    | Self::SignInNeeded { .. }
                    | Self::ConsoleSignInNeeded { .. }
                    | Self::MfaNeeded { refused: false, .. }
            )
    }
}

/// A part of what the user gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputField {
    /// The start URL of a portal, or the link of an app.
    Address,
    /// The name.
    Name,
    /// The region.
    Region,
    /// The scopes of a portal.
    Scopes,
    /// The capture method of an app.
    Method,
}

/// One of several things that match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// The entry id, or the name of what is no entry.
    pub name: String,
    /// The account's name; empty where there is none.
    pub account_name: String,
    /// The account id; empty where there is none.
    pub account_id: String,
}

impl Candidate {
    /// Something without an account.
    #[must_use]
    pub fn named(name: impl fmt::Display) -> Self {
        Self {
            name: name.to_string(),
            ..Self::default()
        }
    }
}

/// One problem: what happened to what, why, and what to do next.
///
/// The texts are [`CleanText`], so no way of building a problem lets a terminal escape through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The class.
    pub kind: ProblemKind,
    /// The failure and its object: one line without a full stop.
    pub title: CleanText,
    /// The cause, where it adds something.
    pub detail: Option<CleanText>,
    /// The remedy: an imperative sentence, with the command or key where there is one.
    pub hint: Option<CleanText>,
    /// The part of the input that was refused, if it was one of several.
    pub field: Option<InputField>,
}

impl Problem {
    /// False for a cancellation that the user asked for with a key: they know of it. One that has a
    /// hint, as a closed browser window, is shown.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.kind != ProblemKind::Cancelled || self.hint.is_some()
    }

    /// A problem with a title alone.
    #[must_use]
    pub fn new(kind: ProblemKind, title: impl AsRef<str>) -> Self {
        Self {
            kind,
            title: CleanText::new(title),
            detail: None,
            hint: None,
            field: None,
        }
    }

    /// Replaces the title.
    #[must_use]
    pub fn titled(mut self, title: impl AsRef<str>) -> Self {
        self.title = CleanText::new(title);
        self
    }

    /// Replaces the title; the problem so far becomes the cause.
    #[must_use]
    pub fn causing(self, title: impl AsRef<str>) -> Self {
        let cause = self.to_string();
        self.titled(title).detail(cause)
    }

    /// Adds the cause; an empty one, or one that repeats the title, is dropped.
    #[must_use]
    pub fn detail(mut self, detail: impl AsRef<str>) -> Self {
        let detail = CleanText::new(detail);
        self.detail = (!detail.is_empty() && detail != self.title).then_some(detail);
        self
    }

    /// The same with `~` for the home directory in every text.
    #[must_use]
    pub(crate) fn with_tilde(self, home: &Path) -> Self {
        let short = |text: CleanText| CleanText::new(with_tilde(&text, home));
        Self {
            title: short(self.title),
            detail: self.detail.map(short),
            hint: self.hint.map(short),
            ..self
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl AsRef<str>) -> Self {
        self.hint = Some(CleanText::new(hint));
        self
    }

    /// Names the part of the input that was refused.
    #[must_use]
    pub fn of_field(mut self, field: InputField) -> Self {
        self.field = Some(field);
        self
    }

    /// A sign-in is needed at `portal`.
    #[must_use]
    pub fn sign_in_needed(portal: &Arc<str>) -> Self {
        Self::new(
            ProblemKind::SignInNeeded {
                portal: Arc::clone(portal),
            },
            format!("not signed in to {portal}"),
        )
        .hint(format!("run: roledex login {}", word(portal)))
    }

    /// The problem with a portal, whose name is said once.
    #[must_use]
    pub fn of_portal(&self, name: &str) -> String {
        match self.kind {
            ProblemKind::SignInNeeded { .. } => self.to_string(),
            _ => format!("{name}: {self}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::super::text::is_unsafe;
    use super::*;

    #[test]
    fn remote_text_is_cleaned() {
        let problem = Problem::new(ProblemKind::Service, "a\u{1b}[2Jb")
            .detail("x\ny")
            .hint("\u{202e}z");
        assert_eq!(&*problem.title, "a[2Jb");
        assert_eq!(problem.detail.as_deref(), Some("x y"));
        assert_eq!(problem.hint.as_deref(), Some("z"));
    }

    proptest::proptest! {
        #[test]
        fn no_way_of_building_a_problem_leaves_an_escape(
            title in any_text(), detail in any_text(), hint in any_text(), other in any_text(),
        ) {
            let problem = Problem::new(ProblemKind::Failed, &title).detail(&detail).hint(&hint);
            let dirty = Problem { title: CleanText::new(&other), ..problem.clone() };
            for problem in [problem.clone().titled(&other), problem.clone().causing(&other), problem, dirty] {
                let texts = [Some(&problem.title), problem.detail.as_ref(), problem.hint.as_ref()];
                for text in texts.into_iter().flatten() {
                    proptest::prop_assert!(!text.chars().any(is_unsafe), "{text:?}");
                }
                proptest::prop_assert!(!problem.to_string().chars().any(is_unsafe));
            }
        }
    }

    /// Any characters, with those that a terminal acts on among them.
    fn any_text() -> impl proptest::strategy::Strategy<Value = String> {
        "(\\PC|[\u{1b}\u{7}\u{9b}\u{9d}\u{202e}\u{2066}\r\n\t\u{7f}]|(?s:.)){0,12}"
    }

    #[test]
    fn a_detail_that_adds_nothing_is_dropped() {
        assert_eq!(
            Problem::new(ProblemKind::Failed, "a").detail("a").detail,
            None
        );
        assert_eq!(
            Problem::new(ProblemKind::Failed, "a").detail("").detail,
            None
        );
    }
}
