//! Names of profiles and portals that some AWS SDKs cannot read, and headers that the AWS CLI cannot.

use std::path::Path;

use crate::domain::health::{Check, Status};
use crate::domain::profile::{is_readable_name, sanitise};
use crate::domain::text::word;
use crate::store::aws_files::{OddHeader, Snapshot};

/// A warning for each profile of ours and each portal whose name only some AWS SDKs can read.
pub(super) fn checks(snapshot: &Snapshot) -> Vec<Check> {
    let profiles = snapshot.profiles().into_iter().filter_map(|profile| {
        let (name, entry) = (profile.name, profile.entry?);
        (!is_readable_name(&name)).then(|| {
            let new = sanitise(&name);
            warning("profile", &name).hint(format!(
                "to write it under another name, run: roledex use {} --profile {}; to remove this one, run: roledex forget {}",
                word(&entry.to_string()),
                word(&new),
                word(&name)
            ))
        })
    });
    let portals = snapshot
        .portals()
        .into_iter()
        .filter(|portal| !is_readable_name(&portal.name))
        .map(|portal| {
            warning("portal", &portal.name).hint(
                "rename its sso-session, and the sso_session of the profiles that use it, in the AWS \
                 config file",
            )
        });
    profiles.chain(portals).collect()
}

/// A warning for each header that the AWS CLI reads differently.
pub(super) fn header_checks(headers: &[OddHeader], shown: impl Fn(&Path) -> String) -> Vec<Check> {
    let check = |header: &OddHeader| {
        let place = format!("line {} of {}", header.line, shown(&header.path));
        let (text, better) = (&header.text, &header.better);
        // No header makes the AWS CLI read a name with both kinds of quotes as roledex reads it.
        let (what, hint) = if text == better {
            (
                format!("the AWS CLI does not read the name in {text}: {place}"),
                "choose a name without quotes and backslashes".to_owned(),
            )
        } else {
            (
                format!("the AWS CLI does not read {text} as {better}: {place}"),
                format!("write it as {better}"),
            )
        };
        Check::new("names", Status::Warning, what)
            .public("the AWS CLI does not read a header")
            .hint(hint)
    };
    headers.iter().map(check).collect()
}

fn warning(kind: &str, name: &str) -> Check {
    Check::new(
        "names",
        Status::Warning,
        format!(
            "the AWS SDKs for JavaScript, Java and Rust cannot read the name of the {kind} {name}"
        ),
    )
    .public(format!("some AWS SDKs cannot read the name of a {kind}"))
}
