//! Writes the profiles of many entries at once: first a plan, then one write. No credentials are requested.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::origin::Origins;
use super::{Flow, Permit};
use crate::domain::naming::{self, Collision, Naming};
use crate::domain::profile::Mode;
use crate::domain::sync::{SyncChange, SyncPreview, SyncRow, SyncScope};
use crate::domain::template::Template;
use crate::domain::text::natural_key;
use crate::domain::{Catalog, Entry, EntryId, Kind, Problem, ProblemKind, ordered, search};
use crate::store::aws_files::{Body, Edit, Profile, Snapshot};

/// The options of a sync.
#[derive(Clone, Debug, Default)]
pub struct SyncOptions {
    /// The entries.
    pub scope: SyncScope,
    /// The name template of new profiles; `None`: that of the settings.
    pub template: Option<Template>,
    /// Remove managed profiles whose role no longer exists.
    pub prune: bool,
    /// List the portals again first.
    pub refresh: bool,
}

/// The plan of a sync, decided before anything is written.
#[derive(Clone, Debug, Default)]
pub struct SyncPlan {
    /// Every profile that it is about, sorted by name.
    pub rows: Vec<SyncRow>,
    /// Entries that would have been called the same.
    pub collisions: Vec<Collision>,
    /// Warnings for the user.
    pub warnings: Vec<String>,
    edits: Vec<Edit>,
}

impl SyncPlan {
    /// The number of profiles with this change.
    #[must_use]
    pub fn count(&self, change: SyncChange) -> usize {
        self.rows.iter().filter(|row| row.change == change).count()
    }

    /// The number of profiles that are written or removed.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.edits.len()
    }

    /// The plan as it is shown.
    #[must_use]
    pub(crate) fn preview(&self) -> SyncPreview {
        let collisions = self.collisions.iter().map(|collision| {
            let count = collision.entries.len();
            let name = &collision.name;
            format!("{count} entries would be named {name}; each gets a name of its own")
        });
        SyncPreview {
            rows: self.rows.clone(),
            warnings: collisions.chain(self.warnings.iter().cloned()).collect(),
        }
    }

    /// The plan for some of the profiles alone, by their names.
    #[must_use]
    pub(crate) fn only(&self, names: &BTreeSet<String>) -> Self {
        let mut plan = self.clone();
        plan.rows.retain(|row| names.contains(&row.name));
        plan.edits.retain(|edit| match edit {
            Edit::PutProfile { name, .. } | Edit::RemoveProfile { name } => names.contains(name),
            _ => false,
        });
        plan
    }

    /// The entries whose profiles are written, each once.
    #[must_use]
    pub fn written(&self) -> Vec<EntryId> {
        // An edit may keep an older id of the entry, which no pattern of the guard knows.
        let is_written =
            |row: &&SyncRow| matches!(row.change, SyncChange::New | SyncChange::Changed);
        let written = self.rows.iter().filter(is_written);
        let entries = ordered::set(written.map(|row| row.entry.clone()));
        entries.into_iter().collect()
    }
}

impl Flow {
    /// Plans a sync without writing. Portals that were never listed (all of them, for a refresh) are listed first.
    ///
    /// # Errors
    /// As [`Flow::listed_catalog`]; nothing that matches; files that cannot be read.
    pub async fn sync_plan(&self, options: &SyncOptions) -> Result<SyncPlan, Problem> {
        let portal = options.scope.portal.as_deref();
        let (catalog, problems) = match options.scope.kind {
            None | Some(Kind::Org) => self.listed_catalog(portal, options.refresh).await?,
            Some(_) => self.known_catalog(portal, options.refresh).await?,
        };
        let mut plan = self.plan_sync(&catalog, options)?;
        for (name, problem) in problems {
            plan.warnings.push(problem.of_portal(&name));
        }
        Ok(plan)
    }

    /// Executes a plan in one write, and returns what the user should know of it.
    ///
    /// # Errors
    /// An entry of [`SyncPlan::written`] without a permit; `NotOurs` where another program has made a profile of one
    /// of the names since; files that cannot be written. Nothing is written then.
    pub fn sync(&self, plan: &SyncPlan, permits: &[Permit]) -> Result<Vec<String>, Problem> {
        let permitted = ordered::set(permits.iter().map(Permit::id));
        if let Some(id) = plan.written().iter().find(|id| !permitted.contains(id)) {
            return Err(
                Problem::new(ProblemKind::Guarded, format!("{id} was not permitted"))
                    .hint("pass --yes"),
            );
        }
        let mut warnings = Vec::new();
        if plan.edits.iter().any(names_program) {
            warnings.extend(self.link_program()?);
        }
        if !plan.edits.is_empty() {
            warnings.extend(self.edit(&plan.edits)?.warnings);
        }
        Ok(warnings)
    }

    fn plan_sync(&self, catalog: &Catalog, options: &SyncOptions) -> Result<SyncPlan, Problem> {
        let origins = self.origins()?;
        let selected = select(catalog, &options.scope);
        let profiles = Profiles::from_snapshot(&origins.files);
        let removed = if options.prune {
            removed(catalog, &profiles, &options.scope)
        } else {
            Vec::new()
        };
        if let (Some(query), [], []) = (
            &options.scope.query,
            selected.as_slice(),
            removed.as_slice(),
        ) {
            return Err(Problem::new(
                ProblemKind::NoSingleMatch {
                    candidates: Vec::new(),
                },
                format!("nothing matches {query:?}"),
            )
            .hint("to list entries, run: roledex list; if it is new: roledex list --refresh"));
        }
        let (namings, collisions) = self.names(catalog, options, &profiles);
        let mut plan = SyncPlan {
            collisions: about(collisions, &selected),
            ..SyncPlan::default()
        };
        for entry in &selected {
            match namings.get(&entry.id) {
                Some(Naming::Has(_)) => {
                    for profile in profiles.ours.get(&entry.id).into_iter().flatten() {
                        self.plan_one(
                            &mut plan,
                            &origins,
                            &entry.id,
                            &profile.name,
                            Some(profile),
                        )?;
                    }
                }
                Some(Naming::Gets(name)) => {
                    self.plan_one(&mut plan, &origins, &entry.id, name, None)?;
                }
                Some(Naming::Foreign(name)) => {
                    plan.rows.push(row(name, &entry.id, SyncChange::Skipped));
                }
                None => {}
            }
        }
        for (name, id) in removed {
            plan.rows.push(row(&name, &id, SyncChange::Removed));
            plan.edits.push(Edit::RemoveProfile { name });
        }
        plan.rows
            .sort_by_cached_key(|row| (natural_key(&row.name), row.name.clone()));
        if options.prune {
            plan.warnings
                .extend(not_pruned(catalog, &profiles, &options.scope));
        }
        Ok(plan)
    }

    fn plan_one(
        &self,
        plan: &mut SyncPlan,
        origins: &Origins,
        id: &EntryId,
        name: &str,
        known: Option<&Profile>,
    ) -> Result<(), Problem> {
        let snapshot = &origins.files;
        let mode = known.and_then(|profile| profile.mode);
        if mode == Some(Mode::Static) {
            plan.rows.push(row(name, id, SyncChange::Unchanged));
            return Ok(());
        }
        let body = self.body_without_keys(snapshot, id, mode.unwrap_or(Mode::Sso), name)?;
        let edit = Edit::PutProfile {
            name: name.to_owned(),
            entry: known
                .and_then(|profile| profile.written_entry.clone())
                .unwrap_or_else(|| id.clone()),
            body,
            region: origins
                .region_of(self.ctx(), id, known)?
                .map(|region| region.name),
            output: Some(self.output_of(snapshot, name)),
            force: false,
        };
        if !edit.is_writable() {
            // One name that no file can hold is no reason to write none of the others.
            plan.warnings.push(format!(
                "skipped {id}: its role name cannot be written to an AWS file"
            ));
            return Ok(());
        }
        let change = match known {
            None => SyncChange::New,
            Some(_) if snapshot.holds(&edit) => SyncChange::Unchanged,
            Some(_) => SyncChange::Changed,
        };
        let mut row = row(name, id, change);
        if change == SyncChange::Changed {
            row.differences = snapshot.differences(&edit);
        }
        plan.rows.push(row);
        if change != SyncChange::Unchanged {
            plan.edits.push(edit);
        }
        Ok(())
    }

    /// The names of all entries that there are: a part of them gets the names that all would.
    fn names(
        &self,
        catalog: &Catalog,
        options: &SyncOptions,
        profiles: &Profiles,
    ) -> (BTreeMap<EntryId, Naming>, Vec<Collision>) {
        let settings = self.settings();
        let template = options.template.as_ref().or(settings.profile_name.as_ref());
        let wanted: Vec<(EntryId, String)> = catalog
            .usable(None)
            .iter()
            .filter(|entry| entry.id.kind != Kind::Profile)
            .map(|entry| {
                let portal = catalog.portal_of(entry.id.kind, &entry.id.source);
                let portal = portal.map_or("", |portal| portal);
                (entry.id.clone(), naming::name_of(template, entry, portal))
            })
            .collect();
        let ours = ordered::map(profiles.ours.iter().map(|(id, profiles)| {
            let names = profiles.iter().map(|profile| profile.name.clone());
            (id.clone(), names.collect())
        }));
        naming::assign(&wanted, &ours, &profiles.foreign)
    }
}

fn row(name: &str, id: &EntryId, change: SyncChange) -> SyncRow {
    SyncRow {
        name: name.to_owned(),
        entry: id.clone(),
        change,
        differences: Vec::new(),
    }
}

/// `true` if an edit writes a profile that names this program.
fn names_program(edit: &Edit) -> bool {
    matches!(
        edit,
        Edit::PutProfile {
            body: Body::Process { .. },
            ..
        }
    )
}

/// The profiles of both files, by whose they are.
struct Profiles {
    ours: BTreeMap<EntryId, Vec<Profile>>,
    foreign: Vec<String>,
}

impl Profiles {
    fn from_snapshot(snapshot: &Snapshot) -> Self {
        let mut profiles = Self {
            ours: BTreeMap::new(),
            foreign: Vec::new(),
        };
        for profile in snapshot.profiles() {
            match profile.entry.clone() {
                Some(id) => profiles.ours.entry(id).or_default().push(profile),
                None => profiles.foreign.push(profile.name),
            }
        }
        profiles
    }
}

fn select(catalog: &Catalog, scope: &SyncScope) -> Vec<Entry> {
    let mut entries = catalog.usable(scope.portal.as_deref());
    // An own profile is there already.
    entries.retain(|entry| entry.id.kind != Kind::Profile && is_meant(catalog, &entry.id, scope));
    matching(catalog, entries, scope)
}

fn matching(catalog: &Catalog, entries: Vec<Entry>, scope: &SyncScope) -> Vec<Entry> {
    match &scope.query {
        Some(query) => search::find(catalog, &entries, query)
            .into_iter()
            .cloned()
            .collect(),
        None => entries,
    }
}

/// `true` if the scope has the entry, whatever the query.
fn is_meant(catalog: &Catalog, id: &EntryId, scope: &SyncScope) -> bool {
    scope.kind.is_none_or(|kind| id.kind == kind)
        && scope
            .entries
            .as_ref()
            .is_none_or(|entries| entries.contains(id))
        && catalog.belongs_to(id.kind, &id.source, scope.portal.as_deref())
}

/// The managed profiles whose role no longer exists.
fn removed(catalog: &Catalog, profiles: &Profiles, scope: &SyncScope) -> Vec<(String, EntryId)> {
    let entries = profiles
        .ours
        .keys()
        .filter(|id| is_meant(catalog, id, scope) && catalog.is_lost(id))
        .map(|id| catalog.entry(id))
        .collect();
    matching(catalog, entries, scope)
        .into_iter()
        .flat_map(|entry| {
            let profiles = profiles.ours.get(&entry.id).into_iter().flatten();
            let id = entry.id;
            profiles.map(move |profile| (profile.name.clone(), id.clone()))
        })
        .collect()
}

/// Sources whose profiles are kept because it is unknown which roles still exist.
fn not_pruned(catalog: &Catalog, profiles: &Profiles, scope: &SyncScope) -> Vec<String> {
    let unknown = |id: &&EntryId| match id.kind {
        Kind::Org => !catalog
            .portals
            .get(&id.source)
            .is_some_and(crate::domain::catalog::PortalPart::is_complete),
        Kind::External => catalog
            .apps
            .get(&id.source)
            .is_none_or(|part| part.roles.is_none()),
        Kind::Chain | Kind::Profile => false,
    };
    let incomplete = profiles
        .ours
        .keys()
        .filter(|id| is_meant(catalog, id, scope))
        .filter(unknown);
    ordered::set(incomplete.map(|id| Arc::clone(&id.source)))
        .into_iter()
        .map(|source| {
            format!("{source}: the list is incomplete, so none of its profiles are removed")
        })
        .collect()
}

/// Those collisions that the selected entries have a part in.
fn about(collisions: Vec<Collision>, selected: &[Entry]) -> Vec<Collision> {
    let selected = ordered::set(selected.iter().map(|entry| &entry.id));
    let mut collisions = collisions;
    collisions.retain(|collision| {
        collision
            .entries
            .iter()
            .any(|(id, _)| selected.contains(id))
    });
    collisions
}
