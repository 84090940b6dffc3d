//! Reads the files of other tools, for imports. They are never written, and those of other users are not read.

pub(crate) mod awsume;
pub(crate) mod leapp;

use std::io;
use std::path::Path;

use ini::{Ini, ParseOption};
use saphyr::{LoadableYamlNode as _, ScanError, Yaml};
use saphyr_parser::{Event, Parser};
use toml::de::{DeTable, DeValue};

use super::Error;
use crate::config::{Owners, document, file};

/// One account of saml2aws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SamlAccount {
    /// The section's name.
    pub name: String,
    /// The kind of identity provider.
    pub provider: String,
    /// Its page.
    pub url: String,
    /// The application's id, where the provider needs one.
    pub app_id: Option<String>,
    /// `aws_urn`.
    pub relying_party: Option<String>,
    /// `aws_session_duration` (seconds).
    pub session_seconds: Option<u32>,
    /// The keys of settings that apps do not have.
    pub others: Vec<&'static str>,
}

/// The accounts in saml2aws's configuration, in the order of the file; none if there is no file.
///
/// # Errors
/// A file that cannot be read, or is no INI file.
pub(crate) fn saml2aws(owners: &Owners, path: &Path) -> Result<Vec<SamlAccount>, Error> {
    let Some(text) = text(owners, path)? else {
        return Ok(Vec::new());
    };
    let options = ParseOption {
        enabled_escape: false,
        enabled_quote: false,
        ..ParseOption::default()
    };
    let file = Ini::load_from_str_opt(&text, options).map_err(|error| invalid(path, &error))?;
    let accounts = file.iter().filter_map(|(section, values)| {
        let get = |key: &str| {
            values
                .get(key)
                .map(str::trim)
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        let others = [("role_arn", ""), ("region", ""), ("aws_profile", "saml")];
        let others = others
            .into_iter()
            .filter(|(key, default)| get(key).is_some_and(|value| value != *default));
        Some(SamlAccount {
            others: others.map(|(key, _)| key).collect(),
            name: section?.trim().to_owned(),
            provider: get("provider").unwrap_or_default(),
            url: get("url").unwrap_or_default(),
            app_id: get("app_id"),
            relying_party: get("aws_urn"),
            session_seconds: get("aws_session_duration").and_then(|text| text.parse().ok()),
        })
    });
    Ok(accounts.collect())
}

/// A portal that another tool knows. What it says of it may be missing or wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KnownPortal {
    /// Its name in the tool.
    pub name: String,
    /// Its start URL.
    pub start_url: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// The region that the tool gives to its profiles.
    pub default_region: Option<String>,
}

/// The contents of aws-sso-cli's `config.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AwsSsoCli {
    /// `SSOConfig`, by name, with `StartUrl`, `SSORegion` and `DefaultRegion`.
    pub portals: Vec<KnownPortal>,
    /// `DefaultRegion` of the file.
    pub default_region: Option<String>,
    /// The keys of other settings that it has.
    pub others: Vec<&'static str>,
}

/// aws-sso-cli's `config.yaml`. None there is no mistake.
///
/// # Errors
/// A file that cannot be read, or is no YAML.
pub(crate) fn aws_sso_cli(owners: &Owners, path: &Path) -> Result<AwsSsoCli, Error> {
    let Some(text) = text(owners, path)? else {
        return Ok(AwsSsoCli::default());
    };
    let documents = yaml(&text).map_err(|error| invalid(path, &error))?;
    let Some(file) = documents.first() else {
        return Ok(AwsSsoCli::default());
    };
    let text_of = |values: &Yaml<'_>, key: &str| {
        let text = values.as_mapping_get(key)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let mut found = AwsSsoCli {
        default_region: text_of(file, "DefaultRegion"),
        ..AwsSsoCli::default()
    };
    found.others.extend(
        file.as_mapping_get("ProfileFormat")
            .map(|_| "ProfileFormat"),
    );
    let portals = file.as_mapping_get("SSOConfig").and_then(Yaml::as_mapping);
    for (name, values) in portals.into_iter().flatten() {
        if let Some(accounts) = values.as_mapping_get("Accounts") {
            for key in ["DefaultRegion", "Tags", "Via", "ExternalId"] {
                if has_below(accounts, key) && !found.others.contains(&key) {
                    found.others.push(key);
                }
            }
        }
        found.portals.extend(name.as_str().map(|name| KnownPortal {
            name: name.to_owned(),
            start_url: text_of(values, "StartUrl"),
            region: text_of(values, "SSORegion"),
            default_region: text_of(values, "DefaultRegion"),
        }));
    }
    Ok(found)
}

/// True if a mapping has a key, at any depth.
fn has_below(values: &Yaml<'_>, key: &str) -> bool {
    values.as_mapping().is_some_and(|values| {
        values
            .iter()
            .any(|(known, value)| known.as_str() == Some(key) || has_below(value, key))
    })
}

/// The contents of granted's own configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Granted {
    /// `[SSO.NAME]`, with `StartURL` and `SSORegion`.
    pub portals: Vec<KnownPortal>,
    /// The names of its profile registries.
    pub registries: Vec<String>,
}

/// granted's `config`. None there is no mistake: its profiles may be in the AWS config.
///
/// # Errors
/// A file that cannot be read, or is no TOML.
pub(crate) fn granted(owners: &Owners, path: &Path) -> Result<Granted, Error> {
    let Some(text) = text(owners, path)? else {
        return Ok(Granted::default());
    };
    let file = document::table(&text).map_err(|mistake| invalid(path, &mistake))?;
    let string = |value: Option<&DeValue<'_>>| {
        let text = value.and_then(DeValue::as_str)?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let portals = get(&file, "SSO").and_then(DeValue::as_table);
    let registries = get(&file, "ProfileRegistry")
        .and_then(|table| get(table.as_table()?, "Registries")?.as_array());
    Ok(Granted {
        portals: portals
            .into_iter()
            .flatten()
            .filter_map(|(name, values)| {
                let values = values.get_ref().as_table()?;
                Some(KnownPortal {
                    start_url: string(get(values, "StartURL")),
                    region: string(get(values, "SSORegion")),
                    default_region: None,
                    name: name.get_ref().to_string(),
                })
            })
            .collect(),
        registries: registries
            .into_iter()
            .flatten()
            .filter_map(|registry| string(get(registry.get_ref().as_table()?, "name")))
            .collect(),
    })
}

/// A key, whatever its case: granted's reader does not look at it.
fn get<'a>(table: &'a DeTable<'a>, key: &str) -> Option<&'a DeValue<'a>> {
    let (_, value) = table
        .iter()
        .find(|(known, _)| known.get_ref().eq_ignore_ascii_case(key))?;
    Some(value.get_ref())
}

/// The most levels of a YAML file. That of aws-sso-cli has seven.
const MAX_DEPTH: u32 = 64;

/// The YAML documents of a text. What builds them calls itself for each level: a short text could overflow the stack.
fn yaml(text: &str) -> Result<Vec<Yaml<'_>>, ScanError> {
    let mut depth = 0_u32;
    for event in Parser::new_from_str(text) {
        let (event, place) = event?;
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth -= 1,
            _ => {}
        }
        if depth > MAX_DEPTH {
            let what = format!("it has more than {MAX_DEPTH} levels");
            return Err(ScanError::new(place.start, what));
        }
    }
    Yaml::load_from_str(text)
}

/// The text of a file; `None`: there is no such file.
fn text(owners: &Owners, path: &Path) -> Result<Option<String>, Error> {
    let bytes = match file::read_trusted(path, owners) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(Error::io("read", path))?,
    };
    let text = String::from_utf8(bytes).map_err(|error| invalid(path, &error))?;
    Ok(Some(text))
}

fn invalid(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::io("read", path)(io::Error::new(
        io::ErrorKind::InvalidData,
        error.to_string(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners() -> Owners {
        Owners::new(Path::new("/"))
    }

    #[test]
    fn sections_are_accounts() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("saml2aws");
        assert_eq!(saml2aws(&owners(), &path).unwrap(), [], "there is no file");
        let text = "[default]\nname = default\napp_id =\nurl = https://d-1.awsapps.com/start/#/saml/default/X/ins-0123456789abcdef\nusername = jo\nprovider = Browser\naws_urn = urn:amazon:webservices\naws_session_duration = 3600\n\n[other]\nprovider = Okta\nregion = eu-west-1\nrole_arn =\naws_profile = saml\n";
        super::super::private_file::write(&Owners::new(home.path()), &path, text.as_bytes())
            .unwrap();
        let accounts = saml2aws(&owners(), &path).unwrap();
        assert_eq!(accounts.len(), 2);
        assert!(
            accounts[0].url.contains("#/saml/default/X/ins-"),
            "a # is no comment here"
        );
        assert_eq!(accounts[0].session_seconds, Some(3_600));
        assert_eq!(accounts[1].url, "");
        assert_eq!(accounts[1].others, ["region"]);
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        super::super::private_file::write(&Owners::new(file.path()), file.path(), text.as_bytes())
            .unwrap();
        file
    }

    #[test]
    fn yaml_of_too_many_levels_is_refused() {
        for level in ["? ", "- ", "["] {
            let config = file(&(level.repeat(3_000) + "a"));
            assert!(aws_sso_cli(&owners(), config.path()).is_err(), "{level}");
        }
    }

    #[test]
    fn portals_of_aws_sso_cli() {
        let config = file(
            "SSOConfig:\n    Default:\n        SSORegion: us-east-1\n        StartUrl: https://acme.awsapps.com/start # ours\n        DefaultRegion: eu-west-1\n        Accounts:\n            123456789012:\n                Name: x\n                Tags: {a: b}\n                Roles:\n                    R:\n                        Via: arn\n    Bare: {}\nDefaultSSO: Default\nDefaultRegion: us-west-2\nProfileFormat: x\n",
        );
        let found = aws_sso_cli(&owners(), config.path()).unwrap();
        assert_eq!(found.default_region.as_deref(), Some("us-west-2"));
        assert_eq!(found.others, ["ProfileFormat", "Tags", "Via"]);
        let portals = found.portals;
        assert_eq!(portals.len(), 2);
        assert_eq!(
            portals[0],
            KnownPortal {
                name: "Default".to_owned(),
                start_url: Some("https://acme.awsapps.com/start".to_owned()),
                region: Some("us-east-1".to_owned()),
                default_region: Some("eu-west-1".to_owned()),
            }
        );
        assert_eq!(portals[1].start_url, None);
        assert!(aws_sso_cli(&owners(), file("a: [").path()).is_err());
        assert_eq!(
            aws_sso_cli(&owners(), file("").path()).unwrap(),
            AwsSsoCli::default()
        );
        assert_eq!(
            aws_sso_cli(&owners(), file("SSOConfig: 3").path()).unwrap(),
            AwsSsoCli::default()
        );
    }

    #[test]
    fn portals_of_granted() {
        let config = file(
            "DefaultBrowser = \"FIREFOX\"\n[ProfileRegistry]\n[[ProfileRegistry.Registries]]\nname = \"team\"\nurl = \"u\"\n[SSO]\n[SSO.prod]\nStartURL = \"https://a.awsapps.com/start\"\nSSORegion = \"eu-west-1\"\nPrefix = \"\"\n",
        );
        let granted = super::granted(&owners(), config.path()).unwrap();
        assert_eq!(granted.portals[0].name, "prod");
        assert_eq!(granted.portals[0].region.as_deref(), Some("eu-west-1"));
        assert_eq!(granted.registries, ["team"]);
        assert!(super::granted(&owners(), file("=").path()).is_err());
        let nowhere = super::granted(&owners(), Path::new("/nowhere")).unwrap();
        assert_eq!(nowhere, Granted::default());
    }
}
