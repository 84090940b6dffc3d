//! Regions of other tools, in the settings.

use std::fmt;

use super::ImportedPortals;
use crate::domain::Problem;
use crate::domain::region::{self, RegionScope};
use crate::flow::Flow;

/// A region of the settings that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenRegion {
    /// The entries that it is for; `None`: all that have no other.
    pub scope: Option<RegionScope>,
    /// Its name.
    pub region: String,
}

/// As it is in the settings file.
impl fmt::Display for TakenRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            None => f.write_str("default_region")?,
            Some(RegionScope::Entry(id)) => write!(f, "[entries.\"{id}\"] region")?,
            Some(RegionScope::Account(id)) => write!(f, "[accounts.\"{id}\"] region")?,
            Some(RegionScope::Portal(name)) => write!(f, "[portals.{name:?}] region")?,
        }
        write!(f, " = {:?}", self.region)
    }
}

impl Flow {
    /// Takes a region for some entries, or the default region (`None`), where the settings have none.
    pub(super) async fn take_region(
        &self,
        label: String,
        scope: Option<RegionScope>,
        region: &str,
        dry_run: bool,
        imported: &mut ImportedPortals,
    ) {
        let settings = self.settings();
        let set = match &scope {
            Some(scope) => settings.region_of(scope),
            None => settings.default_region.as_deref(),
        };
        let mut taken = imported.regions.iter();
        let known = set.map(str::to_owned).or_else(|| {
            let taken = taken.find(|taken| taken.scope == scope)?;
            Some(taken.region.clone())
        });
        match known {
            Some(known) if known == region => {}
            Some(region) => {
                let known = TakenRegion { scope, region };
                let why = format!("the settings have {known}");
                imported.left.push((label, why));
            }
            None => match self.put_region(scope.as_ref(), region, dry_run).await {
                Ok(()) => imported.regions.push(TakenRegion {
                    scope,
                    region: region.to_owned(),
                }),
                Err(problem) => imported.left.push((label, problem.to_string())),
            },
        }
    }

    /// Takes the default region of a tool, if it has one.
    pub(super) async fn take_default_region(
        &self,
        region: Option<&String>,
        dry_run: bool,
        imported: &mut ImportedPortals,
    ) {
        if let Some(region) = region {
            let label = "the default region".to_owned();
            self.take_region(label, None, region, dry_run, imported)
                .await;
        }
    }

    async fn put_region(
        &self,
        scope: Option<&RegionScope>,
        region: &str,
        dry_run: bool,
    ) -> Result<(), Problem> {
        match scope {
            Some(scope) if dry_run => {
                region::is_known(region)?;
                self.check_partition(scope, region)
            }
            None if dry_run => region::is_known(region).map(|_| ()),
            Some(scope) => self.set_region(scope, Some(region)).await.map(|_| ()),
            None => {
                self.check_region(region).await?;
                self.set_setting("default_region", Some(region)).map(|_| ())
            }
        }
    }
}
