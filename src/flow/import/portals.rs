//! Portals of other tools, as sso-sessions.

use std::sync::Arc;

use super::ImportedPortals;
use crate::aws::app_link;
use crate::aws::start_url;
use crate::domain::portal::ACCOUNT_ACCESS_SCOPE;
use crate::domain::profile::{is_valid_name, sanitise};
use crate::domain::region;
use crate::domain::{Portal, Problem};
use crate::flow::Flow;
use crate::flow::portals::check_name;
use crate::store::aws_files::{Edit, Snapshot};
use crate::store::other_tools::KnownPortal;

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
pub(super) fn of_profiles(
    snapshot: &Snapshot,
    prefix: &str,
    is_meant: impl Fn(&str) -> bool,
) -> Vec<Found> {
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
