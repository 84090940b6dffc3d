//! Import from awsume: its region, and settings of profiles that only it reads.

use std::path::PathBuf;

use super::ImportedPortals;
use crate::domain::Problem;
use crate::domain::own::Sections as _;
use crate::flow::Flow;
use crate::store::aws_files::Snapshot;
use crate::store::other_tools::awsume;

impl Flow {
    /// The configuration of awsume.
    pub(super) fn awsume_file(&self) -> PathBuf {
        let ctx = self.ctx();
        let config = ctx.env.get_os("XDG_CONFIG_HOME").map(PathBuf::from);
        let own = || ctx.dirs.home.join(".awsume");
        let directory = config.map_or_else(own, |config| config.join("awsume"));
        directory.join("config.yaml")
    }

    /// Takes the default region of awsume, and reports the rest: its profiles are the user's own.
    pub(super) async fn import_awsume(
        &self,
        files: &Snapshot,
        dry_run: bool,
        imported: &mut ImportedPortals,
    ) -> Result<(), Problem> {
        let owners = self.ctx().dirs.owners();
        let known = awsume::settings(owners, &self.awsume_file())?;
        self.take_default_region(known.region.as_ref(), dry_run, imported)
            .await;
        for (key, value) in known.other {
            let why = match key {
                "role-duration" => {
                    format!("write it into the profiles of the roles: duration_seconds = {value}")
                }
                "role-session-name" => {
                    format!("write it into the profiles of the roles: role_session_name = {value}")
                }
                "config-file" => format!("set AWS_CONFIG_FILE to {value}"),
                "credentials-file" => format!("set AWS_SHARED_CREDENTIALS_FILE to {value}"),
                _ => format!(
                    "it is a line for a shell; console_command in the settings is a list of a program and its arguments, with {{url}}: {value}"
                ),
            };
            imported.left.push((format!("{key} of awsume"), why));
        }
        for name in files.own_names() {
            if let Some(why) = reason(files, name) {
                imported.left.push((format!("the profile {name}"), why));
            }
        }
        Ok(())
    }
}

/// The reason why only awsume can use a profile.
fn reason(files: &Snapshot, name: &str) -> Option<String> {
    let has = |key: &str| files.either(name, key).is_some();
    if has("autoawsume") || files.either(name, "manager") == Some("awsume") {
        return Some(
            "awsume wrote its temporary keys; use the profile that they come from".to_owned(),
        );
    }
    if !has("role_arn") {
        return None;
    }
    if has("principal_arn") {
        return Some(
            "a plugin of awsume signs in to it by SAML; to add the page that starts the app, run: roledex app add URL"
                .to_owned(),
        );
    }
    let is_without_source = !has("source_profile") && !has("credential_source");
    (is_without_source && has("credential_process")).then(|| {
        "only awsume assumes role_arn with credential_process; move credential_process to a profile of its own, and name that in source_profile"
            .to_owned()
    })
}
