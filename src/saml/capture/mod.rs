//! Capturing a SAML response (docs/reference.md#capture-methods): in an installed browser, by a post to this machine, or from
//! what a user copied. The portal's own interface is HTTP, and is `aws::apps`.

pub(crate) mod browser;
pub(crate) mod file;
pub(crate) mod loopback;

use crate::domain::text::word;
use crate::domain::{Problem, ProblemKind, Secret};

/// The page that ends a visit.
#[cfg(unix)]
const DONE: &str = include_str!("../../../assets/capture/done.html");

/// The title and the text of the page for a response that the user has to confirm.
const TO_CONFIRM: (&str, &str) = (
    "Go back to the terminal",
    "Confirm in the terminal that this is your account.",
);

/// The title and the text of the page for a response that was refused.
const NOT_TAKEN: (&str, &str) = (
    "Not accepted",
    "This response was not used, and roledex keeps waiting. See the terminal for details.",
);

/// The maximum length of the origin of a web page (bytes).
const MAX_ORIGIN_BYTES: usize = 300;

/// The decision on a posted response.
#[derive(Debug)]
pub(crate) enum Verdict<T> {
    /// Accepted: the wait ends.
    Take(T),
    /// The user decides.
    Ask(T),
    /// Refused: the wait continues.
    Refuse,
}

/// The value of `SAMLResponse` in a posted form.
fn response_in(form: &[u8]) -> Option<Secret> {
    url::form_urlencoded::parse(form)
        .find(|(name, _)| name == "SAMLResponse")
        .map(|(_, value)| Secret::new(value.into_owned()))
        .filter(|value| !value.is_empty())
}

/// The origin of the page that posted a form, from the header `Origin`; `None` where the browser does not
/// tell, or says `null`, as it does for pages with `Referrer-Policy: no-referrer`.
///
/// # Errors
/// The header is not an origin.
fn posting_page(header: Option<&str>) -> Result<Option<String>, ()> {
    match header {
        None | Some("null") => Ok(None),
        Some(text) if text.len() <= MAX_ORIGIN_BYTES => match origin_of(text) {
            Some(origin) if origin == text => Ok(Some(origin)),
            _ => Err(()),
        },
        Some(_) => Err(()),
    }
}

/// The origin of an address, as browsers write it.
#[must_use]
pub(crate) fn origin_of(url: &str) -> Option<String> {
    let origin = url::Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// The reason why no response was captured. Outcomes are distinct (docs/requirements.md#capture-failures).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    not(unix),
    expect(dead_code, reason = "no browser is controlled there yet")
)]
pub(crate) enum CaptureError {
    /// No browser that can be driven is installed, or the one that was named is not there.
    #[error("no browser found")]
    NoBrowser {
        /// The programs that were searched for.
        detail: String,
    },
    /// A window is needed, and there is no display.
    #[error("cannot show a browser window here")]
    NoDisplay,
    /// The browser did not start.
    #[error("the browser did not start")]
    NotStarted {
        /// The reason.
        detail: String,
    },
    /// Another capture uses the browser's profile.
    #[error("another capture is running")]
    Busy,
    /// The user closed the window.
    #[error("the browser window was closed")]
    Closed,
    /// The browser ended by itself.
    #[error("the browser exited unexpectedly")]
    Crashed {
        /// The exit status.
        detail: String,
    },
    /// Nothing came in time.
    #[error("no SAML response arrived in time")]
    TimedOut {
        /// The timeout (seconds).
        seconds: u64,
    },
    /// Without a window it cannot go on: a user has to sign in.
    #[error("a sign-in in the browser is needed")]
    InteractionRequired,
    /// Without a window, the portal or the identity provider failed or did not answer.
    #[error("the sign-in pages are not available")]
    Down {
        /// The host, and its answer or failure.
        detail: String,
    },
    /// Signed in, and the portal does not offer the app: not assigned, or removed.
    #[error("the portal does not list this app for you")]
    NotAssigned {
        /// The page's words, or the status.
        detail: String,
    },
    /// The port of the loopback app is taken.
    #[error("port {port} on this machine is in use")]
    PortTaken {
        /// The port.
        port: u16,
        /// The reason.
        detail: String,
    },
    /// The browser's profile cannot be made.
    #[error("the browser's profile cannot be used")]
    Profile {
        /// The reason.
        detail: String,
    },
}

/// The hint for a machine on which the response of an app cannot be captured.
#[must_use]
pub(crate) fn elsewhere(app: &str) -> String {
    format!(
        "alternatively, copy the SAMLResponse on any machine and run: roledex use {} --assertion -",
        word(app)
    )
}

impl CaptureError {
    /// In words for a user, with the app's name.
    #[must_use]
    pub(crate) fn problem(self, app: &str) -> Problem {
        self.problem_of(app, &elsewhere(app))
    }

    /// In words for a user, with the name of an app, a portal or the browser. `elsewhere` says what to do if no window
    /// can be shown here.
    #[must_use]
    pub(crate) fn problem_of(self, app: &str, elsewhere: &str) -> Problem {
        let title = format!("{app}: {self}");
        let new = |kind| Problem::new(kind, &title);
        match self {
            Self::NoBrowser { detail } => new(ProblemKind::Failed)
                .detail(detail)
                .hint("install Chrome, Chromium, Edge or Brave, or set ROLEDEX_BROWSER"),
            Self::NoDisplay => new(ProblemKind::Failed)
                .detail("no display (DISPLAY and WAYLAND_DISPLAY are not set)")
                .hint(elsewhere),
            Self::NotStarted { detail } | Self::Profile { detail } => {
                new(ProblemKind::Failed).detail(detail).hint(elsewhere)
            }
            Self::Busy => new(ProblemKind::Failed)
                .detail("only one capture can use the browser profile at a time")
                .hint("finish or cancel the other capture, then try again"),
            Self::Closed => Problem::new(ProblemKind::Cancelled, title)
                .hint("try again; the window closes by itself when it is done"),
            Self::Crashed { detail } => new(ProblemKind::Failed)
                .detail(detail)
                .hint("try again; if it keeps failing, set ROLEDEX_BROWSER to another browser"),
            Self::TimedOut { seconds } => new(ProblemKind::Failed)
                .detail(format!("timed out after {seconds} s"))
                .hint("try again, or increase capture_seconds in the settings"),
            Self::InteractionRequired => new(ProblemKind::Failed),
            Self::Down { detail } => new(ProblemKind::Service)
                .detail(detail)
                .hint("try again in a moment"),
            Self::NotAssigned { detail } => Problem::new(
                ProblemKind::AccessDenied,
                format!("the app {app} is not assigned to you, or was removed"),
            )
            .detail(detail)
            .hint("ask your administrator to assign it"),
            Self::PortTaken { detail, .. } => new(ProblemKind::Failed)
                .detail(detail)
                .hint("end the program that uses the port; the app's ACS address requires it"),
        }
    }
}
