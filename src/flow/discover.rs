//! The cached catalog of the accounts and roles that a user can reach, and its refresh.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::own::own_profiles;
use super::{Flow, Origins, Priority};
use crate::aws::listing;
use crate::aws::listing::Queue;
use crate::aws::portal::PortalClient;
use crate::domain::catalog::PortalPart;
use crate::domain::guard::describe;
use crate::domain::rank::History;
use crate::domain::shared_text::SharedText;
use crate::domain::time::seconds_left;
use crate::domain::{Catalog, CatalogEvent, EntryId, Kind, Portal, Problem};
use crate::store::catalog_cache::{self, CatalogFiles};

/// The interval at which a long refresh is saved (seconds), so that an interrupted one is not lost.
const SAVE_EVERY_SECONDS: i64 = 15;

impl Flow {
    /// The last known catalog, of the portals and apps that are still configured. No network.
    ///
    /// # Errors
    /// A file of another user; AWS files and settings that cannot be read.
    pub fn cached_catalog(&self) -> Result<Catalog, Problem> {
        let origins = self.origins()?;
        let catalog = self.catalog_files(&origins)?.catalog();
        self.configured(catalog, &origins)
    }

    /// The files of the cached catalog. It can be had again, so one that cannot be read is a warning.
    ///
    /// # Errors
    /// A file of another user.
    pub(crate) fn catalog_files(&self, origins: &Origins) -> Result<CatalogFiles, Problem> {
        let mut files = CatalogFiles::read(&self.ctx().dirs, &origins.files().portals())?;
        if let Some(error) = files.unreadable.take() {
            self.warn_of_catalog(&error.into());
        }
        Ok(files)
    }

    /// The part of the cached catalog that comes first in the list, and the entries that were used and pinned; `None` if
    /// a file is damaged.
    pub(crate) fn first_catalog(
        &self,
        files: &CatalogFiles,
        History { pins, uses, .. }: &History,
        origins: &Origins,
    ) -> Option<Catalog> {
        let accounts = pins.iter().chain(uses.keys()).map(|id| id.account);
        let first = files.first(&accounts.collect())?;
        self.configured(first, origins).ok()
    }

    /// A cached catalog as the files and settings have it: with the instances of its portals, and with the user's own.
    pub(crate) fn configured(
        &self,
        mut catalog: Catalog,
        origins: &Origins,
    ) -> Result<Catalog, Problem> {
        let files = origins.files();
        catalog.instances = files.instances().clone();
        catalog.set_apps(origins.apps());
        catalog.set_own(own_profiles(files));
        let settings = self.settings();
        catalog.set_chains(&settings.chains()?);
        catalog.labels = settings.labels();
        Ok(catalog)
    }

    /// Lists everything that one portal leads to, reports it to `sink` as it arrives, and saves it.
    ///
    /// # Errors
    /// `SignInNeeded`, and the failure that stopped the listing of the accounts; the roles of one account
    /// that could not be listed are that account's own trouble (docs/requirements.md#errors-per-account).
    pub async fn discover(
        &self,
        portal: &Portal,
        priority: &Priority,
        sink: impl Fn(CatalogEvent),
    ) -> Result<(), Problem> {
        let wait = self
            .waiting
            .start(format!("the accounts and roles of {}", portal.name));
        let counts = Cell::new((0, 0));
        let token = self.access_token(portal).await?.access_token;
        let client = self.portal_client(portal)?;
        let clock = &self.ctx().clock;
        let known = self.cached_catalog()?;
        let queue = Queue::new(priority.clone(), known.portals.get(&portal.name));
        let known = RefCell::new(known);
        let saved_at = RefCell::new(clock.now());
        let problem_of_saving = RefCell::new(None);
        let result = listing::list(
            &client,
            &portal.name,
            token,
            clock,
            queue,
            async |refused| Ok(self.renew(portal, refused).await?.access_token),
            |event| {
                counts.set(counted(counts.get(), &event));
                let (accounts, listed) = counts.get();
                if accounts > 0 {
                    wait.update(format!(
                        "the roles of {}: {listed} of {accounts} accounts listed",
                        portal.name
                    ));
                }
                known.borrow_mut().apply(event.clone());
                let over = matches!(
                    event,
                    CatalogEvent::Finished { .. } | CatalogEvent::Failed { .. }
                );
                let now = clock.now();
                if over || seconds_left(*saved_at.borrow(), now) >= SAVE_EVERY_SECONDS {
                    *saved_at.borrow_mut() = now;
                    let saved = self.save_catalog(portal, &known.borrow());
                    *problem_of_saving.borrow_mut() = saved.err();
                }
                sink(event);
            },
        )
        .await;
        // A catalog on screen is worth more than its copy on disk: the listing's own result first.
        result.and_then(|()| problem_of_saving.into_inner().map_or(Ok(()), Err))
    }

    fn save_catalog(&self, portal: &Portal, catalog: &Catalog) -> Result<(), Problem> {
        let nothing = PortalPart::default();
        let part = catalog.portals.get(&portal.name).unwrap_or(&nothing);
        Ok(catalog_cache::save(&self.ctx().dirs, portal, part)?)
    }

    pub(super) fn portal_client(&self, portal: &Portal) -> Result<PortalClient, Problem> {
        let endpoint = self
            .endpoints(&self.snapshot()?)?
            .portal(&portal.region, &portal.start_url)?;
        let bucket = self.bucket(portal)?;
        Ok(
            PortalClient::new(self.http()?, endpoint, &portal.region, bucket)
                .reporting(self.waiting.clone()),
        )
    }

    /// The accounts' names as the cached catalog knows them, in the order of the ids.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn account_names<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a EntryId>,
    ) -> Result<Vec<Option<SharedText>>, Problem> {
        let mut ids = ids.into_iter().peekable();
        if ids.peek().is_none() {
            return Ok(Vec::new());
        }
        let catalog = self.cached_catalog()?;
        Ok(ids
            .map(|id| match id.kind {
                Kind::Org => catalog.account(id).map(|account| account.name.clone()),
                // The user's own label is the best name there is (docs/requirements.md#no-scraping).
                Kind::External | Kind::Chain => Some(Arc::clone(&id.source).into()),
                Kind::Profile => catalog
                    .own
                    .get(&id.source)
                    .and_then(|own| catalog.account_name_of(own.account?)),
            })
            .collect())
    }

    /// An entry as the user knows it: [`describe`] with the cached catalog.
    #[must_use]
    pub fn describe(&self, id: &EntryId) -> String {
        describe(&self.cached_catalog().unwrap_or_default(), id)
    }

    /// The account's name as the cached catalog knows it; empty where it does not.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn account_name(&self, id: &EntryId) -> Result<SharedText, Problem> {
        let mut names = self.account_names([id])?;
        Ok(names.pop().flatten().unwrap_or_default())
    }
}

/// Accounts, and accounts whose roles are listed, after one more event.
fn counted((accounts, listed): (usize, usize), event: &CatalogEvent) -> (usize, usize) {
    match event {
        CatalogEvent::Accounts { accounts: new, .. } => (accounts + new.len(), listed),
        CatalogEvent::Roles { .. } => (accounts, listed + 1),
        _ => (accounts, listed),
    }
}
