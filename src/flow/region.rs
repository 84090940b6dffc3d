//! The region that an entry works in, where the user gave none with `--region`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::origin::Origins;
use super::own::used::{own_partition, own_region};
use super::{Flow, Permit};
use crate::config::Ctx;
use crate::domain::partition::{self, Partition};
use crate::domain::region::{Region, Regions};
use crate::domain::{AccountId, EntryId, Kind, Portal, Problem};
use crate::store::aws_files::Profile;

impl Flow {
    /// The region that the environment of an entry gets, by the managed profile that was named or else by its
    /// main one.
    pub(super) fn working_region(
        &self,
        id: &EntryId,
        named: Option<&str>,
    ) -> Result<Option<Region>, Problem> {
        let origins = self.origins()?;
        let main = match named {
            Some(name) => Some(name.to_owned()),
            None => self.main_profile(&origins.files, id)?,
        };
        let profile = main.and_then(|name| origins.files.profile(&name));
        origins.region_of(self.ctx(), id, profile.as_ref())
    }

    /// The name of the region that is used with a permit: that of this run, or else the entry's.
    pub(super) fn region_with(&self, permit: &Permit) -> Result<Option<String>, Problem> {
        if let Some(region) = permit.region() {
            return Ok(Some(region.to_owned()));
        }
        let region = self.working_region(permit.id(), permit.profile())?;
        Ok(region.map(|region| region.name))
    }

    /// The regions of all entries.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn regions(&self, origins: Arc<Origins>) -> Result<Regions, Problem> {
        let profiles = origins.files.profiles();
        let main = self.main_profiles(&profiles)?;
        let mut by_entry = BTreeMap::new();
        for (id, name) in main {
            by_entry.insert(id.clone(), origins.files.profile(name));
        }
        let flow = self.clone();
        Ok(Regions::new(move |id| {
            let profile = by_entry.get(id).and_then(Option::as_ref);
            // Whoever uses a region of the environment is told that it is wrong.
            origins.region_of(flow.ctx(), id, profile).ok().flatten()
        }))
    }

    /// The partition of an entry's account, where it is known.
    pub(super) fn partition_of(&self, id: &EntryId) -> Result<Option<Partition>, Problem> {
        Ok(self.origins()?.partition_of(id))
    }
}

impl Origins {
    /// The first of: the profile's own, that of the entry, the account and the portal in the settings,
    /// `default_region`, the environment's, the default profile's, the portal's own. `profile` is the
    /// managed profile of the entry.
    ///
    /// # Errors
    /// A region of the environment that would be used, and cannot be one.
    pub(super) fn region_of(
        &self,
        ctx: &Ctx,
        id: &EntryId,
        profile: Option<&Profile>,
    ) -> Result<Option<Region>, Problem> {
        let portal = || self.portal(id).map(|portal| portal.region);
        if let Some(name) = profile.and_then(|profile| profile.region.clone()) {
            let chosen = self.chosen(ctx, id).ok().flatten();
            return Ok(Some(Region {
                // It was written when nothing set a region.
                is_assumed: chosen.as_ref() != Some(&name) && portal().as_ref() == Some(&name),
                name,
            }));
        }
        let set = match own_region(&self.files, id) {
            Some(own) => Some(own),
            None => self.chosen(ctx, id)?,
        };
        let assumed = |name| Region {
            name,
            is_assumed: true,
        };
        Ok(set.map(Region::set).or_else(|| portal().map(assumed)))
    }

    /// The region that the settings, the environment or the default profile set.
    fn chosen(&self, ctx: &Ctx, id: &EntryId) -> Result<Option<String>, Problem> {
        let settings = self.settings();
        let instances = self.files.instances();
        let entry = || {
            let mut ids = instances.ids(id);
            ids.find_map(|id| settings.entries.get(&id)?.region.clone())
        };
        let account = || {
            let account = self.account_of(id)?;
            settings.accounts.get(&account)?.region.clone()
        };
        let portal = || {
            let portal = self.sign_in_portal(id)?;
            let mut names = instances.names(&portal).iter();
            names.find_map(|name| settings.portals.get(&**name)?.region.clone())
        };
        // A region that is set for many entries may be one that this one's partition does not have, and nothing works
        // in that; `doctor` names one that is set for it alone.
        let own = self.partition_of(id);
        let fits = |region: &str| own.is_none_or(|own| partition::of_region(region) == own);
        let default = || settings.default_region.clone();
        let set: [&dyn Fn() -> Option<String>; 4] = [&entry, &account, &portal, &default];
        let mut set = set.iter().filter_map(|region| region());
        if let Some(region) = set.find(|region| fits(region)) {
            return Ok(Some(region));
        }
        let of_profile = || self.files.value("default", "region");
        Ok(ctx
            .region(fits)?
            .or_else(|| of_profile().filter(|it| fits(it))))
    }

    /// The account of an entry, where it is known.
    pub(super) fn account_of(&self, id: &EntryId) -> Option<AccountId> {
        match id.kind {
            Kind::Profile => self.own(&id.source)?.account,
            Kind::Org | Kind::External | Kind::Chain => Some(id.account),
        }
    }

    fn portal(&self, id: &EntryId) -> Option<Portal> {
        self.files.portal(&self.sign_in_portal(id)?)
    }

    /// The partition of an entry's account, where it is known: a portal leads to its own only, and a
    /// chained role has it in its ARN.
    pub(super) fn partition_of(&self, id: &EntryId) -> Option<Partition> {
        match id.kind {
            Kind::Chain => Some(partition::named(&self.chain(id)?.partition)),
            Kind::Profile => own_partition(&self.files, &id.source),
            Kind::Org | Kind::External => Some(partition::of_region(&self.portal(id)?.region)),
        }
    }
}
