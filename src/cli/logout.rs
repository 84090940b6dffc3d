//! `roledex logout`: revoke and forget; the capture browser's sign-ins where that is asked for.

use super::args::Global;
use super::login::the_portal;
use super::output::Output;
use crate::domain::{Problem, ProblemKind};
use crate::flow::{Flow, SignedOut};

/// `roledex logout`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The portal, or the profile of a console session (profile:NAME if a portal has that name, too); optional if there is only one portal
    #[arg(id = "of", value_name = "PORTAL")]
    pub portal: Option<String>,
    /// Sign out of all portals; also delete all console sessions, the keys of entries without a portal, and what undo needs
    #[arg(long, conflicts_with_all = ["of", "portal"])]
    pub all: bool,
    /// Also delete the sign-ins of the capture browser
    #[arg(long)]
    pub browser: bool,
}

/// Signs out of one portal, or of all; with `--all` also the keys that belong to no portal go.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    global.portal_or(options.portal.as_deref())?;
    let of_console = sign_out_of_console(flow, options, output).await?;
    let portals = if of_console {
        Vec::new()
    } else if options.all {
        flow.portals()?
    } else {
        let portal = the_portal(flow, global, options.portal.as_deref(), "logout");
        vec![portal.map_err(|problem| match options.portal {
            Some(_) => problem.hint("to see what is signed in, run: roledex status"),
            None => problem,
        })?]
    };
    // One portal whose files cannot be changed must not keep the secrets of the others.
    let mut failed = None;
    for portal in portals {
        match flow.sign_out(&portal).await {
            Ok(signed_out) => {
                report(&signed_out, output);
                output.note(&format!("signed out of {}", portal.name));
            }
            Err(problem) => failed = failed.or(Some(problem)),
        }
    }
    if options.all {
        match flow.forget_all_keys() {
            Ok(signed_out) => report(&signed_out, output),
            Err(problem) => failed = failed.or(Some(problem)),
        }
    }
    let question = "Also delete the sign-ins of the capture browser?";
    let may_ask = !of_console && failed.is_none() && flow.has_browser_profile();
    if options.browser || (may_ask && output.ask(question).await) {
        match flow.forget_browser().await {
            Ok(()) => output.note("deleted the sign-ins of the capture browser"),
            Err(problem) => failed = failed.or(Some(problem)),
        }
    }
    failed.map_or(Ok(0), Err)
}

/// Signs out of a console session if the name is that of its profile. Returns `true` if it is.
async fn sign_out_of_console(
    flow: &Flow,
    options: &Args,
    output: &Output,
) -> Result<bool, Problem> {
    let Some(name) = options.portal.as_deref().filter(|_| !options.all) else {
        return Ok(false);
    };
    if flow.portals()?.iter().any(|portal| *portal.name == *name) {
        return Ok(false);
    }
    // A portal may have the name, too.
    let full = name.strip_prefix("profile:");
    let profile = full.unwrap_or(name);
    match flow.sign_out_of_console(profile).await? {
        Some(signed_out) => {
            report(&signed_out, output);
            output.note(&format!("signed out the profile {profile}"));
            Ok(true)
        }
        None if full.is_some() => {
            let title = format!("the profile {profile} has no console session");
            Err(Problem::new(ProblemKind::Failed, title)
                .hint("to list what is signed in, run: roledex status"))
        }
        None => Ok(false),
    }
}

/// Tells the user what a sign-out removed, and its warnings.
pub(super) fn report(signed_out: &SignedOut, output: &Output) {
    for done in signed_out.done() {
        output.note(&done);
    }
    for warning in &signed_out.warnings {
        output.warning(warning);
    }
}
