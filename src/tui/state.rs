//! What the switcher knows. Plain values: no IO, no clock, nothing of ratatui.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::action::Action;
use super::input::{Input, Pasted};
use super::keymap::{Context, Keymap};
use super::msg::{Facts, Ticket};
use crate::domain::guard::needs_confirmation;
use crate::domain::profile::ManagedProfile;
use crate::domain::rank::Look;
use crate::domain::search::{Hit, Index, Query};
use crate::domain::setting::SettingRow;
use crate::domain::sign_in::{SignInCode, SignInMethod, SignInPage};
use crate::domain::{AccountId, App, CaptureStep, Catalog, EntryId, Item, Portal, Problem};

/// Everything that is drawn, and everything that decides.
#[derive(Debug)]
pub struct State {
    /// Now (UTC), as of the last tick.
    pub now: Timestamp,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Whether these are rows of a terminal that shows something else above.
    pub inline: bool,
    /// The keys.
    pub keymap: Keymap,
    /// Whether this is a demo.
    pub demo: bool,
    /// Whether this is the picker of a command.
    pub pick_only: bool,
    /// Only this portal.
    pub only_portal: Option<String>,
    /// Whether animations are unwanted.
    pub reduced_motion: bool,
    /// Patterns of entries that want a second thought.
    pub guard: Vec<String>,
    /// Guarded entries that were confirmed.
    pub confirmed: BTreeSet<EntryId>,
    /// The guard does not ask: `--yes` was given.
    pub all_confirmed: bool,
    /// Static profiles that were renewed, or not, and when (UTC).
    pub renewed: BTreeMap<String, Timestamp>,
    /// Portals that are still to be signed in to, one after another.
    pub sign_in_next: Vec<Portal>,
    /// How long a capture waits for a person (seconds).
    pub capture_seconds: i64,
    /// Sign-ins and profiles.
    pub facts: Facts,
    /// Whether the files were read yet.
    pub loaded: bool,
    /// The catalog.
    pub catalog: Catalog,
    /// The list.
    pub picker: Picker,
    /// What lies on top of the list, the last one in front.
    pub overlays: Vec<Overlay>,
    /// Short messages, the newest last.
    pub toasts: Vec<Toast>,
    /// What was said so far, the newest last, and when (UTC).
    pub message_log: Vec<(Timestamp, Toast)>,
    /// The entry whose credentials the shell around us holds.
    pub here: Option<EntryId>,
    /// Portals whose catalog is being refreshed.
    pub refreshing: BTreeSet<Arc<str>>,
    /// Counts questions.
    pub ticket: Ticket,
}

/// Which rows are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// All.
    #[default]
    All,
    /// Accounts of organizations.
    Organizations,
    /// External accounts.
    External,
    /// The user's own profiles.
    Profiles,
    /// Entries with a profile and credentials, the soonest end first.
    Active,
    /// Pinned entries.
    Pinned,
}

impl View {
    /// Every view, in the order of Tab.
    pub const ALL: [Self; 6] = [
        Self::All,
        Self::Organizations,
        Self::External,
        Self::Active,
        Self::Pinned,
        Self::Profiles,
    ];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Organizations => "org",
            Self::External => "external",
            Self::Profiles => "profiles",
            Self::Active => "active",
            Self::Pinned => "pinned",
        }
    }
}

/// The list of entries.
#[derive(Debug, Default)]
pub struct Picker {
    /// How the list looks.
    pub look: Look,
    /// The groups whose rows are hidden.
    pub folded: BTreeSet<String>,
    /// Whether the rows are in groups now.
    pub in_groups: bool,
    /// Which rows are shown.
    pub view: View,
    /// What is typed.
    pub query: Input,
    /// The query, read.
    pub parsed: Query,
    /// Every row of the catalog; behind them the heads of the groups, while there are some.
    pub items: Vec<Item>,
    /// How many of them are the catalog's.
    pub listed: usize,
    /// How many of those the view has.
    pub in_view: usize,
    /// The rows of the view in their order, by their places in `items`.
    pub rows: Vec<u32>,
    /// The catalog's searchable text, once something was searched for.
    pub index: Option<Index>,
    /// The rows that match, by their places in `rows`.
    pub hits: Vec<Hit>,
    /// What matched shorter queries that `parsed` narrows, the last one behind.
    pub wider: Vec<(Query, Vec<Hit>)>,
    /// The selected place in `hits`.
    pub selected: usize,
    /// Whether the person moved the selection since the last search.
    pub moved: bool,
    /// The first place in `hits` that is drawn.
    pub offset: usize,
    /// Entries that are being used or refreshed, and the question that is open.
    pub busy: BTreeMap<EntryId, Ticket>,
    /// Those of them that are being refreshed.
    pub refreshed: BTreeSet<EntryId>,
    /// Entries that failed last time, and why.
    pub failed: BTreeMap<EntryId, Problem>,
    /// The accounts on screen whose roles were asked for first.
    pub preferred: Vec<AccountId>,
    /// Profiles by entry; the soonest expiry counts.
    pub profiles: BTreeMap<EntryId, ManagedProfile>,
}

impl Picker {
    /// The row of a hit.
    #[must_use]
    pub fn item(&self, hit: Hit) -> Option<&Item> {
        let row = self.rows.get(hit.row as usize)?;
        self.items.get(*row as usize)
    }
}

/// What identifies a row when the list changes around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKey {
    /// An entry.
    Entry(EntryId),
    /// An account without known roles.
    Gap(Arc<str>, Option<AccountId>),
}

/// A screen on top of the list.
#[derive(Debug)]
pub enum Overlay {
    /// Adding a portal; the first run.
    Onboarding(Onboarding),
    /// Signing in.
    SignIn(SignIn),
    /// Adding an external account.
    AddApp(AddApp),
    /// Capturing a SAML response.
    Capture(Capture),
    /// The roles of an app, to choose one.
    Roles(Roles),
    /// The settings.
    Settings(SettingsScreen),
    /// The last messages; the selected one, counted from the newest.
    Messages(usize),
    /// The keys of the context below, searchable, or all actions.
    Menu(Menu),
    /// Asking for the code of an MFA device.
    Mfa(MfaDialog),
    /// A question.
    Confirm(Confirm),
}

/// Asking for the code of an MFA device.
#[derive(Debug)]
pub struct MfaDialog {
    /// The profile that needs it.
    pub profile: Arc<str>,
    /// The device's ARN or serial number.
    pub device: Arc<str>,
    /// What is typed.
    pub code: Input,
    /// What was wrong.
    pub mistake: Option<&'static str>,
    /// What to do with the code.
    pub then: Pending,
}

/// Adding a portal.
#[derive(Debug, Default)]
pub struct Onboarding {
    /// The start URL, the region, the name.
    pub fields: [Input; 3],
    /// The field with the cursor.
    pub at: usize,
    /// How many fields there are yet: the URL alone, then all.
    pub shown: usize,
    /// The open question.
    pub waiting: Option<Ticket>,
    /// What was wrong.
    pub problem: Option<Problem>,
    /// Whether the region was found, or has to be typed.
    pub region_found: bool,
    /// Whether it is the first run: there is nothing to go back to.
    pub first_run: bool,
    /// The link of a tile that was pasted in place of the portal's own address: its app is added, too.
    pub tile: Option<String>,
}

/// Adding an external account by the link of its tile.
#[derive(Debug, Default)]
pub struct AddApp {
    /// The link, the name.
    pub fields: [Input; 2],
    /// The field with the cursor.
    pub at: usize,
    /// The open question.
    pub waiting: Option<Ticket>,
    /// What was wrong.
    pub problem: Option<Problem>,
}

/// Capturing a SAML response of an app.
#[derive(Debug)]
pub struct Capture {
    /// The app.
    pub app: App,
    /// How far it is.
    pub stage: CaptureStage,
    /// A response that is being pasted instead.
    pub pasted: Pasted,
    /// What to do once it worked.
    pub then: Option<Pending>,
}

/// How far a capture is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureStage {
    /// It goes on.
    Working {
        /// The open question.
        ticket: Ticket,
        /// What is being done.
        step: Option<CaptureStep>,
        /// Why another way was left.
        fell: Option<String>,
        /// Until when a person is waited for (UTC), where one is.
        until: Option<Timestamp>,
    },
    /// It waits for a response that is pasted.
    Paste,
    /// It failed.
    Failed(Problem),
}

/// The settings.
#[derive(Debug, Default)]
pub struct SettingsScreen {
    /// All of them; none before they are read.
    pub rows: Vec<SettingRow>,
    /// The selected one.
    pub selected: usize,
    /// What is being typed.
    pub editing: Option<Input>,
    /// What was wrong.
    pub problem: Option<Problem>,
}

/// The roles of an app.
#[derive(Debug)]
pub struct Roles {
    /// The app's name.
    pub app: Arc<str>,
    /// Its entries.
    pub entries: Vec<EntryId>,
    /// The selected one.
    pub selected: usize,
}

/// Signing in.
#[derive(Debug)]
pub struct SignIn {
    /// The portal.
    pub portal: Portal,
    /// How far it is.
    pub stage: SignInStage,
    /// How the person wants to allow it.
    pub method: SignInMethod,
    /// What to do once it worked.
    pub then: Option<Pending>,
}

/// How far a sign-in is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInStage {
    /// It waits for the person's key: nothing is asked of the portal before (docs/requirements.md#no-surprise-browser).
    Ready,
    /// It asks the portal.
    Registering(Ticket),
    /// It waits for the browser of this machine to come back.
    Browser {
        /// The open question.
        ticket: Ticket,
        /// The page.
        page: SignInPage,
        /// Whether a browser shows it; else why not.
        browser: Option<Result<(), String>>,
    },
    /// It waits for the person to allow the code.
    Code {
        /// The open question.
        ticket: Ticket,
        /// The code.
        code: SignInCode,
        /// Whether a browser shows the page; else why not.
        browser: Option<Result<(), String>>,
    },
    /// It failed.
    Failed(Problem),
}

/// An action on entries that may need a confirmation or a sign-in first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// Use an entry.
    Use(EntryId),
    /// Get new credentials.
    Refresh(EntryId),
    /// Open a subshell.
    Subshell(EntryId),
    /// Open the web console.
    Console(EntryId),
    /// Copy how a shell gets to an entry.
    Copy(EntryId),
    /// Leave the switcher with an entry for a command.
    Pick(EntryId),
    /// Leave the switcher with an entry for export lines.
    Export(EntryId),
    /// Get new credentials for several entries.
    RefreshAll(Vec<EntryId>),
    /// Capture a response of an app.
    Capture(App),
}

impl Pending {
    /// The entries whose credentials are handed out or written.
    #[must_use]
    pub fn entries(&self) -> &[EntryId] {
        match self {
            Self::Use(id)
            | Self::Refresh(id)
            | Self::Subshell(id)
            | Self::Console(id)
            | Self::Copy(id)
            | Self::Pick(id)
            | Self::Export(id) => std::slice::from_ref(id),
            Self::RefreshAll(ids) => ids,
            // Its roles are not chosen yet.
            Self::Capture(_) => &[],
        }
    }
}

/// A searchable list of actions.
#[derive(Debug)]
pub struct Menu {
    /// Help shows every key; the palette only what can be chosen.
    pub is_help: bool,
    /// What is typed.
    pub query: Input,
    /// The selected row.
    pub selected: usize,
    /// The contexts whose keys are shown.
    pub contexts: Vec<Context>,
}

/// A question; the default answer is no.
#[derive(Debug)]
pub struct Confirm {
    /// What it is about.
    pub title: String,
    /// What a yes does.
    pub detail: String,
    /// What a yes sets off.
    pub yes: Yes,
}

/// What a yes sets off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yes {
    /// Overwrite a profile that is not ours.
    Overwrite(EntryId),
    /// Sign out.
    SignOut(Portal),
    /// Remove a managed profile.
    Forget(String),
    /// Take a response that was posted to this machine.
    TakeResponse,
    /// Go on with guarded entries.
    Guarded(Pending),
}

/// How a toast looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It worked.
    Good,
    /// For your information.
    Note,
    /// It did not work.
    Bad,
}

/// A short message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// How it looks.
    pub tone: Tone,
    /// What it says.
    pub text: String,
    /// What to do, where there is something.
    pub hint: Option<String>,
    /// When it goes (UTC).
    pub until: Timestamp,
}

impl State {
    /// A state before anything is known.
    #[must_use]
    pub fn new(keymap: Keymap, now: Timestamp, size: (u16, u16), query: &str) -> Self {
        let mut picker = Picker {
            query: Input::new(query),
            ..Picker::default()
        };
        picker.parsed = Query::parse(query);
        Self {
            now,
            size,
            inline: false,
            keymap,
            demo: false,
            pick_only: false,
            only_portal: None,
            reduced_motion: false,
            guard: Vec::new(),
            confirmed: BTreeSet::new(),
            all_confirmed: false,
            renewed: BTreeMap::new(),
            sign_in_next: Vec::new(),
            capture_seconds: 180,
            facts: Facts::default(),
            loaded: false,
            catalog: Catalog::default(),
            picker,
            overlays: Vec::new(),
            toasts: Vec::new(),
            message_log: Vec::new(),
            here: None,
            refreshing: BTreeSet::new(),
            ticket: 0,
        }
    }

    /// Where a key is looked up, in order.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        match self.overlays.last() {
            None if self.picker.query.is_empty() => {
                vec![
                    Context::QueryEmpty,
                    Context::Picker,
                    Context::Text,
                    Context::Global,
                ]
            }
            None => vec![Context::Picker, Context::Text, Context::Global],
            Some(Overlay::Onboarding(_)) => {
                vec![Context::Onboarding, Context::Text, Context::Global]
            }
            Some(Overlay::AddApp(_) | Overlay::Mfa(_)) => {
                vec![Context::Onboarding, Context::Text, Context::Global]
            }
            Some(Overlay::Capture(_)) => vec![Context::Capture, Context::Global],
            Some(Overlay::Settings(_)) => vec![Context::Settings, Context::Text, Context::Global],
            Some(Overlay::Roles(_)) => vec![Context::Roles, Context::Global],
            Some(Overlay::Messages(_)) => vec![Context::Messages, Context::Global],
            Some(Overlay::SignIn(_)) => vec![Context::SignIn, Context::Global],
            Some(Overlay::Menu(menu)) if menu.is_help => {
                vec![Context::Help, Context::Text, Context::Global]
            }
            Some(Overlay::Menu(_)) => vec![Context::Palette, Context::Text, Context::Global],
            Some(Overlay::Confirm(_)) => vec![Context::Confirm, Context::Global],
        }
    }

    /// The key that means an action now, as a person reads it; empty where there is none.
    #[must_use]
    pub fn key(&self, action: Action) -> String {
        let key = self.keymap.key_for(&self.contexts(), action);
        key.unwrap_or_default()
    }

    /// Whether the guard asks before something is done with an entry.
    #[must_use]
    pub fn must_confirm(&self, id: &EntryId) -> bool {
        !self.all_confirmed
            && !self.confirmed.contains(id)
            && needs_confirmation(&self.guard, &self.catalog, id)
    }

    /// A new question's ticket.
    pub fn next_ticket(&mut self) -> Ticket {
        self.ticket += 1;
        self.ticket
    }

    /// The selected row.
    #[must_use]
    pub fn selected(&self) -> Option<&Item> {
        let hit = self.picker.hits.get(self.picker.selected)?;
        self.picker.item(*hit)
    }

    /// A portal and its sign-in.
    #[must_use]
    pub fn session(&self, portal: &str) -> Option<&crate::domain::portal::PortalSession> {
        self.facts
            .sessions
            .iter()
            .find(|session| *session.portal.name == *portal)
    }

    /// Whether something on screen changes by itself every second: only then does the clock wake us.
    #[must_use]
    pub fn needs_ticks(&self) -> bool {
        let counting = self
            .picker
            .profiles
            .values()
            .any(|profile| profile.expires_at.is_some_and(|at| at > self.now));
        let waiting = matches!(self.overlays.last(), Some(Overlay::SignIn(sign_in)) if matches!(sign_in.stage, SignInStage::Code { .. } | SignInStage::Browser { .. }));
        let capturing = matches!(self.overlays.last(), Some(Overlay::Capture(capture)) if matches!(capture.stage, CaptureStage::Working { .. }));
        counting
            || waiting
            || capturing
            || !self.toasts.is_empty()
            || !self.picker.busy.is_empty()
            || !self.refreshing.is_empty()
    }

    /// What the terminal's title says: the next credentials to end, in minutes.
    #[must_use]
    pub fn title(&self) -> String {
        let mut next: Option<(i64, &ManagedProfile)> = None;
        for profile in &self.facts.profiles {
            let left = profile
                .expires_at
                .map(|at| crate::domain::time::seconds_left(self.now, at));
            if let Some(left) = left.filter(|left| *left > 0)
                && next.is_none_or(|(least, _)| left < least)
            {
                next = Some((left, profile));
            }
        }
        next.map_or_else(
            || "roledex".to_owned(),
            |(left, profile)| format!("roledex: {} min, {}", (left + 59) / 60, profile.name),
        )
    }

    /// What identifies the selected row.
    #[must_use]
    pub fn selected_key(&self) -> Option<RowKey> {
        self.selected().map(row_key)
    }
}

impl RowKey {
    /// Whether it is this row's.
    #[must_use]
    pub fn belongs_to(&self, item: &Item) -> bool {
        match (self, item) {
            (Self::Entry(id), Item::Entry(entry)) => {
                // Numbers first: few rows have the same.
                entry.id.account == id.account && entry.id == *id
            }
            (Self::Gap(source, account), Item::Gap(gap)) => {
                gap.account == *account && gap.source == *source
            }
            _ => false,
        }
    }
}

/// What identifies a row.
#[must_use]
pub fn row_key(item: &Item) -> RowKey {
    match item {
        Item::Entry(entry) => RowKey::Entry(entry.id.clone()),
        Item::Gap(gap) => RowKey::Gap(Arc::clone(&gap.source), gap.account),
    }
}
