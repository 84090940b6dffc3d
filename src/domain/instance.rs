//! Instances of Identity Center: portals whose start URLs name the same one.
//!
//! An instance has several addresses (`d-….awsapps.com`, `ssoins-….portal.REGION.app.aws`), one more in each
//! region that it is replicated to, and people save it under several names. Its accounts and roles are the
//! same behind all of them, so each is listed once: its id has the name that comes first in the AWS config.

use std::slice;
use std::sync::Arc;

use super::id::{EntryId, Kind};
use super::own::provider::bare_url;
use super::partition;
use super::portal::Portal;

/// Hosts of AWS's own that an access portal can have; each also with anything before it.
const OWNED: &[&str] = &[
    "awsapps.com",
    "awsapps.cn",
    "app.aws",
    "portal.amazonaws.com",
    "portal.amazonaws.com.cn",
    "portal.amazonaws.eu",
    "app.amazonwebservices.com.cn",
    "app.amazonwebservices.eu",
    "api.amazonwebservices.eu",
    "identitycenter.amazonaws.com",
    "identitycenter.amazonaws.com.cn",
    "identitycenter.amazonaws.eu",
    "identitycenter.us-gov.amazonaws.com",
];

/// `true` if AWS owns the host.
pub(crate) fn is_owned(host: &str) -> bool {
    within(host, OWNED)
}

/// `true` if a host is one of these, or below one.
pub(crate) fn within(host: &str, suffixes: &[&str]) -> bool {
    suffixes.iter().any(|suffix| {
        host.strip_suffix(suffix)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// The names of the portals of each instance that has several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instances {
    /// In the order of the AWS config.
    groups: Vec<Vec<Arc<str>>>,
}

impl Instances {
    /// The instances of some portals, which are in the order of the AWS config. `declared` is what the user says
    /// about a portal: an alias does not tell its instance.
    #[must_use]
    pub fn new<'a>(portals: &[Portal], declared: impl Fn(&str) -> Option<&'a str>) -> Self {
        let mut groups: Vec<(_, Vec<Arc<str>>)> = Vec::new();
        for portal in portals {
            let text = declared(&portal.name).unwrap_or(&portal.start_url);
            let key = (partition::of_region(&portal.region).name, identity(text));
            let name = Arc::clone(&portal.name);
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, names)) => names.push(name),
                None => groups.push((key, vec![name])),
            }
        }
        let several = groups.into_iter().map(|(_, names)| names);
        Self {
            groups: several.filter(|names| names.len() > 1).collect(),
        }
    }

    /// All names of a portal's instance, the one of its ids first.
    #[must_use]
    pub fn names<'a>(&'a self, portal: &'a Arc<str>) -> &'a [Arc<str>] {
        let mut groups = self.groups.iter();
        groups
            .find(|names| names.contains(portal))
            .map_or_else(|| slice::from_ref(portal), Vec::as_slice)
    }

    /// `true` if two portals are the same instance.
    #[must_use]
    pub fn are_same(&self, one: &str, other: &str) -> bool {
        let has = |names: &[Arc<str>], name: &str| names.iter().any(|known| **known == *name);
        one == other
            || self
                .groups
                .iter()
                .any(|names| has(names, one) && has(names, other))
    }

    /// The id under which an entry is listed: that of its instance's first name.
    #[must_use]
    pub fn listed(&self, id: EntryId) -> EntryId {
        if id.kind != Kind::Org {
            return id;
        }
        match self.names(&id.source) {
            [first, ..] if *first != id.source => EntryId {
                source: Arc::clone(first),
                ..id
            },
            _ => id,
        }
    }

    /// Every id that an entry has, one for each name of its instance.
    pub fn ids<'a>(&'a self, id: &'a EntryId) -> impl Iterator<Item = EntryId> + 'a {
        let names = match id.kind {
            Kind::Org => self.names(&id.source),
            Kind::External | Kind::Chain | Kind::Profile => slice::from_ref(&id.source),
        };
        names.iter().map(|name| EntryId {
            source: Arc::clone(name),
            ..id.clone()
        })
    }
}

/// The first of some portals whose start URL names the same instance as an address.
#[must_use]
pub(crate) fn at_address<'a>(
    portals: impl IntoIterator<Item = &'a Portal>,
    address: &str,
) -> Option<&'a Portal> {
    let identity_of_address = identity(address);
    let mut portals = portals.into_iter();
    portals.find(|portal| identity(&portal.start_url) == identity_of_address)
}

/// `true` for what names an instance: its id, or an address.
pub(crate) fn is_name(text: &str) -> bool {
    let is_id = text.starts_with("d-") || text.starts_with("ssoins-");
    (is_id || text.contains('.')) && text.chars().all(|c| c.is_ascii_graphic())
}

/// The text that is the same in the start URLs of one instance: its id, such as `d-1234567890`, where they have
/// it. An id stands for itself.
pub(crate) fn identity(start_url: &str) -> String {
    let url = bare_url(start_url.trim()).to_ascii_lowercase();
    if !url.contains('.') {
        return url;
    }
    let rest = url.split_once("://").map_or(&*url, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.split('?').next().unwrap_or_default();
    let host = host.strip_suffix(":443").unwrap_or(host);
    if !is_owned(host) {
        return format!("{host}/{path}");
    }
    let label = host.split('.').next().unwrap_or_default();
    let is_id = |text: &&str| {
        let number = text
            .strip_prefix("d-")
            .or_else(|| text.strip_prefix("ssoins-"));
        number.is_some_and(|number| !number.is_empty())
    };
    match std::iter::once(label).chain(path.split('/')).find(is_id) {
        Some(id) => id.to_owned(),
        // The alias of an instance is in its host.
        None if path.is_empty() || path == "start" => host.to_owned(),
        None => format!("{host}/{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instances(portals: &[(&str, &str, &str)]) -> Instances {
        let portals: Vec<Portal> = portals
            .iter()
            .map(|(name, url, region)| Portal {
                name: (*name).into(),
                start_url: (*url).to_owned(),
                region: (*region).to_owned(),
                scopes: Vec::new(),
            })
            .collect();
        Instances::new(&portals, |_| None)
    }

    fn same(one: (&str, &str), other: (&str, &str)) -> bool {
        instances(&[("a", one.0, one.1), ("b", other.0, other.1)]).are_same("a", "b")
    }

    #[test]
    fn the_addresses_of_one_instance() {
        let d = "https://d-1234567890.awsapps.com/start";
        for other in [
            "https://d-1234567890.awsapps.com/start#/",
            "https://D-1234567890.awsapps.com/start/#/?tab=accounts",
            "https://d-1234567890.awsapps.com:443/start/",
            "https://d-1234567890.awsapps.com",
            "https://start.us-east-1.home.awsapps.com/directory/d-1234567890",
        ] {
            assert!(same((d, "us-east-1"), (other, "eu-west-1")), "{other}");
        }
        let regional = "https://ssoins-0123456789abcdef.portal.us-east-1.app.aws";
        for other in [
            "https://ssoins-0123456789abcdef.portal.eu-west-1.app.aws/",
            "https://ssoins-0123456789abcdef.eu-west-1.portal.amazonaws.com",
            "https://identitycenter.amazonaws.com/ssoins-0123456789abcdef",
        ] {
            assert!(
                same((regional, "us-east-1"), (other, "eu-west-1")),
                "{other}"
            );
        }
        let alias = "https://acme.awsapps.com/start";
        let with_page = "https://acme.awsapps.com/start/#/saml";
        assert!(same((alias, "us-east-1"), (with_page, "us-east-1")));
        let vanity = "https://sso.acme.example/d-1";
        assert!(same((vanity, "us-east-1"), (vanity, "us-east-1")));
    }

    #[test]
    fn different_instances_stay_apart() {
        let d = "https://d-1234567890.awsapps.com/start";
        for (other, region) in [
            ("https://d-1234567891.awsapps.com/start", "us-east-1"),
            ("https://acme.awsapps.com/start", "us-east-1"),
            (
                "https://d-1234567890.awsapps.com.evil.example/start",
                "us-east-1",
            ),
            ("https://evil.example/d-1234567890", "us-east-1"),
            ("https://d-1234567890.awsapps.com/start", "us-gov-west-1"),
            ("https://start.home.awsapps.com/directory/acme", "us-east-1"),
        ] {
            assert!(!same((d, "us-east-1"), (other, region)), "{other}");
        }
    }

    #[test]
    fn the_user_says_which_instance_an_alias_is() {
        let portal = |name: &str, url: &str| Portal {
            name: name.into(),
            start_url: url.to_owned(),
            region: "us-east-1".to_owned(),
            scopes: Vec::new(),
        };
        let portals = [
            portal("a", "https://d-1234567890.awsapps.com/start"),
            portal("b", "https://acme.awsapps.com/start"),
        ];
        for text in [
            "d-1234567890",
            " D-1234567890",
            "https://d-1234567890.awsapps.com/start#/",
        ] {
            let known = Instances::new(&portals, |name| (name == "b").then_some(text));
            assert!(known.are_same("a", "b"), "{text}");
        }
        assert!(!Instances::new(&portals, |_| None).are_same("a", "b"));
    }

    #[test]
    fn the_first_name_is_the_one_of_the_ids() {
        let url = "https://d-1.awsapps.com/start";
        let known = instances(&[
            ("z", url, "us-east-1"),
            ("other", "https://d-2.awsapps.com/start", "us-east-1"),
            ("a", url, "eu-west-1"),
        ]);
        let id = |text: &str| text.parse::<EntryId>().unwrap();
        assert_eq!(
            known.listed(id("org:a/111111111111/Admin")),
            id("org:z/111111111111/Admin")
        );
        for text in [
            "org:z/111111111111/Admin",
            "org:other/111111111111/Admin",
            "org:unknown/111111111111/Admin",
            "ext:a/111111111111/Admin",
            "profile:a",
        ] {
            assert_eq!(known.listed(id(text)), id(text));
        }
        let ids: Vec<String> = known
            .ids(&id("org:a/111111111111/Admin"))
            .map(|id| id.to_string())
            .collect();
        assert_eq!(
            ids,
            ["org:z/111111111111/Admin", "org:a/111111111111/Admin"]
        );
        assert!(known.are_same("a", "z") && known.are_same("other", "other"));
        assert!(!known.are_same("a", "other"));
    }
}
