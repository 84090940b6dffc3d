//! Portals in the AWS config file that are no access portals, and apps without their portal.

use crate::aws::{Error, start_url};
use crate::domain::health::{Check, Status};
use crate::domain::text::word;
use crate::domain::{App, Problem, partition};
use crate::store::aws_files::Snapshot;

/// A warning for each app whose portal does not exist.
pub(super) fn app_checks(snapshot: &Snapshot, apps: &[App]) -> Vec<Check> {
    let portals = snapshot.portals();
    let lost = apps.iter().filter_map(|app| {
        let name = app.portal.as_ref()?;
        let is_there = portals.iter().any(|portal| portal.name == *name);
        (!is_there).then_some((app, name))
    });
    lost.map(|(app, portal)| {
        let what = format!("the portal {portal} of the app {} does not exist", app.name);
        Check::new("apps", Status::Warning, what)
            .public("the portal of an app does not exist")
            .hint(format!(
                "to save the app with another portal, run: roledex app add {} --name {} --portal PORTAL",
                word(&app.url),
                word(&app.name)
            ))
    })
    .collect()
}

/// An error for each portal whose start URL or region cannot be one, or whose start URL belongs to an account access
/// manager, a warning for each `sso-session` that is incomplete, and the instances that have several portals.
pub(super) fn checks(snapshot: &Snapshot) -> Vec<Check> {
    let portals = snapshot.portals();
    let same = portals.iter().filter_map(|portal| {
        let names = snapshot.instances().names(&portal.name);
        let is_first = names.len() > 1 && names.first() == Some(&portal.name);
        let what = format!(
            "{} are the same Identity Center instance: each role is listed once, as one of {}",
            names.join(", "),
            portal.name
        );
        is_first.then(|| Check::new("portals", Status::Ok, what))
    });
    let errors = portals.iter().filter_map(|portal| {
        let (error, public) = match start_url::parse(&portal.start_url) {
            Err(error @ Error::AccountAccess { .. }) => {
                (error, "a portal is an account access manager")
            }
            _ => match start_url::check(&portal.start_url) {
                Err(error) => (error, "the start URL of a portal cannot be one"),
                Ok(()) if partition::is_host_label(&portal.region) => return None,
                Ok(()) => {
                    let region = portal.region.clone();
                    (
                        Error::Region { region },
                        "the region of a portal cannot be one",
                    )
                }
            },
        };
        let problem = Problem::from(error);
        let what = format!("the portal {} cannot be used: {problem}", portal.name);
        let check = Check::new("portals", Status::Error, what).public(public);
        Some(match problem.hint {
            Some(hint) => check.hint(hint),
            None => check,
        })
    });
    let incomplete = snapshot.incomplete_sessions().map(|(name, key)| {
        let what = format!("[sso-session {name}] has no {key}, so no tool can sign in to it");
        let add = format!("roledex portal add {} --start-url URL", word(name));
        Check::new("portals", Status::Warning, what)
            .public(format!("an sso-session has no {key}"))
            .hint(format!("to complete it, run: {add}"))
    });
    errors.chain(incomplete).chain(same).collect()
}
