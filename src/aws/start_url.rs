//! Start URLs of access portals: their forms, and the region in them (docs/requirements.md#start-urls).

use url::Url;

use super::error::Error;
use crate::domain::instance::{is_owned, within};
use crate::domain::partition::{looks_like_region, of_region};

/// Portals behind these speak IPv6 as well, and need the dual-stack endpoints (docs/requirements.md#dual-stack-portals).
const DUAL_STACK: &[&str] = &[
    "app.aws",
    "app.amazonwebservices.com.cn",
    "app.amazonwebservices.eu",
    "api.amazonwebservices.eu",
];

/// A parsed start URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartUrl {
    /// As it is saved: no fragment, no query, no trailing slash.
    pub url: String,
    /// Its host.
    pub host: String,
    /// The region, if the host contains it.
    pub region: Option<String>,
    /// `true` if the host belongs to the organization rather than to AWS.
    pub vanity: bool,
}

/// Hosts that name no region, but a partition: that of a region.
const OF_PARTITION: &[(&[&str], &str)] = &[
    (
        &[
            "us-gov-home.awsapps.com",
            "identitycenter.us-gov.amazonaws.com",
        ],
        "us-gov-west-1",
    ),
    (
        &["awsapps.cn", "amazonaws.com.cn", "amazonwebservices.com.cn"],
        "cn-north-1",
    ),
    (&["amazonaws.eu", "amazonwebservices.eu"], "eusc-de-east-1"),
];

impl StartUrl {
    /// Checks a region against the one, or the partition, that the host names.
    ///
    /// # Errors
    /// [`Error::OtherRegion`].
    pub fn check_region(&self, region: &str) -> Result<(), Error> {
        let error = |place, example: &str| Error::OtherRegion {
            region: region.to_owned(),
            place,
            example: example.to_owned(),
        };
        if let Some(named) = self.region.as_deref() {
            return if named == region {
                Ok(())
            } else {
                Err(error(format!("the region {named}"), named))
            };
        }
        let mut partitions = OF_PARTITION.iter();
        match partitions.find(|(hosts, _)| within(&self.host, hosts)) {
            Some((_, example)) if of_region(example) != of_region(region) => {
                let place = format!("the partition {}", of_region(example).name);
                Err(error(place, example))
            }
            _ => Ok(()),
        }
    }
}

/// Reads a start URL as a user pastes it, deep links included.
///
/// # Errors
/// Not `https`, not a URL with a host, or the address of an account access manager
/// ([`Error::AccountAccess`]).
pub fn parse(text: &str) -> Result<StartUrl, Error> {
    let text = text.trim();
    let problem = |detail: &str| Error::StartUrl {
        url: shown(text),
        detail: detail.to_owned(),
    };
    if text.is_empty() {
        return Err(Error::NoStartUrl);
    }
    // The parser would leave them out, and make another address of what was given.
    if text.chars().any(char::is_control) {
        return Err(problem("it contains a line break or control characters"));
    }
    // Users leave the scheme out and mean https.
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = Url::parse(&full).map_err(|error| problem(&error.to_string()))?;
    if url.scheme() != "https" {
        return Err(problem("it does not start with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(problem("it contains a user name"));
    }
    let host = url
        .domain()
        .filter(|host| host.contains('.'))
        .ok_or_else(|| problem("it has no host name"))?
        .to_owned();
    if is_account_access(&host) {
        return Err(Error::AccountAccess {
            url: text.to_owned(),
        });
    }
    let vanity = !is_owned(&host);
    let port = url.port().map(|port| format!(":{port}"));
    let path = match url.path().trim_end_matches('/') {
        // The portal lives under /start there, and the bare host is often what is remembered.
        "" if within(&host, &["awsapps.com"]) => "/start",
        path => path,
    };
    Ok(StartUrl {
        url: format!("https://{host}{}{path}", port.unwrap_or_default()),
        region: (!vanity).then(|| region_of(&host)).flatten(),
        vanity,
        host,
    })
}

/// Checks a start URL that a file has, before it is used.
///
/// # Errors
/// Neither `https` nor on this machine.
pub(crate) fn check(text: &str) -> Result<(), Error> {
    if is_web_page(text) {
        return Ok(());
    }
    Err(parse(text).err().unwrap_or_else(|| Error::StartUrl {
        url: shown(text),
        detail: "it does not start with https://".to_owned(),
    }))
}

/// `true` if an address from an untrusted source may be opened, as [`web_page`] writes it.
#[must_use]
pub(crate) fn is_web_page(url: &str) -> bool {
    web_page(url).is_some()
}

/// An address from an untrusted source, in the form that may be opened: only `https`, or `http` on loopback, of
/// limited length, without control characters, and without a user name, which looks like a host. A hostile answer
/// must not be able to start a program. `None`: it may not be opened.
#[must_use]
pub(crate) fn web_page(url: &str) -> Option<String> {
    const MAX_CHARS: usize = 8192;
    let parsed = Url::parse(url).ok().filter(|_| url.len() <= MAX_CHARS)?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return None;
    }
    let is_page = match (parsed.scheme(), parsed.host()) {
        ("https", Some(_)) => true,
        ("http", Some(url::Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(url::Host::Ipv6(address))) => address.is_loopback(),
        ("http", Some(url::Host::Domain(name))) => name == "localhost",
        _ => false,
    };
    is_page.then(|| parsed.into())
}

/// `true` if a start URL needs the dual-stack endpoints (docs/requirements.md#dual-stack-portals).
pub(super) fn is_dual_stack(start_url: &str) -> bool {
    Url::parse(start_url).is_ok_and(|url| url.domain().is_some_and(|host| within(host, DUAL_STACK)))
}

/// A URL for messages and logs: without the user name, the password and the query.
pub(super) fn shown(text: &str) -> String {
    if let Ok(mut url) = Url::parse(text)
        && url.has_host()
        && url.set_username("").is_ok()
        && url.set_password(None).is_ok()
    {
        url.set_query(None);
        url.set_fragment(None);
        return url.as_str().trim_end_matches('/').to_owned();
    }
    // In a text that is no URL, any part may be the password.
    let rest = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().to_owned()
}

/// True for the host of an account access manager, `aa-….account-access.REGION.app.aws`. The first label
/// is a name that its owner chose, so it does not count.
pub(super) fn is_account_access(host: &str) -> bool {
    is_owned(host)
        && host
            .split('.')
            .skip(1)
            .any(|label| label == "account-access")
}

/// The region among the labels. The first one is the portal's own name, which could look alike.
fn region_of(host: &str) -> Option<String> {
    host.split('.')
        .skip(1)
        .find(|label| looks_like_region(label))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allow_list_and_its_regions() {
        for (url, region) in [
            ("https://d-1234567890.awsapps.com/start", None),
            (
                "https://start.us-gov-west-1.us-gov-home.awsapps.com/directory/d-1",
                Some("us-gov-west-1"),
            ),
            (
                "https://start.cn-north-1.home.awsapps.cn/directory/d-1",
                Some("cn-north-1"),
            ),
            (
                "https://ssoins-1.portal.eu-west-1.app.aws",
                Some("eu-west-1"),
            ),
            (
                "https://ssoins-1.us-east-2.portal.amazonaws.com",
                Some("us-east-2"),
            ),
            (
                "https://ssoins-1.cn-north-1.portal.amazonaws.com.cn",
                Some("cn-north-1"),
            ),
            (
                "https://ssoins-1.portal.cn-north-1.app.amazonwebservices.com.cn",
                Some("cn-north-1"),
            ),
            (
                "https://ssoins-1.eusc-de-east-1.portal.amazonaws.eu",
                Some("eusc-de-east-1"),
            ),
            (
                "https://ssoins-1.portal.eusc-de-east-1.api.amazonwebservices.eu",
                Some("eusc-de-east-1"),
            ),
            ("https://identitycenter.amazonaws.com/ssoins-1", None),
            ("https://identitycenter.us-gov.amazonaws.com/ssoins-1", None),
        ] {
            let parsed = parse(url).unwrap();
            assert_eq!(parsed.url, url);
            assert_eq!(parsed.region.as_deref(), region, "{url}");
            assert!(!parsed.vanity, "{url}");
        }
    }

    #[test]
    fn what_people_paste() {
        for text in [
            "https://d-1234567890.awsapps.com/start#/",
            " https://D-1234567890.awsapps.com/start/ \n",
            "https://d-1234567890.awsapps.com/start/#/?tab=accounts",
            "https://d-1234567890.awsapps.com/start?x=1#/saml/default/External%20AWS%20Account/ins-1",
            "d-1234567890.awsapps.com/start",
            "https://d-1234567890.awsapps.com",
        ] {
            assert_eq!(
                parse(text).unwrap().url,
                "https://d-1234567890.awsapps.com/start",
                "{text}"
            );
        }
    }

    #[test]
    fn a_vanity_host_is_not_trusted_with_a_region() {
        let parsed = parse("https://x.us-east-1.corp.example/start").unwrap();
        assert!(parsed.vanity);
        assert_eq!(parsed.region, None);
        for host in [
            "evilawsapps.com",
            "awsapps.com.evil.example",
            "app.aws.evil.example",
        ] {
            assert!(
                parse(&format!("https://{host}/start")).unwrap().vanity,
                "{host}"
            );
        }
        // A portal may be called like a region.
        assert_eq!(
            parse("https://us-east-1.awsapps.com/start").unwrap().region,
            None
        );
    }

    #[test]
    fn a_host_names_its_region_or_its_partition() {
        for (url, fits, other) in [
            (
                "https://ssoins-1.portal.us-east-1.app.aws",
                "us-east-1",
                "us-east-2",
            ),
            (
                "https://start.us-gov-home.awsapps.com/directory/d-1",
                "us-gov-east-1",
                "us-east-1",
            ),
            (
                "https://start.home.awsapps.cn/directory/d-1",
                "cn-northwest-1",
                "us-east-1",
            ),
            (
                "https://identitycenter.amazonaws.eu/ssoins-1",
                "eusc-de-east-1",
                "eu-west-1",
            ),
        ] {
            let parsed = parse(url).unwrap();
            assert!(parsed.check_region(fits).is_ok(), "{url}");
            assert!(parsed.check_region(other).is_err(), "{url}");
        }
        // The directory may be in any partition, and another host leads anywhere.
        for url in [
            "https://d-1.awsapps.com/start",
            "https://x.us-east-1.corp.example",
        ] {
            assert!(
                parse(url).unwrap().check_region("us-gov-west-1").is_ok(),
                "{url}"
            );
        }
    }

    #[test]
    fn refused() {
        for text in [
            "http://d-1.awsapps.com/start",
            "ftp://d-1.awsapps.com",
            "",
            "https://",
            "not a url",
            "https://user:pw@d-1.awsapps.com/start",
            "https://127.0.0.1/start",
            "localhost",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_account_access_manager_is_no_portal() {
        for text in [
            "https://aa-0123456789abcdef.account-access.eu-west-1.app.aws",
            "aa-0123456789abcdef.account-access.eu-west-1.app.aws",
            " https://AA-1.Account-Access.us-east-1.app.aws:443/start/?x=1#/ ",
            "https://aa-1.account-access.eusc-de-east-1.app.amazonwebservices.eu/",
        ] {
            let error = parse(text).unwrap_err();
            assert!(matches!(error, Error::AccountAccess { .. }), "{text}");
        }
        for text in [
            "https://account-access.awsapps.com/start",
            "https://ssoins-1.portal.eu-west-1.app.aws",
            "https://aa-1.account-access.corp.example/start",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn dual_stack() {
        assert!(is_dual_stack("https://ssoins-1.portal.us-east-1.app.aws/"));
        assert!(!is_dual_stack("https://d-1.awsapps.com/start"));
        assert!(!is_dual_stack("https://notapp.aws.example"));
    }
}
