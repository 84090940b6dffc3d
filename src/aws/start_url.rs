//! Start URLs: which hosts are AWS's, and which region is behind them (L14, WIRE.md §2).

use url::Url;

use super::failure::Failure;
use super::http::Http;
use crate::domain::{Problem, ProblemKind};

/// A start URL that a portal can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartUrl {
    /// The URL to save: without fragment, query and final `/`.
    pub url: String,
    /// Its host.
    pub host: String,
    /// The region, where the host tells it.
    pub region: Option<String>,
    /// Whether the host is AWS's own; another one is a customer's name in front of it.
    pub is_aws: bool,
}

/// Hosts of AWS: what they end in, and whether the region is a label before or after `portal`.
const SUFFIXES: [&str; 13] = [
    ".awsapps.com",
    ".awsapps.cn",
    ".app.aws",
    ".portal.amazonaws.com",
    ".portal.amazonaws.com.cn",
    ".app.amazonwebservices.com.cn",
    ".portal.amazonaws.eu",
    ".api.amazonwebservices.eu",
    "identitycenter.amazonaws.com",
    "identitycenter.amazonaws.com.cn",
    "identitycenter.amazonaws.eu",
    "identitycenter.us-gov.amazonaws.com",
    ".signin.aws",
];

/// Reads what a person pasted: a start URL, or any page of the portal.
///
/// # Errors
/// What is no `https` address.
pub fn parse(text: &str) -> Result<StartUrl, Problem> {
    let text = text.trim();
    let wrong = |detail: &str| {
        Problem::new(ProblemKind::Usage, format!("{text:?} is not a start URL"))
            .detail(detail)
            .hint(
                "it looks like https://d-1234567890.awsapps.com/start; the portal's page shows it",
            )
    };
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = Url::parse(&with_scheme).map_err(|error| wrong(&error.to_string()))?;
    if url.scheme() != "https" {
        return Err(wrong("the scheme must be https"));
    }
    let Some(url::Host::Domain(host)) = url.host() else {
        return Err(wrong("it has no host name"));
    };
    let host = host.trim_end_matches('.').to_owned();
    if !host.contains('.') || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it has no host of a portal"));
    }
    let is_aws = SUFFIXES.iter().any(|suffix| {
        if suffix.starts_with('.') {
            host.ends_with(suffix)
        } else {
            host == *suffix
        }
    });
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    let path = url.path().trim_end_matches('/');
    // Whatever page of the portal was pasted, the start page is what the AWS CLI wants.
    let path = if path.is_empty() && host.ends_with(".awsapps.com") {
        "/start"
    } else {
        path
    };
    Ok(StartUrl {
        url: format!("https://{host}{port}{path}"),
        region: is_aws.then(|| region_in(&host)).flatten(),
        host,
        is_aws,
    })
}

/// `ID.portal.REGION.app.aws`, `ID.REGION.portal.amazonaws.com`, `start.REGION.home.awsapps.cn`,
/// `start.us-gov-home…`.
fn region_in(host: &str) -> Option<String> {
    host.split('.')
        .find(|label| is_region(label))
        .map(str::to_owned)
}

fn is_region(label: &str) -> bool {
    let parts: Vec<&str> = label.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    match parts.as_slice() {
        [area @ .., number] if area.len() >= 2 => {
            area.iter().all(letters)
                && number.len() == 1
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    }
}

/// Asks the portal's page for its region: a customer's host is followed for one redirect, then the
/// host's name, `<meta name="region">` or the JSON of `#env` tells it.
///
/// # Errors
/// A page that cannot be had. A page that does not tell is `None`.
pub async fn discover_region(http: &Http, start: &StartUrl) -> Result<Option<String>, Failure> {
    let mut page = http.fetch("GET", &start.url).await?;
    if (300..400).contains(&page.status)
        && let Some(location) = &page.location
        && let Ok(target) = Url::parse(&start.url).and_then(|base| base.join(location))
        && let Ok(target) = parse(target.as_str())
        && target.is_aws
    {
        if target.region.is_some() {
            return Ok(target.region);
        }
        page = http.fetch("GET", &target.url).await?;
    }
    Ok(region_of_page(&page.text))
}

/// The region in a portal's page.
fn region_of_page(html: &str) -> Option<String> {
    let meta = html.split("<meta").skip(1).find_map(|tag| {
        let tag = tag.split('>').next()?;
        tag.contains("\"region\"")
            .then(|| attribute(tag, "content"))?
    });
    let json = || {
        let rest = html.split("\"region\"").nth(1)?;
        rest.trim_start()
            .strip_prefix(':')?
            .trim_start()
            .strip_prefix('"')?
            .split('"')
            .next()
    };
    meta.or_else(json)
        .filter(|region| is_region(region))
        .map(str::to_owned)
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(name)?;
    rest.trim_start()
        .strip_prefix('=')?
        .trim_start()
        .strip_prefix('"')?
        .split('"')
        .next()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_host_form() {
        for (text, url, region) in [
            (
                "https://d-1234567890.awsapps.com/start",
                "https://d-1234567890.awsapps.com/start",
                None,
            ),
            (
                "https://acme.awsapps.com/start/#/?tab=accounts",
                "https://acme.awsapps.com/start",
                None,
            ),
            ("acme.awsapps.com", "https://acme.awsapps.com/start", None),
            (
                "https://ssoins-1.portal.us-east-1.app.aws/",
                "https://ssoins-1.portal.us-east-1.app.aws",
                Some("us-east-1"),
            ),
            (
                "https://ssoins-1.eu-west-2.portal.amazonaws.com",
                "https://ssoins-1.eu-west-2.portal.amazonaws.com",
                Some("eu-west-2"),
            ),
            (
                "https://start.cn-north-1.home.awsapps.cn/directory/d-1",
                "https://start.cn-north-1.home.awsapps.cn/directory/d-1",
                Some("cn-north-1"),
            ),
            (
                "https://x.portal.eusc-de-east-1.api.amazonwebservices.eu",
                "https://x.portal.eusc-de-east-1.api.amazonwebservices.eu",
                Some("eusc-de-east-1"),
            ),
        ] {
            let start = parse(text).unwrap();
            assert_eq!(
                (start.url.as_str(), start.region.as_deref(), start.is_aws),
                (url, region, true),
                "{text}"
            );
        }
        let vanity = parse("https://sso.example.com/aws/").unwrap();
        assert_eq!(
            (vanity.url.as_str(), vanity.is_aws),
            ("https://sso.example.com/aws", false)
        );
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "http://d-1.awsapps.com/start",
            "https://127.0.0.1/",
            "https://[::1]/",
            "ftp://x.awsapps.com",
            "https://u:p@x.awsapps.com",
            "word",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn regions_of_pages() {
        assert_eq!(
            region_of_page(r#"<meta name="region" content="eu-west-1">"#).as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(
            region_of_page(r#"<meta content="eu-west-1" name="region"/>"#).as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(
            region_of_page(r#"<script id="env">{"region" : "us-gov-west-1"}"#).as_deref(),
            Some("us-gov-west-1")
        );
        assert_eq!(
            region_of_page(r#"<meta name="region" content="x y">"#),
            None
        );
        assert_eq!(region_of_page("<html>"), None);
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC*") {
            if let Ok(start) = parse(&text) {
                prop_assert_eq!(parse(&start.url).unwrap().url, start.url);
            }
            let _ = region_of_page(&text);
        }
    }
}
