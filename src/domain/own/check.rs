//! Errors of a profile: a loop, a missing source, an unknown session, an incomplete section.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::assertion::SESSION_SECONDS;
use super::super::chain::role_of;
use super::super::id::AccountId;
use super::Sections;
use super::provider::{self, File, Provider, RoleProvider, SsoProvider};

/// The `credential_source` that roledex reads: keys in the environment. botocore ignores its case.
pub(crate) const ENVIRONMENT: &str = "Environment";

/// The other ones: an EC2 instance's metadata, and a container's endpoint.
const ELSEWHERE: [&str; 2] = ["Ec2InstanceMetadata", "EcsContainer"];

/// The results for sources that were already checked, so that long chains are walked once.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<String, Option<Arc<str>>>);

/// One step of a chain.
enum Step<'a> {
    /// It ends here, well or not.
    End(Option<String>),
    /// Its source is this profile.
    Source(&'a str),
}

/// The reason why a profile cannot be used, if there is one.
pub(crate) fn trouble(files: &impl Sections, name: &str, known: &mut Known) -> Option<Arc<str>> {
    let mut seen = HashSet::from([name]);
    let mut sources: Vec<&str> = Vec::new();
    // A chain that comes back to it is a loop for it, and for others ends well at its keys.
    let is_known_useful = !provider::has_keys(files, name);
    let mut step = direct_step(files, name);
    let found = loop {
        match step {
            Step::End(reason) => break reason.map(Arc::from),
            Step::Source(source) => {
                let parent = sources.last().copied().unwrap_or(name);
                let own_keys = source == parent && provider::has_keys(files, source);
                if !seen.insert(source) && !own_keys {
                    let reason = Some(Arc::from(format!("its sources form a loop at {source}")));
                    if provider::has_keys(files, source) {
                        // Another profile may end at these keys, and is no loop.
                        return reason;
                    }
                    break reason;
                }
                if is_known_useful && let Some(reason) = known.0.get(source) {
                    break reason.clone();
                }
                sources.push(source);
                step = source_step(files, source);
            }
        }
    };
    for source in sources {
        known.0.insert(source.to_owned(), found.clone());
    }
    found
}

/// The profile and its sources, as far as they can be followed.
pub(crate) fn path<'a>(files: &'a impl Sections, name: &'a str) -> Vec<&'a str> {
    let mut path = vec![name];
    let mut seen = HashSet::from([name]);
    let mut step = direct_step(files, name);
    while let Step::Source(source) = step {
        if !seen.insert(source) {
            break;
        }
        path.push(source);
        step = source_step(files, source);
    }
    path
}

fn direct_step<'a>(files: &'a impl Sections, name: &str) -> Step<'a> {
    step(files, name, provider::direct(files, name))
}

fn source_step<'a>(files: &'a impl Sections, name: &str) -> Step<'a> {
    step(files, name, provider::as_source(files, name))
}

fn step<'a>(files: &'a impl Sections, name: &str, provider: Option<Provider<'a>>) -> Step<'a> {
    let reason = match provider {
        None => Some(format!("the profile {name} has no credentials")),
        Some(Provider::Role(role)) => return role_step(files, name, &role),
        Some(Provider::WebIdentity(provider)) => web_identity(name, provider.role_arn),
        Some(Provider::Sso(sso)) => sso_trouble(files, name, &sso),
        Some(Provider::Keys(file)) => key_trouble(files, name, file),
        Some(Provider::Login(_) | Provider::Process(_)) => None,
    };
    Step::End(reason)
}

/// botocore looks for both halves of a key in one file, also where the profile is the source of a role.
fn key_trouble(files: &impl Sections, name: &str, file: File) -> Option<String> {
    let secret = "aws_secret_access_key";
    let (here, there, found) = match file {
        File::Config => ("config", "credentials", files.in_config(name, secret)),
        File::Credentials => ("credentials", "config", files.in_credentials(name, secret)),
    };
    if found.is_some() {
        return None;
    }
    Some(match files.either(name, secret) {
        None => format!("the profile {name} has no {secret}"),
        Some(_) => format!(
            "aws_access_key_id of {name} is in the {here} file, and {secret} in the {there} file: tools look for both in one"
        ),
    })
}

fn role_step<'a>(files: &'a impl Sections, name: &str, role: &RoleProvider<'a>) -> Step<'a> {
    let end = |reason: String| Step::End(Some(reason));
    if role_of(role.role_arn).is_none() {
        return end(bad_arn(name, role.role_arn));
    }
    if let Some(text) = files.either(name, "duration_seconds")
        && !text.parse().is_ok_and(|n| SESSION_SECONDS.contains(&n))
    {
        return end(format!(
            "duration_seconds of {name} is {text:?}, not a number from 900 to 43200"
        ));
    }
    match (role.source_profile, role.credential_source) {
        (Some(_), Some(_)) => end(format!(
            "{name} has both source_profile and credential_source"
        )),
        (None, None) => end(format!(
            "{name} has a role_arn, but neither source_profile nor credential_source"
        )),
        (None, Some(source)) if source.eq_ignore_ascii_case(ENVIRONMENT) => Step::End(None),
        (None, Some(source))
            if ELSEWHERE
                .iter()
                .any(|name| source.eq_ignore_ascii_case(name)) =>
        {
            end(format!(
                "credential_source of {name} is {source}: only tools on the instance or in the container can use it, such as the AWS CLI"
            ))
        }
        (None, Some(source)) => end(format!(
            "credential_source of {name} is {source:?}; it can be Environment, Ec2InstanceMetadata or EcsContainer"
        )),
        (Some(source), None) if !files.has_profile(source) => end(format!(
            "source_profile of {name} is {source:?}, which does not exist"
        )),
        (Some(source), None) => Step::Source(source),
    }
}

fn bad_arn(name: &str, arn: &str) -> String {
    format!("role_arn of {name} is {arn:?}, not the ARN of a role")
}

fn web_identity(name: &str, role_arn: Option<&str>) -> Option<String> {
    match role_arn {
        None => Some(format!(
            "{name} has a web_identity_token_file, but no role_arn"
        )),
        Some(arn) if role_of(arn).is_none() => Some(bad_arn(name, arn)),
        Some(_) => None,
    }
}

fn sso_trouble(files: &impl Sections, name: &str, sso: &SsoProvider<'_>) -> Option<String> {
    if let Some(session) = sso.session
        && !files.has_session(session)
    {
        return Some(format!(
            "sso_session of {name} is {session:?}, which does not exist"
        ));
    }
    if let Some(session) = sso.session {
        for (key, own) in [("sso_start_url", sso.start_url), ("sso_region", sso.region)] {
            let shared = files.in_session(session, key);
            if let (Some(own), Some(shared)) = (own, shared)
                && own != shared
            {
                return Some(format!(
                    "{key} of {name} is {own:?}, and that of its sso_session {session} is {shared:?}"
                ));
            }
            if shared.is_none() {
                return Some(format!("the sso_session {session} of {name} has no {key}"));
            }
        }
    }
    let (start_url, region) = sso.start_url_and_region(files);
    let wanted = [
        ("sso_account_id", sso.account),
        ("sso_role_name", sso.role),
        ("sso_start_url", start_url),
        ("sso_region", region),
    ];
    if let Some((key, _)) = wanted.iter().find(|(_, value)| value.is_none()) {
        return Some(format!(
            "{name} is a profile of Identity Center without {key}"
        ));
    }
    let account = sso.account.unwrap_or_default();
    account
        .parse::<AccountId>()
        .is_err()
        .then(|| format!("sso_account_id of {name} is {account:?}, not twelve digits"))
}
