//! The environment of an entry (docs/reference.md#environment-variables): the variables to set, those to remove, and the lines
//! that do so in the user's shell. One family of variables only, so that no two SDKs disagree (docs/requirements.md#one-family-of-variables).

use super::Error;
use super::current::{self, LIVE_URI};
use super::dialect::{Dialect, Shell};
use super::quote::quote;
pub(super) use crate::config::env::LINES;
use crate::domain::text::clean;
use crate::domain::time::rfc3339;
use crate::domain::{Credentials, EntryId, Secret};

/// The token of `--live` (docs/protocols.md#container-credentials).
const LIVE_TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// Every variable that we set.
pub(super) const OURS: [&str; 14] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    LIVE_URI,
    LIVE_TOKEN,
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    current::ENTRY,
    current::PREVIOUS,
    "ROLEDEX_ACCOUNT_ID",
    "ROLEDEX_ACCOUNT_NAME",
    "ROLEDEX_ROLE",
    LINES,
];

/// Variables that would compete with the keys: profiles, older names that some SDKs read (docs/protocols.md#environment), other
/// providers, bearer tokens, which a service takes before any keys, other tools' marks (docs/requirements.md#one-family-of-variables, docs/protocols.md#credential-process, docs/protocols.md#container-credentials).
pub(super) const COMPETING: [&str; 31] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AMAZON_ACCESS_KEY_ID",
    "AMAZON_SECRET_ACCESS_KEY",
    "AMAZON_SESSION_TOKEN",
    "AWS_CREDENTIAL_FILE",
    "AWS_CREDENTIAL_PROFILES_FILE",
    "AWS_ACCOUNT_ID",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    LIVE_URI,
    LIVE_TOKEN,
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_SSO",
    "AWS_SSO_ACCOUNT_ID",
    "AWS_SSO_ROLE_NAME",
    "AWS_SSO_ROLE_ARN",
    "AWS_SSO_DEFAULT_REGION",
    "AWS_SSO_PROFILE",
    "AWS_SSO_SESSION_EXPIRATION",
    "AWS_VAULT",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_BEARER_TOKEN_AGENT_REGISTRY",
    "AWS_BEARER_TOKEN_ACCOUNT_ACCESS",
    "AWS_BEARER_TOKEN_CODECATALYST",
    LINES,
];

/// The keys themselves.
const KEYS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
];

/// Fills the names of variables into a text for a shell: those of a role, and those that it may remove.
pub(super) fn with_names(text: &str) -> String {
    let removed = COMPETING.into_iter().chain(KEYS).chain([current::PREVIOUS]);
    text.replace("@OURS@", &OURS.join(" "))
        .replace("@REMOVED@", &removed.collect::<Vec<_>>().join(" "))
}

/// The value of a variable: public or secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A value that may be shown.
    Plain(String),
    /// A secret.
    Secret(Secret),
}

impl Value {
    /// The value itself.
    pub(super) fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
}

/// A change of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variables {
    /// Names and their values.
    pub set: Vec<(&'static str, Value)>,
    /// Names to remove.
    pub unset: Vec<&'static str>,
}

impl Variables {
    /// Keeps the previous role of the shell, or removes that of an earlier change.
    pub(crate) fn keep_previous(&mut self, previous: Option<&EntryId>) {
        match previous {
            Some(id) => self.set.push((current::PREVIOUS, plain(&id.to_string()))),
            None => self.unset.push(current::PREVIOUS),
        }
    }
}

/// The environment of an entry. The account's name is cleaned (docs/requirements.md#remote-text). Where no region is known, the
/// user's own stays.
#[must_use]
pub(crate) fn variables(
    id: &EntryId,
    account_name: &str,
    region: Option<&str>,
    credentials: &Credentials,
) -> Variables {
    let mut set = vec![
        ("AWS_ACCESS_KEY_ID", plain(&credentials.access_key_id)),
        (
            "AWS_SECRET_ACCESS_KEY",
            Value::Secret(credentials.secret_access_key.clone()),
        ),
    ];
    let mut unset = COMPETING.to_vec();
    // A user's own keys have neither session nor end: those of an outer shell must not stay.
    if credentials.is_long_term() {
        unset.push("AWS_SESSION_TOKEN");
    } else {
        let token = credentials.session_token.clone();
        set.push(("AWS_SESSION_TOKEN", Value::Secret(token)));
    }
    match credentials.ends() {
        Some(end) => set.push(("AWS_CREDENTIAL_EXPIRATION", plain(&rfc3339(end)))),
        None => unset.push("AWS_CREDENTIAL_EXPIRATION"),
    }
    with_entry(set, unset, id, account_name, region)
}

/// The environment of an entry with `--live`: where its credentials are served instead of the keys,
/// which would hide them.
#[must_use]
pub(crate) fn live_variables(
    id: &EntryId,
    account_name: &str,
    region: Option<&str>,
    uri: &str,
    token: &Secret,
) -> Variables {
    let set = vec![
        (LIVE_URI, plain(uri)),
        (LIVE_TOKEN, Value::Secret(token.clone())),
    ];
    let competing = COMPETING.into_iter().chain(KEYS);
    let unset = competing
        .filter(|name| ![LIVE_URI, LIVE_TOKEN].contains(name))
        .collect();
    with_entry(set, unset, id, account_name, region)
}

fn plain(text: &str) -> Value {
    Value::Plain(text.to_owned())
}

fn with_entry(
    mut set: Vec<(&'static str, Value)>,
    unset: Vec<&'static str>,
    id: &EntryId,
    account_name: &str,
    region: Option<&str>,
) -> Variables {
    if let Some(region) = region {
        set.push(("AWS_REGION", plain(region)));
        set.push(("AWS_DEFAULT_REGION", plain(region)));
    }
    set.push((current::ENTRY, plain(&id.to_string())));
    set.push(("ROLEDEX_ACCOUNT_ID", plain(&id.account.to_string())));
    set.push(("ROLEDEX_ACCOUNT_NAME", plain(&clean(account_name))));
    set.push(("ROLEDEX_ROLE", plain(&clean(&id.role))));
    Variables { set, unset }
}

/// Variables that only describe the entry, and that a shell's language cannot write: [`lines`] leave them out.
#[must_use]
pub(crate) fn left_out(shell: Shell, variables: &Variables) -> Vec<&'static str> {
    let set = variables.set.iter();
    set.filter(|(name, value)| is_left_out(shell, name, value))
        .map(|(name, _)| *name)
        .collect()
}

/// Credentials work without an account's name, but not without a key.
fn is_left_out(shell: Shell, name: &str, value: &Value) -> bool {
    name.starts_with("ROLEDEX_") && quote(shell, value.expose()).is_none()
}

/// The lines that a shell evaluates. `dotenv` and `json` cannot remove a variable.
///
/// # Errors
/// A value that the shell's language cannot write, and that cannot be left out.
pub(crate) fn lines(shell: Shell, variables: &Variables) -> Result<Secret, Error> {
    let warn = shell.dialect().warn;
    written(shell, variables, warn.map(|warn| warn(&variables.unset)))
}

/// The lines, and then `warning`.
fn written(shell: Shell, variables: &Variables, warning: Option<String>) -> Result<Secret, Error> {
    let dialect = shell.dialect();
    let mut lines = unset(dialect, &variables.unset);
    for (name, value) in &variables.set {
        if is_left_out(shell, name, value) {
            // The value of an outer shell would be wrong now.
            lines.extend(unset(dialect, &[name]));
            continue;
        }
        let quoted = quote(shell, value.expose()).ok_or_else(|| Error::Unquotable {
            name: (*name).to_owned(),
            shell,
        })?;
        lines.push((dialect.export)(name, &quoted));
    }
    lines.extend(warning);
    Ok(Secret::new((dialect.document)(&lines)))
}

/// The lines that remove everything that [`lines`] may have set, and keep the previous role.
///
/// # Errors
/// As [`lines`].
pub(crate) fn unset_lines(shell: Shell, previous: Option<&EntryId>) -> Result<Secret, Error> {
    let ours = OURS.into_iter().filter(|name| *name != current::PREVIOUS);
    let mut variables = Variables {
        set: Vec::new(),
        unset: ours.collect(),
    };
    variables.keep_previous(previous);
    written(shell, &variables, None)
}

fn unset(dialect: &Dialect, names: &[&str]) -> Vec<String> {
    let line = dialect.unset;
    line.map_or_else(Vec::new, |line| {
        names.iter().map(|name| line(name)).collect()
    })
}

/// The command line that sets a variable in a shell.
#[must_use]
pub(crate) fn line(shell: Shell, name: &str, value: &str) -> String {
    let quoted = quote(shell, value);
    (shell.dialect().export)(name, quoted.as_deref().unwrap_or(value))
}

/// The command line that evaluates export lines in a shell. `command` prints them. Formats that are
/// no shell's go to a file.
#[must_use]
pub(crate) fn evaluation(shell: Shell, command: &str) -> String {
    (shell.dialect().evaluation)(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(name: &str, region: Option<&str>) -> Variables {
        let id = EntryId::org("acme", "111111111111".parse().unwrap(), "Admin");
        let credentials = Credentials {
            access_key_id: "ASIA".to_owned(),
            secret_access_key: "s'e".into(),
            session_token: "t".into(),
            expires_at: jiff::Timestamp::from_second(1_795_226_989).unwrap(),
            obtained_at: None,
        };
        variables(&id, name, region, &credentials)
    }

    #[test]
    fn everything_is_quoted() {
        let lines = lines(Shell::Bash, &sample("a$(b)\n\u{1b}c", Some("eu-west-1"))).unwrap();
        assert!(
            lines
                .expose()
                .contains("export ROLEDEX_ACCOUNT_NAME='a$(b) c'\n")
        );
        assert!(
            lines
                .expose()
                .contains("export AWS_SECRET_ACCESS_KEY='s'\"'\"'e'\n")
        );
        assert!(lines.expose().contains("unset AWS_PROFILE\n"));
        assert!(
            lines
                .expose()
                .contains("AWS_CREDENTIAL_EXPIRATION='2026-11-21T02:09:49Z'")
        );
    }

    #[test]
    fn json_is_json() {
        let lines = lines(Shell::Json, &sample("x\"y", None)).unwrap();
        let value: serde_json::Value = serde_json::from_str(lines.expose()).unwrap();
        assert_eq!(value["ROLEDEX_ACCOUNT_NAME"], "x\"y");
        assert_eq!(value.get("AWS_REGION"), None);
    }

    #[test]
    fn nothing_is_both_set_and_taken_away_and_all_that_is_set_can_be_taken_back() {
        for variables in [sample("x", Some("r")), live()] {
            for (name, _) in &variables.set {
                assert!(!variables.unset.contains(name));
                let lines = unset_lines(Shell::Fish, None).unwrap();
                assert!(lines.expose().contains(&format!("set -eg {name}\n")));
            }
        }
    }

    #[test]
    fn each_variable_is_unset_once_and_formats_that_cannot_have_empty_documents() {
        let text = |shell| unset_lines(shell, None).unwrap().expose().to_owned();
        let bash = text(Shell::Bash);
        for name in OURS {
            assert_eq!(
                bash.matches(&format!("unset {name}\n")).count(),
                1,
                "{bash}"
            );
        }
        assert_eq!(bash.lines().count(), OURS.len());
        assert_eq!(text(Shell::Json), "{}\n");
        assert_eq!(text(Shell::Dotenv), "");
    }

    fn live() -> Variables {
        let id = EntryId::org("acme", "111111111111".parse().unwrap(), "Admin");
        live_variables(&id, "x", Some("r"), "http://127.0.0.1:1/x", &"t".into())
    }

    #[test]
    fn live_takes_every_other_way_to_credentials_away() {
        let variables = live();
        for name in KEYS.into_iter().chain([
            "AWS_PROFILE",
            "AWS_DEFAULT_PROFILE",
            "AWS_SECURITY_TOKEN",
            "AWS_ACCESS_KEY",
            "AWS_SECRET_KEY",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        ]) {
            assert!(variables.unset.contains(&name), "{name}");
        }
    }
}
