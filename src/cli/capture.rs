//! The step of the commands in which a person helps with a SAML response.

use std::path::Path;

use super::output::Output;
use crate::domain::{App, AppRole, CaptureStep, EntryId, Kind, Problem, ProblemKind};
use crate::flow::{Flow, check_role};
use crate::saml::capture::file;

/// Captures a response of an app, or takes the one that was given, and returns its roles.
pub async fn roles(
    flow: &Flow,
    app: &App,
    assertion: Option<&Path>,
    output: &Output,
) -> Result<Vec<AppRole>, Problem> {
    if let Some(path) = assertion {
        return Ok(flow.take_assertion(app, &file::read(path)?)?.app_roles());
    }
    flow.capture(app, |step| say(&app.name, &step, output))
        .await
}

/// Takes a response that the user gave for an entry; new credentials are made of it.
pub fn take(flow: &Flow, id: &EntryId, path: &Path) -> Result<(), Problem> {
    if id.kind != Kind::External {
        return Err(Problem::new(
            ProblemKind::Usage,
            format!("{id} needs no SAML response: it is no external account"),
        )
        .hint("leave --assertion out"));
    }
    let app = flow.app(&id.source)?;
    let assertion = flow.take_assertion(&app, &file::read(path)?)?;
    check_role(id, &assertion.app_roles())
}

/// Sees to it that credentials of an external entry can be had: where stored or silent ones cannot be
/// had, the user is asked.
pub async fn ready(flow: &Flow, id: &EntryId, output: &Output) -> Result<(), Problem> {
    if id.kind == Kind::Org {
        return Ok(());
    }
    match flow.obtain(id).await {
        Err(Problem {
            kind: ProblemKind::CaptureNeeded { app },
            ..
        }) => {
            // For a chained role it is its source's app.
            let app = flow.app(&app)?;
            roles(flow, &app, None, output).await?;
            Ok(())
        }
        result => result.map(|_| ()),
    }
}

/// Tells the person what happens, on stderr.
pub fn say(name: &str, step: &CaptureStep, output: &Output) {
    match step {
        CaptureStep::AskingPortal => output.note(&format!("{name}: asking the portal")),
        CaptureStep::Silent => output.note(&format!("{name}: signing in without a window")),
        CaptureStep::Window => output.must_see(&format!(
            "{name}: sign in in the browser window that opens; it closes by itself (Ctrl-C cancels)"
        )),
        CaptureStep::Loopback { url, not_opened } => output.must_see(&match not_opened {
            None => format!("{name}: sign in in your browser (Ctrl-C cancels)"),
            Some(why) => format!("{name}: {why}; open this address on this machine:\n  {url}"),
        }),
        CaptureStep::Fell { reason } => output.note(&format!("{name}: {reason}")),
    }
}
