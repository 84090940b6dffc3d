//! The guard of the settings, on the one way to credentials.
//!
//! Whatever hands out or writes the credentials of an entry takes a [`Permit`], and only this module makes
//! one. A guarded entry gets it after a confirmation, once for each run of the program.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::MutexGuard;

use tokio::sync::Notify;

use super::{Flow, Priority};
use crate::domain::guard::{describe, is_name_known, needs_confirmation};
use crate::domain::locked::locked;
use crate::domain::{Catalog, CatalogEvent, EntryId, Kind, Problem, ProblemKind, ordered};

/// The permission to hand out or write the credentials of one entry.
#[derive(Debug)]
pub struct Permit {
    id: EntryId,
    profile: Option<String>,
    region: Option<String>,
}

impl Permit {
    /// The entry that it is for.
    #[must_use]
    pub fn id(&self) -> &EntryId {
        &self.id
    }

    /// The managed profile of the entry that was named; `None`: the entry itself was.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The region of this run alone.
    #[must_use]
    pub(super) fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The same permit with a region of this run, if one was given.
    #[must_use]
    pub(super) fn with_region(self, region: Option<String>) -> Self {
        Self { region, ..self }
    }

    /// The same permit for one managed profile of the entry, if one was named.
    #[must_use]
    pub fn of_profile(self, profile: Option<String>) -> Self {
        Self { profile, ..self }
    }

    fn new(id: &EntryId) -> Self {
        Self {
            id: id.clone(),
            profile: None,
            region: None,
        }
    }
}

/// The answer to a confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Go on.
    Yes,
    /// Stop.
    No,
    /// No terminal to ask on.
    Nobody,
}

/// The entries that were confirmed in this run.
#[derive(Debug, Default)]
pub(super) struct ConfirmedEntries {
    all: bool,
    entries: BTreeSet<EntryId>,
}

impl Flow {
    /// Permits every entry from now on, as `--yes` does.
    pub fn confirm_all(&self) {
        self.confirmed().all = true;
    }

    /// `true` if every entry is permitted.
    #[must_use]
    pub fn is_all_confirmed(&self) -> bool {
        self.confirmed().all
    }

    /// The permit for an entry. `confirm` is called where the entry is guarded and was not confirmed yet; it
    /// gets the entry as the user knows it.
    ///
    /// # Errors
    /// `Guarded` where there is no terminal to ask on, `Cancelled` for a no; a file that cannot be read.
    pub async fn permit(
        &self,
        id: &EntryId,
        confirm: impl FnOnce(&[String]) -> Confirmation,
    ) -> Result<Permit, Problem> {
        one(self.permit_each(std::slice::from_ref(id), confirm).await?)
    }

    /// The permits for several entries, in their order, with one confirmation for all that need one.
    ///
    /// # Errors
    /// A file that cannot be read. The inner errors are those of [`Flow::permit`].
    pub async fn permit_each(
        &self,
        ids: &[EntryId],
        confirm: impl FnOnce(&[String]) -> Confirmation,
    ) -> Result<Vec<Result<Permit, Problem>>, Problem> {
        if self.settings().guard.is_empty() || self.is_all_confirmed() {
            return Ok(ids.iter().map(|id| Ok(Permit::new(id))).collect());
        }
        let mut catalog = self.cached_catalog()?;
        for id in ids {
            self.find_name(id, &mut catalog).await;
        }
        Ok(self.decide(&catalog, ids, confirm))
    }

    /// The permit for an entry, with the catalog and the confirmation that the caller has. No IO.
    ///
    /// # Errors
    /// As [`Flow::permit`].
    pub fn permit_in(
        &self,
        catalog: &Catalog,
        id: &EntryId,
        confirmation: Confirmation,
    ) -> Result<Permit, Problem> {
        let permits = self.decide(catalog, std::slice::from_ref(id), |_| confirmation);
        one(permits)
    }

    fn decide(
        &self,
        catalog: &Catalog,
        ids: &[EntryId],
        confirm: impl FnOnce(&[String]) -> Confirmation,
    ) -> Vec<Result<Permit, Problem>> {
        let settings = self.settings();
        let patterns = &settings.guard;
        let asked = {
            let confirmed = self.confirmed();
            let unconfirmed = ids
                .iter()
                .filter(|id| !confirmed.all && !confirmed.entries.contains(id));
            ordered::set(unconfirmed.filter(|id| needs_confirmation(patterns, catalog, id)))
        };
        let names: Vec<String> = asked.iter().map(|id| describe(catalog, id)).collect();
        let answer = if asked.is_empty() {
            Confirmation::Yes
        } else {
            confirm(&names)
        };
        if answer == Confirmation::Yes {
            let asked = asked.iter().copied().cloned();
            self.confirmed().entries.extend(asked);
        }
        let permit = |id: &EntryId| {
            if answer == Confirmation::Yes || !asked.contains(id) {
                return Ok(Permit::new(id));
            }
            let problem = refused(&describe(catalog, id), answer);
            Err(if is_name_known(catalog, id) {
                problem
            } else {
                problem
                    .detail("the name of its account is unknown, so a guard pattern may match it")
            })
        };
        ids.iter().map(permit).collect()
    }

    fn confirmed(&self) -> MutexGuard<'_, ConfirmedEntries> {
        locked(&self.inner.confirmed)
    }

    /// Lists the accounts of a portal that was never listed, up to the one of this entry: patterns are
    /// compared with its name. Without an answer the name stays unknown, and the entry is asked about.
    async fn find_name(&self, id: &EntryId, catalog: &mut Catalog) {
        // An own profile is compared by the entry that is behind it.
        let own = catalog
            .own
            .get(&id.source)
            .filter(|_| id.kind == Kind::Profile);
        let behind = own.and_then(|own| own.entry_behind().cloned());
        let id = behind.as_ref().unwrap_or(id);
        let part = catalog.portals.get(&id.source);
        let is_listed = part.is_some_and(|part| part.fetched_at.is_some());
        if is_name_known(catalog, id) || is_listed {
            return;
        }
        let Ok(portal) = self.portal(&id.source) else {
            return;
        };
        let found = Notify::new();
        let pages = RefCell::new(Vec::new());
        let sink = |event| {
            if let CatalogEvent::Accounts { accounts, .. } = &event {
                if accounts.iter().any(|account| account.id == id.account) {
                    found.notify_one();
                }
                pages.borrow_mut().push(event);
            }
        };
        let priority = Priority::default();
        tokio::select! {
            listed = self.discover(&portal, &priority, sink) => {
                if let Err(problem) = listed {
                    tracing::info!(%problem, entry = %id, "the name of an account was not found");
                }
            }
            () = found.notified() => {}
        }
        for page in pages.into_inner() {
            catalog.apply(page);
        }
    }
}

/// The result for the only entry.
fn one(permits: Vec<Result<Permit, Problem>>) -> Result<Permit, Problem> {
    let only = permits.into_iter().next();
    only.unwrap_or_else(|| Err(refused("the entry", Confirmation::Nobody)))
}

fn refused(name: &str, answer: Confirmation) -> Problem {
    match answer {
        Confirmation::No => {
            Problem::new(ProblemKind::Cancelled, format!("{name} was not confirmed"))
        }
        Confirmation::Yes | Confirmation::Nobody => {
            Problem::new(ProblemKind::Guarded, format!("{name} is guarded"))
                .hint("confirm it on a terminal, or pass --yes")
        }
    }
}
