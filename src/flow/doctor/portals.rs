//! Portals in the AWS config file that are no access portals.

use crate::aws::{Error, start_url};
use crate::domain::Problem;
use crate::domain::health::{Check, Status};
use crate::store::aws_files::Snapshot;

/// An error for each portal whose start URL belongs to an account access manager, and the instances that have
/// several portals.
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
        let error = start_url::parse(&portal.start_url).err()?;
        if !matches!(error, Error::AccountAccess { .. }) {
            return None;
        }
        let what = format!("the portal {} cannot be used: {error}", portal.name);
        let check = Check::new("portals", Status::Error, what)
            .public("a portal is an account access manager");
        Some(match Problem::from(error).hint {
            Some(hint) => check.hint(hint),
            None => check,
        })
    });
    errors.chain(same).collect()
}
