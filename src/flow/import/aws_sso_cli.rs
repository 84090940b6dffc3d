//! Import from aws-sso-cli: its `SSOConfig`.

use std::path::{Path, PathBuf};

use super::ImportedPortals;
use super::portals::{Found, name_of};
use crate::domain::Problem;
use crate::domain::region::RegionScope;
use crate::flow::Flow;
use crate::store::aws_files::Snapshot;
use crate::store::other_tools;

impl Flow {
    /// The configuration of aws-sso-cli.
    pub(super) fn aws_sso_cli_file(&self) -> PathBuf {
        let ctx = self.ctx();
        let (env, home) = (&ctx.env, &ctx.dirs.home);
        env.get_os("AWS_SSO_CONFIG").map_or_else(
            || {
                let old = home.join(".aws-sso");
                let directory = if old.exists() {
                    old
                } else {
                    env.get_os("XDG_CONFIG_HOME")
                        .map_or_else(|| home.join(".config"), PathBuf::from)
                        .join("aws-sso")
                };
                directory.join("config.yaml")
            },
            |path| ctx.dirs.expand_tilde(Path::new(&path)),
        )
    }

    /// The portals of aws-sso-cli, and their default regions in the settings.
    pub(super) async fn import_aws_sso_cli(
        &self,
        files: &Snapshot,
        dry_run: bool,
    ) -> Result<ImportedPortals, Problem> {
        let owners = self.ctx().dirs.owners();
        let tool = other_tools::aws_sso_cli(owners, &self.aws_sso_cli_file())?;
        let mut imported = ImportedPortals::default();
        let found = tool.portals.iter().cloned().map(Found::from_known);
        self.take_portals(found.collect(), files, dry_run, &mut imported)
            .await?;
        self.take_default_region(tool.default_region.as_ref(), dry_run, &mut imported)
            .await;
        for portal in &tool.portals {
            let url = portal.start_url.as_deref().unwrap_or_default();
            // Why a portal was not taken is told already.
            if let Some(region) = &portal.default_region
                && let Some(name) = name_of(url, files, &imported)
            {
                let label = format!("the DefaultRegion of {}", portal.name);
                let scope = Some(RegionScope::Portal(name));
                self.take_region(label, scope, region, dry_run, &mut imported)
                    .await;
            }
        }
        for key in tool.others {
            let why = match key {
                "Via" | "ExternalId" => "a role behind another one is a [[chain]] of the settings",
                "Tags" => "set tags of accounts in the settings: [accounts.\"NUMBER\"]",
                "DefaultRegion" => "to set it, run: roledex region ENTRY REGION --for account",
                _ => "set profile_name in the settings",
            };
            let label = match key {
                "DefaultRegion" => "DefaultRegion of accounts and roles",
                key => key,
            };
            imported.left.push((label.to_owned(), why.to_owned()));
        }
        Ok(imported)
    }
}
