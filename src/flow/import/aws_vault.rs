//! Import from aws-vault: settings in the AWS config that only it reads, and keys that are in its keyring.
//!
//! The profiles of aws-vault are the user's own, and stay as they are. Portals are imported; everything that
//! the AWS tools cannot see is reported with the lines that make it visible to them.

use std::collections::BTreeSet;

use super::portals::Found;
use crate::domain::ordered;
use crate::domain::own::Sections as _;
use crate::domain::own::provider::{self, KEYS};
use crate::domain::text::word;
use crate::store::aws_files::Snapshot;

/// The key by which a profile inherits settings, and its name before version 6.
const INCLUDES: [&str; 2] = ["include_profile", "parent_profile"];

/// The portals that profiles name themselves, or inherit as aws-vault reads them.
pub(super) fn of_aws_vault(files: &Snapshot) -> Vec<Found> {
    files
        .own_names()
        .filter(|name| setting(files, name, "sso_session").is_none())
        .filter_map(|name| {
            Some(Found {
                label: format!("the profile {name}"),
                name: None,
                start_url: Some(setting(files, name, "sso_start_url")?.to_owned()),
                region: setting(files, name, "sso_region").map(str::to_owned),
                is_profile: true,
            })
        })
        .collect()
}

/// The settings and keys that only aws-vault can use, and what to do about each.
pub(super) fn reasons(files: &Snapshot) -> Vec<(String, String)> {
    let names: Vec<&str> = files.own_names().collect();
    let mut reasons = Vec::new();
    for name in &names {
        let label = format!("the profile {name}");
        if let Some(why) = unseen(files, name) {
            reasons.push((label.clone(), why));
        }
        if files
            .in_config(name, "web_identity_token_process")
            .is_some()
        {
            let why = "only aws-vault reads web_identity_token_process; the AWS tools read a token from web_identity_token_file";
            reasons.push((label, why.to_owned()));
        }
    }
    for name in keyring_users(files, &names) {
        reasons.push((
            format!("the keys of {name}"),
            format!(
                "they are in the keyring of aws-vault, and stay there; to use them, add to the profile {name}: credential_process = aws-vault export --no-session --format=json {}",
                word(name)
            ),
        ));
    }
    reasons
}

/// A setting of a profile, its own or one that it inherits.
pub(super) fn setting<'a>(files: &'a Snapshot, name: &'a str, key: &str) -> Option<&'a str> {
    path(files, name)
        .into_iter()
        .find_map(|name| files.either(name, key))
}

/// A profile and those that it includes, nearest first. A loop ends where it closes.
fn path<'a>(files: &'a Snapshot, name: &'a str) -> Vec<&'a str> {
    let mut path = vec![name];
    let mut last = name;
    while let Some(next) = included(files, last).filter(|next| !path.contains(next)) {
        path.push(next);
        last = next;
    }
    path
}

fn included<'a>(files: &'a Snapshot, name: &str) -> Option<&'a str> {
    INCLUDES
        .into_iter()
        .find_map(|key| files.in_config(name, key))
}

/// The settings that a profile inherits, which the AWS tools do not see, as lines to add.
fn unseen(files: &Snapshot, name: &str) -> Option<String> {
    let source = included(files, name)?;
    if !files.has_profile(source) {
        return Some(format!(
            "it includes the profile {source}, which does not exist"
        ));
    }
    let lines: Vec<String> = KEYS
        .into_iter()
        .filter(|key| *key != "aws_access_key_id")
        .chain(["mfa_process", "region"])
        .filter(|key| files.either(name, key).is_none())
        // A profile is not its own source.
        .filter_map(|key| {
            Some((
                key,
                setting(files, name, key).filter(|value| *value != name)?,
            ))
        })
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    (!lines.is_empty()).then(|| {
        format!(
            "only aws-vault reads include_profile; for the AWS tools and roledex, add to it: {}",
            lines.join("; ")
        )
    })
}

/// The profiles without a source of credentials that are the source of others, or have an MFA device: aws-vault
/// keeps their keys.
fn keyring_users<'a>(files: &'a Snapshot, names: &[&'a str]) -> BTreeSet<&'a str> {
    let has_none = |name: &&str| {
        let has_provider = |name: &&str| provider::as_source(files, name).is_some();
        files.is_own(name) && !path(files, name).iter().any(has_provider)
    };
    let fragments = ordered::set(names.iter().filter_map(|name| included(files, name)));
    let sources = names
        .iter()
        .filter(|name| setting(files, name, "role_arn").is_some())
        .filter_map(|name| setting(files, name, "source_profile"));
    let with_device = names
        .iter()
        .copied()
        .filter(|name| !fragments.contains(name))
        .filter(|name| setting(files, name, "mfa_serial").is_some());
    ordered::set(sources.chain(with_device).filter(has_none))
}
