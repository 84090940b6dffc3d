//! The order of botocore, loops and missing parts, and what a fingerprint depends on.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

type Section = HashMap<String, String>;

/// Both files, as lines of `profile.key=value`; `!` before them is the credentials file, `@` a session.
#[derive(Default)]
struct Files {
    config: HashMap<String, Section>,
    credentials: HashMap<String, Section>,
    sessions: HashMap<String, Section>,
}

impl Files {
    fn parse(lines: &[&str]) -> Self {
        let mut files = Self::default();
        for line in lines {
            let (place, value) = line.split_once('=').unwrap();
            let (file, place) = match place.split_at(1) {
                ("!", rest) => (&mut files.credentials, rest),
                ("@", rest) => (&mut files.sessions, rest),
                _ => (&mut files.config, place),
            };
            let (section, key) = place.split_once('.').unwrap();
            let section = file.entry(section.to_owned()).or_default();
            section.insert(key.to_owned(), value.to_owned());
        }
        files
    }

    fn trouble(&self, name: &str) -> String {
        let own = one(self, name, &PortalsByUrl::new()).unwrap();
        own.trouble.as_deref().unwrap_or("-").to_owned()
    }

    fn via(&self, name: &str) -> Option<Via> {
        one(self, name, &PortalsByUrl::new()).map(|own| own.via)
    }
}

impl Sections for Files {
    fn in_config(&self, profile: &str, key: &str) -> Option<&str> {
        Some(self.config.get(profile)?.get(key)?)
    }

    fn in_credentials(&self, profile: &str, key: &str) -> Option<&str> {
        Some(self.credentials.get(profile)?.get(key)?)
    }

    fn has_profile(&self, profile: &str) -> bool {
        self.config.contains_key(profile) || self.credentials.contains_key(profile)
    }

    fn in_session(&self, session: &str, key: &str) -> Option<&str> {
        Some(self.sessions.get(session)?.get(key)?)
    }

    fn has_session(&self, session: &str) -> bool {
        self.sessions.contains_key(session)
    }
}

const ROLE: &str = "arn:aws:iam::111111111111:role/R";

#[test]
fn every_key_at_which_a_provider_starts_is_a_source() {
    for key in KEYS.into_iter().chain(["aws_secret_access_key"]) {
        for place in ["", "!"] {
            let files = Files::parse(&[&format!("{place}p.{key}=x")]);
            let starts = provider::direct(&files, "p").is_some();
            assert!(!starts || provider::SOURCES.contains(&key), "{place}{key}");
        }
    }
}

#[test]
fn the_order_within_one_profile_is_that_of_botocore() {
    let role = format!("p.role_arn={ROLE}");
    // Each line comes before all that follow it.
    let order = [
        (vec![&*role, "p.source_profile=k"], Via::Role),
        (vec!["p.sso_role_name=R"], Via::Sso),
        (vec!["!p.aws_access_key_id=AK"], Via::Keys),
        (vec!["p.login_session=arn:x"], Via::Login),
        (vec!["p.credential_process=x"], Via::Process),
        (vec!["p.aws_access_key_id=AK"], Via::Keys),
    ];
    for first in 0..order.len() {
        let lines: Vec<&str> = order[first..].iter().flat_map(|(l, _)| l.clone()).collect();
        assert_eq!(
            Files::parse(&lines).via("p"),
            Some(order[first].1),
            "{lines:?}"
        );
    }
    let token = Files::parse(&[&role, "p.web_identity_token_file=/t", "p.source_profile=k"]);
    assert_eq!(token.via("p"), Some(Via::WebIdentity));
    let mfa = Files::parse(&["!p.aws_access_key_id=AK", "p.mfa_serial=d"]);
    assert_eq!(mfa.via("p"), Some(Via::Mfa));
    assert_eq!(Files::parse(&["p.region=x"]).via("p"), None);
}

#[test]
fn what_is_wrong_is_told() {
    let role = |name: &str| format!("{name}.role_arn={ROLE}");
    let (a, b, c) = (role("a"), role("b"), role("c"));
    let looping = Files::parse(&[
        &a,
        "a.source_profile=b",
        &b,
        "b.source_profile=a",
        &c,
        "c.source_profile=a",
    ]);
    for name in ["a", "b", "c"] {
        assert!(looping.trouble(name).contains("loop"), "{name}");
    }
    let itself = Files::parse(&[&a, "a.source_profile=a"]);
    assert!(itself.trouble("a").contains("loop"));
    let keys = Files::parse(&[
        &a,
        "a.source_profile=a",
        "!a.aws_access_key_id=AK",
        "!a.aws_secret_access_key=s",
    ]);
    assert_eq!(keys.trouble("a"), "-", "its own keys are its source");
    for (lines, expected) in [
        (vec![&*a, "a.source_profile=x"], "does not exist"),
        (vec![&*a], "neither"),
        (
            vec![&*a, "a.source_profile=a", "a.credential_source=Environment"],
            "both",
        ),
        (vec![&*a, "a.credential_source=Moon"], "Moon"),
        (
            vec![&*a, "a.credential_source=ec2instancemetadata"],
            "on the instance",
        ),
        (vec![&*a, "a.credential_source=EcsContainer"], "container"),
        (
            vec![&*a, "a.source_profile=e", "e.region=x"],
            "no credentials",
        ),
        (vec!["a.role_arn=nonsense", "a.source_profile=a"], "ARN"),
        (
            vec![
                &*a,
                "a.credential_source=Environment",
                "a.duration_seconds=5",
            ],
            "duration",
        ),
        (
            vec!["a.sso_session=s", "a.sso_account_id=1", "a.sso_role_name=R"],
            "does not exist",
        ),
        (vec!["a.sso_role_name=R"], "sso_account_id"),
        (vec!["a.aws_access_key_id=AK"], "aws_secret_access_key"),
    ] {
        let trouble = Files::parse(&lines).trouble("a");
        assert!(trouble.contains(expected), "{lines:?}: {trouble}");
    }
    let environment = Files::parse(&[&a, "a.credential_source=environment"]);
    assert_eq!(environment.trouble("a"), "-");
}

#[test]
fn a_chain_of_ten_thousand_is_walked_once() {
    let mut lines = vec![
        "!p0.aws_access_key_id=AK".to_owned(),
        "!p0.aws_secret_access_key=s".to_owned(),
    ];
    for n in 1..10_000 {
        lines.push(format!("p{n}.role_arn={ROLE}"));
        lines.push(format!("p{n}.source_profile=p{}", n - 1));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let files = Files::parse(&lines);
    let names: Vec<String> = (0..10_000).map(|n| format!("p{n}")).collect();
    let own = classify(
        &files,
        names.iter().map(String::as_str),
        &PortalsByUrl::new(),
    );
    assert_eq!(own.len(), 10_000);
    assert!(own.iter().all(|own| own.trouble.is_none()));
}

#[test]
fn a_fingerprint_follows_the_sources() {
    let role = format!("a.role_arn={ROLE}");
    let files = |key: &str| {
        let key = format!("!k.aws_access_key_id={key}");
        Files::parse(&[
            &role,
            "a.source_profile=k",
            &key,
            "!k.aws_secret_access_key=s",
        ])
    };
    let first = fingerprint(&files("AK1"), "a", "");
    assert_eq!(first, fingerprint(&files("AK1"), "a", ""));
    assert_ne!(first, fingerprint(&files("AK2"), "a", ""));
    assert_ne!(first, fingerprint(&files("AK1"), "a", "x"));
    let id = stored_id("a", &first);
    assert_eq!(name_of_stored(&id), Some("a"));
    assert_eq!(name_of_stored(&session_id("AK", "device")), None);
    assert_eq!(id.to_string().parse(), Ok(id));
}

proptest! {
    /// Any graph of sources is told to be sound or not, and never walked for ever.
    #[test]
    fn every_graph_of_sources_ends(
        sources in proptest::collection::vec(0_usize..8, 8),
        keys in proptest::collection::vec(any::<bool>(), 8),
    ) {
        let mut lines = Vec::new();
        for (n, source) in sources.iter().enumerate() {
            lines.push(format!("p{n}.role_arn={ROLE}"));
            lines.push(format!("p{n}.source_profile=p{source}"));
            if keys[n] {
                lines.push(format!("!p{n}.aws_access_key_id=AK"));
                lines.push(format!("!p{n}.aws_secret_access_key=s"));
            }
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let files = Files::parse(&lines);
        let names: Vec<String> = (0..8).map(|n| format!("p{n}")).collect();
        let all = classify(&files, names.iter().map(String::as_str), &PortalsByUrl::new());
        for own in all {
            // Alone or among the others, the verdict is the same.
            let alone = files.trouble(&own.name);
            prop_assert_eq!(alone == "-", own.trouble.is_none());
            prop_assert!(check::path(&files, &own.name).len() <= 8);
        }
    }
}
