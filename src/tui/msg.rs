//! Messages to the reducer ([`Msg`]) and the effects that it asks for ([`Effect`]).
//!
//! Secrets in them are a [`Secret`], and they are logged by kind only (docs/architecture.md#secrets).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::Outcome;
use super::action::Action;
use crate::domain::claim::Claim;
use crate::domain::console_session::ConsoleProfile;
use crate::domain::credentials::Validity;
use crate::domain::own::Own;
use crate::domain::portal::{PortalSession, StartUrlFound};
use crate::domain::profile::{ManagedProfile, Used};
use crate::domain::rank::{History, Look};
use crate::domain::region::{Part, RegionChoice, Regions};
use crate::domain::setting::SettingRow;
use crate::domain::sign_in::{ConsoleStep, SignInMethod, SignInStep};
use crate::domain::sync::{SyncPreview, SyncScope};
use crate::domain::template::Template;
use crate::domain::{
    AccountId, App, AppRole, CaptureStep, Catalog, CatalogEvent, EntryId, Method, Portal, Problem,
    Secret,
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
    Click {
        /// The column.
        x: u16,
        /// The row.
        y: u16,
    },
    /// A second click in the same place.
    DoubleClick {
        /// The column.
        x: u16,
        /// The row.
        y: u16,
    },
    /// The wheel, in rows; negative is up.
    Wheel(i32),
    /// The terminal has another size now.
    Resize {
        /// The columns.
        width: u16,
        /// The rows.
        height: u16,
    },
    /// Time has passed.
    Tick(Timestamp),
    /// The terminal has the focus of its window system again.
    Focus,
    /// A frame was drawn: what the next key needs can be prepared.
    Drawn,
    /// The cached catalog.
    Cached(Result<Catalog, Problem>),
    /// Sign-ins and profiles, as the files have them.
    Facts(Result<Facts, Problem>),
    /// The answer to [`Effect::ReadAgain`].
    Reread {
        /// The portals to list now.
        lists: Lists,
        /// The outcome.
        result: Result<Box<Reread>, Problem>,
    },
    /// Events of refreshes of the catalog.
    Catalog(Vec<CatalogEvent>),
    /// A refresh of the catalog ended.
    Discovered {
        /// The portal's name.
        portal: Arc<str>,
        /// The outcome.
        result: Result<(), Problem>,
    },
    /// The answer to [`Effect::Use`] and [`Effect::Refresh`].
    Used {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The entry.
        id: EntryId,
        /// The outcome.
        result: Result<Used, Problem>,
    },
    /// A step of a sign-in.
    SignIn {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The step.
        step: SignInStep,
    },
    /// A sign-in ended.
    SignedIn {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The outcome.
        result: Result<(), Problem>,
    },
    /// A step of a console sign-in.
    ConsoleSignIn {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The step.
        step: ConsoleStep,
    },
    /// Another identity takes the place of a profile's own, if the user says yes.
    ConfirmSession {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The question in words.
        question: String,
    },
    /// A console sign-in ended, with the profile that was written.
    ConsoleSignedIn {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The outcome.
        result: Result<(ConsoleProfile, Own), Problem>,
    },
    /// A sign-out ended, with notes on it.
    SignedOut {
        /// The portal's name, or the profile's.
        name: Arc<str>,
        /// The outcome.
        result: Result<Vec<String>, Problem>,
    },
    /// A start URL was looked at.
    RegionFound {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The outcome.
        result: Result<StartUrlFound, Problem>,
    },
    /// A portal was saved.
    PortalAdded {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The outcome.
        result: Result<Portal, Problem>,
    },
    /// A portal was changed.
    PortalEdited {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The portal, and notes on the sign-out.
        result: Result<(Portal, Vec<String>), Problem>,
    },
    /// The answer to [`Effect::RemovePortal`].
    PortalRemoved {
        /// The portal's name.
        name: Arc<str>,
        /// Notes on the sign-out.
        result: Result<Vec<String>, Problem>,
    },
    /// The answer to [`Effect::RemoveApp`], with the profiles that were removed.
    AppRemoved {
        /// The app's name.
        app: Arc<str>,
        /// The outcome.
        result: Result<Vec<String>, Problem>,
    },
    /// A step of a capture.
    Capture {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The step.
        step: CaptureStep,
    },
    /// A capture waits until the user says that the console of its app is open.
    AwaitConsole {
        /// The question that this belongs to.
        ticket: Ticket,
    },
    /// A posted response waits for the user's yes.
    ConfirmResponse {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The claims of the response.
        claim: Claim,
    },
    /// A capture ended, with the roles in the response.
    Captured {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The outcome.
        result: Result<Vec<AppRole>, Problem>,
    },
    /// An app was saved.
    AppAdded {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The outcome.
        result: Result<App, Problem>,
    },
    /// The answer to [`Effect::Pin`].
    Pinned(Result<(), Problem>),
    /// The answer to [`Effect::Forget`].
    Forgotten {
        /// The profile's name.
        name: String,
        /// The outcome.
        result: Result<(), Problem>,
    },
    /// The answer to [`Effect::Renew`].
    Renewed {
        /// The profile's name.
        name: String,
        /// The outcome.
        result: Result<Used, Problem>,
    },
    /// The answer to [`Effect::Console`].
    Console {
        /// The entry.
        id: EntryId,
        /// The outcome.
        result: Result<(), Problem>,
    },
    /// The address of a console.
    ConsoleAddress {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The outcome.
        result: Result<Secret, Problem>,
    },
    /// The regions to choose from for an entry.
    Regions {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The outcome.
        result: Result<KnownRegions, Problem>,
    },
    /// The answer to [`Effect::PlanSync`].
    SyncPlanned {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The outcome.
        result: Result<SyncPreview, Problem>,
    },
    /// The answer to [`Effect::ApplySync`], with its warnings.
    Synced {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The outcome.
        result: Result<Vec<String>, Problem>,
    },
    /// The answer to [`Effect::SetRegion`].
    RegionSet {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The change.
        change: RegionChange,
        /// Warnings.
        result: Result<Vec<String>, Problem>,
    },
    /// The answer to [`Effect::Export`].
    Exportable {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The entry.
        id: EntryId,
        /// The outcome.
        result: Result<(), Problem>,
    },
    /// A subshell ended.
    ShellEnded {
        /// The entry.
        id: EntryId,
        /// The outcome.
        result: Result<u8, Problem>,
    },
    /// The answer to [`Effect::CopyProfile`]: the line that was copied.
    Copied(String),
    /// The answer to [`Effect::OpenSignInPage`] and [`Effect::OpenCodePage`].
    Opened(Result<(), Problem>),
    /// The settings, after they were read or changed.
    Settings(Result<Vec<SettingRow>, Problem>),
    /// A warning outside of any question.
    Warning(String),
    /// A problem outside of any question.
    Failed(Problem),
}

/// The portals whose accounts are listed after the files were read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lists {
    /// None.
    None,
    /// One of them.
    One(Arc<str>),
    /// All that are signed in.
    All,
}

/// The files and settings, read again.
#[derive(Clone, Debug)]
pub struct Reread {
    /// The facts.
    pub(crate) facts: Facts,
    /// A catalog without lists: what the files and settings say beside them.
    pub(crate) configured: Catalog,
}

/// Facts from the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The portals and their sign-ins.
    pub sessions: Vec<PortalSession>,
    /// The managed profiles.
    pub profiles: Vec<ManagedProfile>,
    /// The name template of new profiles, from the settings.
    pub name_template: Option<Template>,
    /// The validities of the credentials of own profiles.
    pub own_validities: HashMap<EntryId, Validity>,
    /// The ends of the MFA sessions that serve own profiles (UTC).
    pub mfa_ends: HashMap<EntryId, Timestamp>,
    /// The apps.
    pub apps: Vec<App>,
    /// The regions that entries work in.
    pub regions: Regions,
    /// Pins and uses.
    pub history: History,
}

/// The regions to choose from for an entry, and the one that it works in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownRegions {
    /// The recently used ones first.
    pub choices: Vec<RegionChoice>,
    /// The region now, if one is known.
    pub current: Option<String>,
    /// True where nothing sets a region, so that it is the portal's.
    pub is_assumed: bool,
}

/// The region of an entry, its account or its portal, to be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionChange {
    /// The entry.
    pub id: EntryId,
    /// The part that it is set for.
    pub part: Part,
    /// The region; `None` takes it back.
    pub region: Option<String>,
}

/// Work for the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Read sign-ins and profiles.
    LoadFacts,
    /// Read the settings and all files again, then list the accounts of portals.
    ReadAgain(Lists),
    /// Refresh the catalog of a portal.
    Discover(Portal),
    /// List the roles of these accounts first.
    Prefer {
        /// The portal's name.
        portal: Arc<str>,
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// Use an entry.
    Use {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The entry.
        id: EntryId,
        /// `true` also overwrites a profile that roledex does not manage.
        overwrite: bool,
    },
    /// Get new credentials.
    Refresh {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The entry.
        id: EntryId,
    },
    /// Plan a sync, and keep the plan.
    PlanSync {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The entries.
        scope: SyncScope,
    },
    /// Write a part of the plan that was made for this question.
    ApplySync {
        /// The question that the plan belongs to.
        ticket: Ticket,
        /// The names of the profiles.
        chosen: BTreeSet<String>,
    },
    /// Keep the code of an MFA device for the request that needs it.
    GiveMfaCode(Secret),
    /// Get credentials for export lines.
    Export {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The entry.
        id: EntryId,
    },
    /// Leave the screen to a subshell.
    Subshell(EntryId),
    /// Open the web console.
    Console(EntryId),
    /// Ask for the address of the web console.
    ConsoleAddress {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The entry.
        id: EntryId,
    },
    /// Read the regions to choose from for an entry.
    LoadRegions {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The entry.
        id: EntryId,
    },
    /// Set a region.
    SetRegion {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The change.
        change: RegionChange,
    },
    /// Pin an entry, or unpin it.
    Pin {
        /// The entry.
        id: EntryId,
        /// `true` sets the pin, `false` removes it.
        pinned: bool,
    },
    /// Remember the look of the list.
    KeepLook(Look),
    /// Remove a managed profile.
    Forget(String),
    /// Renew a static profile before it ends.
    Renew(ManagedProfile),
    /// Notify the user: bell and desktop notice.
    Notify(String),
    /// Sign in.
    SignIn {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The portal.
        portal: Portal,
        /// The method.
        method: SignInMethod,
    },
    /// Sign in to the AWS console.
    ConsoleSignIn {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The profile; `None`: a new one.
        profile: Option<Arc<str>>,
        /// The browser: this machine's, or with `Device` that of another device.
        method: SignInMethod,
    },
    /// The text of the last page on another device.
    TakeConsoleText(Secret),
    /// Pick a session on the page of a console sign-in, in a demo.
    PickSession {
        /// The page.
        url: String,
        /// The identity: `ACCOUNT/ROLE`, or an account.
        wanted: Option<String>,
    },
    /// Stop signing in.
    CancelSignIn,
    /// Sign out.
    SignOut(Portal),
    /// Sign out of the console session of a profile.
    SignOutOfConsole(Arc<str>),
    /// Look at a start URL.
    FindRegion {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The address.
        url: String,
    },
    /// Save a portal.
    AddPortal {
        /// The question that this belongs to.
        ticket: Ticket,
        /// Its name.
        name: String,
        /// Its start URL.
        url: String,
        /// Its region.
        region: String,
    },
    /// Change a portal.
    EditPortal {
        /// The question that this belongs to.
        ticket: Ticket,
        /// Its name.
        name: Arc<str>,
        /// Its new region.
        region: String,
        /// Its new scopes.
        scopes: Vec<String>,
    },
    /// Remove a portal.
    RemovePortal(Arc<str>),
    /// Remove an app.
    RemoveApp(Arc<str>),
    /// Capture a SAML response.
    Capture {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The app.
        app: App,
        /// The entry that needs the response; a console session of another one is refused.
        wanted: Option<EntryId>,
        /// The app's method is another one than in the settings, which keep it if it works.
        keep_method: bool,
    },
    /// Stop capturing.
    CancelCapture,
    /// The user's answer to [`Msg::ConfirmResponse`], [`Msg::AwaitConsole`] or [`Msg::ConfirmSession`].
    Answer(bool),
    /// Take a response that was pasted.
    TakeResponse {
        /// The question that this belongs to.
        ticket: Ticket,
        /// The app.
        app: App,
        /// The entry whose role it must have.
        wanted: Option<EntryId>,
        /// The response.
        response: Secret,
    },
    /// Save an app.
    AddApp {
        /// The question that this belongs to.
        ticket: Ticket,
        /// Its link.
        url: String,
        /// Its name; else the link's.
        name: Option<String>,
        /// The method that captures its response.
        method: Method,
    },
    /// Read the settings.
    LoadSettings,
    /// Change a setting.
    SetSetting {
        /// The name of the setting.
        key: &'static str,
        /// The new value; `None` is the default.
        value: Option<String>,
    },
    /// Open the page of a browser sign-in again.
    OpenSignInPage(String),
    /// Open the page of a device code again.
    OpenCodePage(String),
    /// Put text on the user's clipboard, through the terminal.
    Copy(String),
    /// The same with the line that sets a profile in the user's shell.
    CopyProfile(String),
    /// The same with an address that can sign in.
    CopySecret(Secret),
    /// Approve a code, in a demo.
    Approve(String),
    /// Stop, as the shell's job control wants it.
    Suspend,
    /// Leave.
    Finish(Outcome),
}
