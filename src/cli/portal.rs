//! `roledex portal add|edit|list|remove`: portals without an editor.

use super::args::Global;
use super::logout::report;
use super::output::Output;
use super::status::PortalRow;
use super::table::Table;
use crate::domain::instance::at_address;
use crate::domain::text::word;
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;

/// `roledex portal`.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Save a portal as an sso-session of ~/.aws/config
    Add {
        /// Name of the sso-session
        name: String,
        /// https://d-….awsapps.com/start, or any portal URL
        #[arg(long, value_name = "URL")]
        start_url: String,
        /// Region of the portal [default: auto-detect]
        #[arg(long, value_name = "R")]
        region: Option<String>,
        /// Registration scopes, comma-separated
        #[arg(long, value_name = "S", value_delimiter = ',')]
        scopes: Vec<String>,
    },
    /// Change the region or the scopes of a portal
    #[command(group(clap::ArgGroup::new("change").args(["region", "scopes"]).required(true).multiple(true)))]
    Edit {
        /// Name of the portal
        name: String,
        /// Region of the portal; another one ends the sign-in
        #[arg(long, value_name = "R")]
        region: Option<String>,
        /// Registration scopes, comma-separated, from the next sign-in on
        #[arg(long, value_name = "S", value_delimiter = ',')]
        scopes: Option<Vec<String>>,
    },
    /// List the portals and their sign-ins
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Sign out of a portal, and remove its section and cached catalog
    Remove {
        /// Name of the portal
        name: String,
    },
}

impl Action {
    /// The portal that the command names.
    fn portal(&self) -> Option<&str> {
        match self {
            Self::Add { name, .. } | Self::Edit { name, .. } | Self::Remove { name } => Some(name),
            Self::List { .. } => None,
        }
    }
}

/// Adds, changes, lists or removes a portal.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    action: &Action,
    output: &Output,
) -> Result<u8, Problem> {
    global.portal_or(action.portal())?;
    match action {
        Action::Add {
            name,
            start_url,
            region,
            scopes,
        } => add(flow, name, start_url, region.as_deref(), scopes, output).await,
        Action::Edit {
            name,
            region,
            scopes,
        } => edit(flow, name, region.as_deref(), scopes.as_deref(), output).await,
        Action::List { json } => list(flow, global, *json, output),
        Action::Remove { name } => {
            report(&flow.remove_portal(name).await?, output);
            output.note(&format!("removed the portal {name}"));
            Ok(0)
        }
    }
}

async fn add(
    flow: &Flow,
    name: &str,
    start_url: &str,
    region: Option<&str>,
    scopes: &[String],
    output: &Output,
) -> Result<u8, Problem> {
    let (url, region) = match region {
        Some(region) => (start_url.to_owned(), region.to_owned()),
        None => {
            let found = flow.find_region(start_url).await?;
            let (region, why) = (found.region, found.problem);
            let region = region.ok_or_else(|| {
                let title = format!("cannot determine the region of {start_url}");
                let give = "give it, as in: --region eu-west-1";
                let Some(why) = why else {
                    return Problem::new(ProblemKind::Usage, title).hint(give);
                };
                // A mistyped host needs another answer than a region.
                let hint = why
                    .hint
                    .as_ref()
                    .map(|first| format!("{first}; if the address is right, {give}"));
                why.causing(title)
                    .hint(hint.unwrap_or_else(|| give.to_owned()))
            })?;
            (found.url, region)
        }
    };
    let mut others = flow.portals()?;
    others.retain(|portal| *portal.name != *name);
    let portal = flow.add_portal(name, &url, &region, scopes).await?;
    if let Some(other) = at_address(&others, &portal.start_url) {
        output.warning(&format!(
            "the portal {} has this address, too: each of their accounts is listed once",
            other.name
        ));
    }
    output.note(&format!(
        "saved the portal {name} ({}, {}) in {}; to sign in, run: roledex login {name}",
        portal.start_url,
        portal.region,
        flow.ctx().dirs.tilde(&flow.ctx().dirs.aws_config)
    ));
    Ok(0)
}

async fn edit(
    flow: &Flow,
    name: &str,
    region: Option<&str>,
    scopes: Option<&[String]>,
    output: &Output,
) -> Result<u8, Problem> {
    let before = flow.portal(name)?;
    let (portal, signed_out) = flow.edit_portal(name, region, scopes).await?;
    report(&signed_out, output);
    let again = if portal == before {
        String::new()
    } else {
        format!("; to sign in, run: roledex login {}", word(name))
    };
    output.note(&format!(
        "saved the portal {name} ({}, {}, {}){again}",
        portal.start_url,
        portal.region,
        portal.scopes.join(",")
    ));
    Ok(0)
}

fn list(flow: &Flow, global: &Global, json: bool, output: &Output) -> Result<u8, Problem> {
    let mut sessions = flow.sessions()?;
    if let Some(name) = &global.portal {
        let portal = flow.portal(name)?;
        sessions.retain(|session| session.portal.name == portal.name);
    }
    if json {
        output.json(
            &sessions
                .iter()
                .map(PortalRow::from_session)
                .collect::<Vec<_>>(),
        )?;
        return Ok(0);
    }
    let mut table = Table::new(["PORTAL", "START URL", "REGION", "SIGN-IN"]);
    for session in &sessions {
        let sign_in = if session.signed_in {
            "signed in"
        } else {
            "signed out"
        };
        table.row([
            &session.portal.name,
            &session.portal.start_url,
            &session.portal.region,
            sign_in,
        ]);
    }
    output.data(&table.to_string())?;
    if sessions.is_empty() {
        output.note("no portals yet; to add one, run: roledex portal add NAME --start-url URL");
    }
    Ok(0)
}
