//! The web console of an entry (docs/requirements.md#console-per-partition), in the user's browser or in one of their own choice.
//!
//! A sign-in that is in the address (external accounts, chains) is never in an argument list: the
//! browser is started with a page of this machine, which leads it there once ([`handover`]). That is so
//! for every browser, because nothing shows beforehand where it runs:
//!
//! - `console_command`: `{url}` and `{url_encoded}` are the page; profiles and containers of a browser on
//!   this machine reach it. A command without either is started without a wait for the page.
//! - `BROWSER` of a remote editor: editors forward a local address, and then it works; over plain SSH, or
//!   out of a container with a network of its own, no browser requests it, and the error says so.
//! - Windows' browser from WSL: it comes through WSL's forwarding, unless that is switched off.
//!
//! If no browser arrives, the user can choose `roledex console … --print`, and must then keep the address
//! secret. The portal's shortcut (organization entries) contains no secret, and is opened directly.
//!
//! [`handover`]: crate::serve::handover

use std::time::Duration;

use super::browser::{BROWSER_TIMEOUT, HANDOVER_TIMEOUT, why_not};
use super::own::Route;
use super::own::used::own_name;
use super::{Flow, Permit};
use crate::aws::console;
use crate::config::console_command::ConsoleCommand;
use crate::domain::partition::{self, Partition};
use crate::domain::text::clean;
use crate::domain::{Credentials, EntryId, Kind, Problem, ProblemKind, Secret};
use crate::serve::handover::{Error as HandoverError, Handover};
use crate::shell::opener;

/// Time for a browser to load the one-shot page.
pub(crate) const TIMEOUT: Duration = HANDOVER_TIMEOUT;

/// The part of the console to open.
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

impl Place {
    /// Checks the name of a service, before anything is asked for.
    ///
    /// # Errors
    /// `Usage` with the nearest names.
    pub fn check(&self) -> Result<(), Problem> {
        let Self::Service(name) = self else {
            return Ok(());
        };
        console::check_service(name).map_err(|near| {
            let problem = Problem::new(
                ProblemKind::Usage,
                format!("{name:?} is not a service of the console"),
            );
            let other = "open any other page with --destination URL";
            if near.is_empty() {
                problem.hint(other)
            } else {
                problem.hint(format!("did you mean {}? {other}", near.join(", ")))
            }
        })
    }
}

impl Flow {
    /// The address that opens the console of an entry. For an account of the organization it is the
    /// portal's shortcut, which needs no credentials; else it signs in by itself, and is a secret.
    ///
    /// # Errors
    /// As [`Flow::credentials`]; a service or page that is none of the console's.
    pub async fn console_url(&self, permit: &Permit, place: &Place) -> Result<Secret, Problem> {
        let id = permit.id();
        let region = self.region_with(permit)?;
        // The first page by itself is that of no region.
        let in_region = Place::Service("console".to_owned());
        let place = match place {
            Place::Home if permit.region().is_some() => &in_region,
            place => place,
        };
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
        self.check_console(id)?;
        let snapshot = self.snapshot()?;
        let own = self.partition_of(id)?;
        let partition =
            own.unwrap_or_else(|| partition::of_region(region.as_deref().unwrap_or("")));
        let region = partition.region_or_default(region.as_deref());
        let destination = page(place, region, &partition)?;
        let endpoint = self
            .endpoints_of(&snapshot, own_name(id))?
            .sign_in(&partition);
        let credentials = self.console_credentials(id, &partition).await?;
        let issuer = match self.app(&id.source) {
            Ok(app) => app.url,
            Err(_) => "roledex".to_owned(),
        };
        let url =
            console::federation_url(self.http()?, &endpoint, &credentials, &issuer, &destination);
        Ok(url.await?)
    }

    /// The console takes no MFA session of a user's own keys, and a federated session would silently be one
    /// without MFA.
    fn check_console(&self, id: &EntryId) -> Result<(), Problem> {
        if !matches!(self.route(id)?, Route::Mfa(_)) {
            return Ok(());
        }
        Err(Problem::new(
            ProblemKind::Usage,
            format!(
                "the console cannot be opened with {}: AWS does not accept the MFA session of a user there",
                self.describe(id)
            ),
        )
        .hint("use a profile with a role, or sign in to the console as the user"))
    }

    /// Credentials that the console accepts: of a user's own keys, a session of a federated user.
    async fn console_credentials(
        &self,
        id: &EntryId,
        partition: &Partition,
    ) -> Result<Credentials, Problem> {
        let credentials = self.obtain(id).await?;
        if !credentials.is_long_term() {
            return Ok(credentials);
        }
        let sts = self.sts_for(id, partition.name)?;
        sts.federation_token(&credentials).await.map_err(|error| {
            let problem = Problem::from(error);
            let is_denied = problem.kind == ProblemKind::AccessDenied;
            let problem = problem.causing(format!(
                "cannot open the console with {}",
                self.describe(id)
            ));
            if is_denied {
                problem.hint("the user of these keys needs the permission sts:GetFederationToken")
            } else {
                problem
            }
        })
    }

    /// Opens the console of an entry: with the program of the settings, else the default browser.
    /// Returns when the browser was led there, after `limit` at the latest; for an account of the
    /// organization as soon as the browser is started.
    ///
    /// # Errors
    /// As [`Flow::console_url`]; no browser that can be opened, or none that came.
    pub async fn open_console(
        &self,
        permit: &Permit,
        place: &Place,
        limit: Duration,
    ) -> Result<(), Problem> {
        let id = permit.id();
        let url = self.console_url(permit, place).await?;
        let settings = self.settings();
        let command = settings.console_command.as_ref();
        let is_awaited = command.is_none_or(ConsoleCommand::has_address);
        if id.kind == Kind::Org || !is_awaited {
            return self.show(id, &url).await;
        }
        let page = Handover::bind(self.browser_peers())
            .await
            .map_err(|error| self.not_handed_over(id, &error))?;
        let address = page.address();
        let showing = self.show(id, &address);
        let giving = page.give(url, limit);
        tokio::pin!(showing, giving);
        // Some openers end with the browser only, which must be answered before that.
        let given = tokio::select! {
            given = &mut giving => given,
            shown = &mut showing => {
                shown?;
                giving.await
            }
        };
        given.map_err(|error| self.not_handed_over(id, &error))
    }

    /// Shows an address in the browser of an entry.
    async fn show(&self, id: &EntryId, url: &Secret) -> Result<(), Problem> {
        let settings = self.settings();
        let Some(command) = &settings.console_command else {
            return self
                .open_browser(opener::address(url))
                .await
                .map_err(|problem| problem.hint(print_instead(id)));
        };
        let owners = self.ctx().dirs.owners();
        owners.refuse_root("run the console_command")?;
        let name = self.account_name(id)?;
        let program = opener::fill(command, url, id, &clean(&name));
        let opened = opener::open(&program, &self.ctx().env, BROWSER_TIMEOUT).await;
        opened.map_err(|error| why_not(&error.to_string()).hint(print_instead(id)))
    }

    fn not_handed_over(&self, id: &EntryId, error: &HandoverError) -> Problem {
        Problem::new(
            ProblemKind::NoBrowser,
            format!("cannot open the console of {}: {error}", id.role),
        )
        .detail(self.handover_detail(error).unwrap_or_default())
        .hint(print_instead(id))
    }
}

/// The hint for a user whose browser cannot be opened from here.
fn print_instead(id: &EntryId) -> String {
    format!("to print the address instead, run: roledex console {id} --print")
}

/// Only pages of the console: the browser is signed in there on the way.
fn page(place: &Place, region: &str, partition: &Partition) -> Result<String, Problem> {
    match place {
        Place::Home => Ok(console::home(region)),
        Place::Service(name) => console::service_page(name, region).ok_or_else(|| {
            Problem::new(ProblemKind::Usage, format!("{name:?} is not a service"))
                .hint("use the name in the console's address, such as s3, ec2 or lambda")
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
                    format!("{text:?} is not a page of the console"),
                )
                .hint(format!(
                    "use an address that begins with https://{}/",
                    partition.console_host
                ))
            })
        }
    }
}
