//! `roledex import TOOL`: imports the settings of another tool.

use super::output::Output;
use crate::domain::Problem;
use crate::flow::Flow;
use crate::flow::import_portals::PortalsOf;

/// Another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Tool {
    /// ~/.saml2aws
    Saml2aws,
    /// ~/.granted/config, and granted's profiles in ~/.aws/config
    Granted,
    /// aws-sso's config.yaml
    AwsSsoCli,
    /// Profiles of ~/.aws/config with a portal of their own, without an sso-session
    Legacy,
}

/// `roledex import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tool
    #[arg(value_enum)]
    pub tool: Tool,
    /// Show what would be imported, without writing
    #[arg(long)]
    pub dry_run: bool,
}

/// Imports what can be imported, and says what cannot and why.
pub(super) fn run(flow: &Flow, options: &Args, output: &Output) -> Result<u8, Problem> {
    let done = if options.dry_run {
        "would be imported"
    } else {
        "taken"
    };
    let from = match options.tool {
        Tool::Saml2aws => return apps(flow, options.dry_run, done, output),
        Tool::Granted => PortalsOf::Granted,
        Tool::AwsSsoCli => PortalsOf::AwsSsoCli,
        Tool::Legacy => PortalsOf::Legacy,
    };
    let found = flow.import_portals(from, options.dry_run)?;
    for taken in &found.taken {
        let portal = &taken.portal;
        output.line(&portal.name)?;
        let users = match taken.profiles {
            0 => String::new(),
            1 => "; 1 profile uses it and does not change".to_owned(),
            many => format!("; {many} profiles use it and do not change"),
        };
        output.note(&format!(
            "the portal {}: {done}, {} in {}{users}",
            portal.name, portal.start_url, portal.region
        ));
    }
    for (name, portal) in &found.known {
        output.note(&format!("{name}: already saved as the portal {portal}"));
    }
    for (name, why) in &found.left {
        output.warning(&format!("{name}: not imported, {why}"));
    }
    match found.taken.first() {
        Some(taken) if !options.dry_run => output.note(&format!(
            "to sign in, run: roledex login {}; to write profiles, run: roledex sync",
            taken.portal.name
        )),
        None if found.known.is_empty() && found.left.is_empty() => {
            output.note("nothing to import");
        }
        _ => {}
    }
    Ok(0)
}

fn apps(flow: &Flow, dry_run: bool, done: &str, output: &Output) -> Result<u8, Problem> {
    let found = flow.import_saml2aws(dry_run)?;
    for app in &found.taken {
        output.line(&app.name)?;
        output.note(&format!("{}: {done}, {}", app.name, app.url));
    }
    for name in &found.known {
        output.line(name)?;
        output.note(&format!("{name}: already saved as an app"));
    }
    for (name, why) in &found.left {
        output.warning(&format!("{name}: not imported, {why}"));
    }
    if found.taken.is_empty() && found.known.is_empty() && found.left.is_empty() {
        output.note("nothing to import");
    }
    Ok(0)
}
