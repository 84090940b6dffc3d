//! The region that an entry works in, where the user gave none with `--region`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Flow;
use super::origin::Origins;
use super::own::used::{own_partition, own_region};
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
        Ok(origins.region_of(self.ctx(), id, profile.as_ref()))
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
            origins.region_of(flow.ctx(), id, profile)
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
    pub(super) fn region_of(
        &self,
        ctx: &Ctx,
        id: &EntryId,
        profile: Option<&Profile>,
    ) -> Option<Region> {
        if let Some(own) = own_region(&self.files, id)
            && profile.is_none()
        {
            return Some(Region::set(own));
        }
        let portal = || self.portal(id).map(|portal| portal.region);
        let chosen = self.chosen(ctx, id);
        match profile.and_then(|profile| profile.region.clone()) {
            // It was written when nothing set a region.
            Some(name) if chosen.as_ref() != Some(&name) => Some(Region {
                is_assumed: portal().as_ref() == Some(&name),
                name,
            }),
            Some(name) => Some(Region::set(name)),
            None => own_region(&self.files, id)
                .or(chosen)
                .map(Region::set)
                .or_else(|| {
                    Some(Region {
                        name: portal()?,
                        is_assumed: true,
                    })
                }),
        }
    }

    /// The region that the settings, the environment or the default profile set.
    fn chosen(&self, ctx: &Ctx, id: &EntryId) -> Option<String> {
        let settings = self.settings();
        let instances = self.files.instances();
        let entry = || {
            let mut ids = instances.ids(id);
            ids.find_map(|id| settings.entries.get(&id)?.region.clone())
        };
        let account = || {
            let account = self.account_of(id)?;
            settings.accounts.get(&account.to_string())?.region.clone()
        };
        let portal = || {
            let portal = self.sign_in_portal(id)?;
            let mut names = instances.names(&portal).iter();
            names.find_map(|name| settings.portals.get(&**name)?.region.clone())
        };
        // A region that is set for all entries may be one that this one's partition does not have.
        let own = self.partition_of(id);
        let fits = |region: &String| own.is_none_or(|own| partition::of_region(region) == own);
        let variable = |name: &str| ctx.env.get(name).map(str::to_owned).filter(fits);
        entry()
            .or_else(account)
            .or_else(portal)
            .or_else(|| settings.default_region.clone().filter(fits))
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .or_else(|| self.files.value("default", "region").filter(fits))
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
