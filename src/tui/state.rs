//! State of the switcher: plain values, no IO, no clock.

mod overlay;
mod renewal;
mod toast;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::action::Action;
use super::input::Input;
use super::keymap::Keymap;
use super::msg::{Facts, Ticket};
use super::screens::picker::{Picker, Row, RowKey};
use crate::domain::guard::needs_confirmation;
use crate::domain::profile::ManagedProfile;
use crate::domain::search::{Hit, Query};
use crate::domain::time::{seconds_left, span};
use crate::domain::{Catalog, EntryId, Kind, Portal};

pub(crate) use overlay::{Click, Draw, Overlay, Place, Reducer, Screen};
pub(crate) use renewal::Renewal;
pub(crate) use toast::{LONG, Toast, Tone};

/// State of the switcher.
#[derive(Debug)]
pub struct State {
    /// Now (UTC), as of the last tick.
    pub(crate) now: Timestamp,
    /// Columns and rows.
    pub(crate) size: (u16, u16),
    /// `true` if only some rows of the terminal are drawn, below other output.
    pub(crate) inline: bool,
    /// The keys.
    pub(crate) keymap: Keymap,
    /// `true` in a demo.
    pub(crate) demo: bool,
    /// `true` in the picker of a command.
    pub(crate) pick_only: bool,
    /// The word for what that command does with the entry.
    pub(crate) choice: &'static str,
    /// `true` if export lines that are printed are read.
    pub(crate) exports: bool,
    /// Only this portal.
    pub(crate) only_portal: Option<String>,
    /// `true` if animations are off.
    pub(crate) reduced_motion: bool,
    /// Patterns of the guard: entries that need a confirmation.
    pub guard: Vec<String>,
    /// Guarded entries that were confirmed for the key that was pressed last on them.
    pub(crate) confirmed: BTreeSet<EntryId>,
    /// The guard does not ask: `--yes` was given.
    pub(crate) all_confirmed: bool,
    /// The last try to renew each static profile.
    pub(crate) renewals: BTreeMap<String, Renewal>,
    /// Portals to sign in to next, one after another.
    pub(crate) sign_in_next: Vec<Portal>,
    /// The time limit for the user's part of a capture (seconds).
    pub(crate) capture_seconds: i64,
    /// Sign-ins and profiles.
    pub(crate) facts: Facts,
    /// `true` once the files were read.
    pub(crate) loaded: bool,
    /// The time at which the files were read last (UTC); `None` before they were.
    pub(crate) read_at: Option<Timestamp>,
    /// The message about files that could not be read, until they can be.
    pub(crate) unreadable: Option<String>,
    /// `true` in the first look at a long list: rows are missing, so that none are counted.
    pub(crate) partial: bool,
    /// The catalog.
    pub(crate) catalog: Catalog,
    /// The list.
    pub(crate) picker: Picker,
    /// The screens in front of the list, the last one in front of the others.
    pub(crate) overlays: Vec<Overlay>,
    /// The number of times that another screen came to the front.
    pub(crate) changes: usize,
    /// The last click.
    pub(crate) clicked: Option<Click>,
    /// Short messages, the newest last.
    pub(crate) toasts: Vec<Toast>,
    /// The messages so far, the newest last, with their times (UTC).
    pub(crate) message_log: Vec<(Timestamp, Toast)>,
    /// The entry whose credentials the surrounding shell has.
    pub(crate) here: Option<EntryId>,
    /// The expiry of this shell's credentials (UTC), if known.
    pub(crate) here_until: Option<Timestamp>,
    /// The time of the first accounts of the running refreshes (UTC), and their number at that time.
    pub(crate) listing_since: Option<(Timestamp, usize)>,
    /// Portals whose catalog is being refreshed.
    pub(crate) refreshing: BTreeSet<Arc<str>>,
    /// The last ticket.
    pub(crate) ticket: Ticket,
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
            choice: "choose",
            exports: false,
            only_portal: None,
            reduced_motion: false,
            guard: Vec::new(),
            confirmed: BTreeSet::new(),
            all_confirmed: false,
            renewals: BTreeMap::new(),
            sign_in_next: Vec::new(),
            capture_seconds: 180,
            facts: Facts::default(),
            loaded: false,
            read_at: None,
            unreadable: None,
            partial: false,
            catalog: Catalog::default(),
            picker,
            overlays: Vec::new(),
            changes: 0,
            clicked: None,
            toasts: Vec::new(),
            message_log: Vec::new(),
            here: None,
            here_until: None,
            listing_since: None,
            refreshing: BTreeSet::new(),
            ticket: 0,
        }
    }

    /// The key of an action in the screen in front, as text; empty if it has none.
    #[must_use]
    pub(crate) fn key(&self, action: Action) -> String {
        let key = self.keymap.key_for(&self.contexts(), action);
        key.unwrap_or_default()
    }

    /// `true` if the guard asks before this entry is used.
    #[must_use]
    pub(crate) fn must_confirm(&self, id: &EntryId) -> bool {
        !self.all_confirmed
            && !self.confirmed.contains(id)
            && needs_confirmation(&self.guard, &self.catalog, id)
    }

    /// A new question's ticket.
    pub(crate) fn next_ticket(&mut self) -> Ticket {
        self.ticket += 1;
        self.ticket
    }

    /// The row of a hit.
    #[must_use]
    pub(crate) fn row(&self, hit: Hit) -> Option<Row<'_>> {
        self.picker.row(&self.catalog, hit)
    }

    /// The rows of the list from one on, as they are on screen.
    pub(crate) fn rows_from(&self, first: usize) -> impl Iterator<Item = Row<'_>> {
        let hits = self.picker.hits.iter_from(first);
        hits.filter_map(|hit| self.row(hit))
    }

    /// The selected row.
    #[must_use]
    pub(crate) fn selected(&self) -> Option<Row<'_>> {
        self.row(self.picker.hits.get(self.picker.selected)?)
    }

    /// A portal and its sign-in.
    #[must_use]
    pub(crate) fn session(&self, portal: &str) -> Option<&crate::domain::portal::PortalSession> {
        self.facts
            .sessions
            .iter()
            .find(|session| *session.portal.name == *portal)
    }

    /// The next time at which a portal's sign-in ends (UTC).
    #[must_use]
    pub(crate) fn next_sign_out(&self) -> Option<Timestamp> {
        let signed_in = self.facts.sessions.iter().filter(|it| it.signed_in);
        signed_in.filter_map(|session| session.ends_at).min()
    }

    /// The next time at which a static profile is renewed (UTC).
    #[must_use]
    pub(crate) fn next_renewal(&self) -> Option<Timestamp> {
        let profiles = self.facts.profiles.iter();
        profiles
            .filter_map(|profile| self.renewal_due(profile))
            .min()
    }

    /// The time at which a profile is renewed (UTC), if it is static.
    #[must_use]
    pub(crate) fn renewal_due(&self, profile: &ManagedProfile) -> Option<Timestamp> {
        renewal::due(profile, self.renewals.get(&profile.name), self.now)
    }

    /// `true` if something on screen changes every second; only then does the clock wake the loop.
    #[must_use]
    pub(crate) fn needs_ticks(&self) -> bool {
        let counting = self
            .picker
            .profiles
            .values()
            .any(|profile| profile.expires_at.is_some_and(|at| at > self.now));
        let here = self.here_until.is_some_and(|at| at > self.now);
        let mfa = self.facts.mfa_ends.values().any(|at| *at > self.now);
        counting
            || here
            || mfa
            || self
                .picker
                .sessions
                .iter()
                .any(|session| session.expires_at.is_some_and(|at| at > self.now))
            || self.front().is_counting()
            || self.toasts.iter().any(|toast| !toast.stays)
            || !self.picker.busy.is_empty()
            || !self.refreshing.is_empty()
    }

    /// The expiry of an entry's credentials (UTC): those of its profile, else those of this shell.
    #[must_use]
    pub(crate) fn expires_at(&self, id: &EntryId) -> Option<Timestamp> {
        let profile = self.picker.profiles.get(id);
        let shell = || self.here_until.filter(|_| self.here.as_ref() == Some(id));
        profile
            .and_then(|profile| profile.expires_at)
            .or_else(shell)
    }

    /// `true` for a profile whose console session renews its keys, as far as is known.
    #[must_use]
    pub(crate) fn renews(&self, id: &EntryId) -> bool {
        let own = self.catalog.own.get(&id.source);
        let end = self.facts.own_validities.get(id).map(|it| it.expires_at);
        let renews = own
            .zip(end)
            .is_some_and(|(own, end)| own.renews(end, self.now));
        renews && !self.picker.failed.contains_key(id)
    }

    /// The entries with credentials.
    pub(crate) fn live(&self) -> impl Iterator<Item = &EntryId> {
        let profiles = self.picker.profiles.iter();
        let with_end = profiles.filter_map(|(id, profile)| profile.expires_at.map(|_| id));
        with_end.chain(self.here.as_ref().filter(|_| self.here_until.is_some()))
    }

    /// The next expiry: the profile's name, or this shell's role, and the time left (seconds).
    #[must_use]
    pub(crate) fn next_end(&self) -> Option<(i64, &str)> {
        let own = self.picker.profiles.values();
        let own = own.filter(|own| own.entry.kind == Kind::Profile && !self.renews(&own.entry));
        let profiles = self.facts.profiles.iter().chain(own);
        let ends = profiles.filter_map(|profile| Some((profile.expires_at?, &*profile.name)));
        let shell = self.here_until.map(|at| (at, "this shell's role"));
        ends.chain(shell)
            .map(|(at, name)| (seconds_left(self.now, at), name))
            .filter(|(left, _)| *left > 0)
            .min_by_key(|(left, _)| *left)
    }

    /// The terminal's title: the next credentials to expire, in minutes, as the header says it.
    #[must_use]
    pub(crate) fn title(&self) -> String {
        self.next_end().map_or_else(
            || "roledex".to_owned(),
            |(left, name)| match left {
                ..60 => format!("roledex: under 1 min, {name}"),
                _ => format!("roledex: {}, {name}", span(left)),
            },
        )
    }

    /// The identity of the selected row.
    #[must_use]
    pub(crate) fn selected_key(&self) -> Option<RowKey> {
        self.selected().map(|row| row.key())
    }
}
