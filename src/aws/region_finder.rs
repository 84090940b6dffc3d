//! Finds the region of a portal from its start URL: from the redirect of a vanity host, or from the portal's own page.
//!
//! Nothing here trusts the other side: `https` only, redirects by hand and only to AWS's hosts,
//! a page of bounded size, and a region only if it looks like one.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::byte_stream::ByteStream;
use tokio::time::{Duration, timeout};
use url::Url;

use super::error::Error;
use super::http::Http;
use super::start_url::{self, StartUrl};
use super::unreachable::{Reach, Unreachable};
use crate::domain::partition::looks_like_region;

/// The part of a page that is read (bytes); the region is in its head.
const PAGE_LIMIT: usize = 256 * 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// Redirects between AWS's own hosts.
const HOPS: usize = 3;

/// The destination of a start URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// The start URL at AWS's own host: the one that Identity Center knows. The URL that was
    /// configured stays the key of the caches (docs/protocols.md#start-url-resolution).
    pub url: String,
    /// The region, where a host name had it.
    pub region: Option<String>,
}

/// Follows a vanity host to AWS's own; any other URL is returned as it is.
///
/// # Errors
/// Nothing answers, or the host does not lead to an access portal.
pub(crate) async fn resolve(http: &Http, url: &StartUrl) -> Result<Resolved, Error> {
    resolve_by(url, async |method, url| fetch(http, method, url).await).await
}

/// The region of a portal: from the host, from where a vanity host leads, or from the portal's page.
///
/// # Errors
/// Nothing answers, or a vanity host does not lead to an access portal.
pub(crate) async fn discover_region(http: &Http, url: &StartUrl) -> Result<Option<String>, Error> {
    discover_by(url, async |method, url| fetch(http, method, url).await).await
}

/// The relevant parts of an answer.
#[derive(Clone, Debug, Default)]
struct Page {
    status: u16,
    location: Option<String>,
    body: String,
}

async fn resolve_by(
    url: &StartUrl,
    fetch: impl AsyncFn(&'static str, &str) -> Result<Page, Error>,
) -> Result<Resolved, Error> {
    if !url.vanity {
        return Ok(Resolved {
            url: url.url.clone(),
            region: url.region.clone(),
        });
    }
    let mut page = fetch("HEAD", &url.url).await?;
    if matches!(page.status, 405 | 501) {
        page = fetch("GET", &url.url).await?;
    }
    let problem = |detail: String| Error::StartUrl {
        url: url.url.clone(),
        detail,
    };
    let location = page
        .location
        .filter(|_| (300..400).contains(&page.status))
        .ok_or_else(|| {
            problem(format!(
                "{} is not an access portal (HTTP {})",
                url.host, page.status
            ))
        })?;
    let target = hop(&url.url, &location)?.ok_or_else(|| {
        problem(format!(
            "it redirects to {location}, which is not an AWS host"
        ))
    })?;
    Ok(Resolved {
        url: target.url,
        region: target.region,
    })
}

async fn discover_by(
    url: &StartUrl,
    fetch: impl AsyncFn(&'static str, &str) -> Result<Page, Error>,
) -> Result<Option<String>, Error> {
    let resolved = resolve_by(url, &fetch).await?;
    if resolved.region.is_some() {
        return Ok(resolved.region);
    }
    let mut next = resolved.url;
    for _ in 0..=HOPS {
        let page = fetch("GET", &next).await?;
        if !(300..400).contains(&page.status) {
            return Ok(region_in(&page.body));
        }
        let Some(location) = page.location else {
            return Ok(None);
        };
        let Some(target) = hop(&next, &location)? else {
            return Ok(None);
        };
        if target.region.is_some() {
            return Ok(target.region);
        }
        next = target.url;
    }
    Ok(None)
}

/// The target of a redirect, if it is one of AWS's own hosts over `https`.
///
/// # Errors
/// The redirect leads to an account access manager.
fn hop(from: &str, location: &str) -> Result<Option<StartUrl>, Error> {
    let Ok(target) = Url::parse(from).and_then(|from| from.join(location)) else {
        return Ok(None);
    };
    match start_url::parse(target.as_str()) {
        Ok(target) => Ok(Some(target).filter(|target| !target.vanity)),
        Err(error @ Error::AccountAccess { .. }) => Err(error),
        Err(_) => Ok(None),
    }
}

async fn fetch(http: &Http, method: &'static str, url: &str) -> Result<Page, Error> {
    let problem = |detail: String| Error::StartUrl {
        url: url.to_owned(),
        detail,
    };
    let mut request = HttpRequest::get(url).map_err(|error| problem(error.to_string()))?;
    request
        .set_method(method)
        .map_err(|error| problem(error.to_string()))?;
    request
        .headers_mut()
        .insert("user-agent", concat!("roledex/", env!("CARGO_PKG_VERSION")));
    request.headers_mut().insert("accept", "text/html");
    let target = http.target(url);
    let read = async {
        let response = http.send(request).await?;
        Ok(Page {
            status: response.status().as_u16(),
            location: response.headers().get("location").map(str::to_owned),
            body: beginning(response).await,
        })
    };
    timeout(REQUEST_TIMEOUT, read)
        .await
        .unwrap_or_else(|elapsed| {
            Err(Error::Unreachable(Unreachable {
                reach: Reach::Timeout,
                host: target.host,
                proxy: target.proxy,
                detail: elapsed.to_string(),
            }))
        })
}

/// The beginning of a page. If the connection breaks, the part that arrived.
async fn beginning(response: HttpResponse) -> String {
    let mut stream = ByteStream::new(response.into_body());
    let mut bytes = Vec::new();
    while let Some(Ok(chunk)) = stream.next().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() >= PAGE_LIMIT {
            bytes.truncate(PAGE_LIMIT);
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The region that a portal's page names: `<meta name="region" content="…">`, or the `region` of
/// the JSON in the element `#env`.
fn region_in(page: &str) -> Option<String> {
    let found = tags(page)
        .find(|tag| tag.starts_with("<meta") && attribute(tag, "name").as_deref() == Some("region"))
        .and_then(|tag| attribute(tag, "content"))
        .or_else(|| {
            let (_, rest) = page
                .split_once("id=\"env\"")
                .or_else(|| page.split_once("id='env'"))?;
            let (_, text) = rest.split_once('>')?;
            let text = text.split('<').next()?.replace("&quot;", "\"");
            let json: serde_json::Value = serde_json::from_str(text.trim()).ok()?;
            Some(json.get("region")?.as_str()?.to_owned())
        })?;
    looks_like_region(&found).then_some(found)
}

fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.match_indices('<')
        .filter_map(|(at, _)| page.get(at..)?.split_inclusive('>').next())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}="))?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = rest.get(1..)?.split(quote).next()?;
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::aws::testing::{Reply, Server, block_on};

    fn redirect(location: &str) -> Page {
        Page {
            status: 302,
            location: Some(location.to_owned()),
            body: String::new(),
        }
    }

    fn page(body: &str) -> Page {
        Page {
            status: 200,
            location: None,
            body: body.to_owned(),
        }
    }

    fn discover(start: &str, pages: Vec<Page>) -> (Result<Option<String>, Error>, Vec<String>) {
        let url = start_url::parse(start).unwrap();
        let pages = RefCell::new(pages.into_iter());
        let asked = RefCell::new(Vec::new());
        let found = block_on(discover_by(&url, async |method, url| {
            asked.borrow_mut().push(format!("{method} {url}"));
            Ok(pages.borrow_mut().next().expect("one request too many"))
        }));
        (found, asked.into_inner())
    }

    #[test]
    fn the_host_is_enough() {
        let (found, asked) = discover("https://ssoins-1.portal.eu-west-1.app.aws", vec![]);
        assert_eq!(found.unwrap().as_deref(), Some("eu-west-1"));
        assert!(asked.is_empty());
    }

    #[test]
    fn a_vanity_host_leads_to_the_region() {
        let (found, asked) = discover(
            "https://sso.corp.example",
            vec![
                Page {
                    status: 405,
                    ..Page::default()
                },
                redirect("https://ssoins-1.portal.eu-west-1.app.aws/?x=1"),
            ],
        );
        assert_eq!(found.unwrap().as_deref(), Some("eu-west-1"));
        assert_eq!(
            asked,
            [
                "HEAD https://sso.corp.example",
                "GET https://sso.corp.example"
            ]
        );
    }

    #[test]
    fn a_vanity_host_cannot_lead_elsewhere() {
        for location in [
            "https://phish.example/start",
            "http://d-1.awsapps.com/start",
            "/login",
            "https://awsapps.com.evil.example/",
        ] {
            let (found, asked) = discover("https://sso.corp.example", vec![redirect(location)]);
            assert!(matches!(found, Err(Error::StartUrl { .. })), "{location}");
            assert_eq!(asked.len(), 1);
        }
        let (found, _) = discover("https://sso.corp.example", vec![page("<html>")]);
        assert!(matches!(found, Err(Error::StartUrl { .. })));
    }

    #[test]
    fn the_page_tells() {
        for body in [
            r#"<html><head><meta name="region" content="us-west-2"></head>"#,
            "<meta content='us-west-2' name='region'/>",
            r#"<script id="env" type="application/json">{"region":"us-west-2","partition":"aws"}</script>"#,
            r#"<div id="env" hidden>{&quot;region&quot;:&quot;us-west-2&quot;}</div>"#,
        ] {
            let (found, _) = discover("https://d-1.awsapps.com/start", vec![page(body)]);
            assert_eq!(found.unwrap().as_deref(), Some("us-west-2"), "{body}");
        }
        for body in [
            "",
            "<meta name=\"region\" content=\"$(reboot)\">",
            "<meta name=\"region\">",
            "<script id=\"env\">{",
        ] {
            let (found, _) = discover("https://d-1.awsapps.com/start", vec![page(body)]);
            assert_eq!(found.unwrap(), None, "{body}");
        }
    }

    #[test]
    fn redirects_end() {
        let around = redirect("https://d-2.awsapps.com/start");
        let (found, asked) = discover("https://d-1.awsapps.com/start", vec![around; HOPS + 1]);
        assert_eq!(found.unwrap(), None);
        assert_eq!(asked.len(), HOPS + 1);
    }

    #[test]
    fn an_endless_page_is_cut() {
        block_on(async {
            let server = Server::start(|_| Reply::new(200, "x".repeat(PAGE_LIMIT * 4))).await;
            let http = Http::new(&crate::config::Env::default(), None).unwrap();
            let page = fetch(&http, "GET", &server.url).await.unwrap();
            assert_eq!(page.body.len(), PAGE_LIMIT);
        });
    }
}
