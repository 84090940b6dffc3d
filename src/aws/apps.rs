//! The access portal's own interface: tiles, and the SAML response of one. It is undocumented, so a
//! clear refusal in its own words is distinguished from a temporary failure (a proxy's page, half an
//! answer, a server error); the browser is used instead of either.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Duration, Instant, timeout};
use url::Url;

use super::app_link::tile_link;
use super::http::{Http, Target, read_body};
use super::retry::{MAX_ATTEMPTS, Retry, with_retries};
use super::throttle::Bucket;
use super::unreachable::{Reach, Unreachable};
use crate::domain::app::leads_to_aws;
use crate::domain::waiting::Waiting;
use crate::domain::{Problem, ProblemKind, Secret, Tile};

/// The characters that are encoded in a path (RFC 3986, 2.3): the ids of apps have hyphens, which stay.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// The maximum number of pages of tiles.
const MAX_PAGES: usize = 100;

/// A failure of the portal's web interface.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppsError {
    /// The token is not, or no longer, accepted.
    #[error("the portal does not accept this sign-in")]
    Unauthorized,
    /// The interface refuses in its own words, or has changed. Repeated refusals are remembered per portal.
    #[error("the portal's own interface refuses this program")]
    Refused {
        /// The unexpected answer.
        detail: String,
    },
    /// It failed this time, asks for fewer requests, or something between here and there answered
    /// in its place.
    #[error("the portal's own interface failed")]
    Trouble {
        /// The cause.
        detail: String,
    },
    /// The interface works, and the app is not among this user's.
    #[error("the app is not assigned to you")]
    NotAssigned,
    /// There was no answer.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

impl From<AppsError> for Problem {
    fn from(error: AppsError) -> Self {
        let title = error.to_string();
        match error {
            AppsError::Unreachable(unreachable) => unreachable.into(),
            AppsError::NotAssigned => Self::new(ProblemKind::AccessDenied, title)
                .hint("ask your administrator to assign the app to you"),
            AppsError::Unauthorized => Self::new(ProblemKind::Failed, title),
            AppsError::Refused { detail } => Self::new(ProblemKind::Failed, title).detail(detail),
            AppsError::Trouble { detail } => Self::new(ProblemKind::Service, title)
                .detail(detail)
                .hint("try again in a moment"),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    pagination_token: Option<String>,
    result: Vec<Value>,
}

struct Instance {
    id: String,
    name: String,
    description: String,
    application: String,
}

impl Listing {
    /// The apps of a page. One that cannot be read does not take the others away.
    fn instances(&self) -> Vec<Instance> {
        let instances: Vec<_> = self.result.iter().filter_map(Instance::read).collect();
        let skipped = self.result.len() - instances.len();
        if skipped > 0 {
            tracing::info!(skipped, "apps without an id in the portal's list");
        }
        instances
    }
}

impl Instance {
    fn read(row: &Value) -> Option<Self> {
        let text = |name| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = text("id");
        (!id.is_empty()).then(|| Self {
            id: id.to_owned(),
            name: text("name").to_owned(),
            description: text("description").to_owned(),
            application: text("applicationName").to_owned(),
        })
    }
}

#[derive(Deserialize)]
struct Profiles {
    result: Vec<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    url: Option<String>,
    protocol: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Encoded {
    encoded_response: Option<String>,
}

/// The tiles in a listing that the portal's own page loaded, or that came from
/// [`AppsClient::tiles`]; `None`: the text is not a listing.
#[must_use]
pub(crate) fn tiles_in(listing: &[u8], start_url: &str) -> Option<Vec<Tile>> {
    let listing: Listing = serde_json::from_slice(listing).ok()?;
    Some(offered(&listing.instances(), start_url))
}

/// The tiles that lead to AWS accounts outside of the organization.
fn offered(instances: &[Instance], start_url: &str) -> Vec<Tile> {
    instances
        .iter()
        .filter_map(|instance| {
            let Instance {
                id,
                name,
                description,
                application,
            } = instance;
            leads_to_aws(application, name, description).then(|| Tile {
                url: tile_link(start_url, application, id),
                id: id.clone(),
                name: name.clone(),
                description: description.clone(),
            })
        })
        .collect()
}

/// The client of one portal's own interface.
#[derive(Clone, Debug)]
pub(crate) struct AppsClient {
    http: Http,
    endpoint: String,
    target: Target,
    bucket: Bucket,
    waiting: Waiting,
}

impl AppsClient {
    /// A client of the interface behind `endpoint`, the portal's API.
    #[must_use]
    pub(crate) fn new(http: &Http, endpoint: String, bucket: Bucket) -> Self {
        Self {
            http: http.clone(),
            target: http.target(&endpoint),
            endpoint,
            bucket,
            waiting: Waiting::default(),
        }
    }

    /// Reports progress and failures there.
    #[must_use]
    pub(crate) fn reporting(mut self, waiting: Waiting) -> Self {
        self.waiting = waiting;
        self
    }

    /// This user's tiles that lead to AWS accounts.
    ///
    /// # Errors
    /// A refusal, and nothing that answers.
    pub(crate) async fn tiles(
        &self,
        token: &Secret,
        start_url: &str,
    ) -> Result<Vec<Tile>, AppsError> {
        Ok(offered(&self.instances(token).await?, start_url))
    }

    /// The SAML response of an app, in base64.
    ///
    /// # Errors
    /// [`AppsError::NotAssigned`] only where the interface surely works and the app is not listed;
    /// a refusal, and nothing that answers.
    pub(crate) async fn response(
        &self,
        token: &Secret,
        instance: &str,
    ) -> Result<Secret, AppsError> {
        let listed = self.instances(token).await?;
        if !listed.iter().any(|known| known.id == instance) {
            return Err(AppsError::NotAssigned);
        }
        let id = utf8_percent_encode(instance, IN_PATH);
        let path = format!("{}/instance/appinstance/{id}/profiles", self.endpoint);
        let profiles: Profiles = parse(&self.get(token, &path).await?)?;
        let saml = |profile: &&Profile| {
            profile
                .protocol
                .as_deref()
                .is_none_or(|protocol| protocol.eq_ignore_ascii_case("SAML"))
        };
        let url = profiles
            .result
            .iter()
            .find(saml)
            .and_then(|profile| profile.url.as_deref())
            .ok_or(AppsError::NotAssigned)?;
        let url = self.of_this_portal(url)?;
        let answer: Encoded = parse(&self.get(token, &url).await?)?;
        answer
            .encoded_response
            .filter(|text| !text.is_empty())
            .map(Secret::new)
            .ok_or_else(|| refused("the answer has no SAML response"))
    }

    /// The token goes to the portal's own host only, even if an answer names another.
    fn of_this_portal(&self, url: &str) -> Result<String, AppsError> {
        let endpoint = Url::parse(&self.endpoint).map_err(|error| refused(&error.to_string()))?;
        let joined = endpoint
            .join(url)
            .map_err(|error| refused(&error.to_string()))?;
        if joined.origin() == endpoint.origin() {
            Ok(joined.into())
        } else {
            Err(refused("it points to another host"))
        }
    }

    async fn instances(&self, token: &Secret) -> Result<Vec<Instance>, AppsError> {
        let mut instances = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut url = format!("{}/instance/appinstances", self.endpoint);
            if let Some(next) = &next {
                url += &format!("?paginationToken={}", utf8_percent_encode(next, IN_PATH));
            }
            let listing: Listing = parse(&self.get(token, &url).await?)?;
            instances.extend(listing.instances());
            match listing.pagination_token.filter(|token| !token.is_empty()) {
                None => return Ok(instances),
                same if same == next => break,
                more => next = more,
            }
        }
        Err(refused("the list of apps does not end"))
    }

    /// One answer. Temporary failures (429, 5xx, a lost connection) are retried a few times.
    async fn get(&self, token: &Secret, url: &str) -> Result<Vec<u8>, AppsError> {
        let attempt = async || self.get_once(token, url).await;
        with_retries(&self.waiting, attempt, |failed, failures| {
            (failures < MAX_ATTEMPTS && failed.may_pass)
                .then(|| Retry::after(failures, failed.error.clone()))
        })
        .await
        .map_err(|failed| failed.error)
    }

    async fn get_once(&self, token: &Secret, url: &str) -> Result<Vec<u8>, Failed> {
        let bad = |error: &dyn std::fmt::Display| refused(&error.to_string());
        let mut request = HttpRequest::get(url).map_err(|error| bad(&error))?;
        for name in ["x-amz-sso_bearer_token", "x-amz-sso-bearer-token"] {
            request
                .headers_mut()
                .try_insert(name, token.expose().to_owned())
                .map_err(|error| bad(&error))?;
        }
        request.headers_mut().insert("accept", "application/json");
        self.bucket.take().await;
        let sent = Instant::now();
        let answer = timeout(REQUEST_TIMEOUT, async {
            let mut response = self.http.send(request).await?;
            let body = read_body(&mut response, &self.target).await?;
            Ok::<_, Unreachable>((response.status().as_u16(), body))
        });
        let (status, body) = match answer.await {
            Ok(answer) => answer.map_err(AppsError::from)?,
            // A whole timeout was spent: asking again would keep the user waiting for minutes.
            Err(late) => {
                let Target { host, proxy } = &self.target;
                let late = Unreachable::from_cause(&late, true, host, proxy.clone());
                return Err(AppsError::from(late).into());
            }
        };
        if status == 429 {
            self.bucket.refused(sent);
        }
        match status {
            200 => Ok(body),
            401 => Err(AppsError::Unauthorized.into()),
            408 | 429 | 500.. => Err(Failed {
                error: trouble(&format!("HTTP {status}")),
                may_pass: true,
            }),
            // The interface answers in JSON; a page is a proxy's or a captive portal's.
            _ if is_json_object(&body) => Err(refused(&format!("HTTP {status}")).into()),
            _ => Err(trouble(&format!(
                "HTTP {status} with an answer that is not from the portal; a proxy may be in between"
            ))
            .into()),
        }
    }
}

/// A request that brought no answer.
struct Failed {
    error: AppsError,
    /// The same request may succeed a moment later.
    may_pass: bool,
}

impl From<AppsError> for Failed {
    fn from(error: AppsError) -> Self {
        let may_pass = matches!(
            &error,
            AppsError::Unreachable(unreachable)
                if unreachable.is_transient() && unreachable.reach != Reach::Timeout
        );
        Self { error, may_pass }
    }
}

fn is_json_object(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(body).is_ok()
}

fn trouble(detail: &str) -> AppsError {
    AppsError::Trouble {
        detail: detail.to_owned(),
    }
}

fn refused(detail: &str) -> AppsError {
    AppsError::Refused {
        detail: detail.to_owned(),
    }
}

fn parse<T: for<'a> Deserialize<'a>>(body: &[u8]) -> Result<T, AppsError> {
    serde_json::from_slice(body).map_err(|error| {
        // The error's words would quote the answer, which may hold a response.
        tracing::info!(
            line = error.line(),
            "the answer does not have the expected form"
        );
        if error.is_data() {
            refused("the answer does not have the expected form")
        } else {
            trouble("the answer is not JSON, or incomplete")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Reply, Server, block_on, half_answers};
    use crate::config::Env;

    const INSTANCE: &str = "ins-0123456789abcdef";

    fn client(server: &Server) -> AppsClient {
        let http = Http::new(&Env::default(), None).unwrap();
        AppsClient::new(&http, server.url.clone(), Bucket::new(0))
    }

    fn listing(next: &str) -> String {
        format!(
            r#"{{"paginationToken":{next},"result":[
            {{"id":"{INSTANCE}","name":"Partner","description":null,"applicationName":"External AWS Account","searchMetadata":null}},
            {{"id":"app-1","name":"123456789012 (Org)","applicationName":"AWS Account"}},
            {{"id":"ins-2","name":"CRM"}}]}}"#
        )
    }

    #[test]
    fn a_response_behind_a_tile() {
        block_on(async {
            let server = Server::start(|asked| match asked.path.as_str() {
                "/instance/appinstances" => Reply::new(
                    200,
                    listing(if asked.query.is_empty() { "\"a b\"" } else { "null" }),
                ),
                "/instance/appinstance/ins-0123456789abcdef/profiles" => Reply::new(
                    200,
                    r#"{"result":[{"url":"/x","protocol":"OIDC"},{"url":"/saml/assertion/q","protocol":"SAML"}]}"#,
                ),
                "/saml/assertion/q" => Reply::new(200, r#"{"encodedResponse":"PHg+","destination":"x"}"#),
                path => panic!("{path}"),
            })
            .await;
            let token = Secret::from("token");
            let response = client(&server).response(&token, INSTANCE).await.unwrap();
            assert_eq!(response.expose(), "PHg+");
            assert!(
                server
                    .asked()
                    .iter()
                    .all(|asked| asked.token.as_deref() == Some("token"))
            );
            let start = "https://d-1.awsapps.com/start";
            let tiles = client(&server).tiles(&token, start).await.unwrap();
            assert_eq!(tiles.len(), 2, "one a page");
            assert_eq!(tiles[0].name, "Partner");
            assert!(
                tiles[0]
                    .url
                    .ends_with("/#/saml/default/External%20AWS%20Account/ins-0123456789abcdef")
            );
            let other = client(&server).response(&token, "ins-99999999").await;
            assert_eq!(other, Err(AppsError::NotAssigned));
        });
    }

    /// Asks once for a response where every answer is this one; also returns the number of requests.
    async fn answered(reply: Reply) -> (AppsError, usize) {
        let server = Server::start(move |_| reply.clone()).await;
        let result = client(&server).response(&Secret::from("t"), INSTANCE).await;
        (result.unwrap_err(), server.asked().len())
    }

    #[test]
    fn a_broken_row_does_not_take_the_others_away() {
        let row = r#"{"id":"ins-1","name":"Partner","applicationName":"External AWS Account""#;
        let rows = format!(r#"[7,{{"name":"N"}},{{"id":null}},{row},"description":5}}]"#);
        let listing = format!(r#"{{"paginationToken":null,"result":{rows}}}"#);
        let tiles = tiles_in(listing.as_bytes(), "https://d-1.awsapps.com/start").unwrap();
        assert_eq!(tiles.len(), 1);
        assert_eq!((&*tiles[0].id, &*tiles[0].name), ("ins-1", "Partner"));
    }

    #[test]
    fn only_its_own_words_are_a_refusal() {
        block_on(async {
            let own = r#"{"message":"No access","__type":"ForbiddenException"}"#;
            for (status, body) in [(403, own), (404, own), (400, own), (200, "{}"), (200, "[]")] {
                let (error, asked) = answered(Reply::new(status, body)).await;
                assert!(
                    matches!(error, AppsError::Refused { .. }) && asked == 1,
                    "{status} {body}: {error}"
                );
            }
            let half = r#"{"paginationToken":null,"result":[{"id":"ins-"#;
            for (status, body) in [
                (403, "<html>"),
                (404, ""),
                (200, "<html>Please sign in to the guest network"),
                (200, half),
                (302, ""),
            ] {
                let (error, asked) = answered(Reply::new(status, body)).await;
                assert!(
                    matches!(error, AppsError::Trouble { .. }) && asked == 1,
                    "{status} {body}: {error}"
                );
            }
            let (error, _) = answered(Reply::new(401, "")).await;
            assert_eq!(error, AppsError::Unauthorized);
        });
    }

    #[test]
    fn what_may_pass_is_retried() {
        block_on(async {
            for reply in [Reply::new(503, ""), Reply::new(429, ""), Reply::dropped()] {
                let (error, asked) = answered(reply).await;
                assert!(Problem::from(error.clone()).kind.is_transient(), "{error}");
                assert_eq!(asked, MAX_ATTEMPTS as usize, "{error}");
            }
            let calls = std::sync::atomic::AtomicUsize::new(0);
            let server = Server::start(move |_| {
                match calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                    0 => Reply::new(429, ""),
                    1 => Reply::new(500, ""),
                    _ => Reply::new(200, listing("null")),
                }
            })
            .await;
            let (client, token) = (client(&server), Secret::from("t"));
            let tiles = client.tiles(&token, "https://d-1.awsapps.com/start");
            assert_eq!(tiles.await.unwrap().len(), 1);
        });
    }

    #[test]
    fn a_failure_names_the_proxy_and_is_reported() {
        block_on(async {
            let proxy = half_answers().await;
            let env: Env = [("HTTP_PROXY", proxy.as_str())].into_iter().collect();
            let http = Http::new(&env, None).unwrap();
            let waiting = Waiting::default();
            let wait = waiting.start("the apps");
            let endpoint = "http://portal.invalid".to_owned();
            let client =
                AppsClient::new(&http, endpoint, Bucket::new(0)).reporting(waiting.clone());
            let error = client.instances(&Secret::from("t")).await.err().unwrap();
            let AppsError::Unreachable(broken) = &error else {
                panic!("{error:?}");
            };
            assert_eq!(broken.reach, Reach::Dropped);
            assert!(
                proxy.ends_with(broken.proxy.as_deref().unwrap()),
                "{broken:?}"
            );
            assert!(waiting.look().trouble.is_some());
            drop(wait);
        });
    }

    #[test]
    fn the_token_goes_to_no_other_host() {
        block_on(async {
            for url in [
                "https://evil.example/x",
                "//evil.example/x",
                "http://127.0.0.1:1/x",
            ] {
                let server = Server::start(move |asked| match asked.path.as_str() {
                    "/instance/appinstances" => Reply::new(200, listing("null")),
                    _ => Reply::new(200, format!(r#"{{"result":[{{"url":"{url}"}}]}}"#)),
                })
                .await;
                let result = client(&server).response(&Secret::from("t"), INSTANCE).await;
                assert!(matches!(result, Err(AppsError::Refused { .. })), "{url}");
                assert_eq!(server.asked().len(), 2);
            }
        });
    }
}
