//! What happens ([`Msg`]) and what is to be done about it ([`Effect`]).
//!
//! What is secret in them is a [`Secret`]; they are logged by kind all the same (docs/architecture.md#secrets).

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

/// Tells the answer of one question from that of an earlier one (docs/architecture.md#one-runtime).
pub(crate) type Ticket = u64;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key that means something.
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
    /// What refreshes of the catalog tell.
    Catalog(Vec<CatalogEvent>),
    /// A refresh of the catalog ended.
    Discovered(Arc<str>, Result<(), Problem>),
    /// An entry was used or refreshed, or not.
    Used(Ticket, EntryId, Result<Used, Problem>),
    /// A sign-in goes on.
    SignIn(Ticket, SignInStep),
    /// A sign-in ended.
    SignedIn(Ticket, Result<(), Problem>),
    /// A sign-out ended, with what it has to warn of.
    SignedOut(Arc<str>, Result<Vec<String>, Problem>),
    /// A start URL was looked at.
    RegionFound(Ticket, Result<StartUrlFound, Problem>),
    /// A portal was saved.
    PortalAdded(Ticket, Result<Portal, Problem>),
    /// A capture goes on.
    Capture(Ticket, CaptureStep),
    /// A posted response waits for the user's yes.
    ConfirmResponse(Ticket, Claim),
    /// A capture ended, with the roles in the response.
    Captured(Ticket, Result<Vec<AppRole>, Problem>),
    /// An app was saved.
    AppAdded(Ticket, Result<App, Problem>),
    /// A pin was set or taken away, or not.
    Pinned(Result<(), Problem>),
    /// A profile was forgotten, or not.
    Forgotten(String, Result<(), Problem>),
    /// A static profile was renewed in time, or not.
    Renewed(String, Result<Used, Problem>),
    /// The console was opened, or not.
    Console(EntryId, Result<(), Problem>),
    /// A subshell ended.
    ShellEnded(EntryId, Result<u8, Problem>),
    /// A page was opened again, or not.
    Opened(Result<(), Problem>),
    /// The settings were read, or changed, or not.
    Settings(Result<Vec<SettingRow>, Problem>),
    /// Something unforeseen.
    Failed(Problem),
}

/// What is known from the files.
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

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Read sign-ins and profiles.
    LoadFacts,
    /// Refresh the catalog of a portal.
    Discover(Portal),
    /// List the roles of these accounts first.
    Prefer(Arc<str>, Vec<crate::domain::AccountId>),
    /// Use an entry; `true` overwrites a profile that is not ours.
    Use(Ticket, EntryId, bool),
    /// Get new credentials.
    Refresh(Ticket, EntryId),
    /// Keep the code of an MFA device for the request that needs it.
    GiveMfaCode(Secret),
    /// Leave the screen to a subshell.
    Subshell(EntryId),
    /// Open the web console.
    Console(EntryId),
    /// Pin an entry, or take its pin away.
    Pin(EntryId, bool),
    /// Remember how the list looks.
    KeepLook(Look),
    /// Remove a managed profile.
    Forget(String),
    /// Renew a static profile before it ends.
    Renew(ManagedProfile),
    /// Draw a person's attention.
    Notify(String),
    /// Sign in, in this way.
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
    /// Change a setting; nothing is its default.
    SetSetting(&'static str, Option<String>),
    /// Open the page of a browser sign-in again.
    OpenSignInPage(String),
    /// Open the page of a device code again.
    OpenCodePage(String),
    /// Put text on the person's clipboard, through the terminal.
    Copy(String),
    /// Allow a code, in a demo.
    Approve(String),
    /// Stop, as the shell's job control wants it.
    Suspend,
    /// Leave.
    Finish(Outcome),
}
