//! Imports from other tools. Their files are read, and never changed.
//!
//! Only documented formats are read. Each tool has a module; the AWS CLI's own `sso_start_url` and `sso_region` of a
//! profile need none.

mod apps;
mod aws_sso_cli;
mod aws_vault;
mod awsume;
mod granted;
mod leapp;
mod portals;
mod profiles;
mod regions;
mod saml2aws;

use std::path::{Path, PathBuf};

use super::Flow;
use crate::domain::Problem;
pub(crate) use apps::Imported;
use portals::TakenPortal;
pub(crate) use profiles::Maker;
use regions::TakenRegion;

/// The tool to import from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortalsOf {
    /// granted: its configuration, and its profiles in the AWS config.
    Granted,
    /// aws-sso-cli.
    AwsSsoCli,
    /// The AWS CLI, before it knew sso-sessions.
    Legacy,
    /// aws-vault: its keys in the AWS config.
    AwsVault,
    /// Leapp: its workspace.
    Leapp,
    /// awsume: its configuration, and its keys in the AWS files.
    Awsume,
}

/// The result of an import of portals, and of what else the tool knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedPortals {
    /// The portals that were taken, or would be.
    pub taken: Vec<TakenPortal>,
    /// Portals that exist already: their source, and the name of the existing portal.
    pub known: Vec<(String, String)>,
    /// Items that could not be imported, and the reasons.
    pub left: Vec<(String, String)>,
    /// The apps of the tool's identity providers.
    pub apps: Imported,
    /// Regions of the settings that were taken, or would be.
    pub regions: Vec<TakenRegion>,
}

impl Flow {
    /// Saves the portals of another tool as sso-sessions, in one write. A second import changes nothing.
    ///
    /// # Errors
    /// A file of the tool that cannot be read, and an AWS config that cannot be written.
    pub async fn import_portals(
        &self,
        of: PortalsOf,
        dry_run: bool,
    ) -> Result<ImportedPortals, Problem> {
        let snapshot = self.snapshot()?;
        let mut imported = ImportedPortals::default();
        let found = match of {
            PortalsOf::Granted => self.of_granted(&snapshot, &mut imported)?,
            PortalsOf::AwsSsoCli => return self.import_aws_sso_cli(&snapshot, dry_run).await,
            PortalsOf::Legacy => portals::of_profiles(&snapshot, "sso_", |profile| {
                snapshot.value(profile, "sso_session").is_none()
            }),
            PortalsOf::AwsVault => {
                imported.left = aws_vault::reasons(&snapshot);
                aws_vault::of_aws_vault(&snapshot)
            }
            PortalsOf::Awsume => {
                self.import_awsume(&snapshot, dry_run, &mut imported)
                    .await?;
                Vec::new()
            }
            PortalsOf::Leapp => return self.import_leapp(&snapshot, dry_run).await,
        };
        self.take_portals(found, &snapshot, dry_run, &mut imported)
            .await?;
        Ok(imported)
    }

    /// The file that has the settings of a tool.
    pub fn file_of(&self, tool: PortalsOf) -> PathBuf {
        match tool {
            PortalsOf::Granted => self.granted_file(),
            PortalsOf::AwsSsoCli => self.aws_sso_cli_file(),
            PortalsOf::Leapp => self.leapp_file(),
            PortalsOf::Awsume => self.awsume_file(),
            PortalsOf::AwsVault | PortalsOf::Legacy => self.ctx().dirs.aws_config.clone(),
        }
    }

    /// The result of an import that found nothing, in words, with the file of the tool if it does not exist.
    pub fn nothing_to_import(&self, file: &Path) -> String {
        if file.exists() {
            return "nothing to import".to_owned();
        }
        let file = self.ctx().dirs.tilde(file);
        format!("nothing to import: {file} does not exist")
    }
}
