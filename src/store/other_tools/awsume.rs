//! awsume's configuration, `config.yaml`.

use std::path::Path;

use saphyr::{LoadableYamlNode as _, Yaml};

use super::{invalid, text};
use crate::config::Owners;
use crate::store::Error;

/// The settings in awsume's configuration, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Awsume {
    /// `region`, for profiles without one.
    pub region: Option<String>,
    /// Every other key that changes how credentials are obtained or where files are, with its value.
    pub other: Vec<(&'static str, String)>,
}

/// The keys that have no counterpart, or one elsewhere.
const OTHER: [&str; 4] = [
    "role-duration",
    "role-session-name",
    "config-file",
    "credentials-file",
];

/// awsume's configuration. None there is no mistake: it works without one.
///
/// # Errors
/// A file that cannot be read, or is no YAML.
pub(crate) fn settings(owners: &Owners, path: &Path) -> Result<Awsume, Error> {
    let Some(text) = text(owners, path)? else {
        return Ok(Awsume::default());
    };
    let documents = Yaml::load_from_str(&text).map_err(|error| invalid(path, &error))?;
    let Some(document) = documents.first() else {
        return Ok(Awsume::default());
    };
    let get = |key: &str| document.as_mapping_get(key).and_then(plain);
    let console = document
        .as_mapping_get("console")
        .and_then(|console| console.as_mapping_get("browser_command"))
        .and_then(plain);
    let mut other: Vec<_> = OTHER
        .into_iter()
        .filter_map(|key| Some((key, get(key)?)))
        .filter(|(key, value)| *key != "role-duration" || value != "0")
        .collect();
    other.extend(console.map(|command| ("console.browser_command", command)));
    Ok(Awsume {
        region: get("region"),
        other,
    })
}

fn plain(value: &Yaml<'_>) -> Option<String> {
    let text = match value.as_str() {
        Some(text) => text.trim().to_owned(),
        None => value.as_integer()?.to_string(),
    };
    (!text.is_empty()).then_some(text)
}
