//! The AWS files as the SDKs read them: portals, profiles, endpoints.

use std::collections::HashMap;

use jiff::Timestamp;

use super::ENTRY;
use super::document::Document;
use super::edit::{Body, Edit, config_keys};
use super::shadow::{Shadow, owner_and_keys};
use super::syntax::Name;
use crate::domain::instance::Instances;
use crate::domain::own::Sections;
use crate::domain::own::provider::File;
use crate::domain::portal::scopes;
use crate::domain::profile::Mode;
use crate::domain::sync::Difference;
use crate::domain::{EntryId, Portal, Secret};
use crate::store::json::time;

/// Keys and values of one section; keys in lower case, duplicates merged (the last one counts). Any value of
/// either file may be a secret.
pub(super) type Values = HashMap<String, Secret>;

/// The keys of a profile whose values nobody may see.
const SECRET_KEYS: [&str; 3] = [
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
];

/// Both files at one moment, parsed.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    sessions: Vec<(String, Values)>,
    services: HashMap<String, Values>,
    /// Names in the order of the files, config first.
    names: Vec<String>,
    config: HashMap<String, Values>,
    credentials: HashMap<String, Values>,
    /// The comments behind values of profiles in the config file, by profile and key.
    comments: HashMap<(String, String), String>,
    /// The values that `[DEFAULT]` gives the sections of the config and of the credentials file.
    seeds: [Seed; 2],
    /// The profiles of which some tools read another section of the config file, one with credentials.
    replaced: Vec<String>,
    instances: Instances,
    /// True if the values of [`SECRET_KEYS`] were wiped.
    is_wiped: bool,
}

/// The values that `[DEFAULT]` gives every section of its file, for the AWS CLI.
#[derive(Clone, Debug, Default)]
struct Seed {
    has_source: bool,
    region: Option<String>,
}

/// One profile, of either file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// The entry it is managed for, by the id under which it is listed; `None`: it is not ours.
    pub entry: Option<EntryId>,
    /// The same id as it is written there, where another portal of the instance may be in it.
    pub written_entry: Option<EntryId>,
    /// The source of its credentials; `None` where it is none of our three.
    pub mode: Option<Mode>,
    /// Its region.
    pub region: Option<String>,
    /// The expiry of its static keys (UTC), where it is recorded (docs/requirements.md#expired-static-keys).
    pub expires_at: Option<Timestamp>,
    /// Settings that tools use instead of it (docs/requirements.md#shadowed-profiles).
    pub shadowed: Vec<Shadow>,
}

impl Snapshot {
    pub(super) fn new(config: &Document, credentials: &Document) -> Self {
        let mut snapshot = Self::default();
        for (at, section) in config.sections().iter().enumerate() {
            let properties = config.properties(section);
            let values = properties
                .iter()
                .map(|property| (property.key.to_ascii_lowercase(), config.secret(property)));
            match section.name.clone() {
                Name::Profile(name) => {
                    if snapshot.config.contains_key(&name) && config.takes_over(at) {
                        snapshot.replace(&name);
                    }
                    snapshot
                        .comments
                        .extend(properties.iter().filter_map(|property| {
                            let comment = config.comment(property)?;
                            let key = property.key.to_ascii_lowercase();
                            Some(((name.clone(), key), comment))
                        }));
                    snapshot.profile_section(name, values, true);
                }
                Name::Services(name) => snapshot.services.entry(name).or_default().extend(values),
                Name::Session(name) => match snapshot
                    .sessions
                    .iter_mut()
                    .find(|(known, _)| *known == name)
                {
                    Some((_, known)) if config.takes_over(at) => *known = values.collect(),
                    Some((_, known)) => known.extend(values),
                    None => snapshot.sessions.push((name, values.collect())),
                },
                name if name.is_seed() => {
                    snapshot.seeds[0].add(&values.collect());
                }
                Name::Other(_) => {}
            }
        }
        for section in credentials.sections() {
            let properties = credentials.properties(section);
            let values = properties.iter().map(|property| {
                (
                    property.key.to_ascii_lowercase(),
                    credentials.secret(property),
                )
            });
            match section.name.clone() {
                Name::Profile(name) => snapshot.profile_section(name, values, false),
                name if name.is_seed() => {
                    snapshot.seeds[1].add(&values.collect());
                }
                _ => {}
            }
        }
        snapshot.declare_instances(|_| None);
        snapshot
    }

    fn profile_section(
        &mut self,
        name: String,
        values: impl Iterator<Item = (String, Secret)>,
        in_config: bool,
    ) {
        if !self.config.contains_key(&name) && !self.credentials.contains_key(&name) {
            self.names.push(name.clone());
        }
        let file = if in_config {
            &mut self.config
        } else {
            &mut self.credentials
        };
        file.entry(name).or_default().extend(values);
    }

    /// Forgets what an earlier section of the config file says of a profile: another header replaces it, as for botocore.
    /// Mixed, the key of one would get the token of the other.
    fn replace(&mut self, name: &str) {
        let Some(values) = self.config.get_mut(name) else {
            return;
        };
        if has_source(values) {
            self.replaced.push(name.to_owned());
        }
        values.clear();
        self.comments.retain(|(profile, _), _| profile != name);
    }

    /// The same without secret keys, for those who keep it. That a profile has some is still known.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        let files = [&mut self.config, &mut self.credentials];
        for values in files.into_iter().flat_map(HashMap::values_mut) {
            for key in SECRET_KEYS {
                if let Some(value) = values.get_mut(key).filter(|value| !value.is_empty()) {
                    *value = Secret::from("wiped");
                }
            }
        }
        self.is_wiped = true;
        self
    }

    /// True if it has no secret keys, because of [`Snapshot::without_secrets`].
    pub(super) fn is_wiped(&self) -> bool {
        self.is_wiped
    }

    /// The portals: every `sso-session` with a start URL and a region.
    #[must_use]
    pub fn portals(&self) -> Vec<Portal> {
        self.sessions
            .iter()
            .filter_map(|(name, values)| portal(name, values))
            .collect()
    }

    /// The `sso-session`s that are no portals, and the first key that each lacks.
    pub fn incomplete_sessions(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.sessions.iter().filter_map(|(name, values)| {
            let keys = ["sso_start_url", "sso_region"];
            let missing = keys.into_iter().find(|key| !values.contains_key(*key))?;
            Some((name.as_str(), missing))
        })
    }

    /// Takes in what the user says about the instances of portals.
    pub fn declare_instances<'a>(&mut self, declared: impl Fn(&str) -> Option<&'a str>) {
        self.instances = Instances::new(&self.portals(), declared);
    }

    /// The portals that are the same instance of Identity Center.
    #[must_use]
    pub fn instances(&self) -> &Instances {
        &self.instances
    }

    /// One portal.
    #[must_use]
    pub fn portal(&self, name: &str) -> Option<Portal> {
        let (name, values) = self.sessions.iter().find(|(known, _)| known == name)?;
        portal(name, values)
    }

    /// Every profile of either file.
    #[must_use]
    pub fn profiles(&self) -> Vec<Profile> {
        self.names
            .iter()
            .filter_map(|name| self.profile(name))
            .collect()
    }

    /// One profile.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<Profile> {
        let (config, credentials) = (self.config.get(name), self.credentials.get(name));
        if config.is_none() && credentials.is_none() {
            return None;
        }
        let get = |file: Option<&Values>, key: &str| text(file?, key);
        let entry = |file| get(file, ENTRY).and_then(|id| id.parse::<EntryId>().ok());
        let has_keys = get(credentials, "aws_access_key_id").is_some();
        let our_keys = has_keys && entry(credentials).is_some();
        let configured = if get(config, "sso_session").is_some() {
            Some(Mode::Sso)
        } else if get(config, "credential_process").is_some() {
            Some(Mode::Process)
        } else {
            get(config, "sso_start_url").map(|_| Mode::Sso)
        };
        let written_entry = entry(config).or_else(|| entry(credentials));
        // Keys that were removed leave a profile without any source.
        let mode = configured.or_else(|| {
            let is_keyless = written_entry.is_some() && !self.has_credentials(name);
            (our_keys || is_keyless).then_some(Mode::Static)
        });
        let shadow = |file, values: Option<&Values>| {
            let values = values?;
            let has = |key: &str| values.get(key).is_some_and(|value| !value.is_empty());
            let (ours, keys) = owner_and_keys(has);
            Shadow::of(name, file, mode.unwrap_or(Mode::Static), ours, keys)
        };
        let shadowed = match &written_entry {
            Some(_) => [
                shadow(File::Config, config),
                shadow(File::Credentials, credentials),
            ],
            // In the user's own profiles, several sources may be meant.
            None if has_keys && configured.is_some() => {
                [None, shadow(File::Credentials, credentials)]
            }
            None => [None, None],
        };
        Some(Profile {
            name: name.to_owned(),
            entry: written_entry.clone().map(|id| self.instances.listed(id)),
            mode,
            written_entry,
            region: get(config, "region").or_else(|| get(credentials, "region")),
            expires_at: get(credentials, "x_security_token_expires").and_then(|text| time(&text)),
            shadowed: shadowed.into_iter().flatten().collect(),
        })
    }

    /// True if an edit would leave a profile as it is. Always false for `static` profiles, whose keys
    /// are not compared.
    #[must_use]
    pub fn holds(&self, edit: &Edit) -> bool {
        let Edit::PutProfile {
            name,
            body,
            force: false,
            ..
        } = edit
        else {
            return false;
        };
        let ours_in_credentials = self
            .credentials
            .get(name)
            .is_some_and(|values| values.contains_key(ENTRY));
        !matches!(body, Body::Static(_))
            && !ours_in_credentials
            && self.config.contains_key(name)
            && self.differences(edit).is_empty()
    }

    /// The values of a profile in the config file that an edit would change, but for the sources that it removes with
    /// force: those may be secret.
    #[must_use]
    pub fn differences(&self, edit: &Edit) -> Vec<Difference> {
        let Edit::PutProfile {
            name,
            entry,
            body,
            region,
            output,
            ..
        } = edit
        else {
            return Vec::new();
        };
        let values = self.config.get(name);
        // The AWS CLI takes a comment behind a value for a part of it.
        let before = |key: &str| {
            let value = text(values?, key)?;
            match self.comments.get(&(name.clone(), key.to_owned())) {
                Some(comment) => Some(format!("{value} {comment}")),
                None => Some(value),
            }
        };
        config_keys(entry, body, region.as_deref(), output.as_deref(), false)
            .into_iter()
            .map(|(key, after)| Difference {
                key,
                before: before(key),
                after: after.map(|value| value.to_string()),
            })
            .filter(|difference| difference.before != difference.after)
            .collect()
    }

    /// A value of a profile in one of the files.
    pub(super) fn text(&self, file: File, profile: &str, key: &str) -> Option<&str> {
        let (sections, seed) = match file {
            File::Config => (&self.config, &self.seeds[0]),
            File::Credentials => (&self.credentials, &self.seeds[1]),
        };
        let value = match sections.get(profile)?.get(key) {
            Some(value) => value.expose(),
            None if key == "region" => seed.region.as_deref()?,
            None => return None,
        };
        (!value.is_empty()).then_some(value)
    }

    /// The names of all profiles, in the order of the files.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// True if either file has a profile.
    pub(super) fn knows(&self, profile: &str) -> bool {
        self.config.contains_key(profile) || self.credentials.contains_key(profile)
    }

    /// One `sso-session`.
    pub(super) fn session(&self, name: &str) -> Option<&Values> {
        let (_, values) = self.sessions.iter().find(|(known, _)| known == name)?;
        Some(values)
    }

    /// A value of a profile: the credentials file lies over the config file for every key, as for botocore.
    #[must_use]
    pub fn value(&self, profile: &str, key: &str) -> Option<String> {
        Sections::either(self, profile, key).map(str::to_owned)
    }

    /// True if either file gives a profile credentials, from any source (docs/protocols.md#credential-process),
    /// also by `[DEFAULT]`, which seeds the sections of its file for the AWS CLI (docs/protocols.md#aws-config-files).
    #[must_use]
    pub fn has_credentials(&self, profile: &str) -> bool {
        let files = [&self.config, &self.credentials].into_iter();
        let has_some = files
            .zip(&self.seeds)
            .filter_map(|(file, seed)| Some((file.get(profile)?, seed)))
            .any(|(values, seed)| seed.has_source || has_source(values));
        has_some || self.replaced.iter().any(|name| name == profile)
    }

    /// The endpoint that a profile configures for a service (`sso_oidc`, `sso`, `sts`): that of its
    /// `services` section, else its own `endpoint_url` (docs/protocols.md#endpoints).
    #[must_use]
    pub fn service_endpoint(&self, profile: Option<&str>, service: &str) -> Option<String> {
        let profile = profile?;
        let nested = self
            .value(profile, "services")
            .and_then(|services| self.services.get(&services)?.get(service))
            .and_then(|block| {
                block.expose().lines().find_map(|line| {
                    let (key, value) = line.split_once('=')?;
                    (key.trim() == "endpoint_url").then(|| value.trim().to_owned())
                })
            });
        nested.or_else(|| self.value(profile, "endpoint_url"))
    }
}

impl Seed {
    fn add(&mut self, values: &Values) {
        self.has_source |= has_source(values);
        self.region = text(values, "region").or_else(|| self.region.take());
    }
}

/// True if a section names a source of credentials.
fn has_source(values: &Values) -> bool {
    const SOURCES: [&str; 8] = [
        "aws_access_key_id",
        "credential_process",
        "role_arn",
        "web_identity_token_file",
        "sso_start_url",
        "sso_account_id",
        "sso_role_name",
        "login_session",
    ];
    SOURCES.iter().any(|key| values.contains_key(*key))
}

fn text(values: &Values, key: &str) -> Option<String> {
    Some(values.get(key)?.expose().to_owned())
}

fn portal(name: &str, values: &Values) -> Option<Portal> {
    Some(Portal {
        name: name.into(),
        start_url: text(values, "sso_start_url")?,
        region: text(values, "sso_region")?,
        scopes: text(values, "sso_registration_scopes")
            .map(|text| scopes(&text))
            .unwrap_or_default(),
    })
}
