//! Portals in the AWS config file that are no access portals.

use crate::aws::{Error, start_url};
use crate::domain::Problem;
use crate::domain::health::{Check, Status};
use crate::store::aws_files::Snapshot;

/// An error for each portal whose start URL belongs to an account access manager.
pub(super) fn checks(snapshot: &Snapshot) -> Vec<Check> {
    let portals = snapshot.portals().into_iter();
    portals
        .filter_map(|portal| {
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
        })
        .collect()
}
