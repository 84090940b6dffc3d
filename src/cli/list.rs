//! `roledex list`: the catalog, from the cache unless there is none or a refresh is asked for.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::args::Global;
use super::output::Output;
use super::table::Table;
use crate::domain::Kind;
use crate::domain::credentials::Validity;
use crate::domain::profile::ManagedProfile;
use crate::domain::text::{counted, word};
use crate::domain::time::{age, countdown, rfc3339, seconds_left};
use crate::domain::{
    self, Catalog, Entry, EntryId, Freshness, GapReason, Problem, ordered, search,
};
use crate::flow::Flow;

/// `roledex list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only what matches: words of account, role, id, portal, app, e-mail, alias or tag; 'exact ^start end$ !not a | b role:admin
    pub query: Option<String>,
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
    /// Update the list first
    #[arg(long)]
    pub refresh: bool,
    /// Only this kind
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    kind: &'static str,
    portal: Option<String>,
    app: Option<String>,
    account_id: Option<String>,
    account_name: Option<String>,
    email: Option<String>,
    role: Option<String>,
    profile: Option<String>,
    expires_at: Option<String>,
    state: &'static str,
    pinned: bool,
    /// The way in which an own profile gets its credentials.
    via: Option<&'static str>,
    /// The reason why an own profile cannot be used.
    problem: Option<String>,
    region: Option<String>,
    region_assumed: bool,
}

/// Facts of the files beside the catalog.
struct Known {
    /// The main profiles of the entries.
    managed: BTreeMap<EntryId, ManagedProfile>,
    /// The own profiles that lead to entries of the organization.
    own: BTreeMap<EntryId, Arc<str>>,
    /// The validities of the credentials of own profiles.
    validities: HashMap<EntryId, Validity>,
}

impl Known {
    fn profile<'a>(&'a self, entry: &'a Entry) -> Option<&'a str> {
        if let Some(own) = &entry.own {
            return Some(&own.name);
        }
        let managed = self.managed.get(&entry.id).map(|profile| &*profile.name);
        managed.or_else(|| self.own.get(&entry.id).map(|name| &**name))
    }

    fn expires_at(&self, id: &EntryId) -> Option<Timestamp> {
        let managed = self.managed.get(id).and_then(|profile| profile.expires_at);
        managed.or_else(|| self.validities.get(id).map(|validity| validity.expires_at))
    }
}

/// Prints the catalog.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    let portal = global.portal.as_deref();
    let refresh = options.refresh;
    let (catalog, problems) = match options.kind {
        Some(Kind::Org) => flow.listed_catalog(portal, refresh).await?,
        // The files have them.
        Some(Kind::Profile) if !refresh => (flow.cached_catalog()?, Vec::new()),
        _ => flow.known_catalog(portal, refresh).await?,
    };
    for (name, problem) in problems {
        output.warning(&problem.of_portal(&name));
    }
    report(&catalog, portal, flow.ctx().clock.now(), output);
    let entries = select(&catalog, portal, options);
    let origins = flow.origins()?;
    let known = Known {
        managed: ordered::map(
            flow.profiles_in(&origins)?
                .into_iter()
                .filter(|profile| profile.is_main)
                .map(|profile| (profile.entry.clone(), profile)),
        ),
        own: catalog.own_profiles(),
        validities: flow.own_validities(origins.files(), &flow.stored_ids()?)?,
    };
    let now = flow.ctx().clock.now();
    if options.json {
        let history = flow.history(&origins);
        let regions = flow.regions(Arc::new(origins))?;
        let portals = in_use(flow, &catalog)?;
        let rows: Vec<_> = entries
            .iter()
            .map(|entry| {
                let region = regions.region(&entry.id);
                let pinned = history.pins.contains(&entry.id);
                let portal = portals.get(&entry.id.source);
                let row = row(&catalog, entry, &known, pinned, now);
                Row {
                    portal: portal.map(ToString::to_string).or(row.portal),
                    region_assumed: region.as_ref().is_some_and(|region| region.is_assumed),
                    region: region.map(|region| region.name),
                    ..row
                }
            })
            .collect();
        output.json(&rows)?;
        return Ok(0);
    }
    let trouble = |entry: &Entry| entry.own.as_ref().and_then(|own| own.trouble.clone());
    let is_troubled = entries.iter().any(|entry| trouble(entry).is_some());
    let problem = if is_troubled { "PROBLEM" } else { "" };
    let mut table = Table::new(["ACCOUNT", "ID", "ROLE", "VIA", "PROFILE", "LEFT", problem]);
    for entry in &entries {
        let own = entry.own.as_deref();
        let left = match known.expires_at(&entry.id) {
            None => String::new(),
            // Of a console session, only the keys have an end that is known.
            Some(at) if own.is_some_and(|own| own.renews(at, now)) => "renews".to_owned(),
            Some(at) => countdown(seconds_left(now, at)),
        };
        let portal = catalog.portal_of(entry.id.kind, &entry.id.source);
        let (name, role, way) = match own {
            Some(own) => {
                let name = own.account.and_then(|id| catalog.account_name_of(id));
                let role = own.role.as_deref().unwrap_or_default();
                (name.unwrap_or_default(), role, own.via.name())
            }
            None => (
                entry.account_name.clone(),
                &*entry.id.role,
                portal.map_or(&*entry.id.source, |portal| portal),
            ),
        };
        let account = entry.account().map(|id| id.to_string());
        table.row([
            &name,
            &account.unwrap_or_default(),
            role,
            way,
            known.profile(entry).unwrap_or_default(),
            &left,
            &trouble(entry).unwrap_or_default(),
        ]);
    }
    output.data(&table.to_string())?;
    if entries.is_empty() {
        output.note(match &options.query {
            Some(_) => "nothing matches",
            None => "nothing to list",
        });
    }
    Ok(0)
}

/// The portals through which entries are used, by the name in their ids, where it is another one.
fn in_use(flow: &Flow, catalog: &Catalog) -> Result<BTreeMap<Arc<str>, Arc<str>>, Problem> {
    let mut portals = BTreeMap::new();
    for name in catalog.portals.keys() {
        if let [listed, _, ..] = catalog.instances.names(name) {
            portals.insert(Arc::clone(listed), flow.portal_in_use(listed)?);
        }
    }
    Ok(portals)
}

/// Tells the user the ages of the portals' lists, and which are incomplete.
pub(super) fn tell_ages(catalog: &Catalog, portal: Option<&str>, now: Timestamp, output: &Output) {
    for name in catalog.portals.keys() {
        let mut names = catalog.instances.names(name).iter();
        let is_first = names.find(|it| catalog.portals.contains_key(*it)) == Some(name);
        let is_meant = |portal| catalog.instances.are_same(portal, name);
        if !is_first || !portal.is_none_or(is_meant) {
            continue;
        }
        match catalog.fetched_at(name).map(|at| seconds_left(at, now)) {
            Some(seconds) if seconds >= 60 => {
                output.note(&format!(
                    "{name}: updated {}; to update it now, use --refresh",
                    age(seconds)
                ));
            }
            Some(_) => {}
            None => output.warning(&format!("{name}: the list is incomplete")),
        }
    }
}

/// Tells the user the age of the list and what is missing from it.
fn report(catalog: &Catalog, portal: Option<&str>, now: Timestamp, output: &Output) {
    tell_ages(catalog, portal, now, output);
    for (name, part) in &catalog.apps {
        let here = portal.is_none() || part.portal.as_deref() == portal;
        if here && part.roles.is_none() {
            output.note(&format!(
                "{name}: its roles are not known yet; run: roledex use {}",
                word(name)
            ));
        }
    }
    let mut unknown = 0;
    for gap in catalog.unlisted_accounts(portal) {
        if let GapReason::Failed(problem) = gap.reason {
            output.warning(&format!("cannot list the roles of {}: {problem}", gap.name));
        } else {
            unknown += 1;
        }
    }
    if unknown > 0 {
        output.warning(&format!(
            "the roles of {} are not known; to list them, use --refresh",
            counted(unknown, "account")
        ));
    }
}

fn select(catalog: &Catalog, portal: Option<&str>, options: &Args) -> Vec<Entry> {
    let kind = options.kind;
    let entries: Vec<Entry> = catalog
        .usable(portal)
        .into_iter()
        .filter(|entry| kind.is_none_or(|kind| entry.id.kind == kind))
        .collect();
    match &options.query {
        Some(query) => search::find(catalog, &entries, query)
            .into_iter()
            .cloned()
            .collect(),
        None => entries,
    }
}

fn row(catalog: &Catalog, entry: &Entry, known: &Known, pinned: bool, now: Timestamp) -> Row {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let external = entry.id.kind == domain::Kind::External;
    let expires_at = known.expires_at(&entry.id);
    let own = entry.own.as_deref();
    let account_name = match own {
        Some(own) => own.account.and_then(|id| catalog.account_name_of(id)),
        None => Some(entry.account_name.clone()),
    };
    Row {
        id: entry.id.to_string(),
        kind: entry.id.kind.name(),
        portal: catalog
            .portal_of(entry.id.kind, &entry.id.source)
            .map(ToString::to_string),
        app: external.then(|| entry.id.source.to_string()),
        account_id: entry.account().map(|id| id.to_string()),
        account_name: account_name.and_then(|name| text(&name)),
        email: text(&entry.email),
        role: entry.role().map(ToString::to_string),
        profile: known.profile(entry).map(str::to_owned),
        expires_at: expires_at.map(rfc3339),
        state: Freshness::at(expires_at, now).name(),
        pinned,
        via: own.map(|own| own.via.name()),
        problem: own
            .and_then(|own| own.trouble.as_deref())
            .map(str::to_owned),
        region: None,
        region_assumed: false,
    }
}
