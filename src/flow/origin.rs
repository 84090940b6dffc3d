//! The portal that leads to an entry: the one whose sign-in its credentials come from.

use std::sync::Arc;

use super::Flow;
use super::own::{own_of, with_facts_of};
use crate::config::Settings;
use crate::domain::own::{Own, Via, check, name_of_stored};
use crate::domain::{App, Chain, EntryId, Kind, Problem};
use crate::store::aws_files::Snapshot;

/// The most chains and managed profiles on the way from an entry to its portal.
const MAX_STEPS: usize = 100;

/// The files and settings that connect entries with portals, read once.
pub(crate) struct Origins {
    /// Without secret keys: the switcher keeps them as long as it runs.
    pub(super) files: Snapshot,
    apps: Vec<App>,
    chains: Vec<Chain>,
    settings: Arc<Settings>,
}

/// The source of credentials.
pub(super) enum Source {
    /// The sign-in to the portal of this name.
    Portal(Arc<str>),
    /// The `credential_process` of the own profile of this name.
    Process(Arc<str>),
}

impl Flow {
    /// The files and settings as they are now.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn origins(&self) -> Result<Origins, Problem> {
        let settings = self.settings();
        Ok(Origins {
            files: self.snapshot()?.without_secrets(),
            apps: self.apps()?,
            // The error is for those who use a chain.
            chains: settings.chains().unwrap_or_default(),
            settings,
        })
    }
}

impl Origins {
    /// The AWS files.
    pub(crate) fn files(&self) -> &Snapshot {
        &self.files
    }

    /// The apps.
    pub(crate) fn apps(&self) -> &[App] {
        &self.apps
    }

    /// The name of the portal whose sign-in the credentials of an entry come from, through any number of chains and source profiles.
    /// The id of stored credentials is an entry here, too.
    pub(super) fn sign_in_portal(&self, id: &EntryId) -> Option<Arc<str>> {
        match self.source(id)? {
            Source::Portal(name) => Some(name),
            Source::Process(_) => None,
        }
    }

    /// The source of the credentials of an entry, where it is a portal or a process of the user's.
    pub(super) fn source(&self, id: &EntryId) -> Option<Source> {
        self.source_behind(id, MAX_STEPS)
    }

    fn source_behind(&self, id: &EntryId, steps: usize) -> Option<Source> {
        // Managed profiles may form loops.
        let steps = steps.checked_sub(1)?;
        match id.kind {
            Kind::Org => Some(Source::Portal(Arc::clone(&id.source))),
            Kind::External => {
                let app = self.apps.iter().find(|app| app.name == id.source)?;
                app.portal.clone().map(Source::Portal)
            }
            Kind::Chain => self.source_behind(&self.chain(id)?.source, steps),
            Kind::Profile => {
                let name = name_of_stored(id).unwrap_or(&id.source);
                let base = check::path(&self.files, name).pop()?;
                match self.own(base) {
                    Some(own) if own.via == Via::Process => Some(Source::Process(own.name)),
                    Some(own) => Some(Source::Portal(own.leads_to?.source)),
                    None => self.source_behind(&self.files.profile(base)?.entry?, steps),
                }
            }
        }
    }

    /// `true` if an entry names an app, a chain or a profile that is not there any more: its origin is not known.
    pub(super) fn is_dangling(&self, id: &EntryId) -> bool {
        match id.kind {
            Kind::Org => false,
            Kind::External => !self.apps.iter().any(|app| app.name == id.source),
            Kind::Chain => self
                .chain(id)
                .is_none_or(|chain| self.is_dangling(&chain.source)),
            Kind::Profile => {
                name_of_stored(id).is_none() && self.files.profile(&id.source).is_none()
            }
        }
    }

    /// True if a portal, or another one of its instance, leads to an entry.
    pub(super) fn is_behind(&self, id: &EntryId, portal: &str) -> bool {
        let of = self.sign_in_portal(id);
        of.is_some_and(|of| self.files.instances().are_same(&of, portal))
    }

    /// The settings as they are now.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The chain of the settings that an entry is.
    pub(super) fn chain(&self, id: &EntryId) -> Option<&Chain> {
        self.chains.iter().find(|chain| chain.entry() == *id)
    }

    /// As [`Flow::with_facts`].
    pub(crate) fn with_facts(&self, id: &EntryId) -> EntryId {
        let own = match id.kind {
            Kind::Profile => self.own(&id.source),
            Kind::Org | Kind::External | Kind::Chain => None,
        };
        with_facts_of(own, id)
    }

    /// An own profile.
    pub(super) fn own(&self, name: &str) -> Option<Own> {
        own_of(&self.files, name)
    }
}
