//! Import from Leapp: portals, identity providers, and the regions of its sessions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::ImportedPortals;
use super::apps::Imported;
use super::portals::{Found, name_of};
use crate::config::machine;
use crate::domain::chain::role_of;
use crate::domain::region::RegionScope;
use crate::domain::text::word;
use crate::domain::{AccountId, EntryId, Problem, ProblemKind, ordered};
use crate::flow::Flow;
use crate::flow::apps::NewApp;
use crate::store::aws_files::Snapshot;
use crate::store::other_tools::leapp::{self, Session, Unreadable, Workspace};

impl Flow {
    /// The portals of Leapp as sso-sessions, its identity providers as apps, and the regions of its sessions in
    /// the settings. What it keeps in the keychain stays there.
    pub(super) async fn import_leapp(
        &self,
        files: &Snapshot,
        dry_run: bool,
    ) -> Result<ImportedPortals, Problem> {
        let workspace = self.leapp_workspace()?;
        let mut imported = ImportedPortals::default();
        let found = workspace
            .portals
            .iter()
            .map(|(_, portal)| Found::from_known(portal.clone()));
        self.take_portals(found.collect(), files, dry_run, &mut imported)
            .await?;
        self.take_default_region(workspace.default_region.as_ref(), dry_run, &mut imported)
            .await;
        self.take_pages(&workspace, dry_run, &mut imported.apps)?;
        let portals = names_of_portals(&workspace, files, &imported);
        let sessions = workspace.sessions.iter();
        let entries = ordered::map(
            sessions.filter_map(|session| Some((session.id.as_str(), entry(session, &portals)?))),
        );
        for session in &workspace.sessions {
            if let Some(id) = entries.get(session.id.as_str()) {
                let is_special =
                    |region: &&String| workspace.default_region.as_ref() != Some(region);
                if let Some(region) = session.region.as_ref().filter(is_special) {
                    let label = format!("the region of the session {}", session.name);
                    let scope = Some(RegionScope::Entry(id.clone()));
                    self.take_region(label, scope, region, dry_run, &mut imported)
                        .await;
                }
            }
            if let Some(why) = reason(session, &entries) {
                let label = format!("the session {}", session.name);
                imported.left.push((label, why));
            }
        }
        Ok(imported)
    }

    /// The workspace of Leapp.
    pub(super) fn leapp_file(&self) -> PathBuf {
        self.ctx().dirs.home.join(".Leapp/Leapp-lock.json")
    }

    fn leapp_workspace(&self) -> Result<Workspace, Problem> {
        let dirs = &self.ctx().dirs;
        let path = self.leapp_file();
        // Without an id the file may still be plain.
        let machine = machine::id();
        match leapp::workspace(
            self.ctx().dirs.owners(),
            &path,
            machine.as_deref().unwrap_or_default(),
        ) {
            Ok(workspace) => Ok(workspace),
            Err(Unreadable::File(error)) => Err(error.into()),
            Err(Unreadable::Encrypted) => {
                let title = format!("cannot decrypt {}", dirs.tilde(&path));
                let cause = match machine {
                    Ok(_) => "it was not encrypted with the id of this machine".to_owned(),
                    Err(error) => format!(
                        "Leapp encrypts it with the id of its machine, which cannot be read: {error}"
                    ),
                };
                Err(Problem::new(ProblemKind::File, title).detail(cause).hint(
                    "import on the machine where Leapp runs, or add its portals yourself: roledex portal add NAME --start-url URL",
                ))
            }
        }
    }

    /// The start pages of identity providers. One page is one app, whatever number of roles it gives.
    fn take_pages(
        &self,
        workspace: &Workspace,
        dry_run: bool,
        apps: &mut Imported,
    ) -> Result<(), Problem> {
        let known = self.apps()?;
        let mut seen = BTreeSet::new();
        for session in &workspace.sessions {
            let Some(page) = session.page.as_ref().filter(|page| seen.insert(*page)) else {
                continue;
            };
            let Some(url) = workspace.pages.get(page) else {
                let why = "the address of its identity provider is missing".to_owned();
                apps.left.push((session.name.clone(), why));
                continue;
            };
            let new = NewApp {
                url: url.clone(),
                name: Some(session.name.clone()),
                ..NewApp::default()
            };
            self.import_app(&new, &known, dry_run, apps);
        }
        Ok(())
    }
}

/// The names that Leapp's portals have here, by their ids there.
fn names_of_portals(
    workspace: &Workspace,
    files: &Snapshot,
    imported: &ImportedPortals,
) -> BTreeMap<String, Arc<str>> {
    let portals = workspace.portals.iter();
    ordered::map(portals.filter_map(|(id, portal)| {
        let name = name_of(portal.start_url.as_deref()?, files, imported)?;
        Some((id.clone(), name))
    }))
}

/// The entry that a session behind a portal leads to. Leapp writes its role as `arn:aws:iam::ACCOUNT/ROLE`.
fn entry(session: &Session, portals: &BTreeMap<String, Arc<str>>) -> Option<EntryId> {
    let portal = portals.get(session.portal.as_ref()?)?;
    let arn = session.role_arn.as_deref()?;
    let (account, role) = arn.rsplit(':').next()?.rsplit_once('/')?;
    let account: AccountId = account.parse().ok()?;
    (!role.is_empty()).then(|| EntryId::org(Arc::clone(portal), account, role))
}

/// The part of a session that is not imported, and what to do about it.
fn reason(session: &Session, entries: &BTreeMap<&str, EntryId>) -> Option<String> {
    match session.kind.as_str() {
        "awsSsoRole" => match (entries.get(session.id.as_str()), &session.profile) {
            (None, _) => Some("its portal or its role is missing".to_owned()),
            (Some(id), Some(profile)) => Some(format!(
                "Leapp writes its keys to the profile {profile}; to write the profile, run: roledex use {id} --profile {}",
                word(profile)
            )),
            (Some(_), None) => None,
        },
        // Its page is an app.
        "awsIamRoleFederated" => None,
        "awsIamUser" => Some(
            "its access key is in the keychain, under Leapp, and stays there; to use it, create a key and run: aws configure --profile NAME"
                .to_owned(),
        ),
        "awsIamRoleChained" => {
            let arn = session.role_arn.as_deref().unwrap_or_default();
            let parent = session.parent.as_deref();
            let source = parent.and_then(|parent| entries.get(parent));
            Some(match (source, role_of(arn)) {
                (Some(source), Some(_)) => format!(
                    "add it to the settings:\n[[chain]]\nname = {:?}\nsource = \"{source}\"\nrole_arn = {arn:?}",
                    session.name
                ),
                _ => format!(
                    "it is assumed from a session that is not imported; write a profile with role_arn = {arn} and source_profile"
                ),
            })
        }
        "azure" | "google" | "alibaba" | "localstack" => {
            Some(format!("it is not an AWS account ({})", session.kind))
        }
        other => Some(format!("its type is unknown ({other})")),
    }
}
