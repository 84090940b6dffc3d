//! Messages to the reducer ([`Msg`]) and the effects that it asks for ([`Effect`]).
//!
//! Secrets in them are a [`Secret`], and they are logged by kind only (docs/architecture.md#secrets).

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::Outcome;
use super::action::Action;
use crate::domain::claim::Claim;
use crate::domain::portal::{PortalSession, StartUrlFound};
use crate::domain::profile::{ManagedProfile, Used};
use crate::domain::rank::{History, Look};
use crate::domain::setting::SettingRow;
use crate::domain::sign_in::{SignInMethod, SignInStep};
use crate::domain::{
    App, AppRole, CaptureStep, Catalog, CatalogEvent, EntryId, Portal, Problem, Secret,
};

/// The number of a question, which its answer carries (docs/architecture.md#one-runtime).
pub(crate) type Ticket = u64;

/// An event, or an answer to an effect.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key that is bound to an action.
    Key(Action),
    /// A character, or pasted text.
    Text(String),
    /// A click, by column and row.
    Click(u16, u16),
    /// A second click in the same place.
    DoubleClick(u16, u16),
    /// The wheel, in rows; negative is up.
    Wheel(i32),
    /// The terminal has another size now.
    Resize(u16, u16),
    /// Time has passed.
    Tick(Timestamp),
    /// The cached catalog.
    Cached(Result<Catalog, Problem>),
    /// Sign-ins and profiles, as the files have them.
    Facts(Result<Facts, Problem>),
    /// Events of refreshes of the catalog.
    Catalog(Vec<CatalogEvent>),
    /// A refresh of the catalog ended.
    Discovered(Arc<str>, Result<(), Problem>),
    /// The answer to [`Effect::Use`] and [`Effect::Refresh`].
    Used(Ticket, EntryId, Result<Used, Problem>),
    /// A step of a sign-in.
    SignIn(Ticket, SignInStep),
    /// A sign-in ended.
    SignedIn(Ticket, Result<(), Problem>),
    /// A sign-out ended, with its warnings.
    SignedOut(Arc<str>, Result<Vec<String>, Problem>),
    /// A start URL was looked at.
    RegionFound(Ticket, Result<StartUrlFound, Problem>),
    /// A portal was saved.
    PortalAdded(Ticket, Result<Portal, Problem>),
    /// A step of a capture.
    Capture(Ticket, CaptureStep),
    /// A posted response waits for the user's yes.
    ConfirmResponse(Ticket, Claim),
    /// A capture ended, with the roles in the response.
    Captured(Ticket, Result<Vec<AppRole>, Problem>),
    /// An app was saved.
    AppAdded(Ticket, Result<App, Problem>),
    /// The answer to [`Effect::Pin`].
    Pinned(Result<(), Problem>),
    /// The answer to [`Effect::Forget`].
    Forgotten(String, Result<(), Problem>),
    /// The answer to [`Effect::Renew`].
    Renewed(String, Result<Used, Problem>),
    /// The answer to [`Effect::Console`].
    Console(EntryId, Result<(), Problem>),
    /// A subshell ended.
    ShellEnded(EntryId, Result<u8, Problem>),
    /// The answer to [`Effect::OpenSignInPage`] and [`Effect::OpenCodePage`].
    Opened(Result<(), Problem>),
    /// The settings, after they were read or changed.
    Settings(Result<Vec<SettingRow>, Problem>),
    /// A problem outside of any question.
    Failed(Problem),
}

/// Facts from the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The portals and their sign-ins.
    pub sessions: Vec<PortalSession>,
    /// The managed profiles.
    pub profiles: Vec<ManagedProfile>,
    /// The ends of the credentials of own profiles (UTC).
    pub own_ends: HashMap<EntryId, Timestamp>,
    /// The apps.
    pub apps: Vec<App>,
    /// Pins and uses.
    pub history: History,
}

/// Work for the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Read sign-ins and profiles.
    LoadFacts,
    /// Refresh the catalog of a portal.
    Discover(Portal),
    /// List the roles of these accounts first.
    Prefer(Arc<str>, Vec<crate::domain::AccountId>),
    /// Use an entry.
    Use(Ticket, EntryId, bool),
    /// Get new credentials.
    Refresh(Ticket, EntryId),
    /// Keep the code of an MFA device for the request that needs it.
    GiveMfaCode(Secret),
    /// Leave the screen to a subshell.
    Subshell(EntryId),
    /// Open the web console.
    Console(EntryId),
    /// Pin an entry, or unpin it.
    Pin(EntryId, bool),
    /// Remember the look of the list.
    KeepLook(Look),
    /// Remove a managed profile.
    Forget(String),
    /// Renew a static profile before it ends.
    Renew(ManagedProfile),
    /// Notify the user: bell and desktop notice.
    Notify(String),
    /// Sign in.
    SignIn(Ticket, Portal, SignInMethod),
    /// Stop signing in.
    CancelSignIn,
    /// Sign out.
    SignOut(Portal),
    /// Look at a start URL.
    FindRegion(Ticket, String),
    /// Save a portal.
    AddPortal {
        /// Whose answer it is.
        ticket: Ticket,
        /// Its name.
        name: String,
        /// Its start URL.
        url: String,
        /// Its region.
        region: String,
    },
    /// Capture a SAML response.
    Capture(Ticket, App),
    /// Stop capturing.
    CancelCapture,
    /// The user's answer to [`Msg::ConfirmResponse`].
    AnswerResponse(bool),
    /// Take a response that was pasted.
    TakeResponse(Ticket, App, Secret),
    /// Save an app.
    AddApp {
        /// Whose answer it is.
        ticket: Ticket,
        /// Its link.
        url: String,
        /// Its name; else the link's.
        name: Option<String>,
    },
    /// Read the settings.
    LoadSettings,
    /// Change a setting.
    SetSetting(&'static str, Option<String>),
    /// Open the page of a browser sign-in again.
    OpenSignInPage(String),
    /// Open the page of a device code again.
    OpenCodePage(String),
    /// Put text on the user's clipboard, through the terminal.
    Copy(String),
    /// Approve a code, in a demo.
    Approve(String),
    /// Stop, as the shell's job control wants it.
    Suspend,
    /// Leave.
    Finish(Outcome),
}
