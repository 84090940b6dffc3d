//! Edits of the AWS files, in terms of sections and keys.

use std::path::Path;

use zeroize::Zeroizing;

use super::clean::{CONFIG_KEYS, KEYS, has_only, remove_keys};
use super::document::{Document, Section, Value};
use super::headers::{better, is_odd, plain, profile_header};
use super::shadow::{Shadow, other_sources, owner_and_keys};
use super::syntax::Name;
use super::{ENTRY, Pair};
use crate::domain::own::provider::{self, File};
use crate::domain::portal::scopes;
use crate::domain::profile::Mode;
use crate::domain::time::rfc3339;
use crate::domain::{AccountId, Credentials, EntryId, Portal};
use crate::store::Error;

/// One change.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Creates or updates the section of a portal: its start URL, region and scopes.
    PutPortal(Portal),
    /// Removes the section of a portal; nothing where there is none.
    RemovePortal {
        /// Its name.
        name: String,
    },
    /// Creates or updates a managed profile.
    PutProfile {
        /// Its name.
        name: String,
        /// The entry it is managed for.
        entry: EntryId,
        /// The source of its credentials.
        body: Body,
        /// `region`; `None` leaves what is there.
        region: Option<String>,
        /// `output`; `None` leaves what is there.
        output: Option<String>,
        /// Take over a profile that is not managed for this entry, and remove every other source of credentials.
        force: bool,
    },
    /// Makes a profile of the user's that leads to an entry a managed one. Its region, its output format and
    /// what roledex does not know stay; what another tool wrote to get its credentials goes.
    TakeProfile {
        /// Its name.
        name: String,
        /// The entry it is managed for.
        entry: EntryId,
        /// The source of its credentials.
        body: Body,
    },
    /// Sets the region of a managed profile; nothing where there is none in the config file.
    SetRegion {
        /// Its name.
        name: String,
        /// `region`.
        region: String,
    },
    /// Creates a profile for a console session, or gives it to one that the user has. It is not managed: it
    /// is an own profile of the user, as the AWS CLI writes it.
    PutLogin {
        /// Its name.
        name: String,
        /// `login_session`: the ARN of the session.
        session: String,
        /// `region`; `None` leaves what is there.
        region: Option<String>,
    },
    /// Removes the keys of a managed profile from the credentials file. The profile goes, too, unless the user wrote
    /// something in it: without keys, SDKs would use the role of the machine in its name.
    RemoveKeys {
        /// Its name.
        name: String,
    },
    /// Removes a managed profile from both files; nothing where there is none.
    RemoveProfile {
        /// Its name.
        name: String,
    },
}

/// The source of a profile's credentials.
#[derive(Clone, Debug)]
pub enum Body {
    /// From the portal, by the SDKs themselves.
    Sso {
        /// The portal's name.
        session: String,
        /// The account.
        account: AccountId,
        /// The permission set's name.
        role: String,
    },
    /// From a program.
    Process {
        /// `credential_process`.
        command: String,
    },
    /// From the credentials file.
    Static(Credentials),
}

/// The result of an edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// True if any byte changed.
    pub changed: bool,
    /// Warnings for the user.
    pub warnings: Vec<String>,
}

impl Edit {
    /// True if all its values can be written into an AWS file.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        let Self::PutProfile {
            name,
            entry,
            body,
            region,
            output,
            ..
        } = self
        else {
            return true;
        };
        let keys = config_keys(entry, body, region.as_deref(), output.as_deref(), false);
        let mut values = keys.iter().filter_map(|(_, value)| value.as_ref());
        is_header(&format!("profile {name}")) && values.all(|value| is_writable(value))
    }
}

/// Keys and their new values; `None` removes the key.
pub(super) type Keys = Vec<(&'static str, Option<Value>)>;

/// A key with a new value.
fn set(key: &'static str, value: impl Into<String>) -> (&'static str, Option<Value>) {
    (key, Some(Zeroizing::new(value.into())))
}

/// Applies changes to both documents; nothing is written yet.
pub(super) fn apply(
    pair: &mut Pair<Document>,
    edits: &[Edit],
    config: &Path,
    credentials: &Path,
) -> Result<Vec<String>, Error> {
    let mut warnings = Vec::new();
    if edits.len() > 1 {
        // Looking through all sections for each edit would take the square of their number.
        pair.config.index();
        pair.credentials.index();
    }
    let mut removed: Vec<&String> = Vec::new();
    for (at, edit) in edits.iter().enumerate() {
        match edit {
            Edit::PutPortal(portal) => put_portal(&mut pair.config, portal, config)?,
            Edit::RemovePortal { name } => {
                if let Some(section) = find(&pair.config, &Name::Session(name.clone()), config)? {
                    pair.config.remove(&section);
                }
            }
            Edit::PutProfile { .. } => put_profile(pair, edit, config, credentials, &mut warnings)?,
            Edit::TakeProfile { name, entry, body } => {
                let mut keys = body_keys(body);
                keys.extend(TOOL_KEYS.map(|key| (key, None)));
                keys.push(set(ENTRY, entry.to_string()));
                let section = Name::Profile(name.clone());
                put(
                    &mut pair.config,
                    &section,
                    &profile_header(name),
                    &keys,
                    config,
                    true,
                )?;
            }
            Edit::PutLogin {
                name,
                session,
                region,
            } => {
                refuse_other_source(pair, name, config, credentials)?;
                let mut keys = vec![set("login_session", session.as_str())];
                keys.extend(region.as_deref().map(|region| set("region", region)));
                let section = Name::Profile(name.clone());
                put(
                    &mut pair.config,
                    &section,
                    &profile_header(name),
                    &keys,
                    config,
                    false,
                )?;
            }
            Edit::SetRegion { name, region } => set_region(&mut pair.config, name, region, config)?,
            Edit::RemoveKeys { name } => {
                let section = find(&pair.credentials, &Name::Profile(name.clone()), credentials)?;
                if let Some(section) = section
                    && pair.credentials.has(&section, ENTRY)
                {
                    remove_keys(&mut pair.credentials, &section, &KEYS);
                }
                let section = find(&pair.config, &Name::Profile(name.clone()), config)?;
                if let Some(section) = section
                    && pair.config.has(&section, ENTRY)
                    && has_only(&pair.config, &section, &CONFIG_KEYS)
                {
                    pair.config.remove(&section);
                }
            }
            Edit::RemoveProfile { name } => {
                removed.push(name);
                if !matches!(edits.get(at + 1), Some(Edit::RemoveProfile { .. })) {
                    remove_profiles(&mut pair.config, &removed, config)?;
                    remove_profiles(&mut pair.credentials, &removed, credentials)?;
                    removed.clear();
                }
            }
        }
    }
    Ok(warnings)
}

/// Removes those of some profiles that are ours.
fn remove_profiles(document: &mut Document, names: &[&String], path: &Path) -> Result<(), Error> {
    let mut sections = Vec::new();
    for name in names {
        let section = find(document, &Name::Profile((*name).clone()), path)?;
        sections.extend(section.filter(|section| document.has(section, ENTRY)));
    }
    sections.sort_by_key(|section| section.header);
    sections.dedup();
    match sections.as_slice() {
        [] => {}
        [one] => document.remove(one),
        many => document.remove_all(many),
    }
    Ok(())
}

/// The sections that some changes may touch, in the config and in the credentials file.
pub(super) fn names(edits: &[Edit]) -> (Vec<Name>, Vec<Name>) {
    let (mut config, mut credentials) = (Vec::new(), Vec::new());
    for edit in edits {
        match edit {
            Edit::PutPortal(Portal { name, .. }) => config.push(Name::Session(name.to_string())),
            Edit::RemovePortal { name } => config.push(Name::Session(name.clone())),
            Edit::SetRegion { name, .. }
            | Edit::PutLogin { name, .. }
            | Edit::TakeProfile { name, .. } => {
                config.push(Name::Profile(name.clone()));
            }
            Edit::PutProfile { name, .. }
            | Edit::RemoveKeys { name }
            | Edit::RemoveProfile { name } => {
                config.push(Name::Profile(name.clone()));
                credentials.push(Name::Profile(name.clone()));
            }
        }
    }
    (config, credentials)
}

fn put_portal(document: &mut Document, portal: &Portal, path: &Path) -> Result<(), Error> {
    let section = Name::Session(portal.name.to_string());
    let found = find(document, &section, path)?;
    let present = found.and_then(|found| document.get(&found, "sso_registration_scopes"));
    let mut keys = vec![
        set("sso_start_url", portal.start_url.as_str()),
        set("sso_region", portal.region.as_str()),
    ];
    // Existing scopes stay if the edit has none, and as they are written if it has the same.
    if !portal.scopes.is_empty() && present.is_none_or(|text| scopes(&text) != portal.scopes) {
        keys.push(set("sso_registration_scopes", portal.scopes.join(",")));
    }
    put(
        document,
        &section,
        &format!("sso-session {}", portal.name),
        &keys,
        path,
        true,
    )
}

fn set_region(document: &mut Document, name: &str, region: &str, path: &Path) -> Result<(), Error> {
    let section = Name::Profile(name.to_owned());
    let found = find(document, &section, path)?;
    if found.is_some_and(|section| document.has(&section, ENTRY)) {
        let keys = [set("region", region)];
        let header = format!("profile {name}");
        put(document, &section, &header, &keys, path, true)?;
    }
    Ok(())
}

fn put_profile(
    pair: &mut Pair<Document>,
    edit: &Edit,
    config: &Path,
    credentials: &Path,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let Edit::PutProfile {
        name,
        entry,
        body,
        region,
        output,
        force,
    } = edit
    else {
        return Ok(());
    };
    let section = Name::Profile(name.clone());
    if !force {
        refuse_foreign(pair, &section, name, entry, config, credentials)?;
    }
    let mut removed = Vec::new();
    let owner = set(ENTRY, entry.to_string());
    let keys = config_keys(entry, body, region.as_deref(), output.as_deref(), *force);
    if *force && let Some(found) = find(&pair.config, &section, config)? {
        removed.extend(lost(&pair.config, &found, &keys, &OWN_KEYS));
    }
    put(
        &mut pair.config,
        &section,
        &format!("profile {name}"),
        &keys,
        config,
        true,
    )?;

    let in_credentials = find(&pair.credentials, &section, credentials)?;
    let none: Keys = cleared().map(|key| (key, None)).collect();
    if *force && let Some(found) = &in_credentials {
        removed.extend(lost(&pair.credentials, found, &none, &KEYS));
    }
    if let Body::Static(keys) = body {
        let mut keys = vec![
            set("aws_access_key_id", keys.access_key_id.as_str()),
            set("aws_secret_access_key", keys.secret_access_key.expose()),
            set("aws_session_token", keys.session_token.expose()),
            // An older name that botocore still reads, and reads first.
            ("aws_security_token", None),
            set("x_security_token_expires", rfc3339(keys.expires_at)),
            owner,
        ];
        if *force {
            keys.extend(none.into_iter().filter(|(key, _)| !KEYS.contains(key)));
        }
        put(
            &mut pair.credentials,
            &section,
            name,
            &keys,
            credentials,
            true,
        )?;
    } else if let Some(shadow) = in_credentials {
        let ours = pair.credentials.has(&shadow, ENTRY);
        let keys: Vec<&str> = if *force {
            cleared().collect()
        } else if ours {
            KEYS.to_vec()
        } else {
            Vec::new()
        };
        if !keys.is_empty() {
            remove_keys(
                &mut pair.credentials,
                &shadow,
                &[&keys[..], &[ENTRY]].concat(),
            );
        }
    }
    if !removed.is_empty() {
        removed.sort_unstable();
        removed.dedup();
        warnings.push(format!(
            "removed {} from the profile {name}; to get it back, run: roledex undo",
            removed.join(", ")
        ));
    }
    warnings.extend(shadows(
        pair,
        &section,
        name,
        body.mode(),
        config,
        credentials,
    )?);
    Ok(())
}

/// The settings that tools use instead of a profile that was written, in words.
fn shadows(
    pair: &Pair<Document>,
    section: &Name,
    name: &str,
    mode: Mode,
    config: &Path,
    credentials: &Path,
) -> Result<Vec<String>, Error> {
    let mut warnings = Vec::new();
    for (file, document, path) in [
        (File::Config, &pair.config, config),
        (File::Credentials, &pair.credentials, credentials),
    ] {
        let Some(found) = find(document, section, path)? else {
            continue;
        };
        let present = document.properties(&found);
        let (ours, keys) = owner_and_keys(|key| {
            present.iter().any(|property| {
                property.key.eq_ignore_ascii_case(key) && !document.secret(property).is_empty()
            })
        });
        let shadow = Shadow::of(name, file, mode, ours, keys);
        warnings.extend(shadow.map(|shadow| shadow.to_string()));
    }
    Ok(warnings)
}

impl Body {
    fn mode(&self) -> Mode {
        match self {
            Self::Sso { .. } => Mode::Sso,
            Self::Process { .. } => Mode::Process,
            Self::Static(_) => Mode::Static,
        }
    }
}

/// The keys that an edit removes and that roledex did not write.
fn lost(
    document: &Document,
    section: &Section,
    keys: &[(&'static str, Option<Value>)],
    own: &[&str],
) -> Vec<&'static str> {
    let ours = document.has(section, ENTRY);
    let none = keys.iter().filter(|(_, value)| value.is_none());
    none.map(|(key, _)| *key)
        .filter(|key| !(ours && own.contains(key)) && document.has(section, key))
        .collect()
}

/// The keys of a profile in the config file.
pub(super) fn config_keys(
    entry: &EntryId,
    body: &Body,
    region: Option<&str>,
    output: Option<&str>,
    force: bool,
) -> Keys {
    let mut keys = body_keys(body);
    if force {
        let others = cleared().filter(|key| !OWN_KEYS.contains(key));
        keys.extend(others.map(|key| (key, None)));
    }
    let mut put = |key, value: Option<&str>| {
        keys.extend(value.map(|value| set(key, value)));
    };
    put("region", region);
    put("output", output);
    put(ENTRY, Some(&entry.to_string()));
    keys
}

/// Every key that gives a profile credentials, or changes which ones it gets.
fn cleared() -> impl Iterator<Item = &'static str> {
    let more = ["sso_registration_scopes", "aws_account_id"];
    provider::KEYS.into_iter().chain(
        KEYS.into_iter()
            .chain(more)
            .filter(|key| !provider::KEYS.contains(key)),
    )
}

/// The keys of our three sources in the config file.
const OWN_KEYS: [&str; 4] = [
    "sso_session",
    "sso_account_id",
    "sso_role_name",
    "credential_process",
];

/// The keys of the three sources in the config file; those of the other two are removed.
fn body_keys(body: &Body) -> Keys {
    let mut keys: Keys = OWN_KEYS.map(|key| (key, None)).to_vec();
    match body {
        Body::Sso {
            session,
            account,
            role,
        } => {
            keys[0] = set(OWN_KEYS[0], session.as_str());
            keys[1] = set(OWN_KEYS[1], account.to_string());
            keys[2] = set(OWN_KEYS[2], role.as_str());
        }
        Body::Process { command } => keys[3] = set(OWN_KEYS[3], command.as_str()),
        Body::Static(_) => {}
    }
    keys
}

/// The keys by which other tools lead a profile to an account and role, and mark it as theirs.
const TOOL_KEYS: [&str; 10] = [
    "sso_start_url",
    "sso_region",
    "sso_registration_scopes",
    "sso_account_name",
    "sso_auto_populated",
    "granted_sso_start_url",
    "granted_sso_region",
    "granted_sso_account_id",
    "granted_sso_role_name",
    "common_fate_generated_from",
];

/// Refuses a profile that is in either file and not managed for this entry (docs/requirements.md#only-our-own-profiles). One of the
/// credentials file alone would be shadowed or merged by ours.
fn refuse_foreign(
    pair: &Pair<Document>,
    section: &Name,
    name: &str,
    entry: &EntryId,
    config: &Path,
    credentials: &Path,
) -> Result<(), Error> {
    let owner_in = |document: &Document, path: &Path| -> Result<Option<Option<EntryId>>, Error> {
        Ok(find(document, section, path)?
            .map(|section| document.get(&section, ENTRY).and_then(|id| id.parse().ok())))
    };
    let in_config = owner_in(&pair.config, config)?;
    let in_credentials = owner_in(&pair.credentials, credentials)?;
    // If the profile is ours, foreign keys of the same name are a warning, not a refusal.
    let owner = in_config.or(in_credentials);
    match owner {
        Some(owner) if owner.as_ref() != Some(entry) => Err(Error::NotManaged {
            name: name.to_owned(),
            owner,
        }),
        _ => Ok(()),
    }
}

/// Refuses a profile that has credentials from another source: readers would go on using those.
fn refuse_other_source(
    pair: &Pair<Document>,
    name: &str,
    config: &Path,
    credentials: &Path,
) -> Result<(), Error> {
    let section = Name::Profile(name.to_owned());
    for (document, path) in [(&pair.config, config), (&pair.credentials, credentials)] {
        let Some(section) = find(document, &section, path)? else {
            continue;
        };
        if let Some(key) = other_sources().find(|key| document.has(&section, key)) {
            return Err(Error::OtherSource {
                name: name.to_owned(),
                key,
                path: path.to_owned(),
            });
        }
    }
    Ok(())
}

/// The one section of that name.
fn find(document: &Document, name: &Name, path: &Path) -> Result<Option<Section>, Error> {
    let mut found = document.named(name);
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => Err(Error::Duplicate {
            path: path.to_owned(),
            section: name.to_string(),
            lines: found.iter().map(|section| section.header + 1).collect(),
        }),
    }
}

/// Sets the keys of a section, which may be new. One that is ours, or becomes ours, is written as every SDK reads it.
fn put(
    document: &mut Document,
    name: &Name,
    header: &str,
    keys: &[(&'static str, Option<Value>)],
    path: &Path,
    is_ours: bool,
) -> Result<(), Error> {
    for (key, value) in keys {
        if value.as_ref().is_some_and(|value| !is_writable(value)) {
            return Err(Error::Unwritable {
                what: (*key).to_owned(),
            });
        }
    }
    match find(document, name, path)? {
        // Only roledex would read what it writes there.
        Some(section) if is_odd(document, &section) => {
            return Err(Error::Header {
                path: path.to_owned(),
                line: section.header + 1,
                better: better(document.kind(), name),
            });
        }
        Some(section) => {
            if is_ours {
                if let Some(header) = plain(document, &section) {
                    document.set_header(&section, &header);
                }
                document.respell(&section, |key| {
                    let mut written = keys.iter().map(|(known, _)| *known);
                    CONFIG_KEYS.contains(&key) || written.any(|known| known == key)
                });
            }
            document.put(&section, keys);
        }
        // In the credentials file, this one would seed all others.
        None if is_header(&unquoted(header)) && header != "DEFAULT" => {
            document.append(header, keys);
        }
        None => {
            return Err(Error::Unwritable {
                what: "the profile's name".to_owned(),
            });
        }
    }
    Ok(())
}

/// True if the AWS CLI and the SDKs read a value back unchanged (docs/requirements.md#remote-text-in-files).
fn is_writable(value: &str) -> bool {
    let comment = value
        .chars()
        .zip(value.chars().skip(1))
        .any(|(before, mark)| before.is_whitespace() && matches!(mark, '#' | ';'));
    !value.is_empty()
        && value.trim() == value
        && !value
            .chars()
            .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
        && !comment
}

/// A header without the quotes around a name that we put there.
fn unquoted(header: &str) -> String {
    match header
        .strip_prefix("profile \"")
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(name) => format!("profile {name}"),
        None => header.to_owned(),
    }
}

fn is_header(header: &str) -> bool {
    is_writable(header) && !header.contains(['[', ']', '"', '\'', '\\'])
}
