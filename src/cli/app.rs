//! `roledex app add|list|remove|discover`: External AWS Account applications without an editor.

use std::sync::Arc;

use clap::ValueEnum as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use super::args::Global;
use super::output::Output;
use super::table::Table;
use super::{capture, login::the_portal};
use crate::domain::AccountId;
use crate::domain::text::word;
use crate::domain::{self, Method, Portal, Problem, ProblemKind, Tile};
use crate::flow::Flow;
use crate::flow::apps::NewApp;

/// `roledex app`.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Save an app, by the link of its tile in the portal; of one that is saved, only the options that are given change
    Add(AddArgs),
    /// List the apps
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Remove an app, with its roles, credentials and managed profiles
    Remove {
        /// Name of the app
        name: String,
    },
    /// Confirm the accounts of an app whose responses web pages post, and print them
    Trust {
        /// Name of the app
        name: String,
        /// The accounts that its responses are for
        #[arg(value_name = "ACCOUNT_ID")]
        accounts: Vec<AccountId>,
        /// First forget the confirmed accounts, issuer and posting pages
        #[arg(long)]
        forget: bool,
    },
    /// Find the apps of a portal that lead to AWS accounts
    Discover {
        /// The portal; optional if there is only one
        name: Option<String>,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
        /// Method to list its apps
        #[arg(long, value_parser = discovering(), default_value = "auto", value_name = "METHOD")]
        method: Method,
    },
}

/// The methods that can list the apps of a portal.
fn discovering() -> impl TypedValueParser<Value = Method> {
    let methods = Method::ALL.into_iter().filter(|method| method.discovers());
    PossibleValuesParser::new(methods.filter_map(|method| method.to_possible_value()))
        .try_map(|name| Method::named(&name).ok_or("not a method"))
}

/// `roledex app add`.
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// The tile's link: https://d-….awsapps.com/start/#/saml/default/NAME/ins-…, or any page that starts the app
    pub url: String,
    /// Name of the app [default: the link's name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Portal of the app, which is saved with it [default: the portal with the link's host]
    #[arg(long, value_name = "NAME")]
    pub portal: Option<String>,
    /// Method to capture its SAML response [default: auto]
    #[arg(long, value_enum, value_name = "METHOD")]
    pub method: Option<Method>,
    /// Duration of sessions in seconds [default: what the role allows]
    #[arg(long, value_name = "SECONDS")]
    pub duration: Option<u32>,
    /// Port of a loopback app's address http://127.0.0.1:PORT/saml/acs
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
}

/// One app in `--json`.
#[derive(Serialize)]
struct Row {
    name: String,
    url: String,
    portal: Option<String>,
    method: &'static str,
    duration_seconds: Option<u32>,
    port: Option<u16>,
    roles: Vec<String>,
}

/// One tile in `--json`.
#[derive(Serialize)]
struct TileRow {
    id: String,
    name: String,
    description: String,
    url: String,
    app: Option<String>,
}

/// Adds, lists, removes or finds apps.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    action: &Action,
    output: &Output,
) -> Result<u8, Problem> {
    match action {
        Action::Add(options) => add(flow, options, output),
        Action::List { json } => list(flow, global, *json, output),
        Action::Remove { name } => {
            check_portal(flow, global, name)?;
            let profiles = flow.remove_app(name)?;
            let with = match profiles.as_slice() {
                [] => String::new(),
                names => format!(", with the profiles {}", names.join(", ")),
            };
            output.note(&format!("removed the app {name}{with}"));
            Ok(0)
        }
        Action::Trust {
            name,
            accounts,
            forget,
        } => {
            check_portal(flow, global, name)?;
            let known = if accounts.is_empty() && !forget {
                flow.confirmed_accounts(name)?
            } else {
                flow.confirm_accounts(name, accounts, *forget)?
            };
            if known.is_empty() {
                output.note(&format!("no account of {name} is confirmed"));
            }
            for account in known {
                output.line(&account.to_string())?;
            }
            Ok(0)
        }
        Action::Discover { name, json, method } => {
            let portal = the_portal(flow, global, name.as_deref(), "app discover")?;
            discover(flow, &portal, *json, *method, output).await
        }
    }
}

/// Refuses an app of another portal than that of `--portal`.
fn check_portal(flow: &Flow, global: &Global, name: &str) -> Result<(), Problem> {
    let Some(portal) = &global.portal else {
        return Ok(());
    };
    let portal = flow.portal(portal)?;
    if flow.app(name)?.portal == Some(Arc::clone(&portal.name)) {
        return Ok(());
    }
    let kind = ProblemKind::NoSingleMatch {
        candidates: Vec::new(),
    };
    let title = format!("no app of {} is named {name:?}", portal.name);
    Err(Problem::new(kind, title).hint(format!(
        "to list them, run: roledex app list --portal {}",
        word(&portal.name)
    )))
}

fn add(flow: &Flow, options: &AddArgs, output: &Output) -> Result<u8, Problem> {
    let app = flow.add_app(&NewApp {
        url: options.url.clone(),
        name: options.name.clone(),
        portal: options.portal.clone(),
        method: options.method,
        duration_seconds: options.duration,
        port: options.port,
    })?;
    output.line(&app.name)?;
    let portal = app
        .portal
        .as_ref()
        .map_or_else(String::new, |portal| format!(" of {portal}"));
    output.note(&format!(
        "saved the app {}{portal} in {}; to use it, run: roledex use {}",
        app.name,
        flow.ctx().dirs.tilde(&flow.ctx().dirs.settings_file()),
        word(&app.name)
    ));
    Ok(0)
}

fn list(flow: &Flow, global: &Global, json: bool, output: &Output) -> Result<u8, Problem> {
    let catalog = flow.cached_catalog()?;
    let portal = global.portal.as_deref();
    if let Some(portal) = portal {
        flow.portal(portal)?;
    }
    let apps: Vec<_> = flow
        .apps()?
        .into_iter()
        .filter(|app| portal.is_none() || app.portal.as_deref() == portal)
        .collect();
    let roles = |app: &domain::App| -> Vec<String> {
        let part = catalog.apps.get(&app.name);
        let roles = part
            .and_then(|part| part.roles.as_ref())
            .into_iter()
            .flatten();
        roles
            .map(|role| role.entry(&app.name).to_string())
            .collect()
    };
    if json {
        let rows: Vec<_> = apps
            .iter()
            .map(|app| Row {
                name: app.name.to_string(),
                url: app.url.clone(),
                portal: app.portal.as_ref().map(ToString::to_string),
                method: app.method.name(),
                duration_seconds: app.duration_seconds,
                port: app.port,
                roles: roles(app),
            })
            .collect();
        output.json(&rows)?;
        return Ok(0);
    }
    let mut table = Table::new(["APP", "PORTAL", "METHOD", "ROLES", "LINK"]);
    for app in &apps {
        let known = roles(app).len();
        let known = if known == 0 {
            String::new()
        } else {
            known.to_string()
        };
        table.row([
            &*app.name,
            app.portal.as_deref().unwrap_or_default(),
            app.method.name(),
            &known,
            &app.url,
        ]);
    }
    output.data(&table.to_string())?;
    if apps.is_empty() {
        output.note("no apps yet; add one with the link of its tile: roledex app add URL");
    }
    Ok(0)
}

async fn discover(
    flow: &Flow,
    portal: &Portal,
    json: bool,
    method: Method,
    output: &Output,
) -> Result<u8, Problem> {
    let tiles = flow
        .discover_apps(portal, method, |step| {
            capture::report_step(&portal.name, &step, output);
        })
        .await?;
    let apps = flow.apps()?;
    let known = |tile: &Tile| {
        apps.iter()
            .find(|app| app.url.contains(&tile.id))
            .map(|app| app.name.to_string())
    };
    if json {
        let rows: Vec<_> = tiles
            .iter()
            .map(|tile| TileRow {
                id: tile.id.clone(),
                name: tile.name.clone(),
                description: tile.description.clone(),
                url: tile.url.clone(),
                app: known(tile),
            })
            .collect();
        output.json(&rows)?;
        return Ok(0);
    }
    let mut table = Table::new(["TILE", "APP", "LINK"]);
    for tile in &tiles {
        table.row([&*tile.name, &known(tile).unwrap_or_default(), &tile.url]);
    }
    output.data(&table.to_string())?;
    match tiles.iter().find(|tile| known(tile).is_none()) {
        _ if tiles.is_empty() => {
            output.note(&format!("{} lists no app for an AWS account", portal.name));
        }
        Some(tile) => output.note(&format!(
            "to add one, run: roledex app add --portal {} --name {} {}",
            word(&portal.name),
            word(&tile.name),
            word(&tile.url)
        )),
        None => output.note("all of them are already added"),
    }
    Ok(0)
}
