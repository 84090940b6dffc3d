//! Imports portals from other tools. Their profiles are read, and never changed.
//!
//! Only documented formats are read: granted's `granted_sso_…` keys and the `[SSO.NAME]` tables of its
//! configuration, aws-sso-cli's `SSOConfig`, and the AWS CLI's own `sso_start_url` and `sso_region` of a
//! profile. aws-vault, Leapp and awsume have modules of their own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Flow;
use super::import::Imported;
use super::import_aws_vault::{reasons, setting};
use super::portals::check_name;
use crate::aws::app_link;
use crate::aws::start_url;
use crate::config::Ctx;
use crate::domain::portal::ACCOUNT_ACCESS_SCOPE;
use crate::domain::profile::{is_valid_name, sanitise};
use crate::domain::region::{self, RegionScope};
use crate::domain::{Portal, Problem};
use crate::store::aws_files::{Edit, Snapshot};
use crate::store::other_tools::{self, KnownPortal};

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
    /// Settings that were taken, or would be, as they are in the settings file.
    pub settings: Vec<String>,
}

impl ImportedPortals {
    /// The region that this import has taken, or would take, for a key of the settings.
    pub(super) fn taken_region(&self, key: &str) -> Option<&str> {
        let mut lines = self.settings.iter();
        lines.find_map(|line| {
            let value = line.strip_prefix(key)?.strip_prefix(" = \"")?;
            value.strip_suffix('"')
        })
    }
}

/// One portal that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenPortal {
    /// As it is saved.
    pub portal: Portal,
    /// The number of profiles that name it.
    pub profiles: usize,
}

/// Something that names a portal.
pub(super) struct Found {
    /// Its label in reports.
    pub(super) label: String,
    /// The portal's name; `None`: derived from its host.
    pub(super) name: Option<String>,
    pub(super) start_url: Option<String>,
    pub(super) region: Option<String>,
    pub(super) is_profile: bool,
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
            PortalsOf::Legacy => of_profiles(&snapshot, "sso_", |profile| {
                snapshot.value(profile, "sso_session").is_none()
            }),
            PortalsOf::AwsVault => {
                imported.left = reasons(&snapshot);
                of_aws_vault(&snapshot)
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

    /// Takes portals, in one write.
    pub(super) async fn take_portals(
        &self,
        found: Vec<Found>,
        snapshot: &Snapshot,
        dry_run: bool,
        imported: &mut ImportedPortals,
    ) -> Result<(), Problem> {
        let ours = snapshot.portals();
        for found in found {
            let label = found.label.clone();
            if let Err(why) = self.take_portal(found, &ours, dry_run, imported).await {
                imported.left.push((label, why));
            }
        }
        if !dry_run && !imported.taken.is_empty() {
            let edits: Vec<Edit> = imported
                .taken
                .iter()
                .map(|taken| Edit::PutPortal(taken.portal.clone()))
                .collect();
            self.edit(&edits)?;
        }
        Ok(())
    }

    /// Takes one portal, unless it is saved already or cannot be saved.
    async fn take_portal(
        &self,
        found: Found,
        ours: &[Portal],
        dry_run: bool,
        imported: &mut ImportedPortals,
    ) -> Result<(), String> {
        let text = found.start_url.ok_or("its start URL is missing")?;
        let parsed = start_url::parse(&text).map_err(|error| Problem::from(error).to_string())?;
        let url = parsed.url.clone();
        let same = |portal: &Portal| {
            start_url::parse(&portal.start_url)
                .map_or(portal.start_url == url, |own| own.url == url)
        };
        if let Some(known) = ours.iter().find(|portal| same(portal)) {
            imported.known.push((found.label, known.name.to_string()));
            return Ok(());
        }
        let profiles = usize::from(found.is_profile);
        let mut before = imported.taken.iter_mut();
        if let Some(taken) = before.find(|taken| same(&taken.portal)) {
            // The same URL with another region is another tool's mistake; the first one counts.
            taken.profiles += profiles;
            return Ok(());
        }
        let region = found
            .region
            .or_else(|| parsed.region.clone())
            .ok_or("its region is missing")?;
        let taken = |name: &str| {
            let names = ours.iter().chain(imported.taken.iter().map(|t| &t.portal));
            names.into_iter().any(|portal| *portal.name == *name)
        };
        let named = found.name.as_deref().map(sanitise);
        // aws-sso-cli's first portal is called Default, which no section may be.
        let name = match named.filter(|name| is_valid_name(name)) {
            Some(name) => {
                // Told apart by its host: a portal of that name with another URL is another portal.
                if taken(&name) {
                    free(&format!("{name}-{}", host_name(&url)), taken)
                } else {
                    name
                }
            }
            None => free(&host_name(&url), taken),
        };
        let checked = async {
            check_name(&name)?;
            region::is_known(&region)?;
            parsed.check_region(&region)?;
            if !dry_run {
                self.check_region(&region).await?;
            }
            Ok::<_, Problem>(())
        };
        let checked = checked.await;
        checked.map_err(|problem| problem.to_string())?;
        imported.taken.push(TakenPortal {
            portal: Portal {
                name: Arc::from(name),
                start_url: url,
                region,
                scopes: vec![ACCOUNT_ACCESS_SCOPE.to_owned()],
            },
            profiles,
        });
        Ok(())
    }

    /// Takes the default region of a tool, where none is set.
    pub(super) async fn take_default_region(
        &self,
        region: &str,
        dry_run: bool,
        imported: &mut ImportedPortals,
    ) {
        let label = "the default region";
        let settings = self.settings();
        let known = settings.default_region.as_deref();
        if known == Some(region) {
            return;
        }
        if let Some(known) = known {
            let why = format!("the settings have default_region = {known:?}");
            imported.left.push((label.to_owned(), why));
            return;
        }
        let taken = match region::is_known(region) {
            Ok(_) if !dry_run => self.save_default_region(region).await,
            checked => checked.map(|_| ()),
        };
        match taken {
            Ok(()) => imported
                .settings
                .push(format!("default_region = {region:?}")),
            Err(problem) => imported.left.push((label.to_owned(), problem.to_string())),
        }
    }

    async fn save_default_region(&self, region: &str) -> Result<(), Problem> {
        self.check_region(region).await?;
        self.set_setting("default_region", Some(region)).map(|_| ())
    }

    /// The file that has the settings of a tool.
    pub fn file_of(&self, tool: PortalsOf) -> PathBuf {
        let Ctx { env, dirs, .. } = self.ctx();
        let config = env.get_os("XDG_CONFIG_HOME").map(PathBuf::from);
        match tool {
            PortalsOf::Granted => {
                let own = dirs.home.join(".granted");
                let directory = match config {
                    Some(config) if !own.exists() => config.join("granted"),
                    _ => own,
                };
                directory.join("config")
            }
            PortalsOf::AwsSsoCli => self.aws_sso_cli_file(),
            PortalsOf::Leapp => dirs.home.join(".Leapp/Leapp-lock.json"),
            PortalsOf::Awsume => {
                let own = || dirs.home.join(".awsume");
                let directory = config.map_or_else(own, |config| config.join("awsume"));
                directory.join("config.yaml")
            }
            PortalsOf::AwsVault | PortalsOf::Legacy => dirs.aws_config.clone(),
        }
    }

    fn of_granted(
        &self,
        snapshot: &Snapshot,
        imported: &mut ImportedPortals,
    ) -> Result<Vec<Found>, Problem> {
        let owners = self.ctx().dirs.owners();
        let granted = other_tools::granted(owners, &self.file_of(PortalsOf::Granted))?;
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

    /// The portals of aws-sso-cli, and their default regions in the settings.
    async fn import_aws_sso_cli(
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
        if let Some(region) = &tool.default_region {
            self.take_default_region(region, dry_run, &mut imported)
                .await;
        }
        for portal in &tool.portals {
            if let Some(region) = &portal.default_region {
                self.take_portal_region(portal, region, files, dry_run, &mut imported)
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

    /// The default region of one portal, where the settings have none.
    async fn take_portal_region(
        &self,
        portal: &KnownPortal,
        region: &str,
        files: &Snapshot,
        dry_run: bool,
        imported: &mut ImportedPortals,
    ) {
        let label = format!("the DefaultRegion of {}", portal.name);
        let url = portal.start_url.as_deref().unwrap_or_default();
        // Why a portal was not taken is told already.
        let Some(name) = name_of(url, files, imported) else {
            return;
        };
        let key = format!("[portals.{name:?}] region");
        let scope = RegionScope::Portal(Arc::clone(&name));
        let settings = self.settings();
        let known = settings.region_of(&scope);
        let known = known.or_else(|| imported.taken_region(&key));
        if known == Some(region) {
            return;
        }
        let taken = match known {
            Some(known) => {
                let why = format!("the settings have {known} for {name}");
                imported.left.push((label, why));
                return;
            }
            None if dry_run => {
                region::is_known(region).and_then(|_| self.check_partition(&scope, region))
            }
            None => self.set_region(&scope, Some(region)).await.map(|_| ()),
        };
        match taken {
            Ok(()) => imported.settings.push(format!("{key} = {region:?}")),
            Err(problem) => imported.left.push((label, problem.to_string())),
        }
    }

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
}

impl Found {
    pub(super) fn from_known(portal: KnownPortal) -> Self {
        Self {
            label: portal.name.clone(),
            name: Some(portal.name),
            start_url: portal.start_url,
            region: portal.region,
            is_profile: false,
        }
    }
}

/// The name of the portal with a start URL: one that is saved, or that this import takes.
pub(super) fn name_of(url: &str, files: &Snapshot, imported: &ImportedPortals) -> Option<Arc<str>> {
    let url_of = |url: &str| start_url::parse(url).map(|parsed| parsed.url).ok();
    let url = url_of(url)?;
    let mut ours = files.portals();
    ours.extend(imported.taken.iter().map(|taken| taken.portal.clone()));
    let mut ours = ours.into_iter();
    let found = ours.find(|portal| url_of(&portal.start_url).is_some_and(|own| own == url));
    found.map(|portal| portal.name)
}

/// The profiles that name a portal by keys of a prefix.
fn of_profiles(snapshot: &Snapshot, prefix: &str, is_meant: impl Fn(&str) -> bool) -> Vec<Found> {
    let url = format!("{prefix}start_url");
    snapshot
        .profiles()
        .into_iter()
        .filter(|profile| is_meant(&profile.name))
        .filter_map(|profile| {
            Some(Found {
                label: format!("the profile {}", profile.name),
                name: None,
                start_url: Some(snapshot.value(&profile.name, &url)?),
                region: snapshot.value(&profile.name, &format!("{prefix}region")),
                is_profile: true,
            })
        })
        .collect()
}

/// The portals that profiles name themselves, or inherit as aws-vault reads them.
fn of_aws_vault(files: &Snapshot) -> Vec<Found> {
    files
        .own_names()
        .filter(|name| setting(files, name, "sso_session").is_none())
        .filter_map(|name| {
            Some(Found {
                label: format!("the profile {name}"),
                name: None,
                start_url: Some(setting(files, name, "sso_start_url")?.to_owned()),
                region: setting(files, name, "sso_region").map(str::to_owned),
                is_profile: true,
            })
        })
        .collect()
}

/// A name for a portal: the first label of its host; for a host that all portals share, the one
/// last in its path.
fn host_name(url: &str) -> String {
    let host = app_link::host(url);
    let first = host.split('.').next().unwrap_or_default();
    let last = url.rsplit('/').next().unwrap_or_default();
    let name = match first {
        "identitycenter" | "start" => last,
        first => first,
    };
    sanitise(name)
}

fn free(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut candidate = name.to_owned();
    let mut number = 1_u32;
    while taken(&candidate) {
        number += 1;
        candidate = format!("{name}-{number}");
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_portals() {
        assert_eq!(host_name("https://acme.awsapps.com/start"), "acme");
        assert_eq!(
            host_name("https://identitycenter.amazonaws.com/ssoins-1234"),
            "ssoins-1234"
        );
        assert_eq!(
            host_name("https://start.cn-north-1.home.awsapps.cn/directory/acme"),
            "acme"
        );
        assert_eq!(free("x", |name| name != "x-3"), "x-3");
    }
}
