//! Import from granted: the `[SSO.NAME]` tables of its configuration, and the `granted_sso_…` keys of its profiles.

use std::path::PathBuf;

use super::ImportedPortals;
use super::portals::{Found, of_profiles};
use crate::domain::Problem;
use crate::flow::Flow;
use crate::store::aws_files::Snapshot;
use crate::store::other_tools;

impl Flow {
    /// The configuration of granted.
    pub(super) fn granted_file(&self) -> PathBuf {
        let ctx = self.ctx();
        let own = ctx.dirs.home.join(".granted");
        let directory = match ctx.env.get_os("XDG_CONFIG_HOME") {
            Some(config) if !own.exists() => PathBuf::from(config).join("granted"),
            _ => own,
        };
        directory.join("config")
    }

    /// The portals of its configuration and of its profiles.
    pub(super) fn of_granted(
        &self,
        snapshot: &Snapshot,
        imported: &mut ImportedPortals,
    ) -> Result<Vec<Found>, Problem> {
        let owners = self.ctx().dirs.owners();
        let granted = other_tools::granted(owners, &self.granted_file())?;
        for registry in granted.registries {
            imported.left.push((
                format!("the profile registry {registry}"),
                "roledex does not read registries; profiles that are in the AWS config keep working"
                    .to_owned(),
            ));
        }
        let mut found: Vec<Found> = granted.portals.into_iter().map(Found::from_known).collect();
        found.extend(of_profiles(snapshot, "granted_sso_", |_| true));
        Ok(found)
    }
}
