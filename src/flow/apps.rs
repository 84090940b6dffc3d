//! Apps: the External AWS Account applications of the settings, and finding them in a portal.

use std::sync::Arc;

use super::Flow;
use super::capture::Page;
use crate::aws::app_link;
use crate::aws::apps::{AppsClient, tiles_in};
use crate::config::Settings;
use crate::domain::assertion::SESSION_SECONDS;
use crate::domain::id::unlike_entry;
use crate::domain::text::{clean, word};
use crate::domain::{
    App, CaptureStep, InputField, Kind, Method, Portal, Problem, ProblemKind, Tile,
    profile::ManagedProfile,
};
use crate::saml::capture::browser;
use crate::store::aws_files::Edit;
use crate::store::remembered::Remembered;
use crate::store::{catalog_cache, settings_file};

/// The longest name of an app; it is part of every id.
const MAX_NAME_CHARS: usize = 100;

/// The details of an app to add.
#[derive(Clone, Debug, Default)]
pub struct NewApp {
    /// The link, as it was pasted.
    pub url: String,
    /// Its name; else the link's.
    pub name: Option<String>,
    /// Its portal; else the saved one; else the one with the link's host.
    pub portal: Option<String>,
    /// The method that captures its response; else the saved one; else `auto`.
    pub method: Option<Method>,
    /// The requested session duration (seconds); else the saved one.
    pub duration_seconds: Option<u32>,
    /// The port of its loopback ACS; else the saved one.
    pub port: Option<u16>,
}

impl Flow {
    /// Every app, sorted by name: as the settings file has them now.
    ///
    /// # Errors
    /// A settings file that cannot be read.
    pub fn apps(&self) -> Result<Vec<App>, Problem> {
        let mut apps = Settings::load(&self.ctx().dirs)?.apps();
        if let Some(method) = self.inner.method.get() {
            for app in &mut apps {
                app.method = *method;
            }
        }
        if apps.iter().any(|app| app.portal.is_none())
            && let Ok(files) = self.snapshot()
        {
            let portals = files.portals();
            for app in apps.iter_mut().filter(|app| app.portal.is_none()) {
                app.portal = portal_of(&app.url, &portals);
            }
        }
        Ok(apps)
    }

    /// Sets the capture method of this process, whatever the settings say.
    pub fn set_method(&self, method: Method) {
        // The first one counts; a command has one.
        let _ = self.inner.method.set(method);
    }

    /// One app, by its name; in other case where only one has the name then.
    ///
    /// # Errors
    /// No such app, with those that there are; a settings file that cannot be read.
    pub fn app(&self, name: &str) -> Result<App, Problem> {
        let apps = self.apps()?;
        let known: Vec<String> = apps.iter().map(|app| app.name.to_string()).collect();
        let folded = name.to_lowercase();
        let alike = || {
            let mut alike = apps.iter().filter(|app| app.name.to_lowercase() == folded);
            alike.next().filter(|_| alike.next().is_none())
        };
        let app = apps.iter().find(|app| *app.name == *name);
        app.or_else(alike).cloned().ok_or_else(|| {
            let problem = Problem::new(
                ProblemKind::NoSingleMatch {
                    candidates: Vec::new(),
                },
                format!("no app is named {name:?}"),
            );
            if known.is_empty() {
                problem.hint("to add it with the link of its tile, run: roledex app add URL")
            } else {
                problem.hint(format!("the apps are: {}", known.join(", ")))
            }
        })
    }

    /// Saves an app in the settings. The same link under the same name again changes only the details that
    /// are given.
    ///
    /// # Errors
    /// A link that is none, a name that is taken or missing, a portal that is not known, and a
    /// settings file that cannot be written.
    pub fn add_app(&self, new: &NewApp) -> Result<App, Problem> {
        let link =
            app_link::parse(&new.url).map_err(|problem| problem.of_field(InputField::Address))?;
        if app_link::is_portal(&link, self.portals()?.iter().map(|it| &it.start_url)) {
            let title = format!(
                "{} is the address of the portal, not of an app in it",
                link.url
            );
            return Err(Problem::new(ProblemKind::Usage, title)
                .hint(format!(
                    "{}; to find the apps of a portal, run: roledex app discover",
                    app_link::COPY_HINT
                ))
                .of_field(InputField::Address));
        }
        if let Some(seconds) = new.duration_seconds
            && !SESSION_SECONDS.contains(&seconds)
        {
            return Err(Problem::new(
                ProblemKind::Usage,
                format!("a session of {seconds} s is not possible"),
            )
            .hint("use 900 to 43200 seconds"));
        }
        if new.port == Some(0) {
            return Err(Problem::new(ProblemKind::Usage, "0 is not a port")
                .hint("use the port of the app's address http://127.0.0.1:PORT/saml/acs"));
        }
        let apps = self.apps()?;
        let name =
            name_for(&apps, new, &link).map_err(|problem| problem.of_field(InputField::Name))?;
        let saved = apps
            .into_iter()
            .find(|app| app.name == name && app.url == link.url);
        let portal = match &new.portal {
            Some(name) => Some(self.portal(name)?.name),
            None => {
                let portals = self.portals()?;
                let is_saved = |portal: &Portal| {
                    let saved = saved.as_ref().and_then(|app| app.portal.as_ref());
                    saved == Some(&portal.name)
                };
                let found = portals.iter().find(|portal| is_saved(portal));
                let found = found.map(|portal| Arc::clone(&portal.name));
                found.or_else(|| portal_of(&link.url, &portals))
            }
        };
        let saved = saved.as_ref();
        let method = new.method.or_else(|| Some(saved?.method));
        let method = method.unwrap_or_default();
        if method == Method::Portal && (portal.is_none() || link.instance.is_none()) {
            return Err(Problem::new(
                ProblemKind::Usage,
                "the method portal needs the link of a tile and its portal",
            )
            .hint("copy the tile's link, and give the portal with --portal")
            .of_field(InputField::Method));
        }
        let app = App {
            name,
            url: link.url,
            portal,
            method,
            duration_seconds: new.duration_seconds.or_else(|| saved?.duration_seconds),
            port: new.port.or_else(|| saved?.port),
        };
        settings_file::put_app(&self.ctx().dirs, &app)?;
        Remembered::change(&self.ctx().dirs, |remembered| {
            remembered.forget_too_long(&app.name);
        })?;
        if let Some(name) = &app.portal {
            self.forget_refusals(&self.portal(name)?);
        }
        Ok(app)
    }

    /// Removes an app with everything that is of no use without it: its remembered roles, its stored
    /// credentials, its managed profiles. Returns those profiles' names.
    ///
    /// # Errors
    /// No such app, and files that cannot be written.
    pub fn remove_app(&self, name: &str) -> Result<Vec<String>, Problem> {
        let app = self.app(name)?;
        let own = |entry: &crate::domain::EntryId| {
            entry.kind == Kind::External && entry.source == app.name
        };
        let profiles: Vec<ManagedProfile> = self
            .profiles()?
            .into_iter()
            .filter(|profile| own(&profile.entry))
            .collect();
        let names: Vec<String> = profiles.into_iter().map(|profile| profile.name).collect();
        if !names.is_empty() {
            let edits: Vec<Edit> = names
                .iter()
                .map(|name| Edit::RemoveProfile { name: name.clone() })
                .collect();
            self.edit(&edits)?;
        }
        self.inner.files.forget_old_keys(own)?;
        self.forget_stored(own)?;
        self.forget_assertion(&app);
        catalog_cache::forget_app(&self.ctx().dirs, &app.name)?;
        self.confirm_accounts(&app.name, &[], true)?;
        settings_file::remove_app(&self.ctx().dirs, &app.name)?;
        Ok(names)
    }

    /// The tiles of a portal that lead to AWS accounts outside of the organization: by the portal's
    /// own interface where it lets us, else by what its page loads in the capture browser.
    ///
    /// # Errors
    /// Those of capturing, with the portal in the app's place.
    pub async fn discover_apps(
        &self,
        portal: &Portal,
        method: Method,
        sink: impl Fn(CaptureStep),
    ) -> Result<Vec<Tile>, Problem> {
        let start_url = portal.start_url.as_str();
        let of = portal.clone();
        self.apart(move |flow| {
            flow.forget_refusals(&of);
            Ok(())
        })
        .await?;
        let _wait = self.waiting.start(format!("the apps of {}", portal.name));
        let mut refused = None;
        if method.asks_portal() {
            sink(CaptureStep::AskingPortal);
            let tiles = self
                .ask_portal(portal, async |client: &AppsClient, token| {
                    client.tiles(token, start_url).await
                })
                .await;
            match tiles {
                Ok(tiles) => return Ok(tiles),
                Err(failed) if method == Method::Portal => return Err(failed.problem),
                Err(failed) => {
                    sink(CaptureStep::MethodFailed {
                        reason: failed.problem.to_string(),
                    });
                    let kind = &failed.problem.kind;
                    let helps =
                        kind.is_transient() || matches!(kind, ProblemKind::SignInNeeded { .. });
                    refused = helps.then_some(failed.problem);
                }
            }
        }
        let url = format!(
            "{}/#/?tab=applications",
            start_url
                .split('#')
                .next()
                .unwrap_or(start_url)
                .trim_end_matches('/')
        );
        let page = Page {
            name: &portal.name,
            url: &url,
            elsewhere: "sign in on a machine with a display, or add the app by its link: roledex app add URL",
        };
        let listing = self
            .in_browser(&page, true, &sink, async |visit| {
                browser::listing(&visit).await
            })
            .await;
        let listing = listing.map_err(|problem| match refused {
            // A sign-in or another try is the way then.
            Some(refused) if self.has_no_window() => refused,
            _ => problem,
        })?;
        tiles_in(listing.as_bytes(), start_url).ok_or_else(|| {
            Problem::new(
                ProblemKind::Service,
                format!("{}: cannot read the list of apps", portal.name),
            )
            .hint("copy the link of the tile instead, and run: roledex app add URL")
        })
    }
}

/// The portal with the host of an app's link.
pub(super) fn portal_of(link: &str, portals: &[Portal]) -> Option<Arc<str>> {
    let host = app_link::host(link);
    let mut portals = portals.iter();
    let is_it = |portal: &&Portal| !host.is_empty() && app_link::host(&portal.start_url) == host;
    let found = portals.find(is_it)?;
    Some(Arc::clone(&found.name))
}

/// The user's name for it, else the link's name, with the instance added if another app has that name.
pub(super) fn name_for(
    apps: &[App],
    new: &NewApp,
    link: &app_link::AppLink,
) -> Result<Arc<str>, Problem> {
    let taken = |name: &str| {
        apps.iter()
            .any(|app| *app.name == *name && app.url != link.url)
    };
    if let Some(name) = &new.name {
        let cleaned = clean(name).trim().to_owned();
        let is_saved = |app: &App| *app.name == **name && app.url == link.url;
        // It would be read as an option, or as the previous role; one that was accepted once stays usable.
        let is_option = name.starts_with('-') && !apps.iter().any(is_saved);
        let is_long = name.chars().count() > MAX_NAME_CHARS;
        if cleaned.is_empty() || cleaned != *name || is_long || is_option {
            return Err(Problem::new(
                ProblemKind::Usage,
                format!("{name:?} is not a valid name for an app"),
            )
            .hint("choose a short name without control characters that does not begin with -"));
        }
        if taken(name) {
            return Err(Problem::new(
                ProblemKind::NotOurs,
                format!("the app {name} already exists with another link"),
            )
            .hint(format!(
                "choose another name with --name, or remove it first: roledex app remove {}",
                word(name)
            )));
        }
        return Ok(Arc::from(name.as_str()));
    }
    // The same link again is the same app.
    if let Some(known) = apps.iter().find(|app| app.url == link.url) {
        return Ok(Arc::clone(&known.name));
    }
    let name = link.name.as_deref().map(name_in_link);
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(Problem::new(
            ProblemKind::Usage,
            "the link does not contain the app's name",
        )
        .hint("give a name, as in: --name partner-prod"));
    };
    if !taken(&name) {
        return Ok(Arc::from(name));
    }
    let instance = link.instance.as_deref().unwrap_or_default();
    let tail: String = instance
        .chars()
        .skip(instance.len().saturating_sub(4))
        .collect();
    let mut candidates = (!tail.is_empty())
        .then(|| format!("{name} {tail}"))
        .into_iter()
        .chain((2_u32..).map(|number| format!("{name} {number}")));
    let free = candidates.find(|candidate| !taken(candidate));
    Ok(Arc::from(free.unwrap_or(name)))
}

/// The name in a link, which others chose, as one that is neither read as an option nor as an entry.
fn name_in_link(name: &str) -> String {
    let name = name.trim_start_matches(['-', ' ']);
    let name = name.chars().take(MAX_NAME_CHARS).collect();
    unlike_entry(name, None, "app")
}
