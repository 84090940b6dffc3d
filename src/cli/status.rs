//! `roledex status`: the managed profiles and their time left. It is made for prompts, so it uses no network.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use super::args::Global;
use super::output::Output;
use super::table::Table;
use crate::config::{Ctx, Env};
use crate::domain::portal::PortalSession;
use crate::domain::profile::{ManagedProfile, Mode};
use crate::domain::text::clean;
use crate::domain::time::{countdown, rfc3339, seconds_left, short, span};
use crate::domain::{AccountId, EntryId, Freshness, Kind, Problem};
use crate::flow::Flow;
use crate::shell::current;

/// `roledex status`.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("form").args(["format", "json"])))]
pub struct Args {
    /// Show only the role of this shell, from its environment
    #[arg(long)]
    pub current: bool,
    /// With --format or --json: only profiles in these states: fresh, soon, expired, none
    #[arg(
        long,
        value_name = "STATE",
        value_delimiter = ',',
        requires = "form",
        value_parser = ["fresh", "soon", "expired", "none"],
    )]
    pub state: Vec<String>,
    /// Print a JSON object with portals and profiles; with --current, one profile or null
    #[arg(long)]
    pub json: bool,
    /// Print a line per profile
    #[arg(
        long,
        value_name = "TEMPLATE",
        value_parser = template,
        help = "A line per profile; {name} {account} {account_id} {account_name} {role} {left} {short} {seconds} {state} {mode} {kind} {entry} {expires_at}"
    )]
    pub format: Option<String>,
}

impl Args {
    /// True if profiles in this state are shown.
    fn shows(&self, state: &str) -> bool {
        self.state.is_empty() || self.state.iter().any(|shown| shown == state)
    }
}

/// The fields of `--format`.
const FIELDS: [&str; 13] = [
    "name",
    "account",
    "account_id",
    "account_name",
    "role",
    "left",
    "short",
    "seconds",
    "state",
    "mode",
    "kind",
    "entry",
    "expires_at",
];

/// Refuses a template with an unknown or unfinished field. A brace before anything but a letter is a brace, as in JSON.
fn template(text: &str) -> Result<String, String> {
    for from in text.split('{').skip(1) {
        let end = from.find(|c: char| c != '_' && !c.is_ascii_alphanumeric());
        let (field, after) = from.split_at(end.unwrap_or(from.len()));
        let mistake = match field {
            "" => continue,
            _ if !after.starts_with('}') => " has no closing brace",
            _ if FIELDS.contains(&field) => continue,
            _ => "} is not a field",
        };
        let known = FIELDS.map(|field| format!("{{{field}}}")).join(" ");
        return Err(format!("{{{field}{mistake}; the fields are: {known}"));
    }
    Ok(text.to_owned())
}

#[derive(Serialize)]
struct Report {
    portals: Vec<PortalRow>,
    profiles: Vec<ProfileRow>,
}

/// One portal, for `--json`; also of `portal list --json`.
#[derive(Serialize)]
pub(super) struct PortalRow {
    name: String,
    start_url: String,
    region: String,
    signed_in: bool,
    expires_at: Option<String>,
}

#[derive(Serialize)]
struct ProfileRow {
    /// `None`: the role of this shell, which needs no profile.
    name: Option<String>,
    entry: String,
    kind: &'static str,
    account_id: Option<String>,
    account_name: Option<String>,
    role: Option<String>,
    mode: &'static str,
    expires_at: Option<String>,
    seconds_left: Option<i64>,
    state: &'static str,
    region: Option<String>,
    region_assumed: bool,
}

/// Prints the status in the form that was asked for.
pub(super) fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    let now = flow.ctx().clock.now();
    let portal = global.portal.as_deref();
    let origins = flow.origins()?;
    let profiles = flow.profiles_of(&origins, portal)?;
    let names = flow.account_names(profiles.iter().map(|profile| &profile.entry))?;
    let rows: Vec<_> = profiles
        .iter()
        .zip(names)
        .filter(|(profile, _)| options.shows(Freshness::at(profile.expires_at, now).name()))
        .map(|(profile, name)| {
            let name = name.filter(|name| !name.is_empty());
            let shown = origins.with_facts(&profile.entry);
            row(profile, &shown, name.map(|name| name.to_string()), now)
        })
        .collect();
    if let Some(template) = &options.format {
        let text: String = rows.iter().map(|row| fill(template, row) + "\n").collect();
        output.data(&text)?;
        return Ok(0);
    }
    let sessions: Vec<_> = flow
        .sessions()?
        .into_iter()
        .filter(|session| portal.is_none_or(|portal| *session.portal.name == *portal))
        .collect();
    if options.json {
        let portals = sessions.iter().map(PortalRow::from_session).collect();
        output.json(&Report {
            portals,
            profiles: rows,
        })?;
        return Ok(0);
    }
    output.data(&people(&sessions, &rows, now))?;
    Ok(0)
}

/// Prints the role of this shell. Prompts run this before every command, so it reads only the environment.
pub(super) fn current(ctx: &Ctx, options: &Args, output: &Output) -> Result<u8, Problem> {
    let now = ctx.clock.now();
    let entry = current::entry(&ctx.env);
    let expires_at = ctx.env.get("AWS_CREDENTIAL_EXPIRATION");
    let row = entry.map(|entry| {
        let held = ManagedProfile {
            is_main: true,
            is_region_assumed: false,
            obtained_at: None,
            name: String::new(),
            entry,
            mode: Mode::Process,
            expires_at: expires_at.and_then(|at| at.parse().ok()),
            region: ctx.env.get("AWS_REGION").map(str::to_owned),
        };
        let name = ctx.env.get("ROLEDEX_ACCOUNT_NAME").map(str::to_owned);
        ProfileRow {
            name: None,
            mode: "env",
            ..row(&held, &as_exported(&held.entry, &ctx.env), name, now)
        }
    });
    let row = row.filter(|row| options.shows(row.state));
    match (&options.format, &row) {
        (_, _) if options.json => output.json(&row)?,
        (Some(template), Some(row)) => output.data(&(fill(template, row) + "\n"))?,
        (None, Some(row)) => {
            let template = match (&row.role, &row.account_id) {
                (Some(_), Some(_)) => "{role} in {account} {short}",
                _ => "{entry} {short}",
            };
            output.data(&(fill(template, row) + "\n"))?;
        }
        (_, None) => {}
    }
    Ok(0)
}

/// An entry as the variables of this shell describe it: the id of an own profile has neither account nor role.
fn as_exported(entry: &EntryId, env: &Env) -> EntryId {
    let mut shown = entry.clone();
    if entry.kind == Kind::Profile {
        let account = env.get("ROLEDEX_ACCOUNT_ID").and_then(|id| id.parse().ok());
        shown.account = account.unwrap_or(shown.account);
        shown.role = env.get("ROLEDEX_ROLE").map_or(shown.role, Into::into);
    }
    shown
}

impl PortalRow {
    /// The row of one portal.
    pub(super) fn from_session(session: &PortalSession) -> Self {
        Self {
            name: session.portal.name.to_string(),
            start_url: session.portal.start_url.clone(),
            region: session.portal.region.clone(),
            signed_in: session.signed_in,
            expires_at: session.expires_at.map(rfc3339),
        }
    }
}

fn row(
    profile: &ManagedProfile,
    shown: &EntryId,
    account_name: Option<String>,
    now: Timestamp,
) -> ProfileRow {
    ProfileRow {
        name: Some(profile.name.clone()),
        entry: profile.entry.to_string(),
        kind: profile.entry.kind.name(),
        account_id: (shown.account != AccountId::NONE).then(|| shown.account.to_string()),
        account_name,
        role: (shown.kind != Kind::Profile || shown.role != shown.source)
            .then(|| shown.role.to_string()),
        mode: profile.mode.name(),
        expires_at: profile.expires_at.map(rfc3339),
        seconds_left: profile.expires_at.map(|at| seconds_left(now, at).max(0)),
        state: Freshness::at(profile.expires_at, now).name(),
        region: profile.region.clone(),
        region_assumed: profile.is_region_assumed,
    }
}

/// `{field}` becomes the field's value, cleaned. Other braces stay.
fn fill(template: &str, row: &ProfileRow) -> String {
    let left = row.seconds_left.map_or_else(|| "-".to_owned(), countdown);
    let seconds = row
        .seconds_left
        .map_or_else(|| "-".to_owned(), |left| left.to_string());
    let account_id = row.account_id.as_deref().unwrap_or_default();
    let account = row.account_name.as_deref().unwrap_or(account_id);
    let role = row.role.as_deref().unwrap_or_default();
    let brief = row.seconds_left.map_or_else(String::new, short);
    let fields: [(&str, &str); 13] = [
        ("{account}", account),
        ("{short}", &brief),
        ("{name}", row.name.as_deref().unwrap_or_default()),
        ("{entry}", &row.entry),
        ("{kind}", row.kind),
        ("{account_id}", account_id),
        ("{account_name}", row.account_name.as_deref().unwrap_or("")),
        ("{role}", role),
        ("{mode}", row.mode),
        ("{expires_at}", row.expires_at.as_deref().unwrap_or("-")),
        ("{left}", &left),
        ("{seconds}", &seconds),
        ("{state}", row.state),
    ];
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out += before;
        match fields
            .iter()
            .find_map(|(field, value)| Some((from.strip_prefix(field)?, value)))
        {
            Some((after, value)) => {
                out += &clean(value);
                rest = after;
            }
            None => {
                out.push('{');
                rest = from.strip_prefix('{').unwrap_or(from);
            }
        }
    }
    out + rest
}

fn people(sessions: &[PortalSession], rows: &[ProfileRow], now: Timestamp) -> String {
    let mut out = String::new();
    let mut portals = Table::new(["PORTAL", "SIGN-IN", "START URL"]);
    for session in sessions {
        let sign_in = match session.expires_at {
            Some(at) if session.signed_in && at > now => {
                format!("{} left", span(seconds_left(now, at)))
            }
            _ if session.signed_in => "renewed automatically".to_owned(),
            Some(at) if at > now => "no longer valid".to_owned(),
            Some(_) => "expired".to_owned(),
            None => "signed out".to_owned(),
        };
        portals.row([&session.portal.name, &sign_in, &session.portal.start_url]);
    }
    let mut profiles = Table::new(["PROFILE", "LEFT", "ACCOUNT", "ROLE", "TYPE"]);
    for row in rows {
        let left = row.seconds_left.map_or_else(|| "-".to_owned(), countdown);
        let account_id = row.account_id.as_deref().unwrap_or_default();
        let account = match &row.account_name {
            Some(name) => format!("{name} ({account_id})"),
            None => account_id.to_owned(),
        };
        let role = row.role.as_deref().unwrap_or_default();
        let name = row.name.as_deref().unwrap_or_default();
        profiles.row([name, &left, &account, role, row.mode]);
    }
    let _ = write!(out, "{portals}\n{profiles}");
    if sessions.is_empty() {
        out.clear();
        if !rows.is_empty() {
            let _ = writeln!(out, "{profiles}");
        }
        out += "no portals yet; to add one, run: roledex portal add NAME --start-url URL\n";
    } else if rows.is_empty() {
        let _ = writeln!(
            out,
            "no managed profiles yet; to create one, run: roledex use"
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_once() {
        let profile = ManagedProfile {
            is_main: true,
            is_region_assumed: false,
            obtained_at: None,
            name: "p".to_owned(),
            entry: "org:a/111111111111/Admin".parse().unwrap(),
            mode: crate::domain::profile::Mode::Sso,
            expires_at: Some(Timestamp::from_second(1_000_090).unwrap()),
            region: None,
        };
        let row = row(
            &profile,
            &profile.entry,
            Some("{role}\u{1b}".to_owned()),
            Timestamp::from_second(1_000_000).unwrap(),
        );
        assert_eq!(
            fill(
                "{name} {left} {seconds} {account_name} {state} {\"{name}\"} {",
                &row
            ),
            "p 1:30 90 {role} soon {\"p\"} {"
        );
    }

    #[test]
    fn every_field_can_be_filled_and_mistakes_are_refused() {
        let all = FIELDS.map(|field| format!("{{{field}}}")).join(" ");
        for text in [&*all, "", "{", "{} {{", r#"{"text": "{role}"}"#, "}"] {
            assert_eq!(template(text).as_deref(), Ok(text));
        }
        for (text, mistake) in [
            ("{nope}", "{nope} is not a field"),
            ("x {name", "{name has no closing brace"),
            ("{name {role}", "{name has no closing brace"),
        ] {
            let refused = template(text).unwrap_err();
            assert!(refused.starts_with(mistake), "{refused}");
            assert!(refused.contains(&all), "{refused}");
        }
    }

    #[test]
    fn the_fields_are_those_that_are_filled() {
        let row = row(
            &ManagedProfile {
                is_main: true,
                is_region_assumed: false,
                obtained_at: None,
                name: "p".to_owned(),
                entry: "org:a/111111111111/Admin".parse().unwrap(),
                mode: crate::domain::profile::Mode::Sso,
                expires_at: None,
                region: None,
            },
            &"org:a/111111111111/Admin".parse().unwrap(),
            None,
            Timestamp::UNIX_EPOCH,
        );
        for field in FIELDS {
            let filled = fill(&format!("{{{field}}}"), &row);
            assert!(!filled.contains(field), "{field}: {filled}");
        }
    }
}
