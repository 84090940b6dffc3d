//! `config.toml`: parsed strictly; every mistake is reported with file and line (docs/reference.md#settings).

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::console_command::{ConsoleCommand, Word};
use super::dirs::Dirs;
use super::document::{self, Literal, Mistake, line_at};
use super::owners::Foreign;
use crate::domain::chain::{looping, role_of};
use crate::domain::partition::looks_like_region;
use crate::domain::region::{RegionScope, long_name};
use crate::domain::template::Template;
use crate::domain::{AccountId, App, Chain, EntryId, Height, Label, Method, Problem, ProblemKind};
use crate::domain::{app, assertion, chain, instance, ordered};

/// Requests a second to one portal: the published quota, shared by the whole organization (docs/requirements.md#portal-quota).
pub(crate) const DEFAULT_REQUESTS_PER_SECOND: u32 = 20;

/// The settings file. Every key is optional; an unknown one is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The region that new profiles get where no entry, account or portal sets one; without it the
    /// environment's (`AWS_REGION`), the default profile's, or the portal's.
    #[serde(deserialize_with = "region")]
    pub default_region: Option<String>,
    /// The output format that new profiles get; `json` by default.
    #[serde(deserialize_with = "output")]
    pub default_output: Option<String>,
    /// The name template of new profiles: `{account_name|slug}-{role|lower}`; `ROLE-ACCOUNTID` by default.
    #[serde(deserialize_with = "template")]
    pub profile_name: Option<Template>,
    /// Requests a second to one portal; `0` is no limit.
    pub requests_per_second: Option<u32>,
    /// The place where credentials are stored.
    pub store: StorePolicy,
    /// `false`: never open a browser, only show the address.
    pub open_browser: Option<bool>,
    /// The height of the switcher: lines (`15`), a share of the terminal (`"40%"`), or `"full"`.
    #[serde(deserialize_with = "height")]
    pub height: Option<Height>,
    /// `false`: leave the prompt of subshells as it is.
    pub subshell_prompt: Option<bool>,
    /// `false`: leave the mouse to the terminal.
    pub mouse: Option<bool>,
    /// The colors; those that fit the terminal by default.
    pub theme: Option<ThemeName>,
    /// `true`: draw with ASCII only.
    pub ascii: Option<bool>,
    /// `true`: stop the spinner.
    pub reduced_motion: Option<bool>,
    /// The browser that captures SAML responses; by default an installed one.
    #[serde(deserialize_with = "browser")]
    pub browser: Option<PathBuf>,
    /// The program that shows the console, with its arguments, in place of the default browser. In
    /// them `{url}`, `{url_encoded}`, `{account_id}`, `{account_name}`, `{account_name_encoded}`,
    /// `{role}`, `{source}` and `{entry}` are replaced; no shell is involved.
    #[serde(deserialize_with = "command")]
    pub console_command: Option<ConsoleCommand>,
    /// The capture timeout (seconds); three minutes by default.
    #[serde(deserialize_with = "wait")]
    pub capture_seconds: Option<u32>,
    /// The longest time without progress (seconds); two minutes by default.
    #[serde(deserialize_with = "wait")]
    pub patience_seconds: Option<u32>,
    /// External AWS Account applications, by name.
    #[serde(deserialize_with = "apps")]
    pub apps: BTreeMap<String, AppSettings>,
    /// Roles that are assumed with another entry's credentials.
    pub chain: Vec<ChainSettings>,
    /// The user's own words for accounts, by account id.
    #[serde(deserialize_with = "by_id")]
    pub accounts: BTreeMap<AccountId, AccountSettings>,
    /// Portals, by name.
    pub portals: BTreeMap<String, PortalSettings>,
    /// Entries, by id.
    #[serde(deserialize_with = "by_id")]
    pub entries: BTreeMap<EntryId, EntrySettings>,
    /// Patterns of entries that are colored, and confirmed before their credentials are handed out.
    #[serde(deserialize_with = "guard")]
    pub guard: Vec<String>,
    /// `false`: leave the terminal title as it is.
    pub title: Option<bool>,
    /// `false`: do not ring when credentials expire soon and the user needs to act.
    pub bell: Option<bool>,
    /// `true`: also show a notification then.
    pub desktop_notice: Option<bool>,
    /// Changes of the keymap, on top of the built-in ones.
    #[serde(deserialize_with = "keys")]
    pub keys: Vec<Keys>,
}

/// The keys of one context: `[keys.CONTEXT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The context's name.
    pub context: String,
    /// The line of the name in the file, counted from one.
    pub line: usize,
    /// Key → what it does.
    pub bindings: BTreeMap<String, Binding>,
}

/// The actions of a key, and their place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The action's name.
    pub action: String,
    /// Its line in the file, counted from one.
    pub line: usize,
}

impl<'de> Deserialize<'de> for Binding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<String>::deserialize(deserializer)?;
        Ok(Self {
            // The place, until `read` makes a line of it.
            line: spanned.span().start,
            action: spanned.into_inner(),
        })
    }
}

/// The place where credentials are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorePolicy {
    /// In the keyring if there is one, else in private files.
    #[default]
    Auto,
    /// In the keyring, or not at all.
    Keyring,
    /// In private files.
    File,
}

/// A built-in theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeName {
    /// `Dark` or `Light` where the background of the terminal is known, else `Terminal`.
    #[default]
    Auto,
    /// Light on dark.
    Dark,
    /// Dark on light.
    Light,
    /// The terminal's own sixteen colors.
    Terminal,
    /// As much contrast as there is.
    Contrast,
    /// No colors.
    Mono,
}

/// One app: `[apps.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSettings {
    /// The tile's link, or any page that starts the app.
    #[serde(deserialize_with = "address")]
    pub url: String,
    /// The portal that it belongs to.
    pub portal: Option<String>,
    /// The method that captures its response.
    #[serde(default, deserialize_with = "method")]
    pub method: Method,
    /// The requested session duration (seconds).
    #[serde(default, deserialize_with = "session")]
    pub duration_seconds: Option<u32>,
    /// The port of its loopback ACS.
    #[serde(default, deserialize_with = "port")]
    pub port: Option<u16>,
}

/// One account: `[accounts."111111111111"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountSettings {
    /// Another name, which no other account has.
    pub alias: Option<Spanned<String>>,
    /// Words for the search.
    pub tags: Vec<String>,
    /// The region to work in.
    #[serde(deserialize_with = "region")]
    pub region: Option<String>,
}

/// One portal: `[portals.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PortalSettings {
    /// The id or a start URL of its Identity Center instance, where its own start URL does not tell: an alias.
    #[serde(deserialize_with = "instance")]
    pub instance: Option<String>,
    /// The region to work in; not the one of the portal itself.
    #[serde(deserialize_with = "region")]
    pub region: Option<String>,
}

/// One entry: `[entries."ID"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EntrySettings {
    /// The region to work in.
    #[serde(deserialize_with = "region")]
    pub region: Option<String>,
}

/// One chained role: `[[chain]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainSettings {
    /// Its name.
    pub name: Spanned<String>,
    /// The id of the entry whose credentials assume it.
    pub source: Spanned<String>,
    /// The role's ARN.
    pub role_arn: Spanned<String>,
    /// The external ID that its trust policy requires.
    #[serde(default, deserialize_with = "external_id")]
    pub external_id: Option<String>,
    /// The name of its sessions; `roledex` by default.
    #[serde(default, deserialize_with = "session_name")]
    pub session_name: Option<String>,
    /// The duration of its sessions (seconds); at most one hour.
    #[serde(default, deserialize_with = "chained_session")]
    pub duration_seconds: Option<u32>,
    /// Session tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
    let name = String::deserialize(deserializer)?;
    Method::named(&name).ok_or_else(|| {
        let names = Method::ALL.map(Method::name).join(", ");
        serde::de::Error::custom(format!(
            "{name:?} is not a method; the methods are: {names}"
        ))
    })
}

/// A number is fine, too.
fn height<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Height>, D::Error> {
    let Literal(text) = Literal::deserialize(deserializer)?;
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

fn wait<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match u32::deserialize(deserializer)? {
        0 => Err(serde::de::Error::custom(
            "0 s is too short; the shortest time is 1 s",
        )),
        seconds => Ok(Some(seconds)),
    }
}

fn session<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    seconds(deserializer, &assertion::SESSION_SECONDS)
}

fn chained_session<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    seconds(deserializer, &chain::SESSION_SECONDS)
}

fn seconds<'de, D: Deserializer<'de>>(
    deserializer: D,
    possible: &RangeInclusive<u32>,
) -> Result<Option<u32>, D::Error> {
    let seconds = u32::deserialize(deserializer)?;
    if possible.contains(&seconds) {
        return Ok(Some(seconds));
    }
    let (least, most) = (possible.start(), possible.end());
    Err(serde::de::Error::custom(format!(
        "{seconds} s is not between {least} and {most}"
    )))
}

fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    match u16::deserialize(deserializer)? {
        0 => Err(serde::de::Error::custom(
            "0 is not a port; a port is between 1 and 65535",
        )),
        port => Ok(Some(port)),
    }
}

/// A full address, also where the file leaves out `https://`.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let address = app::address(&text).map(String::from);
    address.map_err(|why| {
        serde::de::Error::custom(format!("{text:?} is not the address of an app: {why}"))
    })
}

fn instance<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if instance::is_name(&text) {
        return Ok(Some(text));
    }
    Err(serde::de::Error::custom(format!(
        "{text:?} is neither the id (d-…) nor a start URL of an instance"
    )))
}

fn browser<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let path = PathBuf::deserialize(deserializer)?;
    if path.as_os_str().is_empty() {
        return Err(serde::de::Error::custom(
            "browser is empty; it is a path or the name of a program",
        ));
    }
    Ok(Some(path))
}

/// The rules of STS for the names that it gets.
fn name_for_sts<'de, D: Deserializer<'de>>(
    deserializer: D,
    marks: &str,
    longest: usize,
) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_good = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    if (2..=longest).contains(&text.len()) && text.chars().all(is_good) {
        return Ok(Some(text));
    }
    Err(serde::de::Error::custom(format!(
        "{text:?} does not have 2 to {longest} letters, digits or characters of {marks}"
    )))
}

fn session_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    name_for_sts(deserializer, "_+=,.@-", 64)
}

fn external_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    name_for_sts(deserializer, "_+=,.@:/-", 1224)
}

fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Keys>, D::Error> {
    let tables = BTreeMap::<Spanned<String>, _>::deserialize(deserializer)?;
    let keys = |(context, bindings): (Spanned<String>, _)| Keys {
        // The place, until `parse` makes a line of it.
        line: context.span().start,
        context: context.into_inner(),
        bindings,
    };
    Ok(tables.into_iter().map(keys).collect())
}

fn guard<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let patterns = Vec::<Parsed<Pattern>>::deserialize(deserializer)?;
    Ok(patterns.into_iter().map(|it| it.0.0).collect())
}

/// A pattern of the guard. One without a character would guard nothing.
struct Pattern(String);

impl FromStr for Pattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Err("a pattern of the guard is empty");
        }
        Ok(Self(text.to_owned()))
    }
}

fn apps<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, AppSettings>, D::Error> {
    let apps = BTreeMap::<Parsed<AppName>, AppSettings>::deserialize(deserializer)?;
    let apps = apps.into_iter();
    Ok(apps.map(|(name, app)| (name.0.0, app)).collect())
}

/// The name of an app, which is part of ids.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct AppName(String);

impl FromStr for AppName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            return Err(format!("{text:?} is not a name for an app"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A table with ids as its keys.
fn by_id<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: FromStr<Err: fmt::Display> + Ord,
    V: Deserialize<'de>,
{
    let rows = BTreeMap::<Parsed<K>, V>::deserialize(deserializer)?;
    Ok(ordered::map(rows.into_iter().map(|(id, row)| (id.0, row))))
}

/// A key of a table that has to be an id: a mistake in it has the line of the key.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Parsed<T>(T);

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// The output formats of the AWS CLI.
const OUTPUTS: [&str; 6] = ["json", "yaml", "yaml-stream", "text", "table", "off"];

fn output<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if OUTPUTS.contains(&&*text) {
        return Ok(Some(text));
    }
    Err(serde::de::Error::custom(format!(
        "{text:?} is not an output format of the AWS CLI; those are: {}",
        OUTPUTS.join(", ")
    )))
}

fn command<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ConsoleCommand>, D::Error> {
    let words = Vec::<Parsed<Word>>::deserialize(deserializer)?;
    let words = words.into_iter().map(|Parsed(word)| word);
    let empty = "console_command is empty; it is a list of a program and its arguments";
    let command = ConsoleCommand::new(words);
    command
        .map(Some)
        .ok_or_else(|| serde::de::Error::custom(empty))
}

fn region<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if long_name(&text).is_some() || looks_like_region(&text) {
        return Ok(Some(text));
    }
    Err(serde::de::Error::custom(format!(
        "{text:?} is not a region; a region looks like eu-west-1"
    )))
}

fn template<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Template>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

impl Settings {
    /// The apps, sorted by name.
    #[must_use]
    pub fn apps(&self) -> Vec<App> {
        self.apps
            .iter()
            .map(|(name, app)| App {
                name: Arc::from(name.as_str()),
                url: app.url.clone(),
                portal: app.portal.as_deref().map(Arc::from),
                method: app.method,
                duration_seconds: app.duration_seconds,
                port: app.port,
            })
            .collect()
    }

    /// The region that is set for a scope, and for no other.
    #[must_use]
    pub fn region_of(&self, scope: &RegionScope) -> Option<&str> {
        let region = match scope {
            RegionScope::Entry(id) => &self.entries.get(id)?.region,
            RegionScope::Account(account) => &self.accounts.get(account)?.region,
            RegionScope::Portal(portal) => &self.portals.get(&**portal)?.region,
        };
        region.as_deref()
    }

    /// The user's own words for accounts.
    #[must_use]
    pub fn labels(&self) -> BTreeMap<AccountId, Arc<Label>> {
        let label = |settings: &AccountSettings| Label {
            alias: settings
                .alias
                .as_ref()
                .map(|it| Arc::from(it.get_ref().as_str())),
            tags: settings
                .tags
                .iter()
                .map(|tag| Arc::from(tag.as_str()))
                .collect(),
        };
        let accounts = self.accounts.iter();
        ordered::map(accounts.map(|(id, settings)| (*id, Arc::new(label(settings)))))
    }

    /// The chained roles, in the order of the file.
    ///
    /// # Errors
    /// A source that is no entry's id, an ARN that is none, a duration that cannot be, a name that
    /// is listed twice, and a chain that leads back to itself.
    pub fn chains(&self) -> Result<Vec<Chain>, Problem> {
        self.checked_chains().map_err(|(_, what)| {
            Problem::new(ProblemKind::Usage, format!("in the settings, {what}"))
                .hint("correct [[chain]] in config.toml")
        })
    }

    /// The chained roles, or the first mistake in them and its place in the file.
    fn checked_chains(&self) -> Result<Vec<Chain>, (usize, String)> {
        let mut chains: Vec<Chain> = Vec::new();
        for settings in &self.chain {
            let name = settings.name.get_ref().as_str();
            let mistake =
                |place: usize, what: String| Err((place, format!("the chain {name}: {what}")));
            let source = match settings.source.get_ref().parse::<EntryId>() {
                Ok(source) => source,
                Err(error) => return mistake(settings.source.span().start, error.to_string()),
            };
            let role_arn = settings.role_arn.get_ref();
            let Some((partition, account, role)) = role_of(role_arn) else {
                let what = format!("{role_arn:?} is not the ARN of a role");
                return mistake(settings.role_arn.span().start, what);
            };
            if name.is_empty() || chains.iter().any(|chain| *chain.name == *name) {
                let what = "its name is missing or used twice".to_owned();
                return mistake(settings.name.span().start, what);
            }
            chains.push(Chain {
                name: Arc::from(name),
                source,
                partition: partition.to_owned(),
                account,
                role: Arc::from(role),
                role_arn: role_arn.clone(),
                external_id: settings.external_id.clone(),
                session_name: settings.session_name.clone(),
                duration_seconds: settings.duration_seconds,
                tags: settings.tags.clone(),
            });
        }
        let Some(name) = looping(&chains) else {
            return Ok(chains);
        };
        let mut all = self.chain.iter();
        let first = all.find(|chain| *chain.name.get_ref() == **name);
        let place = first.map_or(0, |chain| chain.source.span().start);
        Err((place, format!("the chain {name}: its sources form a loop")))
    }

    /// Reads the file; a missing one is the defaults.
    ///
    /// # Errors
    /// A file that cannot be read or that another user owns, or is not what the documentation says,
    /// with file and line.
    pub fn load(dirs: &Dirs) -> Result<Self, Problem> {
        let path = &dirs.settings_file();
        let problem = |detail: String| {
            Problem::new(
                ProblemKind::File,
                format!("cannot read the settings in {}", dirs.tilde(path)),
            )
            .detail(detail)
            .hint("correct the file, or move it away to use the defaults")
        };
        let text = super::file::read_trusted(path, dirs.owners())
            .and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other));
        match text {
            Ok(text) => Self::parse(&text).map_err(|mistake| mistake.problem(&dirs.tilde(path))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(match error.downcast::<Foreign>() {
                Ok(foreign) => Problem::from(foreign).with_tilde(&dirs.home),
                Err(error) => problem(error.to_string()),
            }),
        }
    }

    /// The names of the keys and tables that the file sets; `None` if it is not valid.
    #[must_use]
    pub fn names_in(dirs: &Dirs) -> Option<Vec<String>> {
        match super::file::read_trusted(&dirs.settings_file(), dirs.owners()) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes).ok()?;
                Self::parse(&text).ok()?;
                let table = document::table(&text).ok()?;
                Some(table.keys().map(|key| key.get_ref().to_string()).collect())
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(Vec::new()),
            Err(_) => None,
        }
    }

    /// Parses the text of a settings file.
    ///
    /// # Errors
    /// The first mistake, with its line.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        let mut settings: Self = document::parse(text)?;
        for keys in &mut settings.keys {
            keys.line = line_at(text, keys.line);
            for binding in keys.bindings.values_mut() {
                binding.line = line_at(text, binding.line);
            }
        }
        let chains = settings.checked_chains().map(drop);
        if let Err((place, message)) = chains.and_then(|()| settings.check_aliases()) {
            let line = line_at(text, place);
            return Err(Mistake { line, message });
        }
        Ok(settings)
    }

    /// Finds an alias that names nothing or several accounts, and its place in the file.
    fn check_aliases(&self) -> Result<(), (usize, String)> {
        let mut seen: Vec<(String, AccountId)> = Vec::new();
        let aliases = self.accounts.iter();
        for (id, alias) in aliases.filter_map(|(id, account)| Some((id, account.alias.as_ref()?))) {
            let text = alias.get_ref();
            // `ENTRY` names accounts in any case.
            let lower = text.to_lowercase();
            let mistake = |what| Err((alias.span().start, what));
            if text.trim().is_empty() {
                return mistake(format!("the alias of {id} is empty"));
            }
            if let Some((_, other)) = seen.iter().find(|(known, _)| *known == lower) {
                return mistake(format!(
                    "{text:?} is the alias of two accounts, {other} and {id}"
                ));
            }
            seen.push((lower, *id));
        }
        Ok(())
    }
}

impl Mistake {
    /// The problem to report for this mistake in a file, by its path.
    #[must_use]
    pub fn problem(&self, file: &str) -> Problem {
        Problem::new(
            ProblemKind::Usage,
            format!("{file}:{}: {}", self.line, self.message),
        )
        .hint("correct that line of the settings")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_has_its_line() {
        let mistake = Settings::parse("mouse = true\n\nmuose = false\n").unwrap_err();
        assert_eq!(mistake.line, 3);
        assert!(mistake.message.contains("muose"), "{mistake}");
    }

    #[test]
    fn the_store_is_one_of_three() {
        assert_eq!(Settings::default().store, StorePolicy::Auto);
        assert_eq!(
            Settings::parse("store = \"keyring\"\n").unwrap().store,
            StorePolicy::Keyring
        );
        assert!(Settings::parse("store = \"vault\"\n").is_err());
    }

    #[test]
    fn apps() {
        let text =
            "[apps.\"Partner (prod)\"]\nurl = \"https://x.y/\"\nmethod = \"loopback\"\nport = 9\n";
        let apps = Settings::parse(text).unwrap().apps();
        assert_eq!(
            (&*apps[0].name, apps[0].method),
            ("Partner (prod)", Method::Loopback)
        );
        let wrong = text.replace("loopback", "telepathy");
        let mistake = Settings::parse(&wrong).unwrap_err();
        assert!(mistake.message.contains("auto, browser"), "{mistake}");
        assert_eq!(mistake.line, 3);
    }

    #[test]
    fn a_template_is_checked() {
        let good =
            Settings::parse("profile_name = \"{account_name|slug}-{role|lower}\"\n").unwrap();
        assert!(good.profile_name.is_some());
        let mistake = Settings::parse("mouse = true\nprofile_name = \"{rol}\"\n").unwrap_err();
        assert_eq!(mistake.line, 2);
        assert!(mistake.message.contains("at character 2"), "{mistake}");
    }

    #[test]
    fn a_height_is_a_number_or_a_part() {
        let height = |text: &str| Settings::parse(text).map(|settings| settings.height);
        assert_eq!(height(""), Ok(None));
        assert_eq!(height("height = 15\n"), Ok(Some(Height::Rows(15))));
        assert_eq!(height("height = \"40%\"\n"), Ok(Some(Height::Percent(40))));
        assert_eq!(height("height = \"full\"\n"), Ok(Some(Height::Full)));
        for (wrong, part) in ["0", "-1", "1.5", "true", "\"tall\""]
            .map(|wrong| (wrong, "is not a height"))
            .into_iter()
            .chain([("[1]", "found a list")])
        {
            let mistake = height(&format!("mouse = true\nheight = {wrong}\n")).unwrap_err();
            assert!(mistake.message.contains(part), "{mistake}");
            assert_eq!(mistake.line, 2);
        }
    }

    #[test]
    fn accounts_are_named_by_their_ids() {
        let mistake = Settings::parse("mouse = true\n[accounts.12]\nalias = \"x\"\n").unwrap_err();
        assert_eq!(mistake.line, 2);
        assert!(mistake.message.contains("twelve-digit"), "{mistake}");
    }

    #[test]
    fn a_region_is_checked_with_its_line() {
        let good = "[entries.\"org:a/111111111111/Admin\"]\nregion = \"eu-north-1\"\n";
        let settings = Settings::parse(good).unwrap();
        let id: EntryId = "org:a/111111111111/Admin".parse().unwrap();
        assert_eq!(settings.entries[&id].region.as_deref(), Some("eu-north-1"));
        for text in [
            "[portals.a]\nregion = \"eu west\"\n",
            "[accounts.111111111111]\nregion = \"\"\n",
            "[entries.\"nonsense\"]\nregion = \"eu-west-1\"\n",
        ] {
            let mistake = Settings::parse(&format!("mouse = true\n{text}")).unwrap_err();
            assert!((2..=3).contains(&mistake.line), "{mistake}");
        }
    }

    #[test]
    fn a_mistake_has_the_line_of_its_value() {
        let chain = |key: &str, value: &str| {
            let mut lines = [
                "name = \"a\"".to_owned(),
                "source = \"org:p/111111111111/R\"".to_owned(),
                "role_arn = \"arn:aws:iam::111111111111:role/R\"".to_owned(),
                "duration_seconds = 900".to_owned(),
                "external_id = \"a:b/c\"".to_owned(),
                "session_name = \"jo@x\"".to_owned(),
            ];
            let known = lines.iter_mut().find(|line| line.starts_with(key)).unwrap();
            *known = format!("{key} = {value}");
            format!("[[chain]]\n{}\n", lines.join("\n"))
        };
        let app = |key: &str, value: &str| {
            let line = |name: &str, good: &str| {
                let value = if name == key { value } else { good };
                format!("{name} = {value}\n")
            };
            let url = line("url", "\"https://x.y\"");
            let rest = line("duration_seconds", "900") + &line("port", "1");
            format!("[apps.a]\n{url}{rest}")
        };
        let aliases = |one: &str, other: &str| {
            format!(
                "[accounts]\n222222222222.alias = \"{other}\"\n111111111111.alias = \"{one}\"\n"
            )
        };
        assert!(Settings::parse(&chain("name", "\"a\"")).is_ok());
        assert!(Settings::parse(&app("port", "2")).is_ok());
        assert!(Settings::parse(&aliases("a", "b")).is_ok());
        for (text, line, part) in [
            (
                "\n[accounts.111111111111]\n\n[accounts.BAD]\n".to_owned(),
                4,
                "twelve-digit",
            ),
            (
                "[entries.\"profile:a\"]\nregion = \"eu-west-1\"\n[entries.BAD]\n".to_owned(),
                3,
                "chain:NAME/ACCOUNT_ID/ROLE",
            ),
            (chain("source", "\"nonsense\""), 3, "is not an entry id"),
            (chain("role_arn", "\"nonsense\""), 4, "ARN of a role"),
            (chain("duration_seconds", "4000"), 5, "between 900 and 3600"),
            (
                chain("source", "\"chain:a/111111111111/R\""),
                3,
                "form a loop",
            ),
            (chain("name", "\"a\"").repeat(2), 9, "used twice"),
            (
                "ascii = true\ndefault_output = \"foo\"\n".to_owned(),
                2,
                "json, yaml",
            ),
            (
                "ascii = true\ndefault_region = \"nowhere\"\n".to_owned(),
                2,
                "not a region",
            ),
            (
                "[portals.p]\nregion = \"bad\"\n".to_owned(),
                2,
                "not a region",
            ),
            ("\nconsole_command = []\n".to_owned(), 2, "is empty"),
            (
                "\nconsole_command = [\"x\", \"{url}\",\n\"-c {foo}\"]\n".to_owned(),
                3,
                "{foo} is not a field; the fields are: {url}, {url_encoded}, ",
            ),
            ("\nbrowser = \"\"\n".to_owned(), 2, "is empty"),
            ("\ncapture_seconds = 0\n".to_owned(), 2, "too short"),
            ("\npatience_seconds = 0\n".to_owned(), 2, "too short"),
            ("\nguard = [\"*prod\", \" \"]\n".to_owned(), 2, "is empty"),
            (app("url", "\"ftp://x.y\""), 2, "start with https://"),
            (app("url", "\"x y\""), 2, "not the address of an app"),
            (app("duration_seconds", "60"), 3, "between 900 and 43200"),
            (app("duration_seconds", "43201"), 3, "between 900 and 43200"),
            (app("port", "0"), 4, "not a port"),
            (
                "\n[apps.\"\"]\nurl = \"https://x.y\"\n".to_owned(),
                2,
                "not a name",
            ),
            (chain("external_id", "\"a b\""), 6, "2 to 1224"),
            (chain("session_name", "\"a/b\""), 7, "2 to 64"),
            (
                "[portals.p]\ninstance = \"acme\"\n".to_owned(),
                2,
                "neither the id",
            ),
            (aliases("prod", "Prod"), 2, "the alias of two accounts"),
            (aliases("a", " "), 2, "is empty"),
        ] {
            let mistake = Settings::parse(&text).unwrap_err();
            assert_eq!(mistake.line, line, "{text}: {mistake}");
            assert!(mistake.message.contains(part), "{text}: {mistake}");
        }
    }

    #[test]
    fn keys_are_a_patch() {
        let settings = Settings::parse("[keys.picker]\n\"ctrl-g\" = \"back\"\n").unwrap();
        let keys = &settings.keys[0];
        assert_eq!((keys.context.as_str(), keys.line), ("picker", 1));
        let binding = &keys.bindings["ctrl-g"];
        assert_eq!((binding.action.as_str(), binding.line), ("back", 2));
    }
}
