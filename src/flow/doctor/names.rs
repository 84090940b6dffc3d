//! Names of profiles and portals that some AWS SDKs cannot read, and headers and keys
//! that some tools cannot.

use std::path::Path;

use crate::domain::health::{Check, Status};
use crate::domain::profile::{is_readable_name, sanitise};
use crate::domain::text::word;
use crate::store::aws_files::{OddLine, Snapshot};

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

/// A warning for each header or key that some tool reads differently.
pub(super) fn line_checks(lines: &[OddLine], shown: impl Fn(&Path) -> String) -> Vec<Check> {
    let check = |line: &OddLine| {
        let place = format!("line {} of {}", line.line, shown(&line.path));
        let (text, better) = (&line.text, &line.better);
        let who = if line.is_odd_for_cli {
            "the AWS CLI does"
        } else {
            "some AWS SDKs do"
        };
        // No header makes the AWS CLI read a name with both kinds of quotes as roledex reads it.
        let (what, hint) = if text == better {
            (
                format!("{who} not read the name in {text}: {place}"),
                "choose a name without quotes and backslashes".to_owned(),
            )
        } else {
            (
                format!("{who} not read {text} as {better}: {place}"),
                format!("write it as {better}"),
            )
        };
        Check::new("names", Status::Warning, what)
            .public(format!("{who} not read a line of an AWS file"))
            .hint(hint)
    };
    lines.iter().map(check).collect()
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
