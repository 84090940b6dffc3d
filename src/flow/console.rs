//! The web console of an entry (B1), in the person's browser or in one of their own choice.

use super::Flow;
use crate::aws::console;
use crate::domain::partition::{self, Partition};
use crate::domain::text::clean;
use crate::domain::{EntryId, Kind, Problem, ProblemKind, Secret};
use crate::shell::opener;

/// Where in the console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Its first page.
    #[default]
    Home,
    /// A service's page, by the service's name.
    Service(String),
    /// Any page of it.
    Url(String),
}

impl Flow {
    /// The address that opens the console of an entry. For an account of the organization it is the
    /// portal's shortcut, which needs no credentials; else it signs in by itself, and is a secret.
    ///
    /// # Errors
    /// As [`Flow::obtain`]; a service or page that is none of the console's.
    pub async fn console_url(&self, id: &EntryId, place: &Place) -> Result<Secret, Problem> {
        let region = self.working_region(id)?;
        if id.kind == Kind::Org {
            let portal = self.portal(&id.source)?;
            let region = region.as_deref().unwrap_or(&portal.region);
            let partition = partition::of_region(region);
            let destination = match place {
                Place::Home => None,
                place => Some(page(place, region, &partition)?),
            };
            let url = console::portal_shortcut(
                &portal.start_url,
                id.account,
                &id.role,
                destination.as_deref(),
            );
            return Ok(Secret::new(url));
        }
        let credentials = self.obtain(id).await?;
        let own = self.partition_of(&self.snapshot()?, id);
        let partition =
            own.unwrap_or_else(|| partition::of_region(region.as_deref().unwrap_or("")));
        let region = partition.region_or_default(region.as_deref());
        let destination = page(place, region, &partition)?;
        let endpoint = self.endpoints(&self.snapshot()?)?.sign_in(&partition);
        let issuer = match self.app(&id.source) {
            Ok(app) => app.url,
            Err(_) => "roledex".to_owned(),
        };
        let url =
            console::federation_url(self.http()?, &endpoint, &credentials, &issuer, &destination);
        Ok(url.await?)
    }

    /// Opens the console of an entry: with the program of the settings, else the default browser.
    ///
    /// # Errors
    /// As [`Flow::console_url`]; no browser that can be opened.
    pub async fn open_console(&self, id: &EntryId, place: &Place) -> Result<(), Problem> {
        let url = self.console_url(id, place).await?;
        match &self.ctx().settings.console_command {
            Some(command) => {
                let name = self.account_name(id)?;
                let program = opener::fill(command, &url, id, &clean(&name)).ok_or_else(|| {
                    Problem::new(
                        ProblemKind::Usage,
                        "console_command in the settings is empty",
                    )
                    .hint("name a program and its arguments, {url} among them")
                })?;
                Ok(opener::detach(&program, &self.ctx().env)?)
            }
            None => self.open_secret(&url).await,
        }
    }
}

/// Only pages of the console: the browser is signed in there on the way.
fn page(place: &Place, region: &str, partition: &Partition) -> Result<String, Problem> {
    match place {
        Place::Home => Ok(console::home(region)),
        Place::Service(name) => console::service_page(name, region).ok_or_else(|| {
            Problem::new(ProblemKind::Usage, format!("{name:?} is no service's name"))
                .hint("name it as the console's address does: s3, ec2, lambda")
        }),
        Place::Url(text) => {
            let inside = url::Url::parse(text).ok().filter(|url| {
                let host = url.host_str().unwrap_or_default();
                let known = partition.console_host;
                url.scheme() == "https" && (host == known || host.ends_with(&format!(".{known}")))
            });
            inside.map(String::from).ok_or_else(|| {
                Problem::new(
                    ProblemKind::Usage,
                    format!("{text:?} is no page of the console"),
                )
                .hint(format!(
                    "it begins with https://{}/",
                    partition.console_host
                ))
            })
        }
    }
}
