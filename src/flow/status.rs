//! The written profiles and their remaining lifetimes. No network.

use std::collections::HashSet;

use super::Flow;
use super::origin::Origins;
use crate::domain::Problem;
use crate::domain::profile::{ManagedProfile, Mode};

impl Flow {
    /// The managed profiles of one portal, or all of them, in the order of [`Flow::profiles`].
    ///
    /// # Errors
    /// No such portal; a file that cannot be read.
    pub(crate) fn profiles_of(
        &self,
        origins: &Origins,
        portal: Option<&str>,
    ) -> Result<Vec<ManagedProfile>, Problem> {
        let mut profiles = self.profiles_in(origins)?;
        let Some(name) = portal else {
            return Ok(profiles);
        };
        self.portal(name)?;
        profiles.retain(|profile| origins.is_behind(&profile.entry, name));
        Ok(profiles)
    }

    /// Every managed profile, soonest expiry first, those without credentials last.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn profiles(&self) -> Result<Vec<ManagedProfile>, Problem> {
        self.profiles_in(&self.origins()?)
    }

    /// [`Flow::profiles`] of files that were read already.
    pub(crate) fn profiles_in(&self, origins: &Origins) -> Result<Vec<ManagedProfile>, Problem> {
        let mut profiles = Vec::new();
        let files = &origins.files;
        let all = files.profiles();
        let main = self.main_profiles(&all)?;
        let main: HashSet<String> = main.into_values().map(str::to_owned).collect();
        for profile in all {
            let (Some(entry), Some(mode)) = (profile.entry.clone(), profile.mode) else {
                continue;
            };
            // Whoever uses a region of the environment is told that it is wrong.
            let region = origins.region_of(self.ctx(), &entry, Some(&profile));
            let region = region.ok().flatten();
            let validity = self.validity_of(files, &entry)?;
            let expires_at = match mode {
                Mode::Static => profile.expires_at,
                Mode::Sso | Mode::Process => validity.map(|validity| validity.expires_at),
            };
            let validity = validity.filter(|validity| Some(validity.expires_at) == expires_at);
            profiles.push(ManagedProfile {
                is_main: main.contains(&profile.name),
                is_region_assumed: region.as_ref().is_some_and(|region| region.is_assumed),
                name: profile.name,
                entry,
                mode,
                expires_at,
                obtained_at: validity.and_then(|validity| validity.obtained_at),
                region: region.map(|region| region.name),
            });
        }
        profiles.sort_by(|a, b| {
            let key = |p: &ManagedProfile| (p.expires_at.is_none(), p.expires_at);
            key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
        });
        Ok(profiles)
    }
}
