//! One visit: it starts the browser, watches its pages, and ends it.

mod inspection;

use std::collections::HashMap;
use std::fs::File;
use std::process::ExitStatus;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::{
    Instant, Interval, MissedTickBehavior, interval, sleep, sleep_until, timeout_at,
};
use zeroize::Zeroizing;

use super::super::{CaptureError, DONE, NOT_TAKEN, TO_CONFIRM, Verdict, posting_page, response_in};
use super::Visit;
use super::devtools::DevTools;
use super::hosts::{ANSWER_PATTERNS, Answer, answer, is_sign_in, sign_in_patterns};
use super::launch::start;
use crate::domain::Secret;
use crate::loopback::page_text;
use inspection::LOOK_SCRIPT;

/// Interval between two inspections of the pages.
const LOOK: Duration = Duration::from_millis(700);

/// A refusal of the portal, or a page that failed, is final when nothing better comes within this time.
const GRACE: Duration = Duration::from_millis(1_500);

/// Time for which the closing page is shown before the window closes.
const FAREWELL: Duration = Duration::from_millis(900);

type Failure = std::io::Error;

/// The goal of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    Response,
    Listing,
}

/// An event that its caller decides on.
enum Event {
    /// A page posted a form to AWS. Its request waits for an answer.
    Posted(Post),
    /// The portal's page loaded the list of tiles.
    Listed(String),
}

/// A form that a page posted to AWS.
struct Post {
    request: String,
    /// The value of `SAMLResponse`; empty if it has none.
    response: Secret,
    /// The origin of the page, where the browser tells.
    origin: Option<String>,
}

/// The command that an answer belongs to.
enum Asked {
    FetchEnabled,
    World { session: String },
    Look,
    Listing { request: String },
}

struct Running<'a> {
    visit: &'a Visit<'a>,
    goal: Goal,
    deadline: Instant,
    looks: Interval,
    tools: DevTools,
    asked: HashMap<u64, Asked>,
    /// Pages by target, with their session once there is one.
    pages: HashMap<String, Option<String>>,
    /// `true` if the browser has shown a page.
    begun: bool,
    navigated: bool,
    watching: bool,
    crashes: u32,
    /// The number of consecutive inspections in which a page had an input field.
    wants_typing: u32,
    /// The number of consecutive inspections in which the portal refused.
    says_no: u32,
    /// The portal refused; when, and in which words.
    refused: Option<(Instant, String)>,
    /// Requests for pages and for the portal's data that have no answer yet: hosts by request.
    /// Watched without a window only.
    pending: HashMap<String, String>,
    /// A page failed to load; when, and how.
    down: Option<(Instant, String)>,
}

/// Captures a response: `check` decides on each that is posted, and `ask` asks the user.
pub(super) async fn response<T>(
    visit: &Visit<'_>,
    lock: File,
    check: impl Fn(Secret, Option<String>) -> Verdict<T>,
    ask: impl AsyncFn(&T) -> bool,
) -> Result<T, CaptureError> {
    run(visit, lock, Goal::Response, async |running| {
        loop {
            let Event::Posted(post) = running.event().await? else {
                continue;
            };
            let request = post.request;
            match check(post.response, post.origin) {
                Verdict::Take(found) => {
                    running.show(request, 200, DONE).await?;
                    return Ok(found);
                }
                Verdict::Ask(found) => {
                    let page = page_text(TO_CONFIRM.0, TO_CONFIRM.1);
                    running.show(request, 200, &page).await?;
                    if ask(&found).await {
                        return Ok(found);
                    }
                }
                Verdict::Refuse => {
                    let page = page_text(NOT_TAKEN.0, NOT_TAKEN.1);
                    running.show(request, 403, &page).await?;
                }
            }
        }
    })
    .await
}

/// Captures the listing of tiles.
pub(super) async fn listing(visit: &Visit<'_>, lock: File) -> Result<String, CaptureError> {
    run(visit, lock, Goal::Listing, async |running| {
        loop {
            if let Event::Listed(text) = running.event().await? {
                return Ok(text);
            }
        }
    })
    .await
}

/// Runs a visit to its end. `lock` is that of the browser's profile.
async fn run<T>(
    visit: &Visit<'_>,
    lock: File,
    goal: Goal,
    watch: impl AsyncFnOnce(&mut Running<'_>) -> Result<T, End>,
) -> Result<T, CaptureError> {
    let (mut browser, tools) = start(visit, lock).map_err(|error| CaptureError::NotStarted {
        detail: format!("{}: {error}", visit.program.display()),
    })?;
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut running = Running {
        visit,
        goal,
        deadline: Instant::now() + visit.timeout,
        looks,
        tools,
        asked: HashMap::new(),
        pages: HashMap::new(),
        begun: false,
        navigated: false,
        watching: false,
        crashes: 0,
        wants_typing: 0,
        says_no: 0,
        refused: None,
        pending: HashMap::new(),
        down: None,
    };
    let watched = async {
        running.begin().await?;
        watch(&mut running).await
    };
    let result = match watched.await {
        Ok(found) => Ok(found),
        Err(End::Because(error)) => Err(error),
        // The pipe broke: how the browser ended says why.
        Err(End::PipeClosed) => Err(exit_error(running.begun, browser.end().await)),
    };
    if result.is_ok() && !visit.headless {
        sleep(FAREWELL).await;
    }
    // Asked to close, so that its cookies are saved; a closed pipe says the same.
    let _ = running.tools.send(None, "Browser.close", json!({})).await;
    drop(running);
    browser.end().await;
    result
}

/// The reason why watching ended without a result.
enum End {
    Because(CaptureError),
    PipeClosed,
}

impl From<Failure> for End {
    fn from(_: Failure) -> Self {
        Self::PipeClosed
    }
}

impl From<CaptureError> for End {
    fn from(error: CaptureError) -> Self {
        Self::Because(error)
    }
}

fn exit_error(begun: bool, status: Option<ExitStatus>) -> CaptureError {
    let detail = status.map_or_else(
        || "it did not respond".to_owned(),
        |status| status.to_string(),
    );
    match (begun, status.is_some_and(|status| status.success())) {
        (true, true) => CaptureError::Closed,
        (true, false) => CaptureError::Crashed { detail },
        (false, _) => CaptureError::NotStarted { detail },
    }
}

impl Running<'_> {
    /// Lets the browser report its pages and their requests.
    async fn begin(&mut self) -> Result<(), End> {
        self.tell("Target.setDiscoverTargets", json!({"discover": true}))
            .await?;
        let stopped = sign_in_patterns()
            .into_iter()
            .map(|pattern| json!({"urlPattern": pattern, "requestStage": "Request"}));
        let looked_at = ANSWER_PATTERNS
            .into_iter()
            .map(|pattern| json!({"urlPattern": pattern, "requestStage": "Response"}));
        let patterns: Vec<Value> = stopped.chain(looked_at).collect();
        let number = self
            .tell("Fetch.enable", json!({"patterns": patterns}))
            .await?;
        self.asked.insert(number, Asked::FetchEnabled);
        Ok(())
    }

    /// The next event, within the time of the visit.
    async fn event(&mut self) -> Result<Event, End> {
        match timeout_at(self.deadline, self.watch()).await {
            Ok(result) => result,
            Err(_) if self.visit.headless => Err(self.silence().into()),
            Err(_) => Err(End::Because(CaptureError::TimedOut {
                seconds: self.visit.timeout.as_secs(),
            })),
        }
    }

    async fn watch(&mut self) -> Result<Event, End> {
        loop {
            let verdict = self.refused.as_ref().map(|(at, _)| *at + GRACE);
            let down = self.down.as_ref().map(|(at, _)| *at + GRACE);
            tokio::select! {
                message = self.tools.next() => {
                    let message = message.ok_or(End::PipeClosed)?;
                    if let Some(event) = self.take(&message).await? {
                        return Ok(event);
                    }
                }
                _ = self.looks.tick() => self.look().await?,
                () = sleep_until(verdict.unwrap_or_else(Instant::now)), if verdict.is_some() => {
                    let detail = self.refused.take().map(|(_, words)| words).unwrap_or_default();
                    return Err(CaptureError::NotAssigned { detail }.into());
                }
                () = sleep_until(down.unwrap_or_else(Instant::now)), if down.is_some() => {
                    let detail = self.down.take().map(|(_, words)| words).unwrap_or_default();
                    return Err(CaptureError::Down { detail }.into());
                }
            }
        }
    }

    /// Shows a page of ours in the place of the answer to a request.
    async fn show(&mut self, request: String, status: u16, page: &str) -> Result<(), Failure> {
        let header = json!({"name": "Content-Type", "value": "text/html; charset=utf-8"});
        self.tell(
            "Fetch.fulfillRequest",
            json!({
                "requestId": request,
                "responseCode": status,
                "responseHeaders": [header],
                "body": STANDARD.encode(page),
            }),
        )
        .await?;
        Ok(())
    }

    async fn tell(&mut self, method: &str, params: Value) -> Result<u64, Failure> {
        self.tools.send(None, method, params).await
    }

    async fn take(&mut self, message: &Value) -> Result<Option<Event>, End> {
        if let Some(asked) = message["id"].as_u64().and_then(|id| self.asked.remove(&id)) {
            return self.answered(asked, message).await;
        }
        let params = &message["params"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match message["method"].as_str().unwrap_or_default() {
            "Target.targetCreated" if params["targetInfo"]["type"] == "page" => {
                let target = text(&params["targetInfo"]["targetId"]);
                self.begun = true;
                self.pages.insert(target.clone(), None);
                self.tell(
                    "Target.attachToTarget",
                    json!({"targetId": target, "flatten": true}),
                )
                .await?;
            }
            "Target.attachedToTarget" => {
                let target = text(&params["targetInfo"]["targetId"]);
                if let Some(page) = self.pages.get_mut(&target) {
                    let session = text(&params["sessionId"]);
                    *page = Some(session.clone());
                    if self.visit.headless {
                        // Without bodies: they hold what is typed, and the response.
                        let params = json!({"maxPostDataSize": 0, "maxTotalBufferSize": 0});
                        self.tools
                            .send(Some(&session), "Network.enable", params)
                            .await?;
                    }
                    self.navigate().await?;
                }
            }
            "Target.targetDestroyed" => {
                self.pages.remove(&text(&params["targetId"]));
                if self.begun && self.pages.is_empty() {
                    return Err(CaptureError::Closed.into());
                }
            }
            "Target.targetCrashed" => self.crashed(&text(&params["targetId"])).await?,
            "Fetch.requestPaused" => return self.paused(params).await,
            method => self.network(method, params),
        }
        Ok(None)
    }

    /// Keeps what became of the pages that were asked for. A page that is shown in part of another one
    /// does not count.
    fn network(&mut self, method: &str, params: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let request = text(&params["requestId"]);
        let host = |url: &Value| {
            let url = url::Url::parse(url.as_str().unwrap_or_default()).ok()?;
            url.host_str().map(str::to_owned)
        };
        let is_page = params["type"] == "Document" && self.is_main_frame(params);
        match method {
            "Network.requestWillBeSent" => {
                let url = &params["request"]["url"];
                let is_data = answer(url.as_str().unwrap_or_default(), self.visit.portal_host);
                if is_page || is_data.is_some() {
                    self.down = None;
                    if let Some(host) = host(url) {
                        self.pending.insert(request, host);
                    }
                }
            }
            "Network.responseReceived" if is_page => {
                let status = params["response"]["status"].as_u64().unwrap_or_default();
                if status == 429 || status >= 500 {
                    let host = host(&params["response"]["url"]).unwrap_or_default();
                    self.is_down(format!("{host} answered with HTTP {status}"));
                }
            }
            "Network.loadingFinished" => {
                self.pending.remove(&request);
            }
            "Network.loadingFailed" => {
                let failed = self.pending.remove(&request);
                let error = text(&params["errorText"]);
                if let Some(host) = failed
                    && params["type"] == "Document"
                    && params["canceled"] != true
                    && !matches!(&*error, "net::ERR_ABORTED" | "net::ERR_BLOCKED_BY_CLIENT")
                {
                    self.is_down(format!("cannot reach {host} ({error})"));
                }
            }
            _ => {}
        }
    }

    /// `true` for a request of a page itself, not of a frame in it: the main frame has the page's own id.
    fn is_main_frame(&self, params: &Value) -> bool {
        let frame = params["frameId"].as_str().unwrap_or_default();
        self.pages.contains_key(frame)
    }

    fn is_down(&mut self, detail: String) {
        self.down = Some((Instant::now(), detail));
    }

    /// The reason why nothing came in time without a window: a server that owes an answer, or a page
    /// that waits for its user.
    fn silence(&self) -> CaptureError {
        match self.pending.values().next() {
            Some(host) => CaptureError::Down {
                detail: format!("{host} timed out after {} s", self.visit.timeout.as_secs()),
            },
            None => CaptureError::InteractionRequired,
        }
    }

    /// Opens the page, once everything that it does is watched.
    async fn navigate(&mut self) -> Result<(), Failure> {
        if self.navigated || !self.watching {
            return Ok(());
        }
        let Some(session) = self.pages.values().flatten().next().cloned() else {
            return Ok(());
        };
        self.navigated = true;
        self.tools
            .send(
                Some(&session),
                "Page.navigate",
                json!({"url": self.visit.url}),
            )
            .await?;
        Ok(())
    }

    /// A page crashed: it is loaded again, once.
    async fn crashed(&mut self, target: &str) -> Result<(), End> {
        self.crashes += 1;
        let Some(Some(session)) = self.pages.get(target) else {
            return Ok(());
        };
        if self.crashes > 1 {
            let detail = "its page crashed repeatedly".to_owned();
            return Err(CaptureError::Crashed { detail }.into());
        }
        let session = session.clone();
        self.tools
            .send(
                Some(&session),
                "Page.navigate",
                json!({"url": self.visit.url}),
            )
            .await?;
        Ok(())
    }

    async fn answered(&mut self, asked: Asked, message: &Value) -> Result<Option<Event>, End> {
        let result = &message["result"];
        match asked {
            Asked::FetchEnabled if message["error"].is_object() => {
                let detail = "it cannot be controlled; it may be too old".to_owned();
                Err(CaptureError::NotStarted { detail }.into())
            }
            Asked::FetchEnabled => {
                self.watching = true;
                self.navigate().await?;
                Ok(None)
            }
            Asked::World { session } => {
                // There is none while a page is replaced by the next one.
                if let Some(world) = result["executionContextId"].as_i64() {
                    let params = json!({"expression": LOOK_SCRIPT, "contextId": world, "returnByValue": true});
                    let number = self
                        .tools
                        .send(Some(&session), "Runtime.evaluate", params)
                        .await?;
                    self.asked.insert(number, Asked::Look);
                }
                Ok(None)
            }
            Asked::Look => {
                self.looked(result["result"]["value"].as_str().unwrap_or_default())?;
                Ok(None)
            }
            Asked::Listing { request } => {
                self.tell("Fetch.continueRequest", json!({"requestId": request}))
                    .await?;
                let body = result["body"].as_str().unwrap_or_default();
                let bytes = if result["base64Encoded"] == true {
                    STANDARD.decode(body).unwrap_or_default()
                } else {
                    body.as_bytes().to_vec()
                };
                // A page may list in parts; an answer that is no listing is none.
                Ok(String::from_utf8(bytes)
                    .ok()
                    .filter(|text| text.contains("\"result\""))
                    .map(Event::Listed))
            }
        }
    }

    async fn paused(&mut self, params: &Value) -> Result<Option<Event>, End> {
        let id = params["requestId"].as_str().unwrap_or_default().to_owned();
        let request = &params["request"];
        let url = request["url"].as_str().unwrap_or_default();
        let method = request["method"].as_str().unwrap_or_default();
        let status = params["responseStatusCode"].as_u64();
        if status.is_none() && is_sign_in(method, url) {
            let is_page = self.goal == Goal::Response
                && params["resourceType"] == "Document"
                && self.is_main_frame(params);
            if is_page && let Ok(origin) = posting_page(header(request, "Origin")) {
                let response = response_in(posted(request).as_bytes());
                return Ok(Some(Event::Posted(Post {
                    request: id,
                    response: response.unwrap_or_else(|| Secret::new(String::new())),
                    origin,
                })));
            }
            // Any page can make one.
            tracing::warn!("blocked a post to AWS that is not a page of its own");
            let params = json!({"requestId": id, "errorReason": "BlockedByClient"});
            self.tell("Fetch.failRequest", params).await?;
            return Ok(None);
        }
        match (status, answer(url, self.visit.portal_host)) {
            (Some(200), Some(Answer::Listing)) if self.goal == Goal::Listing => {
                let number = self
                    .tell("Fetch.getResponseBody", json!({"requestId": id}))
                    .await?;
                self.asked.insert(number, Asked::Listing { request: id });
                return Ok(None);
            }
            (Some(status @ (403 | 404 | 410)), Some(Answer::App))
                if self.goal == Goal::Response && self.is_main_frame(params) =>
            {
                let words = format!("the portal answered with HTTP {status}");
                self.refused.get_or_insert_with(|| (Instant::now(), words));
            }
            (Some(status @ (429 | 500..)), Some(Answer::App)) if self.visit.headless => {
                self.is_down(format!("the portal answered with HTTP {status}"));
            }
            _ => {}
        }
        self.tell("Fetch.continueRequest", json!({"requestId": id}))
            .await?;
        Ok(None)
    }
}

/// The value of a request's header.
fn header<'a>(request: &'a Value, name: &str) -> Option<&'a str> {
    let headers = request["headers"].as_object()?;
    let (_, value) = headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    value.as_str()
}

/// The whole body of a request: large ones come in parts (docs/requirements.md#sign-in-hosts).
fn posted(request: &Value) -> Zeroizing<String> {
    let parts = request["postDataEntries"].as_array();
    let mut bytes = Zeroizing::new(Vec::new());
    for part in parts.into_iter().flatten() {
        let part = part["bytes"].as_str().unwrap_or_default();
        bytes.extend(STANDARD.decode(part).unwrap_or_default());
    }
    if bytes.is_empty() {
        return Zeroizing::new(request["postData"].as_str().unwrap_or_default().to_owned());
    }
    Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())
}
