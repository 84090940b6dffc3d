//! Using an own profile: as it is, or as a copy for tools that cannot use it themselves.

use super::super::Flow;
use crate::domain::chain::role_of;
use crate::domain::own::Sections as _;
use crate::domain::partition::{self, Partition};
use crate::domain::profile::{UseOptions, Used};
use crate::domain::{Credentials, EntryId, Kind, Problem, ProblemKind};
use crate::store::aws_files::Snapshot;

impl Flow {
    /// The result of using an own profile as it is: nothing is written.
    pub(in super::super) fn used_own(
        &self,
        id: &EntryId,
        credentials: &Credentials,
    ) -> Result<Used, Problem> {
        let region = self.working_region(id, None)?;
        Ok(Used {
            profile: id.source.to_string(),
            entry: id.clone(),
            mode: None,
            expires_at: credentials.ends(),
            is_region_assumed: region.as_ref().is_some_and(|region| region.is_assumed),
            region: region.map(|region| region.name),
            warnings: Vec::new(),
        })
    }
}

/// The partition of an own profile: that of its role, else that of its region.
pub(in super::super) fn own_partition(files: &Snapshot, name: &str) -> Option<Partition> {
    if let Some((partition, ..)) = files.either(name, "role_arn").and_then(role_of) {
        return Some(partition::named(partition));
    }
    let region = files.either(name, "region")?;
    Some(partition::of_region(region))
}

/// The name of an own profile.
pub(in super::super) fn own_name(id: &EntryId) -> Option<&str> {
    (id.kind == Kind::Profile).then_some(&*id.source)
}

/// The region that an own profile sets.
pub(in super::super) fn own_region(files: &Snapshot, id: &EntryId) -> Option<String> {
    files.either(own_name(id)?, "region").map(str::to_owned)
}

/// `true` if the profile is used as it is and nothing is written.
pub(in super::super) fn is_used_as_it_is(id: &EntryId, options: &UseOptions) -> bool {
    id.kind == Kind::Profile && options.profile.is_none() && options.mode.is_none()
}

/// Checks that a copy of an own profile can be written under that name.
pub(in super::super) fn check_copy(id: &EntryId, name: Option<&str>) -> Result<(), Problem> {
    let usage = |title: &str| Problem::new(ProblemKind::Usage, title);
    match name {
        None => Err(
            usage("a copy of a profile needs another name").hint(format!(
                "give a name, as in: roledex use {id} --as process --profile NAME"
            )),
        ),
        Some(name) if *name == *id.source => Err(usage("a profile cannot overwrite itself")
            .hint("choose another name with --profile NAME")),
        Some(_) => Ok(()),
    }
}

/// Keys without an end are not copied into another section: there they would outlive their own.
pub(in super::super) fn never_ends(id: &EntryId) -> Problem {
    Problem::new(
        ProblemKind::Usage,
        format!(
            "the credentials of {} have no expiry, so they are not copied",
            id.words()
        ),
    )
    .hint("use the profile itself, or --as process")
}
