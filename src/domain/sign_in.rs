//! A sign-in, as a user sees it.

use jiff::Timestamp;

use super::problem::Problem;

/// The way in which the user approves a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignInMethod {
    /// In the browser of this machine where there is one, else by a code.
    #[default]
    Auto,
    /// In a browser of this machine, which comes back by itself (PKCE).
    Browser,
    /// By a code, in any browser.
    Device,
}

/// The progress of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInStep {
    /// The portal is being asked.
    Registering,
    /// A user has to allow this code in a browser.
    Code(SignInCode),
    /// A page waits to be allowed in a browser of this machine, which comes back by itself.
    Browser(SignInPage),
    /// A browser shows the page.
    Opened,
    /// No browser could be opened, and why: one line.
    NotOpened(String),
    /// Done.
    SignedIn {
        /// The expiry of the access token (UTC).
        expires_at: Timestamp,
        /// The `static` profiles that keep the keys of the sign-in before.
        static_profiles: Vec<String>,
    },
}

/// The progress of a console sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleStep {
    /// A page waits to be answered in a browser.
    Page {
        /// The page.
        page: SignInPage,
        /// `true` if the browser is on another device, and the user brings the text of the last page.
        is_elsewhere: bool,
        /// The region of the sign-in, where nothing sets it.
        assumed_region: Option<String>,
    },
    /// A browser shows the page.
    Opened,
    /// No browser could be opened, and why: one line.
    NotOpened(String),
    /// A text is not that of the last page; the sign-in goes on.
    TextRefused(Problem),
}

/// The page of a sign-in whose browser returns by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInPage {
    /// The page.
    pub url: String,
    /// The portal's host, to compare with the browser's address bar (docs/requirements.md#no-surprise-browser).
    pub portal_host: String,
    /// Until when an answer is waited for (UTC).
    pub expires_at: Timestamp,
}

/// The code and pages that the user needs to approve a sign-in. It does not contain the device code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInCode {
    /// `ABCD-EFGH`.
    pub user_code: String,
    /// The page that asks for the code.
    pub verification_uri: String,
    /// The page with the code filled in.
    pub verification_uri_complete: String,
    /// The portal's host, to compare with the browser's address bar (docs/requirements.md#no-surprise-browser).
    pub portal_host: String,
    /// The expiry of the code (UTC).
    pub expires_at: Timestamp,
}
