//! Setting the region of an entry, an account or a portal.

use super::origin::Origins;
use super::own::used::own_region;
use super::{Flow, Permit, half_done};
use crate::aws::probe::Service;
use crate::domain::partition::of_region;
use crate::domain::region::{self, Part, Region, RegionChoice, RegionScope};
use crate::domain::{EntryId, InputField, Kind, Problem, ProblemKind, Target};
use crate::store::aws_files::{Edit, Profile, Snapshot};
use crate::store::{history, settings_file};

impl Flow {
    /// Sets a region in the settings; `None` removes it. Managed profiles follow: those of the entry, and
    /// those of the account or portal whose region was assumed or set there before. Returns warnings.
    ///
    /// # Errors
    /// As [`Flow::check_region_of`]; a profile of the user's own that sets its region itself; files that
    /// cannot be written.
    pub async fn set_region(
        &self,
        scope: &RegionScope,
        region: Option<&str>,
    ) -> Result<Vec<String>, Problem> {
        if let Some(region) = region {
            self.check_region_of(scope, region).await?;
        }
        let (scope, region) = (scope.clone(), region.map(str::to_owned));
        self.apart(move |flow| flow.write_region(&scope, region.as_deref()))
            .await
    }

    fn write_region(
        &self,
        scope: &RegionScope,
        region: Option<&str>,
    ) -> Result<Vec<String>, Problem> {
        let before = self.origins()?;
        let affected: Vec<Profile> = before
            .files
            .profiles()
            .into_iter()
            .filter(|profile| self.follows(&before, scope, profile))
            .collect();
        if let RegionScope::Entry(id) = scope
            && affected.is_empty()
        {
            sets_no_region(&before.files, id)?;
        }
        self.save_region(scope, region)?;
        let after = self.origins()?;
        let mut edits = Vec::new();
        // The copies of an own profile that sets a region itself have regions of their own.
        let asked = match scope {
            RegionScope::Entry(_) => region.map(|region| Region::set(region.to_owned())),
            RegionScope::Account(_) | RegionScope::Portal(_) => None,
        };
        for profile in affected {
            let region = |id| match &asked {
                Some(region) => Ok(Some(region.clone())),
                None => after.region_of(self.ctx(), id, None),
            };
            if let Some(id) = &profile.entry
                && let Some(region) = region(id)?
                && profile.region.as_ref() != Some(&region.name)
            {
                edits.push(Edit::SetRegion {
                    name: profile.name,
                    region: region.name,
                });
            }
        }
        if edits.is_empty() {
            return Ok(Vec::new());
        }
        let written = self.edit(&edits).map_err(|problem| {
            // As it was before: the settings and the profiles agree.
            let old = before.settings().region_of(scope);
            match self.save_region(scope, old) {
                Ok(()) => problem,
                Err(_) => half_done(
                    problem,
                    "the region is in the settings now, but not in the profiles",
                ),
            }
        })?;
        Ok(written.warnings)
    }

    /// Sets the region of an own profile that is used as it is, in the settings. No profile is written, no copy of it
    /// either.
    ///
    /// # Errors
    /// As [`Flow::set_region`].
    pub(super) async fn set_own_region(&self, id: &EntryId, region: &str) -> Result<(), Problem> {
        let scope = RegionScope::Entry(id.clone());
        self.check_region_of(&scope, region).await?;
        let (id, region) = (id.clone(), region.to_owned());
        self.apart(move |flow| {
            sets_no_region(&flow.snapshot()?, &id)?;
            flow.save_region(&scope, Some(&region))
        })
        .await
    }

    /// Remembers a region that the user chose for an entry: in the settings, unless they give it already, and
    /// among the recently used ones. Returns a warning where the settings cannot be written.
    pub(super) fn remember_region(&self, id: &EntryId, region: &Region) -> Option<String> {
        let chosen = |origins: Origins| origins.region_of(self.ctx(), id, None);
        let chosen = self.origins().and_then(chosen).ok().flatten();
        if chosen.as_ref() == Some(region) {
            self.remember_recent(&region.name);
            return None;
        }
        let saved = self.save_region(&RegionScope::Entry(id.clone()), Some(&region.name));
        saved
            .err()
            .map(|problem| format!("the region is not remembered: {problem}"))
    }

    /// The region that an entry works in, by the profile that was named or else by its main one; `None` where
    /// nothing is known.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn region(&self, target: &Target) -> Result<Option<Region>, Problem> {
        self.working_region(&target.id, target.profile.as_deref())
    }

    /// The scope of an entry, its account or its portal.
    ///
    /// # Errors
    /// The account or the portal is not known; a file that cannot be read.
    pub fn region_scope(&self, id: &EntryId, part: Part) -> Result<RegionScope, Problem> {
        let origins = self.origins()?;
        let unknown = |what: &str| {
            let title = format!("the {what} of {} is not known", self.describe(id));
            Problem::new(ProblemKind::Usage, title).hint("set the region of the entry alone")
        };
        match part {
            Part::Entry => Ok(RegionScope::Entry(id.clone())),
            Part::Account => {
                let account = origins.account_of(id).ok_or_else(|| unknown("account"))?;
                Ok(RegionScope::Account(account))
            }
            Part::Portal => {
                let portal = origins
                    .sign_in_portal(id)
                    .ok_or_else(|| unknown("portal"))?;
                Ok(RegionScope::Portal(portal))
            }
        }
    }

    /// The regions to choose from for an entry that a query matches: the recently used ones first, then those of
    /// its partition; with a query, the best first.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn region_choices(&self, id: &EntryId, query: &str) -> Result<Vec<RegionChoice>, Problem> {
        let partition = self.partition_of(id)?;
        let choices = region::choices(&self.stored_history().regions, partition);
        Ok(region::find(&choices, query).into_iter().cloned().collect())
    }

    fn save_region(&self, scope: &RegionScope, region: Option<&str>) -> Result<(), Problem> {
        let dirs = &self.ctx().dirs;
        settings_file::set_region(dirs, scope, region)?;
        self.read_settings()?;
        if let Some(region) = region {
            self.remember_recent(region);
        }
        Ok(())
    }

    fn remember_recent(&self, region: &str) {
        if let Err(error) = history::remember_region(&self.ctx().dirs, region) {
            tracing::info!(%error, "cannot save the recent regions");
        }
    }

    /// True for a managed profile whose region is that of the scope.
    fn follows(&self, origins: &Origins, scope: &RegionScope, profile: &Profile) -> bool {
        let Some(id) = &profile.entry else {
            return false;
        };
        let is_free = || {
            let old = origins.settings().region_of(scope);
            let region = origins.region_of(self.ctx(), id, Some(profile));
            let region = region.ok().flatten();
            region.is_none_or(|region| region.is_assumed || Some(&*region.name) == old)
        };
        match scope {
            RegionScope::Entry(entry) => id == entry,
            RegionScope::Account(account) => origins.account_of(id) == Some(*account) && is_free(),
            RegionScope::Portal(portal) => origins.is_behind(id, portal) && is_free(),
        }
    }
}

/// Refuses an own profile that sets its region itself: that one counts.
fn sets_no_region(files: &Snapshot, id: &EntryId) -> Result<(), Problem> {
    if own_region(files, id).is_none() {
        return Ok(());
    }
    let title = format!("the profile {} sets its region itself", id.source);
    Err(Problem::new(ProblemKind::Usage, title)
        .hint("change it in ~/.aws/config: roledex does not write profiles of your own"))
}

impl Flow {
    /// Checks that AWS has a region: one that is known, or one whose STS answers.
    ///
    /// # Errors
    /// `Usage` with the regions that it could have meant; that of the network where nothing tells whether there is
    /// such a region.
    pub async fn check_region(&self, region: &str) -> Result<(), Problem> {
        if region::is_known(region)? {
            return Ok(());
        }
        match self.exists(region).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(region::not_a_region(region)),
            Err(problem) => {
                let hints = problem.hint.as_deref().map(str::to_owned);
                let hints = hints.into_iter().chain(region::did_you_mean(region));
                let hint = hints.collect::<Vec<_>>().join("; or ");
                let title = format!("cannot check whether {region:?} is a region");
                Err(problem
                    .causing(title)
                    .hint(hint)
                    .of_field(InputField::Region))
            }
        }
    }

    /// The permit with a region for this run, which nothing else remembers.
    ///
    /// # Errors
    /// As [`Flow::check_region_of`].
    pub async fn in_region(
        &self,
        permit: Permit,
        region: Option<String>,
    ) -> Result<Permit, Problem> {
        if let Some(region) = &region {
            let scope = RegionScope::Entry(permit.id().clone());
            self.check_region_of(&scope, region).await?;
        }
        Ok(permit.with_region(region))
    }

    /// Checks a region before it is set.
    ///
    /// # Errors
    /// As [`Flow::check_region`]; a region of another partition than the entry's or the portal's.
    pub(super) async fn check_region_of(
        &self,
        scope: &RegionScope,
        region: &str,
    ) -> Result<(), Problem> {
        self.check_region(region).await?;
        self.check_partition(scope, region)
    }

    /// Checks that a region is of the partition of what it is for, where that is known.
    ///
    /// # Errors
    /// A region of another partition than the entry's or the portal's.
    pub(super) fn check_partition(&self, scope: &RegionScope, region: &str) -> Result<(), Problem> {
        let origins = self.origins()?;
        let partition = match scope {
            RegionScope::Entry(id) if id.kind != Kind::Profile => origins.partition_of(id),
            RegionScope::Portal(name) => origins
                .files
                .portal(name)
                .map(|portal| of_region(&portal.region)),
            RegionScope::Entry(_) | RegionScope::Account(_) => None,
        };
        let Some(partition) = partition.filter(|it| of_region(region) != *it) else {
            return Ok(());
        };
        let title = format!(
            "{region} is not a region of the partition {}",
            partition.name
        );
        Err(Problem::new(ProblemKind::Usage, title)
            .hint("choose a region of the partition that the account is in"))
    }

    /// True if AWS has hosts in a region that is not known here. An override answers for every region, so
    /// it tells nothing.
    async fn exists(&self, region: &str) -> Result<bool, Problem> {
        let endpoints = self.endpoints(&self.snapshot()?)?;
        if endpoints.overrides_sts() {
            return Ok(false);
        }
        let http = self.http()?;
        let probe = async |region| http.probe(Service::Sts, &endpoints.sts(region)?).await;
        match probe(region).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_unknown_host() => {
                tracing::info!(%error, region, "no host in the region");
                // Without a network no name is found, that of a known region neither.
                probe(of_region(region).sts_region).await?;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}
