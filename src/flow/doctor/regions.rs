//! Regions of the settings that are of no use, because they are in another partition.

use crate::domain::health::{Check, Status};
use crate::domain::partition::{self, Partition};
use crate::domain::{Catalog, Problem};
use crate::flow::Flow;
use crate::flow::origin::Origins;

impl Flow {
    /// A warning for each region of the settings that is ignored.
    pub(super) fn region_checks(&self) -> Result<Vec<Check>, Problem> {
        let (origins, catalog) = (self.origins()?, self.cached_catalog()?);
        Ok(ignored(&origins, &catalog))
    }
}

fn ignored(origins: &Origins, catalog: &Catalog) -> Vec<Check> {
    let settings = origins.settings();
    let of_portal = |name: &str| {
        let portal = origins.files().portal(name)?;
        Some(partition::of_region(&portal.region))
    };
    let of_account = |account| -> Vec<Partition> {
        let parts = catalog.portals.iter();
        let parts = parts.filter(|(_, part)| part.accounts.contains_key(account));
        parts.filter_map(|(name, _)| of_portal(name)).collect()
    };
    let entries = settings.entries.iter().map(|(id, entry)| {
        let known: Vec<Partition> = origins.partition_of(id).into_iter().collect();
        (format!("[entries.\"{id}\"]"), &entry.region, known)
    });
    let accounts = settings.accounts.iter().map(|(id, account)| {
        let known = of_account(id);
        (format!("[accounts.\"{id}\"]"), &account.region, known)
    });
    let portals = settings.portals.iter().map(|(name, portal)| {
        let known: Vec<Partition> = of_portal(name).into_iter().collect();
        (format!("[portals.\"{name}\"]"), &portal.region, known)
    });
    let all = origins.files().portals();
    let all = all.iter().map(|it| partition::of_region(&it.region));
    let default = (
        "default_region".to_owned(),
        &settings.default_region,
        all.collect(),
    );
    entries
        .chain(accounts)
        .chain(portals)
        .chain([default])
        .filter_map(|(setting, region, known)| {
            let region = region.as_deref()?;
            let first = known.first()?;
            if known.contains(&partition::of_region(region)) {
                return None;
            }
            let what = format!(
                "{setting} of the settings is ignored: {region} is not a region of the partition {}",
                first.name
            );
            Some(
                Check::new("regions", Status::Warning, what)
                    .public("a region of the settings is of another partition")
                    .hint("choose a region of that partition, or remove the setting"),
            )
        })
        .collect()
}
