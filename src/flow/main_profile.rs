//! The profile that is meant where an entry is named that has several.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::Flow;
use crate::domain::{Catalog, EntryId, Kind, Problem, naming, profile};
use crate::store::aws_files::{Profile, Snapshot};

impl Flow {
    /// The names of the main profiles of all entries that have one. Of several it is the one with the default
    /// name, else the first in the files. A copy of an own profile is never meant by the entry of that profile.
    pub(super) fn main_profiles<'a>(
        &self,
        profiles: &'a [Profile],
    ) -> Result<BTreeMap<&'a EntryId, &'a str>, Problem> {
        let mut main = BTreeMap::new();
        let catalog = OnceCell::new();
        for profile in profiles {
            let entry = profile.entry.as_ref();
            let Some(id) = entry.filter(|id| id.kind != Kind::Profile) else {
                continue;
            };
            match main.entry(id) {
                Entry::Vacant(place) => {
                    place.insert(&*profile.name);
                }
                Entry::Occupied(mut place) => {
                    if profile.name == self.default_name_in(&catalog, id)? {
                        place.insert(&*profile.name);
                    }
                }
            }
        }
        Ok(main)
    }

    /// The name of the main profile of one entry, if it has a profile.
    pub(super) fn main_profile(
        &self,
        files: &Snapshot,
        id: &EntryId,
    ) -> Result<Option<String>, Problem> {
        let mut profiles = files.profiles();
        profiles.retain(|profile| profile.entry.as_ref() == Some(id));
        let main = self.main_profiles(&profiles)?;
        Ok(main.get(id).map(|name| (*name).to_owned()))
    }

    /// The default profile name of an entry.
    pub(super) fn default_name(&self, id: &EntryId) -> Result<String, Problem> {
        self.default_name_in(&OnceCell::new(), id)
    }

    /// [`Flow::default_name`] of many entries, for which the list is read once.
    fn default_name_in(
        &self,
        catalog: &OnceCell<Catalog>,
        id: &EntryId,
    ) -> Result<String, Problem> {
        let settings = self.settings();
        let Some(template) = &settings.profile_name else {
            return Ok(profile::default_name(id));
        };
        let catalog = match catalog.get() {
            Some(catalog) => catalog,
            None => {
                let read = self.cached_catalog()?;
                catalog.get_or_init(|| read)
            }
        };
        let entry = catalog.entry(id);
        let portal = catalog.portal_of(id.kind, &id.source);
        let portal = portal.map_or("", |portal| portal);
        Ok(naming::name_of(Some(template), &entry, portal))
    }
}
