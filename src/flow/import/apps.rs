//! Apps of other tools.

use crate::aws::app_link;
use crate::domain::App;
use crate::flow::Flow;
use crate::flow::apps::{NewApp, name_for};

/// The result of an import of apps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The apps that were taken, or would be.
    pub taken: Vec<App>,
    /// Items that exist already and are not changed.
    pub known: Vec<String>,
    /// Items that could not be imported, and the reasons.
    pub left: Vec<(String, String)>,
}

impl Flow {
    /// Takes one app with a name, unless it is saved already.
    pub(super) fn import_app(
        &self,
        new: &NewApp,
        apps: &[App],
        dry_run: bool,
        found: &mut Imported,
    ) {
        let name = new.name.clone().unwrap_or_default();
        if let Some(known) = apps.iter().find(|app| *app.name == *name)
            && let Ok(link) = app_link::parse(&new.url)
        {
            if link.url == known.url {
                found.known.push(name);
            } else {
                let why = "an app of that name exists with another link".to_owned();
                found.left.push((name, why));
            }
            return;
        }
        let app = if dry_run {
            app_link::parse(&new.url).and_then(|link| {
                Ok(App {
                    name: name_for(apps, new, &link)?,
                    url: link.url,
                    portal: None,
                    method: new.method.unwrap_or_default(),
                    duration_seconds: new.duration_seconds,
                    port: None,
                })
            })
        } else {
            self.add_app(new)
        };
        match app {
            Ok(app) => found.taken.push(app),
            Err(problem) => found.left.push((name, problem.to_string())),
        }
    }
}
